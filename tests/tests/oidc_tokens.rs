//! The token endpoint and its neighbours: client authentication, codes, refresh tokens, machines, userinfo,
//! introspection, revocation, and the Management API's check of tokens.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "tests fail at once, saying what was expected"
)]

use serde_json::{Value, json};
use soleira_access::management;
use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_core::{ApplicationId, UserId};
use soleira_directory::{roles, users};
use soleira_runtime::Actor;
use soleira_store::logs;
use soleira_testkit::{Page, TestServer, on_both_engines};
use soleira_tests::protocol::{
    CALLBACK, Client, VERIFIER, claims, code, create_user, expiring_secret, parameter, register, register_with,
    sign_in, text, walk,
};
use tokio::task::JoinSet;

/// The seeded role that gives machines the Management API.
const ADMIN_ROLE: &str = "admin-role";
/// The Management API of the tenant.
const API: &str = "https://default.logto.app/api";

fn described(page: &Page) -> String {
    let body = page.json();
    format!(
        "{} {}: {}",
        page.status(),
        text(&body, "error"),
        text(&body, "error_description")
    )
}

/// A code for a person who just signed in.
async fn fresh_code(server: &TestServer, client: &Client, user: &UserId, scope: &str) -> String {
    let request = client.request(&[("scope", scope), ("prompt", "consent")]);
    code(&walk(server, &server.visitor(), client, user, &request).await)
}

async fn machine(server: &TestServer) -> Client {
    let client = register(server, ApplicationType::MachineToMachine).await;
    let id = ApplicationId::from(client.id.as_str());
    roles::add_to_application(&server.system(), &id, vec![ADMIN_ROLE.into()])
        .await
        .expect("a role");
    client
}

fn without_refresh_rotation() -> CustomClientMetadata {
    CustomClientMetadata {
        rotate_refresh_token: Some(false),
        ..CustomClientMetadata::default()
    }
}

