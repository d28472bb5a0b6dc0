// The receiver of Alipay's asynchronous notifications: verified on the raw body, then acknowledged.
//
// node verify_notify.mjs PORT APP_ID ALIPAY_PUBLIC_KEY_FILE

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Alipay } from '@alipay-core/node';

const [port, appId, alipayKeyFile] = process.argv.slice(2);
const alipay = new Alipay({ appId, alipayPublicKey: readFileSync(alipayKeyFile, 'utf8') });

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()); // exactly as it came, not what a framework has decoded
  try {
    const notify = alipay.verifyNotify(body);
    // Still to do in your books: is the order known, the amount equal, the seller ours?
    console.log(`${notify.outTradeNo} is ${notify.paid ? 'paid' : notify.fields.trade_status}`);
    response.end('success'); // else Alipay sends it again
  } catch (error) {
    console.log(error.code);
    response.end('failure');
  }
});
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
