//! Every error that can be provoked, with planted secrets in what provokes it.

use crate::world::{
    AES, AMOUNT, APP_ID, BUYER, CODE, LOGON, NUMBER, START, TOKEN, World, paid_node, pay_call, response,
};
use alipay_core::{
    Amount, Error, ErrorCode, Merchant, Payment, Timestamp, api,
    cert::{self, Certificate, Certificates},
    charset::Charset,
    cipher::ContentKey,
    envelope::Call,
    form,
    http::HttpResponse,
    id::{AppId, AuthCode, OutTradeNo},
    json::Json,
    key::{PrivateKey, PrivateKeyFormat, PublicKey},
    merchant::ApiVersion,
    multipart::File,
    notify::Expected,
    payment::{Input, Output, Policy, RequestId, Restored, Start},
    sign::{self, SignType, Signer},
    v3, wire,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Errors that no input of the core's brings, each with who makes it.
pub(crate) const MADE_ELSEWHERE: &[(ErrorCode, &str)] = &[
    (ErrorCode::KeygenBits, "given a number only"),
    (ErrorCode::CertChain, "tests/certificates.rs: about a certificate"),
    (
        ErrorCode::CertSubject,
        "tests/certificates.rs: about two certificates",
    ),
    (
        ErrorCode::CertExpired,
        "tests/certificates.rs: about a certificate and a time",
    ),
    (
        ErrorCode::NotSent,
        "a problem that is heard: shown by the payments",
    ),
    (
        ErrorCode::MaybeSent,
        "a problem that is heard: shown by the payments",
    ),
    (ErrorCode::TimedOut, "a problem that is heard"),
    (ErrorCode::Aborted, "a problem that is heard"),
    (ErrorCode::Superseded, "the bindings"),
    (ErrorCode::Closed, "the bindings"),
    (ErrorCode::NotInitialised, "the bindings"),
    (ErrorCode::StoreFailed, "the bindings"),
    (ErrorCode::SignerFailed, "the bindings"),
    (ErrorCode::Internal, "a defect"),
];

fn vectors(file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/vectors/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[derive(Debug)]
struct Broken;

impl Signer for Broken {
    fn sign(&self, _: SignType, _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(ErrorCode::SigningFailed.into())
    }
}

#[derive(Default)]
struct Refusals(Vec<Error>);

impl Refusals {
    fn add<T>(&mut self, result: Result<T, Error>) {
        self.0.extend(result.err());
    }
}

/// The errors of everything that reads text, each given each secret, and each given it where a word or a name belongs.
pub(crate) fn of_each_secret(world: &World) -> Vec<Error> {
    let [pkcs1, pkcs8] = [PrivateKeyFormat::Pkcs1, PrivateKeyFormat::Pkcs8]
        .map(|format| world.key.to_pem(format).unwrap().to_string());
    let bare: String = pkcs8.lines().filter(|line| !line.starts_with('-')).collect();
    let mut all = Refusals::default();
    for secret in [&*pkcs1, &pkcs8, &bare, CODE, BUYER, LOGON, TOKEN, AES] {
        read(&mut all, secret);
        configure(&mut all, world, secret);
        call(&mut all, world, secret);
        receive(&mut all, world, secret);
        invoke(&mut all, world, secret);
    }
    all.0
}

fn read(all: &mut Refusals, secret: &str) {
    let spoilt = secret.replacen('A', "!", 1);
    for text in [
        secret,
        &spoilt,
        &secret[..secret.len() - 1],
        &format!("{secret}\u{0}"),
        &format!("{secret}é"),
    ] {
        all.add(PublicKey::parse(text));
        all.add(PrivateKey::parse(text));
        all.add(ContentKey::parse(text));
        all.add(Certificate::parse(text));
        all.add(Certificate::parse_bundle(text));
        all.add(cert::app_cert_sn(text));
        all.add(cert::root_cert_sn(text));
        all.add(cert::download(text));
        all.add(Certificates::parse(text, text, text));
        all.add(text.parse::<Amount>());
        all.add(text.parse::<OutTradeNo>());
        all.add(text.parse::<AppId>());
        all.add(text.parse::<SignType>());
        all.add(text.parse::<Charset>());
        all.add(text.parse::<v3::Method>());
        all.add(AuthCode::new(text));
        all.add(AuthCode::new_lenient(text));
        all.add(AuthCode::face(text));
        all.add(Timestamp::from_beijing(text));
        all.add(sign::from_base64(text));
        all.add(Json::parse(text));
        all.add(form::decode(text.as_bytes()));
        all.add(form::decode(format!("{text}=%").as_bytes()));
        all.add(Charset::Gbk.encode(&format!("{text}🍜")));
        all.add(Charset::Utf8.decode(&[text.as_bytes(), &[0xff]].concat()));
    }
}

fn configure(all: &mut Refusals, world: &World, secret: &str) {
    let alipay = || PublicKey::parse(vectors("keys/alipay_2048_certificate.pem")).unwrap();
    all.add(Merchant::builder(&format!("{secret}-"), alipay()).build());
    for url in [
        secret.to_owned(),
        format!("https://{secret}@host/"),
        format!("http://host/{secret}"),
        format!("https://host/?{secret}#"),
    ] {
        all.add(world.builder().gateway(&url).build());
        all.add(world.builder().notify_url(&url).build());
        all.add(
            world
                .builder()
                .notify_url(&format!("{url}{}", " ".repeat(300)))
                .build(),
        );
    }
    all.add(
        world
            .builder()
            .app_auth_token(&format!("{secret} {secret}"))
            .build(),
    );
    let options = [
        secret.to_owned(),
        json!(secret).to_string(),
        json!([secret]).to_string(),
        json!({ "privateKey": [secret] }).to_string(),
        json!({ "appId": APP_ID, "signType": secret }).to_string(),
        json!({ "appId": APP_ID, "charset": secret }).to_string(),
        json!({ "appId": APP_ID, "apiVersion": secret }).to_string(),
        json!({ "appId": APP_ID, "allowHttp": secret }).to_string(),
        json!({ "appId": APP_ID, "alipayPublicKey": secret, "privateKey": secret }).to_string(),
        json!({ "appId": APP_ID, "appCertificate": secret, "alipayCertificate": secret, "rootCertificate": secret }).to_string(),
        format!(r#"{{"appId":"{APP_ID}","privateKey":"{secret}""#),
    ];
    for options in options {
        all.add(wire::engine::Merchant::new(&options));
        all.add(wire::Policy::from_json(&options).and_then(|policy| policy.build()));
    }
}

fn call(all: &mut Refusals, world: &World, secret: &str) {
    let (merchant, now) = (&world.merchant, world.now());
    all.add(Call::new(secret.to_owned(), "{}"));
    all.add(Call::new("alipay.trade.pay", secret));
    all.add(Call::new(
        "alipay.trade.pay",
        format!(r#"{{"auth_code":"{secret}""#),
    ));
    all.add(pay_call().parameter("sign", secret));
    all.add(pay_call().parameter("", secret));
    for path in [
        secret.to_owned(),
        format!("/v3/{secret}#"),
        format!("/v3/\"{secret}"),
    ] {
        all.add(v3::Call::new(v3::Method::Post, path, "{}"));
    }
    all.add(v3::Call::new(
        v3::Method::Get,
        "/v3/a",
        json!({ "a": secret }).to_string(),
    ));
    all.add(v3::Call::new(v3::Method::Post, "/v3/a", secret));
    let v3_call = v3::Call::new(v3::Method::Post, "/v3/a", json!({ "a": secret }).to_string()).unwrap();
    all.add(v3_call.clone().app_auth_token(&format!("{secret} {secret}")));
    all.add(merchant.prepare_v3(&v3_call, &format!("{secret}_"), now));
    all.add(File::new(secret, "", secret, secret));
    all.add(File::new(secret, secret, "\u{1}", secret));
    for (method, _, _) in api::METHODS {
        for wrong in [
            json!(secret),
            json!([secret]),
            json!({ "a": secret }),
            json!({"total_amount": secret, "out_trade_no": secret}),
        ] {
            all.add(api::typed_call(method, &wrong.to_string()));
        }
        // Each documented field in turn is the secret, alone and in a list, and far too long.
        let name = method
            .split('.')
            .map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..]))
            .skip(1)
            .collect::<String>();
        let table = api::RECORDS
            .iter()
            .find(|record| record.name == format!("{name}Request"));
        for field in table.map_or(&[][..], |record| record.fields) {
            for value in [
                json!(secret),
                json!([secret]),
                json!(secret.repeat(3000 / secret.len() + 1)),
                json!({ "a": secret }),
            ] {
                let mut order: serde_json::Value = serde_json::from_str(pay_call().biz_content()).unwrap();
                order[field.name] = value;
                all.add(api::typed_call(method, &order.to_string()));
            }
        }
    }
    all.add(api::typed_call(secret, "{}"));
}

fn receive(all: &mut Refusals, world: &World, secret: &str) {
    let merchant = &world.merchant;
    let enough = form::encode([
        ("out_trade_no", secret),
        ("charset", secret),
        ("sign", secret),
        ("sign_type", secret),
    ]);
    let twice = form::encode([(secret, secret), (secret, secret), ("sign", "AAAA")]);
    for body in [
        secret,
        &enough,
        &twice,
        &format!("{}&sign=%zz", world.notification()),
    ] {
        all.add(merchant.verify_notify(body.as_bytes()));
        all.add(merchant.verify_return(body));
        all.add(merchant.verify_app_result(body));
    }
    all.add(merchant.verify_decoded([(secret, secret), ("sign", secret), ("sign_type", secret)]));
    let nodes = [
        secret.to_owned(),
        json!({ secret: secret }).to_string(),
        json!({ "alipay_trade_pay_response": secret, "sign": secret }).to_string(),
        json!({ "alipay_trade_pay_response": { "code": "10000", "buyer_id": secret }, "sign": secret })
            .to_string(),
        json!({ "alipay_trade_pay_response": { "code": "10000", "buyer_id": secret } }).to_string(),
        format!(
            r#"{{"alipay_trade_pay_response":{{"a":{}}},"alipay_trade_pay_response":{{}},"sign":"AAAA"}}"#,
            json!(secret)
        ),
    ];
    for node in nodes {
        for status in [200, 500] {
            let answer = HttpResponse {
                status,
                ..response(node.clone())
            };
            all.add(merchant.open("alipay.trade.pay", &answer));
            let headers = ["alipay-signature", "alipay-timestamp", "alipay-nonce"]
                .map(|name| (name.to_owned(), secret.to_owned()));
            let answer = HttpResponse {
                headers: headers.to_vec(),
                ..answer
            };
            all.add(merchant.open_v3(&answer, None));
            let twice = HttpResponse {
                headers: [headers.clone(), headers].concat(),
                ..answer
            };
            all.add(merchant.open_v3(&twice, None));
        }
    }
    all.add(merchant.decrypt_payload(secret, None));
    all.add(merchant.decrypt_payload(secret, Some(secret)));
    all.add(merchant.verify(secret.as_bytes(), secret.as_bytes(), SignType::Rsa2));
    all.add(Payment::restore(
        Arc::clone(merchant),
        secret.as_bytes(),
        Restored::default(),
        world.now(),
    ));
    all.add(Payment::restore(
        Arc::clone(merchant),
        json!({ "v": 1, secret: secret }).to_string().as_bytes(),
        Restored::default(),
        world.now(),
    ));
}

fn invoke(all: &mut Refusals, world: &World, secret: &str) {
    let words = [
        "encryptKey",
        "text",
        "certificate",
        "sn",
        "result",
        "query",
        "response",
        "sign",
        "method",
        "subCode",
    ];
    let full: serde_json::Map<_, _> = words
        .iter()
        .map(|word| ((*word).to_owned(), json!(secret)))
        .collect();
    let mut inputs = vec![json!(secret), json!([secret]), json!({ secret: 1 }), json!(full)];
    for word in words {
        inputs.push(json!({ word: secret }));
    }
    inputs.push(json!({ "encryptKey": secret, "text": secret }));
    inputs.push(json!({ "encryptKey": AES, "text": secret }));
    inputs.push(json!({ "body": wire::Bytes(secret.into()) }));
    inputs.push(json!({ "body": secret }));
    for operation in wire::operation::OPERATIONS {
        for input in &inputs {
            let mut input = input.clone();
            // A diagnosis tries tens of thousands of changes, unless it is told to try fewer.
            if let (true, Some(members)) = (operation.name.starts_with("diagnose"), input.as_object_mut()) {
                members.insert("maxHashes".into(), json!(100));
            }
            all.add(wire::operation::invoke_merchant(
                &world.merchant,
                operation.name,
                &input.to_string(),
            ));
        }
        all.add(wire::operation::invoke(operation.name, secret));
    }
    all.add(wire::operation::invoke(secret, "{}"));
    for text in [
        secret.to_owned(),
        json!({ "method": secret, "bizContent": secret }).to_string(),
    ] {
        all.add(wire::engine::check_call(&text));
        all.add(wire::engine::string_to_sign(&text));
        all.add(wire::engine::encode_form(&text));
        all.add(wire::engine::inspect_private_key(text.as_bytes()));
        all.add(wire::engine::inspect_public_key(text.as_bytes()));
    }
}

/// One error at least of each code that the secrets above don't bring by themselves.
pub(crate) fn of_each_kind(world: &World) -> Vec<Error> {
    let mut all = Refusals::default();
    kinds_of_keys(&mut all, world);
    kinds_of_calls(&mut all, world);
    kinds_of_messages(&mut all, world);
    kinds_of_payments(&mut all, world);
    all.0
}

/// A DER value.
fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &len[..], contents].concat()
}

