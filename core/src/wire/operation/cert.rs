//! Operations on certificates.
#![allow(
    clippy::needless_pass_by_value,
    reason = "the table of operations gives its inputs away"
)]

use super::super::{Bytes, Call, KeyInfo};
use crate::{
    cert::{self, Certificate},
    error::Error,
    http::HttpResponse,
    merchant::Merchant,
    time::Timestamp,
};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A certificate file.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateFile {
    /// PEM, or base64 of the DER.
    pub certificate: String,
}

/// A certificate.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CertificateInfo {
    /// The SN as Alipay counts it: `app_cert_sn`, `alipay_cert_sn`.
    pub sn: String,
    /// The issuer as RFC 2253 text.
    pub issuer: String,
    /// The subject as RFC 2253 text.
    pub subject: String,
    /// The certificate's own serial number, in decimal.
    pub serial: String,
    /// From when it is valid, Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub not_before: i64,
    /// Until when it is valid, Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub not_after: i64,
    /// Whether an RSA algorithm signed it.
    pub rsa_signed: bool,
    /// The RSA key it certifies; null if it is no RSA key.
    pub key: Option<KeyInfo>,
}

impl From<&Certificate> for CertificateInfo {
    fn from(certificate: &Certificate) -> Self {
        let (not_before, not_after) = certificate.validity();
        Self {
            sn: certificate.sn(),
            issuer: certificate.issuer(),
            subject: certificate.subject(),
            serial: certificate.serial(),
            not_before,
            not_after,
            rsa_signed: certificate.is_rsa_signed(),
            key: KeyInfo::of_public(certificate.to_der()).ok(),
        }
    }
}

/// A root bundle.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RootBundle {
    /// `alipay_root_cert_sn`.
    pub sn: String,
    /// All its certificates, also those that do not count for the SN.
    pub certificates: Vec<CertificateInfo>,
}

/// Which certificate of Alipay's.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateSn {
    /// The subject of an `alipay_cert_unknown`.
    pub sn: String,
}

/// A certificate of Alipay's that is not believed yet.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateToCheck {
    /// PEM: the certificate, then those between it and the root bundle.
    pub certificate: String,
    /// Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub now: i64,
}

/// The response to the call that `certificateDownload` makes.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DownloadedCertificate {
    /// The SN that was asked for.
    pub sn: String,
    /// The HTTP status.
    pub status: u16,
    /// The body's bytes.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub body: Bytes,
    /// Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub now: i64,
}

/// A certificate that may be believed from now on.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AcceptedCertificate {
    /// Its file: keep it, and give it as one of a merchant's `furtherAlipayCertificates`.
    pub certificate: String,
    /// What it is.
    pub info: CertificateInfo,
}

pub(super) fn sn(input: CertificateFile) -> Result<CertificateInfo, Error> {
    Ok((&Certificate::parse(input.certificate)?).into())
}

pub(super) fn root_sn(input: CertificateFile) -> Result<RootBundle, Error> {
    let roots = Certificate::parse_bundle(&input.certificate)?;
    Ok(RootBundle {
        sn: cert::sn_of_roots(&roots)?,
        certificates: roots.iter().map(Into::into).collect(),
    })
}

pub(super) fn download(input: CertificateSn) -> Result<Call, Error> {
    Ok((&cert::download(&input.sn)?).into())
}

pub(super) fn check(merchant: &Merchant, input: CertificateToCheck) -> Result<CertificateInfo, Error> {
    let now = Timestamp::from_unix_ms(input.now)?;
    let (_, certificate) = merchant.accept_certificate(input.certificate, now)?;
    Ok((&certificate).into())
}

pub(super) fn open(merchant: &Merchant, input: DownloadedCertificate) -> Result<AcceptedCertificate, Error> {
    let response = HttpResponse {
        status: input.status,
        headers: Vec::new(),
        body: input.body.0,
    };
    let now = Timestamp::from_unix_ms(input.now)?;
    let (_, certificate) = merchant.with_downloaded_certificate(&input.sn, &response, now)?;
    Ok(AcceptedCertificate {
        info: (&Certificate::parse(&certificate)?).into(),
        certificate,
    })
}
