//! What Alipay's answers may echo, and what a merchant who changes may change.
#![allow(missing_docs)]

mod harness;

use alipay_core::payment::{Failure, Input, Outcome, Policy, RequestKind};
use harness::*;

const FACE: &str = "fp0123456789abcdef0123456789abcdefg";

fn everything(world: &World) -> String {
    format!(
        "{:?} {:?} {}",
        world.payment.outcome(),
        world.payment.heard(),
        String::from_utf8(world.payment.snapshot()).unwrap()
    )
}

#[test]
fn an_auth_code_that_an_answer_echoes_reaches_neither_outcome_nor_snapshot() {
    for code in [AUTH_CODE, FACE] {
        for node in [
            format!(r#"{{"code":"40004","sub_code":"ACQ.PAYMENT_FAIL","display_message":"请重试 {code}"}}"#),
            format!(r#"{{"code":"40004","sub_code":"ACQ.PAYMENT_FAIL","sub_msg":"支付码{code}无效"}}"#),
            format!(r#"{{"code":"40004","sub_code":"ACQ.PAYMENT_FAIL","sub_msg":"支付码：[{code}]"}}"#),
            format!(r#"{{"code":"40004","sub_code":"ACQ.PAYMENT_FAIL","sub_msg":"auth_code={code}"}}"#),
            format!(r#"{{"code":"40002","sub_code":"isv.invalid-{code}","sub_msg":"x"}}"#),
            format!(r#"{{"code":"40005","sub_code":"{code}","sub_msg":"x"}}"#),
            format!(r#"{{"code":"20001","sub_code":"aop.{code}","sub_msg":"{code} {code}"}}"#),
            format!(r#"{{"code":"{code}","sub_code":"","sub_msg":"x"}}"#),
            format!(r#"{{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR_{code}","sub_msg":"x"}}"#),
        ] {
            let mut world = World::new();
            world.pay(&node).poll();
            let shown = everything(&world);
            assert!(!shown.contains(code), "{node}: {shown}");
        }
    }
}

#[test]
fn a_trade_that_echoes_an_auth_code_keeps_it_out_of_outcome_and_snapshot() {
    for code in [AUTH_CODE, FACE] {
        let number = "2026112122001400000000000001";
        let told = |outcome: &Outcome| match outcome {
            Outcome::Paid { trade, .. } => trade.trade_no.clone(),
            other => panic!("{other:?}"),
        };
        let mut paid = World::new();
        paid.pay(&paid_node(NUMBER, AMOUNT).replace(number, code));
        assert_eq!(told(&paid.outcome()), None);
        let mut asked = World::new();
        asked.pay(WAITING);
        asked.query(&query_answer(
            &trade_node("TRADE_SUCCESS", AMOUNT, None).replace(number, code),
        ));
        assert_eq!(told(&asked.outcome()), None);
        let mut notified = World::new();
        notified.pay(WAITING).notify(&[("trade_no", code)], notified_at());
        assert_eq!(told(&notified.outcome()), None);
        let mut status = World::new();
        status
            .pay(WAITING)
            .query(&query_answer(&trade_node(code, AMOUNT, None)));
        for world in [paid, asked, notified, status] {
            assert!(!everything(&world).contains(code));
        }
    }
    // A trade's number has 28 digits, and is kept; so is one of a gateway in a test.
    for number in ["2026112122001400000000000001", "123456"] {
        let mut world = World::new();
        world.pay(&paid_node(NUMBER, AMOUNT).replace("2026112122001400000000000001", number));
        assert!(matches!(
            world.outcome(),
            Outcome::Paid { trade, .. } if trade.trade_no.as_deref() == Some(number)
        ));
    }
}

fn notified_at() -> alipay_core::Timestamp {
    alipay_core::Timestamp::from_unix_ms(START).unwrap()
}

#[test]
fn conflicts_and_refused_cancels_echo_none_either() {
    let mut conflict = World::new();
    conflict.pay(&format!(
        r#"{{"code":"40004","sub_code":"ACQ.TRADE_HAS_SUCCESS","sub_msg":"{AUTH_CODE}"}}"#
    ));
    conflict.query(&not_exist());
    let mut refused = World::new();
    refused.pay(WAITING).input(Input::Cancel);
    refused.query(&query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None)));
    for _ in 0..8 {
        refused.cancel(&refusal("40004", &format!("ACQ.UNKNOWN_{AUTH_CODE}")));
    }
    refused.query_until_done(&html());
    for world in [conflict, refused] {
        assert!(!everything(&world).contains(AUTH_CODE), "{}", everything(&world));
    }
}

#[test]
fn ordinary_messages_are_shown_as_they_are() {
    for message in [
        "买家余额不足",
        "call 95188",
        "交易2026年11月21日 20:00:00",
        "order 123456789012345",
    ] {
        let mut world = World::new();
        world.pay(&format!(
            r#"{{"code":"40004","sub_code":"ACQ.PAYMENT_FAIL","sub_msg":"{message}"}}"#
        ));
        assert!(matches!(
            world.outcome(),
            Outcome::Declined { display: Some(display), .. } if display == message
        ));
    }
}

/// The order is checked against the charset in which the payment is written: v3's is UTF-8, whatever the merchant's forms are in.
#[cfg(feature = "gbk")]
#[test]
fn another_merchant_is_checked_against_the_payments_charset() {
    use alipay_core::{ErrorCode, Payment, charset::Charset, merchant::ApiVersion};
    let of = |version| {
        let builder = new_merchant(APP_ID).api_version(version).charset(Charset::Gb2312);
        signing(builder, false)
    };
    let mut order = order();
    order.subject = Some("特价 🍜".into());
    let now = notified_at();
    let mut payment = Payment::new(of(ApiVersion::V3), order, Policy::default(), start(), now).unwrap();
    payment.set_merchant(of(ApiVersion::V3)).unwrap();
    let error = payment.set_merchant(of(ApiVersion::V2)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CharsetUnmappable);
    assert_eq!(
        payment.merchant().api_version(),
        ApiVersion::V3,
        "the old one stays"
    );
    // Once pay has left, the order is gone, and a query is plain.
    payment.poll_output(now);
    let error = payment.set_merchant(of(ApiVersion::V2)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::RequestInFlight);
}

#[test]
fn a_request_that_is_being_signed_is_in_flight_too() {
    use alipay_core::{ErrorCode, merchant::ApiVersion};
    let mut world = World::of(merchant_of(APP_ID, true), Policy::default());
    world.expect_sign(RequestKind::Pay);
    let v3 = signing(new_merchant(APP_ID).api_version(ApiVersion::V3), true);
    let error = world.payment.set_merchant(v3.clone()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::RequestInFlight);
    // The old request is over, the next is v3's.
    let mut polling = World::new();
    polling.pay_fails(Failure::MaybeSent);
    polling.payment.set_merchant(v3).unwrap();
    let output = polling.next_sign();
    assert!(output.string_to_sign.contains("/v3/alipay/trade/query"));
}

impl World {
    /// Waits for the next request for a signature.
    fn next_sign(&mut self) -> alipay_core::payment::SignRequest {
        use alipay_core::payment::Output;
        loop {
            match self.poll() {
                Output::Sign(sign) => return sign,
                Output::Timeout { at, .. } => self.now = at,
                other => panic!("{other:?}"),
            }
        }
    }
}
