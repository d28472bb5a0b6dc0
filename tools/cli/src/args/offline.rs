//! The options of commands that talk to nobody.

use super::ApplicationArgs;
use clap::{Args, Subcommand, ValueEnum};
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

/// `alipay notify`.
#[derive(Debug, Subcommand)]
pub enum NotifyCommand {
    /// Check a notification's signature: prints which fields it has, not their values
    #[command(after_help = NOTIFY_VERIFY_HELP)]
    Verify(Box<NotifyVerifyArgs>),
    /// Say why a notification does not verify, and what to do
    #[command(after_help = NOTIFY_DIAGNOSE_HELP)]
    Diagnose(Box<DiagnosisArgs>),
}

const NOTIFY_VERIFY_HELP: &str = "The body is the POST's, byte for byte; a line end after it does not count.

Exit codes: 0 verified, 1 not, 2 usage or bad input.

Example:
  alipay notify verify --app-id 2014072300007148 --alipay-public-key alipay_public_key.pem --in body.txt";

const NOTIFY_DIAGNOSE_HELP: &str = "The body is the POST's, byte for byte; a line end after it does not count. Advice only: what is not verified stays
unverified. No value of the notification is printed.

Exit codes: 0 verified, 1 not, 2 usage or bad input.

Example:
  alipay notify diagnose --app-id 2014072300007148 --alipay-public-key alipay_public_key.pem \\
    --own-public-key app_public_key.pem --lang en --in body.txt";

/// `alipay notify verify`.
#[derive(Debug, Args)]
pub struct NotifyVerifyArgs {
    /// The body's file, or - for standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    pub input: PathBuf,
    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub application: ApplicationArgs,
}

/// What is diagnosed, for whom, and how it is told: `alipay notify diagnose`, and more of `alipay diagnose response`.
#[derive(Debug, Args)]
pub struct DiagnosisArgs {
    /// The body's file, or - for standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    pub input: PathBuf,
    /// The application's own public key (应用公钥): tells whether it is mistaken for Alipay's
    #[arg(long, value_name = "FILE")]
    pub own_public_key: Option<PathBuf>,
    /// Explain in one language instead of both
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Print a JSON object, in both languages
    #[arg(long, conflicts_with = "lang")]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub application: ApplicationArgs,
}

/// `alipay diagnose`.
#[derive(Debug, Subcommand)]
pub enum DiagnoseCommand {
    /// Say why the gateway refused a request with isv.invalid-signature: what it verified, beside what was signed
    #[command(after_help = DIAGNOSE_REQUEST_HELP)]
    Request(DiagnoseRequestArgs),
    /// Say why an answer does not verify, and what to do
    #[command(after_help = DIAGNOSE_RESPONSE_HELP)]
    Response(Box<DiagnoseResponseArgs>),
}

const DIAGNOSE_REQUEST_HELP: &str = "The request is the string that was signed, or what was sent: the URL and the form, each on a line. The answer is the
gateway's body. Values are only printed of the protocol's own words, such as charset and timestamp.

Exit codes: 0 compared, 1 the answer does not carry the string that the gateway verified, 2 usage or bad input.

Example:
  alipay diagnose request --request sent.txt --answer answer.json";

const DIAGNOSE_RESPONSE_HELP: &str = "The body is the answer's, byte for byte; a line end after it does not count. Advice only: what is not verified stays
unverified. No value of the answer is printed.

Exit codes: 0 verified, 1 not, 2 usage or bad input.

Example:
  alipay diagnose response --method alipay.trade.query --app-id 2014072300007148 \\
    --alipay-public-key alipay_public_key.pem --lang en --in answer.json";

/// `alipay diagnose request`.
#[derive(Debug, Args)]
pub struct DiagnoseRequestArgs {
    /// The file of the string that was signed, or of the URL and form that were sent; or - for standard input
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The file of the gateway's answer, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub answer: PathBuf,
    /// Explain in one language instead of both
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Print a JSON object, in both languages
    #[arg(long, conflicts_with = "lang")]
    pub json: bool,
}

/// `alipay diagnose response`.
#[derive(Debug, Args)]
pub struct DiagnoseResponseArgs {
    /// The method that was called, such as alipay.trade.query
    #[arg(long, value_name = "METHOD")]
    pub method: String,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub diagnosis: DiagnosisArgs,
}

/// A language of explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Chinese
    Zh,
    /// English
    En,
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
