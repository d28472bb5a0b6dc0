//! Tills that stand still (SIGSTOP) or are killed (SIGKILL) at each of their awaits, alone and with an heir: another process that goes on
//! with the same store.
//!
//! strace stops a till after the system call that an await comes down to, so every case is at the same place in every run. Afterwards what
//! each process told is held against the gateway's ledger. The last case is a till that breaks its promises, and the rule must be
//! broken there. A full run then has tills that are stopped and killed at random.

mod random;

use std::{
    fs,
    path::{Path, PathBuf},
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
    command::Command,
    files::{at, empty},
    report::{Outcome, Report},
    workspace::Workspace,
};

/// They wait most of the time.
const AT_ONCE: usize = 24;
/// What a till may take until its pay has been answered.
const PAY_WITHIN: Duration = Duration::from_secs(60);
/// What a till may take until it tells an outcome.
const TOLD_WITHIN: Duration = Duration::from_secs(240);
/// Longer than a request may take to leave, and than any answer is waited for.
const LONG: Duration = Duration::from_secs(8);
/// Shorter than either.
const SHORT: Duration = Duration::from_millis(700);
/// What the gateway may still be doing when the tills have ended.
const LANDS_WITHIN: Duration = Duration::from_secs(1);

/// What becomes of the till that stands still.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It goes on soon.
    Pauses,
    /// It goes on late. Meanwhile an heir asks for its store.
    Freezes,
    /// It is killed after an heir has asked for its store, and the heir goes on.
    Dies,
    /// Somebody takes its lock away, an heir goes on to an outcome, and then it goes on too.
    IsReplaced,
}

struct Case {
    till: Till,
    moment: Moment,
    fate: Fate,
    /// While it stands still; where the buyer is asked at all.
    buyer_pays: bool,
}

impl Case {
    /// Whether the buyer is asked, and pays or not; otherwise the buyer has paid at once.
    fn asks(&self) -> bool {
        self.till != Till::Careless && !matches!(self.moment.phase(), Phase::Pay | Phase::Outcome)
    }

    fn happens(&self) -> String {
        let fate = match self.fate {
            Fate::Pauses => "pauses",
            Fate::Freezes => "freezes",
            Fate::Dies => "dies",
            Fate::IsReplaced => "is replaced",
        };
        let buyer = if self.buyer_pays { ", buyer pays" } else { "" };
        format!("{}: {fate}{buyer}", self.moment.name())
    }
}

/// How a case ended.
struct Ended {
    /// The heir that asked for the store, or got it, while the till stood still.
    heir: Option<Said>,
    /// Unless it died.
    first: Option<Said>,
    /// Who takes the payment up when all is over.
    at_last: Said,
    trade: Option<Trade>,
}

impl Ended {
    fn told(&self) -> impl Iterator<Item = &Told> {
        let said = self.heir.iter().chain(&self.first).chain([&self.at_last]);
        said.filter_map(Said::told)
    }
}

pub(super) fn run(workspace: &Workspace, report: &mut Report, built: &mut Built, quick: bool) {
    if !report.step("processes: strace", stopped::require) {
        return;
    }
    if let Some(programs) = built.programs(workspace, report, !quick) {
        report.step("processes: frozen and killed", || {
            prove(workspace, programs, quick)
        });
    }
}

/// A moment, and whether the buyer pays then: the cases of a quick run, and of any other.
type Row = (Moment, &'static [bool], &'static [bool]);

const NOT: &[bool] = &[];
/// Also where the buyer has paid at once, or can't pay any more.
const NO: &[bool] = &[false];
const YES: &[bool] = &[true];
const BOTH: &[bool] = &[false, true];

const MOMENTS: &[Row] = &[
    (Moment::Storing(Phase::Pay), NOT, NO),
    (Moment::Stored(Phase::Pay), NO, NO),
    (Moment::Connecting(Phase::Pay), NO, NO),
    (Moment::Connected(Phase::Pay), NOT, NO),
    (Moment::Checked(Phase::Pay), NO, NO),
    (Moment::HalfWritten(Phase::Pay), NO, NO),
    (Moment::Written(Phase::Pay), NO, NO),
    (Moment::Waiting, YES, BOTH),
    (Moment::Connecting(Phase::Query), NOT, BOTH),
    (Moment::Written(Phase::Query), YES, BOTH),
    (Moment::Storing(Phase::Cancel), NOT, BOTH),
    (Moment::Stored(Phase::Cancel), BOTH, BOTH),
    (Moment::Connecting(Phase::Cancel), NOT, BOTH),
    (Moment::Connected(Phase::Cancel), NOT, BOTH),
    (Moment::Checked(Phase::Cancel), NOT, BOTH),
    (Moment::HalfWritten(Phase::Cancel), NOT, BOTH),
    (Moment::Written(Phase::Cancel), NO, NO),
    (Moment::Storing(Phase::Outcome), NO, NO),
    (Moment::Stored(Phase::Outcome), NOT, NO),
];

