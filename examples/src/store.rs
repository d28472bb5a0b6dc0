//! A state file for one payment: locked, replaced atomically and durably, with a time limit for each save.

use crate::clock::Moment;
use std::{
    fs,
    io::{self, Write as _},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

type Job = (Vec<u8>, Sender<io::Result<()>>);

pub struct Store {
    /// Saves one after the other, so that an older snapshot never replaces a newer one.
    worker: Sender<Job>,
    _lock: fs::File,
}

impl Store {
    /// The store, and the snapshot in it, if an earlier run left one.
    ///
    /// # Errors
    /// If another process works on this payment, or the file can't be read.
    pub fn open(path: &str) -> io::Result<(Self, Option<Vec<u8>>)> {
        let lock = fs::File::create(format!("{path}.lock"))?;
        lock.try_lock()?;
        let snapshot = match fs::read(path) {
            Ok(snapshot) => Some(snapshot),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // Not the same as "there is none": the buyer may have paid.
            Err(error) => return Err(error),
        };
        let (worker, jobs) = channel();
        let path = path.to_owned();
        thread::spawn(move || work(&path, &jobs));
        Ok((Self { worker, _lock: lock }, snapshot))
    }

    /// Stores a snapshot by then, or has failed.
    ///
    /// # Errors
    /// Whatever the file system says, or that it takes too long.
    pub fn save(&self, snapshot: Vec<u8>, by: Moment) -> io::Result<()> {
        let (done, saved) = channel();
        let gone = || io::Error::other("no store");
        self.worker.send((snapshot, done)).map_err(|_| gone())?;
        saved
            .recv_timeout(by.left())
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

fn work(path: &str, jobs: &Receiver<Job>) {
    while let Ok((snapshot, done)) = jobs.recv() {
        // Nobody may be waiting any more.
        let _ = done.send(replace(path, &snapshot));
    }
}

fn replace(path: &str, snapshot: &[u8]) -> io::Result<()> {
    let new = format!("{path}.new");
    let mut file = fs::File::create(&new)?;
    file.write_all(snapshot)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    if cfg!(unix) {
        fs::File::open(".")?.sync_all()?;
    }
    Ok(())
}
