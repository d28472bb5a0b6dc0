//! Swift 6: the one on `PATH`, or, as root on Debian, the one of Debian 13 in a system of its own under the cache.
//!
//! That system comes from the mirror, with the keys and through the proxy that the machine's apt is configured with:
//! apt is asked for them when it is needed, and nothing of them stays. It is used through a private mount namespace
//! (`enter.sh`), so that nothing can be left mounted.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::{
    command::Command,
    files::at,
    host,
    report::{Outcome, Stop},
    workspace::Workspace,
};

const SUITE: &str = "trixie";
const PACKAGES: &str = "swiftlang,swiftlang-dev,libc6-dev,libstdc++-14-dev,gcc,git,ca-certificates";
/// To be raised with any change to how the system is made: an older one is then made anew.
const RECIPE: &str = "1";
/// Written last, before the system gets its name.
const MARKER: &str = "alipay-core-recipe";
/// What nobody reads there, a third of the files.
const LEFT_OUT: &[&str] = &["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*"];
const ENTER: &str = include_str!("enter.sh");

/// A Swift compiler and its package manager.
pub(crate) enum Swift {
    OnPath,
    /// In the system under `root`; the lock keeps other checkouts from making it anew meanwhile.
    Apart {
        root: PathBuf,
        _lock: File,
    },
}

impl Swift {
    /// The machine's, or the cache's, which is made now if need be (3 GB, a minute or two).
    pub(crate) fn get() -> Result<Self, Stop> {
        let found = host::find("swift").map(|_| version()).transpose()?;
        if found.is_some_and(|major| major >= 6) {
            return Ok(Self::OnPath);
        }
        let lacking = match found {
            Some(major) => format!("the Swift on PATH is version {major}, and 6 is needed"),
            None => "Swift 6 is missing on this machine".to_owned(),
        };
        if !(cfg!(target_os = "linux") && host::debian_root()) {
            return Err(Stop::Skipped(format!(
                "{lacking}\nInstall it (swift.org, Xcode 16) and try again; only as root on Debian is that done here."
            )));
        }
        println!("{lacking}: that of Debian 13 is used, in a system of its own");
        host::require(&[
            ("unshare", "util-linux"),
            ("mount", "mount"),
            ("chroot", "coreutils"),
        ])?;
        let home = host::cache()?.join("swift");
        fs::create_dir_all(&home).map_err(at(&home))?;
        let (root, lock) = (home.join("root"), home.join("lock"));
        let lock = File::create(&lock).map_err(at(&lock))?;
        loop {
            // Shared while it is used, alone while it is made.
            lock.lock_shared().map_err(at(&home))?;
            if is_made(&root) {
                return Ok(Self::Apart { root, _lock: lock });
            }
            lock.unlock().map_err(at(&home))?;
            lock.lock().map_err(at(&home))?;
            if !is_made(&root) {
                make(&home, &root)?;
            }
            lock.unlock().map_err(at(&home))?;
        }
    }

