//! The file that holds a payment's last snapshot: replaced atomically, durable before the request it precedes leaves,
//! and worked on by one process at a time.
//!
//! The lock is on the file itself, whose successor is locked before it takes the name; so a process that holds the
//! lock of the file under this name holds the payment.

use crate::{driver::Store, failure::Failure};
use std::{
    fs::{File, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Far more than any snapshot.
const READ_AT_MOST: u64 = 1 << 20;

/// A payment's state file.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// The file under this name, locked; `None` while there is none yet.
    held: Option<File>,
}

impl StateFile {
    /// For a new payment: the file must not exist, and comes to be with the first snapshot.
    ///
    /// # Errors
    /// `state_exists`, `state_unreadable`.
    pub fn begin(path: &Path) -> Result<Self, Failure> {
        match path.symlink_metadata() {
            Ok(_) => Err(Failure::usage(
                "state_exists",
                format!(
                    "{} exists: it may hold an unfinished payment. Go on with `alipay resume --state`, or choose another file",
                    path.display()
                ),
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self {
                path: path.into(),
                held: None,
            }),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    /// For a payment that goes on: the file and the snapshot in it.
    ///
    /// # Errors
    /// `state_unreadable`, `state_busy` if another process works on it.
    pub fn open(path: &Path) -> Result<(Self, Vec<u8>), Failure> {
        // A file that was replaced between opening and locking belongs to somebody who is quicker than we are.
        for _ in 0..10 {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(error)) => return Err(unreadable(path, &error)),
            }
            if !is_under(&file, path).map_err(|error| unreadable(path, &error))? {
                continue;
            }
            let mut snapshot = Vec::new();
            let read = (&file).take(READ_AT_MOST).read_to_end(&mut snapshot);
            read.map_err(|error| unreadable(path, &error))?;
            let state = Self {
                path: path.into(),
                held: Some(file),
            };
            return Ok((state, snapshot));
        }
        Err(Failure::usage(
            "state_busy",
            format!("another process is working on {}", path.display()),
        ))
    }
}

impl Store for StateFile {
    fn save(&mut self, snapshot: &[u8]) -> io::Result<()> {
        let directory = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // Readable by its owner only, and in the same directory: a rename does not cross file systems.
        let mut file = NamedTempFile::with_prefix_in(".alipay-state-", directory)?;
        file.write_all(snapshot)?;
        file.as_file().sync_all()?;
        file.as_file().try_lock().map_err(io::Error::from)?;
        let saved = if self.held.is_some() {
            file.persist(&self.path)?
        } else {
            file.persist_noclobber(&self.path)?
        };
        self.held = Some(saved);
        sync_directory(directory)
    }
}

/// Makes a rename durable.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(unix)]
fn is_under(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (ours, theirs) = (file.metadata()?, path.metadata()?);
    Ok((ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()))
}

#[cfg(not(unix))]
fn is_under(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage("state_unreadable", format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_replaced_and_private_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sale.state");
        let mut state = StateFile::begin(&path).unwrap();
        assert!(!path.exists());
        state.save(b"one").unwrap();
        state.save(b"two").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        drop(state);
        let (_state, snapshot) = StateFile::open(&path).unwrap();
        assert_eq!(snapshot, b"two");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn only_one_process_works_on_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sale.state");
        let mut state = StateFile::begin(&path).unwrap();
        state.save(b"one").unwrap();
        assert_eq!(StateFile::open(&path).unwrap_err().code(), "state_busy");
        state.save(b"two").unwrap();
        assert_eq!(StateFile::open(&path).unwrap_err().code(), "state_busy");
        assert_eq!(StateFile::begin(&path).unwrap_err().code(), "state_exists");
        drop(state);
        assert!(StateFile::open(&path).is_ok());
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sale.state");
        let mut state = StateFile::begin(&path).unwrap();
        std::fs::write(&path, "somebody else's").unwrap();
        assert!(state.save(b"ours").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"somebody else's");
    }
}
