/**
 * What a user sees: the one TypeScript layer of `@alipay-core/wasm` and `@alipay-core/node`, which each give it an engine and export it.
 */

export { Alipay, type AlipayOptions, type Answer, type ExecuteOptions, type Prepared } from "./alipay.js";
export { type Call, call, invoke, tradeCancel, tradePay, tradeQuery, typedCall } from "./calls.js";
export {
  drive,
  type DriveOptions,
  giveUp,
  type GiveUpOptions,
  pay,
  type PayOptions,
  resume,
  type ResumeOptions,
  type Told,
  whenStored,
} from "./driver.js";
export { AlipayError } from "./errors.js";
export { Payment } from "./payment.js";
export { type Store } from "./keeper.js";
export { type Signer, type WebCryptoKey, webCryptoSigner } from "./signer.js";
export {
  AbortedError,
  fetchTransport,
  type HttpResponse,
  MAX_BODY_BYTES,
  NotSentError,
  type Transport,
  type TransportContext,
} from "./transport.js";
export {
  businessCode,
  chargeAmount,
  decodeForm,
  encodeForm,
  type ErrorCodeRow,
  errorCodes,
  fromBeijing,
  generateKeyPair,
  inspectPrivateKey,
  inspectPublicKey,
  type NamedValues,
  readAmount,
  snapshotNumber,
  stringToSign,
  toBeijing,
  version,
} from "./values.js";
export type * from "./types.js";
