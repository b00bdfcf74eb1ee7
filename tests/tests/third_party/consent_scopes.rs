//! What applications of others may ask for, as administrators say it.

use super::arrange::*;
use serde_json::json;
use soleira_core::model::ApplicationType;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::register;

on_both_engines! {
    async fn a_list_is_added_to_read_and_taken_from(server) {
        let admin = Admin::of(server).await;
        let client = admin.third_party().await;
        let (read, write) = admin.orders().await;
        let manage = admin.organization_scope("manage").await;
        let path = format!("/api/applications/{}/user-consent-scopes", client.id);
        let empty = json!({ "organizationScopes": [], "resourceScopes": [], "organizationResourceScopes": [], "userScopes": [] });
        assert_eq!(admin.get(&path).await.expect(200).json(), empty);

        admin.let_ask(&client, json!({
            "userScopes": ["email", "profile", OWN_ORGANIZATIONS],
            "resourceScopes": [write, read],
            "organizationResourceScopes": [read],
            "organizationScopes": [manage],
        })).await;
        // What is on the list already stays on it.
        admin.let_ask(&client, json!({ "userScopes": ["email"], "resourceScopes": [read] })).await;
        admin.let_ask(&client, json!({})).await;
        let listed = admin.get(&path).await.expect(200).json();
        assert_eq!(listed["userScopes"], json!(["email", "profile", OWN_ORGANIZATIONS]));
        assert_eq!(listed["organizationScopes"], json!([{ "id": manage, "name": "manage", "description": null }]));
        let orders = &listed["resourceScopes"][0];
        assert_eq!((&orders["resource"]["name"], &orders["resource"]["indicator"]), (&json!("Orders"), &json!(ORDERS)));
        assert_eq!(
            orders["scopes"],
            json!([
                { "id": read, "name": "read", "description": "See your orders" },
                { "id": write, "name": "write", "description": "Place orders" },
            ])
        );
        assert_eq!(listed["organizationResourceScopes"][0]["scopes"].as_array().unwrap().len(), 1);

        for one in [
            format!("resource-scopes/{read}"),
            format!("resource-scopes/{write}"),
            format!("organization-resource-scopes/{read}"),
            format!("organization-scopes/{manage}"),
            "user-scopes/email".to_owned(),
            "user-scopes/profile".to_owned(),
            format!("user-scopes/{OWN_ORGANIZATIONS}"),
        ] {
            admin.delete(&format!("{path}/{one}")).await.expect(204);
            refused(admin.delete(&format!("{path}/{one}")).await, 404, "entity.not_found");
        }
        assert_eq!(admin.get(&path).await.expect(200).json(), empty);
    }

    async fn what_cannot_be_on_a_list_is_refused(server) {
        let admin = Admin::of(server).await;
        let client = admin.third_party().await;
        let (read, _) = admin.orders().await;
        let path = format!("/api/applications/{}/user-consent-scopes", client.id);

        let own = register(server, ApplicationType::Spa).await;
        let of_own = format!("/api/applications/{}/user-consent-scopes", own.id);
        admin.get(&of_own).await.expect(200);
        refused(admin.post(&of_own, json!({ "userScopes": ["email"] })).await, 422, "application.third_party_application_only");
        for (path, body) in [
            ("/api/applications/nobody/user-consent-scopes", json!({})),
            ("/api/applications/nobody/user-consent-scopes", json!({ "userScopes": ["email"] })),
        ] {
            refused(admin.get(path).await, 404, "entity.not_exists_with_id");
            refused(admin.post(path, body).await, 404, "entity.not_exists_with_id");
        }
        let unknown = json!({ "resourceScopes": [read, "r"], "organizationResourceScopes": ["o", "p"], "organizationScopes": ["q"] });
        let refusal = refused(admin.post(&path, unknown).await, 422, "application.user_consent_scopes_not_found");
        assert_eq!(
            refusal["data"],
            json!({
                "invalidOrganizationScopes": ["q"],
                "invalidResourceScopes": ["r"],
                "invalidOrganizationResourceScopes": ["o", "p"],
            })
        );
        // Nothing of a refused request is kept.
        assert_eq!(admin.get(&path).await.expect(200).json()["resourceScopes"], json!([]));

        let resources = admin.get("/api/resources?includeScopes=true").await.expect(200).json();
        let management = resources.as_array().unwrap().iter().find(|row| row["indicator"] == "https://default.logto.app/api");
        let all = text(&management.unwrap()["scopes"][0], "id");
        for list in ["resourceScopes", "organizationResourceScopes"] {
            let refusal = admin.post(&path, json!({ list: [all] })).await;
            refused(refusal, 422, "application.consent_management_api_scopes_not_allowed");
        }
        for wrong in [
            json!({ "userScopes": ["openid"] }),
            json!({ "userScopes": ["everything"] }),
            json!({ "userScopes": "email" }),
            json!({ "resourceScopes": [1] }),
            json!({ "resourceScopes": [""] }),
        ] {
            refused(admin.post(&path, wrong).await, 400, "guard.invalid_input");
        }
        refused(admin.delete(&format!("{path}/scopes/{read}")).await, 400, "guard.invalid_input");
    }

    async fn clients_of_documents_share_the_tenants_list(server) {
        let admin = Admin::of(server).await;
        let (read, _) = admin.orders().await;
        let manage = admin.organization_scope("manage").await;
        let path = "/api/cimd/user-consent-scopes";
        let scopes = json!({
            "userScopes": ["profile"], "resourceScopes": [read], "organizationResourceScopes": [read],
            "organizationScopes": [manage],
        });
        admin.post(path, scopes.clone()).await.expect(201);
        admin.post(path, scopes).await.expect(201);
        let listed = admin.get(path).await.expect(200).json();
        assert_eq!(listed["userScopes"], json!(["profile"]));
        assert_eq!(listed["organizationScopes"][0]["name"], "manage");
        assert_eq!(listed["resourceScopes"][0]["scopes"][0]["name"], "read");
        assert_eq!(listed["organizationResourceScopes"][0]["resource"]["indicator"], ORDERS);
        refused(admin.post(path, json!({ "resourceScopes": ["x"] })).await, 422, "application.user_consent_scopes_not_found");
        admin.delete(&format!("{path}/organization-scopes/{manage}")).await.expect(204);
        refused(admin.delete(&format!("{path}/organization-scopes/{manage}")).await, 404, "entity.not_found");
        refused(admin.delete(&format!("{path}/x/y")).await, 400, "guard.invalid_input");
    }

    async fn the_lists_are_for_administrators(server) {
        for path in ["/api/cimd/user-consent-scopes", "/api/configs/cimd", "/api/applications/x/user-consent-scopes"] {
            refused(server.visitor().get(path).await, 401, "auth.authorization_header_missing");
        }
    }
}
