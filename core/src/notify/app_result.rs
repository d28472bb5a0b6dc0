//! What the app's SDK hands over when the buyer comes back from `alipay.trade.app.pay` (同步通知参数).

use super::Expected;
use crate::{
    envelope::Answer,
    error::{Error, ErrorCode},
    http::HttpResponse,
    json::Object,
    merchant::Merchant,
};
use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt;

const METHOD: &str = "alipay.trade.app.pay";

/// What the app's SDK says happened (`resultStatus`). Nobody signs it: it is for the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppStatus {
    /// 9000: the order was paid.
    Paid,
    /// 8000: being processed, result unknown; query the trade.
    Processing,
    /// 4000: the payment failed.
    Failed,
    /// 5000: a repeated request.
    Repeated,
    /// 6001: the user cancelled on the way.
    Cancelled,
    /// 6002: the network failed.
    NetworkError,
    /// 6004: result unknown, it may be paid; query the trade.
    Unknown,
    /// Any other code: the payment failed, says the document.
    Other,
}

impl AppStatus {
    /// Of a `resultStatus`.
    #[must_use]
    pub fn of(code: &str) -> Self {
        match code {
            "9000" => Self::Paid,
            "8000" => Self::Processing,
            "4000" => Self::Failed,
            "5000" => Self::Repeated,
            "6001" => Self::Cancelled,
            "6002" => Self::NetworkError,
            "6004" => Self::Unknown,
            _ => Self::Other,
        }
    }

    /// The stable word: `paid`, `processing`, `failed`, `repeated`, `cancelled`, `network_error`, `unknown` or `other`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Processing => "processing",
            Self::Failed => "failed",
            Self::Repeated => "repeated",
            Self::Cancelled => "cancelled",
            Self::NetworkError => "network_error",
            Self::Unknown => "unknown",
            Self::Other => "other",
        }
    }

    /// What the document says of it, in Chinese, for a screen.
    #[must_use]
    pub const fn meaning_zh(self) -> &'static str {
        match self {
            Self::Paid => "订单支付成功",
            Self::Processing => "正在处理中，支付结果未知，请查询订单状态",
            Self::Failed => "订单支付失败",
            Self::Repeated => "重复请求",
            Self::Cancelled => "用户中途取消",
            Self::NetworkError => "网络连接出错",
            Self::Unknown => "支付结果未知，有可能已经支付成功，请查询订单状态",
            Self::Other => "其它支付错误",
        }
    }

    /// The same in English.
    #[must_use]
    pub const fn meaning_en(self) -> &'static str {
        match self {
            Self::Paid => "the order was paid",
            Self::Processing => "being processed, the result is unknown: query the trade",
            Self::Failed => "the payment failed",
            Self::Repeated => "a repeated request",
            Self::Cancelled => "the user cancelled",
            Self::NetworkError => "the network failed",
            Self::Unknown => "the result is unknown and it may be paid: query the trade",
            Self::Other => "another error",
        }
    }

    /// Whether the trade may be paid although the app does not say so: query it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Processing | Self::Repeated | Self::NetworkError | Self::Unknown
        )
    }
}

/// The app's result, its signed part verified.
#[derive(Clone, PartialEq, Eq)]
pub struct AppResult {
    status: Option<AppStatus>,
    answer: Option<Answer>,
}

impl AppResult {
    /// `resultStatus`, if the whole result was given and not only its signed part.
    #[must_use]
    pub fn status(&self) -> Option<AppStatus> {
        self.status
    }

    /// The node `alipay_trade_app_pay_response`; absent where the app got none, as after a cancellation.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// Whether Alipay's signature says that the order was paid. Unlike `resultStatus`, an app can't make this up.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.answer
            .as_ref()
            .is_some_and(|answer| answer.is_verified() && answer.is_success())
    }

    /// The four checks of a notification, on the verified node: an app may hand over the result of another order.
    ///
    /// # Errors
    /// `signature_missing` if nothing is verified, `not_ours` about the first field that differs, `field_missing`.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), Error> {
        let verified = self.answer.as_ref().filter(|answer| answer.is_verified());
        let answer = verified.ok_or(ErrorCode::SignatureMissing)?;
        let members = Object::parse(answer.node())?;
        expected.check(|name| members.text(name).map(Cow::<'static, str>::Owned))
    }
}

impl fmt::Debug for AppResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppResult")
            .field("status", &self.status)
            .field("answer", &self.answer)
            .finish()
    }
}

impl Merchant {
    /// Verifies what the app got from Alipay's SDK after `alipay.trade.app.pay`: the whole
    /// `{"memo":…,"resultStatus":…,"result":"…"}`, or its `result` alone, exactly as the app received it.
    ///
    /// The node is verified over its raw bytes with the merchant's algorithm, whatever `sign_type` the result claims.
    ///
    /// # Errors
    /// `response_not_json`, and those of [`Merchant::open`] for a result that is there. An unsigned *failure* is no error
    /// and not verified.
    pub fn verify_app_result(&self, text: &str) -> Result<AppResult, Error> {
        let members = Object::parse(text).map_err(|_| ErrorCode::ResponseNotJson)?;
        let whole = ["resultStatus", "result"]
            .iter()
            .any(|name| members.member(name).is_some());
        let result: Cow<'_, str> = match members.text("result") {
            Some(result) => Cow::Owned(result),
            // Some apps pass `result` on as an object; its text still stands here as they wrote it.
            None if whole => Cow::Borrowed(members.member("result").unwrap_or_default()),
            None => Cow::Borrowed(text),
        };
        let status = members.text("resultStatus");
        let empty = result.trim().is_empty() || result.trim() == "null";
        let answer = if whole && empty {
            None
        } else {
            let body = String::from(result).into_bytes();
            Some(self.open(
                METHOD,
                &HttpResponse {
                    status: 200,
                    headers: Vec::new(),
                    body,
                },
            )?)
        };
        Ok(AppResult {
            status: status.as_deref().map(AppStatus::of),
            answer,
        })
    }
}
