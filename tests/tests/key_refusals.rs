//! What is no key, or not the right one, is refused with a stable code, and never with a panic.

use alipay_core::{
    ErrorCode,
    key::{PrivateKey, PublicKey},
    sign::aws::AwsSigner,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::openssl::Workshop;

fn private_code(input: impl AsRef<[u8]>) -> ErrorCode {
    PrivateKey::parse(input)
        .expect_err("refused as a private key")
        .code()
}

fn public_code(input: impl AsRef<[u8]>) -> ErrorCode {
    PublicKey::parse(input)
        .expect_err("refused as a public key")
        .code()
}

/// The same DER as PEM under `label`, as DER and as bare base64.
fn forms(label: &str, der: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let base64 = STANDARD.encode(der);
    let pem = format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n");
    [
        ("PEM", pem.into_bytes()),
        ("DER", der.to_vec()),
        ("base64", base64.into_bytes()),
    ]
}

#[test]
fn what_is_not_a_key_is_unreadable() {
    let inputs: [&[u8]; 18] = [
        b"",
        b" \r\n\t",
        b"\xef\xbb\xbf",
        b"hello",
        b"MIIB",
        b"0",
        b"\x30",
        b"\x30\x80",
        b"\x30\x82\xff\xff",
        b"\x30\x82\x00\x00",
        b"\xff\xfe-\0-\0-\0-\0-\0",
        "应用私钥".as_bytes(),
        b"-----BEGIN PRIVATE KEY-----",
        b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
        b"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----",
        b"-----BEGIN ",
        b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ alipay",
        b"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
    ];
    for input in inputs {
        let shown = String::from_utf8_lossy(input);
        assert_eq!(private_code(input), ErrorCode::KeyUnreadable, "{shown:?}");
        assert_eq!(public_code(input), ErrorCode::KeyUnreadable, "{shown:?}");
    }
}

#[test]
fn a_truncated_key_is_unreadable() {
    let workshop = Workshop::new();
    let pem = workshop.rsa_key("key", 2048);
    let der = workshop.openssl("rsa -in key -traditional -outform DER");
    for cut in [1, 2, 100, der.len() - 5] {
        let base64 = STANDARD.encode(&der[..der.len() - cut]);
        assert_eq!(
            private_code(&der[..der.len() - cut]),
            ErrorCode::KeyUnreadable,
            "DER cut by {cut}"
        );
        assert_eq!(
            private_code(&base64),
            ErrorCode::KeyUnreadable,
            "base64 cut by {cut}"
        );
    }
    assert_eq!(private_code(&pem[..pem.len() / 2]), ErrorCode::KeyUnreadable);
    assert_eq!(
        private_code([&der[..], &[0]].concat()),
        ErrorCode::KeyUnreadable,
        "trailing byte"
    );
}

#[test]
fn keys_of_other_kinds_are_not_rsa() {
    let workshop = Workshop::new();
    let mut judged = 0;
    for (name, options) in [
        ("P-256", "EC -pkeyopt ec_paramgen_curve:P-256"),
        ("P-521", "EC -pkeyopt ec_paramgen_curve:P-521"),
        ("SM2", "SM2"),
        ("Ed25519", "ED25519"),
        ("PSS", "RSA-PSS -pkeyopt rsa_keygen_bits:2048"),
    ] {
        workshop.openssl(&format!("genpkey -quiet -algorithm {options} -out key"));
        let private = workshop.openssl("pkcs8 -topk8 -nocrypt -in key -outform DER");
        let public = workshop.openssl("pkey -in key -pubout -outform DER");
        for (form, input) in forms("PRIVATE KEY", &private) {
            assert_eq!(private_code(input), ErrorCode::KeyNotRsa, "{name} PKCS#8 {form}");
            judged += 1;
        }
        for (form, input) in forms("PUBLIC KEY", &public) {
            assert_eq!(public_code(input), ErrorCode::KeyNotRsa, "{name} SPKI {form}");
            judged += 1;
        }
        workshop.openssl("req -x509 -new -key key -subj /CN=test -days 30 -out certificate");
        let certificate = workshop.openssl("x509 -in certificate -outform DER");
        for (form, input) in forms("CERTIFICATE", &certificate) {
            assert_eq!(
                public_code(input),
                ErrorCode::KeyNotRsa,
                "{name} certificate {form}"
            );
            judged += 1;
        }
    }
    assert_eq!(judged, 45);
}

#[test]
fn ec_keys_of_the_old_format_are_not_rsa() {
    let workshop = Workshop::new();
    // With its parameters in front, as `openssl ecparam -genkey` writes it.
    let pem = workshop.openssl("ecparam -name prime256v1 -genkey");
    assert!(pem.starts_with(b"-----BEGIN EC PARAMETERS-----"));
    assert_eq!(private_code(&pem), ErrorCode::KeyNotRsa);
    workshop.write("key", &pem);
    for curve in ["prime256v1", "secp521r1"] {
        workshop.openssl(&format!("ecparam -name {curve} -genkey -noout -out key"));
        for (form, input) in forms("EC PRIVATE KEY", &workshop.openssl("ec -in key -outform DER")) {
            assert_eq!(private_code(input), ErrorCode::KeyNotRsa, "{curve} SEC1 {form}");
        }
    }
}

#[test]
fn a_private_key_with_a_passphrase_says_so() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    for cipher in ["aes-256-cbc", "des3"] {
        let der = workshop.openssl(&format!(
            "pkcs8 -topk8 -v2 {cipher} -passout pass:secret -in key -outform DER"
        ));
        for (form, input) in forms("ENCRYPTED PRIVATE KEY", &der) {
            assert_eq!(private_code(input), ErrorCode::KeyEncrypted, "{cipher} {form}");
        }
        // Under the wrong label, too.
        let [(_, pem), ..] = forms("PRIVATE KEY", &der);
        assert_eq!(private_code(pem), ErrorCode::KeyEncrypted);
        let pem = workshop.openssl(&format!(
            "rsa -{cipher} -traditional -passout pass:secret -in key"
        ));
        let pem = String::from_utf8(pem).unwrap();
        assert!(pem.contains("Proc-Type: 4,ENCRYPTED"));
        assert_eq!(private_code(&pem), ErrorCode::KeyEncrypted);
        assert_eq!(private_code(pem.replace('\n', "\r\n")), ErrorCode::KeyEncrypted);
        assert_eq!(private_code(pem.replace('\n', "\\n")), ErrorCode::KeyEncrypted);
        assert_eq!(public_code(&pem), ErrorCode::KeyEncrypted);
    }
}

