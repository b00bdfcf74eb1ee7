//! Pushed authorization requests (RFC 9126).

use super::{asked, error};
use serde_json::Value;
use soleira_core::model::ApplicationType;
use soleira_testkit::{Page, Visitor, on_both_engines};
use soleira_tests::protocol::{
    CALLBACK, CHALLENGE, Client, answer_consent, answer_login, code, create_user, parameter, register,
    set_redirect_uris, text, walk,
};
use tokio::task::JoinSet;

/// What a client pushes, with further parameters in place of their namesakes.
async fn push(visitor: &Visitor, client: &Client, further: &[(&str, &str)]) -> Page {
    let mut fields = vec![
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile"),
        ("state", "pushed-state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    fields.retain(|(name, _)| further.iter().all(|(other, _)| other != name));
    fields.extend(further.iter().filter(|(_, value)| !value.is_empty()));
    client.post(visitor, "/oidc/request", &fields).await
}

/// The address that the browser is sent to.
fn reference(client: &Client, pushed: &Value) -> String {
    let request_uri = text(pushed, "request_uri").replace(':', "%3A");
    format!(
        "http://localhost:3001/oidc/auth?client_id={}&request_uri={request_uri}",
        client.id
    )
}

fn described(page: &Page) -> String {
    let body = page.json();
    let (error, description) = (text(&body, "error"), text(&body, "error_description"));
    format!("{} {error}: {description}", page.status())
}

on_both_engines! {
    async fn a_client_pushes_its_request_and_the_browser_brings_the_reference(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        for kind in [ApplicationType::Traditional, ApplicationType::Spa] {
            let client = register(server, kind).await;
            let page = push(&visitor, &client, &[]).await.expect(201);
            assert_eq!(page.header("cache-control"), Some("no-store"));
            let pushed = page.json();
            assert_eq!(pushed["expires_in"], 60);
            let id = text(&pushed, "request_uri").strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap();
            assert_eq!(id.len(), 43);
            // Whatever else the browser brings counts for nothing.
            let request = format!("{}&state=other&scope=email", reference(&client, &pushed));
            let answer = walk(server, &visitor, &client, &user, &request).await;
            assert!(answer.as_str().starts_with(CALLBACK));
            assert_eq!(parameter(&answer, "state").as_deref(), Some("pushed-state"));
            assert!(parameter(&answer, "iss").is_some());
            let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
            assert_eq!(tokens["scope"], "openid profile");
        }
    }

    async fn a_pushed_request_starts_one_interaction(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let pushed = push(&visitor, &client, &[]).await.expect(201).json();
        let request = reference(&client, &pushed);
        let mut uses = JoinSet::new();
        for _ in 0..100 {
            let (browser, request) = (visitor.stranger(), request.clone());
            uses.spawn(async move { browser.get(&request).await.expect(303).location() });
        }
        let (mut begun, mut refused) = (0, 0);
        for answer in uses.join_all().await {
            if answer.path() == "/sign-in" {
                begun += 1;
            } else {
                assert_eq!(error(&answer), "invalid_request_uri");
                assert_eq!(parameter(&answer, "state").as_deref(), Some("pushed-state"));
                refused += 1;
            }
        }
        assert_eq!((begun, refused), (1, 99));
    }

    async fn an_answer_without_a_page_uses_it_too(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let pushed = push(&visitor, &client, &[("prompt", "none")]).await.expect(201).json();
        let request = reference(&client, &pushed);
        assert_eq!(error(&asked(&visitor, &request).await), "login_required");
        assert_eq!(error(&asked(&visitor, &request).await), "invalid_request_uri");
    }

    async fn a_reference_lives_for_a_minute_and_is_its_clients_own(server) {
        let visitor = server.visitor();
        let (client, other) = (register(server, ApplicationType::Spa).await, register(server, ApplicationType::Spa).await);
        let pushed = push(&visitor, &client, &[("response_mode", "form_post")]).await.expect(201).json();
        let stolen = asked(&visitor, &reference(&other, &pushed)).await;
        assert_eq!(error(&stolen), "invalid_request_uri");
        assert_eq!(parameter(&stolen, "error_description").as_deref(), Some("request_uri is invalid or expired"));
        server.clock.advance_seconds(60);
        // The client hears of it in the mode that it asked for.
        let page = visitor.get(&reference(&client, &pushed)).await.expect(200);
        let form = page.form_at("form");
        assert_eq!(form.value("error"), Some("invalid_request_uri"));
        assert_eq!(form.value("state"), Some("pushed-state"));
        let unknown = format!("{}x", reference(&client, &pushed));
        assert_eq!(error(&asked(&visitor, &unknown).await), "invalid_request_uri");
        // Without an address that is sure, the browser hears of it.
        set_redirect_uris(server, &client, &["https://a.example.com/", "https://b.example.com/"]).await;
        assert_eq!(visitor.get(&unknown).await.expect(400).json()["error"], "invalid_request_uri");
        let nameless = format!("/oidc/auth?request_uri={}", text(&pushed, "request_uri"));
        let body = visitor.get(&nameless).await.expect(400).json();
        assert_eq!(body["error_description"], "missing required parameter 'client_id'");
    }

    async fn what_was_pushed_is_checked_again(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let pushed = push(&visitor, &client, &[]).await.expect(201).json();
        set_redirect_uris(server, &client, &["https://elsewhere.example.com/"]).await;
        let body = visitor.get(&reference(&client, &pushed)).await.expect(400).json();
        assert_eq!(body["error"], "invalid_redirect_uri");
    }

    async fn a_pushed_request_is_refused_at_once(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        for (further, expected) in [
            (vec![("redirect_uri", "https://evil.example/")], "400 invalid_request: redirect_uri did not match any of the client's registered redirect_uris"),
            (vec![("response_type", "")], "400 invalid_request: missing required parameter 'response_type'"),
            (vec![("response_type", "id_token")], "400 unauthorized_client: requested response_type is not allowed for this client"),
            (vec![("response_mode", "jwt")], "400 unsupported_response_mode: unsupported response_mode requested"),
            (vec![("request_uri", "urn:ietf:params:oauth:request_uri:x")], "400 request_uri_not_supported: request_uri parameter provided but not supported"),
            (vec![("request", "x")], "400 request_not_supported: request parameter provided but not supported"),
            (vec![("resource", "https://unknown.example.com")], "400 invalid_target: resource indicator is missing, or unknown"),
            // A body is not split at commas, a query is.
            (vec![("resource", "https://a.example.com,https://b.example.com")], "400 invalid_target: resource indicator is missing, or unknown"),
            (vec![("code_challenge", ""), ("code_challenge_method", "")], "400 invalid_request: Authorization Server policy requires PKCE to be used for this request"),
        ] {
            assert_eq!(described(&push(&visitor, &client, &further).await), expected, "{further:?}");
        }
        let twice = push(&visitor, &client, &[("scope", "openid"), ("scope", "openid")]).await;
        assert_eq!(described(&twice), "400 invalid_request: 'scope' parameter must not be provided twice");
        visitor.get("/oidc/request").await.expect(404);
    }

    async fn clients_prove_who_they_are_when_they_push(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Traditional).await;
        let stranger = Client { secret: Some("wrong".into()), ..client.clone() };
        let wrong = push(&visitor, &stranger, &[]).await;
        assert_eq!(described(&wrong), "401 invalid_client: client authentication failed");
        assert!(wrong.header("www-authenticate").unwrap().starts_with("Basic "));
        let without = Client { secret: None, ..client.clone() };
        assert_eq!(described(&push(&visitor, &without, &[]).await), "401 invalid_client: client authentication failed");
        let unknown = Client { id: "bogus".into(), secret: None };
        assert_eq!(described(&push(&visitor, &unknown, &[]).await), "400 invalid_client: invalid client bogus");
        let nobody = visitor.post_form("/oidc/request", &[]).await;
        assert_eq!(described(&nobody), "400 invalid_request: no client authentication mechanism provided");
        // A secret that came with the request is not kept with it.
        let secret = client.secret.clone().unwrap();
        let fields = [("client_id", client.id.as_str()), ("client_secret", &secret), ("response_type", "code"), ("scope", "openid")];
        let pushed = visitor.post_form("/oidc/request", &fields).await.expect(201).json();
        let user = create_user(server, "ada").await;
        visitor.get(&reference(&client, &pushed)).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        visitor.get(&next).await.expect(303);
        let next = answer_consent(&server.system(), &visitor, &client).await;
        assert!(parameter(&visitor.get(&next).await.expect(303).location(), "code").is_some());
    }
}
