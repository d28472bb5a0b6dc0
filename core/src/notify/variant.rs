//! Which fields a notification's signature counts. Two things are not documented and one depends on the kind of message,
//! so a bounded set is tried: at most eight strings, and only those that differ.

use crate::{canonical, form::Field};
use alloc::vec::Vec;

/// Which fields were signed. `None`: the message has no such field, so the question does not arise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Variant {
    /// Whether `sign_type` was signed: not in a payment's notification (V1), but in a service message (V2).
    pub sign_type_signed: Option<bool>,
    /// Whether fields with an empty value were signed.
    pub empty_signed: Option<bool>,
    /// Whether `alipay_cert_sn` was signed.
    pub cert_sn_signed: Option<bool>,
}

impl Variant {
    /// Every variant that makes a difference for these fields, most likely first.
    pub(super) fn all(fields: &[Field]) -> impl Iterator<Item = Self> + use<> {
        let of = |named: &[u8]| fields.iter().any(|(name, _)| name == named);
        let empty = fields.iter().any(|(_, value)| value.is_empty());
        Self::choices(of(b"sign_type"), empty, of(b"alipay_cert_sn"))
    }

    /// The same, told whether there is a `sign_type`, an empty field, an `alipay_cert_sn`.
    pub(crate) fn choices(sign_type: bool, empty: bool, cert_sn: bool) -> impl Iterator<Item = Self> {
        let choices = |exists: bool, likely: bool| {
            if exists {
                [Some(Some(likely)), Some(Some(!likely))]
            } else {
                [Some(None), None]
            }
        };
        let (sign_type, empty) = (choices(sign_type, false), choices(empty, false));
        let cert_sn = choices(cert_sn, true);
        sign_type.into_iter().flatten().flat_map(move |sign_type_signed| {
            empty.into_iter().flatten().flat_map(move |empty_signed| {
                cert_sn.into_iter().flatten().map(move |cert_sn_signed| Self {
                    sign_type_signed,
                    empty_signed,
                    cert_sn_signed,
                })
            })
        })
    }

    /// Whether a field counts.
    pub(crate) fn counts(self, name: &[u8], value: &[u8]) -> bool {
        match name {
            b"sign" => false,
            b"sign_type" if self.sign_type_signed != Some(true) => false,
            b"alipay_cert_sn" if self.cert_sn_signed == Some(false) => false,
            _ => self.empty_signed == Some(true) || !value.is_empty(),
        }
    }

    /// The string that was signed, of fields sorted by name.
    pub(super) fn message(self, fields: &[Field]) -> Vec<u8> {
        let kept = fields
            .iter()
            .map(|(name, value)| (&name[..], &value[..]))
            .filter(|(name, value)| self.counts(name, value));
        canonical::join_bytes(kept)
    }
}
