//! A till that strace stops after certain system calls of its own, so that each stop is at a known place.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::{
    moment::{Call, Moment, Phase},
    till::{Place, Tender, Till, direct},
};
use crate::{
    command::{Command, Running},
    files::at,
    host,
    report::{Outcome, Stop},
};

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What a till may take until it stands still.
const THERE_WITHIN: Duration = Duration::from_secs(100);

/// Whether tills can be traced here.
pub(super) fn require() -> Outcome {
    if !cfg!(target_os = "linux") {
        return Err(Stop::Skipped("strace is Linux's".into()));
    }
    host::require(&[("strace", "strace")])?;
    // A container may forbid it.
    let traced = Command::new("strace").args(["-D", "-qq", "-e", "trace=none", "true"]);
    match traced.read() {
        Ok(_) => Ok(()),
        Err(problem) => Err(Stop::Skipped(format!("strace may not trace here: {problem}"))),
    }
}

/// A program on this machine.
pub(super) const HERE: Place<'_> = &|program| direct(Command::new(program));

/// `program` under strace: it is stopped (SIGSTOP) after each of these calls. It is our child, not strace's.
fn traced(call: &Call, log: &Path, program: &Path) -> Command {
    let names = call.names;
    let strace = Command::new("strace")
        .args(["-D", "-f", "-qq", "-s", "64"])
        .args(["-e", &format!("trace={names}")])
        .args(["-e", &format!("inject={names}:signal=STOP")])
        .arg("-o");
    direct(strace.arg(log).arg(program))
}

pub(super) struct Traced<'a> {
    pub(super) till: Running,
    tender: &'a Tender,
    log: PathBuf,
    /// Stops that it was continued after.
    over: usize,
}

impl<'a> Traced<'a> {
    /// Starts a till, which takes the payment, and has it stand still at this moment; one that no call shows is `waits`' to find.
    pub(super) fn stand_still(
        till: Till,
        tender: &'a Tender,
        moment: Moment,
        waits: impl FnOnce() -> Result<(), String>,
    ) -> Result<Self, String> {
        let log = tender.file("strace");
        let (out, err) = (tender.file("till.out"), tender.file("till.err"));
        let call = moment.call(till);
        let command = match &call {
            Some(call) => till.pay(&|program| traced(call, &log, program), tender)?,
            None => till.pay(HERE, tender)?,
        };
        let mut traced = Self {
            till: command.start(&out, &err)?,
            tender,
            log,
            over: 0,
        };
        match &call {
            Some(call) => traced.until(moment, call)?,
            None => {
                waits()?;
                traced.till.signal("STOP")?;
            }
        }
        Ok(traced)
    }

    /// Lets it go on until it stands still at this moment.
    fn until(&mut self, moment: Moment, call: &Call) -> Result<(), String> {
        let give_up_at = Instant::now() + THERE_WITHIN;
        while Instant::now() < give_up_at {
            if let Some(line) = self.stop()? {
                if line.contains(call.looks_like) && self.is_at(moment)? {
                    return Ok(());
                }
                self.thaw()?;
            }
            if self.till.has_ended()? {
                break;
            }
            thread::sleep(LOOK_EVERY);
        }
        let said = fs::read_to_string(self.tender.file("till.err")).unwrap_or_default();
        Err(format!("the till was never there\n{}", said.trim_end()))
    }

    /// Lets it go on to its end.
    pub(super) fn wait(&mut self, at_most: Duration) -> Result<(), String> {
        self.go_on_until(at_most, Running::has_ended)
    }

