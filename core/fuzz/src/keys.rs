//! Keys in every format: within bounds, and the same when they are written and read again.

use super::budget::within;
use alipay_core::{
    ErrorCode,
    key::{PrivateKey, PrivateKeyFormat, PublicKey},
    sign::{SignType, Signer as _, Verifier as _, pure::PureSigner, pure::PureVerifier},
};

/// A certificate of at most 16 KB, which parsed may take thirty times that; the arithmetic on numbers of at most 4,096 bits.
pub(super) const CONSTANT: usize = 16 * 1024 * (30 - 16) + 32 * 1024;

pub(super) fn run(input: &[u8]) {
    let public = within(input.len(), CONSTANT, || PublicKey::parse(input));
    let private = within(input.len(), CONSTANT, || PrivateKey::parse(input));
    match (&public, &private) {
        (Ok(_), Ok(_)) => panic!("both a public and a private key"),
        (Ok(_), Err(error)) => assert_eq!(error.code(), ErrorCode::KeyIsPublic),
        (Err(error), Ok(_)) => assert_eq!(error.code(), ErrorCode::KeyIsPrivate),
        (Err(_), Err(_)) => {}
    }
    if let Ok(key) = &public {
        check_public(key);
    }
    if let Ok(key) = &private {
        check_private(key);
    }
}

fn check_public(key: &PublicKey) {
    assert!((1024..=4096).contains(&key.bits()));
    assert_eq!(key.signature_len(), key.bits().div_ceil(8));
    assert_eq!(key.is_weak(), key.bits() < 2048);
    let (pem, base64) = (key.to_pem(), key.to_base64());
    let (pem, base64) = (pem.expect("as documented"), base64.expect("as documented"));
    for again in [pem.as_bytes(), base64.as_bytes(), key.to_pkcs1_der()] {
        assert_eq!(
            PublicKey::parse(again).as_ref(),
            Ok(key),
            "another key when read again"
        );
    }
    // Whatever the key is, this is no signature of it, and saying so needs no panic.
    if let Ok(verifier) = PureVerifier::new(key) {
        assert!(
            verifier
                .verify(SignType::Rsa2, b"message", &vec![0xff; key.signature_len()])
                .is_err()
        );
    }
}

fn check_private(key: &PrivateKey) {
    check_public(key.public_key());
    for format in [PrivateKeyFormat::Pkcs1, PrivateKeyFormat::Pkcs8] {
        let pem = key.to_pem(format).expect("as documented");
        let again = PrivateKey::parse(pem.as_bytes()).expect("what we wrote");
        assert_eq!(
            again.to_pkcs1_der(),
            key.to_pkcs1_der(),
            "another key when read again"
        );
    }
    // A key that was accepted signs, and its public half verifies that.
    let signature = PureSigner::new(key)
        .sign(SignType::Rsa2, b"message")
        .expect("a key that signs");
    let verifier = PureVerifier::new(key.public_key()).expect("its public half");
    assert_eq!(verifier.verify(SignType::Rsa2, b"message", &signature), Ok(()));
    assert_eq!(
        format!("{key:?}"),
        format!("PrivateKey({} bits)", key.public_key().bits())
    );
}
