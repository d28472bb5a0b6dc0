//! Two clocks: the wall's for the machine, and one that counts suspension for what must leave soon.

use alipay_core::Timestamp;
use std::time::{Duration, UNIX_EPOCH};

#[must_use]
pub fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH.saturating_add(UNIX_EPOCH.elapsed().unwrap_or_default())
}

/// A point in time by a clock that also runs while the machine sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    #[must_use]
    pub fn in_ms(ms: u32) -> Self {
        Self(ticks().saturating_add(Duration::from_millis(ms.into())))
    }

    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_sub(ticks())
    }

    #[must_use]
    pub fn is_past(self) -> bool {
        self.left().is_zero()
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn ticks() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

/// Elsewhere the wall clock: set back, it would let a request leave later, so a till there had better find a clock of its own.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn ticks() -> Duration {
    UNIX_EPOCH.elapsed().unwrap_or_default()
}
