//! What an app in Kotlin or Swift can log of this library's objects shows no secret: their `Debug` (`toString`,
//! `description`), errors, and a payment's snapshot.
#![allow(missing_docs)]

#[path = "../../tests/tests/leaks/planted.rs"]
mod planted;

use alipay_core::{
    key::{PrivateKey, PrivateKeyFormat},
    sign::{SignType, Signer as _, pure::PureSigner, to_base64},
};
use alipay_uniffi::{
    Answer, Call, FormField, HttpRequest, Input, MerchantOptions, NativeAlipay, NativePayment, Output,
    Parameter, Phase, Policy, Restored, Start, decode_form, inspect_private_key, inspect_public_key, invoke,
    trade_pay_response, trade_query_response,
};
use planted::{Planted, private_numbers};
use std::{fmt::Debug, fs, sync::Arc};

const CODE: &str = "28763443825664394";
const BUYER: &str = "2088101117955611";
const LOGON: &str = "planted.buyer@example.com";
const TOKEN: &str = "201509BBeff9351ad1874306903e96b91d248A36";
const AES: &str = "AN/+cGxhbnRlZCBBRVMhIQ==";
const NOW: i64 = 1_795_262_400_000;

fn pem(file: &str) -> PrivateKey {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/keys/");
    PrivateKey::parse(fs::read(format!("{folder}{file}")).unwrap()).unwrap()
}

struct World {
    planted: Planted,
    app: PrivateKey,
    alipay: PrivateKey,
}

impl World {
    fn new() -> Self {
        let app = pem("app_2048_TEST_ONLY.pem");
        let mut planted = Planted::default();
        for (name, number) in private_numbers(app.to_pkcs1_der()) {
            planted.number(name, number);
        }
        let file = app.to_pem(PrivateKeyFormat::Pkcs8).unwrap();
        let text: String = file.lines().filter(|line| !line.starts_with('-')).collect();
        // The first half holds the modulus, which everybody may know.
        planted.text("private key", &text[text.len() / 2..]);
        for (name, text) in [
            ("auth_code", CODE),
            ("buyer", BUYER),
            ("logon id", LOGON),
            ("token", TOKEN),
            ("AES key", AES),
        ] {
            planted.text(name, text);
        }
        Self {
            planted,
            app,
            alipay: pem("alipay_2048_TEST_ONLY.pem"),
        }
    }

    #[track_caller]
    fn check(&self, shown: &[u8]) {
        let found = self.planted.found_in(shown);
        assert!(
            found.is_empty(),
            "{found:?} in {}",
            String::from_utf8_lossy(shown)
        );
    }

    #[track_caller]
    fn show(&self, value: &impl Debug) {
        self.check(format!("{value:?}{value:#?}").as_bytes());
    }

    fn options(&self) -> MerchantOptions {
        MerchantOptions {
            app_id: "2014072300007148".into(),
            alipay_public_key: self.alipay.public_key().to_pem().unwrap(),
            private_key: Some(self.app.to_pem(PrivateKeyFormat::Pkcs8).unwrap().to_string()),
            gateway: None,
            sign_type: None,
            charset: None,
            notify_url: None,
            app_auth_token: Some(TOKEN.into()),
            allow_http: false,
            app_certificate: None,
            alipay_certificate: None,
            root_certificate: None,
            further_alipay_certificates: Vec::new(),
            encrypt_key: Some(AES.into()),
            api_version: None,
        }
    }

    fn merchant(&self) -> Arc<NativeAlipay> {
        NativeAlipay::new(self.options(), None).unwrap()
    }

    fn answer(&self, method: &str, node: &str) -> Vec<u8> {
        let sign = PureSigner::new(&self.alipay)
            .sign(SignType::Rsa2, node.as_bytes())
            .unwrap();
        format!(
            r#"{{"{}_response":{node},"sign":"{}"}}"#,
            method.replace('.', "_"),
            to_base64(&sign)
        )
        .into_bytes()
    }
}

fn paid() -> String {
    format!(
        r#"{{"code":"10000","msg":"Success","trade_no":"2026112122001400000000000001","out_trade_no":"20150320010101001","total_amount":"88.88","trade_status":"TRADE_SUCCESS","buyer_user_id":"{BUYER}","buyer_logon_id":"{LOGON}","unknown":"{TOKEN}"}}"#
    )
}

fn order() -> String {
    format!(
        r#"{{"out_trade_no":"20150320010101001","scene":"bar_code","auth_code":"{CODE}","total_amount":"88.88","subject":"Tea","buyer_id":"{BUYER}","unknown":"{TOKEN}"}}"#
    )
}

fn policy() -> Policy {
    Policy {
        preset: None,
        pay_timeout_ms: None,
        query_timeout_ms: None,
        cancel_timeout_ms: None,
        sign_timeout_ms: None,
        poll_interval_ms: None,
        poll_window_ms: None,
        retry_soon_ms: None,
        settle_ms: None,
        send_within_ms: None,
        cancel_retry_ms: None,
        confirm_not_sent: None,
        fence_ms: None,
        long_auth_codes: None,
    }
}

