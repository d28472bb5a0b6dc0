//! The ledger: every trade, found by the merchant's number or by Alipay's.

use crate::model::trade::{Trade, TradeView};
use alipay_core::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Whose number it is, and the number.
pub(crate) type TradeKey = (String, String);

/// Every trade.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    trades: BTreeMap<TradeKey, Trade>,
    by_trade_no: BTreeMap<String, TradeKey>,
    by_auth_code: BTreeMap<String, TradeKey>,
    /// Changed since the host last asked.
    dirty: BTreeSet<TradeKey>,
}

impl Ledger {
    pub(crate) fn len(&self) -> usize {
        self.trades.len()
    }

    /// Puts a stored trade back in its place.
    pub(crate) fn restore(&mut self, trade: Trade) {
        let key = (trade.app_id.clone(), trade.out_trade_no.clone());
        self.by_trade_no.insert(trade.trade_no.clone(), key.clone());
        self.trades.insert(key.clone(), trade);
        self.index_code(&key);
    }

    /// The record under this number, to be changed; a fresh one if there is none.
    pub(crate) fn record(&mut self, key: &TradeKey, fresh: impl FnOnce() -> Trade) -> &mut Trade {
        self.dirty.insert(key.clone());
        let by_trade_no = &mut self.by_trade_no;
        self.trades.entry(key.clone()).or_insert_with(|| {
            let trade = fresh();
            by_trade_no.insert(trade.trade_no.clone(), key.clone());
            trade
        })
    }

    /// Remembers which payment code this trade used up.
    pub(crate) fn index_code(&mut self, key: &TradeKey) {
        if let Some(digest) = self
            .trades
            .get(key)
            .and_then(|trade| trade.auth_code_digest.clone())
        {
            self.by_auth_code.insert(digest, key.clone());
        }
    }

    pub(crate) fn get(&self, key: &TradeKey) -> Option<&Trade> {
        self.trades.get(key)
    }

    /// The trade, to be changed.
    pub(crate) fn get_mut(&mut self, key: &TradeKey) -> Option<&mut Trade> {
        let trade = self.trades.get_mut(key)?;
        self.dirty.insert(key.clone());
        Some(trade)
    }

    pub(crate) fn key_of(&self, trade_no: &str) -> Option<&TradeKey> {
        self.by_trade_no.get(trade_no)
    }

    /// The trade that a payment code was used for.
    pub(crate) fn user_of_code(&self, digest: &str) -> Option<&TradeKey> {
        self.by_auth_code.get(digest)
    }

    /// Lets time pass for every trade.
    pub(crate) fn pass_time(&mut self, now: Timestamp) {
        for (key, trade) in &mut self.trades {
            if trade.pass_time(now) {
                self.dirty.insert(key.clone());
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Trade> {
        self.trades.values()
    }

    /// The trade that holds the notification with this id.
    pub(crate) fn with_notification(&mut self, trade_no: &str) -> Option<&mut Trade> {
        let key = self.by_trade_no.get(trade_no)?.clone();
        self.get_mut(&key)
    }

    /// Every trade, oldest first.
    pub(crate) fn views(&self) -> Vec<TradeView> {
        let mut views: Vec<_> = self.trades.values().map(Trade::view).collect();
        // The last six digits of a trade_no are its sequence number.
        views.sort_by(|a, b| sequence(&a.trade_no).cmp(sequence(&b.trade_no)));
        views
    }

    /// The trades that changed since the last call, for the host to store before an answer leaves.
    pub(crate) fn take_dirty(&mut self) -> Vec<&Trade> {
        let dirty = std::mem::take(&mut self.dirty);
        dirty.iter().filter_map(|key| self.trades.get(key)).collect()
    }
}

fn sequence(trade_no: &str) -> &str {
    trade_no.get(22..).unwrap_or_default()
}
