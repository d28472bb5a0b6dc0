//! What Alipay can answer, and what the network can make of it. Alipay is the simulation's: a ledger that never lies in what
//! it signs. Where the simulation draws one of its habits for a day, here each request may meet each of them.

use super::{
    machine::Waiting,
    setting::{Ends, Lie, Setting},
    state::State,
};
use crate::money::{
    Tape,
    alipay::{ANOTHERS, Alipay, FEN, Later, Method, Ms, NUMBER, Said, Status},
    lab::Lab,
    plan::{Buyer, BuyerDoes, CancelHabit, Effect, Plan},
};
use alipay_core::{Merchant, http::HttpResponse, notify::VerifiedNotify};
use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

/// A world, and what is needed to make it go on.
pub(super) struct World<'a> {
    pub(super) lab: &'a Lab,
    pub(super) setting: &'a Setting,
    /// What the day is compared with in the end.
    pub(super) plan: Plan,
    /// What a pay may meet that is the first; what another may; what a cancel may.
    pays: Vec<Plan>,
    other_pays: Vec<Plan>,
    cancels: Vec<Plan>,
    /// Success and closed.
    pub(super) notifications: [VerifiedNotify; 2],
    /// The machines met so far, by time and fingerprint.
    pub(super) machines: RefCell<HashMap<(Ms, u128), Rc<Waiting>>>,
}

/// What a request did where it landed.
pub(super) struct Landing {
    pub(super) alipay: Alipay,
    pub(super) said: Rc<Said>,
    pub(super) notified: [bool; 2],
}

/// No cancel finds that this many have been troubled before it.
const ALWAYS: u8 = u8::MAX;

impl<'a> World<'a> {
    pub(super) fn new(lab: &'a Lab, setting: &'a Setting) -> Self {
        let good_day = Plan::draw(&mut Tape::given(Vec::new()));
        let plan = Plan {
            policy: setting.policy.clone(),
            older_sale: setting.older_sale(),
            signs_elsewhere: setting.signs_elsewhere,
            stores_often: setting.stores_often,
            cancel_troubles: ALWAYS,
            hidden_ms: if setting.hides { Ms::MAX / 4 } else { 0 },
            ..good_day
        };
        let pays = first_pays()
            .into_iter()
            .flat_map(|buyer| {
                let seen = Plan {
                    buyer,
                    hidden_ms: 0,
                    ..plan.clone()
                };
                let hidden = Plan {
                    buyer,
                    ..plan.clone()
                };
                let hides = setting.hides && buyer.effect != Effect::Nothing;
                [Some(seen), hides.then_some(hidden)]
            })
            .flatten()
            .collect();
        let other_pays = [false, true]
            .map(|repeats_success| Plan {
                repeats_success,
                ..plan.clone()
            })
            .into();
        let cancels = cancel_habits()
            .into_iter()
            .map(|(cancels, repeats_success)| Plan {
                cancels,
                repeats_success,
                ..plan.clone()
            })
            .collect();
        Self {
            notifications: [Status::Success, Status::Closed].map(|status| notification(lab, setting, status)),
            lab,
            setting,
            plan,
            pays,
            other_pays,
            cancels,
            machines: RefCell::default(),
        }
    }

    pub(super) fn lies(&self, lie: Lie) -> bool {
        self.setting.lie == Some(lie)
    }

    /// Until when a request lands whose connection was reset now. `None`: at any time.
    pub(super) fn settles(&self, now: Ms) -> Option<Ms> {
        let lies = self.lies(Lie::LandsTooLate) || self.lies(Lie::AbortedIsALie);
        (!lies).then(|| now + Ms::from(self.setting.policy.settle_ms))
    }

    /// Until when a request lands that the host gives up now, or whose process dies.
    pub(super) fn gives_up(&self, now: Ms) -> Option<Ms> {
        if self.setting.ends == Ends::Reset {
            self.settles(now)
        } else {
            None
        }
    }

    pub(super) fn merchant(&self) -> Arc<Merchant> {
        self.lab.merchant(false, self.setting.signs_elsewhere)
    }

    /// Everything that can come of a request that lands now.
    pub(super) fn landings(&self, state: &State, method: Method) -> Vec<Landing> {
        let plans = match method {
            Method::Pay if state.alipay.trade.is_none() => &self.pays,
            Method::Pay => &self.other_pays,
            Method::Query => return self.query_answers(state),
            Method::Cancel => &self.cancels,
        };
        let sticks = method == Method::Cancel && state.alipay.refuses_for_good();
        plans
            .iter()
            .filter(|plan| !sticks || matches!(plan.cancels, CancelHabit::Refuses { for_good: true, .. }))
            .map(|plan| {
                let mut alipay = state.alipay.clone();
                let mut later = Vec::new();
                let mut said = match method {
                    Method::Pay => alipay.pay(plan, state.now, state.facts.pay_ended, &mut later),
                    Method::Query => alipay.query(state.now),
                    Method::Cancel => alipay.cancel(plan, state.now, state.now, &mut later),
                };
                if self.lies(Lie::HidesRefunds) {
                    said.node = said.node.replace("refund", "close");
                }
                Landing {
                    notified: also_notified(state.notified, &alipay, &later),
                    said: Rc::new(said),
                    alipay,
                }
            })
            .collect()
    }

    /// The truth, or "I don't know".
    fn query_answers(&self, state: &State) -> Vec<Landing> {
        let truth = if self.lies(Lie::QueryIsBlind) {
            Alipay::new(&Plan {
                older_sale: None,
                ..self.plan.clone()
            })
            .query(state.now)
        } else {
            state.alipay.query(state.now)
        };
        [truth, Said::unsure()]
            .map(|said| Landing {
                alipay: state.alipay.clone(),
                said: Rc::new(said),
                notified: state.notified,
            })
            .into()
    }

