//! Roles, and giving them to users and machines.

use super::{Admin, access_role, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_core::Code;
use soleira_directory::author;
use soleira_directory::users::{self, NewUser};
use soleira_store::{Verdict, changes, unit};
use soleira_testkit::{RelyingParty, on_both_engines};
use soleira_tests::person::register as register_person;
use soleira_tests::protocol::CALLBACK;

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

    async fn a_role_is_created_read_changed_and_deleted(server) {
        let admin = Admin::of(server).await;
        let created = admin.post("/api/roles", json!({"name": "Editor", "description": "edits"})).await.expect(200).json();
        let id = text(&created, "id");
        assert_eq!(id.len(), 21);
        assert_eq!(
            created,
            json!({"tenantId": "default", "id": id, "name": "Editor", "description": "edits", "type": "User",
                "isDefault": false})
        );
        let path = format!("/api/roles/{id}");
        let patch = json!({"name": "Author", "isDefault": true, "type": "MachineToMachine"});
        let changed = admin.patch(&path, patch).await.expect(200).json();
        assert_eq!((changed["name"].as_str(), changed["type"].as_str()), (Some("Author"), Some("User")));
        assert_eq!((changed["isDefault"].as_bool(), changed["description"].as_str()), (Some(true), Some("edits")));
        assert_eq!(admin.get(&path).await.expect(200).json(), changed);

        let listed = admin.get("/api/roles?search=%25AUTH%25").await.expect(200);
        assert_eq!((listed.header("total-number"), &listed.json()[0]["id"]), (Some("1"), &json!(id)));
        admin.delete(&path).await.expect(204);
        refused(admin.get(&path).await, 404, "entity.not_exists_with_id");
        refused(admin.patch(&path, json!({"name": "x"})).await, 404, "entity.not_exists_with_id");
        refused(admin.delete(&path).await, 404, "entity.not_exists_with_id");
        let mut reader = server.system().read().await.unwrap();
        let history = changes::count(&mut reader.tx(), &server.tenant().id, "role", &id).await.unwrap();
        assert_eq!(history, 3, "made, changed, deleted");
    }

    async fn names_of_roles_are_taken_once_and_some_are_kept(server) {
        let admin = Admin::of(server).await;
        let create = |body: Value| async { admin.post("/api/roles", body).await };
        let role = admin.role("Editor", "User", &[]).await;
        let taken = refused(create(json!({"name": "Editor", "description": "x"})).await, 422, "role.name_in_use");
        assert!(text(&taken, "message").contains("Editor"));
        admin.role("Author", "User", &[]).await;
        refused(admin.patch(&format!("/api/roles/{role}"), json!({"name": "Author"})).await, 422, "role.name_in_use");
        admin.patch(&format!("/api/roles/{role}"), json!({"name": "Editor"})).await.expect(200);

        refused_field(create(json!({"description": "x"})).await, &json!(["name"]));
        refused_field(create(json!({"name": "a"})).await, &json!(["description"]));
        refused_field(create(json!({"name": "", "description": "x"})).await, &json!(["name"]));
        refused_field(create(json!({"name": "a".repeat(129), "description": "x"})).await, &json!(["name"]));
        refused_field(create(json!({"name": "a", "description": ""})).await, &json!(["description"]));
        refused_field(create(json!({"name": "a", "description": "x", "type": "Admin"})).await, &json!(["type"]));
        refused_field(
            create(json!({"name": "a", "description": "x", "scopeIds": [""]})).await,
            &json!(["scopeIds", 0]),
        );
        refused_field(admin.patch(&format!("/api/roles/{role}"), json!({"description": ""})).await, &json!(["description"]));

        let internal = "role.internal_role_violation";
        refused(create(json!({"name": "#internal:x", "description": "x"})).await, 403, internal);
        refused(admin.patch(&format!("/api/roles/{role}"), json!({"name": "#internal:x"})).await, 403, internal);
        for page in [
            admin.patch("/api/roles/admin-role", json!({"description": "mine"})).await,
            admin.delete("/api/roles/admin-role").await,
            admin.post("/api/roles/admin-role/scopes", json!({"scopeIds": ["management-api-all"]})).await,
            admin.delete("/api/roles/admin-role/scopes/management-api-all").await,
        ] {
            refused(page, 403, internal);
        }
    }

    async fn roles_have_permissions(server) {
        let admin = Admin::of(server).await;
        let books = admin.resource("https://books.example.com").await;
        let read = admin.scope(&books, "read").await;
        server.clock.advance_seconds(1);
        let write = admin.scope(&books, "write").await;
        let role = admin.role("Editor", "User", &[&read]).await;
        let path = format!("/api/roles/{role}/scopes");
        let listed = admin.get(&path).await.expect(200);
        assert!(listed.header("total-number").is_none(), "all of them unless a page is asked for");
        assert_eq!(listed.json()[0]["id"], read);
        assert_eq!(listed.json()[0]["resource"]["indicator"], "https://books.example.com");

        let all = admin.post(&path, json!({"scopeIds": [write, write]})).await.expect(201).json();
        let ids: Vec<String> = all.as_array().unwrap().iter().map(|scope| text(scope, "id")).collect();
        assert_eq!(ids, [write.as_str(), read.as_str()], "all that it has, newest first");
        assert!(all[0].get("resource").is_none());
        let page = admin.get(&format!("{path}?page=1&page_size=1")).await.expect(200);
        assert_eq!((page.header("total-number"), page.json().as_array().unwrap().len()), (Some("2"), 1));
        assert_eq!(admin.get(&format!("{path}?search=read")).await.expect(200).json()[0]["id"], read);

        refused(admin.post(&path, json!({"scopeIds": [read]})).await, 422, "role.scope_exists");
        refused(admin.post(&path, json!({"scopeIds": ["nobody"]})).await, 404, "entity.not_exists_with_id");
        refused_field(admin.post(&path, json!({"scopeIds": []})).await, &json!(["scopeIds"]));
        admin.delete(&format!("{path}/{read}")).await.expect(204);
        refused(admin.delete(&format!("{path}/{read}")).await, 404, "entity.not_found");
        let nobody = "/api/roles/nobody/scopes";
        refused(admin.get(nobody).await, 404, "entity.not_exists_with_id");
        refused(admin.post(nobody, json!({"scopeIds": [read]})).await, 404, "entity.not_exists_with_id");
        refused(
            admin.post("/api/roles", json!({"name": "a", "description": "x", "scopeIds": ["nobody"]})).await,
            404,
            "entity.not_exists_with_id",
        );
        let named = admin.get("/api/roles?search.name=a&mode.name=exact").await.expect(200).json();
        assert_eq!(named, json!([]), "nothing is half-written");
    }

    async fn the_management_api_is_not_for_roles_of_people(server) {
        let admin = Admin::of(server).await;
        let refusal = "role.management_api_scopes_not_assignable_to_user_role";
        let body = json!({"name": "a", "description": "x", "scopeIds": ["management-api-all"]});
        refused(admin.post("/api/roles", body).await, 400, refusal);
        let people = admin.role("People", "User", &[]).await;
        let machines = admin.role("Machines", "MachineToMachine", &[]).await;
        let all = json!({"scopeIds": ["management-api-all"]});
        refused(admin.post(&format!("/api/roles/{people}/scopes"), all.clone()).await, 400, refusal);
        admin.post(&format!("/api/roles/{machines}/scopes"), all).await.expect(201);
    }

    async fn a_role_is_given_to_people(server) {
        let admin = Admin::of(server).await;
        let role = admin.role("Editor", "User", &[]).await;
        let (ana, bia) = (admin.user(json!({"username": "ana"})).await, admin.user(json!({"username": "bia"})).await);
        let path = format!("/api/roles/{role}/users");
        assert!(admin.post(&path, json!({"userIds": [ana, ana]})).await.expect(201).body().is_empty());
        refused(admin.post(&path, json!({"userIds": [bia, ana]})).await, 422, "role.user_exists");
        refused(admin.post(&path, json!({"userIds": [bia, "nobody"]})).await, 404, "entity.not_found");
        refused_field(admin.post(&path, json!({"userIds": []})).await, &json!(["userIds"]));
        let listed = admin.get(&path).await.expect(200);
        assert_eq!((listed.header("total-number"), &listed.json()[0]["id"]), (Some("1"), &json!(ana)));
        assert!(listed.json()[0].get("tenantId").is_none());
        admin.post(&path, json!({"userIds": [bia]})).await.expect(201);
        assert_eq!(admin.get(&format!("{path}?search=ana")).await.expect(200).json().as_array().unwrap().len(), 1);

        let role_row = admin.get("/api/roles?search=Editor").await.expect(200).json()[0].clone();
        assert_eq!((role_row["usersCount"].as_i64(), role_row["applicationsCount"].as_i64()), (Some(2), Some(0)));
        assert_eq!(role_row["featuredUsers"].as_array().unwrap().len(), 2);
        assert_eq!(
            admin.get(&format!("/api/roles?type=User&excludeUserId={ana}")).await.expect(200).json(),
            json!([]),
            "what they hold can be left out"
        );

        admin.delete(&format!("{path}/{ana}")).await.expect(204);
        refused(admin.delete(&format!("{path}/{ana}")).await, 404, "entity.not_found");
        assert_eq!(admin.get(&format!("/api/users/{ana}/roles")).await.expect(200).json(), json!([]));
        refused(admin.get("/api/roles/nobody/users").await, 404, "entity.not_exists_with_id");
        refused(admin.post("/api/roles/nobody/users", json!({"userIds": [ana]})).await, 404, "entity.not_exists_with_id");
        let machines = access_role(server).await.0;
        refused(
            admin.post(&format!("/api/roles/{machines}/users"), json!({"userIds": [ana]})).await,
            422,
            "entity.db_constraint_violated",
        );
        // A role that goes is nobody's.
        admin.delete(&format!("/api/roles/{role}")).await.expect(204);
        assert_eq!(admin.get(&format!("/api/users/{bia}/roles")).await.expect(200).json(), json!([]));
    }

    async fn a_role_is_given_to_machines(server) {
        let admin = Admin::of(server).await;
        let role = admin.role("Worker", "MachineToMachine", &[]).await;
        let (one, two) = (admin.application("one", "MachineToMachine").await, admin.application("two", "MachineToMachine").await);
        let web = admin.application("web", "Traditional").await;
        let path = format!("/api/roles/{role}/applications");
        assert!(admin.post(&path, json!({"applicationIds": [one]})).await.expect(201).body().is_empty());
        refused(admin.post(&path, json!({"applicationIds": [two, one]})).await, 422, "role.application_exists");
        refused(admin.post(&path, json!({"applicationIds": [two, "nobody"]})).await, 404, "entity.not_exists_with_id");
        refused(admin.post(&path, json!({"applicationIds": [web]})).await, 422, "application.invalid_type");
        refused_field(admin.post(&path, json!({"applicationIds": []})).await, &json!(["applicationIds"]));
        let listed = admin.get(&path).await.expect(200);
        assert_eq!((listed.header("total-number"), &listed.json()[0]["id"]), (Some("1"), &json!(one)));
        assert!(!listed.body().contains("secret"));
        assert_eq!(admin.get(&format!("{path}?search=nothing")).await.expect(200).json(), json!([]));
        let people = admin.role("People", "User", &[]).await;
        refused(
            admin.post(&format!("/api/roles/{people}/applications"), json!({"applicationIds": [one]})).await,
            422,
            "entity.db_constraint_violated",
        );
        refused(
            admin.post(&format!("/api/applications/{one}/roles"), json!({"roleIds": [people]})).await,
            422,
            "application.invalid_role_type",
        );
        admin.delete(&format!("{path}/{one}")).await.expect(204);
        refused(admin.delete(&format!("{path}/{one}")).await, 404, "entity.not_found");
        refused(admin.get("/api/roles/nobody/applications").await, 404, "entity.not_exists_with_id");
    }

    async fn what_is_replaced_goes_and_what_stays_stays(server) {
        let admin = Admin::of(server).await;
        let (a, b) = (admin.role("A", "User", &[]).await, admin.role("B", "User", &[]).await);
        let path = format!("/api/users/{}/roles", admin.user(json!({"username": "ana"})).await);
        admin.post(&path, json!({"roleIds": [a]})).await.expect(201);
        assert_eq!(admin.put(&path, json!({"roleIds": [b]})).await.expect(200).json(), json!({"roleIds": [b]}));
        let held = admin.get(&path).await.expect(200);
        assert_eq!((held.header("total-number"), &held.json()[0]["id"]), (Some("1"), &json!(b)));
        refused(admin.put(&path, json!({"roleIds": [a, "nobody"]})).await, 404, "entity.not_exists_with_id");
        assert_eq!(admin.get(&path).await.expect(200).json()[0]["id"], b, "a refusal changes nothing");
        admin.put(&path, json!({"roleIds": []})).await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200).json(), json!([]));

        let (c, d) = (admin.role("C", "MachineToMachine", &[]).await, admin.role("D", "MachineToMachine", &[]).await);
        let path = format!("/api/applications/{}/roles", admin.application("cli", "MachineToMachine").await);
        admin.post(&path, json!({"roleIds": [c]})).await.expect(201);
        admin.put(&path, json!({"roleIds": [d]})).await.expect(200);
        let held = admin.get(&path).await.expect(200).json();
        assert_eq!((held.as_array().unwrap().len(), &held[0]["id"]), (1, &json!(d)));
    }

    async fn every_new_user_gets_the_default_roles(server) {
        let admin = Admin::of(server).await;
        let body = json!({"name": "Reader", "description": "reads", "isDefault": true});
        let role = text(&admin.post("/api/roles", body).await.expect(200).json(), "id");
        let machines = json!({"name": "Worker", "description": "works", "type": "MachineToMachine", "isDefault": true});
        admin.post("/api/roles", machines).await.expect(200);
        let held = async |user: &str| {
            let rows = admin.get(&format!("/api/users/{user}/roles")).await.expect(200).json();
            rows.as_array().unwrap().iter().map(|row| text(row, "id")).collect::<Vec<_>>()
        };
        let made = admin.user(json!({"username": "ana"})).await;
        assert_eq!(held(&made).await, [role.as_str()]);

        // Whoever registers gets them too.
        let party = RelyingParty::register(&server.system(), "App", CALLBACK).await;
        let request = party.request(server.origin(), &[("first_screen", "register")]);
        register_person(&server.visitor(), &party, &request, "bia", "a long enough Passphrase 7").await;
        let found = admin.get("/api/users?search=bia").await.expect(200).json();
        assert_eq!(held(&text(&found[0], "id")).await, [role.as_str()]);

        admin.patch(&format!("/api/roles/{role}"), json!({"isDefault": false})).await.expect(200);
        let later = admin.user(json!({"username": "carla"})).await;
        assert_eq!(held(&later).await, [] as [&str; 0]);
        assert_eq!(held(&made).await, [role.as_str()], "those who have it keep it");
    }

    async fn the_settings_name_roles_for_new_users(server) {
        let admin = Admin::of(server).await;
        let role = admin.role("Customer", "User", &[]).await;
        let ctx = server.system();
        let insert = async |names: &[&str]| {
            let mut new = NewUser::new(&ctx);
            assert!(new.role_names.is_empty(), "these settings name none");
            new.role_names = names.iter().map(|name| (*name).to_owned()).collect();
            let needs = (author(&ctx), ctx.tenant.id.clone(), new);
            ctx.write(unit(needs, |(author, tenant, new), tx| {
                Box::pin(async move { Ok(Verdict::Accept(users::insert(tx, author, tenant, new).await?.id)) })
            }))
            .await
        };
        let user = insert(&["Customer"]).await.unwrap();
        assert_eq!(admin.get(&format!("/api/users/{user}/roles")).await.expect(200).json()[0]["id"], role);
        for wrong in ["Nobody", "Logto Management API access"] {
            let refused = insert(&["Customer", wrong]).await.unwrap_err();
            assert_eq!((refused.code(), refused.status()), (Code::RoleDefaultRoleMissing, 400));
            assert_eq!(refused.data(), Some(&json!({"roleNames": [wrong]})));
        }
        let all = admin.get("/api/users").await.expect(200);
        assert_eq!(all.header("total-number"), Some("1"), "nobody is half-made");
    }
}
