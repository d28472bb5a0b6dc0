//! How patient a payment is. Every value is checked against its bounds, and the time to an outcome follows from them.

use crate::error::{Error, ErrorCode};
use alloc::{vec, vec::Vec};
use core::ops::RangeInclusive;

/// Timeouts, intervals and attempts of one payment, in milliseconds.
///
/// ```
/// use alipay_core::payment::Policy;
/// let policy = Policy { poll_interval_ms: 3_000, ..Policy::default() };
/// assert!(policy.check().is_ok());
/// assert!(policy.longest_ms() < 60 * 60_000);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long to wait for pay's answer (default 15 s).
    pub pay_timeout_ms: u32,
    /// How long to wait for a query's answer (default 5 s).
    pub query_timeout_ms: u32,
    /// How long to wait for a cancel's answer (default 10 s).
    pub cancel_timeout_ms: u32,
    /// How long to wait for an external signature (default 10 s).
    pub sign_timeout_ms: u32,
    /// Between one query and the next (default 5 s).
    pub poll_interval_ms: u32,
    /// How long the buyer may take, from the answer to pay to the last query (default 60 s).
    pub poll_window_ms: u32,
    /// Before the first query after trouble (default 1 s).
    pub retry_soon_ms: u32,
    /// How long after a request ended (answered, or its connection was reset) it may still land or be invisible to queries
    /// (default 60 s). At least twice the longest timeout.
    pub settle_ms: u32,
    /// How long after the machine asked for it a pay or a cancel may leave, storing included (default 5 s).
    pub send_within_ms: u32,
    /// Before each further cancel (default 2, 2, 2, 5, 10, 30, 60 s); as many as there are entries, at most 16.
    pub cancel_retry_ms: Vec<u32>,
    /// Ask once whether the trade exists even if the transport says that pay was provably not sent (default yes).
    pub confirm_not_sent: bool,
    /// For tills whose clock is right within so many milliseconds: pay carries a `time_expire` after which Alipay charges nobody,
    /// in addition to all the rules and never instead (default 0, no fence: pay carries a `timeout_express`). An order with
    /// a limit of its own keeps it.
    pub fence_ms: u32,
    /// Let auth_codes pass that are all digits but longer or otherwise prefixed than today's (default no).
    pub long_auth_codes: bool,
}

/// How many queries without a usable answer a confirming step allows itself.
pub(crate) const CONFIRM_QUERIES: u8 = 5;

impl Default for Policy {
    fn default() -> Self {
        Self {
            pay_timeout_ms: 15_000,
            query_timeout_ms: 5_000,
            cancel_timeout_ms: 10_000,
            sign_timeout_ms: 10_000,
            poll_interval_ms: 5_000,
            poll_window_ms: 60_000,
            retry_soon_ms: 1_000,
            settle_ms: 60_000,
            send_within_ms: 5_000,
            cancel_retry_ms: vec![2_000, 2_000, 2_000, 5_000, 10_000, 30_000, 60_000],
            confirm_not_sent: true,
            fence_ms: 0,
            long_auth_codes: false,
        }
    }
}

impl Policy {
    /// As Alipay's own demo polls: 5 queries, 5 s apart.
    #[must_use]
    pub fn official_demo() -> Self {
        Self {
            poll_window_ms: 25_000,
            ..Self::default()
        }
    }

    /// For a queue at the till: every 3 s for 30 s.
    #[must_use]
    pub fn fast() -> Self {
        Self {
            poll_interval_ms: 3_000,
            poll_window_ms: 30_000,
            ..Self::default()
        }
    }

    /// The same policy with every time divided by `factor`, for demonstrations against a sandbox whose time is scaled alike.
    #[must_use]
    pub fn scaled_down(&self, factor: u32) -> Self {
        let scale = |ms: u32| ms.checked_div(factor).unwrap_or(ms).max(10);
        let scaled = Self {
            pay_timeout_ms: scale(self.pay_timeout_ms),
            query_timeout_ms: scale(self.query_timeout_ms),
            cancel_timeout_ms: scale(self.cancel_timeout_ms),
            sign_timeout_ms: scale(self.sign_timeout_ms),
            poll_interval_ms: scale(self.poll_interval_ms),
            poll_window_ms: scale(self.poll_window_ms),
            retry_soon_ms: scale(self.retry_soon_ms),
            cancel_retry_ms: self.cancel_retry_ms.iter().map(|ms| scale(*ms)).collect(),
            // Not scaled: how fast a host is does not depend on how patient its policy is.
            ..self.clone()
        };
        Self {
            settle_ms: scale(self.settle_ms).max(scaled.least_settle_ms()),
            ..scaled
        }
    }

    fn least_settle_ms(&self) -> u32 {
        self.pay_timeout_ms
            .max(self.query_timeout_ms)
            .max(self.cancel_timeout_ms)
            .saturating_mul(2)
    }

    /// The policy of a snapshot that was written when less was asked for.
    pub(crate) fn with_enough_time_to_settle(self) -> Self {
        Self {
            settle_ms: self.settle_ms.max(self.least_settle_ms()),
            ..self
        }
    }

