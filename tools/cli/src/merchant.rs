//! From options to the checked configuration; keys are named by their option in errors.

use crate::{
    args::{ApplicationArgs, ConnectionArgs, PolicyArgs, Preset},
    failure::Failure,
    output::warn,
    transport::HttpTransport,
};
use alipay_core::{
    Error, Merchant,
    cert::Certificates,
    charset::Charset,
    cipher::ContentKey,
    key::{PrivateKey, PublicKey},
    merchant::{ApiVersion, MerchantBuilder},
    payment::Policy,
};
use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use zeroize::Zeroizing;

/// More than any key, any message and any biz_content.
const READ_AT_MOST: u64 = 4 << 20;

impl ConnectionArgs {
    pub(crate) fn merchant(&self) -> Result<Arc<Merchant>, Failure> {
        let own = read_private_key(&self.private_key, "--private-key")?;
        let mut builder = self
            .application
            .builder()?
            .private_key(own)
            .gateway(&self.gateway)
            .allow_http(self.allow_http)
            .api_version(version(self.v3));
        if let Some(path) = &self.encrypt_key {
            builder = builder.content_key(read_content_key(path)?);
        }
        if let Some(url) = &self.notify_url {
            builder = builder.notify_url(url);
        }
        if let Some(token) = &self.app_auth_token {
            builder = builder.app_auth_token(token);
        }
        let merchant = builder.build()?;
        for warning in merchant.warnings() {
            warn(&format!("warning: {}", warning.as_str()));
        }
        Ok(Arc::new(merchant))
    }

    pub(crate) fn transport(&self, merchant: &Merchant) -> HttpTransport {
        HttpTransport::new(merchant.gateway()).relayed(self.relayed)
    }
}

/// What `--v3` means.
pub(crate) fn version(v3: bool) -> ApiVersion {
    if v3 { ApiVersion::V3 } else { ApiVersion::V2 }
}

impl ApplicationArgs {
    /// A merchant without a private key; in certificate mode if there are certificates.
    pub(crate) fn builder(&self) -> Result<MerchantBuilder, Failure> {
        let builder = match (&self.app_cert, &*self.alipay_certs, &self.root_cert) {
            (Some(app), [alipay, further @ ..], Some(root)) => {
                let (app, alipay, root) = (read(app)?, read(alipay)?, read(root)?);
                let mut certificates = Certificates::parse(&*app, &*alipay, &*root).map_err(about_option)?;
                for file in further {
                    certificates = certificates.and_alipay(&*read(file)?).map_err(about_option)?;
                }
                Merchant::builder_with_certificates(&self.app_id, certificates)
            }
            _ => {
                // clap has seen to it that there is one.
                let path = self.alipay_public_key.as_deref().unwrap_or(Path::new(""));
                let alipay = read_public_key(path, "--alipay-public-key")?;
                Merchant::builder(&self.app_id, alipay)
            }
        };
        Ok(builder
            .sign_type(self.sign_type.parse()?)
            .charset(read_charset(&self.charset)?))
    }
}

/// The same error, about the option instead of the core's name for it.
fn about_option(error: Error) -> Failure {
    let option = match error.subject() {
        Some("app_certificate") => "--app-cert",
        Some("alipay_certificate") => "--alipay-cert",
        Some("root_certificate") => "--root-cert",
        _ => return error.into(),
    };
    Error::about(error.code(), option).into()
}

impl PolicyArgs {
    /// The policy that starts from the preset, or from `base`; `None` if nothing was said.
    pub(crate) fn policy(&self, base: &Policy) -> Option<Policy> {
        let start = match self.preset {
            None => base.clone(),
            Some(Preset::Default) => Policy::default(),
            Some(Preset::OfficialDemo) => Policy::official_demo(),
            Some(Preset::Fast) => Policy::fast(),
        };
        let policy = Policy {
            poll_interval_ms: self.interval.unwrap_or(start.poll_interval_ms),
            poll_window_ms: self.window.unwrap_or(start.poll_window_ms),
            pay_timeout_ms: self.pay_timeout.unwrap_or(start.pay_timeout_ms),
            query_timeout_ms: self.query_timeout.unwrap_or(start.query_timeout_ms),
            cancel_timeout_ms: self.cancel_timeout.unwrap_or(start.cancel_timeout_ms),
            send_within_ms: self.send_within.unwrap_or(start.send_within_ms),
            fence_ms: self.fence.unwrap_or(start.fence_ms),
            settle_ms: self.settle.unwrap_or(start.settle_ms),
            retry_soon_ms: self.retry_soon.unwrap_or(start.retry_soon_ms),
            cancel_retry_ms: self.cancel_retry.clone().unwrap_or(start.cancel_retry_ms),
            confirm_not_sent: base.confirm_not_sent,
            ..start
        };
        (policy != *base).then_some(policy)
    }
}

pub(crate) fn read_private_key(path: &Path, option: &'static str) -> Result<PrivateKey, Failure> {
    let key = PrivateKey::parse(&*read(path)?);
    key.map_err(|error| named(error, option))
}

pub(crate) fn read_public_key(path: &Path, option: &'static str) -> Result<PublicKey, Failure> {
    let key = PublicKey::parse(&*read(path)?);
    key.map_err(|error| named(error, option))
}

/// The AES key of content encryption.
pub(crate) fn read_content_key(path: &Path) -> Result<ContentKey, Failure> {
    // Else an error about the file would print it.
    if ContentKey::parse(path.to_string_lossy()).is_ok() {
        return Err(Failure::usage(
            "content_key",
            "--encrypt-key: this is the key itself; write it into a file",
        ));
    }
    let file = read(path)?;
    // What is not text is no base64 either.
    let key = ContentKey::parse(str::from_utf8(&file).unwrap_or_default());
    key.map_err(|error| named(error, "--encrypt-key"))
}

pub(crate) fn read_charset(name: &str) -> Result<Charset, Failure> {
    name.parse().map_err(|error| named(error, "--charset"))
}

pub(crate) fn named(error: Error, option: &'static str) -> Failure {
    error.or_about(option).into()
}

/// Whether standard input was read: whoever reads it again would take nothing for the whole.
static STDIN_TAKEN: AtomicBool = AtomicBool::new(false);

/// A file's bytes, or standard input's for `-`. It may hold a secret, and is wiped.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = if path == Path::new("-") {
        if STDIN_TAKEN.swap(true, Ordering::Relaxed) {
            return Err(Failure::usage(
                "stdin_twice",
                "only one option can read standard input",
            ));
        }
        io::stdin().lock().take(READ_AT_MOST + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(READ_AT_MOST + 1).read_to_end(&mut bytes))
    };
    let length = read.map_err(|error| Failure::unreadable(path, &error))?;
    // A part must not be signed or encrypted as if it were the whole.
    if u64::try_from(length).is_ok_and(|length| length <= READ_AT_MOST) {
        Ok(bytes)
    } else {
        Err(Failure::usage(
            "file_too_large",
            format!("{}: longer than 4 MiB", path.display()),
        ))
    }
}
