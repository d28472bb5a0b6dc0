//! Times given by the host, and Beijing civil time on the wire.
//!
//! The core never reads a clock: every call that needs the time takes a [`Timestamp`].

use crate::error::{Error, ErrorCode};
use alloc::string::String;
use core::{fmt, time::Duration};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Alipay's clock: GMT+8 all the year, whatever the host's zone is.
fn beijing() -> UtcOffset {
    UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC)
}

/// A moment, in Unix milliseconds as the host's wall clock gives it. Between 1970 and the end of 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01 00:00:00 UTC.
    pub const UNIX_EPOCH: Self = Self(0);
    /// The last second of the year 9999 in Beijing.
    pub const MAX: Self = Self(253_402_271_999_000);

    /// A moment in Unix milliseconds.
    ///
    /// # Errors
    /// `time_range` before 1970 or after 9999.
    pub fn from_unix_ms(ms: i64) -> Result<Self, Error> {
        if (0..=Self::MAX.0).contains(&ms) {
            Ok(Self(ms))
        } else {
            Err(ErrorCode::TimeRange.into())
        }
    }

    /// Unix milliseconds.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// The moment `duration` later. It may lie beyond [`Timestamp::MAX`], so that it is always later.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(ms))
    }

    /// The moment `duration` earlier, or 1970's first.
    pub(crate) fn saturating_sub(self, duration: Duration) -> Self {
        let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(ms).max(0))
    }

    /// The time since `earlier`, or zero if `earlier` is later.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `yyyy-MM-dd HH:mm:ss` in GMT+8, as the gateway wants it; the last second of 9999 for whatever lies beyond.
    ///
    /// ```
    /// use alipay_core::Timestamp;
    /// let t = Timestamp::from_unix_ms(1_406_142_470_000)?;
    /// assert_eq!(t.to_beijing(), "2014-07-24 03:07:50");
    /// assert_eq!(Timestamp::from_beijing("2014-07-24 03:07:50")?, t);
    /// # Ok::<(), alipay_core::Error>(())
    /// ```
    #[must_use]
    pub fn to_beijing(self) -> String {
        // Shifted by hand: `to_offset` costs more than everything else here.
        let shifted = (self.min(Self::MAX).0 / 1000).saturating_add(i64::from(beijing().whole_seconds()));
        let civil = OffsetDateTime::from_unix_timestamp(shifted).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = civil.to_calendar_date();
        let (hour, minute, second) = civil.to_hms();
        alloc::format!(
            "{year:04}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}",
            u8::from(month)
        )
    }

    /// Reads `yyyy-MM-dd HH:mm:ss` in GMT+8. Fractions of a second (`.SSS`, as in some notifications) are read too.
    ///
    /// # Errors
    /// `time_format` for another shape or an impossible date, `time_range` before 1970.
    pub fn from_beijing(text: &str) -> Result<Self, Error> {
        Self::parse_beijing(text).ok_or(ErrorCode::TimeFormat)?
    }

    /// Reads HTTP's `Date` (`Sun, 06 Nov 1994 08:49:37 GMT`), in the one form that RFC 9110 lets a sender use.
    pub(crate) fn from_http_date(text: &str) -> Option<Self> {
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let (_, rest) = text.split_once(", ")?;
        let mut parts = rest.split(' ');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (clock, zone) = (parts.next()?, parts.next()?);
        let month = MONTHS.iter().position(|name| *name == month)?.checked_add(1)?;
        if zone != "GMT" || parts.next().is_some() {
            return None;
        }
        let as_beijing = Self::from_beijing(&alloc::format!("{year}-{month:02}-{day} {clock}")).ok()?;
        let ms = as_beijing
            .0
            .checked_add(i64::from(beijing().whole_seconds()).checked_mul(1000)?)?;
        Self::from_unix_ms(ms).ok()
    }

    fn parse_beijing(text: &str) -> Option<Result<Self, Error>> {
        let (date, rest) = text.split_once(' ')?;
        let (clock, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
        let mut date = date.split('-');
        let mut clock = clock.split(':');
        let (year, month, day) = (
            number(date.next()?, 4)?,
            number(date.next()?, 2)?,
            number(date.next()?, 2)?,
        );
        let (hour, minute, second) = (
            number(clock.next()?, 2)?,
            number(clock.next()?, 2)?,
            number(clock.next()?, 2)?,
        );
        if date.next().is_some() || clock.next().is_some() || fraction.is_empty() || fraction.len() > 3 {
            return None;
        }
        let scale: u16 = match fraction.len() {
            1 => 100,
            2 => 10,
            _ => 1,
        };
        let ms = number(fraction, fraction.len())?.checked_mul(scale)?;
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let day = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
        let time = Time::from_hms(
            u8::try_from(hour).ok()?,
            u8::try_from(minute).ok()?,
            u8::try_from(second).ok()?,
        )
        .ok()?;
        let seconds = PrimitiveDateTime::new(day, time)
            .assume_offset(beijing())
            .unix_timestamp();
        Some(Self::from_unix_ms(
            seconds.checked_mul(1000)?.checked_add(i64::from(ms))?,
        ))
    }
}

