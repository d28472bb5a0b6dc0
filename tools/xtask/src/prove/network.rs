//! Payments over real TCP whose network is away from the moment at which pay is written.
//!
//! A kernel goes on carrying what was written to a connection that was closed, also for a process that is gone, so a pay may land
//! long after its till has heard that there is no such trade. Each case has a network, a gateway and an order of its own; all run at
//! once. When everything has had its chance to land, what the till was told is held against the gateway's ledger. The last cases are
//! a client without this library that shows that such pays do land.

mod link;
mod tls;

use std::{
    fs,
    path::Path,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use super::{
    books::{self, Told, Trade},
    in_parallel, none_of, sandbox,
    till::{Built, Policy, Programs, Tender, Till},
};
use crate::{
    command::Running,
    files::{at, empty},
    report::{Outcome, Report},
    workspace::Workspace,
};
use link::{Begins, Link, Trouble};
use tls::Certificate;

/// They wait most of the time.
const AT_ONCE: usize = 32;

/// What a till may take from its start until its pay leaves.
const PAY_WITHIN: Duration = Duration::from_secs(30);
/// What a till may take until it tells an outcome.
const TOLD_WITHIN: Duration = Duration::from_secs(400);
/// Between pay and the moment at which a till is killed or frozen; and between that and the next start.
const KILLED_AFTER: Duration = Duration::from_secs(1);
/// Between the end of an outage and the end of a freeze: the kernel sends again after 25 s.
const THAWS_AFTER: Duration = Duration::from_secs(12);

/// One question, and a cancel if the buyer has not paid by then.
const ASKS_ONCE: Policy = &[("interval", &[5_000]), ("window", &[5_000])];

/// One till, and what happens to it.
#[derive(Clone, Copy)]
struct Case {
    till: Till,
    trouble: Trouble,
    /// The shortest time until the kernel sends a packet again, in milliseconds.
    rto_min: u32,
    fate: Fate,
    tls: bool,
}

/// What happens to the till itself, soon after the outage has begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Nothing,
    /// It is killed, and the payment is resumed.
    Killed,
    /// It is frozen until its kernel has had a chance to send pay again.
    Frozen,
}

impl Case {
    fn new(till: Till, trouble: Trouble) -> Self {
        Self {
            till,
            trouble,
            rto_min: 200,
            fate: Fate::Nothing,
            tls: false,
        }
    }

    /// The network is away when pay is written.
    fn outage(till: Till, seconds: u64) -> Self {
        Self {
            rto_min: match seconds {
                // Sent again at about 66 s, when the till has just stopped asking.
                40 => 260,
                // At about 90 s: after a till has told `closed` if it is wrong about having reset its connection.
                50 => 330,
                _ => 200,
            },
            ..Self::new(till, Trouble::Outage(Begins::Pay, seconds))
        }
    }

    fn killed(till: Till) -> Self {
        Self {
            fate: Fate::Killed,
            ..Self::outage(till, 9)
        }
    }

    fn frozen(till: Till) -> Self {
        Self {
            fate: Fate::Frozen,
            ..Self::outage(till, 20)
        }
    }

    /// Whether the till's kernel gives pay up although the process stands still.
    fn gives_up_for_the_frozen(&self) -> bool {
        matches!(self.till, Till::CommandLine | Till::Node)
    }

    fn port(&self) -> u16 {
        if self.tls { link::TLS_PORT } else { link::PORT }
    }

    /// The last digits of the payment code.
    fn story(&self) -> u16 {
        match self.trouble {
            // The buyer pays after two queries.
            Trouble::Outage(Begins::Query, _) | Trouble::Loss(_) => 1001,
            // The buyer never pays.
            Trouble::Outage(Begins::Cancel, _) => 1003,
            _ => 1,
        }
    }

    fn policy(&self) -> Policy {
        match self.trouble {
            Trouble::Outage(Begins::Cancel, _) => ASKS_ONCE,
            _ => &[],
        }
    }

    fn happens(&self) -> String {
        let trouble = match self.trouble {
            Trouble::Loss(percent) => format!("{percent} % lost"),
            Trouble::Slow(bits) => format!("{bits} bit/s"),
            Trouble::Outage(begins, seconds) => {
                let begins = match begins {
                    Begins::Connect => " from connecting on",
                    Begins::Pay => "",
                    Begins::Answer => " from pay's answer on",
                    Begins::Query => " from a query on",
                    Begins::Cancel => " from cancel on",
                };
                format!("{seconds} s{begins}")
            }
        };
        let rto = if self.rto_min >= 500 {
            format!(", RTO {}", self.rto_min)
        } else {
            String::new()
        };
        let tls = if self.tls { ", TLS" } else { "" };
        let fate = match self.fate {
            Fate::Nothing => "",
            Fate::Killed => ", killed, resumed",
            Fate::Frozen => ", frozen",
        };
        format!("{trouble}{rto}{tls}{fate}")
    }
}

