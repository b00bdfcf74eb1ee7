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
fn the_uris_of_a_document_are_compared_letter_by_letter() {
    let verify = |registered: &str, requested: &str| {
        VerifiedRedirectUri::verify_verbatim([registered], requested).map(|verified| verified.as_str().to_owned())
    };
    assert_eq!(verify(APP, APP).unwrap(), APP);
    for (registered, requested) in [
        ("https://app.example.com", "https://app.example.com/"),
        ("https://app.example.com:443/callback", APP),
        ("https://APP.example.com/callback", APP),
        ("https://*.example.com/callback", APP),
        (APP, "https://app.example.com/callback?x"),
        (
            "https://app.example.com:1/callback",
            "https://app.example.com:2/callback",
        ),
        ("http://*/callback", "http://localhost/callback"),
        ("http://localhost/callback", "http://127.0.0.1/callback"),
        ("http://192.168.0.1:1/callback", "http://192.168.0.1:2/callback"),
    ] {
        assert_eq!(
            verify(registered, requested).unwrap_err(),
            Refusal::NotRegistered,
            "{requested}"
        );
    }
    // A program on the person's own machine cannot know its port beforehand.
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let requested = format!("http://{host}:52011/callback");
        assert_eq!(
            verify(&format!("http://{host}/callback"), &requested).unwrap(),
            requested
        );
    }
    for attack in ["https://app.example.com@evil.example/callback", "javascript:alert(1)"] {
        assert!(verify(attack, attack).is_err(), "{attack}");
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
    fn case_of_the_host_and_the_default_port_do_not_count(upper in any::<[bool; 15]>(), port in any::<bool>(), path in "[a-z/]{0,8}") {
        let host: String = "app.example.com"
            .chars()
            .zip(upper)
            .map(|(letter, upper)| if upper { letter.to_ascii_uppercase() } else { letter })
            .collect();
        let requested = format!("HTTPS://{host}{}/{path}", if port { ":443" } else { "" });
        prop_assert!(verify(&[&format!("https://app.example.com/{path}")], &requested).is_ok(), "{}", requested);
        // Of the path, case counts.
        let louder = requested.replace(&format!("/{path}"), &format!("/{}", path.to_ascii_uppercase()));
        prop_assert_eq!(verify(&[&format!("https://app.example.com/{path}")], &louder).is_ok(), louder == requested);
    }

    #[test]
    fn another_port_is_another_address(port in 1_u16.., native in any::<bool>()) {
        let requested = format!("https://app.example.com:{port}/callback");
        let verified = if native { verify_native(&[APP], &requested) } else { verify(&[APP], &requested) };
        prop_assert_eq!(verified.is_ok(), port == 443);
    }

    #[test]
    fn nothing_that_climbs_or_hides_a_host_is_let_through(
        before in "[a-z/]{0,6}",
        trick in "(\\.\\./|\\./|/\\.\\.;|%2e%2e/|%2E\\./|%252e%252e/|%25252e\\./|\\.\\.%3b/|@|\\\\|\t|\n| |#|\\*|\u{3002}|é|\u{202e})",
        after in "[a-z/]{0,6}",
    ) {
        for requested in [
            format!("https://app.example.com/{before}/{trick}/{after}"),
            format!("https://app.example.com{trick}evil.example/{before}{after}"),
            format!("https://{before}{trick}app.example.com/{after}"),
        ] {
            let own = requested.as_str();
            // A plain `@` in a path or a dot in a name is no trick; where it is, not even its own registration helps.
            if let Ok(verified) = VerifiedRedirectUri::verify([own], own, Ports::Exact) {
                let segments = verified.url().path().split('/');
                prop_assert!(segments.into_iter().all(|segment| segment != ".." && segment != "."), "{}", own);
                prop_assert!(verified.url().username().is_empty(), "{}", own);
                prop_assert!(own.is_ascii() && !own.contains(['\\', '#', '*', ' ', '\t', '\n']), "{}", own);
            }
            prop_assert!(verify(&["https://app.example.com/*"], own).is_err() || own.starts_with("https://app.example.com/"), "{}", own);
        }
    }

    #[test]
    fn what_cannot_be_registered_cannot_be_requested(text in "[a-z:/.*@#%;\\\\-]{0,30}") {
        if check_registration(&text).is_err() {
            prop_assert!(verify(&[&text], &text).is_err());
        }
    }
}
