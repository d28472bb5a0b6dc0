//! The `biz_content` of seed document 002's own example goes in; what comes out is checked as the gateway would, without
//! any of our code: the `form_urlencoded` crate reads the request, OpenSSL verifies it.

use alipay_core::{
    Merchant, Timestamp,
    envelope::Call,
    key::{PrivateKey, PublicKey},
};
use conformance::openssl::Workshop;

/// 请求示例, as the document's Java concatenates it.
const BIZ_CONTENT: &str = concat!(
    r#"{"out_trade_no":"20150320010101001","scene":"bar_code","auth_code":"28763443825664394","#,
    r#""product_code":"FACE_TO_FACE_PAYMENT","subject":"Iphone6 16G","buyer_id":"2088202954065786","#,
    r#""seller_id":"2088102146225135","total_amount":88.88,"discountable_amount":8.88,"body":"Iphone6 16G","#,
    r#"      "goods_detail":[{        "goods_id":"apple-01","goods_name":"ipad","quantity":1,"price":2000,"#,
    r#""goods_category":"34543238","body":"特价手机","show_url":"http://www.alipay.com/xxx.jpg"        }],"#,
    r#""operator_id":"yx_001","store_id":"NJ_001","terminal_id":"NJ_T_001","#,
    r#""extend_params":{"sys_service_provider_id":"2088511833207846","#,
    r#""industry_reflux_info":"{\\\"scene_code\\\":\\\"metro_tradeorder\\\",\\\"channel\\\":\\\"xxxx\\\",\\\"scene_data\\\":{\\\"asset_name\\\":\\\"ALIPAY\\\"}}","#,
    r#""card_type":"S0JP0000"    },"timeout_express":"90m","#,
    r#""auth_confirm_mode":"COMPLETE:转交易支付完成结束预授权;NOT_COMPLETE:转交易支付完成不结束预授权"  }"#,
);

#[test]
fn the_documents_example_verifies_with_openssl() {
    let workshop = Workshop::new();
    let key = PrivateKey::parse(workshop.rsa_key("key", 2048)).unwrap();
    workshop.openssl("pkey -in key -pubout -out public");
    let alipay = PublicKey::parse({
        workshop.rsa_key("alipay", 2048);
        workshop.openssl("pkey -in alipay -pubout")
    });
    let merchant = Merchant::builder("2014072300007148", alipay.unwrap())
        .private_key(key)
        .build()
        .unwrap();
    let call = Call::new("alipay.trade.pay", BIZ_CONTENT).unwrap();
    let now = Timestamp::from_beijing("2014-07-24 03:07:50").unwrap();
    let request = merchant.request(&call, now).unwrap();

    let (gateway, query) = request.url.split_once('?').unwrap();
    assert_eq!(gateway, "https://openapi.alipay.com/gateway.do");
    let mut parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .chain(form_urlencoded::parse(&request.body))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let at = parameters.iter().position(|(name, _)| name == "sign").unwrap();
    let (_, sign) = parameters.remove(at);
    parameters.sort();
    let names: Vec<_> = parameters.iter().map(|(name, _)| &**name).collect();
    let expected = [
        "app_id",
        "biz_content",
        "charset",
        "format",
        "method",
        "sign_type",
        "timestamp",
        "version",
    ];
    assert_eq!(names, expected);
    assert_eq!(parameters[1].1, BIZ_CONTENT, "not a byte of biz_content changes");

    let pairs: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    workshop.write("string", pairs.join("&"));
    workshop.write("sign.base64", format!("{sign}\n"));
    workshop.openssl("base64 -d -A -in sign.base64 -out sign");
    assert_eq!(sign.len(), 344);
    let verified = workshop.openssl("dgst -sha256 -verify public -signature sign string");
    assert_eq!(verified, b"Verified OK\n");

    workshop.write("string", pairs.join("&").replace("88.88", "88.89"));
    let forged = workshop.try_openssl("dgst -sha256 -verify public -signature sign string");
    assert!(!forged.status.success(), "OpenSSL tells the difference");
}
