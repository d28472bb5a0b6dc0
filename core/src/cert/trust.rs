//! The certificates of a merchant, and how one more is learnt of.

use super::{Certificate, chain, is_sn, name::common_names, sn_of_roots};
use crate::{
    envelope::{Call, MAX_RESPONSE_BYTES},
    error::{Error, ErrorCode},
    http::HttpResponse,
    json::Object,
    key::PublicKey,
    merchant::Merchant,
    sign::Verifier,
    time::Timestamp,
};
use alloc::{
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use core::fmt;

const DOWNLOAD: &str = "alipay.open.app.alipaycert.download";
const DOWNLOAD_NODE: &str = "alipay_open_app_alipaycert_download_response";

/// What the answer of a download may hold: a few certificates, no more.
const MAX_CONTENT: usize = 64 * 1024;

/// The application's certificate, those of Alipay's that are believed, and the root bundle. Cheap to clone.
#[derive(Clone)]
pub struct Certificates {
    app_cert_sn: String,
    root_cert_sn: String,
    app_key: PublicKey,
    alipay_key: PublicKey,
    roots: Arc<[Certificate]>,
    /// Whom Alipay's configured certificate is for: Alipay, for this merchant (`支付宝(中国)网络技术有限公司-2088…`).
    alipay_names: Option<Vec<String>>,
    /// By SN; the first is the one for messages that name none.
    alipay: Vec<(String, PublicKey, Arc<dyn Verifier>)>,
}

impl Certificates {
    /// Reads the three files that Alipay's console hands out: `appCertPublicKey_….crt` (应用公钥证书), `alipayCertPublicKey_RSA2.crt`
    /// (支付宝公钥证书), `alipayRootCert.crt` (支付宝根证书). PEM, bare base64 or DER.
    ///
    /// They are believed as they are, as a configured key is: whoever can change these files can change anything.
    ///
    /// # Errors
    /// `cert_format` and those of [`PublicKey::parse`], about `app_certificate`, `alipay_certificate` or `root_certificate`.
    pub fn parse(
        app: impl AsRef<[u8]>,
        alipay: impl AsRef<[u8]>,
        root_bundle: impl AsRef<[u8]>,
    ) -> Result<Self, Error> {
        let about = |name| move |error: Error| error.or_about(name);
        let app = Certificate::parse(app).map_err(about("app_certificate"))?;
        let app_key = app.public_key().map_err(about("app_certificate"))?;
        let alipay = Certificate::parse(alipay).map_err(about("alipay_certificate"))?;
        let alipay_key = alipay.public_key().map_err(about("alipay_certificate"))?;
        let roots = Certificate::parse_bundle(root_bundle).map_err(about("root_certificate"))?;
        Ok(Self {
            app_cert_sn: app.sn(),
            root_cert_sn: sn_of_roots(&roots).map_err(about("root_certificate"))?,
            app_key,
            alipay_names: names_of(&alipay),
            alipay: alloc::vec![(alipay.sn(), alipay_key.clone(), alipay_key.verifier()?)],
            alipay_key,
            roots: roots.into(),
        })
    }

    /// One more certificate of Alipay's, believed as it is: for one that [`Merchant::with_alipay_certificate`] once
    /// accepted and the host has kept.
    ///
    /// # Errors
    /// `cert_format`; those of [`PublicKey::parse`].
    pub fn and_alipay(mut self, certificate: impl AsRef<[u8]>) -> Result<Self, Error> {
        let about = |error: Error| error.or_about("alipay_certificate");
        let certificate = Certificate::parse(certificate).map_err(about)?;
        self.add(&certificate).map_err(about)?;
        Ok(self)
    }

    fn add(&mut self, certificate: &Certificate) -> Result<(), Error> {
        let sn = certificate.sn();
        let key = certificate.public_key()?;
        let verifier = key.verifier()?;
        if self.alipay.iter().all(|(known, ..)| *known != sn) {
            self.alipay.push((sn, key, verifier));
        }
        Ok(())
    }

    /// `app_cert_sn`: sent with every request.
    #[must_use]
    pub fn app_cert_sn(&self) -> &str {
        &self.app_cert_sn
    }

    /// `alipay_root_cert_sn`: sent with every request.
    #[must_use]
    pub fn root_cert_sn(&self) -> &str {
        &self.root_cert_sn
    }

    /// The SNs of Alipay's certificates that are believed.
    pub fn alipay_cert_sns(&self) -> impl Iterator<Item = &str> {
        self.alipay.iter().map(|(sn, ..)| &**sn)
    }

    /// The key that the application's certificate certifies.
    #[must_use]
    pub fn app_key(&self) -> &PublicKey {
        &self.app_key
    }

    /// The key of Alipay's configured certificate.
    #[must_use]
    pub fn alipay_key(&self) -> &PublicKey {
        &self.alipay_key
    }

    /// The configured certificate's key is the merchant's: a message that names it is verified as one that names none.
    pub(crate) fn with_verifier(mut self, verifier: &Arc<dyn Verifier>) -> Self {
        if let Some((_, _, configured)) = self.alipay.first_mut() {
            *configured = Arc::clone(verifier);
        }
        self
    }

    /// The keys of Alipay's certificates that are believed, by SN.
    pub(crate) fn alipay_keys(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        self.alipay.iter().map(|(sn, key, _)| (&**sn, key))
    }

    /// Who verifies a message that names this SN.
    pub(crate) fn verifier(&self, sn: &str) -> Result<&dyn Verifier, Error> {
        let known = self.alipay.iter().find(|(known, ..)| known == sn);
        known
            .map(|(_, _, verifier)| &**verifier)
            .ok_or_else(|| match is_sn(sn) {
                true => Error::about(ErrorCode::AlipayCertUnknown, sn.to_string()),
                false => ErrorCode::AlipayCertUnknown.into(),
            })
    }

    fn accept(&self, text: &[u8], now: Timestamp) -> Result<(Self, Certificate), Error> {
        let chain = Certificate::parse_bundle(text)?;
        chain::check(&chain, &self.roots, now)?;
        let certificate = chain.into_iter().next().ok_or(ErrorCode::CertFormat)?;
        // The same authority signs every merchant's certificate, and a merchant is not Alipay.
        let names = names_of(&certificate);
        if names.is_none() || names != self.alipay_names {
            return Err(ErrorCode::CertSubject.into());
        }
        let mut more = self.clone();
        more.add(&certificate)?;
        Ok((more, certificate))
    }
}

fn names_of(certificate: &Certificate) -> Option<Vec<String>> {
    common_names(certificate.parsed.tbs_certificate().subject())
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates")
            .field("app_cert_sn", &self.app_cert_sn)
            .field("root_cert_sn", &self.root_cert_sn)
            .field("alipay", &self.alipay_cert_sns().collect::<Vec<_>>())
            .finish()
    }
}

