//! `alipay.trade.query`.

use crate::{
    config::App,
    model::{
        answer::{Node, TradeNode, one_fen_more},
        biz_content::TradeReference,
        codes::{GatewayCode, Refusal},
        gateway::{Gateway, Reply},
        script::{Damage, Plan, QueryTroubleKind},
        trade::Trade,
    },
};
use alipay_core::Timestamp;

impl Gateway {
    pub(crate) fn query(&mut self, app: &App, biz_content: &str, now: Timestamp) -> Result<Reply, Refusal> {
        let asked = TradeReference::read(biz_content)?;
        let scale = self.time_scale;
        let not_exist = || Refusal::business("ACQ.TRADE_NOT_EXIST");
        let key = self
            .find(app, asked.trade_no.as_deref(), asked.out_trade_no.as_deref())
            .ok_or_else(not_exist)?;
        let trade = self.ledger.get_mut(&key).ok_or_else(not_exist)?;
        trade.query_calls = trade.query_calls.saturating_add(1);
        if !trade.exists() {
            return Err(not_exist());
        }
        let trouble = trade.story().script.queries.filter(|trouble| {
            let asked_ago = now.saturating_since(trade.asked_at);
            asked_ago < trouble.lasts / scale
        });
        let mut damage = Damage::None;
        let mut total = trade.total_amount;
        match trouble.map(|trouble| trouble.kind) {
            None => {}
            Some(QueryTroubleKind::NotExist) => return Err(not_exist()),
            Some(QueryTroubleKind::WrongAmount) => total = one_fen_more(total),
            Some(QueryTroubleKind::Damaged(kind)) => damage = kind,
        }
        let mut node = TradeNode::about(trade, total, GatewayCode::Success);
        node.trade_status = Some(trade.status.as_str());
        node.send_pay_date = trade.gmt_payment.map(Timestamp::to_beijing);
        // The buyer acts once the answer is written: "after 2 queries" is seen by the third.
        buyer_acts(trade, now);
        Ok(Reply {
            node: Node::Trade(Box::new(node)),
            damage,
        })
    }
}

fn buyer_acts(trade: &mut Trade, now: Timestamp) {
    match trade.plan() {
        Some(Plan::PaysAfter(queries)) if trade.query_calls >= queries => trade.charge(now),
        Some(Plan::RefusesAfter(queries)) if trade.query_calls >= queries => trade.close(now),
        _ => {}
    }
}
