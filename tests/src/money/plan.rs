//! What kind of day it is: drawn once, at the start of a run.

use super::alipay::{FEN, Ms, OTHER_FEN, Status};
use alipay_core::payment::Policy;

/// What pay does to the ledger when it lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    /// The buyer pays at once.
    Charges,
    /// The buyer is asked, and does this so many milliseconds later.
    Asks(BuyerDoes, Ms),
    /// No trade comes to be.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum BuyerDoes {
    Pay,
    /// The trade is closed.
    Refuse,
    /// Never answers.
    Nothing,
}

/// What pay does, and what its answer says instead of the plain truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Buyer {
    pub(crate) effect: Effect,
    pub(crate) says: Option<(&'static str, &'static str)>,
}

/// What cancels meet, the first few times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CancelHabit {
    Obeys,
    /// `retry_flag` is `Y`, and nothing was done.
    AsksAgain,
    /// Something indecisive; done or not.
    Says {
        code: &'static str,
        sub_code: &'static str,
        done: bool,
    },
    /// Once it is paid, it stays so: for good, or a few times, because an earlier cancel is on its way.
    Refuses {
        sub_code: &'static str,
        for_good: bool,
    },
}

impl CancelHabit {
    /// Whether a cancel may be on its way for longer than the host waits, on any day but a calm one.
    pub(crate) const fn are_slow(self) -> bool {
        matches!(self, Self::Refuses { for_good: false, .. })
    }
}

/// An older sale under our number: a till whose counter was reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct OlderSale {
    pub(crate) same_amount: bool,
    pub(crate) status: Status,
    pub(crate) ago_ms: Ms,
}

impl OlderSale {
    #[must_use]
    pub(crate) const fn fen(self) -> u64 {
        if self.same_amount { FEN } else { OTHER_FEN }
    }
}

/// How the host's connections end, and what it knows when it restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Transport {
    /// It resets a connection that it gives up, on a direct path. Otherwise the kernel goes on retransmitting it.
    pub(crate) resets: bool,
    /// Connections are reset too when the process dies, and the store proves by a lock that it did.
    pub(crate) dies_cleanly: bool,
    /// The host says after a restart that its machine was never suspended.
    pub(crate) never_suspended: bool,
    /// Answers bring Alipay's time.
    pub(crate) tells_time: bool,
    /// Answers to a dead process are delivered to its successor.
    pub(crate) queues: bool,
}

/// How long a kernel carries a connection that was closed normally.
pub(crate) const ORPHANS_LIVE: Ms = 15 * MINUTE;

/// How the store behaves: chances in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Store {
    /// It fails or hangs.
    pub(crate) fails: u32,
    /// It takes seconds.
    pub(crate) slow: u32,
    /// The host is frozen between storing and sending.
    pub(crate) freezes: u32,
}

/// How the network treats what leaves: chances in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Weather {
    /// Something happens to a request or to an answer.
    pub(crate) trouble: u32,
    /// The host dies at one of its steps.
    pub(crate) crash: u32,
}

/// What happens after an outcome was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Aftermath {
    Nothing,
    /// The merchant refunds what was paid.
    MerchantRefunds,
    /// Somebody pays the same amount under the same number.
    AnotherPays,
    /// A snapshot from a backup is taken up, and the notifications are sent again. The merchant has refunded meanwhile, or not.
    Backup {
        refunded: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) policy: Policy,
    pub(crate) buyer: Buyer,
    pub(crate) hidden_ms: Ms,
    /// A second pay of ours, and a few other details, are answered in the other of two documented ways.
    pub(crate) repeats_success: bool,
    pub(crate) cancels: CancelHabit,
    pub(crate) cancel_troubles: u8,
    pub(crate) older_sale: Option<OlderSale>,
    pub(crate) weather: Weather,
    pub(crate) transport: Transport,
    pub(crate) store: Store,
    /// Once it is known to exist, a replica that lags says now and then that there is no such trade.
    pub(crate) lags: bool,
    /// The cashier gives up what is unresolved.
    pub(crate) gives_up: bool,
    /// What happens after the end.
    pub(crate) aftermath: Aftermath,
    /// When the cashier cancels, if so.
    pub(crate) cashier_cancels: Option<Ms>,
    /// The host's clock is wrong by this at the start.
    pub(crate) clock_error: Ms,
    /// When the host's clock is set, and by how much. Where cancels are slow: so long after one is first answered 40004.
    pub(crate) clock_set: Option<(Ms, Ms)>,
    /// The host sleeps through this: from, for how long.
    pub(crate) sleep: Option<(Ms, Ms)>,
    /// The key lives elsewhere.
    pub(crate) signs_elsewhere: bool,
    /// There it may only pay and query.
    pub(crate) cancels_unsigned: bool,
    /// The host stores a snapshot after everything that happens, and not only where it must.
    pub(crate) stores_often: bool,
    /// The merchant's charset is GBK, and so are Alipay's answers.
    pub(crate) gbk: bool,
    pub(crate) notifies: bool,
    /// Another's notification under our number, or a forged one, comes after so long.
    pub(crate) strange_notify: Option<Ms>,
    /// A second process tries to take the payment up after so long.
    pub(crate) rival_comes: Option<Ms>,
}

