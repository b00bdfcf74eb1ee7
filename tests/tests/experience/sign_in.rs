//! Signing in with a username and a password.

use super::arrange::*;
use serde_json::json;
use soleira_core::model::PasswordHash;
use soleira_directory::users::{self, CreateUser, NewPassword};
use soleira_store::{Verdict, unit, users as rows};
use soleira_testkit::on_both_engines;
use url::Url;

on_both_engines! {
    async fn a_person_signs_in_and_the_application_gets_tokens(server) {
        let party = bookstore(server).await;
        let ana = user(server, "ana").await;
        let visitor = server.visitor();
        let request = party.request(server.origin(), &[]);
        let page = visitor.get(request.url.as_str()).await.follow_all().await.expect(200);
        assert_eq!(page.url().path(), "/sign-in");
        assert_eq!(page.text_of("h1").as_deref(), Some("Sign in to Bookstore"));
        let back = to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
        let code = party.code(&request, &back);
        let tokens = party.exchange(&visitor, &code, &request.code_verifier).await.expect(200).json();
        assert!(tokens["id_token"].is_string(), "{tokens}");

        let stored = users::get(&server.system(), &ana).await.unwrap().user;
        assert_eq!(stored.last_sign_in_at, Some(server.system().now()));
        assert_eq!(stored.application_id.map(|id| id.0), Some(party.client_id.clone()));

        // The browser has a session now: the next time nothing is asked.
        let page = begin_until_back(&visitor, &party).await;
        is_back(&page);
    }

    async fn an_email_address_signs_in_where_the_tenant_says_so(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let method = |identifier: &str| json!({
            "identifier": identifier, "password": true, "verificationCode": false, "isPasswordPrimary": true
        });
        let page = begin(&server.visitor(), &party, &[]).await;
        enter(&page, "ana@example.com", PASSWORD).await.expect(422).expect_text(WRONG);

        set(server, json!({ "signIn": { "methods": [method("username"), method("email"), method("phone")] } })).await;
        for identifier in ["ana@example.com", " ANA@Example.com ", "ana"] {
            let page = begin(&server.visitor(), &party, &[]).await;
            assert!(page.says("Username, email or phone number"));
            to_application(enter(&page, identifier, PASSWORD).await.expect(303)).await;
        }
    }

    async fn a_wrong_password_and_an_unknown_person_look_alike(server) {
        let party = bookstore(server).await;
        let ana = user(server, "ana").await;
        users::create(&server.system(), CreateUser { username: Some("bare".into()), ..CreateUser::default() })
            .await
            .unwrap();
        let suspended = user(server, "eve").await;
        users::set_suspension(&server.system(), &suspended, true).await.unwrap();

        let mut answers = Vec::new();
        for identifier in ["ana", "nobody", "bare", "eve", "not a username!", "nobody@example.com", "+1 555"] {
            let page = begin(&server.visitor(), &party, &[]).await;
            let before = server.app.hashing.done();
            let answer = enter(&page, identifier, "guess").await.expect(422);
            assert_eq!(server.app.hashing.done() - before, 1, "{identifier}: the same work");
            assert_eq!(answer.form("Sign in").value("identifier"), Some(identifier), "what was typed stays");
            assert!(!answer.body().contains("guess"), "the password does not");
            assert_eq!(answer.attribute("input[name=password]", "aria-invalid").as_deref(), Some("true"));
            answers.push(answer.text().replace(identifier, ""));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert!(answers[0].contains(WRONG));
        assert_eq!(users::get(&server.system(), &ana).await.unwrap().user.last_sign_in_at, None);
    }

    async fn a_suspended_person_is_told_so_once_the_password_is_right(server) {
        let party = bookstore(server).await;
        let ana = user(server, "ana").await;
        users::set_suspension(&server.system(), &ana, true).await.unwrap();
        set(server, json!({ "supportEmail": "help@example.com" })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = enter(&page, "ana", PASSWORD).await.expect(303).follow().await.expect(403);
        assert_eq!(page.url().path(), "/account-suspended");
        page.clone().expect_text("This account is suspended").expect_text("help@example.com");
        // The sign-in is still there for another account.
        user(server, "bob").await;
        let page = page.click("Use another account").await.expect(200);
        to_application(enter(&page, "bob", PASSWORD).await.expect(303)).await;
    }

    async fn an_expired_password_does_not_sign_in(server) {
        let party = bookstore(server).await;
        let ana = user(server, "ana").await;
        let ctx = server.system();
        let before = users::get(&ctx, &ana).await.unwrap().user;
        let author = soleira_directory::author(&ctx);
        ctx.write(unit((author, before), |(author, before), tx| Box::pin(async move {
            let after = soleira_core::model::User { is_password_expired: true, ..before.clone() };
            rows::update(tx, author, before, &after, before.username.as_deref()).await?;
            Ok(Verdict::Accept(()))
        })))
        .await
        .unwrap();
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = enter(&page, "ana", PASSWORD).await.expect(422);
        assert!(page.has("[role=alert]"), "{page:?}");
        // Who does not know it is not told.
        enter(&page, "ana", "guess").await.expect(422).expect_text(WRONG);
    }

    async fn an_outdated_hash_is_replaced_at_the_first_sign_in(server) {
        let party = bookstore(server).await;
        let ctx = server.system();
        let imported = CreateUser {
            username: Some("ana".into()),
            // MD5 of `password`, as another system stored it.
            password: Some(NewPassword::Imported {
                method: "MD5".into(),
                digest: soleira_core::Secret::new("5f4dcc3b5aa765d61d8327deb882cf99"),
            }),
            ..CreateUser::default()
        };
        let ana = users::create(&ctx, imported).await.unwrap().user;
        let page = begin(&server.visitor(), &party, &[]).await;
        enter(&page, "ana", "wrong").await.expect(422);
        to_application(enter(&page, "ana", "password").await.expect(303)).await;
        let stored = users::get(&ctx, &ana.id).await.unwrap().user;
        let PasswordHash { method, .. } = stored.password.unwrap();
        assert_eq!(method, "Argon2i");
        assert_eq!(stored.password_updated_at, ana.password_updated_at);
        let page = begin(&server.visitor(), &party, &[]).await;
        to_application(enter(&page, "ana", "password").await.expect(303)).await;
    }

    async fn what_is_missing_is_said_at_its_field(server) {
        let party = bookstore(server).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let empty = enter(&page, " ", "").await.expect(422);
        assert!(empty.says("Say who you are.") && empty.says("Enter your password."), "{empty:?}");
        let half = enter(&page, "ana", "").await.expect(422);
        assert_eq!(half.form("Sign in").value("identifier"), Some("ana"));
        assert!(!half.says("Say who you are."));
    }

    async fn the_terms_are_agreed_to_where_the_tenant_asks(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let terms = json!({ "agreeToTermsPolicy": "Manual", "termsOfUseUrl": "https://example.com/terms" });
        set(server, terms).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let form = || page.form("Sign in").fill("identifier", "ana").fill("password", PASSWORD);
        form().submit().await.expect(422).expect_text("Tick the box to go on.");
        to_application(form().check("agree").submit().await.expect(303)).await;
    }

    async fn a_form_that_no_page_of_ours_sent_is_refused(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        let form = || page.form("Sign in").fill("identifier", "ana").fill("password", PASSWORD);
        form().without("_csrf").submit().await.expect(403);
        form().without("_csrf").with("_csrf", "forged").submit().await.expect(403).expect_text("This form has expired");
        let stranger = visitor.stranger();
        let token = begin(&stranger, &party, &[]).await.form("Sign in").value("_csrf").unwrap().to_owned();
        form().without("_csrf").with("_csrf", &token).submit().await.expect(403);
        visitor.always("origin", "https://evil.example.com");
        form().submit().await.expect(403);
    }

    async fn strange_input_is_answered_with_a_page(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        let long = "a".repeat(5_000);
        for (identifier, password) in [(long.as_str(), "x"), ("ana", long.as_str()), ("\u{202e}ana", "\u{1f600}")] {
            enter(&page, identifier, password).await.expect(422).expect_text(WRONG);
        }
        enter(&page, "ana\0", "x").await.expect(400);
        enter(&page, "ana", "x\0").await.expect(400);
        enter(&page, &"a".repeat(300_000), "x").await.expect(413);
        visitor.get("/sign-in?app_id=%00").await.expect(400);
        visitor.get(&format!("/sign-in?app_id={}", "x".repeat(3_000))).await.follow_all().await;
        visitor.get("/sign-in?app_id=a&app_id=b").await.expect(400);
        // None of it ended the sign-in.
        to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
    }

    async fn a_sign_in_that_took_too_long_begins_anew(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[("login_hint", "ana")]).await;
        assert_eq!(page.form("Sign in").value("identifier"), Some("ana"));
        // The cookies of the sign-in live as long as it does: a browser with a slow clock still has them.
        let form = page.form("Sign in").fill("password", PASSWORD);
        let kept = visitor.cookie("_interaction").unwrap();
        let signature = visitor.cookie("_interaction.sig").unwrap();
        server.clock.advance_seconds(3_601);
        visitor.set_cookie("_interaction", &kept);
        visitor.set_cookie("_interaction.sig", &signature);
        let ended = form.submit().await.expect(303).follow().await.expect(400);
        assert_eq!(ended.url().path(), "/unknown-session");
        ended.clone().expect_text("This sign-in has ended");
        let again = ended.click("Start again").await.follow_all().await.expect(200);
        assert_eq!(again.form("Sign in").value("identifier"), Some("ana"), "it is the same request");
        to_application(enter(&again, "ana", PASSWORD).await.expect(303)).await;
    }

    async fn a_sign_in_that_is_over_is_not_used_twice(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
        // Back, and once more; then the page itself.
        let ended = enter(&page, "ana", PASSWORD).await.expect(303).follow().await.expect(400);
        ended.clone().expect_text("This sign-in has ended");
        assert_eq!(ended.link("Go to Bookstore").as_str(), "http://localhost:3000/");
        visitor.get("/sign-in").await.expect(303).follow().await.expect(400);
        // The browser is signed in: starting again leads straight back.
        let page = visitor.get(ended.link("Start again").as_str()).await;
        to_application(page).await;
    }

    async fn a_double_click_signs_in_once(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let (first, second) = tokio::join!(enter(&page, "ana", PASSWORD), enter(&page, "ana", PASSWORD));
        let (first, second) = (first.expect(303), second.expect(303));
        assert_eq!(first.location(), second.location(), "both lead the same way");
        to_application(second).await;
    }

    async fn two_tabs_do_not_disturb_each_other(server) {
        let party = bookstore(server).await;
        let other = soleira_testkit::RelyingParty::register(&server.system(), "Library", CALLBACK).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let first = begin(&visitor, &party, &[]).await;
        let second = begin(&visitor, &party, &[]).await;
        let library = begin(&visitor, &other, &[]).await;
        assert_eq!(library.text_of("h1").as_deref(), Some("Sign in to Library"));
        // The tab that was opened first signs in where the newer one of its application stands.
        to_application(enter(&first, "ana", PASSWORD).await.expect(303)).await;
        enter(&second, "ana", PASSWORD).await.expect(303).follow().await.expect(400).expect_text("This sign-in has ended");
        to_application(enter(&library, "ana", PASSWORD).await.expect(303)).await;
    }

    async fn another_person_in_the_same_browser_replaces_the_first(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        let bob = user(server, "bob").await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
        let request = party.request(server.origin(), &[("prompt", "login consent")]);
        let page = visitor.get(request.url.as_str()).await.follow_all().await.expect(200);
        let page = enter(&page, "bob", PASSWORD).await.expect(303).follow().await;
        let page = if page.status() == 200 { page.form_at("form").submit().await } else { page };
        let back = to_application(page).await;
        let tokens = party.exchange(&visitor, &party.code(&request, &back), &request.code_verifier).await.expect(200).json();
        let claims = soleira_tests::protocol::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(claims["sub"], bob.as_str());
    }

    async fn what_happened_is_in_the_audit_trail_without_secrets(server) {
        let party = bookstore(server).await;
        let ana = user(server, "ana").await;
        let page = begin(&server.visitor(), &party, &[]).await;
        enter(&page, "ana", "a wrong secret").await.expect(422);
        to_application(enter(&page, "ana", PASSWORD).await.expect(303)).await;
        let ctx = server.system();
        let mut reader = ctx.read().await.unwrap();
        let logs = soleira_store::logs::newest(&mut reader.tx(), &ctx.tenant.id, 50).await.unwrap();
        let of = |key: &str| logs.iter().filter(|log| log.key == key).collect::<Vec<_>>();
        let attempts = of("Interaction.SignIn.Verification.Password.Submit");
        assert_eq!(attempts.len(), 2);
        assert!(attempts.iter().any(|log| log.payload.contains("session.invalid_credentials")));
        assert_eq!(of("Interaction.SignIn.Identifier.Submit").len(), 1);
        let submits = of("Interaction.SignIn.Submit");
        assert_eq!(submits[0].user_id.as_deref(), Some(ana.as_str()));
        assert_eq!(submits[0].application_id.as_deref(), Some(party.client_id.as_str()));
        assert!(logs.iter().all(|log| !log.payload.contains("a wrong secret") && !log.payload.contains(PASSWORD)));
    }
}

async fn begin_until_back(
    visitor: &soleira_testkit::Visitor,
    party: &soleira_testkit::RelyingParty,
) -> soleira_testkit::Page {
    let request = party.request("http://localhost:3001", &[]);
    visitor
        .get(request.url.as_str())
        .await
        .follow_until(|url: &Url| url.as_str().starts_with(CALLBACK))
        .await
}
