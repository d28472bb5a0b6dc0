//! Rows about whole messages: requests, responses, notifications. What is verified is verified with both backends.

use super::{
    Case, Shared,
    crypto::bytes,
    values::{Pairs, borrowed},
};
use alipay_core::{
    Error, Merchant, Timestamp,
    envelope::Call,
    http::{HttpRequest, HttpResponse},
    sign::{Verifier, aws::AwsVerifier, pure::PureVerifier},
};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// What `open` says with either backend, which must be the same.
fn with_both<T: PartialEq + std::fmt::Debug>(
    keys: &Shared,
    key: &str,
    sign_type: &str,
    app_id: &str,
    open: impl Fn(&Merchant) -> Result<T, Error>,
) -> Result<T, Error> {
    let key = keys.public(key);
    let verifiers: [Arc<dyn Verifier>; 2] = [
        Arc::new(PureVerifier::new(&key)?),
        Arc::new(AwsVerifier::new(&key)?),
    ];
    let [pure, aws] = verifiers.map(|verifier| {
        let builder = Merchant::builder(app_id, key.clone()).verifier(verifier);
        open(&builder.sign_type(sign_type.parse()?).build()?)
    });
    assert_eq!(pure, aws, "the backends disagree");
    pure
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnvelopeCase {
    method: String,
    status: u16,
    key: String,
    sign_type: String,
    body: Option<String>,
    body_base64: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnvelopeExpect {
    verified: bool,
    code: Option<String>,
    sub_code: Option<String>,
    /// Left open where the body is GBK.
    node: Option<String>,
}

impl Case for EnvelopeCase {
    type Expect = EnvelopeExpect;

    fn run(self, keys: &Shared) -> Result<EnvelopeExpect, Error> {
        let response = HttpResponse {
            status: self.status,
            headers: Vec::new(),
            body: bytes(self.body, self.body_base64),
        };
        with_both(keys, &self.key, &self.sign_type, "2014072300007148", |merchant| {
            let answer = merchant.open(&self.method, &response)?;
            assert_eq!(answer.is_success(), answer.code() == Some("10000"));
            Ok(EnvelopeExpect {
                verified: answer.is_verified(),
                code: answer.code().map(str::to_owned),
                sub_code: answer.sub_code().map(str::to_owned),
                node: Some(answer.node().to_owned()),
            })
        })
    }

    fn agrees(actual: &EnvelopeExpect, expected: &EnvelopeExpect) -> bool {
        (actual.verified, &actual.code, &actual.sub_code)
            == (expected.verified, &expected.code, &expected.sub_code)
            && (expected.node.is_none() || actual.node == expected.node)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotifyCase {
    app_id: String,
    key: String,
    sign_type: String,
    body: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotifyExpect {
    paid: bool,
    fields: BTreeMap<String, String>,
}

impl Case for NotifyCase {
    type Expect = NotifyExpect;

    fn run(self, keys: &Shared) -> Result<NotifyExpect, Error> {
        with_both(keys, &self.key, &self.sign_type, &self.app_id, |merchant| {
            let notify = merchant.verify_notify(self.body.as_bytes())?;
            let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            Ok(NotifyExpect {
                paid: notify.is_paid(),
                fields: notify.fields().map(owned).collect(),
            })
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestCase {
    key: String,
    app_id: String,
    gateway: String,
    sign_type: String,
    notify_url: Option<String>,
    app_auth_token: Option<String>,
    method: String,
    biz_content: String,
    parameters: Pairs,
    now_unix_ms: i64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestExpect {
    string_to_sign: String,
    url: String,
    content_type: String,
    body: String,
}

impl Case for RequestCase {
    type Expect = RequestExpect;

    fn run(self, keys: &Shared) -> Result<RequestExpect, Error> {
        let key = keys.private(&self.key);
        let signer = key.signer()?;
        let mut builder = Merchant::builder(&self.app_id, keys.public("alipay_2048"))
            .gateway(&self.gateway)
            .sign_type(self.sign_type.parse()?)
            .private_key(key);
        if let Some(url) = &self.notify_url {
            builder = builder.notify_url(url);
        }
        if let Some(token) = &self.app_auth_token {
            builder = builder.app_auth_token(token);
        }
        let merchant = builder.build()?;
        let mut call = Call::new(self.method, self.biz_content)?;
        for (name, value) in borrowed(&self.parameters) {
            call = call.parameter(name, value)?;
        }
        let now = Timestamp::from_unix_ms(self.now_unix_ms)?;
        let request = merchant.request(&call, now)?;

        // A key that lives elsewhere comes to the same request in two steps.
        let prepared = merchant.prepare(&call, now)?;
        let string_to_sign = prepared.string_to_sign().into_owned();
        let signature = signer.sign(prepared.sign_type(), prepared.bytes_to_sign())?;
        assert!(
            prepared.finish(&signature)? == request,
            "one step and two steps differ"
        );

        let HttpRequest { url, headers, body } = request;
        let [("content-type", content_type)] = &headers[..] else {
            panic!("other headers than the content type: {headers:?}");
        };
        Ok(RequestExpect {
            string_to_sign,
            url,
            content_type: content_type.clone(),
            body: String::from_utf8(body).expect("a form is ASCII"),
        })
    }
}
