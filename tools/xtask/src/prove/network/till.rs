//! The tills: what takes a payment, over which transport.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

use super::link::{GATEWAY, Link, PORT};
use crate::{command::Command, files::at};

/// In yuan; what the ledger must have charged for a payment that is told as paid.
pub(super) const TOTAL: &str = "88.88";
const NODE_TILL: &str = include_str!("till.mjs");
const PLAIN_TILL: &str = include_str!("plain.mjs");

/// Who takes the payment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Till {
    /// `alipay pay`.
    CommandLine,
    /// `@alipay-core/node` with its own transport.
    Node,
    /// The same with `fetchTransport`, which can reset no connection.
    NodeFetch,
    /// The Kotlin library with `SocketTransport`; `prove/Till.kt` of its tests.
    Jvm,
    /// A client without this library: it writes pay, and closes the connection when no answer comes.
    Plain,
}

/// What a till is given.
pub(super) struct Tender {
    /// The command line.
    pub(super) alipay: PathBuf,
    /// Of the Kotlin library, where it could be built.
    pub(super) class_path: String,
    /// The entry point of `@alipay-core/node`.
    pub(super) package: PathBuf,
    pub(super) app_id: String,
    pub(super) private_key: PathBuf,
    pub(super) alipay_public_key: PathBuf,
    pub(super) out_trade_no: String,
    pub(super) auth_code: String,
    /// For its files.
    pub(super) folder: PathBuf,
}

impl Tender {
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Till {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CommandLine => "command line",
            Self::Node => "Node, nodeTransport",
            Self::NodeFetch => "Node, fetchTransport",
            Self::Jvm => "JVM, SocketTransport",
            Self::Plain => "(plain close)",
        }
    }

    /// The till that takes the payment.
    pub(super) fn pay(self, link: &Link, tender: &Tender) -> Result<Command, String> {
        if self != Self::CommandLine {
            return self.scripted(link, tender);
        }
        let code = tender.file("auth_code");
        fs::write(&code, &tender.auth_code).map_err(at(&code))?;
        let pay = command_line("pay", link, tender);
        let pay = pay.args(["--out-trade-no", &tender.out_trade_no, "--total-amount", TOTAL]);
        Ok(pay.args(["--subject", "test", "--auth-code-file"]).arg(code))
    }

    /// The till that goes on after it was killed.
    pub(super) fn resume(self, link: &Link, tender: &Tender) -> Result<Command, String> {
        match self {
            Self::CommandLine => Ok(command_line("resume", link, tender)),
            // They find their file.
            _ => self.scripted(link, tender),
        }
    }

    /// A till that is told everything in a file.
    fn scripted(self, link: &Link, tender: &Tender) -> Result<Command, String> {
        let given = serde_json::json!({
            "package": path(&tender.package),
            "transport": if self == Self::NodeFetch { "fetchTransport" } else { "nodeTransport" },
            "gateway": gateway(),
            "appId": tender.app_id,
            "privateKeyFile": path(&tender.private_key),
            "alipayPublicKeyFile": path(&tender.alipay_public_key),
            "stateFile": path(&tender.file("till.state")),
            "order": {
                "out_trade_no": tender.out_trade_no,
                "scene": "bar_code",
                "auth_code": tender.auth_code,
                "subject": "test",
                "total_amount": TOTAL,
            },
        });
        let file = tender.file("till.json");
        fs::write(&file, given.to_string()).map_err(at(&file))?;
        let (name, text) = match self {
            Self::Jvm => {
                let java = link.at_the_till("java").args(["-cp", &tender.class_path]);
                return Ok(java.arg("prove.TillKt").arg(file));
            }
            Self::Plain => ("plain.mjs", PLAIN_TILL),
            _ => ("till.mjs", NODE_TILL),
        };
        let script = tender.file(name);
        fs::write(&script, text).map_err(at(&script))?;
        Ok(link.at_the_till("node").arg(script).arg(file))
    }
}

fn path(path: &Path) -> Cow<'_, str> {
    path.to_string_lossy()
}

fn gateway() -> String {
    format!("http://{GATEWAY}:{PORT}/gateway.do")
}

fn command_line(command: &str, link: &Link, tender: &Tender) -> Command {
    link.at_the_till(&tender.alipay)
        .args([command, "--json", "--allow-http", "--gateway", &gateway()])
        .args(["--app-id", &tender.app_id, "--private-key"])
        .arg(&tender.private_key)
        .arg("--alipay-public-key")
        .arg(&tender.alipay_public_key)
        .arg("--state")
        .arg(tender.file("till.state"))
}
