//! Compilers that rustup does not bring: found on the machine, or got once and kept in the cache.

pub(crate) mod swift;
