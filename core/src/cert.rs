//! Certificate mode (公钥证书方式): serial numbers as Alipay counts them, and which certificate of Alipay's is believed.
//!
//! Protocol, section 5. An SN is a name that both sides compute: the MD5 of the issuer's RFC 2253 string and the serial
//! number in decimal. It protects nothing; signatures do, and chains (see [`Merchant::with_alipay_certificate`]).
//!
//! [`Merchant::with_alipay_certificate`]: crate::Merchant::with_alipay_certificate

mod chain;
mod name;
mod trust;

pub use trust::{Certificates, download};

use crate::{
    error::{Error, ErrorCode},
    key::{self, PublicKey},
};
use alloc::{string::String, vec::Vec};
use core::fmt;
use md5::{Digest, Md5};
use rsa::pkcs8::der::{Decode, Reader, SliceReader, oid::Arc as OidArc};

/// `1.2.840.113549.1.1`: every RSA signature algorithm (签名算法) lies under it.
const RSA_ARCS: [OidArc; 6] = [1, 2, 840, 113_549, 1, 1];

/// More parts of a name, or more extensions, has no certificate.
const MOST_PARTS: usize = 64;

/// An X.509 certificate. `Debug` shows its SN only.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads the first certificate of a file: PEM (one or more), bare base64 or DER.
    ///
    /// # Errors
    /// `cert_format`.
    pub fn parse(input: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::parse_bundle(input)?
            .into_iter()
            .next()
            .ok_or_else(|| ErrorCode::CertFormat.into())
    }

    /// Reads every certificate of a file, in its order: PEM blocks, or one certificate as bare base64 or DER.
    ///
    /// # Errors
    /// `cert_format` if one of them is no certificate or has more than 16 KB, or if there is none.
    pub fn parse_bundle(input: impl AsRef<[u8]>) -> Result<Vec<Self>, Error> {
        const BEGIN: &str = "-----BEGIN ";
        let input = input.as_ref();
        let blocks = match core::str::from_utf8(input) {
            Ok(text) if text.contains(BEGIN) => text
                .split(BEGIN)
                .skip(1)
                .map(|block| Self::from_text(alloc::format!("{BEGIN}{block}").as_bytes()))
                .collect(),
            _ => Self::from_text(input).map(|certificate| alloc::vec![certificate]),
        };
        blocks.map_err(|_| ErrorCode::CertFormat.into())
    }

    fn from_text(input: &[u8]) -> Result<Self, Error> {
        let der = key::to_der(input)?.to_vec();
        if der.len() > key::MAX_CERTIFICATE_BYTES {
            return Err(ErrorCode::CertFormat.into());
        }
        let parsed = x509_cert::Certificate::from_der(&der).map_err(|_| ErrorCode::CertFormat)?;
        // A bundle keeps each one parsed, which must not be many times what was read.
        let tbs = parsed.tbs_certificate();
        let attributes = |name: &x509_cert::name::Name| name.iter_rdn().map(|part| part.len().max(1)).sum();
        let extensions = tbs.extensions().map_or(0, Vec::len);
        let parts = [attributes(tbs.issuer()), attributes(tbs.subject()), extensions];
        if parts.iter().any(|parts| *parts > MOST_PARTS) {
            return Err(ErrorCode::CertFormat.into());
        }
        Ok(Self { der, parsed })
    }

    /// The SN as Alipay counts it: 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn sn(&self) -> String {
        let digest = Md5::new()
            .chain_update(self.issuer())
            .chain_update(self.serial())
            .finalize();
        digest.iter().map(|byte| alloc::format!("{byte:02x}")).collect()
    }

    /// The issuer as RFC 2253 text, exactly as Java's `X500Principal.getName()` writes it.
    #[must_use]
    pub fn issuer(&self) -> String {
        name::rfc2253(self.parsed.tbs_certificate().issuer())
    }

    /// The subject, written the same way.
    #[must_use]
    pub fn subject(&self) -> String {
        name::rfc2253(self.parsed.tbs_certificate().subject())
    }

    /// The certificate's own serial number, in decimal.
    #[must_use]
    pub fn serial(&self) -> String {
        decimal(self.parsed.tbs_certificate().serial_number().as_bytes())
    }

    /// The RSA key it certifies.
    ///
    /// # Errors
    /// Those of [`PublicKey::parse`]; `key_not_rsa` for SM2 and ECDSA certificates.
    pub fn public_key(&self) -> Result<PublicKey, Error> {
        PublicKey::parse(&self.der)
    }

    /// Whether an RSA algorithm signed it. Only such certificates count for `alipay_root_cert_sn`.
    #[must_use]
    pub fn is_rsa_signed(&self) -> bool {
        let algorithm = self.parsed.signature_algorithm().oid;
        algorithm.arcs().take(RSA_ARCS.len()).eq(RSA_ARCS)
    }

    /// From when and until when it is valid, in Unix milliseconds.
    #[must_use]
    pub fn validity(&self) -> (i64, i64) {
        let validity = self.parsed.tbs_certificate().validity();
        let ms = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX)
        };
        (ms(validity.not_before), ms(validity.not_after))
    }

    /// The certificate's bytes.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes that its issuer signed, as they stand in the file.
    fn signed_bytes(&self) -> Option<&[u8]> {
        let mut reader = SliceReader::new(&self.der).ok()?;
        reader
            .sequence(|inner| {
                let signed = inner.tlv_bytes()?;
                inner.tlv_bytes()?;
                inner.tlv_bytes()?;
                Ok::<_, rsa::pkcs8::der::Error>(signed)
            })
            .ok()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.sn())
    }
}

