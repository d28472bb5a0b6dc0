//! The same methods over OpenAPI v3: paths and JSON bodies, signatures in the headers.
//!
//! The protocol's signatures are documented, and so are the codes of business refusals, which are v2's. Three things are
//! not, and are made up here: how pay says that the buyer is being asked (an error `ORDER_SUCCESS_PAY_INPROCESS` under 400), which
//! HTTP status an error has, and how old a request may be (ten minutes, either way).

use crate::{
    config::App,
    model::{
        answer::{Answer, Delivery, Node},
        codes::{GatewayCode, Refusal},
        gateway::{Gateway, Reply},
        parameters::{Method, Parameters},
        script::Damage,
    },
};
use alipay_core::{
    Error, Timestamp,
    sign::{self, SignType},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How far a request's timestamp may be from the gateway's clock. A nonce is remembered for twice as long.
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// A request as it came in.
#[derive(Clone, Copy)]
pub struct V3Request<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path, with the query if there is one.
    pub path: &'a str,
    /// The header of this name.
    pub authorization: Option<&'a str>,
    /// The header `alipay-app-auth-token`.
    pub app_auth_token: Option<&'a str>,
    /// The header `alipay-encrypt-type`.
    pub encrypt_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// What the gateway remembers of v3: the nonces it has seen, by application, and how many answers it signed.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    seen: BTreeMap<(String, String), Timestamp>,
    answers: u64,
}

impl Memory {
    /// Whether this nonce is new, in which case it no longer is.
    fn is_new(&mut self, app_id: &str, nonce: &str, now: Timestamp) -> bool {
        self.seen
            .retain(|_, at| now.saturating_since(*at) <= WINDOW.saturating_mul(2));
        let key = (app_id.to_owned(), nonce.to_owned());
        self.seen.insert(key, now).is_none()
    }

    /// A nonce for an answer: never the same twice from one gateway.
    fn draw(&mut self, now: Timestamp) -> String {
        self.answers = self.answers.wrapping_add(1);
        format!("{:016x}{:016x}", now.unix_ms(), self.answers)
    }
}

/// What the header `Authorization` says.
struct Authorization<'a> {
    /// Everything before `,sign=`: the first line of what is signed.
    auth: &'a str,
    fields: BTreeMap<&'a str, &'a str>,
    sign: &'a str,
}

impl<'a> Authorization<'a> {
    fn read(header: &'a str) -> Option<Self> {
        let (auth, sign) = header
            .strip_prefix("ALIPAY-SHA256withRSA ")?
            .split_once(",sign=")?;
        Some(Self {
            auth,
            fields: auth
                .split(',')
                .filter_map(|field| field.split_once('='))
                .collect(),
            sign,
        })
    }

    fn field(&self, name: &str, missing: &'static str) -> Result<&'a str, Refusal> {
        let value = self.fields.get(name).copied().unwrap_or_default();
        if value.is_empty() {
            Err(Refusal::gateway(
                GatewayCode::MissingArguments,
                missing,
                "缺少参数",
            ))
        } else {
            Ok(value)
        }
    }
}

fn invalid(code: &'static str, message: &'static str) -> Refusal {
    Refusal::gateway(GatewayCode::InvalidArguments, code, message)
}

impl Gateway {
    /// Answers a request over v3.
    ///
    /// # Errors
    /// `signing_failed`.
    pub fn handle_v3(&mut self, request: V3Request<'_>, now: Timestamp) -> Result<Answer, Error> {
        self.ledger.pass_time(now);
        let authorization = request.authorization.and_then(Authorization::read);
        let known = authorization
            .ok_or_else(|| {
                Refusal::gateway(
                    GatewayCode::MissingArguments,
                    "missing-timestamp",
                    "缺少时间戳参数",
                )
            })
            .and_then(|authorization| {
                let app_id = authorization.field("app_id", "missing-app-id")?;
                Ok((self.app(app_id)?.clone(), authorization))
            });
        let (app, authorization) = match known {
            Ok(known) => known,
            // The key belongs to the application: without one, nothing signs.
            Err(refusal) => {
                let (status, body) = refuse(&refusal);
                return Ok(Answer {
                    deliver_at: now,
                    delivery: http(status, body, Vec::new()),
                });
            }
        };
        let reply = self
            .check_v3(&app, &authorization, request, now)
            .and_then(|()| {
                let method = method_of(request)?;
                let body = str::from_utf8(request.body).unwrap_or_default();
                self.carry_out(method, &app, body, &Parameters::of_v3(body), now)
            })
            .unwrap_or_else(|refusal| Reply::undamaged(Node::refusal(&refusal, None)));
        self.answer_v3(&reply, now)
    }

