//! Calls: of any method, and of those whose request and answer have types.

use crate::{
    Answer, Call, DataDataserviceBillDownloadurlQueryRequest, DataDataserviceBillDownloadurlQueryResponse,
    FundTransToaccountTransferRequest, FundTransToaccountTransferResponse, FundTransUniTransferRequest,
    FundTransUniTransferResponse, NativeError, OpenAppAlipaycertDownloadRequest,
    OpenAppAlipaycertDownloadResponse, Parameter, TradeAppPayRequest, TradeAppPayResponse,
    TradeCancelRequest, TradeCancelResponse, TradeCloseRequest, TradeCloseResponse, TradeCreateRequest,
    TradeCreateResponse, TradeFastpayRefundQueryRequest, TradeFastpayRefundQueryResponse,
    TradeOrderSettleRequest, TradeOrderSettleResponse, TradePagePayRequest, TradePagePayResponse,
    TradePayRequest, TradePayResponse, TradePrecreateRequest, TradePrecreateResponse, TradeQueryRequest,
    TradeQueryResponse, TradeRefundRequest, TradeRefundResponse, TradeWapPayRequest, TradeWapPayResponse,
    error::guard, mirror::FromCore,
};
use alipay_core::{Error, api, api::ApiRequest, wire};

/// A call of any method, checked. `biz_content`: one JSON object, sent and signed exactly as it is; or blank.
#[uniffi::export(default(parameters = []))]
pub fn call(method: String, biz_content: String, parameters: Vec<Parameter>) -> Result<Call, NativeError> {
    guard(|| {
        let call = Call {
            method,
            biz_content,
            parameters,
        };
        call.clone().build()?;
        Ok(call)
    })
}

/// A call of a typed method from its request as JSON with Alipay's field names, every documented limit checked.
#[uniffi::export]
pub fn typed_call(method: String, request: String) -> Result<Call, NativeError> {
    guard(|| Ok(plain(&api::typed_call(&method, &request)?)))
}

fn plain(call: &alipay_core::envelope::Call) -> Call {
    wire::Call::from(call).into()
}

