//! What a till needs besides the core, for `barcode_payment`: a clock, a store and a transport that keep what `docs/host.md` asks for.
#![allow(missing_docs, reason = "small programs to be read")]

pub mod clock;
pub mod store;
pub mod transport;
