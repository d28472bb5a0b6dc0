//! The clocks of this process.
//!
//! [`Moment`] counts suspension: what was made before a machine was closed must not leave when it is opened again.
//!
//! [`now`] is the wall clock when this process started plus what has passed since by that other clock. A wall clock that is set
//! while a payment runs (by NTP, or by hand) is not followed: its leaps would make timers due or stretch them, and the machine would
//! rather count too little than believe them. What a till's clock is wrong by when a payment starts, it stays wrong by until the
//! process ends; nothing that decides about money rests on it (Alipay's clock does that). Across a restart it is read anew.

use alipay_core::Timestamp;
use std::{
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A point in time by a monotonic clock that counts suspension: `CLOCK_BOOTTIME` on Linux and Android. Elsewhere it is the larger
/// of what the monotonic clock and the wall clock say has passed, since not every monotonic clock counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        Self(since_some_start())
    }

    /// So much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }

    /// How long it is until then; zero once it is over.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_sub(since_some_start())
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_past(self) -> bool {
        self.left().is_zero()
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn since_some_start() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn since_some_start() -> Duration {
    use std::time::Instant;
    static START: LazyLock<(Instant, SystemTime)> = LazyLock::new(|| (Instant::now(), SystemTime::now()));
    let (monotonic, wall) = *START;
    let wall = SystemTime::now().duration_since(wall).unwrap_or_default();
    // Never earlier than before, although the wall clock may be set back.
    static LATEST: std::sync::Mutex<Duration> = std::sync::Mutex::new(Duration::ZERO);
    let mut latest = LATEST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *latest = latest.max(monotonic.elapsed()).max(wall);
    *latest
}

/// The host's clock; see the [module's page](self).
#[must_use]
pub fn now() -> Timestamp {
    static START: LazyLock<(Timestamp, Moment)> = LazyLock::new(|| {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Timestamp::UNIX_EPOCH.saturating_add(wall), Moment::now())
    });
    let (wall, moment) = *START;
    wall.saturating_add(Moment::now().0.saturating_sub(moment.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn both_clocks_run_alike() {
        let (host, moment) = (now(), Moment::now());
        thread::sleep(Duration::from_millis(30));
        let by_host = now().saturating_since(host);
        assert!(by_host >= Duration::from_millis(30));
        assert!(moment.after(by_host).left() <= Duration::from_millis(5));
        assert!(!Moment::now().after(Duration::from_secs(60)).is_past());
        assert!(moment.is_past());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_clock_is_the_one_that_counts_suspension() {
        let text = std::fs::read_to_string("/proc/uptime").unwrap();
        let uptime: f64 = text.split(' ').next().unwrap().parse().unwrap();
        assert!((Moment::now().0.as_secs_f64() - uptime).abs() < 1.0);
    }
}
