// The package in headless Chromium, over a page of our own: the sandbox's gateway speaks to shops, not to pages, so its path is passed on
// from the page's origin.
//
// SANDBOX_BIN: the built example `serve`. CHROMIUM: the browser. VECTOR_COUNTS: where to write how many rows of which file ran.

import assert from "node:assert/strict";
import { createPrivateKey, createSign } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { chromium } from "playwright-core";
import { alipayKeys, options, paidNotification } from "../support/gateway.mjs";
import { checkBooks, orderOf, startSandbox } from "../support/sandbox.mjs";
import { summary } from "../support/vectors.mjs";

const root = new URL("../../", import.meta.url);
const examples = new URL("../../../examples/browser/", import.meta.url);
const vectors = new URL("../../../tests/vectors/", import.meta.url);
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

let sandbox, server, browser, page, origin;

function serveFile(response, file) {
  const type = TYPES[file.pathname.slice(file.pathname.lastIndexOf("."))];
  response.writeHead(200, { "content-type": type }).end(readFileSync(file));
}

/** The example as a bundler makes it; the module itself stays a file beside it. */
function exampleBundle() {
  const source = readFileSync(new URL("verify_notify.js", examples), "utf8");
  const stdin = { contents: source, resolveDir: fileURLToPath(root) };
  return buildSync({ stdin, bundle: true, format: "esm", write: false, conditions: ["browser"] }).outputFiles[0].text;
}