pub(super) const MINUTE: Ms = 60_000;

const GOOD_TRANSPORT: Transport = Transport {
    resets: true,
    dies_cleanly: true,
    never_suspended: true,
    tells_time: true,
    queues: false,
};
pub(super) const GOOD_STORE: Store = Store {
    fails: 0,
    slow: 0,
    freezes: 0,
};

impl Plan {
    /// In words, as far as it is not a good day.
    #[must_use]
    pub(crate) fn told(&self) -> Vec<String> {
        let policy = &self.policy;
        let mut lines = vec![
            format!(
                "timeouts: pay {}, query {}, cancel {}, sign {} ms; settles in {} ms",
                policy.pay_timeout_ms,
                policy.query_timeout_ms,
                policy.cancel_timeout_ms,
                policy.sign_timeout_ms,
                policy.settle_ms
            ),
            format!(
                "polls every {} for {} ms, in trouble after {} ms; cancels again after {:?} ms{}",
                policy.poll_interval_ms,
                policy.poll_window_ms,
                policy.retry_soon_ms,
                policy.cancel_retry_ms,
                if policy.confirm_not_sent {
                    ""
                } else {
                    "; believes 'not sent'"
                }
            ),
            format!("{:?}", self.buyer),
        ];
        let mut more = |applies: bool, line: String| {
            if applies {
                lines.push(line);
            }
        };
        more(
            self.hidden_ms > 0,
            format!("the trade is not seen for {} ms", self.hidden_ms),
        );
        more(
            self.repeats_success,
            "answers in the other documented ways".into(),
        );
        more(
            self.cancels != CancelHabit::Obeys && self.cancel_troubles > 0,
            format!("cancels: {:?}, {} times", self.cancels, self.cancel_troubles),
        );
        more(self.older_sale.is_some(), format!("{:?}", self.older_sale));
        more(
            self.weather != Weather { trouble: 0, crash: 0 },
            format!("{:?}", self.weather),
        );
        more(self.transport != GOOD_TRANSPORT, format!("{:?}", self.transport));
        more(self.store != GOOD_STORE, format!("{:?}", self.store));
        more(self.lags, "replicas lag".into());
        more(self.gives_up, "the cashier gives up".into());
        more(
            self.aftermath != Aftermath::Nothing,
            format!("{:?}", self.aftermath),
        );
        more(
            self.clock_error != 0,
            format!("the host's clock is wrong by {} ms", self.clock_error),
        );
        more(self.signs_elsewhere, "signs elsewhere".into());
        more(self.cancels_unsigned, "the signer does not sign cancels".into());
        more(self.stores_often, "stores often".into());
        more(self.gbk, "in GBK".into());
        more(!self.notifies, "Alipay does not notify".into());
        if let Some((from, lasts)) = self.sleep {
            more(true, format!("the host sleeps from {from} for {lasts} ms"));
        }
        lines
    }

    /// What ended provably lands within this time after the news of it, or never.
    #[must_use]
    pub(crate) fn settles_in(&self) -> Ms {
        Ms::from(self.policy.settle_ms)
    }

    /// The order's own limit: how long after pay landed the buyer can pay.
    #[must_use]
    pub(crate) fn limit(&self) -> Ms {
        Ms::from(self.policy.poll_window_ms.div_ceil(60_000) + 1).max(2) * MINUTE
    }

    /// Whether timers and clock run as they should, so that the policy's bound holds.
    #[must_use]
    pub(crate) fn time_is_steady(&self) -> bool {
        self.clock_set.is_none() && self.sleep.is_none() && self.store == GOOD_STORE
    }
}

impl Plan {
    /// Whether the store works, and the transport resets what it gives up and says what time it is.
    pub(crate) const fn host_keeps_promises(&self) -> bool {
        let Store { fails, slow, freezes } = self.store;
        let Transport {
            resets,
            dies_cleanly,
            tells_time,
            ..
        } = self.transport;
        resets && dies_cleanly && tells_time && fails == 0 && slow == 0 && freezes == 0
    }
}
