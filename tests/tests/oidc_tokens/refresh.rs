//! Refresh tokens.

use super::arrange::{ORDERS, application, give, join, organization, resource};
use super::{API, INVALID_GRANT, counted, described, fresh_code, without_refresh_rotation};
use soleira_core::UserId;
use soleira_core::model::{ApplicationType, CustomClientMetadata, User};
use soleira_directory::applications::{self, ApplicationPatch, NewAccessRules};
use soleira_directory::users;
use soleira_store::{Verdict, unit};
use soleira_testkit::{TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{
    CALLBACK, Client, claims, code, create_user, register, register_with, sign_in, text, walk,
};
use tokio::task::JoinSet;

on_both_engines! {
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

    async fn refusals_come_in_the_wires_order(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let other = register(server, ApplicationType::Spa).await;
        let fresh = async || {
            let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
            text(&tokens, "refresh_token").to_owned()
        };
        let wider = [("scope", "email"), ("organization_id", "unknown")];
        let no_scope = "400 invalid_scope: refresh token missing requested scope";
        let ask = async |token: &str, further: &[(&str, &str)]| described(&client.refresh(&visitor, token, further).await);

        // Somebody else's token is none, whatever is asked for with it.
        let token = fresh().await;
        assert_eq!(described(&other.refresh(&visitor, &token, &wider).await), INVALID_GRANT);
        // The scope comes before the person, before reuse, and before all that follows.
        assert_eq!(ask(&token, &wider).await, no_scope);
        suspend(server, &user, true).await;
        assert_eq!(ask(&token, &wider).await, no_scope);
        assert_eq!(ask(&token, &[]).await, INVALID_GRANT);
        suspend(server, &user, false).await;
        let successor = client.refresh(&visitor, &token, &[]).await.expect(200).json();
        server.clock.advance_seconds(4);
        assert_eq!(ask(&token, &wider).await, no_scope);
        // A suspended person's reused token ends no family: nothing was issued for it.
        suspend(server, &user, true).await;
        assert_eq!(ask(&token, &[]).await, INVALID_GRANT);
        suspend(server, &user, false).await;
        let successor = client.refresh(&visitor, text(&successor, "refresh_token"), &[]).await.expect(200).json();
        // Reuse comes before the application's rules, and those before the organization.
        admit_nobody(server, &client).await;
        let last = text(&successor, "refresh_token");
        let in_organization = [("organization_id", "unknown")];
        assert_eq!(ask(last, &in_organization).await, "400 access_denied: access denied");
        assert_eq!(ask(&token, &in_organization).await, INVALID_GRANT);
        assert_eq!(ask(last, &[]).await, INVALID_GRANT, "the reuse ended the family");
        // Expiry comes before the scope.
        let token = {
            let tokens = sign_in(server, &visitor, &other, &user, "openid offline_access").await;
            text(&tokens, "refresh_token").to_owned()
        };
        server.clock.advance_seconds(14 * 86_400);
        assert_eq!(described(&other.refresh(&visitor, &token, &wider).await), INVALID_GRANT);
    }

    async fn a_refused_target_does_not_replace_the_token(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let token = text(&tokens, "refresh_token");
        client.refresh(&visitor, token, &[("resource", API)]).await.expect(400);
        server.clock.advance_seconds(60);
        client.refresh(&visitor, token, &[]).await.expect(200);
    }

    async fn reinstated_people_go_on_with_the_token_that_they_have(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let token = text(&tokens, "refresh_token");
        suspend(server, &user, true).await;
        client.refresh(&visitor, token, &[]).await.expect(400);
        server.clock.advance_seconds(60);
        suspend(server, &user, false).await;
        client.refresh(&visitor, token, &[]).await.expect(200);
    }

    async fn a_year_of_rotations_is_enough(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let custom = CustomClientMetadata { refresh_token_ttl_in_days: Some(180), ..CustomClientMetadata::default() };
        let client = register_with(server, ApplicationType::Native, &[CALLBACK], custom).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        // Each new token of a native application has a life of its own; the grant ends all of them after 180 days.
        server.clock.advance_seconds(179 * 86_400);
        let second = client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(200).json();
        assert_ne!(second["refresh_token"], tokens["refresh_token"]);
        server.clock.advance_seconds(86_400);
        client.refresh(&visitor, text(&second, "refresh_token"), &[]).await.expect(400);
    }

    async fn refreshing_costs_few_statements(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (_, [read]) = resource(server, ORDERS, ["read"]).await;
        give(server, &user, &[&read]).await;
        let organization = organization(server, "One").await;
        join(server, &organization, user.clone(), &[]).await;
        let scope = "openid profile offline_access read urn:logto:scope:organizations";
        let (page, web) = (register(server, ApplicationType::Spa).await, register(server, ApplicationType::Traditional).await);
        let opaque = statements(server, &visitor, &page, &user, scope, &[]).await;
        let kept = statements(server, &visitor, &web, &user, "openid profile offline_access read", &[]).await;
        let jwt = statements(server, &visitor, &web, &user, "openid offline_access read", &[("resource", ORDERS)]).await;
        let narrow = [("resource", ORDERS), ("scope", "read")];
        let bare = statements(server, &visitor, &web, &user, "openid offline_access read", &narrow).await;
        let member = [("organization_id", organization.as_str()), ("scope", "urn:logto:scope:organizations")];
        let in_organization = statements(server, &visitor, &web, &user, scope, &member).await;
        // Found with person and grant; replaced, its own predecessors forgotten, its successor stored; the access token
        // stored; organizations read; remembered.
        assert_eq!(opaque, 7, "opaque and rotated, with the person's organizations");
        assert_eq!(kept, 3, "opaque and kept");
        assert_eq!((jwt, bare), (3, 3), "for a resource and kept");
        assert_eq!(in_organization, 4, "for an organization and kept");
    }
}

/// How many statements one refresh takes.
async fn statements(
    server: &TestServer,
    visitor: &Visitor,
    client: &Client,
    user: &UserId,
    scope: &str,
    further: &[(&str, &str)],
) -> u64 {
    let request = client.request(&[("scope", scope), ("prompt", "consent"), ("resource", ORDERS)]);
    let answer = walk(server, visitor, client, user, &request).await;
    let tokens = client.redeem(visitor, &code(&answer)).await.expect(200).json();
    let mut token = text(&tokens, "refresh_token").to_owned();
    let mut fewest = u64::MAX;
    // The caches ask once a second whether configuration changed, and batches are written besides: the least counts.
    for _ in 0..5 {
        let (statements, answer) = counted(server, client.refresh(visitor, &token, further)).await;
        fewest = fewest.min(statements);
        text(&answer, "refresh_token").clone_into(&mut token);
    }
    fewest
}

/// Suspends or reinstates a person as an import would: what they were issued stays.
async fn suspend(server: &TestServer, user: &UserId, is_suspended: bool) {
    let ctx = server.system();
    let before = users::find(&ctx, user).await.unwrap().unwrap();
    let after = User {
        is_suspended,
        ..before.clone()
    };
    let key = after.username.clone();
    let needs = (soleira_directory::author(&ctx), before, after, key);
    let suspended = ctx.write(unit(needs, |(author, before, after, key), tx| {
        Box::pin(async move {
            soleira_store::users::update(tx, author, before, after, key.as_deref()).await?;
            Ok(Verdict::Accept(()))
        })
    }));
    suspended.await.unwrap();
}

/// Lets only somebody else enter an application.
async fn admit_nobody(server: &TestServer, client: &Client) {
    let (ctx, id) = (server.system(), application(client));
    let rules = NewAccessRules {
        user_ids: vec![create_user(server, "listed").await],
        ..NewAccessRules::default()
    };
    applications::replace_access_rules(&ctx, &id, rules).await.unwrap();
    let patch = ApplicationPatch {
        app_level_access_control_enabled: Some(true),
        ..ApplicationPatch::default()
    };
    applications::patch(&ctx, &id, patch).await.unwrap();
}
