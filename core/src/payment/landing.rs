//! Whether requests of one kind may still land: what is known of how each of them ended (rule 8).

use super::{clock::Moment, exchange::RequestId};
use crate::time::Timestamp;

/// How long after a request left a kernel may still carry it, if nothing is known of its connection: Linux retransmits a live
/// connection for more than 15 minutes.
pub(super) const KERNEL_KEEPS_MS: u32 = 30 * 60_000;

/// How a request ended, as far as landing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// A verified answer, or a connection that was reset on a direct path: it lands within the settle time or never.
    Settles,
    /// Anything else: it lands as long as anything can carry it.
    Open,
}

impl Ended {
    pub(super) fn settling(proven: bool) -> Self {
        if proven { Self::Settles } else { Self::Open }
    }
}

/// The pay, or all cancels together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Landing {
    /// With the host, which has not said how it ended.
    pub(super) flying: Option<Flying>,
    /// One of them ended without proof of anything.
    pub(super) open: bool,
    /// From when, in witnessed time, the last of those that settle does.
    pub(super) settles: Option<Moment>,
    /// The same in elapsed time: by the host's clock, which may be wrong.
    pub(super) settles_elapsed: Moment,
    /// The first of Alipay's times that was learnt after the last of them left.
    pub(super) known_at: Option<Timestamp>,
    /// How many endings the payment had been told when the last of those ended.
    pub(super) ending: u32,
    /// The first of Alipay's times that was learnt from an answer to a request that began after that.
    pub(super) settles_known_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flying {
    pub(super) id: RequestId,
    /// Whether its connection is reset when its process dies.
    pub(super) resets: bool,
}

impl Landing {
    /// Whether one of them may have left.
    pub(super) fn left(&self) -> bool {
        self.flying.is_some() || self.open || self.settles.is_some()
    }

    /// Whether one of them may land for as long as a kernel carries it.
    pub(super) fn is_open(&self) -> bool {
        self.flying.is_some() || self.open
    }

    pub(super) fn leaves(&mut self, id: RequestId, resets: bool) {
        self.open |= self.flying.is_some();
        self.flying = Some(Flying { id, resets });
        self.known_at = None;
    }

    /// The one with the host provably did not leave.
    pub(super) fn never_left(&mut self) {
        self.flying = None;
    }

    pub(super) fn ends(&mut self, how: Ended, now: Moment, elapsed: Moment, ending: u32) {
        self.flying = None;
        match how {
            Ended::Settles => {
                self.settles = Some(now);
                self.settles_elapsed = elapsed;
                self.ending = ending;
                self.settles_known_at = None;
            }
            Ended::Open => self.open = true,
        }
    }

    /// The process that had it is gone.
    pub(super) fn orphaned(&mut self, writer_is_dead: bool, now: Moment, elapsed: Moment) {
        if let Some(Flying { resets, .. }) = self.flying {
            self.ends(Ended::settling(resets && writer_is_dead), now, elapsed, 0);
        }
    }

    /// An answer was made at Alipay's `time`, to a request that began after all of these left and after so many endings.
    pub(super) fn told(&mut self, time: Timestamp, endings: u32) {
        if self.left() {
            self.known_at.get_or_insert(time);
        }
        if self.settles.is_some() && self.ending <= endings {
            self.settles_known_at.get_or_insert(time);
        }
    }

    pub(super) fn is(&self, id: RequestId) -> bool {
        self.flying.is_some_and(|flying| flying.id == id)
    }
}
