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

    /// The requested URI, if it is letter by letter one of the registered ones, the port of an `http` loopback address
    /// aside (RFC 8252 §7.3). Neither side is brought into a normal form, and no wildcard stands for anything: so the
    /// URIs of a document that somebody else wrote are compared.
    pub fn verify_verbatim<'a>(
        registered: impl IntoIterator<Item = &'a str>,
        requested: &str,
    ) -> Result<Self, Refusal> {
        let url = parse(requested)?;
        if requested.contains('*') {
            return Err(Refusal::Wildcard);
        }
        let on_loopback = url.scheme() == "http" && is_loopback(&url);
        let is_registered = registered.into_iter().any(|known| {
            known == requested
                || on_loopback
                    && !known.contains('*')
                    && parse(known).is_ok_and(|known| matches(&known, &url, Ports::AnyOnLoopback))
        });
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
mod tests;
