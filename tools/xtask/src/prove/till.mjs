// Takes a payment with @alipay-core/node, or goes on with the one in its file, and prints its outcome.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { Alipay, fileStore, pay, resume, whenStored, ...transports } = await import(pathToFileURL(given.package));
const alipay = new Alipay({
  gateway: given.gateway,
  allowHttp: true,
  appId: given.appId,
  privateKey: readFileSync(given.privateKeyFile, 'utf8'),
  alipayPublicKey: readFileSync(given.alipayPublicKeyFile, 'utf8'),
});
const store = fileStore(given.stateFile);
const options = { store, transport: transports[given.transport]() };
const snapshot = await store.load();
const { policy } = given;
const outcome = snapshot ? await resume(alipay, snapshot, options) : await pay(alipay, given.order, { ...options, policy });
console.log(JSON.stringify({ type: 'done', outcome, stored: outcome.stored }));
if (!outcome.stored) {
  await whenStored(outcome);
  console.log(JSON.stringify({ type: 'stored' }));
}
