//! Administering without a token.

use super::{Tester, refused};
use http::Method;
use serde_json::json;
use soleira_testkit::{in_sandbox, on_both_engines};

in_sandbox! {
    async fn whoever_says_so_administers_either_tenant(server) {
        for tester in [Tester::of(server), Tester::of_admin(server)] {
            tester.get("/api/applications").await.expect(200);
            let role = json!({"name": "readers", "description": "Who read."});
            tester.post("/api/roles", role).await.expect(200);
        }
        let nobody_in_particular = Tester::taken_for(server.visitor(), "nobody-has-this-id");
        nobody_in_particular.get("/api/users").await.expect(200);
    }

    async fn a_token_comes_first(server) {
        let tester = Tester::of(server);
        let wrong = tester.0.get_as("/api/applications", "wrong").await;
        refused(wrong, 401, "auth.unauthorized");
    }

    async fn nobody_is_not_somebody(server) {
        let visitor = server.visitor();
        refused(visitor.get("/api/applications").await, 401, "auth.authorization_header_missing");
        visitor.always("development-user-id", "");
        refused(visitor.get("/api/applications").await, 401, "auth.authorization_header_missing");
    }

    async fn a_page_of_elsewhere_has_no_way_in(server) {
        let visitor = server.visitor();
        visitor.always("origin", "https://evil.example");
        visitor.always("access-control-request-method", "DELETE");
        visitor.always("access-control-request-headers", "development-user-id");
        let preflight = visitor.send_json(Method::OPTIONS, "/api/users/x", None, &json!({})).await;
        assert_eq!(preflight.header("access-control-allow-origin"), None);
        assert_eq!(preflight.header("access-control-allow-headers"), None);
    }

    async fn it_leads_to_the_management_api_only(server) {
        let admin = Tester::of_admin(server);
        let console = admin.get("/console/users").await;
        assert_ne!(console.status(), 200, "{console:?}");
        let user_info = Tester::of(server).get("/oidc/me").await;
        assert_ne!(user_info.status(), 200, "{user_info:?}");
    }
}

on_both_engines! {
    async fn it_is_closed_outside_of_the_sandbox(server) {
        for tester in [Tester::of(server), Tester::of_admin(server)] {
            refused(tester.get("/api/applications").await, 401, "auth.authorization_header_missing");
        }
    }
}
