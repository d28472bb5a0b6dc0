//! A signer of the host's: a key that another part of the device holds, such as Android's Keystore or the Secure Enclave.

use crate::{NativeError, SignType};
use alipay_core::{
    Error, ErrorCode,
    sign::{SignType as CoreSignType, Signer},
    wire,
};
use std::{fmt, sync::Arc};

/// Signs at once, in the calling thread, with a key that this library never sees. For a key that takes its time (a
/// server, a person's fingerprint), leave the merchant without a key and let the payment ask for the signature.
///
/// Whatever it throws is `signer_failed`. It must not call the payment that it signs for.
#[uniffi::export(foreign)]
pub trait NativeSigner: Send + Sync {
    /// The raw RSASSA-PKCS1-v1_5 signature over `message`.
    fn sign(&self, sign_type: SignType, message: Vec<u8>) -> Result<Vec<u8>, NativeError>;
}

/// The host's signer as the core sees it.
pub(crate) struct Foreign(pub(crate) Arc<dyn NativeSigner>);

impl Signer for Foreign {
    fn sign(&self, sign_type: CoreSignType, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.0
            .sign(wire::SignType::from(sign_type).into(), message.to_vec())
            .map_err(|_| ErrorCode::SignerFailed.into())
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NativeSigner")
    }
}
