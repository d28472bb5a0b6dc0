//! Reading a request the way the gateway does: public parameters first, then the merchant's signature.

use crate::model::{
    charset,
    codes::{GatewayCode, Refusal},
};
use alipay_core::{
    Timestamp, canonical,
    charset::Charset,
    form,
    key::PublicKey,
    sign::{self, SignType},
};
use std::{borrow::Cow, collections::BTreeMap};

/// A request as it came in. The gateway takes `GET` and `POST` alike.
#[derive(Clone, Copy)]
pub struct GatewayRequest<'a> {
    /// The URL's query, still encoded.
    pub query: &'a str,
    /// The urlencoded body.
    pub body: &'a [u8],
}

/// The methods this gateway has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Pay,
    Query,
    Cancel,
    /// Only in certificate mode.
    CertificateDownload,
}

impl Method {
    fn named(name: &str) -> Option<Self> {
        match name {
            "alipay.trade.pay" => Some(Self::Pay),
            "alipay.trade.query" => Some(Self::Query),
            "alipay.trade.cancel" => Some(Self::Cancel),
            "alipay.open.app.alipaycert.download" => Some(Self::CertificateDownload),
            _ => None,
        }
    }

    /// The key of the answer's node.
    pub(crate) const fn node(self) -> &'static str {
        match self {
            Self::Pay => "alipay_trade_pay_response",
            Self::Query => "alipay_trade_query_response",
            Self::Cancel => "alipay_trade_cancel_response",
            Self::CertificateDownload => "alipay_open_app_alipaycert_download_response",
        }
    }
}

/// The request's parameters, decoded.
pub(crate) struct Parameters {
    charset: Charset,
    values: BTreeMap<String, String>,
}

impl Parameters {
    /// Merges the query and the body. The charset that decodes both stands in the URL's query; without it the gateway
    /// assumes GBK, which is why a UTF-8 request without it fails at the signature.
    pub(crate) fn read(request: GatewayRequest<'_>) -> Result<Self, Refusal> {
        let malformed =
            |_| Refusal::gateway(GatewayCode::InvalidArguments, "isv.invalid-parameter", "参数无效");
        let query = form::decode(request.query.as_bytes()).map_err(malformed)?;
        let body = form::decode(request.body).map_err(malformed)?;
        let charset = match query.iter().find(|(name, _)| name == b"charset") {
            Some((_, value)) => supported(&String::from_utf8_lossy(value))?,
            None => charset::ASSUMED,
        };
        let decoded = query
            .iter()
            .chain(&body)
            .map(|(name, value)| (charset::read(charset, name), charset::read(charset, value)));
        Ok(Self {
            charset,
            values: decoded.collect(),
        })
    }

    /// The same of a call over v3: its body, the notify_url in it, and what v3 has fixed.
    pub(crate) fn of_v3(body: &str) -> Self {
        let members: BTreeMap<String, serde_json::Value> = serde_json::from_str(body).unwrap_or_default();
        let notify_url = members.get("notify_url").and_then(serde_json::Value::as_str);
        let values = [
            ("notify_url", notify_url),
            ("sign_type", Some(SignType::Rsa2.as_str())),
            ("charset", Some(Charset::Utf8.as_str())),
        ];
        let given = |(name, value): (&str, Option<&str>)| Some((name.to_owned(), value?.to_owned()));
        Self {
            charset: Charset::Utf8,
            values: values.into_iter().filter_map(given).collect(),
        }
    }

    /// What the request was read in, and what is answered in: what the URL says.
    pub(crate) fn charset(&self) -> Charset {
        self.charset
    }

    /// What the merchant says it wrote in, in the URL or in the body.
    pub(crate) fn named_charset(&self) -> Charset {
        let named = self.value("charset").and_then(|name| name.parse().ok());
        named.unwrap_or(self.charset)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !canonical::is_blank(value))
    }

    pub(crate) fn app_id(&self) -> Result<&str, Refusal> {
        self.value("app_id")
            .ok_or_else(|| missing("isv.missing-app-id", "缺少appId参数"))
    }

    pub(crate) fn method(&self) -> Result<Method, Refusal> {
        let name = self
            .value("method")
            .ok_or_else(|| missing("isv.missing-method", "缺少方法名参数"))?;
        Method::named(name).ok_or_else(no_such_method)
    }

    pub(crate) fn sign_type(&self) -> Result<SignType, Refusal> {
        let name = self
            .value("sign_type")
            .ok_or_else(|| missing("isv.missing-signature-type", "缺少签名类型参数"))?;
        name.parse()
            .map_err(|_| invalid("isv.invalid-signature-type", "无效的签名类型"))
    }

    /// Checks the parameters that every request has, and at last the signature.
    pub(crate) fn check(&self, public_key: &PublicKey) -> Result<(), Refusal> {
        supported(self.value("charset").unwrap_or_default())?;
        // Alipay's own demos write it in both cases.
        if self
            .value("format")
            .is_some_and(|format| !format.eq_ignore_ascii_case("json"))
        {
            return Err(invalid("isv.invalid-format", "无效的数据格式"));
        }
        match self.value("version") {
            None => return Err(missing("isv.missing-version", "缺少版本参数")),
            Some("1.0") => {}
            Some(_) => return Err(invalid("isv.invalid-parameter", "参数无效：version")),
        }
        let timestamp = self
            .value("timestamp")
            .ok_or_else(|| missing("isv.missing-timestamp", "缺少时间戳参数"))?;
        if timestamp.len() != 19 || Timestamp::from_beijing(timestamp).is_err() {
            return Err(invalid("isv.invalid-timestamp", "非法的时间戳参数"));
        }
        for (name, limit) in [("notify_url", 256), ("app_auth_token", 40)] {
            if self
                .value(name)
                .is_some_and(|value| value.chars().count() > limit)
            {
                return Err(invalid("isv.invalid-parameter", "参数无效"));
            }
        }
        self.check_signature(public_key)
    }

    fn check_signature(&self, public_key: &PublicKey) -> Result<(), Refusal> {
        let sign_type = self.sign_type()?;
        let signature = self
            .value("sign")
            .ok_or_else(|| missing("isv.missing-signature", "缺少签名参数"))?;
        let parameters = self
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let signed = canonical::string_to_sign(parameters);
        sign::from_base64(signature)
            .and_then(|signature| {
                // In the charset that the parameter names. Read as GBK for want of a charset in the URL and written as
                // UTF-8, a request of the commonest mistake gives other bytes than were signed.
                let signed = charset::write(self.named_charset(), &signed);
                public_key.verifier()?.verify(sign_type, &signed, &signature)
            })
            .map_err(|_| Refusal {
                code: GatewayCode::InvalidArguments,
                sub_code: Cow::Borrowed("isv.invalid-signature"),
                // The real gateway shows the whole string too, payment code and all; it goes to nobody but the sender.
                sub_msg: Cow::Owned(format!(
                    "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{signed}"
                )),
            })
    }
}

pub(crate) fn no_such_method() -> Refusal {
    invalid("isv.invalid-method", "不存在的方法名")
}

fn missing(sub_code: &'static str, sub_msg: &'static str) -> Refusal {
    Refusal::gateway(GatewayCode::MissingArguments, sub_code, sub_msg)
}

fn invalid(sub_code: &'static str, sub_msg: &'static str) -> Refusal {
    Refusal::gateway(GatewayCode::InvalidArguments, sub_code, sub_msg)
}

fn supported(charset: &str) -> Result<Charset, Refusal> {
    charset
        .parse()
        .map_err(|_| invalid("isv.invalid-charset", "字符集错误"))
}