fn cases(quick: bool, jvm: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut tills = vec![Till::CommandLine, Till::Node];
    if !quick {
        tills.push(Till::NodeFetch);
    }
    if jvm {
        tills.push(Till::Jvm);
    }
    for till in tills {
        // The JVM's policy is the default, so each case takes minutes; `fetch` differs only in when it sends and how that ends.
        let quick = quick || matches!(till, Till::Jvm | Till::NodeFetch);
        for (moment, quickly, fully) in MOMENTS {
            if moment.call(till).is_none() && *moment != Moment::Waiting {
                continue;
            }
            for fate in fates(*moment, quick) {
                let buyer = if quick { quickly } else { fully };
                cases.extend(buyer.iter().map(|buyer_pays| Case {
                    till,
                    moment: *moment,
                    fate: *fate,
                    buyer_pays: *buyer_pays,
                }));
            }
        }
    }
    cases.push(Case {
        till: Till::Careless,
        moment: Moment::Connecting(Phase::Pay),
        fate: Fate::IsReplaced,
        buyer_pays: false,
    });
    cases
}

fn fates(moment: Moment, quick: bool) -> &'static [Fate] {
    const ALL: &[Fate] = &[Fate::Pauses, Fate::Freezes, Fate::Dies, Fate::IsReplaced];
    // A till that stands still in its store writes over what the heir has stored: only its lock keeps two from being there.
    let alone = moment.is_before_the_name() || moment.phase() == Phase::Outcome;
    let fates = ALL.get(usize::from(quick)..).unwrap_or_default();
    match fates.split_last() {
        Some((_, others)) if alone => others,
        _ => fates,
    }
}

fn prove(workspace: &Workspace, programs: &Programs, quick: bool) -> Outcome {
    let folder = workspace.target.join("prove/processes");
    empty(&folder)?;
    let command = Command::new(&programs.alipay);
    let (_gateway, ready) = sandbox::start(command, 0, &folder, &folder.join("keys"))?;
    let pages = Pages::of(&ready)?;
    let cases = cases(quick, !quick && programs.class_path.is_some());
    println!("{} payments, {AT_ONCE} at once", cases.len());
    let ended = in_parallel(AT_ONCE, &cases, |number, case| {
        let shop = Shop {
            case,
            pages: &pages,
            tender: tender(programs, &ready, &folder, number, case),
        };
        shop.play()
    });
    table(&cases, ended)?;
    if quick {
        return Ok(());
    }
    random::prove(programs, &ready, &pages, &folder)
}

fn tender(programs: &Programs, ready: &Ready, folder: &Path, number: usize, case: &Case) -> Tender {
    // Asks the buyer, who waits for a button to be pressed; or paid at once.
    let story = if case.asks() { 1004 } else { 1 };
    Tender::new(programs, ready, folder.join(number.to_string()), number, story)
}

fn table(cases: &[Case], ended: Vec<Result<Ended, String>>) -> Outcome {
    let mut wrong = Vec::new();
    println!(
        "\n{:<20}  {:<46}  {:<30}  {:<20}  {:<30}  the ledger says",
        "till", "what happens", "an heir says", "it says", "at last"
    );
    for (number, (case, ended)) in cases.iter().zip(ended).enumerate() {
        let (till, happens) = (case.till.name(), case.happens());
        let line = format!("{till:<20}  {happens:<46}");
        let problem = match ended {
            Err(problem) => {
                println!("{line}  FAILED");
                Err(problem)
            }
            Ok(ended) => {
                let words = |said: &Option<Said>| said.as_ref().map_or_else(|| "-".into(), Said::words);
                let (heir, first) = (words(&ended.heir), words(&ended.first));
                let (at_last, ledger) = (ended.at_last.words(), books::words(ended.trade.as_ref()));
                let verdict = verdict(case, &ended);
                let mark = if verdict.is_err() { "  WRONG" } else { "" };
                println!("{line}  {heir:<30}  {first:<20}  {at_last:<30}  {ledger}{mark}");
                verdict
            }
        };
        if let Err(problem) = problem {
            wrong.push(format!("{number}: {till}, {happens}: {problem}"));
        }
    }
    none_of(&wrong)
}

/// Whether every rule was kept; by the careless till, whether one was broken.
fn verdict(case: &Case, ended: &Ended) -> Result<(), String> {
    let mut compared = ended
        .told()
        .map(|told| books::compare(told, ended.trade.as_ref()));
    if case.till == Till::Careless {
        return if compared.any(|agrees| agrees.is_err()) {
            Ok(())
        } else {
            Err("a till that ignores locks and sends late broke no rule, so this shows nothing".into())
        };
    }
    compared.collect::<Result<(), String>>()?;
    one_driver(case, ended)?;
    let Some(last) = ended.at_last.told() else {
        return Err("in the end nobody could take the payment up".into());
    };
    // A cancel that may have left and a buyer who paid leave it to a person; without its lock nobody knows what became of a process.
    let may_be_open = case.fate == Fate::IsReplaced
        || case.moment.phase() == Phase::Cancel
        // The JVM's lock says which snapshot its holder saved last only after that was saved.
        || case.till == Till::Jvm && is_in_the_store(case.moment)
        // Of what `fetch` has sent nobody knows whether it may still land.
        || case.till == Till::NodeFetch;
    if last.is("unresolved") && !may_be_open {
        return Err("it is still not resolved".into());
    }
    Ok(())
}

