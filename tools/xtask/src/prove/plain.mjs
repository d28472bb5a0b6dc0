// A client as many are: it writes a pay, waits for an answer, gives up, and closes its connection in the ordinary way.

import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const GIVES_UP_AFTER_MS = 2_000;

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const fields = {
  app_id: given.appId,
  biz_content: JSON.stringify(given.order),
  charset: 'utf-8',
  format: 'JSON',
  method: 'alipay.trade.pay',
  sign_type: 'RSA2',
  timestamp: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '),
  version: '1.0',
};
const message = Object.entries(fields).map(([name, value]) => `${name}=${value}`).join('&');
const sign = createSign('RSA-SHA256').update(message).sign(readFileSync(given.privateKeyFile, 'utf8'), 'base64');
const body = new URLSearchParams({ ...fields, sign }).toString();
const url = new URL(given.gateway);
const head = [
  `POST ${url.pathname}?charset=utf-8 HTTP/1.1`,
  `host: ${url.host}`,
  'content-type: application/x-www-form-urlencoded',
  `content-length: ${body.length}`,
];
const socket = connect(Number(url.port), url.hostname, () => {
  socket.write([...head, '', body].join('\r\n'));
  setTimeout(() => socket.destroy(), GIVES_UP_AFTER_MS);
});
socket.on('data', () => (process.exitCode = 1));
socket.on('close', () => console.log(JSON.stringify({ type: 'done', outcome: { type: 'gaveUp' } })));
