// What a TypeScript user writes, as an ES module; compiled, never run.

import { Alipay, type Answer, call, engine, type FileStore, fileStore, nodeTransport, type Outcome, pay, resume, tradeQuery, type Transport } from '@alipay-core/node';
import type * as wasm from '@alipay-core/wasm';

const alipay: Alipay = new Alipay({ appId: '2014072300007148', alipayPublicKey: '…', privateKey: '…' });
const name: 'native' | 'wasm' = engine().name;
const reason: string = engine().reason;

// One layer: what one package makes, the other takes.
const same: wasm.Alipay = alipay;

const answer = await alipay.execute(tradeQuery({ out_trade_no: '1' }));
const status: string | undefined = answer.data.trade_status;
const untyped: Answer = await alipay.execute(call('alipay.trade.refund', '{}'));

const outcome: Outcome = await pay(alipay, {
  out_trade_no: '1',
  scene: 'bar_code',
  auth_code: '28763443825664394',
  subject: 'x',
  total_amount: '1.00',
});
if (outcome.type === 'paid') outcome.trade.outTradeNo satisfies string;

const store: FileStore = fileStore('1.state');
const transport: Transport = nodeTransport({ direct: false, ca: ['…'] });
const snapshot = await store.load();
if (snapshot) await resume(alipay, snapshot, { store, transport });
store.writerIsDead satisfies boolean;
// @ts-expect-error there is no such option
nodeTransport({ proxy: 'x' });

// @ts-expect-error an engine has no such name
const wrong: 'jvm' = engine().name;
// @ts-expect-error money is never a number
void pay(alipay, { out_trade_no: '1', scene: 'bar_code', auth_code: '28763443825664394', subject: 'x', total_amount: 1 });
// @ts-expect-error there is no such option
void new Alipay({ appId: '', alipayPublicKey: '', secret: '' });

export { name, reason, same, status, untyped, wrong };
