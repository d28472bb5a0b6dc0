//! The other SDKs verify what we sign, and we verify what they sign: random calls with everything that goes wrong in practice,
//! in public-key mode, in certificate mode, with encrypted content, and over OpenAPI v3.
//!
//! `interop make SETS` writes the calls, signed by us; each peer in `tests/interop` reads them and writes its answers;
//! `interop check SETS PEER ANSWERS` reads those. `cargo xtask test interop` runs it all.

mod chain;
mod v3;

use alipay_core::{
    Merchant, Timestamp, canonical,
    cert::Certificates,
    charset::Charset,
    cipher::ContentKey,
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

/// Of each charset, in public-key mode.
const SETS: usize = 500;
/// Of each charset, in certificate mode and with encrypted content.
const MORE_SETS: usize = 100;
const EXCHANGES: usize = 60;
const ENCRYPT_KEY: &str = "vEARwBsVE8dBrk0tiaNQtQ==";
const APP_ID: &str = "2014072300007148";

type Fields = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sets {
    app_id: String,
    /// PKCS#8 and SPKI, base64.
    private_key: String,
    public_key: String,
    /// Alipay's, in certificate mode and over v3.
    alipay_public_key: String,
    encrypt_key: String,
    chain: chain::Chain,
    certificates: Vec<chain::CertificateFile>,
    sets: Vec<Set>,
    v3: Vec<v3::Exchange>,
}

/// What a call is sent with.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Mode {
    /// A public key: Alipay's is the application's own here, so that one key verifies everything.
    Key,
    /// Certificates: what Alipay signs is signed with the key of its certificate.
    Certificates,
    /// A public key, and an AES key for the content.
    Encrypted,
}

/// One call: what it says, and it as we sign it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    id: usize,
    mode: Mode,
    charset: String,
    method: String,
    biz_content: String,
    parameters: Fields,
    /// A form: the request, with the charset of its URL.
    request: String,
    /// The same call as an order string (`alipay.trade.app.pay`), which is a form too.
    order: String,
    /// A form: the same fields as a notification, which does not sign `sign_type`.
    notification: String,
}

#[derive(Deserialize)]
struct Answers {
    sets: Vec<Answer>,
    /// SNs by the files' names.
    certificates: Fields,
    #[serde(default)]
    v3: Vec<v3::Answer>,
}

