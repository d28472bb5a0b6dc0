//! What needs no merchant: values, forms, keys, tables.
#![allow(unsafe_code, reason = "napi's attributes expand to it")]

use crate::{
    guard::guard,
    tasks::{KeyPairTask, new_key_pair},
};
use alipay_core::wire::engine;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

/// The version of this add-on.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Every error code, its fault and its message.
#[napi]
pub fn error_codes() -> napi::Result<String> {
    guard(engine::error_codes)
}

/// What a business code means.
#[napi]
pub fn business_code(sub_code: String) -> napi::Result<String> {
    guard(|| engine::business_code(&sub_code))
}

/// An amount that a buyer can be charged.
#[napi]
pub fn charge_amount(text: String) -> napi::Result<String> {
    guard(|| engine::charge_amount(&text))
}

/// An amount in an answer.
#[napi]
pub fn read_amount(text: String) -> napi::Result<String> {
    guard(|| engine::read_amount(&text))
}

/// Civil time at GMT+8.
#[napi]
pub fn to_beijing(unix_ms: f64) -> napi::Result<String> {
    guard(|| engine::to_beijing(unix_ms))
}

/// Unix milliseconds of a civil time at GMT+8.
#[napi]
pub fn from_beijing(text: String) -> napi::Result<f64> {
    guard(|| engine::from_beijing(&text))
}

/// The string to be signed of these parameters.
#[napi]
pub fn string_to_sign(parameters: String) -> napi::Result<String> {
    guard(|| engine::string_to_sign(&parameters))
}

/// An urlencoded form.
#[napi]
pub fn encode_form(fields: String) -> napi::Result<String> {
    guard(|| engine::encode_form(&fields))
}

/// The fields of an urlencoded form.
#[napi]
pub fn decode_form(body: &[u8]) -> napi::Result<String> {
    guard(|| engine::decode_form(body))
}

/// What a private key is.
#[napi]
pub fn inspect_private_key(key: &[u8]) -> napi::Result<String> {
    guard(|| engine::inspect_private_key(key))
}

/// What a public key or certificate is.
#[napi]
pub fn inspect_public_key(key: &[u8]) -> napi::Result<String> {
    guard(|| engine::inspect_public_key(key))
}

/// A new key pair; holds the caller for as long as it takes to find two primes.
#[napi]
pub fn generate_key_pair(bits: f64) -> napi::Result<String> {
    guard(|| new_key_pair(bits))
}

/// A new key pair, found on the thread pool.
#[napi]
pub fn generate_key_pair_async(bits: f64) -> AsyncTask<KeyPairTask> {
    AsyncTask::new(KeyPairTask { bits })
}

/// The `biz_content` of a typed method's request.
#[napi]
pub fn trade_call(method: String, request: String) -> napi::Result<String> {
    guard(|| engine::typed_call(&method, &request))
}

/// Checks a call.
#[napi]
pub fn check_call(call: String) -> napi::Result<()> {
    guard(|| engine::check_call(&call))
}

/// An operation that needs no merchant, by its name.
#[napi]
pub fn invoke(operation: String, input: String) -> napi::Result<String> {
    // It may hold a private key.
    let input = zeroize::Zeroizing::new(input);
    guard(|| engine::invoke(&operation, &input))
}

/// The number of a snapshot.
#[napi]
pub fn snapshot_number(snapshot: &[u8]) -> napi::Result<f64> {
    guard(|| engine::snapshot_number(snapshot))
}
