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
    payment::{
        Failure, Input, News, Outcome, Output, Policy, Request, RequestKind, Restored, SignRequest, Start,
        UnresolvedReason,
    },
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

pub fn waits() -> HttpResponse {
    query_answer(&trade_node("WAIT_BUYER_PAY", AMOUNT, None))
}

pub fn paid_at(at: Timestamp) -> HttpResponse {
    query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, Some(at)))
}

pub fn paid_now(world: &World) -> HttpResponse {
    paid_at(world.now)
}

/// A success that does not say when it was paid.
pub fn undated() -> HttpResponse {
    query_answer(&trade_node("TRADE_SUCCESS", AMOUNT, None))
}

/// A cancel that found nothing.
pub fn nothing_done() -> HttpResponse {
    cancel_answer(&cancelled_node("N", None))
}

/// Pay's answer that the number is another sale's.
pub fn taken() -> HttpResponse {
    pay_answer(&refusal("40004", "ACQ.TRADE_HAS_SUCCESS"))
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

/// How every payment here starts.
pub fn start() -> Start {
    Start {
        first_id: 1,
        alipay_time: None,
    }
}

/// HTTP's `Date` at this moment.
pub fn http_date(at: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let ms = at.unix_ms();
    let greenwich = Timestamp::from_unix_ms((ms - 8 * 3_600_000).max(0))
        .unwrap()
        .to_beijing();
    let (date, clock) = greenwich.split_once(' ').unwrap();
    let parts: Vec<usize> = date.split('-').map(|part| part.parse().unwrap()).collect();
    let day = usize::try_from(ms / 86_400_000).unwrap() % 7;
    format!(
        "{}, {:02} {} {} {clock} GMT",
        DAYS[day],
        parts[2],
        MONTHS[parts[1] - 1],
        parts[0]
    )
}

pub fn html() -> HttpResponse {
    HttpResponse {
        status: 502,
        headers: Vec::new(),
        body: b"<html>".to_vec(),
    }
}

/// One payment and its clock.
pub struct World {
    pub merchant: Arc<Merchant>,
    pub payment: Payment,
    pub now: Timestamp,
    /// Every request that left, in order.
    pub sent: Vec<RequestKind>,
    /// How often the machine asked to be stored without a request.
    pub saves: usize,
    /// How far Alipay's clock is ahead of the till's, in milliseconds. `None`: answers don't say what time it is.
    pub alipay_ahead: Option<i64>,
    /// What the host knows after a crash.
    pub restored: Restored,
    /// Whether the transport resets its connections when the process dies.
    pub resets: bool,
}

impl World {
    pub fn new() -> Self {
        Self::with(Policy::default())
    }

    pub fn with(policy: Policy) -> Self {
        Self::of(merchant(), policy)
    }

    pub fn of(merchant: Arc<Merchant>, policy: Policy) -> Self {
        Self::starting(merchant, policy, start())
    }

    pub fn starting(merchant: Arc<Merchant>, policy: Policy, start: Start) -> Self {
        let now = Timestamp::from_unix_ms(START).unwrap();
        let payment = Payment::new(Arc::clone(&merchant), order(), policy, start, now).unwrap();
        Self {
            merchant,
            payment,
            now,
            sent: Vec::new(),
            saves: 0,
            alipay_ahead: Some(0),
            restored: Restored {
                first_id: 1,
                ..Restored::default()
            },
            resets: false,
        }
    }

    /// One whose answers don't say what time it is.
    pub fn timeless() -> Self {
        let mut world = Self::new();
        world.alipay_ahead = None;
        world
    }

    /// One whose key lives elsewhere.
    pub fn signing_elsewhere() -> Self {
        Self::of(merchant_of(APP_ID, true), Policy::default())
    }

    /// Pay was aborted, and with "no such trade" and a cancel without action it is Closed.
    pub fn closed_by_not_found() -> Self {
        let mut world = Self::new();
        world.pay_fails(Failure::Aborted);
        let outcome = world.nothing_until_done();
        assert!(matches!(outcome, Outcome::Closed { .. }), "{outcome:?}");
        world
    }

    /// One whose transport resets its connections when the process dies.
    pub fn resetting() -> Self {
        let mut world = Self::new();
        world.resets = true;
        world.payment.set_resets_on_death(true);
        world
    }

    pub fn seconds(&self, seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(self.now.unix_ms() + seconds * 1000).unwrap()
    }

    /// Seconds since the payment was made.
    pub fn age(&self) -> f64 {
        self.now
            .saturating_since(Timestamp::from_unix_ms(START).unwrap())
            .as_secs_f64()
    }

    pub fn wait(&mut self, seconds: f64) -> &mut Self {
        #[allow(clippy::cast_possible_truncation)]
        let ms = (seconds * 1000.0) as i64;
        self.now = Timestamp::from_unix_ms(self.now.unix_ms() + ms).unwrap();
        self
    }

    /// The till's clock is set ahead; no time passes.
    pub fn leap(&mut self, seconds: f64) -> &mut Self {
        let before = self.now.unix_ms();
        self.wait(seconds);
        let leapt = self.now.unix_ms() - before;
        self.alipay_ahead = self.alipay_ahead.map(|ahead| ahead - leapt);
        self
    }

    /// Polls once. A timeout must lie in the future (rule 7).
    pub fn poll_once(&mut self) -> Output {
        let output = self.payment.poll_output(self.now);
        match &output {
            Output::Timeout { at, .. } => assert!(*at > self.now, "Timeout.at must be later than now"),
            Output::Request(request) => self.sent.push(request.kind),
            Output::Save => self.saves += 1,
            _ => {}
        }
        output
    }

    /// Polls, and stores what there is to store.
    pub fn poll(&mut self) -> Output {
        loop {
            match self.poll_once() {
                Output::Save => {}
                output => return output,
            }
        }
    }

    /// Polls and expects a request of this kind right now.
    pub fn expect(&mut self, kind: RequestKind) -> Request {
        match self.poll() {
            Output::Request(request) if request.kind == kind => request,
            other => panic!("expected {kind:?} now, got {other:?}"),
        }
    }

    /// Polls and expects a request for a signature of this kind right now.
    pub fn expect_sign(&mut self, kind: RequestKind) -> SignRequest {
        match self.poll() {
            Output::Sign(sign) if sign.kind == kind => sign,
            other => panic!("expected to sign {kind:?} now, got {other:?}"),
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

    /// Gives it this answer, which says what time it is at Alipay's if the world knows and it has no headers yet.
    pub fn answer(&mut self, request: &Request, response: &HttpResponse) -> &mut Self {
        self.answer_and_reset(request, response, false)
    }

    pub fn answer_and_reset(&mut self, request: &Request, response: &HttpResponse, reset: bool) -> &mut Self {
        let mut response = response.clone();
        if let Some(ahead) = self.alipay_ahead
            && response.headers.is_empty()
        {
            let at = Timestamp::from_unix_ms((self.now.unix_ms() + ahead).max(0)).unwrap();
            response.headers.push(("Date".to_owned(), http_date(at)));
        }
        self.input(Input::Response {
            id: request.id,
            response: &response,
            reset,
        })
    }

    pub fn fail(&mut self, request: &Request, failure: Failure) -> &mut Self {
        self.input(Input::Failure {
            id: request.id,
            failure,
        })
    }

    pub fn input(&mut self, input: Input<'_>) -> &mut Self {
        self.payment.handle_input(input, self.now).unwrap();
        self
    }

    /// A verified notification comes, this one of an ordinary payment with these fields changed.
    pub fn notify(&mut self, changes: &[(&str, &str)], paid_at: Timestamp) -> &mut Self {
        let notify = notification(&self.merchant, changes, paid_at);
        self.input(Input::Notify(&notify))
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

    /// Waits for the next cancel and tells that no answer came.
    pub fn cancel_fails(&mut self, failure: Failure) -> &mut Self {
        let (cancel, _) = self.next(RequestKind::Cancel);
        self.fail(&cancel, failure)
    }

    /// Answers every query alike until something else than a query is wanted, and returns that.
    pub fn query_until(&mut self, response: &HttpResponse) -> Output {
        loop {
            match self.poll() {
                Output::Request(request) if request.kind == RequestKind::Query => {
                    self.answer(&request, response);
                }
                Output::Timeout { at, .. } => self.now = at,
                other => return other,
            }
        }
    }

    /// The same, until there is an outcome.
    pub fn query_until_done(&mut self, response: &HttpResponse) -> Outcome {
        match self.query_until(response) {
            Output::Done(outcome) => outcome,
            other => panic!("expected an outcome, got {other:?}"),
        }
    }

    /// The same, until a cancel is wanted.
    pub fn query_until_cancel(&mut self, response: &HttpResponse) -> Request {
        match self.query_until(response) {
            Output::Request(request) if request.kind == RequestKind::Cancel => request,
            other => panic!("expected a cancel, got {other:?}"),
        }
    }

    /// Answers queries with "no such trade" and cancels with nothing done, until there is an outcome.
    pub fn nothing_until_done(&mut self) -> Outcome {
        for _ in 0..1_000 {
            match self.poll() {
                Output::Request(request) => {
                    let answer = match request.kind {
                        RequestKind::Query => not_exist(),
                        RequestKind::Cancel => nothing_done(),
                        _ => panic!("pay again"),
                    };
                    self.answer(&request, &answer);
                }
                Output::Timeout { at, .. } => self.now = at,
                Output::Done(outcome) => return outcome,
                other => panic!("{other:?}"),
            }
        }
        panic!("no outcome")
    }

    /// The signature asked for comes.
    pub fn sign(&mut self, sign: &SignRequest) -> &mut Self {
        self.input(Input::Signature {
            id: sign.id,
            signature: &[1; 128],
        })
    }

    /// Signs and answers every query alike, until a cancel is to be signed.
    pub fn query_until_cancel_is_signed(&mut self, response: &HttpResponse) -> SignRequest {
        loop {
            match self.query_until(response) {
                Output::Sign(sign) if sign.kind == RequestKind::Cancel => return sign,
                Output::Sign(sign) => {
                    self.sign(&sign);
                }
                other => panic!("expected to sign a cancel, got {other:?}"),
            }
        }
    }

    /// Kills the process and restores from its snapshot.
    pub fn crash(&mut self) -> &mut Self {
        let snapshot = self.payment.snapshot();
        self.restore(&snapshot)
    }

    pub fn restore(&mut self, snapshot: &[u8]) -> &mut Self {
        // As random as a test may be.
        self.restored.first_id += 1_000;
        self.payment =
            Payment::restore(Arc::clone(&self.merchant), snapshot, self.restored, self.now).unwrap();
        self.payment.set_resets_on_death(self.resets);
        self
    }

    pub fn outcome(&mut self) -> Outcome {
        match self.poll() {
            Output::Done(outcome) => outcome,
            other => panic!("expected an outcome, got {other:?}"),
        }
    }

    pub fn news(&mut self) -> News {
        match self.poll() {
            Output::News(news) => news,
            other => panic!("expected news, got {other:?}"),
        }
    }

    /// The reason, which must be the outcome's.
    pub fn unresolved(&mut self) -> UnresolvedReason {
        match self.outcome() {
            Outcome::Unresolved { reason, .. } => reason,
            other => panic!("expected to be unresolved, got {other:?}"),
        }
    }

    pub fn count(&self, kind: RequestKind) -> usize {
        self.sent.iter().filter(|sent| **sent == kind).count()
    }
}
