//! What a sandbox is started with.

use alipay_core::{
    cipher::ContentKey,
    key::{PrivateKey, PublicKey},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// A merchant's application, as Alipay's console would have it.
#[derive(Debug, Clone)]
pub struct App {
    /// The APPID.
    pub app_id: String,
    /// Verifies the merchant's requests (应用公钥).
    pub public_key: PublicKey,
    /// The merchant's own user id, which notifications name.
    pub seller_id: String,
}

/// What a sandbox is started with. [`SandboxConfig::new`] fills in what most need not choose.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// The applications it knows.
    pub apps: Vec<App>,
    /// Signs answers and notifications; its public half is what merchants verify with (支付宝公钥).
    pub alipay_key: PrivateKey,
    /// Everything random comes from it.
    pub seed: u64,
    /// 1 is real time; with 10, the sandbox's own delays, time limits and pauses are ten times shorter.
    pub time_scale: u32,
    /// How late a late answer (story 5003) is, before scaling. Longer than the client waits.
    pub late_answer: Duration,
    /// Keeps the ledger in one SQLite file instead of in memory.
    pub db: Option<PathBuf>,
    /// Certificate mode (公钥证书方式), with an authority that has this key; what it issues is in
    /// [`Sandbox::certificates`](crate::Sandbox::certificates). The same keys make certificates with the same SNs again.
    pub root_key: Option<PrivateKey>,
    /// Content encryption (接口内容加密): the key in every application's settings.
    pub content_key: Option<ContentKey>,
}

impl SandboxConfig {
    /// A free port on loopback, real time, seed 0, late answers after 20 s, everything in memory.
    #[must_use]
    pub fn new(apps: Vec<App>, alipay_key: PrivateKey) -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            apps,
            alipay_key,
            seed: 0,
            time_scale: 1,
            late_answer: Duration::from_secs(20),
            db: None,
            root_key: None,
            content_key: None,
        }
    }
}
