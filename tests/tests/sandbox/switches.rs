//! What else a sandbox does differently, and what it does not.

use super::Tester;
use serde_json::json;
use soleira_testkit::{in_sandbox, on_both_engines};

in_sandbox! {
    async fn two_passwords_are_known_and_no_others(server) {
        let tester = Tester::of(server);
        let policy = json!({"passwordPolicy": {
            "length": {"min": 6, "max": 256}, "characterTypes": {"min": 1},
            "rejects": {"pwned": true, "repetitionAndSequence": false, "userInfo": false, "words": []},
        }});
        tester.patch("/api/sign-in-exp", policy).await.expect(200);
        let check = |password: &'static str| tester.post("/api/sign-in-exp/default/check-password", json!({"password": password}));
        for known in ["123456aA", "test_password"] {
            check(known).await.expect(400);
        }
        for free in ["password", "123456", "123456aa"] {
            check(free).await.expect(200);
        }
    }
}

on_both_engines! {
    async fn without_a_status_key_nobody_learns_the_tenant(server) {
        let visitor = server.visitor();
        visitor.always("logto-status-api-key", "");
        let status = visitor.get("/api/status").await.expect(204);
        assert_eq!(status.header("logto-tenant-id"), None);
    }
}
