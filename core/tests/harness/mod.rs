//! A world for one payment: a cheap keyed stand-in for RSA, answers as Alipay writes them, and a clock in the
//! test's hand.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use alipay_core::{
    Error, ErrorCode, Merchant, Payment, Timestamp,
    api::TradePayRequest,
    form,
    http::HttpResponse,
    id::AuthCode,
    key::PublicKey,
    merchant::MerchantBuilder,
    notify::VerifiedNotify,
    payment::{Failure, Input, Outcome, Output, Policy, Request, RequestKind},
    sign::{SignType, Signer, Verifier, to_base64},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

pub const APP_ID: &str = "2014072300007148";
pub const NUMBER: &str = "20150320010101001";
pub const AMOUNT: &str = "88.88";
pub const AUTH_CODE: &str = "28763443825664394";
/// 2026-11-21 20:00:00 in Beijing.
pub const START: i64 = 1_795_262_400_000;

/// Keyed SHA-256 of the length of an RSA-1024 signature: fast, and nobody without the key can make one.
#[derive(Debug, Clone)]
pub struct Seal(pub &'static str);

impl Seal {
    fn seal(&self, message: &[u8]) -> Vec<u8> {
        Sha256::new()
            .chain_update(self.0)
            .chain_update(message)
            .finalize()
            .repeat(4)
    }
}

impl Signer for Seal {
    fn sign(&self, _: SignType, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.seal(message))
    }
}

impl Verifier for Seal {
    fn verify(&self, _: SignType, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        if self.seal(message) == signature {
            Ok(())
        } else {
            Err(ErrorCode::SignatureInvalid.into())
        }
    }
}

pub const ALIPAY: Seal = Seal("alipay");

/// A key that is only there because a merchant has one; the seal verifies instead.
const SOME_KEY: &str = include_str!("some_public_key.txt");

/// A merchant to be, who believes [`ALIPAY`].
pub fn new_merchant(app_id: &str) -> MerchantBuilder {
    Merchant::builder(app_id, PublicKey::parse(SOME_KEY).unwrap()).verifier(Arc::new(ALIPAY))
}

/// Signs with a seal of its own, or elsewhere.
pub fn signing(builder: MerchantBuilder, external: bool) -> Arc<Merchant> {
    let builder = if external {
        builder.external_signer()
    } else {
        builder.signer(Arc::new(Seal("app")))
    };
    Arc::new(builder.build().unwrap())
}

pub fn merchant_of(app_id: &str, external: bool) -> Arc<Merchant> {
    signing(new_merchant(app_id), external)
}

pub fn merchant() -> Arc<Merchant> {
    merchant_of(APP_ID, false)
}

pub fn order() -> TradePayRequest {
    TradePayRequest::bar_code(
        NUMBER,
        AuthCode::new(AUTH_CODE).unwrap(),
        AMOUNT.parse().unwrap(),
        "Iphone6 16G",
    )
}

/// A signed response of `method` with this node.
pub fn signed(method: &str, node: &str) -> HttpResponse {
    let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, node.as_bytes()).unwrap());
    let name = method.replace('.', "_");
    HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: format!(r#"{{"{name}_response":{node},"sign":"{sign}"}}"#).into_bytes(),
    }
}

pub fn pay_answer(node: &str) -> HttpResponse {
    signed("alipay.trade.pay", node)
}

pub fn query_answer(node: &str) -> HttpResponse {
    signed("alipay.trade.query", node)
}

pub fn cancel_answer(node: &str) -> HttpResponse {
    signed("alipay.trade.cancel", node)
}

