//! The checked configuration of one merchant application: who we are, which keys, which gateway.

mod url;
mod version;

pub use version::ApiVersion;

use crate::{
    cert::Certificates,
    charset::Charset,
    cipher::ContentKey,
    error::{Error, ErrorCode},
    id::AppId,
    key::{PrivateKey, PublicKey},
    sign::{SignType, Signer, Verifier},
};
use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;
use url::Url;

/// Whether two gateways may lead to the same trades, if the host says so: never a sandbox (Alipay's, or one on this machine)
/// and anything else.
pub(crate) fn same_ledger(one: &str, other: &str) -> bool {
    let is_sandbox = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
        let loopback = Url::parse(url).is_some_and(|url| url.loopback);
        loopback || host.to_ascii_lowercase().ends_with("alipaydev.com")
    };
    is_sandbox(one) == is_sandbox(other)
}

/// Alipay's production gateway.
pub const PRODUCTION_GATEWAY: &str = "https://openapi.alipay.com/gateway.do";

/// Something that works, and should not stay so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// The application's key has fewer than 2048 bits.
    AppKeyWeak,
    /// Alipay's key has fewer than 2048 bits.
    AlipayKeyWeak,
    /// Signatures use SHA-1 (`sign_type=RSA`).
    SignTypeWeak,
    /// The gateway is reached over plain http.
    GatewayPlainHttp,
}

impl Warning {
    /// The stable word, such as `app_key_weak`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppKeyWeak => "app_key_weak",
            Self::AlipayKeyWeak => "alipay_key_weak",
            Self::SignTypeWeak => "sign_type_weak",
            Self::GatewayPlainHttp => "gateway_plain_http",
        }
    }
}

/// Where the application's private key lives.
#[derive(Debug, Clone)]
pub(crate) enum Signing {
    Local(Arc<dyn Signer>),
    External,
}

/// One merchant application, checked. Cheap to share behind an `Arc`; `Debug` shows no key.
#[derive(Clone)]
pub struct Merchant {
    app_id: AppId,
    gateway: String,
    sign_type: SignType,
    charset: Charset,
    signing: Signing,
    verifier: Arc<dyn Verifier>,
    notify_url: Option<String>,
    app_auth_token: Option<String>,
    warnings: Vec<Warning>,
    certificates: Option<Certificates>,
    content_key: Option<ContentKey>,
    api_version: ApiVersion,
    alipay_public_key: PublicKey,
    own_public_key: Option<PublicKey>,
}

impl Merchant {
    /// Starts from the two things every merchant has: the application's id and Alipay's public key (支付宝公钥, *not*
    /// the application's own).
    #[must_use]
    pub fn builder(app_id: &str, alipay_public_key: PublicKey) -> MerchantBuilder {
        MerchantBuilder {
            app_id: app_id.into(),
            alipay_public_key,
            verifier: None,
            gateway: PRODUCTION_GATEWAY.into(),
            sign_type: SignType::default(),
            charset: Charset::default(),
            key: None,
            signer: None,
            notify_url: None,
            app_auth_token: None,
            allow_http: false,
            certificates: None,
            content_key: None,
            api_version: ApiVersion::default(),
        }
    }

    /// Starts in certificate mode (公钥证书方式): requests carry the SNs of the application's certificate and of the root bundle,
    /// and a message is verified with the certificate of Alipay's that it names.
    #[must_use]
    pub fn builder_with_certificates(app_id: &str, certificates: Certificates) -> MerchantBuilder {
        let alipay_key = certificates.alipay_key().clone();
        MerchantBuilder {
            certificates: Some(certificates),
            ..Self::builder(app_id, alipay_key)
        }
    }

    /// The application's id.
    #[must_use]
    pub fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// The gateway's URL, without query.
    #[must_use]
    pub fn gateway(&self) -> &str {
        &self.gateway
    }

    /// The algorithm of our signatures, and the weakest that Alipay's may have: with `RSA`, one with SHA-256 is accepted
    /// too; with `RSA2`, nothing else.
    #[must_use]
    pub fn sign_type(&self) -> SignType {
        self.sign_type
    }

    /// How our text becomes the bytes that are signed and sent, and how Alipay's is read.
    #[must_use]
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// Whether requests are signed outside (see [`MerchantBuilder::external_signer`]).
    #[must_use]
    pub fn signs_externally(&self) -> bool {
        matches!(self.signing, Signing::External)
    }

    /// The same merchant with its signing moved to the host: its requests take two steps, its payments yield
    /// [`Output::Sign`](crate::payment::Output::Sign). For a host that signs on another thread.
    #[must_use]
    pub fn delegated(&self) -> Self {
        Self {
            signing: Signing::External,
            ..self.clone()
        }
    }

