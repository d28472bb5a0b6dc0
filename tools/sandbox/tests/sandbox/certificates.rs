//! Certificate mode and content encryption, as a merchant meets them.

use crate::merchant::{self, APP_ID, NotifyDesk, Shop, Talk, keys};
use alipay_core::{
    Merchant, Timestamp,
    cert::{Certificate, Certificates, download},
    cipher::ContentKey,
    http::HttpResponse,
    key::PrivateKey,
    merchant::MerchantBuilder,
};
use alipay_sandbox::App;
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::{
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

static ROOT: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::generate(&mut UnwrapErr(SysRng), 2048).unwrap());

/// Protocol, section 6.
const AES_KEY: &str = "vEARwBsVE8dBrk0tiaNQtQ==";

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH.saturating_add(SystemTime::now().duration_since(UNIX_EPOCH).unwrap())
}

fn certified() -> Shop {
    Shop::open(|config| config.root_key = Some(ROOT.clone()))
}

fn issued(shop: &Shop) -> alipay_sandbox::Certificates {
    shop.sandbox.certificates().unwrap()
}

/// Alipay's certificate of now.
fn alipay(shop: &Shop) -> alipay_sandbox::Certificate {
    issued(shop).alipay().unwrap().clone()
}

fn builder(shop: &Shop) -> MerchantBuilder {
    builder_with(
        shop,
        &issued(shop).app(APP_ID).unwrap().pem,
        &issued(shop).root().pem,
    )
    .private_key(keys()[0].clone())
}

fn builder_with(shop: &Shop, app: &str, root: &str) -> MerchantBuilder {
    let files = Certificates::parse(app, alipay(shop).pem, root);
    Merchant::builder_with_certificates(APP_ID, files.unwrap()).gateway(&shop.sandbox.gateway_url())
}

fn ask(merchant: &Merchant, method: &str, biz_content: &str) -> HttpResponse {
    merchant::send(&merchant::signed(merchant, method, biz_content)).unwrap()
}

