//! A merchant and a gateway in one test, without any HTTP: the core signs, the model answers, the core verifies.

use crate::{
    config::App,
    model::{
        answer::Delivery,
        gateway::{Gateway, GatewayConfig, GatewayRequest},
        story::auth_code,
        trade::TradeView,
    },
};
use alipay_core::{
    Error, Merchant, Timestamp,
    envelope::{Answer, Call},
    http::HttpResponse,
    key::PrivateKey,
    merchant::MerchantBuilder,
};
use getrandom::{SysRng, rand_core::UnwrapErr};
use serde_json::{Value, json};
use std::{sync::LazyLock, time::Duration};

pub(crate) const APP_ID: &str = "2014072300007148";
pub(crate) const SELLER_ID: &str = "2088102146225135";

static KEYS: LazyLock<(PrivateKey, PrivateKey)> = LazyLock::new(|| {
    let mut random = UnwrapErr(SysRng);
    let mut generate = || PrivateKey::generate(&mut random, 2048).unwrap();
    (generate(), generate())
});

/// A merchant at its counter.
pub(crate) struct Counter {
    pub(crate) gateway: Gateway,
    pub(crate) merchant: Merchant,
    pub(crate) now: Timestamp,
}

/// What the merchant saw.
pub(crate) enum Seen {
    /// A body, verified or not.
    Body(Result<Answer, Error>),
    /// A body that broke off.
    Cut,
    Nothing,
}

impl Counter {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: GatewayConfig) -> Self {
        Self::of(config, |builder| builder)
    }

    /// With a merchant that is set up another way.
    pub(crate) fn of(config: GatewayConfig, set_up: impl FnOnce(MerchantBuilder) -> MerchantBuilder) -> Self {
        let (app, alipay) = &*KEYS;
        let builder = Merchant::builder(APP_ID, alipay.public_key().clone())
            .private_key(app.clone())
            .gateway("http://127.0.0.1/gateway.do")
            .notify_url("http://127.0.0.1/notify");
        let merchant = set_up(builder).build().unwrap();
        Self {
            gateway: Gateway::new(config).unwrap(),
            merchant,
            now: Timestamp::from_beijing("2026-03-01 12:00:00").unwrap(),
        }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(Duration::from_secs(seconds));
    }

    pub(crate) fn call(&mut self, method: &str, biz_content: &Value) -> Seen {
        let call = Call::new(method.to_owned(), biz_content.to_string()).unwrap();
        let request = self.merchant.request(&call, self.now).unwrap();
        let (_, query) = request.url.split_once('?').unwrap();
        let request = GatewayRequest {
            query,
            body: &request.body,
        };
        let answer = self.gateway.handle_request(request, self.now).unwrap();
        self.now = self.now.max(answer.deliver_at);
        match answer.delivery {
            Delivery::Lost => Seen::Nothing,
            Delivery::Cut { body, sent } => {
                assert!(sent < body.len());
                Seen::Cut
            }
            Delivery::Http { status, body, .. } => Seen::Body(self.merchant.open(
                method,
                &HttpResponse {
                    status,
                    headers: Vec::new(),
                    body,
                },
            )),
        }
    }

    /// A pay of 88.88 in the given story; the order number tells sales apart.
    pub(crate) fn pay(&mut self, out_trade_no: &str, story: u16) -> Seen {
        self.pay_with(out_trade_no, &auth_code(story, 1, unique(out_trade_no)))
    }

    pub(crate) fn pay_with(&mut self, out_trade_no: &str, auth_code: &str) -> Seen {
        let biz_content = json!({
            "out_trade_no": out_trade_no, "scene": "bar_code", "auth_code": auth_code,
            "subject": "辣条", "total_amount": "88.88",
        });
        self.call("alipay.trade.pay", &biz_content)
    }

    pub(crate) fn query(&mut self, out_trade_no: &str) -> Seen {
        self.call("alipay.trade.query", &json!({ "out_trade_no": out_trade_no }))
    }

    pub(crate) fn cancel(&mut self, out_trade_no: &str) -> Seen {
        self.call("alipay.trade.cancel", &json!({ "out_trade_no": out_trade_no }))
    }

    /// `trade_status`, or the sub_code, of a query that must verify.
    pub(crate) fn status(&mut self, out_trade_no: &str) -> String {
        let answer = self.query(out_trade_no).verified();
        let node: Value = serde_json::from_str(answer.node()).unwrap();
        let status = node.get("trade_status").or_else(|| node.get("sub_code"));
        status.unwrap().as_str().unwrap().to_owned()
    }

    /// What the ledger says of a sale.
    pub(crate) fn view(&mut self, out_trade_no: &str) -> TradeView {
        let trades = self.gateway.trades(self.now);
        trades
            .into_iter()
            .find(|trade| trade.out_trade_no == out_trade_no)
            .unwrap()
    }

    /// Charged and refunded.
    pub(crate) fn money(&mut self, out_trade_no: &str) -> (String, String) {
        let view = self.view(out_trade_no);
        (view.charged.to_string(), view.refunded.to_string())
    }
}

/// Each order number gets its own payment codes.
fn unique(out_trade_no: &str) -> u32 {
    out_trade_no.bytes().fold(0, |sum: u32, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    })
}

pub(crate) fn config() -> GatewayConfig {
    let (app, alipay) = &*KEYS;
    GatewayConfig {
        apps: vec![App {
            app_id: APP_ID.to_owned(),
            public_key: app.public_key().clone(),
            seller_id: SELLER_ID.to_owned(),
        }],
        alipay_key: alipay.clone(),
        seed: 1,
        time_scale: 1,
        late_answer: Duration::from_secs(20),
    }
}

impl Seen {
    /// An answer whose signature belongs to it.
    pub(crate) fn verified(self) -> Answer {
        let Self::Body(Ok(answer)) = self else {
            panic!("no verified answer")
        };
        assert!(answer.is_verified());
        answer
    }

    /// A verified answer's fields.
    pub(crate) fn node(self) -> Value {
        serde_json::from_str(self.verified().node()).unwrap()
    }

    /// `code` and `sub_code` of a verified answer.
    pub(crate) fn codes(self) -> (String, String) {
        let answer = self.verified();
        (
            answer.code().unwrap_or_default().to_owned(),
            answer.sub_code().unwrap_or_default().to_owned(),
        )
    }

    /// Why the answer may not be believed.
    pub(crate) fn distrusted(self) -> &'static str {
        match self {
            Self::Body(Err(error)) => error.code().as_str(),
            Self::Body(Ok(answer)) if answer.is_verified() => panic!("a verified answer"),
            Self::Body(Ok(_)) => "unverified",
            Self::Cut => "cut",
            Self::Nothing => "nothing",
        }
    }
}
