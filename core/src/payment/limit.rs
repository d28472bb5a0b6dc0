//! When an order ends at Alipay's by itself: after that no buyer can pay it any more.

use super::{landing::KERNEL_KEEPS_MS, policy::Policy};
use crate::{api::TradePayRequest, time::Timestamp};
use alloc::{format, string::String};
use core::time::Duration;

const MINUTE_MS: u32 = 60_000;
const DAY_MS: u32 = 24 * 60 * MINUTE_MS;

/// The last moment at which the buyer can pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// `time_expire`, by Alipay's clock.
    At(Timestamp),
    /// `timeout_express`: so many milliseconds after pay landed.
    Within(u32),
}

impl Limit {
    /// What the documents say of an order without one.
    pub(super) const DOCUMENTED: Self = Self::Within(3 * 60 * MINUTE_MS);

    /// The limit that this order is sent with.
    pub(super) fn of(order: &TradePayRequest, policy: &Policy) -> Self {
        let expires = order.time_expire.as_deref();
        if let Some(at) = expires.and_then(|text| Timestamp::from_beijing(text).ok()) {
            return Self::At(at);
        }
        match order.timeout_express.as_deref() {
            Some(text) => express_ms(text).map_or(Self::DOCUMENTED, Self::Within),
            None => Self::Within(minutes(policy).saturating_mul(MINUTE_MS)),
        }
    }

    /// The moment after which the order is over, if `known_at` is the first of Alipay's times after pay left, from when on a
    /// kernel may have carried it.
    pub(super) fn is_over_at(self, known_at: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Within(ms) => known_at.saturating_add(Duration::from_millis(
                u64::from(KERNEL_KEEPS_MS).saturating_add(u64::from(ms)),
            )),
        }
    }
}

/// What pay adds to an order without a limit of its own.
pub(super) enum Added {
    Express(String),
    Expire(Timestamp),
}

pub(super) fn added(order: &TradePayRequest, policy: &Policy, now: Timestamp) -> Option<Added> {
    if order.time_expire.is_some() || order.timeout_express.is_some() {
        return None;
    }
    Some(match policy.fence_ms {
        0 => Added::Express(format!("{}m", minutes(policy))),
        error => {
            let terms = [policy.pay_timeout_ms, policy.poll_window_ms, MINUTE_MS, error];
            // Written in whole seconds.
            let ahead = terms
                .iter()
                .fold(1_000, |sum: u64, ms| sum.saturating_add((*ms).into()));
            Added::Expire(now.saturating_add(Duration::from_millis(ahead)))
        }
    })
}

/// The policy's window plus a minute, at least two.
fn minutes(policy: &Policy) -> u32 {
    policy.poll_window_ms.div_ceil(MINUTE_MS).saturating_add(1).max(2)
}

fn express_ms(text: &str) -> Option<u32> {
    if text == "1c" {
        return Some(DAY_MS);
    }
    let (at, unit) = text.char_indices().next_back()?;
    let number: u32 = text.get(..at)?.parse().ok()?;
    let unit = match unit {
        'm' => MINUTE_MS,
        'h' => 60 * MINUTE_MS,
        'd' => DAY_MS,
        _ => return None,
    };
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_the_orders_own_is_read_as_alipay_writes_it() {
        for (text, ms) in [
            ("1m", Some(60_000)),
            ("90m", Some(5_400_000)),
            ("3h", Some(10_800_000)),
            ("15d", Some(1_296_000_000)),
            ("1c", Some(86_400_000)),
            ("", None),
            ("m", None),
            ("2c", None),
            ("1.5h", None),
            ("1分", None),
            ("99999999d", None),
        ] {
            assert_eq!(express_ms(text), ms, "{text}");
        }
    }

    #[test]
    fn a_limit_that_can_not_be_read_is_the_documented_one() {
        let order = TradePayRequest {
            timeout_express: Some("soon".into()),
            ..TradePayRequest::default()
        };
        assert_eq!(Limit::of(&order, &Policy::default()), Limit::DOCUMENTED);
    }
}
