//! Signing and verification: two traits, and the backends that implement them.
//!
//! Both backends give identical bytes, since RSASSA-PKCS1-v1_5 is deterministic. A key may also live where this
//! process can't read it; then nothing here signs, and the host does (see `Output::Sign` and `Prepared`).

#[cfg(feature = "aws-lc-rs")]
pub mod aws;
pub mod pure;

use crate::{
    error::{Error, ErrorCode},
    key::{PrivateKey, PublicKey},
};
use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use core::{fmt, str::FromStr};

/// The signature algorithm, by Alipay's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SignType {
    /// `RSA2`: RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    Rsa2,
    /// `RSA`: RSASSA-PKCS1-v1_5 with SHA-1, for applications that have not moved yet.
    Rsa,
}

impl SignType {
    /// `RSA2` or `RSA`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa2 => "RSA2",
            Self::Rsa => "RSA",
        }
    }
}

impl FromStr for SignType {
    type Err = Error;

    /// # Errors
    /// `sign_type`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "RSA2" => Ok(Self::Rsa2),
            "RSA" => Ok(Self::Rsa),
            _ => Err(ErrorCode::SignType.into()),
        }
    }
}

/// Makes RSASSA-PKCS1-v1_5 signatures.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The raw signature over `message`.
    ///
    /// # Errors
    /// `signing_failed`.
    fn sign(&self, sign_type: SignType, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// Checks RSASSA-PKCS1-v1_5 signatures.
pub trait Verifier: fmt::Debug + Send + Sync {
    /// Checks the raw `signature` over `message`.
    ///
    /// # Errors
    /// `signature_invalid`, and nothing about why.
    fn verify(&self, sign_type: SignType, message: &[u8], signature: &[u8]) -> Result<(), Error>;
}

impl PrivateKey {
    /// The fastest signer of this build: AWS-LC where it is compiled in and supports the key, else the `rsa` crate.
    ///
    /// # Errors
    /// `key_inconsistent` if AWS-LC refuses a key that the `rsa` crate accepted.
    pub fn signer(&self) -> Result<Arc<dyn Signer>, Error> {
        #[cfg(feature = "aws-lc-rs")]
        if !self.public_key().is_weak() {
            return Ok(Arc::new(aws::AwsSigner::new(self)?));
        }
        Ok(Arc::new(pure::PureSigner::new(self)))
    }
}

impl PublicKey {
    /// The fastest verifier of this build.
    ///
    /// # Errors
    /// `key_inconsistent` if a backend refuses the key.
    pub fn verifier(&self) -> Result<Arc<dyn Verifier>, Error> {
        #[cfg(feature = "aws-lc-rs")]
        return Ok(Arc::new(aws::AwsVerifier::new(self)?));
        #[cfg(not(feature = "aws-lc-rs"))]
        return Ok(Arc::new(pure::PureVerifier::new(self)?));
    }
}

/// Standard base64 with padding, on one line: how every signature travels.
#[must_use]
pub fn to_base64(signature: &[u8]) -> String {
    STANDARD.encode(signature)
}

/// Reads a signature as it travels. No white space, no missing padding, no other alphabet.
///
/// # Errors
/// `signature_format`.
pub fn from_base64(text: &str) -> Result<Box<[u8]>, Error> {
    match STANDARD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes.into_boxed_slice()),
        _ => Err(ErrorCode::SignatureFormat.into()),
    }
}
