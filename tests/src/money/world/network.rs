//! What happens to a request and to its answer on their way.

use super::{
    BTreeMap, BuyerDoes, Event, Failure, HttpResponse, Later, Letter, Method, Ms, NUMBER, Outcome, Payment,
    Request, RequestId, Rule, Said, SignType, Verdict, World, compare,
};
use crate::money::{
    alipay::ANOTHERS,
    plan::{CancelHabit, Weather},
};
use std::borrow::Cow;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    /// It arrives, late but before it has settled.
    ArrivesLate,
    ArrivesTwice,
    /// After the next one.
    Overtaken,
    Lost,
    /// And the transport knows.
    NotSent,
}

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Comes,
    Lost,
    /// After the request was given up.
    ComesLate,
    ComesTwice,
    /// After the next request has landed.
    Overtaken,
    /// A proxy's page.
    Html(u16),
    Cut,
    Unsigned,
    BadSignature,
    /// Says "paid", with the signature of what was really said.
    Tampered,
    /// A refusal that nobody signed.
    ForgedRefusal,
    /// Bytes in GBK, no JSON at all.
    Gbk,
    /// A genuine answer, but to another's request.
    Anothers,
}

/// The longest that one way takes on a good day: both ways fit into the request's timeout.
fn usual(timeout_ms: u32) -> u32 {
    (timeout_ms / 3).clamp(1, 300)
}

fn ms(drawn: u64) -> Ms {
    Ms::try_from(drawn).unwrap_or(0)
}

