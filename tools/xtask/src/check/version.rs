//! One version for the whole house, and a compiler that is new enough.

use serde_json::Value;

use crate::{
    command::Command,
    report::{Outcome, Stop},
    tracked::TextFile,
    workspace::Workspace,
};

use super::findings;

/// The compiler must be at least what the core promises to build with.
pub(super) fn compiler(workspace: &Workspace) -> Outcome {
    let promised = workspace.package("alipay-core")?.rust_version.clone();
    let promised = promised.ok_or_else(|| "alipay-core names no rust-version".to_owned())?;
    let said = Command::new("rustc").arg("--version").read()?;
    println!("{} (at least {promised})", said.trim_end());
    let found = said.split(' ').nth(1).unwrap_or_default();
    if numbers(found) < numbers(&promised) {
        return Err(Stop::Failed(format!(
            "rustc {found} is older than {promised}: `rustup update`"
        )));
    }
    Ok(())
}

/// Every member and every npm package has the core's version, asks its siblings for that version, and the documents
/// name it.
pub(super) fn members(workspace: &Workspace, files: &[TextFile]) -> Outcome {
    let version = &workspace.package("alipay-core")?.version;
    println!("{} members, version {version}", workspace.packages.len());
    let mut found = Vec::new();
    for package in &workspace.packages {
        if package.version != *version {
            found.push(format!(
                "{}: version {}, the core's is {version}",
                package.name, package.version
            ));
        }
        for (sibling, requirement) in &package.siblings {
            // `*` is a path without a version: right for what is never published.
            if requirement != "*" && *requirement != format!("^{version}") {
                found.push(format!(
                    "{}: asks for {sibling} {requirement}, not {version}",
                    package.name
                ));
            }
        }
    }
    found.extend(files.iter().flat_map(|file| npm_package(file, version)));
    for file in files
        .iter()
        .filter(|file| file.extension() == "md" && file.path != "CHANGELOG.md")
    {
        found.extend(outdated_mentions(file, version));
    }
    findings(&found)
}

/// What is wrong with an npm package's own version, in its manifest or its lock, and with those of its siblings that it
/// asks for. Packages that are never published have no version.
fn npm_package(file: &TextFile, version: &str) -> Vec<String> {
    const SCOPE: &str = "@alipay-core/";
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if !["package.json", "package-lock.json"].contains(&name) {
        return Vec::new();
    }
    let json: Value = match serde_json::from_str(&file.text) {
        Ok(json) => json,
        Err(error) => return vec![format!("{}: {error}", file.path)],
    };
    // A lock says the same twice: at its top, and of the package `""`.
    let manifests = [&json, &json["packages"][""]];
    let own = manifests
        .iter()
        .filter_map(|manifest| Some((manifest["name"].as_str()?, manifest["version"].as_str()?)))
        .filter(|(name, _)| name.starts_with(SCOPE));
    let siblings = manifests.iter().flat_map(|manifest| {
        [
            "dependencies",
            "optionalDependencies",
            "peerDependencies",
            "devDependencies",
        ]
        .iter()
        .filter_map(|kind| manifest[kind].as_object())
        .flatten()
        .filter_map(|(name, asked)| Some((name.as_str(), asked.as_str()?)))
        .filter(|(name, asked)| name.starts_with(SCOPE) && !asked.starts_with("file:"))
    });
    own.chain(siblings)
        .filter(|(_, found)| *found != version)
        .map(|(name, found)| format!("{}: {name} {found}, not {version}", file.path))
        .collect()
}

/// Lines such as `alipay-core = "0.1"` whose version is not a prefix of the workspace's.
fn outdated_mentions(file: &TextFile, version: &str) -> Vec<String> {
    let mentioned = |line: &str| {
        let (name, rest) = line.trim_start().split_once(" = ")?;
        if !name.starts_with("alipay-") {
            return None;
        }
        let rest = rest.split_once("version = ").map_or(rest, |(_, rest)| rest);
        Some(rest.strip_prefix('"')?.split('"').next()?.to_owned())
    };
    let agrees = |mention: &str| {
        version
            .strip_prefix(mention)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    file.text
        .lines()
        .enumerate()
        .filter_map(|(at, line)| Some((at, mentioned(line)?)))
        .filter(|(_, mention)| !agrees(mention))
        .map(|(at, mention)| format!("{}:{}: names version {mention}, not {version}", file.path, at + 1))
        .collect()
}

/// `1.95.0-nightly` as numbers that compare: 1, 95, 0.
fn numbers(version: &str) -> Vec<u32> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    release.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(numbers("1.100.0") > numbers("1.95"));
        assert!(numbers("1.95.0-nightly") >= numbers("1.95"));
        assert!(numbers("1.94.1") < numbers("1.95"));
    }

    #[test]
    fn a_document_must_name_the_version_of_the_workspace() {
        let lines = "alipay-core = \"0.1\"\nalipay-core = { version = \"0.2\", features = [\"aws-lc-rs\"] }\n\
                     alipay-core = \"0.1.0\"\nalipay-core = { path = \"core\" }\nserde = \"1\"\n";
        let file = TextFile {
            path: "README.md".into(),
            text: lines.into(),
        };
        assert_eq!(
            outdated_mentions(&file, "0.1.0"),
            ["README.md:2: names version 0.2, not 0.1.0"]
        );
    }

    #[test]
    fn an_npm_package_has_the_version_of_the_workspace_and_asks_for_it() {
        let check = |path: &str, text: &str| {
            let file = TextFile {
                path: path.into(),
                text: text.into(),
            };
            npm_package(&file, "0.1.0").len()
        };
        let right = r#"{"name":"@alipay-core/node","version":"0.1.0","dependencies":{"@alipay-core/wasm":"0.1.0","x":"9"}}"#;
        assert_eq!(check("a/package.json", right), 0);
        assert_eq!(check("a/package.json", &right.replace("0.1.0", "0.2.0")), 2);
        let lock = r#"{"name":"@alipay-core/wasm","version":"0.1.0","packages":{"":{"name":"@alipay-core/wasm","version":"0.1.1"}}}"#;
        assert_eq!(check("a/package-lock.json", lock), 1);
        assert_eq!(check("a/other.json", &right.replace("0.1.0", "0.2.0")), 0);
        assert_eq!(
            check(
                "package.json",
                r#"{"name":"bench","dependencies":{"@alipay-core/wasm":"file:../x"}}"#
            ),
            0
        );
    }
}
