//! The options of commands that talk to nobody.

use clap::Args;
use std::path::PathBuf;

pub(super) const CERT_SN_HELP: &str = "Examples:
  alipay cert-sn appCertPublicKey_2014072300007148.crt
  alipay cert-sn --root alipayRootCert.crt";

/// `alipay cert-sn`.
#[derive(Debug, Args)]
pub struct CertSnArgs {
    /// The certificate's file, or - for standard input
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// It is Alipay's root bundle (支付宝根证书): print alipay_root_cert_sn
    #[arg(long)]
    pub root: bool,
    /// Print a JSON object: also issuer, subject, serial number and validity
    #[arg(long)]
    pub json: bool,
}

pub(super) const ENCRYPT_HELP: &str =
    "Prints base64. The text is taken byte for byte: in the charset in which it is to be sent.

Example:
  alipay encrypt --encrypt-key aes.key --in biz_content.json";

pub(super) const DECRYPT_HELP: &str = "Prints the text byte for byte, with nothing after it. Nothing says that it is Alipay's but its signature: check that first.

Exit codes: 0 decrypted, 1 not encrypted with this key, 2 usage or bad input.

Example:
  alipay decrypt --encrypt-key aes.key --in response.txt";

/// `alipay encrypt` and `alipay decrypt`.
#[derive(Debug, Args)]
pub struct CipherArgs {
    /// The AES key's file, base64 as in the application's settings; or - for standard input
    #[arg(long, value_name = "FILE")]
    pub encrypt_key: PathBuf,
    /// The text's file, or - for standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    pub input: PathBuf,
}
