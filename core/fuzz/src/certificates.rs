//! Certificates: read, named, and believed only if an authority issued them.

use super::{budget::within, keys::CONSTANT, seeds::vectors, witness::APP_ID};
use alipay_core::{
    Merchant, Timestamp,
    cert::{Certificate, Certificates, root_cert_sn},
};
use std::{collections::BTreeSet, sync::LazyLock};

/// The merchant of the vectors, and what of Alipay's in them its authority issued.
static MERCHANT: LazyLock<(Merchant, BTreeSet<Vec<u8>>)> = LazyLock::new(|| {
    let file = vectors("cert");
    let options = &file["merchants"]["certificates"];
    let text = |name: &str| options[name].as_str().unwrap_or_else(|| panic!("no {name}"));
    let certificates = Certificates::parse(
        text("appCertificate"),
        text("alipayCertificate"),
        text("rootCertificate"),
    );
    let merchant = Merchant::builder_with_certificates(APP_ID, certificates.expect("the vectors'"));
    let merchant = merchant.external_signer().build().expect("a merchant in order");
    let rows = file["rows"].as_array().into_iter().flatten();
    let issued = rows
        .filter(|row| row["operation"] == "checkAlipayCertificate" && row["error"].is_null())
        .filter_map(|row| Certificate::parse(row["input"]["certificate"].as_str()?).ok())
        .map(|certificate| certificate.to_der().to_vec())
        .collect();
    (merchant, issued)
});

pub(super) fn run(input: &[u8]) {
    let bundle = within(input.len(), CONSTANT, || Certificate::parse_bundle(input));
    if let Ok(bundle) = &bundle {
        for certificate in bundle {
            within(certificate.to_der().len(), CONSTANT, || describe(certificate));
            check(certificate);
        }
        let rsa = bundle.iter().filter(|certificate| certificate.is_rsa_signed());
        let sns: Vec<String> = rsa.map(Certificate::sn).collect();
        assert_eq!(root_cert_sn(input).unwrap_or_default(), sns.join("_"));
        assert_eq!(Certificate::parse(input).as_ref().ok(), bundle.first());
    }
    let (merchant, issued) = &*MERCHANT;
    // 2026, when the vectors' certificates are valid.
    let now = Timestamp::from_unix_ms(1_795_262_400_000).expect("a time");
    let accepted = within(input.len(), CONSTANT, || {
        merchant.with_alipay_certificate(input, now)
    });
    if let Ok(merchant) = accepted {
        let first = bundle.ok().and_then(|bundle| bundle.into_iter().next());
        let first = first.expect("what was accepted was read");
        assert!(issued.contains(first.to_der()), "accepted, and nobody issued it");
        let known = merchant.certificates().expect("certificate mode");
        assert!(known.alipay_cert_sns().any(|sn| sn == first.sn()));
    }
}

fn describe(certificate: &Certificate) -> usize {
    let texts = [
        certificate.sn(),
        certificate.issuer(),
        certificate.subject(),
        certificate.serial(),
        format!("{certificate:?}"),
    ];
    texts.iter().map(String::len).sum()
}

fn check(certificate: &Certificate) {
    let sn = certificate.sn();
    assert!(sn.len() == 32 && sn.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    let serial = certificate.serial();
    let digits = serial.strip_prefix('-').unwrap_or(&serial);
    assert!(!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let (from, until) = certificate.validity();
    assert!(from >= 0 && until >= 0);
    let again = Certificate::parse(certificate.to_der()).expect("what was read");
    assert_eq!(again, *certificate);
    assert_eq!(again.sn(), sn);
    if let Ok(key) = certificate.public_key() {
        assert!((1024..=4096).contains(&key.bits()));
    }
}
