//! Registering and signing in with a code.

use super::*;
use soleira_testkit::in_sandbox;

in_sandbox! {
    async fn a_new_person_registers_with_an_email_code_and_signs_in_with_one(server) {
        allow_codes(server).await;
        let client = Client::begins(server, "Register").await;
        let id = client.prove(server, email(EMAIL), "Register").await;
        let message = server.last_email().unwrap();
        assert_eq!(message["type"], "Register");
        assert_eq!(message["payload"]["application"], json!({ "id": client.party.client_id, "name": "Bookstore" }));
        assert_eq!(message["payload"]["locale"], "en");
        assert_eq!(
            client.state().await["verificationRecords"],
            json!([{
                "id": id, "type": "EmailVerificationCode", "identifier": email(EMAIL), "templateType": "Register",
                "verified": true,
            }])
        );
        client.identify(&id).await.expect(201);
        let subject = client.gets_tokens().await;
        let user = stored(server, &subject).await;
        assert_eq!((user.primary_email.as_deref(), user.password), (Some(EMAIL), None));

        let client = Client::begins(server, "SignIn").await;
        let id = client.prove(server, email("ANA@example.com"), "SignIn").await;
        assert_eq!(server.last_email().unwrap()["type"], "SignIn");
        client.identify(&id).await.expect(204);
        assert_eq!(client.gets_tokens().await, subject);
    }

    async fn a_new_person_registers_with_a_phone_code_and_signs_in_with_one(server) {
        allow_codes(server).await;
        set(server, json!({ "signUp": { "identifiers": ["phone"], "password": true, "verify": true } })).await;
        let client = Client::begins(server, "Register").await;
        let id = client.prove(server, phone("55011987654321"), "Register").await;
        let message = server.last_text_message().unwrap();
        assert_eq!((message["type"].as_str(), &message["payload"]["application"]), (Some("Register"), &Value::Null));
        let missing = refused(client.identify(&id).await, 422, "user.missing_profile");
        assert_eq!(missing["data"], json!({ "missingProfile": ["password"] }));
        // What was proved is kept: the account is made of what was gathered.
        assert_eq!(client.state().await["profile"], json!({ "primaryPhone": PHONE }));
        client.post("/profile", json!({ "type": "password", "value": PASSWORD })).await.expect(204);
        client.post("/identification", json!({})).await.expect(201);
        let subject = client.gets_tokens().await;
        assert_eq!(stored(server, &subject).await.primary_phone.as_deref(), Some(PHONE));

        for identifier in [phone(PHONE), phone("55011987654321")] {
            let client = Client::begins(server, "SignIn").await;
            let id = client.prove(server, identifier, "SignIn").await;
            client.identify(&id).await.expect(204);
            assert_eq!(client.gets_tokens().await, subject);
        }
        let client = Client::begins(server, "SignIn").await;
        let id = record(&client.password(phone(PHONE), PASSWORD).await.expect(200));
        client.identify(&id).await.expect(204);
        assert_eq!(client.gets_tokens().await, subject);
    }

    async fn who_has_no_account_goes_on_to_register_with_the_same_record_and_the_other_way(server) {
        allow_codes(server).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.prove(server, email(EMAIL), "SignIn").await;
        let body = refused(client.identify(&id).await, 404, "user.user_not_exist");
        assert_eq!(body["data"], json!({ "identifier": EMAIL }));
        client.switch_to("Register").await;
        client.identify(&id).await.expect(201);
        let subject = client.gets_tokens().await;

        let client = Client::begins(server, "Register").await;
        let id = client.prove(server, email(EMAIL), "Register").await;
        refused(client.identify(&id).await, 422, "user.email_already_in_use");
        client.switch_to("SignIn").await;
        client.identify(&id).await.expect(204);
        assert_eq!(client.gets_tokens().await, subject);
    }

    async fn an_address_is_added_to_the_account_that_lacks_it(server) {
        allow_codes(server).await;
        set(server, json!({
            "signUp": { "identifiers": ["username"], "password": true, "verify": true,
                "secondaryIdentifiers": [{ "identifier": "emailOrPhone", "verify": true }] },
        })).await;
        user(server, "bob", "5511912345678").await;
        let client = Client::begins(server, "Register").await;
        client.post("/profile", json!({ "type": "username", "value": "ana" })).await.expect(204);
        client.post("/profile", json!({ "type": "password", "value": PASSWORD })).await.expect(204);
        let missing = refused(client.post("/identification", json!({})).await, 422, "user.missing_profile");
        assert_eq!(missing["data"], json!({ "missingProfile": ["emailOrPhone"] }));

        let of_bob = client.prove(server, email("bob@example.com"), "Register").await;
        let body = json!({ "type": "email", "verificationId": of_bob });
        refused(client.post("/profile", body).await, 422, "user.email_already_in_use");
        let id = client.ask_code(phone(PHONE), "Register").await;
        let body = json!({ "type": "phone", "verificationId": id });
        refused(client.post("/profile", body.clone()).await, 400, "session.verification_failed");
        let wrong_kind = json!({ "type": "email", "verificationId": id });
        refused(client.post("/profile", wrong_kind).await, 404, "session.verification_session_not_found");
        let code = last_code(server, &phone(PHONE));
        client.give_code(phone(PHONE), &id, &code).await.expect(200);
        client.post("/profile", body.clone()).await.expect(204);
        client.post("/identification", json!({})).await.expect(201);
        refused(client.post("/profile", body).await, 422, "user.phone_exists_in_profile");
        let subject = client.gets_tokens().await;
        assert_eq!(stored(server, &subject).await.primary_phone.as_deref(), Some(PHONE));
    }

    async fn a_code_works_once_and_for_its_own_address(server) {
        allow_codes(server).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.ask_code(email(EMAIL), "SignIn").await;
        let code = last_code(server, &email(EMAIL));
        refused(client.identify(&id).await, 400, "session.verification_failed");
        let mut wrong = code.clone().into_bytes();
        wrong[0] = if wrong[0] == b'0' { b'1' } else { b'0' };
        let wrong = String::from_utf8(wrong).unwrap();
        for guess in [wrong.as_str(), "", &format!("{code}0"), &code[..5]] {
            refused(client.give_code(email(EMAIL), &id, guess).await, 400, "verification_code.code_mismatch");
        }
        refused(client.give_code(email("bob@example.com"), &id, &code).await, 400, "verification_code.email_mismatch");
        refused(client.give_code(phone(PHONE), &id, &code).await, 404, "session.verification_session_not_found");
        refused(client.give_code(email(EMAIL), "other", &code).await, 404, "session.verification_session_not_found");
        // Another browser has another interaction.
        let thief = Client::begins(server, "SignIn").await;
        refused(thief.give_code(email(EMAIL), &id, &code).await, 404, "session.verification_session_not_found");
        client.give_code(email(EMAIL), &id, &code).await.expect(200);
        refused(client.give_code(email(EMAIL), &id, &code).await, 400, "verification_code.not_found");

        let id = client.ask_code(phone(PHONE), "SignIn").await;
        let code = last_code(server, &phone(PHONE));
        refused(client.give_code(phone("5511912345678"), &id, &code).await, 400, "verification_code.phone_mismatch");
    }

    async fn a_second_code_takes_the_place_of_the_first(server) {
        allow_codes(server).await;
        let client = Client::begins(server, "SignIn").await;
        let first = client.ask_code(email(EMAIL), "SignIn").await;
        let code = last_code(server, &email(EMAIL));
        let second = client.ask_code(email(EMAIL), "SignIn").await;
        assert_ne!(first, second);
        refused(client.give_code(email(EMAIL), &first, &code).await, 404, "session.verification_session_not_found");
        // One of the other kind stands beside it.
        let by_phone = client.ask_code(phone(PHONE), "SignIn").await;
        let code = last_code(server, &email(EMAIL));
        client.give_code(email(EMAIL), &second, &code).await.expect(200);
        let code = last_code(server, &phone(PHONE));
        client.give_code(phone(PHONE), &by_phone, &code).await.expect(200);
    }

    async fn a_code_expires_and_is_not_mistyped_for_ever(server) {
        allow_codes(server).await;
        set(server, json!({ "verificationCodePolicy": { "expirationDuration": 60, "maxRetryAttempts": 2 } })).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.ask_code(email(EMAIL), "SignIn").await;
        let code = last_code(server, &email(EMAIL));
        server.clock.advance_seconds(60);
        refused(client.give_code(email(EMAIL), &id, &code).await, 400, "verification_code.expired");
        // The policy of the moment at which it comes back counts.
        set(server, json!({ "verificationCodePolicy": { "expirationDuration": 120, "maxRetryAttempts": 2 } })).await;
        for _ in 0..2 {
            refused(client.give_code(email(EMAIL), &id, "none").await, 400, "verification_code.code_mismatch");
        }
        refused(client.give_code(email(EMAIL), &id, &code).await, 400, "verification_code.exceed_max_try");
        set(server, json!({ "verificationCodePolicy": { "expirationDuration": 120, "maxRetryAttempts": 3 } })).await;
        client.give_code(email(EMAIL), &id, &code).await.expect(200);
    }

    async fn wrong_codes_lock_the_address_and_a_right_one_does_not_open_it(server) {
        allow_codes(server).await;
        user(server, "ana", PHONE).await;
        set(server, json!({ "sentinelPolicy": { "maxAttempts": 3, "lockoutDuration": 2 } })).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.ask_code(email(EMAIL), "SignIn").await;
        let code = last_code(server, &email(EMAIL));
        refused(client.give_code(email(EMAIL), &id, "000").await, 400, "verification_code.code_mismatch");
        // Passwords and codes count together.
        refused(client.password(email(EMAIL), "guess").await, 422, "session.invalid_credentials");
        let locked = "session.verification_blocked_too_many_attempts";
        refused(client.give_code(email(EMAIL), &id, "000").await, 400, locked);
        refused(client.give_code(email(EMAIL), &id, &code).await, 400, locked);
        refused(client.password(email("ANA@example.com"), PASSWORD).await, 400, locked);
        server.clock.advance_seconds(121);
        client.give_code(email(EMAIL), &id, &code).await.expect(200);
    }

    async fn ten_messages_go_to_a_recipient_within_ten_minutes(server) {
        allow_codes(server).await;
        for number in 0..10 {
            let client = Client::begins(server, "SignIn").await;
            let spelling = if number % 2 == 0 { EMAIL } else { "Ana@Example.com" };
            client.ask_code(email(spelling), "SignIn").await;
        }
        let client = Client::begins(server, "SignIn").await;
        let body = json!({ "identifier": email(EMAIL), "interactionEvent": "SignIn" });
        refused(client.post("/verification/verification-code", body.clone()).await, 429, "request.message_rate_limited");
        client.ask_code(email("bob@example.com"), "SignIn").await;
        server.clock.advance_seconds(601);
        client.post("/verification/verification-code", body).await.expect(200);
    }

    async fn messages_that_could_not_be_sent_do_not_count(server) {
        set(server, json!({ "signIn": { "methods": [methods()[0]] } })).await;
        let client = Client::begins(server, "SignIn").await;
        for _ in 0..12 {
            let body = json!({ "identifier": email(EMAIL), "interactionEvent": "SignIn" });
            refused(client.post("/verification/verification-code", body).await, 501, "connector.not_found");
        }
        assert_eq!(client.state().await["verificationRecords"], json!([]));
        allow_codes(server).await;
        let id = client.ask_code(email(EMAIL), "SignIn").await;
        let ctx = server.system();
        let sender = connectors::list(&ctx, Some("mock-mail")).await.unwrap().remove(0).connector.id;
        connectors::delete(&ctx, &sender).await.unwrap();
        let body = json!({ "identifier": email(EMAIL), "interactionEvent": "SignIn" });
        refused(client.post("/verification/verification-code", body).await, 501, "connector.not_found");
        // The code that was sent before still works.
        let code = last_code(server, &email(EMAIL));
        client.give_code(email(EMAIL), &id, &code).await.expect(200);
    }

    async fn nothing_is_sent_to_who_could_not_use_it_and_the_answer_does_not_tell(server) {
        allow_codes(server).await;
        user(server, "ana", PHONE).await;
        set(server, json!({ "signInMode": "SignIn" })).await;
        let client = Client::begins(server, "SignIn").await;
        client.ask_code(email("nobody@example.com"), "SignIn").await;
        client.ask_code(email("nobody@example.com"), "ForgotPassword").await;
        assert_eq!(server.last_email(), None);
        client.ask_code(email(EMAIL), "SignIn").await;
        assert!(server.last_email().is_some());
        let id = client.ask_code(email("nobody@example.com"), "SignIn").await;
        let guess = client.give_code(email("nobody@example.com"), &id, "123456").await;
        refused(guess, 400, "verification_code.code_mismatch");
    }

    async fn addresses_that_may_not_register_get_no_code(server) {
        allow_codes(server).await;
        set(server, json!({ "emailBlocklistPolicy": {
            "blockSubaddressing": true, "customBlocklist": ["@evil.example.com", "eve*@example.com"]
        } })).await;
        let client = Client::begins(server, "Register").await;
        for (address, code) in [
            ("a+b@example.com", "session.email_blocklist.email_subaddressing_not_allowed"),
            ("ana@Evil.example.com", "session.email_blocklist.email_not_allowed"),
            ("eve2@example.com", "session.email_blocklist.email_not_allowed"),
        ] {
            let body = json!({ "identifier": email(address), "interactionEvent": "Register" });
            refused(client.post("/verification/verification-code", body).await, 422, code);
        }
        // The code of a sign-in proves the address, and does not make an account of it.
        let id = client.prove(server, email("eve2@example.com"), "SignIn").await;
        refused(client.identify(&id).await, 422, "session.email_blocklist.email_not_allowed");
    }

    async fn a_message_speaks_the_language_of_its_reader(server) {
        allow_codes(server).await;
        let client = Client::begins(server, "SignIn").await;
        client.visitor.always("accept-language", "pt-BR,pt;q=0.9");
        client.ask_code(email(EMAIL), "SignIn").await;
        assert_eq!(server.last_email().unwrap()["payload"]["locale"], "pt-BR");
    }
}
