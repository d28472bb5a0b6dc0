//! A gateway's machine and a till's, as two network namespaces joined by a cable.

use std::path::Path;

use serde_json::Value;

use super::super::till::direct;
use crate::{
    command::Command,
    host,
    report::{Outcome, Stop},
};

pub(super) const PORT: u16 = 8000;
const GATEWAY: &str = "10.77.0.1";
const TILL: &str = "10.77.0.2";
/// Then comes the id of the process that made the namespace.
const PREFIX: &str = "alipay-prove-";

/// What is needed to make one.
pub(super) fn require() -> Outcome {
    if !cfg!(target_os = "linux") {
        return Err(Stop::Skipped("network namespaces are Linux's".into()));
    }
    if !host::root() {
        return Err(Stop::Skipped("only root may make network namespaces".into()));
    }
    host::require(&[("ip", "iproute2"), ("nft", "nftables"), ("curl", "curl")])?;
    // A container's root may not do it.
    match Link::make(0, 1, 200) {
        Ok(_) => Ok(()),
        Err(problem) => Err(Stop::Skipped(format!(
            "this machine lets root make no network namespace: {problem}"
        ))),
    }
}

/// The gateway's address for the till.
pub(super) fn gateway() -> String {
    format!("http://{GATEWAY}:{PORT}/gateway.do")
}

/// Both go away when this is dropped.
pub(super) struct Link {
    gateway: String,
    till: String,
}

impl Link {
    /// `outage`: in seconds, from the first packet of a request's on. `rto_min`: milliseconds after which the till's kernel sends again
    /// what was not acknowledged, at least.
    pub(super) fn make(number: usize, outage: u64, rto_min: u32) -> Result<Self, String> {
        let name = |side: &str| format!("{PREFIX}{}-{number}-{side}", std::process::id());
        let link = Self {
            gateway: name("gateway"),
            till: name("till"),
        };
        let (gateway, till) = (&*link.gateway, &*link.till);
        ip(&["netns", "add", gateway])?;
        ip(&["netns", "add", till])?;
        ip(&[
            "link",
            "add",
            "toTill",
            "netns",
            gateway,
            "type",
            "veth",
            "peer",
            "name",
            "toGateway",
            "netns",
            till,
        ])?;
        for (namespace, cable, address) in [(gateway, "toTill", GATEWAY), (till, "toGateway", TILL)] {
            ip(&[
                "-n",
                namespace,
                "addr",
                "add",
                &format!("{address}/24"),
                "dev",
                cable,
            ])?;
            ip(&["-n", namespace, "link", "set", cable, "up"])?;
            ip(&["-n", namespace, "link", "set", "lo", "up"])?;
        }
        let rto = format!("{rto_min}ms");
        ip(&[
            "-n",
            till,
            "route",
            "replace",
            "10.77.0.0/24",
            "dev",
            "toGateway",
            "src",
            TILL,
            "rto_min",
            &rto,
        ])?;
        // The sandbox listens on loopback.
        let local = "net.ipv4.conf.toTill.route_localnet=1";
        within(gateway, "sysctl").args(["-q", "-w", local]).read()?;
        within(gateway, "nft").arg(rules(outage)).read()?;
        Ok(link)
    }

    pub(super) fn at_the_gateway(&self, program: impl AsRef<Path>) -> Command {
        within(&self.gateway, program)
    }

    /// A program at the till, whose way to the gateway is direct.
    pub(super) fn at_the_till(&self, program: impl AsRef<Path>) -> Command {
        direct(within(&self.till, program))
    }

    /// Whether the first packet of a request's has come, and the network is or was away.
    pub(super) fn outage_began(&self) -> Result<bool, String> {
        let list = ["-j", "list", "set", "ip", "prove", "over"];
        Ok(self.at_the_gateway("nft").args(list).read()?.contains(TILL))
    }

    /// The sandbox's ledger.
    pub(super) fn trades(&self) -> Result<Value, String> {
        let page = format!("http://127.0.0.1:{PORT}/api/trades");
        let curl = self.at_the_gateway("curl");
        let json = curl
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*", &page])
            .read()?;
        serde_json::from_str(&json).map_err(|error| format!("{page}: {error}"))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for namespace in [&self.gateway, &self.till] {
            // An error means that it was not made; the cable goes with either.
            let _ = ip(&["netns", "del", namespace]);
        }
    }
}

/// Deletes the namespaces of a run that was killed.
pub(super) fn remove_leftovers() -> Result<(), String> {
    let list = Command::new("ip").args(["netns", "list"]).read()?;
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    for name in names {
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            ip(&["netns", "del", name])?;
        }
    }
    Ok(())
}

/// The first packet with a request in it takes the network away, in both directions, once and for so many seconds. It is lost on the way
/// and not in the till's kernel, which would know and try again at once.
fn rules(outage: u64) -> String {
    format!(
        "table ip prove {{
            set down {{ type ipv4_addr; flags dynamic, timeout; size 16; }}
            set over {{ type ipv4_addr; flags dynamic; size 16; }}
            chain arriving {{
                type filter hook prerouting priority raw; policy accept;
                ip saddr @down drop
                tcp dport {PORT} ip length > 200 ip saddr {TILL} ip saddr != @over add @over {{ ip saddr }} add @down {{ ip saddr timeout {outage}s }} drop
            }}
            chain leaving {{
                type filter hook output priority raw; policy accept;
                ip daddr @down drop
            }}
            chain to_loopback {{
                type nat hook prerouting priority dstnat; policy accept;
                tcp dport {PORT} ip daddr {GATEWAY} dnat to 127.0.0.1
            }}
        }}"
    )
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    Command::new("ip").args(arguments).read().map(drop)
}

/// A program in a namespace. `ip` becomes that program, so that killing it kills the program.
fn within(namespace: &str, program: impl AsRef<Path>) -> Command {
    Command::new("ip")
        .args(["netns", "exec", namespace])
        .arg(program.as_ref())
}
