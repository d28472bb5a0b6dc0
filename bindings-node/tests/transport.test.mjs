// The transport over sockets: what becomes of a connection when a request has ended, seen from the other side of it.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createRequire } from 'node:module';
import { connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { asked, HASTY, NO_TRADE, options, ORDER, answer } from '../../bindings-wasm/tests/support/gateway.mjs';
import { Alipay, MAX_BODY_BYTES, NotSentError, nodeTransport, pay, tradeQuery } from '../index.mjs';

const { choice } = createRequire(import.meta.url)('../native.cjs');
const query = tradeQuery({ out_trade_no: '1' });

let secure, folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'alipay-tls-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2'];
  execFileSync('openssl', [...made, '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
  secure = { key: readFileSync(key), cert: readFileSync(certificate) };
});
after(() => rmSync(folder, { recursive: true }));

/** The package's transport, as it is where there is no add-on too. */
function transportOf(engine, given) {
  const { addon } = choice;
  assert.ok(addon);
  if (engine === 'wasm') choice.addon = undefined;
  try {
    return nodeTransport(given);
  } finally {
    choice.addon = addon;
  }
}

/**
 * A server behind a relay that sees how the connections to it end: `ends` has `reset` or `closed` for each.
 */
async function watched(t, scheme, handle) {
  const server = scheme === 'https' ? createHttpsServer(secure, handle) : createHttpServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const seen = { ends: [], bytes: 0, connections: 0, agreed: 0 };
  server.on('secureConnection', () => (seen.agreed += 1));
  const relay = createTcpServer({ allowHalfOpen: true }, (front) => {
    seen.connections += 1;
    const back = connect(server.address().port, '127.0.0.1');
    let ended = false;
    const over = (how) => {
      if (!ended) seen.ends.push(how);
      ended = true;
      back.destroy();
      front.destroy();
    };
    front.on('data', (chunk) => {
      seen.bytes += chunk.length;
      back.write(chunk);
    });
    front.on('end', () => over('closed')).on('error', ({ code }) => over(code === 'ECONNRESET' ? 'reset' : code));
    back.on('data', (chunk) => front.writable && front.write(chunk)).on('end', () => front.end());
    // A reset is passed on as one.
    back.on('error', () => front.resetAndDestroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
    relay.close();
  });
  const url = `${scheme}://127.0.0.1:${relay.address().port}/gateway.do`;
  return { seen, url, alipay: new Alipay({ ...options, gateway: url }) };
}

const context = (ms, beforeSending = () => {}) => ({ timeoutMs: ms, signal: AbortSignal.timeout(ms), beforeSending });

async function ending(seen) {
  for (let wait = 0; wait < 200 && seen.ends.length === 0; wait += 1) await sleep(5);
  return seen.ends;
}

const WAYS = {
  'that is never answered': () => {},
  'whose connection is closed without an answer': (request) => request.socket.end(),
  'whose answer breaks off': (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{', () => response.socket.end());
  },
  'answered with something else than HTTP': (request) => request.socket.write('this is not HTTP\r\n\r\n'),
};

for (const scheme of ['http', 'https']) {
  for (const engine of ['native', 'wasm']) {
    const how = engine === 'native' ? 'with the add-on' : 'without the add-on';
    const given = () => ({ ca: secure.cert });

    for (const [what, handle] of Object.entries(WAYS)) {
      test(`${scheme}, ${how}: a request ${what} is reset, and said to be`, async (t) => {
        const { seen, alipay } = await watched(t, scheme, handle);
        const transport = transportOf(engine, given());
        const thrown = await transport(alipay.request(query), context(300)).then(() => assert.fail('an answer'), (error) => error);
        assert.deepEqual([thrown.name, thrown.aborted], ['AbortedError', true], String(thrown.cause));
        assert.deepEqual(await ending(seen), ['reset']);
        // Over a proxy the same proves nothing.
        const indirect = transportOf(engine, { ...given(), direct: false });
        const other = await indirect(alipay.request(query), context(300)).catch((error) => error);
        assert.deepEqual([other.aborted, other.notSent], [undefined, undefined]);
      });
    }

    test(`${scheme}, ${how}: an answer is followed by a reset, whatever it says`, async (t) => {
      let status = 200;
      const { seen, alipay } = await watched(t, scheme, async (request, response) => {
        for await (const _ of request);
        assert.equal(request.httpVersion, '1.1');
        assert.equal(request.headers.host, request.headers.host.toLowerCase());
        response.writeHead(status, { Date: 'Sat, 28 Nov 2026 06:00:00 GMT', 'X-Two': ['a', 'b'] }).end('<html>');
      });
      for (status of [200, 302, 502]) {
        const answered = await transportOf(engine, given())(alipay.request(query), context(5_000));
        assert.deepEqual([answered.status, answered.reset, Buffer.from(answered.body).toString()], [status, true, '<html>']);
        const headers = answered.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
        for (const header of ['date: Sat, 28 Nov 2026 06:00:00 GMT', 'x-two: a', 'x-two: b']) assert.ok(headers.includes(header), headers.join());
        assert.deepEqual(await ending(seen), ['reset']);
        seen.ends.length = 0;
      }
      assert.equal(seen.connections, 3, 'a connection for each');
      const indirect = await transportOf(engine, { ...given(), direct: false })(alipay.request(query), context(5_000));
      assert.equal(indirect.reset, false);
    });

    test(`${scheme}, ${how}: what must not leave any more does not`, async (t) => {
      const { seen, alipay } = await watched(t, scheme, () => assert.fail('it arrived'));
      const refused = context(5_000, () => {
        throw new NotSentError('too late');
      });
      const transport = transportOf(engine, given());
      await assert.rejects(async () => transport(alipay.request(query), refused), { notSent: true });
      await ending(seen);
      assert.equal(seen.connections, 1, 'it is asked when there is a connection');
      if (scheme === 'http') assert.equal(seen.bytes, 0);
      else assert.ok(seen.bytes > 0, 'and when TLS is through');
    });
  }
}

test('what declares itself', () => {
  assert.equal(nodeTransport().resetsOnDeath, process.platform !== 'win32');
  assert.equal(transportOf('wasm').resetsOnDeath, false);
  assert.equal(nodeTransport({ direct: false }).resetsOnDeath, false);
  for (const [wrong, subject] of [[{ direct: 'yes' }, 'direct'], [{ proxy: 'x' }, 'proxy']]) {
    assert.throws(() => nodeTransport(wrong), { code: 'options', subject });
  }
});

test('a body of a mebibyte and more is read to its limit', async (t) => {
  const { alipay } = await watched(t, 'http', (_, response) => response.end(Buffer.alloc(3 << 20, 0x20)));
  const { body, reset } = await nodeTransport()(alipay.request(query), context(10_000));
  assert.ok(body.length >= MAX_BODY_BYTES);
  assert.equal(reset, true);
});

test('nothing is sent to whom nobody vouches for, to nobody, and to nowhere', async (t) => {
  const { seen, alipay } = await watched(t, 'https', () => assert.fail('it arrived'));
  await assert.rejects(async () => nodeTransport()(alipay.request(query), context(5_000)), { notSent: true });
  assert.equal(seen.agreed, 0);
  for (const gateway of ['http://127.0.0.1:1/gateway.do', 'https://no-such-host.invalid/gateway.do', 'http://[::1]:1/gateway.do']) {
    await assert.rejects(async () => nodeTransport()(new Alipay({ ...options, gateway }).request(query), context(30_000)), { notSent: true });
  }
  // Nobody answers: 192.0.2.0/24 leads nowhere.
  const start = performance.now();
  await assert.rejects(async () => nodeTransport()(new Alipay({ ...options, gateway: 'https://192.0.2.1/gateway.do' }).request(query), context(200)), { notSent: true });
  assert.ok(performance.now() - start < 5_000);
});

test('a name with several addresses: the next is tried when the first refuses', async (t) => {
  const { url, seen } = await watched(t, 'http', (_, response) => response.end('{}'));
  // Usually ::1 and 127.0.0.1, in either order; the server has only the latter.
  const alipay = new Alipay({ ...options, gateway: url.replace('127.0.0.1', 'localhost') });
  assert.equal((await nodeTransport()(alipay.request(query), context(5_000))).status, 200);
  assert.equal(seen.connections, 1);
});

test('the default of the package, and an aborted pay that is not found is closed', async (t) => {
  const { alipay, seen } = await watched(t, 'http', async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, kind, content } = asked({ body: Buffer.concat(chunks) });
    if (kind === 'pay') return;
    response.end(Buffer.from(answer(method, { msg: '', out_trade_no: content.out_trade_no, ...(kind === 'query' ? NO_TRADE : { code: '10000', retry_flag: 'N' }) }).body));
  });
  const outcome = await pay(alipay, ORDER, { policy: HASTY });
  assert.equal(outcome.type, 'closed', JSON.stringify(outcome));
  assert.ok(seen.ends.every((end) => end === 'reset'), seen.ends.join());
});

