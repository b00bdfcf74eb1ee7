//! Cookies as browsers keep them (RFC 6265): by host, whatever the port, and by path.

use cookie::{Cookie, Expiration};
use soleira_core::Timestamp;
use url::Url;

/// The cookies of one visitor.
#[derive(Debug, Default, Clone)]
pub struct CookieJar {
    cookies: Vec<Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    host: String,
    path: String,
    name: String,
    value: String,
    secure: bool,
    expires: Option<Timestamp>,
}

impl CookieJar {
    /// Takes a `Set-Cookie` header that came from `url`; one that has expired removes its namesake.
    ///
    /// # Panics
    /// When the header is no cookie, or names a domain that is not the host itself: the house sets host cookies only.
    pub fn receive(&mut self, url: &Url, header: &str, now: Timestamp) {
        let cookie = Cookie::parse(header.to_owned()).unwrap_or_else(|error| panic!("{header}: {error}"));
        let host = url.host_str().unwrap_or_default().to_owned();
        assert!(
            cookie.domain().is_none_or(|domain| domain == host),
            "{url} sets a cookie for another host: {header}"
        );
        let path = cookie
            .path()
            .filter(|path| path.starts_with('/'))
            .map_or_else(|| default_path(url), str::to_owned);
        self.cookies
            .retain(|kept| !(kept.host == host && kept.path == path && kept.name == cookie.name()));
        let expires = expiry(&cookie, now);
        if expires.is_none_or(|end| end > now) {
            self.cookies.push(Kept {
                host,
                path,
                name: cookie.name().to_owned(),
                value: cookie.value().to_owned(),
                secure: cookie.secure().unwrap_or_default(),
                expires,
            });
        }
    }

    /// The `Cookie` header for a request to `url`.
    pub fn header(&mut self, url: &Url, now: Timestamp) -> Option<String> {
        self.cookies.retain(|kept| kept.expires.is_none_or(|end| end > now));
        let mut sent: Vec<&Kept> = self.cookies.iter().filter(|kept| kept.goes_to(url)).collect();
        // RFC 6265 §5.4: longer paths first.
        sent.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        let pairs: Vec<String> = sent
            .iter()
            .map(|kept| format!("{}={}", kept.name, kept.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The value of a cookie of that host, whatever its path.
    pub fn value(&self, url: &Url, name: &str) -> Option<String> {
        let host = url.host_str().unwrap_or_default();
        self.cookies
            .iter()
            .find(|kept| kept.host == host && kept.name == name)
            .map(|kept| kept.value.clone())
    }

    /// Forgets all cookies, or those of one name.
    pub fn forget(&mut self, name: Option<&str>) {
        self.cookies.retain(|kept| name.is_some_and(|name| kept.name != name));
    }
}

impl Kept {
    fn goes_to(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        // Chromium and Firefox treat loopback as trustworthy and send it `Secure` cookies over http.
        let trusted = url.scheme() == "https" || host == "localhost" || host == "127.0.0.1" || host == "[::1]";
        host == self.host && path_matches(&self.path, url.path()) && (trusted || !self.secure)
    }
}

/// RFC 6265 §5.1.4.
fn path_matches(cookie: &str, request: &str) -> bool {
    request == cookie
        || request
            .strip_prefix(cookie)
            .is_some_and(|rest| cookie.ends_with('/') || rest.starts_with('/'))
}

fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        Some(0) | None => "/".to_owned(),
        Some(end) => url.path()[..end].to_owned(),
    }
}

/// RFC 6265 §5.3: `Max-Age` goes before `Expires`.
fn expiry(cookie: &Cookie<'_>, now: Timestamp) -> Option<Timestamp> {
    if let Some(age) = cookie.max_age() {
        return Some(now.plus_seconds(age.whole_seconds()));
    }
    match cookie.expires() {
        Some(Expiration::DateTime(time)) => Some(Timestamp(time.unix_timestamp().saturating_mul(1000))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_268_800_000);

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn ports_share_cookies_and_hosts_do_not() {
        let mut jar = CookieJar::default();
        jar.receive(
            &url("http://localhost:3001/sign-in"),
            "_session=abc; Path=/; HttpOnly",
            NOW,
        );
        assert_eq!(
            jar.header(&url("http://localhost:3002/console"), NOW).as_deref(),
            Some("_session=abc")
        );
        assert_eq!(jar.header(&url("http://127.0.0.1:3001/"), NOW), None);
    }

    #[test]
    fn paths_limit_where_a_cookie_goes() {
        let mut jar = CookieJar::default();
        jar.receive(&url("http://localhost/oidc/auth"), "a=1", NOW);
        jar.receive(&url("http://localhost/oidc/auth"), "b=2; Path=/", NOW);
        assert_eq!(
            jar.header(&url("http://localhost/oidc/token"), NOW).as_deref(),
            Some("a=1; b=2")
        );
        assert_eq!(jar.header(&url("http://localhost/oidcx"), NOW).as_deref(), Some("b=2"));
    }

    #[test]
    fn cookies_expire_and_are_removed() {
        let mut jar = CookieJar::default();
        let home = url("http://localhost/");
        jar.receive(&home, "a=1; Max-Age=60", NOW);
        assert!(jar.header(&home, NOW.plus_seconds(59)).is_some());
        assert_eq!(jar.header(&home, NOW.plus_seconds(60)), None);
        jar.receive(&home, "b=2", NOW);
        jar.receive(&home, "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", NOW);
        assert_eq!(jar.value(&home, "b"), None);
    }
}
