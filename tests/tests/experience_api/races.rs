//! Requests that come at the same moment.

use super::*;
use soleira_testkit::in_sandbox;
use tokio::task::{JoinSet, LocalSet};

/// Sends the same request many times at once.
async fn at_once(
    client: &Client,
    times: usize,
    method: Method,
    path: &str,
    body: impl Fn(usize) -> Value,
) -> Vec<Page> {
    let local = LocalSet::new();
    let mut requests = JoinSet::new();
    for number in 0..times {
        let (visitor, method, body) = (client.visitor.clone(), method.clone(), body(number));
        let path = format!("/api/experience{path}");
        requests.spawn_local_on(
            async move { visitor.send_json(method, &path, None, &body).await },
            &local,
        );
    }
    local.run_until(requests.join_all()).await
}

in_sandbox! {
    async fn a_hundred_parallel_uses_of_one_code_are_one_success(server) {
        allow_codes(server).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.ask_code(email(EMAIL), "SignIn").await;
        let code = last_code(server, &email(EMAIL));
        let body = json!({ "identifier": email(EMAIL), "verificationId": id, "code": code });
        let path = "/verification/verification-code/verify";
        let answers = at_once(&client, 100, Method::POST, path, |_| body.clone()).await;
        assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 1);
        for answer in answers.into_iter().filter(|answer| answer.status() != 200) {
            refused(answer, 400, "verification_code.not_found");
        }
    }

    async fn parallel_guesses_of_a_code_are_as_many_as_the_policy_allows(server) {
        allow_codes(server).await;
        set(server, json!({ "verificationCodePolicy": { "maxRetryAttempts": 5 } })).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.ask_code(email(EMAIL), "SignIn").await;
        let path = "/verification/verification-code/verify";
        let guess = |number: usize| json!({
            "identifier": email(EMAIL), "verificationId": id, "code": format!("guess {number}")
        });
        let answers = at_once(&client, 40, Method::POST, path, guess).await;
        let compared = answers.iter().filter(|answer| answer.json()["code"] == "verification_code.code_mismatch");
        assert_eq!(compared.count(), 5);
    }

    async fn parallel_requests_send_no_more_than_a_recipient_may_get(server) {
        allow_codes(server).await;
        let client = Client::begins(server, "SignIn").await;
        let body = json!({ "identifier": email(EMAIL), "interactionEvent": "SignIn" });
        let answers = at_once(&client, 30, Method::POST, "/verification/verification-code", |_| body.clone()).await;
        assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 10);
        assert!(answers.iter().all(|answer| matches!(answer.status(), 200 | 429)));
    }

    async fn an_account_is_made_once(server) {
        allow_codes(server).await;
        let client = Client::begins(server, "Register").await;
        let id = client.prove(server, email(EMAIL), "Register").await;
        let answers = at_once(&client, 20, Method::POST, "/identification", |_| json!({ "verificationId": id })).await;
        assert!(answers.iter().all(|answer| answer.status() == 201), "{answers:?}");
        let all = users::list(&server.system(), soleira_store::users::Filter::default(), None).await.unwrap();
        assert_eq!(all.rows.len(), 1);
    }

    async fn two_browsers_that_register_one_address_are_one_account(server) {
        allow_codes(server).await;
        let (first, second) = (Client::begins(server, "Register").await, Client::begins(server, "Register").await);
        let one = first.prove(server, email(EMAIL), "Register").await;
        let other = second.prove(server, email(EMAIL), "Register").await;
        let (one, other) = tokio::join!(first.identify(&one), second.identify(&other));
        let mut statuses = [one.status(), other.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422]);
    }

    async fn whatever_is_called_in_whatever_order_nobody_signs_in_without_proof(server) {
        allow_codes(server).await;
        let ana = user(server, "ana", PHONE).await;
        let client = Client::begins(server, "SignIn").await;
        // A small generator: the order repeats, and is none that a person would think of.
        let mut seed = 7_u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut records = vec!["none".to_owned()];
        for _ in 0..150 {
            let id = records[usize::try_from(draw(records.len() as u64)).unwrap()].clone();
            let event = ["SignIn", "Register", "ForgotPassword"][usize::try_from(draw(3)).unwrap()];
            let answer = match draw(11) {
                0 => client.put("", json!({ "interactionEvent": event })).await,
                1 => client.put("/interaction-event", json!({ "interactionEvent": event })).await,
                2 => client.password(username("ana"), "guess").await,
                3 => {
                    let body = json!({ "identifier": email(EMAIL), "interactionEvent": event });
                    client.post("/verification/verification-code", body).await
                }
                4 => client.give_code(email(EMAIL), &id, "000000").await,
                5 | 6 => client.identify(&id).await,
                7 => client.post("/identification", json!({ "verificationId": id, "linkSocialIdentity": true })).await,
                8 => client.put("/profile/password", json!({ "password": PASSWORD })).await,
                9 => client.post("/profile", json!({ "type": "email", "verificationId": id })).await,
                _ => client.submit().await,
            };
            if answer.url().path().ends_with("/submit") {
                assert_ne!(answer.status(), 200, "{answer:?}");
            }
            if answer.status() == 200 && answer.body().contains("verificationId") {
                records.push(record(&answer));
            }
        }
        assert_eq!(client.state().await.get("userId"), None);
        let user = stored(server, &ana).await;
        assert_eq!((user.last_sign_in_at, user.password_updated_at), (None, Some(user.created_at)));
    }
}
