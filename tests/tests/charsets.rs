//! Charsets and SHA-1 against others: iconv and Python for every character, Node for whole requests.
#![allow(missing_docs)]

use alipay_core::{
    ErrorCode, Merchant, Timestamp,
    charset::Charset,
    envelope::Call,
    http::HttpResponse,
    key::{PrivateKey, PublicKey},
    merchant::Warning,
    sign::{self, SignType, Signer, Verifier, aws::AwsVerifier, pure::PureSigner, pure::PureVerifier},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::openssl::Workshop;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::Arc,
    thread,
};

/// What `command` makes of its standard input.
fn piped(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("these tests need iconv, node and python3");
    let mut stdin = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        // While it is read: pipes are small.
        scope.spawn(move || stdin.write_all(input).unwrap());
        child.wait_with_output().unwrap()
    });
    assert!(output.status.success(), "{command:?}");
    output.stdout
}

/// Every character that this charset writes, a line each, as text and as our bytes.
fn lines(charset: Charset, all: impl Iterator<Item = char>) -> (String, Vec<u8>, usize) {
    let (mut text, mut bytes, mut count) = (String::new(), Vec::new(), 0);
    for character in all {
        if let Ok(encoded) = charset.encode(character.encode_utf8(&mut [0; 4])) {
            text.push(character);
            text.push('\n');
            bytes.extend_from_slice(&encoded);
            bytes.push(b'\n');
            count += 1;
        }
    }
    (text, bytes, count)
}

/// The first plane, and of the others the rare Chinese characters and the emoji.
fn characters() -> impl Iterator<Item = char> {
    ('\u{80}'..='\u{ffff}')
        .chain('\u{1f000}'..='\u{1faff}')
        .chain('\u{20000}'..='\u{2a6df}')
        .chain(['\u{10ffff}'])
}

#[test]
fn every_character_has_the_bytes_that_iconv_and_python_give_it() {
    let script = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().decode().encode(sys.argv[1]))";
    for (charset, fewest) in [
        (Charset::Gbk, 21_790),
        (Charset::Gb18030, 57_000 + 2_816 + 42_000),
        (Charset::Gb2312, 7_443),
    ] {
        // The two that GB2312 left open: iconv and Python go with Java.
        let open = |c: &char| charset != Charset::Gb2312 || !['·', '—'].contains(c);
        let (text, ours, count) = lines(charset, characters().filter(open));
        assert!(count >= fewest, "{charset:?}: {count}");
        let name = charset.as_str();
        let iconv = piped(
            Command::new("iconv").args(["-f", "UTF-8", "-t", name]),
            text.as_bytes(),
        );
        assert!(iconv == ours, "{name}: iconv");
        let python = piped(
            Command::new("python3").args(["-c", script, name]),
            text.as_bytes(),
        );
        assert!(python == ours, "{name}: python");
        assert_eq!(charset.decode(&ours).unwrap(), text);
    }
}

/// What iconv and Python both write alike is ours too, but for what is refused on purpose.
#[test]
fn nothing_is_refused_that_everybody_writes_alike() {
    let script = "import sys
for line in sys.stdin.buffer.read().decode().split():
    try: c = chr(int(line, 16)); print(line, c.encode(sys.argv[1]).hex(), c.encode(sys.argv[1]).decode(sys.argv[1]) == c)
    except UnicodeEncodeError: pass";
    let numbers: String = characters().map(|c| format!("{:x}\n", u32::from(c))).collect();
    // U+2295 is read as another sign by Java; private use is nobody's; the rest moved between the editions of GB18030.
    for (charset, refused) in [
        (Charset::Gbk, &['⊕'][..]),
        (Charset::Gb2312, &['―', '・']),
        (Charset::Gb18030, &[]),
    ] {
        let python = piped(
            Command::new("python3").args(["-c", script, charset.as_str()]),
            numbers.as_bytes(),
        );
        for line in String::from_utf8(python).unwrap().lines() {
            let number = line.split(' ').next().unwrap();
            let character = char::from_u32(u32::from_str_radix(number, 16).unwrap()).unwrap();
            let moved = match character {
                '\u{e000}'..='\u{f8ff}' | 'ḿ' | '\u{9fb4}'..='\u{9fbb}' | '︐'..='︙' => true,
                _ => "\u{20087}\u{20089}\u{200CC}\u{215D7}\u{2298F}\u{241FE}".contains(character),
            };
            let ours = charset.encode(character.encode_utf8(&mut [0; 4])).is_ok();
            assert_eq!(
                ours,
                !moved && !refused.contains(&character),
                "{charset:?} U+{number}"
            );
        }
    }
}

