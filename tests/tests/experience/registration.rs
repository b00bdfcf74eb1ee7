//! Making an account with a username and a password.

use super::arrange::*;
use serde_json::json;
use soleira_testkit::{Page, on_both_engines};

async fn registration(page: &Page, username: &str, password: &str) -> Page {
    page.form("Create account")
        .fill("username", username)
        .fill("password", password)
        .submit()
        .await
}

on_both_engines! {
    async fn a_new_person_registers_and_is_signed_in(server) {
        let party = bookstore(server).await;
        let page = begin(&server.visitor(), &party, &[]).await.click("Create an account").await.expect(200);
        assert_eq!(page.url().path(), "/register");
        assert_eq!(page.attribute("input[name=password]", "autocomplete").as_deref(), Some("new-password"));
        to_application(registration(&page, "ana", PASSWORD).await.expect(303)).await;
        let user = only_user(server).await.user;
        assert_eq!(user.username.as_deref(), Some("ana"));
        assert_eq!(user.last_sign_in_at, Some(server.system().now()));
        // And once more, with what was chosen.
        let page = begin(&server.visitor(), &party, &[]).await;
        to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
    }

    async fn a_username_that_is_taken_is_said_at_its_field(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let page = begin(&server.visitor(), &party, &[("first_screen", "register")]).await;
        let refused = registration(&page, " ana ", PASSWORD).await.expect(422);
        refused.clone().expect_text("This username is already taken.");
        assert_eq!(refused.attribute("input[name=username]", "aria-invalid").as_deref(), Some("true"));
        assert_eq!(refused.form("Create account").value("username"), Some("ana"));
        assert_eq!(all_users(server).await.len(), 1, "nothing is half-written");
        to_application(registration(&refused, "anna", PASSWORD).await.expect(303)).await;
    }

    async fn everything_that_is_wrong_is_said_at_once(server) {
        let party = bookstore(server).await;
        set(server, json!({ "passwordPolicy": { "length": { "min": 12 }, "characterTypes": { "min": 2 } } })).await;
        let page = begin(&server.visitor(), &party, &[("first_screen", "register")]).await;
        page.clone().expect_text("At least 12 characters");
        let refused = registration(&page, "1ana", "short").await.expect(422);
        for text in [
            "A username may not start with a digit.",
            "The password must have at least 12 characters.",
            "Use at least 2 of these",
        ] {
            refused.clone().expect_text(text);
        }
        assert!(!refused.body().contains("short\""));
        for (username, password, text) in [
            ("", PASSWORD, "Enter a username."),
            ("ana souza", PASSWORD, "Use only letters, digits and the underscore"),
            ("ana", "", "Enter your password."),
            ("ana", "password1234", "This password is too common"),
            ("anasouza", "anasouza12", "Do not use your own name"),
            ("ana", &"x1y2".repeat(80), "The password may have at most 256 characters."),
        ] {
            registration(&page, username, password).await.expect(422).expect_text(text);
        }
        registration(&page, &"a".repeat(129), PASSWORD).await.expect(422).expect_text("at most 128 characters");
        registration(&page, "ana\0", PASSWORD).await.expect(400);
        assert!(all_users(server).await.is_empty());
    }

    async fn a_double_click_makes_one_account(server) {
        let party = bookstore(server).await;
        let page = begin(&server.visitor(), &party, &[("first_screen", "register")]).await;
        let (first, second) =
            tokio::join!(registration(&page, "ana", PASSWORD), registration(&page, "ana", PASSWORD));
        assert_eq!(first.expect(303).location(), second.clone().expect(303).location());
        only_user(server).await;
        to_application(second).await;
    }

    async fn of_two_people_with_one_username_one_gets_it(server) {
        let party = bookstore(server).await;
        let visitors = [server.visitor(), server.visitor()];
        let first = begin(&visitors[0], &party, &[("first_screen", "register")]).await;
        let second = begin(&visitors[1], &party, &[("first_screen", "register")]).await;
        let (first, second) =
            tokio::join!(registration(&first, "ana", PASSWORD), registration(&second, "ana", PASSWORD));
        let mut statuses = [first.status(), second.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
        only_user(server).await;
    }

    async fn registration_is_closed_where_the_tenant_says_so(server) {
        let party = bookstore(server).await;
        let page = begin(&server.visitor(), &party, &[("first_screen", "register")]).await;
        set(server, json!({ "signInMode": "SignIn" })).await;
        // A form that was open before.
        registration(&page, "ana", PASSWORD).await.expect(403).expect_text("This is not open here");
        assert!(all_users(server).await.is_empty());
        let page = begin(&server.visitor(), &party, &[("first_screen", "register")]).await.expect(200);
        assert_eq!(page.url().path(), "/sign-in");
        assert!(page.find_link("Create an account").is_none());
    }

    async fn signing_in_is_closed_where_the_tenant_says_so(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let page = begin(&server.visitor(), &party, &[]).await;
        set(server, json!({ "signInMode": "Register" })).await;
        enter(&page, "ana", PASSWORD).await.expect(403);
        let page = begin(&server.visitor(), &party, &[]).await.expect(200);
        assert_eq!(page.url().path(), "/register");
        assert!(page.find_link("Sign in").is_none());
        to_application(registration(&page, "bob", PASSWORD).await.expect(303)).await;
    }

    async fn without_identifiers_no_form_makes_accounts(server) {
        let party = bookstore(server).await;
        let open = begin(&server.visitor(), &party, &[("first_screen", "register")]).await;
        set(server, not_applicable()).await;
        registration(&open, "ana", PASSWORD).await.expect(422);
        assert!(all_users(server).await.is_empty());
        let page = begin(&server.visitor(), &party, &[("first_screen", "register")]).await.expect(200);
        page.clone().expect_text("no way of registering is enabled");
        let sign_in = page.click("Sign in").await.expect(200);
        assert!(sign_in.find_link("Create an account").is_none(), "there is nothing behind it");
    }

    async fn too_many_accounts_from_one_address_wait(server) {
        let party = bookstore(server).await;
        let visitor = server.visitor();
        visitor.comes_from("192.0.2.1".parse().unwrap());
        let page = begin(&visitor, &party, &[("first_screen", "register")]).await;
        let mut made = 0;
        let refused = loop {
            let answer = registration(&page, &format!("ana_{made}"), PASSWORD).await;
            if answer.status() != 303 {
                break answer;
            }
            made += 1;
        };
        assert_eq!(made, 300);
        refused.expect(429).expect_text("Too many attempts from here.");
        visitor.comes_from("192.0.2.7".parse().unwrap());
        registration(&page, "ana_300", PASSWORD).await.expect(303);
    }
}
