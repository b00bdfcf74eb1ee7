//! Tokens of people for API resources: opaque or JWT, and which permissions.

use super::arrange::{
    ORDERS, STOCK, application, give, join, organization, organization_role, organization_scope, resource,
};
use super::{API, INVALID_TARGET, both, described, scopes, without_refresh_rotation};
use serde_json::Value;
use soleira_core::model::{ApplicationType, RoleType};
use soleira_core::{ResourceId, UserId};
use soleira_directory::{resources, roles};
use soleira_store::consent_scopes::{self, Kind, Party};
use soleira_store::permissions::{self, Roles};
use soleira_store::{Verdict, unit};
use soleira_testkit::{Page, TestServer, on_both_engines};
use soleira_tests::protocol::{
    CALLBACK, Client, VERIFIER, claims, code, create_user, parameter, register, register_with, text, walk,
};

/// A code for a request that names resources.
async fn code_for(server: &TestServer, client: &Client, user: &UserId, scope: &str, resources: &[&str]) -> String {
    let mut further = vec![("scope", scope), ("prompt", "consent")];
    further.extend(resources.iter().map(|indicator| ("resource", *indicator)));
    code(&walk(server, &server.visitor(), client, user, &client.request(&further)).await)
}

async fn redeem(server: &TestServer, client: &Client, code: &str, resources: &[&str]) -> Page {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    fields.extend(resources.iter().map(|indicator| ("resource", *indicator)));
    client.token(&server.visitor(), &fields).await
}

/// The audience of an access token; none for an opaque one.
fn audience(answer: &Value) -> Option<String> {
    let token = text(answer, "access_token");
    (token.len() != 43).then(|| text(&claims(token), "aud").to_owned())
}

async fn set_default(server: &TestServer, id: &ResourceId, is_default: bool) {
    resources::set_default(&server.system(), id, is_default).await.unwrap();
}

