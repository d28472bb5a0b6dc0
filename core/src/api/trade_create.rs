//! `alipay.trade.create` (统一收单交易创建接口): a trade that a mini-program pays.

use super::{
    BkAgentReqInfo, BusinessParams, ExtUserInfo, ExtendParams, GoodsDetail, LogisticsDetail,
    ReceiverAddressInfo, RoyaltyInfo, SettleInfo, SignParams, SubMerchant,
    agreement::check_sign_params,
    api,
    check::{
        check_business_params, check_channels, check_closing, check_order_parts, check_out_trade_no,
        order_amount, required,
    },
};
use crate::{amount::Amount, canonical::is_blank, error::Error, id::Personal, json::record};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.create`: one of the four that say who buys is required.
    TradeCreateRequest {
        out_trade_no: String, 64, "Required. The merchant's order number, never used twice.";
        total_amount: Amount, 11, "The order's total. May be left out if both parts below are given.";
        subject: String, 256, "Required. The order's title.";
        product_code: String, 64, "Product code: `FACE_TO_FACE_PAYMENT` by default, `JSAPI_PAY` for mini-programs.";
        seller_id: String, 28, "The seller's Alipay user id; by default the account that signed the contract.";
        buyer_id: Personal, 28, "The buyer's Alipay user id.";
        buyer_open_id: Personal, 128, "The buyer's open id.";
        buyer_logon_id: Personal, 100, "The buyer's account.";
        op_app_id: String, 32, "The mini-program of the merchant that really sells.";
        op_buyer_open_id: Personal, 128, "The buyer's open id in that mini-program.";
        body: String, 128, "Description of the order.";
        goods_detail: Vec<GoodsDetail>, 0, "The goods.";
        time_expire: String, 32, "The latest time to pay, `yyyy-MM-dd HH:mm:ss`; goes before `timeout_express`.";
        timeout_express: String, 6, "The latest time to pay: `1m` to `15d`, or `1c` for the end of today.";
        settle_info: SettleInfo, 0, "How the order is settled.";
        extend_params: ExtendParams, 0, "Business extensions.";
        business_params: BusinessParams, 0, "Data for risk control and marketing.";
        discountable_amount: Amount, 11, "The part that takes part in discounts.";
        undiscountable_amount: Amount, 11, "The part that does not.";
        store_id: String, 32, "The store.";
        alipay_store_id: String, 32, "The store's number at Alipay.";
        operator_id: String, 28, "The cashier.";
        terminal_id: String, 32, "The terminal.";
        logistics_detail: LogisticsDetail, 0, "How the goods travel.";
        receiver_address_info: ReceiverAddressInfo, 0, "Where the goods go.";
        royalty_info: RoyaltyInfo, 0, "Who gets which part.";
        sub_merchant: SubMerchant, 0, "The merchant below the one that calls.";
        ext_user_info: ExtUserInfo, 0, "Which buyer may pay.";
        agreement_sign_params: SignParams, 0, "An agreement to sign while paying.";
        enable_pay_channels: String, 128, "Channels that may be used, joined by `,`; excludes the next.";
        disable_pay_channels: String, 128, "Channels that must not be used, joined by `,`.";
        merchant_order_no: String, 32, "The merchant's original order number.";
        passback_params: String, 512, "Given back in the notification.";
        query_options: Vec<String>, 1024, "Which further parts to answer, such as `enterprise_pay_info`.";
        bkagent_req_info: BkAgentReqInfo, 0, "What a bank's acquirer says about itself.";
    }
}

record! {
    /// The answer of `alipay.trade.create`.
    TradeCreateResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        out_trade_no: String, 64, "The merchant's order number.";
        trade_no: String, 64, "Alipay's trade number, which the mini-program pays.";
    }
}

api!(TradeCreateRequest, TradeCreateResponse, "alipay.trade.create");

impl TradeCreateRequest {
    /// A trade of a buyer known by open id: the four fields that every one needs.
    #[must_use]
    pub fn open_id(out_trade_no: &str, total_amount: Amount, subject: &str, buyer_open_id: &str) -> Self {
        Self {
            buyer_open_id: Some(buyer_open_id.into()),
            ..Self::order(out_trade_no, total_amount, subject)
        }
    }

    /// The same for a buyer known by Alipay user id (2088…).
    #[must_use]
    pub fn user_id(out_trade_no: &str, total_amount: Amount, subject: &str, buyer_id: &str) -> Self {
        Self {
            buyer_id: Some(buyer_id.into()),
            ..Self::order(out_trade_no, total_amount, subject)
        }
    }

    fn order(out_trade_no: &str, total_amount: Amount, subject: &str) -> Self {
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
    /// `timeout_express`, `time_format`, `date_format`, each with the field's name; `buyer_id` if nothing says who buys.
    pub fn check(&self) -> Result<(), Error> {
        check_out_trade_no(self.out_trade_no.as_ref())?;
        required(self.subject.as_deref(), "subject")?;
        let buyers = [
            &self.buyer_id,
            &self.buyer_open_id,
            &self.buyer_logon_id,
            &self.op_buyer_open_id,
        ];
        let buyer = buyers.into_iter().flatten().map(Personal::expose);
        required(buyer.into_iter().find(|buyer| !is_blank(buyer)), "buyer_id")?;
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
        check_sign_params(self.agreement_sign_params.as_ref())?;
        check_closing(self.timeout_express.as_ref(), self.time_expire.as_ref())
    }
}
