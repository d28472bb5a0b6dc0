//! The gateway as a pure model: request in, answer and due notifications out.
//!
//! No clock, no I/O, no randomness but the seed's. [`gateway::Gateway`] is the way in; the rooms below it are one for
//! each thing a gateway knows:
//!
//! | room | holds |
//! |---|---|
//! | `codes` | gateway codes, business codes and their messages |
//! | `money` `seed` | serde forms of amounts and times; what is drawn from the seed |
//! | `story` `script` | what the last four digits of the auth_code make happen |
//! | `trade` `ledger` | who was charged, who was refunded |
//! | `charset` | the bytes of a request and of its answer, as the gateway takes them |
//! | `parameters` `biz_content` | reading a request the way the gateway does, and refusing what it refuses |
//! | `pay` `query` `cancel` | the three methods |
//! | `certificates` | certificate mode: an authority, and the certificates it issues |
//! | `encryption` | content encryption |
//! | `answer` | answers as signed JSON, and the ways they get damaged |
//! | `v3` | the same three methods over OpenAPI v3 |
//! | `notification` | asynchronous notifications and their schedule |

pub mod answer;
mod biz_content;
mod cancel;
pub mod certificates;
mod charset;
pub mod codes;
mod encryption;
mod ending;
pub mod gateway;
mod ledger;
mod money;
pub mod notification;
mod parameters;
mod pay;
mod query;
mod script;
mod seed;
pub mod story;
pub mod trade;
pub mod v3;

#[cfg(test)]
mod harness;
#[cfg(test)]
mod tests;
