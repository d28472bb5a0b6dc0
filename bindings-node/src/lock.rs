//! A lock of the kernel's on a file: it ends when its holder is dead, and not before. Everything that touches the disk is work for
//! libuv's thread pool: a disk that hangs must not keep the outcome of another payment back.
#![allow(unsafe_code, reason = "napi's attributes expand to it")]

use crate::guard::guard;
use alipay_core::{Error, ErrorCode};
use napi::{Env, Task, bindgen_prelude::AsyncTask};
use napi_derive::napi;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    sync::{Arc, Mutex, PoisonError},
};

/// The lock, held until it is released or this process ends. The file that it is on stays, and tells the next holder what this
/// one left in it.
#[napi]
pub struct FileLock(Held);

type Held = Arc<Mutex<Option<File>>>;

/// A note is a few words.
const LONGEST_NOTE: u64 = 4096;

fn host(_: std::io::Error) -> Error {
    ErrorCode::StoreFailed.into()
}

/// Takes the lock on this file; the error is `superseded` if somebody holds it, in this process or another one.
#[napi]
pub fn lock_file(path: String) -> AsyncTask<Taking> {
    AsyncTask::new(Taking(path))
}

#[napi]
impl FileLock {
    /// What the last holder left.
    #[napi]
    pub fn note(&self) -> AsyncTask<Reading> {
        AsyncTask::new(Reading(Arc::clone(&self.0)))
    }

    /// Leaves something for the next one.
    #[napi]
    pub fn leave(&self, note: String) -> AsyncTask<Leaving> {
        AsyncTask::new(Leaving(Arc::clone(&self.0), note))
    }

    /// Lets it go.
    #[napi]
    pub fn release(&self) -> AsyncTask<Releasing> {
        AsyncTask::new(Releasing(Arc::clone(&self.0)))
    }
}

fn with<T>(held: &Held, run: impl FnOnce(&File) -> std::io::Result<T>) -> Result<T, Error> {
    let file = held.lock().unwrap_or_else(PoisonError::into_inner);
    let file = file.as_ref().ok_or(ErrorCode::Superseded)?;
    run(file).map_err(host)
}

/// Takes a lock.
pub struct Taking(String);

impl Task for Taking {
    type Output = File;
    type JsValue = FileLock;

    fn compute(&mut self) -> napi::Result<File> {
        guard(|| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(&self.0).map_err(host)?;
            match file.try_lock() {
                Ok(()) => Ok(file),
                Err(TryLockError::WouldBlock) => Err(ErrorCode::Superseded.into()),
                Err(TryLockError::Error(error)) => Err(host(error)),
            }
        })
    }

    fn resolve(&mut self, _: Env, file: File) -> napi::Result<FileLock> {
        Ok(FileLock(Arc::new(Mutex::new(Some(file)))))
    }
}

/// Reads the note.
pub struct Reading(Held);

impl Task for Reading {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        guard(|| {
            with(&self.0, |mut file| {
                let mut bytes = Vec::new();
                file.rewind()?;
                file.take(LONGEST_NOTE).read_to_end(&mut bytes)?;
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            })
        })
    }

    fn resolve(&mut self, _: Env, note: String) -> napi::Result<String> {
        Ok(note)
    }
}

/// Writes the note.
pub struct Leaving(Held, String);

impl Task for Leaving {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> napi::Result<()> {
        guard(|| {
            with(&self.0, |mut file| {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(self.1.as_bytes())
            })
        })
    }

    fn resolve(&mut self, _: Env, (): ()) -> napi::Result<()> {
        Ok(())
    }
}

/// Lets a lock go.
pub struct Releasing(Held);

impl Task for Releasing {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> napi::Result<()> {
        guard(|| {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
            Ok(())
        })
    }

    fn resolve(&mut self, _: Env, (): ()) -> napi::Result<()> {
        Ok(())
    }
}
