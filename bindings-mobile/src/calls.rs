//! A merchant's options, single calls, answers and notifications.

use crate::{ApiVersion, Charset, SignType};
use alipay_core::{Error, wire};
use std::{collections::HashMap, fmt};
use zeroize::Zeroizing;

/// Shown instead of what must not be: whether there is something.
pub(crate) struct Hidden(pub(crate) bool);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "(hidden)" } else { "None" })
    }
}

/// A merchant's options. Keys in any accepted format: PEM, base64 or a certificate.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct MerchantOptions {
    /// The application's id.
    pub app_id: String,
    /// Alipay's public key (支付宝公钥); not the application's own. Blank in certificate mode.
    #[uniffi(default = "")]
    pub alipay_public_key: String,
    /// The application's private key (应用私钥); absent if it lives elsewhere, or if nothing is to be signed.
    #[uniffi(default = None)]
    pub private_key: Option<String>,
    /// The gateway; production by default.
    #[uniffi(default = None)]
    pub gateway: Option<String>,
    /// RSA2 by default.
    #[uniffi(default = None)]
    pub sign_type: Option<SignType>,
    /// UTF-8 by default.
    #[uniffi(default = None)]
    pub charset: Option<Charset>,
    /// Where notifications go.
    #[uniffi(default = None)]
    pub notify_url: Option<String>,
    /// The authorisation of the merchant an ISV acts for.
    #[uniffi(default = None)]
    pub app_auth_token: Option<String>,
    /// Accept a plain http gateway on another machine; by default only on loopback.
    #[uniffi(default = false)]
    pub allow_http: bool,
    /// Certificate mode: the application's certificate (应用公钥证书), as text.
    #[uniffi(default = None)]
    pub app_certificate: Option<String>,
    /// Certificate mode: Alipay's certificate (支付宝公钥证书).
    #[uniffi(default = None)]
    pub alipay_certificate: Option<String>,
    /// Certificate mode: Alipay's root certificates (支付宝根证书).
    #[uniffi(default = None)]
    pub root_certificate: Option<String>,
    /// Further certificates of Alipay's, downloaded and checked before.
    #[uniffi(default = [])]
    pub further_alipay_certificates: Vec<String>,
    /// The key of content encryption (接口内容加密密钥), base64 of 16 bytes; without it nothing is encrypted.
    #[uniffi(default = None)]
    pub encrypt_key: Option<String>,
    /// The protocol of payments: v2 by default. A transport for v3 must return the responses' headers.
    #[uniffi(default = None)]
    pub api_version: Option<ApiVersion>,
}

impl From<MerchantOptions> for wire::MerchantOptions {
    fn from(options: MerchantOptions) -> Self {
        let MerchantOptions {
            app_id,
            alipay_public_key,
            private_key,
            gateway,
            sign_type,
            charset,
            notify_url,
            app_auth_token,
            allow_http,
            app_certificate,
            alipay_certificate,
            root_certificate,
            further_alipay_certificates,
            encrypt_key,
            api_version,
        } = options;
        Self {
            app_id,
            alipay_public_key,
            private_key: private_key.map(Zeroizing::new),
            gateway,
            sign_type: sign_type.map(Into::into),
            charset: charset.map(Into::into),
            notify_url,
            app_auth_token,
            allow_http: Some(allow_http),
            app_certificate,
            alipay_certificate,
            root_certificate,
            further_alipay_certificates: Some(further_alipay_certificates),
            encrypt_key: encrypt_key.map(Zeroizing::new),
            api_version: api_version.map(Into::into),
        }
    }
}

impl fmt::Debug for MerchantOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MerchantOptions")
            .field("app_id", &self.app_id)
            .field("private_key", &Hidden(self.private_key.is_some()))
            .field("gateway", &self.gateway)
            .field("sign_type", &self.sign_type)
            .field("charset", &self.charset)
            .field("notify_url", &self.notify_url)
            .field("app_auth_token", &Hidden(self.app_auth_token.is_some()))
            .field("allow_http", &self.allow_http)
            .field("certificates", &self.app_certificate.is_some())
            .field("encrypt_key", &Hidden(self.encrypt_key.is_some()))
            .field("api_version", &self.api_version)
            .finish()
    }
}

/// A name and its value.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter({})", self.name)
    }
}

/// As the wire model has them.
pub(crate) fn pairs(parameters: Vec<Parameter>) -> wire::Pairs {
    parameters
        .into_iter()
        .map(|parameter| (parameter.name, parameter.value))
        .collect()
}

pub(crate) fn borrowed(parameters: &[Parameter]) -> impl Iterator<Item = (&str, &str)> {
    parameters
        .iter()
        .map(|parameter| (&*parameter.name, &*parameter.value))
}

