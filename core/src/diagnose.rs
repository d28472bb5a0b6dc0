//! Why a signature does not verify: advice for whoever has to find out, as data.
//!
//! An RSA public key *recovers* the digest that was signed. Garbage means another key or a forgery. A digest means that the
//! key is right and the content changed on its way; then every hypothesis about that change costs one hash, and the one
//! that gives the digest is proven.
//!
//! A [`Diagnosis`] never makes a message verified: not even a proven repair is more than a hint where to look. Nothing in
//! it is a value of the message; parameters are named.

mod cause;
mod edit;
mod json;
mod reading;
mod recover;
mod request;
mod rewrite;
mod search;

pub use cause::Cause;
pub use request::{Difference, DifferenceKind, RequestDiagnosis, diagnose_request};

use crate::{
    envelope, error::Error, form::Field, key::PublicKey, merchant::Merchant, notify::Variant, sign::SignType,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use reading::{Base, bases};
use recover::{Digest, Opener, Recovered, readings};
use search::{Found, Search};

/// How many hashes a diagnosis takes at most, unless told: about twenty milliseconds.
pub const DEFAULT_HASHES: u32 = 10_000;

/// A longer form is only looked at as it stands: Alipay's have a few kilobytes, and anybody may post a long one.
const MAX_SEARCHED_BYTES: usize = 128 * 1024;

/// What helps a diagnosis.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// The application's own public key, where the merchant's private key is not in this process.
    pub own_public_key: Option<PublicKey>,
    /// How many hashes to try at most; [`DEFAULT_HASHES`] if absent.
    pub max_hashes: Option<u32>,
}

/// What a diagnosis comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The signature belongs to the message as it stands. Verify it with the merchant; this is not that.
    Verifies,
    /// With the changes found, the signature belongs to the message.
    Repaired,
    /// It is about the key or the algorithm.
    Key,
    /// The key is right, the content is not what was signed, and no known change leads back to it.
    Altered,
    /// There is no signature to look into.
    Unreadable,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: &'static [Self] = &[
        Self::Verifies,
        Self::Repaired,
        Self::Key,
        Self::Altered,
        Self::Unreadable,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verifies => "verifies",
            Self::Repaired => "repaired",
            Self::Key => "key",
            Self::Altered => "altered",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// With this change (and those beside it) the message has the very digest that was signed.
    Digest,
    /// The signature opens to a well-formed digest only so.
    Padding,
    /// It is seen directly.
    Fact,
    /// It is what remains.
    Exclusion,
}

impl Proof {
    /// Every kind of proof.
    pub const ALL: &'static [Self] = &[Self::Digest, Self::Padding, Self::Fact, Self::Exclusion];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Padding => "padding",
            Self::Fact => "fact",
            Self::Exclusion => "exclusion",
        }
    }
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What happened; its meaning and remedy are in the table.
    pub cause: Cause,
    /// The parameters it happened to, by name; empty where it is about the whole message.
    pub fields: Vec<String>,
    /// What it rests on.
    pub proof: Proof,
}

/// Advice about a message. Never a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Diagnosis {
    /// What it comes to.
    pub verdict: Verdict,
    /// The causes; those of a repaired message hold together.
    pub findings: Vec<Finding>,
    /// Which string was signed, where that is known and the message is a form.
    pub variant: Option<Variant>,
    /// How many hashes were tried.
    pub tried: u32,
}

impl Diagnosis {
    fn of(verdict: Verdict, findings: Vec<Finding>) -> Self {
        Self {
            verdict,
            findings,
            variant: None,
            tried: 0,
        }
    }
}

/// A way to read a message and its signature that opens.
struct Opened {
    causes: Vec<(Cause, Vec<String>, Proof)>,
    /// Without `sign`, sorted.
    fields: Vec<Field>,
    digest: Digest,
}

impl Opened {
    fn len(&self) -> usize {
        let lengths = self
            .fields
            .iter()
            .map(|(name, value)| name.len().saturating_add(value.len()));
        lengths.sum()
    }

    fn is_long(&self) -> bool {
        self.len() > MAX_SEARCHED_BYTES
    }
}

impl Merchant {
    /// Why a notification's raw body (or the query of a `return_url`) does not verify.
    pub fn diagnose_notify(&self, body: &[u8], hints: &Hints) -> Diagnosis {
        self.diagnose_bases(bases(body), hints)
    }

