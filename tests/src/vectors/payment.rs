//! Rows about whole payments: what goes in, step by step, and what the machine asks for.

use super::{Case, Shared};
use crate::backends::BothVerifiers;
use alipay_core::{
    Error, Merchant, Payment, Timestamp,
    api::TradePayRequest,
    canonical, form,
    sign::{self, SignType},
    wire::{Bytes, HttpRequest, Input, MerchantOptions, Output, Policy, Restored, Start},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fmt, sync::Arc};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PaymentCase {
    start: i64,
    /// What an earlier answer told of Alipay's clock.
    alipay_time: Option<i64>,
    /// What the transport declares, at the start and after each restore.
    resets_on_death: Option<bool>,
    /// The wire model's options, without the keys.
    merchant: Map<String, Value>,
    /// The wire model's policy.
    policy: Value,
    order: Value,
    external: bool,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    now: i64,
    input: Option<Input>,
    restore: Option<Restore>,
    /// What the host knows when it restores, but for the first id.
    restored: Option<Restored>,
}

/// A crash, and going on.
#[derive(Deserialize)]
#[serde(untagged)]
enum Restore {
    /// From the payment's own snapshot: always `true`.
    Own(bool),
    From(Bytes),
}

#[derive(PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentExpect {
    outputs: Vec<Value>,
}

/// A line for each output, so that two lists can be compared.
impl fmt::Debug for PaymentExpect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outputs
            .iter()
            .enumerate()
            .try_for_each(|(index, output)| write!(f, "\n    {index}: {output}"))
    }
}

impl Case for PaymentCase {
    type Expect = PaymentExpect;

    fn run(self, keys: &Shared) -> Result<PaymentExpect, Error> {
        let merchant = Arc::new(self.merchant(keys)?);
        let order = TradePayRequest::from_json(&self.order.to_string())?;
        let start = Start {
            first_id: Some(1),
            alipay_time: self.alipay_time,
        };
        let mut payment = Payment::new(
            Arc::clone(&merchant),
            order,
            Policy::from_json(&self.policy.to_string())?.build()?,
            start.build(0)?,
            Timestamp::from_unix_ms(self.start)?,
        )?;
        if let Some(resets) = self.resets_on_death {
            payment.set_resets_on_death(resets);
        }
        let mut watch = Watch {
            app: BothVerifiers::new(&keys.public("app_2048")),
            asked: BTreeMap::new(),
            highest: 0,
        };
        let mut outputs = Vec::new();
        for step in self.steps {
            let now = Timestamp::from_unix_ms(step.now)?;
            match (step.input, step.restore) {
                (None, None) => {}
                (Some(input), None) => {
                    if let Err(error) = input.apply(&mut payment, now) {
                        outputs.push(json!({ "error": error.code().as_str() }));
                        continue;
                    }
                }
                (None, Some(restore)) => {
                    let snapshot = match restore {
                        Restore::Own(own) => {
                            assert!(own, "restore is true or a snapshot");
                            payment.snapshot()
                        }
                        Restore::From(Bytes(snapshot)) => snapshot,
                    };
                    let known = Restored {
                        first_id: Some(watch.highest + 1),
                        ..step.restored.unwrap_or_default()
                    };
                    payment = Payment::restore(Arc::clone(&merchant), &snapshot, known.build(0), now)?;
                    if let Some(resets) = self.resets_on_death {
                        payment.set_resets_on_death(resets);
                    }
                }
                (Some(_), Some(_)) => panic!("either an input or a restore"),
            }
            outputs.push(watch.output(payment.poll_output(now).into(), now));
        }
        Ok(PaymentExpect { outputs })
    }
}

impl PaymentCase {
    fn merchant(&self, keys: &Shared) -> Result<Merchant, Error> {
        let mut options = self.merchant.clone();
        options.insert(
            "alipayPublicKey".into(),
            keys.pair("alipay_2048").public_key.clone().into(),
        );
        if !self.external {
            options.insert(
                "privateKey".into(),
                keys.pair("app_2048").private_key.clone().into(),
            );
        }
        MerchantOptions::from_json(&Value::from(options).to_string())?.build()
    }
}

