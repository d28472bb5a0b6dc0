//! A gateway's machine and a till's, as two network namespaces joined by a cable.

use std::path::Path;

use serde_json::Value;

use super::super::till::direct;
use crate::{
    command::Command,
    host,
    report::{Outcome, Stop},
};

/// The sandbox's.
pub(super) const PORT: u16 = 8000;
/// Where TLS is spoken.
pub(super) const TLS_PORT: u16 = 8443;
pub(super) const GATEWAY: &str = "10.77.0.1";
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
    match Link::make(0, Trouble::Outage(Begins::Pay, 1), 200, PORT) {
        Ok(_) => Ok(()),
        Err(problem) => Err(Stop::Skipped(format!(
            "this machine lets root make no network namespace: {problem}"
        ))),
    }
}

/// The gateway's address for the till.
pub(super) fn gateway(port: u16) -> String {
    let scheme = if port == PORT { "http" } else { "https" };
    format!("{scheme}://{GATEWAY}:{port}/gateway.do")
}

/// What is wrong with a network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is away, for so many seconds.
    Outage(Begins, u64),
    /// So many packets of a hundred are lost on the way, in each direction.
    Loss(u32),
    /// It carries so many bits a second, in each direction.
    Slow(u32),
}

/// When an outage begins. The packet that makes it begin is lost, and so is what comes after.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    /// With the first connection's first packet.
    Connect,
    /// With pay's first packet.
    Pay,
    /// With the first packet of its answer.
    Answer,
    /// With the first packet of the first query.
    Query,
    /// With the first packet of the third request: a cancel, where a till asks once.
    Cancel,
}

/// Both go away when this is dropped.
pub(super) struct Link {
    gateway: String,
    till: String,
}

impl Link {
    /// `rto_min`: milliseconds after which the till's kernel sends again what was not acknowledged, at least. `port`: where requests go.
    pub(super) fn make(number: usize, trouble: Trouble, rto_min: u32, port: u16) -> Result<Self, String> {
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
        within(gateway, "nft").arg(to_loopback()).read()?;
        match trouble {
            Trouble::Outage(begins, seconds) => {
                within(gateway, "nft").arg(outage(begins, seconds, port)).read()?;
            }
            Trouble::Loss(percent) => {
                for namespace in [gateway, till] {
                    within(namespace, "nft").arg(loss(percent)).read()?;
                }
            }
            Trouble::Slow(bits) => {
                for (namespace, cable) in [(gateway, "toTill"), (till, "toGateway")] {
                    slow(namespace, cable, bits)?;
                }
            }
        }
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

/// What comes to the gateway's port comes to the sandbox.
fn to_loopback() -> String {
    format!(
        "table ip sandbox {{
            chain to_loopback {{
                type nat hook prerouting priority dstnat; policy accept;
                tcp dport {PORT} ip daddr {GATEWAY} dnat to 127.0.0.1
            }}
        }}"
    )
}

/// One packet takes the network away, in both directions, once and for so many seconds. What a till sends is lost on the way and not in its
/// kernel, which would know and try again at once.
fn outage(begins: Begins, seconds: u64, port: u16) -> String {
    // A TLS handshake's packets are longer than a plain request's.
    let request = format!(
        "tcp dport {port} ip saddr {TILL} ip length > {}",
        if port == PORT { 200 } else { 750 }
    );
    let away = |side: &str| {
        format!(
            "ip {side} != @over add @over {{ ip {side} }} add @down {{ ip {side} timeout {seconds}s }} drop"
        )
    };
    // The packets of so many requests pass; each has a connection of its own.
    let after = |requests: u32| -> String {
        let passes = |number: u32| {
            format!(
                "{request} tcp sport @port{number} accept
                {request} ip saddr != @seen{number} add @seen{number} {{ ip saddr }} add @port{number} {{ tcp sport }} accept
                "
            )
        };
        (1..=requests).map(passes).collect()
    };
    let arriving = match begins {
        Begins::Connect => format!(
            "tcp dport {port} ip saddr {TILL} tcp flags & (syn | ack) == syn {}",
            away("saddr")
        ),
        Begins::Pay => format!("{request} {}", away("saddr")),
        Begins::Answer => String::new(),
        Begins::Query => format!("{}{request} {}", after(1), away("saddr")),
        Begins::Cancel => format!("{}{request} {}", after(2), away("saddr")),
    };
    let leaving = if begins == Begins::Answer {
        format!(
            "tcp sport {port} ip daddr {TILL} ip length > 200 {}",
            away("daddr")
        )
    } else {
        String::new()
    };
    let sets: String = (1..=2)
        .map(|number| {
            format!(
                "set seen{number} {{ type ipv4_addr; flags dynamic; size 16; }}
            set port{number} {{ type inet_service; flags dynamic; size 16; }}
            "
            )
        })
        .collect();
    format!(
        "table ip prove {{
            set down {{ type ipv4_addr; flags dynamic, timeout; size 16; }}
            set over {{ type ipv4_addr; flags dynamic; size 16; }}
            {sets}
            chain arriving {{
                type filter hook prerouting priority raw; policy accept;
                ip saddr @down drop
                {arriving}
            }}
            chain leaving {{
                type filter hook output priority raw; policy accept;
                ip daddr @down drop
                {leaving}
            }}
        }}"
    )
}

/// What arrives at either side is lost now and then.
fn loss(percent: u32) -> String {
    format!(
        "table ip prove {{
            chain arriving {{
                type filter hook prerouting priority raw; policy accept;
                ip saddr {{ {GATEWAY}, {TILL} }} numgen random mod 100 < {percent} drop
            }}
        }}"
    )
}

/// Small packets, or the first ones would pass at once: as many bytes as the largest has.
fn slow(namespace: &str, cable: &str, bits: u32) -> Result<(), String> {
    ip(&["-n", namespace, "link", "set", cable, "mtu", "576"])?;
    let rate = format!("{bits}bit");
    // What comes too fast is held back for up to 20 s.
    let limits = ["tbf", "rate", &rate, "burst", "600", "latency", "20s"];
    let add = ["-n", namespace, "qdisc", "add", "dev", cable, "root"];
    Command::new("tc").args(add).args(limits).read().map(drop)
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
