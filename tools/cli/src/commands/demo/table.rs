//! The last page of the demonstration: what the merchant believes beside what the ledger says.

use alipay_core::{Amount, payment::Outcome};
use alipay_sandbox::TradeView;
use serde::Serialize;

/// One payment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    out_trade_no: String,
    total_amount: String,
    outcome: &'static str,
    late: bool,
    /// Notifications that came and were verified.
    notified: usize,
    /// The buyer was charged this much, in yuan.
    charged: String,
    /// And got this much back.
    refunded: String,
    /// Whether outcome, ledger and notifications say the same.
    pub(super) agrees: bool,
}

impl Row {
    pub(super) fn new(
        out_trade_no: &str,
        total_amount: Amount,
        outcome: &Outcome,
        notified: usize,
        trade: Option<&TradeView>,
    ) -> Self {
        let charged = trade.map_or(Amount::ZERO, |trade| trade.charged);
        let refunded = trade.map_or(Amount::ZERO, |trade| trade.refunded);
        let books_agree = match outcome {
            Outcome::Paid { .. } => charged == total_amount && refunded == Amount::ZERO && notified > 0,
            Outcome::Declined { .. } | Outcome::Closed { .. } | Outcome::Rejected { .. } => {
                charged == refunded
            }
            // The four stories shown end otherwise.
            Outcome::Conflict { .. } | Outcome::Unresolved { .. } => false,
        };
        Self {
            out_trade_no: out_trade_no.into(),
            total_amount: total_amount.to_string(),
            outcome: outcome.as_str(),
            late: matches!(outcome, Outcome::Paid { late: true, .. }),
            notified,
            charged: charged.to_string(),
            refunded: refunded.to_string(),
            agrees: books_agree && trade.is_some_and(|trade| trade.pay_calls == 1),
        }
    }

    fn cells(&self) -> [String; 7] {
        let yes = |yes, word: &str| if yes { word.to_owned() } else { "-".to_owned() };
        [
            self.out_trade_no.clone(),
            self.total_amount.clone(),
            self.outcome.into(),
            yes(self.late, "late"),
            yes(self.notified > 0, "verified"),
            format!("charged {}, refunded {}", self.charged, self.refunded),
            if self.agrees { "yes" } else { "NO" }.into(),
        ]
    }
}

/// The table, as text.
pub(super) fn draw(rows: &[Row]) -> String {
    let head = [
        "order",
        "yuan",
        "outcome",
        "late?",
        "notified?",
        "the ledger says",
        "agree?",
    ];
    let lines: Vec<[String; 7]> = std::iter::once(head.map(Into::into))
        .chain(rows.iter().map(Row::cells))
        .collect();
    let widths = [0, 1, 2, 3, 4, 5, 6].map(|column| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(String::len).max().unwrap_or_default()
    });
    let mut out = String::from("\n");
    for line in &lines {
        for (cell, width) in line.iter().zip(widths) {
            out.push_str(&format!("{cell:width$}  "));
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}
