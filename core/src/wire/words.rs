//! The words of the wire model as closed enums: a new one in the core breaks the build here and in every binding,
//! not a user.

use crate::{charset, codes, error, merchant, payment, sign};
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident = $core:path { $($variant:ident)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[serde(rename_all = "camelCase")]
        #[allow(missing_docs, reason = "the variants are those of the core's enum")]
        pub enum $name {
            $($variant,)*
        }

        impl From<$core> for $name {
            fn from(value: $core) -> Self {
                match value {
                    $(<$core>::$variant => Self::$variant,)*
                }
            }
        }

        impl From<$name> for $core {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => <$core>::$variant,)*
                }
            }
        }

        impl $name {
            /// The stable word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                <$core>::from(self).as_str()
            }
        }
    )*};
}

words! {
    /// Which of the three calls a request is.
    RequestKind = payment::RequestKind { Pay Query Cancel }
    /// What a timer is for.
    Wake = payment::Wake { RequestTimeout SignTimeout Query Cancel }
    /// How a request without a usable answer ended: provably not sent, not stored, its connection reset, or anything else.
    Failure = payment::Failure { NotSent NotStored Aborted MaybeSent }
    /// Where a payment stands, for a cashier's screen.
    Phase = payment::Phase { Ready Paying AwaitingBuyer Confirming Cancelling Done }
    /// Why a payment was declined.
    DeclineReason = payment::DeclineReason { Refused RateLimited NotSent }
    /// How a conflict was noticed.
    ConflictReason = payment::ConflictReason { OrderNumberTaken AmountDiffers PaidEarlier ExistsUnsent PaidAfterGivingUp }
    /// What remained open.
    UnresolvedReason = payment::UnresolvedReason {
        CancelExhausted CancelRefused SellerBalance ConflictUnconfirmed MayLand NoAnswer NotStored PaidAfterCancel RefundDue
    }
    /// Who can mend an error.
    Fault = error::Fault { Configuration Input Peer Misuse Backend Host Internal }
    /// What a business code says about the payment.
    Class = codes::Class { Declined Unknown Conflict Configuration }
    /// Who must act.
    Actor = codes::Actor { Cashier Buyer Merchant Alipay }
    /// Which of the gateway's two protocols a payment speaks.
    ApiVersion = merchant::ApiVersion { V2 V3 }
}

#[cfg(feature = "diagnose")]
pub use of_diagnose::{DifferenceKind, Proof, Verdict};

#[cfg(feature = "diagnose")]
mod of_diagnose {
    use crate::diagnose;
    use serde::{Deserialize, Serialize};

    words! {
        /// What a diagnosis comes to.
        Verdict = diagnose::Verdict { Verifies Repaired Key Altered Unreadable }
        /// What a finding rests on: `digest` (with this change the message has the digest that was signed), `padding` (the
        /// signature opens only so), `fact` (seen directly), `exclusion` (what remains).
        Proof = diagnose::Proof { Digest Padding Fact Exclusion }
        /// How a parameter of a request differs at the gateway.
        DifferenceKind = diagnose::DifferenceKind { Missing Added Changed }
    }
}

/// The signature algorithm, by Alipay's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum SignType {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    #[serde(rename = "RSA2")]
    Rsa2,
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    #[serde(rename = "RSA")]
    Rsa,
}

impl From<sign::SignType> for SignType {
    fn from(value: sign::SignType) -> Self {
        match value {
            sign::SignType::Rsa2 => Self::Rsa2,
            sign::SignType::Rsa => Self::Rsa,
        }
    }
}

impl From<SignType> for sign::SignType {
    fn from(value: SignType) -> Self {
        match value {
            SignType::Rsa2 => Self::Rsa2,
            SignType::Rsa => Self::Rsa,
        }
    }
}

/// How text becomes bytes, by Alipay's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the variants are those of the core's enum")]
pub enum Charset {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    Gbk,
    Gb18030,
    Gb2312,
}

impl From<charset::Charset> for Charset {
    fn from(value: charset::Charset) -> Self {
        match value {
            charset::Charset::Utf8 => Self::Utf8,
            charset::Charset::Gbk => Self::Gbk,
            charset::Charset::Gb18030 => Self::Gb18030,
            charset::Charset::Gb2312 => Self::Gb2312,
        }
    }
}

impl From<Charset> for charset::Charset {
    fn from(value: Charset) -> Self {
        match value {
            Charset::Utf8 => Self::Utf8,
            Charset::Gbk => Self::Gbk,
            Charset::Gb18030 => Self::Gb18030,
            Charset::Gb2312 => Self::Gb2312,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String};

    fn written(word: impl Serialize) -> String {
        serde_json::to_string(&word).unwrap()
    }

    /// The derived words are the core's.
    #[test]
    fn every_word_is_written_as_the_core_writes_it() {
        macro_rules! check {
            ($($wire:ident = $all:expr;)*) => {$(
                for value in $all {
                    assert_eq!(written($wire::from(value)), format!("\"{}\"", value.as_str()));
                    assert_eq!($wire::from(value).as_str(), value.as_str());
                }
            )*};
        }
        check! {
            RequestKind = payment::RequestKind::ALL.iter().copied();
            Wake = payment::Wake::ALL.iter().copied();
            Failure = payment::Failure::ALL.iter().copied();
            Phase = payment::Phase::ALL.iter().copied();
            DeclineReason = payment::DeclineReason::ALL.iter().copied();
            ConflictReason = payment::ConflictReason::ALL.iter().copied();
            UnresolvedReason = payment::UnresolvedReason::ALL.iter().copied();
            Fault = error::ErrorCode::ALL.iter().map(|code| code.fault());
            ApiVersion = merchant::ApiVersion::ALL.iter().copied();
            Class = codes::TABLE.iter().map(|row| row.class);
            Actor = codes::TABLE.iter().map(|row| row.actor);
        }
        #[cfg(feature = "diagnose")]
        check! {
            Verdict = crate::diagnose::Verdict::ALL.iter().copied();
            Proof = crate::diagnose::Proof::ALL.iter().copied();
            DifferenceKind = crate::diagnose::DifferenceKind::ALL.iter().copied();
        }
        for value in charset::Charset::ALL.iter().copied() {
            assert_eq!(written(Charset::from(value)), format!("\"{}\"", value.as_str()));
        }
        for value in [sign::SignType::Rsa2, sign::SignType::Rsa] {
            assert_eq!(written(SignType::from(value)), format!("\"{}\"", value.as_str()));
        }
    }
}
