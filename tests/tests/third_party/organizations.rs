//! Organizations that people open to applications of others, and what an application gets there.

use super::arrange::*;
use serde_json::{Value, json};
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{Client, claims};

async fn question(server: &TestServer, visitor: &Visitor, client: &Client, user: &soleira_core::UserId) -> Page {
    let scope = format!("openid offline_access {OWN_ORGANIZATIONS} read write manage");
    let request = client.request(&[
        ("scope", &scope),
        ("prompt", "consent"),
        ("resource", ORDERS),
        ("resource", ORGANIZATIONS),
    ]);
    arrive(server, visitor, client, user, &request).await
}

async fn for_organization(client: &Client, visitor: &Visitor, tokens: &Value, further: &[(&str, &str)]) -> Page {
    client.refresh(visitor, &text(tokens, "refresh_token"), further).await
}

on_both_engines! {
    async fn an_application_enters_the_organizations_that_were_opened(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let (read, write) = admin.orders().await;
        let (manage, invite) = (admin.organization_scope("manage").await, admin.organization_scope("invite").await);
        let one = admin.organization("One", &user, &[&manage, &invite], &[&read, &write]).await;
        let two = admin.organization("Two", &user, &[&manage], &[&write]).await;
        admin.let_ask(&client, json!({
            "userScopes": [OWN_ORGANIZATIONS], "organizationResourceScopes": [read], "organizationScopes": [manage],
        })).await;
        let visitor = server.visitor();
        let page = question(server, &visitor, &client, &user).await.expect(200);
        let page = page.form("Allow").check("One").submit().await.expect(303);
        let answer = page.follow_until(|url| url.as_str().starts_with(soleira_tests::protocol::CALLBACK)).await.location();
        let tokens = client.redeem(&visitor, &soleira_tests::protocol::code(&answer)).await.expect(200).json();

        let own = for_organization(&client, &visitor, &tokens, &[("organization_id", &one)]).await.expect(200).json();
        assert_eq!(scope_of(&own), ["manage"]);
        assert_eq!(claims(&text(&own, "access_token"))["aud"], format!("urn:logto:organization:{one}"));
        let orders = for_organization(&client, &visitor, &tokens, &[("organization_id", &one), ("resource", ORDERS)]).await.expect(200).json();
        assert_eq!(scope_of(&orders), ["read"]);
        assert_eq!(claims(&text(&orders, "access_token"))["organization_id"], one);
        let closed = for_organization(&client, &visitor, &tokens, &[("organization_id", &two)]).await.expect(403).json();
        assert_eq!(
            (&closed["error"], &closed["error_description"]),
            (&json!("access_denied"), &json!("organization access is not granted to the application"))
        );

        // What the person closes is closed from then on.
        admin.delete(&format!("/api/applications/{}/users/{user}/consent-organizations/{one}", client.id)).await.expect(204);
        for_organization(&client, &visitor, &tokens, &[("organization_id", &one)]).await.expect(403);
    }

    async fn what_was_opened_stays_open_over_grants(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let (read, _) = admin.orders().await;
        let one = admin.organization("One", &user, &[], &[&read]).await;
        admin.let_ask(&client, json!({ "userScopes": [OWN_ORGANIZATIONS], "organizationResourceScopes": [read] })).await;
        let page = question(server, &server.visitor(), &client, &user).await.expect(200);
        page.form("Allow").check("One").submit().await.expect(303);
        // Another session, another grant: it is shown as open, and nothing needs to be chosen.
        let visitor = server.visitor();
        let page = question(server, &visitor, &client, &user).await.expect(200);
        page.clone().expect_text("Open to it already");
        assert!(page.has("input[name=organization][checked][disabled]"));
        let tokens = client.redeem(&visitor, &allow(&page).await).await.expect(200).json();
        let orders = for_organization(&client, &visitor, &tokens, &[("organization_id", &one), ("resource", ORDERS)]).await.expect(200).json();
        assert_eq!(scope_of(&orders), ["read"]);
    }

    async fn what_needs_an_organization_is_refused_without_one(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let (read, write) = admin.orders().await;
        admin.give(&user, &[&read]).await;
        admin.organization("One", &user, &[], &[&write]).await;
        admin.let_ask(&client, json!({
            "userScopes": [OWN_ORGANIZATIONS], "resourceScopes": [read], "organizationResourceScopes": [write],
        })).await;
        let visitor = server.visitor();
        let page = question(server, &visitor, &client, &user).await.expect(200);
        let tokens = client.redeem(&visitor, &allow(&page).await).await.expect(200).json();
        let orders = for_organization(&client, &visitor, &tokens, &[("resource", ORDERS)]).await.expect(200).json();
        assert_eq!(scope_of(&orders), ["read"], "write was refused");
        // What was refused is not asked for again in this session.
        let request = client.request(&[("scope", "openid read write"), ("resource", ORDERS)]);
        arrive(server, &visitor, &client, &user, &request).await.expect(303);
    }

    async fn organizations_are_shown_to_who_asks_for_them(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        admin.organization("Secret society", &user, &[], &[]).await;
        admin.let_ask(&client, json!({ "userScopes": ["email"] })).await;
        let visitor = server.visitor();
        let page = ask(server, &visitor, &client, &user, "openid email").await.expect(200);
        assert!(!page.says("Secret society"));
        assert_eq!(visitor.get("/api/interaction/consent").await.expect(200).json()["organizations"], json!([]));
    }
}
