//! `alipay.trade.close` (统一收单交易关闭接口): closes a trade that nobody has paid.

use super::{api, check::check_trade_key};
use crate::{
    error::{Error, ErrorCode},
    json::record,
};
use alloc::string::String;

record! {
    /// The request of `alipay.trade.close`: one of the two numbers is required.
    TradeCloseRequest {
        trade_no: String, 64, "Alipay's trade number, at least 16 characters; goes before the other.";
        out_trade_no: String, 64, "The merchant's order number.";
        operator_id: String, 28, "The cashier.";
        extend_params: CloseExtendParams, 0, "Business extensions.";
    }
}

record! {
    /// Business extensions of a close (业务扩展参数).
    CloseExtendParams {
        is_fulfilled: String, 0, "Whether the order was paid in another way.";
    }
}

record! {
    /// The answer of `alipay.trade.close`.
    TradeCloseResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        trade_no: String, 64, "Alipay's trade number.";
        out_trade_no: String, 64, "The merchant's order number.";
    }
}

api!(TradeCloseRequest, TradeCloseResponse, "alipay.trade.close");

impl TradeCloseRequest {
    /// Closes a trade by the merchant's order number.
    #[must_use]
    pub fn out_trade_no(number: &str) -> Self {
        Self {
            out_trade_no: Some(number.into()),
            ..Self::default()
        }
    }

    /// Closes a trade by Alipay's trade number.
    #[must_use]
    pub fn trade_no(number: &str) -> Self {
        Self {
            trade_no: Some(number.into()),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `field_type` (a trade_no that is too short), `out_trade_no`, each with the
    /// field's name.
    pub fn check(&self) -> Result<(), Error> {
        check_trade_key(self.out_trade_no.as_ref(), self.trade_no.as_ref())?;
        self.check_lengths()?;
        if self
            .trade_no
            .as_ref()
            .is_some_and(|number| number.chars().count() < 16)
        {
            return Err(Error::about(ErrorCode::FieldType, "trade_no"));
        }
        Ok(())
    }
}
