//! What a message shows without any hash.

use super::{
    cause::Cause,
    report::{Finding, Hints, Proof},
    rewrite::contains,
};
use crate::{form::Field, id::AppId, json::Object, merchant::Merchant};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// What became of bytes that were no text: U+FFFD, also where it was read once more as GBK or as ISO-8859-1.
const LOST: [&str; 3] = ["\u{fffd}", "锟斤拷", "ï¿½"];

/// What a message shows on its face.
#[derive(Default)]
pub(super) struct Seen {
    /// Parameters that name another application or seller.
    not_ours: Vec<String>,
    /// Parameters that lost bytes.
    lost: Vec<String>,
    /// Headers that are signed and are not there.
    missing: Vec<String>,
}

impl Seen {
    /// Of a form's parameters.
    pub(super) fn of_form(merchant: &Merchant, hints: &Hints, fields: &[Field]) -> Self {
        let text_of = |wanted: &[u8]| {
            let (_, value) = fields.iter().find(|(name, _)| name == wanted)?;
            core::str::from_utf8(value).ok()
        };
        // What does not look like an id may be ours, written otherwise.
        let app = text_of(b"app_id").and_then(|id| id.parse::<AppId>().ok());
        let seller = text_of(b"seller_id").filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
        let other_app = app.is_some_and(|app| app != *merchant.app_id());
        let other_seller = seller
            .zip(hints.seller_id.as_deref())
            .is_some_and(|(seller, ours)| !seller.is_empty() && seller != ours);
        let not_ours = [("app_id", other_app), ("seller_id", other_seller)];
        let not_ours = not_ours.into_iter().filter(|(_, other)| *other);
        let lost = fields
            .iter()
            .filter(|(name, value)| is_lossy(name) || is_lossy(value));
        Self {
            missing: Vec::new(),
            not_ours: not_ours.map(|(name, _)| name.to_owned()).collect(),
            lost: lost
                .map(|(name, _)| String::from_utf8_lossy(name).into_owned())
                .collect(),
        }
    }

    /// Of JSON text; its members are named.
    pub(super) fn of_json(text: &[u8]) -> Self {
        let members = core::str::from_utf8(text)
            .ok()
            .and_then(|text| Object::parse(text).ok());
        let names = members.iter().flat_map(|members| {
            let lossy = |name: &&str| {
                members
                    .member(name)
                    .is_some_and(|value| is_lossy(value.as_bytes()))
            };
            members.names().filter(lossy).map(ToOwned::to_owned)
        });
        Self {
            lost: names.collect(),
            ..Self::default()
        }
    }

    /// The same of a message whose signature covers headers that are missing.
    pub(super) fn without_headers(self, missing: Vec<String>) -> Self {
        Self { missing, ..self }
    }

    /// It is meant for somebody else.
    pub(super) fn elsewhere(&self) -> Vec<Finding> {
        Self::told(Cause::OtherMerchant, &self.not_ours)
    }

    /// Nothing can lead back to what was signed.
    pub(super) fn lost(&self) -> Vec<Finding> {
        let mut findings = Self::told(Cause::HeaderMissing, &self.missing);
        findings.extend(Self::told(Cause::BytesLost, &self.lost));
        findings
    }

    fn told(cause: Cause, fields: &[String]) -> Vec<Finding> {
        let finding = (!fields.is_empty()).then(|| Finding {
            fields: fields.to_owned(),
            ..Finding::whole(cause, Proof::Fact)
        });
        finding.into_iter().collect()
    }
}

fn is_lossy(value: &[u8]) -> bool {
    LOST.iter().any(|lost| contains(value, lost.as_bytes()))
}
