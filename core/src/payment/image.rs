//! The JSON of a snapshot.

use super::{
    clock::Moment,
    exchange::RequestId,
    landing::{Flying, Landing},
    limit::Limit,
};
use crate::time::Timestamp;
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Serialize, Deserialize)]
pub(super) struct Image {
    pub(super) app: String,
    /// Whose trades an ISV acts on: a digest of the app_auth_token, never the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<String>,
    /// Not in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) gateway: Option<String>,
    pub(super) number: String,
    /// Fen.
    pub(super) total: u64,
    /// The whole order, only while pay has not left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order: Option<Box<RawValue>>,
    pub(super) stage: StageImage,
    /// The host's clock, the elapsed and the witnessed time when this was written.
    pub(super) clock: (i64, u64, u64),
    /// The latest of Alipay's times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alipay_time: Option<i64>,
    pub(super) due: u64,
    pub(super) window_end: u64,
    /// The witnessed time (version 1) and the host's clock when pay left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pay_left: Option<(u64, i64)>,
    /// Alipay's clock when pay left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) left_between: Option<(i64, i64)>,
    pub(super) known_ours: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pay: Option<LandingImage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cancel: Option<LandingImage>,
    /// Version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cancel_left: Option<u64>,
    #[serde(default)]
    pub(super) limit: LimitImage,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) trade_seen: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) anothers: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) cancel_found_nothing: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) given_up: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) reconciling: bool,
    /// A notification contradicts the outcome, and nothing was told about it yet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) question: bool,
    /// A success was told that contradicts the outcome.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) contradicted: bool,
    pub(super) cancels: u8,
    pub(super) cancel_requested: bool,
    /// Version 1.
    #[serde(default, skip_serializing)]
    #[expect(
        dead_code,
        reason = "read so that version 1 is complete; requests are numbered anew"
    )]
    pub(super) next_id: u32,
    pub(super) policy: PolicyImage,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StageImage {
    Ready,
    Paying,
    NotSent,
    Conflict(Option<String>),
    Polling,
    LastQuery,
    Cancelling,
    Settling,
    Exhausted(Option<String>),
    Refused(Option<String>),
    Paid {
        trade: TradeImage,
        late: bool,
        #[serde(default)]
        proven: bool,
    },
    Declined {
        reason: String,
        code: Option<String>,
        sub_code: Option<String>,
        display: Option<String>,
    },
    Closed(Option<bool>),
    Rejected {
        code: String,
        sub_code: Option<String>,
        display: Option<String>,
    },
    Conflicting {
        reason: String,
        sub_code: Option<String>,
        #[serde(default)]
        cancel_sent: bool,
    },
    Unresolved {
        reason: String,
        sub_code: Option<String>,
        #[serde(default)]
        ask_again_at: i64,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct TradeImage {
    pub(super) trade_no: Option<String>,
    pub(super) receipt: Option<u64>,
    pub(super) paid_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LandingImage {
    /// With the host when this was written; whether its transport resets when the process dies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) flying: Option<bool>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) open: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) settles: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) known_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) settles_known_at: Option<i64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) settles_elapsed: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LimitImage {
    At(i64),
    Within(u32),
}

impl Default for LimitImage {
    fn default() -> Self {
        Self::from(Limit::DOCUMENTED)
    }
}

impl From<Limit> for LimitImage {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::At(at) => Self::At(at.unix_ms()),
            Limit::Within(ms) => Self::Within(ms),
        }
    }
}

impl LandingImage {
    pub(super) fn of(landing: &Landing) -> Option<Self> {
        landing.left().then(|| Self {
            flying: landing.flying.map(|flying| flying.resets),
            open: landing.open,
            settles: landing.settles.map(|moment| moment.0),
            known_at: landing.known_at.map(Timestamp::unix_ms),
            settles_known_at: landing.settles_known_at.map(Timestamp::unix_ms),
            settles_elapsed: landing.settles_elapsed.0,
        })
    }

    /// `None` for a time that there is not.
    pub(super) fn read(self, witnessed: Moment) -> Option<Landing> {
        Some(Landing {
            // Its id is the dead process's; it is told how it ended when the restore is over.
            flying: self.flying.map(|resets| Flying {
                id: RequestId(0),
                resets,
            }),
            open: self.open,
            settles: self.settles.map(|moment| Moment(moment).min(witnessed)),
            known_at: self.known_at.map(Timestamp::from_unix_ms).transpose().ok()?,
            settles_known_at: self
                .settles_known_at
                .map(Timestamp::from_unix_ms)
                .transpose()
                .ok()?,
            settles_elapsed: Moment(self.settles_elapsed),
            ending: 0,
        })
    }
}

/// Timeouts (pay, query, cancel, sign), interval, window, retry soon, settle, and since version 2 send within and the fence;
/// cancel delays; the two switches.
#[derive(Serialize, Deserialize)]
pub(super) struct PolicyImage(
    pub(super) Vec<u32>,
    pub(super) Vec<u32>,
    pub(super) bool,
    pub(super) bool,
);
