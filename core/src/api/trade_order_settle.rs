//! `alipay.trade.order.settle` (统一收单交易结算接口): gives others their part of a paid trade (分账).

use super::{
    RoyaltyParameter, api,
    check::{check_royalty_parameters, one_of, present, required},
};
use crate::{
    amount::Amount,
    error::{Error, ErrorCode},
    id::OutTradeNo,
    json::record,
};
use alloc::{string::String, vec::Vec};

record! {
    /// The request of `alipay.trade.order.settle`.
    TradeOrderSettleRequest {
        out_request_no: String, 64, "Required. The settlement's number: ASCII letters, digits or underscores, never used twice.";
        trade_no: String, 64, "Required. Alipay's trade number.";
        royalty_parameters: Vec<RoyaltyParameter>, 0, "Who gets what. Required unless this request only ends the royalties.";
        operator_id: String, 64, "Who asks.";
        extend_params: SettleExtendParams, 0, "Business extensions.";
        royalty_mode: String, 0, "`sync` (default) or `async`.";
    }
}

record! {
    /// Business extensions of a settlement (业务扩展参数).
    SettleExtendParams {
        royalty_finish: String, 0, "`true`: no more royalties come, what is frozen is free.";
        royalty_finish_amount: Amount, 11, "How much of it is free; needs `royalty_finish`.";
    }
}

record! {
    /// The answer of `alipay.trade.order.settle`.
    TradeOrderSettleResponse {
        code: String, 0, "The gateway's code.";
        msg: String, 0, "The gateway's message.";
        sub_code: String, 0, "The business code.";
        sub_msg: String, 0, "The business message.";
        trade_no: String, 64, "Alipay's trade number.";
        settle_no: String, 64, "The settlement's number at Alipay, by which its result is queried.";
    }
}

api!(
    TradeOrderSettleRequest,
    TradeOrderSettleResponse,
    "alipay.trade.order.settle"
);

impl TradeOrderSettleRequest {
    /// One or more royalties of a trade.
    #[must_use]
    pub fn new(out_request_no: &str, trade_no: &str, royalty_parameters: Vec<RoyaltyParameter>) -> Self {
        Self {
            out_request_no: Some(out_request_no.into()),
            trade_no: Some(trade_no.into()),
            royalty_parameters: Some(royalty_parameters),
            ..Self::default()
        }
    }

    /// Checks the limits of the document.
    ///
    /// # Errors
    /// `field_missing`, `field_too_long`, `field_type`, `field_conflict`, `out_trade_no` (about `out_request_no`),
    /// `amount_range`, each with the field's name.
    pub fn check(&self) -> Result<(), Error> {
        let number = required(self.out_request_no.as_deref(), "out_request_no")?;
        number
            .parse::<OutTradeNo>()
            .map_err(|error| error.or_about("out_request_no"))?;
        required(self.trade_no.as_deref(), "trade_no")?;
        self.check_lengths()?;
        one_of(self.royalty_mode.as_ref(), &["sync", "async"], "royalty_mode")?;
        let extend = self.extend_params.as_ref();
        let finish = extend.and_then(|extend| extend.royalty_finish.as_ref());
        one_of(finish, &["true", "false"], "extend_params.royalty_finish")?;
        let finishes = finish.is_some_and(|finish| finish == "true");
        if extend.is_some_and(|extend| extend.royalty_finish_amount.is_some()) && !finishes {
            return Err(Error::about(
                ErrorCode::FieldConflict,
                "extend_params.royalty_finish",
            ));
        }
        let royalties = self
            .royalty_parameters
            .as_ref()
            .filter(|royalties| !royalties.is_empty());
        if !finishes {
            present(royalties, "royalty_parameters")?;
        }
        check_royalty_parameters("royalty_parameters", royalties.into_iter().flatten())?;
        let has_amount =
            |royalty: &RoyaltyParameter| royalty.amount.is_some() || royalty.amount_percentage.is_some();
        if !royalties.into_iter().flatten().all(has_amount) {
            return Err(Error::about(ErrorCode::FieldMissing, "royalty_parameters.amount"));
        }
        Ok(())
    }
}