/// Exactly `width` ASCII digits.
fn number(text: &str, width: usize) -> Option<u16> {
    if text.len() != width || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beijing_time_is_read_and_written() {
        for (ms, text) in [
            (0, "1970-01-01 08:00:00"),
            (1_406_142_470_000, "2014-07-24 03:07:50"),
            (951_753_599_000, "2000-02-28 23:59:59"),
            (951_753_600_000, "2000-02-29 00:00:00"),
            (253_402_271_999_000, "9999-12-31 23:59:59"),
        ] {
            let t = Timestamp::from_unix_ms(ms).unwrap();
            assert_eq!(t.to_beijing(), text);
            assert_eq!(Timestamp::from_beijing(text).unwrap(), t);
        }
        assert_eq!(
            Timestamp::from_beijing("1970-01-01 08:00:00.25")
                .unwrap()
                .unix_ms(),
            250
        );
    }

    #[test]
    fn a_moment_beyond_9999_is_written_as_its_last_second_and_never_as_another_time() {
        for later in [Duration::from_millis(999), Duration::from_secs(1), Duration::MAX] {
            assert_eq!(
                Timestamp::MAX.saturating_add(later).to_beijing(),
                "9999-12-31 23:59:59"
            );
        }
    }

    #[test]
    fn impossible_times_are_refused() {
        for text in [
            "",
            "2014-07-24",
            "2014-7-24 03:07:50",
            "2014-02-30 00:00:00",
            "2014-07-24 24:00:00",
            "2014-07-24T03:07:50",
            "2014-07-24 03:07:50.",
            "2014-07-24 03:07:50.1234",
            "2014-07-24 03:07:50:01",
            "2014-07-24-01 03:07:50",
            "+014-07-24 03:07:50",
        ] {
            assert_eq!(
                Timestamp::from_beijing(text).unwrap_err().code(),
                ErrorCode::TimeFormat,
                "{text:?}"
            );
        }
        assert_eq!(
            Timestamp::from_beijing("1970-01-01 07:59:59").unwrap_err().code(),
            ErrorCode::TimeRange
        );
        assert_eq!(
            Timestamp::from_unix_ms(-1).unwrap_err().code(),
            ErrorCode::TimeRange
        );
        assert_eq!(
            Timestamp::from_unix_ms(i64::MAX).unwrap_err().code(),
            ErrorCode::TimeRange
        );
    }

    #[test]
    fn a_http_date_is_read_in_the_one_form_there_is() {
        let read = |text| Timestamp::from_http_date(text).map(Timestamp::unix_ms);
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(read("Sat, 21 Nov 2026 12:00:00 GMT"), Some(1_795_262_400_000));
        for other in [
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "06 Nov 1994 08:49:37 GMT",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
