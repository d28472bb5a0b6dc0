//! A notification as Alipay signs it, for the tests of `diagnose`.
#![allow(dead_code, reason = "no test needs everything")]

use alipay_core::{
    key::PrivateKey,
    sign::{SignType, Signer, pure::PureSigner, to_base64},
};
use std::sync::OnceLock;

pub(crate) type Pairs = Vec<(String, String)>;

pub(crate) const ALIPAY: &str = include_str!("../keys/alipay_private_key.pem");
pub(crate) const ALIPAY_PUBLIC: &str = include_str!("../keys/alipay_public_key.pem");
pub(crate) const APP: &str = include_str!("../keys/app_private_key.pem");

pub(crate) fn signer() -> &'static PureSigner {
    static SIGNER: OnceLock<PureSigner> = OnceLock::new();
    SIGNER.get_or_init(|| PureSigner::new(&PrivateKey::parse(ALIPAY).unwrap()))
}

/// The message number `index`: what Alipay signs.
pub(crate) fn message(index: usize) -> Pairs {
    let subject = [
        "咖啡 + 面包 & <tea>/x",
        "a+b \"c\" / 好/x",
        "1+1 <b>&</b> 水/",
        "x + y/茶 \"&\"<",
        "ü+é 中文/<&\"",
    ][index % 5];
    [
        ("app_id", "2014072300007148".to_owned()),
        ("body", format!(" line one\nline two {index} ")),
        ("buyer_id", format!("208820295406578{}", index % 10)),
        ("charset", "utf-8".into()),
        (
            "fund_bill_list",
            format!(
                r#"[{{"fundChannel":"ALIPAYACCOUNT","amount":"{}8.80","note":"a/é{index}"}},{{"fundChannel":"PCREDIT","amount":"1.00","note":""}}]"#,
                index + 1
            ),
        ),
        ("gmt_payment", format!("2026-11-2{} 20:00:0{}", index % 9, index % 7)),
        ("notify_id", format!("91722adff935e8cfa58b3aabf4dead6ib{index}")),
        ("notify_type", "trade_status_sync".into()),
        ("out_trade_no", format!("2015032001010100{index}")),
        ("passback_params", format!("k%3D{index}%26n%3D2")),
        ("subject", subject.into()),
        ("total_amount", format!("{index}88.80")),
        ("trade_status", "TRADE_SUCCESS".into()),
        ("version", "1.0".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// How Alipay signs.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) sign_type: SignType,
    pub(crate) v2: bool,
    pub(crate) empty: bool,
}

pub(crate) const V1: Style = Style {
    sign_type: SignType::Rsa2,
    v2: false,
    empty: false,
};

pub(crate) fn joined(pairs: &Pairs, style: Style) -> String {
    let mut kept: Vec<_> = pairs
        .iter()
        .filter(|(name, value)| {
            name != "sign" && (style.v2 || name != "sign_type") && (style.empty || !value.is_empty())
        })
        .collect();
    kept.sort();
    let pieces: Vec<String> = kept
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pieces.join("&")
}

pub(crate) fn signed_bytes(mut pairs: Pairs, style: Style, bytes: impl Fn(&str) -> Vec<u8>) -> Pairs {
    pairs.push(("sign_type".into(), style.sign_type.as_str().into()));
    let message = bytes(&joined(&pairs, style));
    let sign = signer().sign(style.sign_type, &message).unwrap();
    pairs.push(("sign".into(), to_base64(&sign)));
    pairs
}

pub(crate) fn signed(pairs: Pairs, style: Style) -> Pairs {
    signed_bytes(pairs, style, |text| text.as_bytes().to_vec())
}

pub(crate) fn set(pairs: &mut Pairs, name: &str, change: impl Fn(&str) -> String) {
    let (_, value) = pairs.iter_mut().find(|(known, _)| known == name).unwrap();
    let changed = change(value);
    assert_ne!(*value, changed, "{name} does not show this change");
    *value = changed;
}
