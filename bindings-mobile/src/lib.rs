//! What Kotlin and Swift see of the core, through UniFFI: objects that hold the core's, and records and enums that
//! mirror its wire model.
//!
//! Every mirror is converted by a `match` or a destructuring without a rest, so that a new variant or field breaks this
//! build and not a user. Every function that can fail throws [`NativeError`], and only that, a panic included. What
//! holds a secret doesn't show it in its textual form, in any language.
//!
//! This is the bridge, not the API: each language has its own thin layer on top, with the driver and the names
//! its users expect. No async function crosses here, so that cancellation is the host's own.

mod calls;
mod error;
// Written by a program, which lays it out its own way.
#[rustfmt::skip]
mod generated;
mod keys;
mod machine;
mod merchant;
mod mirror;
mod outcome;
mod payment;
mod signer;
mod start;
mod typed;
mod values;
mod words;

pub use calls::{Answer, Call, HttpRequest, MerchantOptions, Notify, NotifyVariant, Parameter};
pub use error::NativeError;
pub use generated::*;
pub use keys::{KeyInfo, KeyPair, generate_key_pair, inspect_private_key, inspect_public_key};
pub use machine::{Heard, Input, Output, PaymentState, Policy};
pub use merchant::{NativeAlipay, NativePrepared};
pub use outcome::{News, Outcome, Trade};
pub use payment::{NativePayment, snapshot_number};
pub use signer::NativeSigner;
pub use start::{Restored, Start};
pub use typed::{
    call, trade_cancel, trade_cancel_response, trade_pay, trade_pay_response, trade_query,
    trade_query_response, typed_call,
};
pub use values::{
    AmountValue, BusinessCode, FormField, business_code, charge_amount, decode_form, encode_form,
    error_code_rows, from_beijing, invoke, read_amount, string_to_sign, to_beijing, version,
};
pub use words::{
    Actor, ApiVersion, Charset, Class, ConflictReason, DeclineReason, Failure, Fault, Phase, PolicyPreset,
    RequestKind, SignType, UnresolvedReason, Wake,
};

uniffi::setup_scaffolding!("alipay");
