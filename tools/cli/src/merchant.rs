//! From options to the checked configuration; keys are named by their option in errors.

use crate::{
    args::{ConnectionArgs, PolicyArgs, Preset},
    failure::Failure,
};
use alipay_core::{
    Error, Merchant,
    charset::Charset,
    key::{PrivateKey, PublicKey},
    payment::Policy,
};
use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};
use zeroize::Zeroizing;

/// More than any key, any message and any biz_content.
const READ_AT_MOST: u64 = 4 << 20;

impl ConnectionArgs {
    pub(crate) fn merchant(&self) -> Result<Arc<Merchant>, Failure> {
        let alipay = read_public_key(&self.alipay_public_key, "--alipay-public-key")?;
        let own = read_private_key(&self.private_key, "--private-key")?;
        let mut builder = Merchant::builder(&self.app_id, alipay)
            .private_key(own)
            .gateway(&self.gateway)
            .sign_type(self.sign_type.parse()?)
            .charset(read_charset(&self.charset)?)
            .allow_http(self.allow_http);
        if let Some(url) = &self.notify_url {
            builder = builder.notify_url(url);
        }
        if let Some(token) = &self.app_auth_token {
            builder = builder.app_auth_token(token);
        }
        let merchant = builder.build()?;
        for warning in merchant.warnings() {
            eprintln!("warning: {}", warning.as_str());
        }
        Ok(Arc::new(merchant))
    }
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

pub(crate) fn read_charset(name: &str) -> Result<Charset, Failure> {
    name.parse().map_err(|error| named(error, "--charset"))
}

fn named(error: Error, option: &'static str) -> Failure {
    error.or_about(option).into()
}

/// A file's bytes, or standard input's for `-`. It may hold a secret, and is wiped.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = if path == Path::new("-") {
        io::stdin().lock().take(READ_AT_MOST).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(READ_AT_MOST).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::unreadable(path, &error))?;
    Ok(bytes)
}
