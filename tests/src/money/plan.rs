//! What kind of day it is: drawn once, at the start of a run.

use super::{
    alipay::{FEN, Ms, OTHER_FEN, Status},
    tape::Tape,
};
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

/// How the network treats what leaves: chances in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Weather {
    /// Something happens to a request or to an answer.
    pub(crate) trouble: u32,
    /// The host dies at one of its steps.
    pub(crate) crash: u32,
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
}

const MINUTE: Ms = 60_000;

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

    /// A request lands within this time after it left, or never.
    #[must_use]
    pub(crate) fn settles_in(&self) -> Ms {
        Ms::from(self.policy.settle_ms)
    }

    /// Across a restart the host's clock is believed (docs/money-safety.md): who sets it ahead does not also crash.
    #[must_use]
    pub(crate) fn may_restart(&self) -> bool {
        self.clock_set.is_none_or(|(_, by)| by < 0)
    }

    /// Whether timers and clock run as they should, so that the policy's bound holds.
    #[must_use]
    pub(crate) fn time_is_steady(&self) -> bool {
        self.clock_set.is_none() && self.sleep.is_none()
    }

    #[must_use]
    pub(crate) fn draw(tape: &mut Tape) -> Self {
        let (policy, wide) = draw_policy(tape);
        let window = Ms::from(policy.poll_window_ms);
        let buyer = draw_buyer(tape, window);
        let older_sale = tape.chance(40).then(|| {
            let same_amount = !tape.chance(400);
            // One of our amount is told from ours by its time, which a wrong clock must not blur.
            let ago: &[Ms] = if same_amount {
                &[15, 60, 24 * 60]
            } else {
                &[2, 60, 1]
            };
            OlderSale {
                same_amount,
                status: tape.one_of(&[Status::Success, Status::Success, Status::Closed, Status::Waiting]),
                ago_ms: tape.one_of(ago) * MINUTE,
            }
        });
        let cancels = tape.weighted(&[
            (60, CancelHabit::Obeys),
            (8, CancelHabit::AsksAgain),
            (4, unsure("20000", "isp.unknow-error", false)),
            (4, unsure("20000", "isp.unknow-error", true)),
            (4, unsure("40004", "ACQ.SYSTEM_ERROR", false)),
            (4, unsure("40004", "ACQ.SYSTEM_ERROR", true)),
            (3, refuses("ACQ.TRADE_CANCEL_TIME_OUT", true)),
            (2, refuses("ACQ.TRADE_HAS_FINISHED", true)),
            (2, refuses("ACQ.CANCEL_NOT_ALLOWED", true)),
            (2, refuses("ACQ.REASON_TRADE_BEEN_FREEZEN", true)),
            (1, refuses("ACQ.REASON_TRADE_REFUND_FEE_ERR", true)),
            (3, refuses("ACQ.SELLER_BALANCE_NOT_ENOUGH", true)),
            (8, refuses("ACQ.CANCEL_NOT_ALLOWED", false)),
            (5, refuses("ACQ.REASON_TRADE_REFUND_FEE_ERR", false)),
            (3, refuses("ACQ.SELLER_BALANCE_NOT_ENOUGH", false)),
        ]);
        let weather = tape.weighted(&[
            (35, Weather { trouble: 0, crash: 0 }),
            (
                35,
                Weather {
                    trouble: 200,
                    crash: 20,
                },
            ),
            (
                20,
                Weather {
                    trouble: 550,
                    crash: 0,
                },
            ),
            (
                10,
                Weather {
                    trouble: 350,
                    crash: 120,
                },
            ),
        ]);
        let horizon = u32::try_from(window).unwrap_or(u32::MAX).saturating_add(30_000);
        let soon = |tape: &mut Tape| Ms::try_from(tape.ms(0, horizon)).unwrap_or(0);
        let elsewhere = tape.chance(80);
        let cashier_cancels = tape.chance(if cancels.are_slow() { 800 } else { 250 }).then(|| {
            match buyer.effect {
                // The buyer pays at the very moment when the cashier loses patience.
                Effect::Asks(BuyerDoes::Pay, after)
                    if tape.chance(if cancels.are_slow() { 850 } else { 500 }) =>
                {
                    let by = Ms::try_from(tape.ms(0, 12_000)).unwrap_or(0);
                    (after + by - 10_000).max(0)
                }
                _ => soon(tape),
            }
        });
        let mut plan = Self {
            hidden_ms: if tape.chance(80) { soon(tape) } else { 0 },
            repeats_success: tape.chance(300),
            cancel_troubles: u8::try_from(tape.below(5)).unwrap_or(0),
            cashier_cancels,
            clock_error: if tape.chance(200) {
                tape.one_of(&[1_000, -1_000, 40_000, -40_000, 200_000, -200_000])
            } else {
                0
            },
            // Less than the machine waits for anyway can't be told from time that passed (docs/money-safety.md). An older
            // sale is told from ours by its time, so there the clock must not be wrong by more than ten minutes.
            clock_set: tape.chance(if cancels.are_slow() { 360 } else { 120 }).then(|| {
                let by: &[Ms] = match (older_sale.is_some(), wide) {
                    (true, true) => &[-1_000, -90_000],
                    (true, false) => &[-1_000, 150_000, -90_000],
                    (false, true) => &[-1_000, -90_000, 3_600_000, -3_600_000, 9_000_000_000],
                    (false, false) => &[-1_000, 150_000, -90_000, 3_600_000, -3_600_000, 9_000_000_000],
                };
                let at = if cancels.are_slow() {
                    Ms::try_from(tape.ms(0, 10_000)).unwrap_or(0)
                } else {
                    soon(tape)
                };
                (at, tape.one_of(by))
            }),
            sleep: tape.chance(80).then(|| {
                (
                    soon(tape),
                    tape.one_of(&[20_000, 45_000, 300_000, 8 * 60 * MINUTE]),
                )
            }),
            signs_elsewhere: elsewhere,
            cancels_unsigned: elsewhere && tape.chance(150),
            stores_often: tape.chance(500),
            gbk: tape.chance(100),
            notifies: !tape.chance(400),
            strange_notify: tape.chance(60).then(|| soon(tape)),
            policy,
            buyer,
            cancels,
            older_sale,
            weather,
        };
        if !plan.may_restart() {
            plan.weather.crash = 0;
        }
        plan
    }
}

