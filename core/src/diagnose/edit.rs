//! Changes to a message's parameters: one hypothesis each, to be tried alone and in pairs.

use super::{
    cause::Cause,
    rewrite::{self, EVIDENT, GUESS, LIKELY, POSSIBLE, RULES, Rank, Undo},
};
use crate::form::Field;
use alloc::{borrow::ToOwned, vec, vec::Vec};

/// What is undone on one parameter.
pub(super) enum Change {
    Drop,
    Value(Vec<u8>),
    Name(Vec<u8>),
}

/// One hypothesis.
pub(super) struct Edit {
    pub(super) cause: Cause,
    pub(super) rank: Rank,
    /// Which parameters, by their place.
    pub(super) changes: Vec<(usize, Change)>,
    pub(super) added: Option<Field>,
}

impl Edit {
    fn of_values(cause: Cause, rank: Rank, values: Vec<(usize, Vec<u8>)>) -> Self {
        let changes = values
            .into_iter()
            .map(|(at, value)| (at, Change::Value(value)))
            .collect();
        Self {
            cause,
            rank,
            changes,
            added: None,
        }
    }

    /// Whether it only rewrites values.
    pub(super) fn rewrites(&self) -> bool {
        self.added.is_none()
            && self
                .changes
                .iter()
                .all(|(_, change)| matches!(change, Change::Value(_)))
    }

    /// Whether the two can be tried together: not the same kind of change on the same parameter.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        let same_name = matches!((&self.added, &other.added), (Some((a, _)), Some((b, _))) if a == b);
        let clash = |(at, change): &(usize, Change)| {
            let mut others = other.changes.iter();
            others.any(|(known, theirs)| {
                known == at && core::mem::discriminant(change) == core::mem::discriminant(theirs)
            })
        };
        !same_name && !self.changes.iter().any(clash)
    }

    /// The values after this change.
    pub(super) fn applied(&self, fields: &[Field]) -> Vec<Field> {
        let mut out = fields.to_owned();
        for (at, change) in &self.changes {
            if let (Some((_, value)), Change::Value(new)) = (out.get_mut(*at), change) {
                new.clone_into(value);
            }
        }
        out
    }
}

/// The parameters with some changes, sorted by name.
pub(super) fn overlay<'a>(fields: &'a [Field], edits: &[&'a Edit]) -> Vec<(&'a [u8], &'a [u8])> {
    let mut slots: Vec<Option<(&[u8], &[u8])>> = Vec::with_capacity(fields.len().saturating_add(2));
    slots.extend(fields.iter().map(|(name, value)| Some((&name[..], &value[..]))));
    let mut unsorted = false;
    for edit in edits {
        for (at, change) in &edit.changes {
            if let Some(slot) = slots.get_mut(*at) {
                *slot = match (change, *slot) {
                    (Change::Drop, _) | (_, None) => None,
                    (Change::Value(value), Some((name, _))) => Some((name, value)),
                    (Change::Name(name), Some((_, value))) => {
                        unsorted = true;
                        Some((name, value))
                    }
                };
            }
        }
        if let Some((name, value)) = &edit.added {
            slots.push(Some((name, value)));
            unsorted = true;
        }
    }
    let mut out: Vec<_> = slots.into_iter().flatten().collect();
    if unsorted {
        out.sort_unstable();
    }
    out
}

/// Every change of values by a rule: on all parameters that show it, and on each of them.
pub(super) fn rewritings(fields: &[Field]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for rule in RULES {
        let values: Vec<(usize, Vec<u8>)> = fields
            .iter()
            .enumerate()
            .filter_map(|(at, (_, value))| Some((at, (rule.undo)(value)?)))
            .collect();
        if values.len() > 1 {
            for (at, value) in &values {
                let one = vec![(*at, value.clone())];
                edits.push(Edit::of_values(rule.cause, rule.rank.max(POSSIBLE), one));
            }
        }
        if !values.is_empty() {
            edits.push(Edit::of_values(rule.cause, rule.rank, values));
        }
    }
    edits
}

/// Every single hypothesis, most likely first.
pub(super) fn all(fields: &[Field], app_id: &str, sha1: bool) -> Vec<Edit> {
    let mut edits = rewritings(fields);
    let namings: [(Cause, Undo); 3] = [
        (Cause::ListValue, rewrite::plain_name),
        (Cause::NameCase, rewrite::snake_name),
        (Cause::NameCase, rewrite::lower_name),
    ];
    for (cause, undo) in namings {
        let names: Vec<(usize, Vec<u8>)> = fields
            .iter()
            .enumerate()
            .filter_map(|(at, (name, _))| Some((at, undo(name)?)))
            .collect();
        let rename = |rank, names: Vec<(usize, Vec<u8>)>| Edit {
            cause,
            rank,
            changes: names
                .into_iter()
                .map(|(at, name)| (at, Change::Name(name)))
                .collect(),
            added: None,
        };
        if names.len() > 1 {
            let singles = names.iter().cloned().map(|name| rename(POSSIBLE, vec![name]));
            edits.extend(singles);
        }
        if !names.is_empty() {
            edits.push(rename(EVIDENT, names));
        }
    }
    let dropped = |rank, places: Vec<usize>| Edit {
        cause: Cause::ExtraParameter,
        rank,
        changes: places.into_iter().map(|at| (at, Change::Drop)).collect(),
        added: None,
    };
    let unlisted: Vec<usize> = (0..fields.len())
        .filter(|at| fields.get(*at).is_some_and(|(name, _)| !is_listed(name)))
        .collect();
    for (at, (name, _)) in fields.iter().enumerate() {
        let rank = if is_listed(name) { POSSIBLE } else { EVIDENT };
        edits.push(dropped(rank, vec![at]));
    }
    if unlisted.len() > 1 {
        edits.push(dropped(EVIDENT, unlisted));
    }
    edits.extend(missing(fields, app_id, sha1));
    for (at, (_, value)) in fields.iter().enumerate() {
        let further = rewrite::further(value).into_iter();
        edits.extend(further.map(|(cause, rank, value)| Edit::of_values(cause, rank, vec![(at, value)])));
    }
    edits.sort_by_key(|edit| edit.rank);
    edits
}

