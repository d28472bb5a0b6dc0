//! One version for the whole house, and a compiler that is new enough.

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

/// Every member has the core's version, asks its siblings for that version, and the documents name it.
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
    for file in files
        .iter()
        .filter(|file| file.extension() == "md" && file.path != "CHANGELOG.md")
    {
        found.extend(outdated_mentions(file, version));
    }
    findings(&found)
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
}
