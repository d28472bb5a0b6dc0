//! OpenAPI v3: calls that we and a peer sign, and answers that both are given.

use alipay_core::{
    Merchant, Timestamp,
    cipher::ContentKey,
    http::HttpResponse,
    sign::{self, SignType},
    v3::{Call, Method},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Headers = BTreeMap<String, String>;

/// A call, and the answer to it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exchange {
    pub(crate) id: usize,
    certificates: bool,
    encrypted: bool,
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    /// JSON, or nothing.
    body: String,
    app_auth_token: String,
    /// As we sign it.
    request: Request,
    status: u16,
    headers: Headers,
    answer: String,
    /// `{"data": …}`, `{"error": code}` or `"refused"`.
    means: Value,
}

/// A request as it is sent; `path` has the query.
#[derive(Clone, Serialize, Deserialize)]
struct Request {
    method: String,
    path: String,
    headers: Headers,
    body: String,
}

/// A peer's part of an exchange.
#[derive(Deserialize)]
pub(crate) struct Answer {
    pub(crate) id: usize,
    /// Whether our request verifies there.
    ours: bool,
    /// Its own request.
    theirs: Request,
    /// What it made of the answer.
    means: Value,
}

/// The four merchants: in public-key and in certificate mode, without and with a content key.
pub(crate) type Merchants = [[Merchant; 2]; 2];

/// An exchange about `fields`; which kind follows from its number.
pub(crate) fn make(
    id: usize,
    merchants: &Merchants,
    key: &ContentKey,
    alipay: &Merchant,
    fields: &BTreeMap<String, String>,
) -> Exchange {
    let (certificates, kind) = (id % 2 == 1, id / 2 % 3);
    let get = id % 5 == 4;
    // An error over v3 is never encrypted by a gateway that could not read the request.
    let encrypted = !get && id % 4 >= 2;
    let merchant = &merchants[usize::from(certificates)][usize::from(encrypted)];
    let path = "/v3/alipay/trade/query";
    let query = if get { fields.clone() } else { BTreeMap::new() };
    let body = if get {
        String::new()
    } else {
        serde_json::to_string(fields).expect("JSON")
    };
    let token = if id.is_multiple_of(3) {
        "202108BB0c2e23a4f5"
    } else {
        ""
    };

    let http = if get { Method::Get } else { Method::Post };
    let call = Call::new(http, path, body.clone()).expect("a call");
    let call = query
        .iter()
        .fold(call, |call, (name, value)| call.query(name, value));
    let call = if token.is_empty() {
        call
    } else {
        call.app_auth_token(token).expect("a token")
    };
    let now = Timestamp::from_unix_ms(1_795_262_400_000).expect("a time");
    let sent = merchant
        .request_v3(&call, "5f9aa2b1-6b1f-4a55-9f5e-1f0a2b3c4d5e", now)
        .expect("signed");
    let path_of = |url: &str| url[url.find("/v3/").expect("a path")..].to_owned();
    let request = Request {
        method: sent.method.as_str().into(),
        path: path_of(&sent.url),
        headers: sent
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        body: String::from_utf8(sent.body).expect("UTF-8"),
    };

    let data = json!({ "out_trade_no": id.to_string(), "told": fields });
    let (status, plain, means) = match kind {
        1 => (
            400,
            r#"{"code":"ACQ.TRADE_NOT_EXIST","message":"交易不存在","links":[]}"#.to_owned(),
            json!({ "error": "ACQ.TRADE_NOT_EXIST" }),
        ),
        0 => (200, data.to_string(), json!({ "data": data })),
        _ => (200, data.to_string(), json!("refused")),
    };
    let answer = if encrypted && status == 200 {
        key.encrypt(plain.as_bytes())
    } else {
        plain
    };
    // Signed by Alipay; a forged one by the application, whose public key everybody has.
    let by = if kind == 2 { merchant } else { alipay };
    let (timestamp, nonce) = ("1795262400123", "9a8b7c6d5e4f");
    let signed = format!("{timestamp}\n{nonce}\n{answer}\n");
    let signature = by.sign(signed.as_bytes(), SignType::Rsa2).expect("signed");
    let mut headers = Headers::from([
        ("alipay-timestamp".into(), timestamp.into()),
        ("alipay-nonce".into(), nonce.into()),
        ("alipay-signature".into(), sign::to_base64(&signature)),
    ]);
    if certificates {
        let sn = merchant
            .certificates()
            .expect("certificate mode")
            .alipay_cert_sns()
            .next();
        headers.insert("alipay-sn".into(), sn.expect("one").into());
    }
    if encrypted && status == 200 {
        headers.insert("alipay-encrypt-type".into(), "AES".into());
    }
    let exchange = Exchange {
        id,
        certificates,
        encrypted,
        method: http.as_str().into(),
        path: path.into(),
        query,
        body,
        app_auth_token: token.into(),
        request,
        status,
        headers,
        answer,
        means,
    };
    assert_eq!(
        opened(merchant, &exchange),
        exchange.means,
        "what we make of answer {id}"
    );
    exchange
}

