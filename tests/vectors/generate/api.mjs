// Typed calls: each method's request as a user writes it, to the biz_content that is signed, or to the limit that it breaks.
//
// The requests are the documents' examples; what is expected is JSON.stringify of them.

import * as parts from "./api_parts.mjs";

const { out_trade_no, trade_no, goods_detail, extend_params, business_params, ext_user_info } = parts;
const { royalty_info, settle_info, sub_merchant, bkagent_req_info, invoice_info, royalty_parameter } = parts;
const rows = [];

/** One method's document: its minimal and its full request, and changes that break a limit: [why, change, code]. */
const method = (name, minimal, full, broken) => {
  const row = (what, provenance, input, outcome) =>
    rows.push({ name: `${name}: ${what}`, provenance, operation: "typedCall", input: { method: name, request: input }, ...outcome });
  const written = (request) => ({ expect: { method: name, bizContent: JSON.stringify(request), parameters: null } });
  row("the least", "what the document requires; JSON.stringify", minimal, written(minimal));
  row("every field", "the document's example, every field of the official SDK's model; JSON.stringify", full, written(full));
  const reversed = Object.fromEntries([["zzz", { a: [1.1] }], ...Object.entries(minimal).reverse()]);
  const kept = { ...minimal, zzz: { a: [1.1] } };
  row("any order, an unknown field kept", "the record's order, unknown fields behind; JSON.stringify", reversed, written(kept));
  for (const [why, change, error] of broken) {
    row(why, "the document's limit", { ...minimal, ...change }, { error });
  }
};
const long = (length) => "长".repeat(length);
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
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
method(
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
    ["a long auth_code", { auth_code: "9876543210987654321098765432" }, "auth_code"],
    ["an agreement without its number", { agreement_params: {} }, "field_missing"],
    ["is_async_pay as text", { is_async_pay: "false" }, "field_type"],
  ],
);
method(
  "alipay.trade.query",
  { out_trade_no },
  { out_trade_no, trade_no, org_pid: "2088101117952222", query_options: ["trade_settle_info", "fund_bill_list"] },
  [
    ["no number", { out_trade_no: undefined }, "field_missing"],
    ["an org_pid of 17 characters", { org_pid: "2".repeat(17) }, "field_too_long"],
    ["query_options as text", { query_options: "trade_settle_info" }, "field_type"],
  ],
);
method("alipay.trade.cancel", { out_trade_no }, { out_trade_no, trade_no }, [
  ["no number", { out_trade_no: undefined }, "field_missing"],
  ["an out_trade_no with a space", { out_trade_no: "1 2" }, "out_trade_no"],
  ["a trade_no of 65 characters", { trade_no: "2".repeat(65) }, "field_too_long"],
]);
const royalty_limits = (name) => [
  ["a royalty without a receiver", { [name]: [without(royalty_parameter, "trans_in")] }, "field_missing"],
  ["a royalty to a user id of 17 characters", { [name]: [{ ...royalty_parameter, trans_in: "2".repeat(17) }] }, "field_too_long"],
  ["a royalty of 101 percent", { [name]: [{ ...royalty_parameter, amount_percentage: 101 }] }, "field_type"],
  ["a royalty of half a percent", { [name]: [{ ...royalty_parameter, amount_percentage: 0.5 }] }, "field_type"],
];
method(
  "alipay.trade.refund",
  { out_trade_no, refund_amount: "200.12" },
  {
    out_trade_no,
    trade_no,
    refund_amount: "200.12",
    refund_currency: "USD",
    refund_reason: "正常退款",
    out_request_no: "HZ01RF001",
    operator_id: "OP001",
    store_id: "NJ_S_001",
    terminal_id: "NJ_T_001",
    goods_detail,
    refund_goods_detail: [
      {
        goods_id: "apple-01",
        refund_amount: "19.50",
        out_item_id: "outItem_01",
        out_sku_id: "outSku_01",
        out_certificate_no_list: ["202407013232143241231243243423"],
      },
    ],
    refund_royalty_parameters: [royalty_parameter],
    org_pid: "2088101117952222",
    query_options: ["refund_detail_item_list"],
    refund_trans_out: "2088101126765726",
    refund_trans_out_type: "userId",
    refund_advance_account: "2088101126765726",
    refund_advance_account_type: "userId",
    related_settle_confirm_no: "2024041122001495000530302869",
  },
  [
    ["no number", { out_trade_no: undefined }, "field_missing"],
    ["no amount", { refund_amount: undefined }, "field_missing"],
    ["an amount of nothing", { refund_amount: "0" }, "amount_range"],
    ["a reason of 257 characters", { refund_reason: long(257) }, "field_too_long"],
    ["an out_request_no of 65 characters", { out_request_no: "R".repeat(65) }, "field_too_long"],
    ["a paying account without its type", { refund_trans_out: "2088101126765726" }, "field_conflict"],
    ["a paying account of an unknown type", { refund_trans_out: "x", refund_trans_out_type: "cardAliasNo" }, "field_type"],
    ["an advancing account that is not given", { refund_advance_account_type: "userId" }, "field_missing"],
    ["returned goods without a number", { refund_goods_detail: [{}] }, "field_missing"],
    ...royalty_limits("refund_royalty_parameters"),
  ],
);
method(
  "alipay.trade.fastpay.refund.query",
  { out_trade_no, out_request_no: "HZ01RF001" },
  {
    trade_no,
    out_trade_no,
    out_request_no: "HZ01RF001",
    org_pid: "2088101117952222",
    query_options: ["refund_detail_item_list", "gmt_refund_pay"],
  },
  [
    ["no number", { out_trade_no: undefined }, "field_missing"],
    ["no out_request_no", { out_request_no: undefined }, "field_missing"],
    ["an out_request_no of 65 characters", { out_request_no: "R".repeat(65) }, "field_too_long"],
  ],
);
method(
  "alipay.trade.close",
  { out_trade_no },
  { trade_no, out_trade_no, operator_id: "YX01", extend_params: { is_fulfilled: "true" } },
  [
    ["no number", { out_trade_no: undefined }, "field_missing"],
    ["a trade_no of 15 characters", { trade_no: "2".repeat(15) }, "field_type"],
    ["a trade_no of 65 characters", { trade_no: "2".repeat(65) }, "field_too_long"],
    ["an operator of 29 characters", { operator_id: long(29) }, "field_too_long"],
  ],
);
method(
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
);
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
method(
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
);
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
method(
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
);
method(
  "alipay.trade.page.pay",
  { ...order, product_code: "FAST_INSTANT_TRADE_PAY" },
  page({
    product_code: "FAST_INSTANT_TRADE_PAY",
    own: { qr_pay_mode: "1", qrcode_width: 100, integration_type: "PCWEB", request_from_url: "https://example.com/back" },
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
);
method(
  "alipay.trade.app.pay",
  order,
  page({
    product_code: "QUICK_MSECURITY_PAY",
    specified_channel: "pcredit",
    seller_id: "2088102147948060",
    agreement: { agreement_sign_params: parts.sign_params },
  }),
  [...page_limits, ...sign_limits, ["a passback of 513 characters", { passback_params: "p".repeat(513) }, "field_too_long"]],
);
method(
  "alipay.trade.order.settle",
  { out_request_no: "20160727001", trade_no, royalty_parameters: [{ trans_in: "2088101126708402", amount: "0.10" }] },
  {
    out_request_no: "20160727001",
    trade_no,
    royalty_parameters: [royalty_parameter],
    operator_id: "A0001",
    extend_params: { royalty_finish: "true", royalty_finish_amount: "10.00" },
    royalty_mode: "async",
  },
  [
    ["no out_request_no", { out_request_no: undefined }, "field_missing"],
    ["an out_request_no with a hyphen", { out_request_no: "2016-0727" }, "out_trade_no"],
    ["no trade_no", { trade_no: undefined }, "field_missing"],
    ["nobody gets anything", { royalty_parameters: [] }, "field_missing"],
    ["a royalty of nothing said", { royalty_parameters: [{ trans_in: "2088101126708402" }] }, "field_missing"],
    ["an end that is no end", { extend_params: { royalty_finish: "Y" } }, "field_type"],
    ["an amount of no end", { extend_params: { royalty_finish_amount: "10.00" } }, "field_conflict"],
    ["another mode", { royalty_mode: "later" }, "field_type"],
    ...royalty_limits("royalty_parameters"),
  ],
);
method(
  "alipay.data.dataservice.bill.downloadurl.query",
  { bill_type: "trade", bill_date: "2016-04-05" },
  { bill_type: "signcustomer", bill_date: "2016-04", smid: "2088123412341234" },
  [
    ["no kind", { bill_type: undefined }, "field_missing"],
    ["no date", { bill_date: undefined }, "field_missing"],
    ["a date with slashes", { bill_date: "2016/04/05" }, "date_format"],
    ["a date without a zero", { bill_date: "2016-4-5" }, "date_format"],
    ["the 31st of April", { bill_date: "2016-04-31" }, "date_format"],
    ["the 13th month", { bill_date: "2016-13" }, "date_format"],
    ["before there were bills", { bill_date: "2015-12-31" }, "date_format"],
    ["a kind of 21 characters", { bill_type: "t".repeat(21) }, "field_too_long"],
  ],
);
const transfer = { out_biz_no: "3142321423432", payee_type: "ALIPAY_LOGONID", payee_account: "abc@sina.com", amount: "12.23" };
method(
  "alipay.fund.trans.toaccount.transfer",
  transfer,
  {
    ...transfer,
    payer_show_name: "上海交通卡退款",
    payer_real_name: "上海交通卡公司",
    payee_real_name: "张三",
    remark: "转账备注",
    ext_param: '{"order_title":"余额提现"}',
  },
  [
    ["no number", { out_biz_no: undefined }, "field_missing"],
    ["a number with a dot", { out_biz_no: "3142.3214" }, "field_type"],
    ["no account", { payee_account: undefined }, "field_missing"],
    ["another kind of account", { payee_type: "CARD" }, "field_type"],
    ["9 fen", { amount: "0.09" }, "amount_range"],
    ["no amount", { amount: undefined }, "field_missing"],
    ["a payer's name of 51 Chinese characters", { payer_show_name: long(51) }, "field_too_long"],
    ["a payee's name of 101 Latin characters", { payee_real_name: "n".repeat(101) }, "field_too_long"],
    ["a remark of 101 Chinese characters", { remark: long(101) }, "field_too_long"],
  ],
);
const payee_info = { identity: "2088123412341234", identity_type: "ALIPAY_USER_ID" };
const uni = { out_biz_no: "201806300001", trans_amount: "23.00", product_code: "TRANS_ACCOUNT_NO_PWD", payee_info };
const participant = {
  ...payee_info,
  name: "黄龙国际有限公司",
  cert_type: "IDENTITY_CARD",
  cert_no: "1201152******72917",
  bankcard_ext_info: {
    account_type: "1",
    inst_name: "招商银行",
    bank_code: "123456",
    inst_branch_name: "新街口支行",
    inst_city: "南京市",
    inst_province: "江苏省",
  },
  merchant_user_info: '{"merchant_user_id":"123456"}',
  ext_info: '{"alipay_anonymous_uid":"2088123412341234"}',
};
method(
  "alipay.fund.trans.uni.transfer",
  uni,
  {
    out_biz_no: "201806300001",
    trans_amount: "23.00",
    product_code: "STD_RED_PACKET",
    biz_scene: "DIRECT_TRANSFER",
    order_title: "201905代发",
    original_order_id: "20190620110075000006640000063056",
    payee_info: participant,
    payer_info: participant,
    remark: "201905代发",
    business_params: '{"sub_biz_scene":"REDPACKET"}',
    sign_data: {
      ori_sign: "EqHFP0z4a9iaQ1ep==",
      ori_sign_type: "RSA2",
      ori_char_set: "UTF-8",
      partner_id: "签名被授权方支付宝账号ID",
      ori_app_id: "2021000185629012",
      ori_out_biz_no: "商户订单号",
    },
    passback_params: '{"merchantBizType":"peerPay"}',
    mutiple_currency_detail: {
      payment_amount: "100.00",
      payment_currency: "USD",
      trans_amount: "100.00",
      trans_currency: "CNY",
      settlement_amount: "100.00",
      settlement_currency: "CNY",
      ext_info: '{"key":"value"}',
    },
    transfer_scene_name: "佣金报酬",
    transfer_scene_report_infos: [{ info_type: "佣金报酬说明", info_content: "推广佣金" }],
  },
  [
    ["no number", { out_biz_no: undefined }, "field_missing"],
    ["no product_code", { product_code: undefined }, "field_missing"],
    ["9 fen to an account", { trans_amount: "0.09" }, "amount_range"],
    ["nobody who receives", { payee_info: undefined }, "field_missing"],
    ["a payee without an account", { payee_info: { identity_type: "ALIPAY_USER_ID" } }, "field_missing"],
    ["a login name without the real name", { payee_info: { identity: "abc@sina.com", identity_type: "ALIPAY_LOGON_ID" } }, "field_missing"],
    ["a title of 129 characters", { order_title: long(129) }, "field_too_long"],
    ["a remark of 201 characters", { remark: long(201) }, "field_too_long"],
    ["a purpose told by halves", { transfer_scene_report_infos: [{ info_type: "佣金报酬说明" }] }, "field_missing"],
  ],
);
const certificate = { alipay_cert_sn: "04afd423ea5bd6f5c5482854ed73278c" };
method("alipay.open.app.alipaycert.download", certificate, certificate, [
  ["no SN", { alipay_cert_sn: undefined }, "field_missing"],
  ["a blank SN", { alipay_cert_sn: "  " }, "field_missing"],
  ["an SN of 65 characters", { alipay_cert_sn: "0".repeat(65) }, "field_too_long"],
]);
rows.push(
  {
    name: "a red packet may be of one fen",
    provenance: "the document's range of STD_RED_PACKET; JSON.stringify",
    operation: "typedCall",
    input: { method: "alipay.fund.trans.uni.transfer", request: { ...uni, trans_amount: "0.01", product_code: "STD_RED_PACKET" } },
    expect: {
      method: "alipay.fund.trans.uni.transfer",
      bizContent: JSON.stringify({ ...uni, trans_amount: "0.01", product_code: "STD_RED_PACKET" }),
      parameters: null,
    },
  },
  {
    name: "a method that has no types",
    provenance: "it goes through the untyped call",
    operation: "typedCall",
    input: { method: "alipay.trade.unknown", request: {} },
    error: "method_name",
  },
);

export const api = {
  description: "A typed method's request as JSON, to the call's biz_content, or to the code of the limit that it breaks.",
  source: "tests/vectors/generate/api.mjs from the documents' examples and limits, with JSON.stringify",
  runner: "operation",
  rows,
};
