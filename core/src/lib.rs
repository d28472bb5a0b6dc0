//! The sans-IO core of Alipay's open platform: canonicalisation, RSA2 signing and verification, and the barcode
//! payment's pay → poll → cancel state machine.
//!
//! Nothing here opens a socket, reads a clock, draws randomness or starts a thread: everything that decides is here,
//! everything that touches the world is the host's. The crate is `no_std` + `alloc`, so the compiler sees to that.
//!
//! # One barcode payment
//!
//! ```
//! use alipay_core::{
//!     Merchant, Payment, Timestamp,
//!     api::TradePayRequest,
//!     http::{HttpRequest, HttpResponse},
//!     id::AuthCode,
//!     key::{PrivateKey, PublicKey},
//!     payment::{Failure, Input, Outcome, Output, Policy, Start},
//! };
//! use std::{sync::Arc, thread, time::{Duration, Instant}};
//!
//! /// The host's part, without its transport and its store. What a host must promise is in `docs/host.md`.
//! fn drive(
//!     payment: &mut Payment,
//!     send: impl Fn(HttpRequest, Duration) -> Result<HttpResponse, Failure>,
//!     store: impl Fn(&[u8]) -> std::io::Result<()>,
//!     now: impl Fn() -> Timestamp,
//! ) -> Outcome {
//!     loop {
//!         match payment.poll_output(now()) {
//!             Output::Request(request) => {
//!                 let asked = Instant::now(); // a real host's clock counts suspension
//!                 let within = Duration::from_millis(request.send_within_ms.into());
//!                 // Durably, before a pay or a cancel leaves, which is soon or not at all.
//!                 let stored = !request.checkpoint || store(&payment.snapshot()).is_ok();
//!                 let answer = if !stored {
//!                     Err(Failure::NotStored)
//!                 } else if asked.elapsed() > within || !payment.is_wanted(request.id) {
//!                     Err(Failure::NotSent)
//!                 } else {
//!                     send(request.http, Duration::from_millis(request.timeout_ms.into()))
//!                 };
//!                 let input = match &answer {
//!                     Ok(response) => Input::Response { id: request.id, response, reset: false },
//!                     Err(failure) => Input::Failure { id: request.id, failure: *failure },
//!                 };
//!                 payment.handle_input(input, now()).expect("neither a response nor a failure is misuse");
//!             }
//!             Output::Save => {
//!                 if store(&payment.snapshot()).is_err() {
//!                     eprintln!("what was learnt is not stored");
//!                 }
//!             }
//!             Output::News(news) => eprintln!("{}", news.as_str()),
//!             Output::Timeout { at, .. } => thread::sleep(at.saturating_since(now())),
//!             Output::Done(outcome) => {
//!                 while store(&payment.snapshot()).is_err() {
//!                     thread::sleep(Duration::from_secs(1)); // a real host tells the outcome meanwhile
//!                 }
//!                 return outcome;
//!             }
//!             Output::Sign(_) => unreachable!("this merchant's key is here"),
//!         }
//!     }
//! }
//!
//! # let app_private_key = include_str!("../tests/keys/app_private_key.pem");
//! # let alipay_public_key = include_str!("../tests/keys/alipay_public_key.pem");
//! let merchant = Merchant::builder("2014072300007148", PublicKey::parse(alipay_public_key)?)
//!     .private_key(PrivateKey::parse(app_private_key)?)
//!     .build()?;
//! let order = TradePayRequest::bar_code("20150320010101001", AuthCode::new("28763443825664394")?, "88.88".parse()?, "Iphone6 16G");
//! let now = || Timestamp::from_unix_ms(1_795_262_400_000).unwrap(); // a real host reads its clock
//! let start = Start { first_id: 3_141_592_653, alipay_time: None }; // a real host draws the number
//! let mut payment = Payment::new(Arc::new(merchant), order, Policy::default(), start, now())?;
//!
//! // Here the network is down, which is an outcome and not an error.
//! let outcome = drive(&mut payment, |_, _| Err(Failure::NotSent), |_| Ok(()), now);
//! assert!(matches!(outcome, Outcome::Declined { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Any other call
//!
//! ```
//! use alipay_core::{Merchant, Timestamp, envelope::Call, key::{PrivateKey, PublicKey}};
//! # let app_private_key = include_str!("../tests/keys/app_private_key.pem");
//! # let alipay_public_key = include_str!("../tests/keys/alipay_public_key.pem");
//! # let merchant = Merchant::builder("2014072300007148", PublicKey::parse(alipay_public_key)?)
//! #     .private_key(PrivateKey::parse(app_private_key)?).build()?;
//! # let now = Timestamp::from_unix_ms(1_795_262_400_000)?;
//! let call = Call::new("alipay.trade.refund", r#"{"out_trade_no":"20150320010101001","refund_amount":"88.88"}"#)?;
//! let request = merchant.request(&call, now)?; // send request.body to request.url …
//! assert_eq!(request.url, "https://openapi.alipay.com/gateway.do?charset=utf-8");
//! // … then `merchant.open(call.method(), &response)?` verifies the answer before it reads it.
//! # Ok::<(), alipay_core::Error>(())
//! ```
//!
//! # Rooms
//!
//! [`payment`] is the machine. [`merchant`] is the checked configuration, [`envelope`] one request and its answer, [`v3`]
//! the same over the gateway's newer protocol, [`api`] the typed methods, [`notify`] asynchronous notifications, [`diagnose`]
//! why a verification failed, [`codes`] what business codes mean and who must act. Below them: [`key`], [`cert`], [`sign`],
//! [`cipher`], [`multipart`], [`canonical`], [`form`], [`charset`], [`amount`], [`time`], [`id`], [`http`], [`json`], and
//! [`error`] with the one table of stable codes. [`wire`] is the JSON form that the other languages speak. Dependencies
//! point downwards only.
#![cfg_attr(not(feature = "typescript"), no_std)]
#![cfg_attr(
    not(all(feature = "diagnose", feature = "typed")),
    allow(dead_code, reason = "some helpers serve only these")
)]
#![forbid(unsafe_code)]
// Whatever comes in: no panic, no wrong number. `assert!` is not used either.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::get_unwrap,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::unimplemented,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::float_arithmetic,
    clippy::mem_forget,
    clippy::exit,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::dbg_macro
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

pub mod amount;
pub mod api;
pub mod canonical;
pub mod cert;
pub mod charset;
pub mod cipher;
pub mod codes;
#[cfg(feature = "diagnose")]
pub mod diagnose;
pub mod envelope;
pub mod error;
pub mod form;
pub mod http;
pub mod id;
pub mod json;
pub mod key;
pub mod merchant;
pub mod multipart;
pub mod notify;
pub mod payment;
pub mod sign;
pub mod time;
pub mod v3;
#[cfg(feature = "serde")]
pub mod wire;

pub use crate::{
    amount::Amount,
    error::{Error, ErrorCode, Fault},
    merchant::Merchant,
    payment::Payment,
    time::Timestamp,
};
