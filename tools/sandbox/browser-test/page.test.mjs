// The buyer's phone in a headless Chromium, against a real sandbox process.
//
// SANDBOX_BIN: the built example `serve`. CHROMIUM: the browser, /usr/bin/chromium unless set.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSign, createVerify } from "node:crypto";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const WAITS_FOR_A_HUMAN = "1004";

let sandbox;
let process_;
let browser;
let page;
let serial = 0;

before(async () => {
  const binary = process.env.SANDBOX_BIN;
  assert.ok(binary, "SANDBOX_BIN must name the built example `serve`");
  // It stops when its standard input closes, also when this test dies.
  process_ = spawn(binary, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: process_.stdout });
  sandbox = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
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
  page = await browser.newPage({ locale: "zh-CN" });
  await page.goto(sandbox.pageUrl);
});

after(async () => {
  await browser?.close();
  process_?.stdin.end();
});

/** Beijing time, as the gateway wants it. */
function timestamp() {
  return new Date().toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
}

/** Signs and sends a call; the answer's node, once its signature was verified. */
async function call(method, bizContent) {
  const parameters = {
    app_id: sandbox.appId,
    biz_content: JSON.stringify(bizContent),
    charset: "utf-8",
    format: "JSON",
    method,
    sign_type: "RSA2",
    timestamp: timestamp(),
    version: "1.0",
  };
  const toSign = Object.keys(parameters).sort().map((name) => `${name}=${parameters[name]}`).join("&");
  parameters.sign = createSign("RSA-SHA256").update(toSign).sign(sandbox.appPrivateKey, "base64");
  const response = await fetch(`${sandbox.gatewayUrl}?charset=utf-8`, {
    method: "POST",
    body: new URLSearchParams(parameters),
  });
  const text = await response.text();
  const name = `${method.replaceAll(".", "_")}_response`;
  const [, node, sign] = text.match(new RegExp(`^\\{"${name}":(\\{.*\\}),"sign":"([^"]*)"\\}$`)) ?? assert.fail(text);
  assert.ok(createVerify("RSA-SHA256").update(node).verify(sandbox.alipayPublicKey, sign, "base64"));
  return JSON.parse(node);
}

/** A sale that waits for a human; its order number. */
async function sell(subject, totalAmount = "88.88") {
  serial += 1;
  const outTradeNo = `BROWSER_${serial}`;
  const answer = await call("alipay.trade.pay", {
    out_trade_no: outTradeNo,
    scene: "bar_code",
    auth_code: `280001${String(serial).padStart(8, "0")}${WAITS_FOR_A_HUMAN}`,
    subject,
    total_amount: totalAmount,
  });
  assert.equal(answer.code, "10003");
  return outTradeNo;
}

async function status(outTradeNo) {
  return (await call("alipay.trade.query", { out_trade_no: outTradeNo })).trade_status;
}

async function ledger(outTradeNo) {
  const trades = await (await fetch(new URL("api/trades", sandbox.pageUrl))).json();
  return trades.find((trade) => trade.out_trade_no === outTradeNo);
}

/** The trade on the page. */
function onPhone(outTradeNo) {
  return page.locator("li.trade", { has: page.getByText(outTradeNo, { exact: true }) });
}

test("a trade appears live, is paid with the button, and the gateway knows", async () => {
  assert.ok(await page.getByText("No trades yet").isVisible());
  const outTradeNo = await sell("辣条", "12.30");
  const item = onPhone(outTradeNo);
  await item.waitFor();
  assert.equal(await item.locator(".amount").textContent(), "¥ 12.30");
  assert.equal(await item.locator(".subject").textContent(), "辣条");
  assert.match(await item.locator(".state").textContent(), /等待付款/);
  assert.ok(await page.getByText("No trades yet").isHidden());

  await item.getByRole("button", { name: "付款" }).click();
  await item.getByText("已付款 · Paid").waitFor();
  assert.ok(await item.getByRole("button", { name: "付款" }).isHidden());
  const trade = await ledger(outTradeNo);
  assert.deepEqual([trade.trade_status, trade.charged, trade.refunded], ["TRADE_SUCCESS", "12.30", "0.00"]);
  assert.equal(await status(outTradeNo), "TRADE_SUCCESS");
});

test("refused with the button", async () => {
  const outTradeNo = await sell("雪碧");
  const item = onPhone(outTradeNo);
  await item.getByRole("button", { name: "拒绝" }).click();
  await item.getByText("已关闭 · Closed").waitFor();
  assert.equal((await ledger(outTradeNo)).charged, "0.00");
  assert.equal(await status(outTradeNo), "TRADE_CLOSED");
});

test("a refund shows", async () => {
  const outTradeNo = await sell("可乐");
  const item = onPhone(outTradeNo);
  await item.getByRole("button", { name: "付款" }).click();
  await item.getByText("已付款 · Paid").waitFor();
  const answer = await call("alipay.trade.cancel", { out_trade_no: outTradeNo });
  assert.equal(answer.action, "refund");
  await item.getByText("已退款 · Refunded").waitFor();
});

test("a subject with HTML in it is text", async () => {
  const alerts = [];
  page.on("dialog", (dialog) => {
    alerts.push(dialog.message());
    return dialog.dismiss();
  });
  const subject = `<img src=x onerror="alert(1)"><script>alert(2)</script>&amp;'"`;
  const outTradeNo = await sell(subject);
  const item = onPhone(outTradeNo);
  await item.waitFor();
  assert.equal(await item.locator(".subject").textContent(), subject);
  assert.equal(await page.locator("li.trade img, li.trade script").count(), 0);
  assert.deepEqual(alerts, []);
});

test("an order number with HTML in it never becomes a trade", async () => {
  const answer = await call("alipay.trade.pay", {
    out_trade_no: "<b>1</b>",
    scene: "bar_code",
    auth_code: `280001999999991004`,
    subject: "x",
    total_amount: "1.00",
  });
  assert.equal(answer.sub_code, "ACQ.INVALID_PARAMETER");
  assert.equal(await ledger("<b>1</b>"), undefined);
});

test("another site's page can neither press the buttons nor read the ledger", async () => {
  const outTradeNo = await sell("辣条");
  const { trade_no: tradeNo } = await ledger(outTradeNo);
  const stranger = await browser.newPage();
  await stranger.goto("data:text/html,<title>elsewhere</title>");
  const seen = await stranger.evaluate(
    async ({ pageUrl, tradeNo }) => {
      const attempt = (path, options) =>
        fetch(pageUrl + path, options).then(
          (response) => response.type,
          () => "refused",
        );
      const button = `api/trades/${tradeNo}/pay`;
      return [
        await attempt("api/trades"),
        await attempt(button, { method: "POST", mode: "no-cors" }),
        await attempt(button, { method: "POST", headers: { "x-alipay-sandbox": "page" } }),
      ];
    },
    { pageUrl: sandbox.pageUrl, tradeNo },
  );
  // A form can be posted blindly; it lacks the header and does nothing.
  assert.equal(seen[0], "refused");
  assert.equal(seen[2], "refused");
  assert.equal((await ledger(outTradeNo)).charged, "0.00");
  await stranger.close();
});
