//! Compilers for other machines than this one, got where they are missing.

pub(crate) mod wasm;
