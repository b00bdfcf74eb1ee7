//! Password guessing: the lockout of an identifier and the guard of an address.

use super::arrange::*;
use serde_json::json;
use soleira_testkit::on_both_engines;

const LOCKED: &str = "Too many attempts. Try again in";

on_both_engines! {
    async fn the_last_allowed_failure_locks_the_identifier(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        set(server, json!({ "sentinelPolicy": { "maxAttempts": 3, "lockoutDuration": 2 } })).await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        // Nobody has this name: it is locked all the same.
        for identifier in ["ana", "nobody"] {
            for _ in 0..2 {
                enter(&page, identifier, "guess").await.expect(422).expect_text(WRONG);
            }
            enter(&page, identifier, "guess").await.expect(400).expect_text("Too many attempts. Try again in 2 minutes.");
        }
        let before = server.app.hashing.done();
        enter(&page, "ana", PASSWORD).await.expect(400).expect_text(LOCKED);
        assert_eq!(server.app.hashing.done(), before, "nothing is compared while it is locked");
        // Another browser and another address are locked as well.
        let stranger = visitor.stranger();
        stranger.comes_from("2001:db8::1".parse().unwrap());
        let elsewhere = begin(&stranger, &party, &[]).await;
        enter(&elsewhere, "ana", PASSWORD).await.expect(400).expect_text(LOCKED);

        // Attempts meanwhile did not make it longer.
        server.clock.advance_seconds(121);
        to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
    }

    async fn failures_are_forgotten_after_an_hour(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        set(server, json!({ "sentinelPolicy": { "maxAttempts": 2 } })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        enter(&page, "ana", "guess").await.expect(422);
        server.clock.advance_seconds(3_500);
        enter(&page, "ana", "guess").await.expect(400).expect_text("in 60 minutes");
        server.clock.advance_seconds(3_601);
        let page = begin(&server.visitor(), &party, &[]).await;
        enter(&page, "ana", "guess").await.expect(422).expect_text(WRONG);
    }

    async fn another_spelling_does_not_get_round_the_lock(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let method = json!({ "identifier": "email", "password": true, "verificationCode": false, "isPasswordPrimary": true });
        set(server, json!({ "signIn": { "methods": [method] }, "sentinelPolicy": { "maxAttempts": 2 } })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        enter(&page, "ana@example.com", "guess").await.expect(422);
        enter(&page, "ANA@example.com ", "guess").await.expect(400).expect_text(LOCKED);
        enter(&page, "Ana@Example.Com", PASSWORD).await.expect(400).expect_text(LOCKED);
    }

    async fn parallel_guesses_learn_no_more_than_the_limit_allows(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        set(server, json!({ "sentinelPolicy": { "maxAttempts": 5 } })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let local = tokio::task::LocalSet::new();
        let mut guesses = tokio::task::JoinSet::new();
        for number in 0..40 {
            let page = page.clone();
            let guess = async move { enter(&page, "ana", &format!("guess {number}")).await };
            guesses.spawn_local_on(guess, &local);
        }
        let answers = local.run_until(guesses.join_all()).await;
        let told = answers.iter().filter(|answer| answer.says(WRONG)).count();
        assert_eq!(told, 4, "the fifth failure is answered as locked, and so is every other one");
        assert!(answers.iter().all(|answer| answer.says(WRONG) || answer.says(LOCKED)));
    }

    async fn an_office_that_signs_in_behind_one_address_does_not_wait(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        for _ in 0..110 {
            let visitor = server.visitor();
            visitor.comes_from("192.0.2.1".parse().unwrap());
            let page = begin(&visitor, &party, &[]).await;
            enter(&page, "ana", PASSWORD).await.expect(303);
        }
    }

    async fn a_proxy_that_does_not_say_for_whom_it_speaks_is_not_locked_out(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let page = begin(&server.visitor(), &party, &[]).await;
        for number in 0..110 {
            enter(&page, &format!("person_{number}"), "Summer2026").await.expect(422);
        }
        to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
    }

    async fn an_address_that_tries_many_accounts_waits(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        visitor.comes_from("2001:db8:1:2::1".parse().unwrap());
        let page = begin(&visitor, &party, &[]).await;
        for number in 0..100 {
            enter(&page, &format!("person_{number}"), "Summer2026").await.expect(422);
        }
        let refused = enter(&page, "ana", PASSWORD).await.expect(429);
        assert!(refused.header("retry-after").is_some());
        refused.expect_text("Too many attempts from here.");
        // Another address of the same network is the same guesser.
        visitor.comes_from("2001:db8:1:2:ffff::9".parse().unwrap());
        enter(&page, "ana", PASSWORD).await.expect(429);
        visitor.comes_from("2001:db8:1:3::1".parse().unwrap());
        to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
    }
}
