//! Tills that are killed and frozen several times, at any moment: what nobody thought of when choosing the others.

use std::{
    env, fs,
    path::Path,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    super::{
        books::{self, Said, Trade},
        in_parallel,
        sandbox::{Pages, Ready},
        stopped::HERE,
        till::{Programs, Tender, Till},
    },
    AT_ONCE, LANDS_WITHIN, TOLD_WITHIN,
};
use crate::{
    files::at,
    report::{Outcome, Stop},
};

/// Says which seed; otherwise it is another one each time.
const SEED: &str = "PROVE_SEED";
/// For each till.
const PAYMENTS: u64 = 80;
/// The buyer pays at once, never answers, pays after two queries or when a button is pressed; answers and cancels that get lost.
const STORIES: &[u16] = &[1, 1, 1001, 1003, 1004, 1004, 2001, 5001, 5002, 6001, 6002, 6005];
/// How often somebody takes the payment up when nothing happens to tills any more.
const ATTEMPTS: usize = 3;

/// What happens to one till after the other.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// From its start.
    after: Duration,
    stands_still: Option<Duration>,
    dies: bool,
}

#[derive(Debug)]
struct Day {
    story: u16,
    steps: Vec<Step>,
    /// During which step the button is pressed, where the buyer waits for one.
    pays_in: u64,
}

pub(super) fn prove(programs: &Programs, ready: &Ready, pages: &Pages, folder: &Path) -> Outcome {
    let seed = match env::var(SEED) {
        Ok(seed) => seed.parse().map_err(|error| format!("{SEED}: {error}"))?,
        Err(_) => now(),
    };
    let mut dice = Dice(seed);
    let tills = [Till::CommandLine, Till::Node];
    let payments = tills.iter().flat_map(|till| (0..PAYMENTS).map(|_| *till));
    let days: Vec<(Till, Day)> = payments.map(|till| (till, dice.day())).collect();
    println!("{} payments at random, {SEED}={seed}", days.len());
    let ended = in_parallel(AT_ONCE, &days, |number, (till, day)| {
        let mine = folder.join(format!("random-{number}"));
        fs::create_dir_all(&mine).map_err(at(&mine))?;
        let tender = Tender {
            out_trade_no: format!("RANDOM_{number}"),
            auth_code: format!("290001{number:08}{:04}", day.story),
            ..Tender::new(programs, ready, mine, number, day.story)
        };
        day.play(*till, &tender, pages)
    });
    let mut wrong = Vec::new();
    for (number, ((till, day), ended)) in days.iter().zip(ended).enumerate() {
        if let Err(problem) = ended {
            wrong.push(format!("{number}: {}: {problem}\n    {day:?}", till.name()));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Stop::Failed(format!("{}\n{SEED}={seed}", wrong.join("\n"))))
    }
}

impl Day {
    fn play(&self, till: Till, tender: &Tender, pages: &Pages) -> Result<(), String> {
        let trade = || Trade::on(pages, &tender.out_trade_no);
        let mut told = Vec::new();
        for number in 0..self.steps.len() + ATTEMPTS {
            let file = |end: &str| tender.file(&format!("till-{number}.{end}"));
            let (out, err) = (file("out"), file("err"));
            let mut running = till.resume(HERE, tender)?.start(&out, &err)?;
            if let Some(step) = self.steps.get(number) {
                thread::sleep(step.after);
                if let Some(still) = step.stands_still.filter(|_| !running.has_ended().unwrap_or(true)) {
                    running.signal("STOP")?;
                    if let Some(trade) = trade()?.filter(|_| self.pays_in == number as u64) {
                        // An error means that the buyer is not asked.
                        let _ = pages.pay(&trade.trade_no);
                    }
                    thread::sleep(still);
                    if !step.dies {
                        running.signal("CONT")?;
                    }
                }
                if step.dies {
                    running.kill();
                }
            }
            running.wait(TOLD_WITHIN)?;
            let said = Said::read(&out, &err).ok();
            let Some(outcome) = said.as_ref().and_then(Said::told) else {
                continue;
            };
            let is_over = number >= self.steps.len() && !outcome.is("unresolved");
            told.extend(said);
            if is_over {
                break;
            }
        }
        thread::sleep(LANDS_WITHIN);
        let trade = trade()?;
        for told in told.iter().filter_map(Said::told) {
            books::compare(told, trade.as_ref())?;
        }
        if told.is_empty() {
            return Err("nobody told an outcome".into());
        }
        Ok(())
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs()
}

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % end
    }

    fn ms(&mut self, end: u64) -> Duration {
        Duration::from_millis(self.below(end))
    }

    fn day(&mut self) -> Day {
        let story = self.below(STORIES.len() as u64);
        let steps = (0..=self.below(3)).map(|_| self.step()).collect();
        Day {
            story: STORIES[usize::try_from(story).unwrap_or_default()],
            steps,
            pays_in: self.below(3),
        }
    }

    fn step(&mut self) -> Step {
        // Half of them while pay is stored and sent, half at any time.
        let end = if self.below(2) == 0 { 500 } else { 5_500 };
        let after = self.ms(end);
        let still = if self.below(2) == 0 { 1_500 } else { 9_000 };
        let how = self.below(3);
        Step {
            after,
            stands_still: (how > 0).then(|| self.ms(still)),
            dies: how < 2,
        }
    }
}
