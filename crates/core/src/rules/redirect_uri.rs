//! Redirect URIs: what a client may register and what a request may name. One parser (the WHATWG one that browsers
//! have) reads both sides; whatever it would quietly repair is refused first.
//!
//! RFC 6749 §3.1.2, RFC 9700 §4.1, RFC 8252 §7.3; wildcards are kept for compatibility
//! (docs/wire/authorization.md, "Redirect URIs").

use url::{Host, Url};

/// Longest redirect URI, in bytes.
pub const MAX_LENGTH: usize = 2048;

/// Schemes that run code or read local data in a browser.
const FORBIDDEN_SCHEMES: [&str; 6] = ["javascript", "vbscript", "data", "blob", "file", "about"];

/// Why a redirect URI is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than [`MAX_LENGTH`] bytes.
    #[error("must have at most {MAX_LENGTH} characters")]
    TooLong,
    /// Blanks, control characters, backslashes or letters outside ASCII (RFC 3986 §2 has none of them).
    #[error("must be plain ASCII without blanks, line breaks or backslashes; write other letters percent-encoded")]
    Characters,
    /// Not an absolute URI.
    #[error("must be an absolute URI such as https://example.com/callback")]
    NotAbsolute,
    /// A scheme that a browser would execute.
    #[error("must not have this scheme")]
    ForbiddenScheme,
    /// `user@` before the host, which is how look-alike addresses are made.
    #[error("must not contain a user name or password")]
    UserInfo,
    /// A fragment (RFC 6749 §3.1.2 forbids it).
    #[error("must not contain a fragment (#)")]
    Fragment,
    /// A path with `.` or `..`, plain or encoded.
    #[error("must not contain . or .. in its path")]
    DotSegment,
    /// `*` elsewhere than in the host or path of an http or https URI.
    #[error("may contain * only in the host and path of an http or https address")]
    Wildcard,
    /// None of the registered ones.
    #[error("is not registered")]
    NotRegistered,
}

impl Refusal {
    /// The last part of the key of its phrase, `redirect_uri.…`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Characters => "characters",
            Self::NotAbsolute => "not_absolute",
            Self::ForbiddenScheme => "forbidden_scheme",
            Self::UserInfo => "user_info",
            Self::Fragment => "fragment",
            Self::DotSegment => "dot_segment",
            Self::Wildcard => "wildcard",
            Self::NotRegistered => "not_registered",
        }
    }
}

/// How the port of a requested URI is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// As registered.
    Exact,
    /// Any on `http` loopback addresses: a native application cannot know its port beforehand (RFC 8252 §7.3).
    AnyOnLoopback,
}

/// A redirect URI that the client has registered: the one place that a response may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRedirectUri {
    text: String,
    url: Url,
}

impl VerifiedRedirectUri {
    /// The requested URI, if it is one of the registered ones.
    pub fn verify<'a>(
        registered: impl IntoIterator<Item = &'a str>,
        requested: &str,
        ports: Ports,
    ) -> Result<Self, Refusal> {
        let url = parse(requested)?;
        if requested.contains('*') {
            return Err(Refusal::Wildcard);
        }
        let is_registered = registered
            .into_iter()
            .filter_map(|pattern| parse(pattern).ok())
            .any(|pattern| matches(&pattern, &url, ports));
        if is_registered {
            Ok(Self {
                text: requested.to_owned(),
                url,
            })
        } else {
            Err(Refusal::NotRegistered)
        }
    }

    /// The URI meant by a request that names none: the only registered one (RFC 6749 §3.1.2.3), unless it has
    /// wildcards.
    pub fn only_one<'a>(registered: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut registered = registered.into_iter();
        let only = registered.next()?;
        if registered.next().is_some() {
            return None;
        }
        Self::verify([only], only, Ports::Exact).ok()
    }

    /// As the client wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As a browser reads it.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What a Content-Security-Policy source list calls it: its origin, or the scheme of an application's own scheme.
    pub fn csp_source(&self) -> String {
        if is_web(&self.url) {
            self.url.origin().ascii_serialization()
        } else {
            format!("{}:", self.url.scheme())
        }
    }
}

