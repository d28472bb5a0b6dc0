#![no_std]
#![forbid(unsafe_code)]
//! alipay-core
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod amount;
pub mod canonical;
pub mod error;
pub mod form;
pub mod http;
pub mod id;
pub mod key;
pub mod sign;
pub mod time;

pub use crate::{
    amount::Amount,
    error::{Error, ErrorCode, Fault},
    time::Timestamp,
};
