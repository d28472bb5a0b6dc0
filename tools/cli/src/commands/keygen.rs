//! `alipay keygen`: what Alipay's own key tool does.

use crate::{
    args::{KeyFormat, KeygenArgs},
    failure::Failure,
    output::{print, warn},
};
use alipay_core::key::{PrivateKey, PrivateKeyFormat};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

pub(crate) fn run(args: &KeygenArgs) -> Result<u8, Failure> {
    let private = args.out.join("app_private_key.pem");
    let public = args.out.join("app_public_key.pem");
    if !args.force {
        for path in [&private, &public] {
            if path.symlink_metadata().is_ok() {
                return Err(exists(path));
            }
        }
    }
    let key = generate(args.bits)?;
    let format = match args.format {
        KeyFormat::Pkcs1 => PrivateKeyFormat::Pkcs1,
        KeyFormat::Pkcs8 => PrivateKeyFormat::Pkcs8,
    };
    write(&private, key.to_pem(format)?.as_bytes(), args.force)?;
    write(&public, key.public_key().to_pem()?.as_bytes(), args.force)?;
    warn(&format!(
        "{}  keep it secret, and out of version control",
        private.display()
    ));
    warn(&format!(
        "{}  what verifies this application's requests",
        public.display()
    ));
    warn("Paste this line into Alipay's console (应用公钥):");
    print(&format!("{}\n", key.public_key().to_base64()?));
    Ok(0)
}

/// A new key from the operating system's randomness.
pub(crate) fn generate(bits: usize) -> Result<PrivateKey, Failure> {
    // Without randomness there is nothing that could go on.
    Ok(PrivateKey::generate(&mut UnwrapErr(SysRng), bits)?)
}

/// Writes a file that only its owner can read, whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), Failure> {
    let directory: PathBuf = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.into(),
        _ => ".".into(),
    };
    let written = || -> io::Result<()> {
        fs::create_dir_all(&directory)?;
        let mut file = tempfile::NamedTempFile::with_prefix_in(".alipay-key-", &directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        if overwrite {
            file.persist(path)?;
        } else {
            file.persist_noclobber(path)?;
        }
        Ok(())
    };
    written().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Failure::usage("file_not_written", format!("{}: {error}", path.display())),
    })
}

fn exists(path: &Path) -> Failure {
    Failure::usage(
        "file_exists",
        format!("{} exists; --force overwrites it", path.display()),
    )
}
