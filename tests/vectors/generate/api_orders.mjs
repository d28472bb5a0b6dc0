// The methods that make an order: what each requires, carries and refuses.

import { long, method, without } from "./api_method.mjs";
import * as parts from "./api_parts.mjs";

const { out_trade_no, goods_detail, extend_params, business_params, ext_user_info } = parts;
const { royalty_info, settle_info, sub_merchant, bkagent_req_info, invoice_info } = parts;
const rows = [];

const of_settle = (change) => ({ settle_info: { settle_detail_infos: [{ ...settle_info.settle_detail_infos[0], ...change }] } });

const subject = "Iphone6 16G";
const order = { out_trade_no, total_amount: "88.88", subject };
const in_parts = { total_amount: "88.88", discountable_amount: "80.00", undiscountable_amount: "8.88" };
const times = { timeout_express: "90m", time_expire: "2021-12-31 10:05:00" };
const channels = "pcredit,moneyFund,debitCardExpress";
const passback_params = "merchantBizType%3d3C%26merchantBizNo%3d2016010101111";
const merchant_order_no = "20161008001";

// What every order keeps to.
const order_limits = [
  ["no out_trade_no", { out_trade_no: undefined }, "field_missing"],
  ["an out_trade_no with a hyphen", { out_trade_no: "2015-0320" }, "out_trade_no"],
  ["a blank subject", { subject: " " }, "field_missing"],
  ["a subject of 257 characters", { subject: long(257) }, "field_too_long"],
  ["no total", { total_amount: undefined }, "field_missing"],
  ["a total of nothing", { total_amount: "0.00" }, "amount_range"],
  ["a total with three decimals", { total_amount: "88.888" }, "field_type"],
  ["a total as a number", { total_amount: 88.88 }, "field_type"],
  ["a body of 129 characters", { body: long(129) }, "field_too_long"],
  ["16 days to pay", { timeout_express: "16d" }, "timeout_express"],
  ["an hour and a half to pay", { timeout_express: "1.5h" }, "timeout_express"],
  ["a time to pay without seconds", { time_expire: "2021-12-31 10:05" }, "time_format"],
  ["goods without a price", { goods_detail: [without(goods_detail[0], "price")] }, "field_missing"],
  ["a settlement with nobody", { settle_info: {} }, "field_missing"],
  ["a settlement without its type", of_settle({ trans_in_type: undefined }), "field_missing"],
  ["a default settlement with an account", of_settle({ trans_in_type: "defaultSettle" }), "field_conflict"],
  ["366 days to settle", { settle_info: { ...settle_info, settle_period_time: "366d" } }, "field_type"],
  ["another kind of royalty", { royalty_info: { ...royalty_info, royalty_type: "OTHER" } }, "field_type"],
  ["a royalty without a receiver", { royalty_info: { royalty_detail_infos: [{ amount: "0.10" }] } }, "field_missing"],
  ["a fixed buyer without a certificate", { ext_user_info: { fix_buyer: "T", name: "李明" } }, "field_missing"],
  ["a buyer's age in words", { ext_user_info: { min_age: "十八" } }, "field_type"],
];
const sum_limits = [
  ["parts that are not the total", { discountable_amount: "80.00", undiscountable_amount: "8.87" }, "amount_sum"],
  ["a part above the total", { discountable_amount: "88.89" }, "amount_sum"],
];
const channel_limits = [["both lists of channels", { enable_pay_channels: "balance", disable_pay_channels: "pcredit" }, "field_conflict"]];

