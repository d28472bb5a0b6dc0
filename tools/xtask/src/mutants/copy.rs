//! The copy of the checkout that is mutated, and the one in which fixes are undone.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{command::Command, files::at};

/// Makes `copy` the checkout's files and nothing else. What is the same is left alone, time stamp included.
pub(crate) fn synchronise(root: &Path, copy: &Path) -> Result<(), String> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(list).folder(root).read()?;
    let listed: BTreeSet<&str> = listed.split_terminator('\0').collect();
    for path in &listed {
        // Listed and yet not there: deleted and not committed.
        let Ok(bytes) = fs::read(root.join(path)) else {
            continue;
        };
        let target = copy.join(path);
        if fs::read(&target).is_ok_and(|there| there == bytes) {
            continue;
        }
        let folder = target.parent().unwrap_or(copy);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&target, bytes))
            .map_err(at(&target))?;
    }
    remove_others(root, copy, copy, &listed)
}

fn remove_others(root: &Path, copy: &Path, folder: &Path, listed: &BTreeSet<&str>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            remove_others(root, copy, &path, listed)?;
            continue;
        }
        let relative = path.strip_prefix(copy).unwrap_or(&path);
        let name = relative.to_string_lossy().replace('\\', "/");
        if !listed.contains(name.as_str()) || !root.join(relative).exists() {
            fs::remove_file(&path).map_err(at(&path))?;
        }
    }
    Ok(())
}