fn start() -> Start {
    Start {
        first_id: None,
        alipay_time: None,
    }
}

fn restored() -> Restored {
    Restored {
        first_id: None,
        writer_is_dead: false,
        never_suspended: false,
        gateway_moved: false,
    }
}

#[test]
fn objects_show_no_secret() {
    let world = World::new();
    world.show(&world.options());
    let merchant = world.merchant();
    world.show(&merchant);
    let call = Call {
        method: "alipay.trade.pay".into(),
        biz_content: order(),
        parameters: vec![Parameter {
            name: "app_auth_token".into(),
            value: TOKEN.into(),
        }],
        plain: true,
    };
    world.show(&call);
    let request: HttpRequest = merchant.request(call, NOW).unwrap();
    world.show(&request);
    let answer: Answer = merchant
        .open(
            "alipay.trade.pay".into(),
            200,
            world.answer("alipay.trade.pay", &paid()),
            Vec::new(),
        )
        .unwrap();
    world.show(&answer);
    world.show(&trade_pay_response(answer.clone()).unwrap());
    world.show(&trade_query_response(answer).unwrap());
    let fields: Vec<FormField> = decode_form(format!("auth_code={CODE}&token={TOKEN}").into_bytes()).unwrap();
    world.show(&fields);
    let key = world.app.to_pem(PrivateKeyFormat::Pkcs8).unwrap();
    world.show(&inspect_private_key(key.as_bytes().to_vec()).unwrap());
}

#[test]
fn errors_show_no_secret() {
    let world = World::new();
    let key = world.app.to_pem(PrivateKeyFormat::Pkcs8).unwrap().to_string();
    let merchant = world.merchant();
    for secret in [&*key, CODE, BUYER, LOGON, TOKEN, AES] {
        let bytes = || secret.as_bytes().to_vec();
        let wrong = |change: fn(&mut MerchantOptions, String)| {
            let mut options = world.options();
            change(&mut options, format!("{secret} é"));
            NativeAlipay::new(options, None).map(drop).unwrap_err()
        };
        let errors = [
            inspect_public_key(bytes()).map(drop).unwrap_err(),
            inspect_private_key(bytes()[1..].to_vec()).map(drop).unwrap_err(),
            invoke("certSn".into(), secret.into()).map(drop).unwrap_err(),
            invoke(secret.into(), "{}".into()).map(drop).unwrap_err(),
            merchant
                .invoke("orderString".into(), secret.into())
                .map(drop)
                .unwrap_err(),
            merchant.verify_notify(bytes()).map(drop).unwrap_err(),
            merchant
                .open("alipay.trade.pay".into(), 200, bytes(), Vec::new())
                .map(drop)
                .unwrap_err(),
            NativePayment::restore(Arc::clone(&merchant), bytes(), restored(), NOW)
                .map(drop)
                .unwrap_err(),
            NativePayment::from_json(Arc::clone(&merchant), secret.into(), policy(), start(), NOW)
                .map(drop)
                .unwrap_err(),
            wrong(|options, secret| options.app_id = secret),
            wrong(|options, secret| options.alipay_public_key = secret),
            wrong(|options, secret| options.private_key = Some(secret.replace('A', "!"))),
            wrong(|options, secret| options.gateway = Some(secret)),
            wrong(|options, secret| options.notify_url = Some(secret)),
            wrong(|options, secret| options.app_auth_token = Some(secret)),
            wrong(|options, secret| options.encrypt_key = Some(secret)),
        ];
        for error in errors {
            world.show(&error);
            world.check(error.to_string().as_bytes());
        }
    }
}

#[test]
fn a_payment_shows_no_secret_at_any_step() {
    let world = World::new();
    for merchant in [world.merchant(), world.merchant().delegated().unwrap()] {
        let payment = NativePayment::from_json(merchant, order(), policy(), start(), NOW).unwrap();
        loop {
            world.show(&payment.state().unwrap());
            let output: Output = payment.poll(NOW).unwrap();
            world.show(&output);
            // Until pay may have left, what is stored is the order, with its code.
            if payment.state().unwrap().phase != Phase::Ready {
                world.check(&payment.snapshot().unwrap());
            }
            let input = match output {
                Output::Request { id, .. } => Input::Response {
                    id,
                    status: 200,
                    body: world.answer("alipay.trade.pay", &paid()),
                    headers: Vec::new(),
                    reset: false,
                },
                Output::Sign { id, bytes, .. } => Input::Signature {
                    id,
                    signature: PureSigner::new(&world.app).sign(SignType::Rsa2, &bytes).unwrap(),
                },
                Output::Done { outcome } => {
                    world.show(&outcome);
                    break;
                }
                Output::Timeout { .. } | Output::Save | Output::News { .. } => {
                    panic!("the first answer is the last")
                }
            };
            world.show(&input);
            payment.handle(input, NOW).unwrap();
        }
    }
}
