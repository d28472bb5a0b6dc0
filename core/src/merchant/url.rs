//! Checks of URLs.

/// As much of an absolute http(s) URL as the checks above need.
pub(super) struct Url {
    pub(super) https: bool,
    pub(super) loopback: bool,
    pub(super) has_query: bool,
}

impl Url {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let visible = text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>'));
        let authority = rest.split(['/', '?', '#']).next()?;
        if !visible || text.contains('#') || authority.contains('@') {
            return None;
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => v6
                .split_once(']')
                .map(|(host, port)| (host, port.strip_prefix(':')))?,
            None => authority
                .split_once(':')
                .map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
        if host.is_empty() || !port_fits {
            return None;
        }
        let loopback = host == "localhost" || host == "::1" || is_loopback_v4(host);
        Some(Self {
            https,
            loopback,
            has_query: rest.contains('?'),
        })
    }
}

/// `127.x.x.x`, and not a name that merely starts so.
fn is_loopback_v4(host: &str) -> bool {
    host.parse::<core::net::Ipv4Addr>()
        .is_ok_and(|address| address.is_loopback())
}
