//! Which process wrote a state file: a line after the snapshot.
//!
//! Whoever takes the file's lock anew knows that the process which held it is dead, and not merely frozen, if it is the same file in the
//! same kernel: then every connection of that process is gone too. The line tells that apart from a copy (whose writer may still be
//! running beside the original), from a file of another machine, and from a lock that a file system shares between machines.

use sha2::{Digest as _, Sha256};
use std::{fs::File, io, time::UNIX_EPOCH};

/// What the line begins with.
const MARK: &[u8] = b"\nwritten-by ";

/// The line for this file, to be written after the snapshot; `None` where nothing can be known.
pub(super) fn line(file: &File) -> Option<Vec<u8>> {
    if !is_local(file) {
        return None;
    }
    let (boot, machine) = (boot()?, machine().unwrap_or_else(|| "-".into()));
    let (inode, born) = birth(file).ok()?;
    let mut line = MARK.to_vec();
    line.extend_from_slice(format!("{boot} {machine} {inode} {born}\n").as_bytes());
    Some(line)
}

/// The snapshot, and whether this very file was written on this machine, so that its free lock proves its writer dead.
pub(super) fn split(mut content: Vec<u8>, file: &File) -> (Vec<u8>, bool) {
    let Some(at) = content.windows(MARK.len()).rposition(|bytes| bytes == MARK) else {
        return (content, false);
    };
    if !content.ends_with(b"\n") {
        // Cut off: not a file that was written here.
        return (content, false);
    }
    let line = content.split_off(at);
    let line = line.get(MARK.len()..).unwrap_or_default();
    let text = str::from_utf8(line).unwrap_or_default();
    (content, is_of_this(text.trim_end(), file).unwrap_or(false))
}

fn is_of_this(line: &str, file: &File) -> Option<bool> {
    let mut words = line.split(' ');
    let (their_boot, their_machine) = (words.next()?, words.next()?);
    let (their_inode, their_born) = (words.next()?, words.next()?);
    let (inode, born) = birth(file).ok()?;
    // Started anew: no process of before is alive. The machine's id must be its own then, and not one of an image
    // that several machines were made from.
    let here = boot()? == their_boot || machine().is_some_and(|machine| machine == their_machine);
    let same = their_inode == inode.to_string() && their_born == born.to_string();
    Some(here && same && words.next().is_none() && is_local(file))
}

/// The file's number and the time it came to be: a number is used again, both together are not.
#[cfg(unix)]
fn birth(file: &File) -> io::Result<(u64, u128)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata()?;
    let born = metadata.created()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((metadata.ino(), born.as_nanos()))
}

#[cfg(not(unix))]
fn birth(_: &File) -> io::Result<(u64, u128)> {
    let _ = UNIX_EPOCH;
    Err(io::ErrorKind::Unsupported.into())
}

/// Different each time this machine starts, and the same in all of its containers: it stands for the kernel.
fn boot() -> Option<String> {
    word("/proc/sys/kernel/random/boot_id")
}

fn machine() -> Option<String> {
    let id = word("/etc/machine-id").filter(|id| id.len() >= 32)?;
    // It is to be kept to oneself (machine-id(5)).
    let digest = Sha256::digest(format!("alipay state file {id}"));
    let mut text = String::with_capacity(16);
    for byte in digest.iter().take(8) {
        text.push_str(&format!("{byte:02x}"));
    }
    Some(text)
}

fn word(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let word = text.trim();
    (!word.is_empty() && !word.contains(' ')).then(|| word.to_owned())
}

/// Whether the file is on a file system whose locks are this kernel's own. One that is not known is none.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_local(file: &File) -> bool {
    /// As in statfs(2): ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS, bcachefs.
    const LOCAL: [i128; 8] = [
        0xef53,
        0x5846_5342,
        0x9123_683e,
        0x0102_1994,
        0x794c_7630,
        0xf2f5_2010,
        0x2fc1_2fc1,
        0xca45_1a4e,
    ];
    rustix::fs::fstatfs(file).is_ok_and(|system| LOCAL.contains(&(i128::from(system.f_type) & 0xffff_ffff)))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_local(_: &File) -> bool {
    false
}