    /// The buyer decides; `None` if there is nothing to decide.
    pub(super) fn buyer(&self, state: &State, does: BuyerDoes) -> Option<(Alipay, [bool; 2])> {
        let mut alipay = state.alipay.clone();
        let mut later = Vec::new();
        if self.lies(Lie::ChargesTheClosed)
            && does == BuyerDoes::Pay
            && let Some(trade) = alipay.trade.as_mut().filter(|trade| trade.paid_at.is_none())
        {
            trade.status = Status::Waiting;
        }
        alipay
            .buyer(does, state.now, &mut later)
            .then(|| (also_notified(state.notified, &alipay, &later), alipay))
            .map(|(notified, alipay)| (alipay, notified))
    }

    /// An answer as it comes over the wire.
    pub(super) fn genuine(&self, method: Method, said: &Said) -> HttpResponse {
        enclosed(method, &said.node, Some(&self.lab.seal(said.node.as_bytes())))
    }

    /// A genuine answer that would decide.
    pub(super) fn decisive(&self, method: Method) -> HttpResponse {
        let node = method.wish(NUMBER);
        enclosed(method, &node, Some(&self.lab.seal(node.as_bytes())))
    }

    /// What may come instead of an answer.
    pub(super) const SPOILT: [&'static str; 5] = [
        "a proxy's page",
        "an unsigned 'paid'",
        "a 'paid' under another's signature",
        "an unsigned refusal",
        "another order's genuine answer",
    ];

    /// The same as it comes over the wire.
    pub(super) fn spoilt(&self, method: Method) -> [HttpResponse; 5] {
        let paid = method.wish(NUMBER);
        let anothers = method.wish(ANOTHERS);
        let seal = |text: &str| self.lab.seal(text.as_bytes());
        let html = HttpResponse {
            status: 502,
            headers: Vec::new(),
            body: b"<html><body>502 Bad Gateway</body></html>".to_vec(),
        };
        let signed = if self.lies(Lie::KeyIsStolen) {
            &*paid
        } else {
            "else"
        };
        [
            html,
            enclosed(method, &paid, None),
            enclosed(method, &paid, Some(&seal(signed))),
            enclosed(method, &Said::refusal().node, None),
            enclosed(method, &anothers, Some(&seal(&anothers))),
        ]
    }
}

/// What pay does where it is the first, and what is said about it: the truth, that it waits, that it is not known, or that
/// nothing was done and why.
fn first_pays() -> Vec<Buyer> {
    let asks = Effect::Asks(BuyerDoes::Nothing, 0);
    let unknown = ("20000", "isp.unknow-error");
    [
        (Effect::Charges, None),
        (asks, None),
        (Effect::Charges, Some(("10003", ""))),
        (Effect::Charges, Some(unknown)),
        (asks, Some(unknown)),
        (Effect::Nothing, Some(unknown)),
        (Effect::Charges, Some(("40004", "AQC.SYSTEM_ERROR"))),
        (Effect::Nothing, Some(("40004", "ACQ.SOME_NEW_CODE"))),
        (Effect::Nothing, Some(("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH"))),
        (Effect::Nothing, Some(("40005", "isv.app-call-limited"))),
        (Effect::Nothing, Some(("40002", "isv.invalid-parameter"))),
        (Effect::Nothing, Some(("20001", "aop.invalid-app-auth-token"))),
    ]
    .into_iter()
    .map(|(effect, says)| Buyer { effect, says })
    .collect()
}

/// What a cancel meets; and of two documented ways to say that there is no trade, which.
fn cancel_habits() -> Vec<(CancelHabit, bool)> {
    let unsure = |code, sub_code, done| CancelHabit::Says { code, sub_code, done };
    let refuses = |sub_code| CancelHabit::Refuses {
        sub_code,
        for_good: true,
    };
    vec![
        (CancelHabit::Obeys, false),
        (CancelHabit::Obeys, true),
        (CancelHabit::AsksAgain, false),
        (unsure("20000", "isp.unknow-error", false), false),
        (unsure("20000", "isp.unknow-error", true), false),
        (refuses("ACQ.TRADE_CANCEL_TIME_OUT"), false),
        (refuses("ACQ.SELLER_BALANCE_NOT_ENOUGH"), false),
    ]
}

fn also_notified([success, closed]: [bool; 2], alipay: &Alipay, later: &[Later]) -> [bool; 2] {
    let status = alipay.trade.as_ref().map(|trade| trade.status);
    let notifies = later.contains(&Later::Notify);
    [
        success || notifies && status == Some(Status::Success),
        closed || notifies && status == Some(Status::Closed),
    ]
}

fn enclosed(method: Method, node: &str, sign: Option<&str>) -> HttpResponse {
    HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: method.enclosed(node, sign).into_bytes(),
    }
}

/// A notification of our trade, or where there is one, of the older sale.
fn notification(lab: &Lab, setting: &Setting, status: Status) -> VerifiedNotify {
    let (fen, paid_at) = setting
        .older_sale()
        .map_or((FEN, 0), |older| (older.fen(), -older.ago_ms));
    let [body, forged] =
        [true, false].map(|genuine| lab.notification(status, fen, Some(paid_at), false, genuine));
    let merchant = lab.merchant(false, false);
    assert!(
        merchant.verify_notify(&forged).is_err(),
        "a forged notification verifies"
    );
    merchant
        .verify_notify(&body)
        .expect("a genuine notification verifies")
}
