//! Properties over generated inputs: the canonical string, forms, keys and signatures that nobody meant to send.

use alipay_core::{
    Amount, ErrorCode, Merchant, Timestamp, canonical, form,
    http::HttpResponse,
    key::{PrivateKey, PublicKey},
    sign,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::{openssl::Workshop, vectors};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::OnceLock};

type Pairs = Vec<(String, String)>;

/// Parameters with different names, in two orders.
fn shuffled() -> impl Strategy<Value = (Pairs, Pairs)> {
    prop::collection::btree_map("[A-Za-z_0-9中é]{1,6}", any::<String>(), 0..12)
        .prop_map(|map| map.into_iter().collect::<Vec<_>>())
        .prop_flat_map(|pairs| (Just(pairs.clone()), Just(pairs).prop_shuffle()))
}

fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (&**name, &**value))
}

/// Texts full of what is easily damaged.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ &=+%~*._?#/中🍜\\PC\r\n\0-]{0,24}"]
}

/// Test keys in PEM, DER and base64, private and public.
fn keys() -> &'static [Vec<u8>] {
    static KEYS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let workshop = Workshop::new();
        let pem = workshop.rsa_key("key", 1024);
        let mut keys = vec![pem, workshop.openssl("pkey -in key -pubout")];
        workshop.openssl("req -x509 -new -key key -subj /CN=test -days 30 -out certificate");
        for command in [
            "rsa -in key -traditional -outform DER",
            "pkcs8 -topk8 -nocrypt -in key -outform DER",
            "pkcs8 -topk8 -passout pass:x -in key -outform DER",
            "rsa -in key -RSAPublicKey_out -outform DER",
            "pkey -in key -pubout -outform DER",
            "x509 -in certificate -outform DER",
        ] {
            let der = workshop.openssl(command);
            keys.push(STANDARD.encode(&der).into_bytes());
            keys.push(der);
        }
        keys
    })
}

/// A key of 1024 bits, then changed in a few places, cut or doubled.
fn mutated_key() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (0..14_usize, edits, any::<prop::sample::Index>(), 0..4_u8).prop_map(|(which, edits, cut, how)| {
        let mut key = keys()[which].clone();
        for (at, byte) in edits {
            // Half of the changes go to the first bytes, where the structure is.
            let within = if byte % 2 == 0 { key.len() } else { 40 };
            let at = at.index(within);
            key[at] = byte;
        }
        match how {
            0 => key.truncate(cut.index(key.len())),
            1 => key.extend_from_within(cut.index(key.len())..),
            2 => drop(key.remove(cut.index(key.len()))),
            _ => {}
        }
        key
    })
}

