// A till that breaks its promises: its store locks nothing and says that whoever wrote the snapshot is dead; its transport asks nothing
// before it sends, and says that every connection was reset.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { pathToFileURL } from 'node:url';

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { AbortedError, Alipay, pay, resume } = await import(pathToFileURL(given.package));
const alipay = new Alipay({
  gateway: given.gateway,
  allowHttp: true,
  appId: given.appId,
  privateKey: readFileSync(given.privateKeyFile, 'utf8'),
  alipayPublicKey: readFileSync(given.alipayPublicKeyFile, 'utf8'),
});
const store = { writerIsDead: true, save: (snapshot) => writeFileSync(given.stateFile, snapshot) };
const exchange = ({ url, method, headers, body }) =>
  new Promise((resolve, reject) => {
    const request = send(url, { method, headers, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: [], body: Buffer.concat(chunks) }));
    });
    request.on('error', (cause) => reject(new AbortedError('reset', { cause })));
    request.end(body);
  });
const options = { store, transport: Object.assign(exchange, { resetsOnDeath: true }) };
const { policy, order, stateFile } = given;
const outcome = existsSync(stateFile)
  ? await resume(alipay, readFileSync(stateFile), options)
  : await pay(alipay, order, { ...options, policy });
console.log(JSON.stringify({ type: 'done', outcome }));
