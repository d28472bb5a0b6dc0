//! Keys in every format seen in the field (protocol, section 4): made by OpenSSL, read by the core, and written by the
//! core, read by OpenSSL.

use alipay_core::key::{PrivateKey, PrivateKeyFormat, PublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::openssl::Workshop;

/// The contents between a PEM's lines.
fn body(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

/// Every way in which a text key is pasted, mailed and configured.
fn wrappings(pem: &str) -> Vec<(&'static str, Vec<u8>)> {
    let base64 = body(pem);
    let lines: Vec<_> = pem.lines().collect();
    let (first, last) = (lines[0], lines[lines.len() - 1]);
    let wrapped = |width: usize| {
        let chunks = base64.as_bytes().chunks(width);
        let chunks: Vec<_> = chunks.map(|chunk| core::str::from_utf8(chunk).unwrap()).collect();
        chunks.join("\n")
    };
    let texts = [
        ("as OpenSSL wrote it", pem.to_owned()),
        ("CRLF", pem.replace('\n', "\r\n")),
        ("CR only", pem.replace('\n', "\r")),
        ("no newline at the end", pem.trim_end().to_owned()),
        ("wrapped at 76", format!("{first}\n{}\n{last}\n", wrapped(76))),
        ("wrapped at 7", format!("{first}\n{}\n{last}\n", wrapped(7))),
        ("body on one line", format!("{first}\n{base64}\n{last}\n")),
        ("all on one line, with spaces", lines.join(" ")),
        ("all on one line, without any", lines.concat()),
        ("newlines written out", pem.replace('\n', "\\n")),
        ("CRLF written out", pem.replace('\n', "\\r\\n")),
        ("indented", lines.join("\n    ")),
        ("blank lines between", lines.join("\n\n")),
        ("byte order mark", format!("\u{feff}{pem}")),
        ("white space around", format!(" \t\r\n{pem}\n\n \t")),
        (
            "text before and after",
            format!("Alipay\nkey: 0001\n{pem}\nend\n"),
        ),
        ("bare base64", base64.clone()),
        ("bare base64, newline at the end", format!("{base64}\r\n")),
        ("bare base64, wrapped", wrapped(64)),
        ("bare base64, byte order mark", format!("\u{feff}{base64}")),
        (
            "bare base64 without its padding",
            base64.trim_end_matches('=').to_owned(),
        ),
    ];
    texts
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn private_keys_are_read_in_every_wrapping() {
    let workshop = Workshop::new();
    let pkcs8 = text(workshop.rsa_key("key", 2048));
    let pkcs1 = text(workshop.openssl("rsa -in key -traditional"));
    assert!(
        pkcs8.starts_with("-----BEGIN PRIVATE KEY-----")
            && pkcs1.starts_with("-----BEGIN RSA PRIVATE KEY-----")
    );
    let pkcs1_der = workshop.openssl("rsa -in key -traditional -outform DER");
    let spki = workshop.openssl("pkey -in key -pubout -outform DER");

    let mut inputs = vec![
        ("PKCS#1 DER", pkcs1_der.clone()),
        (
            "PKCS#8 DER",
            workshop.openssl("pkcs8 -topk8 -nocrypt -in key -outform DER"),
        ),
        // Alipay's key tool and its users mix the labels up; the contents decide.
        (
            "PKCS#8 under PKCS#1's label",
            pkcs8.replace("PRIVATE KEY", "RSA PRIVATE KEY").into_bytes(),
        ),
        (
            "PKCS#1 under PKCS#8's label",
            pkcs1.replace("RSA PRIVATE KEY", "PRIVATE KEY").into_bytes(),
        ),
        (
            "PKCS#8 under a public label",
            pkcs8.replace("PRIVATE KEY", "PUBLIC KEY").into_bytes(),
        ),
    ];
    inputs.extend(wrappings(&pkcs8));
    inputs.extend(wrappings(&pkcs1));
    assert_eq!(inputs.len(), 47);
    for (name, input) in inputs {
        let key = PrivateKey::parse(&input).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(**key.to_pkcs1_der() == pkcs1_der, "{name}");
        assert_eq!(
            key.public_key().to_base64().unwrap(),
            STANDARD.encode(&spki),
            "{name}"
        );
    }
}

#[test]
fn public_keys_and_certificates_are_read_in_every_wrapping() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    let spki = text(workshop.openssl("pkey -in key -pubout"));
    let pkcs1 = text(workshop.openssl("rsa -in key -RSAPublicKey_out"));
    let certificate =
        text(workshop.openssl("req -x509 -new -key key -subj /C=CN/O=支付宝/CN=test -utf8 -days 30"));
    assert!(pkcs1.starts_with("-----BEGIN RSA PUBLIC KEY-----"));
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    workshop.write("certificate", &certificate);
    let spki_der = workshop.openssl("pkey -in key -pubout -outform DER");
    let pkcs1_der = workshop.openssl("rsa -in key -RSAPublicKey_out -outform DER");

    let mut inputs = vec![
        ("SPKI DER", spki_der.clone()),
        ("PKCS#1 DER", pkcs1_der.clone()),
        (
            "certificate DER",
            workshop.openssl("x509 -in certificate -outform DER"),
        ),
        (
            "certificate with its text",
            workshop.openssl("x509 -in certificate -text"),
        ),
        (
            "two certificates, the first counts",
            certificate.repeat(2).into_bytes(),
        ),
        (
            "SPKI under PKCS#1's label",
            spki.replace("PUBLIC KEY", "RSA PUBLIC KEY").into_bytes(),
        ),
        (
            "PKCS#1 under SPKI's label",
            pkcs1.replace("RSA PUBLIC KEY", "PUBLIC KEY").into_bytes(),
        ),
    ];
    for pem in [&spki, &pkcs1, &certificate] {
        inputs.extend(wrappings(pem));
    }
    assert_eq!(inputs.len(), 70);
    for (name, input) in inputs {
        let key = PublicKey::parse(&input).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(key.to_pkcs1_der() == pkcs1_der, "{name}");
        assert_eq!(key.to_base64().unwrap(), STANDARD.encode(&spki_der), "{name}");
        assert_eq!(key.bits(), 2048);
    }
}

#[test]
fn what_the_core_writes_openssl_reads_back_unchanged() {
    let workshop = Workshop::new();
    for bits in [1024, 2048, 3072] {
        workshop.rsa_key("key", bits);
        let key = PrivateKey::parse(workshop.read("key")).unwrap();
        for (format, expected) in [
            (
                PrivateKeyFormat::Pkcs1,
                workshop.openssl("rsa -in key -traditional"),
            ),
            (
                PrivateKeyFormat::Pkcs8,
                workshop.openssl("pkcs8 -topk8 -nocrypt -in key"),
            ),
        ] {
            let written = key.to_pem(format).unwrap();
            assert!(
                written.as_bytes() == expected,
                "{format:?} differs from OpenSSL's"
            );
            workshop.write("written", written.as_bytes());
            workshop.openssl("rsa -check -noout -in written");
            assert!(**PrivateKey::parse(written.as_bytes()).unwrap().to_pkcs1_der() == **key.to_pkcs1_der());
        }
        let public = key.public_key();
        assert_eq!(
            public.to_pem().unwrap().into_bytes(),
            workshop.openssl("pkey -in key -pubout")
        );
        workshop.write(
            "public.der",
            STANDARD.decode(public.to_base64().unwrap()).unwrap(),
        );
        assert_eq!(
            workshop.openssl("pkey -pubin -inform DER -in public.der -outform DER"),
            workshop.openssl("pkey -in key -pubout -outform DER")
        );
        assert_eq!(&PublicKey::parse(public.to_base64().unwrap()).unwrap(), public);
    }
}

#[test]
fn a_key_of_1024_bits_works_and_is_called_weak() {
    let workshop = Workshop::new();
    for (bits, weak) in [(1024, true), (2047, true), (2048, false), (4096, false)] {
        let key = PrivateKey::parse(workshop.rsa_key("key", bits)).unwrap();
        let public = key.public_key();
        assert_eq!((public.bits(), public.is_weak()), (bits, weak));
        assert_eq!(public.signature_len(), bits.div_ceil(8));
    }
}

/// OpenSSL writes the larger prime first; other tools do not.
#[test]
fn keys_with_their_primes_the_other_way_round_work() {
    let workshop = Workshop::new();
    workshop.rsa_key("key", 2048);
    let mut numbers = workshop.private_numbers("key");
    numbers.swap(4, 5);
    numbers.swap(6, 7);
    numbers[8] = inverse(&numbers[5], &numbers[4]);
    let der = workshop.integers(&numbers);
    workshop.write("swapped.der", &der);
    workshop.openssl("rsa -check -noout -inform DER -in swapped.der");
    let key = PrivateKey::parse(&der).unwrap();
    workshop.write("message", "支付");
    let expected = workshop.openssl("dgst -sha256 -sign key message");
    let signature = key
        .signer()
        .unwrap()
        .sign(Default::default(), "支付".as_bytes())
        .unwrap();
    assert!(signature == expected);
}

/// `number⁻¹ mod prime`, all in hexadecimal, by Node.
fn inverse(number: &str, prime: &str) -> String {
    let script = format!(
        "const [a, p] = [0x{number}n, 0x{prime}n]; let [r, s, t, u] = [p, a % p, 0n, 1n];
         while (s) {{ const q = r / s; [r, s] = [s, r - q * s]; [t, u] = [u, t - q * u]; }}
         process.stdout.write(((t % p + p) % p).toString(16));"
    );
    let output = std::process::Command::new("node")
        .args(["-e", &script])
        .output()
        .expect("these tests need node");
    assert!(output.status.success());
    text(output.stdout)
}

#[test]
fn debug_and_errors_show_no_key_material() {
    let workshop = Workshop::new();
    let pem = text(workshop.rsa_key("key", 2048));
    let key = PrivateKey::parse(&pem).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey(2048 bits)");
    assert_eq!(format!("{:?}", key.public_key()), "PublicKey(2048 bits)");
    assert_eq!(format!("{key:#?}"), "PrivateKey(2048 bits)");

    // An error about a spoilt key, and every signer and verifier, show none of it either.
    let error = PrivateKey::parse(pem.replacen("MII", "MIJ", 1)).unwrap_err();
    let shown = [
        format!("{error} {error:?}"),
        format!("{:?}", key.signer().unwrap()),
        format!("{:?}", key.public_key().verifier().unwrap()),
        format!("{:?}", alipay_core::sign::pure::PureSigner::new(&key)),
        format!(
            "{:?}",
            alipay_core::sign::pure::PureVerifier::new(key.public_key()).unwrap()
        ),
    ];
    let numbers = workshop.private_numbers("key");
    let base64 = body(&pem);
    for shown in shown {
        let lower = shown.to_lowercase();
        for number in numbers.iter().filter(|number| number.len() > 8) {
            assert!(!lower.contains(&number[..8].to_lowercase()), "{shown}");
        }
        assert!(
            !base64
                .as_bytes()
                .windows(12)
                .any(|w| shown.contains(core::str::from_utf8(w).unwrap())),
            "{shown}"
        );
        assert!(shown.len() < 300, "{shown}");
    }
}
