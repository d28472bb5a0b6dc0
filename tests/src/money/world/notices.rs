//! Notifications: genuine, the older sale's, or forged.

use super::{Cause, Event, Input, Ms, NUMBER, Rule, World, alipay, stamp};

impl World<'_> {
    /// A notification of what the ledger says now.
    pub(super) fn notification(&self) -> Vec<u8> {
        let Some(trade) = &self.alipay.trade else {
            return Vec::new();
        };
        self.sealed_notification(trade.status.as_str(), trade.fen, trade.paid_at, true)
    }

    fn sealed_notification(&self, status: &str, fen: u64, paid_at: Option<Ms>, genuine: bool) -> Vec<u8> {
        let paid = paid_at.map(|at| stamp(at).to_beijing());
        let number = format!("{status}{}", paid_at.unwrap_or(0));
        let amount = alipay::amount(fen).to_string();
        let (charset, subject): (_, &[u8]) = if self.plan.gbk {
            ("GBK", b"\xd6\xa7\x81\x7d=\xd5\x5c&")
        } else {
            ("utf-8", b"Iphone6 16G")
        };
        let fields = [
            ("app_id", Some(crate::money::lab::APP_ID.as_bytes())),
            ("charset", Some(charset.as_bytes())),
            ("gmt_payment", paid.as_deref().map(str::as_bytes)),
            ("notify_id", Some(number.as_bytes())),
            ("out_trade_no", Some(NUMBER.as_bytes())),
            ("subject", Some(subject)),
            ("total_amount", Some(amount.as_bytes())),
            ("trade_no", Some(b"2026112222001401")),
            ("trade_status", Some(status.as_bytes())),
        ];
        let (mut text, mut body) = (Vec::new(), String::new());
        for (name, value) in fields.iter().filter_map(|(name, value)| Some((*name, (*value)?))) {
            if !text.is_empty() {
                text.push(b'&');
            }
            text.extend_from_slice(name.as_bytes());
            text.push(b'=');
            text.extend_from_slice(value);
            body.push_str(name);
            body.push('=');
            body.extend(form_urlencoded::byte_serialize(value));
            body.push('&');
        }
        let sign = self.lab.seal(if genuine { &text } else { b"forged" });
        body.push_str("sign_type=RSA2&sign=");
        body.extend(form_urlencoded::byte_serialize(sign.as_bytes()));
        body.into_bytes()
    }

    /// A forged "paid", or the older sale's notification sent again.
    pub(super) fn strange_notify(&mut self, at: Ms) {
        let older = self
            .plan
            .older_sale
            .filter(|older| older.status == alipay::Status::Success);
        let body = match older {
            Some(older) => {
                let fen = if older.same_amount {
                    alipay::FEN
                } else {
                    alipay::OTHER_FEN
                };
                self.sealed_notification("TRADE_SUCCESS", fen, Some(-older.ago_ms), true)
            }
            None => self.sealed_notification("TRADE_SUCCESS", alipay::FEN, Some(at), false),
        };
        let genuine = older.is_some();
        self.at(at, Event::Notify { body, genuine });
    }

    /// A notification comes to the merchant's server, which hands it to the machine if it is running.
    pub(super) fn notified(&mut self, body: &[u8], genuine: bool) {
        if self.machine.is_none() {
            return;
        }
        match self.merchant().verify_notify(body) {
            Ok(notify) => {
                let status = notify.get("trade_status").unwrap_or_default().to_owned();
                self.note("host", |_| format!("is notified: {status}"));
                if !genuine {
                    self.watch
                        .breaks(Rule::PaidIsProven, "a forged notification verifies".into());
                }
                self.input(Input::Notify(&notify), &Cause::Notify(&status));
            }
            Err(error) if genuine => {
                self.watch.breaks(
                    Rule::InOrder,
                    format!("a genuine notification is refused: {error}"),
                );
            }
            Err(_) => {}
        }
    }
}
