//! What both tenants of a sandbox hold.

use super::{Tester, each, text};
use soleira_directory::tenants;
use soleira_testkit::in_sandbox;

in_sandbox! {
    async fn the_tenant_of_the_applications(server) {
        let tester = Tester::of(server);
        let resources = tester.get("/api/resources").await.expect(200).json();
        assert_eq!(each(&resources, "id"), ["management-api"]);
        assert_eq!(each(&resources, "indicator"), ["https://default.logto.app/api"]);
        let scopes = tester.get("/api/resources/management-api/scopes").await.expect(200).json();
        assert_eq!((each(&scopes, "id"), each(&scopes, "name")), (vec!["management-api-all"], vec!["all"]));
        let roles = tester.get("/api/roles").await.expect(200).json();
        assert_eq!(each(&roles, "name"), ["Logto Management API access"], "the internal role is not listed");
        assert_eq!(roles[0]["type"], "MachineToMachine");
        for path in ["/api/users", "/api/connectors", "/api/applications"] {
            assert_eq!(tester.get(path).await.expect(200).json(), serde_json::json!([]), "{path}");
        }
        let experience = tester.get("/api/sign-in-exp").await.expect(200).json();
        assert_eq!(experience["signUp"]["identifiers"], serde_json::json!(["username"]));
        assert_eq!(experience["mfa"]["factors"], serde_json::json!([]));
        let key = &tester.get("/oidc/jwks").await.expect(200).json()["keys"][0];
        assert_eq!((text(key, "crv"), text(key, "alg")), ("P-384".to_owned(), "ES384".to_owned()));
    }

    async fn the_tenant_of_the_administrators(server) {
        let tester = Tester::of_admin(server);
        let has = |list: &[&str], wanted: &[&str]| {
            for name in wanted {
                assert!(list.contains(name), "{name} is not among {list:?}");
            }
        };
        let applications = tester.get("/api/applications").await.expect(200).json();
        has(&each(&applications, "id"), &["admin-console", "m-default", "m-admin"]);
        has(&each(&applications, "name"), &["Cloud Service"]);
        let resources = tester.get("/api/resources").await.expect(200).json();
        has(
            &each(&resources, "indicator"),
            &[
                "https://default.logto.app/api", "https://admin.logto.app/api", "https://admin.logto.app/me",
                "https://cloud.logto.io/api",
            ],
        );
        let roles = tester.get("/api/roles").await.expect(200).json();
        has(
            &each(&roles, "name"),
            &["user", "default:admin", "machine:mapi:default", "machine:mapi:admin", "tenantApplication"],
        );
        let organizations = tester.get("/api/organizations").await.expect(200).json();
        has(&each(&organizations, "id"), &["t-default", "t-admin"]);
        let organization_roles = tester.get("/api/organization-roles").await.expect(200).json();
        has(&each(&organization_roles, "id"), &["admin", "collaborator"]);
    }

    async fn two_operators(server) {
        let tester = Tester::of_admin(server);
        let people = tester.get("/api/users").await.expect(200).json();
        let mut people: Vec<(&str, &str)> = each(&people, "id").into_iter().zip(each(&people, "username")).collect();
        people.sort_unstable();
        assert_eq!(people, [("test-1", "test1"), ("test-2", "test2")]);
        for id in ["test-1", "test-2"] {
            let roles = tester.get(&format!("/api/users/{id}/roles")).await.expect(200).json();
            assert!(each(&roles, "name").contains(&"default:admin"), "{roles}");
            let organizations = tester.get(&format!("/api/users/{id}/organizations")).await.expect(200).json();
            let mut organizations = each(&organizations, "id");
            organizations.sort_unstable();
            assert_eq!(organizations, ["t-admin", "t-default"]);
        }
    }

    async fn another_start_brings_back_what_is_missing_and_changes_nothing_else(server) {
        let tester = Tester::of_admin(server);
        tester.delete("/api/users/test-2").await.expect(204);
        tester.patch("/api/users/test-1", serde_json::json!({"name": "Somebody"})).await.expect(200);
        tenants::seed(&server.app).await.unwrap();
        assert_eq!(tester.get("/api/users/test-1").await.expect(200).json()["name"], "Somebody");
        assert_eq!(tester.get("/api/users/test-2").await.expect(200).json()["username"], "test2");
    }

    async fn built_in_clients_are_no_rows(server) {
        let tester = Tester::of(server);
        for id in ["demo-app", "device-demo-app", "account-center"] {
            let found = tester.get(&format!("/api/applications/{id}")).await.expect(200).json();
            assert_eq!(found["id"], id);
        }
        let demo = tester.get("/api/applications/demo-app").await.json();
        let redirect_uris = &demo["oidcClientMetadata"]["redirectUris"];
        assert_eq!(redirect_uris[0], "http://localhost:3001/demo-app");
    }

    async fn who_is_seeded_does_not_take_the_place_of_the_first_administrator(server) {
        let welcome = server.administrator().get("/console").await.follow_all().await;
        assert_eq!(welcome.url().path(), "/console/welcome");
    }
}
