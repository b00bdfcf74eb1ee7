//! Organization tokens, tokens for resources in an organization, and the claims about organizations.

use super::arrange::{
    ORDERS, application, give, give_machine, join, organization, organization_role, organization_scope, require_mfa,
    resource,
};
use super::{API, INVALID_TARGET, both, credentials, described, scopes, without_refresh_rotation};
use serde_json::{Value, json};
use soleira_core::model::{ApplicationType, RoleType};
use soleira_core::{OrganizationId, ScopeId, UserId};
use soleira_directory::organizations::{self as directory, members};
use soleira_store::organizations::template;
use soleira_store::{Verdict, unit};
use soleira_testkit::{TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{
    CALLBACK, Client, claims, code, create_user, register, register_with, sign_in, text, walk,
};

/// The pseudo-resource through which permissions in organizations are asked for.
const ORGANIZATIONS: &str = "urn:logto:resource:organizations";
/// The standard scope without which no organization token is issued.
const OWN: &str = "urn:logto:scope:organizations";

/// A token response for a request that names resources.
async fn tokens_for(server: &TestServer, client: &Client, user: &UserId, scope: &str, resources: &[&str]) -> Value {
    let mut further = vec![("scope", scope), ("prompt", "consent")];
    further.extend(resources.iter().map(|indicator| ("resource", *indicator)));
    let answer = walk(server, &server.visitor(), client, user, &client.request(&further)).await;
    client
        .redeem(&server.visitor(), &code(&answer))
        .await
        .expect(200)
        .json()
}

async fn refreshed(client: &Client, visitor: &Visitor, tokens: &Value, further: &[(&str, &str)]) -> Value {
    client
        .refresh(visitor, text(tokens, "refresh_token"), further)
        .await
        .expect(200)
        .json()
}

on_both_engines! {
    async fn members_get_what_their_roles_in_the_organization_give(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (read, write) = (organization_scope(server, "read:doc").await, organization_scope(server, "write:doc").await);
        organization_scope(server, "delete:doc").await;
        let (one, two) = (organization(server, "One").await, organization(server, "Two").await);
        let reader = organization_role(server, RoleType::User, "reader", &[&read], &[]).await;
        let writer = organization_role(server, RoleType::User, "writer", &[&read, &write], &[]).await;
        join(server, &one, user.clone(), &[&reader, &writer]).await;
        join(server, &two, user.clone(), &[&reader]).await;
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let scope = format!("openid offline_access {OWN} read:doc write:doc delete:doc");
        let tokens = tokens_for(server, &client, &user, &scope, &[ORGANIZATIONS]).await;
        assert_eq!(text(&tokens, "access_token").len(), 43, "opaque unless an organization is named");

        let token = refreshed(&client, &visitor, &tokens, &[("organization_id", one.as_str())]).await;
        assert_eq!(scopes(&token), both("read:doc write:doc"));
        let own = claims(text(&token, "access_token"));
        assert_eq!(own["aud"], json!(format!("urn:logto:organization:{one}")));
        assert_eq!((own["sub"].as_str(), own.get("organization_id")), (Some(user.as_str()), None));
        assert_eq!((token["expires_in"].as_i64(), token.get("id_token").is_some()), (Some(3600), true));

        let token = refreshed(&client, &visitor, &tokens, &[("organization_id", two.as_str())]).await;
        assert_eq!(scopes(&token), both("read:doc"));
        let narrowed = [("organization_id", one.as_str()), ("scope", "write:doc")];
        assert_eq!(scopes(&refreshed(&client, &visitor, &tokens, &narrowed).await), both("write:doc"));

        // A role that changes counts from the next refresh on, in both directions.
        let ctx = server.system();
        members::replace_roles(&ctx, &two, &user, vec![writer].into()).await.unwrap();
        let in_two = [("organization_id", two.as_str())];
        assert_eq!(scopes(&refreshed(&client, &visitor, &tokens, &in_two).await), both("read:doc write:doc"));
        members::replace_roles(&ctx, &two, &user, Vec::new().into()).await.unwrap();
        assert_eq!(scopes(&refreshed(&client, &visitor, &tokens, &in_two).await), both(""));
        members::remove(&ctx, &two, &user).await.unwrap();
        let gone = client.refresh(&visitor, text(&tokens, "refresh_token"), &in_two).await;
        assert_eq!(described(&gone), "403 access_denied: user is not a member of the organization");
    }

    async fn permissions_that_were_not_asked_for_are_in_no_organization_token(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let read = organization_scope(server, "read:doc").await;
        let one = organization(server, "One").await;
        let reader = organization_role(server, RoleType::User, "reader", &[&read], &[]).await;
        join(server, &one, user.clone(), &[&reader]).await;
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        // Without the pseudo-resource the name means nothing.
        let tokens = tokens_for(server, &client, &user, &format!("openid offline_access {OWN} read:doc"), &[]).await;
        let token = refreshed(&client, &visitor, &tokens, &[("organization_id", one.as_str())]).await;
        assert_eq!(scopes(&token), both(""));
    }

    async fn an_organization_is_refused_for_a_reason(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (one, strict) = (organization(server, "One").await, organization(server, "Strict").await);
        join(server, &one, user.clone(), &[]).await;
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let tokens = sign_in(server, &visitor, &client, &user, &format!("openid offline_access {OWN}")).await;
        let ask = async |tokens: &Value, organization: &OrganizationId| {
            let further = [("organization_id", organization.as_str())];
            client.refresh(&visitor, text(tokens, "refresh_token"), &further).await
        };
        ask(&tokens, &one).await.expect(200);
        for unknown in [&strict, &OrganizationId::from("unknown")] {
            let refused = ask(&tokens, unknown).await;
            assert_eq!(described(&refused), "403 access_denied: user is not a member of the organization");
        }
        join(server, &strict, user.clone(), &[]).await;
        require_mfa(server, &strict).await;
        assert_eq!(
            described(&ask(&tokens, &strict).await),
            "403 access_denied: organization requires MFA but user has no MFA configured"
        );
        // Who was not granted the person's organizations cannot ask for one; who is no member hears of that first.
        let plain = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let refused = ask(&plain, &one).await;
        assert_eq!(described(&refused), "403 insufficient_scope: refresh token missing required scope");
        assert_eq!(refused.json()["scope"], OWN);
        let unknown = ask(&plain, &OrganizationId::from("unknown")).await;
        assert_eq!(described(&unknown), "403 access_denied: user is not a member of the organization");
    }

    async fn a_refused_organization_uses_no_refresh_token_up(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let token = text(&tokens, "refresh_token");
        client.refresh(&visitor, token, &[("organization_id", "unknown")]).await.expect(403);
        server.clock.advance_seconds(60);
        client.refresh(&visitor, token, &[]).await.expect(200);
    }

    async fn resources_are_asked_for_in_an_organization(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (_, [read, write, cancel]) = resource(server, ORDERS, ["read", "write", "cancel"]).await;
        let (one, two) = (organization(server, "One").await, organization(server, "Two").await);
        let writer = organization_role(server, RoleType::User, "writer", &[], &[&write]).await;
        let canceller = organization_role(server, RoleType::User, "canceller", &[], &[&cancel]).await;
        give(server, &user, &[&read]).await;
        join(server, &one, user.clone(), &[&writer]).await;
        join(server, &two, user.clone(), &[&canceller]).await;
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let scope = format!("openid offline_access {OWN} read write cancel");
        let tokens = tokens_for(server, &client, &user, &scope, &[ORDERS]).await;
        let ask = async |further: &[(&str, &str)]| refreshed(&client, &visitor, &tokens, further).await;

        // Outside of organizations all of them count; in one, its own and those of the tenant.
        assert_eq!(scopes(&ask(&[("resource", ORDERS)]).await), both("read write cancel"));
        let in_one = ask(&[("resource", ORDERS), ("organization_id", one.as_str())]).await;
        assert_eq!(scopes(&in_one), both("read write"));
        let own = claims(text(&in_one, "access_token"));
        assert_eq!((own["aud"].as_str(), own["organization_id"].as_str()), (Some(ORDERS), Some(one.as_str())));
        assert_eq!(in_one["expires_in"], 600, "the resource decides");
        let in_two = ask(&[("resource", ORDERS), ("organization_id", two.as_str())]).await;
        assert_eq!(scopes(&in_two), both("read cancel"));
        let elsewhere = [("resource", "https://other.example.com"), ("organization_id", one.as_str())];
        let refused = client.refresh(&visitor, text(&tokens, "refresh_token"), &elsewhere).await;
        assert_eq!(described(&refused), INVALID_TARGET);
    }

    async fn a_role_in_an_organization_makes_no_administrator(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let one = organization(server, "One").await;
        let member = organization_role(server, RoleType::User, "member", &[], &[]).await;
        join(server, &one, user.clone(), &[&member]).await;
        // The Management API refuses this; a row from elsewhere may say it all the same.
        let needs = (soleira_directory::author(&server.system()), server.tenant().id.clone(), member);
        let given = server.app.db.write(unit(needs, |(author, tenant, role), tx| Box::pin(async move {
            let given = template::permissions::<ScopeId>();
            given.add(tx, author, tenant, &[role.as_str(), "management-api-all"]).await?;
            Ok(Verdict::Accept(()))
        })));
        given.await.unwrap();

        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let scope = format!("openid offline_access {OWN} all");
        let tokens = tokens_for(server, &client, &user, &scope, &[API]).await;
        for further in [vec![("resource", API)], vec![("resource", API), ("organization_id", one.as_str())]] {
            let answer = refreshed(&client, &visitor, &tokens, &further).await;
            assert_eq!(scopes(&answer), both(""), "{further:?}");
            visitor.get_as("/api/users", text(&answer, "access_token")).await.expect(403);
        }
    }

    async fn claims_tell_of_organizations_and_roles(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (one, two) = (organization(server, "One").await, organization(server, "Two").await);
        let owner = organization_role(server, RoleType::User, "owner", &[], &[]).await;
        let guest = organization_role(server, RoleType::User, "guest", &[], &[]).await;
        join(server, &one, user.clone(), &[&owner, &guest]).await;
        join(server, &two, user.clone(), &[]).await;
        let client = register(server, ApplicationType::Spa).await;
        let scope = format!("openid {OWN} urn:logto:scope:organization_roles");
        let tokens = sign_in(server, &visitor, &client, &user, &scope).await;
        let id_token = claims(text(&tokens, "id_token"));
        assert_eq!(id_token["organizations"], json!([one, two]));
        assert_eq!(id_token["organization_roles"], json!([format!("{one}:guest"), format!("{one}:owner")]));
        assert!(id_token.get("organization_data").is_none(), "only where the tenant enables it");
        let info = visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200).json();
        assert_eq!(
            info["organization_data"],
            json!([{"id": one, "name": "One", "description": null}, {"id": two, "name": "Two", "description": null}])
        );
        assert_eq!((&info["organizations"], &info["organization_roles"]), (&id_token["organizations"], &id_token["organization_roles"]));
    }

    async fn machines_act_in_organizations_that_they_are_associated_with(server) {
        let visitor = server.visitor();
        let (_, [read, write]) = resource(server, ORDERS, ["read", "write"]).await;
        let sync = organization_scope(server, "sync").await;
        let one = organization(server, "One").await;
        let client = register(server, ApplicationType::MachineToMachine).await;
        let ask = async |further: &[(&str, &str)]| credentials(&client, &visitor, further).await;
        let organization = ("organization_id", one.as_str());
        assert_eq!(described(&ask(&[organization]).await), "403 access_denied: app has not associated with the organization");
        join(server, &one, application(&client), &[]).await;
        // An organization token always says its scope, a token for a resource only if it has one.
        let empty = ask(&[organization, ("scope", "sync")]).await.expect(200).json();
        assert_eq!(scopes(&empty), both(""));
        let role = organization_role(server, RoleType::MachineToMachine, "robot", &[&sync], &[&write]).await;
        join(server, &one, application(&client), &[&role]).await;
        give_machine(server, &client, &[&read]).await;
        let token = ask(&[organization, ("scope", "sync write other")]).await.expect(200).json();
        assert_eq!(scopes(&token), both("sync"));
        let own = claims(text(&token, "access_token"));
        assert_eq!(own["aud"], json!(format!("urn:logto:organization:{one}")));
        assert_eq!((own["sub"].as_str(), own.get("organization_id")), (Some(client.id.as_str()), None));
        assert_eq!(token["expires_in"], 3600);

        let all = ("scope", "read write sync");
        let token = ask(&[organization, ("resource", ORDERS), all]).await.expect(200).json();
        assert_eq!(scopes(&token), both("write"), "roles of the tenant do not count in an organization");
        let own = claims(text(&token, "access_token"));
        assert_eq!((own["aud"].as_str(), own["organization_id"].as_str()), (Some(ORDERS), Some(one.as_str())));
        let outside = ask(&[("resource", ORDERS), all]).await.expect(200).json();
        assert_eq!(scopes(&outside), both("read"), "and roles of the organization do not count outside");
        let unscoped = ask(&[organization, ("resource", ORDERS)]).await.expect(200).json();
        assert_eq!(scopes(&unscoped), [Value::Null, Value::Null]);
        assert_eq!(described(&ask(&[organization, ("resource", "https://unknown.example.com")]).await), INVALID_TARGET);

        // What is taken away is gone at the next request, cached or not.
        directory::delete(&server.system(), &one).await.unwrap();
        ask(&[organization]).await.expect(403);
    }

    async fn an_organization_is_an_audience_without_a_default_resource(server) {
        let visitor = server.visitor();
        let (id, _) = resource(server, ORDERS, ["read"]).await;
        let one = organization(server, "One").await;
        let client = register(server, ApplicationType::MachineToMachine).await;
        join(server, &one, application(&client), &[]).await;
        soleira_directory::resources::set_default(&server.system(), &id, true).await.unwrap();
        let audience = async |further: &[(&str, &str)]| {
            let token = credentials(&client, &visitor, further).await.expect(200).json();
            claims(text(&token, "access_token"))["aud"].clone()
        };
        assert_eq!(audience(&[]).await, ORDERS);
        assert_eq!(audience(&[("organization_id", one.as_str())]).await, json!(format!("urn:logto:organization:{one}")));
    }

    async fn machines_in_organizations_cost_no_statement_either(server) {
        let visitor = server.visitor();
        let (_, [write]) = resource(server, ORDERS, ["write"]).await;
        let one = organization(server, "One").await;
        let role = organization_role(server, RoleType::MachineToMachine, "robot", &[], &[&write]).await;
        let client = register(server, ApplicationType::MachineToMachine).await;
        join(server, &one, application(&client), &[&role]).await;
        let further = [("organization_id", one.as_str()), ("resource", ORDERS), ("scope", "write")];
        credentials(&client, &visitor, &further).await.expect(200);
        server.app.audit.flush(&server.app.db).await;
        let before = server.app.db.statements();
        for _ in 0..20 {
            credentials(&client, &visitor, &further).await.expect(200);
        }
        let asked = server.app.db.statements() - before;
        assert!(asked <= 20 + 4, "{asked} statements, a batch of audit rows and counters included");
    }
}
