//! The Console's pages that the tutorial does not pass, looked at in a real browser.

use super::PASSWORD;
use soleira_testkit::browser::Options;
use soleira_testkit::{Browser, Engine, ServerProcess};
use soleira_tests::tour::Tour;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_page() {
    let Some(browser) = Browser::start(Options::default()).await else {
        return;
    };
    let Some(server) = ServerProcess::start(env!("CARGO_BIN_EXE_soleira-under-test"), Engine::Sqlite).await else {
        return;
    };
    let mut tour = Tour::new(&browser, "console");
    let at = |path: &str| format!("{}{path}", server.console());

    browser.goto(&at("/welcome")).await;
    browser.fill("Username", "admin").await;
    browser.fill("Password", "password").await;
    browser.click("Create administrator").await;
    browser.read("This password is too common").await;
    tour.look_once("welcome-wrong").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Create administrator").await;
    browser.read_heading("Get started").await;

    browser.goto(&at("/guides?q=cobol")).await;
    tour.look("guides-none").await;
    browser.goto(&at("/applications/create?guide=machine-to-machine")).await;
    browser.fill("Name", "Nightly job").await;
    browser.click("Create application").await;
    browser.read_heading("Nightly job is ready. Now connect it").await;
    tour.look("guide-machine").await;
    browser.click("Logto Management API access").await;
    browser.click("Save").await;
    browser.read("Saved").await;
    browser.click("Application details").await;
    browser.click("Add secret").await;
    tour.look_once("application-machine").await;
    browser.click("Delete").await;
    browser.read_heading("Delete Nightly job?").await;
    tour.look("application-delete").await;

    browser.goto(&at("/sign-in-experience")).await;
    browser
        .click_at("the way to sign in", "//input[@id='sign_in_username']")
        .await;
    browser.click_at("`Save changes`", "//button[@name='save']").await;
    browser.read("Nobody can sign in").await;
    tour.look("sign-in-experience-closed").await;

    browser.goto(&at("/users/create")).await;
    browser.fill("Name", "Ada Lovelace").await;
    browser.click("Create user").await;
    browser.read("Fill in a username").await;
    tour.look_once("user-wrong").await;
    browser.fill("Username", "ada").await;
    browser.click("Create user").await;
    browser.read_heading("Ada Lovelace was created").await;
    tour.look_once("user-created").await;
    browser.click("I have noted it").await;
    tour.look("user").await;
    browser.click("Reset password").await;
    tour.look("user-password").await;
    browser.back().await;
    browser.click("Suspend").await;
    browser.read("Ada Lovelace is suspended.").await;
    tour.look("user-suspended").await;
    browser.click("Delete").await;
    tour.look("user-delete").await;
    browser.goto(&at("/users?q=nobody")).await;
    tour.look("users-none").await;

    browser
        .click_at("the menu", "//button[@popovertarget='user-menu']")
        .await;
    tour.look_once("menu").await;
    browser.click("Sign out").await;
    browser.arrive("the sign-in page", |url| url.path() == "/sign-in").await;
    browser.goto(&at("/callback?error=access_denied&state=x")).await;
    tour.look("interrupted").await;

    tour.end();
    assert_eq!(server.errors(), [] as [&str; 0]);
    browser.close().await;
}
