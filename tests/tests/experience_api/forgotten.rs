//! Replacing a forgotten password.

use super::*;
use soleira_testkit::in_sandbox;

const NEW: &str = "cobalt tiles on the wall";

in_sandbox! {
    async fn a_forgotten_password_is_replaced_with_a_code(server) {
        allow_codes(server).await;
        let ana = user(server, "ana", PHONE).await;
        for (identifier, password) in [(email(EMAIL), NEW), (phone(PHONE), PASSWORD)] {
            let client = Client::begins(server, "ForgotPassword").await;
            let id = client.prove(server, identifier.clone(), "ForgotPassword").await;
            client.identify(&id).await.expect(204);
            refused(client.submit().await, 422, "user.new_password_required_in_profile");
            let weak = client.put("/profile/password", json!({ "password": "aaaa" })).await;
            refused(weak, 422, "password.rejected");
            server.clock.advance_seconds(1);
            client.put("/profile/password", json!({ "password": password })).await.expect(204);
            assert_eq!(client.submit().await.expect(200).body(), "", "nobody is signed in yet");
            assert_eq!(stored(server, &ana).await.password_updated_at, Some(server.system().now()));
            // Nothing of it is left.
            let left = client.visitor.get("/api/experience/interaction").await;
            refused(left, 404, "session.interaction_not_found");

            client.begin("SignIn").await;
            let id = record(&client.password(username("ana"), password).await.expect(200));
            client.identify(&id).await.expect(204);
            assert_eq!(client.gets_tokens().await, ana);
        }
    }

    async fn the_same_password_is_no_new_one(server) {
        allow_codes(server).await;
        user(server, "ana", PHONE).await;
        let client = Client::begins(server, "ForgotPassword").await;
        let id = client.prove(server, email(EMAIL), "ForgotPassword").await;
        let early = client.put("/profile/password", json!({ "password": NEW })).await;
        refused(early, 404, "session.identifier_not_found");
        client.identify(&id).await.expect(204);
        let same = client.put("/profile/password", json!({ "password": PASSWORD })).await;
        refused(same, 422, "user.same_password");
    }

    async fn a_password_replaces_none_and_other_steps_stay_out(server) {
        allow_codes(server).await;
        user(server, "ana", PHONE).await;
        let client = Client::begins(server, "ForgotPassword").await;
        let id = record(&client.password(username("ana"), PASSWORD).await.expect(200));
        refused(client.identify(&id).await, 422, "session.not_supported_for_forgot_password");
        let name = json!({ "type": "username", "value": "other" });
        refused(client.post("/profile", name).await, 400, "session.not_supported_for_forgot_password");
        for event in ["SignIn", "Register"] {
            let body = json!({ "interactionEvent": event });
            let switched = client.put("/interaction-event", body).await;
            refused(switched, 400, "session.not_supported_for_forgot_password");
        }
        refused(client.submit().await, 404, "session.identifier_not_found");
        let elsewhere = Client::begins(server, "SignIn").await;
        let body = json!({ "interactionEvent": "ForgotPassword" });
        let switched = elsewhere.put("/interaction-event", body).await;
        refused(switched, 400, "session.not_supported_for_forgot_password");
        let set = elsewhere.put("/profile/password", json!({ "password": NEW })).await;
        refused(set, 400, "session.invalid_interaction_type");
    }

    async fn only_the_offered_ways_replace_a_password(server) {
        allow_codes(server).await;
        user(server, "ana", PHONE).await;
        set(server, json!({ "forgotPasswordMethods": ["PhoneVerificationCode"] })).await;
        let client = Client::begins(server, "ForgotPassword").await;
        let id = client.prove(server, email(EMAIL), "ForgotPassword").await;
        refused(client.identify(&id).await, 422, "session.not_supported_for_forgot_password");
        let id = client.prove(server, phone(PHONE), "ForgotPassword").await;
        client.identify(&id).await.expect(204);
    }
}