/// Checks a URI that a client wants to register, for redirects after signing in or out: an http or https address,
/// perhaps with wildcards, or a URI with a scheme of the application's own.
pub fn check_registration(uri: &str) -> Result<(), Refusal> {
    let url = parse(uri)?;
    let stars = |text: &str| text.matches('*').count();
    let allowed = if is_web(&url) {
        stars(url.host_str().unwrap_or_default()) + stars(url.path())
    } else {
        0
    };
    if stars(uri) > allowed {
        return Err(Refusal::Wildcard);
    }
    Ok(())
}

/// Whether a browser page of this origin belongs to a client with these redirect URIs (docs/wire/authorization.md,
/// "CORS"). `origin` is the value of the `Origin` header.
pub fn is_origin_of<'a>(registered: impl IntoIterator<Item = &'a str>, origin: &str) -> bool {
    let Ok(requested) = parse(origin) else {
        return false;
    };
    if !is_web(&requested) || requested.origin().ascii_serialization() != origin {
        return false;
    }
    registered
        .into_iter()
        .filter_map(|pattern| parse(pattern).ok())
        .any(|pattern| matches_origin(&pattern, &requested))
}

/// Reads a URI, refusing what a browser would repair or a person would misread.
fn parse(text: &str) -> Result<Url, Refusal> {
    if text.len() > MAX_LENGTH {
        return Err(Refusal::TooLong);
    }
    if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return Err(Refusal::Characters);
    }
    let url = Url::parse(text).map_err(|_| Refusal::NotAbsolute)?;
    if FORBIDDEN_SCHEMES.contains(&url.scheme()) {
        return Err(Refusal::ForbiddenScheme);
    }
    let (_, rest) = text.split_once(':').ok_or(Refusal::NotAbsolute)?;
    let authority = rest
        .strip_prefix("//")
        .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    // The parser reads `https:host` and `https:///host` as `https://host`.
    if is_web(&url) && authority.is_none_or(str::is_empty) {
        return Err(Refusal::NotAbsolute);
    }
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err(Refusal::UserInfo);
    }
    if text.contains('#') {
        return Err(Refusal::Fragment);
    }
    if has_dot_segment(rest) {
        return Err(Refusal::DotSegment);
    }
    Ok(url)
}

/// Whether some segment of the path means "here" or "up" to anyone who decodes it, or drops `;parameters`, on the way.
fn has_dot_segment(text: &str) -> bool {
    let mut path = text.split('?').next().unwrap_or_default().as_bytes().to_vec();
    loop {
        let climbs = path
            .split(|&b| b == b'/' || b == b'\\')
            .map(|segment| segment.split(|&b| b == b';').next().unwrap_or_default())
            .any(|segment| segment == b"." || segment == b"..");
        if climbs {
            return true;
        }
        let decoded = percent_decoded(&path);
        if decoded == path {
            return false;
        }
        path = decoded;
    }
}

