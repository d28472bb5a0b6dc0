//! The AWS-LC backend, for hosts with a C compiler: three to five times faster at signing.
//!
//! AWS-LC signs neither with SHA-1 nor with keys below 2048 bits. The former falls back to the pure backend here; the
//! latter never reach this file.

use super::{SignType, Signer, Verifier, pure::PureSigner};
use crate::{
    error::{Error, ErrorCode},
    key::{PrivateKey, PublicKey},
};
use alloc::{vec, vec::Vec};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{
        ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_SHA256,
    },
};
use core::fmt;

/// Signs with AWS-LC.
pub struct AwsSigner {
    pair: KeyPair,
    legacy: PureSigner,
}

impl AwsSigner {
    /// A signer for `key`, which must have at least 2048 bits.
    ///
    /// # Errors
    /// `key_inconsistent` if AWS-LC refuses the key.
    pub fn new(key: &PrivateKey) -> Result<Self, Error> {
        let pair = KeyPair::from_der(key.to_pkcs1_der()).map_err(|_| ErrorCode::KeyInconsistent)?;
        Ok(Self {
            pair,
            legacy: PureSigner::new(key),
        })
    }
}

impl Signer for AwsSigner {
    fn sign(&self, sign_type: SignType, message: &[u8]) -> Result<Vec<u8>, Error> {
        match sign_type {
            SignType::Rsa2 => {
                let mut signature = vec![0; self.pair.public_modulus_len()];
                // The random source is part of ring's interface; PKCS#1 v1.5 draws nothing from it.
                self.pair
                    .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| ErrorCode::SigningFailed)?;
                Ok(signature)
            }
            SignType::Rsa => self.legacy.sign(sign_type, message),
        }
    }
}

impl fmt::Debug for AwsSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsSigner(..)")
    }
}

/// Verifies with AWS-LC.
pub struct AwsVerifier {
    sha256: ParsedPublicKey,
    sha1: ParsedPublicKey,
}

impl AwsVerifier {
    /// A verifier for `key`.
    ///
    /// # Errors
    /// `key_inconsistent` if AWS-LC refuses the key.
    pub fn new(key: &PublicKey) -> Result<Self, Error> {
        let refused = |_| Error::new(ErrorCode::KeyInconsistent);
        let der = key.to_pkcs1_der();
        Ok(Self {
            sha256: ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, der)
                .map_err(refused)?,
            sha1: ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, der)
                .map_err(refused)?,
        })
    }
}

impl Verifier for AwsVerifier {
    fn verify(&self, sign_type: SignType, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let key = match sign_type {
            SignType::Rsa2 => &self.sha256,
            SignType::Rsa => &self.sha1,
        };
        key.verify_sig(message, signature)
            .map_err(|_| ErrorCode::SignatureInvalid.into())
    }
}

impl fmt::Debug for AwsVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsVerifier(..)")
    }
}
