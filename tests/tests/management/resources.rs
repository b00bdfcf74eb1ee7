//! API resources and their permissions, and the tokens that carry them.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_core::UserId;
use soleira_core::model::ApplicationType;
use soleira_store::changes;
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{Client, claims, code, register, walk};

/// The Management API of the tenant.
const MANAGEMENT: &str = "/api/resources/management-api";
const API: &str = "https://books.example.com/api";

impl Admin {
    /// Creates an API resource; its identifier.
    pub(super) async fn resource(&self, indicator: &str) -> String {
        let body = json!({"name": "Books", "indicator": indicator});
        text(&self.post("/api/resources", body).await.expect(201).json(), "id")
    }

    /// Creates a permission of an API resource; its identifier.
    pub(super) async fn scope(&self, resource: &str, name: &str) -> String {
        let path = format!("/api/resources/{resource}/scopes");
        text(&self.post(&path, json!({"name": name})).await.expect(201).json(), "id")
    }

    /// Creates a role with permissions; its identifier.
    pub(super) async fn role(&self, name: &str, kind: &str, scopes: &[&str]) -> String {
        let body = json!({"name": name, "description": "for tests", "type": kind, "scopeIds": scopes});
        text(&self.post("/api/roles", body).await.expect(200).json(), "id")
    }
}

/// The scope of a machine's token for a resource; absent without any.
async fn machine_scope(client: &Client, visitor: &Visitor, resource: &str, scope: &str) -> Value {
    let fields = [
        ("grant_type", "client_credentials"),
        ("resource", resource),
        ("scope", scope),
    ];
    let answer = client.token(visitor, &fields).await.expect(200).json();
    claims(&text(&answer, "access_token"))["scope"].clone()
}

/// Signs a person in to use a resource: the token response.
async fn signed_in(server: &TestServer, client: &Client, user: &UserId, resource: &str, scope: &str) -> Value {
    let visitor = server.visitor();
    let scope = format!("openid offline_access {scope}");
    let request = client.request(&[("scope", scope.as_str()), ("prompt", "consent"), ("resource", resource)]);
    let answer = walk(server, &visitor, client, user, &request).await;
    client.redeem(&visitor, &code(&answer)).await.expect(200).json()
}

async fn refreshed(client: &Client, visitor: &Visitor, token: &str, resource: &str) -> Page {
    client.refresh(visitor, token, &[("resource", resource)]).await
}

