// What a user may write, and what the compiler must refuse. Never run.

import {
  AbortedError,
  Alipay,
  AlipayError,
  type AlipayOptions,
  type Answer,
  call,
  type Call,
  chargeAmount,
  decodeForm,
  drive,
  type ErrorCode,
  type ErrorCodeRow,
  errorCodes,
  type Fault,
  fetchTransport,
  generateKeyPair,
  giveUp,
  type Heard,
  type HttpRequest,
  init,
  inspectPrivateKey,
  type KeyInfo,
  type KeyPair,
  type News,
  NotSentError,
  type Notify,
  type Outcome,
  type Output,
  pay,
  Payment,
  type Phase,
  type Policy,
  type Prepared,
  resume,
  type Signer,
  type SignType,
  snapshotNumber,
  type Store,
  type Told,
  type TradePayRequest,
  type TradePayResponse,
  tradePay,
  tradeQuery,
  type TradeQueryResponse,
  type Transport,
  webCryptoSigner,
  whenStored,
} from "@alipay-core/wasm";

/** Compiles only if both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const options: AlipayOptions = { appId: "x", alipayPublicKey: "y", signType: "RSA2" };
const alipay = new Alipay(options);
const certified = new Alipay({ appId: "x", appCertificate: "a", alipayCertificate: "b", rootCertificate: "c", charset: "gbk" });
// @ts-expect-error: the key of Alipay is required
new Alipay({ appId: "x" });
// @ts-expect-error: or all three certificates
new Alipay({ appId: "x", appCertificate: "a", alipayCertificate: "b" });
same<Alipay, typeof certified>(true);
// @ts-expect-error: misspelt
new Alipay({ ...options, app_id: "x" });
// @ts-expect-error: no such algorithm
new Alipay({ ...options, signType: "MD5" });

// Amounts are text.
const order: TradePayRequest = { out_trade_no: "A", total_amount: "88.88" };
// @ts-expect-error: never a number
const wrong: TradePayRequest = { total_amount: 88.88 };
// @ts-expect-error: never a number
chargeAmount(88.88);
same<ReturnType<typeof chargeAmount>, { fen: string; text: string }>(true);

// Calls know what their answers hold.
const query: Call<TradeQueryResponse> = tradeQuery({ out_trade_no: "A" });
const answered: Promise<Answer<TradeQueryResponse>> = alipay.execute(query);
answered.then(({ data, verified, code, node }) => {
  same<typeof verified, boolean>(true);
  same<typeof code, string | null>(true);
  same<typeof node, string>(true);
  same<typeof data.trade_status, string | undefined>(true);
});
alipay.execute(tradePay(order)).then(({ data }) => same<typeof data.buyer_logon_id, string | undefined>(true));
alipay.execute(call("alipay.trade.refund", "{}", { return_url: "x" })).then(({ data }) => same<(typeof data)["x"], unknown>(true));
alipay.execute(call<{ trade_no: string }>("alipay.trade.refund", "{}")).then(({ data }) => same<typeof data.trade_no, string | undefined>(true));

const prepared: Prepared = alipay.prepare(query, 1_795_262_400_000);
const request: HttpRequest = prepared.finish(new Uint8Array(256));
const signature: string = alipay.sign("text", "RSA2");
const valid: true = alipay.verify(new Uint8Array(), signature);
const notify: Notify = alipay.verifyNotify("raw");
same<typeof notify.paidAt, number | null>(true);
same<typeof notify.fields, Record<string, string>>(true);

// The machine.
const policy: Policy = { preset: "fast", pollIntervalMs: 3000 };
const payment = new Payment(alipay, order, policy, Date.now());
// @ts-expect-error: a snapshot is restored with `restore`
new Payment(alipay, { snapshot: new Uint8Array() }, 5);
new Payment(alipay, order, policy, Date.now(), { firstId: 1, alipayTime: Date.now() });
const restored: Payment = Payment.restore(alipay, payment.snapshot());
Payment.restore(alipay, payment.snapshot(), Date.now(), { writerIsDead: true, neverSuspended: true, gatewayMoved: false });
same<ReturnType<typeof snapshotNumber>, number>(true);
const output: Output = payment.poll();
switch (output.type) {
  case "request":
    same<typeof output.kind, "pay" | "query" | "cancel">(true);
    same<typeof output.http, HttpRequest>(true);
    same<typeof output.sendWithinMs, number>(true);
    same<ReturnType<typeof payment.isWanted>, boolean>(true);
    payment.handle({ type: "response", id: output.id, status: 200, body: new Uint8Array() });
    payment.handle({ type: "response", id: output.id, status: 200, body: new Uint8Array(), reset: true });
    payment.handle({ type: "failure", id: output.id, failure: "aborted" });
    payment.handle({ type: "failure", id: output.id, failure: "maybeSent" });
    // @ts-expect-error: one of four words
    payment.handle({ type: "failure", id: output.id, failure: "sent" });
    break;
  case "sign":
    same<typeof output.signType, SignType>(true);
    payment.handle({ type: "signature", id: output.id, signature: new Uint8Array(256) });
    break;
  case "timeout":
    same<typeof output.at, number>(true);
    break;
  case "save":
    break;
  case "news":
    same<typeof output.news, News>(true);
    break;
  case "done":
    same<typeof output.outcome, Outcome>(true);
    break;
  default:
    same<typeof output, never>(true);
}
same<typeof payment.phase, Phase>(true);
same<typeof payment.heard, Heard | null>(true);
payment.cancel();
payment.giveUp();
payment.setResetsOnDeath(true);
const alipayTime: number | null = payment.alipayTime;
new Payment(alipay, order, policy, Date.now(), { ...(alipayTime !== null && { alipayTime }) });
payment.notify("raw");
payment.close();

// The driver, and an outcome that is narrowed by its type.
const transport: Transport = async ({ url, headers, body }, { timeoutMs, signal, beforeSending }) => {
  beforeSending();
  same<typeof body, Uint8Array>(true);
  same<typeof timeoutMs, number>(true);
  if (url === "") throw new NotSentError("why");
  if (url === "?") throw new AbortedError("why");
  return { status: headers["x"] === undefined && signal.aborted ? 500 : 200, body: new Uint8Array() };
};
const declared: Transport = Object.assign(transport, { resetsOnDeath: true });
same<typeof declared.resetsOnDeath, boolean | undefined>(true);
const leased: Store = { save() {}, acquire: async () => {}, release() {}, writerIsDead: false };
const store: Store = { save: async (snapshot: Uint8Array) => {} };
async function run(): Promise<string> {
  await init();
  const outcome = await pay(alipay, order, {
    policy,
    transport,
    store,
    signal: AbortSignal.timeout(5),
    onPhase: (phase, running) => same<[typeof phase, typeof running], [Phase, Payment]>(true),
    onProblem: ({ code }) => same<typeof code, ErrorCode>(true),
    onPayment: (running) => running.cancel(),
  });
  // @ts-expect-error: a resumed payment has its policy
  await resume(alipay, payment.snapshot(), { policy });
  await resume(alipay, payment.snapshot(), { store: leased, restored: { neverSuspended: true } });
  const told: Told = await drive(restored, { transport: fetchTransport(), onNews: (news, of) => same<[typeof news, typeof of], [News, Payment]>(true) });
  if (!told.stored) await whenStored(told);
  same<Uint8Array, Awaited<ReturnType<typeof giveUp>>>(true);
  await giveUp(alipay, payment.snapshot(), { store });
  // @ts-expect-error: it is stored somewhere
  await giveUp(alipay, payment.snapshot(), {});
  switch (outcome.type) {
    case "paid":
      return outcome.trade.totalAmount;
    case "declined":
    case "rejected":
      return outcome.display ?? "";
    case "conflict":
    case "unresolved":
      return outcome.reason;
    case "closed":
      return String(outcome.refunded);
  }
}

// Errors are narrowed by their code.
function explain(error: unknown): string {
  if (!(error instanceof AlipayError)) throw error;
  const fault: Fault = error.fault;
  same<typeof error.subject, string | undefined>(true);
  // @ts-expect-error: no such code
  if (error.code === "key_to_short") return fault;
  return error.code === "key_too_short" ? "short" : error.message;
}

const signer: Signer = async (message, signType) => (signType === "RSA2" ? message : new Uint8Array());
declare const key: Parameters<typeof webCryptoSigner>[0];
new Alipay({ ...options, signer: webCryptoSigner(key) });
new Alipay({ ...options, signer });
const pair: Promise<KeyPair> = generateKeyPair(2048);
const info: KeyInfo = inspectPrivateKey("pem");
const fields: Array<[Uint8Array, Uint8Array]> = decodeForm(new Uint8Array());
const table: ErrorCodeRow[] = errorCodes();
const paid: TradePayResponse = {};
export { explain, fields, info, pair, paid, request, run, table, valid, wrong };
