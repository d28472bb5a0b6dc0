//! Single calls, answers, notifications, keys and values in the wire model.

use super::{Actor, Bytes, Class, Fault, Heard, Outcome, Phase, SignType};
use crate::{
    Amount, codes, envelope,
    error::{Error, ErrorCode},
    key::{PrivateKey, PublicKey},
    notify, payment,
};
use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, string::ToString, vec::Vec};
use serde::{Deserialize, Serialize};

/// Names and values, in their order.
pub type Pairs = Vec<(String, String)>;

/// One call of any method.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Call {
    /// The method's name, such as `alipay.trade.refund`.
    pub method: String,
    /// The `biz_content`: one JSON object, sent and signed exactly as it is here; or blank.
    pub biz_content: String,
    /// Further public parameters, or others than the merchant's `notify_url` and `app_auth_token`.
    #[serde(default)]
    pub parameters: Option<Pairs>,
    /// Send the `biz_content` as it is, also if the merchant has an AES key: for methods that can't be encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<bool>,
}

impl Call {
    /// Reads a call.
    ///
    /// # Errors
    /// `argument_type`.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|_| Error::about(ErrorCode::ArgumentType, "call"))
    }

    /// Checks the call.
    ///
    /// # Errors
    /// Those of [`envelope::Call::new`] and [`envelope::Call::parameter`].
    pub fn build(&self) -> Result<envelope::Call, Error> {
        let call = envelope::Call::new(self.method.clone(), self.biz_content.clone())?;
        let call = if self.plain == Some(true) {
            call.plain()
        } else {
            call
        };
        let mut parameters = self.parameters.iter().flatten();
        parameters.try_fold(call, |call, (name, value)| call.parameter(name, value))
    }
}

impl From<&envelope::Call> for Call {
    fn from(call: &envelope::Call) -> Self {
        Self {
            method: call.method().to_owned(),
            biz_content: call.biz_content().to_owned(),
            parameters: None,
            plain: call.is_plain().then_some(true),
        }
    }
}

/// What is to be signed elsewhere.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    /// The text that is to be signed, to be looked at. Holds the whole `biz_content`.
    pub string_to_sign: String,
    /// What to sign: the text's bytes in the merchant's charset. In UTF-8 they are the text's own.
    pub bytes: Bytes,
    /// The algorithm.
    pub sign_type: SignType,
}

impl From<&envelope::Prepared> for Prepared {
    fn from(prepared: &envelope::Prepared) -> Self {
        Self {
            string_to_sign: prepared.string_to_sign().into_owned(),
            bytes: Bytes(prepared.bytes_to_sign().to_vec()),
            sign_type: prepared.sign_type().into(),
        }
    }
}

/// The gateway's answer.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Whether Alipay's signature covers it. If not, it is a failure that anybody may have written.
    pub verified: bool,
    /// The gateway's code (网关返回码), such as `10000`. Some old methods have none.
    pub code: Option<String>,
    /// The gateway's message.
    pub msg: Option<String>,
    /// The business code (业务返回码).
    pub sub_code: Option<String>,
    /// The business message. That of `isv.invalid-signature` repeats the whole request: don't log it.
    pub sub_msg: Option<String>,
    /// The node's JSON text: what was signed, decoded.
    pub node: String,
}

impl From<&envelope::Answer> for Answer {
    fn from(answer: &envelope::Answer) -> Self {
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        Self {
            verified: answer.is_verified(),
            code: owned(answer.code()),
            msg: owned(answer.msg()),
            sub_code: owned(answer.sub_code()),
            sub_msg: owned(answer.sub_msg()),
            node: answer.node().to_owned(),
        }
    }
}

/// A verified notification.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Notify {
    /// Every field but `sign`, by name.
    #[cfg_attr(feature = "typescript", ts(type = "Record<string, string>"))]
    pub fields: BTreeMap<String, String>,
    /// Whether the trade is paid: only `TRADE_SUCCESS` and `TRADE_FINISHED` mean that.
    pub paid: bool,
    /// The idempotency key: it stays the same when a notification is sent again.
    pub notify_id: Option<String>,
    /// The merchant's order number.
    pub out_trade_no: Option<String>,
    /// The order's total in yuan.
    pub total_amount: Option<String>,
    /// When it was paid, Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub paid_at: Option<i64>,
    /// Which fields were signed.
    pub variant: NotifyVariant,
    /// Whether it came decoded from a web framework and not as the raw body.
    pub lossy: bool,
}

/// Which fields a notification's signature counts; null where the message has no such field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NotifyVariant {
    /// Whether `sign_type` was signed: not in a payment's notification, but in a service message.
    pub sign_type_signed: Option<bool>,
    /// Whether fields with an empty value were signed.
    pub empty_signed: Option<bool>,
    /// Whether `alipay_cert_sn` was signed.
    pub cert_sn_signed: Option<bool>,
}

impl From<notify::Variant> for NotifyVariant {
    fn from(variant: notify::Variant) -> Self {
        let notify::Variant {
            sign_type_signed,
            empty_signed,
            cert_sn_signed,
        } = variant;
        Self {
            sign_type_signed,
            empty_signed,
            cert_sn_signed,
        }
    }
}