on_both_engines! {
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

    async fn the_request_decides_on_opaque_or_jwt(server) {
        let user = create_user(server, "ada").await;
        let (orders, [read]) = resource(server, ORDERS, ["read"]).await;
        let (stock, [count]) = resource(server, STOCK, ["count"]).await;
        let (other, _) = resource(server, "https://other.example.com", ["x"]).await;
        give(server, &user, &[&read, &count]).await;
        let client = register(server, ApplicationType::Spa).await;
        let two = [ORDERS, STOCK];
        let get = async |scope: &str, authorized: &[&str], asked: &[&str]| {
            let code = code_for(server, &client, &user, scope, authorized).await;
            redeem(server, &client, &code, asked).await
        };
        let kind = async |scope: &str, authorized: &[&str], asked: &[&str]| {
            audience(&get(scope, authorized, asked).await.expect(200).json())
        };
        assert_eq!(kind("openid read count", &two, &[]).await, None);
        assert_eq!(kind("read", &[ORDERS], &[]).await.as_deref(), Some(ORDERS));
        assert_eq!(kind("openid read count", &two, &[STOCK]).await.as_deref(), Some(STOCK));
        assert_eq!(described(&get("openid read", &[ORDERS], &[STOCK]).await), INVALID_TARGET);
        assert_eq!(
            described(&get("openid read", &[ORDERS], &["orders"]).await),
            "400 invalid_target: resource indicator must be an absolute URI"
        );
        assert_eq!(
            described(&get("openid read", &[ORDERS], &["https://orders.example.com#x"]).await),
            "400 invalid_target: resource indicator must not contain a fragment component"
        );
        // Several resources are nobody's audience without a default.
        assert_eq!(kind("read count", &two, &[]).await, None);
        assert_eq!(kind("openid read count", &two, &two).await, None);
        set_default(server, &stock, true).await;
        assert_eq!(kind("read count", &two, &[]).await.as_deref(), Some(STOCK));
        assert_eq!(kind("openid read count", &two, &two).await.as_deref(), Some(STOCK));
        assert_eq!(kind("openid read count", &two, &[]).await, None, "openid keeps it opaque");
        // The default is asked for where nothing is.
        assert_eq!(kind("count", &[], &[]).await.as_deref(), Some(STOCK));
        set_default(server, &other, true).await;
        assert_eq!(described(&get("read count", &two, &[]).await), INVALID_TARGET);
        assert_eq!(described(&get("openid read count", &two, &two).await), INVALID_TARGET);
        assert_eq!(kind("read", &[ORDERS], &[]).await.as_deref(), Some(ORDERS));
        resources::delete(&server.system(), &orders).await.unwrap();
    }

    async fn a_resource_in_the_query_is_split_and_in_the_body_is_not(server) {
        let user = create_user(server, "ada").await;
        let (_, [read]) = resource(server, ORDERS, ["read"]).await;
        let (_, [count]) = resource(server, STOCK, ["count"]).await;
        give(server, &user, &[&read, &count]).await;
        let client = register(server, ApplicationType::Spa).await;
        let joined = format!("{ORDERS},{STOCK}");
        let code = code_for(server, &client, &user, "openid read count", &[joined.as_str()]).await;
        assert_eq!(described(&redeem(server, &client, &code, &[joined.as_str()]).await), INVALID_TARGET);
        let answer = redeem(server, &client, &code, &[STOCK]).await.expect(200).json();
        assert_eq!(scopes(&answer), both("count"), "a refused target does not use the code up");
    }

    async fn permissions_are_those_of_all_roles_and_go_with_them(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (_, [read, write, cancel]) = resource(server, ORDERS, ["read", "write", "cancel"]).await;
        let (_, [stock_read]) = resource(server, STOCK, ["read"]).await;
        let role = give(server, &user, &[&read, &write]).await;
        give(server, &user, &[&read, &stock_read]).await;
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let asked = "openid offline_access read write cancel unknown";
        let code = code_for(server, &client, &user, asked, &[ORDERS, STOCK]).await;
        let tokens = redeem(server, &client, &code, &[]).await.expect(200).json();
        let refresh = async |resource: &str| {
            let token = text(&tokens, "refresh_token");
            client.refresh(&visitor, token, &[("resource", resource)]).await.expect(200).json()
        };
        // One name counts at each resource that knows it; unknown ones are left out silently.
        assert_eq!(scopes(&refresh(ORDERS).await), both("read write"));
        assert_eq!(scopes(&refresh(STOCK).await), both("read"));
        assert_eq!(refresh(ORDERS).await["expires_in"], 600);
        // What is taken away is gone at once, what is given needs a new authorization.
        give(server, &user, &[&cancel]).await;
        roles::take_from_user(&server.system(), &user, &role).await.unwrap();
        assert_eq!(scopes(&refresh(ORDERS).await), both("read"));
    }

    async fn a_third_party_gets_what_it_may_ask_for(server) {
        let user = create_user(server, "ada").await;
        let (_, [read, write, cancel]) = resource(server, ORDERS, ["read", "write", "cancel"]).await;
        let (see, edit) = (organization_scope(server, "see").await, organization_scope(server, "edit").await);
        let one = organization(server, "One").await;
        let role = organization_role(server, RoleType::User, "writer", &[&see, &edit], &[&write, &cancel]).await;
        give(server, &user, &[&read]).await;
        join(server, &one, user.clone(), &[&role]).await;
        let id = application(&register(server, ApplicationType::Spa).await);
        let author = soleira_directory::author(&server.system());
        let needs = (author, server.tenant().id.clone(), id.clone(), read, write, see);
        let configured = server.app.db.write(unit(needs, |(author, tenant, id, read, write, see), tx| Box::pin(async move {
            for party in [Party::Application(id), Party::Documents] {
                consent_scopes::add(tx, author, tenant, party, Kind::Resource, read.as_str()).await?;
                consent_scopes::add(tx, author, tenant, party, Kind::OrganizationResource, write.as_str()).await?;
                consent_scopes::add(tx, author, tenant, party, Kind::Organization, see.as_str()).await?;
            }
            Ok(Verdict::Accept(()))
        })));
        configured.await.unwrap();
        let (ctx, tenant) = (server.system(), &server.tenant().id);
        let mut reader = ctx.read().await.unwrap();
        let tx = &mut reader.tx();
        for party in [Party::Application(&id), Party::Documents] {
            let limited = permissions::of_user(tx, tenant, &user, Roles::OfOrganizations, ORDERS, Some(party)).await.unwrap();
            assert_eq!(limited, ["read", "write"]);
            let limited = permissions::of_member(tx, tenant, &user, &one, Some(party)).await.unwrap();
            assert_eq!(limited, ["see"]);
            assert_eq!(permissions::of_organizations(tx, tenant, Some(party)).await.unwrap(), ["see"]);
        }
        let other = "someone else".into();
        let nothing = Some(Party::Application(&other));
        assert!(permissions::of_user(tx, tenant, &user, Roles::OfOrganizations, ORDERS, nothing).await.unwrap().is_empty());
        assert_eq!(permissions::of_user(tx, tenant, &user, Roles::OfOrganizations, ORDERS, None).await.unwrap(), ["cancel", "read", "write"]);
        assert_eq!(permissions::of_organizations(tx, tenant, None).await.unwrap(), ["edit", "see"]);
    }
}
