//! The model, the file it is kept in, and the host's clock, behind one lock.

use crate::{
    model::{certificates::Certificates, gateway::Gateway, trade::TradeView},
    sandbox::new_key,
    store::Store,
};
use alipay_core::Timestamp;
use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::sync::Notify;

/// The model and its file.
#[derive(Debug)]
pub(crate) struct Books {
    inner: Mutex<Inner>,
    /// Told of every change, for the notifier.
    pub(crate) changed: Notify,
}

#[derive(Debug)]
struct Inner {
    gateway: Gateway,
    store: Option<Store>,
}

impl Books {
    pub(crate) fn new(gateway: Gateway, store: Option<Store>) -> Self {
        Self {
            inner: Mutex::new(Inner { gateway, store }),
            changed: Notify::new(),
        }
    }

    /// Lets the model do something, and stores what changed before anybody hears of it.
    pub(crate) fn write<T>(&self, act: impl FnOnce(&mut Gateway, Timestamp) -> T) -> io::Result<T> {
        let done = self.write_quietly(act)?;
        self.changed.notify_one();
        Ok(done)
    }

    /// [`Books::write`] by the notifier itself, which need not wake itself.
    pub(crate) fn write_quietly<T>(&self, act: impl FnOnce(&mut Gateway, Timestamp) -> T) -> io::Result<T> {
        let mut inner = self.lock();
        let Inner { gateway, store } = &mut *inner;
        let done = act(gateway, now());
        let rows = gateway.changed_rows()?;
        if let Some(store) = store
            && !rows.is_empty()
        {
            store.save(&rows)?;
        }
        Ok(done)
    }

    pub(crate) fn trades(&self) -> Vec<TradeView> {
        self.lock().gateway.trades(now())
    }

    pub(crate) fn certificates(&self) -> Option<Certificates> {
        self.lock().gateway.certificates().cloned()
    }

    pub(crate) fn rotate_certificate(&self) -> io::Result<()> {
        // Before the lock: making a key takes its time.
        let key = new_key().map_err(io::Error::other)?;
        let rotated = self.write(|gateway, now| gateway.rotate_certificate(&key, now))?;
        rotated.map_err(io::Error::other)
    }

    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        self.lock().gateway.next_wake()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic inside the model is a bug that its own request already answers for.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The host's clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::UNIX_EPOCH.saturating_add(since)
}
