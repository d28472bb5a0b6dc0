//! A merchant's options and a payment's policy, as a host gives them. Every error names the option.

use super::{ApiVersion, Charset, SignType};
use crate::{
    Merchant,
    cert::Certificates,
    cipher::ContentKey,
    error::{Error, ErrorCode},
    json::{Object, read_secret},
    key::{PrivateKey, PublicKey},
    merchant::MerchantBuilder,
    payment,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// Reads an object member by member; `set` says whether it knows the name and could read the value.
fn read_options(text: &str, mut set: impl FnMut(&str, &RawValue) -> bool) -> Result<(), Error> {
    for (name, value) in Object::parse(text)? {
        if !set(&name, value) {
            return Err(Error::about(ErrorCode::Options, name.into_owned()));
        }
    }
    Ok(())
}

/// Sets an option; false if the value has the wrong type.
fn put<T: DeserializeOwned>(option: &mut T, value: &RawValue) -> bool {
    match serde_json::from_str(value.get()) {
        Ok(value) => {
            *option = value;
            true
        }
        Err(_) => false,
    }
}

/// Sets an option that is a secret; false if the value is neither a string nor null.
fn put_secret(option: &mut Option<Zeroizing<String>>, value: &RawValue) -> bool {
    *option = read_secret(value.get());
    option.is_some() || value.get() == "null"
}

/// A merchant's options, as text. Keys in any accepted format.
#[derive(Clone, Default, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct MerchantOptions {
    /// The application's id.
    pub app_id: String,
    /// Alipay's public key (支付宝公钥); not the application's own. Either this, or the three certificates.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<String>"))]
    pub alipay_public_key: String,
    /// The application's private key (应用私钥); absent if it lives elsewhere, or if nothing is to be signed.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<String>"))]
    pub private_key: Option<Zeroizing<String>>,
    /// The gateway; production by default.
    pub gateway: Option<String>,
    /// `RSA2` (default) or `RSA`.
    pub sign_type: Option<SignType>,
    /// `utf-8` (default), `gbk`, `gb18030` or `gb2312`.
    pub charset: Option<Charset>,
    /// Where notifications go.
    pub notify_url: Option<String>,
    /// The authorisation of the merchant an ISV acts for.
    pub app_auth_token: Option<String>,
    /// Accept a plain http gateway on another machine; by default only on loopback.
    pub allow_http: Option<bool>,
    /// Certificate mode: the application's certificate (应用公钥证书), as text.
    pub app_certificate: Option<String>,
    /// Certificate mode: Alipay's certificate (支付宝公钥证书).
    pub alipay_certificate: Option<String>,
    /// Certificate mode: Alipay's root bundle (支付宝根证书).
    pub root_certificate: Option<String>,
    /// Further certificates of Alipay's, downloaded and checked before.
    pub further_alipay_certificates: Option<Vec<String>>,
    /// The AES key of content encryption (接口内容加密密钥), base64: calls are encrypted and answers decrypted.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<String>"))]
    pub encrypt_key: Option<Zeroizing<String>>,
    /// The protocol of payments: `v2` (default) or `v3`, whose responses need their headers.
    pub api_version: Option<ApiVersion>,
}