#[test]
fn a_request_is_answered_with_the_sn_of_the_certificate_that_verifies_it() {
    let shop = certified();
    let merchant = builder(&shop).build().unwrap();
    let response = ask(&merchant, "alipay.trade.pay", &merchant::order("A1", 1));
    let answer = merchant.open("alipay.trade.pay", &response).unwrap();
    assert!(answer.is_success() && answer.is_verified());
    let sn = alipay(&shop).sn;
    let body = String::from_utf8(response.body).unwrap();
    assert!(body.contains(&format!(r#""alipay_cert_sn":"{sn}""#)), "{body}");
}

#[test]
fn a_request_without_the_right_sns_is_refused_and_leaves_no_trade() {
    let shop = Shop::open(|config| {
        config.root_key = Some(ROOT.clone());
        config.apps.push(App {
            app_id: "2014072300007149".into(),
            public_key: keys()[1].public_key().clone(),
            seller_id: "2088102146225136".into(),
        });
    });
    let own = builder(&shop).build().unwrap();
    let issued = issued(&shop);
    let another_s = builder_with(
        &shop,
        &issued.app("2014072300007149").unwrap().pem,
        &issued.root().pem,
    );
    let app = &issued.app(APP_ID).unwrap().pem;
    let no_root = builder_with(&shop, app, &alipay(&shop).pem).private_key(keys()[0].clone());
    for (merchant, code) in [
        (shop.merchant(), "isv.missing-app-cert-sn"),
        (
            another_s.private_key(keys()[1].clone()).build().unwrap(),
            "isv.app-cert-not-exist",
        ),
        (no_root.build().unwrap(), "isv.invalid-alipay-root-cert-sn"),
    ] {
        let response = ask(&merchant, "alipay.trade.pay", &merchant::order("A1", 1));
        let answer = own.open("alipay.trade.pay", &response).unwrap();
        assert_eq!((answer.code(), answer.sub_code()), (Some("40002"), Some(code)));
        assert!(answer.is_verified());
    }
    assert!(shop.sandbox.trades().is_empty());
}

#[test]
fn the_same_keys_make_the_same_sns_again() {
    let (one, two) = (certified(), certified());
    assert_eq!(alipay(&one).sn, alipay(&two).sn);
    assert_eq!(issued(&one).root().sn, issued(&two).root().sn);
    assert_eq!(
        issued(&one).app(APP_ID).unwrap().sn,
        issued(&two).app(APP_ID).unwrap().sn
    );
}

#[test]
fn a_new_certificate_can_be_downloaded_and_is_alipay_s() {
    let shop = certified();
    let merchant = builder(&shop).build().unwrap();
    let first = alipay(&shop);
    shop.sandbox.rotate_certificate().unwrap();
    let next = alipay(&shop);
    assert_ne!(first.sn, next.sn);
    let key = |pem: &str| Certificate::parse(pem).unwrap().public_key().unwrap();
    assert_ne!(key(&first.pem), key(&next.pem));

    let pay = merchant::pay(&merchant, "A1", 1);
    assert!(matches!(pay, Talk::Distrusted("alipay_cert_unknown")));
    let call = download(&next.sn).unwrap();
    let response = ask(&merchant, call.method(), call.biz_content());
    let (more, file) = merchant
        .with_downloaded_certificate(&next.sn, &response, now())
        .unwrap();
    assert_eq!(file, next.pem);
    let query = r#"{"out_trade_no":"A1"}"#;
    let answer = merchant::call(&more, "alipay.trade.query", query).verified();
    assert!(answer.node().contains("TRADE_SUCCESS"));
    // The old one is still there; what never was is not.
    let call = download(&first.sn).unwrap();
    let answer = merchant::call(&more, call.method(), call.biz_content()).verified();
    assert!(answer.is_success());
    let call = download(&"0".repeat(32)).unwrap();
    let answer = merchant::call(&more, call.method(), call.biz_content()).verified();
    assert_eq!(answer.code(), Some("40004"));
}

#[test]
fn without_certificates_there_is_nothing_to_download_or_to_rotate() {
    let shop = Shop::open(|_| {});
    assert!(shop.sandbox.certificates().is_none());
    assert!(shop.sandbox.rotate_certificate().is_err());
    let call = download(&"0".repeat(32)).unwrap();
    let answer = merchant::call(&shop.merchant(), call.method(), call.biz_content()).verified();
    assert_eq!(answer.sub_code(), Some("isv.invalid-method"));
}

#[test]
fn the_route_that_rotates_is_the_page_s_alone() {
    let shop = certified();
    let sn = || alipay(&shop).sn;
    let first = sn();
    let post = |header: &str| {
        let request = format!(
            "POST /api/certificate/rotate HTTP/1.1\r\nhost: localhost\r\n{header}content-length: 0\r\nconnection: close\r\n\r\n"
        );
        let answer = merchant::exchange(&shop.addr(), request.as_bytes());
        String::from_utf8_lossy(&answer)
            .split(' ')
            .nth(1)
            .unwrap()
            .to_owned()
    };
    assert_eq!(post(""), "403");
    assert_eq!(sn(), first);
    assert_eq!(post("x-alipay-sandbox: 1\r\n"), "204");
    assert_ne!(sn(), first);
}

#[test]
fn a_notification_names_the_certificate() {
    let shop = certified();
    let desk = NotifyDesk::open(&["success"]);
    let merchant = builder(&shop).notify_url(&desk.url()).build().unwrap();
    merchant::pay(&merchant, "A1", 1).verified();
    let body = desk.next();
    let notify = merchant.verify_notify(&body).unwrap();
    let sn = alipay(&shop).sn;
    assert_eq!(notify.variant().cert_sn_signed, Some(false));
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains(&format!("alipay_cert_sn={sn}"))
    );
}

#[test]
fn an_encrypted_request_is_answered_encrypted_and_a_plain_one_plainly() {
    let key = ContentKey::parse(AES_KEY).unwrap();
    for certificates in [false, true] {
        let shop = Shop::open(|config| {
            config.root_key = certificates.then(|| ROOT.clone());
            config.content_key = Some(key.clone());
        });
        let builder = if certificates {
            builder(&shop)
        } else {
            Merchant::builder(APP_ID, keys()[2].public_key().clone())
                .private_key(keys()[0].clone())
                .gateway(&shop.sandbox.gateway_url())
        };
        let sealed = builder.clone().content_key(key.clone()).build().unwrap();
        let response = ask(&sealed, "alipay.trade.pay", &merchant::order("A1", 1));
        let answer = sealed.open("alipay.trade.pay", &response).unwrap();
        assert!(answer.is_success() && answer.is_verified());
        assert!(answer.node().contains(r#""out_trade_no":"A1""#));
        let body = String::from_utf8(response.body).unwrap();
        assert!(
            body.starts_with(r#"{"alipay_trade_pay_response":""#) && !body.contains("trade_no"),
            "{body}"
        );
        let plain = builder.build().unwrap();
        let answer = merchant::pay(&plain, "A2", 1).verified();
        assert!(answer.node().contains(r#""out_trade_no":"A2""#));
    }
}

#[test]
fn what_can_not_be_decrypted_is_refused_in_plain_text_and_leaves_no_trade() {
    let other = ContentKey::parse("MDEyMzQ1Njc4OWFiY2RlZg==").unwrap();
    for (known, code) in [
        (None, "isv.decryption-error-not-valid-encrypt-key"),
        (Some(other), "isv.decryption-error-unknown"),
    ] {
        let shop = Shop::open(|config| config.content_key = known);
        let sealed = Merchant::builder(APP_ID, keys()[2].public_key().clone())
            .private_key(keys()[0].clone())
            .gateway(&shop.sandbox.gateway_url())
            .content_key(ContentKey::parse(AES_KEY).unwrap())
            .build()
            .unwrap();
        let answer = merchant::pay(&sealed, "A1", 1).verified();
        assert_eq!((answer.code(), answer.sub_code()), (Some("40002"), Some(code)));
        assert!(shop.sandbox.trades().is_empty());
    }
}
