//! Signing in and registering by a link that was sent to an e-mail address.

use super::*;
use soleira_core::OrganizationId;
use soleira_directory::one_time_tokens::{self, NewOneTimeToken, Purpose, Status, TokenContext};
use soleira_directory::organizations::{self, OrganizationPatch, members};
use soleira_testkit::in_sandbox;
use tokio::task::{JoinSet, LocalSet};

const VERIFY: &str = "/verification/one-time-token/verify";

async fn token(server: &TestServer, email: &str, context: TokenContext) -> one_time_tokens::OneTimeToken {
    let new = NewOneTimeToken {
        email: email.to_owned(),
        context,
        expires_in: None,
    };
    one_time_tokens::create(&server.system(), new).await.unwrap()
}

fn brought(address: &str, token: &str) -> Value {
    json!({ "identifier": email(address), "token": token })
}

async fn person(server: &TestServer) -> UserId {
    let new = CreateUser {
        primary_email: Some(EMAIL.to_owned()),
        ..CreateUser::default()
    };
    users::create(&server.system(), new).await.unwrap().user.id
}

async fn organization(server: &TestServer, name: &str) -> OrganizationId {
    let made = organizations::create(&server.system(), name.to_owned(), OrganizationPatch::default()).await;
    made.unwrap().id
}

async fn joined(server: &TestServer, user: &UserId) -> Vec<OrganizationId> {
    let listed = members::organizations_of_user(&server.system(), user).await.unwrap();
    listed
        .rows
        .into_iter()
        .map(|(organization, _)| organization.id)
        .collect()
}

