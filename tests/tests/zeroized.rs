//! Keys and payment codes are wiped before their memory is given back: read in the blocks that are freed, and in the memory
//! of the whole process.
#![allow(missing_docs)]

use alipay_core::{
    Merchant,
    api::TradePayRequest,
    cipher::ContentKey,
    id::AuthCode,
    key::{PrivateKey, PrivateKeyFormat, PublicKey},
    sign::{SignType, Signer, aws::AwsSigner, pure::PureSigner},
    wire::engine,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::openssl::Workshop;
use freed::{Found, Inspector, freed_by, plant};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

#[global_allocator]
static ALLOCATOR: Inspector = Inspector;

/// A key made for one test, and told to the inspector in every shape in which it is handled.
struct Planted {
    pkcs1: Zeroizing<Vec<u8>>,
    pkcs8: Zeroizing<Vec<u8>>,
    /// Its numbers as a key file has them, and the text of such files.
    shapes: Vec<Zeroizing<Vec<u8>>>,
}

fn bytes(hex: &str) -> Zeroizing<Vec<u8>> {
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    let mut bytes = Zeroizing::new(vec![0; hex.len() / 2]);
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0]) << 4 | digit(pair[1]);
    }
    bytes
}

impl Planted {
    fn new() -> Self {
        let workshop = Workshop::new();
        workshop.openssl("genrsa -out key.pem 2048");
        let numbers = workshop.private_numbers("key.pem");
        workshop.openssl("rsa -in key.pem -traditional -outform DER -out 1.der");
        workshop.openssl("pkey -in key.pem -outform DER -out 8.der");
        let [pkcs1, pkcs8] = ["1.der", "8.der"].map(|name| Zeroizing::new(workshop.read(name)));
        let mut shapes: Vec<_> = numbers[3..].iter().map(|number| bytes(number)).collect();
        for number in &shapes {
            // As arithmetic keeps it: words, the lowest first.
            let mut words = number.clone();
            words.reverse();
            plant(&words);
        }
        for der in [&pkcs1, &pkcs8] {
            let secret = der
                .windows(shapes[0].len())
                .position(|part| part == &shapes[0][..])
                .unwrap();
            let text = Zeroizing::new(STANDARD.encode(der));
            shapes.push(Zeroizing::new(text.as_bytes()[secret.div_ceil(3) * 4..].to_vec()));
        }
        for shape in &shapes {
            plant(shape);
        }
        Self { pkcs1, pkcs8, shapes }
    }

    /// The key in every format that is read.
    fn files(&self) -> Vec<(&'static str, Zeroizing<Vec<u8>>)> {
        let base64 = |der: &[u8]| Zeroizing::new(STANDARD.encode(der).into_bytes());
        vec![
            ("PKCS#1", self.pkcs1.clone()),
            ("PKCS#8", self.pkcs8.clone()),
            ("PKCS#1 in PEM", pem("RSA PRIVATE KEY", &self.pkcs1, "\n")),
            ("PKCS#8 in PEM", pem("PRIVATE KEY", &self.pkcs8, "\n")),
            ("PEM with CRLF", pem("PRIVATE KEY", &self.pkcs8, "\r\n")),
            (
                "PEM with its line breaks written out",
                pem("PRIVATE KEY", &self.pkcs8, "\\n"),
            ),
            (
                "PEM with CRLF written out",
                pem("PRIVATE KEY", &self.pkcs8, "\\r\\n"),
            ),
            ("PKCS#1 in base64", base64(&self.pkcs1)),
            ("PKCS#8 in base64", base64(&self.pkcs8)),
        ]
    }
}

fn pem(label: &str, der: &[u8], end: &str) -> Zeroizing<Vec<u8>> {
    let text = Zeroizing::new(STANDARD.encode(der));
    let mut out = Zeroizing::new(Vec::with_capacity(2 * text.len()));
    out.extend(format!("-----BEGIN {label}-----{end}").bytes());
    for line in text.as_bytes().chunks(64) {
        out.extend(line);
        out.extend(end.bytes());
    }
    out.extend(format!("-----END {label}-----{end}").bytes());
    out
}

