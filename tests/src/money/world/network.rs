//! What happens to a request and to its answer on their way.

use super::{
    BTreeMap, BuyerDoes, Event, Failure, HttpResponse, Later, Letter, Method, Ms, NUMBER, Outcome, Payment,
    Request, RequestId, Rule, Said, SignType, Verdict, World, compare, stamp,
};
use crate::money::{
    alipay::ANOTHERS,
    plan::ORPHANS_LIVE,
    said::{cancelled, short},
    world::Settled,
};
use std::borrow::Cow;

/// How often a notification is sent again by somebody who wants queries to be made.
const RESENT: Ms = 40;

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
    /// A proxy answers with a page of its own, and hands it on later.
    BehindAPage,
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
    /// One to a cancel, which does not say whose.
    Nameless,
}

/// The longest that one way takes on a good day: both ways fit into the request's timeout.
fn usual(timeout_ms: u32) -> u32 {
    (timeout_ms / 3).clamp(1, 300)
}

fn ms(drawn: u64) -> Ms {
    Ms::try_from(drawn).unwrap_or(0)
}

impl World<'_> {
    /// A request leaves. `false` if the host died right after.
    pub(super) fn leaves(&mut self, request: &Request) -> bool {
        let method = Method::of(request.kind);
        self.requests += 1;
        self.check_signature(request, method);
        self.watch.leaves(method, self.now, request.send_within_ms.into());
        self.watch.sends(method, request.id, self.now);
        let trouble = self.tape.chance(self.plan.weather.trouble);
        let slow = method == Method::Cancel && self.plan.cancels.are_slow();
        let direct = self.plan.transport.resets;
        let fate = if trouble {
            self.tape.weighted(&[
                (40, Fate::Arrives),
                (15, Fate::ArrivesLate),
                (12, Fate::ArrivesTwice),
                (8, Fate::Overtaken),
                (23, Fate::Lost),
                (10, Fate::NotSent),
                (if direct { 0 } else { 10 }, Fate::BehindAPage),
            ])
        } else if slow && self.tape.chance(500) {
            Fate::ArrivesLate
        } else {
            Fate::Arrives
        };
        let kind = request.kind.as_str();
        self.note("host", |_| format!("sends {kind} {} ({fate:?})", request.id.0));
        let (id, life, left) = (request.id, self.life, self.now);
        let timeout = Ms::from(request.timeout_ms);
        let settled = self.watch.settled(left, &self.plan);
        // As long as anything can carry it.
        let lives = if direct {
            timeout + self.plan.settles_in() - 1
        } else {
            ORPHANS_LIVE
        };
        let lives = u32::try_from(lives).unwrap_or(u32::MAX);
        let arrives = |answered| Event::Arrives {
            method,
            id,
            life,
            left,
            settled,
            answered,
        };
        let soon = left + ms(self.tape.ms(1, usual(request.timeout_ms)));
        match fate {
            Fate::Arrives => self.at(soon, arrives(true)),
            Fate::ArrivesLate => {
                // Late enough that the next one may be refused before a slow cancel is there.
                let soonest = if slow {
                    request.timeout_ms + self.plan.policy.settle_ms / 2
                } else {
                    1
                };
                // Mostly soon after it was given up.
                let latest = if self.tape.chance(300) {
                    lives
                } else {
                    lives.min(request.timeout_ms + self.plan.policy.settle_ms - 1)
                };
                let at = left + ms(self.tape.ms(soonest.min(latest), latest));
                self.at(at, arrives(true));
            }
            Fate::ArrivesTwice => {
                self.at(soon, arrives(true));
                // Whatever repeats it is over when the answer is there.
                let again = left + ms(self.tape.ms(1, self.plan.policy.settle_ms - 1));
                self.at(again, arrives(false));
            }
            Fate::Overtaken => self.at_latest(left + ms(lives.into()), arrives(true)),
            Fate::Lost => {}
            Fate::NotSent => {
                let failure = Failure::NotSent;
                self.at(left + 5, Event::Fails { id, life, failure });
            }
            Fate::BehindAPage => {
                let at = left + ms(self.tape.ms(1, lives));
                self.at(at, arrives(false));
                let letter = Box::new(Letter {
                    response: HttpResponse {
                        status: 504,
                        headers: Vec::new(),
                        body: b"<html><body>504 Gateway Time-out</body></html>".to_vec(),
                    },
                    method,
                    genuine: None,
                    settled,
                });
                self.at(soon, Event::Answer { id, life, letter });
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
            let failure = if direct {
                Failure::Aborted
            } else {
                Failure::MaybeSent
            };
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
    pub(super) fn arrives(
        &mut self,
        method: Method,
        id: RequestId,
        life: u32,
        left: Ms,
        settled: Settled,
        answered: bool,
    ) {
        let mut later = Vec::new();
        let troubled = self.tape.chance(self.plan.weather.trouble);
        let said = match method {
            Method::Pay => {
                let ended = self.watch.pay_ended_at();
                self.alipay.pay(&self.plan, self.now, ended, &mut later)
            }
            Method::Query if troubled && self.tape.chance(200) => Said::unsure(),
            Method::Query if self.lags_now() => Said::not_found(),
            Method::Query => self.alipay.query(self.now),
            Method::Cancel if self.lags_now() => cancelled("N", None, true),
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
            self.answer(method, id, life, settled, said, troubled);
        }
    }

    /// Whether a replica that does not know the trade yet is asked.
    fn lags_now(&mut self) -> bool {
        self.plan.lags
            && self.watch.trade_seen
            && self.alipay.may_lag(&self.plan, self.now)
            && self.tape.chance(300)
    }

    fn answer(
        &mut self,
        method: Method,
        id: RequestId,
        life: u32,
        settled: Settled,
        said: Said,
        troubled: bool,
    ) {
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
                (if method == Method::Cancel { 10 } else { 0 }, Way::Nameless),
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
            Way::Nameless => {
                let node = r#"{"code":"10000","msg":"Success","retry_flag":"N","action":"close"}"#;
                (200, enclose(node, &seal(node)))
            }
        };
        let unchanged = matches!(
            way,
            Way::Comes | Way::ComesLate | Way::ComesTwice | Way::Overtaken
        );
        let letter = Box::new(Letter {
            response: HttpResponse {
                status,
                headers: self.headers(),
                body,
            },
            method,
            genuine: unchanged.then_some(said),
            settled,
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

    /// HTTP's date, by Alipay's clock.
    pub(super) fn headers(&self) -> Vec<(String, String)> {
        if !self.plan.transport.tells_time {
            return Vec::new();
        }
        vec![("date".into(), http_date(self.now))]
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
                        self.at(
                            again,
                            Event::Notify {
                                body: body.clone(),
                                genuine: true,
                            },
                        );
                    }
                    if self.tape.chance(15) {
                        // Somebody who has it sends it over and over.
                        for times in 1..=RESENT {
                            let event = Event::Notify {
                                body: body.clone(),
                                genuine: true,
                            };
                            self.at(first + 60_000 * times, event);
                        }
                    }
                }
            }
        }
    }

    fn limit(&self) -> Option<&'static str> {
        let anothers = self.alipay.trade.as_ref().is_some_and(|trade| !trade.ours);
        match &self.outcome {
            _ if self.alipay.older_touched => Some("an older sale was cancelled"),
            Some(Outcome::Paid { proven: false, .. }) if anothers => {
                Some("another's sale was told as paid and not proven")
            }
            _ => None,
        }
    }

    pub(super) fn end(mut self) -> (Verdict, Vec<u32>, Vec<String>) {
        self.watch.ends();
        let limit = self.limit();
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
            reason: match &self.outcome {
                Some(Outcome::Unresolved { reason, .. }) => Some(reason.as_str()),
                _ => None,
            },
            keeps_promises: self.plan.host_keeps_promises(),
            broken,
            limit,
            requests: self.requests,
            crashes: self.life,
        };
        (verdict, self.tape.into_record(), self.trace.unwrap_or_default())
    }
}

/// As HTTP writes it, in GMT: eight hours behind Beijing.
fn http_date(at: Ms) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let civil = stamp(at - 8 * 3_600_000).to_beijing();
    let month: usize = civil[5..7].parse().unwrap_or(1);
    format!(
        "Sat, {} {} {} {} GMT",
        &civil[8..10],
        MONTHS[month - 1],
        &civil[..4],
        &civil[11..]
    )
}

/// As it travels. In GBK its messages are Chinese, of characters whose second byte is a backslash, a brace or a bracket in
/// ASCII.
pub(super) fn written(text: &str, gbk: bool) -> Vec<u8> {
    if !gbk {
        return text.as_bytes().to_vec();
    }
    let plain = text.replace(r#""Success""#, r#""m""#);
    let pieces: Vec<&[u8]> = plain.split(r#""m""#).map(str::as_bytes).collect();
    pieces.join(&b"\"\xd5\x5c\x81\x7d\xb8\x5d\xd6\xa7\""[..])
}
