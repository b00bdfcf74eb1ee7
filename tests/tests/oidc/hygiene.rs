//! What every endpoint of the protocol makes of requests that are not as they should be, and of scripts of other origins.

use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_testkit::{Page, Visitor, on_both_engines};
use soleira_tests::protocol::{CALLBACK, CHALLENGE, register, register_with, text};

/// Where clients send bodies.
const CLIENT_ENDPOINTS: [&str; 5] = [
    "/oidc/token",
    "/oidc/token/introspection",
    "/oidc/token/revocation",
    "/oidc/request",
    "/oidc/device/auth",
];
/// Where browsers and bearers do.
const OTHER_ENDPOINTS: [&str; 5] = [
    "/oidc/auth",
    "/oidc/session/end",
    "/oidc/session/end/confirm",
    "/oidc/device",
    "/oidc/me",
];
/// What answers to `GET`.
const ADDRESSES: [&str; 9] = [
    "/oidc/auth",
    "/oidc/auth/some-uid",
    "/oidc/device",
    "/oidc/device/some-uid",
    "/oidc/session/end",
    "/oidc/me",
    "/oidc/jwks",
    "/oidc/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server/oidc",
];
const FORM: &str = "application/x-www-form-urlencoded";

async fn post(visitor: &Visitor, path: &str, kind: &str, body: &[u8]) -> Page {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_str(kind).unwrap());
    visitor
        .send(Method::POST, visitor.resolve(path), headers, body.to_vec().into())
        .await
}

fn described(page: &Page) -> String {
    let body = page.json();
    format!(
        "{} {}: {}",
        page.status(),
        text(&body, "error"),
        text(&body, "error_description")
    )
}

