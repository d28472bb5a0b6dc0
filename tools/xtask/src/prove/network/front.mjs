// The gateway's TLS: takes requests over HTTPS and hands them to the sandbox beside it.

import { readFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { createServer } from 'node:https';

const [address, port, sandbox, key, cert] = process.argv.slice(2);
const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  // A request that broke off is none.
  request.on('error', () => {});
  request.on('end', () => {
    const { method, url: path, headers } = request;
    const forwarded = send({ host: '127.0.0.1', port: sandbox, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    forwarded.end(Buffer.concat(chunks));
  });
});
server.on('clientError', (_, socket) => socket.destroy());
server.listen(Number(port), address, () => console.log(JSON.stringify({ type: 'ready' })));
