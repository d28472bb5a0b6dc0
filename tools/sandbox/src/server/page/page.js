// Polls the ledger and shows it. Everything from the ledger goes through textContent: a merchant's subject is never HTML.
"use strict";

const STATES = {
  WAIT_BUYER_PAY: "等待付款 · Waiting for you",
  TRADE_SUCCESS: "已付款 · Paid",
  TRADE_FINISHED: "已完结 · Finished",
  TRADE_CLOSED: "已关闭 · Closed",
};
const list = document.getElementById("trades");
const template = document.getElementById("trade");
const shown = new Map();

function stateOf(trade) {
  if (!trade.exists) return "没有交易 · No trade";
  if (trade.older_sale) return `${STATES[trade.trade_status]}（别人的旧单 · somebody else's older sale）`;
  if (trade.trade_status === "TRADE_CLOSED" && trade.refunded !== "0.00") return "已退款 · Refunded";
  return STATES[trade.trade_status];
}

function beijing(ms) {
  return new Date(ms).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
}

async function press(tradeNo, what) {
  await fetch(`api/trades/${encodeURIComponent(tradeNo)}/${what}`, {
    method: "POST",
    headers: { "x-alipay-sandbox": "page" },
  });
  await refresh();
}

function add(trade) {
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.tradeNo = trade.trade_no;
  for (const what of ["pay", "refuse"]) {
    item.querySelector(`button.${what}`).addEventListener("click", () => press(trade.trade_no, what).catch(offline));
  }
  // The newest on top, as on a phone.
  list.prepend(item);
  shown.set(trade.trade_no, item);
  return item;
}

function show(trade) {
  const item = shown.get(trade.trade_no) ?? add(trade);
  const set = (selector, text) => {
    const element = item.querySelector(selector);
    if (element.textContent !== text) element.textContent = text;
  };
  item.dataset.status = trade.exists ? trade.trade_status : "NONE";
  set(".amount", `¥ ${trade.total_amount}`);
  set(".subject", trade.subject);
  set(".state", stateOf(trade));
  set(".out-trade-no", trade.out_trade_no);
  set(".trade-no", trade.trade_no);
  set(".buyer", trade.buyer_logon_id);
  set(".time", beijing(trade.gmt_payment ?? trade.gmt_create));
  set(".story", `${String(trade.story).padStart(4, "0")} ${trade.story_name}`);
  set(".money", `${trade.charged} / ${trade.refunded}`);
  set(".calls", `pay ${trade.pay_calls} · query ${trade.query_calls} · cancel ${trade.cancel_calls}`);
  item.querySelector(".buttons").hidden = trade.trade_status !== "WAIT_BUYER_PAY";
}

function offline() {
  document.getElementById("connection").hidden = false;
}

async function refresh() {
  const response = await fetch("api/trades", { cache: "no-store" });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const trades = await response.json();
  document.getElementById("connection").hidden = true;
  document.getElementById("empty").hidden = trades.length > 0;
  trades.forEach(show);
}

async function poll() {
  await refresh().catch(offline);
  setTimeout(poll, 500);
}
poll();
