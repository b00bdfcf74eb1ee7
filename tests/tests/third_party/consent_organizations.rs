//! The organizations that people opened to applications of others, as administrators see and change them.

use super::arrange::*;
use serde_json::{Value, json};
use soleira_core::model::ApplicationType;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::register;

fn ids(listed: &Value) -> Vec<String> {
    let mut ids: Vec<String> = listed["organizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| text(row, "id"))
        .collect();
    ids.sort();
    ids
}

on_both_engines! {
    async fn organizations_are_opened_listed_and_closed(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let one = admin.organization("One", &user, &[], &[]).await;
        let two = admin.organization("Two", &user, &[], &[]).await;
        let path = format!("/api/applications/{}/users/{user}/consent-organizations", client.id);
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "organizations": [] }));

        admin.post(&path, json!({ "organizationIds": [one] })).await.expect(201);
        admin.post(&path, json!({ "organizationIds": [one, two] })).await.expect(201);
        let page = admin.get(&format!("{path}?page=1&page_size=1")).await.expect(200);
        assert_eq!(page.header("total-number"), Some("2"));
        let listed = page.json();
        assert_eq!(listed["organizations"].as_array().unwrap().len(), 1);
        assert_eq!(
            listed["organizations"][0].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["tenantId", "id", "name", "description", "customData", "isMfaRequired", "color", "branding", "customCss", "createdAt"]
        );
        admin.put(&path, json!({ "organizationIds": [two] })).await.expect(204);
        assert_eq!(ids(&admin.get(&path).await.expect(200).json()), std::slice::from_ref(&two));
        admin.delete(&format!("{path}/{two}")).await.expect(204);
        refused(admin.delete(&format!("{path}/{two}")).await, 404, "entity.not_found");
    }

    async fn only_ones_own_organizations_are_opened(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let one = admin.organization("One", &user, &[], &[]).await;
        let stranger = soleira_tests::protocol::create_user(server, "eve").await;
        let other = admin.organization("Other", &stranger, &[], &[]).await;
        let path = format!("/api/applications/{}/users/{user}/consent-organizations", client.id);
        for organizations in [json!([one, other]), json!(["nowhere"])] {
            let body = json!({ "organizationIds": organizations });
            refused(admin.post(&path, body.clone()).await, 422, "organization.require_membership");
            refused(admin.put(&path, body).await, 422, "organization.require_membership");
        }
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "organizations": [] }));
        refused(admin.post(&path, json!({})).await, 400, "guard.invalid_input");
        refused(admin.get(&format!("{path}?page=0")).await, 400, "guard.invalid_pagination");

        let own = register(server, ApplicationType::Spa).await;
        let path = format!("/api/applications/{}/users/{user}/consent-organizations", own.id);
        refused(admin.get(&path).await, 422, "application.third_party_application_only");
        refused(admin.post(&path, json!({ "organizationIds": [one] })).await, 422, "application.third_party_application_only");
        refused(admin.delete(&format!("{path}/{one}")).await, 422, "application.third_party_application_only");
        let path = format!("/api/applications/nobody/users/{user}/consent-organizations");
        refused(admin.get(&path).await, 404, "entity.not_exists_with_id");
    }

    async fn what_was_opened_ends_with_the_membership(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let one = admin.organization("One", &user, &[], &[]).await;
        let path = format!("/api/applications/{}/users/{user}/consent-organizations", client.id);
        admin.post(&path, json!({ "organizationIds": [one] })).await.expect(201);
        admin.delete(&format!("/api/organizations/{one}/users/{user}")).await.expect(204);
        admin.post(&format!("/api/organizations/{one}/users"), json!({ "userIds": [user] })).await.expect(201);
        assert_eq!(admin.get(&path).await.expect(200).json(), json!({ "organizations": [] }));
    }
}