/// What of it is not a library's. The `rsa` crate's arithmetic leaves copies of a key's numbers: docs/money-safety.md says so.
fn ours<'a>(what: &str, found: &'a [Found]) -> Vec<&'a Found> {
    let mut by_owner: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for found in found {
        let (blocks, held) = by_owner.entry(found.owner().unwrap_or("nobody")).or_default();
        *blocks += 1;
        *held += found.held;
    }
    println!("{what}: (blocks, bytes) by owner: {by_owner:?}");
    let library = |found: &&Found| matches!(found.owner(), Some("rsa" | "crypto_bigint"));
    found.iter().filter(|found| !library(found)).collect()
}

#[track_caller]
fn wiped(what: &str, act: impl FnOnce()) {
    let found = freed_by(act);
    assert!(ours(what, &found).is_empty(), "{what}: {:#?}", ours(what, &found));
}

#[test]
fn a_block_that_is_freed_with_a_key_in_it_is_found() {
    let planted = Planted::new();
    let found = freed_by(|| drop(planted.pkcs1.to_vec()));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].size, found[0].owner()),
        (planted.pkcs1.len(), Some("zeroized"))
    );
    assert!(found[0].held > 800, "{}", found[0].held);
    // The tail of a number is enough, and a growing block is looked at as well.
    let tail = |growing: &mut Vec<u8>| growing.extend(&planted.shapes[1][100..]);
    let found = freed_by(|| {
        let mut growing = Vec::with_capacity(32);
        tail(&mut growing);
        growing.resize(1000, 0);
        growing.fill(0);
    });
    assert_eq!(found.len(), 1);
}

#[test]
fn reading_and_dropping_a_private_key_leaves_nothing_of_it_in_what_the_core_frees() {
    let planted = Planted::new();
    for (what, file) in planted.files() {
        wiped(what, || drop(PrivateKey::parse(&file[..]).unwrap()));
        wiped("taken for a public key", || {
            assert!(PublicKey::parse(&file[..]).is_err());
        });
        // A typing error near the end: all the rest has been read by then.
        let mut spoilt = file.clone();
        let near_end = spoilt.len() - 60;
        spoilt[near_end] = b'!';
        wiped("spoilt", || assert!(PrivateKey::parse(&spoilt[..]).is_err()));
        let cut = &file[..file.len() - 60];
        wiped("cut", || assert!(PrivateKey::parse(cut).is_err()));
    }
}

#[test]
fn signing_leaves_nothing_of_the_key_in_what_the_core_frees() {
    let planted = Planted::new();
    let alipay = PublicKey::parse(include_bytes!("../vectors/keys/alipay_2048_certificate.pem")).unwrap();
    let parse = || PrivateKey::parse(&planted.pkcs8[..]).unwrap();
    for sign_type in [SignType::Rsa2, SignType::Rsa] {
        wiped("the rsa crate's signer", || {
            drop(PureSigner::new(&parse()).sign(sign_type, b"message").unwrap());
        });
        wiped("AWS-LC's signer", || {
            drop(
                AwsSigner::new(&parse())
                    .unwrap()
                    .sign(sign_type, b"message")
                    .unwrap(),
            );
        });
        wiped("a merchant", || {
            let merchant = Merchant::builder("2014072300007148", alipay.clone())
                .private_key(parse())
                .build()
                .unwrap();
            let copy = merchant.clone();
            drop(merchant);
            copy.sign(b"message", sign_type).unwrap();
        });
    }
    for format in [PrivateKeyFormat::Pkcs1, PrivateKeyFormat::Pkcs8] {
        wiped("a key that is written", || drop(parse().to_pem(format).unwrap()));
    }
}

/// JSON with the text as a string, as most writers write it and as PHP does (`\/`).
fn json_strings(text: &str) -> [Zeroizing<String>; 2] {
    let plain = Zeroizing::new(serde_json::to_string(text).unwrap());
    let php = Zeroizing::new(plain.replace('/', "\\/"));
    [plain, php]
}