fn kinds_of_keys(all: &mut Refusals, world: &World) {
    for file in [
        "ec_p256_TEST_ONLY.pem",
        "encrypted_2048_TEST_ONLY.pem",
        "short_512_TEST_ONLY.pem",
        "alipay_2048_certificate.pem",
    ] {
        all.add(PrivateKey::parse(vectors(&format!("keys/{file}"))));
    }
    let public =
        |bytes: usize, exponent: u8| der(0x30, &[der(2, &vec![0x55; bytes]), vec![2, 1, exponent]].concat());
    all.add(PublicKey::parse(public(600, 3)));
    all.add(PublicKey::parse(public(256, 2)));
    // The private key with a digit of its last number changed.
    let mut inconsistent = world.key.to_pkcs1_der().to_vec();
    *inconsistent.last_mut().unwrap() ^= 1;
    all.add(PrivateKey::parse(inconsistent));
    all.add(
        Merchant::builder(APP_ID, world.key.public_key().clone())
            .private_key(world.key.clone())
            .build(),
    );

    let [certificate, roots] = ["certs/alipay_class_2_r1.pem", "certs/alipay_root_bundle.pem"].map(vectors);
    let ours = vectors("keys/alipay_2048_certificate.pem");
    let certificates = || Certificates::parse(&ours, &certificate, &roots).unwrap();
    let builder = || Merchant::builder_with_certificates(APP_ID, certificates());
    all.add(builder().private_key(world.key.clone()).build());
    let certified = builder().app_auth_token(TOKEN).build().unwrap();
    all.add(certified.with_alipay_certificate(&ours, world.now()));
    all.add(world.merchant.with_alipay_certificate(&ours, world.now()));
    let unknown = format!("{}&alipay_cert_sn={}", world.notification(), "0".repeat(32));
    all.add(certified.verify_notify(unknown.as_bytes()));
    let unknown = format!("{}&alipay_cert_sn={CODE}", world.notification());
    all.add(certified.verify_notify(unknown.as_bytes()));
}

