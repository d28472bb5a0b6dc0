//! Making requests: built for the merchant's protocol, signed here or elsewhere, noted when they leave.

use super::{
    clock::Moment,
    exchange::{Output, Request, RequestId, RequestKind, SignRequest},
    limit::{self, Added, Limit},
    machine::Payment,
    reading::Problem,
    stage::{Asked, Flight, Stage, Step},
};
use crate::{
    api::{ApiRequest, TradeCancelRequest, TradePayRequest, TradeQueryRequest},
    envelope::{Call, Prepared},
    error::Error,
    http::HttpRequest,
    json::{self, Object},
    merchant::{ApiVersion, Signing},
    sign::SignType,
    v3,
};
use alloc::{borrow::Cow, boxed::Box, format, string::String};
use core::time::Duration;
use sha2::{Digest, Sha256};

/// A request of either protocol that only lacks its signature.
#[derive(Clone)]
pub(super) enum Unsigned {
    V2(Prepared),
    V3(v3::Prepared),
}

impl Unsigned {
    fn sign_type(&self) -> SignType {
        match self {
            Self::V2(prepared) => prepared.sign_type(),
            Self::V3(_) => SignType::Rsa2,
        }
    }

    fn bytes_to_sign(&self) -> &[u8] {
        match self {
            Self::V2(prepared) => prepared.bytes_to_sign(),
            Self::V3(prepared) => prepared.string_to_sign().as_bytes(),
        }
    }

    fn string_to_sign(&self) -> Cow<'_, str> {
        match self {
            Self::V2(prepared) => prepared.string_to_sign(),
            Self::V3(prepared) => prepared.string_to_sign().into(),
        }
    }

    pub(super) fn finish(self, signature: &[u8]) -> Result<HttpRequest, Error> {
        match self {
            Self::V2(prepared) => prepared.finish(signature),
            Self::V3(prepared) => {
                let v3::Request {
                    method: _, // All three are POST.
                    url,
                    headers,
                    body,
                } = prepared.finish(signature)?;
                Ok(HttpRequest { url, headers, body })
            }
        }
    }
}

impl Payment {
    /// Builds the next request and hands it to the signer: this process's, or the host.
    /// `None` if it could not be signed here; then the stage has moved on.
    pub(super) fn start(&mut self, kind: RequestKind) -> Option<Output> {
        // The order was checked when the machine was made; treat the impossible as a request that could not leave.
        if let Some(order) = self.order.as_ref().filter(|_| kind == RequestKind::Pay) {
            // What the order says, or what is added to it now.
            self.limit = match limit::added(order, &self.policy, self.clock.host) {
                Some(Added::Expire(at)) => Limit::At(at),
                _ => Limit::of(order, &self.policy),
            };
        }
        let Ok(prepared) = self.unsigned(kind) else {
            return self.start_failed(kind);
        };
        let id = RequestId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        self.probe = false;
        match kind {
            RequestKind::Pay => self.stage = Stage::Paying,
            RequestKind::Query => {
                self.query_left = self.clock.elapsed;
                let last = self.cancel_requested || self.clock.elapsed >= self.window_end;
                broken!(let last = PollsForEver => false);
                if self.stage == Stage::Polling && last {
                    self.stage = Stage::LastQuery;
                }
            }
            // Counted when it begins and not when it leaves: signing must not be tried for ever either.
            RequestKind::Cancel => self.cancels = self.cancels.saturating_add(1),
        }
        broken!(CancelsForEver => self.cancels = 1);
        match self.merchant.signing() {
            Signing::Local(signer) => {
                let signed = signer.sign(prepared.sign_type(), prepared.bytes_to_sign());
                broken!(let signed = SignsSomethingElse => signer.sign(prepared.sign_type(), b"something else"));
                match signed.and_then(|signature| prepared.finish(&signature)) {
                    Ok(http) => Some(self.send(id, kind, http)),
                    Err(_) => self.start_failed(kind),
                }
            }
            Signing::External => {
                let string_to_sign = prepared.string_to_sign().into_owned();
                let message = prepared.bytes_to_sign().into();
                let output = Output::Sign(SignRequest {
                    id,
                    kind,
                    sign_type: prepared.sign_type(),
                    message,
                    string_to_sign,
                    timeout_ms: self.policy.sign_timeout_ms,
                });
                self.flight = Some(Flight {
                    id,
                    kind,
                    step: Step::Signing(Box::new(prepared)),
                    deadline: self.clock.elapsed.after(self.policy.sign_timeout_ms),
                    asked: Asked::default(),
                });
                Some(output)
            }
        }
    }

