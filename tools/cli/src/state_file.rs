//! The file that holds a payment's last snapshot: replaced atomically, durable before the request it precedes leaves,
//! and worked on by one process at a time.
//!
//! The lock is on the file itself, whose successor is locked before it takes the name; so a process that holds the
//! lock of the file under this name holds the payment. A snapshot is never replaced by one with a lower number: a file
//! that another process or a person put there meanwhile stays, and this process has lost the payment.

mod writer;

use crate::{
    driver::{NotStored, Store},
    failure::Failure,
};
use alipay_core::payment::snapshot_number;
use std::{
    fmt,
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

    /// For a payment that goes on: the file and what is in it.
    ///
    /// # Errors
    /// `state_unreadable`, `state_busy` if another process works on it.
    pub fn open(path: &Path) -> Result<Opened, Failure> {
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
            let content = content(&file).map_err(|error| unreadable(path, &error))?;
            let (snapshot, writer_is_dead) = writer::split(content, &file);
            let file = Self {
                path: path.into(),
                held: Some(file),
            };
            return Ok(Opened {
                file,
                snapshot,
                writer_is_dead,
            });
        }
        Err(Failure::usage(
            "state_busy",
            format!("another process is working on {}", path.display()),
        ))
    }
}

/// A state file that was opened to go on with it. `Debug` does not show the snapshot.
pub struct Opened {
    /// The file, locked.
    pub file: StateFile,
    /// The snapshot in it.
    pub snapshot: Vec<u8>,
    /// Whether the process that wrote it is provably dead: it held the lock that this one has now, in the same file on the same
    /// machine. Not known of a copy, of a file of another machine, of one on a network's file system, and but on Linux.
    pub writer_is_dead: bool,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("file", &self.file)
            .field("writer_is_dead", &self.writer_is_dead)
            .finish_non_exhaustive()
    }
}

impl Store for StateFile {
    fn save(&mut self, snapshot: &[u8]) -> Result<(), NotStored> {
        let is_there = self.is_there(snapshot)?;
        let directory = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // Readable by its owner only, and in the same directory: a rename does not cross file systems.
        let mut file = NamedTempFile::with_prefix_in(".alipay-state-", directory)?;
        file.write_all(snapshot)?;
        file.write_all(&writer::line(file.as_file()).unwrap_or_default())?;
        file.as_file().sync_all()?;
        file.as_file().try_lock().map_err(io::Error::from)?;
        let saved = if is_there {
            file.persist(&self.path).map_err(|error| error.error)?
        } else {
            // Of a new payment, somebody else has the name; else it came back just now, and the next save sees whose it is.
            let begins = self.held.is_none();
            file.persist_noclobber(&self.path).map_err(|error| {
                if begins && error.error.kind() == io::ErrorKind::AlreadyExists {
                    NotStored::Superseded
                } else {
                    NotStored::Failed(error.error)
                }
            })?
        };
        self.held = Some(saved);
        Ok(sync_directory(directory)?)
    }
}

impl StateFile {
    /// Whether the file that is to be replaced is there. Fails if somebody else has put a file under its name, or a newer snapshot
    /// into it.
    fn is_there(&self, snapshot: &[u8]) -> Result<bool, NotStored> {
        let Some(held) = &self.held else {
            return Ok(false);
        };
        match is_under(held, &self.path) {
            Ok(true) => {}
            Ok(false) => return Err(NotStored::Superseded),
            // Deleted or moved away: it comes back under its name, unless somebody is quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        // What can't be read as a snapshot has no number, and is mended by being replaced.
        let there = File::open(&self.path).and_then(|file| content(&file))?;
        let number = |bytes: &[u8]| snapshot_number(bytes).unwrap_or_default();
        if number(&there) > number(snapshot) {
            return Err(NotStored::Superseded);
        }
        Ok(true)
    }
}

fn content(file: &File) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(READ_AT_MOST).read_to_end(&mut content)?;
    Ok(content)
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
    use std::{fs, process::Command};

    const FIRST: &[u8] = b"alipay-payment 2 0123456789abcdef 1\n{}";
    const SECOND: &[u8] = b"alipay-payment 2 0123456789abcdef 2\n{}";

