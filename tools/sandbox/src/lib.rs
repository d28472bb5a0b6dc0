//! A simulated Alipay gateway for developers without an account.
//!
//! [`model`] is pure: a request goes in, an answer and the due notifications come out, time is an argument and
//! everything random comes from one seed. [`Sandbox`] puts it behind real HTTP on loopback, with the buyer's phone as a
//! page. Nothing here ever moves money, and nothing here is meant to be reachable from the internet.

mod config;
pub mod model;
mod sandbox;
mod server;
mod store;

pub use crate::{
    config::{App, SandboxConfig},
    model::{
        certificates::{Certificate, Certificates},
        story::{Story, auth_code, stories, story, story_table},
        trade::{TradeStatus, TradeView},
    },
    sandbox::{BuyerError, Sandbox},
};
