//! Keys: what one is, and new ones.

use crate::{NativeError, error::guard};
use alipay_core::{ErrorCode, key::PrivateKey, wire};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::fmt;
use zeroize::Zeroizing;

/// What a key is. Of a private key: its public half.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeyInfo {
    /// The modulus's length.
    pub bits: u32,
    /// Whether it has fewer than 2048 bits.
    pub weak: bool,
    /// The public key as Alipay's console takes it: base64 of the SPKI, on one line.
    pub public_key: String,
}

impl From<wire::KeyInfo> for KeyInfo {
    fn from(info: wire::KeyInfo) -> Self {
        let wire::KeyInfo {
            bits,
            weak,
            public_key,
        } = info;
        Self {
            bits,
            weak,
            public_key,
        }
    }
}

/// A new key pair.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct KeyPair {
    /// PKCS#8 as PEM. A secret.
    pub private_key: String,
    /// What to paste into Alipay's console: base64 of the SPKI, on one line.
    pub public_key: String,
}

impl From<wire::KeyPair> for KeyPair {
    fn from(pair: wire::KeyPair) -> Self {
        let wire::KeyPair {
            private_key,
            public_key,
        } = pair;
        Self {
            private_key: private_key.to_string(),
            public_key,
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

/// Reads a private key in any accepted format: PEM or base64 text, or DER.
#[uniffi::export]
pub fn inspect_private_key(key: Vec<u8>) -> Result<KeyInfo, NativeError> {
    let key = Zeroizing::new(key);
    guard(|| wire::KeyInfo::of_private(&key).map(Into::into))
}

/// Reads a public key or a certificate in any accepted format: PEM or base64 text, or DER.
#[uniffi::export]
pub fn inspect_public_key(key: Vec<u8>) -> Result<KeyInfo, NativeError> {
    guard(|| wire::KeyInfo::of_public(&key).map(Into::into))
}

/// A new key pair of 2048, 3072 or 4096 bits, from the operating system's random source. Takes a second or more.
#[uniffi::export]
pub fn generate_key_pair(bits: u32) -> Result<KeyPair, NativeError> {
    guard(|| {
        let bits = usize::try_from(bits).map_err(|_| ErrorCode::KeygenBits)?;
        // A system without a random source panics here, which the guard turns into `internal`.
        let key = PrivateKey::generate(&mut UnwrapErr(SysRng), bits)?;
        wire::KeyPair::of(&key).map(Into::into)
    })
}
