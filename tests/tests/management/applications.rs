//! Applications and their secrets.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_core::model::ApplicationType;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{CALLBACK, imported};

on_both_engines! {
    async fn an_application_is_created_read_changed_and_deleted(server) {
        let admin = Admin::of(server).await;
        let body = json!({
            "name": "Shop", "type": "Traditional", "description": "sells", "unknown": true, "tenantId": "admin",
            "oidcClientMetadata": {"redirectUris": ["https://shop.example.com/callback"], "postLogoutRedirectUris": []},
            "customClientMetadata": {"idTokenTtl": 60}, "customData": {"plan": "free"},
        });
        let created = admin.post("/api/applications", body).await.expect(200).json();
        let id = text(&created, "id");
        assert_eq!(id.len(), 21);
        assert_eq!(
            created.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["tenantId", "id", "name", "description", "type", "oidcClientMetadata", "customClientMetadata",
             "protectedAppMetadata", "customData", "isThirdParty", "appLevelAccessControlEnabled", "createdAt"]
        );
        assert_eq!(created["tenantId"], "default");
        assert_eq!(created["protectedAppMetadata"], Value::Null);

        let path = format!("/api/applications/{id}");
        let read = admin.get(&path).await.expect(200).json();
        assert_eq!(read["isAdmin"], false);
        assert_eq!(read["customClientMetadata"], json!({"idTokenTtl": 60}));

        // A member that is given takes the place of the whole; one that is absent stays; null empties.
        let patch = json!({
            "oidcClientMetadata": {"redirectUris": ["com.example.shop://cb"], "postLogoutRedirectUris": []},
            "customClientMetadata": {"rotateRefreshToken": false}, "description": null, "type": "SPA",
        });
        let changed = admin.patch(&path, patch).await.expect(200).json();
        assert_eq!(changed["name"], "Shop");
        assert_eq!(changed["type"], "Traditional");
        assert_eq!(changed["description"], Value::Null);
        assert_eq!(changed["customClientMetadata"], json!({"rotateRefreshToken": false}));
        assert_eq!(changed["customData"], json!({"plan": "free"}));
        assert!(changed.get("isAdmin").is_none());

        let data = admin.patch(&format!("{path}/custom-data"), json!({"seats": 3})).await.expect(200).json();
        assert_eq!(data, json!({"plan": "free", "seats": 3}));

        admin.delete(&path).await.expect(204);
        refused(admin.get(&path).await, 404, "entity.not_exists_with_id");
        refused(admin.patch(&path, json!({"name": "x"})).await, 404, "entity.not_exists_with_id");
        refused(admin.delete(&path).await, 404, "entity.not_exists_with_id");
        refused(admin.patch(&format!("{path}/custom-data"), json!({})).await, 404, "entity.not_exists_with_id");
    }

    async fn bad_input_names_its_fields(server) {
        let admin = Admin::of(server).await;
        let create = |body: Value| async { admin.post("/api/applications", body).await };
        refused_field(create(json!({"type": "SPA"})).await, &json!(["name"]));
        refused_field(create(json!({"name": "", "type": "SPA"})).await, &json!(["name"]));
        refused_field(create(json!({"name": "a".repeat(257), "type": "SPA"})).await, &json!(["name"]));
        refused_field(create(json!({"name": "a", "type": "Spa"})).await, &json!(["type"]));
        let uris = |uris: Value| json!({
            "name": "a", "type": "SPA",
            "oidcClientMetadata": {"redirectUris": uris, "postLogoutRedirectUris": []},
        });
        for bad in ["javascript:alert(1)", "not a url", "https://a.example.com/#x", "https://user@a.example.com/", "//a"] {
            let page = create(uris(json!(["https://ok.example.com", bad]))).await;
            refused_field(page, &json!(["oidcClientMetadata", "redirectUris", 1]));
        }
        let settings = |settings: Value| json!({"name": "a", "type": "SPA", "customClientMetadata": settings});
        refused_field(
            create(settings(json!({"refreshTokenTtlInDays": 181}))).await,
            &json!(["customClientMetadata", "refreshTokenTtlInDays"]),
        );
        refused_field(
            create(settings(json!({"maxAllowedGrants": 0}))).await,
            &json!(["customClientMetadata", "maxAllowedGrants"]),
        );
        assert_eq!(admin.get("/api/applications").await.json().as_array().unwrap().len(), 1, "nothing was created");
    }

    async fn applications_of_other_servers_types_are_kept(server) {
        let admin = Admin::of(server).await;
        // Neither can be made here; they come with the data of another server.
        let protected = imported(server, ApplicationType::Protected).await;
        let saml = imported(server, ApplicationType::Saml).await;
        let listed = admin.get("/api/applications?types=Protected&types=SAML").await.expect(200).json();
        let metadata = |kind: &str| {
            let row = listed.as_array().unwrap().iter().find(|row| row["type"] == kind).unwrap();
            row["oidcClientMetadata"]["redirectUris"].clone()
        };
        assert_eq!((metadata("Protected"), metadata("SAML")), (json!([CALLBACK]), json!([])));

        let path = format!("/api/applications/{protected}");
        let renamed = admin.patch(&path, json!({"name": "Renamed"})).await.expect(200).json();
        assert_eq!((&renamed["name"], &renamed["type"]), (&json!("Renamed"), &json!("Protected")));
        refused(
            admin.patch(&path, json!({"protectedAppMetadata": {"origin": "https://a.example.com"}})).await,
            501,
            "application.protected_app_not_configured",
        );
        admin.post(&format!("{path}/secrets"), json!({"name": "One"})).await.expect(201);
        admin.delete(&path).await.expect(204);

        let path = format!("/api/applications/{saml}");
        admin.get(&path).await.expect(200);
        refused(admin.patch(&path, json!({"name": "Renamed"})).await, 400, "application.saml.use_saml_app_api");
        refused(admin.delete(&path).await, 400, "application.saml.use_saml_app_api");
        refused(
            admin.post(&format!("{path}/secrets"), json!({"name": "One"})).await,
            422,
            "entity.db_constraint_violated",
        );
    }

    async fn types_have_rules(server) {
        let admin = Admin::of(server).await;
        let create = |body: Value| async { admin.post("/api/applications", body).await };
        refused(create(json!({"name": "a", "type": "SAML"})).await, 400, "application.saml.use_saml_app_api");
        refused(
            create(json!({"name": "a", "type": "Protected"})).await,
            400,
            "application.protected_app_metadata_is_required",
        );
        refused(
            create(json!({"name": "a", "type": "Protected",
                "protectedAppMetadata": {"subDomain": "a", "origin": "https://a.example.com"}})).await,
            501,
            "application.protected_app_not_configured",
        );
        refused(
            create(json!({"name": "a", "type": "SPA", "customClientMetadata": {"isDeviceFlow": true}})).await,
            422,
            "application.device_flow_native_only",
        );
        refused(
            create(json!({"name": "a", "type": "MachineToMachine", "isThirdParty": true})).await,
            400,
            "application.invalid_third_party_application_type",
        );
        refused(
            create(json!({"name": "a", "type": "SPA", "isThirdParty": true,
                "customClientMetadata": {"allowTokenExchange": true}})).await,
            422,
            "application.third_party_application_cannot_enable_token_exchange",
        );
        let device = create(json!({"name": "tv", "type": "Native", "customClientMetadata": {"isDeviceFlow": true}})).await;
        let path = format!("/api/applications/{}", text(&device.expect(200).json(), "id"));
        refused(
            admin.patch(&path, json!({"customClientMetadata": {}})).await,
            422,
            "application.device_flow_not_changeable",
        );
        refused(
            admin.patch(&path, json!({"appLevelAccessControlEnabled": true})).await,
            422,
            "request.invalid_input",
        );
        refused(
            admin.patch(&path, json!({"protectedAppMetadata": {"origin": "https://a.example.com"}})).await,
            400,
            "application.protected_application_only",
        );
    }

    async fn lists_are_filtered_and_searched(server) {
        let admin = Admin::of(server).await;
        let web = admin.application("Ação Web", "Traditional").await;
        let spa = admin.application("Spa", "SPA").await;
        admin.post("/api/applications", json!({"name": "Partner", "type": "SPA", "isThirdParty": true})).await.expect(200);
        let listed = |query: &str| {
            let path = format!("/api/applications?{query}");
            let admin = &admin;
            async move {
                let page = admin.get(&path).await.expect(200).json();
                page.as_array().unwrap().iter().map(|application| text(application, "name")).collect::<Vec<_>>()
            }
        };
        assert_eq!(listed("types=SPA&types=Traditional").await.len(), 3);
        assert_eq!(listed("isThirdParty=true").await, ["Partner"]);
        assert_eq!(listed("types=SPA&isThirdParty=false").await, ["Spa"]);
        assert_eq!(listed("search=%25A%C3%87%C3%83O%25").await, ["Ação Web"], "letter case is folded in Rust");
        assert_eq!(listed(&format!("search.id={web}&mode.id=exact&search.id={spa}")).await.len(), 2);
        assert_eq!(listed("search=spa").await, ["Spa"]);
        assert_eq!(listed("search=sp").await, [] as [&str; 0], "wildcards are the caller's");
        refused(admin.get("/api/applications?search.type=SPA").await, 400, "request.invalid_input");
        refused(admin.get("/api/applications?types=Nothing").await, 400, "guard.invalid_input");
        refused(
            admin.get("/api/applications?excludeRoleId=a&excludeOrganizationId=b").await,
            400,
            "request.invalid_input",
        );
    }

    async fn built_in_applications_are_read_and_never_listed(server) {
        let admin = Admin::of(server).await;
        let demo = admin.get("/api/applications/demo-app").await.expect(200).json();
        assert_eq!((demo["name"].as_str(), demo["createdAt"].as_i64()), (Some("Live Preview"), Some(0)));
        refused(admin.patch("/api/applications/demo-app", json!({})).await, 404, "entity.not_exists_with_id");
        assert_eq!(admin.get("/api/applications").await.json().as_array().unwrap().len(), 1);
    }

    async fn secrets_come_and_go(server) {
        let admin = Admin::of(server).await;
        let id = admin.application("web", "Traditional").await;
        let path = format!("/api/applications/{id}/secrets");
        let listed = admin.get(&path).await.expect(200).json();
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!(
            listed[0].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["tenantId", "applicationId", "name", "value", "createdAt", "expiresAt"]
        );
        assert_eq!((listed[0]["name"].as_str(), listed[0]["expiresAt"].is_null()), (Some("Default secret"), true));
        let first = text(&listed[0], "value");
        assert_eq!(first.len(), 32);

        let created = admin.post(&path, json!({"name": "next"})).await.expect(201).json();
        assert_ne!(text(&created, "value"), first);
        refused(admin.post(&path, json!({"name": "next"})).await, 422, "application.secret_name_exists");
        refused(admin.post(&path, json!({"name": "old", "expiresAt": 1})).await, 400, "request.invalid_input");
        refused_field(admin.post(&path, json!({"name": ""})).await, &json!(["name"]));

        let renamed = admin.patch(&format!("{path}/next"), json!({"name": "later"})).await.expect(200).json();
        assert_eq!(renamed["value"], created["value"]);
        refused(admin.patch(&format!("{path}/later"), json!({"name": "Default secret"})).await, 422, "application.secret_name_exists");
        refused(admin.patch(&format!("{path}/next"), json!({"name": "x"})).await, 404, "entity.not_exists");

        admin.delete(&format!("{path}/Default%20secret")).await.expect(204);
        refused(admin.delete(&format!("{path}/Default%20secret")).await, 404, "entity.not_found");
        assert_eq!(admin.get(&path).await.json()[0]["name"], "later");

        let spa = admin.application("spa", "SPA").await;
        let none = format!("/api/applications/{spa}/secrets");
        assert_eq!(admin.get(&none).await.expect(200).json(), json!([]));
        refused(admin.post(&none, json!({"name": "a"})).await, 422, "entity.db_constraint_violated");
        refused(admin.get("/api/applications/nobody/secrets").await, 404, "entity.not_exists_with_id");
        refused(
            admin.delete(&format!("/api/applications/{id}/legacy-secret")).await,
            400,
            "application.no_legacy_secret_found",
        );
    }

    async fn secrets_are_in_no_list(server) {
        let admin = Admin::of(server).await;
        let id = admin.application("web", "Traditional").await;
        let secret = text(&admin.get(&format!("/api/applications/{id}/secrets")).await.json()[0], "value");
        for path in ["/api/applications".to_owned(), format!("/api/applications/{id}")] {
            let page = admin.get(&path).await.expect(200);
            assert!(!page.body().contains(&secret));
            assert!(!page.body().contains("\"secret\""));
        }
    }

    async fn an_administrating_application_holds_the_internal_role(server) {
        let admin = Admin::of(server).await;
        let id = admin.application("cli", "MachineToMachine").await;
        let path = format!("/api/applications/{id}");
        admin.patch(&path, json!({"isAdmin": true})).await.expect(200);
        assert_eq!(admin.get(&path).await.json()["isAdmin"], true);
        assert_eq!(admin.get(&format!("{path}/roles")).await.expect(200).json(), json!([]), "it is in no list");
        admin.patch(&path, json!({"isAdmin": false})).await.expect(200);
        assert_eq!(admin.get(&path).await.json()["isAdmin"], false);
    }
}