    /// What works and should not stay so.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The raw signature of any message by the application's key.
    ///
    /// # Errors
    /// `signer_external` if the key lives elsewhere, `signing_failed`.
    pub fn sign(&self, message: &[u8], sign_type: SignType) -> Result<Vec<u8>, Error> {
        match &self.signing {
            Signing::Local(signer) => signer.sign(sign_type, message),
            Signing::External => Err(ErrorCode::SignerExternal.into()),
        }
    }

    /// Checks Alipay's raw signature of any message. What Alipay sends is better given to
    /// [`Merchant::open`] and [`Merchant::verify_notify`], which know what is signed.
    ///
    /// # Errors
    /// `signature_invalid`.
    pub fn verify(&self, message: &[u8], signature: &[u8], sign_type: SignType) -> Result<(), Error> {
        self.verifier.verify(sign_type, message, signature)
    }

    /// Alipay's key, as given.
    pub(crate) fn alipay_public_key(&self) -> &PublicKey {
        &self.alipay_public_key
    }

    /// The public half of the application's key, where that key was given.
    pub(crate) fn own_public_key(&self) -> Option<&PublicKey> {
        self.own_public_key.as_ref()
    }

    pub(crate) fn signing(&self) -> &Signing {
        &self.signing
    }

    pub(crate) fn verifier(&self) -> &dyn Verifier {
        &*self.verifier
    }

    /// The certificates, in certificate mode.
    #[must_use]
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    pub(crate) fn content_key(&self) -> Option<&ContentKey> {
        self.content_key.as_ref()
    }

    pub(crate) fn with_certificates(&self, certificates: Certificates) -> Self {
        Self {
            certificates: Some(certificates),
            ..self.clone()
        }
    }

    /// Who verifies a message that names this SN of a certificate of Alipay's, or none. Without certificates there is only
    /// one key, whatever a message says.
    pub(crate) fn verifier_of(&self, cert_sn: Option<&str>) -> Result<&dyn Verifier, Error> {
        match (&self.certificates, cert_sn.filter(|sn| !sn.is_empty())) {
            (Some(certificates), Some(sn)) => certificates.verifier(sn),
            _ => Ok(self.verifier()),
        }
    }

    pub(crate) fn notify_url(&self) -> Option<&str> {
        self.notify_url.as_deref()
    }

    pub(crate) fn app_auth_token(&self) -> Option<&str> {
        self.app_auth_token.as_deref()
    }
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant")
            .field("app_id", &self.app_id)
            .field("gateway", &self.gateway)
            .field("sign_type", &self.sign_type)
            .field("charset", &self.charset)
            .field("signing", &self.signing)
            .finish_non_exhaustive()
    }
}

/// Collects a merchant's options; [`MerchantBuilder::build`] checks them together.
#[derive(Debug, Clone)]
pub struct MerchantBuilder {
    app_id: String,
    alipay_public_key: PublicKey,
    verifier: Option<Arc<dyn Verifier>>,
    gateway: String,
    sign_type: SignType,
    charset: Charset,
    key: Option<PrivateKey>,
    signer: Option<Arc<dyn Signer>>,
    notify_url: Option<String>,
    app_auth_token: Option<Secret>,
    allow_http: bool,
    certificates: Option<Certificates>,
    content_key: Option<ContentKey>,
    api_version: ApiVersion,
}