/** Passes a request on as it is; what breaks there breaks here. */
function pass(request, response, to) {
  const onward = forward(to, { method: request.method, headers: request.headers, agent: false }, (answer) => {
    answer.on("error", () => response.destroy());
    response.writeHead(answer.statusCode, { ...answer.headers, connection: "close" });
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

async function route(request, response) {
  // Chromium repeats a POST on a kept-alive connection that turns out to be dead, which story 5001 would show.
  response.shouldKeepAlive = false;
  const { pathname, search } = new URL(request.url, "http://here");
  const name = pathname.split("/").at(-1);
  if (pathname === "/") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>a shop</title>");
  if (pathname === "/verify_notify.html") return response.writeHead(200, { "content-type": "text/html" }).end(readFileSync(new URL(name, examples)));
  if (pathname === "/verify_notify.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(exampleBundle());
  // Where a bundle finds the module: beside itself.
  if (pathname === "/alipay.wasm") return serveFile(response, new URL("dist/alipay.wasm", root));
  if (pathname === "/gateway.do") return pass(request, response, `${sandbox.gatewayUrl}${search}`);
  if (pathname === "/vectors.mjs") return serveFile(response, new URL("tests/support/vectors.mjs", root));
  if (pathname.startsWith("/vectors/")) return serveFile(response, new URL(name, vectors));
  if (/^\/dist\/[a-z-]+\.(js|wasm)$/.test(pathname)) return serveFile(response, new URL(pathname.slice(1), root));
  if (pathname === "/sign") {
    // The shop's server holds the key; the page does not.
    const message = Buffer.concat(await request.toArray());
    return response.end(createSign("RSA-SHA256").update(message).sign(createPrivateKey(sandbox.appPrivateKey)));
  }
  return response.writeHead(404).end();
}

before(async () => {
  sandbox = await startSandbox();
  server = createServer((request, response) => void route(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  page = await browser.newPage();
  page.on("pageerror", (error) => console.error("page:", error));
  await page.goto(origin);
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  sandbox?.stop();
});

test("before init it says so; init fetches the module once", async () => {
  const seen = await page.evaluate(async () => {
    const api = await import("/dist/browser.js");
    const code = (work) => { try { return work(); } catch (error) { return error instanceof api.AlipayError ? error.code : String(error); } };
    const early = code(() => api.chargeAmount("88.88"));
    const missing = await api.init("/nowhere.wasm").catch((error) => error.code);
    await Promise.all([api.init(), api.init()]);
    const fetched = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/alipay.wasm")).length;
    return { early, missing, fetched, fen: api.chargeAmount("88.88").fen };
  });
  assert.deepEqual(seen, { early: "not_initialised", missing: "not_initialised", fetched: 1, fen: "8888" });
});

test("every row of the vectors, in the browser", async () => {
  const names = readdirSync(vectors).filter((name) => name.endsWith(".json"));
  const { counts, failures } = await page.evaluate(async (files) => {
    const api = await import("/dist/browser.js");
    const { runVectors } = await import("/vectors.mjs");
    await api.init();
    const text = async (file) => [file.slice(0, -5), await (await fetch(`/vectors/${file}`)).text()];
    return runVectors(api, Object.fromEntries(await Promise.all(files.map(text))));
  }, names);
  assert.equal(failures.length, 0, `${failures.length} rows:\n${failures.slice(0, 20).join("\n")}`);
  console.log(summary(counts));
  if (process.env.VECTOR_COUNTS) writeFileSync(process.env.VECTOR_COUNTS, JSON.stringify(counts));
});

/** Runs a payment in the page. `cancelAfterMs`: the cashier cancels. */
function payInPage(order, { external, cancelAfterMs }) {
  const { appId, alipayPublicKey, appPrivateKey, policy } = sandbox;
  const merchant = { appId, alipayPublicKey, gateway: `${origin}/gateway.do`, ...(external ? {} : { privateKey: appPrivateKey }) };
  return page.evaluate(
    async ({ merchant, external, order, policy, cancelAfterMs }) => {
      const api = await import("/dist/browser.js");
      await api.init();
      const signer = async (message) => new Uint8Array(await (await fetch("/sign", { method: "POST", body: message })).arrayBuffer());
      const alipay = new api.Alipay({ ...merchant, ...(external ? { signer } : {}) });
      const [phases, snapshots] = [[], []];
      const outcome = await api.pay(alipay, order, {
        policy,
        store: { save: async (snapshot) => void snapshots.push(snapshot.length) },
        onPhase(phase, payment) {
          phases.push(phase);
          if (phase === "awaitingBuyer" && cancelAfterMs !== undefined) setTimeout(() => payment.cancel(), cancelAfterMs);
        },
      });
      return { outcome, phases, snapshots: snapshots.length };
    },
    { merchant, external, order, policy, cancelAfterMs },
  );
}

for (const [story, ends, how] of [
  ["0001", "paid", { external: false }],
  ["1001", "paid", { external: true }],
  ["1003", "closed", { external: true, cancelAfterMs: 100 }],
  ["3119", "declined", { external: true }],
  ["5001", "paid", { external: true }],
  ["5010", "paid", { external: true }],
  ["6002", "closed", { external: true }],
]) {
  test(`story ${story}${how.external ? ", the key on the shop's server" : ""}: ${ends}`, async () => {
    const order = orderOf(story);
    const { outcome, phases, snapshots } = await payInPage(order, how);
    assert.equal(outcome.type, ends, JSON.stringify(outcome));
    const trade = await sandbox.trade(order.out_trade_no);
    checkBooks(outcome, trade);
    if (trade !== undefined) assert.equal(trade.pay_calls, 1, "pay was not sent once");
    assert.ok(phases.includes("paying") && phases.at(-1) === "done", phases.join());
    assert.ok(snapshots >= 2);
  });
}

test("a notification is verified, a forged one refused; new keys come from the browser's randomness", async () => {
  const seen = await page.evaluate(
    async ({ options: { appId }, publicKey, body }) => {
      const api = await import("/dist/browser.js");
      await api.init();
      const alipay = new api.Alipay({ appId, alipayPublicKey: publicKey });
      const { paid, outTradeNo } = alipay.verifyNotify(body);
      let forged;
      try { alipay.verifyNotify(body.replace("88.88", "88.89")); } catch (error) { forged = error.code; }
      const pairs = [await api.generateKeyPair(), await api.generateKeyPair()];
      const info = api.inspectPrivateKey(pairs[0].privateKey);
      return { paid, outTradeNo, forged, bits: info.bits, matches: info.publicKey === pairs[0].publicKey, differ: pairs[0].publicKey !== pairs[1].publicKey };
    },
    { options, publicKey: alipayKeys.publicKey, body: paidNotification() },
  );
  assert.deepEqual(seen, { paid: true, outTradeNo: "ORDER_1", forged: "signature_invalid", bits: 2048, matches: true, differ: true });
});

test("the example's page tells a genuine notification from a forged one", async (t) => {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(`${origin}/verify_notify.html`);
  const verify = async (body) => {
    await page.fill("[name=appId]", options.appId);
    await page.fill("[name=alipayPublicKey]", options.alipayPublicKey);
    await page.fill("[name=body]", body);
    await page.click("button");
    await page.waitForFunction(() => document.querySelector("output").value !== "");
    return page.evaluate(() => {
      const output = document.querySelector("output");
      const said = output.value;
      output.value = "";
      return said;
    });
  };
  const body = paidNotification();
  assert.equal(await verify(`${body}\n`), "genuine: order ORDER_1 is TRADE_SUCCESS");
  assert.match(await verify(body.replace("88.88", "88.89")), /^not to be believed: .*\(signature_invalid\)$/);
});
