//! Operations of calls that a buyer's app or browser carries to Alipay.
#![allow(
    clippy::needless_pass_by_value,
    reason = "the table of operations gives its inputs away"
)]

use super::{
    super::{Bytes, Call},
    cipher::Text,
};
use crate::{
    envelope::{FormSubmit, Prepared},
    error::Error,
    merchant::Merchant,
    time::Timestamp,
};
use alloc::string::String;
use serde::Deserialize;

/// A call for an app or a browser.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageCall {
    /// The call.
    pub call: Call,
    /// Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub now: i64,
    /// The raw signature over what `prepare` gave for the same call and time, where the key is elsewhere.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(optional, type = "string"))]
    pub signature: Option<Bytes>,
}

/// A call for a browser, as a form.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PageFormCall {
    /// The call.
    pub call: Call,
    /// Unix milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub now: i64,
    /// The raw signature over what `prepare` gave for the same call and time, where the key is elsewhere.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(optional, type = "string"))]
    pub signature: Option<Bytes>,
    /// A form without inline script, with a button of this text; without it the form submits itself.
    #[serde(default)]
    pub button: Option<String>,
}

pub(super) fn order_string(merchant: &Merchant, input: PageCall) -> Result<Text, Error> {
    finish(merchant, input, Prepared::finish_order_string)
}

pub(super) fn url(merchant: &Merchant, input: PageCall) -> Result<Text, Error> {
    finish(merchant, input, Prepared::finish_url)
}

pub(super) fn form(merchant: &Merchant, input: PageFormCall) -> Result<Text, Error> {
    let PageFormCall {
        call,
        now,
        signature,
        button,
    } = input;
    let call = PageCall { call, now, signature };
    let submit = button.as_deref().map_or(FormSubmit::Script, FormSubmit::Button);
    finish(merchant, call, |prepared, signature| {
        prepared.finish_form(signature, submit)
    })
}

fn finish(
    merchant: &Merchant,
    input: PageCall,
    finish: impl FnOnce(Prepared, &[u8]) -> Result<String, Error>,
) -> Result<Text, Error> {
    let prepared = merchant.prepare(&input.call.build()?, Timestamp::from_unix_ms(input.now)?)?;
    let signature = match input.signature {
        Some(signature) => signature.0,
        None => merchant.sign(prepared.bytes_to_sign(), prepared.sign_type())?,
    };
    Ok(Text {
        text: finish(prepared, &signature)?,
    })
}
