//! What can be said on the command line.

mod connection;
mod offline;

pub use connection::{ApplicationArgs, CertDownloadArgs, ConnectionArgs};
pub use offline::{
    CertSnArgs, CipherArgs, DiagnoseCommand, DiagnoseRequestArgs, DiagnoseResponseArgs, DiagnosisArgs, Lang,
    NotifyCommand, NotifyVerifyArgs,
};

use clap::{Args, Parser, Subcommand, ValueEnum, error::ErrorKind};
use std::{path::PathBuf, process::ExitCode};

/// Barcode payments with Alipay: try them out, run them, look into them.
#[derive(Debug, Parser)]
#[command(name = "alipay", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch four payments run against a simulated gateway on this machine
    #[command(after_help = "Examples:\n  alipay demo\n  alipay demo --json | jq .")]
    Demo(DemoArgs),
    /// Take a barcode payment: pay, poll, cancel if it is not paid in time
    #[command(after_help = PAY_HELP)]
    Pay(Box<PayArgs>),
    /// Go on with a payment from its state file, after a crash or an `unresolved` outcome
    #[command(after_help = RESUME_HELP)]
    Resume(Box<ResumeArgs>),
    /// Give an `unresolved` payment up, to take another one under a new order number
    #[command(after_help = GIVE_UP_HELP)]
    GiveUp(Box<GiveUpArgs>),
    /// Ask for a trade's state (`alipay.trade.query`)
    #[command(after_help = NODE_HELP)]
    Query(TradeArgs),
    /// Close a trade, or refund it if it was paid (`alipay.trade.cancel`)
    #[command(after_help = NODE_HELP)]
    Cancel(TradeArgs),
    /// Call any method
    #[command(after_help = CALL_HELP)]
    Call(CallArgs),
    /// Make an application's key pair (应用私钥, 应用公钥)
    #[command(
        after_help = "Examples:\n  alipay keygen --out keys\n  alipay keygen --bits 4096 --format pkcs1"
    )]
    Keygen(KeygenArgs),
    /// Sign a message, or parameters in canonical order
    #[command(after_help = SIGN_HELP)]
    Sign(SignArgs),
    /// Check a signature: prints `ok`, or exits with 1
    #[command(
        after_help = "Example:\n  alipay verify --public-key alipay_public_key.pem --signature \"$SIGN\" --in node.json"
    )]
    Verify(VerifyArgs),
    /// Print the serial number (SN) of a certificate or of Alipay's root bundle
    #[command(after_help = offline::CERT_SN_HELP)]
    CertSn(CertSnArgs),
    /// Download a certificate of Alipay's that answers or notifications name, and check it
    #[command(after_help = connection::CERT_DOWNLOAD_HELP)]
    CertDownload(Box<CertDownloadArgs>),
    /// Check a notification, or find out why it does not verify
    #[command(subcommand)]
    Notify(NotifyCommand),
    /// Find out why the gateway refuses our signature, or why its own does not verify
    #[command(subcommand)]
    Diagnose(DiagnoseCommand),
    /// Encrypt text with the AES key of content encryption (接口内容加密)
    #[command(after_help = offline::ENCRYPT_HELP)]
    Encrypt(CipherArgs),
    /// Decrypt what `alipay encrypt` or Alipay encrypted
    #[command(after_help = offline::DECRYPT_HELP)]
    Decrypt(CipherArgs),
    /// Run a simulated gateway for development, until Ctrl-C
    #[command(
        after_help = "Examples:\n  alipay sandbox --port 8080 --keys keys\n  alipay sandbox --time-scale 10 --db trades.sqlite\n  alipay sandbox --certificates certificates --encrypt-key aes.key"
    )]
    Sandbox(SandboxArgs),
}

