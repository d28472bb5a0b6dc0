//! The reference model of Alipay: a ledger of one order number, which is the truth, and the answers of the gateway.
//!
//! Written from the documents (pay, query, cancel) and not from the machine. Amounts are fen, times milliseconds since
//! the run began.

pub(crate) use super::said::Said;
use super::{
    plan::{BuyerDoes, CancelHabit, Effect, Plan},
    said::{cancelled, paid, said},
};
use alipay_core::{Amount, Timestamp, payment::RequestKind};
use std::fmt::Write as _;

/// Our order number.
pub(crate) const NUMBER: &str = "20150320010101001";
/// Somebody else's.
pub(crate) const ANOTHERS: &str = "20150320010101002";
/// Our amount.
pub(crate) const FEN: u64 = 8888;
/// What another sale costs, if not the same.
pub(crate) const OTHER_FEN: u64 = 12_300;
/// When every run begins.
pub(crate) const START: i64 = 1_795_262_400_000;

/// Time within a run. Another sale may be from before it began.
pub(crate) type Ms = i64;

/// The date and time at `at`.
#[must_use]
pub(crate) fn stamp(at: Ms) -> Timestamp {
    Timestamp::from_unix_ms(START + at).expect("a run is not that long")
}

/// Which of the three calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Method {
    Pay,
    Query,
    Cancel,
}

impl Method {
    /// Of a request of the machine's.
    #[must_use]
    pub(crate) const fn of(kind: RequestKind) -> Self {
        match kind {
            RequestKind::Pay => Self::Pay,
            RequestKind::Cancel => Self::Cancel,
            _ => Self::Query,
        }
    }

