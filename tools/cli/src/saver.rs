//! Saves snapshots on a thread of its own: a store that hangs must not hold up the payment, and has failed when its time is over.
//!
//! Only the newest snapshot waits. So a store that comes back after hanging writes what it was given first and then the newest, never
//! an older one after a newer.

use crate::{clock::Moment, driver::Store};
use std::{
    fmt, io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// Why a snapshot is not stored, as far as is known.
#[derive(Debug)]
pub enum NotStored {
    /// Another process has this payment, or the store holds a newer snapshot: this driver has nothing more to say about it.
    Superseded,
    /// The store failed, or took too long.
    Failed(io::Error),
}

impl From<io::Error> for NotStored {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// The store, on its thread. `Debug` shows no snapshot: before pay there is a payment code in it.
pub(crate) struct Saver {
    desk: Arc<Desk>,
}

impl fmt::Debug for Saver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saver").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// How many snapshots were handed in.
    handed_in: u64,
    /// The newest that the store has not begun with.
    waiting: Option<Vec<u8>>,
    /// The last that is stored, and with it all before.
    stored: u64,
    /// The last that failed, and with it all before that are not stored.
    failed: u64,
    error: Option<NotStored>,
    over: bool,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Saver {
    /// # Errors
    /// If there can be no thread.
    pub(crate) fn start(store: impl Store + Send + 'static) -> io::Result<Self> {
        let desk = Arc::<Desk>::default();
        let theirs = Arc::clone(&desk);
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || work(store, &theirs))?;
        Ok(Self { desk })
    }

    /// Has this stored, and does not wait for it.
    pub(crate) fn submit(&self, snapshot: Vec<u8>) -> u64 {
        let mut state = self.desk.lock();
        state.handed_in += 1;
        state.waiting = Some(snapshot);
        self.desk.changed.notify_all();
        state.handed_in
    }

    /// Has this stored by then.
    ///
    /// # Errors
    /// [`NotStored::Superseded`]; [`NotStored::Failed`] with what the store said, or `TimedOut`.
    pub(crate) fn save(&self, snapshot: Vec<u8>, by: Moment) -> Result<(), NotStored> {
        let number = self.submit(snapshot);
        let mut state = self.desk.lock();
        loop {
            if state.stored >= number {
                return Ok(());
            }
            if state.failed >= number {
                return Err(state
                    .error
                    .take()
                    .unwrap_or_else(|| NotStored::Failed(io::ErrorKind::Other.into())));
            }
            let left = by.left();
            if left.is_zero() {
                let error = io::Error::new(io::ErrorKind::TimedOut, "the store takes too long");
                return Err(NotStored::Failed(error));
            }
            // In slices: a condition does not count suspension.
            let slice = left.min(Duration::from_secs(1));
            let waited = self.desk.changed.wait_timeout(state, slice);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.desk.lock().over = true;
        self.desk.changed.notify_all();
    }
}

fn work(mut store: impl Store, desk: &Desk) {
    loop {
        let (snapshot, number) = {
            let mut state = desk.lock();
            loop {
                if let Some(snapshot) = state.waiting.take() {
                    break (snapshot, state.handed_in);
                }
                if state.over {
                    return;
                }
                state = desk.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        };
        let saved = store.save(&snapshot);
        let mut state = desk.lock();
        match saved {
            Ok(()) => state.stored = number,
            Err(error) => {
                state.failed = number;
                state.error = Some(error);
            }
        }
        desk.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Waits for a word before each save, and keeps what it saved.
    struct Slow(mpsc::Receiver<Result<(), NotStored>>, Arc<Mutex<Vec<u8>>>);

    impl Store for Slow {
        fn save(&mut self, snapshot: &[u8]) -> Result<(), NotStored> {
            self.0.recv().unwrap()?;
            self.1.lock().unwrap().extend_from_slice(snapshot);
            Ok(())
        }
    }

    fn soon() -> Moment {
        Moment::now().after(Duration::from_millis(50))
    }

    fn later() -> Moment {
        Moment::now().after(Duration::from_secs(20))
    }

    #[test]
    fn a_store_that_hangs_has_failed_and_then_writes_the_newest_last() {
        let (word, words) = mpsc::channel();
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let saver = Saver::start(Slow(words, Arc::clone(&written))).unwrap();
        for letter in *b"abc" {
            let hung = saver.save(vec![letter], soon()).unwrap_err();
            assert!(matches!(hung, NotStored::Failed(error) if error.kind() == io::ErrorKind::TimedOut));
        }
        word.send(Ok(())).unwrap();
        word.send(Ok(())).unwrap();
        saver.save(b"d".into(), later()).unwrap();
        // Whether `c` or already `d` was the newest when the store came back, is a matter of microseconds.
        let text = written.lock().unwrap().clone();
        assert!(
            text.starts_with(b"a") && text.ends_with(b"d") && !text.contains(&b'b'),
            "{text:?}"
        );
    }

    #[test]
    fn what_the_store_says_is_told() {
        let (word, words) = mpsc::channel();
        let saver = Saver::start(Slow(words, Arc::default())).unwrap();
        word.send(Err(io::Error::from(io::ErrorKind::StorageFull).into()))
            .unwrap();
        let full = saver.save(b"a".into(), later()).unwrap_err();
        assert!(matches!(full, NotStored::Failed(error) if error.kind() == io::ErrorKind::StorageFull));
        word.send(Err(NotStored::Superseded)).unwrap();
        assert!(matches!(
            saver.save(b"b".into(), later()),
            Err(NotStored::Superseded)
        ));
        word.send(Ok(())).unwrap();
        saver.save(b"c".into(), later()).unwrap();
    }
}
