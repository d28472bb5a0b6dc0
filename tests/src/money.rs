//! A million bad days: the payment machine against a simulated Alipay, network, clock, host and cashier.
//!
//! One *tape* of choices decides everything that happens in a run, so a run can be repeated, shortened and written down
//! (`docs/money-safety.md` says how). In every list of choices the first is the harmless one: a tape of zeros is a good
//! day, and a failing tape is shortened by turning its choices into zeros.
//!
//! | room | holds |
//! |---|---|
//! | `tape` `shorten` | the choices, drawn or given |
//! | `lab` | the merchant and both parties' keys
//! | `keys` | a keyed stand-in for RSA, so that the machine's speed is what counts |
//! | `alipay` `said` | the ledger, which is the truth, and what the gateway answers |
//! | `plan` `draw` | what kind of day it is: policy, buyer, network, store, clock; and how it is drawn |
//! | `world` | the events: the network, the host with its crashes, the cashier |
//! | `golden` | days on which a broken machine was caught, written down |
//! | `watch` `copies` | the rules, looked after at every step |
//! | `verdict` | the rules by name, and the comparison of outcome and ledger at the end |
//!
//! Nothing here looks into the machine: it sees what a host sees.

pub(crate) mod alipay;
mod copies;
mod draw;
pub mod golden;
mod keys;
pub(crate) mod lab;
pub(crate) mod plan;
mod said;
mod shorten;
mod tape;
pub(crate) mod verdict;
mod watch;
mod world;

pub use lab::{Lab, Labs, REAL};
pub use shorten::{Failure, investigate};
pub use tape::{Tape, read_tape, write_tape};
pub use verdict::{Rule, Verdict};
pub use world::run;