    /// The same of names and values that a web framework decoded.
    pub fn diagnose_decoded<'a>(
        &self,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        hints: &Hints,
    ) -> Diagnosis {
        let fields = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
        let fields = fields.collect();
        self.diagnose_bases(alloc::vec![Base { cause: None, fields }], hints)
    }

    /// Why a response to a call of `method` does not verify. The body is as it reached the verification.
    ///
    /// # Errors
    /// `response_not_json`, `response_no_node`, `response_duplicate`, `signature_format`: there is nothing to look into.
    pub fn diagnose_response(&self, method: &str, body: &[u8], hints: &Hints) -> Result<Diagnosis, Error> {
        let (node, sign) = envelope::node_and_sign(body, method)?;
        let Some(sign) = sign else {
            return Ok(missing());
        };
        let mut doubts = Doubts::default();
        let opener = Opener::new(self.alipay_public_key());
        for reading in readings(&sign) {
            let Some(digest) = doubts.open(&opener, &reading.signature) else {
                continue;
            };
            let mut search = Search::new(digest, hints.max_hashes.unwrap_or(DEFAULT_HASHES), node.len());
            let found = search.whole(node);
            let mut findings = self.about_algorithm(digest, None);
            findings.extend(reading.cause.map(|cause| finding(cause, Proof::Padding)));
            return Ok(self.conclude(findings, found.map(|found| (found, None)), search.tried, hints));
        }
        Ok(self.about_key(&doubts, hints))
    }

    fn diagnose_bases(&self, bases: Vec<Base>, hints: &Hints) -> Diagnosis {
        let opener = Opener::new(self.alipay_public_key());
        let mut doubts = Doubts::default();
        let mut signed = false;
        let mut opened: Vec<Opened> = Vec::new();
        for base in bases {
            let signs = base.fields.iter().filter(|(name, _)| is_sign(name));
            for (name, sign) in signs.filter(|(_, sign)| !sign.is_empty()) {
                signed = true;
                let renamed = (name != b"sign").then_some(if name.contains(&b'[') {
                    (Cause::ListValue, Proof::Padding)
                } else {
                    (Cause::NameCase, Proof::Padding)
                });
                for reading in readings(&String::from_utf8_lossy(sign)) {
                    let Some(digest) = doubts.open(&opener, &reading.signature) else {
                        continue;
                    };
                    let mut fields: Vec<Field> = base
                        .fields
                        .iter()
                        .filter(|(name, _)| !is_sign(name))
                        .cloned()
                        .collect();
                    fields.sort();
                    let of_sign = [reading.cause.map(|cause| (cause, Proof::Padding)), renamed];
                    let causes = of_sign.into_iter().flatten();
                    let causes =
                        causes.map(|(cause, proof)| (cause, alloc::vec![String::from("sign")], proof));
                    let of_base = base.cause.iter().cloned();
                    let of_base = of_base.map(|(cause, names)| (cause, names, Proof::Digest));
                    opened.push(Opened {
                        causes: of_base.chain(causes).collect(),
                        fields,
                        digest,
                    });
                    break;
                }
            }
        }
        if !signed {
            return missing();
        }
        let Some(first) = opened.first() else {
            return self.about_key(&doubts, hints);
        };
        let limit = hints.max_hashes.unwrap_or(DEFAULT_HASHES);
        let mut search = Search::new(first.digest, limit, first.len());
        let found = self.search(&opened, &mut search);
        let (reading, found) = match found {
            Some((reading, found, variant)) => (reading, Some((found, Some(variant)))),
            None => (first, None),
        };
        let mut findings = self.about_algorithm(reading.digest, Some(&reading.fields));
        let of_reading = reading
            .causes
            .iter()
            .filter(|(_, _, proof)| found.is_some() || *proof != Proof::Digest);
        findings.extend(
            of_reading
                .cloned()
                .map(|(cause, fields, proof)| Finding { cause, fields, proof }),
        );
        self.conclude(findings, found, search.tried, hints)
    }

    /// Every reading as it stands, then every single change of each, then the pairs of the first.
    fn search<'o>(
        &self,
        opened: &'o [Opened],
        search: &mut Search,
    ) -> Option<(&'o Opened, Vec<Found>, Variant)> {
        for reading in opened {
            search.digest = reading.digest;
            if let Some(variant) = search.as_it_stands(&reading.fields) {
                return Some((reading, Vec::new(), variant));
            }
        }
        if opened.iter().any(Opened::is_long) {
            return None;
        }
        let app_id = self.app_id().as_str();
        let mut of_first = None;
        for reading in opened {
            search.digest = reading.digest;
            let sha1 = matches!(reading.digest, Digest::Sha1(_));
            let edits = edit::all(&reading.fields, app_id, sha1);
            if let Some((found, variant)) = search.singles(&reading.fields, &edits) {
                return Some((reading, found, variant));
            }
            of_first.get_or_insert((reading, edits));
        }
        let (reading, edits) = of_first?;
        search.digest = reading.digest;
        let (found, variant) = search.pairs(&reading.fields, &edits)?;
        Some((reading, found, variant))
    }

    fn about_algorithm(&self, digest: Digest, fields: Option<&[Field]>) -> Vec<Finding> {
        let made = match digest {
            Digest::Sha256(_) => SignType::Rsa2,
            Digest::Sha1(_) => SignType::Rsa,
        };
        let said = fields
            .and_then(|fields| fields.iter().find(|(name, _)| name == b"sign_type"))
            .and_then(|(_, value)| core::str::from_utf8(value).ok())
            .and_then(|text| text.parse::<SignType>().ok());
        let cause = match (said.unwrap_or(self.sign_type()), made) {
            (said, made) if said != made => Cause::AlgorithmMismatch,
            (_, SignType::Rsa) if self.sign_type() == SignType::Rsa2 => Cause::AlgorithmWeak,
            _ => return Vec::new(),
        };
        let mut finding = finding(cause, Proof::Padding);
        finding.fields.extend(said.map(|_| String::from("sign_type")));
        alloc::vec![finding]
    }

    fn own_key<'h>(&'h self, hints: &'h Hints) -> Option<&'h PublicKey> {
        hints.own_public_key.as_ref().or(self.own_public_key())
    }

    /// The signature opens.
    fn conclude(
        &self,
        mut findings: Vec<Finding>,
        found: Option<(Vec<Found>, Option<Variant>)>,
        tried: u32,
        hints: &Hints,
    ) -> Diagnosis {
        let own = self.own_key(hints) == Some(self.alipay_public_key());
        if own {
            let ours = [Cause::OwnKeyConfigured, Cause::SignedByOwnKey];
            findings.splice(0..0, ours.map(|cause| finding(cause, Proof::Fact)));
        }
        let is_key = |finding: &Finding| finding.cause <= Cause::AlgorithmUnknown;
        let (verdict, variant) = match found {
            Some((found, variant)) => {
                findings.extend(found.into_iter().map(|(cause, fields)| Finding {
                    cause,
                    fields,
                    proof: Proof::Digest,
                }));
                let verdict = if own || (!findings.is_empty() && findings.iter().all(is_key)) {
                    Verdict::Key
                } else if findings.is_empty() {
                    Verdict::Verifies
                } else {
                    Verdict::Repaired
                };
                (verdict, variant)
            }
            None => {
                findings.push(finding(Cause::ContentUnknown, Proof::Exclusion));
                (if own { Verdict::Key } else { Verdict::Altered }, None)
            }
        };
        Diagnosis {
            verdict,
            findings,
            variant,
            tried,
        }
    }

    /// The signature does not open.
    fn about_key(&self, doubts: &Doubts, hints: &Hints) -> Diagnosis {
        if doubts.signatures.is_empty() {
            return Diagnosis::of(
                Verdict::Unreadable,
                alloc::vec![finding(Cause::SignatureUnreadable, Proof::Fact)],
            );
        }
        let own = self.own_key(hints);
        if own == Some(self.alipay_public_key()) {
            return Diagnosis::of(
                Verdict::Key,
                alloc::vec![finding(Cause::OwnKeyConfigured, Proof::Fact)],
            );
        }
        let opens = |key: &PublicKey| {
            let opener = Opener::new(key);
            let mut signatures = doubts.signatures.iter();
            signatures.any(|signature| matches!(opener.recover(signature), Recovered::Digest(_)))
        };
        let (cause, proof) = if own.is_some_and(opens) {
            (Cause::SignedByOwnKey, Proof::Padding)
        } else if doubts.other_algorithm {
            (Cause::AlgorithmUnknown, Proof::Padding)
        } else if !doubts.garbage {
            (Cause::SignatureLength, Proof::Fact)
        } else {
            (Cause::WrongKeyOrForged, Proof::Exclusion)
        };
        Diagnosis::of(Verdict::Key, alloc::vec![finding(cause, proof)])
    }
}

/// What was seen of signatures that did not open.
#[derive(Default)]
struct Doubts {
    signatures: Vec<Vec<u8>>,
    garbage: bool,
    other_algorithm: bool,
}

impl Doubts {
    fn open(&mut self, opener: &Opener, signature: &[u8]) -> Option<Digest> {
        match opener.recover(signature) {
            Recovered::Digest(digest) => return Some(digest),
            Recovered::OtherAlgorithm => self.other_algorithm = true,
            Recovered::Garbage => self.garbage = true,
            Recovered::Length => {}
        }
        self.signatures.push(signature.to_owned());
        None
    }
}

fn finding(cause: Cause, proof: Proof) -> Finding {
    Finding {
        cause,
        fields: Vec::new(),
        proof,
    }
}

fn missing() -> Diagnosis {
    Diagnosis::of(
        Verdict::Unreadable,
        alloc::vec![finding(Cause::SignatureMissing, Proof::Fact)],
    )
}

/// `sign`, also where a framework wrote it as a list or in another case.
fn is_sign(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"sign") || matches!(name, b"sign[]" | b"sign[0]")
}