/// The call that downloads one of Alipay's certificates by the SN that an `alipay_cert_unknown` names
/// (`alipay.open.app.alipaycert.download`). What comes back is for
/// [`Merchant::with_downloaded_certificate`].
///
/// # Errors
/// `cert_sn` unless this has the shape of an SN.
pub fn download(sn: &str) -> Result<Call, Error> {
    if !is_sn(sn) {
        return Err(ErrorCode::CertSn.into());
    }
    Ok(Call::own(DOWNLOAD, format!(r#"{{"alipay_cert_sn":"{sn}"}}"#)))
}

/// The file in a download's node: base64 of what the console would hand out.
fn content(node: &str) -> Result<String, Error> {
    let missing = || Error::about(ErrorCode::FieldMissing, "alipay_cert_content");
    let content = Object::parse(node)?
        .text("alipay_cert_content")
        .filter(|content| content.len() <= MAX_CONTENT)
        .ok_or_else(missing)?;
    let file = STANDARD.decode(content).map_err(|_| ErrorCode::CertFormat)?;
    String::from_utf8(file).map_err(|_| ErrorCode::CertFormat.into())
}

impl Merchant {
    /// The same merchant, believing one more of Alipay's certificates: the first of `file`, once a chain over the others
    /// leads to the root bundle, with every certificate on the way valid at `now`, and if its subject's CN is that of the
    /// configured one: the same authority issues every merchant's certificate, too.
    ///
    /// # Errors
    /// `cert_mode`, `cert_format`, `cert_chain`, `cert_subject`, `cert_expired`; those of [`PublicKey::parse`].
    pub fn with_alipay_certificate(&self, file: impl AsRef<[u8]>, now: Timestamp) -> Result<Self, Error> {
        Ok(self.accept_certificate(file, now)?.0)
    }

    /// The same merchant, believing the certificate that the response to [`download`] holds; and that certificate's file,
    /// which the host should keep (see [`Certificates::and_alipay`]).
    ///
    /// That response may be signed with the very certificate it brings. So the certificate is first accepted on its
    /// chain to the root bundle and its subject alone, and then the response must be verified, by a certificate known before or by this one.
    ///
    /// # Errors
    /// `cert_mode`, `cert_sn` if it is another certificate than asked for, `field_missing` if there is none, `cert_format`, `cert_chain`,
    /// `cert_subject`, `cert_expired`; those of [`Merchant::open`].
    pub fn with_downloaded_certificate(
        &self,
        sn: &str,
        response: &HttpResponse,
        now: Timestamp,
    ) -> Result<(Self, String), Error> {
        if response.body.len() > MAX_RESPONSE_BYTES {
            return Err(ErrorCode::ResponseTooLarge.into());
        }
        let not_json = |_| Error::new(ErrorCode::ResponseNotJson);
        let body = core::str::from_utf8(&response.body).map_err(|_| ErrorCode::ResponseNotJson)?;
        let body = Object::parse(body).map_err(not_json)?;
        let node = body.member(DOWNLOAD_NODE).ok_or(ErrorCode::ResponseNoNode)?;
        let file = content(node)?;
        if Certificate::parse(&file)?.sn() != sn {
            return Err(ErrorCode::CertSn.into());
        }
        let more = self.with_alipay_certificate(&file, now)?;
        let answer = more.open(DOWNLOAD, response)?;
        // What was verified is what was read: `open` looks at the body anew.
        if content(answer.node())? != file {
            return Err(ErrorCode::CertSn.into());
        }
        Ok((more, file))
    }

    /// The same as [`Merchant::with_alipay_certificate`], and the certificate that was accepted.
    pub(crate) fn accept_certificate(
        &self,
        file: impl AsRef<[u8]>,
        now: Timestamp,
    ) -> Result<(Self, Certificate), Error> {
        let certificates = self.certificates().ok_or(ErrorCode::CertMode)?;
        let (more, certificate) = certificates.accept(file.as_ref(), now)?;
        Ok((self.with_certificates(more), certificate))
    }
}