pub fn refusal(code: &str, sub_code: &str) -> String {
    format!(r#"{{"code":"{code}","msg":"Business Failed","sub_code":"{sub_code}","sub_msg":"失败"}}"#)
}

pub fn paid_node(number: &str, amount: &str) -> String {
    format!(
        r#"{{"code":"10000","msg":"Success","trade_no":"2026112122001400000000000001","out_trade_no":"{number}","total_amount":"{amount}","receipt_amount":"{amount}","buyer_user_id":"2088101117955611"}}"#
    )
}

pub fn trade_node(status: &str, amount: &str, paid_at: Option<Timestamp>) -> String {
    let date = paid_at
        .map(|t| format!(r#","send_pay_date":"{}""#, t.to_beijing()))
        .unwrap_or_default();
    format!(
        r#"{{"code":"10000","msg":"Success","trade_no":"2026112122001400000000000001","out_trade_no":"{NUMBER}","trade_status":"{status}","total_amount":"{amount}","buyer_user_id":"2088101117955611"{date}}}"#
    )
}

pub fn cancelled_node(retry_flag: &str, action: Option<&str>) -> String {
    let action = action.map(|a| format!(r#","action":"{a}""#)).unwrap_or_default();
    format!(
        r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}","retry_flag":"{retry_flag}"{action}}}"#
    )
}

pub const WAITING: &str =
    r#"{"code":"10003","msg":" order success pay inprocess","out_trade_no":"20150320010101001"}"#;

pub fn not_exist() -> HttpResponse {
    query_answer(&refusal("40004", "ACQ.TRADE_NOT_EXIST"))
}

/// A verified notification with these fields changed from an ordinary payment's.
pub fn notification(merchant: &Merchant, changes: &[(&str, &str)], paid_at: Timestamp) -> VerifiedNotify {
    let paid_at = paid_at.to_beijing();
    let mut fields = vec![
        ("notify_id", "91722adff935e8cfa58b3aabf4dead6ibe"),
        ("notify_type", "trade_status_sync"),
        ("app_id", APP_ID),
        ("charset", "utf-8"),
        ("out_trade_no", NUMBER),
        ("trade_no", "2026112122001400000000000001"),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_amount", AMOUNT),
        ("gmt_payment", &*paid_at),
        ("buyer_id", "2088101117955611"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    let body = signed_form(&fields) + "&sign_type=RSA2";
    merchant.verify_notify(body.as_bytes()).unwrap()
}

/// These fields and Alipay's signature, urlencoded.
pub fn signed_form(fields: &[(&str, &str)]) -> String {
    let text = alipay_core::canonical::string_to_sign(fields.iter().copied());
    let sign = to_base64(&ALIPAY.sign(SignType::Rsa2, text.as_bytes()).unwrap());
    form::encode(fields.iter().copied().chain([("sign", &*sign)]))
}

/// One payment and its clock.
pub struct World {
    pub merchant: Arc<Merchant>,
    pub payment: Payment,
    pub now: Timestamp,
    /// Every request that left, in order.
    pub sent: Vec<RequestKind>,
}

impl World {
    pub fn new() -> Self {
        Self::with(Policy::default())
    }

    pub fn with(policy: Policy) -> Self {
        Self::of(merchant(), policy)
    }

    pub fn of(merchant: Arc<Merchant>, policy: Policy) -> Self {
        let now = Timestamp::from_unix_ms(START).unwrap();
        let payment = Payment::new(Arc::clone(&merchant), order(), policy, now).unwrap();
        Self {
            merchant,
            payment,
            now,
            sent: Vec::new(),
        }
    }

    pub fn seconds(&self, seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(self.now.unix_ms() + seconds * 1000).unwrap()
    }

    pub fn wait(&mut self, seconds: f64) -> &mut Self {
        #[allow(clippy::cast_possible_truncation)]
        let ms = (seconds * 1000.0) as i64;
        self.now = Timestamp::from_unix_ms(self.now.unix_ms() + ms).unwrap();
        self
    }

    /// Polls once. A timeout must lie in the future (rule 7).
    pub fn poll(&mut self) -> Output {
        let output = self.payment.poll_output(self.now);
        match &output {
            Output::Timeout { at, .. } => assert!(*at > self.now, "Timeout.at must be later than now"),
            Output::Request(request) => self.sent.push(request.kind),
            _ => {}
        }
        output
    }

    /// Polls and expects a request of this kind right now.
    pub fn expect(&mut self, kind: RequestKind) -> Request {
        match self.poll() {
            Output::Request(request) if request.kind == kind => request,
            other => panic!("expected {kind:?} now, got {other:?}"),
        }
    }

    /// Waits for the next request, however long its timer says, and returns it with the seconds waited.
    pub fn next(&mut self, kind: RequestKind) -> (Request, f64) {
        let start = self.now;
        loop {
            match self.poll() {
                Output::Request(request) if request.kind == kind => {
                    return (request, self.now.saturating_since(start).as_secs_f64());
                }
                Output::Timeout { at, .. } => self.now = at,
                other => panic!("expected {kind:?}, got {other:?}"),
            }
        }
    }

    pub fn answer(&mut self, request: &Request, response: &HttpResponse) -> &mut Self {
        self.payment
            .handle_input(
                Input::Response {
                    id: request.id,
                    response,
                },
                self.now,
            )
            .unwrap();
        self
    }

    pub fn fail(&mut self, request: &Request, failure: Failure) -> &mut Self {
        self.payment
            .handle_input(
                Input::Failure {
                    id: request.id,
                    failure,
                },
                self.now,
            )
            .unwrap();
        self
    }

    pub fn input(&mut self, input: Input<'_>) -> &mut Self {
        self.payment.handle_input(input, self.now).unwrap();
        self
    }

    /// Sends pay and gives it this answer.
    pub fn pay(&mut self, node: &str) -> &mut Self {
        let pay = self.expect(RequestKind::Pay);
        self.answer(&pay, &pay_answer(node))
    }

    /// Sends pay and tells that no answer came.
    pub fn pay_fails(&mut self, failure: Failure) -> &mut Self {
        let pay = self.expect(RequestKind::Pay);
        self.fail(&pay, failure)
    }

    /// Waits for the next query and gives it this answer.
    pub fn query(&mut self, response: &HttpResponse) -> &mut Self {
        let (query, _) = self.next(RequestKind::Query);
        self.answer(&query, response)
    }

    /// Waits for the next cancel and gives it this answer.
    pub fn cancel(&mut self, node: &str) -> &mut Self {
        let (cancel, _) = self.next(RequestKind::Cancel);
        self.answer(&cancel, &cancel_answer(node))
    }

    /// Kills the process and restores from its snapshot.
    pub fn crash(&mut self) -> &mut Self {
        let snapshot = self.payment.snapshot();
        self.payment = Payment::restore(Arc::clone(&self.merchant), &snapshot, self.now).unwrap();
        self
    }

    pub fn outcome(&mut self) -> Outcome {
        match self.poll() {
            Output::Done(outcome) => outcome,
            other => panic!("expected an outcome, got {other:?}"),
        }
    }

    pub fn count(&self, kind: RequestKind) -> usize {
        self.sent.iter().filter(|sent| **sent == kind).count()
    }
}
