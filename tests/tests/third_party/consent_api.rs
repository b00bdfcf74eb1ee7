//! Consent for pages of one's own: `/api/interaction/consent`.

use super::arrange::*;
use http::Method;
use serde_json::{Value, json};
use soleira_core::model::ApplicationType;
use soleira_testkit::{Page, Visitor, on_both_engines};
use soleira_tests::protocol::{CALLBACK, code, create_user, parameter, register};

const PATH: &str = "/api/interaction/consent";

async fn post(visitor: &Visitor, body: Value) -> Page {
    visitor.send_json(Method::POST, PATH, None, &body).await
}

on_both_engines! {
    async fn a_page_of_ones_own_asks_the_same(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let (read, write) = admin.orders().await;
        let manage = admin.organization_scope("manage").await;
        let acme = admin.organization("Acme", &user, &[&manage], &[&write]).await;
        let bare = admin.organization("Bare", &user, &[], &[]).await;
        admin.give(&user, &[&read]).await;
        admin.let_ask(&client, json!({
            "userScopes": ["email", OWN_ORGANIZATIONS], "resourceScopes": [read],
            "organizationResourceScopes": [write], "organizationScopes": [manage],
        })).await;
        let presentation = json!({ "displayName": "Else", "termsOfUseUrl": "https://else.example/terms",
            "branding": { "logoUrl": "https://else.example/logo.png" } });
        admin.put(&format!("/api/applications/{}/sign-in-experience", client.id), presentation).await.expect(201);
        let scope = format!("openid offline_access email {OWN_ORGANIZATIONS} read write manage");
        let request = client.request(&[("scope", &scope), ("prompt", "consent"), ("resource", ORDERS), ("resource", ORGANIZATIONS)]);
        let visitor = server.visitor();
        arrive(server, &visitor, &client, &user, &request).await.expect(200);

        let asked = visitor.get(PATH).await.expect(200).json();
        let at_orders = |scope: Value| json!({
            "resource": { "id": asked["missingResourceScopes"][0]["resource"]["id"], "name": "Orders", "indicator": ORDERS },
            "scopes": [scope],
        });
        assert_eq!(
            asked,
            json!({
                "application": {
                    "id": client.id, "name": "Elsewhere", "displayName": "Else",
                    "branding": { "logoUrl": "https://else.example/logo.png" },
                    "termsOfUseUrl": "https://else.example/terms",
                },
                "user": {
                    "id": user, "name": "ana of the tests", "avatar": null, "username": "ana",
                    "primaryEmail": "ana@example.com", "primaryPhone": null,
                },
                "organizations": [
                    { "id": acme, "name": "Acme", "missingResourceScopes": [
                        at_orders(json!({ "id": write, "name": "write", "description": "Place orders" })),
                    ] },
                    { "id": bare, "name": "Bare", "missingResourceScopes": [] },
                ],
                "missingOIDCScope": ["email", OWN_ORGANIZATIONS],
                "missingResourceScopes": [
                    at_orders(json!({ "id": read, "name": "read", "description": "See your orders" })),
                    {
                        "resource": { "id": ORGANIZATIONS, "name": ORGANIZATIONS, "indicator": ORGANIZATIONS },
                        "scopes": [{ "id": manage, "name": "manage", "description": null }],
                    },
                ],
                "redirectUri": CALLBACK,
            })
        );

        let onward = post(&visitor, json!({ "organizationIds": [acme] })).await.expect(200).json();
        assert_eq!(onward.as_object().unwrap().keys().collect::<Vec<_>>(), ["redirectTo"]);
        let next = text(&onward, "redirectTo");
        assert!(next.starts_with("http://localhost:3001/oidc/auth/"), "{next}");
        let answer = visitor.get(&next).await.expect(303).location();
        client.redeem(&visitor, &code(&answer)).await.expect(200);
    }

    async fn a_browser_without_a_question_gets_none(server) {
        let visitor = server.visitor();
        refused(visitor.get(PATH).await, 400, "session.not_found");
        refused(post(&visitor, json!({})).await, 400, "session.not_found");
        // A sign-in that has not come to consent yet.
        let client = register(server, ApplicationType::Spa).await;
        visitor.get(&client.request(&[])).await.expect(303);
        refused(visitor.get(PATH).await, 400, "session.not_found");
        refused(post(&visitor, json!({})).await, 400, "session.not_found");
    }

    async fn the_question_ends_with_the_session(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let (second, eve) = (admin.third_party().await, create_user(server, "eve").await);
        let path = format!("{PATH}?app_id={}", client.id);
        for ends in ["here", "from elsewhere", "for somebody else"] {
            let visitor = server.visitor();
            let page = ask(server, &visitor, &client, &user, "openid").await.expect(200);
            page.expect_text("ana of the tests");
            visitor.get(&path).await.expect(200);
            if ends == "from elsewhere" {
                let sessions = admin.get(&format!("/api/users/{user}/sessions")).await.expect(200).json();
                for session in sessions["sessions"].as_array().unwrap() {
                    let uid = session["payload"]["uid"].as_str().unwrap();
                    admin.delete(&format!("/api/users/{user}/sessions/{uid}")).await.expect(204);
                }
            } else {
                let leave = visitor.get("/oidc/session/end").await.expect(200);
                leave.form_at("form").submit().await.expect(303);
            }
            if ends == "for somebody else" {
                let page = ask(server, &visitor, &second, &eve, "openid").await.expect(200);
                page.expect_text("eve of the tests");
            }
            let shown = visitor.get(&format!("/consent?app_id={}", client.id)).await.expect(303);
            assert_eq!(shown.location().path(), "/unknown-session", "{ends}");
            refused(visitor.get(&path).await, 400, "session.not_found");
            refused(visitor.send_json(Method::POST, &path, None, &json!({})).await, 400, "session.not_found");
        }
    }

    async fn organizations_of_others_are_not_opened(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let stranger = create_user(server, "eve").await;
        let own = admin.organization("Own", &user, &[], &[]).await;
        let other = admin.organization("Other", &stranger, &[], &[]).await;
        admin.let_ask(&client, json!({ "userScopes": [OWN_ORGANIZATIONS] })).await;
        let visitor = server.visitor();
        ask(server, &visitor, &client, &user, &format!("openid {OWN_ORGANIZATIONS}")).await.expect(200);
        for wrong in [json!([own, other]), json!(["nowhere"])] {
            refused(post(&visitor, json!({ "organizationIds": wrong })).await, 422, "organization.require_membership");
        }
        for wrong in [json!({ "organizationIds": "x" }), json!({ "organizationIds": [1] })] {
            refused(post(&visitor, wrong).await, 400, "guard.invalid_input");
        }
        let path = format!("/api/applications/{}/users/{user}/consent-organizations", client.id);
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "organizations": [] }));
        post(&visitor, json!({ "organizationIds": [own] })).await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200).json()["organizations"][0]["id"], own);
    }

    async fn who_is_not_admitted_hears_it(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let stranger = create_user(server, "eve").await;
        let visitor = server.visitor();
        ask(server, &visitor, &client, &user, "openid").await.expect(200);
        let rules = json!({ "userIds": [stranger], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": [] });
        admin.put(&format!("/api/applications/{}/access-control", client.id), rules).await.expect(200);
        admin.patch(&format!("/api/applications/{}", client.id), json!({ "appLevelAccessControlEnabled": true })).await.expect(200);
        refused(visitor.get(PATH).await, 400, "oidc.access_denied");
        refused(post(&visitor, json!({})).await, 400, "oidc.access_denied");
    }

    async fn the_header_says_which_question_is_meant(server) {
        let admin = Admin::of(server).await;
        let (one, two) = (admin.third_party().await, admin.third_party().await);
        let user = ana(server).await;
        let visitor = server.visitor();
        ask(server, &visitor, &one, &user, "openid").await.expect(200);
        ask(server, &visitor, &two, &user, "openid").await.expect(200);
        assert_eq!(visitor.get(PATH).await.expect(200).json()["application"]["id"], two.id, "the latest one");
        visitor.always("logto-app-id", &one.id);
        assert_eq!(visitor.get(PATH).await.expect(200).json()["application"]["id"], one.id);
        let onward = post(&visitor, json!({})).await.expect(200).json();
        let answer = visitor.get(&text(&onward, "redirectTo")).await;
        // The proof of the way back belongs to the latest request that this browser began.
        if answer.status() == 303 {
            assert!(parameter(&answer.location(), "code").is_some());
        }
        visitor.always("logto-app-id", "nobody");
        refused(visitor.get(PATH).await, 400, "session.not_found");
    }
}
