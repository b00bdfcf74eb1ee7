//! Which addresses outbound requests may reach: the public ones, and those that the setting `outbound.allow` names.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An entry of `outbound.allow` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`outbound.allow` has \"{0}\", which is neither an address, nor a network such as 10.0.0.0/8, nor a host name")]
pub struct PolicyError(pub String);

/// What `outbound.allow` names besides the public internet.
#[derive(Debug, Clone, Default)]
pub struct OutboundPolicy {
    networks: Vec<IpNet>,
    hosts: Vec<String>,
}

impl OutboundPolicy {
    /// Public addresses only.
    pub fn public_only() -> Self {
        Self::default()
    }

    /// Reads the entries of `outbound.allow`: addresses, networks in CIDR notation, and host names, which may then
    /// resolve to any address.
    pub fn parse<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Result<Self, PolicyError> {
        let mut policy = Self::default();
        for entry in entries {
            let entry = entry.as_ref().trim();
            if let Ok(network) = IpNet::from_str(entry) {
                policy.networks.push(network.trunc());
            } else if let Ok(address) = IpAddr::from_str(entry.trim_start_matches('[').trim_end_matches(']')) {
                policy.networks.push(address.into());
            } else if let Some(host) = host_name(entry) {
                policy.hosts.push(host);
            } else {
                return Err(PolicyError(entry.to_owned()));
            }
        }
        Ok(policy)
    }

    /// The same, and this machine itself: what a sandbox may reach.
    #[must_use]
    pub fn and_loopback(mut self) -> Self {
        self.networks
            .push(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into());
        self.networks.push(Ipv6Net::from(Ipv6Addr::LOCALHOST).into());
        self
    }

    /// Whether it keeps anything out at all: not if it names every address there is.
    pub fn guards(&self) -> bool {
        !self.networks.iter().any(|network| network.prefix_len() == 0)
    }

    /// Whether a connection to `address`, found under the name `host`, may be made.
    pub fn permits(&self, host: &str, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        is_public(address)
            || self
                .networks
                .iter()
                .any(|network| network.contains(&canonical) || network.contains(&address))
            || self
                .hosts
                .iter()
                .any(|allowed| host.trim_end_matches('.').eq_ignore_ascii_case(allowed))
    }
}

/// A host name in the form that URLs have it, or nothing.
fn host_name(entry: &str) -> Option<String> {
    match url::Host::parse(entry) {
        Ok(url::Host::Domain(name)) => {
            Some(name.trim_end_matches('.').to_owned()).filter(|name| !name.is_empty() && !name.contains('*'))
        }
        _ => None,
    }
}

/// Whether an address is one of the public internet, after the registries of special-purpose addresses (RFC 6890 and
/// its updates). An IPv6 address that carries an IPv4 address in it is not: nothing public needs to be reached so.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_UNICAST_V6.contains(&address) && !SPECIAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

static SPECIAL_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),       // this network, and 0.0.0.0, which connects to this host
    v4([10, 0, 0, 0], 8),      // private
    v4([100, 64, 0, 0], 10),   // shared by carriers (CGNAT)
    v4([127, 0, 0, 0], 8),     // loopback
    v4([169, 254, 0, 0], 16),  // link-local, and the metadata services of clouds
    v4([172, 16, 0, 0], 12),   // private
    v4([192, 0, 0, 0], 24),    // protocol assignments
    v4([192, 0, 2, 0], 24),    // documentation
    v4([192, 31, 196, 0], 24), // AS112
    v4([192, 88, 99, 0], 24),  // 6to4 relays
    v4([192, 168, 0, 0], 16),  // private
    v4([198, 18, 0, 0], 15),   // benchmarks
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24),  // documentation
    v4([224, 0, 0, 0], 4),     // multicast
    v4([240, 0, 0, 0], 4),     // reserved, and broadcast
];

/// All that is public in IPv6. Outside of it lie `::`, `::1`, mapped and compatible IPv4 addresses, NAT64
/// (`64:ff9b::/96`, `64:ff9b:1::/48`), unique local, link-local, site-local and multicast addresses.
static GLOBAL_UNICAST_V6: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

static SPECIAL_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0, 0], 23),     // protocol assignments: Teredo, ORCHID, benchmarks…
    v6([0x2001, 0xdb8, 0, 0], 32), // documentation
    v6([0x2002, 0, 0, 0], 16),     // 6to4, which carries an IPv4 address
    v6([0x3fff, 0, 0, 0], 20),     // documentation
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]), prefix)
}

const fn v6(head: [u16; 4], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(head[0], head[1], head[2], head[3], 0, 0, 0, 0), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn public(address: &str) -> bool {
        OutboundPolicy::public_only().permits("host.example", address.parse().unwrap())
    }

    #[test]
    fn private_and_special_addresses_are_refused() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn public_addresses_are_reached() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "2001:4860:4860::8888",
        ] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn outbound_allow_names_networks_addresses_and_hosts() {
        let policy =
            OutboundPolicy::parse(["10.1.0.0/16", "127.0.0.1", "[::1]", "Hub.Internal.", " fd00::/8 "]).unwrap();
        let permits = |host: &str, address: &str| policy.permits(host, address.parse().unwrap());
        assert!(permits("any", "10.1.2.3"));
        assert!(permits("any", "::ffff:10.1.2.3"));
        assert!(!permits("any", "10.2.0.1"));
        assert!(permits("any", "127.0.0.1"));
        assert!(!permits("any", "127.0.0.2"));
        assert!(permits("any", "::1"));
        assert!(permits("any", "fd12::1"));
        assert!(permits("hub.internal", "192.168.0.1"));
        assert!(permits("HUB.internal.", "192.168.0.1"));
        assert!(!permits("nothub.internal", "192.168.0.1"));
        assert!(!permits("sub.hub.internal", "192.168.0.1"));
    }

    #[test]
    fn a_policy_that_names_everything_guards_nothing() {
        for (entries, guards) in [
            (vec![], true),
            (vec!["127.0.0.0/8", "fd00::/8"], true),
            (vec!["0.0.0.0/0"], false),
            (vec!["10.0.0.0/8", "::/0"], false),
        ] {
            assert_eq!(OutboundPolicy::parse(&entries).unwrap().guards(), guards, "{entries:?}");
        }
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_named() {
        for entry in [
            "10.0.0.0/33",
            "",
            "http://host",
            "host:80",
            "two words",
            "*.example",
            "1.2.3",
        ] {
            let read = OutboundPolicy::parse([entry]);
            assert_eq!(read.unwrap_err(), PolicyError(entry.to_owned()), "{entry}");
        }
    }
}
