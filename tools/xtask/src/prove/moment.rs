//! Where a till is stopped: its awaits, as the system calls that they come down to.

use super::till::Till;

/// How far the payment is, by the newest snapshot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Pay,
    Query,
    Cancel,
    Outcome,
}

impl Phase {
    /// That of a snapshot; what is not asked for here has none.
    pub(super) fn of(snapshot: &str) -> Option<Self> {
        let (_, stage) = snapshot.split_once("\"stage\":")?;
        if stage.starts_with('{') {
            return Some(Self::Outcome);
        }
        match stage.trim_start_matches('"').split('"').next()? {
            "paying" => Some(Self::Pay),
            "polling" => Some(Self::Query),
            "cancelling" => Some(Self::Cancel),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Query => "query",
            Self::Cancel => "cancel",
            Self::Outcome => "outcome",
        }
    }
}

/// A moment between two steps of the driver's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The snapshot is written, and does not have its name yet.
    Storing(Phase),
    /// It is stored; the request has not left, or the outcome was not told.
    Stored(Phase),
    /// The same, and its name is on the disk as well.
    Synced(Phase),
    Connecting(Phase),
    /// The connection stands; whether the request may leave was not asked yet.
    Connected(Phase),
    /// That was asked; nothing is written.
    Checked(Phase),
    /// The headers are written, the body is not.
    HalfWritten(Phase),
    /// The request is written; its answer comes while the till stands still.
    Written(Phase),
    /// Between pay's answer and the first query.
    Waiting,
}

/// A system call, and what strace writes of it.
pub(super) struct Call {
    pub(super) names: &'static str,
    pub(super) looks_like: &'static str,
}

const RENAME: Call = Call {
    names: "rename,renameat,renameat2",
    looks_like: "till.state\"",
};

impl Moment {
    pub(super) fn phase(self) -> Phase {
        match self {
            Self::Storing(phase)
            | Self::Stored(phase)
            | Self::Synced(phase)
            | Self::Connecting(phase)
            | Self::Connected(phase)
            | Self::Checked(phase)
            | Self::HalfWritten(phase)
            | Self::Written(phase) => phase,
            Self::Waiting => Phase::Query,
        }
    }

    pub(super) fn name(self) -> String {
        let phase = self.phase().name();
        match self {
            Self::Storing(_) => format!("storing {phase}"),
            Self::Stored(_) => format!("{phase} stored"),
            Self::Synced(_) => format!("{phase} synced"),
            Self::Connecting(_) => format!("{phase} connects"),
            Self::Connected(_) => format!("{phase} connected"),
            Self::Checked(_) => format!("{phase} about to be written"),
            Self::HalfWritten(_) => format!("{phase} half written"),
            Self::Written(_) => format!("{phase} written"),
            Self::Waiting => "waiting".into(),
        }
    }

    /// Whether it is recognised by a file that does not have the state's name yet.
    pub(super) fn is_before_the_name(self) -> bool {
        matches!(self, Self::Storing(_))
    }

    /// The last call before it; `None` if this till has no such moment, or nothing shows it.
    pub(super) fn call(self, till: Till) -> Option<Call> {
        let command_line = till == Till::CommandLine;
        Some(match self {
            Self::Storing(_) | Self::Synced(_) => Call {
                names: "fsync,fdatasync",
                looks_like: "sync(",
            },
            Self::Stored(_) => RENAME,
            Self::Connecting(_) => Call {
                names: "connect",
                looks_like: "_port=",
            },
            Self::Connected(_) if !matches!(till, Till::Node | Till::NodeFetch) => Call {
                names: "poll",
                looks_like: "POLLOUT",
            },
            Self::Connected(_) => Call {
                names: "setsockopt",
                looks_like: "TCP_NODELAY",
            },
            Self::Checked(_) if command_line => Call {
                names: "setsockopt",
                looks_like: "SO_SNDTIMEO",
            },
            Self::HalfWritten(_) if command_line => Call {
                names: "sendto",
                looks_like: "\"POST ",
            },
            Self::Written(_) if command_line => Call {
                names: "sendto",
                looks_like: "\"app_id=",
            },
            Self::Written(_) => Call {
                names: "write,writev,sendto",
                looks_like: "\"POST ",
            },
            // A write follows at once, or nothing shows the moment.
            Self::Checked(_) | Self::HalfWritten(_) | Self::Waiting => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_tells_its_phase() {
        let head = "alipay-payment 2 9c16e69311238b7a 2\n{\"total\":8888,\"stage\":";
        let of = |stage: &str| Phase::of(&format!("{head}{stage},\"clock\":[0]}}"));
        assert!(of("\"paying\"") == Some(Phase::Pay));
        assert!(of("\"polling\"") == Some(Phase::Query));
        assert!(of("\"cancelling\"") == Some(Phase::Cancel));
        assert!(of("{\"closed\":false}") == Some(Phase::Outcome));
        assert!(of("\"ready\"").is_none());
        assert!(Phase::of("").is_none());
    }
}