/// Whether at any time only one process had the payment.
fn one_driver(case: &Case, ended: &Ended) -> Result<(), String> {
    let told = ended.first.as_ref().and_then(Said::told).is_some();
    let took_over = ended.heir.as_ref().and_then(Said::told).is_some();
    match case.fate {
        Fate::Pauses if !told => Err("it told no outcome".into()),
        Fate::IsReplaced if !took_over => Err("the heir told no outcome".into()),
        // Before the first snapshot has its name, the command line has nothing to hold on to.
        Fate::Freezes | Fate::Dies if took_over && case.moment != Moment::Storing(Phase::Pay) => {
            Err("a second process took the payment over from a living one".into())
        }
        // Node's store does not see that the file of its lock was deleted; that both are right was compared.
        Fate::Freezes | Fate::IsReplaced if told && took_over && !is_node(case.till) => {
            Err("two processes told an outcome".into())
        }
        // What was not stored in time is not sent, and has no outcome.
        Fate::Freezes if !told && !took_over && !is_in_the_store(case.moment) => {
            Err("nobody told an outcome".into())
        }
        _ => Ok(()),
    }
}

fn is_node(till: Till) -> bool {
    matches!(till, Till::Node | Till::NodeFetch)
}

fn is_in_the_store(moment: Moment) -> bool {
    matches!(moment, Moment::Storing(Phase::Pay) | Moment::Stored(Phase::Pay))
}

struct Shop<'a> {
    case: &'a Case,
    pages: &'a Pages,
    tender: Tender,
}

impl Shop<'_> {
    fn play(&self) -> Result<Ended, String> {
        let folder = &self.tender.folder;
        fs::create_dir_all(folder).map_err(at(folder))?;
        let Case { till, moment, .. } = *self.case;
        let mut first = Traced::stand_still(till, &self.tender, moment, || self.waits())?;
        let stopped = Instant::now();
        if self.case.buyer_pays {
            let trade = self.trade()?.ok_or("the buyer was not asked")?;
            self.pages.pay(&trade.trade_no)?;
        }
        if self.case.fate == Fate::IsReplaced {
            self.take_the_lock_away()?;
        }
        let heir = if self.case.fate == Fate::Pauses {
            thread::sleep(SHORT);
            None
        } else {
            Some(self.takes_up("heir")?)
        };
        let said = if self.case.fate == Fate::Dies {
            first.till.kill();
            None
        } else {
            if heir.is_some() {
                thread::sleep(LONG.saturating_sub(stopped.elapsed()));
            }
            first.thaw()?;
            first.wait(TOLD_WITHIN)?;
            let (out, err) = (self.tender.file("till.out"), self.tender.file("till.err"));
            Some(Said::read(&out, &err)?)
        };
        let at_last = self.takes_up("last")?;
        thread::sleep(LANDS_WITHIN);
        Ok(Ended {
            heir,
            first: said,
            at_last,
            trade: self.trade()?,
        })
    }

    /// Until the gateway has answered pay, and the first query is a while away.
    fn waits(&self) -> Result<(), String> {
        let started = Instant::now();
        while self.trade()?.is_none_or(|trade| trade.pay_calls == 0) {
            if started.elapsed() > PAY_WITHIN {
                return Err("no pay left".into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(400));
        Ok(())
    }

    /// Another process goes on with the store, or takes the payment if it holds none.
    fn takes_up(&self, name: &str) -> Result<Said, String> {
        let command = self.case.till.resume(HERE, &self.tender)?;
        let file = |end: &str| self.tender.file(&format!("{name}.{end}"));
        let (out, err) = (file("out"), file("err"));
        command.start(&out, &err)?.wait(TOLD_WITHIN)?;
        Said::read(&out, &err)
    }

    /// As somebody may who finds that a till hangs: the file comes back from a copy, or the lock's file is deleted.
    fn take_the_lock_away(&self) -> Result<(), String> {
        let state = self.tender.state();
        let copy = self.tender.file("copy");
        match self.case.till {
            Till::Careless => Ok(()),
            Till::CommandLine => {
                fs::copy(&state, &copy).map_err(at(&state))?;
                fs::rename(&copy, &state).map_err(at(&state))
            }
            _ => {
                let mut lock = state.into_os_string();
                lock.push(".lock");
                let lock = PathBuf::from(lock);
                fs::remove_file(&lock).map_err(at(&lock))
            }
        }
    }

    fn trade(&self) -> Result<Option<Trade>, String> {
        Trade::on(self.pages, &self.tender.out_trade_no)
    }
}
