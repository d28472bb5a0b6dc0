//! From a certificate to the root bundle: signatures by the library, and who may sign for whom.

use super::Certificate;
use crate::{
    error::{Error, ErrorCode},
    sign::SignType,
    time::Timestamp,
};
use rsa::pkcs1::ObjectIdentifier;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

/// sha1WithRSAEncryption
const SHA1_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
/// sha256WithRSAEncryption
const SHA256_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");

/// What a critical extension may be here: key usage, subject's names, basic constraints, policies, extended key usage.
/// One that is not understood forbids the certificate's use (RFC 5280, section 4.2).
const UNDERSTOOD: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    ObjectIdentifier::new_unwrap("2.5.29.32"),
    ObjectIdentifier::new_unwrap("2.5.29.37"),
];

/// Longer chains are refused, and no more signatures than this are computed per link.
const LONGEST: usize = 8;

/// Follows the issuers of `chain`'s first certificate over the others to one of `roots`.
///
/// Every certificate on the way, the root included, must be valid at `now`; every intermediate one must be a certification
/// authority's. The roots themselves are trusted as they are. (The authority of Alipay's *sandbox* has no BasicConstraints, so what
/// it issued is refused here: else any merchant's certificate could issue others.)
pub(super) fn check(chain: &[Certificate], roots: &[Certificate], now: Timestamp) -> Result<(), Error> {
    let (mut current, others) = chain.split_first().ok_or(ErrorCode::CertFormat)?;
    if others.len() > LONGEST || roots.len() > 4 * LONGEST {
        return Err(ErrorCode::CertChain.into());
    }
    for depth in 0..=LONGEST {
        is_usable(current, now)?;
        if let Some(root) = roots.iter().find(|root| issued(root, current)) {
            return is_usable(root, now);
        }
        // A certificate below itself would go round in circles; the depth ends that.
        current = others
            .iter()
            .find(|issuer| may_issue(issuer, depth) && issued(issuer, current))
            .ok_or(ErrorCode::CertChain)?;
    }
    Err(ErrorCode::CertChain.into())
}

/// Its dates and its critical extensions.
fn is_usable(certificate: &Certificate, now: Timestamp) -> Result<(), Error> {
    let (from, until) = certificate.validity();
    if !(from..=until).contains(&now.unix_ms()) {
        return Err(ErrorCode::CertExpired.into());
    }
    let extensions = certificate.parsed.tbs_certificate().extensions();
    let strange = extensions
        .into_iter()
        .flatten()
        .any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.extn_id));
    if strange {
        return Err(ErrorCode::CertChain.into());
    }
    Ok(())
}

/// Whether this is a certification authority's certificate with at most `below` others under it.
fn may_issue(certificate: &Certificate, below: usize) -> bool {
    let parsed = certificate.parsed.tbs_certificate();
    let authority = match parsed.get_extension::<BasicConstraints>() {
        Ok(Some((_, constraints))) => {
            constraints.ca
                && constraints
                    .path_len_constraint
                    .is_none_or(|most| below <= usize::from(most))
        }
        _ => false,
    };
    let usage = match parsed.get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    authority && usage
}

/// Whether `issuer` is named as the issuer of `certificate`, and signed it.
fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let (above, below) = (
        issuer.parsed.tbs_certificate(),
        certificate.parsed.tbs_certificate(),
    );
    above.subject() == below.issuer() && signed(issuer, certificate).is_some()
}

fn signed(issuer: &Certificate, certificate: &Certificate) -> Option<()> {
    let algorithm = certificate.parsed.signature_algorithm();
    // The algorithm stands twice; only the inner one is signed.
    if algorithm != certificate.parsed.tbs_certificate().signature() {
        return None;
    }
    let sign_type = match algorithm.oid {
        SHA256_RSA => SignType::Rsa2,
        SHA1_RSA => SignType::Rsa,
        _ => return None,
    };
    let key = issuer.public_key().ok()?.verifier().ok()?;
    let signature = certificate.parsed.signature().as_bytes()?;
    key.verify(sign_type, certificate.signed_bytes()?, signature).ok()
}
