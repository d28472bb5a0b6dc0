//! The two signing backends side by side: whatever one says, the other must say too.

use alipay_core::{
    ErrorCode,
    key::PublicKey,
    sign::{SignType, Verifier, aws::AwsVerifier, pure::PureVerifier},
};

/// Both verifiers of one public key.
#[derive(Debug)]
pub struct BothVerifiers {
    pure: PureVerifier,
    aws: AwsVerifier,
}

impl BothVerifiers {
    /// The verifiers for `key`.
    ///
    /// # Panics
    /// If a backend refuses a key that the core accepted.
    #[must_use]
    pub fn new(key: &PublicKey) -> Self {
        Self {
            pure: PureVerifier::new(key).expect("the rsa crate takes every key that was parsed"),
            aws: AwsVerifier::new(key).expect("AWS-LC takes every key that was parsed"),
        }
    }

    /// Whether the signature is accepted.
    ///
    /// # Panics
    /// If the backends disagree, or refuse with another code than `signature_invalid`.
    #[must_use]
    pub fn accept(&self, sign_type: SignType, message: &[u8], signature: &[u8]) -> bool {
        let [pure, aws] = [&self.pure as &dyn Verifier, &self.aws].map(|verifier| {
            match verifier.verify(sign_type, message, signature) {
                Ok(()) => true,
                Err(error) => {
                    assert_eq!(error.code(), ErrorCode::SignatureInvalid);
                    false
                }
            }
        });
        assert_eq!(
            pure, aws,
            "the backends disagree (pure, aws-lc) on a {sign_type:?} signature"
        );
        pure
    }
}