    /// Lets it go on until this is so.
    pub(super) fn go_on_until(
        &mut self,
        at_most: Duration,
        mut is_so: impl FnMut(&mut Running) -> Result<bool, String>,
    ) -> Result<(), String> {
        let give_up_at = Instant::now() + at_most;
        while !is_so(&mut self.till)? {
            if Instant::now() > give_up_at {
                return Err(format!("the till still runs after {at_most:?}"));
            }
            if self.stop()?.is_some() {
                self.thaw()?;
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    pub(super) fn thaw(&mut self) -> Result<(), String> {
        let log = self.read()?;
        for thread in stops(&log).skip(self.over).filter(|thread| !self.has(thread)) {
            // A program that the till has started, or is about to. An error means that it is gone.
            let _ = Command::new("kill").args(["-CONT", thread]).read();
        }
        self.over = stops(&log).count();
        self.till.signal("CONT")
    }

    /// The call after which it stands still, if it does; empty if that is another program's.
    fn stop(&self) -> Result<Option<String>, String> {
        let log = self.read()?;
        let Some(thread) = stops(&log).nth(self.over) else {
            return Ok(None);
        };
        if !self.has(thread) {
            return Ok(Some(String::new()));
        }
        if !all_stand_still(self.till.id()) {
            return Ok(None);
        }
        Ok(Some(call_before(&log, self.over, thread).to_owned()))
    }

    /// Whether it is a thread of the till's.
    fn has(&self, thread: &str) -> bool {
        Path::new(&format!("/proc/{}/task/{thread}", self.till.id())).exists()
    }

    fn read(&self) -> Result<String, String> {
        match fs::read(&self.log) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(at(&self.log)(error)),
        }
    }

    fn is_at(&self, moment: Moment) -> Result<bool, String> {
        let state = self.tender.state();
        let file = if moment.is_before_the_name() {
            next_of(&state)?
        } else {
            state.exists().then_some(state)
        };
        let Some(file) = file else { return Ok(false) };
        let snapshot = fs::read(&file).map_err(at(&file))?;
        Ok(Phase::of(&String::from_utf8_lossy(&snapshot)) == Some(moment.phase()))
    }
}

/// The threads that were sent the signal, by its time.
fn stops(log: &str) -> impl Iterator<Item = &str> {
    log.lines()
        .filter(|line| line.contains("--- SIGSTOP {"))
        .filter_map(|line| line.split_whitespace().next())
}

/// The call after which a thread was sent the signal of this number.
fn call_before<'a>(log: &'a str, number: usize, thread: &str) -> &'a str {
    let before = log.split("--- SIGSTOP {").nth(number).unwrap_or_default();
    let mut calls = before.lines().rev().skip(1).filter(|line| {
        // One that was interrupted by another thread's line has its arguments in its first half.
        let is_call = !line.contains(" --- ") && !line.contains("resumed>");
        is_call && line.split_whitespace().next() == Some(thread)
    });
    calls.next().unwrap_or_default()
}

fn all_stand_still(process: u32) -> bool {
    let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else {
        return false;
    };
    tasks.flatten().all(|task| {
        let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        // The state comes after the name, which is in brackets.
        let state = stat.rsplit_once(") ").map(|(_, rest)| rest.as_bytes().first());
        matches!(state, Some(Some(b't' | b'T')) | None)
    })
}

/// What is going to be the state: the file beside it that begins like one.
fn next_of(state: &Path) -> Result<Option<PathBuf>, String> {
    let folder = state.parent().unwrap_or(Path::new("."));
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(".alipay-state-") || name.ends_with(".next") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_is_one_stop_after_one_call() {
        let log = "22059 setsockopt(4, SOL_SOCKET, SO_LINGER) = 0
22059 --- SIGSTOP {si_signo=SIGSTOP, si_code=SI_KERNEL} ---
22059 --- stopped by SIGSTOP ---
22067 --- stopped by SIGSTOP ---
22019 --- SIGCONT {si_signo=SIGCONT, si_code=SI_USER} ---
22060 connect(4 <unfinished ...>
22061 poll(5) = 1
22060 <... connect resumed>) = 0
22060 --- SIGSTOP {si_signo=SIGSTOP, si_code=SI_KERNEL} ---
";
        assert_eq!(stops(log).collect::<Vec<_>>(), ["22059", "22060"]);
        assert_eq!(
            call_before(log, 0, "22059"),
            "22059 setsockopt(4, SOL_SOCKET, SO_LINGER) = 0"
        );
        assert_eq!(call_before(log, 1, "22060"), "22060 connect(4 <unfinished ...>");
    }
}
