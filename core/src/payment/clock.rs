//! The machine's own time, made out of the host's wall clock, which may jump.
//!
//! Two counts. *Elapsed* time never runs backwards and drives timers: a clock that is set back merely stops it for a
//! moment, one that leaps ahead (a phone that slept) makes timers due. *Witnessed* time counts at most what the host
//! was asked to wait: a clock that is set ahead must not make the machine believe that a request has settled when only
//! a second has passed.

use crate::time::Timestamp;
use core::time::Duration;

/// How late an answer may be reported before the clock must have leapt.
const LEAP_MS: u64 = 2_000;

/// A point on one of the machine's two counts, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Moment(pub(crate) u64);

impl Moment {
    pub(crate) fn after(self, ms: u32) -> Self {
        Self(self.0.saturating_add(u64::from(ms)))
    }

    pub(crate) fn until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The host's clock when it last called.
    pub(crate) host: Timestamp,
    pub(crate) elapsed: Moment,
    pub(crate) witnessed: Moment,
    /// Whether the host's clock was ever set back: more time has passed than `elapsed` counts.
    pub(crate) set_back: bool,
}

impl Clock {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            host: now,
            elapsed: Moment(0),
            witnessed: Moment(0),
            set_back: false,
        }
    }

    /// The host calls at `now`, having been asked to come back at `wake`: after a wait, or (`early`) with news by then, such as
    /// the answer to a request in flight.
    pub(crate) fn advance(&mut self, now: Timestamp, wake: Moment, early: bool) {
        let passed = u64::try_from(now.saturating_since(self.host).as_millis()).unwrap_or(u64::MAX);
        let promised = self.elapsed.until(wake);
        self.set_back |= now < self.host;
        self.host = now;
        self.elapsed = Moment(self.elapsed.0.saturating_add(passed));
        // A host that waits has waited, even if it overslept. But an answer long after the request's timeout is one
        // that came in time while the clock was set, and so is a notification or a cashier's cancel long after the wait
        // should have ended: how much time really passed, nobody saw.
        let leapt = early && passed > promised.saturating_add(LEAP_MS);
        broken!(let leapt = CountsLeapsAsTime => false);
        let seen = if leapt { 0 } else { passed.min(promised) };
        broken!(let seen = TrustsTheClock => passed);
        self.witnessed = Moment(self.witnessed.0.saturating_add(seen));
    }

    /// After a restart, and at the end: timers follow the host's clock, and nothing of the time that it shows is witnessed.
    pub(crate) fn resume(&mut self, now: Timestamp) {
        self.advance(now, self.elapsed, false);
    }

    /// The host's clock at an elapsed moment yet to come.
    pub(crate) fn host_at(&self, moment: Moment) -> Timestamp {
        self.host
            .saturating_add(Duration::from_millis(self.elapsed.until(moment)))
    }

    /// The elapsed moment at which `settle_ms` will have been witnessed since `left`.
    pub(crate) fn settles_at(&self, left: Moment, settle_ms: u32) -> Moment {
        let missing = self.witnessed.until(left.after(settle_ms));
        Moment(self.elapsed.0.saturating_add(missing))
    }

    pub(crate) fn has_settled(&self, left: Moment, settle_ms: u32) -> bool {
        self.witnessed >= left.after(settle_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_000_000 + ms).unwrap()
    }

    #[test]
    fn a_clock_set_back_stops_time_and_does_not_stretch_it() {
        let mut clock = Clock::new(at(0));
        clock.advance(at(1_000), Moment(5_000), false);
        clock.advance(at(-900_000), Moment(5_000), false);
        assert_eq!(clock.elapsed, Moment(1_000));
        // The remaining four seconds are counted from the host's new time.
        assert_eq!(clock.host_at(Moment(5_000)), at(-896_000));
        clock.advance(at(-896_000), Moment(5_000), false);
        assert_eq!(clock.elapsed, Moment(5_000));
    }

    #[test]
    fn a_clock_set_ahead_makes_timers_due_but_settles_nothing() {
        let mut clock = Clock::new(at(0));
        clock.advance(at(3_600_000), Moment(5_000), false);
        assert_eq!(clock.elapsed, Moment(3_600_000));
        assert_eq!(clock.witnessed, Moment(5_000));
        assert!(!clock.has_settled(Moment(0), 30_000));
        assert_eq!(clock.settles_at(Moment(0), 30_000), Moment(3_625_000));
        // Where news come instead of the host coming back, or while a request is in flight, a leap is not even worth its timeout.
        let mut clock = Clock::new(at(0));
        clock.advance(at(3_600_000), Moment(5_000), true);
        assert_eq!(clock.witnessed, Moment(0));
        clock.advance(at(3_606_000), Moment(3_605_000), true);
        assert_eq!(clock.witnessed, Moment(5_000), "reported a second late");
        let mut clock = Clock::new(at(0));
        clock.advance(at(7_000), Moment(5_000), true);
        assert_eq!(clock.witnessed, Moment(5_000), "as late as may be");
        clock.advance(at(14_001), Moment(12_000), true);
        assert_eq!(clock.witnessed, Moment(5_000), "later than that");
    }

    #[test]
    fn across_a_restart_timers_follow_the_hosts_clock_and_nothing_is_witnessed() {
        let mut clock = Clock::new(at(0));
        clock.resume(at(60_000));
        assert_eq!((clock.elapsed, clock.witnessed), (Moment(60_000), Moment(0)));
    }
}
