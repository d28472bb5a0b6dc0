//! What must not be in the repository: private keys outside tests, paths of the machine that wrote a file, and
//! the hosts that packages were downloaded from (a mirror's name in a lock file breaks everybody else's build).

use std::path::Path;

use crate::tracked::TextFile;

/// A PEM line of base64 holds 64 characters; anything much shorter is a label quoted in a parser or a document.
const KEY_MATERIAL: usize = 48;
/// Below the file system's root, these hold what belongs to one user or one machine.
const PERSONAL: &[&str] = &["home", "root", "Users", "work"];
/// First labels of the names that package registries and their mirrors go by.
const REGISTRY: &[&str] = &[
    "registry",
    "index",
    "repo",
    "repo1",
    "mirror",
    "mirrors",
    "deb",
    "artifactory",
    "nexus",
];

pub(super) fn scan(files: &[TextFile], root: &Path) -> Vec<String> {
    let root = root.to_string_lossy();
    let mut found = Vec::new();
    for file in files {
        let key = private_key_line(file).map(|line| (line, "a private key outside tests"));
        let lines = file.text.lines().enumerate().filter_map(|(at, line)| {
            if line.contains(&*root) || names_personal_path(line) {
                Some((at + 1, "a path of one machine"))
            } else if names_registry(line)
                || (file.path.ends_with("package-lock.json") && names_download(line))
            {
                Some((at + 1, "a package registry's host"))
            } else {
                None
            }
        });
        found.extend(
            key.into_iter()
                .chain(lines)
                .map(|(line, what)| format!("{}:{line}: {what}", file.path)),
        );
    }
    found
}

fn private_key_line(file: &TextFile) -> Option<usize> {
    if file
        .parts()
        .any(|part| matches!(part, "tests" | "tests.rs" | "benches") || part.ends_with("-test"))
    {
        return None;
    }
    // The test module stands at the bottom of a file.
    let text = file.text.split("#[cfg(test)]").next().unwrap_or_default();
    let (at, _) = text.lines().enumerate().find(|(at, line)| {
        let next = text.lines().nth(at + 1).unwrap_or_default();
        has_private_der(line)
            || (line.contains("PRIVATE KEY-----") && base64_run(next.trim_start()) >= KEY_MATERIAL)
    })?;
    Some(at + 1)
}

/// PKCS#1 and PKCS#8 private keys of 2048 bits and more begin with `30 82 xx xx 02 01 00`: a long sequence, then
/// version 0. In base64 that is `MII??[AQgw]IBA`. Public keys and certificates begin otherwise.
fn has_private_der(line: &str) -> bool {
    line.match_indices("MII").any(|(at, _)| {
        let rest = &line[at..];
        rest.is_char_boundary(9)
            && matches!(
                rest.as_bytes(),
                [_, _, _, _, _, b'A' | b'Q' | b'g' | b'w', b'I', b'B', b'A', ..]
            )
            && base64_run(rest) >= KEY_MATERIAL
    })
}

fn base64_run(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        .count()
}

/// An absolute path such as `/home/` followed by a name; not `$HOME/…`, nor the tail of a relative path or a URL.
fn names_personal_path(line: &str) -> bool {
    line.match_indices('/').any(|(at, _)| {
        let starts = line[..at].chars().next_back().is_none_or(|before| {
            !before.is_alphanumeric()
                && !matches!(before, '/' | '.' | '_' | '-' | '~' | '}' | ')' | '>' | '*')
        });
        let mut parts = line[at + 1..].split('/');
        let folder = parts.next().unwrap_or_default();
        let named = parts
            .next()
            .is_some_and(|part| part.starts_with(|first: char| first.is_alphanumeric() || first == '.'));
        starts && named && PERSONAL.contains(&folder)
    })
}

fn names_registry(line: &str) -> bool {
    line.match_indices("://").any(|(at, separator)| {
        let host = line[at + separator.len()..]
            .split(['/', '"', ' ', ')'])
            .next()
            .unwrap_or_default();
        host.split_once('.')
            .is_some_and(|(label, _)| REGISTRY.contains(&label))
    })
}

/// npm writes where it downloaded each package from, unless `omit-lockfile-registry-resolved` is set.
fn names_download(line: &str) -> bool {
    line.trim_start().starts_with("\"resolved\": \"http")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(path: &str, text: &str) -> Vec<String> {
        scan(
            &[TextFile {
                path: path.into(),
                text: text.into(),
            }],
            Path::new("/srv/checkout"),
        )
    }

    fn key(first: &str) -> String {
        format!("{first}{}", "A".repeat(64))
    }

    #[test]
    fn a_private_key_is_found_with_and_without_its_pem_label() {
        for text in [
            key("MIIEowIBAAKCAQEA"),
            key("MIIEvgIBADANBgkqhkiG9w0BAQEFAASC"),
            format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}", key("MIIFHDBO")),
        ] {
            assert_eq!(scanned("README.md", &text).len(), 1, "{text}");
            assert!(scanned("core/tests/sign.rs", &text).is_empty());
            assert!(
                scanned(
                    "core/src/key.rs",
                    &format!("#[cfg(test)]\nmod tests {{ \"{text}\" }}")
                )
                .is_empty()
            );
        }
    }

    #[test]
    fn public_keys_certificates_and_labels_are_fine() {
        for text in [
            key("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"),
            key("MIIDszCCApugAwIBAgIQ"),
            "-----BEGIN PRIVATE KEY-----\nyour key here".into(),
        ] {
            assert!(scanned("README.md", &text).is_empty(), "{text}");
        }
    }

    #[test]
    fn absolute_paths_of_a_person_are_found() {
        let named = |folder: &str| format!("\"/{folder}/someone/key.pem\"");
        for folder in PERSONAL {
            assert_eq!(scanned("README.md", &named(folder)).len(), 1, "{folder}");
        }
        assert_eq!(scanned("README.md", "cd /srv/checkout").len(), 1);
        for fine in [
            "$HOME/work/x",
            "~/work/x",
            "https://host/home/page",
            "tools/work/x",
            "/tmp/x",
            "/v3/alipay",
        ] {
            assert!(scanned("README.md", fine).is_empty(), "{fine}");
        }
    }

    #[test]
    fn hosts_of_registries_are_found() {
        let host = |label: &str| format!("see https://{label}.example.com/package");
        for label in REGISTRY {
            assert_eq!(scanned("README.md", &host(label)).len(), 1, "{label}");
        }
        assert!(scanned("README.md", &host("docs")).is_empty());
        let locked = "  \"resolved\": \"https://packages.example.com/a.tgz\",";
        assert_eq!(scanned("tools/a/package-lock.json", locked).len(), 1);
    }
}