fn checked(request: &impl ApiRequest) -> Result<Call, Error> {
    Ok(plain(&request.to_call()?))
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

/// `alipay.trade.refund` (统一收单交易退款接口), every documented limit checked.
#[uniffi::export]
pub fn trade_refund(request: TradeRefundRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.fastpay.refund.query` (统一收单交易退款查询), every documented limit checked.
#[uniffi::export]
pub fn trade_fastpay_refund_query(request: TradeFastpayRefundQueryRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.close` (统一收单交易关闭接口), every documented limit checked.
#[uniffi::export]
pub fn trade_close(request: TradeCloseRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.precreate` (统一收单线下交易预创建), every documented limit checked.
#[uniffi::export]
pub fn trade_precreate(request: TradePrecreateRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.create` (统一收单交易创建接口), every documented limit checked.
#[uniffi::export]
pub fn trade_create(request: TradeCreateRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.wap.pay` (手机网站支付接口2.0), every documented limit checked.
#[uniffi::export]
pub fn trade_wap_pay(request: TradeWapPayRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.page.pay` (统一收单下单并支付页面接口), every documented limit checked.
#[uniffi::export]
pub fn trade_page_pay(request: TradePagePayRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.app.pay` (app支付接口2.0), every documented limit checked.
#[uniffi::export]
pub fn trade_app_pay(request: TradeAppPayRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.trade.order.settle` (统一收单交易结算接口), every documented limit checked.
#[uniffi::export]
pub fn trade_order_settle(request: TradeOrderSettleRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.data.dataservice.bill.downloadurl.query` (查询对账单下载地址), every documented limit checked.
#[uniffi::export]
pub fn data_dataservice_bill_downloadurl_query(
    request: DataDataserviceBillDownloadurlQueryRequest,
) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.fund.trans.toaccount.transfer` (单笔转账到支付宝账户接口), every documented limit checked.
#[uniffi::export]
pub fn fund_trans_toaccount_transfer(
    request: FundTransToaccountTransferRequest,
) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.fund.trans.uni.transfer` (单笔转账接口), every documented limit checked.
#[uniffi::export]
pub fn fund_trans_uni_transfer(request: FundTransUniTransferRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// `alipay.open.app.alipaycert.download` (应用支付宝公钥证书下载), every documented limit checked.
#[uniffi::export]
pub fn open_app_alipaycert_download(request: OpenAppAlipaycertDownloadRequest) -> Result<Call, NativeError> {
    guard(|| checked(&request.to_core()?))
}

/// The answer of `alipay.trade.refund`, typed.
#[uniffi::export]
pub fn trade_refund_response(answer: Answer) -> Result<TradeRefundResponse, NativeError> {
    guard(|| api::TradeRefundResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.fastpay.refund.query`, typed.
#[uniffi::export]
pub fn trade_fastpay_refund_query_response(
    answer: Answer,
) -> Result<TradeFastpayRefundQueryResponse, NativeError> {
    guard(|| api::TradeFastpayRefundQueryResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.close`, typed.
#[uniffi::export]
pub fn trade_close_response(answer: Answer) -> Result<TradeCloseResponse, NativeError> {
    guard(|| api::TradeCloseResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.precreate`, typed.
#[uniffi::export]
pub fn trade_precreate_response(answer: Answer) -> Result<TradePrecreateResponse, NativeError> {
    guard(|| api::TradePrecreateResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.create`, typed.
#[uniffi::export]
pub fn trade_create_response(answer: Answer) -> Result<TradeCreateResponse, NativeError> {
    guard(|| api::TradeCreateResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.wap.pay`, typed.
#[uniffi::export]
pub fn trade_wap_pay_response(answer: Answer) -> Result<TradeWapPayResponse, NativeError> {
    guard(|| api::TradeWapPayResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.page.pay`, typed.
#[uniffi::export]
pub fn trade_page_pay_response(answer: Answer) -> Result<TradePagePayResponse, NativeError> {
    guard(|| api::TradePagePayResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.app.pay`, typed.
#[uniffi::export]
pub fn trade_app_pay_response(answer: Answer) -> Result<TradeAppPayResponse, NativeError> {
    guard(|| api::TradeAppPayResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.trade.order.settle`, typed.
#[uniffi::export]
pub fn trade_order_settle_response(answer: Answer) -> Result<TradeOrderSettleResponse, NativeError> {
    guard(|| api::TradeOrderSettleResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.data.dataservice.bill.downloadurl.query`, typed.
#[uniffi::export]
pub fn data_dataservice_bill_downloadurl_query_response(
    answer: Answer,
) -> Result<DataDataserviceBillDownloadurlQueryResponse, NativeError> {
    guard(|| {
        api::DataDataserviceBillDownloadurlQueryResponse::from_answer(&answer.node).map(FromCore::from_core)
    })
}

/// The answer of `alipay.fund.trans.toaccount.transfer`, typed.
#[uniffi::export]
pub fn fund_trans_toaccount_transfer_response(
    answer: Answer,
) -> Result<FundTransToaccountTransferResponse, NativeError> {
    guard(|| api::FundTransToaccountTransferResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.fund.trans.uni.transfer`, typed.
#[uniffi::export]
pub fn fund_trans_uni_transfer_response(answer: Answer) -> Result<FundTransUniTransferResponse, NativeError> {
    guard(|| api::FundTransUniTransferResponse::from_answer(&answer.node).map(FromCore::from_core))
}

/// The answer of `alipay.open.app.alipaycert.download`, typed.
#[uniffi::export]
pub fn open_app_alipaycert_download_response(
    answer: Answer,
) -> Result<OpenAppAlipaycertDownloadResponse, NativeError> {
    guard(|| api::OpenAppAlipaycertDownloadResponse::from_answer(&answer.node).map(FromCore::from_core))
}
