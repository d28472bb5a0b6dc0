//! Alipay's methods, one file each: the typed request with its limits, the typed answer with every field of the
//! document. Methods without a file here go through [`Call::new`], and without the feature `typed` so does everything but a
//! payment's own: pay, query and cancel.
//!
//! The fields are those of the official SDKs' newest models, the limits those of the documents; a field whose length no
//! document tells has none. An order's amounts may have 11 characters everywhere: some documents say 9, which the range
//! of 0.01 to 100000000 that they give with it does not fit into.

mod agreement;
mod answer;
mod check;
#[cfg(feature = "typed")]
mod data_dataservice_bill_downloadurl_query;
#[cfg(feature = "typed")]
mod fund_trans_toaccount_transfer;
#[cfg(feature = "typed")]
mod fund_trans_uni_transfer;
#[cfg(feature = "typed")]
mod open_app_alipaycert_download;
mod order;
mod settle;
#[cfg(feature = "typed")]
mod trade_app_pay;
mod trade_cancel;
#[cfg(feature = "typed")]
mod trade_close;
#[cfg(feature = "typed")]
mod trade_create;
#[cfg(feature = "typed")]
mod trade_fastpay_refund_query;
#[cfg(feature = "typed")]
mod trade_order_settle;
#[cfg(feature = "typed")]
mod trade_page_pay;
mod trade_pay;
#[cfg(feature = "typed")]
mod trade_precreate;
mod trade_query;
#[cfg(feature = "typed")]
mod trade_refund;
#[cfg(feature = "typed")]
mod trade_wap_pay;

pub use agreement::{
    AccessParams, AgreementParams, AgreementSignParams, PeriodRuleParams, SceneRuleParams,
    SignMerchantParams, SignParams, SpecifiedChannelParams,
};
pub use answer::{
    BkAgentRespInfo, ChargeInfo, ContributeDetail, EnterprisePayInfo, RefundChargeInfo, RefundSubFee, SubFee,
    TapPayInfo, TradeFundBill, VoucherDetail,
};
#[cfg(feature = "typed")]
pub use data_dataservice_bill_downloadurl_query::{
    DataDataserviceBillDownloadurlQueryRequest, DataDataserviceBillDownloadurlQueryResponse,
};
#[cfg(feature = "typed")]
pub use fund_trans_toaccount_transfer::{
    FundTransToaccountTransferRequest, FundTransToaccountTransferResponse,
};
#[cfg(feature = "typed")]
pub use fund_trans_uni_transfer::{
    BankcardExtInfo, FundTransUniTransferRequest, FundTransUniTransferResponse, MutipleCurrencyDetail,
    Participant, SignData, TransferSceneReportInfo,
};
#[cfg(feature = "typed")]
pub use open_app_alipaycert_download::{OpenAppAlipaycertDownloadRequest, OpenAppAlipaycertDownloadResponse};
pub use order::{
    BkAgentReqInfo, BusinessParams, ExtUserInfo, ExtendParams, GoodsDetail, InvoiceInfo, InvoiceKeyInfo,
    LogisticsDetail, PayParams, PromoParam, ReceiverAddressInfo, SubMerchant,
};
pub use settle::{RoyaltyDetail, RoyaltyInfo, RoyaltyParameter, SettleDetailInfo, SettleInfo};
#[cfg(feature = "typed")]
pub use trade_app_pay::{TradeAppPayRequest, TradeAppPayResponse};
pub use trade_cancel::{TradeCancelRequest, TradeCancelResponse};
#[cfg(feature = "typed")]
pub use trade_close::{CloseExtendParams, TradeCloseRequest, TradeCloseResponse};
#[cfg(feature = "typed")]
pub use trade_create::{TradeCreateRequest, TradeCreateResponse};
#[cfg(feature = "typed")]
pub use trade_fastpay_refund_query::{
    DepositBackInfo, RefundRoyaltyResult, TradeFastpayRefundQueryRequest, TradeFastpayRefundQueryResponse,
};
#[cfg(feature = "typed")]
pub use trade_order_settle::{SettleExtendParams, TradeOrderSettleRequest, TradeOrderSettleResponse};
#[cfg(feature = "typed")]
pub use trade_page_pay::{TradePagePayRequest, TradePagePayResponse};
pub use trade_pay::{TradePayRequest, TradePayResponse};
#[cfg(feature = "typed")]
pub use trade_precreate::{TradePrecreateRequest, TradePrecreateResponse};
pub use trade_query::{
    ExternalPayerInfo, FulfillmentDetail, HbFqPayInfo, IntactChargeInfo, PaymentInfoWithId,
    TradeQueryRequest, TradeQueryResponse, TradeSettleDetail, TradeSettleInfo,
};
#[cfg(feature = "typed")]
pub use trade_refund::{PresetPayToolInfo, RefundGoodsDetail, TradeRefundRequest, TradeRefundResponse};
#[cfg(feature = "typed")]
pub use trade_wap_pay::{TradeWapPayRequest, TradeWapPayResponse};

use crate::{
    envelope::{Answer, Call},
    error::{Error, ErrorCode},
};

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