/// How a case ended.
struct Ended {
    told: Told,
    /// From the start of the till.
    after: Duration,
    trade: Option<Trade>,
}

pub(super) fn run(workspace: &Workspace, report: &mut Report, built: &mut Built, quick: bool) {
    if !report.step("network: namespaces", link::require) {
        return;
    }
    if let Some(programs) = built.programs(workspace, report, true) {
        report.step("network: outages", || prove(workspace, programs, quick));
    }
}

fn cases(quick: bool, jvm: bool) -> Vec<Case> {
    let outages: &[u64] = if quick {
        &[20, 40, 50]
    } else {
        &[5, 20, 40, 50, 100]
    };
    let mut tills = vec![Till::CommandLine, Till::Node, Till::NodeFetch];
    if jvm {
        tills.push(Till::Jvm);
    }
    let mut cases = Vec::new();
    for till in tills {
        cases.extend(outages.iter().map(|outage| Case::outage(till, *outage)));
        cases.push(Case::killed(till));
        if !quick {
            cases.extend(further(till));
        }
    }
    // After 100 s the kernel has given up what nobody holds any more.
    let landing = outages.iter().filter(|outage| **outage < 100);
    cases.extend(landing.map(|outage| Case::outage(Till::Plain, *outage)));
    cases
}

/// What a quick run has no time for.
fn further(till: Till) -> Vec<Case> {
    let mut cases = Vec::new();
    for begins in [Begins::Connect, Begins::Answer, Begins::Query, Begins::Cancel] {
        // The JVM's till has the default policy, so its cancel is not the third request; that of `fetch` has no connection of its own.
        if matches!(till, Till::Jvm | Till::NodeFetch) && begins == Begins::Cancel {
            continue;
        }
        let outages = [5, 20, 40, 100].into_iter();
        cases.extend(outages.map(|seconds| Case::new(till, Trouble::Outage(begins, seconds))));
    }
    for seconds in [20, 40] {
        for rto_min in [500, 1_000] {
            cases.push(Case {
                rto_min,
                ..Case::outage(till, seconds)
            });
        }
    }
    cases.push(Case::frozen(till));
    let troubles = [
        Trouble::Loss(20),
        Trouble::Loss(50),
        Trouble::Slow(2_000),
        Trouble::Slow(1_000),
        Trouble::Slow(500),
    ];
    cases.extend(troubles.map(|trouble| Case::new(till, trouble)));
    if till != Till::CommandLine {
        let plain = [20, 40, 50].map(|seconds| Case::outage(till, seconds));
        let over_tls = plain.into_iter().chain([Case::killed(till)]);
        cases.extend(over_tls.map(|case| Case { tls: true, ..case }));
    }
    cases
}

fn prove(workspace: &Workspace, programs: &Programs, quick: bool) -> Outcome {
    let folder = workspace.target.join("prove/network");
    empty(&folder)?;
    link::remove_leftovers()?;
    let cases = cases(quick, programs.class_path.is_some());
    let certificate = if cases.iter().any(|case| case.tls) {
        Some(Certificate::make(&folder, programs.class_path.is_some())?)
    } else {
        None
    };
    // The kernel doubles its patience, and its timers are late by up to an eighth: the last pay of the quick run lands after 84 to 95 s.
    let orphans_get = Duration::from_secs(if quick { 50 } else { 120 });
    println!(
        "{} payments, {AT_ONCE} at once, each in a network of its own",
        cases.len()
    );
    // One after the other: the first one makes the keys.
    let opening = Mutex::new(());
    let ended = in_parallel(AT_ONCE, &cases, |number, case| {
        let shop = {
            let _opening = opening.lock();
            Shop::open(programs, certificate.as_ref(), &folder, number, case)?
        };
        shop.case(case, orphans_get)
    });
    table(&cases, &ended)
}

