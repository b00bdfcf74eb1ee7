//! Registering and signing in with a password.

use super::*;
use soleira_testkit::{in_sandbox, on_both_engines};

on_both_engines! {
    async fn a_new_person_registers_with_username_and_password(server) {
        let client = Client::begins(server, "Register").await;
        client.post("/profile", json!({ "type": "username", "value": "ana" })).await.expect(204);
        client.post("/profile", json!({ "type": "password", "value": PASSWORD })).await.expect(204);
        let state = client.state().await;
        assert_eq!(state["interactionEvent"], "Register");
        assert_eq!(state["profile"], json!({ "username": "ana" }), "no password is shown");
        assert!(client.post("/identification", json!({})).await.expect(201).body().is_empty());
        let id = client.state().await["userId"].as_str().unwrap().to_owned();
        let user = stored(server, &UserId::from(id.as_str())).await;
        assert_eq!((user.username.as_deref(), user.last_sign_in_at), (Some("ana"), None));
        // The same request once more.
        client.post("/identification", json!({})).await.expect(201);
        let subject = client.gets_tokens().await;
        assert_eq!(subject.as_str(), id);
        assert_eq!(stored(server, &subject).await.last_sign_in_at, Some(server.system().now()));

        // And signs in with it.
        let client = Client::begins(server, "SignIn").await;
        let record = record(&client.password(username("ana"), PASSWORD).await.expect(200));
        client.identify(&record).await.expect(204);
        assert_eq!(client.gets_tokens().await, subject);
    }

    async fn a_new_person_registers_with_the_older_step(server) {
        let client = Client::begins(server, "Register").await;
        let body = json!({ "identifier": username("ana"), "password": PASSWORD });
        let id = record(&client.post("/verification/new-password-identity", body).await.expect(200));
        let state = client.state().await;
        assert_eq!(
            state["verificationRecords"],
            json!([{ "id": id, "type": "NewPasswordIdentity", "identifier": username("ana") }])
        );
        client.identify(&id).await.expect(201);
        let subject = client.gets_tokens().await;
        assert_eq!(stored(server, &subject).await.username.as_deref(), Some("ana"));

        let other = Client::begins(server, "Register").await;
        let body = json!({ "identifier": username("ana"), "password": PASSWORD });
        refused(other.post("/verification/new-password-identity", body).await, 422, "user.username_already_in_use");
        let body = json!({ "identifier": username("bob"), "password": "short" });
        let body = refused(other.post("/verification/new-password-identity", body).await, 422, "password.rejected");
        assert_eq!(body["data"][0]["code"], "password_rejected.too_short");
        for (identifier, password) in [(email(EMAIL), PASSWORD), (username("9ana"), PASSWORD)] {
            let body = json!({ "identifier": identifier, "password": password });
            refused(other.post("/verification/new-password-identity", body).await, 400, "guard.invalid_input");
        }
    }

    async fn wrong_passwords_and_unknown_people_get_the_same_answer_for_the_same_work(server) {
        set(server, json!({ "signIn": { "methods": password_methods() } })).await;
        user(server, "ana", PHONE).await;
        let mut answers = Vec::new();
        let mut work = Vec::new();
        for identifier in [
            username("ana"), username("nobody"), email(EMAIL), email("nobody@example.com"), phone(PHONE),
            phone("5511912345678"),
        ] {
            let client = Client::begins(server, "SignIn").await;
            let before = (server.app.hashing.done(), server.app.db.statements());
            let answer = client.password(identifier.clone(), "guess").await;
            work.push((server.app.hashing.done() - before.0, server.app.db.statements() - before.1));
            answers.push(refused(answer, 422, "session.invalid_credentials").to_string());
            refused(client.password(identifier, "").await, 400, "guard.invalid_input");
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        // A batch of audit rows of another request may be written meanwhile.
        let least = work.iter().map(|(_, statements)| *statements).min().unwrap();
        assert!(work.iter().all(|(hashes, statements)| *hashes == 1 && statements - least <= 4), "{work:?}");
    }

    async fn a_person_signs_in_with_any_identifier_that_the_tenant_takes(server) {
        let ana = user(server, "ana", PHONE).await;
        set(server, json!({ "signIn": { "methods": password_methods() } })).await;
        for identifier in [username("ana"), email("ANA@Example.com"), phone(PHONE), phone("55011987654321")] {
            let client = Client::begins(server, "SignIn").await;
            let id = record(&client.password(identifier.clone(), PASSWORD).await.expect(200));
            let state = client.state().await;
            assert_eq!(
                state["verificationRecords"],
                json!([{ "id": id, "type": "Password", "identifier": identifier, "verified": true }])
            );
            client.identify(&id).await.expect(204);
            assert_eq!(client.gets_tokens().await, ana);
        }
        set(server, json!({ "signIn": { "methods": [password_methods()[0]] } })).await;
        let client = Client::begins(server, "SignIn").await;
        let id = record(&client.password(email(EMAIL), PASSWORD).await.expect(200));
        refused(client.identify(&id).await, 422, "user.sign_in_method_not_enabled");
        refused(client.submit().await, 404, "session.identifier_not_found");
    }

    async fn the_suspended_and_those_with_an_expired_password_are_told_so_once_it_is_right(server) {
        let ana = user(server, "ana", PHONE).await;
        users::set_suspension(&server.system(), &ana, true).await.unwrap();
        let client = Client::begins(server, "SignIn").await;
        refused(client.password(username("ana"), "guess").await, 422, "session.invalid_credentials");
        refused(client.password(username("ana"), PASSWORD).await, 401, "user.suspended");
        assert_eq!(client.state().await["verificationRecords"], json!([]));

        // Suspended after the password was verified, and after they were identified.
        users::set_suspension(&server.system(), &ana, false).await.unwrap();
        let id = record(&client.password(username("ana"), PASSWORD).await.expect(200));
        users::set_suspension(&server.system(), &ana, true).await.unwrap();
        refused(client.identify(&id).await, 401, "user.suspended");
        users::set_suspension(&server.system(), &ana, false).await.unwrap();
        client.identify(&id).await.expect(204);
        users::set_suspension(&server.system(), &ana, true).await.unwrap();
        refused(client.submit().await, 401, "user.suspended");
    }

    async fn guesses_lock_the_identifier_for_passwords(server) {
        user(server, "ana", PHONE).await;
        set(server, json!({ "sentinelPolicy": { "maxAttempts": 3, "lockoutDuration": 2 } })).await;
        let client = Client::begins(server, "SignIn").await;
        for _ in 0..2 {
            refused(client.password(username("ana"), "guess").await, 422, "session.invalid_credentials");
        }
        let code = "session.verification_blocked_too_many_attempts";
        refused(client.password(username("ana"), "guess").await, 400, code);
        refused(client.password(username("ana"), PASSWORD).await, 400, code);
        server.clock.advance_seconds(121);
        client.password(username("ana"), PASSWORD).await.expect(200);
    }

    async fn a_profile_is_completed_before_the_sign_in_ends(server) {
        let ctx = server.system();
        let bare = CreateUser {
            primary_email: Some(EMAIL.to_owned()),
            password: Some(NewPassword::Plain(Secret::new(PASSWORD))),
            ..CreateUser::default()
        };
        let ana = users::create(&ctx, bare).await.unwrap().user.id;
        user(server, "taken", PHONE).await;
        set(server, json!({ "signIn": { "methods": password_methods() } })).await;
        let client = Client::begins(server, "SignIn").await;
        let name = json!({ "type": "username", "value": "ana" });
        refused(client.post("/profile", name.clone()).await, 404, "session.identifier_not_found");
        let id = record(&client.password(email(EMAIL), PASSWORD).await.expect(200));
        client.identify(&id).await.expect(204);
        let missing = refused(client.submit().await, 422, "user.missing_profile");
        assert_eq!(missing["data"], json!({ "missingProfile": ["username"] }));
        let taken = json!({ "type": "username", "value": "taken" });
        refused(client.post("/profile", taken).await, 422, "user.username_already_in_use");
        let password = json!({ "type": "password", "value": "another long one" });
        refused(client.post("/profile", password).await, 422, "user.password_exists_in_profile");
        client.post("/profile", name).await.expect(204);
        let extra = json!({ "type": "extraProfile", "values": { "name": "Ana", "givenName": "A", "team": "red" } });
        client.post("/profile", extra).await.expect(204);
        let shown = client.state().await["profile"].clone();
        assert_eq!(
            shown,
            json!({ "name": "Ana", "username": "ana", "profile": { "givenName": "A" }, "customData": { "team": "red" } })
        );
        assert_eq!(client.gets_tokens().await, ana);
        let user = stored(server, &ana).await;
        assert_eq!((user.username.as_deref(), user.name.as_deref()), (Some("ana"), Some("Ana")));
        assert_eq!(user.profile.given_name.as_deref(), Some("A"));
        assert_eq!(json!(user.custom_data), json!({ "team": "red" }));
        assert_eq!(user.primary_email.as_deref(), Some(EMAIL));
    }
}

in_sandbox! {
    async fn a_list_of_breached_passwords_is_asked(server) {
        let client = Client::begins(server, "Register").await;
        let body = json!({ "type": "password", "value": "123456aA" });
        let body = refused(client.post("/profile", body).await, 422, "password.rejected");
        assert_eq!(body["data"][0]["code"], "password_rejected.pwned");
    }
}

fn password_methods() -> [Value; 3] {
    methods().map(|mut method| {
        method["verificationCode"] = json!(false);
        method
    })
}
