//! The choices of one run.

/// Where the choices come from, and a record of them.
#[derive(Debug, Clone)]
pub struct Tape {
    source: Source,
    record: Vec<u32>,
}

#[derive(Debug, Clone)]
enum Source {
    Drawn(u64),
    /// What is not on the tape is harmless.
    Given(Vec<u32>),
}

/// One step of SplitMix64: a full-period generator that starts well from any seed.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Tape {
    /// The run number `run` of a seed.
    #[must_use]
    pub fn drawn(seed: u64, run: u64) -> Self {
        let mut state = seed;
        let mut state = split_mix(&mut state) ^ run.wrapping_mul(0xd6e8_feb8_6659_fd93);
        split_mix(&mut state);
        Self {
            source: Source::Drawn(state),
            record: Vec::with_capacity(256),
        }
    }

    /// A tape written down.
    #[must_use]
    pub fn given(choices: Vec<u32>) -> Self {
        Self {
            source: Source::Given(choices),
            record: Vec::new(),
        }
    }

    /// What was chosen so far.
    #[must_use]
    pub fn into_record(self) -> Vec<u32> {
        self.record
    }

    /// One of `0..n`, by `draw` if this tape is drawn.
    fn next(&mut self, n: u32, draw: impl FnOnce(u64) -> u32) -> u32 {
        let choice = match &mut self.source {
            Source::Drawn(state) => draw(split_mix(state)),
            Source::Given(choices) => choices.get(self.record.len()).copied().unwrap_or(0).min(n - 1),
        };
        self.record.push(choice);
        choice
    }

    /// One of `0..n`, each as likely.
    pub fn below(&mut self, n: u32) -> u32 {
        self.next(n, |random| scaled(random, n))
    }

    /// Whether something with this chance happens.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.next(2, |random| u32::from(scaled(random, 1000) < per_mille)) == 1
    }

    /// One of these, by weight. The first is the harmless one; a made tape gets it, too, for one that has no weight.
    pub fn weighted<T: Copy>(&mut self, items: &[(u32, T)]) -> T {
        let total: u32 = items.iter().map(|(weight, _)| weight).sum();
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let choice = self.next(count, |random| {
            let mut left = scaled(random, total);
            let mut chosen = 0;
            for (weight, _) in items {
                if left < *weight {
                    break;
                }
                left -= weight;
                chosen += 1;
            }
            chosen
        });
        let (weight, chosen) = items[choice as usize];
        if weight == 0 { items[0].1 } else { chosen }
    }

    /// One of these, each as likely. The first is the harmless one.
    pub fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(u32::try_from(items.len()).unwrap_or(u32::MAX)) as usize]
    }

    /// Milliseconds within these bounds, both included. The lower is the harmless one.
    pub fn ms(&mut self, low: u32, high: u32) -> u64 {
        u64::from(low + self.below(high.saturating_sub(low) + 1))
    }
}

/// Choices as text: `1,0*12,5` has twelve zeros in it.
#[must_use]
pub fn write_tape(choices: &[u32]) -> String {
    let mut words = Vec::new();
    for same in choices.chunk_by(|one, next| one == next) {
        match same {
            [one] => words.push(one.to_string()),
            [one, ..] => words.push(format!("{one}*{}", same.len())),
            [] => {}
        }
    }
    if words.is_empty() {
        "0".into()
    } else {
        words.join(",")
    }
}

/// The choices of such a text.
#[must_use]
pub fn read_tape(text: &str) -> Option<Vec<u32>> {
    let mut choices = Vec::new();
    for word in text.split(',') {
        let (choice, times) = word.trim().split_once('*').unwrap_or((word.trim(), "1"));
        let times: u16 = times.parse().ok()?;
        choices.extend(std::iter::repeat_n(choice.parse::<u32>().ok()?, times.into()));
    }
    Some(choices)
}

fn scaled(random: u64, n: u32) -> u32 {
    u32::try_from(((random >> 32) * u64::from(n)) >> 32).unwrap_or(0)
}
