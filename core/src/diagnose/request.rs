//! The gateway's `isv.invalid-signature` to our own request: its `sub_msg` carries the string it verified.

use super::{
    cause::Cause,
    rewrite::{self, RULES},
};
use crate::json::Object;
use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
    vec::Vec,
};
use core::fmt;

/// Parameters whose values may be shown: they are the protocol's own words. Everything else may hold a person, a token or
/// an auth_code.
const SHOWN: [&str; 12] = [
    "alipay_root_cert_sn",
    "alipay_sdk",
    "app_cert_sn",
    "app_id",
    "charset",
    "encrypt_type",
    "format",
    "method",
    "product_code",
    "sign_type",
    "timestamp",
    "version",
];

/// How a parameter differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DifferenceKind {
    /// It was signed here and did not reach the gateway.
    Missing,
    /// The gateway counted it, and it was not signed here.
    Added,
    /// It reached the gateway with another value.
    Changed,
}

impl DifferenceKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Missing, Self::Added, Self::Changed];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Added => "added",
            Self::Changed => "changed",
        }
    }
}

/// A parameter that the gateway saw otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    /// The parameter.
    pub parameter: String,
    /// Inside `biz_content`: the member.
    pub member: Option<String>,
    /// How it differs.
    pub kind: DifferenceKind,
    /// What happened to the value, if that is one of the known changes.
    pub cause: Option<Cause>,
    /// Where the values begin to differ, counted in characters from 0.
    pub at: Option<usize>,
    /// The length of our value in characters.
    pub our_length: Option<usize>,
    /// The length of the gateway's value in characters.
    pub gateway_length: Option<usize>,
    /// Our value, for the protocol's own words only (`charset`, `timestamp` …).
    pub ours: Option<String>,
    /// The gateway's value, likewise.
    pub gateway: Option<String>,
}

impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Difference")
            .field("parameter", &self.parameter)
            .field("member", &self.member)
            .field("kind", &self.kind)
            .field("cause", &self.cause)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// What the gateway verified, beside what was signed here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct RequestDiagnosis {
    /// [`Cause::SameString`], [`Cause::NoString`], or nothing where there are differences.
    pub cause: Option<Cause>,
    /// Every difference, in the order of the parameters.
    pub differences: Vec<Difference>,
}

/// Compares the string that was signed here ([`Prepared::string_to_sign`](crate::envelope::Prepared::string_to_sign)) with
/// the one in the `sub_msg` of the gateway's `isv.invalid-signature`.
///
/// Neither string is in the result: only names, kinds, places and lengths, and the values of the protocol's own words.
pub fn diagnose_request(string_to_sign: &str, sub_msg: &str) -> RequestDiagnosis {
    let Some(gateway) = gateway_string(sub_msg) else {
        return RequestDiagnosis {
            cause: Some(Cause::NoString),
            differences: Vec::new(),
        };
    };
    // The gateway writes the string as HTML.
    let plain = rewrite::unescaped(gateway.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
    let gateway = match plain {
        Some(plain) if gateway != string_to_sign => Cow::Owned(plain),
        _ => Cow::Borrowed(gateway),
    };
    if gateway == string_to_sign {
        return RequestDiagnosis {
            cause: Some(Cause::SameString),
            differences: Vec::new(),
        };
    }
    let (ours, theirs) = (parameters(string_to_sign), parameters(&gateway));
    let mut names: Vec<&str> = ours.iter().chain(&theirs).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let value_of = |list: &[(&str, String)], wanted: &str| -> Option<String> {
        list.iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value.clone())
    };
    let differences = names.into_iter().flat_map(|name| {
        let (ours, theirs) = (value_of(&ours, name), value_of(&theirs, name));
        compared(name, ours.as_deref(), theirs.as_deref())
    });
    RequestDiagnosis {
        cause: None,
        differences: differences.collect(),
    }
}

/// What follows the gateway's words.
fn gateway_string(sub_msg: &str) -> Option<&str> {
    let (_, rest) = sub_msg.split_once("验签字符串为")?;
    let rest = rest.trim_start_matches(['：', ':', ' ']).trim_end();
    rest.contains('=').then_some(rest)
}

/// The parameters of a string to be signed. A `&` inside unfinished JSON belongs to the value.
fn parameters(text: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for piece in text.split('&') {
        let named = piece.split_once('=').filter(|(name, _)| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !name.is_empty() && name.bytes().all(plain)
        });
        match (named, found.last_mut()) {
            (named, Some((_, value))) if named.is_none() || is_unfinished(value) => {
                value.push('&');
                value.push_str(piece);
            }
            (Some((name, value)), _) => found.push((name, value.to_owned())),
            (None, _) => found.push((piece, String::new())),
        }
    }
    found
}

fn is_unfinished(value: &str) -> bool {
    value.starts_with('{') && value.matches('{').count() > value.matches('}').count()
}

fn compared(name: &str, ours: Option<&str>, theirs: Option<&str>) -> Vec<Difference> {
    if ours == theirs {
        return Vec::new();
    }
    if let (Some(ours), Some(theirs), "biz_content") = (ours, theirs, name)
        && let (Ok(our_members), Ok(their_members)) = (Object::parse(ours), Object::parse(theirs))
    {
        let mut names: Vec<&str> = our_members.names().chain(their_members.names()).collect();
        names.sort_unstable();
        names.dedup();
        let inside: Vec<Difference> = names
            .into_iter()
            .filter_map(|member| {
                difference(
                    name,
                    Some(member),
                    our_members.member(member),
                    their_members.member(member),
                )
            })
            .collect();
        // Same members, another text: white space, order or escapes.
        if !inside.is_empty() {
            return inside;
        }
        return difference(name, None, Some(ours), Some(theirs))
            .map(|difference| Difference {
                cause: Some(Cause::JsonRewritten),
                ..difference
            })
            .into_iter()
            .collect();
    }
    difference(name, None, ours, theirs).into_iter().collect()
}

fn difference(
    name: &str,
    member: Option<&str>,
    ours: Option<&str>,
    theirs: Option<&str>,
) -> Option<Difference> {
    let kind = match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours != theirs => DifferenceKind::Changed,
        (Some(_), None) => DifferenceKind::Missing,
        (None, Some(_)) => DifferenceKind::Added,
        _ => return None,
    };
    let at = ours.zip(theirs).map(|(ours, theirs)| {
        let same = ours.chars().zip(theirs.chars());
        same.take_while(|(ours, theirs)| ours == theirs).count()
    });
    let shown = |value: Option<&str>| {
        let is_shown = SHOWN.contains(&member.unwrap_or(name));
        value.filter(|_| is_shown).map(ToOwned::to_owned)
    };
    let length = |value: Option<&str>| value.map(|value| value.chars().count());
    Some(Difference {
        parameter: name.to_owned(),
        member: member.map(ToOwned::to_owned),
        kind,
        cause: ours.zip(theirs).and_then(|(ours, theirs)| cause(ours, theirs)),
        at,
        our_length: length(ours),
        gateway_length: length(theirs),
        ours: shown(ours),
        gateway: shown(theirs),
    })
}

/// The known change that leads from our value to the gateway's.
fn cause(ours: &str, theirs: &str) -> Option<Cause> {
    let of_rule = RULES
        .iter()
        .find(|rule| (rule.undo)(theirs.as_bytes()).is_some_and(|undone| undone == ours.as_bytes()))
        .map(|rule| rule.cause);
    of_rule.or_else(|| {
        rewrite::further(theirs.as_bytes())
            .into_iter()
            .find(|(_, _, undone)| undone == ours.as_bytes())
            .map(|(cause, _, _)| cause)
    })
}