#[derive(Deserialize)]
struct Answer {
    id: usize,
    /// Whether request and order string verify there, and the request says the same once it is decrypted.
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
        ["check", sets, peer, answers] => check(&read(sets), peer, &read(answers)),
        _ => panic!("interop make SETS | interop check SETS PEER ANSWERS"),
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &str) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn make() -> Sets {
    let (private_key, public_key) = vectors::key_pair("request", "app_2048");
    let (alipay_private_key, alipay_public_key) = vectors::key_pair("request", "alipay_2048");
    let key = PrivateKey::parse(&private_key).expect("a test key");
    let content_key = ContentKey::parse(ENCRYPT_KEY).expect("a key");
    let (chain, certificates) = chain::make(&private_key, &alipay_private_key);
    let alipay = PublicKey::parse(&alipay_public_key).expect("a test key");
    let builder = |mode: Mode| match mode {
        Mode::Certificates => {
            let files = Certificates::parse(&chain.app, &chain.alipay, &chain.roots).expect("certificates");
            Merchant::builder_with_certificates(APP_ID, files).private_key(key.clone())
        }
        _ => Merchant::builder(APP_ID, alipay.clone()).private_key(key.clone()),
    };
    // What Alipay signs in certificate mode and over v3.
    let alipay_itself = PrivateKey::parse(&alipay_private_key).expect("a test key");
    let alipay_itself = Merchant::builder(APP_ID, PublicKey::parse(&public_key).expect("a test key"))
        .private_key(alipay_itself)
        .build()
        .expect("good options");
    let mut runner = TestRunner::deterministic();
    let mut sets = Vec::new();
    for (mode, number) in [
        (Mode::Key, SETS),
        (Mode::Certificates, MORE_SETS),
        (Mode::Encrypted, MORE_SETS),
    ] {
        for charset in [Charset::Utf8, Charset::Gbk] {
            let merchant = builder(mode).charset(charset);
            let merchant = match mode {
                Mode::Encrypted => merchant.content_key(content_key.clone()),
                _ => merchant,
            };
            let merchant = merchant.build().expect("good options");
            for _ in 0..number {
                let (content, parameters) = call_of(charset).new_tree(&mut runner).expect("a call").current();
                let notifier = if mode == Mode::Certificates {
                    &alipay_itself
                } else {
                    &merchant
                };
                sets.push(signed(
                    mode,
                    &merchant,
                    notifier,
                    sets.len(),
                    &content,
                    parameters,
                ));
            }
        }
    }
    let merchants = [Mode::Key, Mode::Certificates].map(|mode| {
        [None, Some(content_key.clone())].map(|key| {
            let merchant = builder(mode);
            let merchant = if let Some(key) = key {
                merchant.content_key(key)
            } else {
                merchant
            };
            merchant.build().expect("good options")
        })
    });
    let exchange = |id| {
        let (content, _) = call_of(Charset::Utf8)
            .new_tree(&mut runner)
            .expect("a call")
            .current();
        v3::make(id, &merchants, &content_key, &alipay_itself, &content)
    };
    let v3 = (0..EXCHANGES).map(exchange).collect();
    Sets {
        app_id: APP_ID.into(),
        private_key,
        public_key,
        alipay_public_key,
        encrypt_key: ENCRYPT_KEY.into(),
        chain,
        certificates,
        sets,
        v3,
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
fn signed(
    mode: Mode,
    merchant: &Merchant,
    notifier: &Merchant,
    id: usize,
    content: &Fields,
    parameters: Fields,
) -> Set {
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
    let signature = notifier.sign(&unsigned, SignType::Rsa2).expect("signed");
    fields.push((b"sign".to_vec(), sign::to_base64(&signature).into_bytes()));
    fields.push((b"sign_type".to_vec(), b"RSA2".to_vec()));
    let notification = form::encode_bytes(
        merchant.charset(),
        fields.iter().map(|(name, value)| (&**name, &**value)),
    );
    Set {
        id,
        mode,
        charset: merchant.charset().as_str().into(),
        method: method.into(),
        biz_content,
        parameters,
        request: format!("{body}&{query}"),
        order: merchant.order_string(&call, now).expect("signed"),
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

fn check(sets: &Sets, peer: &str, answers: &Answers) {
    let app = PublicKey::parse(&sets.public_key).expect("a test key");
    let [utf8, gbk] = [Charset::Utf8, Charset::Gbk].map(|charset| {
        let builder = Merchant::builder(&sets.app_id, app.clone()).charset(charset);
        builder.build().expect("good options")
    });
    let content_key = ContentKey::parse(&sets.encrypt_key).expect("a key");
    let sn = |name: &str| {
        let file = sets.certificates.iter().find(|file| file.name == name);
        file.expect("made").sn()
    };
    let sns = [("app_cert_sn", sn("app")), ("alipay_root_cert_sn", sn("roots"))];
    let mut wrong = Vec::new();
    let mut total = BTreeMap::<&str, usize>::new();
    for answer in &answers.sets {
        let set = sets.sets.get(answer.id).expect("one of the sets");
        let charset: Charset = set.charset.parse().expect("a charset");
        let mode = match set.mode {
            Mode::Key => "calls",
            Mode::Certificates => "calls with certificates",
            Mode::Encrypted => "encrypted calls",
        };
        *total.entry(mode).or_default() += 1;
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
                let mut known = fields_of(charset, &set.method, &set.biz_content, &set.parameters);
                match set.mode {
                    Mode::Key => {}
                    Mode::Certificates => known.extend(sns.clone().map(|(name, sn)| (name.to_owned(), sn))),
                    Mode::Encrypted => {
                        let encrypted = read.get("biz_content").map(|text| content_key.decrypt(text));
                        let content = encrypted.and_then(Result::ok);
                        let content =
                            content.and_then(|bytes| Some(charset.decode(&bytes).ok()?.into_owned()));
                        if content.as_ref() != known.get("biz_content") {
                            wrong.push(format!("{}: it encrypts something else: {content:?}", set.id));
                        }
                        known.remove("biz_content");
                        known.insert("encrypt_type".into(), "AES".into());
                    }
                }
                if known.iter().any(|(name, value)| read.get(name) != Some(value)) {
                    wrong.push(format!("{}: it says something else: {}", set.id, answer.theirs));
                }
            }
            Err(error) => wrong.push(format!("{}: {error}: {}", set.id, answer.theirs)),
        }
    }
    for file in &sets.certificates {
        let theirs = answers.certificates.get(&file.name);
        let same = theirs == Some(&file.sn());
        // Java's is what Alipay compares with. The others write names without RFC 2253's escapes, and Python only four parts of
        // them: their SNs of such certificates are wrong, and here is the proof.
        if same == (file.odd && !peer.contains("java")) {
            wrong.push(format!(
                "the SN of {}: {theirs:?} there and {} here",
                file.name,
                file.sn()
            ));
        }
    }
    for answer in &answers.v3 {
        let exchange = sets.v3.get(answer.id).expect("one of the exchanges");
        *total.entry("exchanges over v3").or_default() += 1;
        if let Err(why) = v3::check(exchange, answer, &utf8, &content_key) {
            wrong.push(format!("v3, {}: {why}", exchange.id));
        }
    }
    let counted = |what: &str| total.get(what).copied().unwrap_or_default();
    let python = peer.contains("python");
    assert!(
        counted("calls") >= SETS
            && counted("calls with certificates") >= MORE_SETS
            && (python
                || counted("encrypted calls") >= MORE_SETS && counted("exchanges over v3") == EXCHANGES),
        "{peer} answered too little: {total:?}"
    );
    assert!(wrong.is_empty(), "{peer}, {}:\n{}", wrong.len(), wrong.join("\n"));
    println!(
        "{peer}: verifies ours, and we verify its: {total:?}, and {} SNs",
        answers.certificates.len()
    );
}