#[test]
fn a_swap_of_private_and_public_is_named() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    workshop.openssl("req -x509 -new -key key -subj /CN=test -days 30 -out certificate");
    for (label, command) in [
        ("PRIVATE KEY", "pkcs8 -topk8 -nocrypt -in key -outform DER"),
        ("RSA PRIVATE KEY", "rsa -in key -traditional -outform DER"),
    ] {
        for (form, input) in forms(label, &workshop.openssl(command)) {
            assert_eq!(public_code(input), ErrorCode::KeyIsPrivate, "{label} {form}");
        }
    }
    for (label, command) in [
        ("PUBLIC KEY", "pkey -in key -pubout -outform DER"),
        ("RSA PUBLIC KEY", "rsa -in key -RSAPublicKey_out -outform DER"),
        ("CERTIFICATE", "x509 -in certificate -outform DER"),
    ] {
        for (form, input) in forms(label, &workshop.openssl(command)) {
            assert_eq!(private_code(input), ErrorCode::KeyIsPublic, "{label} {form}");
        }
    }
}

#[test]
fn sizes_below_1024_and_above_4096_bits_are_refused() {
    let workshop = Workshop::new();
    for bits in [512, 768, 1023] {
        workshop.rsa_key("key", bits);
        for (form, input) in forms(
            "PRIVATE KEY",
            &workshop.openssl("pkcs8 -topk8 -nocrypt -in key -outform DER"),
        ) {
            assert_eq!(
                private_code(input),
                ErrorCode::KeyTooShort,
                "{bits} PKCS#8 {form}"
            );
        }
        for (form, input) in forms(
            "RSA PRIVATE KEY",
            &workshop.openssl("rsa -in key -traditional -outform DER"),
        ) {
            assert_eq!(
                private_code(input),
                ErrorCode::KeyTooShort,
                "{bits} PKCS#1 {form}"
            );
        }
        for (form, input) in forms(
            "PUBLIC KEY",
            &workshop.openssl("pkey -in key -pubout -outform DER"),
        ) {
            assert_eq!(public_code(input), ErrorCode::KeyTooShort, "{bits} SPKI {form}");
        }
        for (form, input) in forms(
            "RSA PUBLIC KEY",
            &workshop.openssl("rsa -in key -RSAPublicKey_out -outform DER"),
        ) {
            assert_eq!(
                public_code(input),
                ErrorCode::KeyTooShort,
                "{bits} PKCS#1 public {form}"
            );
        }
    }
    // A real key of 4097 bits or more takes long to make; a public one is only a number.
    for digits in [1025, 2048, 1 << 14] {
        let modulus = format!("1{}", "f".repeat(digits - 1));
        let der = workshop.integers(&[modulus, "10001".into()]);
        for (form, input) in forms("RSA PUBLIC KEY", &der) {
            assert_eq!(
                public_code(input),
                ErrorCode::KeyTooLong,
                "{digits} digits, {form}"
            );
        }
    }
    let der = workshop.integers(&[format!("80{}01", "0".repeat(1020)), "10001".into()]);
    assert_eq!(
        PublicKey::parse(der).unwrap().bits(),
        4096,
        "4096 bits are the limit"
    );
}

