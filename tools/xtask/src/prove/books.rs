//! What a till was told, against what the gateway's ledger says.

use std::{fs, path::Path};

use serde_json::Value;

use super::{sandbox::Pages, till::TOTAL};
use crate::files::at;

/// An outcome.
pub(super) struct Told {
    kind: String,
    /// Why it is unresolved.
    reason: Option<String>,
    /// Whether it was stored when it was told; not every till says.
    pub(super) stored: Option<bool>,
}

impl Told {
    /// From the lines of JSON that a till has written.
    pub(super) fn read(out: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(out).map_err(at(out))?;
        let mut lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let done = lines.rfind(|line| line["type"] == "done");
        let done = done.ok_or("the till told no outcome")?;
        let outcome = &done["outcome"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Self {
            kind: text(&outcome["type"]).ok_or("the outcome has no type")?,
            reason: text(&outcome["reason"]),
            stored: done["stored"].as_bool(),
        })
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    pub(super) fn words(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{} ({reason})", self.kind),
            None => self.kind.clone(),
        }
    }
}

/// What a till that has ended said.
pub(super) enum Said {
    Told(Told),
    /// No outcome, but why.
    Refused(String),
}

impl Said {
    /// From its standard output and its standard error.
    pub(super) fn read(out: &Path, err: &Path) -> Result<Self, String> {
        if let Ok(told) = Told::read(out) {
            return Ok(Self::Told(told));
        }
        let text = fs::read_to_string(err).map_err(at(err))?;
        // With a warning it goes on.
        let mut lines = text.lines().filter(|line| !line.starts_with("warning["));
        let code = lines.find_map(|line| REFUSALS.iter().find(|code| line.contains(**code)));
        if let Some(code) = code {
            return Ok(Self::Refused((*code).to_owned()));
        }
        Err(format!("the till said nothing of use\n{}", text.trim_end()))
    }

    /// The outcome, if it told one.
    pub(super) fn told(&self) -> Option<&Told> {
        match self {
            Self::Told(told) => Some(told),
            Self::Refused(_) => None,
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Told(told) => told.words(),
            Self::Refused(why) => format!("({why})"),
        }
    }
}

/// The errors of a till that has no outcome to tell.
const REFUSALS: &[&str] = &[
    "superseded",
    "SUPERSEDED",
    "state_busy",
    "state_exists",
    "state_not_written",
    "store_failed",
    "STORE_FAILED",
];

/// A row of the ledger's.
pub(super) struct Trade {
    pub(super) trade_no: String,
    pub(super) pay_calls: u64,
    pub(super) cancel_calls: u64,
    charged: String,
    refunded: String,
}

impl Trade {
    pub(super) fn find(trades: &Value, out_trade_no: &str) -> Result<Option<Self>, String> {
        let trades = trades.as_array().ok_or("the ledger is not a list")?;
        let Some(trade) = trades.iter().find(|trade| trade["out_trade_no"] == out_trade_no) else {
            return Ok(None);
        };
        let text = |name: &str| {
            let value = trade[name].as_str().map(str::to_owned);
            value.ok_or_else(|| format!("the ledger has no `{name}`"))
        };
        let count = |name: &str| {
            let value = trade[name].as_u64();
            value.ok_or_else(|| format!("the ledger has no `{name}`"))
        };
        Ok(Some(Self {
            trade_no: text("trade_no")?,
            charged: text("charged")?,
            refunded: text("refunded")?,
            pay_calls: count("pay_calls")?,
            cancel_calls: count("cancel_calls")?,
        }))
    }

    /// The one of this number, on a gateway's pages.
    pub(super) fn on(pages: &Pages, out_trade_no: &str) -> Result<Option<Self>, String> {
        Self::find(&pages.trades()?, out_trade_no)
    }

    /// Whether the buyer has paid and the money is still with the merchant.
    fn is_kept(&self) -> bool {
        self.charged != self.refunded
    }
}

/// The row in words.
pub(super) fn words(trade: Option<&Trade>) -> String {
    match trade {
        None => "no trade".into(),
        Some(trade) if trade.is_kept() => format!("charged {}", trade.charged),
        Some(trade) if trade.charged == TOTAL => "charged and refunded".into(),
        Some(_) => "not charged".into(),
    }
}

/// Whether both may be true.
pub(super) fn compare(told: &Told, trade: Option<&Trade>) -> Result<(), String> {
    if trade.is_some_and(|trade| trade.pay_calls > 1) {
        return Err("pay was sent more than once".into());
    }
    let kept = trade.filter(|trade| trade.is_kept());
    match (&*told.kind, kept) {
        ("paid", Some(trade)) if trade.charged == TOTAL && trade.refunded.parse() == Ok(0.0) => Ok(()),
        ("paid", _) => Err("told as paid, and the buyer was not charged".into()),
        ("closed" | "declined" | "rejected", None) | ("unresolved", _) => Ok(()),
        (kind @ ("closed" | "declined" | "rejected"), Some(_)) => {
            Err(format!("told as {kind}, and the buyer was charged"))
        }
        // The client that closes plainly: its pay must land, or the other cases have shown nothing.
        ("gaveUp", Some(_)) => Ok(()),
        ("gaveUp", None) => Err("a pay whose connection was closed did not land after the outage".into()),
        (kind, _) => Err(format!("nobody else has this number, and the outcome is {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str) -> Told {
        Told {
            kind: kind.into(),
            reason: None,
            stored: None,
        }
    }

    fn trade(charged: &str, refunded: &str, pay_calls: u64) -> Trade {
        Trade {
            trade_no: "1".into(),
            cancel_calls: 0,
            charged: charged.into(),
            refunded: refunded.into(),
            pay_calls,
        }
    }

    #[test]
    fn what_was_told_and_what_was_charged_must_agree() {
        let kept = trade(TOTAL, "0.00", 1);
        let back = trade(TOTAL, TOTAL, 1);
        let nothing = trade("0.00", "0.00", 1);
        for (kind, fine) in [
            ("paid", [true, false, false, false]),
            ("closed", [false, true, true, true]),
            ("declined", [false, true, true, true]),
            ("unresolved", [true, true, true, true]),
            ("conflict", [false, false, false, false]),
            ("gaveUp", [true, false, false, false]),
        ] {
            for (trade, fine) in [Some(&kept), Some(&back), Some(&nothing), None]
                .into_iter()
                .zip(fine)
            {
                assert_eq!(
                    compare(&told(kind), trade).is_ok(),
                    fine,
                    "{kind}, {}",
                    words(trade)
                );
            }
        }
        assert!(compare(&told("paid"), Some(&trade(TOTAL, "0.00", 2))).is_err());
    }
}
