//! OAuth 2.0 and OpenID Connect over HTTP: metadata, the authorization code flow, its errors and its cookies.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail at once, saying what was expected"
)]

use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_directory::users;
use soleira_testkit::{Visitor, on_both_engines};
use soleira_tests::protocol::{
    CALLBACK, SIGNED_OUT, answer_consent, answer_login, claims, code, create_user, parameter, register, register_with,
    set_redirect_uris, sign_in, text, walk,
};
use url::Url;

/// The error that an answer to the application carries.
fn error(answer: &Url) -> String {
    parameter(answer, "error").unwrap_or_else(|| panic!("no error: {answer}"))
}

async fn asked(visitor: &Visitor, request: &str) -> Url {
    visitor.get(request).await.expect(303).location()
}

on_both_engines! {
    async fn discovery_names_what_answers(server) {
        let visitor = server.visitor();
        let page = visitor.get("/oidc/.well-known/openid-configuration").await.expect(200);
        let document = page.json();
        assert_eq!(document["issuer"], "http://localhost:3001/oidc");
        assert_eq!(document["id_token_signing_alg_values_supported"], serde_json::json!(["ES384"]));
        assert_eq!(page.header("access-control-allow-origin"), Some("*"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("x-frame-options"), Some("SAMEORIGIN"));
        assert!(page.header("content-security-policy").is_none());
        let twin = visitor.get("/oidc/.well-known/oauth-authorization-server").await.expect(200);
        assert_eq!(twin.body(), page.body());
        for (name, endpoint) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let status = visitor.get(endpoint.as_str().unwrap()).await;
                let unknown = status.status() == 404 && status.says("unrecognized route");
                let needs_post = ["token_endpoint", "introspection_endpoint", "revocation_endpoint"].contains(&name.as_str());
                assert_eq!(unknown, needs_post, "{name}");
            }
        }
    }

    async fn keys_are_published_and_revalidated(server) {
        let visitor = server.visitor();
        let page = visitor.get("/oidc/jwks").await.expect(200);
        assert_eq!(page.header("content-type"), Some("application/jwk-set+json; charset=utf-8"));
        assert_eq!(page.header("cache-control"), Some("no-cache, max-age=0, must-revalidate"));
        let key = &page.json()["keys"][0];
        assert_eq!((key["kty"].as_str(), key["crv"].as_str(), key["alg"].as_str()), (Some("EC"), Some("P-384"), Some("ES384")));
        assert!(key.get("d").is_none());
        visitor.always("if-none-match", page.header("etag").unwrap());
        let again = visitor.get("/oidc/jwks").await.expect(304);
        assert!(again.body().is_empty());
    }

    async fn unknown_routes_are_told_in_json(server) {
        let page = server.visitor().get("/oidc/nonsense").await.expect(404);
        let body = page.json();
        assert_eq!(body["error"], "invalid_request");
        assert_eq!(body["error_description"], "unrecognized route or not allowed method (GET on /nonsense)");
        assert!(page.header("logto-core-request-id").is_some());
        server.visitor().get("/oidc/token").await.expect(404);
    }

    async fn a_person_signs_in_and_the_application_learns_who(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let request = client.request(&[("nonce", "n-1"), ("scope", "openid profile email offline_access"), ("prompt", "consent")]);
        let page = visitor.get(&request).await.expect(303);
        assert_eq!(page.header("location").unwrap(), format!("/sign-in?app_id={}", client.id));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let answer = walk(server, &visitor, &client, &user, &request).await;
        assert!(answer.as_str().starts_with(CALLBACK));
        assert_eq!(parameter(&answer, "state").as_deref(), Some("the-state"));
        assert_eq!(parameter(&answer, "iss").as_deref(), Some("http://localhost:3001/oidc"));
        let page = client.redeem(&visitor, &code(&answer)).await.expect(200);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let body = page.body();
        let order = ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"];
        let places: Vec<usize> = order.iter().map(|name| body.find(&format!("\"{name}\":")).unwrap()).collect();
        assert!(places.is_sorted(), "{body}");
        let tokens = page.json();
        assert_eq!(tokens["scope"], "openid profile email offline_access");
        assert_eq!((tokens["expires_in"].as_i64(), tokens["token_type"].as_str()), (Some(3600), Some("Bearer")));
        assert_eq!(text(&tokens, "access_token").len(), 43);
        let id_token = claims(text(&tokens, "id_token"));
        assert_eq!(id_token["sub"], user.as_str());
        assert_eq!(id_token["aud"], client.id.as_str());
        assert_eq!(id_token["nonce"], "n-1");
        assert_eq!(id_token["username"], "ada");
        assert_eq!(id_token["email"], "ada@example.com");
        assert!(id_token.get("at_hash").is_none() && id_token.get("auth_time").is_none() && id_token.get("sid").is_none());
        let userinfo = visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        assert_eq!(userinfo.json()["sub"], user.as_str());
        assert_eq!(userinfo.json()["email_verified"], true);
        assert_eq!(userinfo.json()["picture"], serde_json::Value::Null);
    }

    async fn a_second_request_needs_no_page(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        walk(server, &visitor, &client, &user, &client.request(&[])).await;
        let answer = asked(&visitor, &client.request(&[("prompt", "none")])).await;
        client.redeem(&visitor, &code(&answer)).await.expect(200);
        // One more scope is one more consent.
        let wider = client.request(&[("scope", "openid profile email")]);
        assert_eq!(asked(&visitor, &wider).await.path(), "/consent");
        let refused = asked(&visitor, &client.request(&[("scope", "openid email"), ("prompt", "none")])).await;
        assert_eq!(error(&refused), "consent_required");
    }

    async fn prompt_none_without_a_session_is_told_to_the_client(server) {
        let client = register(server, ApplicationType::Spa).await;
        let visitor = server.visitor();
        let answer = asked(&visitor, &client.request(&[("prompt", "none")])).await;
        assert_eq!(error(&answer), "login_required");
        assert_eq!(parameter(&answer, "state").as_deref(), Some("the-state"));
        assert!(parameter(&answer, "iss").is_some());
        assert!(visitor.cookie("_interaction").is_none());
    }

    async fn native_applications_consent_every_time(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Native).await;
        walk(server, &visitor, &client, &user, &client.request(&[])).await;
        assert_eq!(asked(&visitor, &client.request(&[])).await.path(), "/consent");
        let answer = asked(&visitor, &client.request(&[("prompt", "none")])).await;
        assert_eq!(error(&answer), "interaction_required");
    }

    async fn a_sign_in_can_be_asked_for_again(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        walk(server, &visitor, &client, &user, &client.request(&[])).await;
        server.clock.advance_seconds(100);
        for (name, value) in [("prompt", "login"), ("max_age", "99"), ("max_age", "0")] {
            assert_eq!(asked(&visitor, &client.request(&[(name, value)])).await.path(), "/sign-in", "{name}={value}");
        }
        let answer = asked(&visitor, &client.request(&[("max_age", "100")])).await;
        let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        let signed_in_at = claims(text(&tokens, "id_token"))["auth_time"].as_i64().unwrap();
        assert_eq!(signed_in_at, server.system().now().seconds() - 100);
    }

    async fn pages_follow_the_wishes_of_the_client(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        for (further, expected) in [
            (vec![("first_screen", "register")], "/register?app_id=ID"),
            (vec![("interaction_mode", "signUp")], "/register?app_id=ID"),
            (vec![("direct_sign_in", "social:huggingface")], "/direct/social/huggingface?app_id=ID&fallback=sign-in"),
            (vec![("ui_locales", "pt-BR"), ("login_hint", "ada")], "/sign-in?app_id=ID&ui_locales=pt-BR&login_hint=ada"),
            (vec![("first_screen", "nonsense"), ("ui_locales", "pt-BR")], "/sign-in?app_id=ID"),
        ] {
            let page = visitor.get(&client.request(&further)).await.expect(303);
            assert_eq!(page.header("location").unwrap(), expected.replace("ID", &client.id), "{further:?}");
        }
    }

    async fn answers_come_as_the_client_asks(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        walk(server, &visitor, &client, &user, &client.request(&[])).await;
        let answer = asked(&visitor, &client.request(&[("response_mode", "fragment")])).await;
        assert!(answer.query().is_none() && answer.fragment().unwrap().starts_with("code="));
        let page = visitor.get(&client.request(&[("response_mode", "form_post")])).await.expect(200);
        let form = page.form_at("form");
        assert_eq!(form.action().as_str(), CALLBACK);
        let fields: Vec<&str> = form.pairs().iter().map(|(name, _)| *name).collect();
        assert_eq!(fields, ["code", "state", "iss"]);
        assert!(page.header("content-security-policy").unwrap().contains("form-action 'self' https://app.example.com"));
    }

    async fn a_request_may_be_posted(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let request = client.request(&[]);
        let query: Vec<(String, String)> = Url::parse(&request).unwrap().query_pairs().into_owned().collect();
        let fields: Vec<(&str, &str)> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(visitor.post_form("/oidc/auth", &fields).await.expect(303).location().path(), "/sign-in");
    }

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

    async fn loopback_ports_are_free_for_native_applications(server) {
        let visitor = server.visitor();
        let custom = CustomClientMetadata::default();
        let native = register_with(server, ApplicationType::Native, &["http://127.0.0.1/cb"], custom.clone()).await;
        assert_eq!(asked(&visitor, &native.request(&[("redirect_uri", "http://127.0.0.1:51234/cb")])).await.path(), "/sign-in");
        let spa = register_with(server, ApplicationType::Spa, &["http://127.0.0.1/cb"], custom).await;
        visitor.get(&spa.request(&[("redirect_uri", "http://127.0.0.1:51234/cb")])).await.expect(400);
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

    async fn two_tabs_sign_in_side_by_side(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (one, other) = (register(server, ApplicationType::Spa).await, register(server, ApplicationType::Spa).await);
        visitor.get(&one.request(&[])).await.expect(303);
        visitor.get(&other.request(&[])).await.expect(303);
        let ctx = server.system();
        let next = answer_login(&ctx, &visitor, &one, &user).await;
        assert_eq!(visitor.get(&next).await.expect(303).location().path(), "/consent");
        let next = answer_consent(&ctx, &visitor, &one).await;
        let answer = visitor.get(&next).await.expect(303).location();
        one.redeem(&visitor, &code(&answer)).await.expect(200);
        // The other tab still has its own request.
        let next = answer_login(&ctx, &visitor, &other, &user).await;
        assert_eq!(visitor.get(&next).await.expect(303).location().path(), "/consent");
    }

    async fn an_interaction_expires_and_is_used_once(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        visitor.get(&client.request(&[])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        let stranger = visitor.stranger();
        assert_eq!(stranger.get(&next).await.expect(400).json()["code"], "session.not_found");
        visitor.get(&next).await.expect(303);
        let again = visitor.get(&next).await.expect(400).json();
        assert_eq!(again["code"], "session.not_found");
        assert_eq!(again["error_description"], "authorization request has expired");
        visitor.get(&client.request(&[("prompt", "login")])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        server.clock.advance_seconds(3600);
        visitor.get(&next).await.expect(400);
        // A person gets a page.
        visitor.always("sec-fetch-mode", "navigate");
        assert_eq!(visitor.get(&next).await.expect(303).location().path(), "/unknown-session");
    }

    async fn the_session_changes_its_name_at_each_sign_in(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        // A value that an attacker planted is never taken up.
        visitor.set_cookie("_session", "planted-by-someone-else");
        visitor.get(&client.request(&[])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        visitor.get(&next).await.expect(303);
        let first = visitor.cookie("_session").unwrap();
        assert_ne!(first, "planted-by-someone-else");
        let next = answer_consent(&server.system(), &visitor, &client).await;
        visitor.get(&next).await.expect(303);
        let second = visitor.cookie("_session").unwrap();
        assert_ne!(first, second);
        // The old name is worth nothing.
        let thief = visitor.stranger();
        for name in ["_session", "_session.sig"] {
            thief.set_cookie(name, &first);
        }
        let answer = asked(&thief, &client.request(&[("prompt", "none")])).await;
        assert_eq!(error(&answer), "login_required");
    }

    async fn someone_else_is_signed_out_first(server) {
        let visitor = server.visitor();
        let (ada, bob) = (create_user(server, "ada").await, create_user(server, "bob").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &ada, "openid profile").await;
        visitor.get(&client.request(&[("prompt", "login")])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &bob).await;
        let page = visitor.get(&next).await.expect(200);
        assert!(page.header("content-security-policy").unwrap().contains("https://app.example.com"));
        let form = page.form_at("form[id='op.logoutForm']");
        let back = form.submit().await.expect(303).location();
        assert_eq!(back.as_str(), next);
        assert_eq!(visitor.get(back.as_str()).await.expect(303).location().path(), "/consent");
        let next = answer_consent(&server.system(), &visitor, &client).await;
        let answer = visitor.get(&next).await.expect(303).location();
        let now = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        assert_eq!(claims(text(&now, "id_token"))["sub"], bob.as_str());
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
    }

    async fn an_answer_given_before_signing_out_signs_nobody_in_again(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        visitor.get(&client.request(&[])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        visitor.get(&next).await.expect(303);
        let next = answer_consent(&server.system(), &visitor, &client).await;
        let leave = visitor.get("/oidc/session/end").await.expect(200);
        leave.form_at("form").submit().await.expect(303);
        assert_eq!(visitor.get(&next).await.expect(400).json()["code"], "session.not_found");
        let answer = asked(&visitor, &client.request(&[("prompt", "none")])).await;
        assert_eq!(error(&answer), "login_required");
    }

    async fn a_hint_of_another_person_asks_for_a_sign_in(server) {
        let (ada, bob) = (create_user(server, "ada").await, create_user(server, "bob").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &server.visitor(), &client, &bob, "openid").await;
        let visitor = server.visitor();
        walk(server, &visitor, &client, &ada, &client.request(&[])).await;
        let hinted = [("id_token_hint", text(&tokens, "id_token")), ("prompt", "none")];
        assert_eq!(error(&asked(&visitor, &client.request(&hinted)).await), "login_required");
        assert_eq!(asked(&visitor, &client.request(&hinted[..1])).await.path(), "/sign-in");
    }

    async fn a_suspended_person_gets_no_code(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        visitor.get(&client.request(&[])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        users::set_suspension(&server.system(), &user, true).await.unwrap();
        let answer = visitor.get(&next).await.expect(303).location();
        assert_eq!(error(&answer), "invalid_grant");
    }

    async fn a_stored_request_is_checked_again(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        visitor.get(&client.request(&[])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        set_redirect_uris(server, &client, &["https://elsewhere.example.com/"]).await;
        assert_eq!(visitor.get(&next).await.expect(400).json()["error"], "invalid_redirect_uri");
    }

    async fn nothing_granted_is_access_denied(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let answer = walk(server, &visitor, &client, &user, &client.request(&[("scope", "read")])).await;
        assert_eq!(error(&answer), "access_denied");
    }

    async fn offline_access_needs_consent(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let request = client.request(&[("scope", "openid offline_access")]);
        let answer = walk(server, &visitor, &client, &user, &request).await;
        let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        assert!(tokens.get("refresh_token").is_none());
        assert_eq!(tokens["scope"], "openid");
    }

    async fn signing_out_takes_a_confirmation(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let kept = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let bound = register(server, ApplicationType::Spa).await;
        let ended = sign_in(server, &visitor, &bound, &user, "openid").await;
        let leave = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri={SIGNED_OUT}&state=s", client.id);
        let page = visitor.get(&leave).await.expect(200);
        // A link alone ends nothing.
        visitor.get_as("/oidc/me", text(&ended, "access_token")).await.expect(200);
        let forged = [("xsrf", "0".repeat(48)), ("logout", "yes".to_owned())];
        let forged: Vec<(&str, &str)> = forged.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = visitor.post_form("/oidc/session/end/confirm", &forged).await.expect(400).json();
        assert_eq!(refused["error_description"], "xsrf token invalid");
        let form = page.form_at("form[id='op.logoutForm']");
        assert_eq!(form.value("xsrf").unwrap().len(), 48);
        let back = form.submit().await.expect(303).location();
        assert_eq!(back.as_str(), format!("{SIGNED_OUT}?state=s"));
        visitor.get_as("/oidc/me", text(&ended, "access_token")).await.expect(401);
        visitor.get_as("/oidc/me", text(&kept, "access_token")).await.expect(200);
        client.refresh(&visitor, text(&kept, "refresh_token"), &[]).await.expect(200);
        let answer = asked(&visitor, &client.request(&[("prompt", "none")])).await;
        assert_eq!(error(&answer), "login_required");
    }

    async fn signing_out_twice_and_to_nowhere(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let page = visitor.get("/oidc/session/end").await.expect(200);
        let done = page.form_at("form").submit().await.expect(303);
        assert_eq!(done.location().path(), "/oidc/session/end/success");
        done.follow().await.expect(200);
        let leave = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri={SIGNED_OUT}", client.id);
        let page = visitor.get(&leave).await.expect(200);
        assert_eq!(page.form_at("form").submit().await.expect(303).location().as_str(), SIGNED_OUT);
        let open = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri=https://evil.example/", client.id);
        let refused = visitor.get(&open).await.expect(400).json();
        assert_eq!(refused["error_description"], "post_logout_redirect_uri not registered");
        // Without a client nobody vouches for the address.
        let page = visitor.get("/oidc/session/end?post_logout_redirect_uri=https://evil.example/").await.expect(200);
        assert_eq!(page.form_at("form").submit().await.expect(303).location().path(), "/oidc/session/end/success");
        let refused = visitor.post_form("/oidc/session/end/confirm", &[]).await.expect(400).json();
        assert_eq!(refused["error_description"], "could not find logout details");
        visitor.post_form("/oidc/session/end", &[("client_id", client.id.as_str())]).await.expect(200);
    }

    async fn a_hint_may_stand_for_the_client(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        server.clock.advance_seconds(7200);
        let hint = text(&tokens, "id_token");
        let leave = format!("/oidc/session/end?id_token_hint={hint}&post_logout_redirect_uri={SIGNED_OUT}");
        let page = visitor.get(&leave).await.expect(200);
        assert_eq!(page.form_at("form").submit().await.expect(303).location().as_str(), SIGNED_OUT);
        let other = register(server, ApplicationType::Spa).await;
        let refused = visitor.get(&format!("{leave}&client_id={}", other.id)).await.expect(400).json();
        assert_eq!(refused["error_description"], "client_id does not match the provided id_token_hint");
        visitor.get("/oidc/session/end?id_token_hint=x.y.z").await.expect(400);
    }

    async fn tenants_do_not_share_sessions_or_clients(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        walk(server, &visitor, &client, &user, &client.request(&[])).await;
        let elsewhere = client.request(&[("prompt", "none")]).replace(":3001", ":3002");
        let body = visitor.get(&elsewhere).await.expect(400).json();
        assert_eq!(body["error"], "invalid_client");
    }
}
