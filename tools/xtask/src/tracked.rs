//! The repository's own text files, as git sees them.

use std::{fs, path::PathBuf};

use crate::command::Command;

pub(crate) struct TextFile {
    /// Relative to the root, with `/` between its parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.path.split('/')
    }

    pub(crate) fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// Tracked files and those that `git add` would add, so that a mistake is found before it is committed. Files
/// that aren't UTF-8 are left out: no rule here is about them.
pub(crate) fn text_files() -> Result<Vec<TextFile>, String> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .read()?;
    let mut files = Vec::new();
    for path in listed.split_terminator('\0') {
        // Listed and yet not there: deleted and not committed, or a submodule's folder.
        let Ok(bytes) = fs::read(PathBuf::from(path)) else {
            continue;
        };
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(TextFile {
                path: path.to_owned(),
                text,
            });
        }
    }
    Ok(files)
}