impl MerchantOptions {
    /// Reads the options of a host.
    ///
    /// # Errors
    /// `json_syntax`; `options` with the name of what is unknown or of the wrong type; `sign_type`; `charset_unsupported`.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let mut options = Self::default();
        let (mut sign_type, mut charset) = (None, None);
        read_options(text, |name, value| match name {
            "appId" => put(&mut options.app_id, value),
            "alipayPublicKey" => put(&mut options.alipay_public_key, value),
            "privateKey" => put_secret(&mut options.private_key, value),
            "gateway" => put(&mut options.gateway, value),
            "signType" => put(&mut sign_type, value),
            "charset" => put(&mut charset, value),
            "notifyUrl" => put(&mut options.notify_url, value),
            "appAuthToken" => put(&mut options.app_auth_token, value),
            "allowHttp" => put(&mut options.allow_http, value),
            "appCertificate" => put(&mut options.app_certificate, value),
            "alipayCertificate" => put(&mut options.alipay_certificate, value),
            "rootCertificate" => put(&mut options.root_certificate, value),
            "encryptKey" => put_secret(&mut options.encrypt_key, value),
            "apiVersion" => put(&mut options.api_version, value),
            "furtherAlipayCertificates" => put(&mut options.further_alipay_certificates, value),
            _ => false,
        })?;
        options.sign_type = sign_type
            .map(|word: String| word.parse::<crate::sign::SignType>())
            .transpose()?
            .map(SignType::from);
        options.charset = charset
            .map(|word: String| word.parse::<crate::charset::Charset>())
            .transpose()
            .map_err(|error| error.or_about("charset"))?
            .map(Charset::from);
        Ok(options)
    }

    /// Checks the options and makes the merchant.
    ///
    /// # Errors
    /// Those of the keys and of [`MerchantBuilder::build`]; `options` if one that is required is blank.
    pub fn build(&self) -> Result<Merchant, Error> {
        self.builder()?.build()
    }

    /// The same, to be built with a signer or verifier of the host's.
    ///
    /// # Errors
    /// Those of the keys and certificates; `options` if one that is required is blank; `field_conflict` for a public key of
    /// Alipay's beside certificates.
    pub fn builder(&self) -> Result<MerchantBuilder, Error> {
        if self.app_id.is_empty() {
            return Err(Error::about(ErrorCode::Options, "appId"));
        }
        let builder = match self.certificates()? {
            Some(certificates) => Merchant::builder_with_certificates(&self.app_id, certificates),
            None => {
                if self.alipay_public_key.is_empty() {
                    return Err(Error::about(ErrorCode::Options, "alipayPublicKey"));
                }
                let key = PublicKey::parse(&self.alipay_public_key);
                Merchant::builder(
                    &self.app_id,
                    key.map_err(|error| error.or_about("alipayPublicKey"))?,
                )
            }
        };
        let mut builder = builder.allow_http(self.allow_http.unwrap_or_default());
        if let Some(key) = &self.private_key {
            builder =
                builder.private_key(PrivateKey::parse(key.as_bytes()).map_err(|e| e.or_about("privateKey"))?);
        }
        if let Some(gateway) = &self.gateway {
            builder = builder.gateway(gateway);
        }
        if let Some(sign_type) = self.sign_type {
            builder = builder.sign_type(sign_type.into());
        }
        if let Some(charset) = self.charset {
            builder = builder.charset(charset.into());
        }
        if let Some(url) = &self.notify_url {
            builder = builder.notify_url(url);
        }
        if let Some(token) = &self.app_auth_token {
            builder = builder.app_auth_token(token);
        }
        if let Some(key) = &self.encrypt_key {
            builder = builder.content_key(ContentKey::parse(key).map_err(|e| e.or_about("encryptKey"))?);
        }
        if let Some(version) = self.api_version {
            builder = builder.api_version(version.into());
        }
        Ok(builder)
    }

    /// The certificates, if these options are those of certificate mode.
    fn certificates(&self) -> Result<Option<Certificates>, Error> {
        let files = [
            ("appCertificate", &self.app_certificate),
            ("alipayCertificate", &self.alipay_certificate),
            ("rootCertificate", &self.root_certificate),
        ];
        let further = self.further_alipay_certificates.as_deref().unwrap_or_default();
        if files.iter().all(|(_, file)| file.is_none()) && further.is_empty() {
            return Ok(None);
        }
        if !self.alipay_public_key.is_empty() {
            return Err(Error::about(ErrorCode::FieldConflict, "alipayPublicKey"));
        }
        let read = |(name, file): (&'static str, &Option<String>)| {
            file.clone().ok_or_else(|| Error::about(ErrorCode::Options, name))
        };
        let [app, alipay, root] = files;
        let certificates = Certificates::parse(read(app)?, read(alipay)?, read(root)?).map_err(|error| {
            let name = match error.subject() {
                Some("app_certificate") => "appCertificate",
                Some("root_certificate") => "rootCertificate",
                _ => "alipayCertificate",
            };
            Error::about(error.code(), name)
        })?;
        let more = |known: Certificates, file: &String| {
            let known = known.and_alipay(file);
            known.map_err(|error| Error::about(error.code(), "furtherAlipayCertificates"))
        };
        further.iter().try_fold(certificates, more).map(Some)
    }
}

