// A till in Node: charges a payment code and prints how it ended. Kill it at any moment and start it again with the same order number: it
// goes on from its file and never charges twice.
//
// node till.mjs GATEWAY APP_ID APP_PRIVATE_KEY_FILE ALIPAY_PUBLIC_KEY_FILE ORDER_NUMBER PAYMENT_CODE YUAN

import { readFileSync } from 'node:fs';
import { Alipay, fileStore, pay, resume } from '@alipay-core/node';

const [gateway, appId, keyFile, alipayKeyFile, out_trade_no, auth_code, total_amount] = process.argv.slice(2);
const alipay = new Alipay({
  gateway,
  appId,
  privateKey: readFileSync(keyFile, 'utf8'),
  alipayPublicKey: readFileSync(alipayKeyFile, 'utf8'),
});

const store = fileStore(`${out_trade_no}.state`);
const options = { store, onPhase: (phase) => console.error(phase) };
const order = { out_trade_no, scene: 'bar_code', auth_code, total_amount, subject: 'Tea' };

const snapshot = await store.load(); // of a run that was killed
const outcome = snapshot ? await resume(alipay, snapshot, options) : await pay(alipay, order, options);

switch (outcome.type) {
  case 'paid':
    console.log(`paid ${outcome.trade.totalAmount} yuan, Alipay's number ${outcome.trade.tradeNo}`);
    if (!outcome.proven) console.log(`check that it is this sale: paid at ${new Date(outcome.trade.paidAt)}`);
    break;
  case 'unresolved': // this is not "unpaid"
    console.log(`unknown: run this again at ${new Date(outcome.askAgainAt)}, or give it up`);
    break;
  default:
    console.log(`not paid: ${outcome.type} ${outcome.subCode ?? ''}`);
}