    /// How far apart an open trade must be seen twice after a restart before it is cancelled: 30 s by default.
    pub(crate) fn twice_ms(&self) -> u32 {
        self.settle_ms / 2
    }

    /// Checks every value: timeouts and intervals 10 ms to 2 minutes, the window up to one hour, settle up to 10 minutes
    /// and at least twice the longest timeout, `send_within_ms` 10 ms to 1 minute, the fence up to 1 hour, at most 16 further cancels of up to 10 minutes each.
    ///
    /// # Errors
    /// `policy_range` with the field's name, `policy_settle`.
    pub fn check(&self) -> Result<(), Error> {
        let within = |name: &'static str, ms: u32, bounds: RangeInclusive<u32>| {
            if bounds.contains(&ms) {
                Ok(())
            } else {
                Err(Error::about(ErrorCode::PolicyRange, name))
            }
        };
        within("pay_timeout_ms", self.pay_timeout_ms, 10..=120_000)?;
        within("query_timeout_ms", self.query_timeout_ms, 10..=120_000)?;
        within("cancel_timeout_ms", self.cancel_timeout_ms, 10..=120_000)?;
        within("sign_timeout_ms", self.sign_timeout_ms, 10..=120_000)?;
        within("poll_interval_ms", self.poll_interval_ms, 10..=120_000)?;
        within("poll_window_ms", self.poll_window_ms, 10..=3_600_000)?;
        within("retry_soon_ms", self.retry_soon_ms, 10..=120_000)?;
        within("settle_ms", self.settle_ms, 10..=600_000)?;
        within("send_within_ms", self.send_within_ms, 10..=60_000)?;
        within("fence_ms", self.fence_ms, 0..=3_600_000)?;
        if self.cancel_retry_ms.len() > 16 {
            return Err(Error::about(ErrorCode::PolicyRange, "cancel_retry_ms"));
        }
        for ms in &self.cancel_retry_ms {
            within("cancel_retry_ms", *ms, 10..=600_000)?;
        }
        if self.settle_ms < self.least_settle_ms() {
            Err(ErrorCode::PolicySettle.into())
        } else {
            Ok(())
        }
    }

    /// An upper bound of the time from the first poll to an outcome, as long as the host polls when it is told to and its
    /// clock does not jump: pay and its polling window, every cancel with its delay and answer, and after each of
    /// them the queries that wait for requests to settle.
    #[must_use]
    pub fn longest_ms(&self) -> u64 {
        let sum = |terms: &[u32]| terms.iter().map(|ms| u64::from(*ms)).fold(0, u64::saturating_add);
        let query = sum(&[
            self.sign_timeout_ms,
            self.query_timeout_ms,
            self.poll_interval_ms,
            self.retry_soon_ms,
        ]);
        // Waiting for pay and for cancels to settle, or for an open trade to be seen twice.
        let confirm = query
            .saturating_mul(u64::from(CONFIRM_QUERIES).saturating_add(2))
            .saturating_add(sum(&[self.settle_ms]).saturating_mul(2));
        let cancel = confirm.saturating_add(sum(&[
            self.sign_timeout_ms,
            self.send_within_ms,
            self.cancel_timeout_ms,
        ]));
        let cancels = u64::try_from(self.cancel_retry_ms.len())
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        sum(&[
            self.sign_timeout_ms,
            self.send_within_ms,
            self.pay_timeout_ms,
            self.poll_window_ms,
        ])
        .saturating_add(confirm.saturating_mul(2))
        .saturating_add(query)
        // Either of two entries may stand before a cancel: after a retry, or after a contradiction.
        .saturating_add(sum(&self.cancel_retry_ms).saturating_mul(2))
        .saturating_add(cancel.saturating_mul(cancels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_within_their_own_bounds() {
        for policy in [
            Policy::default(),
            Policy::official_demo(),
            Policy::fast(),
            Policy::default().scaled_down(10),
        ] {
            policy.check().unwrap();
        }
    }

    #[test]
    fn values_outside_their_bounds_are_named() {
        let zero = Policy {
            poll_interval_ms: 0,
            ..Policy::default()
        };
        let error = zero.check().unwrap_err();
        assert_eq!(
            (error.code(), error.subject()),
            (ErrorCode::PolicyRange, Some("poll_interval_ms"))
        );
        let many = Policy {
            cancel_retry_ms: vec![10; 17],
            ..Policy::default()
        };
        assert_eq!(many.check().unwrap_err().subject(), Some("cancel_retry_ms"));
        let all_there_may_be = Policy {
            cancel_retry_ms: vec![10; 16],
            settle_ms: 30_000,
            ..Policy::default()
        };
        all_there_may_be.check().unwrap();
        let hasty = Policy {
            settle_ms: 29_999,
            ..Policy::default()
        };
        assert_eq!(hasty.check().unwrap_err().code(), ErrorCode::PolicySettle);
    }
}