// What the kernel does for a process that is dead; Windows has no such socket to give to Node.
for (const [engine, end] of [['native', 'reset'], ['wasm', 'closed']]) {
  test(`killed while it waits, ${engine}: the connection is ${end}`, { skip: process.platform === 'win32' }, async (t) => {
    const { seen, url } = await watched(t, 'http', () => {});
    const program = `
      const { Alipay, nodeTransport, tradeQuery } = require('./index.cjs');
      const { options, url } = JSON.parse(process.env.JOB);
      const context = { timeoutMs: 60000, signal: new AbortController().signal, beforeSending() {} };
      nodeTransport()(new Alipay({ ...options, gateway: url }).request(tradeQuery({ out_trade_no: '1' })), context);`;
    const child = spawn(process.execPath, ['--input-type=commonjs', '-e', program], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, ALIPAY_CORE_ENGINE: engine, JOB: JSON.stringify({ options, url }) },
      stdio: 'inherit',
    });
    t.after(() => child.kill('SIGKILL'));
    for (let wait = 0; wait < 2_000 && seen.bytes === 0; wait += 1) await sleep(5);
    child.kill('SIGKILL');
    assert.deepEqual(await ending(seen), [end]);
  });
}

test('where Node is told to use a proxy, nothing is said to be reset', () => {
  const program = "console.log(String(require('./index.cjs').nodeTransport().resetsOnDeath))";
  const run = (more) => execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, ...more },
    encoding: 'utf8',
  }).trim();
  const proxy = { HTTPS_PROXY: 'http://127.0.0.1:1' };
  assert.equal(run({ ...proxy, NODE_USE_ENV_PROXY: '1' }), 'undefined');
  // Node's sockets know nothing of the variable by itself.
  assert.equal(run({ ...proxy, NODE_USE_ENV_PROXY: '' }), String(process.platform !== 'win32'));
});
