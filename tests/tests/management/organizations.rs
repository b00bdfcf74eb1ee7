//! Organizations: the entity itself.

use super::{Admin, refused, refused_field, text};
use serde_json::json;
use soleira_store::changes;
use soleira_testkit::on_both_engines;

on_both_engines! {
    async fn an_organization_is_created_read_changed_and_deleted(server) {
        let admin = Admin::of(server).await;
        let created = admin.post("/api/organizations", json!({"name": "Acme", "tenantId": "admin", "id": "chosen"})).await;
        let created = created.expect(201).json();
        assert_eq!(
            created.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["tenantId", "id", "name", "description", "customData", "isMfaRequired", "color", "branding", "customCss", "createdAt"]
        );
        let id = text(&created, "id");
        assert_eq!((id.len(), created["tenantId"].as_str()), (12, Some("default")));
        assert_eq!(
            (&created["description"], &created["customData"], &created["isMfaRequired"], &created["color"]),
            (&json!(null), &json!({}), &json!(false), &json!({}))
        );
        assert_eq!((&created["branding"], &created["customCss"]), (&json!({}), &json!(null)));

        let path = format!("/api/organizations/{id}");
        assert_eq!(admin.get(&path).await.expect(200).json(), created);
        let changed = admin.patch(&path, json!({
            "description": "Makes anvils", "customData": {"plan": {"seats": 3}}, "isMfaRequired": true,
            "color": {"primaryColor": "#2454B3"}, "branding": {"logoUrl": "https://acme.example/logo.svg"},
            "customCss": ".card { border: 0 }",
        })).await.expect(200).json();
        assert_eq!(
            (&changed["name"], &changed["description"], &changed["customData"]["plan"]),
            (&json!("Acme"), &json!("Makes anvils"), &json!({"seats": 3}))
        );
        assert_eq!((&changed["isMfaRequired"], &changed["createdAt"]), (&json!(true), &created["createdAt"]));
        // Objects are replaced as a whole, and null empties what can be empty.
        let changed = admin.patch(&path, json!({
            "customData": {"a": 1}, "color": {"isDarkModeEnabled": true, "darkPrimaryColor": "#fff"}, "branding": {},
            "description": null, "customCss": null,
        })).await.expect(200).json();
        assert_eq!(
            (&changed["customData"], &changed["branding"], &changed["description"], &changed["customCss"]),
            (&json!({"a": 1}), &json!({}), &json!(null), &json!(null))
        );
        assert_eq!(changed["color"], json!({"isDarkModeEnabled": true, "darkPrimaryColor": "#fff"}));
        assert_eq!(admin.get(&path).await.expect(200).json(), changed);

        admin.delete(&path).await.expect(204);
        refused(admin.get(&path).await, 404, "entity.not_exists_with_id");
        refused(admin.patch(&path, json!({"name": "x"})).await, 404, "entity.not_exists");
        refused(admin.delete(&path).await, 404, "entity.not_found");
        let ctx = server.system();
        let count = changes::count(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, "organization", &id).await;
        assert_eq!(count.unwrap(), 4, "creation, two changes and the deletion");
    }

    async fn bad_organizations_name_their_fields(server) {
        let admin = Admin::of(server).await;
        refused_field(admin.post("/api/organizations", json!({})).await, &json!(["name"]));
        for (body, path) in [
            (json!({"name": ""}), json!(["name"])),
            (json!({"name": "a".repeat(129)}), json!(["name"])),
            (json!({"name": "a", "description": "a".repeat(257)}), json!(["description"])),
            (json!({"name": "a", "isMfaRequired": "yes"}), json!(["isMfaRequired"])),
            (json!({"name": "a", "customData": []}), json!(["customData"])),
            (json!({"name": "a", "color": {"primaryColor": "red"}}), json!(["color", "primaryColor"])),
            (json!({"name": "a", "branding": {"logoUrl": "javascript:alert(1)"}}), json!(["branding", "logoUrl"])),
            (json!({"name": "a", "createdAt": "now"}), json!(["createdAt"])),
        ] {
            refused_field(admin.post("/api/organizations", body).await, &path);
        }
        let id = admin.organization("Acme").await;
        let path = format!("/api/organizations/{id}");
        for (body, field) in [
            (json!({"name": null}), None), (json!({"name": ""}), Some("name")),
            (json!({"description": "é".repeat(257)}), Some("description")),
        ] {
            match field {
                Some(field) => refused_field(admin.patch(&path, body).await, &json!([field])),
                None => assert_eq!(admin.patch(&path, body).await.expect(200).json()["name"], "Acme"),
            }
        }
        assert_eq!(admin.get("/api/organizations").await.json().as_array().unwrap().len(), 1, "nothing else was created");
    }

    async fn organizations_are_listed_newest_first_and_searched(server) {
        let admin = Admin::of(server).await;
        for (name, created_at) in [("Ärger & Söhne", 1), ("Acme", 3), ("100%", 2)] {
            admin.post("/api/organizations", json!({"name": name, "createdAt": created_at})).await.expect(201);
        }
        let page = admin.get("/api/organizations?page_size=2").await.expect(200);
        assert_eq!(page.header("total-number"), Some("3"));
        let names = |page: &soleira_testkit::Page| -> Vec<String> {
            page.json().as_array().unwrap().iter().map(|row| text(row, "name")).collect()
        };
        assert_eq!(names(&page), ["Acme", "100%"]);
        assert_eq!(names(&admin.get("/api/organizations?page_size=2&page=2").await), ["Ärger & Söhne"]);
        for (query, found) in [
            ("q=%C3%84RGER", vec!["Ärger & Söhne"]), ("q=%25", vec!["100%"]), ("q=_", vec![]), ("q=a", vec!["Acme"]),
            ("q=", vec!["Acme", "100%", "Ärger & Söhne"]),
        ] {
            let page = admin.get(&format!("/api/organizations?{query}")).await.expect(200);
            let listed = names(&page);
            // An identifier is random, and may have the letter too.
            assert!(found.iter().all(|name| listed.iter().any(|own| own == name)), "{query}: {listed:?}");
            if query != "q=a" {
                assert_eq!(listed, found, "{query}");
            }
        }
        let id = text(&admin.get("/api/organizations?q=acme").await.json()[0], "id");
        assert_eq!(names(&admin.get(&format!("/api/organizations?q={}", id.to_uppercase())).await), ["Acme"]);
        assert!(page.json()[0].get("usersCount").is_none());
        refused(admin.get("/api/organizations?page=0").await, 400, "guard.invalid_pagination");
    }

    async fn lists_feature_the_newest_users(server) {
        let admin = Admin::of(server).await;
        let id = admin.organization("Acme").await;
        admin.organization("Empty").await;
        let mut users = Vec::new();
        for number in 0..4 {
            users.push(admin.user(json!({"username": format!("u{number}"), "name": format!("User {number}")})).await);
            server.clock.advance_seconds(1);
        }
        admin.post(&format!("/api/organizations/{id}/users"), json!({"userIds": users})).await.expect(201);
        let listed = admin.get("/api/organizations?showFeatured=true").await.expect(200).json();
        let of = |name: &str| listed.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
        assert_eq!(
            (&of("Acme")["usersCount"], &of("Acme")["featuredUsers"][0]),
            (&json!(4), &json!({"id": users[3], "avatar": null, "name": "User 3"}))
        );
        assert_eq!(of("Acme")["featuredUsers"].as_array().unwrap().len(), 3);
        assert_eq!((&of("Empty")["usersCount"], &of("Empty")["featuredUsers"]), (&json!(0), &json!([])));
    }

    async fn organizations_ask_for_an_administrator(server) {
        let visitor = server.visitor();
        for path in ["/api/organizations", "/api/organization-roles", "/api/organization-scopes", "/api/organizations/x/users"] {
            refused(visitor.get(path).await, 401, "auth.authorization_header_missing");
        }
    }
}