const bar_code = { out_trade_no, scene: "bar_code", auth_code: "28763443825664394", subject, total_amount: "88.88" };
rows.push(...method(
  "alipay.trade.pay",
  bar_code,
  {
    out_trade_no,
    scene: "bar_code",
    auth_code: "28763443825664394",
    product_code: "FACE_TO_FACE_PAYMENT",
    subject,
    buyer_id: "2088202954065786",
    seller_id: "2088102146225135",
    ...in_parts,
    body: "Iphone6 16G",
    goods_detail,
    operator_id: "yx_001",
    store_id: "NJ_001",
    terminal_id: "NJ_T_001",
    extend_params,
    timeout_express: "90m",
    auth_confirm_mode: "COMPLETE",
    auth_no: "2016110310002001760201905725",
    agreement_params: {
      agreement_no: "20170322450983769228",
      auth_confirm_no: "423979",
      apply_token: "MDEDUCT0068292ca377d1d44b65fa24ec9cd89132f",
      deduct_permission: "2021",
    },
    buyer_open_id: "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5",
    alipay_store_id: "2016041400077000000003314986",
    sub_merchant,
    settle_info,
    royalty_info,
    business_params,
    ext_user_info,
    promo_params: { actual_order_time: "2018-09-25 22:47:33" },
    pay_params: { async_type: "NORMAL_ASYNC", retry_type: "NONE_AND_CLOSETRADE" },
    is_async_pay: false,
    advance_payment_type: "ENJOY_PAY_V2",
    disable_pay_channels: channels,
    time_expire: "2021-12-31 10:05:00",
    merchant_order_no,
    passback_params,
    query_options: ["fund_bill_list", "voucher_detail_list"],
    request_org_pid: "2088201916734621",
    bkagent_req_info,
    terminal_params: '{"key":"value"}',
    trans_currency: "USD",
    settle_currency: "USD",
  },
  [
    ...order_limits,
    ...sum_limits,
    ["no scene", { scene: undefined }, "field_missing"],
    ["a scene that is none", { scene: "nfc" }, "field_type"],
    ["no auth_code", { auth_code: undefined }, "field_missing"],
    ["a payment code with the scene of a face", { scene: "security_code" }, "auth_code"],
    ["a face's code with the scene of a bar code", { auth_code: `fp${"0".repeat(33)}` }, "auth_code"],
    ["a face's code of 34 characters", { scene: "security_code", auth_code: `fp${"0".repeat(32)}` }, "field_type"],
    ["a long auth_code", { auth_code: "9876543210987654321098765432" }, "auth_code"],
    ["an agreement without its number", { agreement_params: {} }, "field_missing"],
    ["is_async_pay as text", { is_async_pay: "false" }, "field_type"],
  ],
));
const face = { out_trade_no, scene: "security_code", auth_code: `fp0a${"9Z".repeat(15)}_`, subject, total_amount: "88.88" };
rows.push({
  name: "alipay.trade.pay: a face",
  provenance: "com.alipay.sdk:alipay-sdk-java, AlipayTradePayModel: scene security_code, an auth_code of 35 characters from fp on; JSON.stringify",
  operation: "typedCall",
  input: { method: "alipay.trade.pay", request: face },
  expect: { method: "alipay.trade.pay", bizContent: JSON.stringify(face), parameters: null },
});
rows.push(...method(
  "alipay.trade.precreate",
  order,
  {
    ...order,
    product_code: "FACE_TO_FACE_PAYMENT",
    seller_id: "2088102146225135",
    body: "Iphone6 16G",
    goods_detail,
    discountable_amount: "80.00",
    undiscountable_amount: "8.88",
    buyer_logon_id: "15901825620",
    operator_id: "yx_001",
    store_id: "NJ_001",
    alipay_store_id: "2016041400077000000003314986",
    terminal_id: "NJ_T_001",
    extend_params,
    business_params,
    ...times,
    qr_code_timeout_express: "90m",
    royalty_info,
    settle_info,
    sub_merchant,
    ext_user_info,
    enable_pay_channels: channels,
    merchant_order_no,
    passback_params,
    code_type: "share_code",
    payment_type: "1",
    query_options: ["enterprise_pay_info"],
    bkagent_req_info,
  },
  [
    ...order_limits,
    ...sum_limits,
    ...channel_limits,
    ["a QR code for 16 days", { qr_code_timeout_express: "16d" }, "timeout_express"],
    ["an enterprise's amount in words", { business_params: { enterprise_pay_amount: "八十" } }, "amount_format"],
  ],
));
const of_agreement = (change) => ({
  agreement_sign_params: {
    ...parts.sign_params,
    period_rule_params: { ...parts.sign_params.period_rule_params, ...change },
  },
});
const sign_limits = [
  ["an agreement reached by nothing", { agreement_sign_params: { access_params: {} } }, "field_missing"],
  ["an agreement by the week", of_agreement({ period_type: "WEEK" }), "field_type"],
  ["an agreement without a largest charge", of_agreement({ single_amount: undefined }), "field_missing"],
  ["an agreement from the 30th of February on", of_agreement({ execute_time: "2019-02-30" }), "date_format"],
];
rows.push(...method(
  "alipay.trade.create",
  { ...order, buyer_open_id: "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5" },
  {
    ...order,
    product_code: "JSAPI_PAY",
    seller_id: "2088102146225135",
    buyer_id: "2088102146225135",
    buyer_open_id: "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5",
    buyer_logon_id: "15901825620",
    op_app_id: "2014072300007148",
    op_buyer_open_id: "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5",
    body: "Iphone6 16G",
    goods_detail,
    time_expire: times.time_expire,
    timeout_express: times.timeout_express,
    settle_info,
    extend_params,
    business_params,
    discountable_amount: "80.00",
    undiscountable_amount: "8.88",
    store_id: "NJ_001",
    alipay_store_id: "2016041400077000000003314986",
    operator_id: "Yx_001",
    terminal_id: "NJ_T_001",
    logistics_detail: { logistics_type: "EXPRESS" },
    receiver_address_info: {
      name: "张三",
      address: "上海市浦东新区陆家嘴银城中路501号",
      mobile: "13120180615",
      zip: "200120",
      division_code: "310115",
    },
    royalty_info,
    sub_merchant,
    ext_user_info,
    agreement_sign_params: parts.sign_params,
    disable_pay_channels: channels,
    merchant_order_no,
    passback_params,
    query_options: ["enterprise_pay_info"],
    bkagent_req_info,
  },
  [...order_limits, ...sum_limits, ...channel_limits, ...sign_limits, ["nobody who buys", { buyer_open_id: undefined }, "field_missing"]],
));
const goods_type_limit = ["goods neither virtual nor real", { goods_type: "2" }, "field_type"];
const invoice_limits = [
  ["an invoice without its key", { invoice_info: { details: "[]" } }, "field_missing"],
  ["an invoice with is_support_invoice as text", { invoice_info: { ...invoice_info, key_info: { is_support_invoice: "true" } } }, "field_type"],
];
/** What the three that go to Alipay's own page have in common. */
const page = ({ specified_channel, seller_id, own = {}, agreement = {}, product_code }) => ({
  ...order,
  product_code,
  body: "Iphone6 16G",
  ...own,
  goods_detail,
  goods_type: "1",
  ...times,
  passback_params,
  promo_params: '{"storeIdType":"1"}',
  extend_params,
  business_params: '{"data":"123"}',
  enable_pay_channels: channels,
  ...(specified_channel && { specified_channel }),
  merchant_order_no,
  store_id: "NJ_001",
  ...(seller_id && { seller_id }),
  royalty_info,
  settle_info,
  sub_merchant,
  ext_user_info,
  invoice_info,
  query_options: ["hyb_amount", "enterprise_pay_info"],
  ...agreement,
});
const page_limits = [...order_limits, ...channel_limits, goods_type_limit, ...invoice_limits];
rows.push(...method(
  "alipay.trade.wap.pay",
  { ...order, product_code: "QUICK_WAP_WAY" },
  page({
    product_code: "QUICK_WAP_WAY",
    own: { quit_url: "http://www.taobao.com/product/113714.html", auth_token: "appopenBb64d181d0146481ab6a762c00714cC27" },
    specified_channel: "pcredit",
    seller_id: "2088102147948060",
  }),
  [
    ...page_limits,
    ["no product_code", { product_code: undefined }, "field_missing"],
    ["a quit_url of 401 characters", { quit_url: `https://example.com/${"q".repeat(381)}` }, "field_too_long"],
    ["an auth_token of 41 characters", { auth_token: "a".repeat(41) }, "field_too_long"],
  ],
));
rows.push(...method(
  "alipay.trade.page.pay",
  { ...order, product_code: "FAST_INSTANT_TRADE_PAY" },
  page({
    product_code: "FAST_INSTANT_TRADE_PAY",
    own: {
      qr_pay_mode: "1",
      qrcode_width: 100,
      integration_type: "PCWEB",
      request_from_url: "https://example.com/back",
      auth_token: "appopenBb64d181d0146481ab6a762c00714cC27",
    },
    agreement: { agreement_sign_params: parts.agreement_sign_params },
  }),
  [
    ...page_limits,
    ["no product_code", { product_code: undefined }, "field_missing"],
    ["another way to show the QR code", { qr_pay_mode: "5" }, "field_type"],
    ["a QR code of 10000 pixels", { qrcode_width: 10000 }, "field_too_long"],
    ["another integration", { integration_type: "IFRAME" }, "field_type"],
    ["an agreement without its product", { agreement_sign_params: {} }, "field_missing"],
  ],
));
rows.push(...method(
  "alipay.trade.app.pay",
  order,
  page({
    product_code: "QUICK_MSECURITY_PAY",
    specified_channel: "pcredit",
    seller_id: "2088102147948060",
    agreement: { agreement_sign_params: parts.sign_params },
  }),
  [...page_limits, ...sign_limits, ["a passback of 513 characters", { passback_params: "p".repeat(513) }, "field_too_long"]],
));

export const orders = rows;