on_both_engines! {
    async fn a_resource_is_created_read_changed_and_deleted(server) {
        let admin = Admin::of(server).await;
        let body = json!({"name": "Books", "indicator": API, "tenantId": "admin", "isDefault": true});
        let created = admin.post("/api/resources", body).await.expect(201).json();
        let id = text(&created, "id");
        assert_eq!(id.len(), 21);
        assert_eq!(
            created,
            json!({"tenantId": "default", "id": id, "name": "Books", "indicator": API, "isDefault": false,
                "accessTokenTtl": 3600, "scopes": []})
        );
        let path = format!("/api/resources/{id}");
        assert!(admin.get(&path).await.expect(200).json().get("scopes").is_none());

        let patch = json!({"name": "Library", "accessTokenTtl": 60, "indicator": "https://other.example.com"});
        let changed = admin.patch(&path, patch).await.expect(200).json();
        assert_eq!((changed["name"].as_str(), changed["accessTokenTtl"].as_i64()), (Some("Library"), Some(60)));
        assert_eq!(changed["indicator"], API, "it never changes");
        assert_eq!(admin.patch(&path, json!({})).await.expect(200).json(), changed);

        admin.delete(&path).await.expect(204);
        for page in [
            admin.get(&path).await,
            admin.patch(&path, json!({"name": "x"})).await,
            admin.patch(&format!("{path}/is-default"), json!({"isDefault": true})).await,
            admin.delete(&path).await,
        ] {
            refused(page, 404, "entity.not_exists_with_id");
        }
        let mut reader = server.system().read().await.unwrap();
        let history = changes::count(&mut reader.tx(), &server.tenant().id, "resource", &id).await.unwrap();
        assert_eq!(history, 3, "made, changed once, deleted");
    }

    async fn indicators_are_absolute_uris_and_taken_once(server) {
        let admin = Admin::of(server).await;
        let create = |body: Value| async { admin.post("/api/resources", body).await };
        admin.resource(API).await;
        let taken = refused(
            create(json!({"name": "Again", "indicator": API})).await,
            422,
            "resource.resource_identifier_in_use",
        );
        assert!(text(&taken, "message").contains(API));
        for bad in [
            "",
            "books",
            "//books.example.com",
            "https://books.example.com/#part",
            "urn:logto:resource:organizations",
            "urn:logto:organization:o1",
            "https://another.logto.app/api",
        ] {
            refused_field(create(json!({"name": "Bad", "indicator": bad})).await, &json!(["indicator"]));
        }
        refused_field(create(json!({"indicator": "https://a.example.com"})).await, &json!(["name"]));
        refused_field(create(json!({"name": "", "indicator": "https://a.example.com"})).await, &json!(["name"]));
        for ttl in [json!(0), json!(-1), json!("3600")] {
            let body = json!({"name": "a", "indicator": "https://a.example.com", "accessTokenTtl": ttl});
            refused_field(create(body).await, &json!(["accessTokenTtl"]));
        }
        let listed = admin.get("/api/resources").await.expect(200).json();
        assert_eq!(listed.as_array().unwrap().len(), 2, "nothing else was created");
    }

    async fn lists_have_pages_if_asked_and_permissions_if_asked(server) {
        let admin = Admin::of(server).await;
        server.clock.advance_seconds(1);
        let books = admin.resource(API).await;
        let read = admin.scope(&books, "read").await;
        let all = admin.get("/api/resources").await.expect(200);
        assert!(all.header("total-number").is_none());
        let ids: Vec<String> = all.json().as_array().unwrap().iter().map(|row| text(row, "id")).collect();
        assert_eq!(ids, [books.as_str(), "management-api"]);
        assert!(all.json()[0].get("scopes").is_none());

        let page = admin.get("/api/resources?page=1&page_size=1&includeScopes=true").await.expect(200);
        assert_eq!(page.header("total-number"), Some("2"));
        assert_eq!(page.json().as_array().unwrap().len(), 1);
        assert_eq!(page.json()[0]["scopes"][0]["id"], read);
        let seeded = admin.get("/api/resources?includeScopes=1").await.expect(200).json()[1].clone();
        assert_eq!(seeded["scopes"][0]["name"], "all");
        refused(admin.get("/api/resources?page=0").await, 400, "guard.invalid_pagination");
    }

    async fn the_management_api_stays_as_it_is(server) {
        let admin = Admin::of(server).await;
        refused(admin.patch(MANAGEMENT, json!({"name": "x"})).await, 400, "resource.cannot_modify_management_api");
        refused(admin.delete(MANAGEMENT).await, 400, "resource.cannot_delete_management_api");
        let scopes = format!("{MANAGEMENT}/scopes");
        let modified = "resource.cannot_modify_management_api";
        refused(admin.post(&scopes, json!({"name": "more"})).await, 400, modified);
        refused(admin.patch(&format!("{scopes}/management-api-all"), json!({"name": "x"})).await, 400, modified);
        refused(admin.delete(&format!("{scopes}/management-api-all")).await, 400, modified);
        let listed = admin.get(&scopes).await.expect(200);
        assert_eq!((listed.header("total-number"), &listed.json()[0]["name"]), (Some("1"), &json!("all")));
    }

    async fn permissions_are_created_changed_searched_and_deleted(server) {
        let admin = Admin::of(server).await;
        let books = admin.resource(API).await;
        let path = format!("/api/resources/{books}/scopes");
        let body = json!({"name": "read:books", "description": "Read all books", "resourceId": "management-api"});
        let created = admin.post(&path, body).await.expect(201).json();
        let id = text(&created, "id");
        assert_eq!(
            created.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["tenantId", "id", "resourceId", "name", "description", "createdAt"]
        );
        assert_eq!(created["resourceId"], books);
        server.clock.advance_seconds(1);
        admin.scope(&books, "write:books").await;

        let names = |query: &str| {
            let (admin, path) = (&admin, format!("{path}{query}"));
            async move {
                let rows = admin.get(&path).await.expect(200).json();
                rows.as_array().unwrap().iter().map(|row| text(row, "name")).collect::<Vec<_>>()
            }
        };
        assert_eq!(names("").await, ["write:books", "read:books"], "newest first");
        assert_eq!(names("?search=%25READ%25").await, ["read:books"]);
        assert_eq!(names("?search.description=%25all%25").await, ["read:books"]);
        assert_eq!(admin.get(&format!("{path}?page_size=1")).await.expect(200).header("total-number"), Some("2"));
        refused(admin.get(&format!("{path}?search.resourceId=x")).await, 400, "request.invalid_input");

        refused(admin.post(&path, json!({"name": "read:books"})).await, 422, "scope.name_exists");
        for blank in ["read books", "read\tbooks", " "] {
            refused(admin.post(&path, json!({"name": blank})).await, 400, "scope.name_with_space");
        }
        refused_field(admin.post(&path, json!({"name": ""})).await, &json!(["name"]));
        refused_field(admin.post(&path, json!({"name": "a".repeat(257)})).await, &json!(["name"]));
        refused_field(admin.post(&path, json!({})).await, &json!(["name"]));

        let one = format!("{path}/{id}");
        let changed = admin.patch(&one, json!({"name": "browse"})).await.expect(200).json();
        assert_eq!((changed["name"].as_str(), &changed["description"]), (Some("browse"), &json!("Read all books")));
        assert_eq!(admin.patch(&one, json!({"description": null})).await.expect(200).json()["description"], Value::Null);
        refused(admin.patch(&one, json!({"name": "write:books"})).await, 422, "scope.name_exists");
        refused(admin.patch(&one, json!({"name": "a b"})).await, 400, "scope.name_with_space");

        // A permission is found through its own resource only.
        let other = admin.resource("https://other.example.com").await;
        let elsewhere = format!("/api/resources/{other}/scopes/{id}");
        refused(admin.patch(&elsewhere, json!({"name": "x"})).await, 404, "entity.not_exists");
        refused(admin.delete(&elsewhere).await, 404, "entity.not_found");
        admin.delete(&one).await.expect(204);
        refused(admin.delete(&one).await, 404, "entity.not_found");
        refused(admin.patch(&one, json!({"name": "x"})).await, 404, "entity.not_exists");
        refused(admin.post("/api/resources/nobody/scopes", json!({"name": "x"})).await, 404, "entity.not_exists_with_id");
        assert_eq!(admin.get("/api/resources/nobody/scopes").await.expect(200).json(), json!([]));
    }

    async fn one_resource_at_most_is_the_default(server) {
        let admin = Admin::of(server).await;
        let (books, music) = (admin.resource(API).await, admin.resource("https://music.example.com").await);
        let set = |id: &str, value: bool| {
            let (admin, path) = (&admin, format!("/api/resources/{id}/is-default"));
            async move { admin.patch(&path, json!({"isDefault": value})).await.expect(200).json() }
        };
        assert_eq!(set(&books, true).await["isDefault"], true);
        assert_eq!(set(&music, true).await["isDefault"], true);
        let defaults = |rows: &Value| -> Vec<String> {
            let rows = rows.as_array().unwrap().iter();
            rows.filter(|row| row["isDefault"] == true).map(|row| text(row, "id")).collect()
        };
        let listed = admin.get("/api/resources").await.expect(200).json();
        assert_eq!(defaults(&listed), [music.as_str()]);

        // Who names no resource gets a token for it, at once.
        let client = register(server, ApplicationType::MachineToMachine).await;
        let visitor = server.visitor();
        let ask = || client.token(&visitor, &[("grant_type", "client_credentials")]);
        let token = ask().await.expect(200).json();
        assert_eq!(claims(&text(&token, "access_token"))["aud"], "https://music.example.com");
        set(&books, false).await;
        assert_eq!(defaults(&admin.get("/api/resources").await.json()), [music.as_str()], "it was not the default");
        set(&music, false).await;
        assert_eq!(ask().await.expect(400).json()["error"], "invalid_target");
        refused_field(
            admin.patch(&format!("/api/resources/{books}/is-default"), json!({})).await,
            &json!(["isDefault"]),
        );
    }

    async fn two_defaults_at_once_leave_one(server) {
        let admin = Admin::of(server).await;
        let (books, music) = (admin.resource(API).await, admin.resource("https://music.example.com").await);
        for _ in 0..5 {
            let [a, b] = [&books, &music].map(|id| format!("/api/resources/{id}/is-default"));
            let (a, b) = tokio::join!(
                admin.patch(&a, json!({"isDefault": true})),
                admin.patch(&b, json!({"isDefault": true}))
            );
            a.expect(200);
            b.expect(200);
            let listed = admin.get("/api/resources").await.json();
            let count = listed.as_array().unwrap().iter().filter(|row| row["isDefault"] == true).count();
            assert_eq!(count, 1);
        }
    }

    async fn a_machine_gets_the_permissions_of_its_roles_and_loses_them(server) {
        let admin = Admin::of(server).await;
        let books = admin.resource(API).await;
        let (read, write) = (admin.scope(&books, "read").await, admin.scope(&books, "write").await);
        let role = admin.role("Reader", "MachineToMachine", &[&read]).await;
        let client = register(server, ApplicationType::MachineToMachine).await;
        let visitor = server.visitor();
        let scope = || machine_scope(&client, &visitor, API, "read write unknown");
        assert_eq!(scope().await, Value::Null, "nothing without a role");

        admin.post(&format!("/api/roles/{role}/applications"), json!({"applicationIds": [client.id]})).await.expect(201);
        assert_eq!(scope().await, "read");
        admin.post(&format!("/api/roles/{role}/scopes"), json!({"scopeIds": [write]})).await.expect(201);
        assert_eq!(scope().await, "read write");
        admin.delete(&format!("/api/roles/{role}/scopes/{read}")).await.expect(204);
        assert_eq!(scope().await, "write");
        admin.patch(&format!("/api/resources/{books}"), json!({"accessTokenTtl": 60})).await.expect(200);
        let fields = [("grant_type", "client_credentials"), ("resource", API)];
        assert_eq!(client.token(&visitor, &fields).await.expect(200).json()["expires_in"], 60);
        admin.delete(&format!("/api/roles/{role}/applications/{}", client.id)).await.expect(204);
        assert_eq!(scope().await, Value::Null);

        admin.put(&format!("/api/applications/{}/roles", client.id), json!({"roleIds": [role]})).await.expect(200);
        assert_eq!(scope().await, "write");
        admin.delete(&format!("/api/resources/{books}/scopes/{write}")).await.expect(204);
        assert_eq!(scope().await, Value::Null);
        admin.delete(&format!("/api/resources/{books}")).await.expect(204);
        assert_eq!(client.token(&visitor, &fields).await.expect(400).json()["error"], "invalid_target");
    }

    async fn a_person_gets_the_permissions_of_their_roles_and_loses_them(server) {
        let admin = Admin::of(server).await;
        let books = admin.resource(API).await;
        let (read, write) = (admin.scope(&books, "read").await, admin.scope(&books, "write").await);
        let reader = admin.role("Reader", "User", &[&read]).await;
        let writer = admin.role("Writer", "User", &[&write]).await;
        let user = admin.user(json!({"username": "ana"})).await;
        let roles = format!("/api/users/{user}/roles");
        admin.post(&roles, json!({"roleIds": [reader, writer]})).await.expect(201);

        let client = register(server, ApplicationType::Traditional).await;
        let visitor = server.visitor();
        let tokens = signed_in(server, &client, &UserId(user.clone()), API, "read write unknown").await;
        let mut refresh_token = text(&tokens, "refresh_token");
        let mut scope = async || {
            let tokens = refreshed(&client, &visitor, &refresh_token, API).await.expect(200).json();
            refresh_token = text(&tokens, "refresh_token");
            let access = claims(&text(&tokens, "access_token"));
            assert_eq!((&access["aud"], &access["scope"]), (&json!(API), &tokens["scope"]));
            text(&access, "scope")
        };
        assert_eq!(scope().await, "read write");
        admin.put(&roles, json!({"roleIds": [reader]})).await.expect(200);
        assert_eq!(scope().await, "read");
        admin.delete(&format!("{roles}/{reader}")).await.expect(204);
        assert_eq!(scope().await, "");
        admin.post(&format!("/api/roles/{writer}/users"), json!({"userIds": [user]})).await.expect(201);
        assert_eq!(scope().await, "write", "what was granted counts again");
        admin.delete(&format!("/api/roles/{writer}")).await.expect(204);
        assert_eq!(scope().await, "");
    }
}
