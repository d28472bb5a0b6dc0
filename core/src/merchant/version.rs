//! Which of the gateway's two protocols a payment speaks.

use super::{Merchant, MerchantBuilder};
use crate::charset::Charset;

/// Which of the gateway's two protocols a [`Payment`](crate::Payment) speaks. Both reach the same trades: a payment begun over
/// one may be restored over the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ApiVersion {
    /// `gateway.do`: parameters of a form, signatures in the bodies.
    #[default]
    V2,
    /// OpenAPI v3: paths and JSON bodies, signatures in the headers. The host must hand the response's headers on.
    V3,
}

impl ApiVersion {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::V2, Self::V3];

    /// The stable word: `v2` or `v3`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }
}

impl Merchant {
    /// The protocol of this merchant's payments. Single calls say it themselves: [`Merchant::request`] or
    /// [`Merchant::request_v3`].
    #[must_use]
    pub fn api_version(&self) -> ApiVersion {
        self.api_version
    }

    /// The charset of a payment's requests: v3 knows none but UTF-8.
    pub(crate) fn payment_charset(&self) -> Charset {
        match self.api_version {
            ApiVersion::V2 => self.charset,
            ApiVersion::V3 => Charset::Utf8,
        }
    }
}

impl MerchantBuilder {
    /// The protocol of this merchant's payments: [`ApiVersion::V2`] (default) or [`ApiVersion::V3`]. Single calls and notifications are
    /// not concerned.
    #[must_use]
    pub fn api_version(self, api_version: ApiVersion) -> Self {
        Self { api_version, ..self }
    }
}
