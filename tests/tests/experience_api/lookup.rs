//! Whose sign-in a request is about.

use super::*;
use soleira_testkit::{in_sandbox, on_both_engines};

const NONE: &str = "session.not_found";

on_both_engines! {
    async fn without_an_interaction_nothing_answers(server) {
        let visitor = server.visitor();
        for (method, path) in [
            (Method::PUT, "/api/experience"),
            (Method::PUT, "/api/experience/interaction-event"),
            (Method::GET, "/api/experience/interaction"),
            (Method::POST, "/api/experience/identification"),
            (Method::POST, "/api/experience/submit"),
            (Method::POST, "/api/experience/verification/password"),
            (Method::POST, "/api/experience/profile"),
            (Method::PUT, "/api/experience/profile/password"),
        ] {
            let body = refused(visitor.send_json(method.clone(), path, None, &json!({})).await, 400, NONE);
            assert_eq!(body["error"], "invalid_request");
            assert!(body["error_description"].is_string());
            let plain = visitor.send_json(method, &format!("{path}?parse_error=false"), None, &json!({})).await;
            assert_eq!(plain.expect(400).json().get("code"), None);
        }
    }

    async fn nothing_answers_before_it_was_begun(server) {
        let client = Client::arrives(server).await;
        let code = "session.interaction_not_found";
        refused(client.visitor.get("/api/experience/interaction").await, 404, code);
        refused(client.put("/interaction-event", json!({ "interactionEvent": "Register" })).await, 404, code);
        for path in ["/identification", "/submit", "/verification/password", "/verification/verification-code", "/profile"] {
            refused(client.post(path, json!({})).await, 404, code);
        }
        refused(client.put("/profile/password", json!({ "password": PASSWORD })).await, 404, code);
        client.begin("SignIn").await;
        let state = client.state().await;
        assert_eq!(state["captcha"], json!({ "verified": false, "skipped": false }));
        assert_eq!((&state["mfa"], &state["profile"]), (&json!({}), &json!({})));
        assert_eq!(state["verificationRecords"], json!([]));
        assert_eq!(state["signInContext"]["ip"], "127.0.0.1");
        assert_eq!(state.get("userId"), None);
    }

    async fn a_page_says_which_of_the_browsers_sign_ins_it_means(server) {
        user(server, "ana", PHONE).await;
        let first = Client::begins(server, "SignIn").await;
        // Another application of the same browser.
        let party = RelyingParty::register(&server.system(), "Library", CALLBACK).await;
        let request = party.request(server.origin(), &[]);
        first.visitor.get(request.url.as_str()).await.expect(303);
        refused(first.visitor.get("/api/experience/interaction").await, 404, "session.interaction_not_found");
        let by_query = format!("/api/experience/interaction?app_id={}", first.party.client_id);
        first.visitor.get(&by_query).await.expect(200);
        let tab = first.visitor.clone();
        tab.always("logto-app-id", &first.party.client_id);
        tab.get("/api/experience/interaction").await.expect(200);
        tab.always("logto-app-id", "somebody-else");
        refused(tab.get("/api/experience/interaction").await, 400, NONE);
    }

    async fn an_interaction_that_ended_or_expired_is_not_found(server) {
        user(server, "ana", PHONE).await;
        let client = Client::begins(server, "SignIn").await;
        let id = record(&client.password(username("ana"), PASSWORD).await.expect(200));
        client.identify(&id).await.expect(204);
        client.gets_tokens().await;
        refused(client.submit().await, 400, NONE);
        let client = Client::begins(server, "SignIn").await;
        server.clock.advance_seconds(3_601);
        refused(client.submit().await, 400, NONE);
    }

    async fn steps_of_later_parts_are_not_there(server) {
        let client = Client::begins(server, "SignIn").await;
        for path in [
            "/verification/totp/secret", "/verification/sso/x/authorization-uri", "/verification/backup-code/generate",
            "/profile/mfa", "/verification/web-authn/registration",
        ] {
            client.post(path, json!({})).await.expect(404);
        }
        let body = json!({ "interactionEvent": "SignIn", "captchaToken": "t" });
        refused(client.put("", body).await, 422, "session.captcha_failed");
    }

    async fn the_description_is_served(server) {
        let document = server.visitor().get("/api/.well-known/experience.openapi.json").await.expect(200).json();
        assert!(document["paths"]["/api/experience/submit"]["post"].is_object());
    }
}

in_sandbox! {
    async fn pages_read_how_people_sign_in(server) {
        let visitor = server.visitor();
        let shown = visitor.get("/api/.well-known/sign-in-exp").await.expect(200).json();
        assert_eq!(shown["signInMode"], "SignInAndRegister");
        assert_eq!(shown["socialConnectors"], json!([]));
        assert_eq!(shown["forgotPassword"], json!({ "phone": false, "email": false }));
        for hidden in ["emailBlocklistPolicy", "forgotPasswordMethods"] {
            assert_eq!(shown.get(hidden), None);
        }
        connect_senders(server).await;
        let id = connect(server, "mock-social-connector", json!({ "clientId": "c", "clientSecret": "secret" })).await;
        set(server, json!({
            "socialSignInConnectorTargets": ["mock-social"], "forgotPasswordMethods": ["EmailVerificationCode"],
        })).await;
        let answer = visitor.get("/api/.well-known/experience?appId=nobody&organizationId=none").await.expect(200);
        assert!(!answer.body().contains("secret\""), "no configuration is shown");
        let shown = answer.json();
        assert_eq!(shown["forgotPassword"], json!({ "phone": false, "email": true }));
        let connector = &shown["socialConnectors"][0];
        assert_eq!((&connector["id"], &connector["target"]), (&json!(id), &json!("mock-social")));
        assert_eq!((connector.get("formItems"), connector.get("readme")), (None, None));
        assert!(connector["name"]["en"].is_string() && connector["logo"].is_string());
    }
}
