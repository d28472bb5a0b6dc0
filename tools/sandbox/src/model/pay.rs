//! `alipay.trade.pay`.

use crate::{
    config::App,
    model::{
        answer::{Node, TradeNode, one_fen_more},
        biz_content::PayOrder,
        codes::{GatewayCode, Refusal},
        gateway::{Gateway, Reply},
        parameters::Parameters,
        script::{Effect, Older, Says},
        seed::Seed,
        story::{self, Story},
        trade::{Buyer, Landing, Trade, TradeStatus},
    },
};
use alipay_core::{Amount, Timestamp};
use std::time::Duration;

/// How long ago an older sale of somebody else was made.
const OLDER_BY: Duration = Duration::from_secs(3600);

impl Gateway {
    pub(crate) fn pay(
        &mut self,
        app: &App,
        biz_content: &str,
        parameters: &Parameters,
        now: Timestamp,
    ) -> Result<Reply, Refusal> {
        let order = PayOrder::read(biz_content)?;
        if order
            .seller_id
            .as_ref()
            .is_some_and(|seller_id| *seller_id != app.seller_id)
        {
            return Err(Refusal::invalid_parameter("seller_id"));
        }
        let (seed, scale) = (self.seed, self.time_scale);
        let buyer = seed.buyer(order.auth_code.expose());
        let digest = seed.auth_code_digest(order.auth_code.expose());
        let story = story::chosen_by(order.auth_code.expose());
        let key = (app.app_id.clone(), order.out_trade_no.clone());
        let used_elsewhere = self.ledger.user_of_code(&digest).is_some_and(|user| *user != key);
        let trade_no = seed.trade_no(self.ledger.len().saturating_add(1), now);

        let trade = self
            .ledger
            .record(&key, || blank_record(app, &order, &buyer, trade_no, now));
        trade.pay_calls = trade.pay_calls.saturating_add(1);
        // Once a sale stands under this number, the books decide and not the story.
        let fresh = trade.landing == Landing::Never;
        if !fresh {
            check_same_sale(trade, &order, &buyer)?;
        }
        if used_elsewhere {
            return Err(Refusal::business("ACQ.PAYMENT_AUTH_CODE_INVALID"));
        }
        if fresh {
            fill(trade, &order, buyer, now);
            trade.notify_url = parameters.value("notify_url").map(str::to_owned);
            trade.sign_type = parameters.sign_type()?.as_str().to_owned();
            parameters.named_charset().as_str().clone_into(&mut trade.charset);
            trade.story = story.code;
        }
        match story.script.effect {
            Effect::Nothing => {}
            Effect::OlderSale(older) => {
                if fresh {
                    make_older(trade, older, seed, now);
                }
            }
            Effect::Charges | Effect::Asks(_) => {
                if fresh {
                    trade.landing = Landing::At(now.saturating_add(story.script.lands_after / scale));
                    trade.expires_at = Some(order.timeout.expires_at(now, scale));
                }
                trade.story = story.code;
                trade.auth_code_digest = Some(digest);
                trade.pass_time(now);
                if trade.is_waiting() && story.script.effect == Effect::Charges {
                    // The buyer, who was being asked, shows a code again, and this one is charged.
                    trade.charge(now);
                }
            }
        }
        let reply = Reply {
            node: say(trade, story),
            damage: story.script.damage,
        };
        self.ledger.index_code(&key);
        Ok(reply)
    }
}

/// A second pay under a number that is taken.
fn check_same_sale(trade: &Trade, order: &PayOrder, buyer: &Buyer) -> Result<(), Refusal> {
    let refuse = |sub_code| Err(Refusal::business(sub_code));
    if trade.is_paid() {
        refuse("ACQ.TRADE_HAS_SUCCESS")
    } else if trade.status == TradeStatus::TradeClosed {
        refuse("ACQ.TRADE_HAS_CLOSE")
    } else if trade.total_amount != order.total_amount || trade.subject != order.subject {
        refuse("ACQ.CONTEXT_INCONSISTENT")
    } else if trade.buyer != *buyer {
        refuse("ACQ.TRADE_BUYER_NOT_MATCH")
    } else {
        Ok(())
    }
}

/// A record that so far only counts calls.
fn blank_record(app: &App, order: &PayOrder, buyer: &Buyer, trade_no: String, now: Timestamp) -> Trade {
    Trade {
        trade_no,
        app_id: app.app_id.clone(),
        seller_id: app.seller_id.clone(),
        out_trade_no: order.out_trade_no.clone(),
        subject: order.subject.clone(),
        body: None,
        store_id: None,
        total_amount: order.total_amount,
        buyer: buyer.clone(),
        story: 0,
        older_sale: false,
        auth_code_digest: None,
        notify_url: None,
        sign_type: String::new(),
        charset: String::new(),
        landing: Landing::Never,
        status: TradeStatus::WaitBuyerPay,
        asked_at: now,
        gmt_create: now,
        gmt_payment: None,
        gmt_close: None,
        expires_at: None,
        charged: Amount::ZERO,
        refunded: Amount::ZERO,
        cancelled: false,
        cancel_lands_at: None,
        pay_calls: 0,
        query_calls: 0,
        cancel_calls: 0,
        notifications: Vec::new(),
    }
}

fn fill(trade: &mut Trade, order: &PayOrder, buyer: Buyer, now: Timestamp) {
    trade.subject.clone_from(&order.subject);
    trade.body.clone_from(&order.body);
    trade.store_id.clone_from(&order.store_id);
    trade.total_amount = order.total_amount;
    trade.buyer = buyer;
    trade.asked_at = now;
    trade.gmt_create = now;
}

/// Turns the record into somebody else's sale of an hour ago.
fn make_older(trade: &mut Trade, older: Older, seed: Seed, now: Timestamp) {
    let ms = i64::try_from(OLDER_BY.as_millis()).unwrap_or_default();
    let then = Timestamp::from_unix_ms(now.unix_ms().saturating_sub(ms)).unwrap_or(Timestamp::UNIX_EPOCH);
    trade.older_sale = true;
    trade.notify_url = None;
    trade.buyer = seed.buyer_named(&format!("somebody else {}", trade.out_trade_no));
    trade.landing = Landing::Landed;
    trade.gmt_create = then;
    match older {
        Older::Paid => trade.charge(then),
        Older::PaidOtherAmount => {
            trade.total_amount = one_fen_more(trade.total_amount);
            trade.charge(then);
        }
        Older::Closed => trade.close(then),
        Older::Waiting => {}
    }
}

fn say(trade: &Trade, story: &Story) -> Node {
    let total = trade.total_amount;
    match story.script.says {
        Says::Truth if trade.is_paid() => success(trade, total),
        Says::Truth => {
            let code = GatewayCode::WaitBuyerPay;
            Node::Trade(Box::new(TradeNode::about(trade, total, code)))
        }
        Says::Success => {
            let mut imagined = trade.clone();
            imagined.charge(trade.asked_at);
            success(&imagined, total)
        }
        Says::WrongAmount => success(trade, one_fen_more(total)),
        Says::Refusal(code, sub_code) => {
            let business = code == GatewayCode::BusinessFailed;
            Node::refusal(
                &Refusal::worded(code, sub_code),
                business.then_some(&trade.out_trade_no),
            )
        }
    }
}

fn success(trade: &Trade, total: Amount) -> Node {
    let mut node = TradeNode::about(trade, total, GatewayCode::Success);
    node.gmt_payment = trade.gmt_payment.map(Timestamp::to_beijing);
    node.buyer_user_type = Some("PRIVATE");
    Node::Trade(Box::new(node))
}
