//! A real process is killed with SIGKILL at random moments and resumed: the books must agree every time.
//!
//! `ALIPAY_CRASH_SEED` and `ALIPAY_CRASH_RUNS` choose another run.
#![cfg(unix)]

mod support;

use alipay_core::Amount;
use alipay_sandbox::{auth_code, model::story::stories};
use std::{
    env,
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use support::{HASTY, Shop, check_books};

const WORKERS: usize = 12;
const MAX_KILLS: usize = 3;

/// splitmix64: small, seeded, good enough to choose moments.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

struct Victim<'a> {
    shop: &'a Shop,
    story: u16,
    out_trade_no: String,
    auth_code: String,
}

impl Victim<'_> {
    fn state(&self) -> std::path::PathBuf {
        self.shop.path(&format!("{}.state", self.out_trade_no))
    }

    /// Pays if nothing was sent yet, else resumes.
    fn command(&self) -> Command {
        let state = self.state();
        let mut command = if state.exists() {
            self.shop.alipay("resume")
        } else {
            self.shop.pay(&self.out_trade_no, &self.auth_code)
        };
        command.arg("--state").arg(state).args(HASTY);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Early, where keys are read and pay leaves; anywhere; or just after the state was written, where pay or a
    /// cancel leaves.
    fn wait_for_a_moment(&self, random: &mut Random) -> String {
        let limit = match random.below(3) {
            0 => 150,
            1 => 3_500,
            _ => {
                let written = || self.state().metadata().ok().map(|metadata| metadata.ino());
                let (before, started) = (written(), Instant::now());
                while written() == before && started.elapsed() < Duration::from_secs(5) {
                    thread::sleep(Duration::from_micros(500));
                }
                let micros = random.below(8_000);
                thread::sleep(Duration::from_micros(micros));
                return format!("{micros} µs after writing");
            }
        };
        let moment = Duration::from_millis(random.below(limit));
        thread::sleep(moment);
        format!("after {moment:?}")
    }
}

/// Runs one payment with up to three kills; how many of them hit.
fn run(victim: &Victim<'_>, random: &mut Random) -> Result<usize, String> {
    let told = |what: &str| format!("story {} {}: {what}", victim.story, victim.out_trade_no);
    let mut kills = 0;
    let mut log = Vec::new();
    for _ in 0..=random.below(MAX_KILLS as u64) {
        let mut child = victim
            .command()
            .spawn()
            .map_err(|error| told(&error.to_string()))?;
        let moment = victim.wait_for_a_moment(random);
        child.kill().map_err(|error| told(&error.to_string()))?;
        let status = child.wait().map_err(|error| told(&error.to_string()))?;
        log.push(format!("{moment}: {status}"));
        if status.code().is_none() {
            kills += 1;
        }
        if !victim.state().exists() && victim.shop.trade(&victim.out_trade_no).is_some() {
            return Err(told("something was sent, and there is no state"));
        }
    }
    let status = victim
        .command()
        .status()
        .map_err(|error| told(&error.to_string()))?;
    let outcome = match status.code() {
        Some(0) => "paid",
        Some(10) => "declined",
        Some(11) => "closed",
        Some(12) => "rejected",
        Some(13) => "conflict",
        Some(14) => "unresolved",
        _ => return Err(told(&format!("ended with {status} after {log:?}"))),
    };
    // Nothing that was under way when a process died may land after the outcome.
    thread::sleep(Duration::from_millis(300));
    let total: Amount = "88.88".parse().map_err(|_| told("amount"))?;
    let trade = victim.shop.trade(&victim.out_trade_no);
    check_books(outcome, trade.as_ref(), total).map_err(|error| told(&format!("{error} after {log:?}")))?;
    check_state_is_done(&victim.state(), victim).map_err(|error| told(&format!("{error} after {log:?}")))?;
    Ok(kills)
}

/// No payment code in the file, and nothing left half written but what a kill interrupted.
fn check_state_is_done(state: &Path, victim: &Victim<'_>) -> Result<(), String> {
    let text = std::fs::read_to_string(state).map_err(|error| error.to_string())?;
    if text.contains(&victim.auth_code) {
        return Err("the state holds the payment code".into());
    }
    Ok(())
}

#[test]
fn killed_at_random_moments_and_resumed_the_books_agree_every_time() {
    let number = |name: &str, default: u64| {
        let given = env::var(name).ok();
        given.map_or(default, |text| text.parse().expect("a number"))
    };
    let seed = number("ALIPAY_CRASH_SEED", 20_260_101);
    let runs = number("ALIPAY_CRASH_RUNS", 200);
    println!("ALIPAY_CRASH_SEED={seed} ALIPAY_CRASH_RUNS={runs}");
    let shop = Shop::open(20);
    let next = AtomicU64::new(0);
    let kills = AtomicUsize::new(0);
    let work = || {
        let mut failed = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            if index >= runs {
                return failed;
            }
            let all = stories();
            let story = all[usize::try_from(index).unwrap() % all.len()].code;
            let victim = Victim {
                shop: &shop,
                story,
                out_trade_no: format!("CRASH_{index}"),
                auth_code: auth_code(story, 3, u32::try_from(index).unwrap()),
            };
            let mut random = Random(seed ^ index.wrapping_mul(0x5851_f42d_4c95_7f2d));
            match run(&victim, &mut random) {
                Ok(hit) => {
                    kills.fetch_add(hit, Ordering::SeqCst);
                }
                Err(error) => failed.push(error),
            }
        }
    };
    let failed: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    println!(
        "{runs} payments, {} processes killed",
        kills.load(Ordering::SeqCst)
    );
    assert!(
        failed.is_empty(),
        "seed {seed}, {} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert!(
        kills.load(Ordering::SeqCst) as u64 >= runs.min(200) / 2,
        "too few processes were killed"
    );
}
