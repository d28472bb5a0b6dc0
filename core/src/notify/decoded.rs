//! Notifications that a web framework has already taken apart.

use super::VerifiedNotify;
use crate::{error::Error, merchant::Merchant};

impl Merchant {
    /// Verifies a notification from the names and values that a web framework decoded; the result is marked
    /// [`lossy`](VerifiedNotify::is_lossy).
    ///
    /// Prefer [`Merchant::verify_notify`] with the raw body. A decoded map has lost what the signature is about: the bytes
    /// (a value that was not UTF-8 is already replaced), the difference between `+`, `%20` and a space, fields that came
    /// twice, and often white space or empty values; and frameworks add parameters of the URL and the route to it. A
    /// genuine message may therefore fail here. A message that verifies is exactly what Alipay signed.
    ///
    /// # Errors
    /// Those of [`Merchant::verify_notify`] but `form_malformed`.
    pub fn verify_decoded<'a>(
        &self,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<VerifiedNotify, Error> {
        let fields = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
        let notify = self.verify_form(fields.collect())?;
        Ok(VerifiedNotify {
            lossy: true,
            ..notify
        })
    }
}
