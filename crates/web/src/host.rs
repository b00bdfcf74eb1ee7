//! Which names a listener answers under. The listener has already decided the tenant; a `Host` header only decides
//! whether the request came to the right address, never where it goes.

use http::Request;
use http::uri::Authority;
use url::Url;

/// The names (host, and port where it is not the scheme's own) under which a tenant is reached.
#[derive(Debug, Clone, Default)]
pub struct Names {
    origins: Vec<String>,
    own: Vec<Name>,
    extra: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    host: String,
    /// `None` accepts whatever port the client saw, which is right for a bare name behind a port mapping.
    port: Option<u16>,
    /// The port may be left out by the client.
    default_port: bool,
}

impl Names {
    /// The names of these origins, and `extra` names (`host` or `host:port`) that an operator listed.
    pub fn new<'a>(origins: impl IntoIterator<Item = &'a Url>, extra: impl IntoIterator<Item = &'a str>) -> Self {
        let origins: Vec<&Url> = origins.into_iter().collect();
        Self {
            own: origins.iter().filter_map(|url| Name::of_url(url)).collect(),
            origins: origins.iter().map(|url| url.origin().ascii_serialization()).collect(),
            extra: extra
                .into_iter()
                .filter_map(|name| Some(Name::of_authority(&name.parse().ok()?)))
                .collect(),
        }
    }

    /// Whether a request to this authority came to the right address.
    pub fn contains(&self, authority: &Authority) -> bool {
        self.own
            .iter()
            .chain(&self.extra)
            .any(|name| name.is_meant_by(authority))
    }

    /// Whether an `Origin` header names this server.
    pub fn contains_origin(&self, origin: &str) -> bool {
        let is_extra = || {
            let authority = origin.split_once("://").and_then(|(_, rest)| rest.parse().ok());
            authority.is_some_and(|authority| self.extra.iter().any(|name| name.is_meant_by(&authority)))
        };
        self.origins.iter().any(|known| known == origin) || is_extra()
    }
}

impl Name {
    fn of_url(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host_str()?.to_ascii_lowercase(),
            port: url.port_or_known_default(),
            default_port: url.port().is_none(),
        })
    }

    fn of_authority(authority: &Authority) -> Self {
        Self {
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16(),
            default_port: authority.port().is_none(),
        }
    }

    fn is_meant_by(&self, authority: &Authority) -> bool {
        // RFC 9110 §4.2.3: host names compare without regard to case; a trailing dot names the same host.
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        self.host == host
            && match (authority.port_u16(), self.port) {
                (_, None) => true,
                (None, Some(_)) => self.default_port,
                (Some(given), Some(port)) => given == port,
            }
    }
}

/// The authority a request was sent to: the `:authority` of HTTP/2, else the `Host` header. `None` when it is missing,
/// malformed, or given twice (RFC 9112 §3.2 has a server answer 400 to that).
pub(crate) fn authority<B>(request: &Request<B>) -> Option<Authority> {
    // User information has no place in either.
    let plain = |authority: &Authority| !authority.as_str().contains('@');
    if let Some(authority) = request.uri().authority() {
        return Some(authority.clone()).filter(plain);
    }
    let mut values = request.headers().get_all(http::header::HOST).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()?.parse().ok().filter(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(origin: &str, extra: &[&str]) -> Names {
        Names::new([&Url::parse(origin).unwrap()], extra.iter().copied())
    }

    fn accepts(names: &Names, host: &str) -> bool {
        names.contains(&host.parse().unwrap())
    }

    #[test]
    fn a_configured_host_is_accepted_with_its_port_only() {
        let local = names("http://localhost:3001", &[]);
        assert!(accepts(&local, "localhost:3001"));
        assert!(accepts(&local, "LOCALHOST:3001"));
        assert!(!accepts(&local, "localhost:3002"));
        assert!(!accepts(&local, "localhost"));
        assert!(!accepts(&local, "127.0.0.1:3001"));
        assert!(!accepts(&local, "evil.example"));
    }

    #[test]
    fn the_default_port_may_be_left_out_or_written() {
        let public = names("https://auth.example.com", &[]);
        assert!(accepts(&public, "auth.example.com"));
        assert!(accepts(&public, "auth.example.com:443"));
        assert!(accepts(&public, "auth.example.com."));
        assert!(!accepts(&public, "auth.example.com:8443"));
    }

    #[test]
    fn listed_names_are_accepted_too() {
        let inner = names("https://auth.example.com", &["soleira", "10.0.0.5:3001"]);
        assert!(accepts(&inner, "soleira:3001"));
        assert!(accepts(&inner, "soleira"));
        assert!(accepts(&inner, "10.0.0.5:3001"));
        assert!(!accepts(&inner, "10.0.0.5:3002"));
        assert!(inner.contains_origin("https://auth.example.com"));
        assert!(inner.contains_origin("http://soleira:3001"));
        assert!(!inner.contains_origin("http://auth.example.com"));
        assert!(!inner.contains_origin("null"));
    }

    #[test]
    fn an_ambiguous_host_header_names_no_authority() {
        let twice = Request::builder()
            .uri("/")
            .header("host", "a")
            .header("host", "b")
            .body(())
            .unwrap();
        assert_eq!(authority(&twice), None);
        let user = Request::builder().uri("/").header("host", "a@b").body(()).unwrap();
        assert_eq!(authority(&user), None);
        let absolute = Request::builder().uri("http://a@b/").body(()).unwrap();
        assert_eq!(authority(&absolute), None);
        let none = Request::builder().uri("/").body(()).unwrap();
        assert_eq!(authority(&none), None);
        let one = Request::builder()
            .uri("/")
            .header("host", "localhost:3001")
            .body(())
            .unwrap();
        assert_eq!(authority(&one).unwrap().as_str(), "localhost:3001");
    }
}
