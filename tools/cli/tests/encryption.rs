//! `alipay encrypt` and `alipay decrypt`, beside openssl's.
#![allow(missing_docs)]

mod support;

use std::{fs, path::Path, process::Command};
use support::{AES_KEY, Shop, aes, alipay, piped, refused, stderr, stdout};

fn cipher(what: &str, key: &Path) -> Command {
    let mut cipher = alipay();
    cipher.arg(what).arg("--encrypt-key").arg(key);
    cipher
}

#[test]
fn both_ways_agree_with_openssl_byte_for_byte() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("aes.key");
    fs::write(&key, format!("{AES_KEY}\n")).unwrap();
    let file = directory.path().join("text");
    let long = "辣条 🍜\n".repeat(10_000);
    for text in [
        &b""[..],
        b"a\n",
        b"exactly 16 bytes",
        b"\xc0\xb1\xcc\xf5 in GBK",
        long.as_bytes(),
    ] {
        let expected = String::from_utf8(aes("-e", text)).unwrap();
        let encrypted = piped(&mut cipher("encrypt", &key), text);
        assert_eq!(encrypted.status.code(), Some(0), "{}", stderr(&encrypted));
        assert_eq!(stdout(&encrypted), format!("{expected}\n"));
        fs::write(&file, text).unwrap();
        let of_file = cipher("encrypt", &key).arg("--in").arg(&file).output().unwrap();
        assert_eq!(of_file.stdout, encrypted.stdout);
        let decrypted = piped(&mut cipher("decrypt", &key), &encrypted.stdout);
        assert_eq!(decrypted.status.code(), Some(0), "{}", stderr(&decrypted));
        assert_eq!(decrypted.stdout, text);
    }
}

#[test]
fn bad_keys_and_other_keys_have_a_stable_code_each_and_no_key_is_printed() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("aes.key");
    for bad in ["", "PLANTED", "UExBTlRFRA==", "\u{ff}"] {
        fs::write(&key, bad).unwrap();
        for what in ["encrypt", "decrypt"] {
            let mut cipher = cipher(what, &key);
            refused(&mut cipher, "content_key");
            let output = cipher.output().unwrap();
            assert!(bad.is_empty() || !stderr(&output).contains(bad));
            assert!(stderr(&output).contains("--encrypt-key"));
        }
    }
    let encrypted = aes("-e", b"text");
    // Another key; and what was never encrypted.
    fs::write(&key, "MDEyMzQ1Njc4OWFiY2RlZg==").unwrap();
    for input in [&encrypted[..], b"", b"not base64!", b"\xff"] {
        let output = piped(&mut cipher("decrypt", &key), input);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("error[decryption_failed]: "));
        assert!(output.stdout.is_empty());
    }
    // The key is not taken for an empty text after it.
    let output = piped(&mut cipher("encrypt", Path::new("-")), AES_KEY.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[stdin_twice]: ") && output.stdout.is_empty());
    assert!(!stderr(&output).contains(AES_KEY));
    // Nor is it printed where a file is expected.
    let mut astray = cipher("encrypt", Path::new(AES_KEY));
    refused(&mut astray, "content_key");
    assert!(!stderr(&astray.output().unwrap()).contains(AES_KEY));

    let shop = Shop::open(20);
    fs::write(&key, "PLANTED").unwrap();
    let mut call = shop.alipay("call");
    call.args(["alipay.trade.query", "--biz", "{}", "--encrypt-key"])
        .arg(&key);
    refused(&mut call, "content_key");
}
