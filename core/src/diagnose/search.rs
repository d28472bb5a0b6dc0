//! Trying hypotheses against the recovered digest, at the price of one hash each.

use super::{
    cause::Cause,
    edit::{self, Change, Edit, overlay},
    recover::Digest,
    rewrite::{EVIDENT, GUESS, POSSIBLE, RULES, further},
};
use crate::{form::Field, notify::Variant};
use alloc::{string::String, vec::Vec};

/// How many bytes may be hashed in one diagnosis.
const MAX_BYTES: usize = 64 << 20;

/// A cause and the parameters it is about.
pub(super) type Found = (Cause, Vec<String>);

/// Counts the hashes.
pub(super) struct Search {
    pub(super) digest: Digest,
    pub(super) tried: u32,
    pub(super) limit: u32,
    /// The string that is tried, in memory that is taken once.
    message: Vec<u8>,
}

impl Search {
    pub(super) fn new(digest: Digest, limit: u32, len: usize) -> Self {
        let fitting = MAX_BYTES.checked_div(len.max(1)).unwrap_or_default();
        Self {
            digest,
            tried: 0,
            limit: limit.min(u32::try_from(fitting).unwrap_or(u32::MAX)),
            message: Vec::with_capacity(len),
        }
    }

    fn is_over(&self) -> bool {
        self.tried >= self.limit
    }

    /// Whether these pieces were signed, one after the other.
    fn pieces(&mut self, pieces: [&[u8]; 3]) -> bool {
        self.tried = self.tried.saturating_add(1);
        self.message.clear();
        for piece in pieces {
            self.message.extend_from_slice(piece);
        }
        self.digest.is_of(&self.message)
    }

    /// Which string of these parameters was signed. `narrow`: of a payment's notification, only the string of payments.
    fn parameters(&mut self, parameters: &[(&[u8], &[u8])], narrow: bool) -> Option<Variant> {
        let of = |named: &[u8]| parameters.iter().any(|(name, _)| *name == named);
        let empty = parameters.iter().any(|(_, value)| value.is_empty());
        let narrow = narrow && of(b"notify_type");
        for variant in Variant::choices(of(b"sign_type"), empty, of(b"alipay_cert_sn")) {
            if narrow && variant.sign_type_signed == Some(true) {
                continue;
            }
            if self.is_over() {
                return None;
            }
            self.tried = self.tried.saturating_add(1);
            self.message.clear();
            for (name, value) in parameters {
                if !variant.counts(name, value) {
                    continue;
                }
                if !self.message.is_empty() {
                    self.message.push(b'&');
                }
                self.message.extend_from_slice(name);
                self.message.push(b'=');
                self.message.extend_from_slice(value);
            }
            if self.digest.is_of(&self.message) {
                return Some(variant);
            }
        }
        None
    }

    pub(super) fn as_it_stands(&mut self, fields: &[Field]) -> Option<Variant> {
        self.parameters(&overlay(fields, &[]), false)
    }

    /// Every single hypothesis.
    pub(super) fn singles(&mut self, fields: &[Field], edits: &[Edit]) -> Option<(Vec<Found>, Variant)> {
        edits.iter().find_map(|edit| {
            let variant = self.parameters(&overlay(fields, &[edit]), false)?;
            Some((named(fields, &[edit]), variant))
        })
    }

    /// Every pair of two different parameters' changes, and of two changes of the same values, until the limit.
    pub(super) fn pairs(&mut self, fields: &[Field], edits: &[Edit]) -> Option<(Vec<Found>, Variant)> {
        if let Some(found) = self.chains(fields, edits) {
            return Some(found);
        }
        // The most likely pairs first.
        for sum in 0..=GUESS.saturating_add(POSSIBLE) {
            for (index, second) in edits.iter().enumerate() {
                for first in edits.iter().take(index) {
                    if first.rank.saturating_add(second.rank) != sum || !first.goes_with(second) {
                        continue;
                    }
                    if self.is_over() {
                        return None;
                    }
                    let pair = [first, second];
                    if let Some(variant) = self.parameters(&overlay(fields, &pair), true) {
                        return Some((named(fields, &pair), variant));
                    }
                }
            }
        }
        None
    }

    /// Two changes one after the other on the same values.
    fn chains(&mut self, fields: &[Field], edits: &[Edit]) -> Option<(Vec<Found>, Variant)> {
        for first in edits
            .iter()
            .filter(|edit| edit.rewrites() && edit.rank <= POSSIBLE)
        {
            if self.is_over() {
                return None;
            }
            let changed = first.applied(fields);
            let touched = |edit: &Edit| {
                let mut places = edit.changes.iter().map(|(at, _)| at);
                places.any(|at| first.changes.iter().any(|(known, _)| known == at))
            };
            // One after the other only differs from a pair where both touch the same value.
            for second in edit::rewritings(&changed).iter().filter(|edit| touched(edit)) {
                if self.is_over() || first.rank.saturating_add(second.rank) > GUESS {
                    continue;
                }
                if let Some(variant) = self.parameters(&overlay(&changed, &[second]), true) {
                    let mut found = named(fields, &[first]);
                    found.extend(named(fields, &[second]));
                    return Some((found, variant));
                }
            }
            if let [(at, Change::Value(value))] = &first.changes[..] {
                for (cause, rank, value) in further(value) {
                    if self.is_over() || rank == GUESS && first.rank > EVIDENT {
                        continue;
                    }
                    let second = Edit {
                        cause,
                        rank,
                        changes: [(*at, Change::Value(value))].into(),
                        added: None,
                    };
                    if let Some(variant) = self.parameters(&overlay(fields, &[&second]), true) {
                        let mut found = named(fields, &[first]);
                        found.extend(named(fields, &[&second]));
                        return Some((found, variant));
                    }
                }
            }
        }
        None
    }

    /// One value that is the whole message but for what is signed around it: a response's node, or its body.
    pub(super) fn whole(&mut self, before: &[u8], value: &[u8], after: &[u8]) -> Option<Vec<Found>> {
        if self.pieces([before, value, after]) {
            return Some(Vec::new());
        }
        let rules = |value: &[u8]| -> Vec<(Cause, Vec<u8>)> {
            let ruled = RULES
                .iter()
                .filter_map(|rule| Some((rule.cause, (rule.undo)(value)?)));
            let further = further(value).into_iter().map(|(cause, _, value)| (cause, value));
            ruled.chain(further).collect()
        };
        let singles = rules(value);
        for (cause, value) in &singles {
            if self.is_over() {
                return None;
            }
            if self.pieces([before, value, after]) {
                return Some([(*cause, Vec::new())].into());
            }
        }
        for (first, value) in &singles {
            if self.is_over() {
                return None;
            }
            for (second, value) in rules(value) {
                if self.is_over() {
                    return None;
                }
                if self.pieces([before, &value, after]) {
                    return Some([(*first, Vec::new()), (second, Vec::new())].into());
                }
            }
        }
        None
    }
}

/// What was found, by the parameters' names.
fn named(fields: &[Field], edits: &[&Edit]) -> Vec<Found> {
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    edits
        .iter()
        .map(|edit| {
            let mut names: Vec<String> = edit
                .changes
                .iter()
                .filter_map(|(at, _)| fields.get(*at))
                .map(|(name, _)| text(name))
                .collect();
            names.extend(edit.added.iter().map(|(name, _)| text(name)));
            (edit.cause, names)
        })
        .collect()
}
