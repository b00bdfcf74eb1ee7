//! Token exchange (RFC 8693): whom which token stands for, what comes of it, and what is refused.

use super::arrange::{
    ORDERS, application, give, join, organization, organization_role, organization_scope, require_mfa, resource,
};
use super::{API, INVALID_GRANT, INVALID_TARGET, both, counted, credentials, described, machine, scopes};
use serde_json::{Map, Value, json};
use soleira_core::model::{ApplicationType, CustomClientMetadata, RoleType};
use soleira_core::{EntropyExt, UserId};
use soleira_directory::applications::{self, ApplicationPatch, NewAccessRules, NewApplication};
use soleira_directory::{subject_tokens, users};
use soleira_store::{Verdict, access_tokens, unit};
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{
    CALLBACK, Client, claims, code, create_user, register, register_with, sign_in, text, walk,
};
use tokio::task::JoinSet;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const IMPERSONATION: &str = "urn:logto:token-type:impersonation_token";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const PERSONAL: &str = "urn:logto:token-type:personal_access_token";

/// An application that may exchange tokens.
async fn exchanger(server: &TestServer) -> Client {
    let custom = CustomClientMetadata {
        allow_token_exchange: Some(true),
        ..CustomClientMetadata::default()
    };
    register_with(server, ApplicationType::Traditional, &[CALLBACK], custom).await
}

/// Presents a token of this type.
async fn exchange(client: &Client, visitor: &Visitor, kind: &str, token: &str, further: &[(&str, &str)]) -> Page {
    let fields = [
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", kind),
    ];
    client.token(visitor, &[&fields, further].concat()).await
}

async fn subject_token(server: &TestServer, user: &UserId) -> String {
    let token = subject_tokens::create(&server.system(), user, Map::new())
        .await
        .expect("a token");
    token.expose().to_owned()
}

async fn personal_token(server: &TestServer, user: &UserId) -> String {
    let made = users::create_personal_access_token(&server.system(), user, "ci", None).await;
    made.expect("a token").value
}

