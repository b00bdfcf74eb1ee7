//! What is wrong with an authorization request, and who is told.

use super::{asked, error};
use soleira_core::model::{ApplicationType, CustomClientMetadata, OidcClientMetadata};
use soleira_directory::applications::{self, NewApplication};
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{CALLBACK, Client, create_user, parameter, register, register_with, text, walk};
use url::Url;

on_both_engines! {
    async fn what_is_wrong_is_told_to_the_client_once_its_address_is_sure(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        for (further, expected) in [
            (vec![("response_type", "")], "invalid_request"),
            (vec![("response_type", "token")], "unsupported_response_type"),
            (vec![("response_type", "id_token")], "unauthorized_client"),
            (vec![("response_mode", "jwt")], "unsupported_response_mode"),
            (vec![("request", "x")], "request_not_supported"),
            (vec![("request_uri", "x")], "request_uri_not_supported"),
            (vec![("registration", "{}")], "registration_not_supported"),
            (vec![("prompt", "none login")], "invalid_request"),
            (vec![("prompt", "create")], "invalid_request"),
            (vec![("max_age", "soon")], "invalid_request"),
            (vec![("scope", "read"), ("nonce", "n")], "invalid_request"),
            (vec![("resource", "api")], "invalid_target"),
            (vec![("resource", "https://api.example.com/#x")], "invalid_target"),
            (vec![("resource", "https://unknown.example.com")], "invalid_target"),
            (vec![("id_token_hint", "x.y.z")], "invalid_request"),
            (vec![("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
            (vec![("code_challenge_method", "")], "invalid_request"),
            (vec![("code_challenge_method", "plain")], "invalid_request"),
            (vec![("code_challenge", "too-short")], "invalid_request"),
        ] {
            let answer = asked(&visitor, &client.request(&further)).await;
            assert!(answer.as_str().starts_with(CALLBACK), "{further:?}: {answer}");
            assert_eq!(error(&answer), expected, "{further:?}");
            assert_eq!(parameter(&answer, "state").as_deref(), Some("the-state"), "{further:?}");
        }
    }

    async fn a_doubtful_client_or_address_is_told_to_the_browser(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let unknown = visitor.get("/oidc/auth?client_id=bogus&state=s").await.expect(400).json();
        assert_eq!(unknown["code"], "oidc.invalid_client");
        assert_eq!(unknown["message"], "An OIDC error occurred: oidc.invalid_client.");
        assert_eq!(unknown["error_description"], "invalid client bogus");
        assert_eq!((unknown["state"].as_str(), unknown["iss"].as_str()), (Some("s"), Some("http://localhost:3001/oidc")));
        let bare = visitor.get("/oidc/auth?client_id=bogus&parse_error=false").await.expect(400).json();
        assert!(bare.get("code").is_none() && bare.get("message").is_none());
        let missing = visitor.get("/oidc/auth").await.expect(400).json();
        assert_eq!(missing["error_description"], "missing required parameter 'client_id'");
        let twice = visitor.get(&format!("{}&scope=x", client.request(&[]))).await.expect(400).json();
        assert_eq!(twice["error_description"], "'scope' parameter must not be provided twice");
        visitor.get("/oidc/auth?client_id=%00").await.expect(400);
        visitor.get(&format!("/oidc/auth?client_id={}", "x".repeat(5000))).await.expect(400);
        for attack in [
            "https://app.example.com/callback/",
            "https://app.example.com/callback/..;/evil",
            "https://app.example.com@evil.example/callback",
            "https://evil.example/callback@@app.example.com",
            "https://app.example.com.evil.example/callback",
            "https://app.example.com/callback#x",
            "JavaScript:alert(1)",
            "http://app.example.com/callback",
            "//app.example.com/callback",
        ] {
            let body = visitor.get(&client.request(&[("redirect_uri", attack)])).await.expect(400).json();
            assert_eq!(body["error"], "invalid_redirect_uri", "{attack}");
        }
    }

    async fn a_client_without_redirect_uri_is_unusable(server) {
        let visitor = server.visitor();
        let client = register_with(server, ApplicationType::Spa, &[], CustomClientMetadata::default()).await;
        let body = visitor.get(&client.request(&[])).await.expect(400).json();
        assert_eq!(body["error_description"], "redirect_uris must contain members");
        client.post(&visitor, "/oidc/token/revocation", &[("token", "x")]).await.expect(400);
    }

    async fn a_machine_has_no_page(server) {
        let client = register_with(server, ApplicationType::MachineToMachine, &[CALLBACK], CustomClientMetadata::default()).await;
        let answer = asked(&server.visitor(), &client.request(&[])).await;
        assert_eq!(error(&answer), "unauthorized_client");
    }

    async fn nothing_granted_is_access_denied(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let answer = walk(server, &visitor, &client, &user, &client.request(&[("scope", "read")])).await;
        assert_eq!(error(&answer), "access_denied");
    }

    async fn every_error_goes_where_it_may_in_the_mode_that_was_asked_for(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let [spa, native, third] = [
            register(server, ApplicationType::Spa).await,
            register(server, ApplicationType::Native).await,
            third_party(server).await,
        ];
        let machine = register_with(server, ApplicationType::MachineToMachine, &[CALLBACK], CustomClientMetadata::default()).await;
        walk(server, &visitor, &spa, &user, &spa.request(&[])).await;
        let stranger = server.visitor();
        let pushed = "urn:ietf:params:oauth:request_uri:nobody-pushed-it";
        // The table of docs/wire/errors.md as far as it concerns the authorization endpoint: who asks, what for, and what
        // the client is told.
        let told: Vec<Case<'_>> = vec![
            (&stranger, &spa, vec![("response_type", "")], "invalid_request: missing required parameter 'response_type'"),
            (&stranger, &spa, vec![("prompt", "none login")], "invalid_request: prompt none must only be used alone"),
            (&stranger, &spa, vec![("prompt", "create")], "invalid_request: unsupported prompt value requested"),
            (&stranger, &spa, vec![("max_age", "soon")], "invalid_request: invalid max_age parameter value"),
            (&stranger, &spa, vec![("scope", "read"), ("nonce", "n")], "invalid_request: openid scope must be requested when using the nonce parameter"),
            (&stranger, &spa, vec![("id_token_hint", "x.y.z")], "invalid_request: could not validate id_token_hint"),
            (&stranger, &spa, vec![("code_challenge", ""), ("code_challenge_method", "")], "invalid_request: Authorization Server policy requires PKCE to be used for this request"),
            (&stranger, &spa, vec![("code_challenge_method", "")], "invalid_request: code_challenge_method must be provided"),
            (&stranger, &spa, vec![("code_challenge_method", "plain")], "invalid_request: not supported value of code_challenge_method"),
            (&stranger, &spa, vec![("response_type", "token")], "unsupported_response_type: unsupported response_type requested"),
            (&stranger, &spa, vec![("response_type", "id_token")], "unauthorized_client: requested response_type is not allowed for this client"),
            (&stranger, &spa, vec![("response_type", "none")], "unauthorized_client: requested response_type is not allowed for this client"),
            (&stranger, &machine, vec![], "unauthorized_client: requested response_type is not allowed for this client"),
            (&stranger, &spa, vec![("request", "x")], "request_not_supported: request parameter provided but not supported"),
            (&stranger, &spa, vec![("request_uri", "https://a.example/")], "request_uri_not_supported: request_uri parameter provided but not supported"),
            (&stranger, &spa, vec![("request_uri", pushed)], "invalid_request_uri: request_uri is invalid or expired"),
            (&stranger, &spa, vec![("registration", "{}")], "registration_not_supported: registration parameter provided but not supported"),
            (&stranger, &third, vec![("scope", "openid email")], "invalid_scope: requested scope is not allowed"),
            (&stranger, &spa, vec![("resource", "api")], "invalid_target: resource indicator must be an absolute URI"),
            (&stranger, &spa, vec![("resource", "https://a.example/#x")], "invalid_target: resource indicator must not contain a fragment component"),
            (&stranger, &spa, vec![("resource", "https://unknown.example")], "invalid_target: resource indicator is missing, or unknown"),
            (&stranger, &spa, vec![("prompt", "none")], "login_required: End-User authentication is required"),
            (&visitor, &spa, vec![("prompt", "none"), ("scope", "openid email")], "consent_required: requested scopes not granted"),
            (&visitor, &native, vec![("prompt", "none")], "interaction_required: native clients require End-User interaction"),
            (&visitor, &spa, vec![("prompt", "none"), ("scope", "openid"), ("max_age", "0")], "login_required: End-User authentication could not be obtained"),
            (&visitor, &spa, vec![("scope", "read")], "access_denied: authorization request resolved without requesting interactions but no scope was granted"),
            (&visitor, &spa, vec![("prompt", "none"), ("scope", "read")], "access_denied: authorization request resolved without requesting interactions but no scope was granted"),
        ];
        server.clock.advance_seconds(10);
        for mode in ["", "query", "fragment", "form_post"] {
            for (who, client, further, expected) in &told {
                let further = [further.as_slice(), &[("response_mode", mode)]].concat();
                let answer = answer_in(mode, &who.get(&client.request(&further)).await);
                let said = |name: &str| answer.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
                assert_eq!(format!("{}: {}", said("error").unwrap(), said("error_description").unwrap()), *expected, "{mode}");
                assert_eq!((said("state"), said("iss")), (Some("the-state"), Some("http://localhost:3001/oidc")), "{mode} {expected}");
                assert_eq!(said("scope"), expected.starts_with("invalid_scope").then_some("email"));
                assert!(said("code").is_none());
            }
        }
        // An unknown mode cannot be honoured: the answer takes the usual way.
        let answer = asked(&stranger, &spa.request(&[("response_mode", "jwt")])).await;
        assert_eq!(error(&answer), "unsupported_response_mode");
        // And what is never sent to an address that may be anybody's, whatever mode is asked for.
        for mode in ["query", "fragment", "form_post", "jwt"] {
            for (further, status, expected) in [
                (vec![("client_id", "")], 400, "invalid_request: missing required parameter 'client_id'"),
                (vec![("client_id", "bogus")], 400, "invalid_client: invalid client bogus"),
                (vec![("redirect_uri", "https://evil.example/")], 400, "invalid_redirect_uri: redirect_uri did not match any of the client's registered redirect_uris"),
            ] {
                let request = spa.request(&[further.as_slice(), &[("response_mode", mode)]].concat());
                let body = stranger.get(&request).await.expect(status).json();
                assert_eq!(format!("{}: {}", text(&body, "error"), text(&body, "error_description")), expected);
                assert_eq!((text(&body, "state"), text(&body, "iss")), ("the-state", "http://localhost:3001/oidc"));
                assert_eq!(text(&body, "code"), format!("oidc.{}", text(&body, "error")));
                assert!(body["message"].is_string());
            }
            let twice = format!("{}&state=other", spa.request(&[("response_mode", mode)]));
            assert_eq!(stranger.get(&twice).await.expect(400).json()["error"], "invalid_request");
        }
    }

    async fn the_page_that_posts_an_error_leads_nowhere_else(server) {
        let client = register(server, ApplicationType::Spa).await;
        let request = client.request(&[("response_mode", "form_post"), ("request", "x"), ("state", "\"><script>alert(1)</script>")]);
        let page = server.visitor().get(&request).await.expect(200);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("form-action 'self' https://app.example.com"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert!(!page.body().contains("<script>alert"));
        assert_eq!(page.form_at("form").value("state"), Some("\"><script>alert(1)</script>"));
        assert!(page.has("form[data-auto-submit]"));
    }
}

/// Who asks, for which client, with which parameters, and what the client is told.
type Case<'a> = (&'a Visitor, &'a Client, Vec<(&'a str, &'a str)>, &'a str);

/// What an answer tells the client, in the mode that was asked for.
fn answer_in(mode: &str, page: &Page) -> Vec<(String, String)> {
    if mode == "form_post" {
        let form = page.clone().expect(200).form_at("form");
        assert_eq!(form.action().as_str(), CALLBACK);
        return form
            .pairs()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
    }
    let location = page.clone().expect(303).location();
    assert!(location.as_str().starts_with(CALLBACK), "{location}");
    let pairs = if mode == "fragment" {
        assert!(location.query().is_none());
        let fragment = location.fragment().unwrap();
        Url::parse(&format!("{CALLBACK}?{fragment}")).unwrap()
    } else {
        assert!(location.fragment().is_none());
        location
    };
    pairs.query_pairs().into_owned().collect()
}

/// An application of somebody else.
async fn third_party(server: &TestServer) -> Client {
    let mut new = NewApplication::new("Elsewhere", ApplicationType::Spa);
    new.is_third_party = true;
    new.oidc_client_metadata = Some(OidcClientMetadata {
        redirect_uris: vec![CALLBACK.to_owned()],
        ..OidcClientMetadata::default()
    });
    let application = applications::create(&server.system(), new).await.unwrap();
    Client {
        id: application.id.to_string(),
        secret: None,
    }
}