impl World<'_> {
    /// The host sends a request. `false` if it died before or right after.
    pub(super) fn send(&mut self, request: &Request) -> bool {
        let method = Method::of(request.kind);
        if request.checkpoint != (method != Method::Query) {
            self.watch
                .breaks(Rule::StoredFirst, format!("{method:?} without a checkpoint"));
        }
        if request.checkpoint {
            if self.dies("before it stored") {
                return false;
            }
            self.store();
        }
        if self.dies("before it sent") {
            return false;
        }
        self.requests += 1;
        self.check_signature(request, method);
        self.watch.sends(method, self.now);
        let trouble = self.tape.chance(self.plan.weather.trouble);
        let slow = method == Method::Cancel && self.plan.cancels.are_slow();
        let fate = if trouble {
            self.tape.weighted(&[
                (40, Fate::Arrives),
                (15, Fate::ArrivesLate),
                (12, Fate::ArrivesTwice),
                (8, Fate::Overtaken),
                (23, Fate::Lost),
                (10, Fate::NotSent),
            ])
        } else if slow && self.tape.chance(500) {
            Fate::ArrivesLate
        } else {
            Fate::Arrives
        };
        let kind = request.kind.as_str();
        self.note("host", |_| format!("sends {kind} {} ({fate:?})", request.id.0));
        let (id, life, left) = (request.id, self.life, self.now);
        let settles = u32::try_from(self.plan.settles_in()).unwrap_or(10);
        let timeout = Ms::from(request.timeout_ms);
        let arrives = |answered| Event::Arrives {
            method,
            id,
            life,
            left,
            answered,
        };
        let soon = left + ms(self.tape.ms(1, usual(request.timeout_ms)));
        match fate {
            Fate::Arrives => self.at(soon, arrives(true)),
            Fate::ArrivesLate => {
                // Late enough that the next one may be refused before a slow cancel is there.
                let soonest = if slow { settles / 2 } else { 1 };
                let at = left + ms(self.tape.ms(soonest, settles - 1));
                self.at(at, arrives(true));
            }
            Fate::ArrivesTwice => {
                self.at(soon, arrives(true));
                let again = left + ms(self.tape.ms(1, settles - 1));
                self.at(again, arrives(false));
            }
            Fate::Overtaken => self.at_latest(left + ms(u64::from(settles) - 1), arrives(true)),
            Fate::Lost => {}
            Fate::NotSent => {
                let failure = Failure::NotSent;
                self.at(left + 5, Event::Fails { id, life, failure });
            }
        }
        if fate != Fate::NotSent {
            // The transport gives up when it was told to, or finds the connection broken before.
            let broken = fate == Fate::Lost && self.tape.chance(500);
            let after = if broken {
                ms(self.tape.ms(1, request.timeout_ms))
            } else {
                timeout
            };
            let failure = Failure::MaybeSent;
            self.at(left + after, Event::Fails { id, life, failure });
        }
        !self.dies("after it sent")
    }

    /// In runs with real RSA the gateway checks what it gets, read by another's code than ours.
    fn check_signature(&mut self, request: &Request, method: Method) {
        let Some(gate) = &self.lab.gate else { return };
        let query = request.http.url.split_once('?').map_or("", |(_, query)| query);
        let mut fields: BTreeMap<Cow<'_, str>, Cow<'_, str>> = form_urlencoded::parse(query.as_bytes())
            .chain(form_urlencoded::parse(&request.http.body))
            .collect();
        let sign = fields.remove("sign").unwrap_or_default();
        let text: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let signature = alipay_core::sign::from_base64(&sign).unwrap_or_default();
        let names = [
            (Method::Pay, "alipay.trade.pay"),
            (Method::Query, "alipay.trade.query"),
            (Method::Cancel, "alipay.trade.cancel"),
        ];
        let right = gate
            .verify(SignType::Rsa2, text.join("&").as_bytes(), &signature)
            .is_ok()
            && names.contains(&(method, fields.get("method").map_or("", |name| name)))
            && fields
                .get("biz_content")
                .is_some_and(|content| content.contains(NUMBER));
        if !right {
            self.watch
                .breaks(Rule::InOrder, format!("{method:?} is not signed as it should be"));
        }
    }

    /// A request lands.
    pub(super) fn arrives(&mut self, method: Method, id: RequestId, life: u32, left: Ms, answered: bool) {
        let mut later = Vec::new();
        let troubled = self.tape.chance(self.plan.weather.trouble);
        let said = match method {
            Method::Pay => self.alipay.pay(&self.plan, self.now, left, &mut later),
            Method::Query if troubled && self.tape.chance(200) => Said::unsure(),
            Method::Query => self.alipay.query(self.now),
            Method::Cancel => self.alipay.cancel(&self.plan, self.now, left, &mut later),
        };
        self.note("alipay", |_| {
            format!("{method:?} {} arrives: {}", id.0, short(&said.node))
        });
        self.follow(later);
        if method == Method::Cancel && said.code == "40004" {
            self.set_the_clock();
        }
        self.overtake();
        if answered {
            self.answer(method, id, life, left, said, troubled);
        }
    }

    fn answer(&mut self, method: Method, id: RequestId, life: u32, left: Ms, said: Said, troubled: bool) {
        let way = if troubled {
            self.tape.weighted(&[
                (20, Way::Comes),
                (20, Way::Lost),
                (10, Way::ComesLate),
                (8, Way::ComesTwice),
                (5, Way::Overtaken),
                (6, Way::Html(502)),
                (3, Way::Html(200)),
                (6, Way::Cut),
                (6, Way::Unsigned),
                (6, Way::BadSignature),
                (6, Way::Tampered),
                (4, Way::ForgedRefusal),
                (3, Way::Gbk),
                (6, Way::Anothers),
            ])
        } else {
            Way::Comes
        };
        if way != Way::Comes {
            self.note("network", |_| format!("the answer to {}: {way:?}", id.0));
        }
        let gbk = self.plan.gbk;
        let seal = |node: &str| self.lab.seal(&written(node, gbk));
        let sign = seal(&said.node);
        let enclose = |node: &str, sign: &str| written(&method.enclosed(node, Some(sign)), gbk);
        let (status, body) = match way {
            Way::Comes | Way::Lost | Way::ComesLate | Way::ComesTwice | Way::Overtaken => {
                (200, enclose(&said.node, &sign))
            }
            Way::Html(status) => (status, b"<html><body>502 Bad Gateway</body></html>".to_vec()),
            Way::Cut => {
                let mut body = enclose(&said.node, &sign);
                body.truncate(body.len() / 2);
                (200, body)
            }
            Way::Unsigned => (200, written(&method.enclosed(&said.node, None), gbk)),
            Way::BadSignature => (200, enclose(&said.node, &self.lab.seal(b"something else"))),
            Way::Tampered => (200, enclose(&method.wish(NUMBER), &sign)),
            Way::ForgedRefusal => (200, method.enclosed(&Said::refusal().node, None).into_bytes()),
            Way::Gbk => (
                200,
                vec![b'{', b'"', 0xd6, 0xa7, 0xb8, 0x5c, b'"', b':', 0xb1, 0xa6],
            ),
            Way::Anothers => {
                let node = method.wish(ANOTHERS);
                (200, enclose(&node, &seal(&node)))
            }
        };
        let unchanged = matches!(
            way,
            Way::Comes | Way::ComesLate | Way::ComesTwice | Way::Overtaken
        );
        let letter = Box::new(Letter {
            response: HttpResponse {
                status,
                headers: Vec::new(),
                body,
            },
            method,
            genuine: unchanged.then_some(said),
            asked_at: left,
        });
        let timeout = match method {
            Method::Pay => self.plan.policy.pay_timeout_ms,
            Method::Query => self.plan.policy.query_timeout_ms,
            Method::Cancel => self.plan.policy.cancel_timeout_ms,
        };
        let soon = self.now + ms(self.tape.ms(1, usual(timeout)));
        match way {
            Way::Lost => {}
            Way::Overtaken => self.at_latest(self.now + 60_000, Event::Answer { id, life, letter }),
            Way::ComesLate => {
                let at = self.now + ms(self.tape.ms(1_000, 60_000));
                self.at(at, Event::Answer { id, life, letter });
            }
            Way::ComesTwice => {
                let letter2 = letter.clone();
                self.at(soon, Event::Answer { id, life, letter });
                let again = soon + ms(self.tape.ms(0, 30_000));
                self.at(
                    again,
                    Event::Answer {
                        id,
                        life,
                        letter: letter2,
                    },
                );
            }
            _ => self.at(soon, Event::Answer { id, life, letter }),
        }
    }

    /// What follows from what Alipay did.
    pub(super) fn follow(&mut self, later: Vec<Later>) {
        for next in later {
            match next {
                Later::Buyer {
                    does: BuyerDoes::Nothing,
                    ..
                } => {}
                Later::Buyer { at, does } => self.at(at, Event::Buyer { does }),
                Later::Notify if !self.plan.notifies => {}
                Later::Notify => {
                    let body = self.notification();
                    // As a rule soon; or before the answer to pay has come; or when all is over.
                    let (low, high) =
                        self.tape
                            .weighted(&[(6, (10, 5_000)), (2, (0, 1)), (1, (60_000, 3_600_000))]);
                    let first = self.now + ms(self.tape.ms(low, high));
                    self.at(
                        first,
                        Event::Notify {
                            body: body.clone(),
                            genuine: true,
                        },
                    );
                    if self.tape.chance(300) {
                        let again = first + ms(self.tape.ms(0, 240_000));
                        self.at(again, Event::Notify { body, genuine: true });
                    }
                }
            }
        }
    }

    /// An unresolved payment is taken up again on a calm day, as the documents tell the merchant to do.
    pub(super) fn reconcile(&mut self) {
        for _ in 0..2 {
            if self.watch.broken.is_some() || !matches!(self.outcome, Some(Outcome::Unresolved { .. })) {
                return;
            }
            self.plan.weather = Weather { trouble: 0, crash: 0 };
            self.plan.sleep = None;
            self.plan.cancels_unsigned = false;
            if !self.alipay.refuses_for_good() {
                self.plan.cancels = CancelHabit::Obeys;
            }
            self.now += 60_000;
            self.life += 1;
            self.turn += 1;
            self.note("host", |_| "takes the unresolved payment up again".into());
            self.restart();
            self.drain();
        }
        let refuses = self.alipay.refuses_for_good();
        if matches!(self.outcome, Some(Outcome::Unresolved { .. })) && !refuses {
            self.watch
                .breaks(Rule::NeverStuck, "unresolved on a calm day".into());
        }
    }

    pub(super) fn end(self) -> (Verdict, Vec<u32>, Vec<String>) {
        let mut broken = self.watch.broken;
        if broken.is_none() {
            broken = compare(self.outcome.as_ref(), &self.alipay, &self.plan).err();
        }
        let done = self
            .machine
            .as_ref()
            .is_none_or(|machine: &Payment| machine.outcome().is_some());
        if broken.is_none() && !done {
            broken = Some((
                Rule::NeverStuck,
                "nothing is under way, and there is no outcome".into(),
            ));
        }
        let verdict = Verdict {
            outcome: self.outcome.as_ref().map_or("unstored", Outcome::as_str),
            broken,
            limit: self.alipay.older_touched.then_some("an older sale was cancelled"),
            requests: self.requests,
            crashes: self.life,
        };
        (verdict, self.tape.into_record(), self.trace.unwrap_or_default())
    }
}

/// An answer without what is the same in each.
fn short(node: &str) -> String {
    let mut text = node.replace('"', "");
    for same in [
        "msg:Success,",
        "sub_msg:m",
        "msg:m",
        "out_trade_no:20150320010101001",
        "trade_no:2026112222001401",
    ] {
        text = text.replace(same, "");
    }
    text.split(',')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
        .replace(", }", "}")
}

/// As it travels. In GBK its messages are Chinese, of characters whose second byte is a backslash, a brace or a bracket in
/// ASCII.
fn written(text: &str, gbk: bool) -> Vec<u8> {
    if !gbk {
        return text.as_bytes().to_vec();
    }
    let plain = text.replace(r#""Success""#, r#""m""#);
    let pieces: Vec<&[u8]> = plain.split(r#""m""#).map(str::as_bytes).collect();
    pieces.join(&b"\"\xd5\x5c\x81\x7d\xb8\x5d\xd6\xa7\""[..])
}