fn kinds_of_calls(all: &mut Refusals, world: &World) {
    let now = world.now();
    all.add(world.merchant.delegated().request(&pay_call(), now));
    all.add(
        world
            .builder()
            .signer(Arc::new(Broken))
            .build()
            .unwrap()
            .request(&pay_call(), now),
    );
    let gbk = world.builder().charset(Charset::Gbk).build().unwrap();
    all.add(
        gbk.request(
            &Call::new(
                "alipay.trade.pay",
                json!({ "auth_code": CODE, "subject": "🍜" }).to_string(),
            )
            .unwrap()
            .plain(),
            now,
        ),
    );
    all.add(
        gbk.request(
            &pay_call()
                .parameter("passback_params", &format!("{LOGON}🍜"))
                .unwrap(),
            now,
        ),
    );
    all.add(Timestamp::from_unix_ms(-START));
    for change in [
        json!({"discountable_amount": "1", "undiscountable_amount": "2"}),
        json!({ "total_amount": "0" }),
        json!({ "total_amount": "100000000.01" }),
        json!({ "timeout_express": CODE[..6] }),
        json!({ "subject": null }),
        json!({ "subject": CODE.repeat(20) }),
        json!({ "scene": BUYER }),
        json!({ "scene": 1 }),
    ] {
        let mut order: serde_json::Value = serde_json::from_str(pay_call().biz_content()).unwrap();
        for (name, value) in change.as_object().unwrap() {
            order[name] = value.clone();
        }
        all.add(api::typed_call("alipay.trade.pay", &order.to_string()));
    }
    let bill = json!({ "bill_type": "trade", "bill_date": CODE[..10] });
    all.add(api::typed_call(
        "alipay.data.dataservice.bill.downloadurl.query",
        &bill.to_string(),
    ));
    let payee = json!({ "out_biz_no": "1", "payee_type": "ALIPAY_USERID", "payee_account": BUYER, "amount": "1", "payee_real_name": LOGON, "trans_in": CODE });
    all.add(api::typed_call(
        "alipay.fund.trans.toaccount.transfer",
        &payee.to_string(),
    ));
}

