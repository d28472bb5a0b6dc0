//! How large the world is.

use crate::money::{alipay::Status, plan::OlderSale};
use alipay_core::payment::Policy;

/// The grain of time, in milliseconds.
pub const GRAIN: i64 = 10_000;
const GRAIN_MS: u32 = 10_000;

/// What is deliberately wrong with the world, to see that the search notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The host never stores before a request leaves.
    NeverStores,
    /// The host stores when it begins, and never again.
    StoresOnlyTheStart,
    /// The host waits for ever where it should wake.
    NeverWakes,
    /// The transport says "not sent" of what may still arrive.
    NotSentIsALie,
    /// A request may land after it has settled.
    LandsTooLate,
    /// The transport says "aborted" of a connection that its kernel goes on with.
    AbortedIsALie,
    /// Alipay's query does not find what is there.
    QueryIsBlind,
    /// Alipay says "closed" of what it has refunded.
    HidesRefunds,
    /// Somebody has Alipay's key.
    KeyIsStolen,
    /// A buyer can pay what was closed.
    ChargesTheClosed,
}

/// How connections end that bring no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// They are reset, by the host or by the death of its process, which the store proves.
    Reset,
    /// They are closed normally, and their kernel goes on.
    Closed,
    /// Either, as it happens; when the process dies, the latter.
    Either,
}

/// An older sale under our number: a till whose counter was reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    /// Of our very amount, and paid.
    Paid,
    /// Of another amount, and paid.
    PaidAnotherAmount,
    /// Of our very amount; its buyer has not decided.
    Waiting,
    /// Of our very amount, and closed.
    Closed,
}

/// A small world.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What it is called in the output.
    pub name: &'static str,
    /// How patient the machine is.
    pub policy: Policy,
    /// How often the host dies.
    pub crashes: u8,
    /// How often the cashier cancels.
    pub cashier: u8,
    /// How many notifications are delivered.
    pub notifications: u8,
    /// How many requests arrive twice.
    pub repeats: u8,
    /// How often an unresolved payment is taken up again.
    pub reconciles: u8,
    /// The key lives elsewhere, where signatures fail or never come.
    pub signs_elsewhere: bool,
    /// The host stores after everything it hears, and not only where it must.
    pub stores_often: bool,
    /// A new trade may be invisible to query and cancel until pay has settled.
    pub hides: bool,
    /// How connections end.
    pub ends: Ends,
    /// What is wrong, if anything.
    pub lie: Option<Lie>,
    /// Under our number there is an older sale.
    pub older_sale: Option<Older>,
}

impl Setting {
    /// Two queries in the window and two cancels; settling takes as long as four timeouts. Nobody dies, cancels, notifies or
    /// repeats anything, and the network does whatever it likes.
    #[must_use]
    pub fn calm(name: &'static str) -> Self {
        Self {
            name,
            policy: Policy {
                pay_timeout_ms: GRAIN_MS,
                query_timeout_ms: GRAIN_MS,
                cancel_timeout_ms: GRAIN_MS,
                sign_timeout_ms: GRAIN_MS,
                poll_interval_ms: GRAIN_MS,
                poll_window_ms: 2 * GRAIN_MS,
                retry_soon_ms: GRAIN_MS,
                settle_ms: 4 * GRAIN_MS,
                send_within_ms: GRAIN_MS,
                cancel_retry_ms: vec![GRAIN_MS],
                confirm_not_sent: true,
                fence_ms: 0,
                long_auth_codes: false,
            },
            crashes: 0,
            cashier: 0,
            notifications: 0,
            repeats: 0,
            reconciles: 0,
            signs_elsewhere: false,
            stores_often: false,
            hides: false,
            ends: Ends::Either,
            lie: None,
            older_sale: None,
        }
    }

    /// The older sale as the ledger has it, a quarter of an hour old.
    pub(super) fn older_sale(&self) -> Option<OlderSale> {
        let (same_amount, status) = match self.older_sale? {
            Older::Paid => (true, Status::Success),
            Older::PaidAnotherAmount => (false, Status::Success),
            Older::Waiting => (true, Status::Waiting),
            Older::Closed => (true, Status::Closed),
        };
        Some(OlderSale {
            same_amount,
            status,
            ago_ms: 15 * 60_000,
        })
    }
}
