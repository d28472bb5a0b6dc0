//! How a payment starts, and how a stored one goes on, in the wire model.

use crate::{Error, payment};
use serde::Deserialize;

/// How a payment starts ([`payment::Start`]).
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Start {
    /// Requests are numbered from it. A binding draws a random number unless one is given, as a test does.
    pub first_id: Option<u32>,
    /// Alipay's clock now, in Unix milliseconds, if an earlier answer of this process told it.
    #[cfg_attr(feature = "typescript", ts(optional, type = "number"))]
    pub alipay_time: Option<i64>,
}

impl Start {
    /// Reads it.
    ///
    /// # Errors
    /// `options`.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|_| crate::ErrorCode::Options.into())
    }

    /// The start meant.
    ///
    /// # Errors
    /// `time_range`.
    pub fn build(self, random: u32) -> Result<payment::Start, Error> {
        Ok(payment::Start {
            first_id: self.first_id.unwrap_or(random),
            alipay_time: self.alipay_time.map(crate::Timestamp::from_unix_ms).transpose()?,
        })
    }
}

/// What the host knows when it goes on with a stored payment ([`payment::Restored`]).
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Restored {
    /// Requests are numbered from it. A binding draws a random number unless one is given, as a test does.
    pub first_id: Option<u32>,
    /// The process that wrote the snapshot is provably dead: on this machine, the store took anew a kernel lock that it had held.
    pub writer_is_dead: Option<bool>,
    /// The machine that sent the requests ran or was off ever since, and was never suspended.
    pub never_suspended: Option<bool>,
    /// The gateway is another than the snapshot's on purpose.
    pub gateway_moved: Option<bool>,
}

impl Restored {
    /// Reads it.
    ///
    /// # Errors
    /// `options`.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|_| crate::ErrorCode::Options.into())
    }

    /// What is meant; what is not said is not known.
    #[must_use]
    pub fn build(self, random: u32) -> payment::Restored {
        payment::Restored {
            first_id: self.first_id.unwrap_or(random),
            writer_is_dead: self.writer_is_dead.unwrap_or_default(),
            never_suspended: self.never_suspended.unwrap_or_default(),
            gateway_moved: self.gateway_moved.unwrap_or_default(),
        }
    }
}
