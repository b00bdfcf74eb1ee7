//! The pages of the device flow in a real browser: what they look like, what axe-core finds, and that a device gets its
//! tokens by them.

use soleira_core::Secret;
use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_directory::applications::{self, NewApplication};
use soleira_directory::users::{self, CreateUser, NewPassword};
use soleira_testkit::browser::Options;
use soleira_testkit::{Browser, Engine, ServerProcess, server};
use soleira_tests::protocol::text;
use soleira_tests::tour::Tour;

const PASSWORD: &str = "limestone and azulejo";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_connects_a_television_in_a_browser() {
    let mut client_id = String::new();
    let work = async |ctx: &_| {
        let mut new = NewApplication::new("Television", ApplicationType::Native);
        new.custom_client_metadata = Some(CustomClientMetadata {
            is_device_flow: Some(true),
            ..CustomClientMetadata::default()
        });
        client_id = applications::create(ctx, new).await.unwrap().id.to_string();
        let user = CreateUser {
            username: Some("ana".to_owned()),
            password: Some(NewPassword::Plain(Secret::new(PASSWORD))),
            ..CreateUser::default()
        };
        users::create(ctx, user).await.unwrap();
    };
    let Some(database) = server::arranged(Engine::Sqlite, work).await else {
        return;
    };
    let Some(browser) = Browser::start(Options::default()).await else {
        return;
    };
    let server = ServerProcess::start_on(env!("CARGO_BIN_EXE_soleira-under-test"), database).await;
    let device = server.visitor();
    let start = async || {
        let fields = [("client_id", client_id.as_str()), ("scope", "openid profile")];
        device.post_form("/oidc/device/auth", &fields).await.expect(200).json()
    };
    let mut tour = Tour::new(&browser, "device");

    browser.goto(&format!("{}/device", server.origin())).await;
    browser.read_heading("Connect a device").await;
    tour.look("code").await;
    browser.fill("Code", "bcdf ghjk").await;
    browser.click("Continue").await;
    browser.read("No device shows this code.").await;
    assert_eq!(browser.value("Code").await, "bcdf ghjk");
    tour.look_once("code-wrong").await;

    let codes = start().await;
    browser.fill("Code", text(&codes, "user_code")).await;
    browser.click("Continue").await;
    browser.read_heading("Connect a device to Television?").await;
    tour.look("confirm").await;
    browser.click("Cancel").await;
    browser.read("The device was not connected.").await;
    tour.look_once("aborted").await;

    let codes = start().await;
    browser.goto(text(&codes, "verification_uri_complete")).await;
    browser.read_heading("Connect a device to Television?").await;
    browser.click("Continue").await;
    browser.fill("Username", "ana").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
    browser.read_heading("Your device is connected").await;
    tour.look("success").await;
    let poll = [
        ("client_id", client_id.as_str()),
        ("grant_type", GRANT),
        ("device_code", text(&codes, "device_code")),
    ];
    device.post_form("/oidc/token", &poll).await.expect(200);
    tour.end();
    assert!(server.errors().is_empty(), "{:?}", server.errors());
}
