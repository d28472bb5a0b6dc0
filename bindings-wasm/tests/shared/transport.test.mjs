// The transport over `fetch` against gateways that behave badly, and single calls over it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answer, asked, gateway, HASTY, options, ORDER } from "../support/gateway.mjs";
import { api } from "../support/package.mjs";

const { Alipay, AlipayError, fetchTransport, MAX_BODY_BYTES, pay, tradeQuery } = api;
/** What a connection that breaks comes to: Node's own transport resets it, a `fetch` can't. */
const BROKEN = api.nodeTransport === undefined ? "maybe_sent" : "aborted";
const servers = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections?.();
    server.close();
  }
});

/** A server that does this with every request; its URL, and how many came. */
async function serve(handle, create = createServer) {
  const counter = { count: 0 };
  const server = create((...given) => {
    counter.count += 1;
    // Who gives up a connection may reset it.
    if (create === createTcpServer) given[0].on("error", () => {});
    handle(...given);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/gateway.do`, counter };
}

const query = tradeQuery({ out_trade_no: "A1" });
const at = (url) => new Alipay({ ...options, gateway: url });

async function fails(url, code, timeoutMs = 5_000) {
  const start = performance.now();
  const error = await at(url).execute(query, { timeoutMs }).then(() => assert.fail(`${code} was expected`), (thrown) => thrown);
  assert.ok(error instanceof AlipayError, String(error));
  assert.equal(error.code, code);
  assert.ok(performance.now() - start < timeoutMs + 2_000, "it took too long");
  return error;
}

function read(request) {
  return new Promise((resolve) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk)).on("end", () => resolve({ body: Buffer.concat(chunks) }));
  });
}

test("a call goes out once, as it was signed, and its answer is typed data", async () => {
  const { url, counter } = await serve(async (request, response) => {
    assert.equal(request.method, "POST");
    assert.equal(request.url, "/gateway.do?charset=utf-8");
    assert.equal(request.headers["content-type"], "application/x-www-form-urlencoded;charset=utf-8");
    const { method, content } = asked(await read(request));
    const { body } = answer(method, { code: "10000", msg: "Success", ...content, trade_status: "TRADE_SUCCESS" });
    response.end(body);
  });
  const found = await at(url).execute(query);
  assert.deepEqual([found.verified, found.code, found.subCode], [true, "10000", null]);
  assert.equal(found.data.trade_status, "TRADE_SUCCESS");
  assert.equal(found.data.out_trade_no, "A1");
  assert.equal(counter.count, 1);
});

test("every status is an answer, and a redirect is not followed", async () => {
  const elsewhere = await serve((_, response) => response.end("{}"));
  for (const status of [301, 302, 303, 307, 308]) {
    const { url, counter } = await serve((_, response) => response.writeHead(status, { location: elsewhere.url }).end());
    await fails(url, "response_status");
    assert.equal(counter.count, 1);
  }
  const broken = await serve((_, response) => response.writeHead(502).end("<html>"));
  await fails(broken.url, "response_status");
  assert.equal(elsewhere.counter.count, 0);
  assert.equal(broken.counter.count, 1);
});

test("what a `fetch` would repeat by itself is sent once all the same", async () => {
  const misdirected = await serve((_, response) => response.writeHead(421).end());
  await fails(misdirected.url, "response_status");
  assert.equal(misdirected.counter.count, 1);
  // A kept-alive connection that dies under the request.
  const dying = await serve((request, response) => (dying.counter.count === 1 ? response.end("{}") : request.socket.destroy()));
  await fails(dying.url, "response_no_node");
  await fails(dying.url, BROKEN);
  assert.equal(dying.counter.count, 2);
});

test("an endless body is read to its limit and not further", async () => {
  let sent = 0;
  const { url } = await serve((_, response) => {
    const chunk = Buffer.alloc(64 * 1024, 0x20);
    const more = () => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
    };
    response.on("drain", more);
    more();
  });
  await fails(url, "response_too_large", 20_000);
  assert.ok(sent < 64 * MAX_BODY_BYTES, `${sent} bytes were sent`);
  const transport = fetchTransport();
  const answered = await transport(at(url).request(query), { timeoutMs: 5_000, signal: new AbortController().signal, beforeSending() {} });
  assert.equal(answered.body.length, MAX_BODY_BYTES);
});

test("a slow drip is given up when the time is over", async () => {
  const { url } = await serve((_, response) => {
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  });
  await fails(url, "timed_out", 300);
});

test("a silent server and a silent socket are given up when the time is over", async () => {
  await fails((await serve(() => {})).url, "timed_out", 200);
  await fails((await serve(() => {}, createTcpServer)).url, "timed_out", 200);
});

test("a connection that breaks may have sent it, and is not tried again", async () => {
  const dropped = await serve((request) => request.socket.destroy());
  await fails(dropped.url, BROKEN);
  assert.equal(dropped.counter.count, 1);
  const cut = await serve((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("{");
    setTimeout(() => response.destroy(), 20);
  });
  await fails(cut.url, BROKEN);
  assert.equal(cut.counter.count, 1);
  const noise = await serve((socket) => socket.end("this is not HTTP\r\n\r\n"), createTcpServer);
  await fails(noise.url, BROKEN);
});

test("a refused connection and an unknown host provably got nothing", async () => {
  const { url } = await serve(() => {});
  servers.at(-1).close();
  await sleep(10);
  assert.ok((await fails(url, "not_sent")).cause);
  // Who resolves names may be slow to say that there is none.
  await fails("https://no-such-host.invalid/gateway.do", "not_sent", 60_000);
});

test("a server whose certificate nobody vouches for provably got nothing", async (t) => {
  const { execFileSync } = await import("node:child_process");
  const { mkdtempSync, readFileSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const { createServer: createTlsServer } = await import("node:https");
  const folder = mkdtempSync(join(tmpdir(), "alipay-tls-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2"];
  execFileSync("openssl", [...request, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], { stdio: "ignore" });
  const secure = { key: readFileSync(key), cert: readFileSync(certificate) };
  const { url, counter } = await serve(() => {}, (handle) => createTlsServer(secure, handle));
  await fails(url.replace("http:", "https:"), "not_sent");
  assert.equal(counter.count, 0);
});

test("an AbortSignal gives a call up with its reason", async () => {
  const { url, counter } = await serve(() => {});
  const reason = new Error("never mind");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(at(url).execute(query, { signal }), reason);
  assert.equal(counter.count, 0);
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(at(url).execute(query, { signal: controller.signal }), reason);
});

test("a transport of the application's is used, and what it throws is told as the cause", async () => {
  const thrown = new Error("proxy");
  for (const [transport, code] of [
    [() => { throw thrown; }, "maybe_sent"],
    [() => Promise.reject(thrown), "maybe_sent"],
    [() => { throw Object.assign(new Error("x", { cause: thrown }), { notSent: true }); }, "not_sent"],
    [() => ({ status: 200 }), "maybe_sent"],
  ]) {
    await assert.rejects(new Alipay(options).execute(query, { transport }), (error) => error instanceof AlipayError && error.code === code);
  }
  const { transport } = gateway({ query: { code: "40004", sub_code: "ACQ.TRADE_NOT_EXIST" } });
  const answered = await new Alipay(options).execute(query, { transport });
  assert.deepEqual([answered.code, answered.subCode], ["40004", "ACQ.TRADE_NOT_EXIST"]);
});

test("a payment against a gateway that is not there is over, and says so", async () => {
  const { url } = await serve(() => {});
  servers.at(-1).close();
  await sleep(10);
  const outcome = await pay(at(url), ORDER, { policy: HASTY });
  assert.deepEqual([outcome.type, outcome.reason], ["declined", "notSent"]);
});