    fn start_failed(&mut self, kind: RequestKind) -> Option<Output> {
        let id = RequestId(self.next_id);
        let deadline = self.clock.elapsed;
        let step = Step::Sent;
        self.fail(
            &Flight {
                id,
                kind,
                step,
                deadline,
                asked: Asked::default(),
            },
            Problem::NotSent,
        );
        None
    }

    fn unsigned(&self, kind: RequestKind) -> Result<Unsigned, Error> {
        match self.merchant.api_version() {
            ApiVersion::V2 => {
                let call = self.call(kind)?;
                self.merchant.prepare(&call, self.clock.host).map(Unsigned::V2)
            }
            ApiVersion::V3 => {
                let call = self.call_v3(kind)?;
                let prepared = self
                    .merchant
                    .prepare_v3(&call, &self.nonce(kind), self.clock.host)?;
                Ok(Unsigned::V3(prepared))
            }
        }
    }

    fn call(&self, kind: RequestKind) -> Result<Call, Error> {
        let number = self.out_trade_no();
        match kind {
            RequestKind::Pay => Ok(Call::own(TradePayRequest::METHOD, self.order_json())),
            RequestKind::Query => TradeQueryRequest::out_trade_no(number).to_call(),
            RequestKind::Cancel => TradeCancelRequest::out_trade_no(number).to_call(),
        }
    }

    fn call_v3(&self, kind: RequestKind) -> Result<v3::Call, Error> {
        let (path, body) = match kind {
            RequestKind::Pay => ("/v3/alipay/trade/pay", self.order_with_notify_url()),
            RequestKind::Query => ("/v3/alipay/trade/query", self.call(kind)?.biz_content().into()),
            RequestKind::Cancel => ("/v3/alipay/trade/cancel", self.call(kind)?.biz_content().into()),
        };
        v3::Call::new(v3::Method::Post, path, body)
    }

    /// The order, with a limit if it has none of its own: a trade that nobody cancels ends all the same.
    fn order_json(&self) -> String {
        let Some(order) = &self.order else {
            return String::new();
        };
        let limited = match limit::added(order, &self.policy, self.clock.host) {
            None => return order.to_json(),
            Some(Added::Express(text)) => TradePayRequest {
                timeout_express: Some(text),
                ..order.as_ref().clone()
            },
            Some(Added::Expire(at)) => TradePayRequest {
                time_expire: Some(at.to_beijing()),
                ..order.as_ref().clone()
            },
        };
        limited.to_json()
    }

    /// Over v3 the notify_url is a member of the body. The order's own goes first.
    fn order_with_notify_url(&self) -> String {
        let mut text = self.order_json();
        let has_one =
            |text: &str| Object::parse(text).is_ok_and(|order| order.member("notify_url").is_some());
        if let Some(url) = self.merchant.notify_url()
            && !has_one(&text)
            && text.pop() == Some('}')
        {
            json::write_member(&mut text, "notify_url", |out| json::write_string(out, url));
            text.push('}');
        }
        text
    }

