//! Notifications: genuine, the older sale's, or forged.

use super::{Cause, Event, Input, Ms, Rule, World, alipay};

impl World<'_> {
    /// A notification of what the ledger says now.
    pub(super) fn notification(&self) -> Vec<u8> {
        let Some(trade) = &self.alipay.trade else {
            return Vec::new();
        };
        self.lab
            .notification(trade.status, trade.fen, trade.paid_at, self.plan.gbk, true)
    }

    /// A forged "paid", or the older sale's notification sent again.
    pub(super) fn strange_notify(&mut self, at: Ms) {
        let older = self
            .plan
            .older_sale
            .filter(|older| older.status == alipay::Status::Success);
        let (fen, paid_at) = older.map_or((alipay::FEN, at), |older| (older.fen(), -older.ago_ms));
        let genuine = older.is_some();
        let body = self.lab.notification(
            alipay::Status::Success,
            fen,
            Some(paid_at),
            self.plan.gbk,
            genuine,
        );
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
                if genuine && !self.notified.iter().any(|known| known == body) {
                    self.notified.push(body.to_vec());
                }
                self.watch.is_notified(
                    &status,
                    notify.total_amount(),
                    body,
                    &self.plan,
                    self.outcome.as_ref(),
                );
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
