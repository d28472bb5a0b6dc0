//! What can happen, and when it waits.

use super::{BuyerDoes, Failure, HttpResponse, Method, Ms, Request, RequestId, Said};

/// An answer on its way.
#[derive(Debug, Clone)]
pub(in crate::money) struct Letter {
    pub(in crate::money) response: HttpResponse,
    pub(in crate::money) method: Method,
    /// What Alipay said, if this is its unchanged answer about our trade.
    pub(in crate::money) genuine: Option<Said>,
    /// Whether a not-found in it counts, by what really happened.
    pub(in crate::money) settled: Settled,
}

/// Whether pay could still land, or be invisible, when a query left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::money) enum Settled {
    No,
    Yes,
    /// It ended without proof, so long ago that no kernel carries it.
    LongAgo,
}

#[derive(Debug, Clone)]
pub(in crate::money) enum Event {
    /// A stored request leaves, if it is not too late.
    Leaves {
        request: Box<Request>,
        life: u32,
        made: Ms,
    },
    /// Storing took too long.
    StoreFails {
        request: Box<Request>,
        life: u32,
    },
    Arrives {
        method: Method,
        id: RequestId,
        life: u32,
        left: Ms,
        settled: Settled,
        answered: bool,
    },
    Answer {
        id: RequestId,
        life: u32,
        letter: Box<Letter>,
    },
    Fails {
        id: RequestId,
        life: u32,
        failure: Failure,
    },
    Signed {
        id: RequestId,
        life: u32,
        signature: Option<Vec<u8>>,
    },
    Timer {
        turn: u32,
    },
    Buyer {
        does: BuyerDoes,
    },
    Notify {
        body: Vec<u8>,
        genuine: bool,
    },
    CashierCancels,
    ClockSet(Ms),
    Restart,
    /// Another process goes on in the place of one that lost its lease.
    Inherits,
    RivalComes,
    RivalWakes,
    MerchantRefunds,
    AnotherPays,
}

impl Event {
    /// Whether it waits while the host sleeps.
    pub(in crate::money) const fn is_the_hosts(&self) -> bool {
        !matches!(
            self,
            Self::Arrives { .. }
                | Self::RivalComes
                | Self::RivalWakes
                | Self::Buyer { .. }
                | Self::ClockSet(_)
                | Self::MerchantRefunds
                | Self::AnotherPays
        )
    }
}
