//! What the conformance tests share: the OpenSSL command line as an oracle, both verifiers side by side, and the
//! readers of the golden vectors.
//!
//! Nothing here computes an expected value with the core: those come from OpenSSL, Node or a document.

pub mod backends;
pub mod exhaustive;
pub mod money;
pub mod openssl;
pub mod vectors;
