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
mod keys;
mod reading;
mod recover;
mod report;
mod request;
mod rewrite;
mod search;
mod seen;

pub use cause::Cause;
pub use report::{Diagnosis, Finding, Hints, Proof, Verdict};
pub use request::{Difference, DifferenceKind, RequestDiagnosis, diagnose_request};

use crate::{
    envelope::{Envelope, MAX_RESPONSE_BYTES},
    error::{Error, ErrorCode},
    form::Field,
    http::HttpResponse,
    merchant::Merchant,
    notify::Variant,
    sign::SignType,
};
use alloc::{string::String, vec::Vec};
use keys::Keys;
use reading::{Base, bases};
use recover::{Digest, readings};
use search::{Found, Search};
use seen::Seen;

/// How many hashes a diagnosis takes at most, unless told: about twenty milliseconds.
pub const DEFAULT_HASHES: u32 = 10_000;

/// A longer form is only looked at as it stands: Alipay's have a few kilobytes, and anybody may post a long one.
const MAX_SEARCHED_BYTES: usize = 128 * 1024;

/// A way to read a message and its signature that opens.
struct Opened {
    causes: Vec<Finding>,
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
        self.diagnose_bases(&bases(body), hints)
    }

    /// The same of names and values that a web framework decoded.
    pub fn diagnose_decoded<'a>(
        &self,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        hints: &Hints,
    ) -> Diagnosis {
        let fields = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
        let fields = fields.collect();
        self.diagnose_bases(&[Base { cause: None, fields }], hints)
    }

    /// Why a response to a call of `method` does not verify. The body is as it reached the verification.
    ///
    /// # Errors
    /// `response_not_json`, `response_no_node`, `response_duplicate`, `signature_format`: there is nothing to look into.
    pub fn diagnose_response(&self, method: &str, body: &[u8], hints: &Hints) -> Result<Diagnosis, Error> {
        let Envelope { node, sign, cert_sn } = Envelope::to_diagnose(body, method)?;
        let Some(sign) = sign else {
            return Ok(missing());
        };
        let keys = Keys::new(self, hints, "alipay_cert_sn");
        let signed = Whole {
            before: Vec::new(),
            text: node,
            after: b"",
            sign: &sign,
            cert_sn: cert_sn.as_deref(),
            sign_type: self.sign_type(),
        };
        Ok(signed.diagnose(keys, &Seen::of_json(node), hints))
    }

    /// Why a response over OpenAPI v3 does not verify: what is signed is its time, its nonce and its body. Its headers and
    /// body are as they reached the verification; its status does not matter.
    ///
    /// # Errors
    /// `response_too_large`; `response_duplicate` for a header that stands twice.
    pub fn diagnose_v3_response(&self, response: &HttpResponse, hints: &Hints) -> Result<Diagnosis, Error> {
        let body = &response.body[..];
        if body.len() > MAX_RESPONSE_BYTES {
            return Err(ErrorCode::ResponseTooLarge.into());
        }
        let Some(sign) = response.header("alipay-signature")? else {
            return Ok(missing());
        };
        let mut before = Vec::new();
        let mut missing = Vec::new();
        for name in ["alipay-timestamp", "alipay-nonce"] {
            match response.header(name)? {
                Some(value) => before.extend_from_slice(value.as_bytes()),
                None => missing.push(String::from(name)),
            }
            before.push(b'\n');
        }
        let signed = Whole {
            before,
            text: body,
            after: b"\n",
            sign,
            cert_sn: response.header("alipay-sn")?,
            sign_type: SignType::Rsa2,
        };
        let seen = Seen::of_json(body).without_headers(missing);
        Ok(signed.diagnose(Keys::new(self, hints, "alipay-sn"), &seen, hints))
    }

    fn diagnose_bases(&self, bases: &[Base], hints: &Hints) -> Diagnosis {
        let mut keys = Keys::new(self, hints, "alipay_cert_sn");
        let seen = bases
            .first()
            .map(|base| Seen::of_form(self, hints, &base.fields))
            .unwrap_or_default();
        let mut signed = false;
        let mut opened: Vec<Opened> = Vec::new();
        for base in bases {
            let signs = base.fields.iter().filter(|(name, _)| is_sign(name));
            for (name, sign) in signs.filter(|(_, sign)| !sign.is_empty()) {
                signed = true;
                opened.extend(base.opened(name, sign, &mut keys));
            }
        }
        if !signed {
            return missing();
        }
        let Some(first) = opened.first() else {
            return keys.none_fits(&seen);
        };
        let mut search = Search::new(first.digest, hints.limit(), first.len());
        let found = self.search(&opened, &mut search);
        let (reading, found) = match found {
            Some((reading, found, variant)) => (reading, Some((found, Some(variant)))),
            None => (first, None),
        };
        let algorithm = keys.about_algorithm(reading.digest, self.sign_type(), &reading.fields);
        let of_reading = reading
            .causes
            .iter()
            .filter(|finding| found.is_some() || finding.proof != Proof::Digest);
        let findings = algorithm.into_iter().chain(of_reading.cloned()).collect();
        conclude(findings, found, search.tried, &keys, &seen)
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
}

