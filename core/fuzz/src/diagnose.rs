//! Diagnoses: advice that never says more than it knows, and nothing of the message.

use super::{budget::within, seeds::vectors, witness::APP_ID};
use alipay_core::{
    ErrorCode, Merchant,
    diagnose::{Diagnosis, Hints, Verdict},
    key::PublicKey,
};
use std::sync::LazyLock;

/// Every reading of a message is kept while they are searched, and of each the changes that are tried, up to the number of hashes:
/// 300 KB were seen for a message of 2 KB.
const CONSTANT: usize = 512 * 1024;

static SHOP: LazyLock<Merchant> = LazyLock::new(|| {
    let file = vectors("diagnose");
    let key = file["merchants"]["shop"]["alipayPublicKey"]
        .as_str()
        .expect("the vectors' shop");
    let key = PublicKey::parse(key).expect("a test key");
    let builder = Merchant::builder(APP_ID, key).external_signer();
    builder.build().expect("a merchant in order")
});

/// Bit 0: an answer instead of a notification.
pub(super) fn run(input: &[u8]) {
    let Some((bits, message)) = super::split(input) else {
        return;
    };
    let hints = Hints {
        max_hashes: Some(200),
        ..Hints::default()
    };
    let shop = &*SHOP;
    if bits & 1 == 0 {
        let diagnosis = within(message.len(), CONSTANT, || shop.diagnose_notify(message, &hints));
        check(&diagnosis);
        let verified = shop.verify_notify(message);
        match verified {
            Ok(_) => assert_eq!(diagnosis.verdict, Verdict::Verifies),
            Err(error) if error.code() == ErrorCode::SignatureInvalid => {
                assert_ne!(diagnosis.verdict, Verdict::Verifies, "it does not verify");
            }
            Err(_) => {}
        }
    } else {
        let method = "alipay.trade.pay";
        let diagnosis = within(message.len(), CONSTANT, || {
            shop.diagnose_response(method, message, &hints)
        });
        if let Ok(diagnosis) = &diagnosis {
            check(diagnosis);
        }
    }
}

fn check(diagnosis: &Diagnosis) {
    assert!(diagnosis.tried <= 200 + 16, "{} hashes", diagnosis.tried);
    assert!(
        diagnosis.verdict == Verdict::Verifies || !diagnosis.findings.is_empty(),
        "no word about why"
    );
    let sn = diagnosis.unknown_cert_sn.as_deref();
    assert!(sn.is_none_or(|sn| sn.len() == 32 && sn.bytes().all(|byte| byte.is_ascii_hexdigit())));
}
