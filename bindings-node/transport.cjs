// A transport over Node's sockets, which knows what became of a request: a connection that is given up is reset, not closed.
'use strict';

const { lookup } = require('node:dns/promises');
const { closeSync } = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { Duplex } = require('node:stream');
const tls = require('node:tls');
const { AbortedError, AlipayError, fetchTransport, MAX_BODY_BYTES, NotSentError } = require('@alipay-core/wasm');
const { choice } = require('./native.cjs');

/** How long one of several addresses may take to answer before the next is tried. */
const NEXT_ADDRESS_MS = 1_000;
/** How long Node may take to reset a connection. */
const RESET_MS = 250;

/** @param {{ direct?: boolean, ca?: string | Uint8Array | Array<string | Uint8Array> }} [options] */
function nodeTransport(options = {}) {
  const { direct = true, ca, ...unknown } = Object(options);
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new AlipayError('options', name);
  if (typeof direct !== 'boolean') throw new AlipayError('options', 'direct');
  // Where Node is told to use a proxy of the environment's, `fetch` does.
  if (proxied()) return fetchTransport();
  const { openSocket } = choice.addon ?? {};
  const transport = (request, context) => exchange(request, context, { direct, ca, openSocket });
  return Object.assign(transport, { resetsOnDeath: direct && openSocket !== undefined });
}

/** Whether Node's own clients go through a proxy of the environment's. */
function proxied() {
  const { NODE_USE_ENV_PROXY: used, NODE_OPTIONS = '' } = process.env;
  const given = [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)];
  const named = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some((name) => process.env[name]);
  return named && (used === '1' || given.includes('--use-env-proxy'));
}

async function exchange(request, { timeoutMs, signal, beforeSending }, how) {
  const started = performance.now();
  const url = new URL(request.url);
  let connection;
  try {
    connection = await connect(url, signal, () => timeoutMs - (performance.now() - started), how);
  } catch (cause) {
    throw new NotSentError('no connection', { cause });
  }
  const line = new Line(connection.stream, beforeSending);
  try {
    const answer = await answered(line, request, url, signal);
    return { ...answer, reset: (await connection.reset()) && how.direct };
  } catch (cause) {
    const reset = await connection.reset();
    if (!line.began) throw new NotSentError('not sent', { cause });
    if (reset && how.direct) throw new AbortedError('the connection was reset', { cause });
    throw cause;
  }
}

/** A fresh connection, TLS included. What is thrown means that there is none. */
async function connect(url, signal, left, { ca, openSocket }) {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  const family = net.isIP(host);
  const addresses = family === 0 ? await unlessAborted(signal, lookup(host, { all: true })) : [{ address: host, family }];
  let connection, failure;
  for (const [at, { address, family }] of addresses.entries()) {
    const most = at + 1 < addresses.length ? NEXT_ADDRESS_MS : left();
    const raw = socketFor(family, left(), openSocket);
    connection = new Connection(raw, openSocket !== undefined);
    try {
      raw.connect({ host: address, port });
      await happened(raw, 'connect', signal, most);
      failure = undefined;
      break;
    } catch (error) {
      raw.destroy();
      if (signal.aborted) throw error;
      failure = error;
    }
  }
  if (connection === undefined || failure !== undefined) throw failure ?? new Error('no address');
  connection.raw.setNoDelay(true);
  if (!secure) return connection;
  try {
    // HTTP/1.1 only, and nothing before the handshake is over.
    const names = { host, ...(net.isIP(host) === 0 && { servername: host }) };
    connection.wrap(tls.connect({ socket: connection.raw, ALPNProtocols: ['http/1.1'], ca, ...names }));
    await happened(connection.stream, 'secureConnect', signal, left());
    return connection;
  } catch (error) {
    connection.raw.destroy();
    throw error;
  }
}

