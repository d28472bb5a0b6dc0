//! The four checks that the document asks for after the signature.

use super::VerifiedNotify;
use crate::{
    amount::Amount,
    error::{Error, ErrorCode},
};
use alloc::borrow::Cow;
use core::fmt;

/// What the host knows of the order: it looked the order up by the message's `out_trade_no`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The merchant's order number.
    pub out_trade_no: &'a str,
    /// The order's total.
    pub total_amount: Amount,
    /// The seller's user id (PID, `2088…`); this or `seller_email` must be given, and both are checked if both are.
    pub seller_id: Option<&'a str>,
    /// The seller's account.
    pub seller_email: Option<&'a str>,
    /// The application's id.
    pub app_id: &'a str,
}

impl Expected<'_> {
    /// Compares with a verified message's fields. What the message does not carry does not agree.
    ///
    /// # Errors
    /// `not_ours` about the first field that differs (no value is in the error), `field_missing` about `seller_id` if
    /// neither way to know the seller was given.
    pub(super) fn check<'m>(
        &self,
        field: impl Fn(&'static str) -> Option<Cow<'m, str>>,
    ) -> Result<(), Error> {
        if self.seller_id.is_none() && self.seller_email.is_none() {
            return Err(Error::about(ErrorCode::FieldMissing, "seller_id"));
        }
        let same = |name, wanted: Option<&str>| match wanted {
            Some(wanted) if field(name).as_deref() != Some(wanted) => {
                Err(Error::about(ErrorCode::NotOurs, name))
            }
            _ => Ok(()),
        };
        same("app_id", Some(self.app_id))?;
        same("seller_id", self.seller_id)?;
        same("seller_email", self.seller_email)?;
        same("out_trade_no", Some(self.out_trade_no))?;
        // As amounts: "88.8" and "88.80" are the same money.
        let total = field("total_amount").and_then(|text| text.parse::<Amount>().ok());
        if total == Some(self.total_amount) {
            Ok(())
        } else {
            Err(Error::about(ErrorCode::NotOurs, "total_amount"))
        }
    }
}

impl fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected")
            .field("out_trade_no", &self.out_trade_no)
            .field("total_amount", &self.total_amount)
            .finish_non_exhaustive()
    }
}

impl VerifiedNotify {
    /// The four checks of the document in one call: `app_id`, the seller, `out_trade_no` and `total_amount`. Only then may
    /// the order be touched.
    ///
    /// # Errors
    /// `not_ours` about the first field that differs or is missing; `field_missing` about `seller_id` if `expected` knows
    /// neither the seller's id nor account.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), Error> {
        expected.check(|name| self.get(name).map(Cow::Borrowed))
    }
}
