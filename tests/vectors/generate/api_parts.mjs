// What the requests of several methods carry, from the documents' examples. The order of the members is the records'.

export const out_trade_no = "20150320010101001";
export const trade_no = "2014112611001004680073956707";

export const goods_detail = [
  {
    goods_id: "apple-01",
    goods_name: "ipad",
    quantity: 1,
    price: "2000.00",
    goods_category: "34543238",
    body: "特价手机",
    show_url: "http://www.alipay.com/xxx.jpg",
    alipay_goods_id: "20010001",
    categories_tree: "124868003|126232002|126252004",
    goods_ean_id: "6901234567892",
    out_item_id: "outItem_01",
    out_sku_id: "outSku_01",
  },
];

export const extend_params = {
  sys_service_provider_id: "2088511833207846",
  industry_reflux_info: '{"scene_code":"metro_tradeorder","channel":"xxxx","scene_data":{"asset_name":"ALIPAY"}}',
  card_type: "S0JP0000",
  hb_fq_num: "3",
  hb_fq_seller_percent: "100",
  specified_seller_name: "XXX的跨境小铺",
  royalty_freeze: "true",
  trade_component_order_id: "2023060801502300000008810000005657",
  tc_installment_order_id: "2015042321001004720200028594",
  credit_ext_info: '{"category_id":"CHARGE_PILE_CAR"}',
};

export const business_params = {
  campus_card: "0000306634",
  card_type: "T0HK0000",
  actual_order_time: "2019-05-14 09:18:55",
  good_taxes: "10.00",
  mc_create_trade_ip: "127.0.0.1",
  tiny_app_merchant_biz_type: "KX_SHOPPING",
  enterprise_pay_info: '{"category_list":"[category1]"}',
  enterprise_pay_amount: "80.00",
  buyer_memo: "尽快发货",
  force_pwd: "true",
  priority_unfreeze_asset: "CREDIT_ASSET",
};

export const ext_user_info = {
  name: "李明",
  mobile: "16587658765",
  cert_type: "IDENTITY_CARD",
  cert_no: "362334768769238881",
  min_age: "18",
  fix_buyer: "T",
  need_check_info: "T",
  identity_hash: "27bfcd1dee4f22c8fe8a2374af9b660419d1361b1c207e9b41a754a113f38fcc",
};

export const royalty_info = {
  royalty_type: "ROYALTY",
  royalty_detail_infos: [
    {
      serial_no: 1,
      trans_in_type: "userId",
      batch_no: "123",
      out_relation_id: "20131124001",
      trans_out_type: "userId",
      trans_out: "2088101126765726",
      trans_in: "2088101126708402",
      amount: "0.10",
      desc: "分账测试1",
      amount_percentage: "100",
    },
  ],
};

export const settle_info = {
  settle_detail_infos: [
    {
      trans_in_type: "cardAliasNo",
      trans_in: "A0001",
      summary_dimension: "A0001",
      settle_entity_id: "2088xxxxx;ST_0001",
      settle_entity_type: "SecondMerchant",
      amount: "88.88",
      actual_amount: "0.10",
    },
  ],
  settle_period_time: "7d",
};

export const sub_merchant = { merchant_id: "2088000603999128", merchant_type: "alipay" };

export const bkagent_req_info = {
  acq_code: "01234567",
  device_type: "02",
  location: "+37.12/-121.23",
  merch_code: "123456789012345",
  serial_num: "123456789012345",
};

export const invoice_info = {
  key_info: { is_support_invoice: true, invoice_merchant_name: "ABC|003", tax_num: "1464888883494" },
  details: '[{"code":"100294400","name":"服饰","num":"2","sumPrice":"200.00","taxRate":"6%"}]',
};

const merchant_of_agreement = {
  sub_merchant_id: "2088123412341234",
  sub_merchant_name: "滴滴出行",
  sub_merchant_service_name: "滴滴出行免密支付",
  sub_merchant_service_description: "免密付车费，单次最高500",
};

/** An agreement signed while paying. */
export const sign_params = {
  personal_product_code: "CYCLE_PAY_AUTH_P",
  sign_scene: "INDUSTRY|DIGITAL_MEDIA",
  external_agreement_no: "test20190701",
  external_logon_id: "13852852877",
  access_params: { channel: "ALIPAYAPP" },
  sub_merchant: merchant_of_agreement,
  period_rule_params: {
    period_type: "DAY",
    period: 3,
    execute_time: "2019-01-23",
    single_amount: "10.99",
    total_amount: "600.00",
    total_payments: 12,
    scene_rule_params: { discount_period: "3", low_price_period: "7" },
  },
  sign_notify_url: "http://www.merchant.com/receiveSignNotify",
  product_code: "GENERAL_WITHHOLDING",
  effect_time: "600",
  allow_huazhi_degrade: false,
  recommend_sort_channel_params: [{ asset_type_code: "PCREDIT", inst_id: "ALIPAY" }],
};

/** An agreement signed after paying. */
export const agreement_sign_params = {
  personal_product_code: "GENERAL_WITHHOLDING_P",
  sign_scene: "INDUSTRY|CARRENTAL",
  external_agreement_no: "test",
  external_logon_id: "13852852877",
  sign_validity_period: "2m",
  third_party_type: "PARTNER",
  buckle_app_id: "1001164",
  buckle_merchant_id: "268820000000414397785",
  promo_params: '{"key":"value"}',
  sub_merchant: merchant_of_agreement,
};

/** A royalty of a settlement or a refund. */
export const royalty_parameter = {
  royalty_type: "transfer",
  trans_out: "2088101126765726",
  trans_out_type: "userId",
  trans_in_type: "userId",
  trans_in: "2088101126708402",
  amount: "0.10",
  desc: "分账给2088101126708402",
  royalty_scene: "达人佣金",
  trans_in_name: "张三",
  amount_percentage: 100,
};