macro_rules! exit_codes {
    () => {
        "Exit codes:
  0 paid      10 declined   11 closed    12 rejected   13 conflict   14 unresolved (not \"unpaid\": resume it)
  1 internal   2 usage or bad input, with a stable code: error[amount_format]: …
130 left by Ctrl-C twice"
    };
}

const PAY_HELP: &str = concat!(
    "Ctrl-C asks to cancel; a second Ctrl-C leaves at once, with the state saved.

Example:
  alipay pay --gateway https://openapi.alipay.com/gateway.do --app-id 2014072300007148 \\
    --private-key app_private_key.pem --alipay-public-key alipay_public_key.pem \\
    --out-trade-no 20150320010101001 --auth-code-file - --total-amount 88.88 --subject 'Iphone6 16G' \\
    --state sale.state

With --state, the payment survives a crash: the file is replaced before pay and before cancel leave.
If it can't be written in time (--send-within) before pay, nothing is sent (exit 1); if not before a cancel, that cancel is
not sent but tried again, and each failure is reported. An outcome that can't be written is told at once and written as
soon as that succeeds; Ctrl-C leaves without.

",
    exit_codes!(),
);

const RESUME_HELP: &str = concat!(
    "A pay that may have left is never sent again: it is queried. A finished payment's outcome is printed again, with the
same exit code; an unresolved one is reconciled: queried, and cancelled if it is still open. The policy is the one in the
file, except for what is given here.

A pay that nobody answered may still arrive as long as something can carry it: minutes, if the sending machine was cut
off. \"No such trade\" is believed sooner if the process that sent it is known to be dead, which this command sees where
the file is the very one that process held, on this machine; a copy of it, or one on a network drive, proves nothing.

",
    exit_codes!(),
);

const GIVE_UP_HELP: &str = "Only for a payment that ended unresolved. Once this has exited with 0, take the other payment, with a newly scanned code.
Nothing is sent. From now on `alipay resume` never ends this payment as paid: what is found paid and is provably this
sale's is cancelled, or told as money to refund; what is not provable is told as money to check.

Exit codes: 0 given up, 1 not stored or not unresolved: take no other payment yet, 2 usage or bad input.";

const NODE_HELP: &str = "Prints the verified node, with --v3 the verified body. Exit codes: 0 for code 10000 (v3: no error), 10 for any other
verified code, 1 if the answer can't be verified or none came, 2 for usage.";

const CALL_HELP: &str = "Prints the verified node, with --v3 the verified body. Exit codes: 0 for code 10000 (v3: no error), 10 for any other
verified code, 1 if the answer can't be verified or none came, 2 for usage.

Examples:
  alipay call --v3 '/v3/alipay/user/info?a=1' --http-method GET --gateway … --app-id … …
  alipay call alipay.trade.query --biz '{\"out_trade_no\":\"20150320010101001\"}' --gateway … --app-id … …";

const SIGN_HELP: &str = "Prints the signature as base64. Without --param, the message is taken byte for byte.

Examples:
  alipay sign --private-key app_private_key.pem --in message.txt
  alipay sign --private-key app_private_key.pem --param app_id=2014072300007148 --param method=alipay.trade.query --show";

/// `alipay demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Do not scale time: a payment that is never paid takes over a minute
    #[arg(long)]
    pub real_time: bool,
    /// Speak OpenAPI v3
    #[arg(long)]
    pub v3: bool,
    /// Choose the amounts and the sandbox's numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// How patient a payment is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy (milliseconds)")]
pub struct PolicyArgs {
    /// What the options below start from
    #[arg(long, value_name = "NAME")]
    pub preset: Option<Preset>,
    /// Between one query and the next [default: 5000]
    #[arg(long, value_name = "MS")]
    pub interval: Option<u32>,
    /// How long the buyer may take [default: 60000]
    #[arg(long, value_name = "MS")]
    pub window: Option<u32>,
    /// How long to wait for pay's answer [default: 15000]
    #[arg(long, value_name = "MS")]
    pub pay_timeout: Option<u32>,
    /// How long to wait for a query's answer [default: 5000]
    #[arg(long, value_name = "MS")]
    pub query_timeout: Option<u32>,
    /// How long to wait for a cancel's answer [default: 10000]
    #[arg(long, value_name = "MS")]
    pub cancel_timeout: Option<u32>,
    /// How long after it was answered or reset a request may still land; at least twice the longest timeout [default: 60000]
    #[arg(long, value_name = "MS")]
    pub settle: Option<u32>,
    /// How long after it was decided on a pay or a cancel may leave, storing included; later it is not sent [default: 5000]
    #[arg(long, value_name = "MS")]
    pub send_within: Option<u32>,
    /// If this machine's clock is right within so many milliseconds: Alipay takes no payment for the order after its window [default: 0, no fence]
    #[arg(long, value_name = "MS")]
    pub fence: Option<u32>,
    /// Before the first query after trouble [default: 1000]
    #[arg(long, value_name = "MS")]
    pub retry_soon: Option<u32>,
    /// Before each further cancel; as many as are given [default: 2000,2000,2000,5000,10000,30000,60000]
    #[arg(long, value_name = "MS,…", value_delimiter = ',')]
    pub cancel_retry: Option<Vec<u32>>,
}

/// A policy's presets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// A query every 5 s for 60 s
    Default,
    /// As Alipay's own demo: 5 queries, 5 s apart
    OfficialDemo,
    /// For a queue at the till: every 3 s for 30 s
    Fast,
}

