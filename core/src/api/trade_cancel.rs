//! `alipay.trade.cancel` (统一收单交易撤销): closes an unpaid trade, refunds a paid one. Within 24 hours of the trade.

use super::{api, check::check_trade_key};
use crate::{error::Error, json::record};
use alloc::string::String;

record! {
    /// The request of `alipay.trade.cancel`: one of the two numbers is required.
    TradeCancelRequest {
        out_trade_no: String, 64, "The merchant's order number.";
        trade_no: String, 64, "Alipay's trade number.";
    }
}

record! {
    /// The answer of `alipay.trade.cancel`.
    TradeCancelResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        trade_no: String, 64, "Alipay's trade number.";
        out_trade_no: String, 64, "The merchant's order number.";
        retry_flag: String, 1, "`Y`: ask again.";
        action: String, 10, "What this cancel did: `close` (nothing was paid) or `refund`; absent if there was no trade.";
        gmt_refund_pay: String, 32, "When the money went back, GMT+8.";
        refund_settlement_id: String, 64, "The refund's settlement number.";
    }
}

api!(TradeCancelRequest, TradeCancelResponse, "alipay.trade.cancel");

impl TradeCancelRequest {
    /// A cancel by the merchant's order number.
    #[must_use]
    pub fn out_trade_no(number: &str) -> Self {
        Self {
            out_trade_no: Some(number.into()),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `out_trade_no`.
    pub fn check(&self) -> Result<(), Error> {
        check_trade_key(self.out_trade_no.as_ref(), self.trade_no.as_ref())?;
        self.check_lengths()
    }
}
