//! The buyer's browser coming back (同步返回): the query that Alipay added to `return_url`.

use super::{Expected, Variant, VerifiedNotify};
use crate::{amount::Amount, error::Error, form, merchant::Merchant};
use core::fmt;

/// The verified query of a `return_url`.
///
/// It says which order the buyer comes back from, and *not* that it is paid: it has no `trade_status`, and the buyer may
/// never come back. Show a page with it; wait for the notification or query the trade for the rest.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedReturn(VerifiedNotify);

impl VerifiedReturn {
    /// A field's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// Every field but `sign`, sorted by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.fields()
    }

    /// The merchant's order number.
    #[must_use]
    pub fn out_trade_no(&self) -> Option<&str> {
        self.0.out_trade_no()
    }

    /// Alipay's trade number.
    #[must_use]
    pub fn trade_no(&self) -> Option<&str> {
        self.get("trade_no")
    }

    /// The order's total.
    #[must_use]
    pub fn total_amount(&self) -> Option<Amount> {
        self.0.total_amount()
    }

    /// Which of the strings that may have been signed was signed.
    #[must_use]
    pub fn variant(&self) -> Variant {
        self.0.variant()
    }

    /// The same four checks as of a notification.
    ///
    /// # Errors
    /// Those of [`VerifiedNotify::check`].
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), Error> {
        self.0.check(expected)
    }
}

impl fmt::Debug for VerifiedReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Merchant {
    /// Verifies what Alipay added to `return_url`, from the query as it stands in the request line, or from the whole URL.
    ///
    /// Parameters of the merchant's own in `return_url` are not signed by Alipay and make this fail: put them in the path.
    ///
    /// # Errors
    /// Those of [`Merchant::verify_notify`].
    pub fn verify_return(&self, query: impl AsRef<[u8]>) -> Result<VerifiedReturn, Error> {
        let query = query_of(query.as_ref());
        self.verify_form(form::decode(query)?).map(VerifiedReturn)
    }
}

/// The query of a URL; of a bare query, itself. Alipay escapes `?`, `/` and `#` in names and values, so they are the URL's.
pub(crate) fn query_of(text: &[u8]) -> &[u8] {
    let is_url = [&b"http://"[..], b"https://", b"/", b"?"]
        .iter()
        .any(|start| text.starts_with(start));
    let query = if is_url {
        let mut parts = text.splitn(2, |byte| *byte == b'?');
        parts.next();
        parts.next().unwrap_or_default()
    } else {
        text
    };
    query.split(|byte| *byte == b'#').next().unwrap_or_default()
}