/// Verifies requests with node:crypto and reads their fields with TextDecoder.
const READER: &str = r"
const crypto = require('node:crypto');
const { key, rows } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const publicKey = crypto.createPublicKey(key);
const bytes = (text) => Buffer.from(text.replaceAll('+', ' ').replace(/%(..)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1');
console.log(JSON.stringify(rows.map(({ url, body, signType }) => {
  const form = `${url.split('?')[1]}&${Buffer.from(body, 'base64').toString('latin1')}`;
  const fields = form.split('&').map((piece) => piece.split('=').map(bytes));
  const sorted = fields.filter(([name]) => name.toString() !== 'sign').sort(([a], [b]) => Buffer.compare(a, b));
  const signed = Buffer.concat(sorted.flatMap(([name, value], at) => [Buffer.from(at ? '&' : ''), name, Buffer.from('='), value]));
  const sign = Buffer.from(fields.find(([name]) => name.toString() === 'sign')[1].toString(), 'base64');
  const digest = { RSA2: 'sha256', RSA: 'sha1' }[signType];
  const reader = new TextDecoder(new URLSearchParams(url.split('?')[1]).get('charset'), { fatal: true });
  return {
    verified: crypto.verify(digest, signed, publicKey, sign),
    fields: Object.fromEntries(fields.map(([name, value]) => [reader.decode(name), reader.decode(value)])),
  };
})));
";

#[test]
fn node_verifies_and_reads_500_random_requests_in_every_charset() {
    let workshop = Workshop::new();
    let key = PrivateKey::parse(workshop.rsa_key("app", 2048)).unwrap();
    workshop.rsa_key("alipay", 2048);
    let alipay = PublicKey::parse(workshop.openssl("pkey -in alipay -pubout")).unwrap();
    let now = Timestamp::from_unix_ms(1_795_262_400_000).unwrap();

    let gb2312: Vec<char> = ('\u{4e00}'..='\u{9fa5}')
        .filter(|c| Charset::Gb2312.encode(&c.to_string()).is_ok())
        .chain(" &=+%\"\\/{}[]中乗~*'<>?#;,:|^`".chars())
        .collect();
    let text = prop::collection::vec(prop::sample::select(gb2312), 0..40).prop_map(String::from_iter);
    // The same texts on each run.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut random = || text.new_tree(&mut runner).unwrap().current();

    let (mut rows, mut given) = (Vec::new(), Vec::new());
    for (at, charset) in Charset::ALL.iter().cycle().take(2000).enumerate() {
        let sign_type = if at % 8 < 4 { SignType::Rsa2 } else { SignType::Rsa };
        let more = match charset {
            Charset::Utf8 | Charset::Gb18030 => "🍜€",
            Charset::Gbk => "镕亄",
            Charset::Gb2312 => "",
        };
        let subject: String = random()
            .chars()
            .filter(|c| charset.encode(&c.to_string()).is_ok())
            .collect();
        let content = json!({ "subject": format!("{subject}{more}") }).to_string();
        let passed: String = format!("{more}{}x", random())
            .chars()
            .filter(|c| charset.encode(&c.to_string()).is_ok())
            .collect();
        let merchant = Merchant::builder("2014072300007148", alipay.clone())
            .private_key(key.clone())
            .sign_type(sign_type)
            .charset(*charset)
            .build()
            .unwrap();
        let call = Call::new("alipay.trade.pay", content.clone()).unwrap();
        let request = merchant
            .request(&call.parameter("passback_params", &passed).unwrap(), now)
            .unwrap();
        rows.push(json!({ "url": request.url, "body": STANDARD.encode(&request.body), "signType": sign_type.as_str() }));
        given.push((content, passed));
    }
    let input = json!({ "key": key.public_key().to_pem().unwrap(), "rows": rows }).to_string();
    let read: Vec<Value> = serde_json::from_slice(&piped(
        Command::new("node").args(["-e", READER]),
        input.as_bytes(),
    ))
    .unwrap();
    assert_eq!(read.len(), given.len());
    for (read, (content, passed)) in read.iter().zip(given) {
        assert_eq!(read["verified"], true, "{content} {passed}");
        assert_eq!(read["fields"]["biz_content"], content);
        assert_eq!(read["fields"]["passback_params"], passed);
    }
}

fn signed(key: &PrivateKey, sign_type: SignType) -> HttpResponse {
    let node = r#"{"code":"10000"}"#;
    let signature = PureSigner::new(key).sign(sign_type, node.as_bytes()).unwrap();
    let sign = sign::to_base64(&signature);
    HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: format!(r#"{{"alipay_trade_pay_response":{node},"sign":"{sign}"}}"#).into_bytes(),
    }
}

fn notification(key: &PrivateKey, signed_with: SignType, named: &str) -> Vec<u8> {
    let signature = PureSigner::new(key)
        .sign(signed_with, b"app_id=2014072300007148")
        .unwrap();
    let sign = sign::to_base64(&signature).replace('+', "%2B");
    let sign_type = if named.is_empty() {
        String::new()
    } else {
        format!("&sign_type={named}")
    };
    format!("app_id=2014072300007148{sign_type}&sign={sign}").into_bytes()
}

/// The merchant's sign_type is a floor: what is stronger is believed, what is weaker never.
#[test]
fn sha_1_is_never_believed_where_sha_256_belongs() {
    use SignType::{Rsa, Rsa2};
    let workshop = Workshop::new();
    for bits in [1024, 2048] {
        let key = PrivateKey::parse(workshop.rsa_key("alipay", bits)).unwrap();
        let public = key.public_key();
        let verifiers: [Arc<dyn Verifier>; 2] = [
            Arc::new(PureVerifier::new(public).unwrap()),
            Arc::new(AwsVerifier::new(public).unwrap()),
        ];
        for verifier in verifiers {
            let merchant = |sign_type| {
                let builder = Merchant::builder("2014072300007148", public.clone());
                builder
                    .sign_type(sign_type)
                    .verifier(Arc::clone(&verifier))
                    .build()
                    .unwrap()
            };
            let open = |ours, theirs| {
                let answer = merchant(ours).open("alipay.trade.pay", &signed(&key, theirs));
                answer
                    .map(|answer| answer.is_verified())
                    .map_err(|error| error.code())
            };
            assert_eq!(open(Rsa2, Rsa2), Ok(true));
            assert_eq!(open(Rsa2, Rsa), Err(ErrorCode::SignatureInvalid));
            assert_eq!(open(Rsa, Rsa), Ok(true));
            assert_eq!(open(Rsa, Rsa2), Ok(true));

            let hear = |ours, theirs, named| {
                let notify = merchant(ours).verify_notify(&notification(&key, theirs, named));
                notify.map(|_| ()).map_err(|error| error.code())
            };
            for (ours, theirs, named, heard) in [
                (Rsa2, Rsa2, "RSA2", Ok(())),
                (Rsa2, Rsa2, "", Ok(())),
                (Rsa2, Rsa, "RSA", Err(ErrorCode::SignatureWeak)),
                (Rsa2, Rsa, "", Err(ErrorCode::SignatureInvalid)),
                (Rsa2, Rsa, "RSA2", Err(ErrorCode::SignatureInvalid)),
                (Rsa2, Rsa2, "RSA", Err(ErrorCode::SignatureWeak)),
                (Rsa2, Rsa2, "rsa2", Err(ErrorCode::SignType)),
                (Rsa, Rsa, "RSA", Ok(())),
                (Rsa, Rsa, "", Ok(())),
                (Rsa, Rsa2, "RSA2", Ok(())),
                (Rsa, Rsa2, "RSA", Err(ErrorCode::SignatureInvalid)),
                (Rsa, Rsa2, "MD5", Err(ErrorCode::SignType)),
            ] {
                assert_eq!(hear(ours, theirs, named), heard, "{ours:?} {theirs:?} {named:?}");
            }
        }
    }
}

#[test]
fn what_is_weak_works_and_warns() {
    let workshop = Workshop::new();
    let [app, alipay, weak_app, weak_alipay] = [("a", 2048), ("b", 2048), ("c", 1024), ("d", 1024)]
        .map(|(name, bits)| PrivateKey::parse(workshop.rsa_key(name, bits)).unwrap());
    for (app, alipay, sign_type, warnings) in [
        (&app, &alipay, SignType::Rsa2, &[][..]),
        (&weak_app, &alipay, SignType::Rsa2, &[Warning::AppKeyWeak]),
        (&app, &weak_alipay, SignType::Rsa2, &[Warning::AlipayKeyWeak]),
        (&app, &alipay, SignType::Rsa, &[Warning::SignTypeWeak]),
        (
            &weak_app,
            &weak_alipay,
            SignType::Rsa,
            &[Warning::AppKeyWeak, Warning::AlipayKeyWeak, Warning::SignTypeWeak],
        ),
    ] {
        let merchant = Merchant::builder("2014072300007148", alipay.public_key().clone())
            .private_key(app.clone())
            .sign_type(sign_type)
            .build()
            .unwrap();
        assert_eq!(merchant.warnings(), warnings);
        let signature = merchant.sign(b"message", sign_type).unwrap();
        assert!(
            app.public_key()
                .verifier()
                .unwrap()
                .verify(sign_type, b"message", &signature)
                .is_ok()
        );
    }
}
