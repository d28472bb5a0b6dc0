//! A lock of the kernel's on a file: it ends when its holder is dead, and not before.
#![allow(unsafe_code, reason = "napi's attributes expand to it")]

use crate::guard::guard;
use alipay_core::{Error, ErrorCode};
use napi_derive::napi;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
};

/// The lock, held until it is released or this process ends. The file that it is on stays, and tells the next holder what this
/// one left in it.
#[napi]
pub struct FileLock(Option<File>);

/// A note is a few words.
const LONGEST_NOTE: u64 = 4096;

fn host(_: std::io::Error) -> Error {
    ErrorCode::StoreFailed.into()
}

#[napi]
impl FileLock {
    /// Takes it; the error is `superseded` if somebody holds it, in this process or another one.
    #[napi(constructor)]
    pub fn new(path: String) -> napi::Result<Self> {
        guard(|| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path).map_err(host)?;
            match file.try_lock() {
                Ok(()) => Ok(Self(Some(file))),
                Err(TryLockError::WouldBlock) => Err(ErrorCode::Superseded.into()),
                Err(TryLockError::Error(error)) => Err(host(error)),
            }
        })
    }

    fn file(&self) -> Result<&File, Error> {
        self.0.as_ref().ok_or_else(|| ErrorCode::Superseded.into())
    }

    /// What the last holder left.
    #[napi]
    pub fn note(&self) -> napi::Result<String> {
        guard(|| {
            let mut file = self.file()?;
            let mut bytes = Vec::new();
            file.rewind().map_err(host)?;
            file.take(LONGEST_NOTE).read_to_end(&mut bytes).map_err(host)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    /// Leaves something for the next one.
    #[napi]
    pub fn leave(&self, note: String) -> napi::Result<()> {
        guard(|| {
            let mut file = self.file()?;
            file.set_len(0).map_err(host)?;
            file.rewind().map_err(host)?;
            file.write_all(note.as_bytes()).map_err(host)
        })
    }

    /// Lets it go.
    #[napi]
    pub fn release(&mut self) {
        self.0 = None;
    }
}
