//! Roles, and giving them to users and machines.

use super::{Admin, access_role, refused, refused_field, text};
use serde_json::json;
use soleira_testkit::on_both_engines;

on_both_engines! {
    async fn roles_are_found_and_internal_ones_are_not(server) {
        let admin = Admin::of(server).await;
        let page = admin.get("/api/roles").await.expect(200);
        assert_eq!(page.header("total-number"), Some("1"));
        let role = page.json()[0].clone();
        assert_eq!(
            role.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["tenantId", "id", "name", "description", "type", "isDefault", "usersCount", "featuredUsers",
             "applicationsCount", "featuredApplications"]
        );
        assert_eq!((role["type"].as_str(), role["applicationsCount"].as_i64()), (Some("MachineToMachine"), Some(1)));
        assert_eq!(role["featuredApplications"][0]["type"], "MachineToMachine");
        assert_eq!(admin.get("/api/roles?type=User").await.expect(200).json(), json!([]));
        refused_field(admin.get("/api/roles?type=x").await, &json!(["type"]));
        let id = text(&role, "id");
        assert_eq!(admin.get(&format!("/api/roles/{id}")).await.expect(200).json()["name"], role["name"]);
        refused(admin.get("/api/roles/nobody").await, 404, "entity.not_exists_with_id");
    }

    async fn a_machine_is_given_roles(server) {
        let admin = Admin::of(server).await;
        let role = access_role(server).await.0;
        let id = admin.application("cli", "MachineToMachine").await;
        let path = format!("/api/applications/{id}/roles");
        assert_eq!(
            admin.post(&path, json!({"roleIds": [role]})).await.expect(201).json(),
            json!({"roleIds": [role], "addedRoleIds": [role]})
        );
        assert_eq!(
            admin.post(&path, json!({"roleIds": [role]})).await.expect(201).json(),
            json!({"roleIds": [role], "addedRoleIds": []})
        );
        assert_eq!(admin.get(&path).await.expect(200).json()[0]["id"], role);
        assert!(admin.put(&path, json!({"roleIds": [role]})).await.expect(200).body().is_empty());
        refused_field(admin.put(&path, json!({"roleIds": []})).await, &json!(["roleIds"]));
        refused_field(admin.post(&path, json!({"roleIds": [""]})).await, &json!(["roleIds", 0]));
        refused(admin.post(&path, json!({"roleIds": ["nobody"]})).await, 404, "entity.not_exists_with_id");
        admin.delete(&format!("{path}/{role}")).await.expect(204);
        refused(admin.delete(&format!("{path}/{role}")).await, 404, "entity.not_found");

        let web = admin.application("web", "Traditional").await;
        let path = format!("/api/applications/{web}/roles");
        refused(admin.get(&path).await, 422, "application.invalid_type");
        refused(admin.post(&path, json!({"roleIds": [role]})).await, 422, "application.invalid_type");
    }

    async fn machine_roles_are_not_for_people(server) {
        let admin = Admin::of(server).await;
        let role = access_role(server).await.0;
        let path = format!("/api/users/{}/roles", admin.user(json!({"username": "ana"})).await);
        refused(admin.post(&path, json!({"roleIds": [role]})).await, 422, "user.invalid_role_type");
        refused(admin.put(&path, json!({"roleIds": ["nobody"]})).await, 404, "entity.not_exists_with_id");
        assert_eq!(admin.put(&path, json!({"roleIds": []})).await.expect(200).json(), json!({"roleIds": []}));
        assert_eq!(admin.get(&path).await.expect(200).json(), json!([]));
        refused(admin.get("/api/users/nobody/roles").await, 404, "entity.not_found");
        refused(admin.delete(&format!("{path}/{role}")).await, 404, "entity.not_found");
    }
}
