//! The merchant of a payment that is under way: whose it is, and how it learns of a certificate.

use super::machine::Payment;
use crate::{
    error::{Error, ErrorCode},
    merchant::Merchant,
};
use alloc::sync::Arc;

impl Payment {
    /// Replaces the merchant, from the next step on: with one that believes one more of Alipay's certificates
    /// ([`Merchant::with_downloaded_certificate`]), after an answer that [`Heard::alipay_cert_sn`](super::Heard) says was signed with
    /// it. That answer stays unbelieved and is not asked for again by this; the machine asks by its own schedule, as
    /// after any answer it could not verify, and never pays twice.
    ///
    /// What is being signed elsewhere stays as the old merchant prepared it.
    ///
    /// # Errors
    /// `snapshot_merchant` if the application or the authorisation (`app_auth_token`) is another, `snapshot_gateway` if the gateway
    /// is: the trade would be looked for where it is not; `request_in_flight` if the protocol is another and a request of the old one
    /// awaits its answer; `charset_unmappable` if pay has not left and the order can't be written in the charset.
    /// The old merchant stays then.
    pub fn set_merchant(&mut self, merchant: Arc<Merchant>) -> Result<(), Error> {
        let now = &self.merchant;
        if merchant.app_id() != now.app_id() || merchant.app_auth_token() != now.app_auth_token() {
            return Err(ErrorCode::SnapshotMerchant.into());
        }
        if merchant.gateway() != now.gateway() {
            return Err(ErrorCode::SnapshotGateway.into());
        }
        if merchant.api_version() != now.api_version()
            && (self.flight.is_some() || self.pay.flying.is_some() || self.cancels_left.flying.is_some())
        {
            return Err(ErrorCode::RequestInFlight.into());
        }
        if let Some(order) = &self.order {
            order.check_charset(merchant.payment_charset())?;
        }
        self.merchant = merchant;
        self.revision = self.revision.saturating_add(1);
        Ok(())
    }
}
