//! `/api/configs/jwt-customizer`: scripts for claims, set, changed, tried and removed.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_store::changes;
use soleira_testkit::{Receiver, on_both_engines};
use tokio::task::JoinSet;

const ALL: &str = "/api/configs/jwt-customizer";
const PEOPLE: &str = "/api/configs/jwt-customizer/access-token";
const MACHINES: &str = "/api/configs/jwt-customizer/client-credentials";
const TEST: &str = "/api/configs/jwt-customizer/test";

fn whole() -> Value {
    json!({
        "script": "const getCustomJwtClaims = () => ({});",
        "environmentVariables": {"KEY": "very secret"},
        "contextSample": {"user": {"username": "ada"}},
        "tokenSample": {"scope": "openid"},
        "blockIssuanceOnError": true,
    })
}

fn trial(body: &str) -> Value {
    json!({
        "tokenType": "access-token",
        "script": format!("const getCustomJwtClaims = async ({{ token, context, environmentVariables, api }}) => {{ {body} }};"),
        "environmentVariables": {"KEY": "value"},
        "token": {"scope": "openid"},
        "context": {"user": {"username": "ada"}},
    })
}

on_both_engines! {
    async fn a_script_comes_changes_and_goes(server) {
        let admin = Admin::of(server).await;
        assert_eq!(admin.get(ALL).await.expect(200).json(), json!([]));
        refused(admin.get(PEOPLE).await, 404, "entity.not_exists");
        refused(admin.patch(PEOPLE, json!({"script": "x"})).await, 404, "entity.not_exists");
        refused(admin.delete(PEOPLE).await, 404, "entity.not_exists");

        assert_eq!(admin.put(PEOPLE, whole()).await.expect(201).json(), whole());
        assert_eq!(admin.put(PEOPLE, whole()).await.expect(200).json(), whole());
        assert_eq!(admin.get(PEOPLE).await.expect(200).json(), whole());
        let small = json!({"script": "// none yet"});
        assert_eq!(admin.put(MACHINES, small.clone()).await.expect(201).json(), small);
        assert_eq!(admin.get(ALL).await.expect(200).json(), json!([
            {"key": "jwt.accessToken", "value": whole()},
            {"key": "jwt.clientCredentials", "value": small},
        ]));

        let mut changed = whole();
        changed["script"] = json!("// changed");
        changed["environmentVariables"] = json!({});
        let change = json!({"script": "// changed", "environmentVariables": {}});
        assert_eq!(admin.patch(PEOPLE, change).await.expect(200).json(), changed);
        assert_eq!(admin.get(PEOPLE).await.expect(200).json(), changed);
        assert_eq!(admin.put(PEOPLE, small.clone()).await.expect(200).json(), small, "the whole takes its place");

        admin.delete(PEOPLE).await.expect(204);
        refused(admin.get(PEOPLE).await, 404, "entity.not_exists");
        assert_eq!(admin.get(MACHINES).await.expect(200).json(), small);
    }

    async fn what_is_wrong_with_a_script_is_named(server) {
        let admin = Admin::of(server).await;
        refused_field(admin.put("/api/configs/jwt-customizer/id-token", whole()).await, &json!(["tokenTypePath"]));
        refused_field(admin.get("/api/configs/jwt-customizer/id-token").await, &json!(["tokenTypePath"]));
        refused_field(admin.put(PEOPLE, json!({})).await, &json!(["script"]));
        refused_field(admin.patch(PEOPLE, json!({"blockIssuanceOnError": true})).await, &json!(["script"]));
        for (member, value) in [
            ("script", json!(5)),
            ("script", json!("")),
            ("script", json!("x".repeat(65_537))),
            ("environmentVariables", json!("KEY=value")),
            ("contextSample", json!("ada")),
            ("tokenSample", json!([])),
            ("blockIssuanceOnError", json!("yes")),
        ] {
            let mut bad = whole();
            bad[member] = value;
            refused_field(admin.put(PEOPLE, bad).await, &json!([member]));
        }
        let mut bad = whole();
        bad["environmentVariables"]["KEY"] = json!(5);
        refused_field(admin.put(PEOPLE, bad).await, &json!(["environmentVariables", "KEY"]));
        let mut bad = whole();
        bad["contextSample"] = json!({"application": {}});
        refused_field(admin.put(PEOPLE, bad.clone()).await, &json!(["contextSample", "user"]));
        admin.put(MACHINES, bad).await.expect(201);
        let mut bad = whole();
        bad["enabled"] = json!(true);
        let body = refused(admin.put(PEOPLE, bad).await, 400, "guard.invalid_input");
        assert_eq!(body["data"]["issues"][0]["code"], "unrecognized_keys");
        refused(admin.get(PEOPLE).await, 404, "entity.not_exists");
    }

    async fn a_scripts_secrets_are_written_nowhere(server) {
        let admin = Admin::of(server).await;
        admin.put(PEOPLE, whole()).await.expect(201);
        admin.patch(PEOPLE, json!({"script": "// 2", "environmentVariables": {"KEY": "also very secret"}})).await.expect(200);
        admin.delete(PEOPLE).await.expect(204);
        admin.put(PEOPLE, json!({"script": "const key = 'very secret';"})).await.expect(201);
        let ctx = server.system();
        let mut reader = ctx.read().await.unwrap();
        let mut tx = reader.tx();
        assert_eq!(changes::count(&mut tx, &ctx.tenant.id, "token_script", "access-token").await.unwrap(), 4);
        let written = changes::texts(&mut tx, &ctx.tenant.id).await.unwrap();
        assert!(written.iter().all(|text| !text.contains("very secret")), "{written:?}");
    }

    async fn two_changes_at_once_are_both_there(server) {
        let admin = Admin::of(server).await;
        admin.put(PEOPLE, json!({"script": "// 1"})).await.expect(201);
        let admin = std::sync::Arc::new(admin);
        let mut changes = JoinSet::new();
        for change in [
            json!({"script": "// 1", "environmentVariables": {"KEY": "value"}}),
            json!({"script": "// 1", "tokenSample": {"scope": "openid"}}),
            json!({"script": "// 1", "blockIssuanceOnError": true}),
        ] {
            let admin = admin.clone();
            changes.spawn(async move { admin.patch(PEOPLE, change).await.status() });
        }
        assert_eq!(changes.join_all().await, [200, 200, 200]);
        let held = admin.get(PEOPLE).await.expect(200).json();
        assert_eq!(held.as_object().unwrap().len(), 4, "{held}");
    }

    async fn a_script_is_tried_before_it_is_set(server) {
        let admin = Admin::of(server).await;
        let run = trial("return { name: context.user.username, scope: token.scope, key: environmentVariables.KEY };");
        let claims = admin.post(TEST, run).await.expect(200).json();
        assert_eq!(claims, json!({"name": "ada", "scope": "openid", "key": "value"}));
        let denied = refused(admin.post(TEST, trial("api.denyAccess('Pay first');")).await, 403, "jwt_customizer.general");
        assert_eq!(denied["data"], json!({"message": "Pay first"}));
        for (body, message) in [
            ("throw new Error('no plan');", "Error: no plan"),
            ("return 5;", "The function must return a plain object: it returned number."),
        ] {
            let failed = refused(admin.post(TEST, trial(body)).await, 422, "jwt_customizer.general");
            assert_eq!(failed["data"]["message"], message);
        }
        let mut other = trial("");
        other["script"] = json!("const somethingElse = 1;");
        let failed = refused(admin.post(TEST, other).await, 422, "jwt_customizer.general");
        assert_eq!(failed["data"]["message"], "The script must define the function `getCustomJwtClaims`.");
        for (member, value) in [("tokenType", json!("id-token")), ("token", json!(1)), ("script", json!(""))] {
            let mut bad = trial("return {};");
            bad[member] = value;
            refused_field(admin.post(TEST, bad).await, &json!([member]));
        }
        let mut bad = trial("return {};");
        bad["context"] = json!({});
        refused_field(admin.post(TEST, bad).await, &json!(["context", "user"]));
        assert_eq!(admin.get(ALL).await.expect(200).json(), json!([]), "trying sets nothing");
        server.visitor().send_json(http::Method::POST, TEST, None, &trial("return {};")).await.expect(401);
    }

    async fn scripts_reach_the_outside_where_the_tenant_lets_them(server) {
        let (admin, receiver) = (Admin::of(server).await, Receiver::start().await);
        let path = "/api/configs/scripts";
        receiver.answer("/plan", 200, &[("content-type", "application/json")], r#"{"plan":"pro"}"#);
        let run = trial(&format!(
            "const response = await fetch('{}', {{ method: 'POST', headers: {{ 'Content-Type': 'application/json' }}, \
             body: JSON.stringify({{ of: context.user.username }}) }}); \
             return {{ ok: response.ok, type: response.headers.get('content-type'), ...(await response.json()) }};",
            receiver.url("/plan")
        ));
        assert_eq!(admin.get(path).await.expect(200).json(), json!({"network": false}));
        let failed = refused(admin.post(TEST, run.clone()).await, 422, "jwt_customizer.general");
        assert!(text(&failed["data"], "message").contains("may not use the network"), "{failed}");
        assert!(receiver.deliveries().is_empty());

        refused_field(admin.patch(path, json!({"network": "yes"})).await, &json!(["network"]));
        assert_eq!(admin.patch(path, json!({"network": true})).await.expect(200).json(), json!({"network": true}));
        assert_eq!(admin.patch(path, json!({})).await.expect(200).json(), json!({"network": true}));
        let claims = admin.post(TEST, run.clone()).await.expect(200).json();
        assert_eq!(claims, json!({"ok": true, "type": "application/json", "plan": "pro"}));
        assert_eq!(receiver.deliveries()[0].body, r#"{"of":"ada"}"#);
        for (address, words) in [
            ("http://169.254.169.254/latest/meta-data", "The address cannot be reached."),
            ("http://10.0.0.1/", "The address cannot be reached."),
            ("file:///etc/passwd", "The address is not one that can be asked."),
            ("http://user:password@example.com/", "The address is not one that can be asked."),
            ("not an address", "The address is not one that can be asked."),
        ] {
            let failed = admin.post(TEST, trial(&format!("await fetch('{address}'); return {{}};"))).await;
            let failed = refused(failed, 422, "jwt_customizer.general");
            assert!(text(&failed["data"], "message").contains(words), "{address}: {failed}");
        }
        for header in ["Host", "Content-Length", "Connection", "Proxy-Authorization", "bad header"] {
            let body = format!("await fetch('{}', {{ headers: {{ '{header}': '1' }} }}); return {{}};", receiver.url("/plan"));
            let failed = refused(admin.post(TEST, trial(&body)).await, 422, "jwt_customizer.general");
            assert!(text(&failed["data"], "message").contains("A header cannot be sent."), "{header}: {failed}");
        }
    }
}
