//! `alipay.trade.pay` (统一收单交易支付接口), as seed document 002 describes it, with the fields that newer documents add.

use super::{
    AgreementParams, BkAgentReqInfo, BkAgentRespInfo, BusinessParams, ChargeInfo, EnterprisePayInfo,
    ExtUserInfo, ExtendParams, GoodsDetail, PayParams, PromoParam, RoyaltyInfo, SettleInfo, SubMerchant,
    TapPayInfo, TradeFundBill, VoucherDetail, api,
    check::{
        check_business_params, check_closing, check_order_parts, check_out_trade_no, one_of, order_amount,
        required, required_person,
    },
};
use crate::{
    amount::Amount,
    charset::Charset,
    error::{Error, ErrorCode},
    id::{AuthCode, Personal},
    json::record,
};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.pay`. Start with [`TradePayRequest::bar_code`]; every limit of the document is checked
    /// before anything is signed.
    TradePayRequest {
        out_trade_no: String, 64, "Required. The merchant's order number, never used twice.";
        scene: String, 32, "Required. `bar_code` (条码支付), `wave_code` (声波支付) or `security_code` (刷脸支付).";
        auth_code: AuthCode, 35, "Required. The buyer's payment code; of `security_code` the 35 characters that start with `fp`.";
        product_code: String, 32, "Product code, such as `FACE_TO_FACE_PAYMENT`.";
        subject: String, 256, "Required. The order's title.";
        buyer_id: Personal, 28, "The buyer's Alipay user id; by default the auth_code's owner.";
        seller_id: String, 28, "The seller's Alipay user id; by default the account that signed the contract.";
        total_amount: Amount, 11, "The order's total. May be left out if both parts below are given.";
        discountable_amount: Amount, 11, "The part that takes part in discounts.";
        undiscountable_amount: Amount, 11, "The part that does not.";
        body: String, 128, "Description of the order.";
        goods_detail: Vec<GoodsDetail>, 0, "The goods.";
        operator_id: String, 28, "The cashier.";
        store_id: String, 32, "The store.";
        terminal_id: String, 32, "The terminal.";
        extend_params: ExtendParams, 0, "Business extensions.";
        timeout_express: String, 6, "The latest time to pay: `1m` to `15d`, or `1c` for the end of today.";
        auth_confirm_mode: String, 32, "Pre-authorisation: `COMPLETE` or `NOT_COMPLETE`.";
        auth_no: String, 64, "Pre-authorisation: its number. With it neither scene nor auth_code is needed.";
        agreement_params: AgreementParams, 0, "The agreement to charge by. With it neither scene nor auth_code is needed.";
        buyer_open_id: Personal, 128, "The buyer's open id.";
        alipay_store_id: String, 32, "The store's number at Alipay.";
        sub_merchant: SubMerchant, 0, "The merchant below the one that calls.";
        settle_info: SettleInfo, 0, "How the order is settled.";
        royalty_info: RoyaltyInfo, 0, "Who gets which part.";
        business_params: BusinessParams, 0, "Data for risk control and marketing.";
        ext_user_info: ExtUserInfo, 0, "Which buyer may pay.";
        promo_params: PromoParam, 0, "What promotions look at.";
        pay_params: PayParams, 0, "How to pay later.";
        is_async_pay: bool, 0, "Whether to pay later.";
        advance_payment_type: String, 0, "`ENJOY_PAY_V2`: Alipay may advance the money.";
        disable_pay_channels: String, 128, "Channels that must not be used, joined by `,`.";
        time_expire: String, 32, "The latest time to pay, `yyyy-MM-dd HH:mm:ss`; goes before `timeout_express`.";
        merchant_order_no: String, 32, "The merchant's original order number.";
        passback_params: String, 512, "Given back in the notification.";
        query_options: Vec<String>, 1024, "Which further parts to answer, such as `voucher_detail_list`.";
        request_org_pid: String, 0, "The PID of the acquirer, for indirect merchants.";
        bkagent_req_info: BkAgentReqInfo, 0, "What a bank's acquirer says about itself.";
        terminal_params: String, 0, "What an IoT terminal signed.";
        trans_currency: String, 8, "Currency of the order.";
        settle_currency: String, 8, "Currency of the settlement.";
    }
}

record! {
    /// The answer of `alipay.trade.pay`.
    TradePayResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        trade_no: String, 64, "Alipay's trade number.";
        out_trade_no: String, 64, "The merchant's order number.";
        buyer_logon_id: Personal, 100, "The buyer's account, masked.";
        total_amount: Amount, 11, "The order's total.";
        receipt_amount: Amount, 11, "What the merchant receives.";
        buyer_pay_amount: Amount, 11, "What the buyer pays.";
        point_amount: Amount, 11, "Paid with points (集分宝).";
        invoice_amount: Amount, 11, "What an invoice may be made out for.";
        gmt_payment: String, 32, "When it was paid, GMT+8.";
        fund_bill_list: Vec<TradeFundBill>, 0, "Where the money came from.";
        card_balance: Amount, 11, "Balance of the Alipay card.";
        store_name: String, 512, "The store.";
        buyer_user_id: Personal, 28, "The buyer's Alipay user id.";
        discount_goods_detail: String, 0, "Discounts by goods, as JSON text.";
        voucher_detail_list: Vec<VoucherDetail>, 0, "Vouchers used.";
        business_params: String, 512, "What the merchant passed in, as JSON text.";
        buyer_user_type: String, 18, "`CORPORATE` or `PRIVATE`.";
        mdiscount_amount: Amount, 11, "The merchant's discount.";
        discount_amount: Amount, 11, "The platform's discount.";
        buyer_open_id: Personal, 128, "The buyer's open id.";
        open_id: Personal, 128, "The buyer's open id, by its former name.";
        buyer_user_name: Personal, 0, "The buyer's name, if that is agreed.";
        trans_currency: String, 8, "Currency of the order.";
        settle_currency: String, 8, "Currency of the settlement.";
        settle_amount: Amount, 11, "Amount of the settlement.";
        settle_trans_rate: String, 11, "Rate from settlement to order.";
        pay_currency: String, 8, "Currency of the payment.";
        pay_amount: Amount, 11, "Amount of the payment.";
        trans_pay_rate: String, 11, "Rate from order to payment.";
        purchase_entity: String, 0, "Who bought the foreign currency.";
        receipt_currency_type: String, 0, "`DC`: the merchant receives digital yuan.";
        charge_amount: Amount, 11, "The fee.";
        charge_flags: String, 64, "Which kind of fee.";
        charge_info_list: ChargeInfo, 0, "The fee in detail.";
        settlement_id: String, 64, "The settlement's number.";
        auth_trade_pay_mode: String, 64, "Pre-authorised payment's mode.";
        pre_auth_pay_amount: Amount, 0, "What is still to be paid of a credit order.";
        credit_pay_mode: String, 64, "`creditAdvanceV2`: the buyer pays later.";
        credit_biz_order_id: String, 64, "The credit order's number.";
        advance_amount: Amount, 11, "What Alipay advanced.";
        async_payment_mode: String, 64, "How it is paid later, such as `ASYNC_DELAY_PAY`.";
        async_pay_apply_status: String, 0, "`S`: paying later was accepted.";
        can_turn_to_app_pay: String, 0, "Whether the buyer may pay in the app instead.";
        enterprise_pay_info: EnterprisePayInfo, 0, "An enterprise's payment.";
        hyb_amount: Amount, 11, "Paid with 惠营宝.";
        tap_pay_info: TapPayInfo, 0, "A tap-to-pay payment.";
        bkagent_resp_info: BkAgentRespInfo, 0, "What the bank's side answers.";
    }
}

api!(TradePayRequest, TradePayResponse, "alipay.trade.pay");

impl TradePayRequest {
    /// A barcode payment: the four fields that every one needs.
    #[must_use]
    pub fn bar_code(out_trade_no: &str, auth_code: AuthCode, total_amount: Amount, subject: &str) -> Self {
        Self {
            out_trade_no: Some(out_trade_no.into()),
            scene: Some("bar_code".into()),
            auth_code: Some(auth_code),
            total_amount: Some(total_amount),
            subject: Some(subject.into()),
            ..Self::default()
        }
    }

    /// What the buyer is asked to pay: `total_amount`, or the sum of the two parts if it is left out.
    ///
    /// # Errors
    /// `field_missing`, `amount_range`, `amount_sum`.
    pub fn amount(&self) -> Result<Amount, Error> {
        order_amount(
            self.total_amount,
            self.discountable_amount,
            self.undiscountable_amount,
        )
    }

    /// Checks every limit of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `field_type`, `out_trade_no`, `auth_code`, `amount_range`, `amount_sum`,
    /// `timeout_express`, `time_format`, `field_conflict`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        self.check_with(false)
    }

    /// As [`TradePayRequest::check`], for a barcode payment: what `trade.pay` also is (a frozen amount taken, an agreement's
    /// deduction) has no buyer in front of it, and other rules.
    pub(crate) fn check_bar_code(&self, long_auth_codes: bool) -> Result<(), Error> {
        required(self.scene.as_deref(), "scene")?;
        if self.auth_code.is_none() {
            return Err(Error::about(ErrorCode::FieldMissing, "auth_code"));
        }
        self.check_with(long_auth_codes)
    }

    /// That it can be written in this charset: else pay would never leave.
    pub(crate) fn check_charset(&self, charset: Charset) -> Result<(), Error> {
        if charset != Charset::Utf8 {
            charset
                .encode(&self.to_json())
                .map_err(|error| error.or_about("biz_content"))?;
        }
        Ok(())
    }

    /// The same, letting auth_codes of a future format pass if the policy says so.
    fn check_with(&self, long_auth_codes: bool) -> Result<(), Error> {
        check_out_trade_no(self.out_trade_no.as_ref())?;
        if self.agreement_params.is_none() && self.auth_no.is_none() {
            required(self.scene.as_deref(), "scene")?;
        }
        one_of(
            self.scene.as_ref(),
            &["bar_code", "wave_code", "security_code"],
            "scene",
        )?;
        required(self.subject.as_deref(), "subject")?;
        self.check_means(long_auth_codes)?;
        self.check_lengths()?;
        self.amount()?;
        check_order_parts(
            self.goods_detail.as_ref(),
            self.royalty_info.as_ref(),
            self.settle_info.as_ref(),
            self.ext_user_info.as_ref(),
        )?;
        check_business_params(self.business_params.as_ref())?;
        check_closing(self.timeout_express.as_ref(), self.time_expire.as_ref())?;
        one_of(
            self.auth_confirm_mode.as_ref(),
            &["COMPLETE", "NOT_COMPLETE"],
            "auth_confirm_mode",
        )
    }

    /// What the buyer pays by: a code, an agreement or a pre-authorisation.
    fn check_means(&self, long_auth_codes: bool) -> Result<(), Error> {
        if let Some(agreement) = &self.agreement_params {
            required_person(agreement.agreement_no.as_ref(), "agreement_params.agreement_no")?;
        }
        let face = self.scene.as_deref() == Some("security_code");
        match &self.auth_code {
            Some(code) if code.is_face() != face => Err(ErrorCode::AuthCode.into()),
            Some(code) if !face && !code.is_standard() && !long_auth_codes => Err(ErrorCode::AuthCode.into()),
            None if self.agreement_params.is_none() && self.auth_no.is_none() => {
                Err(Error::about(ErrorCode::FieldMissing, "auth_code"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ApiRequest;

    fn request() -> TradePayRequest {
        let code = AuthCode::new("28763443825664394").unwrap();
        TradePayRequest::bar_code("20150320010101001", code, "88.88".parse().unwrap(), "Iphone6 16G")
    }

    #[test]
    fn a_barcode_payment_is_written_as_documented() {
        let biz = request().to_json();
        assert_eq!(
            biz,
            r#"{"out_trade_no":"20150320010101001","scene":"bar_code","auth_code":"28763443825664394","subject":"Iphone6 16G","total_amount":"88.88"}"#
        );
        assert_eq!(TradePayRequest::from_json(&biz).unwrap(), request());
    }

    #[test]
    fn limits_are_checked_before_signing() {
        type Change = fn(&mut TradePayRequest);
        let cases: [(Change, ErrorCode, &str); 14] = [
            (|r| r.out_trade_no = None, ErrorCode::FieldMissing, "out_trade_no"),
            (
                |r| r.subject = Some("  ".into()),
                ErrorCode::FieldMissing,
                "subject",
            ),
            (
                |r| r.subject = Some("订".repeat(257)),
                ErrorCode::FieldTooLong,
                "subject",
            ),
            (
                |r| r.body = Some("b".repeat(129)),
                ErrorCode::FieldTooLong,
                "body",
            ),
            (|r| r.scene = Some("nfc".into()), ErrorCode::FieldType, "scene"),
            (|r| r.auth_code = None, ErrorCode::FieldMissing, "auth_code"),
            (|r| r.total_amount = None, ErrorCode::FieldMissing, "total_amount"),
            (
                |r| r.discountable_amount = "88.89".parse().ok(),
                ErrorCode::AmountSum,
                "total_amount",
            ),
            (
                |r| {
                    r.discountable_amount = "80".parse().ok();
                    r.undiscountable_amount = "8".parse().ok();
                },
                ErrorCode::AmountSum,
                "total_amount",
            ),
            (
                |r| r.goods_detail = Some(alloc::vec![GoodsDetail::default()]),
                ErrorCode::FieldMissing,
                "goods_detail.goods_id",
            ),
            (
                |r| r.operator_id = Some("o".repeat(29)),
                ErrorCode::FieldTooLong,
                "operator_id",
            ),
            (
                |r| {
                    r.extend_params = Some(ExtendParams {
                        card_type: Some("c".repeat(33)),
                        ..ExtendParams::default()
                    });
                },
                ErrorCode::FieldTooLong,
                "extend_params",
            ),
            (
                |r| r.auth_confirm_mode = Some("MAYBE".into()),
                ErrorCode::FieldType,
                "auth_confirm_mode",
            ),
            (
                |r| r.total_amount = Some(Amount::ZERO),
                ErrorCode::AmountRange,
                "total_amount",
            ),
        ];
        for (change, code, field) in cases {
            let mut bad = request();
            change(&mut bad);
            let error = bad.to_call().unwrap_err();
            assert_eq!((error.code(), error.subject()), (code, Some(field)));
        }
        assert!(request().to_call().is_ok());
    }

    #[test]
    fn each_scene_has_its_own_code() {
        let [digits, face] = ["28763443825664394".into(), alloc::format!("fp{}", "0".repeat(33))];
        for (scene, code, fits) in [
            ("bar_code", &digits, true),
            ("wave_code", &digits, true),
            ("security_code", &face, true),
            ("bar_code", &face, false),
            ("security_code", &digits, false),
        ] {
            let text = alloc::format!(
                r#"{{"out_trade_no":"1","scene":"{scene}","auth_code":"{code}","subject":"s","total_amount":"1.00"}}"#
            );
            let checked = TradePayRequest::from_json(&text).unwrap().check();
            assert_eq!(
                checked.err().map(|error| error.code()),
                (!fits).then_some(ErrorCode::AuthCode),
                "{text}"
            );
        }
    }

    #[test]
    fn the_total_may_be_given_as_its_two_parts() {
        let mut parts = request();
        parts.total_amount = None;
        parts.discountable_amount = "80".parse().ok();
        parts.undiscountable_amount = "8.88".parse().ok();
        assert_eq!(parts.amount().unwrap().fen(), 8888);
    }

    #[test]
    fn the_documents_answer_is_read_and_nothing_is_lost() {
        let answer = r#"{"total_amount":120.88,"trade_no":"2013112011001004330000121536","buyer_logon_id":"159****5620",
            "voucher_detail_list":[{"amount":10.00,"type":"ALIPAY_FIX_VOUCHER","id":"2015102600073002039000002D5O"}],
            "code":"10000","fund_bill_list":[{"amount":10,"fund_channel":"ALIPAYACCOUNT","real_amount":11.21}],"new_field":{"a":1}}"#;
        let read = TradePayResponse::from_answer(answer).unwrap();
        assert_eq!(read.total_amount.unwrap().fen(), 12088);
        assert_eq!(read.fund_bill_list.unwrap()[0].real_amount.unwrap().fen(), 1121);
        assert_eq!(
            read.voucher_detail_list.unwrap()[0].r#type.as_deref(),
            Some("ALIPAY_FIX_VOUCHER")
        );
        assert_eq!(read.extra["new_field"].as_str(), r#"{"a":1}"#);
    }
}