on_both_engines! {
    async fn nul_and_malformed_escapes_are_refused_everywhere(server) {
        let visitor = server.visitor();
        visitor.always("accept", "application/json");
        for path in CLIENT_ENDPOINTS.iter().chain(&OTHER_ENDPOINTS) {
            for body in ["client_id=%00", "client_id=\0", "%00=x", "user_code=a%00b"] {
                let page = post(&visitor, path, FORM, body.as_bytes()).await;
                assert_eq!(described(&page), "400 invalid_request: null bytes are not allowed in the request body", "{path} {body}");
            }
            for body in ["client_id=%", "client_id=%zz", "%f=x", "state=%ff", "user_code=100%"] {
                let page = post(&visitor, path, FORM, body.as_bytes()).await;
                assert_eq!(described(&page), "400 invalid_request: malformed percent-encoding in the request body", "{path} {body}");
            }
            for body in [r#"{"client_id":"a\u0000"}"#, "{\"client_id\":\"\0\"}", r#"{"a\u0000":1}"#] {
                let page = post(&visitor, path, "application/json", body.as_bytes()).await;
                assert_eq!(described(&page), "400 invalid_request: null bytes are not allowed in the request body", "{path} {body}");
            }
        }
        for path in ADDRESSES {
            for query in ["a=%00", "%00", "client_id=a%00b"] {
                let page = visitor.get(&format!("{path}?{query}")).await;
                assert_eq!(described(&page), "400 invalid_request: null bytes are not allowed in the request address", "{path} {query}");
            }
            for query in ["a=%", "a=%zz", "%ff=1", "state=100%&a=b", "a=%c3%28"] {
                let page = visitor.get(&format!("{path}?{query}")).await;
                assert_eq!(described(&page), "400 invalid_request: malformed percent-encoding in the request address", "{path} {query}");
            }
        }
        for path in ["/oidc/auth/%00", "/oidc/device/a%00", "/oidc/%00", "/oidc/nonsense/%00"] {
            assert!(described(&visitor.get(path).await).starts_with("400 invalid_request: null bytes"), "{path}");
        }
        for path in ["/oidc/auth/%ff", "/oidc/device/100%", "/oidc/%zz", "/oidc/token/%"] {
            assert!(described(&visitor.get(path).await).starts_with("400 invalid_request: malformed"), "{path}");
        }
    }

    async fn cookies_that_are_not_ours_count_as_none(server) {
        let visitor = server.visitor();
        visitor.always("accept", "application/json");
        let client = register(server, ApplicationType::Spa).await;
        for value in ["%00", "a%00b", "%", "%zz", "%ff", "{\"app\":\"%00\"}", "\"", ";;=;", "%7B%22a%22%3A%22%00%22%7D"] {
            visitor.forget_cookies(None);
            for name in ["_session", "_interaction", "_interaction_resume", "_logto", "_device_flow"] {
                visitor.set_cookie(name, value);
                visitor.set_cookie(&format!("{name}.sig"), value);
            }
            assert_eq!(visitor.get(&client.request(&[])).await.expect(303).location().path(), "/sign-in", "{value}");
            assert_eq!(visitor.get("/oidc/auth/uid").await.expect(400).json()["code"], "session.not_found", "{value}");
            visitor.get("/oidc/session/end").await.expect(200);
            visitor.get("/oidc/device").await.expect(302);
        }
    }

    async fn bodies_have_a_limit_and_a_charset(server) {
        let visitor = server.visitor();
        visitor.always("accept", "application/json");
        for path in CLIENT_ENDPOINTS.iter().chain(&OTHER_ENDPOINTS) {
            post(&visitor, path, FORM, &vec![b'a'; 56 * 1024 + 1]).await.expect(413);
            let fits = post(&visitor, path, FORM, &vec![b'a'; 56 * 1024]).await;
            assert!(fits.status() < 404, "{path}: {}", fits.status());
        }
        let wide: Vec<u8> = "client_id=b\u{f6}gus".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (kind, body) in [
            ("application/x-www-form-urlencoded; charset=utf16le", wide.as_slice()),
            ("application/x-www-form-urlencoded; charset=latin1", b"client_id=b\xf6gus"),
            ("application/x-www-form-urlencoded; charset=UTF-8", "client_id=b\u{f6}gus".as_bytes()),
            ("application/x-www-form-urlencoded", b"client_id=b%C3%B6gus"),
            ("application/json", "{\"client_id\":\"b\u{f6}gus\"}".as_bytes()),
        ] {
            for path in CLIENT_ENDPOINTS {
                let page = post(&visitor, path, kind, body).await;
                assert_eq!(described(&page), "400 invalid_client: invalid client b\u{f6}gus", "{path} {kind}");
            }
        }
        for path in CLIENT_ENDPOINTS {
            let broken = post(&visitor, path, "application/json", b"{").await;
            assert_eq!(described(&broken), "400 invalid_request: no client authentication mechanism provided", "{path}");
            let within = path.strip_prefix("/oidc").unwrap();
            let other = post(&visitor, path, "application/json1", b"{}").await;
            assert_eq!(
                described(&other),
                format!("400 invalid_request: only application/x-www-form-urlencoded content-type bodies are supported on POST {within}")
            );
        }
    }

    async fn json_says_what_a_form_says(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let asked = json!({
            "client_id": client.id, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256", "max_age": 60,
        });
        visitor.send_json(Method::POST, "/oidc/request", None, &asked).await.expect(201);
        let sent = visitor.send_json(Method::POST, "/oidc/auth", None, &asked).await.expect(303);
        assert_eq!(sent.location().path(), "/sign-in");
        // What a query can say is forwarded, repetition included; what it cannot say misses the route.
        let with = |name: &str, value: serde_json::Value| {
            let mut asked = asked.clone();
            asked[name] = value;
            asked
        };
        let twice = visitor.send_json(Method::POST, "/oidc/auth", None, &with("state", json!(["a", "b"]))).await;
        assert_eq!(described(&twice), "400 invalid_request: 'state' parameter must not be provided twice");
        for value in [json!({}), json!(null), json!([]), json!(["one"]), json!([["a"], "b"])] {
            for path in ["/auth", "/session/end"] {
                let missed = visitor.send_json(Method::POST, &format!("/oidc{path}"), None, &with("state", value.clone())).await;
                assert_eq!(described(&missed), format!("404 invalid_request: unrecognized route or not allowed method (POST on {path})"));
            }
        }
        let plain = post(&visitor, "/oidc/auth", "text/plain", b"client_id=x").await;
        assert_eq!(described(&plain), "404 invalid_request: unrecognized route or not allowed method (POST on /auth)");
        // A forwarded body is a query: its resources are split at commas.
        let split = visitor.send_json(Method::POST, "/oidc/auth", None, &with("resource", json!("https://a.example,api"))).await;
        let answer = split.expect(303).location();
        assert!(answer.as_str().contains("resource+indicator+must+be+an+absolute+URI"), "{answer}");
    }

    async fn errors_are_bare_where_that_is_asked_for(server) {
        let visitor = server.visitor();
        visitor.always("accept", "application/json");
        for (method, path) in [
            (Method::GET, "/oidc/auth?client_id=bogus"),
            (Method::GET, "/oidc/auth?client_id=%zz"),
            (Method::GET, "/oidc/auth/uid?"),
            (Method::GET, "/oidc/nonsense?"),
            (Method::PUT, "/oidc/token?"),
            (Method::GET, "/oidc/me?"),
            (Method::POST, "/oidc/token?"),
            (Method::POST, "/oidc/request?"),
            (Method::POST, "/oidc/device/auth?"),
            (Method::POST, "/oidc/device?"),
            (Method::POST, "/oidc/session/end/confirm?"),
        ] {
            for (flag, is_bare) in [("", false), ("parse_error=true", false), ("parse_error=false", true)] {
                let address = format!("{path}{}{flag}", if flag.is_empty() || path.ends_with('?') { "" } else { "&" });
                let mut headers = HeaderMap::new();
                headers.insert("content-type", HeaderValue::from_static(FORM));
                let page = visitor.send(method.clone(), visitor.resolve(&address), headers, "".into()).await;
                let body = page.json();
                assert!(page.status() >= 400 && body["error"].is_string() && body["error_description"].is_string(), "{address}: {page:?}");
                for name in ["code", "message"] {
                    assert_eq!(body.get(name).is_none(), is_bare, "{method} {address}: {body}");
                }
                assert!(page.header("logto-core-request-id").is_some());
                assert!(page.header("content-security-policy").is_none(), "{address}");
                assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
                assert_eq!(page.header("referrer-policy"), Some("strict-origin-when-cross-origin"));
            }
        }
        let unknown = visitor.get("/oidc/nonsense").await.json();
        assert_eq!((text(&unknown, "code"), text(&unknown, "message")), ("oidc.invalid_request", "Request is invalid."));
        let localized = visitor.get("/oidc/nonsense?locale=pt-BR").await.json();
        assert_ne!(localized["message"], unknown["message"]);
    }

    async fn answers_to_get_are_revalidated(server) {
        let visitor = server.visitor();
        for path in ["/oidc/jwks", "/oidc/.well-known/openid-configuration", "/.well-known/openid-configuration/oidc"] {
            let page = visitor.get(path).await.expect(200);
            let asking = server.visitor();
            asking.always("if-none-match", page.header("etag").unwrap());
            assert!(asking.get(path).await.expect(304).body().is_empty());
        }
    }

    async fn scripts_of_other_origins_are_answered_by_the_rule_of_the_route(server) {
        let custom = CustomClientMetadata { cors_allowed_origins: Some(vec!["https://tool.example".into()]), ..CustomClientMetadata::default() };
        let uris = [CALLBACK, "https://*.preview.example.com/cb"];
        let client = register_with(server, ApplicationType::Spa, &uris, custom).await;
        let preflight = async |path: &str, method: &'static str| {
            let visitor = server.visitor();
            visitor.always("origin", "https://anybody.example");
            visitor.always("access-control-request-method", method);
            visitor.send(Method::OPTIONS, visitor.resolve(path), HeaderMap::new(), "".into()).await
        };
        for path in CLIENT_ENDPOINTS {
            let passed = preflight(path, "POST").await;
            assert_eq!(passed.header("access-control-allow-origin"), Some("https://anybody.example"), "{path}");
            assert_eq!(passed.header("access-control-max-age"), Some("3600"));
            assert_eq!(passed.header("access-control-allow-methods"), Some("POST"));
            for (origin, allowed) in [
                ("https://app.example.com", true),
                ("https://pr-1.preview.example.com", true),
                ("https://tool.example", true),
                ("http://localhost:3001", true),
                ("https://a.b.preview.example.com", false),
                ("https://anybody.example", false),
                ("https://app.example.com.evil.example", false),
                ("null", false),
            ] {
                let visitor = server.visitor();
                visitor.always("origin", origin);
                let page = client.post(&visitor, path, &[]).await;
                assert_eq!(page.header("access-control-allow-origin"), allowed.then_some(origin), "{path} {origin}");
                assert!(page.header("vary").unwrap().contains("Origin"));
                assert!(page.header("access-control-allow-credentials").is_none());
                if allowed {
                    assert_eq!(page.header("access-control-expose-headers"), Some("WWW-Authenticate"));
                } else {
                    assert_eq!(described(&page), format!("400 invalid_request: origin {origin} not allowed for client: {}", client.id));
                }
            }
        }
        for path in ["/oidc/jwks", "/oidc/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/oidc"] {
            assert_eq!(preflight(path, "GET").await.header("access-control-allow-origin"), Some("https://anybody.example"));
        }
        for path in ["/oidc/auth", "/oidc/session/end", "/oidc/device"] {
            assert!(preflight(path, "POST").await.header("access-control-allow-origin").is_none(), "{path}");
        }
    }
}
