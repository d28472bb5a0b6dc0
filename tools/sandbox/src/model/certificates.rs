//! Certificate mode (公钥证书方式): an authority that issues the application's certificates and Alipay's, and Alipay's way to a new
//! one while merchants still have the old.

use crate::{
    config::App,
    model::{
        answer::Node,
        codes::{GatewayCode, Refusal},
        parameters::Parameters,
    },
};
use alipay_core::{
    Error, ErrorCode, Timestamp,
    cert::{app_cert_sn, root_cert_sn},
    key::{PrivateKey, PublicKey},
    sign,
};
use rsa::{RsaPrivateKey, pkcs1::DecodeRsaPrivateKey as _, pkcs1v15::SigningKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr as _, time::Duration};
use x509_cert::{
    SubjectPublicKeyInfo, TbsCertificate,
    builder::{self, Builder as _, CertificateBuilder, profile::BuilderProfile},
    der::{DecodePem as _, EncodePem as _, asn1::GeneralizedTime, pem::LineEnding},
    ext::{
        Extension, ToExtension as _,
        pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier},
    },
    name::Name,
    serial_number::SerialNumber,
    spki::SubjectPublicKeyInfoRef,
    time::{Time, Validity},
};

/// Clocks differ; a certificate made just now must be valid on every machine.
const BEFORE: Duration = Duration::from_secs(24 * 3600);
const AFTER: Duration = Duration::from_secs(365 * 24 * 3600);

const AUTHORITY: &str = "CN=Sandbox Certification Authority R1,OU=Certification Authority,O=alipay-core,C=CN";

/// The files of the merchants, and what the gateway has issued.
#[derive(Clone)]
pub struct Certificates {
    authority: SigningKey<Sha256>,
    /// Whom Alipay's certificate is for: the first application's merchant.
    merchant: String,
    root: Certificate,
    apps: Vec<(String, Certificate)>,
    /// Every one that Alipay ever signed with; the last is the one it signs with now.
    alipay: Vec<Certificate>,
}

/// A certificate's file and its SN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// What the console would hand out, as PEM.
    pub pem: String,
    /// As Alipay counts it.
    pub sn: String,
}

impl Certificates {
    /// Issues everything: the root's with `root_key`, each application's, and Alipay's. Valid from the day before `now` for a year.
    ///
    /// # Errors
    /// `internal` if a certificate can't be written: an app id or a seller id that fits into no name.
    pub fn new(
        root_key: &PrivateKey,
        apps: &[App],
        alipay_key: &PublicKey,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let key = RsaPrivateKey::from_pkcs1_der(root_key.to_pkcs1_der()).map_err(internal)?;
        let authority = SigningKey::<Sha256>::new(key);
        let root = issue(&authority, AUTHORITY, root_key.public_key(), true, now)?;
        let merchant = apps.first().map(|app| app.seller_id.clone()).unwrap_or_default();
        let issued = apps
            .iter()
            .map(|app| {
                let subject = format!("CN=沙箱商户-{},OU=Alipay,O=沙箱商户,C=CN", app.seller_id);
                let issued = issue(&authority, &subject, &app.public_key, false, now)?;
                Ok((app.app_id.clone(), issued))
            })
            .collect::<Result<Vec<_>, Error>>();
        let mut certificates = Self {
            root: Certificate {
                sn: root_cert_sn(&root.pem)?,
                ..root
            },
            authority,
            merchant,
            apps: issued?,
            alipay: Vec::new(),
        };
        certificates.issue_alipay(alipay_key, now)?;
        Ok(certificates)
    }

    /// The root bundle (`alipayRootCert.crt`).
    #[must_use]
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The application's certificate (`appCertPublicKey_….crt`).
    #[must_use]
    pub fn app(&self, app_id: &str) -> Option<&Certificate> {
        let found = self.apps.iter().find(|(known, _)| known == app_id);
        found.map(|(_, certificate)| certificate)
    }

    /// The certificate that Alipay signs with now (`alipayCertPublicKey_RSA2.crt`).
    #[must_use]
    pub fn alipay(&self) -> Option<&Certificate> {
        self.alipay.last()
    }

    /// Alipay's next certificate, for this key; of the same subject, since that is what says that it is Alipay's.
    ///
    /// # Errors
    /// `internal`.
    pub(crate) fn issue_alipay(&mut self, key: &PublicKey, now: Timestamp) -> Result<(), Error> {
        let name = "支付宝(中国)网络技术有限公司";
        let subject = format!("CN={name}-{},OU=Alipay,O={name},C=CN", self.merchant);
        let issued = issue(&self.authority, &subject, key, false, now)?;
        self.alipay.push(issued);
        Ok(())
    }