/// `alipay pay`.
#[derive(Debug, Args)]
pub struct PayArgs {
    /// The order number, never used twice
    #[arg(long, value_name = "N")]
    pub out_trade_no: String,
    /// The buyer's payment code (付款码); other users of this machine can see it: prefer --auth-code-file
    #[arg(long, value_name = "C", required_unless_present = "auth_code_file")]
    pub auth_code: Option<String>,
    /// Read the payment code from a file, or from standard input with `-`
    #[arg(long, value_name = "FILE", conflicts_with = "auth_code")]
    pub auth_code_file: Option<PathBuf>,
    /// What to charge, in yuan, such as 88.88
    #[arg(long, value_name = "A")]
    pub total_amount: String,
    /// The order's title
    #[arg(long, value_name = "S")]
    pub subject: String,
    /// The order's description
    #[arg(long, value_name = "TEXT")]
    pub body: Option<String>,
    /// The store
    #[arg(long, value_name = "ID")]
    pub store_id: Option<String>,
    /// The terminal
    #[arg(long, value_name = "ID")]
    pub terminal_id: Option<String>,
    /// The cashier
    #[arg(long, value_name = "ID")]
    pub operator_id: Option<String>,
    /// The latest time to pay: 1m to 15d, or 1c for the end of today
    #[arg(long, value_name = "TIME")]
    pub timeout_express: Option<String>,
    /// Keep the payment's state in this file, which must not exist yet
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub policy: PolicyArgs,
}

/// `alipay resume`.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The payment's state file
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
    /// The machine that sent the requests has been running or switched off ever since: asleep, it would send what it still holds when it wakes
    #[arg(long)]
    pub machine_was_never_suspended: bool,
    /// --gateway is another than the payment began at, on purpose; never between sandbox and production
    #[arg(long)]
    pub gateway_moved: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub policy: PolicyArgs,
}

/// `alipay give-up`.
#[derive(Debug, Args)]
pub struct GiveUpArgs {
    /// The payment's state file
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub connection: ConnectionArgs,
}

/// `alipay query` and `alipay cancel`.
#[derive(Debug, Args)]
pub struct TradeArgs {
    /// The merchant's order number
    #[arg(long, value_name = "N", required_unless_present = "trade_no")]
    pub out_trade_no: Option<String>,
    /// Alipay's trade number
    #[arg(long, value_name = "N")]
    pub trade_no: Option<String>,
    /// How long to wait for the answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub timeout: u32,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub connection: ConnectionArgs,
}

/// `alipay call`.
#[derive(Debug, Args)]
pub struct CallArgs {
    /// The method, such as alipay.trade.query; with --v3 the path, such as /v3/alipay/trade/query
    pub method: String,
    /// The biz_content, or with --v3 the body: JSON text, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", required_unless_present = "v3")]
    pub biz: Option<String>,
    /// The HTTP method: GET, POST, PUT, PATCH or DELETE [default: POST]
    #[arg(long, value_name = "METHOD", requires = "v3")]
    pub http_method: Option<String>,
    /// How long to wait for the answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub timeout: u32,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub connection: ConnectionArgs,
}

