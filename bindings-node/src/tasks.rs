//! Work for libuv's thread pool: everything that computes with a private key.

use crate::guard::guard;
use alipay_core::{Error, wire::engine};
use getrandom::{SysRng, rand_core::UnwrapErr};
use napi::{Env, ScopedTask, Task, bindgen_prelude::Uint8ArraySlice};

/// Signs a message.
pub struct SignTask {
    pub(crate) merchant: engine::Merchant,
    pub(crate) message: Vec<u8>,
    pub(crate) sign_type: Option<String>,
}

impl<'env> ScopedTask<'env> for SignTask {
    type Output = Vec<u8>;
    type JsValue = Uint8ArraySlice<'env>;

    fn compute(&mut self) -> napi::Result<Vec<u8>> {
        guard(|| self.merchant.sign(&self.message, self.sign_type.as_deref()))
    }

    fn resolve(&mut self, env: &'env Env, signature: Vec<u8>) -> napi::Result<Uint8ArraySlice<'env>> {
        Uint8ArraySlice::copy_from(env, signature)
    }
}

/// Builds a signed request.
pub struct RequestTask {
    pub(crate) merchant: engine::Merchant,
    pub(crate) call: String,
    pub(crate) now: f64,
}

impl Task for RequestTask {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        guard(|| self.merchant.request(&self.call, self.now))
    }

    fn resolve(&mut self, _: Env, request: String) -> napi::Result<String> {
        Ok(request)
    }
}

/// Finds a key pair.
pub struct KeyPairTask {
    pub(crate) bits: f64,
}

impl Task for KeyPairTask {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        guard(|| new_key_pair(self.bits))
    }

    fn resolve(&mut self, _: Env, pair: String) -> napi::Result<String> {
        Ok(pair)
    }
}

pub(crate) fn new_key_pair(bits: f64) -> Result<String, Error> {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates; a fraction has no size"
    )]
    let bits = if bits.fract() == 0.0 { bits as u32 } else { 0 };
    // A machine without randomness is a panic here, and the error `internal` for the caller.
    engine::generate_key_pair(&mut UnwrapErr(SysRng), bits)
}
