//! Operations about what Alipay tells: notifications, the returning buyer, the app's result.

use crate::{
    error::Error,
    json::Json,
    merchant::Merchant,
    notify,
    wire::{Answer, Bytes, Notify, NotifyVariant, Pairs},
};
use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, string::ToString};
use serde::{Deserialize, Serialize, Serializer};

/// What the host knows of the order. One of `sellerId` and `sellerEmail` is required.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expected {
    /// The merchant's order number.
    pub out_trade_no: String,
    /// The order's total in yuan.
    pub total_amount: String,
    /// The seller's user id (PID).
    #[serde(default)]
    pub seller_id: Option<String>,
    /// The seller's account.
    #[serde(default)]
    pub seller_email: Option<String>,
    /// The application's id.
    pub app_id: String,
}

impl Expected {
    fn core(&self) -> Result<notify::Expected<'_>, Error> {
        Ok(notify::Expected {
            out_trade_no: &self.out_trade_no,
            total_amount: self.total_amount.parse()?,
            seller_id: self.seller_id.as_deref(),
            seller_email: self.seller_email.as_deref(),
            app_id: &self.app_id,
        })
    }
}

/// A notification's raw body.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotifyBody {
    /// The raw body, in base64.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub body: Bytes,
}

/// A notification and what the host expects of it.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckNotifyInput {
    /// The raw body, in base64.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub body: Bytes,
    /// What the host knows of the order.
    pub expected: Expected,
}

/// A notification that a web framework has decoded.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyDecodedInput {
    /// Every name and value, `sign` included.
    pub fields: Pairs,
    /// What the host knows of the order, if it is to be checked too.
    #[serde(default)]
    pub expected: Option<Expected>,
}

/// The query that Alipay added to `return_url`.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyReturnInput {
    /// The query as it stands in the request line, or the whole URL; not decoded.
    pub query: String,
    /// What the host knows of the order, if it is to be checked too.
    #[serde(default)]
    pub expected: Option<Expected>,
}

/// The verified query of a `return_url`. It does not say that the order is paid.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Returned {
    /// Every field but `sign`, by name.
    #[cfg_attr(feature = "typescript", ts(type = "Record<string, string>"))]
    pub fields: BTreeMap<String, String>,
    /// The merchant's order number.
    pub out_trade_no: Option<String>,
    /// Alipay's trade number.
    pub trade_no: Option<String>,
    /// The order's total in yuan.
    pub total_amount: Option<String>,
    /// Which fields were signed.
    pub variant: NotifyVariant,
}

/// What the app got from Alipay's SDK after `alipay.trade.app.pay`.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyAppResultInput {
    /// The whole `{"memo":…,"resultStatus":…,"result":"…"}`, or its `result` alone, exactly as the app received it.
    pub result: String,
    /// What the host knows of the order, if it is to be checked too.
    #[serde(default)]
    pub expected: Option<Expected>,
}

/// The app's result, its signed part verified.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AppResult {
    /// What `resultStatus` says, which nobody signs: `paid`, `processing`, `failed`, `repeated`, `cancelled`,
    /// `network_error`, `unknown` or `other`; null if only the `result` was given.
    pub status: Option<&'static str>,
    /// The same in Chinese.
    pub meaning_zh: Option<&'static str>,
    /// The same in English.
    pub meaning_en: Option<&'static str>,
    /// Whether the trade may be paid although the app does not say so: query it.
    pub open: bool,
    /// Whether Alipay's signature says that the order was paid.
    pub paid: bool,
    /// The node, if there is one.
    pub answer: Option<Answer>,
}

/// A trade's notification as a record of Alipay's: its fields keep Alipay's names.
#[derive(Clone)]
pub struct TradeNotify(Json);

impl Serialize for TradeNotify {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.raw().serialize(serializer)
    }
}

fn owned<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub(super) fn verify_return(
    merchant: &Merchant,
    VerifyReturnInput { query, expected }: VerifyReturnInput,
) -> Result<Returned, Error> {
    let returned = merchant.verify_return(&query)?;
    if let Some(expected) = &expected {
        returned.check(&expected.core()?)?;
    }
    Ok(Returned {
        fields: owned(returned.fields()),
        out_trade_no: returned.out_trade_no().map(ToOwned::to_owned),
        trade_no: returned.trade_no().map(ToOwned::to_owned),
        total_amount: returned.total_amount().map(|amount| amount.to_string()),
        variant: returned.variant().into(),
    })
}

pub(super) fn verify_app_result(
    merchant: &Merchant,
    VerifyAppResultInput { result, expected }: VerifyAppResultInput,
) -> Result<AppResult, Error> {
    let result = merchant.verify_app_result(&result)?;
    if let Some(expected) = &expected {
        result.check(&expected.core()?)?;
    }
    let status = result.status();
    Ok(AppResult {
        status: status.map(notify::AppStatus::as_str),
        meaning_zh: status.map(notify::AppStatus::meaning_zh),
        meaning_en: status.map(notify::AppStatus::meaning_en),
        open: status.is_some_and(notify::AppStatus::is_open),
        paid: result.is_paid(),
        answer: result.answer().map(Into::into),
    })
}

pub(super) fn check_notify(
    merchant: &Merchant,
    CheckNotifyInput { body, expected }: CheckNotifyInput,
) -> Result<Notify, Error> {
    let notify = merchant.verify_notify(&body.0)?;
    notify.check(&expected.core()?)?;
    Ok(notify.into())
}

pub(super) fn verify_decoded(
    merchant: &Merchant,
    VerifyDecodedInput { fields, expected }: VerifyDecodedInput,
) -> Result<Notify, Error> {
    let fields = fields.iter().map(|(name, value)| (&**name, &**value));
    let notify = merchant.verify_decoded(fields)?;
    if let Some(expected) = &expected {
        notify.check(&expected.core()?)?;
    }
    Ok(notify.into())
}

pub(super) fn read_trade(merchant: &Merchant, NotifyBody { body }: NotifyBody) -> Result<TradeNotify, Error> {
    let trade = merchant.verify_notify(&body.0)?.trade()?;
    Json::parse(&trade.to_json()).map(TradeNotify)
}
