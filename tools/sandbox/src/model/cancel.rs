//! `alipay.trade.cancel`: closes what waits, refunds what was paid, and says which it was.

use crate::{
    config::App,
    model::{
        answer::{CancelNode, Node},
        biz_content::TradeReference,
        codes::{GatewayCode, Refusal},
        gateway::{Gateway, Reply},
        script::{CancelTroubleKind, Damage, Plan},
        trade::{Trade, TradeStatus},
    },
};
use alipay_core::Timestamp;
use std::time::Duration;

/// Cancel works within a day of the trade.
const CANCEL_WITHIN: Duration = Duration::from_secs(24 * 3600);

impl Gateway {
    pub(crate) fn cancel(&mut self, app: &App, biz_content: &str, now: Timestamp) -> Result<Reply, Refusal> {
        let asked = TradeReference::read(biz_content)?;
        let scale = self.time_scale;
        let within = CANCEL_WITHIN / scale;
        let nothing_there = || {
            Reply::undamaged(Node::Cancel(CancelNode::of_nothing(
                asked.out_trade_no.as_deref(),
            )))
        };
        let Some(key) = self.find(app, asked.trade_no.as_deref(), asked.out_trade_no.as_deref()) else {
            return Ok(nothing_there());
        };
        let Some(trade) = self.ledger.get_mut(&key) else {
            return Ok(nothing_there());
        };
        trade.cancel_calls = trade.cancel_calls.saturating_add(1);
        if !trade.exists() {
            // Alipay's own quirk: this is no promise. A pay that lands later still takes the money.
            return Ok(nothing_there());
        }
        if trade.plan() == Some(Plan::PaysBeforeCancel) {
            trade.charge(now);
        }
        let trouble = trade.story().script.cancels;
        let trouble = trouble.filter(|trouble| trade.cancel_calls <= trouble.times && !trade.older_sale);
        let kind = trouble.map(|trouble| trouble.kind);
        let damage = match kind {
            None => Damage::None,
            Some(CancelTroubleKind::Done(damage)) => damage,
            Some(CancelTroubleKind::Refusal(code, sub_code)) => {
                if sub_code == "ACQ.TRADE_HAS_FINISHED" && trade.is_paid() {
                    trade.status = TradeStatus::TradeFinished;
                }
                return Err(Refusal::worded(code, sub_code));
            }
            Some(CancelTroubleKind::Retry) => {
                return Ok(Reply::undamaged(Node::Cancel(CancelNode::about(
                    trade, "Y", None,
                ))));
            }
            Some(CancelTroubleKind::LostUndone | CancelTroubleKind::LandsAfter(_)) => {
                if let Some(CancelTroubleKind::LandsAfter(lands_after)) = kind {
                    trade
                        .cancel_lands_at
                        .get_or_insert(now.saturating_add(lands_after / scale));
                }
                return Ok(Reply {
                    node: Node::Cancel(CancelNode::about(trade, "Y", None)),
                    damage: Damage::Lost,
                });
            }
        };
        let action = carry_out(trade, within, now)?;
        Ok(Reply {
            node: Node::Cancel(CancelNode::about(trade, "N", action)),
            damage,
        })
    }
}

/// Closes or refunds. A trade that is closed already stays as it is: no new action.
fn carry_out(trade: &mut Trade, within: Duration, now: Timestamp) -> Result<Option<&'static str>, Refusal> {
    if trade.status == TradeStatus::TradeClosed {
        return Ok(None);
    }
    if now.saturating_since(trade.gmt_create) > within {
        return Err(Refusal::business("ACQ.TRADE_CANCEL_TIME_OUT"));
    }
    if trade.status == TradeStatus::TradeFinished {
        return Err(Refusal::business("ACQ.TRADE_HAS_FINISHED"));
    }
    Ok(trade.undo(now))
}

impl CancelNode {
    fn of_nothing(out_trade_no: Option<&str>) -> Self {
        Self {
            code: GatewayCode::Success.as_str(),
            msg: GatewayCode::Success.message(),
            trade_no: None,
            out_trade_no: out_trade_no.map(str::to_owned),
            retry_flag: "N",
            action: None,
        }
    }

    fn about(trade: &Trade, retry_flag: &'static str, action: Option<&'static str>) -> Self {
        Self {
            trade_no: Some(trade.trade_no.clone()),
            out_trade_no: Some(trade.out_trade_no.clone()),
            retry_flag,
            action,
            ..Self::of_nothing(None)
        }
    }
}