fn kinds_of_messages(all: &mut Refusals, world: &World) {
    let merchant = &world.merchant;
    let plain = Merchant::builder(APP_ID, world.key.public_key().clone())
        .build()
        .unwrap();
    all.add(plain.decrypt_payload(CODE, None));
    all.add(merchant.open("alipay.trade.pay", &response(vec![b' '; 2 << 20])));
    all.add(merchant.open(
        "alipay.trade.pay",
        &response(json!({ "other": paid_node() }).to_string()),
    ));
    let weak = world.notification().replace("sign_type=RSA2", "sign_type=RSA");
    all.add(merchant.verify_notify(weak.as_bytes()));
    let charset = world.form(&[("app_id", APP_ID), ("charset", "latin1"), ("buyer_id", BUYER)]);
    all.add(merchant.verify_notify(charset.as_bytes()));
    let verified = merchant.verify_notify(world.notification().as_bytes()).unwrap();
    for app_id in [APP_ID, BUYER] {
        let total_amount = AMOUNT.parse().unwrap();
        all.add(verified.check(&Expected {
            out_trade_no: CODE,
            total_amount,
            seller_id: None,
            seller_email: None,
            app_id,
        }));
        all.add(verified.check(&Expected {
            out_trade_no: CODE,
            total_amount,
            seller_id: Some(BUYER),
            seller_email: Some(LOGON),
            app_id,
        }));
    }
    let now = Timestamp::from_unix_ms(START + 86_400_000).unwrap();
    let window = Duration::from_secs(60);
    all.add(merchant.open_v3(
        &crate::specimens::v3_answer(world),
        Some(v3::Freshness { now, window }),
    ));
}