    fn begun() -> (tempfile::TempDir, PathBuf, StateFile) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sale.state");
        let state = StateFile::begin(&path).unwrap();
        (directory, path, state)
    }

    #[test]
    fn a_snapshot_is_replaced_and_private_and_leaves_nothing_beside_it() {
        let (directory, path, mut state) = begun();
        assert!(!path.exists());
        state.save(FIRST).unwrap();
        state.save(SECOND).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        drop(state);
        let opened = StateFile::open(&path).unwrap();
        assert_eq!(opened.snapshot, SECOND);
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn only_one_process_works_on_it() {
        let (_directory, path, mut state) = begun();
        state.save(FIRST).unwrap();
        assert_eq!(StateFile::open(&path).unwrap_err().code(), "state_busy");
        state.save(SECOND).unwrap();
        assert_eq!(StateFile::open(&path).unwrap_err().code(), "state_busy");
        assert_eq!(StateFile::begin(&path).unwrap_err().code(), "state_exists");
        drop(state);
        assert!(StateFile::open(&path).is_ok());
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_overwritten() {
        let (_directory, path, mut state) = begun();
        fs::write(&path, "somebody else's").unwrap();
        assert!(matches!(state.save(FIRST), Err(NotStored::Superseded)));
        assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
    }

    #[test]
    fn whoever_lost_the_payment_saves_nothing_more() {
        // Another file under the name.
        let (_directory, path, mut state) = begun();
        state.save(FIRST).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, FIRST).unwrap();
        assert!(matches!(state.save(SECOND), Err(NotStored::Superseded)));
        assert_eq!(fs::read(&path).unwrap(), FIRST);
        // A newer snapshot in the file.
        let (_directory, path, mut state) = begun();
        state.save(FIRST).unwrap();
        fs::write(&path, SECOND).unwrap();
        assert!(matches!(state.save(FIRST), Err(NotStored::Superseded)));
        assert_eq!(fs::read(&path).unwrap(), SECOND);
        state.save(SECOND).unwrap();
    }

    #[test]
    fn a_backup_put_over_it_and_a_file_that_is_gone_are_mended() {
        let (_directory, path, mut state) = begun();
        state.save(SECOND).unwrap();
        fs::write(&path, FIRST).unwrap();
        state.save(SECOND).unwrap();
        assert!(fs::read(&path).unwrap().starts_with(SECOND));
        fs::remove_file(&path).unwrap();
        state.save(SECOND).unwrap();
        assert_eq!(StateFile::open(&path).unwrap_err().code(), "state_busy");
    }

    #[test]
    fn a_directory_that_comes_back_brings_the_payment_back() {
        let (directory, path, mut state) = begun();
        state.save(FIRST).unwrap();
        let aside = directory.path().with_extension("aside");
        fs::rename(directory.path(), &aside).unwrap();
        assert!(matches!(state.save(SECOND), Err(NotStored::Failed(_))));
        fs::rename(&aside, directory.path()).unwrap();
        state.save(SECOND).unwrap();
        assert!(fs::read(&path).unwrap().starts_with(SECOND));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_free_lock_proves_its_writer_dead_only_of_the_very_file_here() {
        let (directory, path, mut state) = begun();
        state.save(FIRST).unwrap();
        state.save(SECOND).unwrap();
        let copy = directory.path().join("copy.state");
        let copied = |arguments: &[&str]| {
            let done = Command::new("cp").args(arguments).arg(&path).arg(&copy).status();
            assert!(done.unwrap().success());
            let opened = StateFile::open(&copy).unwrap();
            assert_eq!(opened.snapshot, SECOND);
            let dead = opened.writer_is_dead;
            fs::remove_file(&copy).unwrap();
            dead
        };
        // The writer is alive and holds the lock of the original.
        assert!(!copied(&[]) && !copied(&["-a"]));
        drop(state);
        assert!(StateFile::open(&path).unwrap().writer_is_dead);
        // Under another name it is the same file.
        let moved = directory.path().join("moved.state");
        fs::rename(&path, &moved).unwrap();
        assert!(StateFile::open(&moved).unwrap().writer_is_dead);
        // Written elsewhere, or by something that says nothing about itself.
        let text = String::from_utf8(fs::read(&moved).unwrap()).unwrap();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        let line = text.lines().last().unwrap();
        assert!(
            line.starts_with(&format!("written-by {} ", boot.trim())),
            "{line}"
        );
        let words: Vec<&str> = line.split(' ').collect();
        let elsewhere = text
            .replace(words[1], "other-boot")
            .replace(words[2], "other-machine");
        fs::write(&moved, elsewhere).unwrap();
        assert!(!StateFile::open(&moved).unwrap().writer_is_dead);
        fs::write(&moved, SECOND).unwrap();
        let opened = StateFile::open(&moved).unwrap();
        assert!(!opened.writer_is_dead);
        assert_eq!(opened.snapshot, SECOND);
    }
}
