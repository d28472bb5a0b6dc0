//! Keys that are none: a verifier that believes what a test says it should, and remembers what it believed.

use alipay_core::{
    Error, ErrorCode, Merchant,
    charset::Charset,
    key::PublicKey,
    merchant::MerchantBuilder,
    sign::{SignType, Signer, Verifier},
};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// The application of every merchant here.
pub(crate) const APP_ID: &str = "2014072300007148";

/// A key that is only there because a merchant has one.
pub(crate) static KEY: LazyLock<PublicKey> = LazyLock::new(|| {
    PublicKey::parse(include_str!("../../tests/keys/alipay_public_key.pem")).expect("a test key")
});

/// What the verifier was asked.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Which question is answered with yes, counted from 1; 0 is none.
    believes: u32,
    asked: u32,
    /// The message that was believed.
    pub(crate) believed: Option<(SignType, Vec<u8>)>,
}

static SEEN: Mutex<Seen> = Mutex::new(Seen {
    believes: 0,
    asked: 0,
    believed: None,
});

/// A panic elsewhere leaves nothing half-done in it.
fn lock() -> MutexGuard<'static, Seen> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on the question of this number is answered with yes (0: none is).
pub(crate) fn believe(question: u32) {
    *lock() = Seen {
        believes: question,
        ..Seen::default()
    };
}

/// What was believed since.
pub(crate) fn believed() -> Option<(SignType, Vec<u8>)> {
    lock().believed.take()
}

#[derive(Debug)]
struct Witness;

impl Verifier for Witness {
    fn verify(&self, sign_type: SignType, message: &[u8], _: &[u8]) -> Result<(), Error> {
        let mut seen = lock();
        seen.asked += 1;
        if seen.asked != seen.believes {
            return Err(ErrorCode::SignatureInvalid.into());
        }
        seen.believed = Some((sign_type, message.to_vec()));
        Ok(())
    }
}

/// A keyed checksum of the message, so that "signed" means these bytes.
#[derive(Debug)]
pub(crate) struct Checksum;

impl Signer for Checksum {
    fn sign(&self, _: SignType, message: &[u8]) -> Result<Vec<u8>, Error> {
        use sha2::{Digest as _, Sha256};
        // As long as RSA-1024's, the shortest that the core takes.
        Ok(Sha256::digest(message).repeat(4))
    }
}

fn builder() -> MerchantBuilder {
    Merchant::builder(APP_ID, KEY.clone())
        .verifier(Arc::new(Witness))
        .signer(Arc::new(Checksum))
}

/// One merchant for each charset and algorithm.
static MERCHANTS: LazyLock<Vec<Arc<Merchant>>> = LazyLock::new(|| {
    let of = |charset: &Charset| {
        [SignType::Rsa2, SignType::Rsa].map(|sign_type| {
            let builder = builder().charset(*charset).sign_type(sign_type);
            Arc::new(builder.build().expect("a merchant in order"))
        })
    };
    Charset::ALL.iter().flat_map(of).collect()
});

/// The merchant that these bits choose: two of them the charset, one the algorithm.
pub(crate) fn merchant(bits: u8) -> Arc<Merchant> {
    Arc::clone(&MERCHANTS[usize::from(bits) % MERCHANTS.len()])
}

/// UTF-8 and RSA2.
pub(crate) const USUAL: u8 = 0;
