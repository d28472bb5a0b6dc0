//! The tills: what takes a payment, over which transport.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::sandbox::Ready;
use crate::{command::Command, files::at, kotlin, report::Report, suite::node, workspace::Workspace};

/// In yuan; what the ledger must have charged for a payment that is told as paid.
pub(super) const TOTAL: &str = "88.88";
const NODE_TILL: &str = include_str!("till.mjs");
const PLAIN_TILL: &str = include_str!("plain.mjs");
const CARELESS_TILL: &str = include_str!("careless.mjs");

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
    /// `@alipay-core/node` with a store that locks nothing and a transport that sends late, both of which say otherwise.
    Careless,
}

/// The programs that take payments.
#[derive(Clone)]
pub(super) struct Programs {
    /// The command line.
    pub(super) alipay: PathBuf,
    /// Of the Kotlin library, where it could be built.
    pub(super) class_path: Option<String>,
    /// The entry point of `@alipay-core/node`.
    pub(super) package: PathBuf,
}

/// The programs, built once for all proofs.
#[derive(Default)]
pub(super) struct Built {
    programs: Option<Programs>,
    jvm_was_tried: bool,
}

impl Built {
    /// None if one of them can't be built. `jvm`: the Kotlin library as well, if it can be.
    pub(super) fn programs(
        &mut self,
        workspace: &Workspace,
        report: &mut Report,
        jvm: bool,
    ) -> Option<&Programs> {
        if self.programs.is_none() {
            self.programs = build(workspace, report);
        }
        let programs = self.programs.as_mut()?;
        if jvm && !self.jvm_was_tried {
            self.jvm_was_tried = true;
            if kotlin::prepare(workspace, report) {
                report.step("prove: the Kotlin till", || {
                    programs.class_path = Some(kotlin::class_path(workspace)?);
                    Ok(())
                });
            }
        }
        Some(programs)
    }
}

fn build(workspace: &Workspace, report: &mut Report) -> Option<Programs> {
    let built = report.step("prove: the command line", || {
        let build = Command::cargo().args(["build", "--locked", "--package", "alipay-cli"]);
        Ok(build.run()?)
    }) && node::build(workspace, report);
    built.then(|| Programs {
        alipay: workspace.target.join("debug/alipay"),
        class_path: None,
        package: workspace.root.join("bindings-node/index.mjs"),
    })
}

/// A program whose way to the gateway is direct.
pub(super) fn direct(command: Command) -> Command {
    let proxies = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ];
    proxies.into_iter().fold(command, Command::without_env)
}

/// In milliseconds; the names are the command line's.
pub(super) type Policy = &'static [(&'static str, &'static [u64])];

/// The one of which there are several.
const CANCEL_RETRY: &str = "cancel-retry";

/// The policy of a till that waits for seconds where others wait for minutes.
pub(super) const HASTY: Policy = &[
    ("pay-timeout", &[3_000]),
    ("query-timeout", &[2_000]),
    ("cancel-timeout", &[3_000]),
    ("interval", &[1_000]),
    ("window", &[4_000]),
    ("settle", &[6_000]),
    ("send-within", &[2_000]),
    (CANCEL_RETRY, &[2_000, 2_000, 2_000]),
];

/// What a till is given.
pub(super) struct Tender {
    pub(super) programs: Programs,
    pub(super) gateway: String,
    pub(super) ready: Ready,
    pub(super) out_trade_no: String,
    pub(super) auth_code: String,
    /// Empty for the default.
    pub(super) policy: Policy,
    /// Where the gateway speaks TLS; the command line trusts public authorities only.
    pub(super) trust: Option<Trust>,
    /// For its files.
    pub(super) folder: PathBuf,
    /// For its state; usually the same.
    pub(super) state_folder: PathBuf,
}