/// What we make of the answer.
fn opened(merchant: &Merchant, exchange: &Exchange) -> Value {
    let response = HttpResponse {
        status: exchange.status,
        headers: exchange.headers.clone().into_iter().collect(),
        body: exchange.answer.clone().into_bytes(),
    };
    match merchant.open_v3(&response, None) {
        Ok(answer) if answer.is_success() => {
            json!({ "data": serde_json::from_str::<Value>(answer.body()).expect("JSON") })
        }
        Ok(answer) => json!({ "error": answer.code() }),
        Err(_) => json!("refused"),
    }
}

/// What is wrong with a peer's part.
pub(crate) fn check(
    exchange: &Exchange,
    answer: &Answer,
    app: &Merchant,
    key: &ContentKey,
) -> Result<(), String> {
    if !answer.ours {
        return Err("our request does not verify there".into());
    }
    if answer.means != exchange.means {
        return Err(format!(
            "it makes {} of an answer that means {}",
            answer.means, exchange.means
        ));
    }
    let theirs = &answer.theirs;
    let header = |name: &str| {
        let found = theirs
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    };
    let authorization = header("authorization")
        .strip_prefix("ALIPAY-SHA256withRSA ")
        .unwrap_or_default();
    let (auth, signature) = authorization.rsplit_once(",sign=").ok_or("no signature")?;
    // The protocol's words, section 7.
    let mut signed = format!("{auth}\n{}\n{}\n{}\n", theirs.method, theirs.path, theirs.body);
    let token = header("alipay-app-auth-token");
    if !token.is_empty() {
        signed.push_str(&format!("{token}\n"));
    }
    let signature = sign::from_base64(signature).map_err(|error| error.to_string())?;
    app.verify(signed.as_bytes(), &signature, SignType::Rsa2)
        .map_err(|error| error.to_string())?;
    let ours = &exchange.request;
    let known = |name: &str| ours.headers.get(name).map_or("", String::as_str);
    let parts = |authorization: &str| -> Vec<String> {
        let parts = authorization
            .split(',')
            .take_while(|part| !part.starts_with("nonce="));
        parts.map(str::to_owned).collect()
    };
    let our_auth = known("authorization").trim_start_matches("ALIPAY-SHA256withRSA ");
    if parts(auth) != parts(our_auth) {
        return Err(format!(
            "it signs as {:?}, we as {:?}",
            parts(auth),
            parts(our_auth)
        ));
    }
    for name in [
        "alipay-root-cert-sn",
        "alipay-app-auth-token",
        "alipay-encrypt-type",
    ] {
        if header(name) != known(name) {
            return Err(format!(
                "{name} is {:?} there and {:?} here",
                header(name),
                known(name)
            ));
        }
    }
    let plain = if exchange.encrypted {
        let bytes = key.decrypt(&theirs.body).map_err(|error| error.to_string())?;
        String::from_utf8(bytes).map_err(|error| error.to_string())?
    } else {
        theirs.body.clone()
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    if json(&plain) != json(&exchange.body) {
        return Err(format!("it says something else: {plain}"));
    }
    Ok(())
}
