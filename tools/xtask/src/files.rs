//! What several steps do with files.

use std::{fmt::Display, fs, path::Path};

/// For `map_err`: what went wrong with a file, after its path.
pub(crate) fn at<E: Display>(path: impl AsRef<Path>) -> impl FnOnce(E) -> String {
    move |error| format!("{}: {error}", path.as_ref().display())
}

/// Makes a folder, and empties one that is there.
pub(crate) fn empty(folder: &Path) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(at(folder))?;
    }
    fs::create_dir_all(folder).map_err(at(folder))
}
