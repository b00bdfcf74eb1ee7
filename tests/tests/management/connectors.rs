//! Connectors and what they are made from.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_testkit::on_both_engines;

fn hugging_face() -> Value {
    json!({
        "connectorId": "huggingface-universal",
        "config": {"clientId": "hf-client", "clientSecret": "hf-secret", "scope": "", "extra": {"empty": null}},
    })
}

on_both_engines! {
    async fn factories_say_what_they_need(server) {
        let admin = Admin::of(server).await;
        let factories = admin.get("/api/connector-factories").await.expect(200).json();
        let factory = &factories.as_array().unwrap()[0];
        assert_eq!((factory["id"].as_str(), factory["type"].as_str()), (Some("huggingface-universal"), Some("Social")));
        let keys: Vec<&str> = factory["formItems"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["clientId", "clientSecret", "scope"]);
        assert_eq!(&admin.get("/api/connector-factories/huggingface-universal").await.expect(200).json(), factory);
        refused(admin.get("/api/connector-factories/nobody").await, 404, "entity.not_found");
    }

    async fn a_connector_is_made_changed_and_deleted(server) {
        let admin = Admin::of(server).await;
        let mut body = hugging_face();
        body["id"] = json!("my_hugging-face");
        let made = admin.post("/api/connectors", body).await.expect(200).json();
        assert_eq!((made["id"].as_str(), made["connectorId"].as_str()), (Some("my_hugging-face"), Some("huggingface-universal")));
        assert_eq!(made["config"], json!({"clientId": "hf-client", "clientSecret": "hf-secret"}), "without empty values");
        assert_eq!((made["target"].as_str(), made["platform"].as_str()), (Some("huggingface"), Some("Universal")));
        assert_eq!((made["metadata"].clone(), made["logoDark"].is_null(), made["isDemo"].as_bool()), (json!({}), true, Some(false)));
        let path = "/api/connectors/my_hugging-face";
        assert_eq!(admin.get(path).await.expect(200).json(), made);
        assert_eq!(admin.get("/api/connectors?target=huggingface").await.expect(200).json(), json!([made]));
        assert_eq!(admin.get("/api/connectors?target=github").await.expect(200).json(), json!([]));

        let changed = admin.patch(path, json!({"config": {"clientId": "a", "clientSecret": "b"}, "syncProfile": true})).await;
        let changed = changed.expect(200).json();
        assert_eq!((&changed["config"], changed["syncProfile"].as_bool()), (&json!({"clientId": "a", "clientSecret": "b"}), Some(true)));

        let offer = json!({"socialSignInConnectorTargets": ["huggingface", "github", "huggingface"]});
        let experience = admin.patch("/api/sign-in-exp", offer).await.expect(200).json();
        assert_eq!(experience["socialSignInConnectorTargets"], json!(["huggingface"]), "unknown targets are dropped");
        admin.delete(path).await.expect(204);
        assert_eq!(admin.get("/api/sign-in-exp").await.json()["socialSignInConnectorTargets"], json!([]));
        for page in [admin.get(path).await, admin.delete(path).await, admin.patch(path, json!({})).await] {
            refused(page, 404, "entity.not_found");
        }
    }

    async fn connectors_have_rules(server) {
        let admin = Admin::of(server).await;
        let with = |name: &str, value: Value| {
            let mut body = hugging_face();
            body[name] = value;
            body
        };
        let make = |body: Value| async { admin.post("/api/connectors", body).await };
        refused(make(with("connectorId", json!("nobody"))).await, 422, "connector.not_found_with_connector_id");
        let invalid = refused(make(with("config", json!({"clientId": "a"}))).await, 400, "connector.invalid_config");
        assert_eq!(invalid["data"][0]["field"], "clientSecret");
        refused(
            make(with("metadata", json!({"name": {"en": "Mine"}}))).await,
            400,
            "connector.cannot_overwrite_metadata_for_non_standard_connector",
        );
        refused(make(with("enableTokenStorage", json!(true))).await, 422, "connector.token_storage_not_supported");
        refused_field(make(with("id", json!("a/b"))).await, &json!(["id"]));
        refused_field(make(json!({"config": {}})).await, &json!(["connectorId"]));
        let id = text(&make(hugging_face()).await.expect(200).json(), "id");
        assert_eq!(id.len(), 12);
        refused(make(hugging_face()).await, 422, "connector.multiple_instances_not_supported");
        let path = format!("/api/connectors/{id}");
        refused(admin.patch(&path, json!({"metadata": {"target": "x"}})).await, 400, "connector.can_not_modify_target");
        refused(admin.patch(&path, json!({"config": {}})).await, 400, "connector.invalid_config");
        assert_eq!(admin.get("/api/connectors").await.json().as_array().unwrap().len(), 1);
    }

    async fn the_secret_of_a_connector_is_sealed_at_rest(server) {
        let admin = Admin::of(server).await;
        let id = text(&admin.post("/api/connectors", hugging_face()).await.expect(200).json(), "id");
        let ctx = server.system();
        let row = soleira_store::connectors::find(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, &id.into()).await;
        let sealed = row.unwrap().unwrap().sealed_config;
        assert!(!sealed.windows(9).any(|window| window == b"hf-secret"));
    }

    async fn a_browser_is_sent_to_the_provider(server) {
        let admin = Admin::of(server).await;
        let id = text(&admin.post("/api/connectors", hugging_face()).await.expect(200).json(), "id");
        let path = format!("/api/connectors/{id}/authorization-uri");
        let body = json!({"state": "s", "redirectUri": "https://app.example.com/cb"});
        let to = text(&admin.post(&path, body).await.expect(200).json(), "redirectTo");
        assert!(to.starts_with("https://huggingface.co/oauth/authorize?"), "{to}");
        assert!(to.contains("client_id=hf-client") && to.contains("state=s"), "{to}");
        assert!(!to.contains("hf-secret"));
        refused(admin.post(&path, json!({"state": "s"})).await, 400, "session.insufficient_info");
        refused(
            admin.post("/api/connectors/nobody/authorization-uri", json!({"state": "s", "redirectUri": "x"})).await,
            404,
            "entity.not_found",
        );
    }

    async fn messages_need_a_connector_that_sends(server) {
        let admin = Admin::of(server).await;
        let body = json!({"email": "ana@example.com", "config": {}});
        refused(admin.post("/api/connectors/huggingface-universal/test", body.clone()).await, 400, "connector.unexpected_type");
        refused(admin.post("/api/connectors/nobody/test", body).await, 400, "connector.not_found");
        refused(admin.post("/api/connectors/nobody/test", json!({"config": {}})).await, 400, "guard.invalid_input");
    }
}
