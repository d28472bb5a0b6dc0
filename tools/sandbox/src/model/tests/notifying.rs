//! Notifications.

use crate::model::{
    harness::{Counter, SELLER_ID, config},
    notification::{OutgoingNotification, SCHEDULE},
};
use std::time::Duration;

impl Counter {
    fn due(&mut self) -> Vec<OutgoingNotification> {
        self.gateway.due_notifications(self.now).unwrap()
    }

    fn only_due(&mut self) -> OutgoingNotification {
        let mut due = self.due();
        assert_eq!(due.len(), 1);
        due.remove(0)
    }

    fn answer(&mut self, outgoing: &OutgoingNotification, body: Option<&[u8]>) {
        self.gateway
            .notification_answered(&outgoing.handle, body, self.now);
    }
}

#[test]
fn a_paid_trade_is_announced_with_every_usual_field() {
    let mut counter = Counter::new();
    counter.pay("A1", 1);
    let outgoing = counter.only_due();
    assert_eq!(outgoing.notify_url, "http://127.0.0.1/notify");
    let notify = counter.merchant.verify_notify(outgoing.body.as_bytes()).unwrap();
    let trade = counter.view("A1");
    for (name, value) in [
        ("notify_type", "trade_status_sync"),
        ("trade_status", "TRADE_SUCCESS"),
        ("out_trade_no", "A1"),
        ("trade_no", &trade.trade_no),
        ("total_amount", "88.88"),
        ("receipt_amount", "88.88"),
        ("buyer_pay_amount", "88.88"),
        ("seller_id", SELLER_ID),
        ("buyer_id", &trade.buyer_user_id),
        ("buyer_logon_id", &trade.buyer_logon_id),
        ("subject", "辣条"),
        ("gmt_create", "2026-03-01 12:00:00"),
        ("gmt_payment", "2026-03-01 12:00:00"),
        ("notify_time", "2026-03-01 12:00:00"),
        (
            "fund_bill_list",
            r#"[{"amount":"88.88","fundChannel":"ALIPAYACCOUNT"}]"#,
        ),
        ("charset", "utf-8"),
        ("version", "1.0"),
        ("sign_type", "RSA2"),
    ] {
        assert_eq!(notify.get(name), Some(value), "{name}");
    }
    assert!(notify.is_paid());
}

#[test]
fn it_is_sent_again_on_the_documented_schedule_under_one_notify_id() {
    let mut counter = Counter::new();
    counter.pay("A1", 1);
    let mut ids = Vec::new();
    for pause in SCHEDULE.iter().map(Some).chain([None]) {
        let outgoing = counter.only_due();
        assert!(counter.due().is_empty(), "one on its way is not sent again");
        let notify = counter.merchant.verify_notify(outgoing.body.as_bytes()).unwrap();
        ids.push(notify.notify_id().unwrap().to_owned());
        // Almost is not exactly.
        counter.answer(&outgoing, Some(b"success\n"));
        let Some(pause) = pause else { break };
        counter.now = counter.now.saturating_add(*pause - Duration::from_millis(1));
        assert!(counter.due().is_empty());
        counter.now = counter.now.saturating_add(Duration::from_millis(1));
        assert_eq!(counter.gateway.next_wake(), Some(counter.now));
    }
    assert_eq!(ids.len(), 8);
    assert!(ids.iter().all(|id| *id == ids[0]));
    counter.wait(7 * 24 * 3600);
    assert!(counter.due().is_empty(), "given up after eight");
}

#[test]
fn success_settles_it() {
    let mut counter = Counter::new();
    counter.pay("A1", 1);
    let outgoing = counter.only_due();
    counter.answer(&outgoing, None);
    counter.wait(240);
    let outgoing = counter.only_due();
    counter.answer(&outgoing, Some(b"success"));
    counter.wait(7 * 24 * 3600);
    assert!(counter.due().is_empty());
    let view = counter.view("A1");
    assert_eq!((view.notifications_sent, view.notifications_open), (2, 0));
}

#[test]
fn a_refund_is_announced_and_an_unpaid_close_is_not() {
    let mut counter = Counter::new();
    counter.pay("A1", 1);
    counter.cancel("A1");
    counter.pay("A2", 1003);
    counter.cancel("A2");
    let due = counter.due();
    let told: Vec<_> = due
        .iter()
        .map(|outgoing| counter.merchant.verify_notify(outgoing.body.as_bytes()).unwrap())
        .map(|notify| {
            (
                notify.get("trade_status").unwrap().to_owned(),
                notify.get("refund_fee").map(str::to_owned),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("TRADE_SUCCESS".to_owned(), None),
            ("TRADE_CLOSED".to_owned(), Some("88.88".to_owned()))
        ]
    );
}

#[test]
fn the_time_scale_divides_every_pause() {
    let mut counter = Counter::with(crate::model::gateway::GatewayConfig {
        time_scale: 60,
        ..config()
    });
    counter.pay("A1", 1);
    let outgoing = counter.only_due();
    counter.answer(&outgoing, None);
    counter.wait(4);
    counter.only_due();
}
