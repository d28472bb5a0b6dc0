//! The merchant: the checked configuration, and what one does with it.
#![allow(unsafe_code, reason = "napi's attributes expand to it")]

use crate::{
    guard::guard,
    tasks::{RequestTask, SignTask},
};
use alipay_core::wire::engine;
use napi::{
    Env,
    bindgen_prelude::{AsyncTask, Uint8ArraySlice},
};
use napi_derive::napi;

/// A merchant; never changes.
#[napi]
pub struct Merchant(pub(crate) engine::Merchant);

#[napi]
impl Merchant {
    /// From `MerchantOptions` as JSON.
    #[napi(constructor)]
    pub fn new(options: String) -> napi::Result<Self> {
        // The text holds the private key: wiped before its memory is given back.
        let options = zeroize::Zeroizing::new(options);
        guard(|| engine::Merchant::new(&options)).map(Self)
    }

    /// The same with its signing moved to the host.
    #[napi]
    pub fn delegated(&self) -> napi::Result<Merchant> {
        guard(|| Ok(self.0.delegated())).map(Self)
    }

    /// Whether the host signs.
    #[napi]
    pub fn signs_externally(&self) -> napi::Result<bool> {
        guard(|| Ok(self.0.signs_externally()))
    }

    /// The raw signature of a message.
    #[napi]
    pub fn sign<'env>(
        &self,
        env: &'env Env,
        message: &[u8],
        sign_type: Option<String>,
    ) -> napi::Result<Uint8ArraySlice<'env>> {
        let signature = guard(|| self.0.sign(message, sign_type.as_deref()))?;
        Uint8ArraySlice::copy_from(env, signature)
    }

    /// The raw signature of a message, made on the thread pool. The message is copied: its owner may change it meanwhile.
    #[napi]
    pub fn sign_async(&self, message: &[u8], sign_type: Option<String>) -> AsyncTask<SignTask> {
        AsyncTask::new(SignTask {
            merchant: self.0.clone(),
            message: message.to_vec(),
            sign_type,
        })
    }

    /// Checks Alipay's raw signature of a message.
    #[napi]
    pub fn verify(&self, message: &[u8], signature: &[u8], sign_type: Option<String>) -> napi::Result<()> {
        guard(|| self.0.verify(message, signature, sign_type.as_deref()))
    }

    /// Verifies a notification from its raw body.
    #[napi]
    pub fn verify_notify(&self, body: &[u8]) -> napi::Result<String> {
        guard(|| self.0.verify_notify(body))
    }

    /// What is to be signed of a call.
    #[napi]
    pub fn prepare(&self, call: String, now: f64) -> napi::Result<String> {
        guard(|| self.0.prepare(&call, now))
    }

    /// The request of the same call and time with its raw signature.
    #[napi]
    pub fn finish(&self, call: String, now: f64, signature: &[u8]) -> napi::Result<String> {
        guard(|| self.0.finish(&call, now, signature))
    }

    /// A signed request in one step.
    #[napi]
    pub fn request(&self, call: String, now: f64) -> napi::Result<String> {
        guard(|| self.0.request(&call, now))
    }

    /// A signed request in one step, made on the thread pool.
    #[napi]
    pub fn request_async(&self, call: String, now: f64) -> AsyncTask<RequestTask> {
        AsyncTask::new(RequestTask {
            merchant: self.0.clone(),
            call,
            now,
        })
    }

    /// One of the merchant's operations, by its name.
    #[napi]
    pub fn invoke(&self, operation: String, input: String) -> napi::Result<String> {
        guard(|| self.0.invoke(&operation, &input))
    }

    /// Verifies and reads a response.
    #[napi]
    pub fn open(&self, method: String, status: u16, body: &[u8]) -> napi::Result<String> {
        guard(|| self.0.open(&method, status, body.to_vec()))
    }
}