fn table(cases: &[Case], ended: &[Result<Ended, String>]) -> Outcome {
    let mut wrong = Vec::new();
    println!(
        "\n{:<22}  {:<32}  {:<26}  {:>7}  the ledger says",
        "till", "network", "outcome", "after s"
    );
    for (case, ended) in cases.iter().zip(ended) {
        let (till, happens) = (case.till.name(), case.happens());
        match ended {
            Err(problem) => {
                println!("{till:<22}  {happens:<32}  FAILED");
                wrong.push(format!("{till}, {happens}: {problem}"));
            }
            Ok(Ended { told, after, trade }) => {
                let outcome = told.words();
                let ledger = books::words(trade.as_ref());
                let line = format!(
                    "{till:<22}  {happens:<32}  {outcome:<26}  {:>7.1}  {ledger}",
                    after.as_secs_f64()
                );
                match books::compare(told, trade.as_ref()) {
                    Ok(()) => println!("{line}"),
                    Err(problem) => {
                        println!("{line}  WRONG");
                        wrong.push(format!("{till}, {happens}: {problem}"));
                    }
                }
            }
        }
    }
    none_of(&wrong)
}

/// A gateway, the way to it, and a till's order.
struct Shop {
    // Dropped first: their namespace can go only then.
    _gateway: Running,
    _front: Option<Running>,
    link: Link,
    tender: Tender,
}

impl Shop {
    fn open(
        programs: &Programs,
        certificate: Option<&Certificate>,
        folder: &Path,
        number: usize,
        case: &Case,
    ) -> Result<Self, String> {
        let mine = folder.join(number.to_string());
        fs::create_dir_all(&mine).map_err(at(&mine))?;
        let link = Link::make(number, case.trouble, case.rto_min, case.port())?;
        let command = link.at_the_gateway(&programs.alipay);
        let (gateway, ready) = sandbox::start(command, link::PORT, &mine, &folder.join("keys"))?;
        let certificate = certificate.filter(|_| case.tls);
        let front = certificate.map(|certificate| certificate.front(&link, &mine));
        let tender = Tender {
            gateway: link::gateway(case.port()),
            policy: case.policy(),
            trust: certificate.map(|certificate| certificate.trust.clone()),
            ..Tender::new(programs, &ready, mine, number, case.story())
        };
        Ok(Self {
            _gateway: gateway,
            _front: front.transpose()?,
            link,
            tender,
        })
    }

    fn case(&self, case: &Case, orphans_get: Duration) -> Result<Ended, String> {
        let started = Instant::now();
        let (out, err) = (self.tender.file("till.out"), self.tender.file("till.err"));
        let mut till = case
            .till
            .pay(&|program| self.link.at_the_till(program), &self.tender)?
            .start(&out, &err)?;
        let over = match case.trouble {
            Trouble::Outage(_, seconds) => {
                self.outage_begins(&mut till, started)? + Duration::from_secs(seconds)
            }
            Trouble::Loss(_) | Trouble::Slow(_) => started,
        };
        if case.fate == Fate::Frozen {
            thread::sleep(KILLED_AFTER);
            till.signal("STOP")?;
            thread::sleep((over + THAWS_AFTER).saturating_duration_since(Instant::now()));
            let landed = self.trade()?.is_some();
            till.signal("CONT")?;
            if landed && case.gives_up_for_the_frozen() {
                return Err("its kernel went on sending pay while it was frozen".into());
            }
        }
        if case.fate == Fate::Killed {
            thread::sleep(KILLED_AFTER);
            if till.has_ended()? {
                return Err("the till ended before it could be killed".into());
            }
            till.kill();
            thread::sleep(KILLED_AFTER);
            let place = |program: &Path| self.link.at_the_till(program);
            till = case.till.resume(&place, &self.tender)?.start(&out, &err)?;
        }
        till.wait(TOLD_WITHIN)?;
        let after = started.elapsed();
        let told = Told::read(&out).map_err(|problem| {
            let said = fs::read_to_string(&err).unwrap_or_default();
            format!("{problem}\n{}", said.trim_end())
        })?;
        thread::sleep((over + orphans_get).saturating_duration_since(Instant::now()));
        let trade = self.trade()?;
        Ok(Ended { told, after, trade })
    }

    fn trade(&self) -> Result<Option<Trade>, String> {
        Trade::find(&self.link.trades()?, &self.tender.out_trade_no)
    }

    /// Waits for the till's pay, or what comes after it.
    fn outage_begins(&self, till: &mut Running, started: Instant) -> Result<Instant, String> {
        loop {
            if self.link.outage_began()? {
                return Ok(Instant::now());
            }
            if till.has_ended()? || started.elapsed() > PAY_WITHIN {
                let said = fs::read_to_string(self.tender.file("till.err")).unwrap_or_default();
                return Err(format!("the outage did not begin\n{}", said.trim_end()));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}
