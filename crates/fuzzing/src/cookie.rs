//! The parser of cookies: the header, signatures, and the map of interactions.

use crate::text;
use http::{HeaderMap, HeaderValue, header};
use soleira_access::browser::{Browser, Hints};
use soleira_core::Secret;
use soleira_web::cookies::{CookieKeys, Cookies, Jar, decode, encode};

const KEY: &str = "a cookie key of thirty-two chars";
const NAMES: [&str; 4] = ["_session", "_interaction", "_interaction_resume", "_logto"];

/// The bytes are a `Cookie` header, and the value of `_interaction`.
pub fn run(data: &[u8]) {
    let keys: CookieKeys = [Secret::new(KEY)].into_iter().collect();
    let jar = Jar {
        tenant_name: Some("default".into()),
        secure: true,
    };
    if let Ok(value) = HeaderValue::from_bytes(data) {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, value);
        let cookies = Cookies::new(jar, keys, &headers);
        for name in NAMES {
            let plain = cookies.get(name);
            if let Some(signed) = cookies.signed(name) {
                assert!(plain.is_some(), "what is signed is there");
                let qualified = format!("{name}--default");
                let header = text(data);
                let ours = [name, &qualified].map(|name| soleira_crypto::cookie::sign(KEY.as_bytes(), name, signed));
                assert!(
                    ours.iter().any(|signature| header.contains(signature.as_str())),
                    "{name}"
                );
            }
        }
        let _ = Browser::read(|name| cookies.get(name));
    }
    let value = text(data);
    assert_eq!(decode(&encode(&value)).as_deref(), Some(&*value));
    let mut browser = Browser::read(|name| (name == "_interaction").then_some(&*value));
    let _ = browser.interaction(Some("app"));
    let _ = browser.interaction(None);
    browser.begin_interaction("app", "uid", "/oidc/auth/uid", Hints::default());
    assert_eq!(
        browser.interaction(Some("app")),
        Some("uid"),
        "what begins is there, whatever was"
    );
    for change in browser.changes() {
        let length = change.value.as_deref().map_or(0, str::len);
        assert!(length <= 3072 + 64, "{} is {length} bytes long", change.name);
        let clean = |byte: u8| byte.is_ascii_graphic() && byte != b';' && (change.name == "_logto" || byte != b'"');
        let value = change.value.as_deref().unwrap_or_default();
        assert!(value.bytes().all(clean), "{change:?}");
    }
}
