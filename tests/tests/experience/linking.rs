//! Linking an identity at a provider with an account that exists: only over an address that somebody vouches for.

use super::arrange::*;
use serde_json::json;
use soleira_directory::users::{self, CreateUser};
use soleira_testkit::{Page, Person, on_both_engines};

/// Somebody at the provider with the address of the account `ana`.
fn ana_at_the_provider(email_verified: Option<bool>) -> Person {
    Person {
        email: Some("Ana@example.com".to_owned()),
        email_verified,
        ..Person::default()
    }
}

async fn link(page: &Page, password: &str) -> Page {
    page.form("Link and sign in").fill("password", password).submit().await
}

on_both_engines! {
    async fn linking_asks_for_the_password_of_the_account(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let ana = user(server, "ana").await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &ana_at_the_provider(Some(true))).await.expect(303).follow().await;
        let page = page.expect(200);
        assert_eq!(page.url().path(), format!("/social/link/{}", hugging_face.connector_id));
        page.clone().expect_text("You already have an account").expect_text("ana@example.com");

        link(&page, "").await.expect(422).expect_text("Enter your password.");
        let refused = link(&page, "guess").await.expect(422).expect_text("That is not the password of this account.");
        assert!(users::get(&server.system(), &ana).await.unwrap().identities.is_empty());
        to_application(link(&refused, PASSWORD).await.expect(303)).await;

        let linked = only_user(server).await;
        assert_eq!(linked.user.id, ana);
        assert_eq!(linked.identities[0].identity_id, Person::default().sub);
        // From now on the provider is enough.
        let page = begin(&server.visitor(), &party, &[]).await;
        to_application(hugging_face.sign_in(&page, &ana_at_the_provider(Some(true))).await.expect(303)).await;
    }

    async fn guessing_while_linking_is_locked_too(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        user(server, "ana").await;
        set(server, json!({ "sentinelPolicy": { "maxAttempts": 2 } })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &ana_at_the_provider(Some(true))).await.follow().await.expect(200);
        link(&page, "guess").await.expect(422);
        link(&page, "guess").await.expect(400).expect_text("Too many attempts.");
        link(&page, PASSWORD).await.expect(400).expect_text("Too many attempts.");
        assert!(only_user(server).await.identities.is_empty());
    }

    async fn an_address_that_nobody_vouches_for_finds_no_account(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let ana = user(server, "ana").await;
        // Not even where linking is automatic.
        set(server, json!({ "socialSignIn": { "automaticAccountLinking": true } })).await;
        for (email_verified, sub) in [(Some(false), "first"), (None, "second")] {
            let attacker = Person { sub: sub.to_owned(), ..ana_at_the_provider(email_verified) };
            let page = begin(&server.visitor(), &party, &[]).await;
            let page = hugging_face.sign_in(&page, &attacker).await.expect(303).follow().await.expect(200);
            assert_eq!(page.url().path(), "/continue/username", "a stranger: a new account");
            to_application(page.form("Continue").fill("username", sub).submit().await.expect(303)).await;
        }
        assert!(users::get(&server.system(), &ana).await.unwrap().identities.is_empty());
        for made in all_users(server).await.into_iter().filter(|made| made.user.id != ana) {
            assert_eq!(made.user.primary_email, None);
            let details = made.identities[0].details.clone().unwrap();
            assert_eq!(details["email"], "Ana@example.com", "it stays in the details");
        }
    }

    async fn an_administrator_may_trust_a_provider_that_says_nothing(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect_with(server, &[("trustUnverifiedEmail", json!(true))], false).await;
        user(server, "ana").await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &ana_at_the_provider(None)).await.expect(303);
        assert!(page.location().path().starts_with("/social/link/"));
        // An explicit no stays a no.
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &ana_at_the_provider(Some(false))).await.expect(303);
        assert_eq!(page.location().path(), "/continue/username");
    }

    async fn linking_can_be_automatic(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let ana = user(server, "ana").await;
        set(server, json!({ "socialSignIn": { "automaticAccountLinking": true } })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        to_application(hugging_face.sign_in(&page, &ana_at_the_provider(Some(true))).await.expect(303)).await;
        let linked = only_user(server).await;
        assert_eq!(linked.user.id, ana);
        assert_eq!(linked.identities.len(), 1);

        // A second identity of the same provider does not push the first one out.
        let other = Person { sub: "another".to_owned(), ..ana_at_the_provider(Some(true)) };
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &other).await.expect(303);
        assert_eq!(page.location().path(), "/continue/username");
        assert_eq!(only_user(server).await.identities[0].identity_id, Person::default().sub);
    }

    async fn suspended_accounts_are_not_linked(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let ana = user(server, "ana").await;
        users::set_suspension(&server.system(), &ana, true).await.unwrap();
        for automatic in [false, true] {
            set(server, json!({ "socialSignIn": { "automaticAccountLinking": automatic } })).await;
            let page = begin(&server.visitor(), &party, &[]).await;
            let mut page = hugging_face.sign_in(&page, &ana_at_the_provider(Some(true))).await.expect(303);
            if !automatic {
                page = link(&page.follow().await, PASSWORD).await.expect(303);
            }
            assert_eq!(page.location().path(), "/account-suspended");
            assert!(only_user(server).await.identities.is_empty());
        }
    }

    async fn who_does_not_want_to_link_makes_a_separate_account(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let ana = user(server, "ana").await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &ana_at_the_provider(Some(true))).await.follow().await;
        let page = page.click("Create a separate account").await.expect(303).follow().await.expect(200);
        to_application(page.form("Continue").submit().await.expect(303)).await;
        let made = all_users(server).await.into_iter().find(|made| made.user.id != ana).unwrap();
        assert_eq!(made.user.primary_email, None, "the address is the first account's");
        assert_eq!(made.identities.len(), 1);

        set(server, json!({ "signInMode": "SignIn" })).await;
        let other = Person { sub: "another".to_owned(), ..ana_at_the_provider(Some(true)) };
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &other).await.follow().await.expect(200);
        assert!(!page.says("Create a separate account"));
    }

    async fn an_account_without_a_password_is_signed_in_to_as_before(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let bare = CreateUser { primary_email: Some("ana@example.com".into()), ..CreateUser::default() };
        users::create(&server.system(), bare).await.unwrap();
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &ana_at_the_provider(Some(true))).await.follow().await.expect(200);
        page.clone().expect_text("which has no password");
        assert!(!page.has("input[name=password]"));
        page.link("Back to sign-in");
    }

    async fn the_page_is_not_there_for_who_did_not_come_from_the_provider(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let path = format!("/social/link/{}", hugging_face.connector_id);
        visitor.get(&path).await.expect(303).follow().await.expect_text("This sign-in has ended");
        let page = begin(&visitor, &party, &[]).await;
        assert_eq!(visitor.get(&path).await.expect(303).location().path(), "/sign-in");
        assert_eq!(visitor.get("/continue/username").await.expect(303).location().path(), "/sign-in");
        // A forged form with a genuine token of another page.
        let token = page.form("Sign in").value("_csrf").unwrap().to_owned();
        for path in [path.as_str(), "/continue/username", &path.replace("link", "register")] {
            let fields = [("_csrf", token.as_str()), ("password", PASSWORD), ("username", "evil")];
            let answer = visitor.post_form(path, &fields).await.expect(303);
            assert_eq!(answer.location().path(), "/sign-in", "{path}");
        }
        let sent_away = hugging_face.answer(&page, &ana_at_the_provider(Some(true))).await;
        // Sent to the provider and not back yet: nothing to link either.
        assert_eq!(visitor.get(&path).await.expect(303).location().path(), "/sign-in");
        assert!(visitor.get(sent_away.as_str()).await.expect(303).location().path().starts_with("/social/link/"));
        // Another connector's path is not this sign-in's.
        assert_eq!(visitor.get("/social/link/other").await.expect(303).location().path(), "/sign-in");
        assert!(only_user(server).await.identities.is_empty());
    }
}
