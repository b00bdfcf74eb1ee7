//! The pages in a real browser: what they look like, what axe-core finds, and that a form reaches the application.

use super::arrange::*;
use serde_json::json;
use soleira_directory::users;
use soleira_testkit::browser::Options;
use soleira_testkit::{Browser, Engine, RelyingParty, ServerProcess, server};
use soleira_tests::tour::Tour;

/// Pages in the way of people: errors, refusals, and what stands where nothing can be done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_say_what_is_wrong_are_looked_at() {
    let mut parties: Option<(RelyingParty, RelyingParty)> = None;
    let work = async |ctx: &_| {
        let bookstore = RelyingParty::register(ctx, "Bookstore", CALLBACK).await;
        parties = Some((bookstore, third_party_in(ctx).await));
        for name in ["ana", "eve"] {
            let id = user_in(ctx, name).await;
            if name == "eve" {
                users::set_suspension(ctx, &id, true).await.unwrap();
            }
        }
        set_in(
            ctx,
            json!({
                "sentinelPolicy": { "maxAttempts": 3 },
                "passwordPolicy": { "length": { "min": 12 }, "characterTypes": { "min": 2 } },
                "termsOfUseUrl": "https://example.com/terms",
                "privacyPolicyUrl": "https://example.com/privacy",
                "color": { "primaryColor": "#2454b3", "isDarkModeEnabled": true, "darkPrimaryColor": "#70a6f5" },
            }),
        )
        .await;
    };
    let Some(database) = server::arranged(Engine::Sqlite, work).await else {
        return;
    };
    let Some(browser) = Browser::start(Options::default()).await else {
        return;
    };
    let (bookstore, elsewhere) = parties.unwrap();
    let server = ServerProcess::start_on(env!("CARGO_BIN_EXE_soleira-under-test"), database).await;
    let mut tour = Tour::new(&browser, "experience");

    browser.goto(&server.origin()).await;
    browser.read_heading("This is a sign-in server").await;
    tour.look("root").await;
    browser
        .goto(&format!("{}/sign-in?app_id={}", server.origin(), bookstore.client_id))
        .await;
    browser.read_heading("This sign-in has ended").await;
    tour.look("unknown-session").await;

    browser
        .goto(bookstore.request(&server.origin(), &[]).url.as_str())
        .await;
    browser.read_heading("Sign in to Bookstore").await;
    tour.look("sign-in").await;
    for attempt in 1..=3 {
        browser.fill("Username", "ana").await;
        browser.fill("Password", "guess").await;
        browser.click("Sign in").await;
        if attempt == 1 {
            browser.read(WRONG).await;
            assert_eq!(
                browser.script("return document.activeElement.id").await,
                "password",
                "focus is at the error"
            );
            assert_eq!(browser.value("Username").await, "ana");
            tour.look_once("sign-in-wrong").await;
        }
    }
    browser.read("Too many attempts. Try again in 60 minutes.").await;
    tour.look_once("sign-in-locked").await;

    browser.click("Create an account").await;
    browser.read_heading("Create your account").await;
    tour.look("register").await;
    browser.fill("Username", "ana-prado").await;
    browser.fill("Password", "anapradoanaprado").await;
    browser.click("Create account").await;
    browser.read("Use only letters, digits and the underscore").await;
    assert_eq!(
        browser.script("return document.activeElement.id").await,
        "username",
        "focus is at the first error"
    );
    tour.look_once("register-wrong").await;

    browser.click("Sign in").await;
    browser.fill("Username", "eve").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
    browser.read_heading("This account is suspended").await;
    tour.look("account-suspended").await;

    browser.click("Use another account").await;
    browser.click("Create an account").await;
    browser.fill("Username", "bea").await;
    browser.fill("Password", "limestone 4 azulejo").await;
    browser.click("Create account").await;
    // `form-action` lets the form reach another origin, through redirects. Nothing listens there.
    let back = browser
        .arrive("the application", |url| url.as_str().starts_with(CALLBACK))
        .await;
    assert!(back.query_pairs().any(|(name, _)| name == "code"), "{back}");

    browser
        .goto(elsewhere.request(&server.origin(), &[("scope", "openid")]).url.as_str())
        .await;
    browser.read_heading("May Elsewhere use your account?").await;
    tour.look("consent").await;
    browser.click("Cancel").await;
    let back = browser
        .arrive("the application", |url| url.as_str().starts_with(CALLBACK))
        .await;
    assert!(
        back.query_pairs()
            .any(|(name, value)| name == "error" && value == "access_denied"),
        "{back}"
    );
    tour.end();
    assert!(server.errors().is_empty(), "{:?}", server.errors());
}