in_sandbox! {
    async fn a_link_signs_its_person_in_once(server) {
        allow_codes(server).await;
        let user = person(server).await;
        let link = token(server, EMAIL, TokenContext::default()).await;
        let client = Client::begins(server, "SignIn").await;
        let id = record(&client.post(VERIFY, brought(EMAIL, &link.token)).await.expect(200));
        assert_eq!(
            client.state().await["verificationRecords"],
            json!([{ "id": id, "type": "OneTimeToken", "identifier": email(EMAIL), "verified": true, "oneTimeTokenContext": {} }])
        );
        client.identify(&id).await.expect(204);
        assert_eq!(client.gets_tokens().await, user);
        assert_eq!(one_time_tokens::get(&server.system(), &link.id).await.unwrap().status, Status::Consumed);

        let client = Client::begins(server, "SignIn").await;
        refused(client.post(VERIFY, brought(EMAIL, &link.token)).await, 400, "one_time_token.token_consumed");
    }

    async fn a_link_is_for_what_it_was_made_for_whatever_becomes_of_the_interaction(server) {
        allow_codes(server).await;
        let purpose = |purpose| TokenContext { interaction_event: Some(purpose), ..TokenContext::default() };
        let mismatch = "one_time_token.interaction_event_mismatch";
        let invitation = token(server, EMAIL, purpose(Purpose::Register)).await;
        let client = Client::begins(server, "Register").await;
        let id = record(&client.post(VERIFY, brought(EMAIL, &invitation.token)).await.expect(200));
        client.put("/interaction-event", json!({ "interactionEvent": "SignIn" })).await.expect(204);
        person(server).await;
        refused(client.identify(&id).await, 400, mismatch);

        let link = token(server, "bia@example.com", purpose(Purpose::SignIn)).await;
        let client = Client::begins(server, "SignIn").await;
        let id = record(&client.post(VERIFY, brought("bia@example.com", &link.token)).await.expect(200));
        client.put("/interaction-event", json!({ "interactionEvent": "Register" })).await.expect(204);
        refused(client.identify(&id).await, 400, mismatch);
    }

    async fn a_link_that_was_used_stays_used_when_its_time_is_over(server) {
        allow_codes(server).await;
        person(server).await;
        let link = token(server, EMAIL, TokenContext::default()).await;
        let client = Client::begins(server, "SignIn").await;
        client.post(VERIFY, brought(EMAIL, &link.token)).await.expect(200);
        server.clock.advance_seconds(601);
        let client = Client::begins(server, "SignIn").await;
        refused(client.post(VERIFY, brought(EMAIL, &link.token)).await, 400, "one_time_token.token_consumed");
    }

    async fn a_link_makes_an_account_even_where_nobody_registers(server) {
        allow_codes(server).await;
        set(server, json!({ "signInMode": "SignIn" })).await;
        let acme = organization(server, "Acme").await;
        let context = TokenContext {
            jit_organization_ids: Some(vec![acme.clone(), "gone".into()]),
            interaction_event: Some(Purpose::Register),
        };
        let link = token(server, EMAIL, context).await;
        // It is for making an account.
        let client = Client::begins(server, "SignIn").await;
        refused(client.post(VERIFY, brought(EMAIL, &link.token)).await, 400, "one_time_token.interaction_event_mismatch");

        let client = Client::begins(server, "Register").await;
        let id = record(&client.post(VERIFY, brought(EMAIL, &link.token)).await.expect(200));
        client.identify(&id).await.expect(201);
        let subject = client.gets_tokens().await;
        let user = stored(server, &subject).await;
        assert_eq!(user.primary_email.as_deref(), Some(EMAIL));
        assert_eq!(joined(server, &user.id).await, [acme], "of the organizations that there are");
        // Nobody else registers.
        let client = Client::begins(server, "Register").await;
        refused(client.post("/identification", json!({})).await, 403, "auth.forbidden");
    }

    async fn who_has_an_account_joins_the_organizations_of_the_link(server) {
        let (user, acme) = (person(server).await, organization(server, "Acme").await);
        allow_codes(server).await;
        set(server, json!({
            "signIn": { "methods": [{ "identifier": "username", "password": true, "verificationCode": false, "isPasswordPrimary": true }] },
        })).await;
        for _ in 0..2 {
            let context = TokenContext { jit_organization_ids: Some(vec![acme.clone()]), ..TokenContext::default() };
            let link = token(server, EMAIL, context).await;
            let client = Client::begins(server, "SignIn").await;
            let id = record(&client.post(VERIFY, brought(EMAIL, &link.token)).await.expect(200));
            client.identify(&id).await.expect(204);
            assert_eq!(client.state().await["profile"], json!({ "jitOrganizationIds": [acme] }));
            assert_eq!(client.gets_tokens().await, user, "whatever the ways to sign in are");
            assert_eq!(joined(server, &user).await, std::slice::from_ref(&acme));
        }
    }

    async fn what_is_wrong_with_a_token_is_said(server) {
        let client = Client::begins(server, "SignIn").await;
        refused(client.post(VERIFY, brought(EMAIL, "nonsense")).await, 404, "one_time_token.token_not_found");
        let link = token(server, EMAIL, TokenContext::default()).await;
        for other in ["eve@example.com", "ANA@example.com"] {
            refused(client.post(VERIFY, brought(other, &link.token)).await, 400, "one_time_token.email_mismatch");
        }
        one_time_tokens::set_status(&server.system(), &link.id, Status::Revoked).await.unwrap();
        refused(client.post(VERIFY, brought(EMAIL, &link.token)).await, 400, "one_time_token.token_revoked");
        let link = token(server, EMAIL, TokenContext::default()).await;
        server.clock.advance_seconds(600);
        refused(client.post(VERIFY, brought(EMAIL, &link.token)).await, 400, "one_time_token.token_expired");
        for wrong in [
            json!({}), json!({ "identifier": email(EMAIL) }), json!({ "identifier": email(EMAIL), "token": "" }),
            json!({ "identifier": { "type": "username", "value": "ana" }, "token": "x" }),
            json!({ "identifier": email("nonsense"), "token": "x" }),
        ] {
            refused(client.post(VERIFY, wrong).await, 400, "guard.invalid_input");
        }
        let visitor = server.visitor();
        let stranger = visitor.send_json(Method::POST, &format!("/api/experience{VERIFY}"), None, &brought(EMAIL, "x")).await;
        refused(stranger, 400, "session.not_found");
    }

    async fn a_link_replaces_no_password(server) {
        person(server).await;
        let link = token(server, EMAIL, TokenContext::default()).await;
        let client = Client::begins(server, "ForgotPassword").await;
        let id = record(&client.post(VERIFY, brought(EMAIL, &link.token)).await.expect(200));
        refused(client.identify(&id).await, 422, "session.not_supported_for_forgot_password");
    }

    async fn guessing_locks_the_address(server) {
        allow_codes(server).await;
        set(server, json!({ "sentinelPolicy": { "maxAttempts": 3, "lockoutDuration": 10 } })).await;
        person(server).await;
        let link = token(server, EMAIL, TokenContext::default()).await;
        let client = Client::begins(server, "SignIn").await;
        for code in ["one_time_token.token_not_found", "one_time_token.token_not_found", "session.verification_blocked_too_many_attempts"] {
            let answer = client.post(VERIFY, brought(EMAIL, "guess")).await;
            assert_eq!(answer.json()["code"], code);
        }
        let locked = client.post(VERIFY, brought(EMAIL, &link.token)).await;
        refused(locked, 400, "session.verification_blocked_too_many_attempts");
        assert_eq!(one_time_tokens::get(&server.system(), &link.id).await.unwrap().status, Status::Active, "it is not used up");
        let password = client.password(email(EMAIL), PASSWORD).await;
        refused(password, 400, "session.verification_blocked_too_many_attempts");
    }

    async fn of_a_hundred_uses_of_a_token_one_succeeds(server) {
        let link = token(server, EMAIL, TokenContext::default()).await;
        let mut clients = Vec::new();
        for _ in 0..10 {
            clients.push(Client::begins(server, "SignIn").await);
        }
        let (local, mut requests) = (LocalSet::new(), JoinSet::new());
        for number in 0..100 {
            let visitor = clients[number % clients.len()].visitor.clone();
            let (path, body) = (format!("/api/experience{VERIFY}"), brought(EMAIL, &link.token));
            requests.spawn_local_on(async move { visitor.send_json(Method::POST, &path, None, &body).await }, &local);
        }
        let answers = local.run_until(requests.join_all()).await;
        assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 1);
        for answer in answers.into_iter().filter(|answer| answer.status() != 200) {
            let code = answer.json()["code"].clone();
            let refusals = ["one_time_token.token_consumed", "session.verification_blocked_too_many_attempts"];
            assert!(refusals.iter().any(|refusal| code == *refusal), "{code}");
        }
    }
}