impl From<notify::VerifiedNotify> for Notify {
    fn from(notify: notify::VerifiedNotify) -> Self {
        Self {
            variant: notify.variant().into(),
            lossy: notify.is_lossy(),
            paid: notify.is_paid(),
            notify_id: notify.notify_id().map(ToOwned::to_owned),
            out_trade_no: notify.out_trade_no().map(ToOwned::to_owned),
            total_amount: notify.total_amount().map(|amount| amount.to_string()),
            paid_at: notify.gmt_payment().map(crate::Timestamp::unix_ms),
            fields: notify.into_fields().into_iter().collect(),
        }
    }
}

impl From<&notify::VerifiedNotify> for Notify {
    fn from(notify: &notify::VerifiedNotify) -> Self {
        notify.clone().into()
    }
}

/// What a key is. Of a private key: its public half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct KeyInfo {
    /// The modulus's length.
    pub bits: u32,
    /// Whether it has fewer than 2048 bits.
    pub weak: bool,
    /// The public key as Alipay's console takes it: base64 of the SPKI, on one line.
    pub public_key: String,
}

impl KeyInfo {
    /// Reads a private key in any accepted format.
    ///
    /// # Errors
    /// Those of [`PrivateKey::parse`].
    pub fn of_private(key: &[u8]) -> Result<Self, Error> {
        Self::of(PrivateKey::parse(key)?.public_key())
    }

    /// Reads a public key or a certificate in any accepted format.
    ///
    /// # Errors
    /// Those of [`PublicKey::parse`].
    pub fn of_public(key: &[u8]) -> Result<Self, Error> {
        Self::of(&PublicKey::parse(key)?)
    }

    fn of(key: &PublicKey) -> Result<Self, Error> {
        Ok(Self {
            bits: u32::try_from(key.bits()).unwrap_or(u32::MAX),
            weak: key.is_weak(),
            public_key: key.to_base64()?,
        })
    }
}

/// A new key pair.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct KeyPair {
    /// PKCS#8 as PEM. A secret.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub private_key: zeroize::Zeroizing<String>,
    /// What to paste into Alipay's console: base64 of the SPKI, on one line.
    pub public_key: String,
}

impl KeyPair {
    /// Writes a key pair down.
    ///
    /// # Errors
    /// `key_inconsistent` if a number of the key can't be encoded.
    pub fn of(key: &PrivateKey) -> Result<Self, Error> {
        Ok(Self {
            private_key: key.to_pem(crate::key::PrivateKeyFormat::Pkcs8)?,
            public_key: key.public_key().to_base64()?,
        })
    }
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AmountValue {
    /// In fen, as digits.
    pub fen: String,
    /// In yuan with two decimals, as Alipay writes it.
    pub text: String,
}

impl From<Amount> for AmountValue {
    fn from(amount: Amount) -> Self {
        Self {
            fen: amount.fen().to_string(),
            text: amount.to_string(),
        }
    }
}

/// What a business code (业务错误码) means, who must act, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BusinessCode {
    /// The code; empty for one that no document lists.
    pub code: &'static str,
    /// What it says about the payment.
    pub class: Class,
    /// Who must act.
    pub actor: Actor,
    /// What it means, in Chinese, as the document says.
    pub meaning_zh: &'static str,
    /// What it means, in English.
    pub meaning_en: &'static str,
    /// What to do, in Chinese.
    pub remedy_zh: &'static str,
    /// What to do, in English.
    pub remedy_en: &'static str,
}

impl From<&codes::BusinessCode> for BusinessCode {
    fn from(row: &codes::BusinessCode) -> Self {
        let codes::BusinessCode {
            code,
            class,
            actor,
            meaning_zh,
            meaning_en,
            remedy_zh,
            remedy_en,
        } = *row;
        Self {
            code,
            class: class.into(),
            actor: actor.into(),
            meaning_zh,
            meaning_en,
            remedy_zh,
            remedy_en,
        }
    }
}

/// A row of the table of error codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorCodeRow {
    /// The stable code.
    pub code: &'static str,
    /// Who can mend it.
    pub fault: Fault,
    /// What it means, in English.
    pub message: &'static str,
}

/// The whole table.
pub fn error_codes() -> impl Iterator<Item = ErrorCodeRow> {
    ErrorCode::ALL.iter().map(|code| ErrorCodeRow {
        code: code.as_str(),
        fault: code.fault().into(),
        message: code.message(),
    })
}

/// Where a payment stands, without asking it to do anything.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PaymentState {
    /// For a cashier's screen.
    pub phase: Phase,
    /// The merchant's order number.
    pub out_trade_no: String,
    /// What the last answer said.
    pub heard: Option<Heard>,
    /// The outcome, once there is one.
    pub outcome: Option<Outcome>,
}

impl From<&payment::Payment> for PaymentState {
    fn from(payment: &payment::Payment) -> Self {
        Self {
            phase: payment.phase().into(),
            out_trade_no: payment.out_trade_no().to_owned(),
            heard: payment.heard().map(Into::into),
            outcome: payment.outcome().cloned().map(Into::into),
        }
    }
}

/// A decoded form: names and values as bytes.
#[derive(Clone, Serialize)]
pub struct FormFields(pub Vec<(Bytes, Bytes)>);