/// The record of every typed method and of what they hold, as data.
#[cfg(feature = "typed")]
pub const RECORDS: &[crate::json::RecordTable] = &[
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
    TradeRefundRequest::TABLE,
    TradeRefundResponse::TABLE,
    TradeFastpayRefundQueryRequest::TABLE,
    TradeFastpayRefundQueryResponse::TABLE,
    TradeCloseRequest::TABLE,
    TradeCloseResponse::TABLE,
    TradePrecreateRequest::TABLE,
    TradePrecreateResponse::TABLE,
    TradeCreateRequest::TABLE,
    TradeCreateResponse::TABLE,
    TradeWapPayRequest::TABLE,
    TradeWapPayResponse::TABLE,
    TradePagePayRequest::TABLE,
    TradePagePayResponse::TABLE,
    TradeAppPayRequest::TABLE,
    TradeAppPayResponse::TABLE,
    TradeOrderSettleRequest::TABLE,
    TradeOrderSettleResponse::TABLE,
    DataDataserviceBillDownloadurlQueryRequest::TABLE,
    DataDataserviceBillDownloadurlQueryResponse::TABLE,
    FundTransToaccountTransferRequest::TABLE,
    FundTransToaccountTransferResponse::TABLE,
    FundTransUniTransferRequest::TABLE,
    FundTransUniTransferResponse::TABLE,
    OpenAppAlipaycertDownloadRequest::TABLE,
    OpenAppAlipaycertDownloadResponse::TABLE,
    BusinessParams::TABLE,
    ExtUserInfo::TABLE,
    SubMerchant::TABLE,
    PromoParam::TABLE,
    PayParams::TABLE,
    BkAgentReqInfo::TABLE,
    LogisticsDetail::TABLE,
    ReceiverAddressInfo::TABLE,
    InvoiceInfo::TABLE,
    InvoiceKeyInfo::TABLE,
    RoyaltyInfo::TABLE,
    RoyaltyDetail::TABLE,
    RoyaltyParameter::TABLE,
    SettleInfo::TABLE,
    SettleDetailInfo::TABLE,
    AgreementParams::TABLE,
    SignParams::TABLE,
    AccessParams::TABLE,
    SignMerchantParams::TABLE,
    PeriodRuleParams::TABLE,
    SceneRuleParams::TABLE,
    SpecifiedChannelParams::TABLE,
    AgreementSignParams::TABLE,
    ContributeDetail::TABLE,
    EnterprisePayInfo::TABLE,
    TapPayInfo::TABLE,
    ChargeInfo::TABLE,
    SubFee::TABLE,
    RefundChargeInfo::TABLE,
    RefundSubFee::TABLE,
    BkAgentRespInfo::TABLE,
    TradeSettleInfo::TABLE,
    TradeSettleDetail::TABLE,
    HbFqPayInfo::TABLE,
    FulfillmentDetail::TABLE,
    IntactChargeInfo::TABLE,
    ExternalPayerInfo::TABLE,
    PaymentInfoWithId::TABLE,
    RefundGoodsDetail::TABLE,
    PresetPayToolInfo::TABLE,
    RefundRoyaltyResult::TABLE,
    DepositBackInfo::TABLE,
    CloseExtendParams::TABLE,
    SettleExtendParams::TABLE,
    Participant::TABLE,
    BankcardExtInfo::TABLE,
    SignData::TABLE,
    MutipleCurrencyDetail::TABLE,
    TransferSceneReportInfo::TABLE,
];

macro_rules! methods {
    (
        always { $($request:ident $response:ident;)* }
        typed { $($more:ident $more_response:ident;)* }
    ) => {
        /// The typed methods: the method's name, its request's and its answer's.
        pub const METHODS: &[(&str, &str, &str)] = &[
            $((<$request as ApiRequest>::METHOD, stringify!($request), stringify!($response)),)*
            $(#[cfg(feature = "typed")] (<$more as ApiRequest>::METHOD, stringify!($more), stringify!($more_response)),)*
        ];

        /// A call of a typed method from its request as JSON, every documented limit checked.
        ///
        /// # Errors
        /// `method_name` if the method has no type here, else those of the request's `from_json` and `check`.
        pub fn typed_call(method: &str, request: &str) -> Result<Call, Error> {
            match method {
                $(<$request as ApiRequest>::METHOD => $request::from_json(request)?.to_call(),)*
                $(#[cfg(feature = "typed")] <$more as ApiRequest>::METHOD => $more::from_json(request)?.to_call(),)*
                _ => Err(ErrorCode::MethodName.into()),
            }
        }
    };
}

methods! {
    always {
        TradePayRequest TradePayResponse;
        TradeQueryRequest TradeQueryResponse;
        TradeCancelRequest TradeCancelResponse;
    }
    typed {
        TradeRefundRequest TradeRefundResponse;
        TradeFastpayRefundQueryRequest TradeFastpayRefundQueryResponse;
        TradeCloseRequest TradeCloseResponse;
        TradePrecreateRequest TradePrecreateResponse;
        TradeCreateRequest TradeCreateResponse;
        TradeWapPayRequest TradeWapPayResponse;
        TradePagePayRequest TradePagePayResponse;
        TradeAppPayRequest TradeAppPayResponse;
        TradeOrderSettleRequest TradeOrderSettleResponse;
        DataDataserviceBillDownloadurlQueryRequest DataDataserviceBillDownloadurlQueryResponse;
        FundTransToaccountTransferRequest FundTransToaccountTransferResponse;
        FundTransUniTransferRequest FundTransUniTransferResponse;
        OpenAppAlipaycertDownloadRequest OpenAppAlipaycertDownloadResponse;
    }
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