impl Tender {
    /// The payment with this number, in a folder of its own; the code's last digits choose the story.
    pub(super) fn new(
        programs: &Programs,
        ready: &Ready,
        folder: PathBuf,
        number: usize,
        story: u16,
    ) -> Self {
        Self {
            programs: programs.clone(),
            gateway: ready.gateway.clone(),
            ready: ready.clone(),
            out_trade_no: format!("PROVE_{number}"),
            auth_code: format!("280001{number:08}{story:04}"),
            policy: HASTY,
            trust: None,
            state_folder: folder.clone(),
            folder,
        }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn state(&self) -> PathBuf {
        self.state_folder.join("till.state")
    }
}

/// The gateway's certificate, in a file for Node and in one for the JVM.
#[derive(Clone)]
pub(super) struct Trust {
    pub(super) pem: PathBuf,
    pub(super) store: PathBuf,
}

impl Trust {
    /// keytool demands one.
    pub(super) const PASSWORD: &str = "changeit";
}

/// Makes a command of a program at the till's place.
pub(super) type Place<'a> = &'a dyn Fn(&Path) -> Command;

impl Till {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CommandLine => "command line",
            Self::Node => "Node, nodeTransport",
            Self::NodeFetch => "Node, fetchTransport",
            Self::Jvm => "JVM, SocketTransport",
            Self::Plain => "(plain close)",
            Self::Careless => "(careless)",
        }
    }

    /// The till that takes the payment.
    pub(super) fn pay(self, place: Place<'_>, tender: &Tender) -> Result<Command, String> {
        if self != Self::CommandLine {
            return self.scripted(place, tender);
        }
        let code = tender.file("auth_code");
        fs::write(&code, &tender.auth_code).map_err(at(&code))?;
        let pay = command_line("pay", place, tender);
        let pay = pay.args(["--out-trade-no", &tender.out_trade_no, "--total-amount", TOTAL]);
        let pay = pay.args(["--subject", "test", "--auth-code-file"]).arg(code);
        Ok(tender.policy.iter().fold(pay, |pay, (name, ms)| {
            let ms: Vec<String> = ms.iter().map(u64::to_string).collect();
            pay.arg(format!("--{name}")).arg(ms.join(","))
        }))
    }

    /// The till that goes on with what is stored; if nothing is, it takes the payment.
    pub(super) fn resume(self, place: Place<'_>, tender: &Tender) -> Result<Command, String> {
        if self == Self::CommandLine && tender.state().exists() {
            return Ok(command_line("resume", place, tender));
        }
        self.pay(place, tender)
    }

    /// A till that is told everything in a file, and that finds its state by itself.
    fn scripted(self, place: Place<'_>, tender: &Tender) -> Result<Command, String> {
        let policy: serde_json::Map<_, _> = tender
            .policy
            .iter()
            .map(|(name, ms)| {
                let one = ms.first().filter(|_| *name != CANCEL_RETRY);
                (camel_case(name), one.map_or_else(|| json!(ms), |ms| json!(ms)))
            })
            .collect();
        let given = json!({
            "package": path(&tender.programs.package),
            "transport": if self == Self::NodeFetch { "fetchTransport" } else { "nodeTransport" },
            "gateway": tender.gateway,
            "appId": tender.ready.app_id,
            "privateKeyFile": path(&tender.ready.private_key),
            "alipayPublicKeyFile": path(&tender.ready.alipay_public_key),
            "stateFile": path(&tender.state()),
            "policy": policy,
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
                let class_path = tender.programs.class_path.as_deref().unwrap_or_default();
                let mut java = place("java".as_ref());
                if let Some(trust) = &tender.trust {
                    java = java
                        .arg(format!("-Djavax.net.ssl.trustStore={}", trust.store.display()))
                        .arg(format!("-Djavax.net.ssl.trustStorePassword={}", Trust::PASSWORD));
                }
                let java = java.args(["-cp", class_path]);
                return Ok(java.arg("prove.TillKt").arg(file));
            }
            Self::Plain => ("plain.mjs", PLAIN_TILL),
            Self::Careless => ("careless.mjs", CARELESS_TILL),
            _ => ("till.mjs", NODE_TILL),
        };
        let script = tender.file(name);
        fs::write(&script, text).map_err(at(&script))?;
        let mut node = place("node".as_ref());
        if let Some(trust) = &tender.trust {
            node = node.env("NODE_EXTRA_CA_CERTS", &trust.pem);
        }
        Ok(node.arg(script).arg(file))
    }
}

fn path(path: &Path) -> Cow<'_, str> {
    path.to_string_lossy()
}

/// An option's name as scripts know it: they say which interval and which window.
fn camel_case(name: &str) -> String {
    let words = match name {
        "interval" | "window" => format!("poll-{name}-ms"),
        _ => format!("{name}-ms"),
    };
    let mut words = words.split('-');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1);
        name += &first.to_uppercase();
        name += rest;
    }
    name
}

fn command_line(command: &str, place: Place<'_>, tender: &Tender) -> Command {
    place(&tender.programs.alipay)
        .args([command, "--json", "--allow-http", "--gateway", &tender.gateway])
        .args(["--app-id", &tender.ready.app_id, "--private-key"])
        .arg(&tender.ready.private_key)
        .arg("--alipay-public-key")
        .arg(&tender.ready.alipay_public_key)
        .arg("--state")
        .arg(tender.state())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_lines_names_become_those_of_scripts() {
        for (name, expected) in [
            ("pay-timeout", "payTimeoutMs"),
            ("interval", "pollIntervalMs"),
            ("window", "pollWindowMs"),
            ("settle", "settleMs"),
            (CANCEL_RETRY, "cancelRetryMs"),
        ] {
            assert_eq!(camel_case(name), expected);
        }
    }
}