    /// An answer with this node, signed or not.
    #[must_use]
    pub(crate) fn enclosed(self, node: &str, sign: Option<&str>) -> String {
        let name = self.node();
        match sign {
            Some(sign) => format!(r#"{{"{name}":{node},"sign":"{sign}"}}"#),
            None => format!(r#"{{"{name}":{node}}}"#),
        }
    }

    /// What a forger would like to be said of the trade with this number: pay is paid, the trade is paid, the cancel closed it.
    #[must_use]
    pub(crate) fn wish(self, number: &str) -> String {
        let amount = amount(FEN);
        let what = match self {
            Self::Pay => format!(r#""total_amount":"{amount}","gmt_payment":"2027-01-01 00:00:00""#),
            Self::Query => format!(r#""total_amount":"{amount}","trade_status":"TRADE_SUCCESS""#),
            Self::Cancel => r#""retry_flag":"N","action":"close""#.to_owned(),
        };
        format!(
            r#"{{"code":"10000","msg":"Success","out_trade_no":"{number}","trade_no":"2026112222001402",{what}}}"#
        )
    }

    /// The key of its node.
    #[must_use]
    pub(crate) const fn node(self) -> &'static str {
        match self {
            Self::Pay => "alipay_trade_pay_response",
            Self::Query => "alipay_trade_query_response",
            Self::Cancel => "alipay_trade_cancel_response",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Waiting,
    Success,
    Closed,
}

impl Status {
    /// Its word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "WAIT_BUYER_PAY",
            Self::Success => "TRADE_SUCCESS",
            Self::Closed => "TRADE_CLOSED",
        }
    }
}

/// One row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Trade {
    /// Whether our pay made it, and not an older sale under the same number.
    pub(crate) ours: bool,
    pub(crate) fen: u64,
    pub(crate) status: Status,
    pub(crate) paid_at: Option<Ms>,
    pub(crate) refunded: bool,
    /// Until then neither query nor cancel finds it.
    pub(crate) hidden_until: Ms,
}

/// What follows later from what was just done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Later {
    /// The buyer decides.
    Buyer { at: Ms, does: BuyerDoes },
    /// A notification of the status now leaves.
    Notify,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Alipay {
    pub(crate) trade: Option<Trade>,
    /// Whether a cancel ever changed the older sale.
    pub(crate) older_touched: bool,
    /// When our pay landed first.
    landed_at: Ms,
    /// Whether the merchant gave back by itself what was paid.
    pub(crate) merchant_refunded: bool,
    cancel_troubles: u8,
    refuses_cancel: Option<&'static str>,
    /// Those that left earlier than the refused ones are carried out.
    refused_since: Ms,
}

impl Alipay {
    #[must_use]
    pub(crate) fn new(plan: &Plan) -> Self {
        let trade = plan.older_sale.map(|older| Trade {
            ours: false,
            fen: older.fen(),
            status: older.status,
            paid_at: (older.status == Status::Success).then_some(-older.ago_ms),
            refunded: false,
            hidden_until: Ms::MIN,
        });
        Self {
            trade,
            older_touched: false,
            landed_at: 0,
            merchant_refunded: false,
            cancel_troubles: plan.cancel_troubles,
            refuses_cancel: None,
            refused_since: 0,
        }
    }

    /// Whether our buyer's money is with the merchant.
    #[must_use]
    pub(crate) fn has_our_money(&self) -> bool {
        self.trade
            .as_ref()
            .is_some_and(|trade| trade.ours && trade.paid_at.is_some() && !trade.refunded)
    }

    /// Whether our buyer ever paid.
    #[must_use]
    pub(crate) fn was_charged(&self) -> bool {
        self.trade
            .as_ref()
            .is_some_and(|trade| trade.ours && trade.paid_at.is_some())
    }

    /// Whether no cancel can be carried out any more.
    #[must_use]
    pub(crate) fn refuses_for_good(&self) -> bool {
        self.refuses_cancel.is_some()
    }

    /// A pay arrives, of which the host knew at `ended`, if it did, that it was over.
    pub(crate) fn pay(&mut self, plan: &Plan, now: Ms, ended: Option<Ms>, later: &mut Vec<Later>) -> Said {
        if let Some(trade) = &self.trade {
            return match (trade.ours, trade.status) {
                (true, Status::Waiting) => said("10003", ""),
                // Another amount is told as it is; of our own, the machine could not know that it is another's.
                (ours, Status::Success) if plan.repeats_success && (ours || trade.fen != FEN) => paid(trade),
                (_, Status::Success) => said("40004", "ACQ.TRADE_HAS_SUCCESS"),
                (_, Status::Closed) => said("40004", "ACQ.TRADE_HAS_CLOSE"),
                (false, Status::Waiting) if plan.repeats_success => {
                    said("40004", "ACQ.TRADE_BUYER_NOT_MATCH")
                }
                (false, Status::Waiting) => said("40004", "ACQ.CONTEXT_INCONSISTENT"),
            };
        }
        self.landed_at = now;
        let effect = plan.buyer.effect;
        if effect != Effect::Nothing {
            self.trade = Some(Trade {
                ours: true,
                fen: FEN,
                status: Status::Waiting,
                paid_at: None,
                refunded: false,
                // Within the time to settle it is seen.
                hidden_until: (now + plan.hidden_ms).min(ended.unwrap_or(now) + plan.settles_in() - 1),
            });
        }
        match effect {
            Effect::Charges => self.charge(now, later),
            Effect::Asks(does, after) => {
                if after < plan.limit() {
                    later.push(Later::Buyer {
                        at: now + after,
                        does,
                    });
                }
                // The order's own limit closes it.
                later.push(Later::Buyer {
                    at: now + plan.limit(),
                    does: BuyerDoes::Refuse,
                });
            }
            Effect::Nothing => {}
        }
        match (plan.buyer.says, &self.trade) {
            (Some((code, sub_code)), _) => said(code, sub_code),
            (None, Some(trade)) if trade.status == Status::Success => paid(trade),
            (None, _) => said("10003", ""),
        }
    }

    fn charge(&mut self, now: Ms, later: &mut Vec<Later>) {
        if let Some(trade) = &mut self.trade {
            trade.status = Status::Success;
            trade.paid_at = Some(now);
            later.push(Later::Notify);
        }
    }

    /// The buyer decides, if the trade still waits.
    pub(crate) fn buyer(&mut self, does: BuyerDoes, now: Ms, later: &mut Vec<Later>) -> bool {
        let waits = self
            .trade
            .as_ref()
            .is_some_and(|trade| trade.ours && trade.status == Status::Waiting);
        match (does, &mut self.trade) {
            (BuyerDoes::Pay, Some(_)) if waits => self.charge(now, later),
            (BuyerDoes::Refuse, Some(trade)) if waits => {
                trade.status = Status::Closed;
                later.push(Later::Notify);
            }
            _ => return false,
        }
        true
    }

    /// The merchant gives back what was paid.
    pub(crate) fn refund(&mut self) -> bool {
        match &mut self.trade {
            Some(trade) if trade.status == Status::Success => {
                trade.status = Status::Closed;
                trade.refunded = true;
                self.merchant_refunded = true;
                true
            }
            _ => false,
        }
    }

    /// Somebody else pays our amount under our number, if it is free.
    pub(crate) fn another_pays(&mut self, now: Ms) -> bool {
        let free = self.trade.is_none();
        if free {
            self.trade = Some(Trade {
                ours: false,
                fen: FEN,
                status: Status::Success,
                paid_at: Some(now),
                refunded: false,
                hidden_until: Ms::MIN,
            });
        }
        free
    }

    /// Whether a replica may not know our trade yet: no longer than it can be paid, and some time.
    pub(crate) fn may_lag(&self, plan: &Plan, now: Ms) -> bool {
        now < self.landed_at + plan.limit() + plan.settles_in()
    }

    fn seen(&self, now: Ms) -> Option<&Trade> {
        self.trade.as_ref().filter(|trade| trade.hidden_until <= now)
    }

    /// A query arrives.
    #[must_use]
    pub(crate) fn query(&self, now: Ms) -> Said {
        let Some(trade) = self.seen(now) else {
            return Said::not_found();
        };
        let status = trade.status.as_str();
        let mut node = format!(
            r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}","trade_no":"2026112222001401","trade_status":"{status}","total_amount":"{}""#,
            amount(trade.fen)
        );
        if let Some(at) = trade.paid_at {
            let _ = write!(node, r#","send_pay_date":"{}""#, stamp(at).to_beijing());
        }
        node.push('}');
        Said {
            node,
            code: "10000",
            sub_code: "",
        }
    }

    /// A cancel arrives that left at `left`.
    pub(crate) fn cancel(&mut self, plan: &Plan, now: Ms, left: Ms, later: &mut Vec<Later>) -> Said {
        let paid = self
            .seen(now)
            .is_some_and(|trade| trade.status == Status::Success);
        let habit = if self.cancel_troubles > 0 {
            plan.cancels
        } else {
            CancelHabit::Obeys
        };
        match habit {
            CancelHabit::Refuses { sub_code, for_good } if paid || self.refuses_cancel.is_some() => {
                if for_good {
                    self.refuses_cancel = Some(sub_code);
                    return said("40004", sub_code);
                }
                if left >= self.refused_since {
                    self.cancel_troubles -= 1;
                    self.refused_since = left;
                    return said("40004", sub_code);
                }
            }
            CancelHabit::Obeys | CancelHabit::Refuses { .. } => {}
            CancelHabit::AsksAgain => {
                self.cancel_troubles -= 1;
                return cancelled("Y", None, self.seen(now).is_some());
            }
            CancelHabit::Says { code, sub_code, done } => {
                self.cancel_troubles -= 1;
                if done {
                    self.undo(now, later);
                }
                return said(code, sub_code);
            }
        }
        if self.seen(now).is_none() && plan.repeats_success {
            return Said::not_found();
        }
        let action = self.undo(now, later);
        cancelled("N", action, true)
    }

    fn undo(&mut self, now: Ms, later: &mut Vec<Later>) -> Option<&'static str> {
        let hidden = self.seen(now).is_none();
        let trade = self.trade.as_mut().filter(|_| !hidden)?;
        let action = match trade.status {
            Status::Waiting => "close",
            Status::Success => {
                trade.refunded = true;
                later.push(Later::Notify);
                "refund"
            }
            Status::Closed => return None,
        };
        trade.status = Status::Closed;
        self.older_touched |= !trade.ours;
        Some(action)
    }
}

/// Fen as the gateway writes them.
#[must_use]
pub(crate) fn amount(fen: u64) -> Amount {
    Amount::from_fen(fen).expect("a price")
}