/// A token: never in `Debug`.
#[derive(Clone)]
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl MerchantBuilder {
    /// Signs in this process with the application's private key (应用私钥).
    #[must_use]
    pub fn private_key(self, key: PrivateKey) -> Self {
        Self {
            key: Some(key),
            signer: None,
            ..self
        }
    }

    /// Signs in this process with a backend of the caller's.
    #[must_use]
    pub fn signer(self, signer: Arc<dyn Signer>) -> Self {
        Self {
            key: None,
            signer: Some(signer),
            ..self
        }
    }

    /// The key lives where this process can't read it (KMS, HSM, Keystore): the machine asks with `Output::Sign`, and
    /// single calls take two steps, `prepare` and `finish`. This is the default.
    #[must_use]
    pub fn external_signer(self) -> Self {
        Self {
            key: None,
            signer: None,
            ..self
        }
    }

    /// Verifies with a backend of the caller's instead of this build's fastest; in certificate mode, messages that name the
    /// configured certificate, or none.
    #[must_use]
    pub fn verifier(self, verifier: Arc<dyn Verifier>) -> Self {
        Self {
            verifier: Some(verifier),
            ..self
        }
    }

    /// Another gateway than [`PRODUCTION_GATEWAY`].
    #[must_use]
    pub fn gateway(self, url: &str) -> Self {
        Self {
            gateway: url.into(),
            ..self
        }
    }

    /// Accepts a plain http gateway on another machine. On loopback it is always accepted.
    #[must_use]
    pub fn allow_http(self, allow: bool) -> Self {
        Self {
            allow_http: allow,
            ..self
        }
    }

    /// `RSA2` (default) or `RSA`.
    #[must_use]
    pub fn sign_type(self, sign_type: SignType) -> Self {
        Self { sign_type, ..self }
    }

    /// UTF-8 (default), or the charset that an older application and its notifications were set up with.
    #[must_use]
    pub fn charset(self, charset: Charset) -> Self {
        Self { charset, ..self }
    }

    /// Where Alipay posts notifications of trades made by this merchant, at most 256 characters.
    #[must_use]
    pub fn notify_url(self, url: &str) -> Self {
        Self {
            notify_url: Some(url.into()),
            ..self
        }
    }

    /// The authorisation of the merchant an ISV acts for (应用授权), at most 40 characters.
    #[must_use]
    pub fn app_auth_token(self, token: &str) -> Self {
        Self {
            app_auth_token: Some(Secret(token.into())),
            ..self
        }
    }

    /// Encrypts the `biz_content` of every call and decrypts the answers (接口内容加密), with the key of the application's settings.
    #[must_use]
    pub fn content_key(self, key: ContentKey) -> Self {
        Self {
            content_key: Some(key),
            ..self
        }
    }

    /// Checks everything together.
    ///
    /// # Errors
    /// `app_id`, `gateway_url`, `gateway_not_https`, `charset_unsupported`, `notify_url`, `app_auth_token`, `key_is_own`,
    /// `key_inconsistent`, `cert_key` if the private key is not that of the application's certificate.
    pub fn build(self) -> Result<Merchant, Error> {
        let app_id: AppId = self.app_id.parse()?;
        let mut warnings = Vec::new();
        let gateway = Url::parse(&self.gateway)
            .filter(|url| !url.has_query)
            .ok_or(ErrorCode::GatewayUrl)?;
        if !gateway.https {
            if !gateway.loopback && !self.allow_http {
                return Err(ErrorCode::GatewayNotHttps.into());
            }
            if !gateway.loopback {
                warnings.push(Warning::GatewayPlainHttp);
            }
        }
        if !self.charset.is_supported() {
            return Err(Error::about(ErrorCode::CharsetUnsupported, "charset"));
        }
        if let Some(url) = &self.notify_url {
            let fits = url.chars().count() <= 256 && Url::parse(url).is_some();
            fits.then_some(()).ok_or(ErrorCode::NotifyUrl)?;
        }
        if let Some(Secret(token)) = &self.app_auth_token {
            let fits = (1..=40).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
            fits.then_some(()).ok_or(ErrorCode::AppAuthToken)?;
        }
        let certified = self.certificates.as_ref().map(Certificates::app_key);
        if certified.is_some_and(|certified| *certified == self.alipay_public_key) {
            return Err(ErrorCode::KeyIsOwn.into());
        }
        if let Some(key) = &self.key {
            if *key.public_key() == self.alipay_public_key {
                return Err(ErrorCode::KeyIsOwn.into());
            }
            if certified.is_some_and(|certified| certified != key.public_key()) {
                return Err(ErrorCode::CertKey.into());
            }
            if key.public_key().is_weak() {
                warnings.push(Warning::AppKeyWeak);
            }
        }
        if self.alipay_public_key.is_weak() {
            warnings.push(Warning::AlipayKeyWeak);
        }
        if self.sign_type == SignType::Rsa {
            warnings.push(Warning::SignTypeWeak);
        }
        let own_public_key = self.key.as_ref().map(|key| key.public_key().clone());
        let signing = match (self.signer, self.key) {
            (Some(signer), _) => Signing::Local(signer),
            (None, Some(key)) => Signing::Local(key.signer()?),
            (None, None) => Signing::External,
        };
        let verifier = match self.verifier {
            Some(verifier) => verifier,
            None => self.alipay_public_key.verifier()?,
        };
        let certificates = self.certificates.map(|own| own.with_verifier(&verifier));
        Ok(Merchant {
            app_id,
            gateway: self.gateway,
            sign_type: self.sign_type,
            charset: self.charset,
            signing,
            verifier,
            notify_url: self.notify_url,
            app_auth_token: self.app_auth_token.map(|Secret(token)| token),
            warnings,
            certificates,
            content_key: self.content_key,
            api_version: self.api_version,
            alipay_public_key: self.alipay_public_key,
            own_public_key,
        })
    }
}
