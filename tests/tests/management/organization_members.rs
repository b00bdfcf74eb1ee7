//! Users and machines in organizations, and the roles that they hold there.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_store::changes;
use soleira_testkit::{TestServer, on_both_engines};

const FOREIGN_KEY: &str = "entity.relation_foreign_key_not_found";
const CONSTRAINT: &str = "entity.db_constraint_violated";
const NO_MEMBER: &str = "organization.require_membership";

fn ids(rows: &Value) -> Vec<String> {
    let mut ids: Vec<String> = rows.as_array().unwrap().iter().map(|row| text(row, "id")).collect();
    ids.sort_unstable();
    ids
}

fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    ids.sort_unstable();
    ids
}

/// How often the history tells of a kind of row of an organization.
async fn changes_of(server: &TestServer, entity: &str, organization: &str) -> i64 {
    let ctx = server.system();
    let count = changes::count(
        &mut ctx.read().await.unwrap().tx(),
        &ctx.tenant.id,
        entity,
        organization,
    )
    .await;
    count.unwrap()
}

on_both_engines! {
    async fn users_come_and_go(server) {
        let admin = Admin::of(server).await;
        let id = admin.organization("Acme").await;
        let path = format!("/api/organizations/{id}/users");
        let ana = admin.user(json!({"username": "ana", "name": "Ana", "password": "correct horse"})).await;
        let bia = admin.user(json!({"username": "bia"})).await;
        let added = admin.post(&path, json!({"userIds": [ana, ana]})).await.expect(201).json();
        assert_eq!(added, json!({"userIds": [ana, ana]}), "as it was sent");
        admin.post(&path, json!({"userIds": [ana, bia]})).await.expect(201);
        let page = admin.get(&path).await.expect(200);
        assert_eq!(page.header("total-number"), Some("2"));
        let listed: Vec<String> = page.json().as_array().unwrap().iter().map(|row| text(row, "id")).collect();
        assert_eq!(listed, sorted(&[&ana, &bia]), "by identifier");
        let row = page.json().as_array().unwrap().iter().find(|row| row["id"] == ana.as_str()).unwrap().clone();
        assert_eq!(
            row.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["id", "username", "primaryEmail", "primaryPhone", "name", "avatar", "customData", "identities",
             "lastSignInAt", "createdAt", "updatedAt", "profile", "applicationId", "cimdClientId", "isSuspended",
             "organizationRoles"]
        );
        assert_eq!(row["organizationRoles"], json!([]));
        assert!(ids(&admin.get(&format!("{path}?q=AN")).await.json()).contains(&ana));
        assert_eq!(admin.get(&format!("{path}?q=%25")).await.json(), json!([]));
        assert_eq!(ids(&admin.get(&format!("/api/users?excludeOrganizationId={id}")).await.json()), Vec::<String>::new());

        admin.put(&path, json!({"userIds": [bia]})).await.expect(204);
        assert_eq!(ids(&admin.get(&path).await.json()), std::slice::from_ref(&bia));
        refused(admin.put(&path, json!({"userIds": [ana, "nobody"]})).await, 422, FOREIGN_KEY);
        assert_eq!(ids(&admin.get(&path).await.json()), std::slice::from_ref(&bia), "all or nothing");
        admin.delete(&format!("{path}/{bia}")).await.expect(204);
        refused(admin.delete(&format!("{path}/{bia}")).await, 404, "entity.not_found");
        admin.put(&path, json!({"userIds": []})).await.expect(204);
        // Ana in, Bia in, Ana out, Bia out: repetitions are no changes.
        assert_eq!(changes_of(server, "organization_user", &id).await, 4);

        refused(admin.post(&path, json!({"userIds": ["nobody"]})).await, 422, FOREIGN_KEY);
        refused_field(admin.post(&path, json!({"userIds": []})).await, &json!(["userIds"]));
        refused_field(admin.post(&path, json!({"userIds": [""]})).await, &json!(["userIds", 0]));
        refused_field(admin.post(&path, json!({})).await, &json!(["userIds"]));
        refused_field(admin.post(&path, json!({"userIds": vec!["x"; 10_001]})).await, &json!(["userIds"]));
        let nowhere = "/api/organizations/nowhere/users";
        assert_eq!(admin.get(nowhere).await.expect(200).json(), json!([]));
        refused(admin.post(nowhere, json!({"userIds": [ana]})).await, 422, FOREIGN_KEY);
        refused(admin.put(nowhere, json!({"userIds": []})).await, 422, FOREIGN_KEY);
        refused(admin.delete(&format!("{nowhere}/{ana}")).await, 404, "entity.not_found");
    }

    async fn a_member_is_given_roles(server) {
        let admin = Admin::of(server).await;
        let id = admin.organization("Acme").await;
        let ana = admin.user(json!({"username": "ana"})).await;
        admin.post(&format!("/api/organizations/{id}/users"), json!({"userIds": [ana]})).await.expect(201);
        let (reader, editor) = (admin.organization_role("reader", "User").await, admin.organization_role("editor", "User").await);
        let machine = admin.organization_role("machine", "MachineToMachine").await;
        let path = format!("/api/organizations/{id}/users/{ana}/roles");

        let given = admin.post(&path, json!({"organizationRoleIds": [reader], "organizationRoleNames": ["editor", "reader"]})).await;
        assert_eq!(given.expect(201).json(), json!({"organizationRoleIds": [reader, editor]}));
        let listed = admin.get(&path).await.expect(200);
        assert_eq!(listed.header("total-number"), None);
        assert_eq!(listed.json()[0], json!({"tenantId": "default", "id": editor, "name": "editor", "description": null, "type": "User"}));
        let page = admin.get(&format!("{path}?page=2&page_size=1")).await.expect(200);
        assert_eq!((page.header("total-number"), ids(&page.json())), (Some("2"), vec![reader.clone()]));
        let members = format!("/api/organizations/{id}/users");
        assert_eq!(
            admin.get(&members).await.json()[0]["organizationRoles"],
            json!([{"id": editor, "name": "editor"}, {"id": reader, "name": "reader"}])
        );
        assert_eq!(ids(&admin.get(&format!("{members}?organizationRoleId={reader}")).await.json()), std::slice::from_ref(&ana));

        admin.put(&path, json!({"organizationRoleNames": ["reader"]})).await.expect(204);
        assert_eq!(ids(&admin.get(&path).await.json()), std::slice::from_ref(&reader));
        assert_eq!(admin.get(&format!("{members}?organizationRoleId={editor}")).await.json(), json!([]));
        // Who stays in the organization keeps their roles.
        admin.put(&members, json!({"userIds": [ana]})).await.expect(204);
        assert_eq!(ids(&admin.get(&path).await.json()), std::slice::from_ref(&reader));
        admin.delete(&format!("{path}/{reader}")).await.expect(204);
        refused(admin.delete(&format!("{path}/{reader}")).await, 404, "entity.not_found");
        admin.post(&path, json!({})).await.expect(201);
        admin.put(&path, json!({})).await.expect(204);
        assert_eq!(admin.get(&path).await.json(), json!([]));

        refused(admin.post(&path, json!({"organizationRoleIds": [machine]})).await, 422, CONSTRAINT);
        refused(admin.put(&path, json!({"organizationRoleIds": [reader, machine]})).await, 422, CONSTRAINT);
        refused(admin.post(&path, json!({"organizationRoleIds": [reader, "nothing"]})).await, 422, FOREIGN_KEY);
        refused(admin.post(&path, json!({"organizationRoleNames": ["nothing"]})).await, 422, "organization.role_names_not_found");
        refused_field(admin.post(&path, json!({"organizationRoleNames": [""]})).await, &json!(["organizationRoleNames", 0]));
        assert_eq!(admin.get(&path).await.json(), json!([]), "nothing was given");

        let bia = admin.user(json!({"username": "bia"})).await;
        for stranger in [bia.as_str(), "nobody"] {
            let path = format!("/api/organizations/{id}/users/{stranger}/roles");
            refused(admin.get(&path).await, 422, NO_MEMBER);
            refused(admin.post(&path, json!({"organizationRoleIds": [reader]})).await, 422, NO_MEMBER);
            refused(admin.put(&path, json!({"organizationRoleIds": []})).await, 422, NO_MEMBER);
            refused(admin.delete(&format!("{path}/{reader}")).await, 422, NO_MEMBER);
            let scopes = admin.get(&format!("/api/organizations/{id}/users/{stranger}/scopes")).await;
            assert_eq!(scopes.expect(200).json(), json!([]));
        }
    }

    async fn many_are_given_roles_at_once(server) {
        let admin = Admin::of(server).await;
        let id = admin.organization("Acme").await;
        let members = format!("/api/organizations/{id}/users");
        let (ana, bia) = (admin.user(json!({"username": "ana"})).await, admin.user(json!({"username": "bia"})).await);
        let stranger = admin.user(json!({"username": "caio"})).await;
        admin.post(&members, json!({"userIds": [ana, bia]})).await.expect(201);
        let (reader, editor) = (admin.organization_role("reader", "User").await, admin.organization_role("editor", "User").await);
        let machine = admin.organization_role("machine", "MachineToMachine").await;
        let path = format!("{members}/roles");
        let body = |users: &[&String], roles: &[&String]| json!({"userIds": users, "organizationRoleIds": roles});
        assert!(admin.post(&path, body(&[&ana, &bia], &[&reader, &editor])).await.expect(201).body().is_empty());
        for row in admin.get(&members).await.json().as_array().unwrap() {
            assert_eq!(row["organizationRoles"].as_array().unwrap().len(), 2);
        }
        admin.post(&path, body(&[&ana], &[&reader])).await.expect(201);
        refused(admin.post(&path, body(&[&stranger], &[&reader])).await, 422, FOREIGN_KEY);
        refused(admin.post(&path, body(&[&ana], &[&"nothing".to_owned()])).await, 422, FOREIGN_KEY);
        refused(admin.post(&path, body(&[&ana], &[&machine])).await, 422, CONSTRAINT);
        refused_field(admin.post(&path, body(&[], &[&reader])).await, &json!(["userIds"]));
        refused_field(admin.post(&path, body(&[&ana], &[])).await, &json!(["organizationRoleIds"]));
        refused_field(
            admin.post(&path, json!({"userIds": vec!["x"; 10_000], "organizationRoleIds": vec!["y"; 11]})).await,
            &json!(["organizationRoleIds"]),
        );
    }

    async fn a_members_permissions_follow_their_roles(server) {
        let admin = Admin::of(server).await;
        let (id, other) = (admin.organization("Acme").await, admin.organization("Other").await);
        let ana = admin.user(json!({"username": "ana"})).await;
        for organization in [&id, &other] {
            admin.post(&format!("/api/organizations/{organization}/users"), json!({"userIds": [ana]})).await.expect(201);
        }
        let (read, write) = (admin.organization_scope("read").await, admin.organization_scope("write").await);
        let role = |name: &'static str, scopes: Vec<String>| {
            let admin = &admin;
            async move {
                let body = json!({"name": name, "organizationScopeIds": scopes});
                text(&admin.post("/api/organization-roles", body).await.expect(201).json(), "id")
            }
        };
        let (reader, editor) = (role("reader", vec![read.clone()]).await, role("editor", vec![read.clone(), write.clone()]).await);
        let roles = format!("/api/organizations/{id}/users/{ana}/roles");
        let scopes = |organization: &str| format!("/api/organizations/{organization}/users/{ana}/scopes");
        admin.post(&roles, json!({"organizationRoleIds": [reader, editor]})).await.expect(201);
        let given = admin.get(&scopes(&id)).await.expect(200).json();
        assert_eq!(given, json!([
            {"tenantId": "default", "id": read, "name": "read", "description": null},
            {"tenantId": "default", "id": write, "name": "write", "description": null},
        ]));
        assert_eq!(admin.get(&scopes(&other)).await.json(), json!([]));
        admin.delete(&format!("/api/organization-roles/{editor}")).await.expect(204);
        assert_eq!(ids(&admin.get(&scopes(&id)).await.json()), [read]);
        assert_eq!(ids(&admin.get(&roles).await.json()), [reader]);
    }

    async fn a_role_keeps_its_type_while_it_is_held(server) {
        let admin = Admin::of(server).await;
        let id = admin.organization("Acme").await;
        let ana = admin.user(json!({"username": "ana"})).await;
        admin.post(&format!("/api/organizations/{id}/users"), json!({"userIds": [ana]})).await.expect(201);
        let reader = admin.organization_role("reader", "User").await;
        let held = format!("/api/organizations/{id}/users/{ana}/roles");
        admin.post(&held, json!({"organizationRoleIds": [reader]})).await.expect(201);
        let role = format!("/api/organization-roles/{reader}");
        refused(admin.patch(&role, json!({"type": "MachineToMachine"})).await, 422, CONSTRAINT);
        admin.patch(&role, json!({"type": "User", "name": "renamed"})).await.expect(200);
        admin.put(&held, json!({})).await.expect(204);
        admin.patch(&role, json!({"type": "MachineToMachine"})).await.expect(200);
    }

    async fn whoever_leaves_loses_what_they_held(server) {
        let admin = Admin::of(server).await;
        let id = admin.organization("Acme").await;
        let members = format!("/api/organizations/{id}/users");
        let ana = admin.user(json!({"username": "ana"})).await;
        let reader = admin.organization_role("reader", "User").await;
        let roles = format!("{members}/{ana}/roles");
        let join = || async {
            admin.post(&members, json!({"userIds": [ana]})).await.expect(201);
            let held = admin.get(&roles).await.expect(200).json();
            admin.post(&roles, json!({"organizationRoleIds": [reader]})).await.expect(201);
            held
        };
        join().await;
        admin.delete(&format!("{members}/{ana}")).await.expect(204);
        assert_eq!(join().await, json!([]), "nothing of before comes back");
        admin.put(&members, json!({"userIds": []})).await.expect(204);
        assert_eq!(join().await, json!([]));
        admin.delete(&format!("/api/users/{ana}")).await.expect(204);
        assert_eq!(admin.get(&members).await.expect(200).json(), json!([]));
        admin.delete(&format!("/api/organizations/{id}")).await.expect(204);
    }

    async fn machines_come_and_go_with_their_roles(server) {
        let admin = Admin::of(server).await;
        let id = admin.organization("Acme").await;
        let path = format!("/api/organizations/{id}/applications");
        let (cli, job) = (admin.application("cli", "MachineToMachine").await, admin.application("job", "MachineToMachine").await);
        let web = admin.application("web", "Traditional").await;
        assert!(admin.post(&path, json!({"applicationIds": [cli, cli]})).await.expect(201).body().is_empty());
        admin.put(&path, json!({"applicationIds": [cli, job]})).await.expect(204);
        let page = admin.get(&path).await.expect(200);
        assert_eq!((page.header("total-number"), ids(&page.json())), (Some("2"), sorted(&[&cli, &job])));
        assert_eq!(ids(&admin.get(&format!("{path}?q=CLI")).await.json()), std::slice::from_ref(&cli));
        let outside = ids(&admin.get(&format!("/api/applications?excludeOrganizationId={id}")).await.expect(200).json());
        assert!(outside.contains(&web) && !outside.contains(&cli), "{outside:?}");
        for bad in [&web, &"admin-console".to_owned()] {
            let code = if *bad == web { CONSTRAINT } else { FOREIGN_KEY };
            refused(admin.post(&path, json!({"applicationIds": [bad]})).await, 422, code);
            refused(admin.put(&path, json!({"applicationIds": [cli, bad]})).await, 422, code);
        }
        refused_field(admin.post(&path, json!({"applicationIds": []})).await, &json!(["applicationIds"]));
        assert_eq!(admin.get("/api/organizations/nowhere/applications").await.expect(200).json(), json!([]));

        let (worker, person) = (admin.organization_role("worker", "MachineToMachine").await, admin.organization_role("person", "User").await);
        let roles = format!("{path}/{cli}/roles");
        assert!(admin.post(&roles, json!({"organizationRoleIds": [worker]})).await.expect(201).body().is_empty());
        assert_eq!(ids(&admin.get(&roles).await.expect(200).json()), std::slice::from_ref(&worker));
        assert_eq!(admin.get(&format!("{roles}?page=1")).await.expect(200).header("total-number"), Some("1"));
        admin.put(&roles, json!({"organizationRoleIds": [worker]})).await.expect(204);
        refused(admin.post(&roles, json!({"organizationRoleIds": [person]})).await, 422, CONSTRAINT);
        refused(admin.put(&roles, json!({"organizationRoleIds": ["nothing"]})).await, 422, FOREIGN_KEY);
        for page in [
            admin.post(&roles, json!({"organizationRoleIds": []})).await, admin.put(&roles, json!({"organizationRoleIds": []})).await,
            admin.post(&roles, json!({"organizationRoleNames": ["worker"]})).await,
        ] {
            refused_field(page, &json!(["organizationRoleIds"]));
        }
        let row = admin.get(&format!("{path}?q=cli")).await.json()[0].clone();
        assert_eq!(row["organizationRoles"], json!([{"id": worker, "name": "worker"}]));
        assert_eq!((&row["type"], row.get("secret")), (&json!("MachineToMachine"), None));

        let many = format!("{path}/roles");
        admin.post(&many, json!({"applicationIds": [job, cli], "organizationRoleIds": [worker]})).await.expect(201);
        refused(admin.post(&many, json!({"applicationIds": [web], "organizationRoleIds": [worker]})).await, 422, FOREIGN_KEY);
        admin.delete(&format!("{roles}/{worker}")).await.expect(204);
        refused(admin.delete(&format!("{roles}/{worker}")).await, 404, "entity.not_found");
        admin.delete(&format!("{path}/{cli}")).await.expect(204);
        refused(admin.delete(&format!("{path}/{cli}")).await, 404, "entity.not_found");
        refused(admin.get(&roles).await, 422, NO_MEMBER);
        refused(admin.post(&roles, json!({"organizationRoleIds": [worker]})).await, 422, NO_MEMBER);
        refused(admin.put(&roles, json!({"organizationRoleIds": [worker]})).await, 422, NO_MEMBER);
        refused(admin.delete(&format!("{roles}/{worker}")).await, 422, NO_MEMBER);
    }

    async fn members_see_their_organizations(server) {
        let admin = Admin::of(server).await;
        let older = text(&admin.post("/api/organizations", json!({"name": "Older", "createdAt": 1})).await.expect(201).json(), "id");
        let newer = text(&admin.post("/api/organizations", json!({"name": "Newer", "createdAt": 2})).await.expect(201).json(), "id");
        admin.organization("Elsewhere").await;
        let ana = admin.user(json!({"username": "ana"})).await;
        let cli = admin.application("cli", "MachineToMachine").await;
        let (reader, worker) = (admin.organization_role("reader", "User").await, admin.organization_role("worker", "MachineToMachine").await);
        for id in [&older, &newer] {
            admin.post(&format!("/api/organizations/{id}/users"), json!({"userIds": [ana]})).await.expect(201);
            admin.post(&format!("/api/organizations/{id}/applications"), json!({"applicationIds": [cli]})).await.expect(201);
        }
        let body = json!({"organizationRoleIds": [reader]});
        admin.post(&format!("/api/organizations/{older}/users/{ana}/roles"), body).await.expect(201);
        let body = json!({"organizationRoleIds": [worker]});
        admin.post(&format!("/api/organizations/{newer}/applications/{cli}/roles"), body).await.expect(201);

        let of_ana = admin.get(&format!("/api/users/{ana}/organizations")).await.expect(200);
        assert_eq!(of_ana.header("total-number"), None);
        let of_ana = of_ana.json();
        assert_eq!((&of_ana[0]["id"], &of_ana[0]["organizationRoles"]), (&json!(newer), &json!([])));
        assert_eq!(
            (&of_ana[1]["id"], &of_ana[1]["organizationRoles"], &of_ana[1]["isMfaRequired"]),
            (&json!(older), &json!([{"id": reader, "name": "reader"}]), &json!(false))
        );
        let path = format!("/api/applications/{cli}/organizations");
        assert_eq!(admin.get(&path).await.expect(200).json().as_array().unwrap().len(), 2);
        let page = admin.get(&format!("{path}?page_size=1")).await.expect(200);
        assert_eq!(page.header("total-number"), Some("2"));
        assert_eq!(page.json()[0]["organizationRoles"], json!([{"id": worker, "name": "worker"}]));
        refused(admin.get("/api/users/nobody/organizations").await, 404, "entity.not_found");
        refused(admin.get("/api/applications/nobody/organizations").await, 404, "entity.not_exists_with_id");
    }
}
