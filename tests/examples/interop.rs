//! The other SDKs verify what we sign, and we verify what they sign: random calls with everything that goes wrong in practice.
//!
//! `interop make SETS` writes the calls, signed by us; each peer in `tests/interop` reads them and writes its answers;
//! `interop check SETS PEER ANSWERS` reads those. `cargo xtask test interop` runs it all.

use alipay_core::{
    Merchant, Timestamp, canonical,
    charset::Charset,
    envelope::Call,
    form,
    key::{PrivateKey, PublicKey},
    sign::{self, SignType},
};
use conformance::vectors;
use proptest::{
    collection::btree_map,
    strategy::{Strategy, ValueTree},
    string::string_regex,
    test_runner::TestRunner,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, env, fs};

/// Of each charset.
const SETS: usize = 500;
const APP_ID: &str = "2014072300007148";

type Fields = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sets {
    app_id: String,
    /// PKCS#8 and SPKI, base64.
    private_key: String,
    public_key: String,
    sets: Vec<Set>,
}

/// One call: what it says, and it as we sign it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    id: usize,
    charset: String,
    method: String,
    biz_content: String,
    parameters: Fields,
    /// A form: the request, with the charset of its URL.
    request: String,
    /// A form: the same fields as a notification, which does not sign `sign_type`.
    notification: String,
}

#[derive(Deserialize)]
struct Answer {
    id: usize,
    request: bool,
    notification: bool,
    /// A form: the same call as the peer signs it.
    theirs: String,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["make", sets] => fs::write(sets, serde_json::to_string(&make()).expect("JSON")).expect("written"),
        ["check", sets, peer, answers] => check(&read(sets), peer, read(answers)),
        _ => panic!("interop make SETS | interop check SETS PEER ANSWERS"),
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &str) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn make() -> Sets {
    let (private_key, public_key) = vectors::key_pair("request", "app_2048");
    let stranger = vectors::key_pair("request", "alipay_2048").1;
    let key = PrivateKey::parse(&private_key).expect("a test key");
    let mut runner = TestRunner::deterministic();
    let mut sets = Vec::new();
    for charset in [Charset::Utf8, Charset::Gbk] {
        let merchant = Merchant::builder(APP_ID, PublicKey::parse(&stranger).expect("a test key"))
            .private_key(key.clone())
            .charset(charset)
            .build()
            .expect("good options");
        for _ in 0..SETS {
            let (content, parameters) = call_of(charset).new_tree(&mut runner).expect("a call").current();
            sets.push(signed(&merchant, sets.len(), &content, parameters));
        }
    }
    Sets {
        app_id: APP_ID.into(),
        private_key,
        public_key,
        sets,
    }
}

/// What a call says: the members of its `biz_content`, and further parameters.
fn call_of(charset: Charset) -> impl Strategy<Value = (Fields, Fields)> {
    // What Java's URLEncoder, Python's quote_plus and browsers write in different ways, what JSON and forms escape, Chinese.
    let plain = "[ -~]{0,8}[+&=%\"'<>#?/\\\\ ~*!()_.-]{0,4}[一-龥]{0,6}[，。！？（）《》]{0,2}";
    let value = match charset {
        Charset::Utf8 => format!("{plain}[😀-🙏]{{0,2}}"),
        _ => plain.to_owned(),
    };
    let value = string_regex(&value).expect("a pattern").boxed();
    // A blank value is left out by us, and by each peer in its own way: tests of the protocol's rules have those. One that
    // begins with a brace is JSON to some of them.
    let value = value.prop_map(|text| format!("v{text}.")).boxed();
    let name = string_regex("x[a-z]{2,8}(_[a-z]{2,8}){0,2}")
        .expect("a pattern")
        .boxed();
    (
        btree_map(name.clone(), value.clone(), 1..6),
        btree_map(name, value, 0..5),
    )
}

/// The call as a request of ours, and its fields as a notification that we sign as Alipay does.
fn signed(merchant: &Merchant, id: usize, content: &Fields, parameters: Fields) -> Set {
    let method = "alipay.trade.query";
    let biz_content = serde_json::to_string(content).expect("JSON");
    let call = Call::new(method, biz_content.clone()).expect("a call");
    let call = parameters.iter().fold(call, |call, (name, value)| {
        call.parameter(name, value).expect("a parameter that is free")
    });
    let now = Timestamp::from_unix_ms(1_795_262_400_000).expect("a time");
    let request = merchant.request(&call, now).expect("signed");
    let body = String::from_utf8(request.body).expect("ASCII");
    let (_, query) = request.url.split_once('?').expect("the charset");

    let encode = |text: &str| {
        merchant
            .charset()
            .encode(text)
            .expect("the charset has it")
            .into_owned()
    };
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> =
        fields_of(merchant.charset(), method, &biz_content, &parameters)
            .iter()
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
    let unsigned = canonical::join_bytes(fields.iter().map(|(name, value)| (&**name, &**value)));
    let signature = merchant.sign(&unsigned, SignType::Rsa2).expect("signed");
    fields.push((b"sign".to_vec(), sign::to_base64(&signature).into_bytes()));
    fields.push((b"sign_type".to_vec(), b"RSA2".to_vec()));
    let notification = form::encode_bytes(
        merchant.charset(),
        fields.iter().map(|(name, value)| (&**name, &**value)),
    );
    Set {
        id,
        charset: merchant.charset().as_str().into(),
        method: method.into(),
        biz_content,
        parameters,
        request: format!("{body}&{query}"),
        notification,
    }
}

/// What both sides know of a call.
fn fields_of(charset: Charset, method: &str, biz_content: &str, parameters: &Fields) -> Fields {
    let mut fields = parameters.clone();
    for (name, value) in [
        ("app_id", APP_ID),
        ("method", method),
        ("charset", charset.as_str()),
        ("biz_content", biz_content),
    ] {
        fields.insert(name.into(), value.into());
    }
    fields
}

fn check(sets: &Sets, peer: &str, answers: Vec<Answer>) {
    let [utf8, gbk] = [Charset::Utf8, Charset::Gbk].map(|charset| {
        let alipay = PublicKey::parse(&sets.public_key).expect("a test key");
        let builder = Merchant::builder(&sets.app_id, alipay).charset(charset);
        builder.build().expect("good options")
    });
    let (mut wrong, total) = (Vec::new(), answers.len());
    for answer in answers {
        let set = sets.sets.get(answer.id).expect("one of the sets");
        let charset: Charset = set.charset.parse().expect("a charset");
        if !answer.request {
            wrong.push(format!(
                "{}: our request does not verify there: {}",
                set.id, set.request
            ));
        }
        if !answer.notification {
            wrong.push(format!(
                "{}: our notification does not verify there: {}",
                set.id, set.notification
            ));
        }
        let merchant = if charset == Charset::Utf8 { &utf8 } else { &gbk };
        match merchant.verify_notify(answer.theirs.as_bytes()) {
            Ok(read) => {
                let known = fields_of(charset, &set.method, &set.biz_content, &set.parameters);
                if known.iter().any(|(name, value)| read.get(name) != Some(value)) {
                    wrong.push(format!("{}: it says something else: {}", set.id, answer.theirs));
                }
            }
            Err(error) => wrong.push(format!("{}: {error}: {}", set.id, answer.theirs)),
        }
    }
    assert!(total >= SETS, "{peer} answered {total} sets only");
    assert!(
        wrong.is_empty(),
        "{peer}, {} of {total}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!(
        "{peer}: {total} requests and notifications of ours verify there, {total} calls of its verify here"
    );
}
