//! `alipay.trade.precreate` (统一收单线下交易预创建): a QR code that the buyer scans.

use super::{
    BkAgentReqInfo, BusinessParams, ExtUserInfo, ExtendParams, GoodsDetail, RoyaltyInfo, SettleInfo,
    SubMerchant, api,
    check::{
        check_business_params, check_channels, check_closing, check_order_parts, check_out_trade_no,
        check_timeout_express, order_amount, required,
    },
};
use crate::{amount::Amount, error::Error, id::Personal, json::record};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.precreate`.
    TradePrecreateRequest {
        out_trade_no: String, 64, "Required. The merchant's order number, never used twice.";
        total_amount: Amount, 11, "The order's total. May be left out if both parts below are given.";
        subject: String, 256, "Required. The order's title.";
        product_code: String, 64, "Product code: `FACE_TO_FACE_PAYMENT` by default, `QR_CODE_OFFLINE` for order codes.";
        seller_id: String, 28, "The seller's Alipay user id; by default the account that signed the contract.";
        body: String, 128, "Description of the order.";
        goods_detail: Vec<GoodsDetail>, 0, "The goods.";
        discountable_amount: Amount, 11, "The part that takes part in discounts.";
        undiscountable_amount: Amount, 11, "The part that does not.";
        buyer_logon_id: Personal, 100, "The buyer's account, if only that one may pay.";
        operator_id: String, 28, "The cashier.";
        store_id: String, 32, "The store.";
        alipay_store_id: String, 32, "The store's number at Alipay.";
        terminal_id: String, 32, "The terminal.";
        extend_params: ExtendParams, 0, "Business extensions.";
        business_params: BusinessParams, 0, "Data for risk control and marketing.";
        timeout_express: String, 6, "The latest time to pay, from this request on: `1m` to `15d`, or `1c` for the end of today.";
        time_expire: String, 32, "The latest time to pay, `yyyy-MM-dd HH:mm:ss`; goes before `timeout_express`.";
        qr_code_timeout_express: String, 6, "The latest time to pay, from the code's making on: as `timeout_express`.";
        royalty_info: RoyaltyInfo, 0, "Who gets which part.";
        settle_info: SettleInfo, 0, "How the order is settled.";
        sub_merchant: SubMerchant, 0, "The merchant below the one that calls.";
        ext_user_info: ExtUserInfo, 0, "Which buyer may pay.";
        enable_pay_channels: String, 128, "Channels that may be used, joined by `,`; excludes the next.";
        disable_pay_channels: String, 128, "Channels that must not be used, joined by `,`.";
        merchant_order_no: String, 32, "The merchant's original order number.";
        passback_params: String, 512, "Given back in the notification.";
        code_type: String, 0, "`share_code`: answer a share code (吱口令) too.";
        payment_type: String, 0, "Kind of payment.";
        query_options: Vec<String>, 1024, "Which further parts to answer, such as `enterprise_pay_info`.";
        bkagent_req_info: BkAgentReqInfo, 0, "What a bank's acquirer says about itself.";
    }
}

record! {
    /// The answer of `alipay.trade.precreate`.
    TradePrecreateResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        out_trade_no: String, 64, "The merchant's order number.";
        qr_code: String, 1024, "What the QR code says; good for two hours.";
        share_code: String, 0, "The share code (吱口令); good for two hours.";
        prepay_id: String, 0, "The prepared payment's id.";
    }
}

api!(
    TradePrecreateRequest,
    TradePrecreateResponse,
    "alipay.trade.precreate"
);

impl TradePrecreateRequest {
    /// A QR code for an order: the three fields that every one needs.
    #[must_use]
    pub fn new(out_trade_no: &str, total_amount: Amount, subject: &str) -> Self {
        Self {
            out_trade_no: Some(out_trade_no.into()),
            total_amount: Some(total_amount),
            subject: Some(subject.into()),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `field_type`, `field_conflict`, `out_trade_no`, `amount_range`, `amount_sum`,
    /// `timeout_express`, `time_format`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        check_out_trade_no(self.out_trade_no.as_ref())?;
        required(self.subject.as_deref(), "subject")?;
        self.check_lengths()?;
        order_amount(
            self.total_amount,
            self.discountable_amount,
            self.undiscountable_amount,
        )?;
        check_order_parts(
            self.goods_detail.as_ref(),
            self.royalty_info.as_ref(),
            self.settle_info.as_ref(),
            self.ext_user_info.as_ref(),
        )?;
        check_channels(
            self.enable_pay_channels.as_ref(),
            self.disable_pay_channels.as_ref(),
        )?;
        check_business_params(self.business_params.as_ref())?;
        check_closing(self.timeout_express.as_ref(), self.time_expire.as_ref())?;
        check_timeout_express(self.qr_code_timeout_express.as_ref(), "qr_code_timeout_express")
    }
}