const fn unsure(code: &'static str, sub_code: &'static str, done: bool) -> CancelHabit {
    CancelHabit::Says { code, sub_code, done }
}

const fn refuses(sub_code: &'static str, for_good: bool) -> CancelHabit {
    CancelHabit::Refuses { sub_code, for_good }
}

fn draw_buyer(tape: &mut Tape, window: Ms) -> Buyer {
    let tells = |effect| Buyer { effect, says: None };
    let refused = |code, sub_code| Buyer {
        effect: Effect::Nothing,
        says: Some((code, sub_code)),
    };
    let class = tape.weighted(&[(30, 0), (35, 1), (12, 2), (15, 3), (8, 4)]);
    match class {
        0 => tells(Effect::Charges),
        1 => {
            let does = tape.weighted(&[
                (5, BuyerDoes::Pay),
                (2, BuyerDoes::Refuse),
                (3, BuyerDoes::Nothing),
            ]);
            let most = u32::try_from(window).unwrap_or(0).saturating_add(20_000);
            let after = Ms::try_from(tape.ms(0, most)).unwrap_or(0);
            // Now and then the answer is lost in thought: the buyer is asked, and the gateway does not know.
            let says = tape.weighted(&[(9, None), (1, Some(("20000", "isp.unknow-error")))]);
            Buyer {
                effect: Effect::Asks(does, after),
                says,
            }
        }
        2 => tape.one_of(&[
            refused("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH"),
            refused("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID"),
            refused("40004", "ACQ.SELLER_BEEN_BLOCKED"),
            refused("40005", "isv.app-call-limited"),
            refused("40001", "isv.missing-signature-key"),
            refused("40002", "isv.invalid-parameter"),
            refused("40006", "isv.insufficient-isv-permissions"),
            refused("20001", "aop.invalid-app-auth-token"),
        ]),
        // It does not know what it did.
        3 => {
            let says = Some(tape.one_of(&[
                ("20000", "isp.unknow-error"),
                ("40004", "ACQ.SYSTEM_ERROR"),
                ("40004", "aop.ACQ.SYSTEM_ERROR"),
                ("40004", "AQC.SYSTEM_ERROR"),
                ("40004", "ACQ.SOME_NEW_CODE"),
                ("40004", ""),
                ("50000", "isp.new"),
            ]));
            let effect = tape.one_of(&[Effect::Charges, Effect::Nothing]);
            Buyer { effect, says }
        }
        // It says something true and useless: paid, but "wait".
        _ => Buyer {
            effect: Effect::Charges,
            says: Some(("10003", "")),
        },
    }
}

/// A policy, and whether it may wait for minutes at a time.
fn draw_policy(tape: &mut Tape) -> (Policy, bool) {
    let base = tape.weighted(&[(8, 0), (4, 1), (4, 2), (2, 3), (5, 4), (1, 5)]);
    let policy = match base {
        0 => Policy {
            poll_window_ms: 15_000,
            ..Policy::default()
        },
        1 => Policy::fast(),
        2 => Policy::official_demo(),
        3 => Policy::default(),
        _ => {
            // The bounds of `Policy::check`, now and then, and what a till would choose.
            let wide = base == 5;
            let bounded = |tape: &mut Tape, low, usual, most| {
                let high = if wide { most } else { usual };
                u32::try_from(tape.ms(low, high)).unwrap_or(low)
            };
            let pay_timeout_ms = bounded(tape, 10, 20_000, 120_000);
            let query_timeout_ms = bounded(tape, 10, 10_000, 120_000);
            let cancel_timeout_ms = bounded(tape, 10, 15_000, 120_000);
            let longest = pay_timeout_ms.max(query_timeout_ms).max(cancel_timeout_ms);
            let settle_ms = longest + bounded(tape, 0, 30_000, 600_000 - longest);
            // Not so short that a run is nothing but queries.
            let often = (settle_ms / 8).max(10);
            let poll_interval_ms = bounded(tape, often, often + 5_000, 120_000);
            let windows = poll_interval_ms * 6;
            let poll_window_ms = bounded(tape, 10, windows, (windows * 5).min(3_600_000));
            let retries = tape.below(if wide { 17 } else { 4 });
            Policy {
                pay_timeout_ms,
                query_timeout_ms,
                cancel_timeout_ms,
                sign_timeout_ms: bounded(tape, 10, 10_000, 120_000),
                poll_interval_ms,
                poll_window_ms,
                retry_soon_ms: bounded(tape, 10, 3_000, 120_000),
                settle_ms,
                cancel_retry_ms: (0..retries).map(|_| bounded(tape, 10, 8_000, 600_000)).collect(),
                confirm_not_sent: !tape.chance(500),
                long_auth_codes: false,
            }
        }
    };
    (policy, base == 5)
}