    /// `program` (an absolute path, or one on `PATH`), run in `folder`. It sees the checkout, which it can't write to
    /// in a system apart, and the target folder; and of our environment only what is given.
    pub(crate) fn command(
        &self,
        workspace: &Workspace,
        folder: &Path,
        environment: &[(&'static str, &OsStr)],
        program: impl AsRef<OsStr>,
    ) -> Result<Command, String> {
        let Self::Apart { root, .. } = self else {
            let command = Command::new(program).folder(folder);
            return Ok(environment
                .iter()
                .fold(command, |command, (name, value)| command.env(name, value)));
        };
        let home = workspace.target.join("swift");
        fs::create_dir_all(&home).map_err(at(&home))?;
        let enter = home.join("enter.sh");
        fs::write(&enter, ENTER).map_err(at(&enter))?;
        let mut command = Command::new("unshare")
            .args(["--mount", "sh"])
            .arg(enter)
            .arg(root)
            .arg(&workspace.root)
            .arg(&workspace.target)
            .arg(folder)
            .args(["env", "-i", "PATH=/usr/bin:/bin", "LANG=C.UTF-8"])
            .arg(assignment("HOME", home.as_os_str()));
        for (name, value) in environment {
            command = command.arg(assignment(name, value));
        }
        Ok(command.arg(program))
    }
}

fn assignment(name: &str, value: &OsStr) -> std::ffi::OsString {
    let mut text = std::ffi::OsString::from(name);
    text.push("=");
    text.push(value);
    text
}

/// "Swift version 6.0.3 (…)", with or without words before it.
fn version() -> Result<u32, String> {
    let said = Command::new("swift").arg("--version").read()?;
    major(&said).ok_or_else(|| format!("`swift --version` says no version: {}", said.trim_end()))
}

fn major(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("Swift version ")?;
    version.split('.').next()?.trim().parse().ok()
}

fn is_made(root: &Path) -> bool {
    fs::read_to_string(root.join(MARKER)).is_ok_and(|recipe| recipe == RECIPE)
}

/// Makes the system beside its place and then moves it there, so that a half-made one is never taken for a whole one.
fn make(home: &Path, root: &Path) -> Outcome {
    println!(
        "it is made once in {}, which takes a minute or two and 3 GB",
        root.display()
    );
    host::require(&[("mmdebstrap", "mmdebstrap")])?;
    Command::new("apt-get").args(["--quiet", "update"]).run()?;
    // In files, since either may hold a password, and commands are shown.
    let sources = home.join("sources.list");
    write_private(&sources, &source()?)?;
    let settings = home.join("apt.conf");
    write_private(&settings, &apt_settings()?)?;
    let staging = home.join("staging");
    for old in [&staging, root] {
        remove(old)?;
    }
    // apt runs outside, with this machine's keys and certificates; what it was told is not left behind inside.
    let made = LEFT_OUT
        .iter()
        .fold(Command::new("unshare").args(["--mount", "mmdebstrap"]), |command, path| {
            command.arg(format!("--dpkgopt=path-exclude={path}"))
        })
        .args(["--mode=root", "--variant=minbase", "--quiet"])
        .arg(format!("--aptopt={}", settings.display()))
        .arg("--customize-hook=cd \"$1\"/etc/apt && rm -f apt.conf.d/99mmdebstrap sources.list sources.list.d/*")
        .arg(format!("--include={PACKAGES}"))
        .arg(SUITE)
        .arg(&staging)
        .arg(&sources)
        .run();
    remove(&settings)?;
    remove(&sources)?;
    made?;
    let marker = staging.join(MARKER);
    fs::write(&marker, RECIPE).map_err(at(&marker))?;
    Ok(fs::rename(&staging, root).map_err(at(root))?)
}

fn write_private(path: &Path, text: &str) -> Result<(), String> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    remove(path)?;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(at(path))
}

fn remove(path: &Path) -> Result<(), String> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// The `sources.list` line for `SUITE` on the mirror that the machine's own release comes from, with the same keys.
fn source() -> Result<String, Stop> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .unwrap_or_default();
    let targets = Command::new("apt-get")
        .args(["indextargets", "--format", "$(REPO_URI) $(SOURCESENTRY)"])
        .args(["Created-By: Packages", "Component: main", "Origin: Debian"])
        .arg(format!("Codename: {codename}"))
        .read()?;
    let Some((mirror, entry)) = targets.lines().next().and_then(|line| line.split_once(' ')) else {
        let problem = "apt on this machine has no source of Debian's own packages";
        return Err(Stop::Skipped(problem.into()));
    };
    let file = entry.rsplit_once(':').map_or(entry, |(file, _)| file);
    let entries = fs::read_to_string(file).unwrap_or_default();
    let keys = keyring(&entries).map_or_else(String::new, |path| format!("[signed-by={path}] "));
    Ok(format!("deb {keys}{mirror} {SUITE} main"))
}

/// The file of keys that a source names, in either format; `None` if it leaves that to apt's trusted ones.
fn keyring(entries: &str) -> Option<&str> {
    entries
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .find_map(|line| {
            let value = line
                .strip_prefix("Signed-By:")
                .or_else(|| line.split_once("signed-by=").map(|(_, value)| value))?;
            let path = value.trim_start().split([' ', ']', ',']).next()?;
            path.starts_with('/').then_some(path)
        })
}

/// How the machine's apt fetches: proxies, certificates, names and passwords for mirrors.
fn apt_settings() -> Result<String, String> {
    let all = Command::new("apt-config").arg("dump").read()?;
    let mut settings: String = all
        .lines()
        .filter(|line| line.starts_with("Acquire::"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let places = ["Dir::Etc::netrc/f", "Dir::Etc::netrcparts/d"];
    for place in places {
        let said = Command::new("apt-config")
            .args(["shell", "PLACE", place])
            .read()?;
        if let Some(path) = said
            .trim()
            .strip_prefix("PLACE='")
            .and_then(|path| path.strip_suffix('\''))
        {
            let name = place.split('/').next().unwrap_or_default();
            settings += &format!("{name} \"{path}\";\n");
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_as_every_platform_says_it() {
        assert_eq!(
            major("Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64\n"),
            Some(6)
        );
        assert_eq!(
            major("swift-driver version: 1.115 Apple Swift version 5.10 (swift)"),
            Some(5)
        );
        assert_eq!(major("command not found"), None);
    }

    #[test]
    fn keys_are_read_from_both_formats_of_sources() {
        let stanza = "Types: deb\nURIs: http://m.example/debian\nSigned-By: /usr/share/keyrings/a.gpg\n";
        assert_eq!(keyring(stanza), Some("/usr/share/keyrings/a.gpg"));
        let line = "# deb [signed-by=/x.gpg] y\ndeb [arch=amd64 signed-by=/b.gpg] http://m.example/debian bookworm main\n";
        assert_eq!(keyring(line), Some("/b.gpg"));
        assert_eq!(keyring("deb http://m.example/debian bookworm main\n"), None);
    }
}
