//! Payments over real TCP whose network is away from the moment at which pay is written.
//!
//! A kernel goes on carrying what was written to a connection that was closed, also for a process that is gone, so a pay may land
//! long after its till has heard that there is no such trade. Each case has a network, a gateway and an order of its own; all run at
//! once. When everything has had its chance to land, what the till was told is held against the gateway's ledger. The last cases are
//! a client without this library that shows that such pays do land.

mod link;

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{
    books::{self, Told, Trade},
    sandbox,
    till::{Built, Programs, Tender, Till},
};
use crate::{
    command::Running,
    files::{at, empty},
    report::{Outcome, Report, Stop},
    workspace::Workspace,
};
use link::Link;

/// What a till may take from its start until its pay leaves.
const PAY_WITHIN: Duration = Duration::from_secs(30);
/// What a till may take until it tells an outcome.
const TOLD_WITHIN: Duration = Duration::from_secs(400);
/// Between pay and the moment at which a till is killed; and between that and the next start.
const KILLED_AFTER: Duration = Duration::from_secs(1);

/// One till, and what happens to it.
struct Case {
    till: Till,
    /// In seconds, from the first packet of pay's on.
    outage: u64,
    /// The shortest time until the kernel sends a packet again, in milliseconds.
    rto_min: u32,
    killed: bool,
}

impl Case {
    fn outage(till: Till, outage: u64) -> Self {
        Self {
            till,
            outage,
            rto_min: match outage {
                // Sent again at about 66 s, when the till has just stopped asking.
                40 => 260,
                // At about 90 s: after a till has told `closed` if it is wrong about having reset its connection.
                50 => 330,
                _ => 200,
            },
            killed: false,
        }
    }

    fn killed(till: Till) -> Self {
        Self {
            killed: true,
            ..Self::outage(till, 9)
        }
    }

    fn happens(&self) -> String {
        let killed = if self.killed { ", killed, resumed" } else { "" };
        format!("{} s{killed}", self.outage)
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
    }
    // After 100 s the kernel has given up what nobody holds any more.
    let landing = outages.iter().filter(|outage| **outage < 100);
    cases.extend(landing.map(|outage| Case::outage(Till::Plain, *outage)));
    cases
}

fn prove(workspace: &Workspace, programs: &Programs, quick: bool) -> Outcome {
    let folder = workspace.target.join("prove/network");
    empty(&folder)?;
    link::remove_leftovers()?;
    let cases = cases(quick, programs.class_path.is_some());
    // One after the other: the first one makes the keys.
    let mut shops = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        shops.push(Shop::open(programs, &folder, number, case)?);
    }
    // The kernel doubles its patience, and its timers are late by up to an eighth: the last pay of the quick run lands after 84 to 95 s.
    let orphans_get = Duration::from_secs(if quick { 50 } else { 120 });
    println!("{} payments at once, each in a network of its own", cases.len());
    let ended: Vec<Result<Ended, String>> = thread::scope(|scope| {
        let running: Vec<_> = shops
            .iter()
            .zip(&cases)
            .map(|(shop, case)| scope.spawn(move || shop.case(case, orphans_get)))
            .collect();
        running
            .into_iter()
            .map(|case| case.join().unwrap_or_else(|_| Err("the case panicked".into())))
            .collect()
    });
    drop(shops);
    table(&cases, &ended)
}

fn table(cases: &[Case], ended: &[Result<Ended, String>]) -> Outcome {
    let mut wrong = Vec::new();
    println!(
        "\n{:<22}  {:<22}  {:<26}  {:>7}  the ledger says",
        "till", "outage", "outcome", "after s"
    );
    for (case, ended) in cases.iter().zip(ended) {
        let (till, happens) = (case.till.name(), case.happens());
        match ended {
            Err(problem) => {
                println!("{till:<22}  {happens:<22}  FAILED");
                wrong.push(format!("{till}, {happens}: {problem}"));
            }
            Ok(Ended { told, after, trade }) => {
                let outcome = told.words();
                let ledger = books::words(trade.as_ref());
                let line = format!(
                    "{till:<22}  {happens:<22}  {outcome:<26}  {:>7.1}  {ledger}",
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
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Stop::Failed(wrong.join("\n")))
    }
}

/// A gateway, the way to it, and a till's order.
struct Shop {
    // Dropped first: its namespace can go only then.
    _gateway: Running,
    link: Link,
    tender: Tender,
}

impl Shop {
    fn open(programs: &Programs, folder: &Path, number: usize, case: &Case) -> Result<Self, String> {
        let mine = folder.join(number.to_string());
        fs::create_dir_all(&mine).map_err(at(&mine))?;
        let link = Link::make(number, case.outage, case.rto_min)?;
        let command = link.at_the_gateway(&programs.alipay);
        let (gateway, ready) = sandbox::start(command, link::PORT, &mine, &folder.join("keys"))?;
        let tender = Tender {
            programs: programs.clone(),
            gateway: link::gateway(),
            ready,
            out_trade_no: format!("PROVE_{number}"),
            auth_code: format!("280001{number:08}0001"),
            policy: &[],
            trust: None,
            state_folder: mine.clone(),
            folder: mine,
        };
        Ok(Self {
            _gateway: gateway,
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
        let outage = self.outage_begins(&mut till, started)?;
        if case.killed {
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
        let over = outage + Duration::from_secs(case.outage) + orphans_get;
        thread::sleep(over.saturating_duration_since(Instant::now()));
        let trades = self.link.trades()?;
        let trade = Trade::find(&trades, &self.tender.out_trade_no)?;
        Ok(Ended { told, after, trade })
    }

    /// Waits for the till's pay.
    fn outage_begins(&self, till: &mut Running, started: Instant) -> Result<Instant, String> {
        loop {
            if self.link.outage_began()? {
                return Ok(Instant::now());
            }
            if till.has_ended()? || started.elapsed() > PAY_WITHIN {
                let said = fs::read_to_string(self.tender.file("till.err")).unwrap_or_default();
                return Err(format!("no pay left\n{}", said.trim_end()));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}