#[test]
fn options_and_operations_as_json_leave_no_key_in_what_the_core_frees() {
    let planted = Planted::new();
    let aes = "c2VjcmV0IGtleSAvLy8vLw==";
    plant(aes.as_bytes());
    plant(&STANDARD.decode(aes).unwrap());
    let alipay = include_str!("../vectors/keys/alipay_2048_certificate.pem");
    let text = |file: &[u8]| Zeroizing::new(String::from_utf8(file.to_vec()).unwrap());
    for key in [
        pem("PRIVATE KEY", &planted.pkcs8, "\n"),
        pem("RSA PRIVATE KEY", &planted.pkcs1, "\r\n"),
    ] {
        for (key, aes) in json_strings(&text(&key)).iter().zip(&json_strings(aes)) {
            let options = Zeroizing::new(format!(
                r#"{{"appId":"2014072300007148","alipayPublicKey":{},"privateKey":{},"encryptKey":{}}}"#,
                serde_json::to_string(alipay).unwrap(),
                &**key,
                &**aes
            ));
            wiped("options", || drop(engine::Merchant::new(&options).unwrap()));
            let unknown = Zeroizing::new(options.replace("appId", "appid"));
            wiped("options with a mistake", || {
                assert!(engine::Merchant::new(&unknown).is_err());
            });
            let input = Zeroizing::new(format!(r#"{{"encryptKey":{},"text":"a"}}"#, &**aes));
            wiped("an operation", || {
                drop(engine::invoke("encrypt", &input).unwrap());
            });
        }
        wiped("inspecting", || drop(engine::inspect_private_key(&key).unwrap()));
    }
}

#[test]
fn an_aes_key_and_a_payment_code_leave_nothing_in_what_the_core_frees() {
    let aes = "a25vd24gb25seSB0byB1cw==";
    plant(aes.as_bytes());
    plant(&STANDARD.decode(aes).unwrap());
    wiped("an AES key", || {
        let key = ContentKey::parse(aes).unwrap();
        let copy = key.clone();
        drop(key);
        assert_eq!(copy.decrypt(&copy.encrypt(b"content")).unwrap(), b"content");
    });
    for unfit in ["a25vd24gb25seSB0byB1cw=!", "a25vd24gb25seSB0byB1c3Nz"] {
        wiped("an unfit AES key", || assert!(ContentKey::parse(unfit).is_err()));
    }
    let code = "2871263450981726";
    plant(code.as_bytes());
    wiped("a payment code", || drop(AuthCode::new(code).unwrap().clone()));
    let order = format!(
        r#"{{"scene":"bar_code","auth_code":"{}"}}"#,
        code.replace('2', "\\u0032")
    );
    wiped("an order's payment code", || {
        drop(TradePayRequest::from_json(&order).unwrap());
    });
}

/// The whole process: heap, stacks, and what libraries in C freed. Without the numbers as arithmetic keeps them, of which the `rsa`
/// crate leaves copies.
#[cfg(target_os = "linux")]
#[test]
fn afterwards_no_key_file_and_no_aes_key_is_anywhere_in_memory() {
    let mut wanted = freed::memory::Wanted::default();
    let aes = "bm90aGluZyBvZiBpdCBpcw==";
    {
        let planted = Planted::new();
        for shape in &planted.shapes {
            wanted.add(shape);
        }
        wanted.add(&Zeroizing::new(STANDARD.decode(aes).unwrap()));
        let while_it_lives = wanted.search().unwrap();
        assert!(!while_it_lives.is_empty(), "the test's own copies, at least");
        for (_, file) in planted.files() {
            let key = PrivateKey::parse(&file[..]).unwrap();
            drop(
                AwsSigner::new(&key)
                    .unwrap()
                    .sign(SignType::Rsa2, b"message")
                    .unwrap(),
            );
            drop(PureSigner::new(&key).sign(SignType::Rsa2, b"message").unwrap());
        }
        // Not used: while it is, the cipher's round keys, of which the first is the key itself, pass over the stack.
        drop(ContentKey::parse(aes).unwrap().clone());
    }
    assert_eq!(wanted.search().unwrap(), []);
}