    /// The nonce of a request over v3, as a UUID (version 8, which leaves its bits to whoever makes it).
    ///
    /// It needs to be new and need not be secret: the gateway refuses a nonce it has seen, so that nobody can send a
    /// recorded request again, and the signature covers it. Within an application a payment is told by its out_trade_no,
    /// a request of it by its id, and where a crash lost the last ids, by the host's time. Were the clock set back to the very
    /// millisecond, the request would be refused, and a query would follow as after every answer that says nothing.
    fn nonce(&self, kind: RequestKind) -> String {
        let digest = Sha256::new()
            .chain_update(format!(
                "alipay-payment\n{}\n{}\n{}\n{}\n{}",
                self.merchant.app_id().as_str(),
                self.out_trade_no(),
                self.next_id,
                kind.as_str(),
                self.clock.host.unix_ms(),
            ))
            .finalize();
        let mut uuid = String::with_capacity(36);
        for (at, byte) in digest.iter().take(16).enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                uuid.push('-');
            }
            let byte = match at {
                6 => byte & 0x0f | 0x80,
                8 => byte & 0x3f | 0x80,
                _ => *byte,
            };
            uuid.push_str(&format!("{byte:02x}"));
        }
        uuid
    }

    /// The moment a request goes to the host: everything that must be known after a crash is noted here, before the host can
    /// take the snapshot that it stores first.
    pub(super) fn send(&mut self, id: RequestId, kind: RequestKind, http: HttpRequest) -> Output {
        let (timeout_ms, send_within_ms) = match kind {
            RequestKind::Pay => {
                broken!(keep order = self.order.clone().filter(|_| !self.pay.left()));
                self.pay_leaves(id);
                broken!(PaysAgainAfterRestart | PaysAgainWhenUnanswered | PaysAgainWhenNotFound | KeepsTheAuthCode => self.order = order);
                (self.policy.pay_timeout_ms, self.policy.send_within_ms)
            }
            RequestKind::Query => {
                self.query_left = self.clock.elapsed;
                (self.policy.query_timeout_ms, self.policy.query_timeout_ms)
            }
            RequestKind::Cancel => {
                self.cancels_left.leaves(id, self.resets_on_death);
                broken!(ForgetsItsCancels => self.cancels_left = super::landing::Landing::default());
                (self.policy.cancel_timeout_ms, self.policy.send_within_ms)
            }
        };
        let checkpoint = kind != RequestKind::Query;
        // What a checkpoint stores need not be stored by itself.
        self.save_due &= !checkpoint;
        // The transport's time starts when storing is over.
        let before = if checkpoint { send_within_ms } else { 0 };
        self.flight = Some(Flight {
            id,
            kind,
            step: Step::Sent,
            deadline: self.clock.elapsed.after(before).after(timeout_ms),
            asked: Asked {
                at: self.clock.witnessed,
                endings: self.endings,
                after_pay: self.has_settled(&self.pay),
                after_cancels: self.has_settled(&self.cancels_left),
            },
        });
        broken!(let checkpoint = PaysUnstored => kind == RequestKind::Cancel);
        broken!(let checkpoint = CancelsUnstored => kind == RequestKind::Pay);
        Output::Request(Request {
            id,
            kind,
            http,
            timeout_ms,
            checkpoint,
            send_within_ms,
        })
    }

    fn pay_leaves(&mut self, id: RequestId) {
        self.pay.leaves(id, self.resets_on_death);
        self.pay_moment = Some((self.clock.elapsed, self.clock.witnessed));
        self.sale.pay_left = Some(self.clock.host);
        if let Some(time) = self.alipay_time.take().filter(|_| !self.clock.set_back) {
            // What an earlier answer of this process told: it holds across a restart.
            let since = |moment: Moment| Duration::from_millis(moment.0);
            let latest = since(self.clock.elapsed).saturating_add(Duration::from_secs(1));
            self.sale.left_within(
                time.saturating_add(since(self.clock.witnessed)),
                time.saturating_add(latest),
            );
        }
        // Until an answer sets it anew: what a restart has to go by.
        self.window_end = self
            .clock
            .elapsed
            .after(self.policy.send_within_ms)
            .after(self.policy.pay_timeout_ms)
            .after(self.policy.poll_window_ms);
        // With the order goes the auth_code, which is wiped.
        self.order = None;
    }
}
