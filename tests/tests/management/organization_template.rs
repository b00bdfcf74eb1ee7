//! The roles and permissions that all organizations share.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_testkit::on_both_engines;

const ROLES: &str = "/api/organization-roles";
const SCOPES: &str = "/api/organization-scopes";

fn names(rows: &Value) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| text(row, "name")).collect()
}

on_both_engines! {
    async fn a_permission_is_created_read_changed_and_deleted(server) {
        let admin = Admin::of(server).await;
        let created = admin.post(SCOPES, json!({"name": "read:docs", "description": "Read documents"})).await.expect(201).json();
        assert_eq!(created.as_object().unwrap().keys().collect::<Vec<_>>(), ["tenantId", "id", "name", "description"]);
        let id = text(&created, "id");
        assert_eq!(id.len(), 21);
        let path = format!("{SCOPES}/{id}");
        assert_eq!(admin.get(&path).await.expect(200).json(), created);
        let changed = admin.patch(&path, json!({"name": "see:docs", "description": null})).await.expect(200).json();
        assert_eq!((&changed["name"], &changed["description"]), (&json!("see:docs"), &json!(null)));

        refused(admin.post(SCOPES, json!({"name": "see:docs"})).await, 422, "entity.unique_integrity_violation");
        let other = admin.organization_scope("write:docs").await;
        let other = format!("{SCOPES}/{other}");
        refused(admin.patch(&other, json!({"name": "see:docs"})).await, 422, "entity.unique_integrity_violation");
        admin.patch(&other, json!({"name": "write:docs"})).await.expect(200);
        for (body, field) in [
            (json!({}), "name"), (json!({"name": ""}), "name"), (json!({"name": "a".repeat(129)}), "name"),
            (json!({"name": "a", "description": "a".repeat(257)}), "description"),
        ] {
            refused_field(admin.post(SCOPES, body).await, &json!([field]));
        }

        admin.delete(&path).await.expect(204);
        refused(admin.get(&path).await, 404, "entity.not_exists_with_id");
        refused(admin.patch(&path, json!({"name": "x"})).await, 404, "entity.not_exists");
        refused(admin.delete(&path).await, 404, "entity.not_found");
    }

    async fn permissions_are_listed_by_name_and_paged_if_asked(server) {
        let admin = Admin::of(server).await;
        for name in ["write:docs", "read:docs", "manage:all"] {
            admin.organization_scope(name).await;
        }
        let all = admin.get(SCOPES).await.expect(200);
        assert_eq!(all.header("total-number"), None);
        assert_eq!(names(&all.json()), ["manage:all", "read:docs", "write:docs"]);
        let page = admin.get(&format!("{SCOPES}?q=DOCS&page_size=1")).await.expect(200);
        assert_eq!((page.header("total-number"), names(&page.json())), (Some("2"), vec!["read:docs".to_owned()]));
    }

    async fn a_role_is_created_read_changed_and_deleted(server) {
        let admin = Admin::of(server).await;
        let created = admin.post(ROLES, json!({"name": "editor"})).await.expect(201).json();
        assert_eq!(created.as_object().unwrap().keys().collect::<Vec<_>>(), ["tenantId", "id", "name", "description", "type"]);
        assert_eq!((&created["type"], &created["description"]), (&json!("User"), &json!(null)));
        let path = format!("{ROLES}/{}", text(&created, "id"));
        assert_eq!(admin.get(&path).await.expect(200).json(), created);
        let changed = admin.patch(&path, json!({"name": "author", "description": "Writes", "type": "MachineToMachine"})).await;
        let changed = changed.expect(200).json();
        assert_eq!((&changed["name"], &changed["type"]), (&json!("author"), &json!("MachineToMachine")));

        refused(admin.post(ROLES, json!({"name": "author"})).await, 422, "entity.unique_integrity_violation");
        let other = admin.organization_role("reader", "User").await;
        let other = format!("{ROLES}/{other}");
        refused(admin.patch(&other, json!({"name": "author"})).await, 422, "entity.unique_integrity_violation");
        for (body, path) in [
            (json!({}), json!(["name"])), (json!({"name": ""}), json!(["name"])),
            (json!({"name": "a", "type": "Robot"}), json!(["type"])),
            (json!({"name": "a", "description": "a".repeat(257)}), json!(["description"])),
            (json!({"name": "a", "organizationScopeIds": [""]}), json!(["organizationScopeIds", 0])),
        ] {
            refused_field(admin.post(ROLES, body).await, &path);
        }

        admin.delete(&path).await.expect(204);
        refused(admin.get(&path).await, 404, "entity.not_found");
        refused(admin.patch(&path, json!({"name": "x"})).await, 404, "entity.not_exists");
        refused(admin.delete(&path).await, 404, "entity.not_found");
    }

    async fn a_role_begins_with_its_permissions_or_not_at_all(server) {
        let admin = Admin::of(server).await;
        let (scope, resource_scope) = (admin.organization_scope("read:docs").await, admin.resource_scope("read-invoices").await);
        admin.post(ROLES, json!({
            "name": "reader", "organizationScopeIds": [scope, scope], "resourceScopeIds": [resource_scope],
        })).await.expect(201);
        admin.organization_role("author", "User").await;
        for bad in [json!({"organizationScopeIds": ["nothing"]}), json!({"resourceScopeIds": [scope]})] {
            let mut body = bad;
            body["name"] = json!("broken");
            refused(admin.post(ROLES, body).await, 422, "entity.relation_foreign_key_not_found");
        }
        let page = admin.get(ROLES).await.expect(200);
        assert_eq!((page.header("total-number"), names(&page.json())), (Some("2"), vec!["author".to_owned(), "reader".to_owned()]));
        let rows = page.json();
        assert_eq!((&rows[0]["scopes"], &rows[0]["resourceScopes"]), (&json!([]), &json!([])));
        assert_eq!(rows[1]["scopes"], json!([{"id": scope, "name": "read:docs"}]));
        let given = &rows[1]["resourceScopes"][0];
        assert_eq!((&given["id"], &given["name"]), (&json!(resource_scope), &json!("read-invoices")));
        assert_eq!(given["resource"].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "name"]);
        assert_eq!(names(&admin.get(&format!("{ROLES}?q=READ")).await.json()), ["reader"]);
    }

    async fn a_role_is_given_permissions(server) {
        let admin = Admin::of(server).await;
        let role = admin.organization_role("reader", "User").await;
        let organization_scopes = [admin.organization_scope("b").await, admin.organization_scope("a").await];
        let resource_scopes = [admin.resource_scope("d").await, admin.resource_scope("c").await];
        for (kind, list, ids) in [
            ("scopes", "organizationScopeIds", organization_scopes), ("resource-scopes", "scopeIds", resource_scopes),
        ] {
            let path = format!("{ROLES}/{role}/{kind}");
            let held = || async { admin.get(&path).await.expect(200).json().as_array().unwrap().len() };
            assert!(admin.post(&path, json!({list: ids})).await.expect(201).body().is_empty());
            admin.post(&path, json!({list: [ids[0]]})).await.expect(201);
            assert_eq!(held().await, 2);
            let page = admin.get(&format!("{path}?page_size=1")).await.expect(200);
            assert_eq!((page.header("total-number"), page.json().as_array().unwrap().len()), (Some("2"), 1));
            admin.put(&path, json!({list: [ids[1]]})).await.expect(204);
            assert_eq!(admin.get(&path).await.json()[0]["id"], ids[1]);
            assert_eq!(held().await, 1);
            refused(admin.put(&path, json!({list: [ids[0], "nothing"]})).await, 422, "entity.relation_foreign_key_not_found");
            assert_eq!(admin.get(&path).await.json()[0]["id"], ids[1], "all or nothing");
            admin.delete(&format!("{path}/{}", ids[1])).await.expect(204);
            refused(admin.delete(&format!("{path}/{}", ids[1])).await, 404, "entity.not_found");
            admin.put(&path, json!({list: []})).await.expect(204);
            assert_eq!(held().await, 0);

            refused_field(admin.post(&path, json!({list: []})).await, &json!([list]));
            refused_field(admin.post(&path, json!({})).await, &json!([list]));
            refused_field(admin.post(&path, json!({list: [""]})).await, &json!([list, 0]));
            let nobody = format!("{ROLES}/nobody/{kind}");
            refused(admin.get(&nobody).await, 404, "entity.not_found");
            refused(admin.post(&nobody, json!({list: [ids[0]]})).await, 422, "entity.relation_foreign_key_not_found");
            refused(admin.put(&nobody, json!({list: []})).await, 422, "entity.relation_foreign_key_not_found");
            refused(admin.delete(&format!("{nobody}/{}", ids[0])).await, 404, "entity.not_found");
        }
    }

    async fn the_management_api_is_not_for_roles_of_people(server) {
        let admin = Admin::of(server).await;
        let refusal = "role.management_api_scopes_not_assignable_to_user_role";
        let (all, read) = ("management-api-all", admin.resource_scope("read").await);
        let body = |name: &str, kind: &str| json!({"name": name, "type": kind, "resourceScopeIds": [read, all]});
        refused(admin.post(ROLES, body("a", "User")).await, 400, refusal);
        refused(admin.post(ROLES, json!({"name": "a", "resourceScopeIds": [all]})).await, 400, refusal);
        assert_eq!(admin.get(ROLES).await.expect(200).json(), json!([]), "nothing was made");

        let people = format!("{ROLES}/{}", admin.organization_role("people", "User").await);
        let path = format!("{people}/resource-scopes");
        admin.post(&path, json!({"scopeIds": [read]})).await.expect(201);
        refused(admin.post(&path, json!({"scopeIds": [all]})).await, 400, refusal);
        refused(admin.put(&path, json!({"scopeIds": [all]})).await, 400, refusal);
        assert_eq!(names(&admin.get(&path).await.expect(200).json()), ["read"]);

        // Machines may have it; their role does not become one of people as long as it gives it.
        let machines = format!("{ROLES}/{}", text(&admin.post(ROLES, body("m", "MachineToMachine")).await.expect(201).json(), "id"));
        refused(admin.patch(&machines, json!({"type": "User"})).await, 400, refusal);
        admin.patch(&machines, json!({"type": "MachineToMachine", "name": "n"})).await.expect(200);
        admin.put(&format!("{machines}/resource-scopes"), json!({"scopeIds": [all]})).await.expect(204);
        admin.put(&format!("{machines}/resource-scopes"), json!({"scopeIds": [read]})).await.expect(204);
        admin.patch(&machines, json!({"type": "User"})).await.expect(200);
    }

    async fn what_is_deleted_leaves_the_roles_that_gave_it(server) {
        let admin = Admin::of(server).await;
        let scope = admin.organization_scope("read:docs").await;
        let role = text(&admin.post(ROLES, json!({"name": "r", "organizationScopeIds": [scope]})).await.expect(201).json(), "id");
        admin.delete(&format!("{SCOPES}/{scope}")).await.expect(204);
        assert_eq!(admin.get(&format!("{ROLES}/{role}/scopes")).await.expect(200).json(), json!([]));
        assert_eq!(admin.get(ROLES).await.json()[0]["scopes"], json!([]));
    }
}
