//! Steps that are not allowed, and input that makes no sense.

use super::*;
use soleira_testkit::{in_sandbox, on_both_engines};

on_both_engines! {
    async fn what_the_sign_in_mode_does_not_offer_is_forbidden(server) {
        user(server, "ana", PHONE).await;
        set(server, json!({ "signInMode": "SignIn" })).await;
        // Beginning says nothing; the steps do.
        let client = Client::begins(server, "Register").await;
        client.post("/profile", json!({ "type": "username", "value": "bob" })).await.expect(204);
        client.post("/profile", json!({ "type": "password", "value": PASSWORD })).await.expect(204);
        refused(client.post("/identification", json!({})).await, 403, "auth.forbidden");
        let client = Client::begins(server, "SignIn").await;
        let switched = client.put("/interaction-event", json!({ "interactionEvent": "Register" })).await;
        refused(switched, 403, "auth.forbidden");
        set(server, json!({ "signInMode": "Register" })).await;
        let id = record(&client.password(username("ana"), PASSWORD).await.expect(200));
        refused(client.identify(&id).await, 403, "auth.forbidden");
    }

    async fn nobody_is_taken_for_another(server) {
        user(server, "ana", PHONE).await;
        user(server, "bob", "5511912345678").await;
        let client = Client::begins(server, "SignIn").await;
        let ana = record(&client.password(username("ana"), PASSWORD).await.expect(200));
        client.identify(&ana).await.expect(204);
        client.identify(&ana).await.expect(204);
        let bob = record(&client.password(username("bob"), PASSWORD).await.expect(200));
        refused(client.identify(&bob).await, 409, "session.identity_conflict");
        refused(client.identify(&ana).await, 404, "session.verification_session_not_found");
        // Registering does not make another account for who is known.
        client.switch_to("Register").await;
        refused(client.post("/identification", json!({})).await, 409, "session.identity_conflict");
        refused(client.identify(&bob).await, 400, "session.verification_failed");
    }

    async fn registration_says_what_is_wrong(server) {
        user(server, "taken", PHONE).await;
        set(server, json!({ "usernamePolicy": {
            "caseSensitive": true, "minLength": 3, "maxLength": 8,
            "allowedChars": { "lowercase": true, "uppercase": false, "numbers": true, "underscore": true }
        } })).await;
        let client = Client::begins(server, "Register").await;
        let name = |name: &str| json!({ "type": "username", "value": name });
        for (typed, status, code) in [
            ("9ana", 400, "guard.invalid_input"),
            ("", 400, "guard.invalid_input"),
            ("an a", 400, "guard.invalid_input"),
            ("an", 422, "user.username_too_short"),
            ("ananananana", 422, "user.username_too_long"),
            ("Ana", 422, "user.username_uppercase_not_allowed"),
            ("taken", 422, "user.username_already_in_use"),
        ] {
            refused(client.post("/profile", name(typed)).await, status, code);
        }
        client.post("/profile", name("ana")).await.expect(204);
        let missing = refused(client.post("/identification", json!({})).await, 422, "user.missing_profile");
        assert_eq!(missing["data"], json!({ "missingProfile": ["password"] }));
        let with_name = client.post("/profile", json!({ "type": "password", "value": "anaanaana" })).await;
        refused(with_name, 422, "password.rejected");
        for (values, status, code) in [
            (json!({ "email": "a@b.c" }), 400, "custom_profile_fields.name_conflict_sign_in_identifier"),
            (json!({ "preferredUsername": "a" }), 400, "custom_profile_fields.name_conflict_built_in_prop"),
            (json!({ "my-team": "red" }), 400, "guard.invalid_input"),
            (json!({ "avatar": "javascript:alert(1)" }), 400, "guard.invalid_input"),
        ] {
            let body = json!({ "type": "extraProfile", "values": values });
            refused(client.post("/profile", body).await, status, code);
        }
        // Somebody was quicker.
        client.post("/profile", json!({ "type": "password", "value": PASSWORD })).await.expect(204);
        user(server, "ana", "5511912345678").await;
        refused(client.post("/identification", json!({})).await, 422, "user.username_already_in_use");
    }

    async fn only_providers_make_accounts_where_registration_has_no_identifiers(server) {
        set(server, json!({ "signUp": { "identifiers": [], "password": false, "verify": false } })).await;
        let client = Client::begins(server, "Register").await;
        client.post("/profile", json!({ "type": "username", "value": "bob" })).await.expect(204);
        client.post("/profile", json!({ "type": "password", "value": PASSWORD })).await.expect(204);
        refused(client.post("/identification", json!({})).await, 422, "user.sign_up_method_not_enabled");
    }

    async fn beginning_anew_forgets_everything(server) {
        user(server, "ana", PHONE).await;
        let client = Client::begins(server, "SignIn").await;
        let id = record(&client.password(username("ana"), PASSWORD).await.expect(200));
        client.identify(&id).await.expect(204);
        client.begin("SignIn").await;
        refused(client.submit().await, 404, "session.identifier_not_found");
        refused(client.identify(&id).await, 404, "session.verification_session_not_found");
        // Switching keeps what was proved, and forgets what was gathered.
        client.switch_to("Register").await;
        client.post("/profile", json!({ "type": "username", "value": "bob" })).await.expect(204);
        client.switch_to("SignIn").await;
        client.switch_to("Register").await;
        assert_eq!(client.state().await["profile"], json!({}));
    }

    async fn input_that_makes_no_sense_is_refused(server) {
        let client = Client::begins(server, "SignIn").await;
        for (path, body) in [
            ("/identification", json!({ "verificationId": 1 })),
            ("/identification", json!({})),
            ("/verification/password", json!({ "identifier": username("a") })),
            ("/verification/password", json!({ "identifier": { "type": "id", "value": "a" }, "password": "p" })),
            ("/verification/password", json!({ "identifier": username("a\u{0}"), "password": "p" })),
            ("/verification/verification-code", json!({ "identifier": username("a"), "interactionEvent": "SignIn" })),
            ("/verification/verification-code", json!({ "identifier": email("a b@c.d"), "interactionEvent": "SignIn" })),
            ("/verification/verification-code", json!({ "identifier": phone("+55"), "interactionEvent": "SignIn" })),
            ("/verification/verification-code", json!({
                "identifier": email(&format!("{}@b.c", "a".repeat(256))), "interactionEvent": "SignIn"
            })),
            ("/verification/verification-code", json!({ "identifier": email(EMAIL), "interactionEvent": "Other" })),
            ("/verification/verification-code/verify", json!({ "identifier": email(EMAIL), "verificationId": "x" })),
            ("/profile", json!({ "type": "other" })),
            ("/profile", json!({})),
        ] {
            refused(client.post(path, body).await, 400, "guard.invalid_input");
        }
        let body = refused(client.put("", json!({ "interactionEvent": "Other" })).await, 400, "guard.invalid_input");
        assert!(body["details"].is_string() && body["data"]["issues"].is_array(), "{body}");
        let malformed = client.visitor.send(
            Method::PUT,
            client.visitor.resolve("/api/experience"),
            http::HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]),
            "{".into(),
        );
        assert_eq!(malformed.await.expect(400).json().get("code"), None);
    }
}