/// One round of percent-decoding; each round that changes something makes the text shorter.
fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|&b| char::from(b).to_digit(16));
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let byte = match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        decoded.push(byte.unwrap_or(text[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    decoded
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a requested URI is the registered one, or one that the registered one's wildcards stand for.
fn matches(registered: &Url, requested: &Url, ports: Ports) -> bool {
    let any_port = ports == Ports::AnyOnLoopback && requested.scheme() == "http" && is_loopback(requested);
    let same_port = any_port || registered.port_or_known_default() == requested.port_or_known_default();
    if registered.as_str().contains('*') {
        return registered.scheme() == requested.scheme()
            && same_port
            && registered.query() == requested.query()
            && matches_host(registered, requested)
            && matches_glob(registered.path(), requested.path(), 0);
    }
    if !any_port {
        return registered == requested;
    }
    registered.scheme() == requested.scheme()
        && registered.host() == requested.host()
        && registered.path() == requested.path()
        && registered.query() == requested.query()
}

fn matches_origin(registered: &Url, requested: &Url) -> bool {
    registered.scheme() == requested.scheme()
        && registered.port_or_known_default() == requested.port_or_known_default()
        && matches_host(registered, requested)
}

/// A host matches label by label; `*` is one or more characters within a label, and the last two labels are literal.
fn matches_host(registered: &Url, requested: &Url) -> bool {
    let (Some(pattern), Some(host)) = (registered.host_str(), requested.host_str()) else {
        return registered.host_str() == requested.host_str();
    };
    if !pattern.contains('*') {
        return pattern == host;
    }
    let labels: Vec<&str> = pattern.split('.').collect();
    let literal_from = labels.len().saturating_sub(2);
    matches!(requested.host(), Some(Host::Domain(_)))
        && labels.len() >= 2
        && !labels[literal_from..].iter().any(|label| label.contains('*'))
        && labels.len() == host.split('.').count()
        && labels
            .iter()
            .zip(host.split('.'))
            .all(|(label, requested)| matches_glob(label, requested, 1))
}

/// Whether `text` is `pattern` with each `*` standing for any `shortest` or more characters.
fn matches_glob(pattern: &str, text: &str, shortest: usize) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        // Both sides are ASCII, so every byte is a character.
        let Some(after) = left.get(shortest..) else {
            return false;
        };
        if parts.peek().is_none() {
            return after.ends_with(part);
        }
        let Some(at) = after.find(part) else {
            return false;
        };
        left = &after[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verify(registered: &[&str], requested: &str) -> Result<(), Refusal> {
        VerifiedRedirectUri::verify(registered.iter().copied(), requested, Ports::Exact).map(|_| ())
    }

    fn verify_native(registered: &[&str], requested: &str) -> Result<(), Refusal> {
        VerifiedRedirectUri::verify(registered.iter().copied(), requested, Ports::AnyOnLoopback).map(|_| ())
    }

    const APP: &str = "https://app.example.com/callback";

    #[test]
    fn web_addresses_and_own_schemes_can_be_registered() {
        for good in [
            APP,
            "http://localhost:3000/callback",
            "http://[::1]:8080/",
            "https://example.com",
            "https://example.com/cb?tenant=a&x=%20",
            "https://xn--mnchen-3ya.de/cb",
            "https://*.example.com/cb",
            "https://pr-*-app.vercel.app/*",
            "https://*.com/cb",
            "myapp://callback",
            "com.example.app:/callback",
            "com.example.app:callback",
            "a+b-c.d://x",
        ] {
            assert_eq!(check_registration(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn everything_else_cannot_be_registered() {
        for (bad, refusal) in [
            ("", Refusal::NotAbsolute),
            ("/callback", Refusal::NotAbsolute),
            ("app.example.com/callback", Refusal::NotAbsolute),
            ("https://", Refusal::NotAbsolute),
            ("https:app.example.com/cb", Refusal::NotAbsolute),
            ("https:/app.example.com/cb", Refusal::NotAbsolute),
            ("https:///app.example.com/cb", Refusal::NotAbsolute),
            ("https://app.example.com:99999/", Refusal::NotAbsolute),
            ("http://localhost:*/", Refusal::NotAbsolute),
            ("1app://x", Refusal::NotAbsolute),
            ("javascript:alert(1)", Refusal::ForbiddenScheme),
            ("JavaScript://app.example.com/%0aalert(1)", Refusal::ForbiddenScheme),
            ("data:text/html,x", Refusal::ForbiddenScheme),
            ("vbscript:x", Refusal::ForbiddenScheme),
            ("blob:https://app.example.com/x", Refusal::ForbiddenScheme),
            ("FILE:///etc/passwd", Refusal::ForbiddenScheme),
            ("about:blank", Refusal::ForbiddenScheme),
            ("java\nscript:alert(1)", Refusal::Characters),
            (" https://app.example.com/", Refusal::Characters),
            ("https://app.example.com/ ", Refusal::Characters),
            ("https://app.example.com/\t", Refusal::Characters),
            ("https://app.example.com/\0", Refusal::Characters),
            ("https://app.example.com\\cb", Refusal::Characters),
            ("https://аpp.example.com/cb", Refusal::Characters),
            ("https://app．example.com/cb", Refusal::Characters),
            ("https://app.example.com@evil.example/", Refusal::UserInfo),
            ("https://app.example.com@@evil.example/", Refusal::UserInfo),
            ("https://@app.example.com/", Refusal::UserInfo),
            ("https://user:pass@app.example.com/", Refusal::UserInfo),
            ("myapp://user@host/", Refusal::UserInfo),
            ("https://app.example.com/cb#", Refusal::Fragment),
            ("https://app.example.com/cb#part", Refusal::Fragment),
            ("https://app.example.com/../cb", Refusal::DotSegment),
            ("https://app.example.com/a/./cb", Refusal::DotSegment),
            ("https://app.example.com/%2e%2E/cb", Refusal::DotSegment),
            ("https://app.example.com/.%2e/cb", Refusal::DotSegment),
            ("https://app.example.com/..;/cb", Refusal::DotSegment),
            ("https://app.example.com/..;x=1/cb", Refusal::DotSegment),
            ("https://app.example.com/..%3b/cb", Refusal::DotSegment),
            ("https://app.example.com/a%2f..%2fcb", Refusal::DotSegment),
            ("https://app.example.com/a/..%5ccb", Refusal::DotSegment),
            ("https://app.example.com/%252e%252e/cb", Refusal::DotSegment),
            ("https://app.example.com/%25252e%25252e", Refusal::DotSegment),
            ("myapp://callback/..", Refusal::DotSegment),
            ("https://app.example.com/cb?next=*", Refusal::Wildcard),
            ("myapp://*/callback", Refusal::Wildcard),
        ] {
            assert_eq!(check_registration(bad), Err(refusal), "{bad}");
        }
        let long = format!("https://app.example.com/{}", "a".repeat(MAX_LENGTH));
        assert_eq!(check_registration(&long), Err(Refusal::TooLong));
    }

    #[test]
    fn dots_within_a_segment_and_in_the_query_are_harmless() {
        for good in [
            "https://app.example.com/.well-known/cb",
            "https://app.example.com/a..b/cb",
            "https://app.example.com/v1.2/cb",
            "https://app.example.com/cb?path=../x",
        ] {
            assert_eq!(check_registration(good), Ok(()), "{good}");
            assert_eq!(verify(&[good], good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_request_names_a_registered_uri_exactly() {
        assert_eq!(verify(&["https://other.example/", APP], APP), Ok(()));
        for other in [
            "https://app.example.com/callback/",
            "https://app.example.com/Callback",
            "https://app.example.com/callback?x=1",
            "https://app.example.com/callback/more",
            "https://app.example.com/",
            "https://app.example.com:8443/callback",
            "http://app.example.com/callback",
            "https://app.example.com./callback",
            "https://app.example.com.evil.example/callback",
            "https://evil.example/callback",
            "https://app.example.com/%63allback",
        ] {
            assert_eq!(verify(&[APP], other), Err(Refusal::NotRegistered), "{other}");
        }
        assert_eq!(verify(&[], APP), Err(Refusal::NotRegistered));
    }

    #[test]
    fn spellings_that_mean_the_same_address_match() {
        assert_eq!(verify(&[APP], "HTTPS://APP.example.com:443/callback"), Ok(()));
        assert_eq!(verify(&["https://app.example.com"], "https://app.example.com/"), Ok(()));
        assert_eq!(verify(&["MyApp://callback"], "myapp://callback"), Ok(()));
    }

    #[test]
    fn the_uri_is_kept_as_the_client_wrote_it() {
        let requested = "HTTPS://App.example.com:443/callback";
        let verified = VerifiedRedirectUri::verify([APP], requested, Ports::Exact).expect("registered");
        assert_eq!(verified.as_str(), requested);
        assert_eq!(verified.url().as_str(), APP);
        assert_eq!(verified.csp_source(), "https://app.example.com");
        let own = VerifiedRedirectUri::only_one(["myapp://callback"]).expect("registered");
        assert_eq!(own.csp_source(), "myapp:");
    }

    #[test]
    fn known_attacks_on_the_comparison_are_refused() {
        let registered = [APP, "https://*.example.com/cb/*", "http://localhost/cb"];
        for attack in [
            "https://app.example.com@@evil.example/callback",
            "https://app.example.com:443@evil.example/callback",
            "https://evil.example\\@app.example.com/callback",
            "https://evil.example#@app.example.com/callback",
            "https://evil.example/?https://app.example.com/callback",
            "https://x.example.com/cb/..;/admin",
            "https://x.example.com/cb/%2e%2e/admin",
            "https://x.example.com/cb/..%2fadmin",
            "https://x.example.com/cb/%252e%252e%252fadmin",
            "JavaScript:alert(1)//https://app.example.com/callback",
            "java\tscript:alert(1)",
            "https://app.example.com/call\nback",
            "https://evil.example%2eexample.com/cb/",
            "https://evil.com%2f.example.com/cb/",
            "http://localhost.evil.example/cb",
            "http://localhost:80@evil.example/cb",
            "https://app.example.com/callback#",
            "https://*.example.com/cb/",
            "//app.example.com/callback",
            "https:app.example.com/callback",
        ] {
            assert!(verify(&registered, attack).is_err(), "{attack}");
            assert!(verify_native(&registered, attack).is_err(), "{attack}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_part_of_a_label() {
        let registered = ["https://pr-*-app.vercel.app/cb"];
        assert_eq!(verify(&registered, "https://pr-12-app.vercel.app/cb"), Ok(()));
        assert_eq!(verify(&registered, "https://PR-a-b-app.vercel.app/cb"), Ok(()));
        for other in [
            "https://pr--app.vercel.app/cb",
            "https://pr-1.x-app.vercel.app/cb",
            "https://pr-1-app.vercel.app.evil.example/cb",
            "https://evil.pr-1-app.vercel.app/cb",
            "http://pr-1-app.vercel.app/cb",
            "https://pr-1-app.vercel.app:444/cb",
            "https://pr-1-app.vercel.app/cb/x",
            "https://pr-1-app.vercel.app/cb?x",
        ] {
            assert_eq!(verify(&registered, other), Err(Refusal::NotRegistered), "{other}");
        }
    }

    #[test]
    fn the_last_two_labels_are_literal() {
        for (registered, requested) in [
            ("https://*.com/cb", "https://evil.com/cb"),
            ("https://app.*/cb", "https://app.evil/cb"),
            ("https://app.*.com/cb", "https://app.evil.com/cb"),
            ("https://*/cb", "https://evil/cb"),
        ] {
            assert_eq!(check_registration(registered), Ok(()), "{registered}");
            assert_eq!(
                verify(&[registered], requested),
                Err(Refusal::NotRegistered),
                "{registered}"
            );
        }
    }

    #[test]
    fn a_wildcard_in_the_path_stands_for_anything() {
        let registered = ["https://app.example.com/*/cb"];
        for good in [
            "https://app.example.com//cb",
            "https://app.example.com/a/cb",
            "https://app.example.com/a/b/cb",
        ] {
            assert_eq!(verify(&registered, good), Ok(()), "{good}");
        }
        assert_eq!(
            verify(&registered, "https://app.example.com/cb"),
            Err(Refusal::NotRegistered)
        );
        assert_eq!(verify(&["https://*.example.com"], "https://a.example.com/"), Ok(()));
        assert_eq!(
            verify(&["https://*.example.com"], "https://a.example.com/x"),
            Err(Refusal::NotRegistered)
        );
        assert_eq!(
            verify(&["https://app.example.com/a*b*c"], "https://app.example.com/abcbc"),
            Ok(())
        );
    }

    #[test]
    fn native_applications_may_use_any_loopback_port() {
        for (registered, requested) in [
            ("http://localhost/cb", "http://localhost:51000/cb"),
            ("http://127.0.0.1:8000/cb", "http://127.0.0.1:51000/cb"),
            ("http://[::1]/cb", "http://[::1]:51000/cb"),
            ("http://localhost/*", "http://localhost:51000/cb"),
        ] {
            assert_eq!(verify_native(&[registered], requested), Ok(()), "{requested}");
            assert_eq!(
                verify(&[registered], requested),
                Err(Refusal::NotRegistered),
                "{requested}"
            );
        }
        for (registered, requested) in [
            ("http://localhost/cb", "http://127.0.0.1:51000/cb"),
            ("http://localhost/cb", "http://localhost:51000/other"),
            ("https://localhost/cb", "https://localhost:51000/cb"),
            ("http://app.example.com/cb", "http://app.example.com:51000/cb"),
            ("http://127.0.0.2/cb", "http://127.0.0.2:51000/cb"),
        ] {
            assert_eq!(
                verify_native(&[registered], requested),
                Err(Refusal::NotRegistered),
                "{requested}"
            );
        }
    }

    #[test]
    fn a_request_without_one_means_the_only_registered_one() {
        assert_eq!(
            VerifiedRedirectUri::only_one([APP])
                .map(|uri| uri.as_str().to_owned())
                .as_deref(),
            Some(APP)
        );
        assert_eq!(VerifiedRedirectUri::only_one([APP, "https://b.example/"]), None);
        assert_eq!(VerifiedRedirectUri::only_one(["https://*.example.com/cb"]), None);
        assert_eq!(VerifiedRedirectUri::only_one([]), None);
    }

    #[test]
    fn pages_of_the_redirect_uris_origins_belong_to_the_client() {
        let registered = ["http://localhost:3000/cb", "https://pr-*.example.com/cb", "myapp://cb"];
        for good in ["http://localhost:3000", "https://pr-1.example.com"] {
            assert!(is_origin_of(registered, good), "{good}");
        }
        for other in [
            "null",
            "",
            "http://localhost:3001",
            "http://localhost:3000/",
            "https://pr-1.example.com:444",
            "https://evil.example",
            "myapp://cb",
            "HTTP://localhost:3000",
        ] {
            assert!(!is_origin_of(registered, other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_rules_panic(a in ".{0,60}", b in ".{0,60}") {
            let _ = (check_registration(&a), verify(&[&a], &b), verify_native(&[&a], &b), is_origin_of([a.as_str()], &b));
        }

        #[test]
        fn a_match_has_the_registered_scheme_and_host(
            scheme in "(http|https|HTTP|myapp|javascript)",
            host in "(localhost|127\\.0\\.0\\.1|\\[::1\\]|app\\.example\\.com|evil\\.example)",
            path in "[/a.;%2e*\\\\@?#:-]{0,12}",
            registered in "(http://localhost/a|https://app\\.example\\.com/a|myapp://app\\.example\\.com/a|http://127\\.0\\.0\\.1:80)",
        ) {
            let requested = format!("{scheme}://{host}{path}");
            if let Ok(verified) = VerifiedRedirectUri::verify([registered.as_str()], &requested, Ports::AnyOnLoopback) {
                let registered = Url::parse(&registered).expect("url");
                prop_assert_eq!(verified.url().scheme(), registered.scheme());
                prop_assert_eq!(verified.url().host(), registered.host());
                prop_assert_eq!(verified.url().path(), registered.path());
            }
        }

        #[test]
        fn a_wildcard_never_leaves_the_registered_domain(host in "[a-z.*@:%/-]{1,24}") {
            let requested = format!("https://{host}/cb");
            if let Ok(verified) = VerifiedRedirectUri::verify(["https://*.example.com/cb"], &requested, Ports::Exact) {
                prop_assert!(verified.url().host_str().is_some_and(|host| host.ends_with(".example.com")));
            }
        }

        #[test]
        fn what_cannot_be_registered_cannot_be_requested(text in "[a-z:/.*@#%;\\\\-]{0,30}") {
            if check_registration(&text).is_err() {
                prop_assert!(verify(&[&text], &text).is_err());
            }
        }
    }
}
