//! `alipay.trade.page.pay` (统一收单下单并支付页面接口): sends the buyer of a web page to Alipay.

use super::{
    AgreementSignParams, ExtUserInfo, ExtendParams, GoodsDetail, InvoiceInfo, RoyaltyInfo, SettleInfo,
    SubMerchant, api,
    check::{
        check_channels, check_closing, check_invoice_info, check_order_parts, check_out_trade_no, one_of,
        present, required,
    },
};
use crate::{amount::Amount, error::Error, id::Personal, json::record};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.page.pay`.
    TradePagePayRequest {
        out_trade_no: String, 64, "Required. The merchant's order number, never used twice.";
        total_amount: Amount, 11, "Required. The order's total.";
        subject: String, 256, "Required. The order's title.";
        product_code: String, 64, "Required. Product code: `FAST_INSTANT_TRADE_PAY`.";
        body: String, 128, "Description of the order.";
        qr_pay_mode: String, 2, "How the QR code is shown: `0`, `1`, `3` and `4` in an iframe, `2` on Alipay's page.";
        qrcode_width: u64, 4, "The QR code's width, for `qr_pay_mode` = `4`.";
        integration_type: String, 16, "`PCWEB` (default) or `ALIAPP`.";
        request_from_url: String, 256, "Where a buyer who gives up goes, for `ALIAPP`.";
        auth_token: Personal, 40, "The buyer's authorisation.";
        goods_detail: Vec<GoodsDetail>, 0, "The goods.";
        goods_type: String, 2, "`0`: virtual goods; `1` (default): real ones.";
        timeout_express: String, 6, "The latest time to pay: `1m` to `15d`, or `1c` for the end of today.";
        time_expire: String, 32, "The latest time to pay, `yyyy-MM-dd HH:mm:ss`; goes before `timeout_express`.";
        passback_params: String, 512, "Given back in the notification; must be percent-encoded.";
        promo_params: String, 512, "Promotions, as JSON text.";
        extend_params: ExtendParams, 0, "Business extensions.";
        business_params: String, 512, "Data for risk control and marketing, as JSON text.";
        enable_pay_channels: String, 128, "Channels that may be used, joined by `,`; excludes the next.";
        disable_pay_channels: String, 128, "Channels that must not be used, joined by `,`.";
        merchant_order_no: String, 32, "The merchant's original order number.";
        store_id: String, 32, "The store.";
        royalty_info: RoyaltyInfo, 0, "Who gets which part.";
        settle_info: SettleInfo, 0, "How the order is settled.";
        sub_merchant: SubMerchant, 0, "The merchant below the one that calls.";
        ext_user_info: ExtUserInfo, 0, "Which buyer may pay.";
        invoice_info: InvoiceInfo, 0, "The invoice.";
        query_options: Vec<String>, 1024, "Which further parts to answer.";
        agreement_sign_params: AgreementSignParams, 0, "An agreement to sign after paying.";
    }
}

record! {
    /// What `alipay.trade.page.pay` answers. The gateway sends no such answer to the server: it is what the document lists of the
    /// result that the buyer's device brings back.
    TradePagePayResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        trade_no: String, 64, "Alipay's trade number.";
        out_trade_no: String, 64, "The merchant's order number.";
        seller_id: String, 28, "The seller's Alipay user id.";
        total_amount: Amount, 11, "The order's total.";
        merchant_order_no: String, 32, "The merchant's original order number.";
    }
}

api!(TradePagePayRequest, TradePagePayResponse, "alipay.trade.page.pay");

impl TradePagePayRequest {
    /// A payment on a web page: the three fields that every one needs, and the `product_code` `FAST_INSTANT_TRADE_PAY`.
    #[must_use]
    pub fn new(out_trade_no: &str, total_amount: Amount, subject: &str) -> Self {
        Self {
            out_trade_no: Some(out_trade_no.into()),
            total_amount: Some(total_amount),
            subject: Some(subject.into()),
            product_code: Some("FAST_INSTANT_TRADE_PAY".into()),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `field_type`, `field_conflict`, `out_trade_no`, `amount_range`,
    /// `timeout_express`, `time_format`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        check_out_trade_no(self.out_trade_no.as_ref())?;
        present(self.total_amount.as_ref(), "total_amount")?;
        required(self.subject.as_deref(), "subject")?;
        required(self.product_code.as_deref(), "product_code")?;
        self.check_lengths()?;
        check_order_parts(
            self.goods_detail.as_ref(),
            self.royalty_info.as_ref(),
            self.settle_info.as_ref(),
            self.ext_user_info.as_ref(),
        )?;
        one_of(self.goods_type.as_ref(), &["0", "1"], "goods_type")?;
        check_channels(
            self.enable_pay_channels.as_ref(),
            self.disable_pay_channels.as_ref(),
        )?;
        check_invoice_info(self.invoice_info.as_ref())?;
        one_of(
            self.qr_pay_mode.as_ref(),
            &["0", "1", "2", "3", "4"],
            "qr_pay_mode",
        )?;
        one_of(
            self.integration_type.as_ref(),
            &["ALIAPP", "PCWEB"],
            "integration_type",
        )?;
        if let Some(agreement) = &self.agreement_sign_params {
            required(
                agreement.personal_product_code.as_deref(),
                "agreement_sign_params.personal_product_code",
            )?;
        }
        check_closing(self.timeout_express.as_ref(), self.time_expire.as_ref())
    }
}
