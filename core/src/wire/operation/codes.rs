//! Operations about business codes.
#![allow(
    clippy::needless_pass_by_value,
    reason = "the table of operations gives its inputs away"
)]

use crate::{codes, error::Error, wire::BusinessCode};
use alloc::string::String;
use serde::Deserialize;

/// A business code and the method whose answer it stood in.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MethodCode {
    /// The method's name, such as `alipay.trade.refund`.
    pub method: String,
    /// The business code, such as `ACQ.SELLER_BALANCE_NOT_ENOUGH`.
    pub sub_code: String,
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "the table of operations expects a result"
)]
pub(super) fn business_code(input: MethodCode) -> Result<BusinessCode, Error> {
    Ok(codes::lookup_for(&input.method, &input.sub_code).into())
}
