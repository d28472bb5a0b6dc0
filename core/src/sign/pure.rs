//! The pure-Rust backend: the `rsa` crate. Works on every target and with every accepted key.
//!
//! The core draws no randomness, so private operations are not blinded; they rest on the constant-time arithmetic
//! that `rsa` 0.10 brought (RUSTSEC-2023-0071 is about 0.9).

use super::{SignType, Signer, Verifier};
use crate::{
    error::{Error, ErrorCode},
    key::{PrivateKey, PublicKey},
};
use alloc::vec::Vec;
use core::fmt;
use rsa::{Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey, pkcs1::DecodeRsaPublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Signs with the `rsa` crate.
#[derive(Clone)]
pub struct PureSigner(RsaPrivateKey);

impl PureSigner {
    /// A signer for `key`.
    #[must_use]
    pub fn new(key: &PrivateKey) -> Self {
        Self(key.rsa().clone())
    }
}

impl Signer for PureSigner {
    fn sign(&self, sign_type: SignType, message: &[u8]) -> Result<Vec<u8>, Error> {
        match sign_type {
            SignType::Rsa2 => self
                .0
                .sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)),
            SignType::Rsa => self.0.sign(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message)),
        }
        .map_err(|_| ErrorCode::SigningFailed.into())
    }
}

impl fmt::Debug for PureSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureSigner(..)")
    }
}

/// Verifies with the `rsa` crate.
#[derive(Clone)]
pub struct PureVerifier(RsaPublicKey);

impl PureVerifier {
    /// A verifier for `key`.
    ///
    /// # Errors
    /// `key_inconsistent` never happens for a key that was parsed.
    pub fn new(key: &PublicKey) -> Result<Self, Error> {
        RsaPublicKey::from_pkcs1_der(key.to_pkcs1_der())
            .map(Self)
            .map_err(|_| ErrorCode::KeyInconsistent.into())
    }
}

impl Verifier for PureVerifier {
    fn verify(&self, sign_type: SignType, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        match sign_type {
            SignType::Rsa2 => {
                self.0
                    .verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature)
            }
            SignType::Rsa => self
                .0
                .verify(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message), signature),
        }
        .map_err(|_| ErrorCode::SignatureInvalid.into())
    }
}

impl fmt::Debug for PureVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureVerifier(..)")
    }
}
