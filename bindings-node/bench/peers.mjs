// The peers, each called as its README says, with the same parameters and the same keys.

import { createSign, createVerify } from 'node:crypto';
import { createRequire } from 'node:module';
import { AlipaySdk } from 'alipay-sdk';
import { APP_ID, NOTIFY_URL, PAY_METHOD, order } from './inputs.mjs';

const AlipayMobile = createRequire(import.meta.url)('alipay-mobile').default;

/** The order string of `alipay.trade.app.pay`, by each of them. */
export function signers({ appKey, alipayKey, stringToSign }) {
  const sdk = alipaySdk(appKey, alipayKey);
  const mobile = alipayMobile(appKey, alipayKey);
  return {
    sdk: {
      name: 'alipay-sdk 4.14.0',
      note: 'sdkExecute: camelCase and back to snake_case, JSON, sort, sign (PEM parsed each time), percent-encode',
      run: () => sdk.sdkExecute(PAY_METHOD, { notify_url: NOTIFY_URL, bizContent: order }),
    },
    mobile: {
      name: 'alipay-mobile 4.0.2',
      note: 'createOrder: validates by its schema, JSON, sort, sign (PEM parsed each time), percent-encode',
      run: () => {
        const { code, data, message } = mobile.createOrder(order, { notify_url: NOTIFY_URL });
        if (code !== 0) throw new Error(message);
        return data;
      },
    },
    crypto: {
      name: 'node:crypto, parsed key',
      note: 'a floor: only the signature of a string that is ready, with a KeyObject',
      run: () => createSign('RSA-SHA256').update(stringToSign, 'utf8').sign(appKey.privateKey, 'base64'),
    },
  };
}

/** A notification, from the body's raw bytes. */
export function verifiers({ appKey, alipayKey, body, stringToSign, signature }) {
  const sdk = alipaySdk(appKey, alipayKey);
  const mobile = alipayMobile(appKey, alipayKey);
  const parsed = () => Object.fromEntries(new URLSearchParams(body.toString('utf8')));
  return {
    sdk: {
      name: 'alipay-sdk 4.14.0',
      note: 'URLSearchParams, then checkNotifySignV2: verifies with sign_type first, and again without',
      run: () => check(sdk.checkNotifySignV2(parsed())),
    },
    mobile: {
      name: 'alipay-mobile 4.0.2',
      note: 'URLSearchParams, then makeNotifyResponse',
      run: () => check(mobile.makeNotifyResponse(parsed()).code === 0),
    },
    crypto: {
      name: 'node:crypto, parsed key',
      note: 'a floor: only the verification of a string that is ready, with a KeyObject',
      run: () =>
        check(createVerify('RSA-SHA256').update(stringToSign, 'utf8').verify(alipayKey.publicKey, signature, 'base64')),
    },
  };
}

function alipaySdk(appKey, alipayKey) {
  return new AlipaySdk({
    appId: APP_ID,
    keyType: 'PKCS8',
    privateKey: appKey.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    alipayPublicKey: alipayKey.publicKey.export({ type: 'spki', format: 'pem' }),
  });
}

function alipayMobile(appKey, alipayKey) {
  return new AlipayMobile({
    app_id: APP_ID,
    appPrivKeyFile: appKey.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    alipayPubKeyFile: alipayKey.publicKey.export({ type: 'spki', format: 'pem' }),
  });
}

function check(verified) {
  if (verified !== true) throw new Error('a peer did not verify what Alipay signed');
}
