//! Plain values: money, times, forms, the string to be signed, what codes mean.

use crate::{
    Actor, Class, ErrorCode, Fault, NativeError, Parameter,
    calls::borrowed,
    error::{guard, timestamp},
};
use alipay_core::{Amount, Timestamp, canonical, codes, error, form, wire};
use std::fmt;

/// This library's version.
#[uniffi::export]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// A row of the table of error codes.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ErrorCodeRow {
    /// The code.
    pub code: ErrorCode,
    /// The stable word, such as `key_too_short`.
    pub word: String,
    /// Who can mend it.
    pub fault: Fault,
    /// What it means, in one English sentence.
    pub message: String,
}

/// Every error code.
#[uniffi::export]
pub fn error_code_rows() -> Vec<ErrorCodeRow> {
    let row = |code: &error::ErrorCode| ErrorCodeRow {
        code: (*code).into(),
        word: code.as_str().to_owned(),
        fault: wire::Fault::from(code.fault()).into(),
        message: code.message().to_owned(),
    };
    error::ErrorCode::ALL.iter().map(row).collect()
}

/// What a business code (业务错误码) means, who must act, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct BusinessCode {
    /// The code; empty for one that no document lists.
    pub code: String,
    /// What it says about the payment.
    pub class: Class,
    /// Who must act.
    pub actor: Actor,
    /// What it means, in Chinese, as the document says.
    pub meaning_zh: String,
    /// What it means, in English.
    pub meaning_en: String,
    /// What to do, in Chinese.
    pub remedy_zh: String,
    /// What to do, in English.
    pub remedy_en: String,
}

impl From<wire::BusinessCode> for BusinessCode {
    fn from(row: wire::BusinessCode) -> Self {
        let wire::BusinessCode {
            code,
            class,
            actor,
            meaning_zh,
            meaning_en,
            remedy_zh,
            remedy_en,
        } = row;
        Self {
            code: code.to_owned(),
            class: class.into(),
            actor: actor.into(),
            meaning_zh: meaning_zh.to_owned(),
            meaning_en: meaning_en.to_owned(),
            remedy_zh: remedy_zh.to_owned(),
            remedy_en: remedy_en.to_owned(),
        }
    }
}

/// What a business code (`subCode`) means.
#[uniffi::export]
pub fn business_code(sub_code: String) -> Result<BusinessCode, NativeError> {
    guard(|| Ok(wire::BusinessCode::from(codes::lookup(&sub_code)).into()))
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AmountValue {
    /// In fen, as digits.
    pub fen: String,
    /// In yuan with two decimals, as Alipay writes it.
    pub text: String,
}

impl From<Amount> for AmountValue {
    fn from(amount: Amount) -> Self {
        let wire::AmountValue { fen, text } = amount.into();
        Self { fen, text }
    }
}

/// An amount that a buyer can be charged: 0.01 to 100000000 yuan.
#[uniffi::export]
pub fn charge_amount(text: String) -> Result<AmountValue, NativeError> {
    guard(|| Ok(text.parse::<Amount>()?.into()))
}

/// An amount in an answer, which may be zero.
#[uniffi::export]
pub fn read_amount(text: String) -> Result<AmountValue, NativeError> {
    guard(|| Ok(Amount::parse_any(&text)?.into()))
}

/// Unix milliseconds as civil time at GMT+8, as Alipay writes it.
#[uniffi::export]
pub fn to_beijing(unix_ms: i64) -> Result<String, NativeError> {
    guard(|| Ok(timestamp(unix_ms)?.to_beijing()))
}

/// Unix milliseconds of a time that Alipay wrote.
#[uniffi::export]
pub fn from_beijing(text: String) -> Result<i64, NativeError> {
    guard(|| Ok(Timestamp::from_beijing(&text)?.unix_ms()))
}

/// The string to be signed of these parameters.
#[uniffi::export]
pub fn string_to_sign(parameters: Vec<Parameter>) -> Result<String, NativeError> {
    guard(|| Ok(canonical::string_to_sign(borrowed(&parameters))))
}

/// An urlencoded form.
#[uniffi::export]
pub fn encode_form(fields: Vec<Parameter>) -> Result<String, NativeError> {
    guard(|| Ok(form::encode(borrowed(&fields))))
}

/// A field of a decoded form: bytes, since the charset is inside.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct FormField {
    /// The name.
    pub name: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
}

impl fmt::Debug for FormField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormField({})", String::from_utf8_lossy(&self.name))
    }
}

/// The fields of an urlencoded form, in their order.
#[uniffi::export]
pub fn decode_form(body: Vec<u8>) -> Result<Vec<FormField>, NativeError> {
    guard(|| {
        let fields = form::decode(&body)?;
        Ok(fields
            .into_iter()
            .map(|(name, value)| FormField { name, value })
            .collect())
    })
}

/// An operation that needs no merchant, by its name; its input and output are JSON.
#[uniffi::export]
pub fn invoke(operation: String, input: String) -> Result<String, NativeError> {
    let input = zeroize::Zeroizing::new(input);
    guard(|| wire::operation::invoke(&operation, &input))
}
