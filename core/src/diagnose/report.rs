//! What a diagnosis is given beside the message, and what it comes to.

use super::cause::Cause;
use crate::{key::PublicKey, notify::Variant};
use alloc::{string::String, vec::Vec};

/// What helps a diagnosis.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// The application's own public key, where the merchant's private key is not in this process.
    pub own_public_key: Option<PublicKey>,
    /// The seller's account (`2088…`): tells a notification that is meant for another.
    pub seller_id: Option<String>,
    /// How many hashes to try at most; [`DEFAULT_HASHES`](super::DEFAULT_HASHES) if absent.
    pub max_hashes: Option<u32>,
}

impl Hints {
    pub(super) fn limit(&self) -> u32 {
        self.max_hashes.unwrap_or(super::DEFAULT_HASHES)
    }
}

/// What a diagnosis comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The signature belongs to the message as it stands. Verify it with the merchant; this is not that.
    Verifies,
    /// With the changes found, the signature belongs to the message.
    Repaired,
    /// It is about the key or the algorithm.
    Key,
    /// The key is right, the content is not what was signed, and no known change leads back to it.
    Altered,
    /// There is no signature to look into.
    Unreadable,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: &'static [Self] = &[
        Self::Verifies,
        Self::Repaired,
        Self::Key,
        Self::Altered,
        Self::Unreadable,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verifies => "verifies",
            Self::Repaired => "repaired",
            Self::Key => "key",
            Self::Altered => "altered",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// With this change (and those beside it) the message has the very digest that was signed.
    Digest,
    /// The signature opens to a well-formed digest only so.
    Padding,
    /// It is seen directly.
    Fact,
    /// It is what remains.
    Exclusion,
}

impl Proof {
    /// Every kind of proof.
    pub const ALL: &'static [Self] = &[Self::Digest, Self::Padding, Self::Fact, Self::Exclusion];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Padding => "padding",
            Self::Fact => "fact",
            Self::Exclusion => "exclusion",
        }
    }
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What happened; its meaning and remedy are in the table.
    pub cause: Cause,
    /// The parameters it happened to, by name; empty where it is about the whole message.
    pub fields: Vec<String>,
    /// What it rests on.
    pub proof: Proof,
}

/// Advice about a message. Never a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Diagnosis {
    /// What it comes to.
    pub verdict: Verdict,
    /// The causes; those of a repaired message hold together.
    pub findings: Vec<Finding>,
    /// Which string was signed, where that is known and the message is a form.
    pub variant: Option<Variant>,
    /// The SN that the message names, where no certificate of this merchant has it: for [`download`](crate::cert::download).
    pub unknown_cert_sn: Option<String>,
    /// How many hashes were tried.
    pub tried: u32,
}

impl Diagnosis {
    pub(super) fn of(verdict: Verdict, findings: Vec<Finding>) -> Self {
        Self {
            verdict,
            findings,
            variant: None,
            unknown_cert_sn: None,
            tried: 0,
        }
    }
}

impl Finding {
    /// About the whole message.
    pub(super) const fn whole(cause: Cause, proof: Proof) -> Self {
        Self {
            cause,
            fields: Vec::new(),
            proof,
        }
    }
}
