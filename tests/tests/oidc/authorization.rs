//! The authorization code flow: prompts, pages, cookies.

use super::{asked, error};
use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_directory::users;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{
    CALLBACK, answer_consent, answer_login, claims, code, create_user, parameter, register, register_with,
    set_redirect_uris, sign_in, text, walk,
};
use url::Url;

on_both_engines! {
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

    async fn loopback_ports_are_free_for_native_applications(server) {
        let visitor = server.visitor();
        let custom = CustomClientMetadata::default();
        let native = register_with(server, ApplicationType::Native, &["http://127.0.0.1/cb"], custom.clone()).await;
        assert_eq!(asked(&visitor, &native.request(&[("redirect_uri", "http://127.0.0.1:51234/cb")])).await.path(), "/sign-in");
        let spa = register_with(server, ApplicationType::Spa, &["http://127.0.0.1/cb"], custom).await;
        visitor.get(&spa.request(&[("redirect_uri", "http://127.0.0.1:51234/cb")])).await.expect(400);
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
        assert_eq!(stranger.get(&next).await.expect(303).location().path(), "/unknown-session");
        stranger.always("accept", "application/json");
        assert_eq!(stranger.get(&next).await.expect(400).json()["code"], "session.not_found");
        visitor.get(&next).await.expect(303);
        visitor.always("accept", "application/json");
        let again = visitor.get(&next).await.expect(400).json();
        assert_eq!(again["code"], "session.not_found");
        assert_eq!(again["error_description"], "authorization request has expired");
        visitor.get(&client.request(&[("prompt", "login")])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        server.clock.advance_seconds(3600);
        visitor.get(&next).await.expect(400);
        // A person gets a page: the browser says that it navigates, or asks for one. A script does neither.
        for (name, value, status) in [
            ("sec-fetch-mode", "navigate", 303),
            ("accept", "text/html,application/xhtml+xml;q=0.9", 303),
            ("sec-fetch-mode", "cors", 400),
            ("accept", "*/*", 400),
        ] {
            let asking = visitor.stranger();
            asking.always("accept", "*/*");
            asking.always(name, value);
            let page = asking.get(&next).await.expect(status);
            assert_eq!(page.header("location"), (status == 303).then_some("/unknown-session"), "{name}: {value}");
        }
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

    async fn offline_access_needs_consent(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let request = client.request(&[("scope", "openid offline_access")]);
        let answer = walk(server, &visitor, &client, &user, &request).await;
        let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        assert!(tokens.get("refresh_token").is_none());
        assert_eq!(tokens["scope"], "openid");
    }

    async fn tenants_do_not_share_sessions_or_clients(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        walk(server, &visitor, &client, &user, &client.request(&[])).await;
        let elsewhere = client.request(&[("prompt", "none")]).replace(":3001", ":3002");
        let body = visitor.get(&elsewhere).await.expect(400).json();
        assert_eq!(body["error"], "invalid_client");
    }

    async fn one_tap_goes_to_google(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let page = visitor.get(&client.request(&[("google_one_tap_credential", "x.y.z")])).await.expect(303);
        assert_eq!(page.header("location").unwrap(), format!("/direct/social/google?app_id={}&fallback=sign-in", client.id));
        assert_eq!(visitor.cookie("_logto_google_one_tap_credential").as_deref(), Some("x.y.z"));
        server.clock.advance_seconds(10);
        visitor.get("/oidc/jwks").await.expect(200);
        assert_eq!(visitor.cookie("_logto_google_one_tap_credential"), None);
    }

    async fn grants_beyond_the_limit_end(server) {
        let user = create_user(server, "ada").await;
        let custom = CustomClientMetadata { max_allowed_grants: Some(2), ..CustomClientMetadata::default() };
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], custom).await;
        let mut tokens = Vec::new();
        for _ in 0..3 {
            server.clock.advance_seconds(1);
            let signed_in = sign_in(server, &server.visitor(), &client, &user, "openid offline_access").await;
            tokens.push(text(&signed_in, "refresh_token").to_owned());
        }
        let visitor = server.visitor();
        for (token, status) in tokens.iter().zip([400, 200, 200]) {
            client.refresh(&visitor, token, &[]).await.expect(status);
        }
    }

    async fn one_address_begins_so_many_requests(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let request = client.request(&[("prompt", "none")]);
        visitor.comes_from("203.0.113.9".parse().unwrap());
        // What is wrong with them does not matter.
        for _ in 0..3000 {
            visitor.get("/oidc/auth").await.expect(400);
        }
        let refused = visitor.get(&request).await.expect(429);
        assert!(refused.header("retry-after").is_some());
        let body = refused.json();
        assert_eq!((text(&body, "error"), text(&body, "code")), ("temporarily_unavailable", "request.rate_limited"));
        for path in ["/oidc/request", "/oidc/device/auth"] {
            client.post(&visitor, path, &[]).await.expect(429);
        }
        visitor.comes_from("203.0.113.10".parse().unwrap());
        visitor.get(&request).await.expect(303);
    }
}
