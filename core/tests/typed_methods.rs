//! The typed methods: the documents' example answers, and that nothing shows a person.
#![cfg(feature = "typed")]
#![allow(missing_docs)]

use alipay_core::{api::*, json::Extra};

/// Reads an answer: what the document lists is typed, what it does not list is kept, writing loses nothing.
macro_rules! read {
    ($response:ident, $fields:expr) => {{
        let text = format!(
            r#"{{"code":"10000","msg":"Success",{},"new_field":{{"a":1.10}}}}"#,
            $fields
        );
        let read = $response::from_answer(&text).unwrap();
        assert_eq!(read.code.as_deref(), Some("10000"));
        only_new_field(&read.extra);
        let written = read.to_json();
        assert_eq!($response::from_answer(&written).unwrap(), read, "{written}");
        read
    }};
}

/// No documented field of the example was misread, which would have put it here.
fn only_new_field(extra: &Extra) {
    let names: Vec<_> = extra.keys().collect();
    assert_eq!(names, ["new_field"]);
    assert_eq!(extra["new_field"].as_str(), r#"{"a":1.10}"#);
}

#[test]
fn a_refunds_answer() {
    let read = read!(
        TradeRefundResponse,
        r#""trade_no":"2014112611001004680073956707","out_trade_no":"20150320010101001","buyer_logon_id":"159****5620","fund_change":"Y","refund_fee":88.88,"refund_currency":"USD","gmt_refund_pay":"2014-11-27 15:45:57","refund_detail_item_list":[{"fund_channel":"ALIPAYACCOUNT","bank_code":"CEB","amount":10,"real_amount":11.21,"fund_type":"DEBIT_CARD"}],"store_name":"望湘园联洋店","buyer_user_id":"2088101117955611","buyer_open_id":"01501o8f93I3nJAGB1jG4ONtoVBbj0bXw0Wn9t2bsZBqy0b","refund_preset_paytool_list":{"amount":["12.21"],"assert_type_code":"HEMA"},"refund_settlement_id":"2018101610032004620239146945","present_refund_buyer_amount":"88.88","present_refund_discount_amount":"88.88","present_refund_mdiscount_amount":"88.88","has_deposit_back":"true","refund_charge_amount":"8.88","refund_charge_info_list":[{"refund_charge_fee":0.01,"switch_fee_rate":"0.01","charge_type":"trade","refund_sub_fee_detail_list":[{"refund_charge_fee":0.10,"switch_fee_rate":"0.01"}]}],"refund_voucher_detail_list":[{"id":"2015102600073002039000002D5O","name":"XX超市5折优惠","type":"ALIPAY_FIX_VOUCHER","amount":10.00,"merchant_contribute":9.00,"other_contribute":1.00,"memo":"学生专用优惠","template_id":"20171030000730015359000EMZP0","other_contribute_detail":[{"contribute_type":"BRAND","contribute_amount":8.00}],"purchase_buyer_contribute":2.01,"purchase_merchant_contribute":1.03,"purchase_ant_contribute":0.82}],"send_back_fee":"1.8","refund_hyb_amount":"10.24","pre_auth_cancel_fee":"88.88""#
    );
    assert_eq!(read.refund_fee.unwrap().fen(), 8888);
    assert_eq!(read.send_back_fee.unwrap().fen(), 180);
    let vouchers = read.refund_voucher_detail_list.unwrap();
    let others = vouchers[0].other_contribute_detail.as_ref().unwrap();
    assert_eq!(others[0].contribute_amount.unwrap().fen(), 800);
}

#[test]
fn a_refund_querys_answer() {
    let read = read!(
        TradeFastpayRefundQueryResponse,
        r#""trade_no":"2014112611001004680073956707","out_trade_no":"20150320010101001","out_request_no":"20150320010101001","refund_reason":"用户退款请求","total_amount":100.20,"refund_amount":12.33,"refund_status":"REFUND_SUCCESS","refund_royaltys":[{"refund_amount":10,"royalty_type":"transfer","result_code":"SUCCESS","trans_out":"2088102210397302","trans_out_email":"alipay-test03@alipay.com","trans_in":"2088102210397302","trans_in_email":"zen_gwen@hotmail.com"}],"gmt_refund_pay":"2014-11-27 15:45:57","refund_detail_item_list":[{"fund_channel":"ALIPAYACCOUNT","amount":10,"real_amount":11.21}],"send_back_fee":"88","deposit_back_info":{"has_deposit_back":"true","dback_status":"SUCCESS","dback_amount":1.01,"bank_ack_time":"2020-06-02 14:03:48","est_bank_receipt_time":"2020-06-02 14:03:48"}"#
    );
    assert_eq!(read.refund_status.as_deref(), Some("REFUND_SUCCESS"));
    assert_eq!(read.deposit_back_info.unwrap().dback_amount.unwrap().fen(), 101);
}

#[test]
fn a_closes_answer() {
    let read = read!(
        TradeCloseResponse,
        r#""trade_no":"2013112111001004500000675971","out_trade_no":"YX_00_1""#
    );
    assert_eq!(read.out_trade_no.as_deref(), Some("YX_00_1"));
}

#[test]
fn a_precreates_answer_has_the_qr_code() {
    let read = read!(
        TradePrecreateResponse,
        r#""out_trade_no":"6823789339978248","qr_code":"https://qr.alipay.com/bavh4wjlxf12tper3a","share_code":"吱口令""#
    );
    assert_eq!(
        read.qr_code.as_deref(),
        Some("https://qr.alipay.com/bavh4wjlxf12tper3a")
    );
}

#[test]
fn a_creates_answer_has_the_trade_no() {
    let read = read!(
        TradeCreateResponse,
        r#""out_trade_no":"20150423001001","trade_no":"2015042321001004720200028594""#
    );
    assert_eq!(read.trade_no.as_deref(), Some("2015042321001004720200028594"));
}

#[test]
fn the_pages_answers() {
    const PAGE: &str = r#""trade_no":"2013112011001004330000121536","out_trade_no":"6823789339978248","seller_id":"2088111111116894","total_amount":128.00,"merchant_order_no":"20161008001""#;
    assert_eq!(
        read!(TradeWapPayResponse, PAGE).total_amount.unwrap().fen(),
        12800
    );
    assert_eq!(
        read!(TradePagePayResponse, PAGE).total_amount.unwrap().fen(),
        12800
    );
    let app = format!(
        r#"{PAGE},"credit_pay_mode":"creditAdvanceV2","credit_biz_order_id":"ZMCB99202103310000450000041833","credit_agreement_id":"20215831000001""#
    );
    assert_eq!(
        read!(TradeAppPayResponse, app).credit_pay_mode.as_deref(),
        Some("creditAdvanceV2")
    );
}

#[test]
fn a_settlements_answer() {
    let read = read!(
        TradeOrderSettleResponse,
        r#""trade_no":"2015070921001004130000127422","settle_no":"20210718002530070000530073""#
    );
    assert_eq!(read.settle_no.as_deref(), Some("20210718002530070000530073"));
}

#[test]
fn a_bills_address_is_for_whoever_has_it_so_debug_hides_it() {
    let read = read!(
        DataDataserviceBillDownloadurlQueryResponse,
        r#""bill_download_url":"http://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=X&token=secret","bill_file_code":"EMPTY_DATA_WITH_BILL_FILE""#
    );
    assert!(!format!("{read:?}").contains("secret"));
    assert!(read.bill_download_url.unwrap().expose().ends_with("token=secret"));
}

#[test]
fn the_transfers_answers() {
    let read = read!(
        FundTransToaccountTransferResponse,
        r#""out_biz_no":"3142321423432","order_id":"20160627110070001502260006780837","pay_date":"2013-01-01 08:08:08""#
    );
    assert_eq!(read.order_id.as_deref(), Some("20160627110070001502260006780837"));
    let read = read!(
        FundTransUniTransferResponse,
        r#""out_biz_no":"201808080001","order_id":"20190801110070000006380000250621","pay_fund_order_id":"20190801110070001506380000251556","status":"SUCCESS","trans_date":"2019-08-21 00:00:00","settle_serial_no":"2023011000000000000000001000001","amount":"32.00","link":"https://www.alipay.com/...""#
    );
    assert_eq!(read.amount.unwrap().fen(), 3200);
}

#[test]
fn a_certificates_answer() {
    let read = read!(
        OpenAppAlipaycertDownloadResponse,
        r#""alipay_cert_content":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t""#
    );
    assert_eq!(
        read.alipay_cert_content.as_deref(),
        Some("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t")
    );
}

#[test]
fn a_querys_answer_with_what_newer_documents_add() {
    let read = read!(
        TradeQueryResponse,
        r#""trade_status":"TRADE_SUCCESS","trade_settle_info":{"trade_settle_detail_list":[{"operation_type":"replenish","operation_serial_no":"2321232323232","operation_dt":"2019-05-16 09:59:17","trans_out":"208811****111111","trans_in":"208811****111111","amount":10.00}],"trade_unsettled_amount":"10.01"},"hb_fq_pay_info":{"user_install_num":"3"},"charge_info_list":[{"charge_fee":"0.01","is_rating_on_trade_receiver":"Y"}],"enterprise_pay_info":{"is_use_enterprise_pay":true,"invoice_amount":80.00},"intact_charge_info_list":[{"is_refund":false,"plan_amount":"0.01"}],"req_goods_detail":[{"goods_id":"apple-01","quantity":1}],"payment_info_with_id_list":[{"type":"BANKCARD","payment_ids":["1"]}]"#
    );
    let settle = read.trade_settle_info.unwrap();
    assert_eq!(
        settle.trade_settle_detail_list.unwrap()[0].amount.unwrap().fen(),
        1000
    );
    assert_eq!(
        read.enterprise_pay_info.unwrap().is_use_enterprise_pay,
        Some(true)
    );
}

#[test]
fn a_shape_that_no_document_has_is_kept_as_it_came() {
    let text =
        r#"{"code":"10000","enterprise_pay_info":{"is_use_enterprise_pay":"Y"},"total_amount":"-1.00"}"#;
    let read = TradeQueryResponse::from_answer(text).unwrap();
    let info = read.enterprise_pay_info.unwrap();
    assert_eq!(info.extra["is_use_enterprise_pay"].as_str(), r#""Y""#);
    assert_eq!(read.extra["total_amount"].as_str(), r#""-1.00""#);
}

/// Fields that name a person, an account or a token, wherever they stand.
const ABOUT_PEOPLE: [&str; 46] = [
    "address",
    "agreement_no",
    "apply_token",
    "auth_confirm_no",
    "auth_token",
    "bill_download_url",
    "bkpyeruser_code",
    "buyer_id",
    "buyer_logon_id",
    "buyer_memo",
    "buyer_open_id",
    "buyer_user_id",
    "buyer_user_name",
    "campus_card",
    "cert_no",
    "credit_agreement_id",
    "external_logon_id",
    "identity",
    "identity_hash",
    "industry_sepc_detail_acc",
    "industry_sepc_detail_gov",
    "link",
    "mc_create_trade_ip",
    "medical_insurance_info",
    "merchant_user_info",
    "mobile",
    "op_buyer_open_id",
    "open_id",
    "ori_sign",
    "ori_trans_in",
    "ori_trans_out",
    "out_inst_card_no",
    "out_payer_account_name",
    "payee_account",
    "payee_real_name",
    "payer_real_name",
    "refund_advance_account",
    "refund_trans_out",
    "target_account_no",
    "target_user_id",
    "trans_in",
    "trans_in_email",
    "trans_in_name",
    "trans_out",
    "trans_out_email",
    "zip",
];

#[test]
fn what_names_a_person_is_never_shown() {
    let mut found = std::collections::BTreeSet::new();
    for record in RECORDS {
        for field in record.fields {
            let is_persons_name = field.name == "name"
                && ["ExtUserInfo", "Participant", "ReceiverAddressInfo"].contains(&record.name);
            if ABOUT_PEOPLE.contains(&field.name) || is_persons_name {
                assert_eq!(field.kind, "Personal", "{}.{}", record.name, field.name);
                found.insert(field.name);
            }
        }
    }
    assert_eq!(found.len(), ABOUT_PEOPLE.len() + 1, "a name that no record has");
}

#[test]
fn a_requests_debug_shows_neither_people_nor_tokens() {
    const REQUEST: &str = r#"{"out_trade_no":"1","buyer_id":"PERSON-1","buyer_open_id":"PERSON-2","op_buyer_open_id":"PERSON-3","buyer_logon_id":"PERSON-4",
        "ext_user_info":{"name":"PERSON-5","mobile":"PERSON-6","cert_no":"PERSON-7","identity_hash":"PERSON-8"},
        "receiver_address_info":{"name":"PERSON-9","address":"PERSON-10","mobile":"PERSON-11","zip":"PERSON-12"},
        "royalty_info":{"royalty_detail_infos":[{"trans_in":"PERSON-13","trans_out":"PERSON-14"}]},
        "settle_info":{"settle_detail_infos":[{"trans_in":"PERSON-15"}]},
        "agreement_sign_params":{"external_logon_id":"PERSON-16"},"business_params":{"mc_create_trade_ip":"PERSON-17"},"unknown":"PERSON-18"}"#;
    let shown = format!("{:?}", TradeCreateRequest::from_json(REQUEST).unwrap());
    assert!(!shown.contains("PERSON"), "{shown}");
    assert!(
        shown.contains("ext_user_info") && shown.contains("unknown"),
        "{shown}"
    );
}

#[test]
fn the_pages_constructors_write_their_product_code() {
    let total = "88.88".parse().unwrap();
    let wap = TradeWapPayRequest::new("1", total, "s");
    let page = TradePagePayRequest::new("1", total, "s");
    let app = TradeAppPayRequest::new("1", total, "s");
    assert_eq!(wap.product_code.as_deref(), Some("QUICK_WAP_WAY"));
    assert_eq!(page.product_code.as_deref(), Some("FAST_INSTANT_TRADE_PAY"));
    assert_eq!(app.product_code.as_deref(), Some("QUICK_MSECURITY_PAY"));
    assert!(wap.check().is_ok() && page.check().is_ok() && app.check().is_ok());
}

#[test]
fn what_the_constructors_make_keeps_every_limit() {
    let total = || "88.88".parse().unwrap();
    let mut royalty = RoyaltyParameter::default();
    royalty.trans_in = Some("2088101126708402".into());
    royalty.amount = Some(total());
    let calls = [
        TradeRefundRequest::out_trade_no("1", total()).to_call(),
        TradeRefundRequest::trade_no("2014112611001004680073956707", total()).to_call(),
        TradeFastpayRefundQueryRequest::out_trade_no("1", "R1").to_call(),
        TradeFastpayRefundQueryRequest::trade_no("2014112611001004680073956707", "R1").to_call(),
        TradeCloseRequest::out_trade_no("1").to_call(),
        TradeCloseRequest::trade_no("2014112611001004680073956707").to_call(),
        TradePrecreateRequest::new("1", total(), "s").to_call(),
        TradeCreateRequest::open_id("1", total(), "s", "o").to_call(),
        TradeCreateRequest::user_id("1", total(), "s", "2088101126708402").to_call(),
        TradeOrderSettleRequest::new("1", "2", vec![royalty]).to_call(),
        DataDataserviceBillDownloadurlQueryRequest::new("trade", "2016-04-05").to_call(),
        FundTransToaccountTransferRequest::user_id("1", "2088101126708402", total()).to_call(),
        FundTransToaccountTransferRequest::logon_id("1", "abc@sina.com", total()).to_call(),
        FundTransUniTransferRequest::user_id("1", total(), "t", "2088101126708402").to_call(),
        FundTransUniTransferRequest::logon_id("1", total(), "t", "abc@sina.com", "张三").to_call(),
        OpenAppAlipaycertDownloadRequest::new("04afd423ea5bd6f5c5482854ed73278c").to_call(),
    ];
    for call in calls {
        assert!(call.is_ok(), "{call:?}");
    }
}

#[test]
fn an_error_names_the_field() {
    let mut precreate = TradePrecreateRequest::new("1", "88.88".parse().unwrap(), "s");
    precreate.qr_code_timeout_express = Some("16d".into());
    assert_eq!(
        precreate.check().unwrap_err().subject(),
        Some("qr_code_timeout_express")
    );
    let mut settle = TradeOrderSettleRequest::new("2016-07", "2", vec![RoyaltyParameter::default()]);
    assert_eq!(settle.check().unwrap_err().subject(), Some("out_request_no"));
    settle.out_request_no = Some("201607".into());
    assert_eq!(
        settle.check().unwrap_err().subject(),
        Some("royalty_parameters.trans_in")
    );
    let bill = DataDataserviceBillDownloadurlQueryRequest::new("trade", "2016");
    assert_eq!(bill.check().unwrap_err().subject(), Some("bill_date"));
}
