//! The device flow (RFC 8628): codes, pages without scripts, polling.

use serde_json::Value;
use soleira_core::UserId;
use soleira_core::model::{ApplicationType, CustomClientMetadata, OidcClientMetadata};
use soleira_directory::applications::{self, ApplicationPatch, NewAccessRules, NewApplication};
use soleira_directory::users;
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{Client, answer_consent, answer_login, claims, create_user, parameter, register, text};
use std::net::IpAddr;
use tokio::task::JoinSet;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A television, and whatever else has no keyboard.
async fn television(server: &TestServer) -> Client {
    let mut new = NewApplication::new("Television", ApplicationType::Native);
    new.oidc_client_metadata = Some(OidcClientMetadata::default());
    new.custom_client_metadata = Some(CustomClientMetadata {
        is_device_flow: Some(true),
        ..CustomClientMetadata::default()
    });
    let application = applications::create(&server.system(), new).await.unwrap();
    Client {
        id: application.id.to_string(),
        secret: None,
    }
}

async fn start(visitor: &Visitor, client: &Client, scope: &str) -> Value {
    let page = client.post(visitor, "/oidc/device/auth", &[("scope", scope)]).await;
    page.expect(200).json()
}

async fn poll(visitor: &Visitor, client: &Client, codes: &Value) -> Page {
    let fields = [("grant_type", GRANT), ("device_code", text(codes, "device_code"))];
    client.token(visitor, &fields).await
}

fn told(page: &Page) -> String {
    let body = page.json();
    format!(
        "{} {}: {}",
        page.status(),
        text(&body, "error"),
        text(&body, "error_description")
    )
}

/// The page that a browser gets at an address of the device flow.
async fn open(browser: &Visitor, address: &str) -> Page {
    browser.get(address).await.follow_all().await.expect(200)
}

/// The page on which a person confirms their code.
async fn confirmation(browser: &Visitor, codes: &Value) -> Page {
    let page = open(browser, "/device").await;
    let form = page
        .form("Continue")
        .fill("Code", &text(codes, "user_code").to_lowercase().replace('-', " "));
    form.submit().await.follow_all().await.expect(200)
}

/// Confirms a code and answers what is asked; where the browser ends up.
async fn connect(server: &TestServer, browser: &Visitor, client: &Client, user: &UserId, codes: &Value) -> Page {
    let ctx = server.system();
    let page = confirmation(browser, codes).await;
    let mut page = page.form("Continue").submit().await.expect(303);
    for _ in 0..4 {
        let next = match page.location().path() {
            "/sign-in" => answer_login(&ctx, browser, client, user).await,
            "/consent" => answer_consent(&ctx, browser, client).await,
            _ => break,
        };
        page = browser.get(&next).await.expect(303);
    }
    page.follow_all().await.expect(200)
}

