//! How a payment starts, and how a stored one goes on.

use alipay_core::wire;

/// How a payment starts.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Start {
    /// Requests are numbered from it. Left out, as it should be outside of tests, it is a random number.
    #[uniffi(default = None)]
    pub first_id: Option<u32>,
    /// Alipay's clock now, in Unix milliseconds, if an earlier answer of this process told it: its time and the monotonic time
    /// since.
    #[uniffi(default = None)]
    pub alipay_time: Option<i64>,
}

impl From<Start> for wire::Start {
    fn from(start: Start) -> Self {
        let Start {
            first_id,
            alipay_time,
        } = start;
        Self {
            first_id,
            alipay_time,
        }
    }
}

/// What the host knows when it goes on with a stored payment. What is not said is not known.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Restored {
    /// Requests are numbered from it. Left out, as it should be outside of tests, it is a random number.
    #[uniffi(default = None)]
    pub first_id: Option<u32>,
    /// The process that wrote the snapshot is provably dead: on this machine, the store took anew a kernel lock that it had
    /// held. A lease proves no death.
    #[uniffi(default = false)]
    pub writer_is_dead: bool,
    /// The machine that sent the requests has been running or switched off ever since, never suspended.
    #[uniffi(default = false)]
    pub never_suspended: bool,
    /// The merchant's gateway is another than the snapshot's on purpose. Between sandbox and production it never may be.
    #[uniffi(default = false)]
    pub gateway_moved: bool,
}

impl From<Restored> for wire::Restored {
    fn from(restored: Restored) -> Self {
        let Restored {
            first_id,
            writer_is_dead,
            never_suspended,
            gateway_moved,
        } = restored;
        Self {
            first_id,
            writer_is_dead: Some(writer_is_dead),
            never_suspended: Some(never_suspended),
            gateway_moved: Some(gateway_moved),
        }
    }
}
