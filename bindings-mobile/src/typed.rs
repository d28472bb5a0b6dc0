//! Calls: of any method, and of those whose request and answer have types.

use crate::{
    Answer, Call, NativeError, Parameter, TradeCancelRequest, TradeCancelResponse, TradePayRequest,
    TradePayResponse, TradeQueryRequest, TradeQueryResponse, error::guard, mirror::FromCore,
};
use alipay_core::{Error, api, api::ApiRequest, wire};

/// A call of any method, checked. `biz_content`: one JSON object, sent and signed exactly as it is; or blank. `plain`: don't
/// encrypt it, also if the merchant has an AES key.
#[uniffi::export(default(parameters = [], plain = false))]
pub fn call(
    method: String,
    biz_content: String,
    parameters: Vec<Parameter>,
    plain: bool,
) -> Result<Call, NativeError> {
    guard(|| {
        let call = Call {
            method,
            biz_content,
            parameters,
            plain,
        };
        call.clone().build()?;
        Ok(call)
    })
}

/// A call of a typed method from its request as JSON with Alipay's field names, every documented limit checked.
#[uniffi::export]
pub fn typed_call(method: String, request: String) -> Result<Call, NativeError> {
    guard(|| Ok(record(&api::typed_call(&method, &request)?)))
}

fn record(call: &alipay_core::envelope::Call) -> Call {
    wire::Call::from(call).into()
}

fn checked(request: &impl ApiRequest) -> Result<Call, Error> {
    Ok(record(&request.to_call()?))
}

/// `alipay.trade.pay` (统一收单交易支付接口), every documented limit checked.
#[uniffi::export]
pub fn trade_pay(request: TradePayRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.query` (统一收单线下交易查询), every documented limit checked.
#[uniffi::export]
pub fn trade_query(request: TradeQueryRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.cancel` (统一收单交易撤销接口), every documented limit checked.
#[uniffi::export]
pub fn trade_cancel(request: TradeCancelRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// The answer of `alipay.trade.pay`, typed.
#[uniffi::export]
pub fn trade_pay_response(answer: Answer) -> Result<TradePayResponse, NativeError> {
    guard(|| api::TradePayResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.query`, typed.
#[uniffi::export]
pub fn trade_query_response(answer: Answer) -> Result<TradeQueryResponse, NativeError> {
    guard(|| api::TradeQueryResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.cancel`, typed.
#[uniffi::export]
pub fn trade_cancel_response(answer: Answer) -> Result<TradeCancelResponse, NativeError> {
    guard(|| api::TradeCancelResponse::from_answer(&answer.node).map(FromCore::from_core))
}