/// A message that is one text, and what is signed around it.
struct Whole<'a> {
    before: Vec<u8>,
    text: &'a [u8],
    after: &'static [u8],
    sign: &'a str,
    cert_sn: Option<&'a str>,
    sign_type: SignType,
}

impl Whole<'_> {
    fn diagnose(&self, mut keys: Keys<'_>, seen: &Seen, hints: &Hints) -> Diagnosis {
        for reading in readings(self.sign) {
            let Some(signed) = keys.open(&reading.signature, self.cert_sn) else {
                continue;
            };
            let mut search = Search::new(signed.digest, hints.limit(), self.text.len());
            let found = search.whole(&self.before, self.text, self.after);
            let mut findings = signed.findings;
            findings.extend(keys.about_algorithm(signed.digest, self.sign_type, &[]));
            findings.extend(reading.cause.map(|cause| Finding::whole(cause, Proof::Padding)));
            let found = found.map(|found| (found, None));
            return conclude(findings, found, search.tried, &keys, seen);
        }
        keys.none_fits(seen)
    }
}

impl Base {
    /// This way to read the message, if the signature opens in any way to read it.
    fn opened(&self, name: &[u8], sign: &[u8], keys: &mut Keys<'_>) -> Option<Opened> {
        let cert_sn = self.fields.iter().find(|(name, _)| name == b"alipay_cert_sn");
        let cert_sn = cert_sn.and_then(|(_, sn)| core::str::from_utf8(sn).ok());
        let renamed = (name != b"sign").then_some(if name.contains(&b'[') {
            Cause::ListValue
        } else {
            Cause::NameCase
        });
        readings(&String::from_utf8_lossy(sign))
            .into_iter()
            .find_map(|reading| {
                let signed = keys.open(&reading.signature, cert_sn)?;
                let mut fields: Vec<Field> = self
                    .fields
                    .iter()
                    .filter(|(name, _)| !is_sign(name))
                    .cloned()
                    .collect();
                fields.sort();
                let of_base = self.cause.iter().cloned().map(|(cause, fields)| Finding {
                    fields,
                    ..Finding::whole(cause, Proof::Digest)
                });
                let of_sign = [reading.cause, renamed].into_iter().flatten();
                let of_sign = of_sign.map(|cause| Finding {
                    fields: alloc::vec![String::from("sign")],
                    ..Finding::whole(cause, Proof::Padding)
                });
                Some(Opened {
                    digest: signed.digest,
                    causes: signed
                        .findings
                        .into_iter()
                        .chain(of_base)
                        .chain(of_sign)
                        .collect(),
                    fields,
                })
            })
    }
}

/// The signature opens.
fn conclude(
    mut findings: Vec<Finding>,
    found: Option<(Vec<Found>, Option<Variant>)>,
    tried: u32,
    keys: &Keys<'_>,
    seen: &Seen,
) -> Diagnosis {
    let own = keys.is_own();
    if own {
        let ours = [Cause::OwnKeyConfigured, Cause::SignedByOwnKey];
        findings.splice(0..0, ours.map(|cause| Finding::whole(cause, Proof::Fact)));
    }
    let (verdict, variant) = match found {
        Some((found, variant)) => {
            findings.extend(found.into_iter().map(|(cause, fields)| Finding {
                cause,
                fields,
                proof: Proof::Digest,
            }));
            let about_key = |finding: &Finding| finding.cause.is_about_key();
            let verdict = if findings.is_empty() {
                Verdict::Verifies
            } else if own || findings.iter().all(about_key) {
                Verdict::Key
            } else {
                Verdict::Repaired
            };
            findings.extend(seen.elsewhere());
            (verdict, variant)
        }
        None => {
            findings.extend(seen.lost());
            findings.push(Finding::whole(Cause::ContentUnknown, Proof::Exclusion));
            let verdict = if own { Verdict::Key } else { Verdict::Altered };
            (verdict, None)
        }
    };
    Diagnosis {
        verdict,
        variant,
        unknown_cert_sn: keys.unknown_cert_sn(&findings),
        findings,
        tried,
    }
}

fn missing() -> Diagnosis {
    let missing = Finding::whole(Cause::SignatureMissing, Proof::Fact);
    Diagnosis::of(Verdict::Unreadable, alloc::vec![missing])
}

/// `sign`, also where a framework wrote it as a list or in another case.
fn is_sign(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"sign") || matches!(name, b"sign[]" | b"sign[0]")
}
