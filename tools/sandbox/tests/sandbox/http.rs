//! The sandbox over real HTTP: requests signed and answers verified by the core.

use crate::merchant::{self, NotifyDesk, Shop, Talk};
use alipay_core::{Merchant, charset::Charset, key::PublicKey};
use alipay_sandbox::{Sandbox, TradeView};
use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

#[test]
fn a_payment_is_signed_sent_paid_and_verified() {
    let shop = Shop::open(|config| config.seed = 7);
    let answer = shop.pay("A1", 1).verified();
    assert_eq!(answer.code(), Some("10000"));
    let trades = shop.sandbox.trades();
    assert_eq!(trades.len(), 1);
    assert_eq!((trades[0].charged.fen(), trades[0].pay_calls), (8888, 1));
    let printed = shop.sandbox.alipay_public_key().to_pem().unwrap();
    assert_eq!(
        PublicKey::parse(printed).unwrap(),
        *shop.sandbox.alipay_public_key()
    );
}

/// Over TLS the header tells the merchant Alipay's clock, by which it knows whose a paid trade is.
#[test]
fn the_date_of_an_answer_is_the_time_of_the_ledger() {
    let shop = Shop::open(|_| {});
    let raw = String::from_utf8(shop.raw_pay("A1", 1)).unwrap();
    let date = raw
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("date: ").map(str::to_owned));
    let date = date.expect("a Date header");
    let paid_at = raw.split(r#""gmt_payment":""#).nth(1).unwrap();
    let [(minutes, seconds), (paid_minutes, paid_seconds)] = [&date[17..25], &paid_at[11..19]].map(|time| {
        let mut parts = time.split(':').skip(1).map(|part| part.parse::<i32>().unwrap());
        (parts.next().unwrap(), parts.next().unwrap())
    });
    let apart = (minutes * 60 + seconds - paid_minutes * 60 - paid_seconds).rem_euclid(3600);
    assert!(apart <= 2, "{date} and {paid_at}");
}

#[test]
fn a_wrongly_signed_request_is_refused_and_leaves_no_trade() {
    let shop = Shop::open(|_| {});
    let answer = merchant::pay(&shop.impostor(), "A1", 1).verified();
    assert_eq!(answer.sub_code(), Some("isv.invalid-signature"));
    assert!(shop.sandbox.trades().is_empty());
}

#[test]
fn a_lost_answer_is_a_closed_connection_and_the_ledger_has_the_charge() {
    let shop = Shop::open(|_| {});
    assert!(matches!(shop.pay("A1", 5001), Talk::Broken));
    assert!(matches!(shop.pay("A2", 5010), Talk::Broken));
    assert!(matches!(
        shop.pay("A3", 5008),
        Talk::Distrusted("response_status")
    ));
    assert!(matches!(
        shop.pay("A4", 5011),
        Talk::Distrusted("response_not_json")
    ));
    assert!(
        shop.sandbox
            .trades()
            .iter()
            .all(|trade| trade.charged.fen() == 8888)
    );
    assert_eq!(shop.query("A1").verified().code(), Some("10000"));
}

