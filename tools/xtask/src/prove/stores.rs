//! Tills whose store is on a disk that is full, or that hangs.
//!
//! What can't be stored must not leave; an outcome is told all the same, with the word that it is not stored, and is stored once that
//! is possible again. Then the payment is taken up from the store, and everything that was told is held against the gateway's ledger.

mod disk;

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{
    books::{self, Said, Told, Trade},
    in_parallel,
    moment::{Moment, Phase},
    none_of,
    sandbox::{self, Pages, Ready},
    stopped::{self, HERE, Traced},
    till::{Built, Programs, Tender, Till},
};
use crate::{
    command::{Command, Running},
    files::{at, empty},
    report::{Outcome, Report},
    workspace::Workspace,
};
use disk::Disk;

/// They wait most of the time.
const AT_ONCE: usize = 20;
/// What a till may take until it says something, or ends once its store works again.
const SAYS_WITHIN: Duration = Duration::from_secs(120);
/// Less than a store may take.
const SHORT: Duration = Duration::from_millis(800);
/// What a request that should not have left gets to reach the gateway.
const LANDS_WITHIN: Duration = Duration::from_secs(1);

/// What becomes of the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// It is full until the till has said something.
    Full,
    /// The same; then the till is killed.
    FullAndKilled,
    /// It hangs for less than the store may take.
    Slow,
    /// It hangs until the till has said something.
    Hangs,
    /// The same, once everything is stored.
    HangsAfterwards,
}

struct Case {
    till: Till,
    trouble: Trouble,
    /// What can't be stored.
    phase: Phase,
}

impl Case {
    fn happens(&self) -> String {
        let trouble = match self.trouble {
            Trouble::Full => "full",
            Trouble::FullAndKilled => "full, then killed",
            Trouble::Slow => "slow",
            Trouble::Hangs => "hangs",
            Trouble::HangsAfterwards => "hangs afterwards",
        };
        format!("storing {}: {trouble}", self.phase.name())
    }

    fn is_full(&self) -> bool {
        matches!(self.trouble, Trouble::Full | Trouble::FullAndKilled)
    }

    /// The last digits of the payment code.
    fn story(&self) -> u16 {
        match self.phase {
            // The buyer is asked, and does not answer.
            Phase::Cancel => 1003,
            // Pays after two queries, so that there is time to fill the disk.
            Phase::Outcome if self.is_full() => 1001,
            _ => 1,
        }
    }
}

/// How a case ended.
struct Ended {
    /// While the disk was as it was.
    said: Said,
    trade: Option<Trade>,
    /// By the till that took the payment up.
    then: Said,
    at_last: Option<Trade>,
}

pub(super) fn run(workspace: &Workspace, report: &mut Report, built: &mut Built, quick: bool) {
    let folder = workspace.target.join("prove/stores");
    let ready = report.step("stores: disks", || disk::require(&folder))
        && report.step("stores: strace", stopped::require);
    if !ready {
        return;
    }
    if let Some(programs) = built.programs(workspace, report, !quick) {
        report.step("stores: full and hanging disks", || {
            prove(&folder, programs, quick)
        });
    }
}

fn cases(jvm: bool) -> Vec<Case> {
    let mut tills = vec![Till::CommandLine, Till::Node];
    if jvm {
        tills.push(Till::Jvm);
    }
    let mut cases = Vec::new();
    for till in tills {
        let mut add = |phase, troubles: &[Trouble]| {
            cases.extend(troubles.iter().map(|trouble| Case {
                till,
                trouble: *trouble,
                phase,
            }));
        };
        let usual = [Trouble::Full, Trouble::Slow, Trouble::Hangs];
        add(Phase::Pay, &usual);
        // The JVM's till has the default policy and would try to cancel for minutes.
        if till != Till::Jvm {
            add(Phase::Cancel, &usual);
        }
        add(Phase::Outcome, &usual);
        add(
            Phase::Outcome,
            &[Trouble::FullAndKilled, Trouble::HangsAfterwards],
        );
    }
    cases
}

