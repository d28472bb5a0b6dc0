// What everyone is measured with: one order, one notification, two keys made for this run.

import { createSign, generateKeyPairSync } from 'node:crypto';

export const APP_ID = '2014072300007148';
export const NOTIFY_URL = 'https://api.example.com/alipay/notify';
export const PAY_METHOD = 'alipay.trade.app.pay';

/** The business parameters of an order in an app. */
export const order = {
  out_trade_no: '20260721010101001',
  product_code: 'QUICK_MSECURITY_PAY',
  subject: '大乐透 Iphone6 16G',
  body: 'Iphone6 16G',
  total_amount: '88.88',
  timeout_express: '90m',
  goods_type: '0',
};

export const keyPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A notification of exactly one kilobyte as Alipay sends it: a form, signed without `sign` and `sign_type`. */
export function notification(alipayKey) {
  const fields = {
    app_id: APP_ID,
    auth_app_id: APP_ID,
    buyer_id: '2088101117955611',
    charset: 'utf-8',
    gmt_create: '2026-11-21 20:00:00',
    gmt_payment: '2026-11-21 20:00:03',
    notify_id: '2026112100222200003057660519823456',
    notify_time: '2026-11-21 20:00:04',
    notify_type: 'trade_status_sync',
    out_trade_no: order.out_trade_no,
    seller_id: '2088102146225135',
    subject: '大乐透',
    total_amount: order.total_amount,
    trade_no: '2026112122001455611000000001',
    trade_status: 'TRADE_SUCCESS',
    version: '1.0',
  };
  const encoded = (signature) =>
    new URLSearchParams({ ...fields, sign: signature, sign_type: 'RSA2' }).toString();
  const sign = () => createSign('RSA-SHA256').update(stringToSign(fields), 'utf8').sign(alipayKey.privateKey, 'base64');
  // The length of a signature in a form depends on its characters: pad until it fits.
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const signature = sign();
    const missing = 1024 - encoded(signature).length;
    if (missing === 0) {
      return { body: Buffer.from(encoded(signature)), signature, stringToSign: stringToSign(fields) };
    }
    const body = fields.body ?? '';
    const length = Math.max(1, body.length + missing - (fields.body === undefined ? '&body='.length : 0));
    fields.body = String.fromCharCode(97 + (attempt % 26)).repeat(length);
  }
  throw new Error('no notification of one kilobyte was found');
}

export const stringToSign = (fields) =>
  Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&');
