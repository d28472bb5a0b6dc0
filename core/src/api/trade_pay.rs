//! `alipay.trade.pay` (统一收单交易支付接口), as seed document 002 describes it.

use super::api;
use crate::{
    amount::Amount,
    canonical::is_blank,
    charset::Charset,
    error::{Error, ErrorCode},
    id::{AuthCode, OutTradeNo, Personal},
    json::record,
};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.pay`. Start with [`TradePayRequest::bar_code`]; every limit of the document is checked
    /// before anything is signed.
    TradePayRequest {
        out_trade_no: String, 64, "Required. The merchant's order number, never used twice.";
        scene: String, 32, "Required. `bar_code` (条码支付) or `wave_code` (声波支付).";
        auth_code: AuthCode, 32, "Required. The buyer's payment code.";
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
    }
}

record! {
    /// One of the goods of an order.
    GoodsDetail {
        goods_id: String, 32, "Required. The goods' number.";
        goods_name: String, 256, "Required. The goods' name.";
        quantity: u64, 10, "Required. How many.";
        price: Amount, 9, "Required. Price of one.";
        goods_category: String, 24, "Category.";
        body: String, 1000, "Description.";
        show_url: String, 400, "Where the goods are shown.";
    }
}

record! {
    /// Business extensions.
    ExtendParams {
        sys_service_provider_id: String, 64, "The PID of the system's vendor, for its commission.";
        industry_reflux_info: String, 512, "Industry data, as JSON text.";
        card_type: String, 32, "Card type.";
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
    }
}

record! {
    /// One source of the money.
    TradeFundBill {
        fund_channel: String, 32, "The channel, such as `ALIPAYACCOUNT`.";
        bank_code: String, 10, "The bank.";
        amount: Amount, 32, "The channel's amount.";
        real_amount: Amount, 11, "What the channel really paid.";
    }
}

record! {
    /// One voucher used.
    VoucherDetail {
        id: String, 32, "The voucher's id.";
        name: String, 64, "Its name.";
        r#type: String, 32, "Its type; more may be added.";
        amount: Amount, 8, "Its face value.";
        merchant_contribute: Amount, 8, "The merchant's part.";
        other_contribute: Amount, 8, "Others' part.";
        memo: String, 256, "Remark.";
        template_id: String, 64, "Its template.";
        purchase_buyer_contribute: Amount, 8, "What the buyer paid for it.";
        purchase_merchant_contribute: Amount, 8, "What the merchant granted at its purchase.";
        purchase_ant_contribute: Amount, 8, "What the platform granted at its purchase.";
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
        let sum = match (self.discountable_amount, self.undiscountable_amount) {
            (Some(with), Some(without)) => Some(
                with.checked_add(without)
                    .ok_or(Error::about(ErrorCode::AmountRange, "total_amount"))?,
            ),
            _ => None,
        };
        match (self.total_amount, sum) {
            (Some(total), Some(sum)) if total != sum => {
                Err(Error::about(ErrorCode::AmountSum, "total_amount"))
            }
            (Some(total), None) if self.discountable_amount.max(self.undiscountable_amount) > Some(total) => {
                Err(Error::about(ErrorCode::AmountSum, "total_amount"))
            }
            (Some(total), _) => Ok(total),
            (None, Some(sum)) => Ok(sum),
            (None, None) => Err(Error::about(ErrorCode::FieldMissing, "total_amount")),
        }
    }

    /// Checks every limit of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `field_type`, `out_trade_no`, `auth_code`, `amount_range`, `amount_sum`,
    /// `timeout_express`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        self.check_with(false)
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
    pub(crate) fn check_with(&self, long_auth_codes: bool) -> Result<(), Error> {
        required(self.out_trade_no.as_deref(), "out_trade_no")?.parse::<OutTradeNo>()?;
        let scene = required(self.scene.as_deref(), "scene")?;
        one_of(scene, &["bar_code", "wave_code"], "scene")?;
        required(self.subject.as_deref(), "subject")?;
        let auth_code = self
            .auth_code
            .as_ref()
            .ok_or_else(|| Error::about(ErrorCode::FieldMissing, "auth_code"))?;
        if !auth_code.is_standard() && !long_auth_codes {
            return Err(ErrorCode::AuthCode.into());
        }
        self.check_lengths()?;
        self.amount()?;
        for goods in self.goods_detail.iter().flatten() {
            required(goods.goods_id.as_deref(), "goods_detail.goods_id")?;
            required(goods.goods_name.as_deref(), "goods_detail.goods_name")?;
            goods
                .quantity
                .ok_or_else(|| Error::about(ErrorCode::FieldMissing, "goods_detail.quantity"))?;
            goods
                .price
                .ok_or_else(|| Error::about(ErrorCode::FieldMissing, "goods_detail.price"))?;
        }
        if let Some(timeout) = &self.timeout_express {
            check_timeout_express(timeout)?;
        }
        match &self.auth_confirm_mode {
            Some(mode) => one_of(mode, &["COMPLETE", "NOT_COMPLETE"], "auth_confirm_mode"),
            None => Ok(()),
        }
    }
}

fn required<'a>(value: Option<&'a str>, name: &'static str) -> Result<&'a str, Error> {
    value
        .filter(|text| !is_blank(text))
        .ok_or_else(|| Error::about(ErrorCode::FieldMissing, name))
}

fn one_of(value: &str, allowed: &[&str], name: &'static str) -> Result<(), Error> {
    if allowed.contains(&value) {
        Ok(())
    } else {
        Err(Error::about(ErrorCode::FieldType, name))
    }
}

/// `1m` to `15d` in whole minutes, hours or days, or `1c`.
fn check_timeout_express(text: &str) -> Result<(), Error> {
    const MOST_MINUTES: u32 = 15 * 24 * 60;
    let minutes = || {
        let (unit_at, unit) = text.char_indices().next_back()?;
        let number = text.get(..unit_at)?;
        if number.starts_with('0') || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number: u32 = number.parse().ok()?;
        match unit {
            'm' => Some(number),
            'h' => number.checked_mul(60),
            'd' => number.checked_mul(24 * 60),
            'c' if number == 1 => Some(1),
            _ => None,
        }
    };
    match minutes() {
        Some(minutes) if (1..=MOST_MINUTES).contains(&minutes) => Ok(()),
        _ => Err(ErrorCode::TimeoutExpress.into()),
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
    fn the_total_may_be_given_as_its_two_parts() {
        let mut parts = request();
        parts.total_amount = None;
        parts.discountable_amount = "80".parse().ok();
        parts.undiscountable_amount = "8.88".parse().ok();
        assert_eq!(parts.amount().unwrap().fen(), 8888);
    }

    #[test]
    fn timeout_express_is_whole_minutes_hours_days_or_today() {
        for good in ["1m", "90m", "21600m", "24h", "360h", "15d", "1c"] {
            assert!(check_timeout_express(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "0m",
            "1.5h",
            "16d",
            "21601m",
            "361h",
            "2c",
            "m",
            "1",
            "01m",
            "-1m",
            "1M",
            "99999999999d",
            "１d",
        ] {
            assert_eq!(
                check_timeout_express(bad).unwrap_err().code(),
                ErrorCode::TimeoutExpress,
                "{bad}"
            );
        }
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
