//! A gateway that speaks TLS, and the certificate that tills have to trust.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    super::{sandbox, till::Trust},
    link::{GATEWAY, Link, PORT, TLS_PORT},
};
use crate::{
    command::{Command, Running},
    files::at,
    host,
    report::Stop,
};

const FRONT: &str = include_str!("front.mjs");

/// A certificate for the gateway's address, and its key.
pub(super) struct Certificate {
    key: PathBuf,
    pub(super) trust: Trust,
}

impl Certificate {
    pub(super) fn make(folder: &Path, jvm: bool) -> Result<Self, Stop> {
        host::require(&[("openssl", "openssl")])?;
        let [key, pem, store] = ["tls.key", "tls.pem", "tls.p12"].map(|name| folder.join(name));
        let names = [
            "-subj",
            "/CN=gateway",
            "-addext",
            &format!("subjectAltName=IP:{GATEWAY}"),
        ];
        Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"])
            .args(names)
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&pem)
            .read()?;
        if jvm {
            Command::new("keytool")
                .args([
                    "-importcert",
                    "-noprompt",
                    "-alias",
                    "gateway",
                    "-storepass",
                    Trust::PASSWORD,
                ])
                .arg("-file")
                .arg(&pem)
                .arg("-keystore")
                .arg(&store)
                .read()?;
        }
        Ok(Self {
            key,
            trust: Trust { pem, store },
        })
    }

    /// What speaks TLS in front of the sandbox, at the gateway.
    pub(super) fn front(&self, link: &Link, folder: &Path) -> Result<Running, String> {
        let script = folder.join("front.mjs");
        fs::write(&script, FRONT).map_err(at(&script))?;
        let (out, err) = (folder.join("front.out"), folder.join("front.err"));
        let front =
            link.at_the_gateway("node")
                .arg(script)
                .args([GATEWAY, &TLS_PORT.to_string(), &PORT.to_string()]);
        let mut front = front.arg(&self.key).arg(&self.trust.pem).start(&out, &err)?;
        sandbox::first_line(&out, &mut front)?;
        Ok(front)
    }
}