#[test]
fn a_private_key_of_5120_bits_is_refused_before_its_numbers_are_checked() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    let mut numbers = workshop.private_numbers("key");
    numbers[1] = "f".repeat(1280);
    assert_eq!(private_code(workshop.integers(&numbers)), ErrorCode::KeyTooLong);
}

#[test]
fn absurd_exponents_are_refused() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    let numbers = workshop.private_numbers("key");
    let exponents = [
        ("0", "zero"),
        ("1", "one"),
        ("2", "two"),
        ("10000", "even"),
        ("200000001", "2^33+1"),
        ("8000000000000001", "huge"),
        (&numbers[1][..500], "as long as the modulus"),
    ];
    for (exponent, name) in exponents {
        let der = workshop.integers(&[numbers[1].clone(), exponent.into()]);
        assert_eq!(public_code(&der), ErrorCode::KeyExponent, "{name}");
        let mut numbers = numbers.clone();
        numbers[2] = exponent.into();
        assert_eq!(
            private_code(workshop.integers(&numbers)),
            ErrorCode::KeyExponent,
            "{name}"
        );
    }
    for exponent in ["3", "11", "10001", "1ffffffff"] {
        let der = workshop.integers(&[numbers[1].clone(), exponent.into()]);
        let key = PublicKey::parse(der).unwrap();
        assert!(key.verifier().is_ok(), "{exponent}");
    }
}

#[test]
fn an_even_or_negative_modulus_is_refused() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    let mut modulus = workshop.private_numbers("key").remove(1);
    modulus.pop();
    modulus.push('2');
    let der = workshop.integers(&[modulus.clone(), "10001".into()]);
    assert_eq!(public_code(der), ErrorCode::KeyInconsistent);
    let der = workshop.integers(&[format!("-{modulus}"), "10001".into()]);
    assert_eq!(public_code(der), ErrorCode::KeyUnreadable);
}

/// Every one of the eight numbers is looked at, the CRT ones too: a backend that uses them would make a signature that
/// gives the factors away.
#[test]
fn numbers_that_do_not_belong_together_are_inconsistent() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    let numbers = workshop.private_numbers("key");
    assert!(
        PrivateKey::parse(workshop.integers(&numbers)).is_ok(),
        "untouched"
    );
    let mut failures = Vec::new();
    for (at, name) in [
        (1, "n"),
        (3, "d"),
        (4, "p"),
        (5, "q"),
        (6, "dp"),
        (7, "dq"),
        (8, "qinv"),
    ] {
        for (change, place) in [
            ("last digit", numbers[at].len() - 1),
            ("middle digit", numbers[at].len() / 2),
        ] {
            let mut numbers = numbers.clone();
            let old = &numbers[at][place..=place];
            // By two, so that what was odd stays odd.
            let new = u8::from_str_radix(old, 16).unwrap() ^ 2;
            numbers[at].replace_range(place..=place, &format!("{new:X}"));
            match PrivateKey::parse(workshop.integers(&numbers)) {
                Ok(key) => failures.push(format!(
                    "{name}, {change}: accepted (AWS-LC: {:?})",
                    AwsSigner::new(&key).err().map(|error| error.code())
                )),
                Err(error) if error.code() != ErrorCode::KeyInconsistent => {
                    failures.push(format!("{name}, {change}: {error}"));
                }
                Err(_) => {}
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn zero_one_and_equal_primes_do_not_panic() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    let numbers = workshop.private_numbers("key");
    for (p, q) in [
        ("0".to_owned(), "0".to_owned()),
        ("1".into(), numbers[1].clone()),
        (numbers[1].clone(), "1".into()),
        (numbers[4].clone(), numbers[4].clone()),
        ("2".into(), numbers[5].clone()),
    ] {
        let mut numbers = numbers.clone();
        (numbers[4], numbers[5]) = (p, q);
        assert_eq!(
            private_code(workshop.integers(&numbers)),
            ErrorCode::KeyInconsistent
        );
    }
    let mut numbers = numbers;
    numbers[3] = "0".into();
    assert_eq!(
        private_code(workshop.integers(&numbers)),
        ErrorCode::KeyInconsistent
    );
}

#[test]
fn a_key_of_three_primes_is_refused() {
    let workshop = Workshop::new();
    workshop.openssl(
        "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 -out key",
    );
    assert!(PrivateKey::parse(workshop.read("key")).is_err());
}
