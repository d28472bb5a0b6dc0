//! What is still learnt of a request whose time was over.

use super::{
    exchange::{RequestId, RequestKind},
    landing::Ended,
    machine::Payment,
    outcome::{Outcome, UnresolvedReason},
    reading::{self, Believed, CancelReading, Heard, PayReading, Problem, QueryReading},
    said::Said,
    stage::Stage,
};
use crate::http::HttpResponse;
use alloc::string::String;

impl Payment {
    /// News of one whose time was over: how it ended.
    pub(super) fn failed_late(&mut self, id: RequestId, problem: Problem) {
        let Some(kind) = self.overdue(id) else { return };
        self.ended_without_answer(kind, id, problem);
        let not_sent = matches!(problem, Problem::NotSent | Problem::NotStored);
        if kind == RequestKind::Pay && not_sent && !matches!(self.stage, Stage::Done(_)) {
            // A query under way is the one that makes sure; a cancel under way is not wanted any more.
            self.flight.take_if(|flight| flight.kind == RequestKind::Cancel);
            self.pay_not_sent();
        }
    }

    /// The answer to one whose time was over. Nothing is decided by it but that the number is another's, or that the trade exists.
    pub(super) fn answered_late(&mut self, id: RequestId, response: &HttpResponse, reset: bool) {
        let Some(kind) = self.overdue(id) else { return };
        let mut heard = Heard::default();
        let believed = self.open(kind, response, &mut heard);
        self.ends(kind, Ended::settling(believed.is_some() || reset));
        let Some(Believed { said, .. }) = believed else {
            return;
        };
        match kind {
            RequestKind::Pay => self.pay_answered_late(&said, heard),
            RequestKind::Query => self.query_answered_late(&said, &mut heard),
            RequestKind::Cancel => self.cancel_answered_late(&said),
        }
    }

    fn pay_answered_late(&mut self, said: &Said, mut heard: Heard) {
        match reading::read_pay(said, &self.sale, &mut heard) {
            PayReading::Paid(_) | PayReading::AwaitingBuyer => {
                self.save_due |= !self.sale.known_ours;
                self.sale.known_ours = true;
                self.trade_is_seen();
                let contradicted = matches!(
                    self.stage,
                    Stage::Done(
                        Outcome::Closed { .. }
                            | Outcome::Declined { .. }
                            | Outcome::Rejected { .. }
                            | Outcome::Unresolved { .. }
                    )
                );
                if contradicted {
                    self.ask_about_the_outcome();
                }
            }
            PayReading::Conflict => self.disputed_late(heard.sub_code),
            PayReading::OfAnotherAmount => self.another_is_seen(),
            _ if said.is_about_a_trade() => self.trade_is_seen(),
            _ => {}
        }
    }

    /// What the trade's state was is not known any more: only that it exists.
    fn query_answered_late(&mut self, said: &Said, heard: &mut Heard) {
        self.query_overdue = None;
        match reading::read_query(said, &self.sale, heard) {
            QueryReading::AmountDiffers => self.another_is_seen(),
            QueryReading::NotExist => {}
            _ if said.is_about_a_trade() => self.trade_is_seen(),
            _ => {}
        }
    }

    fn cancel_answered_late(&mut self, said: &Said) {
        let reading = reading::read_cancel(said, &self.sale);
        let refused = matches!(
            reading,
            CancelReading::SellerBalance | CancelReading::RefusedForGood
        );
        if refused || said.has_a_trade_to_cancel() {
            self.trade_is_seen();
        }
    }

    /// Which kind the request is with this id, if its time was over and something of it is still of use.
    pub(super) fn overdue(&self, id: RequestId) -> Option<RequestKind> {
        match () {
            () if self.pay.is(id) => Some(RequestKind::Pay),
            () if self.cancels_left.is(id) => Some(RequestKind::Cancel),
            () if self.query_overdue == Some(id) => Some(RequestKind::Query),
            () => None,
        }
    }

    /// Alipay's answer to pay came after its time was over, and says that the number is another sale's: from now on nothing is
    /// cancelled, whatever had been begun.
    pub(super) fn disputed_late(&mut self, sub_code: Option<String>) {
        match &self.stage {
            Stage::Done(Outcome::Unresolved { ask_again_at, .. }) => {
                let ask_again_at = *ask_again_at;
                self.stage = Stage::Done(Outcome::Unresolved {
                    reason: UnresolvedReason::ConflictUnconfirmed,
                    sub_code,
                    ask_again_at,
                });
                self.save_due = true;
            }
            Stage::Done(Outcome::Closed { .. } | Outcome::Paid { proven: false, .. }) => {
                self.anothers = true;
                self.ask_about_the_outcome();
            }
            Stage::Done(_) => {}
            _ => {
                // A cancel that is with the host is not wanted any more; how it ended is still to be told.
                self.flight = None;
                self.disputed(sub_code);
            }
        }
    }
}
