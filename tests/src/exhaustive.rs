//! Every day that is possible in a small world: a breadth-first search over machine, ledger, network and host.
//!
//! Where the simulation ([`crate::money`]) draws a day, this tries all of them: whatever can happen next, happens, in every order.
//! Situations that are the same are visited once, so the search ends; how long ago something happened counts only as
//! far as it makes a difference. What it checks are the simulation's rules, by the same names, and besides:
//!
//! - from every situation an outcome can be reached, and none is met twice on the way: waiting always ends,
//! - the longest life of a payment is within [`Policy::longest_ms`](alipay_core::payment::Policy::longest_ms).
//!
//! | room | holds |
//! |---|---|
//! | `setting` | how large the world is: what may happen, and how often |
//! | `state` | one situation, and what makes two of them the same |
//! | `steps` `answers` | what can happen next |
//! | `machine` | the real machine, and what it does |
//! | `facts` `checks` | the rules, looked after at every step and in every situation |
//! | `search` `graph` | the search; what is asked of the whole graph |
//!
//! Time has a grain: everything that takes time takes a multiple of [`GRAIN`], and within a grain everything may happen in any order.

mod answers;
mod checks;
mod facts;
mod graph;
mod machine;
mod search;
mod setting;
mod state;
mod steps;

pub use search::{Finding, Report, explore};
pub use setting::{Ends, GRAIN, Lie, Older, Setting};