    /// The signature first: what it does not cover, nobody said.
    fn check_v3(
        &mut self,
        app: &App,
        authorization: &Authorization<'_>,
        request: V3Request<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let nonce = authorization.field("nonce", "missing-signature")?;
        let timestamp = authorization.field("timestamp", "missing-timestamp")?;
        let body = str::from_utf8(request.body).map_err(|_| invalid("invalid-request-data", "参数无效"))?;
        let mut signed = format!(
            "{}\n{}\n{}\n{body}\n",
            authorization.auth, request.method, request.path
        );
        if let Some(token) = request.app_auth_token {
            signed.push_str(token);
            signed.push('\n');
        }
        sign::from_base64(authorization.sign)
            .and_then(|signature| {
                let verifier = app.public_key.verifier()?;
                verifier.verify(SignType::Rsa2, signed.as_bytes(), &signature)
            })
            .map_err(|_| {
                invalid(
                    "invalid-signature",
                    "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配",
                )
            })?;
        let then = timestamp
            .parse()
            .ok()
            .and_then(|ms| Timestamp::from_unix_ms(ms).ok())
            .ok_or_else(|| invalid("invalid-timestamp", "非法的时间戳参数"))?;
        if now.saturating_since(then) > WINDOW || then.saturating_since(now) > WINDOW {
            return Err(invalid("illegal-timestamp", "时间戳超出有效期"));
        }
        if !self.v3.is_new(&app.app_id, nonce, now) {
            return Err(invalid("suspected-attack", "可疑的攻击请求"));
        }
        if request.encrypt_type.is_some() {
            return Err(invalid("missing-encrypt-key", "未配置加密密钥"));
        }
        Ok(())
    }

    fn answer_v3(&mut self, reply: &Reply, now: Timestamp) -> Result<Answer, Error> {
        let (status, body) = write(&reply.node);
        let late = if reply.damage == Damage::Late {
            self.scaled(self.late_answer)
        } else {
            Duration::ZERO
        };
        Ok(Answer {
            deliver_at: now.saturating_add(late),
            delivery: match reply.damage {
                Damage::Lost => Delivery::Lost,
                Damage::Html502 => Delivery::bad_gateway(),
                Damage::CutConnection => Delivery::Cut {
                    sent: body.len() / 2,
                    body: body.into_bytes(),
                },
                Damage::Unsigned => http(status, body, Vec::new()),
                Damage::CutJson => {
                    let headers = self.sign_v3(&body, now)?;
                    let cut = body.floor_char_boundary(body.len() / 2);
                    let begun = body.split_at_checked(cut).map_or("", |(begun, _)| begun);
                    http(status, begun.to_owned(), headers)
                }
                Damage::BadSignature => {
                    let headers = self.sign_v3(&format!("{body} "), now)?;
                    http(status, body, headers)
                }
                Damage::None | Damage::Late => {
                    let headers = self.sign_v3(&body, now)?;
                    http(status, body, headers)
                }
            },
        })
    }

    fn sign_v3(&mut self, body: &str, now: Timestamp) -> Result<Vec<(&'static str, String)>, Error> {
        let (timestamp, nonce) = (now.unix_ms().to_string(), self.v3.draw(now));
        let message = format!("{timestamp}\n{nonce}\n{body}\n");
        let signature = self.signer.sign(SignType::Rsa2, message.as_bytes())?;
        Ok(vec![
            ("alipay-timestamp", timestamp),
            ("alipay-nonce", nonce),
            ("alipay-signature", sign::to_base64(&signature)),
        ])
    }
}

fn method_of(request: V3Request<'_>) -> Result<Method, Refusal> {
    match (request.method, request.path) {
        ("POST", "/v3/alipay/trade/pay") => Ok(Method::Pay),
        ("POST", "/v3/alipay/trade/query") => Ok(Method::Query),
        ("POST", "/v3/alipay/trade/cancel") => Ok(Method::Cancel),
        _ => Err(invalid("invalid-method", "不存在的方法名")),
    }
}

fn http(status: u16, body: String, headers: Vec<(&'static str, String)>) -> Delivery {
    Delivery::Http {
        status,
        content_type: "application/json;charset=utf-8",
        headers,
        body: body.into_bytes(),
    }
}

fn refuse(refusal: &Refusal) -> (u16, String) {
    write(&Node::refusal(refusal, None))
}

/// v2's node as v3 says it: a success without the gateway's own members, a refusal with one code.
fn write(node: &Node) -> (u16, String) {
    let mut members = match serde_json::to_value(node) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let mut text = |name: &str| match members.remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (code, msg) = (text("code"), text("msg"));
    let (sub_code, sub_msg) = (text("sub_code"), text("sub_msg"));
    let (status, code, message) = match &*code {
        "10000" => return (200, Value::Object(members).to_string()),
        "10003" => (400, "ORDER_SUCCESS_PAY_INPROCESS".to_owned(), msg),
        "20000" => (500, without_prefix(&sub_code), sub_msg),
        "40004" => (400, sub_code, sub_msg),
        "40005" => (429, without_prefix(&sub_code), sub_msg),
        _ => (400, without_prefix(&sub_code), sub_msg),
    };
    let links = json!([{ "link": "https://open.alipay.com/" }]);
    (
        status,
        json!({ "code": code, "message": message, "links": links }).to_string(),
    )
}

/// The gateway's own codes, as v3 spells them.
fn without_prefix(sub_code: &str) -> String {
    let bare = ["isv.", "isp.", "aop."]
        .iter()
        .find_map(|prefix| sub_code.strip_prefix(prefix));
    bare.unwrap_or(sub_code).to_owned()
}