fn merchant() -> Merchant {
    static KEY: OnceLock<PublicKey> = OnceLock::new();
    let key = KEY.get_or_init(|| PublicKey::parse(&keys()[1]).unwrap());
    Merchant::builder("2014072300007148", key.clone())
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_string_does_not_depend_on_the_order((one, other) in shuffled()) {
        prop_assert_eq!(
            canonical::string_to_sign(borrowed(&one)),
            canonical::string_to_sign(borrowed(&other))
        );
    }

    #[test]
    fn the_canonical_string_holds_what_counts_and_nothing_else((_, pairs) in shuffled()) {
        // An independent way to the same string: a map sorts its keys by byte.
        let expected = pairs
            .iter()
            .filter(|(name, value)| name != "sign" && !value.trim().is_empty())
            .map(|(name, value)| (name.as_bytes(), format!("{name}={value}")))
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect::<Vec<_>>()
            .join("&");
        prop_assert_eq!(canonical::string_to_sign(borrowed(&pairs)), expected);
    }

    #[test]
    fn the_canonical_string_survives_the_form((_, pairs) in shuffled()) {
        let sent = form::encode(borrowed(&pairs));
        let received: Vec<_> = form::decode(sent.as_bytes())
            .unwrap()
            .into_iter()
            .map(|(name, value)| (String::from_utf8(name).unwrap(), String::from_utf8(value).unwrap()))
            .collect();
        prop_assert_eq!(
            canonical::string_to_sign(borrowed(&received)),
            canonical::string_to_sign(borrowed(&pairs))
        );
    }

    #[test]
    fn a_form_reads_back_as_it_was_written(pairs in prop::collection::vec((text(), text()), 0..8)) {
        let decoded = form::decode(form::encode(borrowed(&pairs)).as_bytes()).unwrap();
        let bytes: Vec<_> = pairs.into_iter().map(|(n, v)| (n.into_bytes(), v.into_bytes())).collect();
        prop_assert_eq!(decoded, bytes);
    }

    #[test]
    fn a_form_is_written_as_browsers_write_it(pairs in prop::collection::vec((text(), text()), 0..8)) {
        let browser = form_urlencoded::Serializer::new(String::new()).extend_pairs(borrowed(&pairs)).finish();
        prop_assert_eq!(form::encode(borrowed(&pairs)), browser);
    }

    #[test]
    fn a_well_formed_form_is_read_as_browsers_read_it(pairs in prop::collection::vec((text(), text()), 0..8)) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(borrowed(&pairs)).finish();
        let browser: Vec<_> = form_urlencoded::parse(body.as_bytes())
            .map(|(n, v)| (n.into_owned().into_bytes(), v.into_owned().into_bytes()))
            .collect();
        prop_assert_eq!(form::decode(body.as_bytes()).unwrap(), browser);
    }

    #[test]
    fn any_bytes_decode_or_are_malformed(bytes in prop::collection::vec(prop_oneof![
        any::<u8>(), Just(b'%'), Just(b'&'), Just(b'='), Just(b'+'), Just(b'4')
    ], 0..200)) {
        let has_bad_escape = bytes.iter().enumerate().any(|(at, byte)| {
            *byte == b'%' && !bytes.get(at + 1..at + 3).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit))
        });
        match form::decode(&bytes) {
            Ok(fields) => {
                prop_assert!(!has_bad_escape);
                let pieces = bytes.split(|b| *b == b'&').filter(|piece| !piece.is_empty()).count();
                prop_assert_eq!(fields.len(), pieces);
            }
            Err(error) => {
                prop_assert!(has_bad_escape);
                prop_assert_eq!(error.code(), ErrorCode::FormMalformed);
            }
        }
    }

    #[test]
    fn random_bytes_are_no_key(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(PrivateKey::parse(&bytes).is_err());
        prop_assert!(PublicKey::parse(&bytes).is_err());
        let der = [&[0x30, 0x82][..], &bytes].concat();
        prop_assert!(PrivateKey::parse(&der).is_err());
        prop_assert!(PublicKey::parse(STANDARD.encode(&der)).is_err());
    }

    /// A changed key is refused, or it is a key all the same; it never panics, here or in a backend.
    #[test]
    fn a_damaged_key_never_panics(key in mutated_key()) {
        if let Ok(private) = PrivateKey::parse(&key) {
            let signature = private.signer().and_then(|signer| signer.sign(sign::SignType::Rsa2, b"x"));
            if let Ok(signature) = signature {
                let verifier = private.public_key().verifier().unwrap();
                prop_assert!(verifier.verify(sign::SignType::Rsa2, b"x", &signature).is_ok());
            }
        }
        if let Ok(public) = PublicKey::parse(&key) {
            prop_assert!((1024..=4096).contains(&public.bits()));
            prop_assert_eq!(&PublicKey::parse(public.to_pem().unwrap()).unwrap(), &public);
            if let Ok(verifier) = public.verifier() {
                prop_assert!(verifier.verify(sign::SignType::Rsa2, b"x", &vec![1; public.signature_len()]).is_err());
            }
        }
    }

    #[test]
    fn a_signature_in_base64_has_one_spelling(text in prop_oneof!["[A-Za-z0-9+/]{0,12}={0,3}", "\\PC{0,12}"]) {
        if let Ok(bytes) = sign::from_base64(&text) {
            prop_assert_eq!(sign::to_base64(&bytes), text);
        }
    }

    #[test]
    fn an_amount_reads_back_as_it_was_written(fen in 1_u64..=10_000_000_000) {
        let amount = Amount::from_fen(fen).unwrap();
        let written = amount.to_string();
        prop_assert!(written.len() <= 11);
        prop_assert_eq!(written.parse::<Amount>().unwrap(), amount);
    }

    #[test]
    fn a_time_reads_back_as_it_was_written(seconds in 0_i64..=253_402_271_999) {
        let time = Timestamp::from_unix_ms(seconds * 1000).unwrap();
        prop_assert_eq!(Timestamp::from_beijing(&time.to_beijing()).unwrap(), time);
    }

    #[test]
    fn amounts_and_times_never_panic(text in prop_oneof!["[0-9.:+e -]{0,24}", "\\PC{0,24}"]) {
        let _ = Amount::parse_any(&text);
        let _ = Timestamp::from_beijing(&text);
    }

    /// Nothing that Alipay did not sign is ever opened as a success, and nothing panics.
    #[test]
    fn an_unsigned_body_is_never_a_success(body in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "[{}\\[\\]\":,\\\\ a-z_0-9]{0,80}".prop_map(String::into_bytes),
        "\\{\"alipay_trade_pay_response\":\\{[\"\\\\:,a-z{}0-9 ]{0,30}\\}[\",:a-z]{0,20}\\}".prop_map(String::into_bytes),
        "[a-z_=&%0-9+]{0,80}".prop_map(String::into_bytes),
    ]) {
        let merchant = merchant();
        prop_assert!(merchant.verify_notify(&body).is_err());
        if let Ok(answer) = merchant.open("alipay.trade.pay", &HttpResponse { status: 200, headers: Vec::new(), body }) {
            prop_assert!(!answer.is_verified() && !answer.is_success());
        }
    }
}

/// A signed response of the vectors with one byte changed: it is refused, or it says exactly what was signed.
#[test]
fn every_byte_of_a_signed_response_counts() {
    let text = std::fs::read_to_string(vectors::directory().join("envelope.json")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let row = &file["rows"][0];
    let key = PublicKey::parse(file["keys"]["alipay_2048"]["public_key"].as_str().unwrap()).unwrap();
    let merchant = Merchant::builder("2014072300007148", key).build().unwrap();
    let open = |body: Vec<u8>| {
        merchant.open(
            "alipay.trade.pay",
            &HttpResponse {
                status: 200,
                headers: Vec::new(),
                body,
            },
        )
    };
    let body = row["body"].as_str().unwrap().as_bytes();
    let signed = open(body.to_vec()).unwrap();
    assert!(signed.is_success());
    let mut refused = 0;
    for at in 0..body.len() {
        for change in [1, 2, 0x20, 0x80] {
            let mut body = body.to_vec();
            body[at] ^= change;
            match open(body) {
                Err(_) => refused += 1,
                Ok(answer) => assert!(answer == signed, "byte {at} changed by {change:#x} was believed"),
            }
        }
    }
    assert!(
        refused >= body.len() * 4 - 8,
        "{refused} of {} were refused",
        body.len() * 4
    );
}
