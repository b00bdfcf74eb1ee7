//! Security headers, by how a route speaks.

use crate::arrival::Arrival;
use crate::routes::Face;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::net::Ipv4Addr;
use url::{Host, Url};

/// What a page may do beyond its default content security policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// Origins (or `scheme:`) that a form of this page may lead to. Chromium applies `form-action` to the redirects after
    /// a form too, so the page that leads back to an application names its redirect URI here.
    pub(crate) form_action: Vec<String>,
    /// Origins that images may come from beside this server: the logo an administrator chose, a user's picture.
    pub(crate) images: Vec<String>,
    /// The page may be framed by pages of its own origin: the Console's preview.
    pub(crate) framed_by_self: bool,
    /// The page may hold frames of its own origin.
    pub(crate) frames: bool,
}

/// What a directive wants of a URI: its origin, or its scheme where it has no host (custom schemes of native apps) or
/// where the host is an address, which a source cannot name (CSP Level 3 §6.7.2.8; 127.0.0.1 it can).
pub(crate) fn source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let named = match url.host() {
        Some(Host::Domain(name)) if matches!(url.scheme(), "http" | "https") => Some(name.to_owned()),
        Some(Host::Ipv4(Ipv4Addr::LOCALHOST)) => Some(Ipv4Addr::LOCALHOST.to_string()),
        _ => None,
    };
    let source = match (named, url.port()) {
        (Some(host), Some(port)) => format!("{}://{host}:{port}", url.scheme()),
        (Some(host), None) => format!("{}://{host}", url.scheme()),
        (None, _) => format!("{}:", url.scheme()),
    };
    // Nothing that could end the directive or the header.
    let harmless = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'\'');
    source.bytes().all(harmless).then_some(source)
}

impl Policy {
    /// The value of `Content-Security-Policy` (CSP Level 3) for a page whose scripts and styles carry `nonce`.
    pub(crate) fn header(&self, nonce: &str) -> String {
        let list = |mut base: String, more: &[String]| {
            for source in more {
                base.push(' ');
                base.push_str(source);
            }
            base
        };
        [
            "default-src 'none'".to_owned(),
            format!("script-src 'self' 'nonce-{nonce}'"),
            format!("style-src 'self' 'nonce-{nonce}'"),
            list("img-src 'self' data:".to_owned(), &self.images),
            "font-src 'self'".to_owned(),
            "connect-src 'self'".to_owned(),
            "manifest-src 'self'".to_owned(),
            if self.frames {
                "frame-src 'self'"
            } else {
                "frame-src 'none'"
            }
            .to_owned(),
            "base-uri 'none'".to_owned(),
            list("form-action 'self'".to_owned(), &self.form_action),
            if self.framed_by_self {
                "frame-ancestors 'self'"
            } else {
                "frame-ancestors 'none'"
            }
            .to_owned(),
        ]
        .join("; ")
    }
}

const NOSNIFF: (HeaderName, HeaderValue) = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
/// JSON is UTF-8 in any case; clients of the wire are used to being told.
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// 180 days.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=15552000; includeSubDomains");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Adds the headers of a face, beside those that the answer has already.
pub(crate) fn secure(arrival: &Arrival, face: Face, response: &mut Response) {
    let headers = response.headers_mut();
    if headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json")
    {
        headers.insert(header::CONTENT_TYPE, JSON);
    }
    add(headers, NOSNIFF.0, NOSNIFF.1);
    add(headers, RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    // RFC 6797 §7.2: never over plain http.
    if arrival.web.secure() {
        add(headers, header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    match face {
        Face::Oidc | Face::Api => {
            add(headers, header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
            add(
                headers,
                header::REFERRER_POLICY,
                HeaderValue::from_static("strict-origin-when-cross-origin"),
            );
        }
        Face::Pages => {
            if !headers.contains_key(header::CONTENT_SECURITY_POLICY)
                && let Ok(value) = HeaderValue::try_from(Policy::default().header(arrival.nonce()))
            {
                headers.insert(header::CONTENT_SECURITY_POLICY, value);
            }
            // Not `no-referrer`, under which browsers send `Origin: null` with forms (Fetch §3.2).
            add(
                headers,
                header::REFERRER_POLICY,
                HeaderValue::from_static("same-origin"),
            );
            add(headers, OPENER_POLICY, HeaderValue::from_static("same-origin"));
            add(headers, header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_the_redirect_uri() {
        assert_eq!(
            source("https://app.example.com/callback?x=1").as_deref(),
            Some("https://app.example.com")
        );
        assert_eq!(
            source("http://localhost:3000/callback").as_deref(),
            Some("http://localhost:3000")
        );
        assert_eq!(source("http://[::1]:3000/").as_deref(), Some("http:"));
        assert_eq!(
            source("com.example.app://callback").as_deref(),
            Some("com.example.app:")
        );
        assert_eq!(source("com.example.app:/callback").as_deref(), Some("com.example.app:"));
        assert_eq!(source("not a uri"), None);
    }

    #[test]
    fn nothing_loads_or_frames_unless_said() {
        let policy = Policy::default().header("n0nce");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'nonce-n0nce'"));
        assert!(policy.ends_with("form-action 'self'; frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
        let reaching = Policy {
            form_action: vec!["com.example.app:".into()],
            ..Policy::default()
        }
        .header("n");
        assert!(reaching.contains("form-action 'self' com.example.app:;"));
    }
}
