//! Which key made a signature, and what it means where none did.

use super::{
    cause::Cause,
    recover::{Digest, Opener, Recovered},
    report::{Diagnosis, Finding, Hints, Proof, Verdict},
    seen::Seen,
};
use crate::{
    cert::{Certificates, is_sn},
    form::Field,
    key::PublicKey,
    merchant::Merchant,
    sign::SignType,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The keys that may have made a message's signature, and what was seen of signatures that none of them did.
pub(super) struct Keys<'m> {
    merchant: &'m Merchant,
    own: Option<&'m PublicKey>,
    /// By SN in certificate mode; the first is the one for messages that name none.
    openers: Vec<(Option<&'m str>, Opener)>,
    /// Where the message names an SN.
    cert_sn_in: &'static str,
    unknown: Option<String>,
    signatures: Vec<Vec<u8>>,
    garbage: bool,
    other_algorithm: bool,
}

/// What a signature holds.
pub(super) struct Signed {
    pub(super) digest: Digest,
    /// What is odd about the key.
    pub(super) findings: Vec<Finding>,
}

impl<'m> Keys<'m> {
    pub(super) fn new(merchant: &'m Merchant, hints: &'m Hints, cert_sn_in: &'static str) -> Self {
        let openers = match merchant.certificates() {
            Some(certificates) => certificates
                .alipay_keys()
                .map(|(sn, key)| (Some(sn), Opener::new(key)))
                .collect(),
            None => alloc::vec![(None, Opener::new(merchant.alipay_public_key()))],
        };
        let certified = || merchant.certificates().map(Certificates::app_key);
        let own = hints.own_public_key.as_ref();
        Self {
            merchant,
            own: own.or_else(|| merchant.own_public_key()).or_else(certified),
            openers,
            cert_sn_in,
            unknown: None,
            signatures: Vec::new(),
            garbage: false,
            other_algorithm: false,
        }
    }

    /// What was signed, by whichever key. The one of the certificate with this SN is the one that should have.
    pub(super) fn open(&mut self, signature: &[u8], cert_sn: Option<&str>) -> Option<Signed> {
        let cert_sn = cert_sn.filter(|sn| !sn.is_empty());
        let named = match cert_sn {
            Some(_) if self.merchant.certificates().is_some() => {
                self.openers.iter().position(|(known, _)| *known == cert_sn)
            }
            _ => Some(0),
        };
        if named.is_none() {
            // Anything else than an SN may be anybody's words.
            let unknown = cert_sn.filter(|sn| is_sn(sn)).unwrap_or_default();
            self.unknown = Some(unknown.to_owned());
        }
        let further = (0..self.openers.len()).filter(|at| Some(*at) != named);
        for at in named.into_iter().chain(further) {
            let Some((_, opener)) = self.openers.get(at) else {
                continue;
            };
            match opener.recover(signature) {
                Recovered::Digest(digest) => {
                    let unknown = named.is_none().then_some((Cause::CertUnknown, Proof::Fact));
                    let other = (named != Some(at)).then_some((Cause::CertOther, Proof::Padding));
                    let findings = [unknown, other].into_iter().flatten();
                    let findings = findings.map(|(cause, proof)| self.about_cert_sn(cause, proof));
                    return Some(Signed {
                        digest,
                        findings: findings.collect(),
                    });
                }
                Recovered::OtherAlgorithm => self.other_algorithm = true,
                Recovered::Garbage => self.garbage = true,
                Recovered::Length => {}
            }
        }
        self.signatures.push(signature.to_owned());
        None
    }

    fn about_cert_sn(&self, cause: Cause, proof: Proof) -> Finding {
        Finding {
            fields: alloc::vec![self.cert_sn_in.to_owned()],
            ..Finding::whole(cause, proof)
        }
    }

    /// The unknown SN that the findings are about.
    pub(super) fn unknown_cert_sn(&self, findings: &[Finding]) -> Option<String> {
        let told = findings.iter().any(|finding| finding.cause == Cause::CertUnknown);
        self.unknown.clone().filter(|sn| told && !sn.is_empty())
    }

    /// Whether the application's own key stands where Alipay's belongs.
    pub(super) fn is_own(&self) -> bool {
        self.own == Some(self.merchant.alipay_public_key())
    }

    /// Whether the algorithm that made the signature is the one that `sign_type` says, and one that the merchant accepts.
    pub(super) fn about_algorithm(
        &self,
        digest: Digest,
        configured: SignType,
        fields: &[Field],
    ) -> Option<Finding> {
        let made = match digest {
            Digest::Sha256(_) => SignType::Rsa2,
            Digest::Sha1(_) => SignType::Rsa,
        };
        let said = fields
            .iter()
            .find(|(name, _)| name == b"sign_type")
            .and_then(|(_, value)| core::str::from_utf8(value).ok())
            .and_then(|text| text.parse::<SignType>().ok());
        let cause = match (said.unwrap_or(configured), made) {
            (said, made) if said != made => Cause::AlgorithmMismatch,
            (_, SignType::Rsa) if configured == SignType::Rsa2 => Cause::AlgorithmWeak,
            _ => return None,
        };
        Some(Finding {
            fields: said.iter().map(|_| String::from("sign_type")).collect(),
            ..Finding::whole(cause, Proof::Padding)
        })
    }

    /// No signature opens.
    pub(super) fn none_fits(&self, seen: &Seen) -> Diagnosis {
        if self.signatures.is_empty() {
            let unreadable = Finding::whole(Cause::SignatureUnreadable, Proof::Fact);
            return Diagnosis::of(Verdict::Unreadable, alloc::vec![unreadable]);
        }
        if self.is_own() {
            let own = Finding::whole(Cause::OwnKeyConfigured, Proof::Fact);
            return Diagnosis::of(Verdict::Key, alloc::vec![own]);
        }
        let opens = |key: &PublicKey| {
            let opener = Opener::new(key);
            let mut signatures = self.signatures.iter();
            signatures.any(|signature| matches!(opener.recover(signature), Recovered::Digest(_)))
        };
        let mut findings = seen.elsewhere();
        findings.push(if self.own.is_some_and(opens) {
            Finding::whole(Cause::SignedByOwnKey, Proof::Padding)
        } else if self.other_algorithm {
            Finding::whole(Cause::AlgorithmUnknown, Proof::Padding)
        } else if self.unknown.is_some() {
            self.about_cert_sn(Cause::CertUnknown, Proof::Fact)
        } else if !self.garbage {
            Finding::whole(Cause::SignatureLength, Proof::Fact)
        } else {
            Finding::whole(Cause::WrongKeyOrForged, Proof::Exclusion)
        });
        Diagnosis {
            unknown_cert_sn: self.unknown_cert_sn(&findings),
            ..Diagnosis::of(Verdict::Key, findings)
        }
    }
}
