//! The example of seed document 002 goes in; what comes out must verify with OpenSSL.
#![allow(missing_docs)]

#[path = "harness/full_order.rs"]
mod full_order;

use alipay_core::{
    ErrorCode, Merchant, Timestamp,
    api::{ApiRequest, TradePayRequest},
    envelope::Call,
    form,
    http::HttpRequest,
    key::{PrivateKey, PublicKey},
};
use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

/// The document's `setBizContent`, exactly as its Java source denotes it.
const BIZ_CONTENT: &str = r#"{"out_trade_no":"20150320010101001","scene":"bar_code","auth_code":"28763443825664394","product_code":"FACE_TO_FACE_PAYMENT","subject":"Iphone6 16G","buyer_id":"2088202954065786","seller_id":"2088102146225135","total_amount":88.88,"discountable_amount":8.88,"body":"Iphone6 16G",      "goods_detail":[{        "goods_id":"apple-01","goods_name":"ipad","quantity":1,"price":2000,"goods_category":"34543238","body":"特价手机","show_url":"http://www.alipay.com/xxx.jpg"        }],"operator_id":"yx_001","store_id":"NJ_001","terminal_id":"NJ_T_001","extend_params":{"sys_service_provider_id":"2088511833207846","industry_reflux_info":"{\\\"scene_code\\\":\\\"metro_tradeorder\\\",\\\"channel\\\":\\\"xxxx\\\",\\\"scene_data\\\":{\\\"asset_name\\\":\\\"ALIPAY\\\"}}","card_type":"S0JP0000"    },"timeout_express":"90m","auth_confirm_mode":"COMPLETE:转交易支付完成结束预授权;NOT_COMPLETE:转交易支付完成不结束预授权"  }"#;

fn key() -> PrivateKey {
    PrivateKey::parse(include_str!("keys/app_private_key.pem")).unwrap()
}

fn merchant() -> Merchant {
    Merchant::builder(
        "2014072300007148",
        PublicKey::parse(include_str!("keys/alipay_public_key.pem")).unwrap(),
    )
    .private_key(key())
    .notify_url("http://api.test.alipay.net/atinterface/receive_notify.htm")
    .build()
    .unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_beijing("2014-07-24 03:07:50").unwrap()
}

/// The parameters as the gateway would see them: of the URL's query and of the body.
fn received(request: &HttpRequest) -> BTreeMap<String, String> {
    let query = request.url.split_once('?').unwrap().1;
    form::decode(query.as_bytes())
        .unwrap()
        .into_iter()
        .chain(form::decode(&request.body).unwrap())
        .map(|(name, value)| {
            (
                String::from_utf8(name).unwrap(),
                String::from_utf8(value).unwrap(),
            )
        })
        .collect()
}

/// What OpenSSL says of the signature over the received parameters.
fn openssl_verifies(name: &str, mut parameters: BTreeMap<String, String>) -> bool {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, contents: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, contents).unwrap();
        path
    };
    let sign = parameters.remove("sign").unwrap();
    // BTreeMap sorts by key, by byte: the string is built here without the library's help.
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let message = file("message", pairs.join("&").as_bytes());
    let public = file("public.pem", key().public_key().to_pem().unwrap().as_bytes());
    let base64 = file("signature.base64", format!("{sign}\n").as_bytes());
    let signature = folder.join("signature");
    let run = |arguments: &[&std::ffi::OsStr]| Command::new("openssl").args(arguments).output().unwrap();
    let decoded = run(&[
        "base64".as_ref(),
        "-d".as_ref(),
        "-A".as_ref(),
        "-in".as_ref(),
        base64.as_ref(),
        "-out".as_ref(),
        signature.as_ref(),
    ]);
    assert!(decoded.status.success(), "openssl is needed for this test");
    let verified = run(&[
        "dgst".as_ref(),
        "-sha256".as_ref(),
        "-verify".as_ref(),
        public.as_ref(),
        "-signature".as_ref(),
        signature.as_ref(),
        message.as_ref(),
    ]);
    verified.status.success()
}

#[test]
fn the_documents_own_example_verifies_with_openssl() {
    let call = Call::new("alipay.trade.pay", BIZ_CONTENT).unwrap();
    let parameters = received(&merchant().request(&call, now()).unwrap());
    assert_eq!(
        parameters["biz_content"], BIZ_CONTENT,
        "not a byte of what the user gave is rewritten"
    );
    assert_eq!(parameters["charset"], "utf-8");
    assert_eq!(parameters["timestamp"], "2014-07-24 03:07:50");
    assert_eq!(parameters["sign_type"], "RSA2");
    assert!(openssl_verifies("seed", parameters.clone()));
    let mut tampered = parameters;
    tampered.insert("timestamp".into(), "2014-07-24 03:07:51".into());
    assert!(!openssl_verifies("seed_tampered", tampered), "the check can fail");
}