on_both_engines! {
    async fn a_subject_token_stands_for_its_person_once(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let token = subject_token(server, &user).await;
        let page = exchange(&client, &visitor, IMPERSONATION, &token, &[("scope", "openid profile")]).await;
        let answer = page.expect(200).json();
        let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"], "and no issued_token_type");
        assert_eq!((answer["scope"].as_str(), answer["expires_in"].as_i64()), (Some("openid profile"), Some(3600)));
        let own = text(&answer, "access_token");
        let info = visitor.get_as("/oidc/me", own).await.expect(200).json();
        assert_eq!((info["sub"].as_str(), info["username"].as_str()), (Some(user.as_str()), Some("ada")));
        let told = client.post(&visitor, "/oidc/token/introspection", &[("token", own)]).await.expect(200).json();
        assert_eq!((told["active"].as_bool(), told["client_id"].as_str()), (Some(true), Some(client.id.as_str())));
        let again = exchange(&client, &visitor, IMPERSONATION, &token, &[]).await;
        assert_eq!(described(&again), INVALID_GRANT);
        // By the name of access tokens it is taken too, once all the same.
        let token = subject_token(server, &user).await;
        exchange(&client, &visitor, ACCESS, &token, &[]).await.expect(200);
        exchange(&client, &visitor, IMPERSONATION, &token, &[]).await.expect(400);
    }

    async fn a_subject_token_is_used_up_by_success_only(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let token = subject_token(server, &user).await;
        let ask = async |further: &[(&str, &str)]| exchange(&client, &visitor, IMPERSONATION, &token, further).await;
        assert_eq!(described(&ask(&[("resource", "https://unknown.example.com")]).await), INVALID_TARGET);
        assert_eq!(
            described(&ask(&[("organization_id", "unknown")]).await),
            "403 access_denied: user is not a member of the organization"
        );
        ask(&[]).await.expect(200);
    }

    async fn a_subject_token_lives_for_ten_minutes(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let (early, late) = (subject_token(server, &user).await, subject_token(server, &user).await);
        server.clock.advance_seconds(599);
        exchange(&client, &visitor, IMPERSONATION, &early, &[]).await.expect(200);
        server.clock.advance_seconds(1);
        let expired = exchange(&client, &visitor, IMPERSONATION, &late, &[]).await;
        assert_eq!(described(&expired), INVALID_GRANT);
    }

    async fn of_a_hundred_uses_of_a_subject_token_one_succeeds(server) {
        let (user, client) = (create_user(server, "ada").await, exchanger(server).await);
        let token = subject_token(server, &user).await;
        let mut uses = JoinSet::new();
        for _ in 0..100 {
            let (client, visitor, token) = (client.clone(), server.visitor(), token.clone());
            uses.spawn(async move {
                let page = exchange(&client, &visitor, IMPERSONATION, &token, &[("scope", "openid")]).await;
                (page.status(), page.json())
            });
        }
        let outcomes = uses.join_all().await;
        let winners: Vec<&Value> = outcomes.iter().filter(|(status, _)| *status == 200).map(|(_, body)| body).collect();
        assert_eq!(winners.len(), 1);
        assert!(outcomes.iter().all(|(status, body)| *status == 200 || body["error"] == "invalid_grant"));
        server.visitor().get_as("/oidc/me", text(winners[0], "access_token")).await.expect(200);
        // The others left no grant behind.
        let grants = users::grants(&server.system(), &user, None).await.unwrap();
        assert_eq!(grants.len(), 1);
    }

    async fn a_personal_access_token_works_until_it_expires_or_is_taken(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let token = personal_token(server, &user).await;
        let (ctx, end) = (server.system(), server.system().now().plus_seconds(60));
        let short = users::create_personal_access_token(&ctx, &user, "short", Some(end)).await.unwrap().value;
        let ask = async |token: &str| exchange(&client, &visitor, PERSONAL, token, &[("scope", "openid")]).await;
        for token in [&token, &token, &short] {
            let answer = ask(token).await.expect(200).json();
            visitor.get_as("/oidc/me", text(&answer, "access_token")).await.expect(200);
        }
        server.clock.advance_seconds(60);
        assert_eq!(described(&ask(&short).await), INVALID_GRANT);
        users::rename_personal_access_token(&ctx, &user, "ci", "cd").await.unwrap();
        ask(&token).await.expect(200);
        users::delete_personal_access_token(&ctx, &user, "cd").await.unwrap();
        assert_eq!(described(&ask(&token).await), INVALID_GRANT);
        assert_eq!(described(&ask("pat_00000000000000000000000000000000").await), INVALID_GRANT);
    }

    async fn access_tokens_stand_for_their_person_as_long_as_they_live(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let page = register(server, ApplicationType::Spa).await;
        let (_, [read]) = resource(server, ORDERS, ["read"]).await;
        give(server, &user, &[&read]).await;
        let request = page.request(&[("scope", "openid offline_access read"), ("prompt", "consent"), ("resource", ORDERS)]);
        let answer = walk(server, &visitor, &page, &user, &request).await;
        let tokens = page.redeem(&visitor, &code(&answer)).await.expect(200).json();
        let for_orders = page.refresh(&visitor, text(&tokens, "refresh_token"), &[("resource", ORDERS)]).await;
        let (opaque, jwt) = (text(&tokens, "access_token"), for_orders.expect(200).json());
        let jwt = text(&jwt, "access_token");
        let ask = async |token: &str| exchange(&client, &visitor, ACCESS, token, &[("scope", "openid email")]).await;
        for token in [opaque, opaque, jwt, jwt] {
            let answer = ask(token).await.expect(200).json();
            let info = visitor.get_as("/oidc/me", text(&answer, "access_token")).await.expect(200).json();
            assert_eq!((info["sub"].as_str(), info["email"].as_str()), (Some(user.as_str()), Some("ada@example.com")));
        }
        server.clock.advance_seconds(600 + 15);
        assert_eq!(described(&ask(jwt).await), INVALID_GRANT);
        ask(opaque).await.expect(200);
        page.post(&visitor, "/oidc/token/revocation", &[("token", opaque)]).await.expect(200);
        assert_eq!(described(&ask(opaque).await), INVALID_GRANT);
    }

    async fn other_kinds_of_token_stand_for_nobody(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let page = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &page, &user, "openid offline_access").await;
        let machines = credentials(&machine(server).await, &visitor, &[("resource", API)]).await.expect(200).json();
        let (subject, personal) = (subject_token(server, &user).await, personal_token(server, &user).await);
        let opaque = text(&tokens, "access_token");
        let forged = {
            let mut parts: Vec<&str> = text(&machines, "access_token").split('.').collect();
            let own = text(&tokens, "id_token").split('.').nth(1).unwrap();
            parts[1] = own;
            parts.join(".")
        };
        for (kind, token) in [
            (ACCESS, text(&tokens, "id_token")),
            (ACCESS, text(&tokens, "refresh_token")),
            (ACCESS, text(&machines, "access_token")),
            (ACCESS, forged.as_str()),
            (ACCESS, &opaque[..42]),
            (ACCESS, &format!("{opaque}x")),
            (ACCESS, personal.as_str()),
            (IMPERSONATION, opaque),
            (IMPERSONATION, personal.as_str()),
            (IMPERSONATION, "sub_000000000000000000000"),
            (PERSONAL, subject.as_str()),
            (PERSONAL, opaque),
            ("urn:ietf:params:oauth:token-type:id_token", text(&tokens, "id_token")),
            ("urn:ietf:params:oauth:token-type:refresh_token", text(&tokens, "refresh_token")),
            ("urn:ietf:params:oauth:token-type:jwt", text(&tokens, "id_token")),
        ] {
            assert_eq!(described(&exchange(&client, &visitor, kind, token, &[]).await), INVALID_GRANT, "{kind} {token}");
        }
        let fields = [("grant_type", GRANT)];
        assert_eq!(
            described(&client.token(&visitor, &fields).await),
            "400 invalid_request: missing required parameters 'subject_token' and 'subject_token_type'"
        );
    }

    async fn tokens_of_another_tenant_stand_for_nobody(server) {
        let (visitor, client) = (server.visitor(), exchanger(server).await);
        // Signed by the administrators' tenant, for a machine that is known there only.
        let ctx = server.system().of(server.admin_tenant().clone());
        let id = "m-default".into();
        let secret = applications::secrets(&ctx, &id).await.unwrap().remove(0).value;
        let fields = [("grant_type", "client_credentials"), ("resource", API), ("scope", "all")];
        let url = format!("{}/oidc/token", server.admin_origin());
        let tokens = visitor.post_form_as_client(&url, "m-default", &secret, &fields).await.expect(200).json();
        let foreign = exchange(&client, &visitor, ACCESS, text(&tokens, "access_token"), &[]).await;
        assert_eq!(described(&foreign), INVALID_GRANT);
    }

    async fn what_a_third_party_got_is_not_turned_into_more(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let ctx = server.system();
        let mut new = NewApplication::new("theirs", ApplicationType::Traditional);
        new.is_third_party = true;
        let theirs = applications::create(&ctx, new).await.unwrap().id;
        let gone = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &gone, &user, "openid").await;
        let hash = soleira_crypto::timely_token_hash(text(&tokens, "access_token"));
        let mut row = {
            let found = access_tokens::find(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, &hash).await;
            found.unwrap().unwrap().token
        };
        row.client_id = theirs;
        let value = ctx.entropy().opaque();
        let needs = (ctx.tenant.id.clone(), soleira_crypto::timely_token_hash(&value), row);
        let stored = ctx.write(unit(needs, |(tenant, hash, row), tx| Box::pin(async move {
            access_tokens::insert(tx, tenant, hash, row).await?;
            Ok(Verdict::Accept(()))
        })));
        stored.await.unwrap();
        assert_eq!(described(&exchange(&client, &visitor, ACCESS, &value, &[]).await), INVALID_GRANT);
        exchange(&client, &visitor, ACCESS, text(&tokens, "access_token"), &[]).await.expect(200);
        applications::delete(&ctx, &application(&gone)).await.unwrap();
        let orphan = exchange(&client, &visitor, ACCESS, text(&tokens, "access_token"), &[]).await;
        assert_eq!(described(&orphan), INVALID_GRANT);
    }

    async fn only_clients_that_may_exchange_do(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let not_allowed = "400 invalid_request: requested grant type is not allowed for this client";
        for kind in [ApplicationType::Traditional, ApplicationType::MachineToMachine, ApplicationType::Spa] {
            let client = register(server, kind).await;
            let token = subject_token(server, &user).await;
            assert_eq!(described(&exchange(&client, &visitor, IMPERSONATION, &token, &[]).await), not_allowed);
            let patch = ApplicationPatch {
                custom_client_metadata: Some(CustomClientMetadata {
                    allow_token_exchange: Some(true),
                    ..CustomClientMetadata::default()
                }),
                ..ApplicationPatch::default()
            };
            applications::patch(&server.system(), &application(&client), patch).await.unwrap();
            exchange(&client, &visitor, IMPERSONATION, &token, &[]).await.expect(200);
        }
    }

    async fn suspended_people_are_nobodys_subject(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let page = register(server, ApplicationType::Spa).await;
        let request = page.request(&[("scope", "openid"), ("prompt", "consent"), ("resource", API)]);
        let answer = walk(server, &visitor, &page, &user, &request).await;
        let fields = [
            ("grant_type", "authorization_code"), ("code", &code(&answer)), ("redirect_uri", CALLBACK),
            ("code_verifier", soleira_tests::protocol::VERIFIER), ("resource", API),
        ];
        let jwt = page.token(&visitor, &fields).await.expect(200).json();
        let (subject, personal) = (subject_token(server, &user).await, personal_token(server, &user).await);
        let all = [(IMPERSONATION, subject.as_str()), (PERSONAL, &personal), (ACCESS, text(&jwt, "access_token"))];
        users::set_suspension(&server.system(), &user, true).await.unwrap();
        for (kind, token) in all {
            assert_eq!(described(&exchange(&client, &visitor, kind, token, &[]).await), INVALID_GRANT, "{kind}");
        }
        users::set_suspension(&server.system(), &user, false).await.unwrap();
        for (kind, token) in all {
            exchange(&client, &visitor, kind, token, &[]).await.expect(200);
        }
        users::delete(&server.system(), &user).await.unwrap();
        for (kind, token) in all {
            assert_eq!(described(&exchange(&client, &visitor, kind, token, &[]).await), INVALID_GRANT, "{kind}");
        }
    }

    async fn nothing_is_implied_and_permissions_are_the_persons(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let (_, [read, _write]) = resource(server, ORDERS, ["read", "write"]).await;
        give(server, &user, &[&read]).await;
        let token = personal_token(server, &user).await;
        let ask = async |further: &[(&str, &str)]| {
            exchange(&client, &visitor, PERSONAL, &token, further).await.expect(200).json()
        };
        let bare = ask(&[]).await;
        assert_eq!((bare["scope"].as_str(), text(&bare, "access_token").len()), (Some(""), 43));
        assert_eq!(ask(&[("scope", "openid read")]).await["scope"], "openid");
        assert_eq!(scopes(&ask(&[("resource", ORDERS)]).await), both(""));
        let answer = ask(&[("resource", ORDERS), ("scope", "openid read write")]).await;
        assert_eq!(scopes(&answer), both("read"));
        let own = claims(text(&answer, "access_token"));
        assert_eq!((own["sub"].as_str(), own["client_id"].as_str()), (Some(user.as_str()), Some(client.id.as_str())));
        assert_eq!((own["aud"].as_str(), answer["expires_in"].as_i64(), own.get("act")), (Some(ORDERS), Some(600), None));
        // Its parameters that this server does not know are ignored.
        ask(&[("audience", "x"), ("requested_token_type", "y")]).await;
    }

    async fn organizations_are_checked_as_on_refresh(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let (_, [read, write]) = resource(server, ORDERS, ["read", "write"]).await;
        let see = organization_scope(server, "see").await;
        let (one, strict) = (organization(server, "One").await, organization(server, "Strict").await);
        let role = organization_role(server, RoleType::User, "writer", &[&see], &[&write]).await;
        give(server, &user, &[&read]).await;
        join(server, &one, user.clone(), &[&role]).await;
        join(server, &strict, user.clone(), &[]).await;
        require_mfa(server, &strict).await;
        let token = personal_token(server, &user).await;
        let ask = async |further: &[(&str, &str)]| exchange(&client, &visitor, PERSONAL, &token, further).await;
        let all = ("scope", "openid see read write");
        let answer = ask(&[("organization_id", one.as_str()), all]).await.expect(200).json();
        assert_eq!(scopes(&answer), both("see"));
        assert_eq!(claims(text(&answer, "access_token"))["aud"], json!(format!("urn:logto:organization:{one}")));
        let answer = ask(&[("organization_id", one.as_str()), ("resource", ORDERS), all]).await.expect(200).json();
        assert_eq!(scopes(&answer), both("read write"));
        assert_eq!(claims(text(&answer, "access_token"))["organization_id"], json!(one));
        assert_eq!(
            described(&ask(&[("organization_id", "unknown")]).await),
            "403 access_denied: user is not a member of the organization"
        );
        assert_eq!(
            described(&ask(&[("organization_id", strict.as_str())]).await),
            "403 access_denied: organization requires MFA but user has no MFA configured"
        );
    }

    async fn somebody_may_act_for_the_person(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let agent = create_user(server, "agent").await;
        let page = register(server, ApplicationType::Spa).await;
        let acting = sign_in(server, &visitor, &page, &agent, "openid").await;
        let plain = sign_in(server, &visitor, &page, &agent, "profile").await;
        let (_, [read]) = resource(server, ORDERS, ["read"]).await;
        give(server, &user, &[&read]).await;
        let ask = async |actor: &str, kind: &str, further: &[(&str, &str)]| {
            let token = subject_token(server, &user).await;
            let fields = [&[("actor_token", actor), ("actor_token_type", kind)], further].concat();
            exchange(&client, &visitor, IMPERSONATION, &token, &fields).await
        };
        let actor = text(&acting, "access_token");
        let answer = ask(actor, ACCESS, &[("resource", ORDERS), ("scope", "read")]).await.expect(200).json();
        assert_eq!(claims(text(&answer, "access_token"))["act"], json!({"sub": agent}));
        let opaque = ask(actor, ACCESS, &[("scope", "openid")]).await.expect(200).json();
        let fields = [("token", text(&opaque, "access_token"))];
        let told = client.post(&visitor, "/oidc/token/introspection", &fields).await.expect(200).json();
        assert_eq!((&told["act"], told["sub"].as_str()), (&json!({"sub": agent}), Some(user.as_str())));
        for (actor, kind) in [
            (actor, IMPERSONATION),
            (text(&plain, "access_token"), ACCESS),
            (text(&acting, "id_token"), ACCESS),
            ("nonsense", ACCESS),
            (actor, "urn:ietf:params:oauth:token-type:id_token"),
        ] {
            assert_eq!(described(&ask(actor, kind, &[]).await), INVALID_GRANT, "{kind}");
        }
        users::set_suspension(&server.system(), &agent, true).await.unwrap();
        assert_eq!(described(&ask(actor, ACCESS, &[]).await), INVALID_GRANT);
    }

    async fn an_applications_rules_hold_for_subjects_too(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let listed = create_user(server, "listed").await;
        let (ctx, id) = (server.system(), application(&client));
        let rules = NewAccessRules { user_ids: vec![listed.clone()], ..NewAccessRules::default() };
        applications::replace_access_rules(&ctx, &id, rules).await.unwrap();
        let patch = ApplicationPatch { app_level_access_control_enabled: Some(true), ..ApplicationPatch::default() };
        applications::patch(&ctx, &id, patch).await.unwrap();
        let token = personal_token(server, &user).await;
        let refused = exchange(&client, &visitor, PERSONAL, &token, &[("organization_id", "unknown")]).await;
        assert_eq!(described(&refused), "400 access_denied: access denied");
        let token = personal_token(server, &listed).await;
        exchange(&client, &visitor, PERSONAL, &token, &[]).await.expect(200);
    }

    async fn the_grant_of_an_exchange_ends_with_its_token(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let token = personal_token(server, &user).await;
        let answer = exchange(&client, &visitor, PERSONAL, &token, &[("scope", "openid")]).await.expect(200).json();
        let grants = users::grants(&server.system(), &user, None).await.unwrap();
        assert_eq!(grants.len(), 1);
        server.clock.advance_seconds(3600);
        visitor.get_as("/oidc/me", text(&answer, "access_token")).await.expect(401);
        assert!(users::grants(&server.system(), &user, None).await.unwrap().is_empty());
    }

    async fn exchanging_costs_few_statements(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let (_, [read]) = resource(server, ORDERS, ["read"]).await;
        give(server, &user, &[&read]).await;
        let personal = personal_token(server, &user).await;
        let (mut opaque, mut jwt, mut subject) = (u64::MAX, u64::MAX, u64::MAX);
        for _ in 0..5 {
            let ask = exchange(&client, &visitor, PERSONAL, &personal, &[("scope", "openid")]);
            opaque = opaque.min(counted(server, ask).await.0);
            let for_orders = [("resource", ORDERS), ("scope", "read")];
            let ask = exchange(&client, &visitor, PERSONAL, &personal, &for_orders);
            jwt = jwt.min(counted(server, ask).await.0);
            let token = subject_token(server, &user).await;
            let ask = exchange(&client, &visitor, IMPERSONATION, &token, &for_orders);
            subject = subject.min(counted(server, ask).await.0);
        }
        // Whose token it is with their state, the permissions, the grant, the opaque token, what is remembered.
        assert_eq!((opaque, jwt), (4, 4));
        assert_eq!(subject, 5, "used up besides");
    }
}