fn is_listed(name: &[u8]) -> bool {
    const FURTHER: [&str; 10] = [
        "method",
        "timestamp",
        "utc_timestamp",
        "msg_method",
        "biz_content",
        "msg_type",
        "msg_uid",
        "msg_app_id",
        "service",
        "payment_type",
    ];
    let of_trade = crate::notify::TradeNotify::TABLE
        .fields
        .iter()
        .map(|field| field.name);
    of_trade.chain(FURTHER).any(|known| known.as_bytes() == name)
}

/// Parameters that may have been lost, where their value can be guessed.
fn missing(fields: &[Field], app_id: &str, sha1: bool) -> Vec<Edit> {
    const GUESSES: &[(&str, &[&str], Rank)] = &[
        ("charset", &["utf-8", "UTF-8", "utf8", "GBK", "gbk"], LIKELY),
        ("version", &["1.0", "1.1"], LIKELY),
        ("notify_type", &["trade_status_sync"], LIKELY),
        (
            "trade_status",
            &[
                "TRADE_SUCCESS",
                "TRADE_FINISHED",
                "TRADE_CLOSED",
                "WAIT_BUYER_PAY",
            ],
            POSSIBLE,
        ),
        ("point_amount", &["0.00"], POSSIBLE),
        ("refund_fee", &["0.00"], GUESS),
        ("discount_amount", &["0.00"], GUESS),
        (
            "method",
            &["alipay.trade.page.pay.return", "alipay.trade.wap.pay.return"],
            POSSIBLE,
        ),
        ("format", &["JSON", "json"], GUESS),
    ];
    /// Often empty.
    const EMPTY: &[&str] = &[
        "body",
        "subject",
        "passback_params",
        "voucher_detail_list",
        "fund_bill_list",
        "out_biz_no",
        "buyer_logon_id",
        "buyer_open_id",
        "seller_email",
        "gmt_refund",
        "gmt_close",
        "refund_fee",
        "biz_settle_mode",
        "store_id",
        "terminal_id",
        "notify_action_type",
        "auth_app_id",
        "app_auth_token",
        "extend_params",
    ];
    /// Often the same as another.
    const SAME: &[(&str, &str, Rank)] = &[
        ("auth_app_id", "app_id", LIKELY),
        ("invoice_amount", "total_amount", POSSIBLE),
        ("receipt_amount", "total_amount", POSSIBLE),
        ("buyer_pay_amount", "total_amount", POSSIBLE),
        ("notify_time", "gmt_payment", GUESS),
        ("gmt_create", "gmt_payment", GUESS),
        ("gmt_payment", "notify_time", GUESS),
    ];
    let value_of = |wanted: &str| {
        let mut known = fields.iter();
        known
            .find(|(name, _)| name == wanted.as_bytes())
            .map(|(_, value)| &value[..])
    };
    let sign_type = if sha1 { "RSA" } else { "RSA2" };
    let mut guesses: Vec<(Cause, Rank, &str, &[u8])> = Vec::new();
    guesses.push((Cause::SignTypeDropped, EVIDENT, "sign_type", sign_type.as_bytes()));
    guesses.push((Cause::MissingParameter, LIKELY, "app_id", app_id.as_bytes()));
    guesses.push((Cause::MissingParameter, LIKELY, "auth_app_id", app_id.as_bytes()));
    for (name, values, rank) in GUESSES {
        let further = values
            .iter()
            .map(|value| (Cause::MissingParameter, *rank, *name, value.as_bytes()));
        guesses.extend(further);
    }
    for (name, other, rank) in SAME {
        let same = value_of(other).map(|value| (Cause::MissingParameter, *rank, *name, value));
        guesses.extend(same);
    }
    guesses.extend(
        EMPTY
            .iter()
            .map(|name| (Cause::EmptyDropped, POSSIBLE, *name, &b""[..])),
    );
    guesses
        .into_iter()
        .filter(|(_, _, name, _)| value_of(name).is_none())
        .map(|(cause, rank, name, value)| Edit {
            cause,
            rank,
            changes: Vec::new(),
            added: Some((name.into(), value.into())),
        })
        .collect()
}
