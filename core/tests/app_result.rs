//! What the app's SDK hands over: as a whole with its `result` as text or as an object, or without one.
#![allow(missing_docs)]

mod harness;

use alipay_core::notify::AppStatus;
use harness::*;

fn result() -> String {
    let answer = signed("alipay.trade.app.pay", &paid_node(NUMBER, AMOUNT));
    String::from_utf8(answer.body).unwrap()
}

#[test]
fn a_result_passed_on_as_an_object_is_verified_as_it_stands() {
    let whole = format!(r#"{{"memo":"","resultStatus":"9000","result":{}}}"#, result());
    let told = merchant().verify_app_result(&whole).unwrap();
    assert!(told.is_paid());
    assert_eq!(told.status(), Some(AppStatus::Paid));
    assert_eq!(
        format!("{told:?}"),
        r#"AppResult { status: Some(Paid), answer: Some(Answer { verified: true, code: Some("10000"), sub_code: None, .. }) }"#
    );
    // Nothing is read from around it.
    let forged = whole.replace(AMOUNT, "0.01");
    assert!(merchant().verify_app_result(&forged).is_err());
}

#[test]
fn where_nothing_was_paid_there_is_no_result() {
    for text in [
        r#"{"memo":"","resultStatus":"6001"}"#,
        r#"{"memo":"","resultStatus":"6001","result":""}"#,
        r#"{"memo":"","resultStatus":"6001","result":null}"#,
    ] {
        let told = merchant().verify_app_result(text).unwrap();
        assert!(!told.is_paid());
        assert_eq!(told.status(), Some(AppStatus::Cancelled), "{text}");
        assert!(told.answer().is_none());
    }
}
