//! A merchant whose every secret is planted, and messages that Alipay signed about a planted buyer.

use crate::planted::{Planted, private_numbers};
use alipay_core::{
    Merchant, Timestamp,
    cipher::ContentKey,
    envelope::Call,
    form,
    http::HttpResponse,
    key::{PrivateKey, PrivateKeyFormat, PublicKey},
    merchant::MerchantBuilder,
    sign::{SignType, Signer, pure::PureSigner, to_base64},
};
use std::sync::Arc;

pub(crate) const APP_ID: &str = "2014072300007148";
pub(crate) const NUMBER: &str = "20150320010101001";
pub(crate) const AMOUNT: &str = "88.88";
pub(crate) const CODE: &str = "28763443825664394";
pub(crate) const BUYER: &str = "2088101117955611";
pub(crate) const LOGON: &str = "planted.buyer@example.com";
pub(crate) const OPEN_ID: &str = "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5";
pub(crate) const TOKEN: &str = "201509BBeff9351ad1874306903e96b91d248A36";
pub(crate) const AES: &str = "AN/+cGxhbnRlZCBBRVMhIQ==";
pub(crate) const START: i64 = 1_795_262_400_000;

pub(crate) struct World {
    pub(crate) planted: Planted,
    pub(crate) key: PrivateKey,
    pub(crate) merchant: Arc<Merchant>,
    alipay: PureSigner,
    alipay_key: PublicKey,
}

fn pem(file: &str) -> PrivateKey {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/keys/");
    PrivateKey::parse(std::fs::read(format!("{folder}{file}")).unwrap()).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let key = pem("app_2048_TEST_ONLY.pem");
        let alipay = pem("alipay_2048_TEST_ONLY.pem");
        let mut planted = Planted::default();
        for (name, number) in private_numbers(key.to_pkcs1_der()) {
            planted.number(name, number);
        }
        for format in [PrivateKeyFormat::Pkcs1, PrivateKeyFormat::Pkcs8] {
            let file = key.to_pem(format).unwrap();
            let text: String = file.lines().filter(|line| !line.starts_with('-')).collect();
            // The first half holds the modulus, which everybody may know.
            planted.text("private key", &text[text.len() / 2..]);
        }
        for (name, text) in [
            ("auth_code", CODE),
            ("buyer id", BUYER),
            ("buyer's logon id", LOGON),
            ("buyer's open id", OPEN_ID),
            ("app_auth_token", TOKEN),
            ("AES key", AES),
        ] {
            planted.text(name, text);
        }
        let merchant = builder(&key, alipay.public_key()).build().unwrap();
        Self {
            planted,
            merchant: Arc::new(merchant),
            alipay: PureSigner::new(&alipay),
            alipay_key: alipay.public_key().clone(),
            key,
        }
    }

    pub(crate) fn builder(&self) -> MerchantBuilder {
        builder(&self.key, &self.alipay_key)
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(START).unwrap()
    }

    pub(crate) fn sign(&self, text: &str) -> String {
        to_base64(&self.alipay.sign(SignType::Rsa2, text.as_bytes()).unwrap())
    }

    /// A signed response of `method` with this node.
    pub(crate) fn response(&self, method: &str, node: &str) -> HttpResponse {
        let (name, sign) = (method.replace('.', "_"), self.sign(node));
        response(format!(r#"{{"{name}_response":{node},"sign":"{sign}"}}"#))
    }

    /// A signed form with these fields.
    pub(crate) fn form(&self, fields: &[(&str, &str)]) -> String {
        let sign = self.sign(&alipay_core::canonical::string_to_sign(fields.iter().copied()));
        form::encode(
            fields
                .iter()
                .copied()
                .chain([("sign", &*sign), ("sign_type", "RSA2")]),
        )
    }

    pub(crate) fn notification(&self) -> String {
        self.form(&[
            ("notify_id", "91722adff935e8cfa58b3aabf4dead6ibe"),
            ("notify_type", "trade_status_sync"),
            ("app_id", APP_ID),
            ("charset", "utf-8"),
            ("out_trade_no", NUMBER),
            ("trade_status", "TRADE_SUCCESS"),
            ("total_amount", AMOUNT),
            ("gmt_payment", "2026-11-21 20:00:09"),
            ("buyer_id", BUYER),
            ("buyer_logon_id", LOGON),
            ("buyer_open_id", OPEN_ID),
            ("passback_params", CODE),
        ])
    }
}

fn builder(key: &PrivateKey, alipay: &PublicKey) -> MerchantBuilder {
    Merchant::builder(APP_ID, alipay.clone())
        .private_key(key.clone())
        .content_key(ContentKey::parse(AES).unwrap())
        .app_auth_token(TOKEN)
}

pub(crate) fn response(body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// What Alipay says of a paid trade.
pub(crate) fn paid_node() -> String {
    format!(
        r#"{{"code":"10000","msg":"Success","trade_no":"2026112122001400000000000001","out_trade_no":"{NUMBER}","trade_status":"TRADE_SUCCESS","total_amount":"{AMOUNT}","receipt_amount":"{AMOUNT}","send_pay_date":"2026-11-21 20:00:09","buyer_user_id":"{BUYER}","buyer_logon_id":"{LOGON}","buyer_open_id":"{OPEN_ID}","auth_code":"{CODE}"}}"#
    )
}

pub(crate) fn pay_call() -> Call {
    let order = format!(
        r#"{{"out_trade_no":"{NUMBER}","scene":"bar_code","auth_code":"{CODE}","total_amount":"{AMOUNT}","subject":"Iphone6 16G","buyer_id":"{BUYER}"}}"#
    );
    let call = Call::new("alipay.trade.pay", order).unwrap();
    call.parameter("app_auth_token", TOKEN).unwrap()
}
