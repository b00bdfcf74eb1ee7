//! The redirect-URI matcher: what a request names against what a client has registered.

use crate::text;
use soleira_core::rules::redirect_uri::{Ports, VerifiedRedirectUri, check_registration, is_origin_of};
use url::Url;

/// Schemes that no answer is ever sent to.
const FORBIDDEN: [&str; 6] = ["javascript", "vbscript", "data", "blob", "file", "about"];

/// The first line is what is registered, the rest what is requested; without a second line, both are the same.
pub fn run(data: &[u8]) {
    let input = text(data);
    let (registered, requested) = input.split_once('\n').unwrap_or((&input, &input));
    let _ = check_registration(registered);
    let _ = is_origin_of([registered], requested);
    let _ = VerifiedRedirectUri::only_one([registered]);
    for ports in [Ports::Exact, Ports::AnyOnLoopback] {
        if let Ok(verified) = VerifiedRedirectUri::verify([registered], requested, ports) {
            hold(registered, requested, &verified, ports);
        }
    }
    if let Ok(verified) = VerifiedRedirectUri::verify_verbatim([registered], requested) {
        hold(registered, requested, &verified, Ports::AnyOnLoopback);
        assert!(!registered.contains('*'), "nothing stands for anything");
    }
}

/// What holds for whatever was let through.
fn hold(registered: &str, requested: &str, verified: &VerifiedRedirectUri, ports: Ports) {
    let url = verified.url();
    assert_eq!(verified.as_str(), requested, "what was asked for is what is used");
    assert!(requested.bytes().all(|byte| byte.is_ascii_graphic()), "{requested:?}");
    assert!(!requested.contains(['*', '\\', '#']), "{requested:?}");
    assert!(!FORBIDDEN.contains(&url.scheme()), "{requested:?}");
    assert!(url.username().is_empty() && url.password().is_none(), "{requested:?}");
    let again = Url::parse(url.as_str()).expect("what was parsed once parses again");
    assert_eq!(again, *url, "a browser reads the same");
    let pattern = Url::parse(registered).expect("only what parses is matched");
    assert_eq!(pattern.scheme(), url.scheme(), "{registered:?} {requested:?}");
    assert_eq!(pattern.query(), url.query(), "{registered:?} {requested:?}");
    let free_port = ports == Ports::AnyOnLoopback && url.scheme() == "http";
    if !free_port {
        assert_eq!(
            pattern.port_or_known_default(),
            url.port_or_known_default(),
            "{registered:?} {requested:?}"
        );
    }
    if !registered.contains('*') {
        assert_eq!(pattern.host(), url.host(), "{registered:?} {requested:?}");
        assert_eq!(pattern.path(), url.path(), "{registered:?} {requested:?}");
        if !free_port {
            assert_eq!(pattern, *url, "{registered:?} {requested:?}");
        }
        return;
    }
    if let (Some(pattern), Some(host)) = (pattern.host_str(), url.host_str())
        && pattern.contains('*')
    {
        let end = |name: &str| {
            name.rsplit('.')
                .take(2)
                .map(str::to_ascii_lowercase)
                .collect::<Vec<_>>()
        };
        assert_eq!(end(pattern), end(host), "a wildcard never leaves the registered domain");
        assert_eq!(
            pattern.split('.').count(),
            host.split('.').count(),
            "{registered:?} {requested:?}"
        );
    }
}