/// `app_cert_sn`: that of the first certificate of the application's file.
///
/// # Errors
/// `cert_format`.
pub fn app_cert_sn(file: impl AsRef<[u8]>) -> Result<String, Error> {
    Ok(Certificate::parse(file)?.sn())
}

/// `alipay_root_cert_sn`: those of every RSA-signed certificate of the bundle, in file order, joined with `_`.
///
/// # Errors
/// `cert_format`, also if no certificate of the bundle is signed with RSA.
pub fn root_cert_sn(bundle: impl AsRef<[u8]>) -> Result<String, Error> {
    sn_of_roots(&Certificate::parse_bundle(bundle)?)
}

pub(crate) fn sn_of_roots(roots: &[Certificate]) -> Result<String, Error> {
    let rsa: Vec<String> = roots
        .iter()
        .filter(|root| root.is_rsa_signed())
        .map(Certificate::sn)
        .collect();
    if rsa.is_empty() {
        Err(ErrorCode::CertFormat.into())
    } else {
        Ok(rsa.join("_"))
    }
}

/// Whether this has the shape of an SN: 32 lower-case hexadecimal digits. Anything else must not stand in an error.
pub(crate) fn is_sn(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A big-endian two's-complement integer in decimal, by hand: serial numbers have up to 160 bits.
fn decimal(bytes: &[u8]) -> String {
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    // The magnitude of a negative number is its complement plus one, which is the carry to begin with.
    let mut digits = alloc::vec![0_u8];
    for byte in bytes {
        push_base_256(&mut digits, if negative { !byte } else { *byte });
    }
    let mut carry = u8::from(negative);
    for digit in &mut digits {
        let sum = digit.saturating_add(carry);
        *digit = sum % 10;
        carry = sum / 10;
    }
    if carry > 0 {
        digits.push(carry);
    }
    let sign = negative.then_some('-');
    let text = digits
        .iter()
        .rev()
        .map(|digit| char::from(b'0'.saturating_add(*digit)));
    sign.into_iter().chain(text).collect()
}

/// `digits` (decimal, least significant first) times 256, plus `byte`.
fn push_base_256(digits: &mut Vec<u8>, byte: u8) {
    let mut carry = u16::from(byte);
    let low = |value: u16| u8::try_from(value % 10).unwrap_or_default();
    for digit in digits.iter_mut() {
        let value = u16::from(*digit).saturating_mul(256).saturating_add(carry);
        *digit = low(value);
        carry = value / 10;
    }
    while carry > 0 {
        digits.push(low(carry));
        carry /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_of_any_size_and_sign_in_decimal() {
        // As Python's int.from_bytes(…, "big", signed=True) reads them.
        for (bytes, text) in [
            (&[0][..], "0"),
            (&[0x7f], "127"),
            (&[0, 0x80], "128"),
            (&[0x80], "-128"),
            (&[0xff], "-1"),
            (&[0xff, 0x00], "-256"),
            (&[1, 0, 0], "65536"),
            (
                &[
                    0x10, 0xc7, 0x64, 0xe9, 0xd5, 0x60, 0x38, 0x42, 0x12, 0xd9, 0xc0, 0x8f, 0xd1, 0x0e, 0x37,
                    0x3f, 0xdd, 0x0f, 0xb3, 0x96,
                ],
                "95790491425698859646659490580052089075020051350",
            ),
        ] {
            assert_eq!(decimal(bytes), text);
        }
    }
}
