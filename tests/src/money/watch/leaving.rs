//! What may leave, and when.

use super::{Method, Ms, RequestId, Rule, Watch};

impl Watch {
    /// Pay or a cancel leaves.
    pub(in crate::money) fn leaves(&mut self, method: Method, now: Ms, send_within: Ms) {
        let took = now - self.made_at;
        if method != Method::Query && took > send_within {
            let what = format!("{method:?} leaves {took} ms after it was made");
            self.breaks(Rule::LeavesInTime, what);
        } else if method == Method::Pay && self.cashier_asked {
            let what = "pay leaves although the cashier has cancelled".into();
            self.breaks(Rule::LeavesInTime, what);
        }
    }

    pub(in crate::money) fn sends(&mut self, method: Method, id: RequestId, now: Ms) {
        match method {
            Method::Pay if self.pay_left_at.is_some() => {
                self.breaks(Rule::PayOnce, "a second pay leaves".into());
            }
            Method::Pay => self.pay_left_at = Some(now),
            Method::Query => {}
            Method::Cancel => {
                if self.told_paid {
                    self.breaks(Rule::PaidIsKept, "a cancel leaves after Paid was told".into());
                }
                self.check_blind(now);
                self.cancelled_here = true;
                self.cancel_id = Some(id);
                self.cancels += 1;
                if self.conflict {
                    self.breaks(Rule::ConflictUntouched, "a cancel leaves after a conflict".into());
                }
            }
        }
    }

    /// Whether a cancel may leave by what Alipay has said in this process.
    fn check_blind(&mut self, now: Ms) {
        if !self.answered {
            let what = "a cancel leaves before Alipay has said what the trade is";
            self.breaks(Rule::NotCancelledBlindly, what.into());
        } else if self.restored
            && !self.cancelled_here
            && self.open_since.is_some_and(|since| now < since + self.twice)
        {
            let what = "a restored payment is cancelled that was seen open once";
            self.breaks(Rule::NotCancelledBlindly, what.into());
        }
    }
}
