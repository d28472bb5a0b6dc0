//! Shows a payment's steps: as lines for a person, or as one JSON object a line. Never a body, a code or a buyer.

use crate::{
    certificates::advice,
    driver::{Event, Observer, now},
    failure::Failure,
    output::{print, print_json, warn},
    words,
};
use alipay_core::{
    Payment, Timestamp,
    codes::BusinessCode,
    http::HttpRequest,
    payment::{News, Outcome, Output, Phase, Request, Wake},
    wire,
};
use serde::Serialize;
use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Writes to standard output, and waits for nobody who reads it.
#[derive(Debug)]
pub(crate) struct Screen {
    json: bool,
    started: Instant,
    asked_at: Instant,
    phase: Option<Phase>,
    /// The last wait that was shown, and what for.
    waited: Option<(Duration, Wake)>,
    out_trade_no: String,
    state: Option<PathBuf>,
}

/// One line of `--json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a, T> {
    #[serde(flatten)]
    event: T,
    out_trade_no: &'a str,
    elapsed_ms: u128,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Told<'a> {
    Answer {
        id: u32,
        kind: &'static str,
        phase: &'static str,
        heard: Option<wire::Heard>,
    },
    Cancel,
    Certificate {
        alipay_cert_sn: &'a str,
        /// Why it is not believed.
        problem: Option<&'static str>,
    },
    Notification {
        trade_status: Option<&'a str>,
        notify_id: Option<&'a str>,
    },
    NotStored {
        request: Option<u32>,
        error: String,
    },
    /// The outcome, which could not be stored when it was told.
    Stored,
    GivenUp,
}

#[derive(Serialize)]
struct Asked {
    #[serde(flatten)]
    output: wire::Output,
    host: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    #[serde(flatten)]
    output: wire::Output,
    /// Whether the outcome is in the state file; `null` without one.
    stored: Option<bool>,
    remedy: Option<Remedy>,
    /// What whoever is at the till does next.
    advice: Option<Advice>,
}

#[derive(Serialize)]
struct Advice {
    zh: String,
    en: String,
}

#[derive(Serialize)]
struct Remedy {
    actor: &'static str,
    zh: &'static str,
    en: &'static str,
}

impl From<&'static BusinessCode> for Remedy {
    fn from(row: &'static BusinessCode) -> Self {
        Self {
            actor: row.actor.as_str(),
            zh: row.remedy_zh,
            en: row.remedy_en,
        }
    }
}

impl Screen {
    pub(crate) fn new(json: bool, out_trade_no: &str, state: Option<&Path>) -> Self {
        Self {
            json,
            started: Instant::now(),
            asked_at: Instant::now(),
            phase: None,
            waited: None,
            out_trade_no: out_trade_no.into(),
            state: state.map(Into::into),
        }
    }

    /// How it ended, with the remedy where there is one, and whether that is stored.
    pub(crate) fn ended(&mut self, outcome: &Outcome, stored: &io::Result<()>, given_up: bool) {
        let remedy = words::remedy(outcome);
        let advice = words::advice(outcome, self.state.as_deref(), given_up);
        if self.json {
            self.line(Ended {
                output: wire::Output::from(Output::Done(outcome.clone())).redacted(),
                stored: self.state.as_ref().map(|_| stored.is_ok()),
                remedy: remedy.map(|(_, row)| row.into()),
                advice: advice.map(|(zh, en)| Advice { zh, en }),
            });
        } else {
            if let Some((sub_code, row)) = remedy {
                print(&format!(
                    "         {sub_code}: {} / {}\n",
                    row.meaning_zh, row.meaning_en
                ));
                print(&format!("         处理: {}\n", row.remedy_zh));
                print(&format!(
                    "         remedy ({}): {}\n",
                    row.actor.as_str(),
                    row.remedy_en
                ));
            }
            print(&format!("{} {}\n", self.stamp(), words::outcome(outcome)));
            if let Some((zh, en)) = advice {
                print(&format!("         接下来: {zh}\n         next: {en}\n"));
            }
        }
        if let Err(error) = stored {
            warn(&format!(
                "warning[state_not_written]: {error}; the outcome is NOT STORED yet. Trying again until it is; Ctrl-C leaves without"
            ));
        }
    }

    /// The outcome is stored after all.
    pub(crate) fn stored(&self) {
        if self.json {
            self.line(Told::Stored);
        } else {
            print(&format!("{} the outcome is stored now\n", self.stamp()));
        }
    }