/// One call of any method, as plain data.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct Call {
    /// The method's name, such as `alipay.trade.refund`.
    pub method: String,
    /// The `biz_content`: one JSON object, sent and signed exactly as it is here; or blank.
    pub biz_content: String,
    /// Further public parameters, or others than the merchant's `notify_url` and `app_auth_token`.
    #[uniffi(default = [])]
    pub parameters: Vec<Parameter>,
    /// Send the `biz_content` as it is, also if the merchant has an AES key: for methods that can't be encrypted.
    #[uniffi(default = false)]
    pub plain: bool,
}

impl Call {
    /// The core's call, checked.
    pub(crate) fn build(self) -> Result<alipay_core::envelope::Call, Error> {
        wire::Call::from(self).build()
    }
}

impl From<Call> for wire::Call {
    fn from(call: Call) -> Self {
        let Call {
            method,
            biz_content,
            parameters,
            plain,
        } = call;
        Self {
            method,
            biz_content,
            parameters: Some(pairs(parameters)),
            plain: Some(plain),
        }
    }
}

impl From<wire::Call> for Call {
    fn from(call: wire::Call) -> Self {
        let wire::Call {
            method,
            biz_content,
            parameters,
            plain,
        } = call;
        Self {
            method,
            biz_content,
            parameters: parameters
                .into_iter()
                .flatten()
                .map(|(name, value)| Parameter { name, value })
                .collect(),
            plain: plain.unwrap_or_default(),
        }
    }
}

/// A pay's `biz_content` holds the buyer's auth_code.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("parameters", &self.parameters)
            .field("plain", &self.plain)
            .finish_non_exhaustive()
    }
}

/// A request to send: always a POST.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct HttpRequest {
    /// Always `POST`.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Header names (lower case) and values.
    pub headers: HashMap<String, String>,
    /// The body. That of a pay holds the auth_code: don't log it.
    pub body: Vec<u8>,
}

impl From<wire::HttpRequest> for HttpRequest {
    fn from(request: wire::HttpRequest) -> Self {
        let wire::HttpRequest {
            method,
            url,
            headers,
            body,
        } = request;
        Self {
            method: method.to_owned(),
            url,
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body: body.0,
        }
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "HttpRequest({} {}, {} bytes)",
            self.method,
            self.url,
            self.body.len()
        )
    }
}

/// The gateway's answer.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
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
    /// The node's JSON text: what was signed, decoded. It may hold the buyer's ids: don't log it.
    pub node: String,
}

impl From<wire::Answer> for Answer {
    fn from(answer: wire::Answer) -> Self {
        let wire::Answer {
            verified,
            code,
            msg,
            sub_code,
            sub_msg,
            node,
        } = answer;
        Self {
            verified,
            code,
            msg,
            sub_code,
            sub_msg,
            node,
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("verified", &self.verified)
            .field("code", &self.code)
            .field("msg", &self.msg)
            .field("sub_code", &self.sub_code)
            .finish_non_exhaustive()
    }
}

/// A verified notification.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct Notify {
    /// Every field but `sign`, by name.
    pub fields: HashMap<String, String>,
    /// Whether the trade is paid: only `TRADE_SUCCESS` and `TRADE_FINISHED` mean that.
    pub paid: bool,
    /// The idempotency key: it stays the same when a notification is sent again.
    pub notify_id: Option<String>,
    /// The merchant's order number.
    pub out_trade_no: Option<String>,
    /// The order's total in yuan.
    pub total_amount: Option<String>,
    /// When it was paid, Unix milliseconds.
    pub paid_at: Option<i64>,
    /// Which fields were signed.
    pub variant: NotifyVariant,
    /// Whether it came decoded from a web framework and not as the raw body.
    pub lossy: bool,
}

/// Which fields a notification's signature counts; null where the message has no such field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct NotifyVariant {
    /// Whether `sign_type` was signed: not in a payment's notification, but in a service message.
    pub sign_type_signed: Option<bool>,
    /// Whether fields with an empty value were signed.
    pub empty_signed: Option<bool>,
    /// Whether `alipay_cert_sn` was signed.
    pub cert_sn_signed: Option<bool>,
}

impl From<wire::NotifyVariant> for NotifyVariant {
    fn from(variant: wire::NotifyVariant) -> Self {
        let wire::NotifyVariant {
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

impl From<wire::Notify> for Notify {
    fn from(notify: wire::Notify) -> Self {
        let wire::Notify {
            fields,
            paid,
            notify_id,
            out_trade_no,
            total_amount,
            paid_at,
            variant,
            lossy,
        } = notify;
        Self {
            fields: fields.into_iter().collect(),
            paid,
            notify_id,
            out_trade_no,
            total_amount,
            paid_at,
            variant: variant.into(),
            lossy,
        }
    }
}

/// The fields hold the buyer's ids.
impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify")
            .field("paid", &self.paid)
            .field("notify_id", &self.notify_id)
            .field("out_trade_no", &self.out_trade_no)
            .field("total_amount", &self.total_amount)
            .field("paid_at", &self.paid_at)
            .finish_non_exhaustive()
    }
}