in_sandbox! {
    async fn a_code_signs_nobody_in_where_the_tenant_takes_passwords_only(server) {
        connect_senders(server).await;
        user(server, "ana", PHONE).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.prove(server, email(EMAIL), "SignIn").await;
        refused(client.identify(&id).await, 422, "user.sign_in_method_not_enabled");
    }

    async fn pages_and_programs_drive_the_same_sign_in(server) {
        allow_codes(server).await;
        set(server, json!({ "signUp": { "identifiers": ["username"], "password": true, "verify": false } })).await;
        let ctx = server.system();
        let bare = CreateUser { primary_email: Some(EMAIL.to_owned()), ..CreateUser::default() };
        let ana = users::create(&ctx, bare).await.unwrap().user.id;
        let client = Client::begins(server, "SignIn").await;
        let id = client.prove(server, email(EMAIL), "SignIn").await;
        client.identify(&id).await.expect(204);
        let missing = refused(client.submit().await, 422, "user.missing_profile");
        assert_eq!(missing["data"], json!({ "missingProfile": ["username", "password"] }));
        client.post("/profile", json!({ "type": "password", "value": PASSWORD })).await.expect(204);
        // The page asks for what is missing, and ends the sign-in.
        let page = client.visitor.get("/continue/username").await.expect(200);
        let page = page.form("Continue").fill("username", "ana").submit().await.expect(303);
        page.follow_until(|url| url.as_str().starts_with(CALLBACK)).await;
        assert_eq!(stored(server, &ana).await.username.as_deref(), Some("ana"));
    }
}
