//! What holds for every operation: who may call, pages, entity tags, methods, the description.

use super::{Admin, refused, refused_field, text};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
use soleira_directory::applications;
use soleira_testkit::on_both_engines;

on_both_engines! {
    async fn without_a_token_nothing_is_told(server) {
        let visitor = server.visitor();
        refused(visitor.get("/api/users").await, 401, "auth.authorization_header_missing");
        refused(visitor.get_as("/api/users", "nonsense").await, 401, "auth.unauthorized");
        for (method, path) in [
            (Method::GET, "/api/applications"), (Method::POST, "/api/users"), (Method::GET, "/api/connectors"),
            (Method::PATCH, "/api/sign-in-exp"), (Method::GET, "/api/connector-factories"), (Method::GET, "/api/roles"),
        ] {
            let page = visitor.send_json(method, path, None, &json!({})).await;
            refused(page, 401, "auth.authorization_header_missing");
        }
        visitor.get("/api/status").await.expect(204);
    }

    async fn a_token_of_one_tenant_does_not_open_another(server) {
        let admin = Admin::of(server).await;
        admin.get("/api/users").await.expect(200);
        let elsewhere = server.administrator();
        refused(elsewhere.get_as("/api/users", &admin.token).await, 401, "auth.unauthorized");
    }

    async fn lists_come_in_pages(server) {
        let admin = Admin::of(server).await;
        for number in 0..5 {
            admin.user(json!({"username": format!("ana{number}")})).await;
        }
        let page = admin.get("/api/users?search=%25ana%25&page=2&page_size=2").await.expect(200);
        assert_eq!(page.header("total-number"), Some("5"));
        let links: Vec<&str> = page.headers().get_all("link").iter().map(|value| value.to_str().unwrap()).collect();
        let link = |number: u8, rel: &str| {
            format!("<http://localhost:3001/api/users?search=%25ana%25&page={number}&page_size=2>; rel=\"{rel}\"")
        };
        assert_eq!(links, [link(1, "first"), link(1, "prev"), link(3, "last"), link(3, "next")]);
        let names: Vec<String> = page.json().as_array().unwrap().iter().map(|user| text(user, "username")).collect();
        assert_eq!(names.len(), 2);
        for bad in ["page=0", "page=x", "page_size=101", "page_size=-1"] {
            refused(admin.get(&format!("/api/users?{bad}")).await, 400, "guard.invalid_pagination");
        }
        // Where pages are optional, all rows come without the headers of pages.
        let all = admin.get("/api/applications").await.expect(200);
        assert_eq!((all.header("total-number"), all.header("link")), (None, None));
        assert_eq!(admin.get("/api/applications?page_size=1").await.expect(200).header("total-number"), Some("1"));
    }

    async fn answers_carry_entity_tags(server) {
        let admin = Admin::of(server).await;
        let first = admin.get("/api/sign-in-exp").await.expect(200);
        let tag = first.header("etag").unwrap().to_owned();
        admin.visitor.always("if-none-match", &tag);
        assert!(admin.get("/api/sign-in-exp").await.expect(304).body().is_empty());
    }

    async fn paths_and_methods_that_are_not_there(server) {
        let admin = Admin::of(server).await;
        admin.get("/api/nothing").await.expect(404);
        let page = admin.put("/api/users", json!({})).await.expect(405);
        assert!(page.header("allow").unwrap().contains("GET"));
    }

    async fn bodies_that_are_no_json(server) {
        let admin = Admin::of(server).await;
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::try_from(format!("Bearer {}", admin.token)).unwrap());
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let url = admin.visitor.resolve("/api/users");
        let send = |body: &'static str| admin.visitor.send(Method::POST, url.clone(), headers.clone(), body.into());
        assert!(send("{").await.expect(400).json()["message"].is_string());
        refused(send(r#"{"name": "a\u0000b"}"#).await, 400, "guard.invalid_input");
        refused(admin.get("/api/users?search=%00").await, 400, "guard.invalid_input");
        admin.get("/api/users/a%00b").await.expect(400);
    }

    async fn the_description_names_what_answers(server) {
        let visitor = server.visitor();
        let document = visitor.get("/api/.well-known/management.openapi.json").await.expect(200).json();
        assert_eq!(document["openapi"], "3.0.1");
        assert_eq!(document["paths"]["/api/users"]["get"]["operationId"], "ListUsers");
        assert_eq!(visitor.get("/api/swagger.json").await.expect(200).json(), document);
    }

    async fn the_administrators_tenant_says_where_the_others_are(server) {
        let admin = server.administrator();
        let found = admin.get("/api/.well-known/endpoints/default").await.expect(200).json();
        assert_eq!(found, json!({"user": "http://localhost:3001"}));
        refused(admin.get("/api/.well-known/endpoints/nobody").await, 404, "entity.not_found");
        server.visitor().get("/api/.well-known/endpoints/default").await.expect(404);
    }

    async fn settings_of_the_console_and_of_sessions(server) {
        let admin = Admin::of(server).await;
        let console = "/api/configs/admin-console";
        let start = json!({"signInExperienceCustomized": false, "organizationCreated": false});
        assert_eq!(admin.get(console).await.expect(200).json(), start);
        let changed = admin.patch(console, json!({"signInExperienceCustomized": true, "unknown": 1})).await.expect(200);
        assert_eq!(changed.json(), json!({"signInExperienceCustomized": true, "organizationCreated": false}));
        let session = "/api/configs/oidc/session";
        assert_eq!(admin.get(session).await.expect(200).json(), json!({"ttl": 1_209_600}));
        assert_eq!(admin.patch(session, json!({"ttl": 60})).await.expect(200).json(), json!({"ttl": 60}));
        assert_eq!(admin.get(session).await.expect(200).json(), json!({"ttl": 60}));
        refused_field(admin.patch(session, json!({"ttl": 0})).await, &json!(["ttl"]));
    }

    async fn the_administrators_tenant_administers_the_others(server) {
        let ctx = server.system().of(server.admin_tenant().clone());
        let secret = applications::secrets(&ctx, &"m-default".into()).await.unwrap().remove(0).value;
        let visitor = server.visitor();
        let address = format!("{}/oidc/token", server.admin_origin());
        let token = async |resource| {
            let fields = [("grant_type", "client_credentials"), ("resource", resource), ("scope", "all")];
            visitor.post_form_as_client(&address, "m-default", &secret, &fields).await
        };
        let issued = token("https://default.logto.app/api").await.expect(200).json();
        visitor.get_as("/api/users", &text(&issued, "access_token")).await.expect(200);
        // For its own tenant it has no leave.
        let other = token("https://admin.logto.app/api").await.expect(200).json();
        refused(visitor.get_as("/api/users", &text(&other, "access_token")).await, 401, "auth.unauthorized");
        let own = server.administrator().get_as("/api/users", &text(&other, "access_token")).await;
        refused(own, 403, "auth.forbidden");
    }
}
