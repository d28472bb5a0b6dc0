//! What cargo knows about this workspace.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{command::Command, files::at};

/// The checkout and its packages.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where cargo builds: not always `target/`, since `CARGO_TARGET_DIR` may point elsewhere.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A member of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The oldest compiler it promises to build with.
    pub(crate) rust_version: Option<String>,
    /// (name, version requirement) of the dependencies that are members too.
    pub(crate) siblings: Vec<(String, String)>,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self, String> {
        // Set by `cargo run`: the checkout that is being worked on, whichever one built this program.
        let here =
            std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
        let json = Command::cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .folder(Path::new(&here))
            .read()?;
        let metadata: Value =
            serde_json::from_str(&json).map_err(|error| format!("cargo metadata: {error}"))?;
        let workspace = Self {
            root: PathBuf::from(text(&metadata["workspace_root"])),
            target: PathBuf::from(text(&metadata["target_directory"])),
            packages: list(&metadata["packages"]).iter().map(package).collect(),
        };
        std::env::set_current_dir(&workspace.root).map_err(at(&workspace.root))?;
        Ok(workspace)
    }

    pub(crate) fn package(&self, name: &str) -> Result<&Package, String> {
        self.packages
            .iter()
            .find(|package| package.name == name)
            .ok_or_else(|| format!("the workspace has no package `{name}`"))
    }
}

fn package(json: &Value) -> Package {
    Package {
        name: text(&json["name"]),
        version: text(&json["version"]),
        rust_version: json["rust_version"].as_str().map(str::to_owned),
        siblings: list(&json["dependencies"])
            .iter()
            .filter(|dependency| dependency["path"].is_string())
            .map(|dependency| (text(&dependency["name"]), text(&dependency["req"])))
            .collect(),
    }
}

fn text(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn list(json: &Value) -> &[Value] {
    json.as_array().map_or(&[], Vec::as_slice)
}
