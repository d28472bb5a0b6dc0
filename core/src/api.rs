//! Alipay's methods, one file each: the typed request with its limits, the typed answer with every field of the
//! document. Methods without a file here go through [`Call::new`].

mod trade_cancel;
mod trade_pay;
mod trade_query;

pub use trade_cancel::{TradeCancelRequest, TradeCancelResponse};
pub use trade_pay::{
    ExtendParams, GoodsDetail, TradeFundBill, TradePayRequest, TradePayResponse, VoucherDetail,
};
pub use trade_query::{TradeQueryRequest, TradeQueryResponse};

use crate::{
    canonical::is_blank,
    envelope::{Answer, Call},
    error::{Error, ErrorCode},
    id::OutTradeNo,
    json::RecordTable,
};
use alloc::string::String;

/// A typed request of one method.
pub trait ApiRequest {
    /// The method's name, such as `alipay.trade.pay`.
    const METHOD: &'static str;
    /// What a verified answer is read into.
    type Response;

    /// Checks the documented limits and writes the `biz_content`.
    ///
    /// # Errors
    /// One of the input codes, with the field's name.
    fn to_call(&self) -> Result<Call, Error>;

    /// Reads an answer's node. Fields that no document lists stay in `extra`.
    ///
    /// # Errors
    /// `response_not_json`, which [`Merchant::open`](crate::Merchant::open) has already excluded.
    fn read(answer: &Answer) -> Result<Self::Response, Error>;
}

/// `out_trade_no` or `trade_no`, at least one, as query and cancel require.
fn check_trade_key(out_trade_no: Option<&String>, trade_no: Option<&String>) -> Result<(), Error> {
    if let Some(number) = out_trade_no {
        number.parse::<OutTradeNo>()?;
    }
    if out_trade_no.is_none() && trade_no.is_none_or(|number| is_blank(number)) {
        return Err(Error::about(ErrorCode::FieldMissing, "out_trade_no"));
    }
    Ok(())
}

/// The record of every typed method and of what they hold, as data.
pub const RECORDS: &[RecordTable] = &[
    TradePayRequest::TABLE,
    GoodsDetail::TABLE,
    ExtendParams::TABLE,
    TradePayResponse::TABLE,
    TradeFundBill::TABLE,
    VoucherDetail::TABLE,
    TradeQueryRequest::TABLE,
    TradeQueryResponse::TABLE,
    TradeCancelRequest::TABLE,
    TradeCancelResponse::TABLE,
];

macro_rules! methods {
    ($($request:ident $response:ident;)*) => {
        /// The typed methods: the method's name, its request's and its answer's.
        pub const METHODS: &[(&str, &str, &str)] = &[
            $((<$request as ApiRequest>::METHOD, stringify!($request), stringify!($response)),)*
        ];

        /// A call of a typed method from its request as JSON, every documented limit checked.
        ///
        /// # Errors
        /// `method_name` if the method has no type here, else those of the request's `from_json` and `check`.
        pub fn typed_call(method: &str, request: &str) -> Result<Call, Error> {
            match method {
                $(<$request as ApiRequest>::METHOD => $request::from_json(request)?.to_call(),)*
                _ => Err(ErrorCode::MethodName.into()),
            }
        }
    };
}

methods! {
    TradePayRequest TradePayResponse;
    TradeQueryRequest TradeQueryResponse;
    TradeCancelRequest TradeCancelResponse;
}

macro_rules! api {
    ($request:ident, $response:ident, $method:literal) => {
        impl $crate::api::ApiRequest for $request {
            const METHOD: &'static str = $method;
            type Response = $response;

            fn to_call(&self) -> Result<$crate::envelope::Call, $crate::error::Error> {
                self.check()?;
                Ok($crate::envelope::Call::own(Self::METHOD, self.to_json()))
            }

            fn read(answer: &$crate::envelope::Answer) -> Result<$response, $crate::error::Error> {
                $response::from_answer(answer.node())
                    .map_err(|_| $crate::error::ErrorCode::ResponseNotJson.into())
            }
        }
    };
}
use api;