on_both_engines! {
    async fn clients_prove_who_they_are(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::MachineToMachine).await;
        let (id, secret) = (client.id.as_str(), client.secret.clone().unwrap());
        let grant = ("grant_type", "client_credentials");
        let resource = ("resource", API);
        let post = async |fields: &[(&str, &str)]| visitor.post_form("/oidc/token", fields).await;
        assert_eq!(described(&post(&[grant]).await), "400 invalid_request: no client authentication mechanism provided");
        assert_eq!(described(&post(&[grant, ("client_id", "bogus")]).await), "400 invalid_client: invalid client bogus");
        assert_eq!(described(&post(&[grant, ("client_id", id)]).await), "401 invalid_client: client authentication failed");
        let wrong = post(&[grant, ("client_id", id), ("client_secret", "wrong")]).await;
        assert_eq!(described(&wrong), "401 invalid_client: client authentication failed");
        assert!(wrong.header("www-authenticate").is_none());
        let wrong = visitor.post_form_as_client("/oidc/token", id, "wrong", &[grant]).await;
        assert_eq!(described(&wrong), "401 invalid_client: client authentication failed");
        assert!(wrong.header("www-authenticate").unwrap().starts_with("Basic realm=\"http://localhost:3001/oidc\", error="));
        // Header and body are interchangeable, and the identifier may stand in both.
        visitor.post_form_as_client("/oidc/token", id, &secret, &[grant, resource, ("client_id", id)]).await.expect(200);
        post(&[grant, resource, ("client_id", id), ("client_secret", &secret)]).await.expect(200);
        let both = visitor.post_form_as_client("/oidc/token", id, &secret, &[grant, ("client_secret", &secret)]).await;
        assert_eq!(described(&both), "400 invalid_request: client authentication must only be provided using one mechanism");
        let other = visitor.post_form_as_client("/oidc/token", id, &secret, &[grant, ("client_id", "other")]).await;
        assert_eq!(described(&other), "400 invalid_request: client_id mismatch");
        let public = register(server, ApplicationType::Spa).await;
        let sneaky = post(&[("grant_type", "refresh_token"), ("client_id", &public.id), ("client_secret", "x")]).await;
        assert_eq!(described(&sneaky), "401 invalid_client: client authentication failed");
    }

    async fn a_client_may_have_several_secrets_and_they_expire(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::MachineToMachine).await;
        let end = server.system().now().plus_seconds(60);
        let second = expiring_secret(server, &client, end).await;
        let fields = [("grant_type", "client_credentials"), ("resource", API)];
        let with_second = async || visitor.post_form_as_client("/oidc/token", &client.id, &second, &fields).await;
        with_second().await.expect(200);
        client.token(&visitor, &fields).await.expect(200);
        server.clock.advance_seconds(60);
        assert_eq!(described(&with_second().await), "400 invalid_request: client secret has expired");
        client.token(&visitor, &fields).await.expect(200);
    }

    async fn bodies_come_in_many_forms(server) {
        let visitor = server.visitor();
        let client = machine(server).await;
        let send = async |kind: &'static str, body: Vec<u8>| {
            let mut headers = http::HeaderMap::new();
            headers.insert("content-type", kind.parse().unwrap());
            visitor.send(http::Method::POST, visitor.resolve("/oidc/token"), headers, body.into()).await
        };
        let body = json!({
            "grant_type": "client_credentials", "resource": API, "scope": "all",
            "client_id": client.id, "client_secret": client.secret,
        });
        send("application/json", body.to_string().into_bytes()).await.expect(200);
        let broken = send("application/json", b"{".to_vec()).await;
        assert_eq!(described(&broken), "400 invalid_request: no client authentication mechanism provided");
        let other = send("application/json1", b"{}".to_vec()).await;
        assert_eq!(
            described(&other),
            "400 invalid_request: only application/x-www-form-urlencoded content-type bodies are supported on POST /token"
        );
        for body in ["code=%00", "code=\0"] {
            let nul = send("application/x-www-form-urlencoded", body.as_bytes().to_vec()).await;
            assert_eq!(described(&nul), "400 invalid_request: null bytes are not allowed in the request body");
        }
        send("application/x-www-form-urlencoded", vec![b'a'; 56 * 1024 + 1]).await.expect(413);
        let twice = send("application/x-www-form-urlencoded", b"grant_type=a&grant_type=b".to_vec()).await;
        assert_eq!(described(&twice), "400 invalid_request: 'grant_type' parameter must not be provided twice");
    }

    async fn machines_get_what_their_roles_give(server) {
        let visitor = server.visitor();
        let client = machine(server).await;
        let ask = async |further: &[(&str, &str)]| {
            client.token(&visitor, &[&[("grant_type", "client_credentials")], further].concat()).await
        };
        let tokens = ask(&[("resource", API), ("scope", "all other")]).await.expect(200).json();
        let names: Vec<&String> = tokens.as_object().unwrap().keys().collect();
        assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
        let token = claims(text(&tokens, "access_token"));
        assert_eq!((token["scope"].as_str(), token["aud"].as_str()), (Some("all"), Some(API)));
        assert_eq!((token["sub"].as_str(), token["client_id"].as_str()), (Some(client.id.as_str()), Some(client.id.as_str())));
        assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), 3600);
        let unscoped = ask(&[("resource", API)]).await.expect(200).json();
        assert!(unscoped.get("scope").is_none() && claims(text(&unscoped, "access_token")).get("scope").is_none());
        assert_eq!(
            described(&ask(&[]).await),
            "400 invalid_target: both `resource` and `organization_id` are not provided"
        );
        assert_eq!(
            described(&ask(&[("resource", "https://unknown.example.com")]).await),
            "400 invalid_target: resource indicator is missing, or unknown"
        );
        assert_eq!(
            described(&ask(&[("resource", API), ("resource", "https://b.example.com")]).await),
            "400 invalid_target: only a single resource indicator value is supported for this grant type"
        );
        assert_eq!(
            described(&ask(&[("resource", API), ("organization_id", "o")]).await),
            "403 access_denied: app has not associated with the organization"
        );
    }

    async fn machines_cost_no_statement(server) {
        let visitor = server.visitor();
        let client = machine(server).await;
        let fields = [("grant_type", "client_credentials"), ("resource", API), ("scope", "all")];
        client.token(&visitor, &fields).await.expect(200);
        let logs = async || server.app.audit.flush(&server.app.db).await;
        logs().await;
        // The caches ask once a second at most whether configuration changed; everything else is in memory.
        let before = server.app.db.statements();
        for _ in 0..20 {
            client.token(&visitor, &fields).await.expect(200);
        }
        let asked = server.app.db.statements() - before;
        assert!(asked <= 2 + 20, "{asked} statements, the audit rows of a batch included");
        logs().await;
    }

    async fn grant_types_are_checked(server) {
        let visitor = server.visitor();
        let (web, machine) = (register(server, ApplicationType::Traditional).await, machine(server).await);
        assert_eq!(
            described(&web.token(&visitor, &[("grant_type", "password")]).await),
            "400 unsupported_grant_type: unsupported grant_type requested"
        );
        assert_eq!(described(&web.token(&visitor, &[]).await), "400 invalid_request: missing required parameter 'grant_type'");
        for (client, grant) in [(&web, "client_credentials"), (&machine, "refresh_token"), (&machine, "authorization_code")] {
            assert_eq!(
                described(&client.token(&visitor, &[("grant_type", grant)]).await),
                "400 invalid_request: requested grant type is not allowed for this client"
            );
        }
        assert_eq!(
            described(&web.token(&visitor, &[("grant_type", "authorization_code")]).await),
            "400 invalid_request: missing required parameter 'code'"
        );
        assert_eq!(
            described(&web.token(&visitor, &[("grant_type", "refresh_token")]).await),
            "400 invalid_request: missing required parameter 'refresh_token'"
        );
    }

    async fn a_code_is_bound_to_what_it_was_issued_for(server) {
        let visitor = server.visitor();
        let user = create_user(server, "ada").await;
        let (client, other) = (register(server, ApplicationType::Traditional).await, register(server, ApplicationType::Traditional).await);
        let code = fresh_code(server, &client, &user, "openid").await;
        let redeem = async |client: &Client, further: &[(&str, &str)]| {
            let fields = [&[("grant_type", "authorization_code"), ("code", code.as_str())], further].concat();
            client.token(&visitor, &fields).await
        };
        let good = [("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
        let refusal = "400 invalid_grant: grant request is invalid";
        let refused = redeem(&other, &good).await;
        assert_eq!(described(&refused), refusal);
        assert_eq!(refused.json()["error_uri"], "https://openid.sh/debug/invalid_grant");
        for wrong in [
            vec![("redirect_uri", "https://app.example.com/other"), ("code_verifier", VERIFIER)],
            vec![("redirect_uri", CALLBACK)],
            vec![("redirect_uri", CALLBACK), ("code_verifier", "another-verifier-of-the-right-length-0123456789")],
            vec![("redirect_uri", CALLBACK), ("code_verifier", "short")],
        ] {
            assert_eq!(described(&redeem(&client, &wrong).await), refusal, "{wrong:?}");
        }
        // None of that used the code up. The redirect URI may be left out, there is one.
        redeem(&client, &[("code_verifier", VERIFIER)]).await.expect(200);
        assert_eq!(described(&client.redeem(&visitor, "no-such-code").await), refusal);
    }

    async fn a_verifier_without_a_challenge_is_refused(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let request = client.request(&[("code_challenge", ""), ("code_challenge_method", "")]);
        let code = code(&walk(server, &visitor, &client, &user, &request).await);
        assert_eq!(client.redeem(&visitor, &code).await.expect(400).json()["error"], "invalid_grant");
        let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
        client.token(&visitor, &fields).await.expect(200);
    }

    async fn a_code_lives_for_a_minute(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let code = fresh_code(server, &client, &user, "openid").await;
        server.clock.advance_seconds(60);
        client.redeem(&visitor, &code).await.expect(400);
    }

    async fn a_replayed_code_ends_everything_that_came_of_it(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let code = fresh_code(server, &client, &user, "openid offline_access").await;
        let tokens = client.redeem(&visitor, &code).await.expect(200).json();
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        client.redeem(&visitor, &code).await.expect(400);
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
        client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(400);
    }

    async fn of_a_hundred_redemptions_one_succeeds(server) {
        let user = create_user(server, "ada").await;
        let client = register(server, ApplicationType::Spa).await;
        let code = fresh_code(server, &client, &user, "openid offline_access").await;
        let mut attempts = JoinSet::new();
        for _ in 0..100 {
            let (client, visitor, code) = (client.clone(), server.visitor(), code.clone());
            attempts.spawn(async move {
                let page = client.redeem(&visitor, &code).await;
                (page.status(), page.json())
            });
        }
        let outcomes = attempts.join_all().await;
        let winners: Vec<&Value> = outcomes.iter().filter(|(status, _)| *status == 200).map(|(_, body)| body).collect();
        assert_eq!(winners.len(), 1);
        assert!(outcomes.iter().all(|(status, body)| *status == 200 || body["error"] == "invalid_grant"));
        // Ninety-nine replays: the winner's tokens are dead.
        let visitor = server.visitor();
        visitor.get_as("/oidc/me", text(winners[0], "access_token")).await.expect(401);
        client.refresh(&visitor, text(winners[0], "refresh_token"), &[]).await.expect(400);
    }

    async fn a_refresh_token_rotates_and_its_reuse_ends_the_family(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid profile offline_access").await;
        let first = text(&tokens, "refresh_token").to_owned();
        server.clock.advance_seconds(10);
        let second = client.refresh(&visitor, &first, &[]).await.expect(200).json();
        assert_ne!(text(&second, "refresh_token"), first);
        assert_eq!(second["scope"], "openid profile offline_access");
        assert_eq!(claims(text(&second, "id_token"))["sub"], user.as_str());
        // Within three seconds the old one still works: the answer may have been lost.
        server.clock.advance_seconds(3);
        client.refresh(&visitor, &first, &[]).await.expect(200);
        server.clock.advance_millis(1);
        let refused = client.refresh(&visitor, &first, &[]).await;
        assert_eq!(described(&refused), "400 invalid_grant: grant request is invalid");
        for token in [text(&second, "refresh_token"), &first] {
            client.refresh(&visitor, token, &[]).await.expect(400);
        }
        visitor.get_as("/oidc/me", text(&second, "access_token")).await.expect(401);
    }

    async fn a_hundred_uses_within_the_grace_leave_one_family(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let first = text(&tokens, "refresh_token").to_owned();
        let mut uses = JoinSet::new();
        for _ in 0..100 {
            let (client, visitor, first) = (client.clone(), server.visitor(), first.clone());
            uses.spawn(async move { client.refresh(&visitor, &first, &[]).await.expect(200).json() });
        }
        let family = uses.join_all().await;
        server.clock.advance_seconds(4);
        client.refresh(&visitor, text(&family[7], "refresh_token"), &[]).await.expect(200);
        // One family: the reuse of its ancestor ends every member.
        client.refresh(&visitor, &first, &[]).await.expect(400);
        for member in family.iter().step_by(20) {
            client.refresh(&visitor, text(member, "refresh_token"), &[]).await.expect(400);
            visitor.get_as("/oidc/me", text(member, "access_token")).await.expect(401);
        }
    }

    async fn rotation_follows_the_application(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let keeping = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let tokens = sign_in(server, &visitor, &keeping, &user, "openid offline_access").await;
        let kept = keeping.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(200).json();
        assert_eq!(kept["refresh_token"], tokens["refresh_token"]);
        // A confidential client rotates when seven tenths of the token's life are over.
        let web = register(server, ApplicationType::Traditional).await;
        let tokens = sign_in(server, &visitor, &web, &user, "openid offline_access").await;
        let (first, life) = (text(&tokens, "refresh_token"), 14 * 86_400);
        server.clock.advance_seconds(life * 7 / 10 - 1);
        let same = web.refresh(&visitor, first, &[]).await.expect(200).json();
        assert_eq!(text(&same, "refresh_token"), first);
        server.clock.advance_seconds(1);
        let rotated = web.refresh(&visitor, first, &[]).await.expect(200).json();
        assert_ne!(text(&rotated, "refresh_token"), first);
        // The one of a page inherited nothing and has expired by now; the web application's goes on.
        server.clock.advance_seconds(life);
        keeping.refresh(&visitor, text(&kept, "refresh_token"), &[]).await.expect(400);
    }

    async fn a_page_never_refreshes_beyond_its_first_token(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        server.clock.advance_seconds(13 * 86_400);
        let second = client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(200).json();
        server.clock.advance_seconds(86_400);
        client.refresh(&visitor, text(&second, "refresh_token"), &[]).await.expect(400);
    }

    async fn a_refresh_can_ask_for_less(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid profile offline_access").await;
        let token = text(&tokens, "refresh_token");
        let narrow = client.refresh(&visitor, token, &[("scope", "openid")]).await.expect(200).json();
        assert_eq!(narrow["scope"], "openid");
        assert!(claims(text(&narrow, "id_token")).get("username").is_none());
        let without = client.refresh(&visitor, token, &[("scope", "profile")]).await.expect(200).json();
        assert!(without.get("id_token").is_none());
        let refused = visitor.get_as("/oidc/me", text(&without, "access_token")).await.expect(403).json();
        assert_eq!((text(&refused, "error"), text(&refused, "scope")), ("insufficient_scope", "openid"));
        let wider = client.refresh(&visitor, token, &[("scope", "openid email")]).await;
        assert_eq!(described(&wider), "400 invalid_scope: refresh token missing requested scope");
        assert_eq!(wider.json()["scope"], "email");
        let elsewhere = client.refresh(&visitor, token, &[("resource", API)]).await;
        assert_eq!(elsewhere.expect(400).json()["error"], "invalid_target");
        let member = client.refresh(&visitor, token, &[("organization_id", "o")]).await;
        assert_eq!(described(&member), "403 access_denied: user is not a member of the organization");
    }

    async fn a_refresh_token_is_its_clients_own(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (client, other) = (register(server, ApplicationType::Spa).await, register(server, ApplicationType::Spa).await);
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        other.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(400);
        client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(200);
        client.refresh(&visitor, text(&tokens, "access_token"), &[]).await.expect(400);
    }

    async fn tokens_without_offline_access_end_with_the_session(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let custom = CustomClientMetadata { always_issue_refresh_token: Some(true), ..CustomClientMetadata::default() };
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], custom).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        let tokens = client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(200).json();
        let page = visitor.get("/oidc/session/end").await.expect(200);
        page.form_at("form").submit().await.expect(303);
        client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(400);
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
    }

    async fn suspended_people_get_nothing(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let code = fresh_code(server, &client, &user, "openid").await;
        users::set_suspension(&server.system(), &user, true).await.unwrap();
        client.redeem(&visitor, &code).await.expect(400);
        client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(400);
        assert!([400, 401].contains(&visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.status()));
        users::set_suspension(&server.system(), &user, false).await.unwrap();
        users::delete(&server.system(), &user).await.unwrap();
        client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(400);
    }

    async fn userinfo_tells_all_of_the_scope_in_one_statement(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid profile email custom_data identities roles").await;
        let page = visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        let body = page.json();
        for claim in ["sub", "name", "username", "email", "custom_data", "identities", "sso_identities", "roles"] {
            assert!(body.get(claim).is_some(), "{claim}");
        }
        assert!(claims(text(&tokens, "id_token")).get("custom_data").is_none());
        let plain = sign_in(server, &visitor, &client, &user, "openid profile").await;
        let token = text(&plain, "access_token");
        visitor.get_as("/oidc/me", token).await.expect(200);
        let before = server.app.db.statements();
        for _ in 0..10 {
            visitor.get_as("/oidc/me", token).await.expect(200);
        }
        assert!(server.app.db.statements() - before <= 10 + 2, "one statement a request");
        visitor.always("if-none-match", visitor.get_as("/oidc/me", token).await.header("etag").unwrap());
        assert!(visitor.get_as("/oidc/me", token).await.expect(304).body().is_empty());
    }

    async fn userinfo_takes_one_token_by_one_way(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        let token = text(&tokens, "access_token");
        let missing = visitor.get("/oidc/me").await;
        assert_eq!(described(&missing), "401 invalid_token: no access token provided");
        assert_eq!(missing.header("www-authenticate"), Some("Bearer realm=\"http://localhost:3001/oidc\""));
        for bad in ["nonsense", &"x".repeat(43), text(&tokens, "id_token"), &token[1..]] {
            let refused = visitor.get_as("/oidc/me", bad).await;
            assert_eq!(described(&refused), "401 invalid_token: invalid token provided");
            assert!(refused.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
        }
        visitor.post_form("/oidc/me", &[("access_token", token)]).await.expect(200);
        visitor.get(&format!("/oidc/me?access_token={token}")).await.expect(400);
        server.clock.advance_seconds(3600);
        visitor.get_as("/oidc/me", token).await.expect(401);
    }

    async fn introspection_tells_confidential_clients_everything(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let stranger = register(server, ApplicationType::Spa).await;
        let resource = register(server, ApplicationType::Traditional).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let look = async |client: &Client, token: &str| {
            client.post(&visitor, "/oidc/token/introspection", &[("token", token)]).await.expect(200).json()
        };
        let access = look(&resource, text(&tokens, "access_token")).await;
        let names: Vec<&String> = access.as_object().unwrap().keys().collect();
        assert_eq!(names, ["active", "client_id", "exp", "iat", "iss", "scope", "sub", "token_type"]);
        assert_eq!((access["active"].as_bool(), access["sub"].as_str()), (Some(true), Some(user.as_str())));
        let refresh = look(&resource, text(&tokens, "refresh_token")).await;
        assert!(refresh["active"] == true && refresh.get("token_type").is_none());
        assert_eq!(look(&client, text(&tokens, "access_token")).await["active"], true);
        for nothing in [
            look(&stranger, text(&tokens, "access_token")).await,
            look(&resource, "unknown").await,
        ] {
            assert_eq!(nothing, json!({"active": false}));
        }
        let jwt = resource.post(&visitor, "/oidc/token/introspection", &[("token", text(&tokens, "id_token"))]).await;
        assert_eq!(
            described(&jwt),
            "400 unsupported_token_type: Structured JWT Tokens cannot be introspected via the introspection_endpoint"
        );
        let missing = resource.post(&visitor, "/oidc/token/introspection", &[]).await;
        assert_eq!(described(&missing), "400 invalid_request: missing required parameter 'token'");
        server.clock.advance_seconds(3600);
        assert_eq!(look(&resource, text(&tokens, "access_token")).await, json!({"active": false}));
    }

    async fn revocation_takes_the_siblings_along(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let web = register(server, ApplicationType::Traditional).await;
        let revoke = async |client: &Client, token: &str| {
            client.post(&visitor, "/oidc/token/revocation", &[("token", token)]).await
        };
        for kind in ["access_token", "refresh_token"] {
            let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
            assert!(revoke(&client, text(&tokens, kind)).await.expect(200).body().is_empty());
            visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
            client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(400);
        }
        // The last one ended the grant, so consent is asked for again.
        assert_eq!(visitor.get(&client.request(&[("scope", "openid")])).await.expect(303).location().path(), "/consent");
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        let foreign = revoke(&web, text(&tokens, "access_token")).await;
        assert_eq!(
            described(&foreign),
            "400 invalid_request: client is not authorized to revoke the presented token"
        );
        let other = register(server, ApplicationType::Spa).await;
        revoke(&other, text(&tokens, "access_token")).await.expect(200);
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        revoke(&client, "unknown").await.expect(200);
        let jwt = revoke(&client, text(&tokens, "id_token")).await;
        assert_eq!(jwt.expect(400).json()["error"], "unsupported_token_type");
    }

    async fn scripts_may_call_from_pages_of_the_client_only(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        visitor.always("origin", "https://app.example.com");
        let own = client.token(&visitor, &fields).await.expect(400);
        assert_eq!(own.header("access-control-allow-origin"), Some("https://app.example.com"));
        assert_eq!(own.json()["error"], "invalid_grant");
        assert_eq!(own.header("access-control-expose-headers"), Some("WWW-Authenticate"));
        visitor.always("origin", "https://evil.example");
        let foreign = client.token(&visitor, &fields).await;
        assert_eq!(
            described(&foreign),
            format!("400 invalid_request: origin https://evil.example not allowed for client: {}", client.id)
        );
        assert!(foreign.header("access-control-allow-origin").is_none());
    }

    async fn people_get_tokens_for_resources_by_their_roles(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let request = client.request(&[("scope", "openid offline_access all"), ("prompt", "consent"), ("resource", API)]);
        let answer = walk(server, &visitor, &client, &user, &request).await;
        let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        // Opaque unless the token request names the resource.
        assert_eq!(text(&tokens, "access_token").len(), 43);
        let for_api = client.refresh(&visitor, text(&tokens, "refresh_token"), &[("resource", API)]).await.expect(200).json();
        let token = claims(text(&for_api, "access_token"));
        assert_eq!((token["aud"].as_str(), token["sub"].as_str(), token["scope"].as_str()), (Some(API), Some(user.as_str()), Some("")));
        assert_eq!(for_api["scope"], "");
        assert!(parameter(&answer, "error").is_none());
    }

    async fn the_management_api_knows_its_callers(server) {
        let visitor = server.visitor();
        let (client, user) = (machine(server).await, create_user(server, "ada").await);
        let ctx = server.system().by(Actor::Anonymous);
        let fields = [("grant_type", "client_credentials"), ("resource", API), ("scope", "all")];
        let tokens = client.token(&visitor, &fields).await.expect(200).json();
        let bearer = |token: &str| format!("Bearer {token}");
        let actor = management::authorize(&ctx, Some(&bearer(text(&tokens, "access_token")))).await.unwrap();
        assert_eq!(actor, Actor::ManagementApplication(client.id.as_str().into()));
        let unscoped = client.token(&visitor, &fields[..2]).await.expect(200).json();
        let web = register(server, ApplicationType::Spa).await;
        let person = sign_in(server, &visitor, &web, &user, "openid").await;
        for (header, expected) in [
            (None, "auth.authorization_header_missing"),
            (Some("Basic x".to_owned()), "auth.authorization_token_type_not_supported"),
            (Some(bearer("x.y.z")), "auth.unauthorized"),
            (Some(bearer(text(&person, "access_token"))), "auth.unauthorized"),
            (Some(bearer(text(&person, "id_token"))), "auth.unauthorized"),
            (Some(bearer(text(&unscoped, "access_token"))), "auth.forbidden"),
        ] {
            let error = management::authorize(&ctx, header.as_deref()).await.unwrap_err();
            assert_eq!(error.code().as_str(), expected);
        }
        // A token of this tenant is worth nothing at the administrators' one.
        let admin = ctx.of(server.admin_tenant().clone());
        let token = bearer(text(&tokens, "access_token"));
        assert_eq!(management::authorize(&admin, Some(&token)).await.unwrap_err().code().as_str(), "auth.unauthorized");
        server.clock.advance_seconds(3600 + 15);
        assert_eq!(management::authorize(&ctx, Some(&token)).await.unwrap_err().code().as_str(), "auth.unauthorized");
    }

    async fn the_trail_tells_what_happened_and_no_secret(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let code = fresh_code(server, &client, &user, "openid offline_access").await;
        let tokens = client.redeem(&visitor, &code).await.expect(200).json();
        client.redeem(&visitor, &code).await.expect(400);
        visitor.post_form("/oidc/token", &[("grant_type", "client_credentials"), ("client_id", "bogus")]).await.expect(400);
        client.post(&visitor, "/oidc/token/revocation", &[("token", text(&tokens, "refresh_token"))]).await.expect(200);
        server.app.audit.flush(&server.app.db).await;
        let rows = logs::newest(&mut server.system().read().await.unwrap().tx(), &server.tenant().id, 100).await.unwrap();
        for (key, result) in [
            ("Interaction.Create", "Success"),
            ("Interaction.End", "Success"),
            ("ExchangeTokenBy.AuthorizationCode", "Success"),
            ("ExchangeTokenBy.AuthorizationCode", "Error"),
            ("ExchangeTokenBy.ClientCredentials", "Error"),
            ("RevokeGrants", "Success"),
            ("RevokeToken", "Success"),
        ] {
            let told = rows.iter().any(|row| row.key == key && row.payload.contains(&format!("\"result\":\"{result}\"")));
            assert!(told, "{key} {result}");
        }
        let secrets = [code.as_str(), text(&tokens, "access_token"), text(&tokens, "refresh_token"), VERIFIER];
        for row in &rows {
            assert!(secrets.iter().all(|secret| !row.payload.contains(secret)), "{}", row.payload);
            assert!(!row.payload.contains(client.secret.as_deref().unwrap()));
        }
    }

    async fn grants_can_be_limited(server) {
        let user = create_user(server, "ada").await;
        let custom = CustomClientMetadata { max_allowed_grants: Some(2), ..CustomClientMetadata::default() };
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], custom).await;
        let mut tokens = Vec::new();
        for _ in 0..3 {
            server.clock.advance_seconds(1);
            tokens.push(sign_in(server, &server.visitor(), &client, &user, "openid offline_access").await);
        }
        let alive = async |tokens: &Value| {
            server.visitor().get_as("/oidc/me", text(tokens, "access_token")).await.status()
        };
        assert_eq!([alive(&tokens[0]).await, alive(&tokens[1]).await, alive(&tokens[2]).await], [401, 200, 200]);
    }
}