    /// Whether a request names the application's certificate and the root bundle. Codes as merchants report them.
    pub(crate) fn check(&self, app_id: &str, parameters: &Parameters) -> Result<(), Refusal> {
        let refuse =
            |sub_code, sub_msg| Err(Refusal::gateway(GatewayCode::InvalidArguments, sub_code, sub_msg));
        let Some(app_cert_sn) = parameters.value("app_cert_sn") else {
            return refuse("isv.missing-app-cert-sn", "缺少应用公钥证书序列号");
        };
        if self.app(app_id).is_none_or(|known| known.sn != app_cert_sn) {
            return refuse("isv.app-cert-not-exist", "应用公钥证书不存在");
        }
        if parameters.value("alipay_root_cert_sn") != Some(&self.root.sn) {
            return refuse("isv.invalid-alipay-root-cert-sn", "无效支付宝根证书序列号");
        }
        Ok(())
    }

    /// `alipay.open.app.alipaycert.download`.
    pub(crate) fn download(&self, biz_content: &str) -> Result<Node, Refusal> {
        #[derive(Deserialize)]
        struct Asked {
            alipay_cert_sn: String,
        }
        let about = |_| Refusal::invalid_parameter("alipay_cert_sn");
        let asked: Asked = serde_json::from_str(biz_content).map_err(about)?;
        let known = self.alipay.iter().find(|known| known.sn == asked.alipay_cert_sn);
        let known = known.ok_or_else(|| Refusal::invalid_parameter("alipay_cert_sn"))?;
        Ok(Node::Certificate(CertificateNode {
            code: GatewayCode::Success.as_str(),
            msg: GatewayCode::Success.message(),
            alipay_cert_content: sign::to_base64(known.pem.as_bytes()),
        }))
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates")
            .field("alipay", &self.alipay)
            .finish_non_exhaustive()
    }
}

/// The answer to a download.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateNode {
    code: &'static str,
    msg: &'static str,
    alipay_cert_content: String,
}

struct Profile {
    subject: Name,
    authority: bool,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, subject: &Name) -> Name {
        Name::from_str(AUTHORITY).unwrap_or_else(|_| subject.clone())
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        own: SubjectPublicKeyInfoRef<'_>,
        issuer: SubjectPublicKeyInfoRef<'_>,
        certificate: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let constraints = BasicConstraints {
            ca: self.authority,
            path_len_constraint: None,
        };
        let usage = if self.authority {
            KeyUsages::KeyCertSign | KeyUsages::CRLSign
        } else {
            KeyUsages::DigitalSignature.into()
        };
        let subject = certificate.subject();
        let extensions = vec![
            (&constraints).to_extension(subject, &[])?,
            (&KeyUsage(usage)).to_extension(subject, &[])?,
            (&SubjectKeyIdentifier::try_from(own)?).to_extension(subject, &[])?,
            (&AuthorityKeyIdentifier::try_from(issuer)?).to_extension(subject, &[])?,
        ];
        Ok(extensions)
    }
}

/// A certificate of this key. Its serial number is drawn from the key, so that no two have the same.
fn issue(
    authority: &SigningKey<Sha256>,
    subject: &str,
    key: &PublicKey,
    is_authority: bool,
    now: Timestamp,
) -> Result<Certificate, Error> {
    let mut serial: [u8; 32] = Sha256::digest(key.to_pkcs1_der()).into();
    // Positive, and not shortened.
    serial[0] = serial[0] & 0x3f | 0x40;
    let at = |since| {
        GeneralizedTime::from_unix_duration(since)
            .map(Time::GeneralTime)
            .map_err(internal)
    };
    let now = now.saturating_since(Timestamp::UNIX_EPOCH);
    let validity = Validity::new(at(now.saturating_sub(BEFORE))?, at(now.saturating_add(AFTER))?);
    let certificate = CertificateBuilder::new(
        Profile {
            subject: Name::from_str(subject).map_err(internal)?,
            authority: is_authority,
        },
        SerialNumber::new(&serial[..16]).map_err(internal)?,
        validity,
        SubjectPublicKeyInfo::from_pem(&key.to_pem()?).map_err(internal)?,
    )
    .and_then(|builder| builder.build(authority))
    .map_err(internal)?;
    let pem = certificate.to_pem(LineEnding::LF).map_err(internal)?;
    Ok(Certificate {
        sn: app_cert_sn(&pem)?,
        pem,
    })
}

fn internal<E>(_: E) -> Error {
    ErrorCode::Internal.into()
}
