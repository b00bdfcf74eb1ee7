//! Forwarded headers: believed only when a trusted proxy sends them, and only for the client's address and scheme.
//! Issuer, links and cookies come from configuration and never from here.

use http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// What the listener knows about the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Address of the other end.
    pub address: SocketAddr,
    /// The connection is encrypted by this server.
    pub tls: bool,
}

/// Where a request really came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Address of the client.
    pub address: IpAddr,
    /// The client spoke https.
    pub https: bool,
}

/// Which peers are believed about their clients.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
}

impl TrustedProxies {
    /// Believes nobody: forwarded headers are ignored.
    pub fn none() -> Self {
        Self::default()
    }

    /// Believes peers in these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self { networks }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The client's address and scheme. `X-Forwarded-For` is read from its end, over as many trusted proxies as stand
    /// there: what lies before the first untrusted address was written by the client and means nothing.
    pub fn origin(&self, peer: Peer, headers: &HeaderMap) -> Origin {
        let direct = canonical(peer.address.ip());
        let mut origin = Origin {
            address: direct,
            https: peer.tls,
        };
        if !self.trusts(direct) {
            return origin;
        }
        let hops = list(headers, "x-forwarded-for");
        for hop in hops.iter().rev() {
            let Some(address) = hop_address(hop) else { break };
            origin.address = address;
            if !self.trusts(address) {
                break;
            }
        }
        if let Some(scheme) = list(headers, "x-forwarded-proto").last() {
            origin.https = scheme.eq_ignore_ascii_case("https");
        }
        origin
    }
}

/// An IPv4 address that came over an IPv6 socket is an IPv4 address.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn list<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .collect()
}

/// `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
fn hop_address(hop: &str) -> Option<IpAddr> {
    if let Ok(address) = hop.parse::<IpAddr>() {
        return Some(canonical(address));
    }
    if let Ok(address) = hop.parse::<SocketAddr>() {
        return Some(canonical(address.ip()));
    }
    let inner = hop.strip_prefix('[')?.strip_suffix(']')?;
    inner.parse::<Ipv6Addr>().ok().map(|address| canonical(address.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer {
            address: SocketAddr::new(address.parse().unwrap(), 40_000),
            tls: false,
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    fn loopback() -> TrustedProxies {
        TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()])
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn nobody_is_believed_without_being_trusted() {
        let forwarded = headers(&[("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https")]);
        let origin = TrustedProxies::none().origin(peer("127.0.0.1"), &forwarded);
        assert_eq!(
            origin,
            Origin {
                address: address("127.0.0.1"),
                https: false
            }
        );
        let origin = loopback().origin(peer("198.51.100.9"), &forwarded);
        assert_eq!(
            origin,
            Origin {
                address: address("198.51.100.9"),
                https: false
            }
        );
    }

    #[test]
    fn a_trusted_proxy_names_the_client_and_its_scheme() {
        let forwarded = headers(&[("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https")]);
        let origin = loopback().origin(peer("127.0.0.1"), &forwarded);
        assert_eq!(
            origin,
            Origin {
                address: address("203.0.113.7"),
                https: true
            }
        );
    }

    #[test]
    fn what_a_client_wrote_before_the_last_untrusted_hop_means_nothing() {
        let forwarded = headers(&[
            ("x-forwarded-for", "10.0.0.1, 203.0.113.7"),
            ("x-forwarded-for", "127.0.0.2"),
        ]);
        assert_eq!(
            loopback().origin(peer("::1"), &forwarded).address,
            address("203.0.113.7")
        );
    }

    #[test]
    fn garbage_stops_the_walk() {
        let forwarded = headers(&[("x-forwarded-for", "203.0.113.7, unknown")]);
        assert_eq!(
            loopback().origin(peer("127.0.0.1"), &forwarded).address,
            address("127.0.0.1")
        );
    }

    #[test]
    fn ports_and_mapped_addresses_are_understood() {
        let mapped = loopback().origin(
            peer("::ffff:127.0.0.1"),
            &headers(&[("x-forwarded-for", "203.0.113.7:4711")]),
        );
        assert_eq!(mapped.address, address("203.0.113.7"));
        let bracketed = loopback().origin(
            peer("127.0.0.1"),
            &headers(&[("x-forwarded-for", "[2001:db8::1]:4711")]),
        );
        assert_eq!(bracketed.address, address("2001:db8::1"));
    }
}