    /// The payment is given up, and that is stored.
    pub(crate) fn given_up(&self) {
        if self.json {
            return self.line(Told::GivenUp);
        }
        let state = self.state.clone().unwrap_or_default();
        let (number, state) = (&self.out_trade_no, state.display());
        print(&format!(
            "GIVEN UP: {number} is never taken as paid from now on
         接下来: 现在可以用新的订单号和重新扫描的付款码收款。稍后用 `alipay resume --state {state}` 查询本单：若已付款，将予撤销或提示退款。
         next: Take the payment under a new order number with a newly scanned code. Later `alipay resume --state {state}` asks about this one: what is found paid is cancelled, or told as money to refund.
"
        ));
    }

    fn line(&self, event: impl Serialize) {
        let line = Line {
            event,
            out_trade_no: &self.out_trade_no,
            elapsed_ms: self.started.elapsed().as_millis(),
        };
        print_json(&line);
    }

    fn stamp(&self) -> String {
        format!("+{:.2}s ", self.started.elapsed().as_secs_f64())
    }
}

impl Observer for Screen {
    fn asking(&mut self, request: &Request) {
        self.asked_at = Instant::now();
        if self.json {
            self.line(Asked {
                output: wire::Output::from(Output::Request(request.clone())).redacted(),
                host: host(&request.http).into(),
            });
        } else {
            print(&format!("{} {:7} → ", self.stamp(), request.kind.as_str()));
        }
    }

    fn heard(&mut self, request: &Request, payment: &Payment) {
        let Some(heard) = payment.heard() else { return };
        if self.json {
            self.line(Told::Answer {
                id: request.id.0,
                kind: request.kind.as_str(),
                phase: payment.phase().as_str(),
                heard: Some(heard.into()),
            });
            return;
        }
        let mut text = words::answer(request.kind, heard);
        let took = self.asked_at.elapsed();
        if took >= Duration::from_millis(100) {
            text.push_str(&format!(", after {:.2}s", took.as_secs_f64()));
        }
        let phase = payment.phase();
        if self.phase != Some(phase) && phase != Phase::Done {
            text.push_str(&format!("; {}", words::phase(phase)));
        }
        self.phase = Some(phase);
        print(&format!("{text}\n"));
    }

    fn waiting(&mut self, at: Timestamp, wake: Wake, _: &Payment) {
        if self.json {
            self.line(wire::Output::from(Output::Timeout { at, wake }));
        } else {
            let pause = at.saturating_since(now());
            // A regular rhythm is told once.
            let as_before =
                |(before, what): (Duration, Wake)| what == wake && before.abs_diff(pause) < pause / 5;
            if !self.waited.is_some_and(as_before) {
                let seconds = pause.as_secs_f64();
                print(&format!(
                    "{} wait    … {seconds:.2}s {}\n",
                    self.stamp(),
                    words::wake(wake)
                ));
                self.waited = Some((pause, wake));
            }
        }
    }

    fn learnt(&mut self, alipay_cert_sn: &str, problem: Option<&Failure>) {
        if self.json {
            self.line(Told::Certificate {
                alipay_cert_sn,
                problem: problem.map(Failure::code),
            });
            return;
        }
        let what = match problem {
            None => "downloaded, and it is Alipay's".to_owned(),
            Some(problem) => format!("NOT believed: {problem}"),
        };
        print(&format!(
            "{} new certificate {alipay_cert_sn}: {what}\n",
            self.stamp()
        ));
        if problem.is_none() {
            print(&format!("         to keep it, {}\n", advice(alipay_cert_sn)));
        }
    }

    fn happened(&mut self, event: &Event) {
        match event {
            Event::Cancel if self.json => self.line(Told::Cancel),
            Event::Cancel => print(&format!(
                "{} cancel is wanted; asking once more, then cancelling\n",
                self.stamp()
            )),
            Event::Notify(notify) if self.json => self.line(Told::Notification {
                trade_status: notify.get("trade_status"),
                notify_id: notify.notify_id(),
            }),
            Event::Notify(notify) => {
                let status = notify.get("trade_status").unwrap_or("-");
                print(&format!(
                    "{} notify  ← {status} (signature verified)\n",
                    self.stamp()
                ));
            }
        }
    }

    fn news(&mut self, news: &News) {
        if self.json {
            self.line(wire::Output::from(Output::News(news.clone())).redacted());
        } else {
            print(&format!("{} {}\n", self.stamp(), words::news(news)));
        }
    }

    fn not_stored(&mut self, request: Option<&Request>, error: &io::Error) {
        let what = match request {
            Some(request) => format!("{} was NOT sent", request.kind.as_str()),
            None => "a crash now would forget what Alipay said last".to_owned(),
        };
        warn(&format!("warning[state_not_written]: {error}; {what}"));
        if self.json {
            self.line(Told::NotStored {
                request: request.map(|request| request.id.0),
                error: error.to_string(),
            });
        }
    }
}

fn host(http: &HttpRequest) -> &str {
    let rest = http.url.split_once("://").map_or(&*http.url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}
