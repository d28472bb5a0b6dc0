//! How a day is drawn from the tape.

use super::{
    alipay::{Ms, Status},
    plan::{
        Aftermath, Buyer, BuyerDoes, CancelHabit, Effect, GOOD_STORE, MINUTE, OlderSale, Plan, Store,
        Transport, Weather,
    },
    tape::Tape,
};
use alipay_core::payment::Policy;

impl Plan {
    #[must_use]
    pub(crate) fn draw(tape: &mut Tape) -> Self {
        let (policy, wide) = draw_policy(tape);
        let window = Ms::from(policy.poll_window_ms);
        let buyer = draw_buyer(tape, window);
        let older_sale = tape.chance(40).then(|| {
            let same_amount = !tape.chance(400);
            let ago: &[Ms] = &[15, 30, 60, 24 * 60, 2, 1];
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
        let transport = Transport {
            resets: !tape.chance(350),
            dies_cleanly: !tape.chance(400),
            never_suspended: !tape.chance(300),
            tells_time: !tape.chance(250),
            queues: tape.chance(150),
        };
        let store = tape.weighted(&[
            (70, GOOD_STORE),
            (
                10,
                Store {
                    fails: 300,
                    slow: 0,
                    freezes: 0,
                },
            ),
            (
                10,
                Store {
                    fails: 0,
                    slow: 400,
                    freezes: 0,
                },
            ),
            (
                10,
                Store {
                    fails: 50,
                    slow: 100,
                    freezes: 400,
                },
            ),
        ]);
        let aftermath = tape.weighted(&[
            (80, Aftermath::Nothing),
            (5, Aftermath::MerchantRefunds),
            (5, Aftermath::AnotherPays),
            (5, Aftermath::Backup { refunded: false }),
            (5, Aftermath::Backup { refunded: true }),
        ]);
        Self {
            transport: Transport {
                dies_cleanly: transport.dies_cleanly && transport.resets,
                ..transport
            },
            store,
            lags: tape.chance(100),
            gives_up: tape.chance(300),
            aftermath,
            hidden_ms: if tape.chance(80) { soon(tape) } else { 0 },
            repeats_success: tape.chance(300),
            cancel_troubles: u8::try_from(tape.below(5)).unwrap_or(0),
            cashier_cancels,
            clock_error: if tape.chance(200) {
                tape.one_of(&[
                    1_000, -1_000, 40_000, -40_000, 200_000, -200_000, 3_600_000, -3_600_000,
                ])
            } else {
                0
            },
            // Less than the machine waits for anyway can't be told from time that passed (docs/money-safety.md).
            clock_set: tape.chance(if cancels.are_slow() { 360 } else { 120 }).then(|| {
                let by: &[Ms] = if wide {
                    &[-1_000, -90_000, 3_600_000, -3_600_000, 9_000_000_000]
                } else {
                    &[-1_000, 150_000, -90_000, 3_600_000, -3_600_000, 9_000_000_000]
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
            rival_comes: tape.chance(100).then(|| soon(tape)),
            policy,
            buyer,
            cancels,
            older_sale,
            weather,
        }
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
            let settle_ms = 2 * longest + bounded(tape, 0, 30_000, 600_000 - 2 * longest);
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
                send_within_ms: bounded(tape, 10, 5_000, 60_000),
                cancel_retry_ms: (0..retries).map(|_| bounded(tape, 10, 8_000, 600_000)).collect(),
                confirm_not_sent: !tape.chance(500),
                fence_ms: 0,
                long_auth_codes: false,
            }
        }
    };
    (policy, base == 5)
}
