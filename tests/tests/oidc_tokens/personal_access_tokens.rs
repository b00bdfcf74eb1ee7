//! Personal access tokens and subject tokens, as an administrator's program manages them.

use super::management_token;
use http::Method;
use serde_json::{Value, json};
use soleira_directory::users;
use soleira_store::changes;
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{create_user, text};

struct Admin {
    visitor: Visitor,
    token: String,
}

impl Admin {
    async fn of(server: &TestServer) -> Self {
        Self {
            visitor: server.visitor(),
            token: management_token(server).await,
        }
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Page {
        self.visitor.send_json(method, path, Some(&self.token), &body).await
    }

    async fn get(&self, path: &str) -> Page {
        self.visitor.get_as(path, &self.token).await
    }
}

#[track_caller]
fn refused(page: Page, status: u16, code: &str) {
    let body = page.expect(status).json();
    assert_eq!(body["code"], code, "{body}");
}

on_both_engines! {
    async fn a_token_is_made_read_renamed_and_taken(server) {
        let admin = Admin::of(server).await;
        let user = create_user(server, "ada").await;
        let path = format!("/api/users/{user}/personal-access-tokens");
        assert_eq!(admin.get(&path).await.expect(200).json(), json!([]));
        let made = admin.send(Method::POST, &path, json!({"name": "ci"})).await.expect(201).json();
        assert_eq!(
            made.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["tenantId", "userId", "name", "value", "createdAt", "expiresAt"]
        );
        let value = text(&made, "value").to_owned();
        assert!(value.strip_prefix("pat_").is_some_and(|rest| rest.len() == 32), "{value}");
        assert_eq!((made["userId"].as_str(), made["expiresAt"].is_null()), (Some(user.as_str()), true));
        let end = server.system().now().plus_seconds(60).0;
        server.clock.advance_millis(1);
        let second = json!({"name": "a/b c", "expiresAt": end});
        assert_eq!(admin.send(Method::POST, &path, second).await.expect(201).json()["expiresAt"], end);
        let listed = admin.get(&path).await.expect(200).json();
        assert_eq!((listed[0]["value"].as_str(), listed[1]["name"].as_str()), (Some(value.as_str()), Some("a/b c")));

        let renamed = admin.send(Method::PATCH, &format!("{path}/ci"), json!({"name": "build"})).await.expect(200).json();
        assert_eq!((renamed["name"].as_str(), renamed["value"].as_str()), (Some("build"), Some(value.as_str())));
        let by_body = json!({"currentName": "a/b c", "name": "deploy"});
        assert_eq!(admin.send(Method::PATCH, &path, by_body).await.expect(200).json()["name"], "deploy");
        admin.send(Method::DELETE, &format!("{path}/build"), json!({})).await.expect(204);
        admin.send(Method::POST, &format!("{path}/delete"), json!({"name": "deploy"})).await.expect(204);
        assert_eq!(admin.get(&path).await.expect(200).json(), json!([]));
    }

    async fn what_is_wrong_is_said(server) {
        let admin = Admin::of(server).await;
        let user = create_user(server, "ada").await;
        let path = format!("/api/users/{user}/personal-access-tokens");
        let make = async |body: Value| admin.send(Method::POST, &path, body).await;
        make(json!({"name": "ci"})).await.expect(201);
        make(json!({"name": "cd"})).await.expect(201);
        refused(make(json!({"name": "ci"})).await, 422, "user.personal_access_token_name_exists");
        refused(make(json!({"name": ""})).await, 400, "guard.invalid_input");
        refused(make(json!({"name": "é".repeat(257)})).await, 400, "guard.invalid_input");
        refused(make(json!({})).await, 400, "guard.invalid_input");
        let now = server.system().now().0;
        refused(make(json!({"name": "past", "expiresAt": now})).await, 400, "request.invalid_input");
        let rename = async |body: Value| admin.send(Method::PATCH, &path, body).await;
        refused(rename(json!({"currentName": "ci", "name": "cd"})).await, 422, "user.personal_access_token_name_exists");
        refused(rename(json!({"currentName": "no", "name": "x"})).await, 404, "entity.not_exists");
        refused(rename(json!({"name": "x"})).await, 404, "entity.not_exists");
        refused(admin.send(Method::PATCH, &format!("{path}/no"), json!({"name": "x"})).await, 404, "entity.not_exists");
        refused(admin.send(Method::DELETE, &format!("{path}/no"), json!({})).await, 404, "entity.not_found");
        refused(admin.send(Method::POST, &format!("{path}/delete"), json!({"name": "no"})).await, 404, "entity.not_found");
        let unknown = "/api/users/unknown/personal-access-tokens";
        refused(admin.get(unknown).await, 404, "entity.not_found");
        let nobody = admin.send(Method::POST, unknown, json!({"name": "x"})).await;
        refused(nobody, 404, "entity.relation_foreign_key_not_found");
        admin.visitor.get(&path).await.expect(401);
    }

    async fn history_forgets_the_tokens_of_people_who_leave(server) {
        let admin = Admin::of(server).await;
        let user = create_user(server, "ada").await;
        let path = format!("/api/users/{user}/personal-access-tokens");
        let made = admin.send(Method::POST, &path, json!({"name": "of ada"})).await.expect(201).json();
        let ctx = server.system();
        let texts = async || changes::texts(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id).await.unwrap().join("\n");
        let before = texts().await;
        assert!(before.contains("of ada") && !before.contains(text(&made, "value")));
        users::delete(&ctx, &user).await.unwrap();
        assert!(!texts().await.contains("of ada"));
    }

    async fn a_subject_token_is_made_for_a_user(server) {
        let admin = Admin::of(server).await;
        let user = create_user(server, "ada").await;
        let make = async |body: Value| admin.send(Method::POST, "/api/subject-tokens", body).await;
        let made = make(json!({"userId": user, "context": {"ticket": 7}})).await.expect(201).json();
        assert_eq!(made.as_object().unwrap().keys().collect::<Vec<_>>(), ["subjectToken", "expiresIn"]);
        assert_eq!(made["expiresIn"], 600);
        let token = text(&made, "subjectToken");
        assert!(token.strip_prefix("sub_").is_some_and(|rest| rest.len() == 21), "{token}");
        refused(make(json!({"userId": "unknown"})).await, 404, "entity.relation_foreign_key_not_found");
        refused(make(json!({"userId": 1})).await, 400, "guard.invalid_input");
        refused(make(json!({"userId": user, "context": []})).await, 400, "guard.invalid_input");
        admin.visitor.send_json(Method::POST, "/api/subject-tokens", None, &json!({"userId": user})).await.expect(401);
    }
}