/** Not connected yet. From the add-on it is one that the kernel resets, whatever closes it. */
function socketFor(family, unacknowledgedMs, openSocket) {
  // What the other side has to say is awaited, and no end of ours is sent: this side only ever resets.
  const options = { allowHalfOpen: true };
  if (openSocket === undefined) return new net.Socket(options);
  const fd = openSocket(family === 6, Math.max(1, Math.ceil(unacknowledgedMs)));
  try {
    return new net.Socket({ ...options, fd, manualStart: true });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

class Connection {
  /** The TCP connection. */
  raw;
  /** What is spoken over: the same, or TLS over it. */
  stream;
  #lingers;
  #peerReset = false;

  /** @param lingers whether the kernel resets it whatever closes it */
  constructor(raw, lingers) {
    this.raw = raw;
    this.stream = raw;
    this.#lingers = lingers;
    this.#watch(raw);
  }

  wrap(stream) {
    this.stream = stream;
    this.#watch(stream);
  }

  #watch(stream) {
    stream.on('error', ({ code, syscall }) => {
      // Without a call of the system's it is Node's word for an end that came too early.
      if (code === 'ECONNRESET' && syscall !== undefined) this.#peerReset = true;
    });
  }

  /** Resets the connection; whether it was reset, by this side or the other. A TLS socket can't be: it is the one below that is. */
  async reset() {
    const { raw } = this;
    if (this.#lingers) {
      raw.destroy();
      return true;
    }
    // Closed by Node meanwhile, and not reset.
    if (this.#peerReset || raw.destroyed) return this.#peerReset;
    try {
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(reject, RESET_MS, new Error('not reset in time'));
        raw.once('close', () => (clearTimeout(timer), resolve(true)));
        raw.once('error', (error) => (clearTimeout(timer), error.code === 'ECONNRESET' ? resolve(true) : reject(error)));
        raw.resetAndDestroy();
      });
    } catch {
      raw.destroy();
      return false;
    }
  }
}

/** What Node's HTTP speaks over instead of the connection: it may end this, and never the connection. */
class Line extends Duplex {
  /** Whether a byte may have left. */
  began = false;
  #stream;
  #beforeSending;

  constructor(stream, beforeSending) {
    super({ allowHalfOpen: true });
    this.#stream = stream;
    this.#beforeSending = beforeSending;
    stream.on('data', (chunk) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.once('end', () => this.push(null));
    stream.once('error', (error) => this.destroy(error));
    // HTTP hears it too; after the answer nobody does.
    this.on('error', () => {});
    stream.once('close', () => this.destroy(new Error('the connection was closed')));
  }

  _read() {
    this.#stream.resume();
  }

  _write(chunk, _, done) {
    try {
      if (!this.began) this.#beforeSending();
      this.began = true;
      this.#stream.write(chunk, done);
    } catch (error) {
      done(error);
    }
  }

  _final(done) {
    done();
  }
}

/** Sends the request in one write, and reads the answer. */
function answered(line, { method, url: _, headers, body }, url, signal) {
  return new Promise((resolve, reject) => {
    const over = () => reject(signal.reason);
    if (signal.aborted) return over();
    signal.addEventListener('abort', over, { once: true });
    const request = http.request({
      method,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, ...headers, 'content-length': body.length },
      setHost: false,
      // Instead of an agent's: nothing is kept alive, and nothing goes through a proxy.
      createConnection: () => line,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks = [];
      let length = 0;
      const done = () => resolve({ status: response.statusCode, headers: pairs(response.rawHeaders), body: Buffer.concat(chunks) });
      response.on('data', (chunk) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= MAX_BODY_BYTES) done();
      });
      response.on('end', () => (response.complete ? done() : reject(new Error('the answer broke off'))));
      response.on('error', reject);
    });
    // As text it goes into the same write as the headers.
    request.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1');
  });
}

function pairs(raw) {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at], raw[2 * at + 1]]);
}

/** Waits for an event of a socket's, for so long. */
async function happened(socket, event, signal, ms) {
  let timer, listeners;
  try {
    await unlessAborted(signal, new Promise((resolve, reject) => {
      listeners = [[event, resolve], ['error', reject], ['close', () => reject(new Error('closed'))]];
      for (const [name, listener] of listeners) socket.once(name, listener);
      timer = setTimeout(() => reject(new Error('no connection in time')), Math.max(ms, 0));
    }));
  } finally {
    clearTimeout(timer);
    for (const [name, listener] of listeners) socket.off(name, listener);
  }
}

/** The same promise, or the reason of the signal. */
function unlessAborted(signal, promise) {
  return new Promise((resolve, reject) => {
    const over = () => reject(signal.reason);
    if (signal.aborted) over();
    else signal.addEventListener('abort', over, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', over));
  });
}

module.exports = { nodeTransport };
