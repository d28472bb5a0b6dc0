//! Project Wycheproof's RSASSA-PKCS1-v1_5 verification sets on both backends.
//!
//! Every "valid" signature is accepted and every "invalid" one refused. Each set has one "acceptable" signature, with the
//! flag `MissingNull`: its DigestInfo lacks the NULL parameters, which RFC 8017 (appendix A.2.4, note 2) lets a
//! verifier accept and forbids a signer to make. Alipay never makes it, so **both backends refuse it**, and so must
//! every other language's: one encoding per digest leaves nothing to forge with.
//!
//! The sets with SHA-1 do not exist in Wycheproof; `paddings.rs` mirrors their categories.

use alipay_core::{ErrorCode, key::PublicKey, sign::SignType};
use conformance::backends::BothVerifiers;
use wycheproof::{
    TestResult,
    rsa_pkcs1_verify::{TestFlag, TestName, TestSet},
};

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    valid: usize,
    invalid: usize,
    acceptable: usize,
    valid_sha1: usize,
}

fn run(name: TestName) -> Counts {
    let set = TestSet::load(name).unwrap();
    let mut counts = Counts::default();
    for group in &set.test_groups {
        let key = PublicKey::parse(&group.pem).unwrap();
        assert_eq!(key.bits(), group.key_size);
        assert_eq!(PublicKey::parse(&group.der[..]).unwrap(), key);
        assert_eq!(PublicKey::parse(&group.asn_key[..]).unwrap(), key);
        let verifiers = BothVerifiers::new(&key);
        for test in &group.tests {
            let accepted = verifiers.accept(SignType::Rsa2, &test.msg, &test.sig);
            let about = format!("{name:?} {}: {} {:?}", test.tc_id, test.comment, test.flags);
            match test.result {
                TestResult::Valid => {
                    assert!(accepted, "{about}");
                    counts.valid += 1;
                }
                TestResult::Invalid => {
                    assert!(!accepted, "{about}");
                    counts.invalid += 1;
                }
                TestResult::Acceptable => {
                    assert_eq!(test.flags, [TestFlag::MissingNull], "{about}: undecided");
                    assert!(!accepted, "{about}");
                    counts.acceptable += 1;
                }
            }
            // Only one signature of each set is right for SHA-1: the one that the set calls wrong for that.
            let is_sha1 = test.comment.contains("hashed with SHA-1 instead");
            let accepted = verifiers.accept(SignType::Rsa, &test.msg, &test.sig);
            assert_eq!(accepted, is_sha1, "{about}");
            counts.valid_sha1 += usize::from(accepted);
        }
    }
    counts
}

#[test]
fn keys_of_2048_bits_verify_as_wycheproof_says() {
    let expected = Counts {
        valid: 9,
        invalid: 249,
        acceptable: 1,
        valid_sha1: 1,
    };
    assert_eq!(run(TestName::Rsa2048Sha256), expected);
}

#[test]
fn keys_of_3072_bits_verify_as_wycheproof_says() {
    let expected = Counts {
        valid: 8,
        invalid: 250,
        acceptable: 1,
        valid_sha1: 1,
    };
    assert_eq!(run(TestName::Rsa3072Sha256), expected);
}

#[test]
fn keys_of_4096_bits_verify_as_wycheproof_says() {
    let expected = Counts {
        valid: 7,
        invalid: 250,
        acceptable: 1,
        valid_sha1: 1,
    };
    assert_eq!(run(TestName::Rsa4096Sha256), expected);
}

/// Alipay has no SHA-384 or SHA-512: a signature with them is refused however valid it is.
#[test]
fn other_hashes_are_refused() {
    let mut refused = 0;
    for name in [
        TestName::Rsa2048Sha224,
        TestName::Rsa2048Sha384,
        TestName::Rsa2048Sha512,
        TestName::Rsa2048Sha512_256,
        TestName::Rsa2048Sha3_256,
    ] {
        let set = TestSet::load(name).unwrap();
        for group in &set.test_groups {
            let verifiers = BothVerifiers::new(&PublicKey::parse(&group.pem).unwrap());
            for test in group.tests.iter().filter(|t| t.result == TestResult::Valid) {
                for sign_type in [SignType::Rsa2, SignType::Rsa] {
                    assert!(!verifiers.accept(sign_type, &test.msg, &test.sig), "{name:?}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused >= 60, "only {refused} signatures");
}

#[test]
fn keys_of_8192_bits_are_refused_before_any_arithmetic() {
    let mut groups = 0;
    for name in [
        TestName::Rsa8192Sha256,
        TestName::Rsa8192Sha384,
        TestName::Rsa8192Sha512,
    ] {
        for group in &TestSet::load(name).unwrap().test_groups {
            for key in [group.pem.as_bytes(), &group.der, &group.asn_key] {
                let error = PublicKey::parse(key).unwrap_err();
                assert_eq!(error.code(), ErrorCode::KeyTooLong);
            }
            groups += 1;
        }
    }
    assert!(groups >= 3, "only {groups} groups");
}
