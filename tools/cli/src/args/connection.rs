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
    #[arg(long, value_name = "FILE", requires_all = ["alipay_cert", "root_cert"], conflicts_with = "alipay_public_key")]
    pub app_cert: Option<PathBuf>,
    /// Certificate mode: Alipay's certificate (支付宝公钥证书)
    #[arg(long, value_name = "FILE", requires = "app_cert")]
    pub alipay_cert: Option<PathBuf>,
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
