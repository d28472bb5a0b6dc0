//! A keyed stand-in for RSA: what it "signs" only it verifies. Not cryptography; it keeps the simulation's time for the
//! machine. One run in a thousand uses real RSA instead.

use alipay_core::{
    Error, ErrorCode,
    sign::{SignType, Signer, Verifier},
};
use std::{collections::hash_map::DefaultHasher, hash::Hasher as _};

/// One of the two parties' keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandIn {
    /// The application's.
    App,
    /// Alipay's.
    Alipay,
}

impl StandIn {
    fn seal(self, message: &[u8]) -> [u8; 8] {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(self as u8);
        hasher.write(message);
        hasher.finish().to_le_bytes()
    }

    /// What stands for a signature: as long as one of RSA-1024, the shortest that the core takes.
    #[must_use]
    pub(crate) fn sign_bytes(self, message: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 128];
        out[..8].copy_from_slice(&self.seal(message));
        out
    }
}

impl Signer for StandIn {
    fn sign(&self, _: SignType, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.sign_bytes(message))
    }
}

impl Verifier for StandIn {
    fn verify(&self, _: SignType, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        if signature.get(..8) == Some(&self.seal(message)[..]) {
            Ok(())
        } else {
            Err(ErrorCode::SignatureInvalid.into())
        }
    }
}
