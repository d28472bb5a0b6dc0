//! What the benchmarks share.
#![allow(unreachable_pub, reason = "shared by two benchmarks")]

use alipay_core::{
    Error, Timestamp,
    http::HttpResponse,
    key::{PrivateKey, PublicKey},
    sign::{SignType, Signer, Verifier},
};

/// No RSA: a signature of the right size, and every signature is right.
#[derive(Debug)]
pub struct NoRsa;

impl Signer for NoRsa {
    fn sign(&self, _: SignType, _: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(vec![0x5a; 256])
    }
}

impl Verifier for NoRsa {
    fn verify(&self, _: SignType, _: &[u8], _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

pub fn alipay_key() -> PublicKey {
    PublicKey::parse(include_str!("../../tests/keys/alipay_public_key.pem")).unwrap()
}

pub fn app_key() -> PrivateKey {
    PrivateKey::parse(include_str!("../../tests/keys/app_private_key.pem")).unwrap()
}

pub fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_795_262_400_000).unwrap()
}

/// A response of one kilobyte, as a paid trade is answered.
pub fn response() -> HttpResponse {
    let mut body = String::from(
        r#"{"alipay_trade_query_response":{"code":"10000","msg":"Success","buyer_logon_id":"159****5620","buyer_pay_amount":"88.88","buyer_user_id":"2088101117955611","fund_bill_list":[{"amount":"88.88","fund_channel":"ALIPAYACCOUNT"}],"invoice_amount":"88.88","out_trade_no":"20150320010101001","point_amount":"0.00","receipt_amount":"88.88","send_pay_date":"2026-11-21 20:00:00","store_name":"证大五道口店","total_amount":"88.88","trade_no":"2026112122001400000000000001","trade_status":"TRADE_SUCCESS","subject":""#,
    );
    let tail = format!(r#""}},"sign":"{}"}}"#, "A".repeat(344));
    body.push_str(&"x".repeat(1024 - body.len() - tail.len()));
    body.push_str(&tail);
    assert_eq!(body.len(), 1024);
    HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: body.into_bytes(),
    }
}
