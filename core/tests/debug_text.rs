//! What `Debug` says is enough to tell values apart in a log, and no more. (That it shows no secret is another test's to say.)
#![allow(missing_docs)]

mod harness;

use alipay_core::{
    Timestamp,
    envelope::Call,
    key::{PrivateKey, PublicKey},
    notify::Expected,
    sign::pure::{PureSigner, PureVerifier},
};
use harness::*;

fn private_key() -> PrivateKey {
    PrivateKey::parse(include_str!("keys/app_private_key.pem")).unwrap()
}

fn public_key() -> PublicKey {
    PublicKey::parse(include_str!("keys/alipay_public_key.pem")).unwrap()
}

#[test]
fn a_signer_and_a_verifier_say_which_backend_they_are() {
    assert_eq!(format!("{:?}", PureSigner::new(&private_key())), "PureSigner(..)");
    assert_eq!(
        format!("{:?}", PureVerifier::new(&public_key()).unwrap()),
        "PureVerifier(..)"
    );
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn so_do_those_of_aws_lc() {
    use alipay_core::sign::aws::{AwsSigner, AwsVerifier};

    assert_eq!(
        format!("{:?}", AwsSigner::new(&private_key()).unwrap()),
        "AwsSigner(..)"
    );
    assert_eq!(
        format!("{:?}", AwsVerifier::new(&public_key()).unwrap()),
        "AwsVerifier(..)"
    );
}

#[test]
fn a_call_says_its_method_and_size_and_a_prepared_one_how_many_parameters_are_signed() {
    let call = Call::new("alipay.trade.query", r#"{"a":1}"#).unwrap();
    assert_eq!(format!("{call:?}"), "Call(alipay.trade.query, 7 bytes)");
    let prepared = merchant()
        .prepare(&call, Timestamp::from_unix_ms(START).unwrap())
        .unwrap();
    assert_eq!(format!("{prepared:?}"), "Prepared(8 parameters)");
}

#[test]
fn an_answer_says_its_codes_and_whether_it_is_verified() {
    let answer = merchant().open("alipay.trade.query", &not_exist()).unwrap();
    assert_eq!(
        format!("{answer:?}"),
        r#"Answer { verified: true, code: Some("40004"), sub_code: Some("ACQ.TRADE_NOT_EXIST"), .. }"#
    );
}

#[test]
fn a_notification_says_which_fields_it_has() {
    let notify = notification(&merchant(), &[], Timestamp::from_unix_ms(START).unwrap());
    let text = format!("{notify:?}");
    assert!(
        text.starts_with(r#"{"app_id", "buyer_id", "charset", "#),
        "{text}"
    );
}

#[test]
fn so_does_a_return() {
    let query = signed_form(&[("out_trade_no", NUMBER), ("total_amount", AMOUNT)]);
    let returned = merchant().verify_return(&query).unwrap();
    assert_eq!(format!("{returned:?}"), r#"{"out_trade_no", "total_amount"}"#);
}

#[test]
fn a_payment_says_its_number_and_where_it_stands() {
    let mut world = World::new();
    assert_eq!(
        format!("{:?}", world.payment),
        r#"Payment { out_trade_no: "20150320010101001", stage: Ready, in_flight: None, .. }"#
    );
    world.poll();
    assert_eq!(
        format!("{:?}", world.payment),
        r#"Payment { out_trade_no: "20150320010101001", stage: Paying, in_flight: Some(Pay), .. }"#
    );
}

#[test]
fn what_is_expected_says_the_order() {
    let expected = Expected {
        out_trade_no: NUMBER,
        total_amount: AMOUNT.parse().unwrap(),
        seller_id: Some("2088102146225135"),
        seller_email: None,
        app_id: "2014072300007148",
    };
    let text = format!("{expected:?}");
    assert!(
        text.starts_with(r#"Expected { out_trade_no: "20150320010101001", total_amount: "#),
        "{text}"
    );
}