fn kinds_of_payments(all: &mut Refusals, world: &World) {
    let order = || api::TradePayRequest::from_json(pay_call().biz_content()).unwrap();
    let start = |merchant: &Arc<Merchant>, policy| {
        Payment::new(
            Arc::clone(merchant),
            order(),
            policy,
            Start::default(),
            world.now(),
        )
    };
    let default = Policy::default();
    all.add(start(
        &world.merchant,
        Policy {
            poll_interval_ms: 0,
            ..default.clone()
        },
    ));
    all.add(start(
        &world.merchant,
        Policy {
            settle_ms: default.pay_timeout_ms - 1,
            ..default.clone()
        },
    ));
    let mut payment = start(&world.merchant, default.clone()).unwrap();
    let before = payment.snapshot();
    assert!(matches!(payment.poll_output(world.now()), Output::Request(_)));
    let after = payment.snapshot();
    let other = Arc::new(
        Merchant::builder("2014072300007149", world.key.public_key().clone())
            .build()
            .unwrap(),
    );
    for snapshot in [before, after] {
        let text = String::from_utf8(snapshot).unwrap();
        all.add(Payment::restore(
            Arc::clone(&other),
            text.as_bytes(),
            Restored::default(),
            world.now(),
        ));
        all.add(Payment::restore(
            Arc::clone(&world.merchant),
            &text.as_bytes()[..text.len() - 1],
            Restored::default(),
            world.now(),
        ));
        let version = text.replacen(|c: char| c.is_ascii_digit(), "9", 1);
        all.add(Payment::restore(
            Arc::clone(&world.merchant),
            version.as_bytes(),
            Restored::default(),
            world.now(),
        ));
    }
    all.add(payment.set_merchant(other));
    let elsewhere = |version| {
        let builder = Merchant::builder(APP_ID, world.key.public_key().clone()).app_auth_token(TOKEN);
        let builder = match version {
            ApiVersion::V3 => builder.api_version(version),
            ApiVersion::V2 => builder.gateway("https://example.com/gateway.do"),
        };
        Arc::new(builder.external_signer().build().unwrap())
    };
    all.add(payment.set_merchant(elsewhere(ApiVersion::V2)));
    all.add(payment.set_merchant(elsewhere(ApiVersion::V3)));
    all.add(payment.handle_input(Input::GiveUp, world.now()));
    let mut external = start(&Arc::new(world.merchant.delegated()), default).unwrap();
    assert!(matches!(external.poll_output(world.now()), Output::Sign(_)));
    let signature = CODE.as_bytes();
    all.add(external.handle_input(
        Input::Signature {
            id: RequestId(1),
            signature: &[],
        },
        world.now(),
    ));
    all.add(external.handle_input(
        Input::Signature {
            id: RequestId(7),
            signature,
        },
        world.now(),
    ));
    assert_eq!(payment.out_trade_no(), NUMBER);
}