#[test]
fn a_cut_body_arrives_in_part_under_its_full_length() {
    let shop = Shop::open(|_| {});
    let raw = shop.raw_pay("A1", 5010);
    let text = String::from_utf8_lossy(&raw);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let announced = head.to_lowercase();
    let announced = announced
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    assert!(body.starts_with(r#"{"alipay_trade_pay_response":{"#), "{body}");
    assert!(body.len() < announced.parse().unwrap());
    assert!(shop.raw_pay("A2", 5001).is_empty(), "not a byte of a lost answer");
}

#[test]
fn a_late_answer_is_late_and_scaled() {
    let shop = Shop::open(|config| {
        config.time_scale = 10;
        config.late_answer = Duration::from_secs(5);
    });
    let asked = Instant::now();
    assert_eq!(shop.pay("A1", 5003).verified().code(), Some("10000"));
    assert!((Duration::from_millis(500)..Duration::from_secs(4)).contains(&asked.elapsed()));
}

#[test]
fn the_host_process_can_press_the_buttons() {
    let shop = Shop::open(|_| {});
    shop.pay("A1", 1004);
    let trade_no = shop.sandbox.trades()[0].trade_no.clone();
    shop.sandbox.pay(&trade_no).unwrap();
    assert!(shop.sandbox.refuse(&trade_no).is_err());
    assert!(shop.sandbox.pay("0").is_err());
    assert_eq!(shop.sandbox.trades()[0].charged.fen(), 8888);
}

#[test]
fn notifications_are_resent_until_success() {
    let desk = NotifyDesk::open(&["nope", "success"]);
    let shop = Shop::open(|config| config.time_scale = 2400);
    merchant::pay(&shop.notified_at(&desk.url()), "A1", 1).verified();
    let (first, second) = (desk.next(), desk.next());
    let first = shop.merchant().verify_notify(&first).unwrap();
    let second = shop.merchant().verify_notify(&second).unwrap();
    assert_eq!(first.notify_id(), second.notify_id());
    assert!(first.is_paid() && first.out_trade_no() == Some("A1"));
    let deadline = Instant::now() + Duration::from_secs(5);
    while shop.sandbox.trades()[0].notifications_open > 0 {
        assert!(Instant::now() < deadline, "success settles it");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(shop.sandbox.trades()[0].notifications_sent, 2);
}

#[test]
fn a_merchant_in_gbk_is_answered_and_notified_in_gbk() {
    let desk = NotifyDesk::open(&["success"]);
    let shop = Shop::open(|config| config.seed = 7);
    let [app, _, alipay] = merchant::keys();
    let gbk = Merchant::builder(merchant::APP_ID, alipay.public_key().clone())
        .private_key(app.clone())
        .gateway(&shop.sandbox.gateway_url())
        .notify_url(&desk.url())
        .charset(Charset::Gbk)
        .build()
        .unwrap();
    merchant::pay(&gbk, "A1", 1).verified();
    let body = desk.next();
    let text = std::str::from_utf8(&body).unwrap();
    // The subject, 辣条, by iconv.
    assert!(text.contains("&subject=%C0%B1%CC%F5&"), "{text}");
    for merchant in [&gbk, &shop.merchant()] {
        let notify = merchant.verify_notify(&body).unwrap();
        assert_eq!(notify.get("subject"), Some("辣条"));
    }
    let refused = merchant::call(&gbk, "alipay.trade.query", r#"{"out_trade_no":"B1"}"#).verified();
    assert_eq!(refused.sub_msg(), Some("交易不存在"));
}

#[test]
fn the_ledger_is_json_for_the_page_and_holds_no_payment_code() {
    let shop = Shop::open(|_| {});
    shop.pay("A1", 1003);
    let body = get(&shop.sandbox, "/api/trades", "127.0.0.1");
    let (_, json) = body.split_once("\r\n\r\n").unwrap();
    let trades: Vec<TradeView> = serde_json::from_str(json).unwrap();
    assert_eq!(trades[0].out_trade_no, "A1");
    assert!(
        json.contains(r#""total_amount":"88.88""#) && json.contains(r#""trade_status":"WAIT_BUYER_PAY""#)
    );
    assert!(!json.contains(&merchant::auth_code_of("A1", 1003)));
}

#[test]
fn other_host_names_and_other_sites_are_refused() {
    let shop = Shop::open(|_| {});
    shop.pay("A1", 1004);
    let trade_no = shop.sandbox.trades()[0].trade_no.clone();
    for (host, status) in [
        ("127.0.0.1", "200"),
        ("localhost:8080", "200"),
        ("[::1]", "200"),
        ("rebound.example", "421"),
        ("127.0.0.1.rebound.example", "421"),
    ] {
        let answer = get(&shop.sandbox, "/", host);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{host}: {answer}"
        );
    }
    assert!(get(&shop.sandbox, "/", "127.0.0.1").contains("default-src 'none'"));
    let button = format!("/api/trades/{trade_no}/pay");
    let post = |header: &str| {
        let request = format!(
            "POST {button} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n{header}connection: close\r\n\r\n"
        );
        exchange(&shop.sandbox, request.as_bytes())
    };
    assert!(post("").starts_with("HTTP/1.1 403"));
    assert_eq!(shop.sandbox.trades()[0].charged.fen(), 0);
    assert!(post("x-alipay-sandbox: page\r\n").starts_with("HTTP/1.1 204"));
    assert!(post("x-alipay-sandbox: page\r\n").starts_with("HTTP/1.1 409"));
    assert_eq!(shop.sandbox.trades()[0].charged.fen(), 8888);
}

#[test]
fn a_huge_body_is_refused() {
    let shop = Shop::open(|_| {});
    let request = format!(
        "POST /gateway.do?charset=utf-8 HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        10 << 20
    );
    assert!(exchange(&shop.sandbox, request.as_bytes()).starts_with("HTTP/1.1 413"));
}

#[test]
fn stopping_frees_the_port_even_while_an_answer_is_late() {
    let shop = Shop::open(|_| {});
    let (addr, request) = (shop.addr(), shop.raw_request("A1", 5003));
    let waiting = std::thread::spawn({
        let addr = addr.clone();
        move || merchant::exchange(&addr, &request)
    });
    while shop.sandbox.trades().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let asked = Instant::now();
    shop.sandbox.stop();
    assert!(asked.elapsed() < Duration::from_secs(5));
    assert!(waiting.join().unwrap().is_empty());
    assert!(TcpStream::connect(addr).is_err());
}

fn get(sandbox: &Sandbox, path: &str, host: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    exchange(sandbox, request.as_bytes())
}

fn exchange(sandbox: &Sandbox, request: &[u8]) -> String {
    let url = sandbox.page_url();
    let addr = url.trim_start_matches("http://").trim_end_matches('/');
    String::from_utf8(merchant::exchange(addr, request)).unwrap()
}