/// What is said of an output, and what is checked that no row says.
struct Watch {
    app: BothVerifiers,
    /// When the host was asked to sign a request.
    asked: BTreeMap<u32, Timestamp>,
    /// The highest id of a request or a signature so far.
    highest: u32,
}

impl Watch {
    fn output(&mut self, output: Output, now: Timestamp) -> Value {
        if let Output::Request { id, .. } | Output::Sign { id, .. } = &output {
            self.highest = self.highest.max(*id);
        }
        let more = match &output {
            Output::Request { id, http, .. } => {
                let http = http.as_ref().expect("a request to send");
                let made = self.asked.get(id).copied().unwrap_or(now);
                self.request(http, made)
            }
            Output::Sign { id, message, .. } => {
                self.asked.insert(*id, now);
                json!({ "message": message })
            }
            Output::Timeout { at, .. } => {
                assert!(*at > now.unix_ms(), "a timeout that is over at {now:?}");
                json!({})
            }
            Output::Save {} | Output::News { .. } | Output::Done { .. } => json!({}),
        };
        let mut said = serde_json::to_value(output.redacted()).expect("an output is JSON");
        let (Some(said_members), Value::Object(more)) = (said.as_object_mut(), more) else {
            panic!("an output is an object");
        };
        for (name, value) in more {
            let hidden = said_members.insert(name, value);
            assert!(hidden.is_none(), "the redacted output shows what it must not");
        }
        said
    }

    /// The method and the content of a request made at `made`, which must be signed and dated.
    fn request(&self, http: &HttpRequest, made: Timestamp) -> Value {
        assert_eq!(http.method, "POST");
        if let Some(at) = http.url.find("/v3/") {
            return self.request_v3(http, &http.url[at..], made);
        }
        let (_, query) = http.url.split_once('?').expect("a query in the URL");
        let url = form::decode(query.as_bytes()).expect("a query");
        assert_eq!(
            url,
            [(b"charset".to_vec(), b"utf-8".to_vec())],
            "the charset is in the URL"
        );
        let fields: Vec<(String, String)> = form::decode(&http.body.0)
            .expect("a form")
            .into_iter()
            .chain(url)
            .map(|(name, value)| (text(name), text(value)))
            .collect();
        let field = |wanted: &str| {
            let found = fields.iter().find(|(name, _)| name == wanted);
            found.map_or_else(|| panic!("no {wanted} in the form"), |(_, value)| &**value)
        };
        assert_eq!(field("timestamp"), made.to_beijing());
        let signed = fields
            .iter()
            .filter(|(name, _)| name != "sign")
            .map(|(name, value)| (&**name, &**value));
        let message = canonical::string_to_sign(signed);
        let signature = sign::from_base64(field("sign")).expect("a signature");
        assert!(
            self.app.accept(SignType::Rsa2, message.as_bytes(), &signature),
            "the signature is the application's"
        );
        let content: Value = serde_json::from_str(field("biz_content")).expect("biz_content is JSON");
        json!({ "method": field("method"), "bizContent": content })
    }
}

/// The same over OpenAPI v3.
impl Watch {
    fn request_v3(&self, http: &HttpRequest, path: &str, made: Timestamp) -> Value {
        let authorization = &http.headers["authorization"];
        let (auth, sign) = authorization
            .strip_prefix("ALIPAY-SHA256withRSA ")
            .and_then(|rest| rest.split_once(",sign="))
            .expect("an authorization of v3");
        assert!(
            auth.ends_with(&format!(",timestamp={}", made.unix_ms())),
            "{auth}"
        );
        let body = text(http.body.0.clone());
        let message = format!("{auth}\nPOST\n{path}\n{body}\n");
        let signature = sign::from_base64(sign).expect("a signature");
        assert!(
            self.app.accept(SignType::Rsa2, message.as_bytes(), &signature),
            "the signature is the application's"
        );
        let content: Value = serde_json::from_str(&body).expect("the body is JSON");
        json!({ "method": path, "bizContent": content })
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("a form of UTF-8")
}