/// `alipay keygen`.
#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// 2048, 3072 or 4096
    #[arg(long, default_value_t = 2048)]
    pub bits: usize,
    /// How the private key is written
    #[arg(long, default_value = "pkcs8")]
    pub format: KeyFormat,
    /// Where to write app_private_key.pem and app_public_key.pem
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Overwrite existing files
    #[arg(long)]
    pub force: bool,
}

/// How a private key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyFormat {
    /// BEGIN RSA PRIVATE KEY: what Alipay's tool calls non-Java
    Pkcs1,
    /// BEGIN PRIVATE KEY: what Alipay's tool calls Java
    Pkcs8,
}

/// What is signed.
#[derive(Debug, Args)]
pub struct MessageArgs {
    /// The message's file, or - for standard input
    #[arg(
        long = "in",
        value_name = "FILE",
        default_value = "-",
        conflicts_with = "params"
    )]
    pub input: PathBuf,
    /// A parameter; all of them are put into canonical order, as a request is signed
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// RSA2, or RSA
    #[arg(long, value_name = "TYPE", default_value = "RSA2")]
    pub sign_type: String,
    /// How parameters become bytes: utf-8, gbk, gb18030 or gb2312 [default: utf-8]
    #[arg(long, value_name = "NAME", requires = "params")]
    pub charset: Option<String>,
}

/// `alipay sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// The private key
    #[arg(long, value_name = "FILE")]
    pub private_key: PathBuf,
    /// Print the string to be signed first
    #[arg(long)]
    pub show: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub message: MessageArgs,
}

/// `alipay verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The public key or certificate
    #[arg(long, value_name = "FILE")]
    pub public_key: PathBuf,
    /// The signature, base64 on one line
    #[arg(long, value_name = "BASE64", allow_hyphen_values = true)]
    pub signature: String,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a group of options")]
    pub message: MessageArgs,
}

/// `alipay sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// The port on loopback; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// An application's id; may be repeated
    #[arg(long = "app-id", value_name = "ID")]
    pub app_ids: Vec<String>,
    /// The public key of the application at the same place; without any, key pairs are made
    #[arg(long = "app-public-key", value_name = "FILE", requires = "app_ids")]
    pub app_public_keys: Vec<PathBuf>,
    /// The private key that Alipay's side signs with; without it, one is made
    #[arg(long, value_name = "FILE")]
    pub alipay_private_key: Option<PathBuf>,
    /// Where the keys are that are made, kept for the next start; by default a directory that goes away
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
    /// Everything random comes from it
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// How many times faster than real time its delays run
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub time_scale: u32,
    /// Keep the ledger in this SQLite file
    #[arg(long, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Certificate mode (公钥证书方式): write the merchant's three files into this directory
    #[arg(long, value_name = "DIR")]
    pub certificates: Option<PathBuf>,
    /// The applications' AES key (接口内容加密密钥): what is encrypted with it is answered encrypted
    #[arg(long, value_name = "FILE")]
    pub encrypt_key: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Prints clap's explanation, without any long number: it may be a payment code that went astray.
#[must_use]
pub fn explain(error: &clap::Error) -> ExitCode {
    let wanted = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if wanted {
        // A closed pipe is no reason to fail.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    eprint!("{}", mask_long_numbers(&error.render().to_string()));
    ExitCode::from(crate::failure::USAGE)
}

fn mask_long_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        out.push_str(before);
        out.push_str(if digits.len() < 12 { digits } else { "…" });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_payment_code_gone_astray_is_not_echoed() {
        let error = Cli::try_parse_from(["alipay", "demo", "28763443825664394"]).unwrap_err();
        let shown = mask_long_numbers(&error.render().to_string());
        assert!(
            !shown.contains("28763443825664394") && shown.contains('…'),
            "{shown}"
        );
        assert_eq!(mask_long_numbers("a 12 b"), "a 12 b");
    }
}
