//! What a till was told, against what the gateway's ledger says.

use std::{fs, path::Path};

use serde_json::Value;

use super::till::TOTAL;
use crate::files::at;

/// An outcome.
pub(super) struct Told {
    kind: String,
    /// Why it is unresolved.
    reason: Option<String>,
}

impl Told {
    /// From the lines of JSON that a till has written.
    pub(super) fn read(out: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(out).map_err(at(out))?;
        let mut lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let done = lines.rfind(|line| line["type"] == "done");
        let outcome = &done.ok_or("the till told no outcome")?["outcome"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Self {
            kind: text(&outcome["type"]).ok_or("the outcome has no type")?,
            reason: text(&outcome["reason"]),
        })
    }

    pub(super) fn words(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{} ({reason})", self.kind),
            None => self.kind.clone(),
        }
    }
}

/// A row of the ledger's.
pub(super) struct Trade {
    charged: String,
    refunded: String,
    pay_calls: u64,
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
        Ok(Some(Self {
            charged: text("charged")?,
            refunded: text("refunded")?,
            pay_calls: trade["pay_calls"].as_u64().ok_or("the ledger counts no pays")?,
        }))
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
        }
    }

    fn trade(charged: &str, refunded: &str, pay_calls: u64) -> Trade {
        Trade {
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
