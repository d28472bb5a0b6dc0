#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]
//! alipay-core
extern crate alloc;

pub mod amount;
pub mod api;
pub mod canonical;
pub mod codes;
pub mod envelope;
pub mod error;
pub mod form;
pub mod http;
pub mod id;
pub mod json;
pub mod key;
pub mod merchant;
pub mod notify;
pub mod payment;
pub mod sign;
pub mod time;
#[cfg(feature = "serde")]
pub mod wire;

pub use crate::{
    amount::Amount,
    error::{Error, ErrorCode, Fault},
    merchant::Merchant,
    payment::Payment,
    time::Timestamp,
};