fn prove(folder: &Path, programs: &Programs, quick: bool) -> Outcome {
    empty(folder)?;
    let command = Command::new(&programs.alipay);
    let (_gateway, ready) = sandbox::start(command, 0, folder, &folder.join("keys"))?;
    let pages = Pages::of(&ready)?;
    let cases = cases(!quick && programs.class_path.is_some());
    println!("{} payments, {AT_ONCE} at once", cases.len());
    let ended = in_parallel(AT_ONCE, &cases, |number, case| {
        play(case, programs, &ready, &pages, folder, number)
    });
    table(&cases, ended)
}

fn table(cases: &[Case], ended: Vec<Result<Ended, String>>) -> Outcome {
    let mut wrong = Vec::new();
    println!(
        "\n{:<20}  {:<34}  {:<36}  {:<20}  the ledger says",
        "till", "what happens", "it says", "then"
    );
    for (number, (case, ended)) in cases.iter().zip(ended).enumerate() {
        let (till, happens) = (case.till.name(), case.happens());
        let line = format!("{till:<20}  {happens:<34}");
        let verdict = match ended {
            Err(problem) => {
                println!("{line}  FAILED");
                Err(problem)
            }
            Ok(ended) => {
                let not_stored = ended.said.told().is_some_and(|told| told.stored == Some(false));
                let not_stored = if not_stored { ", not stored" } else { "" };
                let said = format!("{}{not_stored}", ended.said.words());
                let ledger = books::words(ended.at_last.as_ref());
                let verdict = verdict(case, &ended);
                let mark = if verdict.is_err() { "  WRONG" } else { "" };
                println!("{line}  {said:<36}  {:<20}  {ledger}{mark}", ended.then.words());
                verdict
            }
        };
        if let Err(problem) = verdict {
            wrong.push(format!("{number}: {till}, {happens}: {problem}"));
        }
    }
    none_of(&wrong)
}

fn verdict(case: &Case, ended: &Ended) -> Result<(), String> {
    for told in [&ended.said, &ended.then].into_iter().filter_map(Said::told) {
        books::compare(told, ended.at_last.as_ref())?;
    }
    let Some(then) = ended.then.told() else {
        return Err("in the end nobody could take the payment up".into());
    };
    // The JVM's till lets go of its lock in an orderly way, and its store has written a pay by then that did not leave.
    let may_be_open = case.till == Till::Jvm && case.phase == Phase::Pay && case.trouble == Trouble::Hangs;
    if then.is("unresolved") && !may_be_open {
        return Err("it is still not resolved".into());
    }
    let trade = ended.trade.as_ref();
    if case.trouble == Trouble::Slow {
        let expected = if case.phase == Phase::Cancel {
            "closed"
        } else {
            "paid"
        };
        return told(&ended.said, expected, true).map(drop);
    }
    match case.phase {
        Phase::Pay if !matches!(ended.said, Said::Refused(_)) => Err("it told an outcome".into()),
        Phase::Pay if trade.is_some() => Err("pay left unstored".into()),
        Phase::Cancel if trade.is_none_or(|trade| trade.cancel_calls > 0) => {
            Err("cancel left unstored".into())
        }
        Phase::Cancel => match told(&ended.said, "unresolved", false)?.reason() {
            Some("notStored") => Ok(()),
            _ => Err("it does not say that cancel was not stored".into()),
        },
        Phase::Outcome => {
            let stored = case.trouble == Trouble::HangsAfterwards;
            told(&ended.said, "paid", stored).map(drop)
        }
        _ => Ok(()),
    }
}

/// This outcome, and whether it was stored, if the till says so.
fn told<'a>(said: &'a Said, kind: &str, stored: bool) -> Result<&'a Told, String> {
    match said.told() {
        Some(told) if told.is(kind) && told.stored.is_none_or(|said| said == stored) => Ok(told),
        _ => Err(format!(
            "it said {} and not {kind} ({})",
            said.words(),
            if stored { "stored" } else { "not stored" }
        )),
    }
}