/// Which of the ready-made policies to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum PolicyPreset {
    /// [`payment::Policy::default`]
    #[default]
    Default,
    /// [`payment::Policy::official_demo`]
    OfficialDemo,
    /// [`payment::Policy::fast`]
    Fast,
}

macro_rules! policy {
    ($($field:ident $name:literal: $ty:ty, $doc:literal;)*) => {
        /// A policy: a preset, and what differs from it. Milliseconds.
        #[derive(Debug, Clone, Default, Serialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
        #[serde(rename_all = "camelCase")]
        pub struct Policy {
            /// What the rest differs from: `default`, `officialDemo` or `fast`.
            pub preset: Option<PolicyPreset>,
            $(#[doc = concat!(" ", $doc)] pub $field: Option<$ty>,)*
        }

        impl Policy {
            /// Reads the policy of a host.
            ///
            /// # Errors
            /// `json_syntax`; `options` with the name of what is unknown or of the wrong type.
            pub fn from_json(text: &str) -> Result<Self, Error> {
                let mut policy = Self::default();
                read_options(text, |name, value| match name {
                    "preset" => put(&mut policy.preset, value),
                    $($name => put(&mut policy.$field, value),)*
                    _ => false,
                })?;
                Ok(policy)
            }

            /// The policy meant, checked.
            ///
            /// # Errors
            /// `policy_range`, `policy_settle`, with the option's name.
            pub fn build(&self) -> Result<payment::Policy, Error> {
                let base = match self.preset.unwrap_or_default() {
                    PolicyPreset::Default => payment::Policy::default(),
                    PolicyPreset::OfficialDemo => payment::Policy::official_demo(),
                    PolicyPreset::Fast => payment::Policy::fast(),
                };
                let policy = payment::Policy {
                    $($field: self.$field.clone().unwrap_or(base.$field),)*
                };
                policy.check().map_err(|error| match error.subject() {
                    $(Some(stringify!($field)) => Error::about(error.code(), $name),)*
                    other => other.map_or(Error::new(error.code()), |name| Error::about(error.code(), name.to_owned())),
                })?;
                Ok(policy)
            }
        }

        impl From<&payment::Policy> for Policy {
            fn from(policy: &payment::Policy) -> Self {
                // Without `..`: a new field breaks the build here.
                let payment::Policy { $($field),* } = policy.clone();
                Self { preset: None, $($field: Some($field)),* }
            }
        }
    };
}

policy! {
    pay_timeout_ms "payTimeoutMs": u32, "How long to wait for pay's answer (default 15 s).";
    query_timeout_ms "queryTimeoutMs": u32, "How long to wait for a query's answer (default 5 s).";
    cancel_timeout_ms "cancelTimeoutMs": u32, "How long to wait for a cancel's answer (default 10 s).";
    sign_timeout_ms "signTimeoutMs": u32, "How long to wait for an external signature (default 10 s).";
    poll_interval_ms "pollIntervalMs": u32, "Between one query and the next (default 5 s).";
    poll_window_ms "pollWindowMs": u32, "How long the buyer may take (default 60 s).";
    retry_soon_ms "retrySoonMs": u32, "Before the first query after trouble (default 1 s).";
    settle_ms "settleMs": u32, "How long after a request ended it may still land (default 60 s). At least twice the longest timeout.";
    send_within_ms "sendWithinMs": u32, "How long after it was made a pay or a cancel may leave, storing included (default 5 s).";
    cancel_retry_ms "cancelRetryMs": Vec<u32>, "Before each further cancel (default 2, 2, 2, 5, 10, 30, 60 s); at most 16.";
    confirm_not_sent "confirmNotSent": bool, "Ask once whether the trade exists even if pay was provably not sent (default yes).";
    fence_ms "fenceMs": u32, "For tills whose clock is right within so many milliseconds: pay carries a `time_expire` (default 0: it does not).";
    long_auth_codes "longAuthCodes": bool, "Let auth_codes pass that are longer or otherwise prefixed than today's (default no).";
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn refused(text: &str) -> (ErrorCode, Option<String>) {
        let error = MerchantOptions::from_json(text)
            .and_then(|options| options.builder().map(|_| ()))
            .unwrap_err();
        (error.code(), error.subject().map(ToString::to_string))
    }

    #[test]
    fn a_wrong_option_is_named() {
        for (text, subject) in [
            (r#"{"app_id":"x"}"#, "app_id"),
            (r#"{"appId":5}"#, "appId"),
            (r#"{"appId":"x","allowHttp":"yes"}"#, "allowHttp"),
            (r"{}", "appId"),
            (r#"{"appId":"x"}"#, "alipayPublicKey"),
        ] {
            assert_eq!(
                refused(text),
                (ErrorCode::Options, Some(subject.into())),
                "{text}"
            );
        }
        assert_eq!(refused("[]").0, ErrorCode::JsonSyntax);
        assert_eq!(refused(r#"{"signType":"MD5"}"#).0, ErrorCode::SignType);
        for text in [r#"{"charset":"big5"}"#, r#"{"charset":""}"#] {
            assert_eq!(
                refused(text),
                (ErrorCode::CharsetUnsupported, Some("charset".into()))
            );
        }
        assert_eq!(
            refused(r#"{"charset":936}"#),
            (ErrorCode::Options, Some("charset".into()))
        );
        assert_eq!(
            refused(r#"{"appId":"x","alipayPublicKey":"y"}"#),
            (ErrorCode::KeyUnreadable, Some("alipayPublicKey".into()))
        );
    }

    #[test]
    fn a_charset_without_its_tables_is_refused_with_the_option_s_name() {
        let key = include_str!("../../tests/keys/alipay_public_key.pem");
        for charset in ["utf-8", "UTF8", "GBK", "gb18030", "gb2312"] {
            let options =
                serde_json::json!({ "appId": "x", "alipayPublicKey": key, "charset": charset }).to_string();
            let merchant = MerchantOptions::from_json(&options).and_then(|options| options.build());
            let expected: crate::charset::Charset = charset.parse().unwrap();
            match merchant {
                Ok(merchant) => assert_eq!(merchant.charset(), expected),
                Err(error) => {
                    assert!(!cfg!(feature = "gbk") && !charset.starts_with(['u', 'U']));
                    assert_eq!(
                        (error.code(), error.subject()),
                        (ErrorCode::CharsetUnsupported, Some("charset"))
                    );
                }
            }
        }
    }

    #[test]
    fn a_policy_differs_from_its_preset_and_names_what_is_wrong() {
        let read = |text: &str| Policy::from_json(text).and_then(|policy| policy.build());
        let fast = read(r#"{"preset":"fast","pollIntervalMs":4000}"#).unwrap();
        assert_eq!((fast.poll_interval_ms, fast.poll_window_ms), (4000, 30_000));
        let error = read(r#"{"pollIntervalMs":1}"#).unwrap_err();
        assert_eq!(
            (error.code(), error.subject()),
            (ErrorCode::PolicyRange, Some("pollIntervalMs"))
        );
        for text in [
            r#"{"preset":"slow"}"#,
            r#"{"pollIntervalMs":-1}"#,
            r#"{"pollIntervalMs":1.5}"#,
        ] {
            assert_eq!(read(text).unwrap_err().code(), ErrorCode::Options, "{text}");
        }
        assert_eq!(Policy::from(&fast).build().unwrap(), fast);
    }
}
