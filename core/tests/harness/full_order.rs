//! The order of seed document 002, with every field it documents.
#![allow(unreachable_pub, reason = "shared by a test and a benchmark")]

use alipay_core::{
    api::{ExtendParams, GoodsDetail, TradePayRequest},
    id::AuthCode,
};

/// Every field of the seed document's example.
pub fn full_order() -> TradePayRequest {
    let code = AuthCode::new("28763443825664394").unwrap();
    let mut pay =
        TradePayRequest::bar_code("20150320010101001", code, "88.88".parse().unwrap(), "Iphone6 16G");
    pay.product_code = Some("FACE_TO_FACE_PAYMENT".into());
    pay.buyer_id = Some("2088202954065786".into());
    pay.seller_id = Some("2088102146225135".into());
    pay.discountable_amount = "8.88".parse().ok();
    pay.body = Some("Iphone6 16G".into());
    let mut goods = GoodsDetail::default();
    goods.goods_id = Some("apple-01".into());
    goods.goods_name = Some("ipad".into());
    goods.quantity = Some(1);
    goods.price = "2000".parse().ok();
    goods.goods_category = Some("34543238".into());
    goods.body = Some("特价手机".into());
    goods.show_url = Some("http://www.alipay.com/xxx.jpg".into());
    pay.goods_detail = Some(vec![goods]);
    pay.operator_id = Some("yx_001".into());
    pay.store_id = Some("NJ_001".into());
    pay.terminal_id = Some("NJ_T_001".into());
    let mut extend = ExtendParams::default();
    extend.sys_service_provider_id = Some("2088511833207846".into());
    extend.industry_reflux_info = Some(r#"{"scene_code":"metro_tradeorder"}"#.into());
    extend.card_type = Some("S0JP0000".into());
    pay.extend_params = Some(extend);
    pay.timeout_express = Some("90m".into());
    pay.auth_confirm_mode = Some("COMPLETE".into());
    pay
}