on_both_engines! {
    async fn a_television_gets_its_persons_tokens(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let user = create_user(server, "ada").await;
        let client = television(server).await;
        let page = client.post(&device, "/oidc/device/auth", &[("scope", "openid profile offline_access"), ("nonce", "n-1")]).await.expect(200);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let codes = page.json();
        let names: Vec<&String> = codes.as_object().unwrap().keys().collect();
        assert_eq!(names, ["device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in"]);
        assert!(page.body().starts_with("{\"device_code\":"));
        let user_code = text(&codes, "user_code");
        assert_eq!(text(&codes, "device_code").len(), 43);
        let letters = |part: &str| part.len() == 4 && part.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c));
        let (first, second) = user_code.split_once('-').unwrap();
        assert!(letters(first) && letters(second), "{user_code}");
        assert_eq!(codes["verification_uri"], "http://localhost:3001/device");
        assert_eq!(codes["verification_uri_complete"], format!("http://localhost:3001/device?user_code={user_code}"));
        assert_eq!(codes["expires_in"], 600);

        assert!(told(&poll(&device, &client, &codes).await).starts_with("400 authorization_pending: "));
        let page = connect(server, &browser, &client, &user, &codes).await.expect_text("Your device is connected");
        assert_eq!(page.url().path(), "/device/success");
        assert!(browser.cookie("_device_flow").is_none());
        let tokens = poll(&device, &client, &codes).await.expect(200).json();
        assert_eq!(tokens["scope"], "openid profile offline_access");
        let id_token = claims(text(&tokens, "id_token"));
        assert_eq!((id_token["sub"].as_str(), id_token["nonce"].as_str()), (Some(user.as_str()), Some("n-1")));
        device.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        client.refresh(&device, text(&tokens, "refresh_token"), &[]).await.expect(200);

        // Used twice, it has leaked: everything that came of it ends.
        assert_eq!(told(&poll(&device, &client, &codes).await), "400 invalid_grant: grant request is invalid");
        device.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
    }

    async fn of_a_hundred_devices_with_one_code_one_gets_tokens(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let user = create_user(server, "ada").await;
        let client = television(server).await;
        let codes = start(&device, &client, "openid").await;
        connect(server, &browser, &client, &user, &codes).await;
        let mut polls = JoinSet::new();
        for _ in 0..100 {
            let (device, client, codes) = (device.clone(), client.clone(), codes.clone());
            polls.spawn(async move { poll(&device, &client, &codes).await.status() });
        }
        let statuses = polls.join_all().await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
        assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 99);
    }

    async fn of_a_hundred_browsers_with_one_code_one_goes_on(server) {
        let device = server.visitor();
        let client = television(server).await;
        let codes = start(&device, &client, "openid").await;
        let mut pages = Vec::new();
        for _ in 0..20 {
            pages.push(confirmation(&server.visitor(), &codes).await);
        }
        let mut confirmed = JoinSet::new();
        for number in 0..100 {
            let page = pages[number % pages.len()].clone();
            confirmed.spawn(async move { page.form("Continue").submit().await.expect(303).location() });
        }
        let answers = confirmed.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.path() == "/sign-in").count(), 1);
        let used = |answer: &&url::Url| parameter(answer, "error").as_deref() == Some("AlreadyUsedError");
        assert_eq!(answers.iter().filter(used).count(), 99);
    }

    async fn the_page_says_what_is_wrong_with_a_code(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let user = create_user(server, "ada").await;
        let client = television(server).await;
        let page = open(&browser, "/device").await;
        let type_in = async |code: &str| page.form("Continue").fill("Code", code).submit().await.expect(303);
        let nothing = type_in("").await.location();
        assert_eq!(nothing.query(), Some("error=NoCodeError"));
        let wrong = type_in("BCDF-GHJK").await;
        assert_eq!(wrong.location().query(), Some("input_code=BCDF-GHJK&error=NotFoundError"));
        let again = wrong.follow().await.expect(200).expect_text("No device shows this code.");
        assert_eq!(again.form("Continue").value("user_code"), Some("BCDF-GHJK"));

        let expired = start(&device, &client, "openid").await;
        server.clock.advance_seconds(600);
        assert!(told(&poll(&device, &client, &expired).await).starts_with("400 expired_token: "));
        let late = type_in(text(&expired, "user_code")).await;
        // The page is as old as the code.
        assert_eq!(parameter(&late.location(), "error").as_deref(), Some("InvalidRequest"));
        let page = late.follow_all().await.expect(200).expect_text("open for too long");
        let late = page.form("Continue").submit().await.expect(303);
        assert_eq!(parameter(&late.location(), "error").as_deref(), Some("ExpiredError"));

        let used = start(&device, &client, "openid").await;
        connect(server, &browser, &client, &user, &used).await;
        let page = open(&browser, "/device").await;
        let late = page.form("Continue").fill("Code", text(&used, "user_code")).submit().await.expect(303);
        assert_eq!(parameter(&late.location(), "error").as_deref(), Some("AlreadyUsedError"));
    }

    async fn a_person_may_say_that_the_device_is_not_theirs(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let client = television(server).await;
        let codes = start(&device, &client, "openid").await;
        let page = confirmation(&browser, &codes).await.expect_text("Connect a device to Television?");
        assert!(page.says(text(&codes, "user_code")));
        let stopped = page.form("Cancel").submit().await.expect(303);
        assert_eq!(stopped.location().query(), Some("error=AbortedError"));
        stopped.follow().await.expect(200).expect_text("The device was not connected");
        assert_eq!(told(&poll(&device, &client, &codes).await), "400 access_denied: End-User aborted interaction");
        // It is decided.
        let late = page.form("Continue").submit().await.expect(303);
        assert_eq!(parameter(&late.location(), "error").as_deref(), Some("AlreadyUsedError"));
    }

    async fn a_code_in_the_address_still_asks(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let client = television(server).await;
        let codes = start(&device, &client, "openid").await;
        let complete = text(&codes, "verification_uri_complete");
        let hop = browser.get(complete).await.expect(302);
        assert_eq!(hop.location().path(), "/oidc/device");
        let hop = hop.follow().await.expect(302);
        let location = hop.location();
        assert_eq!(location.path(), "/device");
        assert_eq!(parameter(&location, "app_id").as_deref(), Some(client.id.as_str()));
        assert_eq!(parameter(&location, "user_code").as_deref(), codes["user_code"].as_str());
        hop.follow().await.expect(200).expect_text("Does your device show this code?");
        // Looking is not confirming.
        assert!(told(&poll(&device, &client, &codes).await).starts_with("400 authorization_pending"));
        // The name on the page is the one of the code's client, whatever the address says.
        let lie = format!("/device?app_id=demo-app&user_code={}", text(&codes, "user_code"));
        open(&browser, &lie).await.expect_text("Connect a device to Television?");
        let wrong = open(&browser, "/device?user_code=BCDF-GHJK").await;
        wrong.expect_text("No device shows this code.");
    }

    async fn the_form_belongs_to_the_browser(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let client = television(server).await;
        let codes = start(&device, &client, "openid").await;
        let code = text(&codes, "user_code");
        let page = confirmation(&browser, &codes).await;
        let xsrf = page.form("Continue").value("xsrf").unwrap().to_owned();
        assert!(xsrf.len() == 48 && xsrf.chars().all(|c| c.is_ascii_hexdigit()));
        let fields = [("xsrf", xsrf.as_str()), ("user_code", code), ("confirm", "yes")];
        // Programs are told in JSON, people are shown the page once more.
        for (who, sent, expected) in [
            (server.visitor(), fields, "could not find device form details"),
            (browser.clone(), [("xsrf", "0"), fields[1], fields[2]], "xsrf token invalid"),
        ] {
            let stale = who.post_form("/oidc/device", &sent).await.expect(303).location();
            assert_eq!(parameter(&stale, "error").as_deref(), Some("InvalidRequest"));
            who.always("accept", "application/json");
            let refused = who.post_form("/oidc/device", &sent).await;
            assert_eq!(told(&refused), format!("400 invalid_request: {expected}"));
            who.always("accept", "text/html");
        }
        browser.always("origin", "https://evil.example");
        let foreign = browser.post_form("/oidc/device", &fields).await.expect(303).location();
        assert_eq!(parameter(&foreign, "error").as_deref(), Some("InvalidRequest"));
        assert!(told(&poll(&device, &client, &codes).await).starts_with("400 authorization_pending"));
    }

    async fn codes_are_not_guessed(server) {
        let guesser = server.visitor();
        let page = open(&guesser, "/device").await;
        let guess = async |page: &Page, code: &str| {
            let answer = page.form("Continue").fill("Code", code).submit().await.expect(303);
            parameter(&answer.location(), "error").unwrap()
        };
        for _ in 0..10 {
            assert_eq!(guess(&page, "BCDF-GHJK").await, "NotFoundError");
        }
        assert_eq!(guess(&page, "BCDF-GHJK").await, "RateLimited");
        // Neither a right one now, nor a page opened anew.
        let codes = start(&server.visitor(), &television(server).await, "openid").await;
        assert_eq!(guess(&page, text(&codes, "user_code")).await, "RateLimited");
        let hop = guesser.get("/oidc/device").await.expect(302);
        assert_eq!(guess(&hop.follow().await.expect(200), "BCDF-GHJK").await, "RateLimited");
        guesser.always("accept", "application/json");
        let refused = page.form("Continue").fill("Code", "BCDF-GHJK").submit().await.expect(429);
        assert!(refused.header("retry-after").is_some());

        // One address counts over all its browsers.
        let address: IpAddr = "203.0.113.7".parse().unwrap();
        for browser in 0..6 {
            let guesser = server.visitor();
            guesser.comes_from(address);
            let page = open(&guesser, "/device").await;
            for _ in 0..10 {
                let expected = if browser < 5 { "NotFoundError" } else { "RateLimited" };
                assert_eq!(guess(&page, "BCDF-GHJK").await, expected);
            }
        }
    }

    async fn a_code_belongs_to_its_client(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let user = create_user(server, "ada").await;
        let (client, other) = (television(server).await, television(server).await);
        let codes = start(&device, &client, "openid").await;
        connect(server, &browser, &client, &user, &codes).await;
        assert_eq!(told(&poll(&device, &other, &codes).await), "400 invalid_grant: grant request is invalid");
        let nothing = client.token(&device, &[("grant_type", GRANT)]).await;
        assert_eq!(told(&nothing), "400 invalid_request: missing required parameter 'device_code'");
        let unknown = client.token(&device, &[("grant_type", GRANT), ("device_code", "x")]).await;
        assert_eq!(told(&unknown), "400 invalid_grant: grant request is invalid");
        poll(&device, &client, &codes).await.expect(200);
    }

    async fn only_devices_may_start(server) {
        let visitor = server.visitor();
        for kind in [ApplicationType::Native, ApplicationType::Spa, ApplicationType::Traditional] {
            let client = register(server, kind).await;
            let refused = client.post(&visitor, "/oidc/device/auth", &[]).await;
            assert_eq!(told(&refused), format!("400 invalid_request: {GRANT} is not allowed for this client"));
            let refused = client.token(&visitor, &[("grant_type", GRANT), ("device_code", "x")]).await;
            assert_eq!(told(&refused), "400 invalid_request: requested grant type is not allowed for this client");
        }
        let client = television(server).await;
        let refuse = async |fields: &[(&str, &str)]| told(&client.post(&visitor, "/oidc/device/auth", fields).await);
        assert_eq!(refuse(&[("request", "x")]).await, "400 request_not_supported: request parameter provided but not supported");
        assert_eq!(refuse(&[("resource", "https://unknown.example.com")]).await, "400 invalid_target: resource indicator is missing, or unknown");
        assert_eq!(refuse(&[("scope", "read"), ("nonce", "n")]).await, "400 invalid_request: openid scope must be requested when using the nonce parameter");
        assert_eq!(refuse(&[("scope", "a"), ("scope", "b")]).await, "400 invalid_request: 'scope' parameter must not be provided twice");
        // It has no redirect URI, and so no way through the browser.
        let code_flow = visitor.get(&format!("/oidc/auth?client_id={}&response_type=code&redirect_uri=https://a.example/", client.id)).await;
        assert_eq!(code_flow.expect(400).json()["error"], "invalid_redirect_uri");
        // One that every tenant has.
        let demo = Client { id: "device-demo-app".into(), secret: None };
        start(&visitor, &demo, "openid").await;
    }

    async fn who_signs_in_meanwhile_matters(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let user = create_user(server, "ada").await;
        let client = television(server).await;
        // The interaction belongs to one browser, and to the device flow.
        let codes = start(&device, &client, "openid").await;
        let page = confirmation(&browser, &codes).await;
        page.form("Continue").submit().await.expect(303);
        let next = answer_login(&server.system(), &browser, &client, &user).await;
        let stranger = server.visitor();
        assert_eq!(stranger.get(&next).await.expect(303).location().path(), "/unknown-session");
        stranger.always("accept", "application/json");
        assert_eq!(stranger.get(&next).await.expect(400).json()["code"], "session.not_found");
        let elsewhere = next.replace("/oidc/device/", "/oidc/auth/");
        assert_eq!(browser.get(&elsewhere).await.expect(303).location().path(), "/unknown-session");
        // Whoever was suspended since connects nothing, and the device hears of it.
        users::set_suspension(&server.system(), &user, true).await.unwrap();
        let refused = browser.get(&next).await.expect(303).location();
        assert_eq!(parameter(&refused, "error").as_deref(), Some("AbortedError"));
        assert_eq!(told(&poll(&device, &client, &codes).await), "400 access_denied: End-User aborted interaction");
    }

    async fn a_code_that_expires_while_its_person_signs_in_is_told(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let user = create_user(server, "ada").await;
        let client = television(server).await;
        let codes = start(&device, &client, "openid").await;
        confirmation(&browser, &codes).await.form("Continue").submit().await.expect(303);
        server.clock.advance_seconds(600);
        let next = answer_login(&server.system(), &browser, &client, &user).await;
        let late = browser.get(&next).await.expect(303).location();
        assert_eq!(parameter(&late, "error").as_deref(), Some("ExpiredError"));
    }

    async fn without_offline_access_the_device_ends_with_the_session(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let user = create_user(server, "ada").await;
        let client = television(server).await;
        let codes = start(&device, &client, "openid").await;
        connect(server, &browser, &client, &user, &codes).await;
        let tokens = poll(&device, &client, &codes).await.expect(200).json();
        assert!(tokens.get("refresh_token").is_none());
        device.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        let leave = browser.get("/oidc/session/end").await.expect(200);
        leave.form_at("form").submit().await.expect(303);
        device.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
    }

    async fn someone_else_is_signed_out_before_a_device_is_connected(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let (ada, bob) = (create_user(server, "ada").await, create_user(server, "bob").await);
        let client = television(server).await;
        let first = start(&device, &client, "openid").await;
        connect(server, &browser, &client, &ada, &first).await;
        let codes = client.post(&device, "/oidc/device/auth", &[("scope", "openid"), ("max_age", "0")]).await.expect(200).json();
        let page = confirmation(&browser, &codes).await;
        assert_eq!(page.form("Continue").submit().await.expect(303).location().path(), "/sign-in");
        let next = answer_login(&server.system(), &browser, &client, &bob).await;
        let form = browser.get(&next).await.expect(200).form_at("form[id='op.logoutForm']");
        let back = form.submit().await.expect(303).location();
        assert_eq!(back.as_str(), next);
        assert_eq!(browser.get(back.as_str()).await.expect(303).location().path(), "/consent");
        let next = answer_consent(&server.system(), &browser, &client).await;
        browser.get(&next).await.follow_all().await.expect_text("Your device is connected");
        let tokens = poll(&device, &client, &codes).await.expect(200).json();
        let id_token = claims(text(&tokens, "id_token"));
        assert_eq!(id_token["sub"], bob.as_str());
        assert!(id_token["auth_time"].is_i64());
    }

    async fn a_device_is_refused_for_who_may_not_use_it_any_more(server) {
        let (device, browser) = (server.visitor(), server.visitor());
        let user = create_user(server, "ada").await;
        let client = television(server).await;
        let codes = start(&device, &client, "openid offline_access").await;
        connect(server, &browser, &client, &user, &codes).await;
        // Between the person's yes and the device's question much can happen.
        let (ctx, id) = (server.system(), client.id.as_str().into());
        users::set_suspension(&ctx, &user, true).await.unwrap();
        assert_eq!(told(&poll(&device, &client, &codes).await), "400 invalid_grant: grant request is invalid");
        users::set_suspension(&ctx, &user, false).await.unwrap();
        let listed = create_user(server, "listed").await;
        let rules = NewAccessRules { user_ids: vec![listed], ..NewAccessRules::default() };
        applications::replace_access_rules(&ctx, &id, rules).await.unwrap();
        let control = async |is_enabled| {
            let patch = ApplicationPatch { app_level_access_control_enabled: Some(is_enabled), ..ApplicationPatch::default() };
            applications::patch(&ctx, &id, patch).await.unwrap();
        };
        control(true).await;
        assert_eq!(told(&poll(&device, &client, &codes).await), "400 access_denied: access denied");
        control(false).await;
        poll(&device, &client, &codes).await.expect(200);
        applications::delete(&ctx, &id).await.unwrap();
        let gone = poll(&device, &client, &codes).await;
        assert_eq!(told(&gone), format!("400 invalid_client: invalid client {}", client.id));
    }
}
