//! Who talks to which gateway, and whom it believes.

use clap::Args;
use std::path::PathBuf;

/// Who talks to which gateway.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// The gateway; plain http only on loopback
    #[arg(long, value_name = "URL")]
    pub gateway: String,
    /// The application's private key (应用私钥), in any format
    #[arg(long, value_name = "FILE")]
    pub private_key: PathBuf,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub application: ApplicationArgs,
    /// The AES key of content encryption (接口内容加密密钥): calls are encrypted, answers decrypted
    #[arg(long, value_name = "FILE")]
    pub encrypt_key: Option<PathBuf>,
    /// Where Alipay posts notifications
    #[arg(long, value_name = "URL")]
    pub notify_url: Option<String>,
    /// The authorisation of the merchant that an ISV acts for
    #[arg(long, value_name = "TOKEN")]
    pub app_auth_token: Option<String>,
    /// Accept a plain http gateway on another machine
    #[arg(long)]
    pub allow_http: bool,
    /// Something on the way to the gateway ends connections and makes its own (a TLS terminator, a relay): a reset proves nothing then
    #[arg(long)]
    pub relayed: bool,
    /// Speak OpenAPI v3, at the gateway's host, instead of its form protocol
    #[arg(long)]
    pub v3: bool,
}

/// The application as its settings in Alipay's console describe it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub struct ApplicationArgs {
    /// The application's id (APPID)
    #[arg(long, value_name = "ID")]
    pub app_id: String,
    /// Alipay's public key or certificate (支付宝公钥), not the application's own
    #[arg(long, value_name = "FILE", required_unless_present = "app_cert")]
    pub alipay_public_key: Option<PathBuf>,
    /// Certificate mode, instead of Alipay's key: the application's certificate (应用公钥证书)
    #[arg(long, value_name = "FILE", requires_all = ["alipay_certs", "root_cert"], conflicts_with = "alipay_public_key")]
    pub app_cert: Option<PathBuf>,
    /// Certificate mode: Alipay's certificate (支付宝公钥证书); may be repeated, for those that were downloaded and checked later
    #[arg(long = "alipay-cert", value_name = "FILE", requires = "app_cert")]
    pub alipay_certs: Vec<PathBuf>,
    /// Certificate mode: Alipay's root bundle (支付宝根证书)
    #[arg(long, value_name = "FILE", requires = "app_cert")]
    pub root_cert: Option<PathBuf>,
    /// The algorithm: RSA2, or RSA for applications that have not moved
    #[arg(long, value_name = "TYPE", default_value = "RSA2")]
    pub sign_type: String,
    /// How text is written: utf-8, gbk, gb18030 or gb2312
    #[arg(long, value_name = "NAME", default_value = "utf-8")]
    pub charset: String,
}

pub(super) const CERT_DOWNLOAD_HELP: &str = "Commands that talk to the gateway do this by themselves, for one run. The certificate is written only if its chain leads to
--root-cert, it is valid today, and its CN is that of --alipay-cert.

Exit codes: 0 written, 1 not to be had or not Alipay's, 2 usage or bad input.

Example:
  alipay cert-download --sn 785f3229711cac640e81afbf6310e530 --out alipayCert2.crt \\
    --gateway … --app-id … --private-key … --app-cert … --alipay-cert … --root-cert …";

/// `alipay cert-download`.
#[derive(Debug, Args)]
pub struct CertDownloadArgs {
    /// Its SN: the alipay_cert_sn of the message that can't be verified
    #[arg(long, value_name = "SN")]
    pub sn: String,
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
    /// How long to wait for the answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub timeout: u32,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub connection: ConnectionArgs,
}
