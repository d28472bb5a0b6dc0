//! Small disks of their own for tills' stores: one that can be filled up, and one that can be made to hang.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    command::Command,
    files::at,
    host,
    report::{Outcome, Stop},
};

/// In 512 bytes.
const LOOP_BLOCKS: u64 = 16_384;

/// What is needed to make them. What a killed run left is unmounted.
pub(super) fn require(folder: &Path) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Err(Stop::Skipped("the disks are Linux's".into()));
    }
    if !host::root() {
        return Err(Stop::Skipped("only root may mount a disk".into()));
    }
    host::require(&[
        ("mount", "mount"),
        ("fsfreeze", "util-linux"),
        ("mkfs.ext4", "e2fsprogs"),
    ])?;
    remove_leftovers(folder)?;
    let here = folder.join("tried");
    fs::create_dir_all(&here).map_err(at(&here))?;
    // A container's root may not do it.
    let hangs = || Disk::that_hangs(&here).and_then(|disk| disk.hang().map(drop));
    let fills = || Disk::that_fills(&here).and_then(|disk| disk.fill());
    hangs()
        .and_then(|()| fills())
        .map_err(|problem| Stop::Skipped(format!("this machine lets root mount no such disk: {problem}")))
}

/// It is unmounted when this is dropped.
pub(super) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// In memory, with room for a few snapshots.
    pub(super) fn that_fills(parent: &Path) -> Result<Self, String> {
        let folder = parent.join("disk");
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=128k", "prove"]);
        mount.arg(&folder).read()?;
        Ok(Self { folder })
    }

    /// A file system in a file, which can be frozen: what writes to it then waits, and can't be killed either.
    pub(super) fn that_hangs(parent: &Path) -> Result<Self, String> {
        let folder = parent.join("disk");
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let image = parent.join("disk.image");
        let file = File::create(&image).map_err(at(&image))?;
        file.set_len(LOOP_BLOCKS * 512).map_err(at(&image))?;
        Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image).read()?;
        let mount = Command::new("mount").args(["-o", "loop"]);
        mount.arg(&image).arg(&folder).read()?;
        Ok(Self { folder })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves no room for anything.
    pub(super) fn fill(&self) -> Result<(), String> {
        let filler = self.filler();
        let mut file = File::create(&filler).map_err(at(&filler))?;
        loop {
            match file.write_all(&[0; 512]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(at(&filler)(error)),
            }
        }
    }

    pub(super) fn make_room(&self) -> Result<(), String> {
        let filler = self.filler();
        fs::remove_file(&filler).map_err(at(&filler))
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    /// Until what this returns is dropped.
    pub(super) fn hang(&self) -> Result<Hanging<'_>, String> {
        Command::new("fsfreeze").arg("-f").arg(&self.folder).read()?;
        Ok(Hanging(&self.folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Err(problem) = unmount(&self.folder) {
            eprintln!("{problem}");
        }
    }
}

pub(super) struct Hanging<'a>(&'a Path);

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        // An error means that it does not hang any more.
        let _ = Command::new("fsfreeze").arg("-u").arg(self.0).read();
    }
}

fn unmount(folder: &Path) -> Result<(), String> {
    // Lazily: a program that was killed may still hold it.
    Command::new("umount").arg("-l").arg(folder).read().map(drop)
}

fn remove_leftovers(folder: &Path) -> Result<(), String> {
    let mounts = fs::read_to_string("/proc/self/mounts").map_err(at("/proc/self/mounts"))?;
    let mounted = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    for left in mounted.map(Path::new).filter(|path| path.starts_with(folder)) {
        drop(Hanging(left));
        unmount(left)?;
    }
    Ok(())
}
