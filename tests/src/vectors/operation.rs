//! Rows that name an operation of `wire::operation`, or one of the calls that every language has a function of its own
//! for: `request`, `open`, `verifyNotify`, `typedCall`.

use super::{Case, Shared};
use alipay_core::{Error, Merchant, Timestamp, api, http::HttpResponse, wire};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperationCase {
    operation: String,
    /// One of the file's.
    merchant: Option<String>,
    input: Value,
}

impl Case for OperationCase {
    type Expect = Value;

    fn run(self, shared: &Shared) -> Result<Value, Error> {
        let merchant = match self.merchant {
            Some(name) => {
                let options = shared.merchants.get(&name);
                let options = options.unwrap_or_else(|| panic!("the file has no merchant {name}"));
                Some(wire::MerchantOptions::from_json(&options.to_string())?.build()?)
            }
            None => None,
        };
        let input = self.input;
        match (merchant, &*self.operation) {
            (Some(merchant), "request") => request(&merchant, &given(input)),
            (Some(merchant), "open") => open(&merchant, given(input)),
            (Some(merchant), "verifyNotify") => {
                let NotifyInput { body } = given(input);
                Ok(told(wire::Notify::from(merchant.verify_notify(&body.0)?)))
            }
            (None, "typedCall") => {
                let TypedInput { method, request } = given(input);
                Ok(told(wire::Call::from(&api::typed_call(
                    &method,
                    &request.to_string(),
                )?)))
            }
            (Some(merchant), operation) => parsed(&wire::operation::invoke_merchant(
                &merchant,
                operation,
                &input.to_string(),
            )?),
            (None, operation) => parsed(&wire::operation::invoke(operation, &input.to_string())?),
        }
    }
}

fn given<T: DeserializeOwned>(input: Value) -> T {
    serde_json::from_value(input).expect("the row's input")
}

fn told(output: impl Serialize) -> Value {
    serde_json::to_value(output).expect("JSON")
}

fn parsed(output: &str) -> Result<Value, Error> {
    Ok(serde_json::from_str(output).expect("an operation writes JSON"))
}

/// A call and when it is made (Unix milliseconds), to the request that is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestInput {
    call: wire::Call,
    now: i64,
}

fn request(merchant: &Merchant, input: &RequestInput) -> Result<Value, Error> {
    let now = Timestamp::from_unix_ms(input.now)?;
    let request = merchant.request(&input.call.build()?, now)?;
    Ok(told(wire::HttpRequest::from(request)))
}

/// A response (the body as base64), to the answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenInput {
    method: String,
    status: u16,
    body: wire::Bytes,
}

fn open(merchant: &Merchant, input: OpenInput) -> Result<Value, Error> {
    let response = HttpResponse {
        status: input.status,
        headers: Vec::new(),
        body: input.body.0,
    };
    Ok(told(wire::Answer::from(
        &merchant.open(&input.method, &response)?,
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotifyInput {
    body: wire::Bytes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedInput {
    method: String,
    request: Value,
}
