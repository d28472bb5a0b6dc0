//! Notifications and their kin: what is told is what was verified.

use super::{
    budget::within,
    witness::{self, APP_ID},
};
use alipay_core::{
    Merchant,
    charset::Charset,
    envelope::Answer,
    notify::{Variant, VerifiedNotify},
    sign::SignType,
};

/// The table of at most 1,000 fields while it grows, and what is reserved for the string to be signed.
const CONSTANT: usize = 2 * 1024 + 1_000 * 48 * 3;

/// Bits 0 to 2: charset and algorithm. 3 to 5: which question about a signature is answered with yes. 6 and 7: what it is.
pub(super) fn run(input: &[u8]) {
    let Some((bits, message)) = super::split(input) else {
        return;
    };
    let merchant = witness::merchant(bits & 7);
    witness::believe(u32::from(bits >> 3 & 7));
    match bits >> 6 {
        0 => {
            let notify = within(message.len(), CONSTANT, || merchant.verify_notify(message));
            let notify = notify.ok();
            if let Some(notify) = check(&merchant, notify.as_ref()) {
                read(&merchant, notify, message);
            }
        }
        1 => decoded(&merchant, message),
        2 => {
            let returned = within(message.len(), CONSTANT, || merchant.verify_return(message));
            let believed = witness::believed();
            assert!(returned.is_err() || believed.is_some(), "verified by nobody");
            if let (Ok(returned), Some((_, signed))) = (returned, believed)
                && merchant.charset() == Charset::Utf8
                && returned.get("charset").is_none()
            {
                let told: Vec<_> = returned.fields().collect();
                assert_eq!(signed, joined(returned.variant(), &told));
            }
        }
        _ => {
            let text = String::from_utf8_lossy(message);
            let result = within(text.len(), 16 * 1024, || merchant.verify_app_result(&text));
            let believed = witness::believed();
            if let Ok(result) = result {
                let verified = result.answer().is_some_and(Answer::is_verified);
                assert_eq!(verified, believed.is_some());
                assert!(!result.is_paid() || verified, "paid, and nobody signed it");
            }
        }
    }
}

fn decoded(merchant: &Merchant, message: &[u8]) {
    let pairs: Vec<_> = form_urlencoded::parse(message).collect();
    let pairs = || pairs.iter().map(|(name, value)| (&**name, &**value));
    let len = pairs().map(|(name, value)| name.len() + value.len() + 2).sum();
    // The table here is the caller's: 48 bytes for each of his fields.
    let table = pairs().count() * 48 * 3;
    let notify = within(len, CONSTANT + table, || merchant.verify_decoded(pairs()));
    let notify = notify.ok();
    if let Some(notify) = check(merchant, notify.as_ref()) {
        assert!(notify.is_lossy());
    }
}

/// What must hold of everything that was believed.
fn check<'n>(merchant: &Merchant, notify: Option<&'n VerifiedNotify>) -> Option<&'n VerifiedNotify> {
    let believed = witness::believed();
    let notify = notify?;
    let (sign_type, signed) = believed.expect("verified by nobody");
    assert!(
        merchant.sign_type() == SignType::Rsa || sign_type == SignType::Rsa2,
        "a downgrade"
    );
    let told: Vec<_> = notify.fields().collect();
    let charset = match notify.get("charset") {
        Some(name) if !name.is_empty() => name.parse().expect("a charset that was read"),
        _ => merchant.charset(),
    };
    let signed = charset.decode(&signed).expect("what was decoded field by field");
    assert_eq!(
        signed.as_bytes(),
        joined(notify.variant(), &told),
        "what is told is not what was verified"
    );
    assert!(told.iter().all(|(name, _)| *name != "sign"));
    if charset == Charset::Utf8 {
        assert!(
            told.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "unsorted, or twice"
        );
    }
    assert!(notify.get("app_id").is_none_or(|app_id| app_id == APP_ID));
    let status = notify.get("trade_status").unwrap_or_default();
    assert_eq!(
        notify.is_paid(),
        matches!(status, "TRADE_SUCCESS" | "TRADE_FINISHED")
    );
    Some(notify)
}

/// The fields that this variant counts, in the order of their names.
fn joined(variant: Variant, told: &[(&str, &str)]) -> Vec<u8> {
    let counts = |name: &str, value: &str| match name {
        "sign_type" if variant.sign_type_signed != Some(true) => false,
        "alipay_cert_sn" if variant.cert_sn_signed == Some(false) => false,
        _ => variant.empty_signed == Some(true) || !value.is_empty(),
    };
    let kept = told.iter().filter(|(name, value)| counts(name, value));
    let pairs: Vec<String> = kept.map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&").into_bytes()
}

/// The raw body, read by another's parser, and the typed record.
fn read(merchant: &Merchant, notify: &VerifiedNotify, body: &[u8]) {
    // The other parser knows UTF-8 only.
    let utf8 = match notify.get("charset") {
        Some(name) if !name.is_empty() => name.eq_ignore_ascii_case("utf-8"),
        _ => merchant.charset() == Charset::Utf8,
    };
    if utf8 && str::from_utf8(body).is_ok() {
        let mut theirs: Vec<_> = form_urlencoded::parse(body)
            .filter(|(name, _)| name != "sign")
            .collect();
        theirs.sort();
        let ours: Vec<_> = notify
            .fields()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let readable = theirs
            .iter()
            .all(|(name, value)| !name.contains('\u{fffd}') && !value.contains('\u{fffd}'));
        assert!(
            !readable || theirs == ours,
            "the browsers' library reads something else"
        );
    }
    let trade = notify.trade().expect("what was read is written");
    assert_eq!(
        trade.out_trade_no.as_deref().unwrap_or_default(),
        notify.out_trade_no().unwrap_or_default()
    );
    assert!(!format!("{notify:?}").is_empty());
}
