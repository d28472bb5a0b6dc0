//! Compilers that this machine may lack: found on it, or got once and kept in the cache.

pub(crate) mod swift;
pub(crate) mod wasm;