#[test]
fn the_typed_request_carries_every_field_of_the_document_and_verifies_with_openssl() {
    let pay = full_order::full_order();
    let parameters = received(&merchant().request(&pay.to_call().unwrap(), now()).unwrap());
    assert_eq!(
        TradePayRequest::from_json(&parameters["biz_content"]).unwrap(),
        pay
    );
    assert!(openssl_verifies("typed", parameters));
}

#[test]
fn blank_parameters_are_neither_signed_nor_sent_and_reserved_ones_refused() {
    let call = Call::new("alipay.user.info.share", " ").unwrap();
    let call = call
        .parameter("auth_token", "x+y=&z 中")
        .unwrap()
        .parameter("return_url", "  ")
        .unwrap();
    let parameters = received(&merchant().request(&call, now()).unwrap());
    assert!(!parameters.contains_key("biz_content") && !parameters.contains_key("return_url"));
    assert_eq!(parameters["auth_token"], "x+y=&z 中");
    assert!(openssl_verifies("blank", parameters));
    for name in ["sign", "app_id", "biz_content", "charset"] {
        let error = Call::new("alipay.trade.query", "{}")
            .unwrap()
            .parameter(name, "x")
            .unwrap_err();
        assert_eq!(
            (error.code(), error.subject()),
            (ErrorCode::ParameterReserved, Some(name))
        );
    }
    assert_eq!(
        Call::new("Alipay Trade", "{}").unwrap_err().code(),
        ErrorCode::MethodName
    );
    assert_eq!(
        Call::new("alipay.trade.query", "[1").unwrap_err().code(),
        ErrorCode::JsonSyntax
    );
}

#[test]
fn a_merchants_options_are_checked_together() {
    let alipay = || PublicKey::parse(include_str!("keys/alipay_public_key.pem")).unwrap();
    let build = |url: &str, allow: bool| {
        Merchant::builder("2014", alipay())
            .gateway(url)
            .allow_http(allow)
            .build()
            .map(|_| ())
            .map_err(|e| e.code())
    };
    for url in [
        "https://openapi.alipay.com/gateway.do",
        "http://127.0.0.1:8080/gateway.do",
        "http://localhost/x",
        "http://[::1]:9/",
    ] {
        assert_eq!(build(url, false), Ok(()), "{url}");
    }
    for url in [
        "http://openapi.alipay.com/gateway.do",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
    ] {
        assert_eq!(build(url, false), Err(ErrorCode::GatewayNotHttps), "{url}");
        assert_eq!(build(url, true), Ok(()), "{url}");
    }
    for url in [
        "",
        "openapi.alipay.com",
        "ftp://x/",
        "https://",
        "https://u:p@x/",
        "https://x/?a=b",
        "https://x/#f",
        "https://x y/",
        "https://x:0/",
        "https://x:99999/",
        "https://x\n/",
    ] {
        assert_eq!(build(url, true), Err(ErrorCode::GatewayUrl), "{url:?}");
    }
    let own = Merchant::builder("2014", key().public_key().clone())
        .private_key(key())
        .build();
    assert_eq!(own.unwrap_err().code(), ErrorCode::KeyIsOwn);
    let bad_app = Merchant::builder("2014 07", alipay()).build();
    assert_eq!(bad_app.unwrap_err().code(), ErrorCode::AppId);
    let bad_url = Merchant::builder("2014", alipay())
        .notify_url(&format!("https://x/{}", "n".repeat(250)))
        .build();
    assert_eq!(bad_url.unwrap_err().code(), ErrorCode::NotifyUrl);
    let bad_token = Merchant::builder("2014", alipay()).app_auth_token("a b").build();
    assert_eq!(bad_token.unwrap_err().code(), ErrorCode::AppAuthToken);
    let external = Merchant::builder("2014", alipay()).build().unwrap();
    let call = Call::new("alipay.trade.query", "{}").unwrap();
    assert_eq!(
        external.request(&call, now()).unwrap_err().code(),
        ErrorCode::SignerExternal
    );
}

#[test]
fn the_two_steps_give_the_same_request_as_the_one() {
    let call = Call::new("alipay.trade.query", r#"{"out_trade_no":"1"}"#).unwrap();
    let prepared = merchant().prepare(&call, now()).unwrap();
    let signature = key()
        .signer()
        .unwrap()
        .sign(prepared.sign_type(), prepared.bytes_to_sign())
        .unwrap();
    assert_eq!(
        prepared.finish(&signature).unwrap(),
        merchant().request(&call, now()).unwrap()
    );
}
