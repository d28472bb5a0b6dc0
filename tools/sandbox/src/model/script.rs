//! What a story makes happen: to the ledger, to the answer of pay, to queries and to cancels.
//!
//! Durations are the gateway's; the time scale divides them.

use crate::model::codes::GatewayCode;
use std::time::Duration;

/// One story, told to the machinery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script {
    /// What pay does to the ledger.
    pub(crate) effect: Effect,
    /// How long after the request the effect sets in: a request that lands late.
    pub(crate) lands_after: Duration,
    /// What the answer to pay says.
    pub(crate) says: Says,
    /// What happens to the answer on its way.
    pub(crate) damage: Damage,
    /// What goes wrong with queries.
    pub(crate) queries: Option<QueryTrouble>,
    /// What goes wrong with cancels.
    pub(crate) cancels: Option<CancelTrouble>,
}

impl Script {
    /// The buyer is charged at once and the answer says so.
    pub(crate) const PAID: Self = Self {
        effect: Effect::Charges,
        lands_after: Duration::ZERO,
        says: Says::Truth,
        damage: Damage::None,
        queries: None,
        cancels: None,
    };

    /// The buyer is asked, and does what `plan` says.
    pub(crate) const fn asks(plan: Plan) -> Self {
        Self {
            effect: Effect::Asks(plan),
            ..Self::PAID
        }
    }

    /// Nothing happens but the refusal.
    pub(crate) const fn refuses(code: GatewayCode, sub_code: &'static str) -> Self {
        Self {
            effect: Effect::Nothing,
            says: Says::Refusal(code, sub_code),
            ..Self::PAID
        }
    }

    pub(crate) const fn damaged(self, damage: Damage) -> Self {
        Self { damage, ..self }
    }

    pub(crate) const fn saying(self, says: Says) -> Self {
        Self { says, ..self }
    }

    pub(crate) const fn landing_after(self, lands_after: Duration) -> Self {
        Self { lands_after, ..self }
    }

    pub(crate) const fn queries(self, trouble: QueryTrouble) -> Self {
        Self {
            queries: Some(trouble),
            ..self
        }
    }

    pub(crate) const fn cancels(self, trouble: CancelTrouble) -> Self {
        Self {
            cancels: Some(trouble),
            ..self
        }
    }
}

/// What pay does to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The buyer is charged.
    Charges,
    /// A trade waits for the buyer.
    Asks(Plan),
    /// No trade comes to be.
    Nothing,
    /// The number turns out to belong to an older sale of somebody else.
    OlderSale(Older),
}

/// What a buyer who is asked will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Pays once this many queries were answered.
    PaysAfter(u32),
    /// Refuses once this many queries were answered.
    RefusesAfter(u32),
    /// Pays in the moment before the first cancel arrives.
    PaysBeforeCancel,
    /// Does nothing; a person may press the page's buttons.
    Waits,
}

/// The older sale under the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Older {
    /// Paid an hour ago.
    Paid,
    /// Paid an hour ago, with another amount.
    PaidOtherAmount,
    /// Closed an hour ago.
    Closed,
    /// Still waiting for its own buyer.
    Waiting,
}

/// What the answer to pay says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// What the ledger says: 10000 or 10003.
    Truth,
    /// 10000, whatever the ledger says.
    Success,
    /// 10000 with one fen more than the total.
    WrongAmount,
    /// This code and sub_code, whatever the ledger says.
    Refusal(GatewayCode, &'static str),
}

/// What happens to an answer on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// Nothing.
    None,
    /// The connection closes without any answer.
    Lost,
    /// It comes later than the client waits.
    Late,
    /// Its signature belongs to something else.
    BadSignature,
    /// It has no signature.
    Unsigned,
    /// A proxy's HTML page with status 502 stands in its place.
    Html502,
    /// The connection breaks in the middle of the body.
    CutConnection,
    /// The body is complete for HTTP, and its JSON stops in the middle.
    CutJson,
}

/// What goes wrong with queries, for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueryTrouble {
    /// Counted from the pay request.
    pub(crate) lasts: Duration,
    pub(crate) kind: QueryTroubleKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryTroubleKind {
    /// `ACQ.TRADE_NOT_EXIST`, though it does.
    NotExist,
    /// One fen more than the total.
    WrongAmount,
    /// The true answer, damaged.
    Damaged(Damage),
}

/// What goes wrong with cancels, this many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CancelTrouble {
    pub(crate) times: u32,
    pub(crate) kind: CancelTroubleKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CancelTroubleKind {
    /// Not done; `retry_flag` is `Y`.
    Retry,
    /// Not done, and this code and sub_code answered.
    Refusal(GatewayCode, &'static str),
    /// Not done, and no answer.
    LostUndone,
    /// Done, and the answer damaged.
    Done(Damage),
    /// No answer; done only some time later.
    LandsAfter(Duration),
}
