//! Users: accounts, passwords, suspension, data, identities, sessions.

use super::{Admin, refused, refused_field, text};
use http::Method;
use serde_json::{Value, json};
use soleira_core::UserId;
use soleira_core::model::ApplicationType;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{claims, register, sign_in};
use tokio::task::JoinSet;

on_both_engines! {
    async fn a_user_is_created_read_changed_and_deleted(server) {
        let admin = Admin::of(server).await;
        let body = json!({
            "username": "ana", "primaryEmail": "Ana@Example.com", "primaryPhone": "490301234567", "name": "Ana",
            "avatar": "https://example.com/a.png", "password": "correct horse", "customData": {"a": 1},
            "profile": {"givenName": "Ana", "address": {"locality": "Porto"}},
            "isSuspended": true, "id": "chosen",
        });
        let created = admin.post("/api/users", body).await.expect(200).json();
        assert_eq!(
            created.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["id", "username", "primaryEmail", "primaryPhone", "name", "avatar", "customData", "identities",
             "lastSignInAt", "createdAt", "updatedAt", "profile", "applicationId", "cimdClientId", "isSuspended", "hasPassword"]
        );
        let id = text(&created, "id");
        assert_eq!(id.len(), 12);
        assert_eq!(created["primaryEmail"], "Ana@Example.com");
        assert_eq!(created["primaryPhone"], "49301234567", "without the national trunk prefix");
        assert_eq!((created["isSuspended"].as_bool(), created["hasPassword"].as_bool()), (Some(false), Some(true)));
        assert_eq!((created["lastSignInAt"].is_null(), created["applicationId"].is_null()), (true, true));

        let path = format!("/api/users/{id}");
        assert_eq!(admin.get(&path).await.expect(200).json(), created);
        let with_hash = admin.get(&format!("{path}?includePasswordHash=true&includeSsoIdentities=1")).await.json();
        assert!(text(&with_hash, "passwordDigest").starts_with("$argon2i$"));
        assert_eq!((with_hash["passwordAlgorithm"].as_str(), &with_hash["ssoIdentities"]), (Some("Argon2i"), &json!([])));

        let changed = admin.patch(&path, json!({"name": null, "primaryEmail": "", "customData": {"b": 2}, "profile": {}})).await;
        let changed = changed.expect(200).json();
        assert_eq!((changed["name"].is_null(), changed["primaryEmail"].as_str()), (true, Some("")));
        assert_eq!((changed["username"].as_str(), &changed["customData"]), (Some("ana"), &json!({"b": 2})));
        assert_eq!(changed["profile"], json!({}));

        admin.delete(&path).await.expect(204);
        for page in [admin.get(&path).await, admin.delete(&path).await, admin.patch(&path, json!({"name": "x"})).await] {
            refused(page, 404, "entity.not_found");
        }
    }

    async fn bad_input_names_its_fields(server) {
        let admin = Admin::of(server).await;
        for (field, bad) in [
            ("username", "1ana"), ("username", "a-b"), ("username", "a\n"), ("username", ""), ("primaryEmail", "ana"),
            ("primaryPhone", "+5511"), ("avatar", "javascript:alert(1)"), ("password", ""),
        ] {
            refused_field(admin.post("/api/users", json!({field: bad})).await, &json!([field]));
        }
        refused_field(admin.post("/api/users", json!({"username": 1})).await, &json!(["username"]));
        refused_field(admin.post("/api/users", json!({"customData": []})).await, &json!(["customData"]));
        refused_field(admin.post("/api/users", json!({"profile": {"address": "x"}})).await, &json!(["profile", "address"]));
        for (field, long) in [("username", "a".repeat(129)), ("name", "é".repeat(129)), ("avatar", format!("https://a.example/{}", "a".repeat(2048)))] {
            let body = refused(admin.post("/api/users", json!({field: long})).await, 422, "entity.value_too_long");
            assert_eq!(body["data"]["field"], field);
        }
        refused(admin.post("/api/users", json!({"primaryPhone": "1"})).await, 422, "user.invalid_phone");
        assert_eq!(admin.get("/api/users").await.json(), json!([]), "nothing was created");
    }

    async fn identifiers_are_unique(server) {
        let admin = Admin::of(server).await;
        admin.user(json!({"username": "ana", "primaryEmail": "ana@example.com", "primaryPhone": "61412345678"})).await;
        let other = admin.user(json!({"username": "Ana"})).await;
        let path = format!("/api/users/{other}");
        for (body, code) in [
            (json!({"username": "ana"}), "user.username_already_in_use"),
            (json!({"primaryEmail": "ANA@example.com"}), "user.email_already_in_use"),
            (json!({"primaryPhone": "610412345678"}), "user.phone_already_in_use"),
        ] {
            refused(admin.post("/api/users", body.clone()).await, 422, code);
            refused(admin.patch(&path, body).await, 422, code);
        }
        assert_eq!(admin.get("/api/users").await.header("total-number"), Some("2"));
    }

    async fn of_many_who_take_a_name_at_once_one_gets_it(server) {
        let admin = Admin::of(server).await;
        let mut tries = JoinSet::new();
        for _ in 0..20 {
            let (visitor, token) = (admin.visitor.stranger(), admin.token.clone());
            tries.spawn(async move {
                visitor.send_json(Method::POST, "/api/users", Some(&token), &json!({"username": "only"})).await.status()
            });
        }
        let statuses = tries.join_all().await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 422)));
        assert_eq!(admin.get("/api/users").await.header("total-number"), Some("1"));
    }

    async fn passwords_are_set_checked_and_imported(server) {
        let admin = Admin::of(server).await;
        let id = admin.user(json!({"username": "ana"})).await;
        let path = format!("/api/users/{id}");
        let has = || async { admin.get(&format!("{path}/has-password")).await.expect(200).json()["hasPassword"].clone() };
        let verify = |password: &'static str| {
            let path = format!("{path}/password/verify");
            let admin = &admin;
            async move { admin.post(&path, json!({"password": password})).await }
        };
        assert_eq!(has().await, false);
        refused(verify("x").await, 422, "session.invalid_credentials");
        let set = admin.patch(&format!("{path}/password"), json!({"password": "x"})).await.expect(200);
        assert!(!set.body().contains("argon2"));
        assert_eq!(has().await, true);
        verify("x").await.expect(204);
        refused(verify("y").await, 422, "session.invalid_credentials");
        refused_field(admin.patch(&format!("{path}/password"), json!({})).await, &json!(["password"]));
        for missing in ["password/verify", "password"] {
            let method = if missing == "password" { Method::PATCH } else { Method::POST };
            let page = admin.send(method, &format!("/api/users/nobody/{missing}"), json!({"password": "x"})).await;
            refused(page, 404, "entity.not_found");
        }
        refused(admin.get("/api/users/nobody/has-password").await, 404, "entity.not_found");

        // MD5 of "hello", stored anew after the first right password.
        let digest = "5d41402abc4b2a76b9719d911017c592";
        let old = admin.user(json!({"username": "old", "passwordDigest": digest, "passwordAlgorithm": "MD5"})).await;
        let old = format!("/api/users/{old}");
        admin.post(&format!("{old}/password/verify"), json!({"password": "hello"})).await.expect(204);
        let shown = admin.get(&format!("{old}?includePasswordHash=1")).await.json();
        assert_eq!(shown["passwordAlgorithm"], "Argon2i");
        admin.post(&format!("{old}/password/verify"), json!({"password": "hello"})).await.expect(204);

        let create = |body: Value| async { admin.post("/api/users", body).await };
        refused(create(json!({"password": "a", "passwordDigest": digest})).await, 400, "user.password_and_digest");
        refused(create(json!({"passwordDigest": digest})).await, 400, "user.password_algorithm_required");
        refused_field(
            create(json!({"passwordDigest": digest, "passwordAlgorithm": "ROT13"})).await,
            &json!(["passwordAlgorithm"]),
        );
        refused(
            create(json!({"passwordDigest": "x", "passwordAlgorithm": "SHA256"})).await,
            400,
            "password.invalid_legacy_password_format",
        );
        refused(
            admin.patch(&format!("{path}/password/expiration"), json!({"isExpired": true})).await,
            400,
            "sign_in_experiences.password_expiration_not_enabled",
        );
        admin.patch(&format!("{path}/password/expiration"), json!({"isExpired": false})).await.expect(200);
    }

    async fn a_suspended_user_loses_every_session_and_token(server) {
        let admin = Admin::of(server).await;
        let client = register(server, ApplicationType::Traditional).await;
        let id = UserId(admin.user(json!({"username": "ana"})).await);
        let browser = server.visitor();
        let tokens = sign_in(server, &browser, &client, &id, "openid offline_access profile").await;
        let path = format!("/api/users/{id}");
        assert_eq!(admin.get(&format!("{path}/sessions")).await.json()["sessions"].as_array().unwrap().len(), 1);
        browser.get_as("/oidc/me", &text(&tokens, "access_token")).await.expect(200);

        let suspended = admin.patch(&format!("{path}/is-suspended"), json!({"isSuspended": true})).await.expect(200);
        assert_eq!(suspended.json()["isSuspended"], true);
        browser.get_as("/oidc/me", &text(&tokens, "access_token")).await.expect(401);
        client.refresh(&browser, &text(&tokens, "refresh_token"), &[]).await.expect(400);
        assert_eq!(admin.get(&format!("{path}/sessions")).await.json(), json!({"sessions": []}));

        // Lifting it gives nothing back.
        admin.patch(&format!("{path}/is-suspended"), json!({"isSuspended": false})).await.expect(200);
        client.refresh(&browser, &text(&tokens, "refresh_token"), &[]).await.expect(400);
        refused_field(admin.patch(&format!("{path}/is-suspended"), json!({})).await, &json!(["isSuspended"]));
        refused(
            admin.patch("/api/users/nobody/is-suspended", json!({"isSuspended": true})).await,
            404,
            "entity.not_found",
        );
    }

    async fn a_deleted_user_takes_sessions_and_tokens_along(server) {
        let admin = Admin::of(server).await;
        let client = register(server, ApplicationType::Traditional).await;
        let id = UserId(admin.user(json!({"username": "ana"})).await);
        let browser = server.visitor();
        let tokens = sign_in(server, &browser, &client, &id, "openid offline_access profile").await;
        admin.delete(&format!("/api/users/{id}")).await.expect(204);
        browser.get_as("/oidc/me", &text(&tokens, "access_token")).await.expect(401);
        client.refresh(&browser, &text(&tokens, "refresh_token"), &[]).await.expect(400);
        admin.user(json!({"username": "ana"})).await;
    }

    async fn sessions_and_grants_are_listed_and_ended(server) {
        let admin = Admin::of(server).await;
        let client = register(server, ApplicationType::Traditional).await;
        let id = UserId(admin.user(json!({"username": "ana"})).await);
        let browser = server.visitor();
        let tokens = sign_in(server, &browser, &client, &id, "openid offline_access profile").await;
        let sid = claims(&text(&tokens, "id_token"))["sid"].clone();
        let path = format!("/api/users/{id}");

        let listed = admin.get(&format!("{path}/sessions")).await.expect(200).json()["sessions"][0].clone();
        assert_eq!((listed["payload"]["kind"].as_str(), listed["payload"]["accountId"].as_str()), (Some("Session"), Some(id.as_str())));
        assert_eq!(listed["lastSubmission"], Value::Null);
        if !sid.is_null() {
            assert_eq!(listed["payload"]["authorizations"][&client.id]["sid"], sid);
        }
        let session = format!("{path}/sessions/{}", text(&listed["payload"], "uid"));
        assert_eq!(admin.get(&session).await.expect(200).json(), listed);

        let grants = admin.get(&format!("{path}/grants?appType=firstParty")).await.expect(200).json();
        assert_eq!(grants["grants"][0]["application"]["id"], client.id.as_str());
        assert_eq!(admin.get(&format!("{path}/grants?appType=thirdParty")).await.json(), json!({"grants": []}));
        refused(admin.get(&format!("{path}/grants?appType=x")).await, 400, "guard.invalid_input");

        admin.delete(&format!("{session}?revokeGrantsTarget=all")).await.expect(204);
        refused(admin.get(&session).await, 404, "oidc.session_not_found");
        refused(admin.delete(&session).await, 404, "oidc.session_not_found");
        client.refresh(&browser, &text(&tokens, "refresh_token"), &[]).await.expect(400);
        assert_eq!(admin.get(&format!("{path}/grants")).await.json(), json!({"grants": []}));

        let again = sign_in(server, &server.visitor(), &client, &id, "openid offline_access profile").await;
        let grant = text(&admin.get(&format!("{path}/grants")).await.json()["grants"][0], "id");
        let stranger = admin.user(json!({"username": "bia"})).await;
        refused(admin.delete(&format!("/api/users/{stranger}/grants/{grant}")).await, 404, "oidc.invalid_grant");
        admin.delete(&format!("{path}/grants/{grant}")).await.expect(204);
        refused(admin.delete(&format!("{path}/grants/{grant}")).await, 404, "oidc.invalid_grant");
        client.refresh(&browser, &text(&again, "refresh_token"), &[]).await.expect(400);
        assert_eq!(admin.get("/api/users/nobody/sessions").await.expect(200).json(), json!({"sessions": []}));
    }

    async fn custom_data_and_profiles_are_merged(server) {
        let admin = Admin::of(server).await;
        let id = admin.user(json!({"customData": {"a": {"x": 1}, "b": 1}, "profile": {"givenName": "Ana"}})).await;
        let path = format!("/api/users/{id}");
        let merged = admin.patch(&format!("{path}/custom-data"), json!({"customData": {"a": {"y": 2}, "c": null}})).await;
        assert_eq!(merged.expect(200).json(), json!({"a": {"y": 2}, "b": 1, "c": null}));
        assert_eq!(admin.get(&format!("{path}/custom-data")).await.expect(200).json(), json!({"a": {"y": 2}, "b": 1, "c": null}));
        let profile = admin.patch(&format!("{path}/profile"), json!({"profile": {"locale": "pt-BR", "unknown": 1}})).await;
        assert_eq!(profile.expect(200).json(), json!({"givenName": "Ana", "locale": "pt-BR"}));
        refused_field(admin.patch(&format!("{path}/custom-data"), json!({})).await, &json!(["customData"]));
        refused(admin.get("/api/users/nobody/custom-data").await, 404, "entity.not_found");
        refused(admin.patch("/api/users/nobody/profile", json!({"profile": {}})).await, 404, "entity.not_found");
    }

    async fn identities_are_linked_and_unlinked(server) {
        let admin = Admin::of(server).await;
        let ana = format!("/api/users/{}", admin.user(json!({"username": "ana"})).await);
        let bia = format!("/api/users/{}", admin.user(json!({"username": "bia"})).await);
        let link = format!("{ana}/identities/huggingface");
        let body = json!({"userId": "hf-1", "details": {"name": "Ana"}});
        assert_eq!(admin.put(&link, body.clone()).await.expect(201).json(), json!({"huggingface": body}));
        let again = json!({"userId": "hf-2"});
        assert_eq!(admin.put(&link, again.clone()).await.expect(200).json(), json!({"huggingface": again}));
        assert_eq!(admin.get(&link).await.expect(200).json(), json!({"identity": again}));
        assert_eq!(
            admin.get(&format!("{ana}/all-identities")).await.expect(200).json(),
            json!({"socialIdentities": [{"identity": again, "target": "huggingface"}], "ssoIdentities": []})
        );
        refused(admin.put(&format!("{bia}/identities/huggingface"), again).await, 422, "user.identity_already_in_use");
        refused(admin.get(&format!("{bia}/identities/huggingface")).await, 404, "user.identity_not_exist");
        refused_field(admin.put(&link, json!({"userId": ""})).await, &json!(["userId"]));
        assert_eq!(admin.delete(&link).await.expect(200).json()["identities"], json!({}));
        refused(admin.delete(&link).await, 404, "user.identity_not_exist");
        refused(
            admin.post(&format!("{ana}/identities"), json!({"connectorId": "none", "connectorData": {}})).await,
            422,
            "session.invalid_connector_id",
        );
    }

    async fn users_are_searched(server) {
        let admin = Admin::of(server).await;
        admin.user(json!({"username": "ana", "name": "Ana Álvares", "primaryEmail": "ana@example.com"})).await;
        admin.user(json!({"username": "Bia_1", "name": "Bia", "primaryEmail": "bia@example.org"})).await;
        admin.user(json!({"username": "caio", "name": "100%"})).await;
        let found = |query: &str| {
            let path = format!("/api/users?{query}");
            let admin = &admin;
            async move {
                let page = admin.get(&path).await.expect(200);
                let rows = page.json();
                assert_eq!(page.header("total-number").unwrap(), rows.as_array().unwrap().len().to_string());
                let mut names: Vec<String> = rows.as_array().unwrap().iter().map(|user| text(user, "username")).collect();
                names.sort();
                names
            }
        };
        assert_eq!(found("search=%25example%25").await, ["Bia_1", "ana"]);
        assert_eq!(found("search=%25%C3%A1lvares").await, ["ana"]);
        assert_eq!(found("search.name=%25%5C%25").await, ["caio"], "an escaped wildcard");
        assert_eq!(found("search.username=bia%5C_1").await, ["Bia_1"]);
        assert_eq!(found("search.username=bia%25&isCaseSensitive=true").await, [] as [&str; 0]);
        assert_eq!(found("search.username=Bia%25&isCaseSensitive=true").await, ["Bia_1"]);
        assert_eq!(found("search.username=ana&search.username=BIA_1&mode.username=exact").await, ["Bia_1", "ana"]);
        assert_eq!(found("search.username=%5E%5Ba-b%5D&mode=posix").await, ["Bia_1", "ana"]);
        assert_eq!(found("search.username=%5E%5Ba-b%5D&mode=posix&isCaseSensitive=1").await, ["ana"]);
        assert_eq!(found("search.username=(ana%7Ccaio)&mode=similar_to&isCaseSensitive=true").await, ["ana", "caio"]);
        assert_eq!(found("search.name=ana%25&search.primaryEmail=%25.com&joint=and").await, ["ana"]);
        assert_eq!(found("search.name=ana%25&search.primaryEmail=%25.org").await, ["Bia_1", "ana"]);
        for bad in ["search.password=a", "search=", "search=(&mode=posix", "search=a&mode=fuzzy", "search.name.x=a"] {
            refused(admin.get(&format!("/api/users?{bad}")).await, 400, "request.invalid_input");
        }
        refused(admin.get("/api/users?excludeRoleId=a&excludeOrganizationId=b").await, 400, "request.invalid_input");
    }

    async fn an_injected_search_finds_nothing(server) {
        let admin = Admin::of(server).await;
        admin.user(json!({"username": "ana"})).await;
        for text in ["'%20or%201=1--", "%25';drop%20table%20users;--", "$1"] {
            assert_eq!(admin.get(&format!("/api/users?search={text}")).await.expect(200).json(), json!([]));
        }
        assert_eq!(admin.get("/api/users").await.header("total-number"), Some("1"));
    }
}
