// Typed calls: each method's request as a user writes it, to the biz_content that is signed, or to the limit that it breaks.
//
// The requests are the documents' examples; what is expected is JSON.stringify of them.

import { long, method, without } from "./api_method.mjs";
import { orders } from "./api_orders.mjs";
import { goods_detail, out_trade_no, royalty_parameter, trade_no } from "./api_parts.mjs";

const rows = [...orders];

rows.push(...method(
  "alipay.trade.query",
  { out_trade_no },
  { out_trade_no, trade_no, org_pid: "2088101117952222", query_options: ["trade_settle_info", "fund_bill_list"] },
  [
    ["no number", { out_trade_no: undefined }, "field_missing"],
    ["an org_pid of 17 characters", { org_pid: "2".repeat(17) }, "field_too_long"],
    ["query_options as text", { query_options: "trade_settle_info" }, "field_type"],
  ],
));
rows.push(...method("alipay.trade.cancel", { out_trade_no }, { out_trade_no, trade_no }, [
  ["no number", { out_trade_no: undefined }, "field_missing"],
  ["an out_trade_no with a space", { out_trade_no: "1 2" }, "out_trade_no"],
  ["a trade_no of 65 characters", { trade_no: "2".repeat(65) }, "field_too_long"],
]));
const royalty_limits = (name) => [
  ["a royalty without a receiver", { [name]: [without(royalty_parameter, "trans_in")] }, "field_missing"],
  ["a royalty to a user id of 17 characters", { [name]: [{ ...royalty_parameter, trans_in: "2".repeat(17) }] }, "field_too_long"],
  ["a royalty of 101 percent", { [name]: [{ ...royalty_parameter, amount_percentage: 101 }] }, "field_type"],
  ["a royalty of half a percent", { [name]: [{ ...royalty_parameter, amount_percentage: 0.5 }] }, "field_type"],
];
rows.push(...method(
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
));
rows.push(...method(
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
));
rows.push(...method(
  "alipay.trade.close",
  { out_trade_no },
  { trade_no, out_trade_no, operator_id: "YX01", extend_params: { is_fulfilled: "true" } },
  [
    ["no number", { out_trade_no: undefined }, "field_missing"],
    ["a trade_no of 15 characters", { trade_no: "2".repeat(15) }, "field_type"],
    ["a trade_no of 65 characters", { trade_no: "2".repeat(65) }, "field_too_long"],
    ["an operator of 29 characters", { operator_id: long(29) }, "field_too_long"],
  ],
));
rows.push(...method(
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
));
rows.push(...method(
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
));
const transfer = { out_biz_no: "3142321423432", payee_type: "ALIPAY_LOGONID", payee_account: "abc@sina.com", amount: "12.23" };
rows.push(...method(
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
));
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
rows.push(...method(
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
    ["an order number of 65 characters", { out_biz_no: "2".repeat(65) }, "field_too_long"],
    ["a payee's name of 257 characters", { payee_info: { identity: "abc@sina.com", identity_type: "ALIPAY_LOGON_ID", name: long(257) } }, "field_too_long"],
    ["a remark of 201 characters", { remark: long(201) }, "field_too_long"],
    ["a purpose told by halves", { transfer_scene_report_infos: [{ info_type: "佣金报酬说明" }] }, "field_missing"],
  ],
));
const certificate = { alipay_cert_sn: "04afd423ea5bd6f5c5482854ed73278c" };
rows.push(...method("alipay.open.app.alipaycert.download", certificate, certificate, [
  ["no SN", { alipay_cert_sn: undefined }, "field_missing"],
  ["a blank SN", { alipay_cert_sn: "  " }, "field_missing"],
  ["an SN of 65 characters", { alipay_cert_sn: "0".repeat(65) }, "field_too_long"],
]));
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