fn play(
    case: &Case,
    programs: &Programs,
    ready: &Ready,
    pages: &Pages,
    folder: &Path,
    number: usize,
) -> Result<Ended, String> {
    let mine = folder.join(number.to_string());
    fs::create_dir_all(&mine).map_err(at(&mine))?;
    let disk = if case.is_full() {
        Disk::that_fills(&mine)?
    } else {
        Disk::that_hangs(&mine)?
    };
    let tender = Tender {
        state_folder: disk.folder().to_owned(),
        ..Tender::new(programs, ready, mine, number, case.story())
    };
    let trade = || Trade::on(pages, &tender.out_trade_no);
    let (said, then_trade) = if case.is_full() {
        full(case, &disk, &tender, &trade)?
    } else {
        hanging(case, &disk, &tender, &trade)?
    };
    let (out, err) = (tender.file("heir.out"), tender.file("heir.err"));
    let heir = case.till.resume(HERE, &tender)?;
    heir.start(&out, &err)?.wait(SAYS_WITHIN)?;
    thread::sleep(LANDS_WITHIN);
    Ok(Ended {
        said,
        trade: then_trade,
        then: Said::read(&out, &err)?,
        at_last: trade()?,
    })
}

type Ledger<'a> = &'a dyn Fn() -> Result<Option<Trade>, String>;

/// What the till said, and the ledger's row then.
type SaidThen = (Said, Option<Trade>);

fn full(case: &Case, disk: &Disk, tender: &Tender, trade: Ledger<'_>) -> Result<SaidThen, String> {
    if case.phase == Phase::Pay {
        disk.fill()?;
    }
    let (out, err) = (tender.file("till.out"), tender.file("till.err"));
    let mut till = case.till.pay(HERE, tender)?.start(&out, &err)?;
    if case.phase != Phase::Pay {
        is_stored(tender, Phase::Query)?;
        disk.fill()?;
    }
    let said = says(tender, &mut till)?;
    thread::sleep(LANDS_WITHIN);
    let row = trade()?;
    if case.trouble == Trouble::FullAndKilled {
        till.kill();
    }
    disk.make_room()?;
    // It goes on until it has stored the outcome.
    till.wait(SAYS_WITHIN)?;
    if case.phase == Phase::Outcome && case.trouble == Trouble::Full {
        is_stored(tender, Phase::Outcome)?;
    }
    Ok((said, row))
}

fn hanging(case: &Case, disk: &Disk, tender: &Tender, trade: Ledger<'_>) -> Result<SaidThen, String> {
    let moment = match case.trouble {
        Trouble::HangsAfterwards => Moment::Synced(case.phase),
        _ => Moment::Storing(case.phase),
    };
    let mut till = Traced::stand_still(case.till, tender, moment, || Ok(()))?;
    // Declared after the till: it can't be killed as long as the disk hangs.
    let hanging = disk.hang()?;
    till.thaw()?;
    let said = if case.trouble == Trouble::Slow {
        thread::sleep(SHORT);
        None
    } else {
        let mut said = None;
        till.go_on_until(SAYS_WITHIN, |_| {
            said = Said::read(&tender.file("till.out"), &tender.file("till.err")).ok();
            Ok(said.is_some())
        })?;
        thread::sleep(LANDS_WITHIN);
        said
    };
    let row = trade()?;
    drop(hanging);
    till.wait(SAYS_WITHIN)?;
    if case.phase == Phase::Outcome {
        is_stored(tender, Phase::Outcome)?;
    }
    let said = match said {
        Some(said) => said,
        None => Said::read(&tender.file("till.out"), &tender.file("till.err"))?,
    };
    // What was not to leave has not left since, either.
    let row = trade()?.or(row);
    Ok((said, row))
}

/// Waits until the till says how it ended, or why not.
fn says(tender: &Tender, till: &mut Running) -> Result<Said, String> {
    let started = Instant::now();
    loop {
        let ended = till.has_ended()?;
        match Said::read(&tender.file("till.out"), &tender.file("till.err")) {
            Err(_) if !ended && started.elapsed() < SAYS_WITHIN => {
                thread::sleep(Duration::from_millis(20));
            }
            said => return said,
        }
    }
}

/// Waits until the store is this far.
fn is_stored(tender: &Tender, phase: Phase) -> Result<(), String> {
    let state = tender.state();
    let started = Instant::now();
    loop {
        let snapshot = fs::read(&state).unwrap_or_default();
        if Phase::of(&String::from_utf8_lossy(&snapshot)) == Some(phase) {
            return Ok(());
        }
        if started.elapsed() > SAYS_WITHIN {
            return Err(format!("{}: no {} in it", state.display(), phase.name()));
        }
        thread::sleep(Duration::from_millis(20));
    }
}
