//! Cookies: read from the request, written to the response whatever its outcome, signed as the wire knows it.
//!
//! Cookies ignore ports. Where tenants share a host name, each cookie is therefore also set under a name of its tenant
//! (`_session--admin`), and that one wins on reading.

use cookie::{Cookie as Crumb, SameSite};
use http::{HeaderMap, HeaderValue, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use soleira_core::{Secret, TenantId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The keys that sign a tenant's cookies: the first signs, all verify.
pub type CookieKeys = Arc<[Secret]>;

/// What cookies of a tenant have in common.
#[derive(Debug, Clone)]
pub struct Jar {
    /// The tenant shares its host name with another one: its cookies also carry its name.
    pub tenant_name: Option<TenantId>,
    /// Only sent over https: the configured endpoint is https.
    pub secure: bool,
}

/// A cookie to set. Starts as a session cookie of the whole site that no script may read.
#[derive(Debug, Clone)]
pub struct SetCookie {
    name: String,
    value: String,
    path: String,
    max_age: Option<i64>,
    http_only: bool,
    signed: bool,
}

impl SetCookie {
    /// A cookie that ends with the browser session, at path `/`, unreadable to scripts.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            path: "/".to_owned(),
            max_age: None,
            http_only: true,
            signed: false,
        }
    }

    /// Lives for some seconds.
    pub fn max_age(mut self, seconds: i64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// Is sent below a path only.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// May be read by scripts of the page.
    pub fn readable(mut self) -> Self {
        self.http_only = false;
        self
    }

    /// Goes with a signature in `<name>.sig`.
    pub fn signed(mut self) -> Self {
        self.signed = true;
        self
    }
}

/// The cookies of one request and of its response.
#[derive(Debug)]
pub struct Cookies {
    jar: Jar,
    keys: CookieKeys,
    received: HashMap<String, String>,
    set: Mutex<Vec<SetCookie>>,
}

/// What may not stand in a cookie's value as it is (RFC 6265 §4.1.1); `%` itself may, since values such as `_interaction`
/// come percent-encoded.
const UNSAFE: &AsciiSet = &CONTROLS.add(b';').add(b'\\');

/// Percent-encodes what the value of a cookie carries as text: everything but letters, digits and `-_.!~*'()`, as
/// JavaScript's `encodeURIComponent` does.
pub fn encode(text: &str) -> String {
    const COMPONENT: &AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'!')
        .remove(b'~')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// Undoes [`encode`]; `None` when the result is no text.
pub fn decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

impl Cookies {
    /// The cookies of a request.
    pub fn new(jar: Jar, keys: CookieKeys, headers: &HeaderMap) -> Self {
        let mut received = HashMap::new();
        for value in headers.get_all(header::COOKIE) {
            let Ok(text) = value.to_str() else { continue };
            for crumb in Crumb::split_parse(text).flatten() {
                // RFC 6265 §5.4: the cookie of the longest path comes first, and is the one meant.
                received
                    .entry(crumb.name().to_owned())
                    .or_insert_with(|| crumb.value().to_owned());
            }
        }
        Self {
            jar,
            keys,
            received,
            set: Mutex::default(),
        }
    }

    /// The value of a cookie, believed as it is.
    pub fn get(&self, name: &str) -> Option<&str> {
        if self.received.is_empty() {
            return None;
        }
        self.names(name)
            .find_map(|name| self.received.get(&name))
            .map(String::as_str)
    }

    /// The value of a cookie whose signature is good.
    pub fn signed(&self, name: &str) -> Option<&str> {
        self.names(name).find_map(|name| {
            let value = self.received.get(&name)?;
            let signature = self.received.get(&signature_name(&name))?;
            soleira_crypto::cookie::verify(self.keys(), &name, value, signature).then_some(value.as_str())
        })
    }

    /// Sets a cookie with the response, in place of one of the same name and path that was to be set.
    pub fn set(&self, cookie: SetCookie) {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        set.retain(|known| (&known.name, &known.path) != (&cookie.name, &cookie.path));
        set.push(cookie);
    }

    /// Takes a cookie of path `/` out of the browser, with its signature.
    pub fn remove(&self, name: &str) {
        self.remove_at(name, "/");
    }

    /// Takes a cookie of a path out of the browser, with its signature.
    pub fn remove_at(&self, name: &str, path: &str) {
        self.set(SetCookie::new(name, "").path(path).max_age(0).signed());
    }

    /// The key that signs.
    pub(crate) fn signing_key(&self) -> Option<&[u8]> {
        self.keys().next()
    }

    /// The keys that verify.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.keys.iter().map(|key| key.expose().as_bytes())
    }

    /// Under which names a cookie may have come, best first.
    fn names(&self, name: &str) -> impl Iterator<Item = String> {
        let qualified = self.jar.tenant_name.as_ref().map(|tenant| qualified_name(name, tenant));
        qualified.into_iter().chain([name.to_owned()])
    }

    /// Writes what was set into the headers of the response.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let set = std::mem::take(&mut *self.set.lock().unwrap_or_else(PoisonError::into_inner));
        for cookie in set {
            let value = utf8_percent_encode(&cookie.value, UNSAFE).to_string();
            let mut names = vec![cookie.name.clone()];
            names.extend(
                self.jar
                    .tenant_name
                    .as_ref()
                    .map(|tenant| qualified_name(&cookie.name, tenant)),
            );
            for name in names {
                self.append(headers, &cookie, &name, &value);
                if cookie.signed {
                    let signature = match self.signing_key() {
                        Some(key) if cookie.max_age != Some(0) => soleira_crypto::cookie::sign(key, &name, &value),
                        _ => String::new(),
                    };
                    self.append(headers, &cookie, &signature_name(&name), &signature);
                }
            }
        }
    }

    fn append(&self, headers: &mut HeaderMap, cookie: &SetCookie, name: &str, value: &str) {
        let mut crumb = Crumb::build((name, value))
            .path(cookie.path.as_str())
            .http_only(cookie.http_only)
            .secure(self.jar.secure)
            .same_site(SameSite::Lax);
        if let Some(seconds) = cookie.max_age {
            crumb = crumb.max_age(cookie::time::Duration::seconds(seconds));
        }
        if let Ok(value) = HeaderValue::try_from(crumb.build().to_string()) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

fn signature_name(name: &str) -> String {
    format!("{name}.sig")
}

fn qualified_name(name: &str, tenant: &TenantId) -> String {
    format!("{name}--{tenant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(tenant: Option<&str>, key: &str, header: &str) -> Cookies {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, header.parse().unwrap());
        let jar = Jar {
            tenant_name: tenant.map(TenantId::from),
            secure: false,
        };
        Cookies::new(jar, [Secret::new(key)].into(), &headers)
    }

    /// What a browser would send back.
    fn written(cookies: &Cookies) -> Vec<String> {
        let mut headers = HeaderMap::new();
        cookies.write(&mut headers);
        headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .collect()
    }

    fn sent_back(set: &[String]) -> String {
        set.iter()
            .map(|line| line.split(';').next().unwrap())
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn a_signed_cookie_comes_back_and_a_forged_one_does_not() {
        let first = cookies(None, "key", "");
        first.set(SetCookie::new("_session", "abc").max_age(60).signed());
        let set = written(&first);
        assert_eq!(set[0], "_session=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
        assert!(set[1].starts_with("_session.sig="));
        let sent = sent_back(&set);
        assert_eq!(cookies(None, "key", &sent).signed("_session"), Some("abc"));
        assert_eq!(cookies(None, "other", &sent).signed("_session"), None);
        assert_eq!(
            cookies(None, "key", &sent.replace("abc", "abd")).signed("_session"),
            None
        );
        assert_eq!(cookies(None, "key", "_session=abc").signed("_session"), None);
    }

    #[test]
    fn tenants_of_one_host_keep_their_cookies_apart() {
        let admin = cookies(Some("admin"), "admin key", "");
        admin.set(SetCookie::new("_session", "of-admin").signed());
        let default = cookies(Some("default"), "default key", "");
        default.set(SetCookie::new("_session", "of-default").signed());
        // The browser keeps one `_session`, that of the tenant which wrote last, and both qualified ones.
        let sent = format!(
            "{}; {}",
            sent_back(&written(&default)),
            sent_back(&written(&admin)[2..])
        );
        assert_eq!(
            cookies(Some("admin"), "admin key", &sent).signed("_session"),
            Some("of-admin")
        );
        assert_eq!(
            cookies(Some("default"), "default key", &sent).signed("_session"),
            Some("of-default")
        );
    }

    #[test]
    fn the_plain_name_serves_clients_that_know_no_other() {
        let jar = cookies(Some("admin"), "key", "_interaction=x");
        assert_eq!(jar.get("_interaction"), Some("x"));
    }

    #[test]
    fn secure_follows_the_configured_endpoint() {
        let jar = Jar {
            tenant_name: None,
            secure: true,
        };
        let cookies = Cookies::new(jar, [Secret::new("key")].into(), &HeaderMap::new());
        cookies.set(SetCookie::new("_logto", "{}").readable());
        assert_eq!(written(&cookies), ["_logto={}; SameSite=Lax; Secure; Path=/"]);
    }

    #[test]
    fn a_value_cannot_end_its_header_or_its_cookie() {
        let jar = cookies(None, "key", "");
        jar.set(SetCookie::new("a", "x; Path=/evil\r\nSet-Cookie: b=c"));
        let set = written(&jar);
        assert_eq!(set.len(), 1);
        assert!(set[0].starts_with("a=x%3B Path=/evil%0D%0ASet-Cookie: b=c; HttpOnly"));
    }

    #[test]
    fn removing_takes_the_signature_along() {
        let jar = cookies(None, "key", "");
        jar.set(SetCookie::new("_session", "abc").signed());
        jar.remove("_session");
        let set = written(&jar);
        assert_eq!(set.len(), 2);
        assert!(set.iter().all(|line| line.contains("Max-Age=0") && line.contains("=;")));
    }

    #[test]
    fn encoding_round_trips() {
        let text = r#"{"app":"x ü"}"#;
        assert_eq!(encode(text), "%7B%22app%22%3A%22x%20%C3%BC%22%7D");
        assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        assert_eq!(decode("%FF"), None);
    }
}
