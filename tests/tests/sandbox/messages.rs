//! Senders of e-mails and text messages, made of the test doubles.

use super::{Tester, each, refused, text};
use serde_json::{Value, json};
use soleira_directory::connectors::{Channel, Payload, Usage, send_message};
use soleira_testkit::{in_sandbox, on_both_engines};
use std::collections::BTreeSet;

fn email() -> Value {
    json!({
        "apiKey": "k", "fromEmail": "no-reply@example.com", "fromName": "Tests",
        "templates": [
            {"usageType": "SignIn", "type": "text/plain", "subject": "Sign in", "content": "Your code is {{code}}"},
            {"usageType": "Generic", "type": "text/plain", "subject": "For {{application.name}}", "content": "{{code}}"},
        ],
    })
}

fn sms() -> Value {
    json!({
        "accountSID": "a", "authToken": "t", "fromMessagingServiceSID": "s",
        "templates": [{"usageType": "Generic", "content": "{{code}}"}],
    })
}

const EMAIL: &str = "mock-email-service";
const ALTERNATIVE: &str = "mock-email-service-alternative";
const SMS: &str = "mock-short-message-service";

in_sandbox! {
    async fn the_doubles_are_factories(server) {
        let tester = Tester::of(server);
        let factories = tester.get("/api/connector-factories").await.expect(200).json();
        for (id, kind, target) in [
            (EMAIL, "Email", "mock-mail"),
            (ALTERNATIVE, "Email", "mock-mail-alternative"),
            (SMS, "Sms", "mock-sms"),
            ("mock-social-connector", "Social", "mock-social"),
        ] {
            let factory = factories.as_array().unwrap().iter().find(|factory| factory["id"] == id).unwrap();
            assert_eq!((factory["type"].as_str(), factory["target"].as_str()), (Some(kind), Some(target)));
            assert_eq!(factory["platform"].is_null(), kind != "Social", "{id}");
            assert_eq!(&tester.get(&format!("/api/connector-factories/{id}")).await.expect(200).json(), factory);
        }
    }

    async fn a_sender_is_made_changed_and_deleted(server) {
        let tester = Tester::of(server);
        let made = tester.post("/api/connectors", json!({"connectorId": EMAIL, "config": email()})).await.expect(200).json();
        assert_eq!((made["type"].as_str(), made["connectorId"].as_str()), (Some("Email"), Some(EMAIL)));
        assert_eq!((&made["target"], made["platform"].is_null()), (&json!("mock-mail"), true));
        assert_eq!(made["config"], email());
        let path = format!("/api/connectors/{}", text(&made, "id"));
        assert_eq!(tester.get(&path).await.expect(200).json(), made);
        assert_eq!(tester.get("/api/connectors").await.expect(200).json(), json!([made]));

        let mut config = email();
        config["fromName"] = json!("Others");
        let changed = tester.patch(&path, json!({"config": config})).await.expect(200).json();
        assert_eq!(changed["config"]["fromName"], "Others");
        refused(tester.patch(&path, json!({"config": {}})).await, 400, "connector.invalid_config");
        refused(
            tester.patch(&path, json!({"syncProfile": true})).await,
            422,
            "connector.invalid_type_for_syncing_profile",
        );
        refused(
            tester.patch(&path, json!({"enableTokenStorage": true})).await,
            422,
            "connector.token_storage_not_supported",
        );
        let uri = json!({"state": "s", "redirectUri": "https://app.example.com/cb"});
        refused(
            tester.post(&format!("{path}/authorization-uri"), uri).await,
            400,
            "connector.unexpected_type",
        );
        tester.delete(&path).await.expect(204);
        refused(tester.get(&path).await, 404, "entity.not_found");
    }

    async fn a_tenant_has_one_sender_of_each_kind(server) {
        let tester = Tester::of(server);
        tester.connector(EMAIL, email()).await;
        let text_sender = tester.connector(SMS, sms()).await;
        let second = tester.connector(ALTERNATIVE, json!({})).await;
        let made = async || {
            let all = tester.get("/api/connectors").await.expect(200).json();
            each(&all, "id").into_iter().map(str::to_owned).collect::<BTreeSet<String>>()
        };
        assert_eq!(made().await, BTreeSet::from([text_sender.clone(), second.clone()]));
        // The same factory once more, which for providers is refused.
        let third = tester.connector(ALTERNATIVE, json!({})).await;
        assert_ne!(third, second);
        assert_eq!(made().await, BTreeSet::from([text_sender, third]));
    }

    async fn a_configuration_that_does_not_fit_is_refused(server) {
        let tester = Tester::of(server);
        for (factory, config, field) in [
            (EMAIL, json!({"apiKey": "k", "fromEmail": "a@b.c"}), "templates"),
            (EMAIL, json!({"apiKey": "k", "fromEmail": 1, "templates": []}), "fromEmail"),
            (EMAIL, json!({"apiKey": "k", "fromEmail": "a@b.c", "templates": [{"usageType": "X"}]}), "templates"),
            (SMS, json!({"authToken": "t", "fromMessagingServiceSID": "s", "templates": []}), "accountSID"),
            ("mock-social-connector", json!({"clientId": "c"}), "clientSecret"),
        ] {
            let answer = tester.post("/api/connectors", json!({"connectorId": factory, "config": config})).await;
            let body = refused(answer, 400, "connector.invalid_config");
            assert_eq!(body["data"][0]["field"], field, "{body}");
        }
        assert_eq!(tester.get("/api/connectors").await.expect(200).json(), json!([]));
    }

    async fn a_configuration_is_tried_before_it_is_stored(server) {
        let tester = Tester::of(server);
        let body = json!({"email": "ana@example.com", "config": email(), "locale": "pt-BR"});
        tester.post(&format!("/api/connectors/{EMAIL}/test"), body).await.expect(204);
        let sent = server.last_email().unwrap();
        assert_eq!(
            (&sent["address"], &sent["code"], &sent["type"], &sent["payload"]["locale"]),
            (&json!("ana@example.com"), &json!("000000"), &json!("Generic"), &json!("pt-BR"))
        );
        assert_eq!(sent["subject"], "For {{application.name}}", "what is not known stays");
        let body = json!({"phone": "15551234567", "config": sms()});
        tester.post(&format!("/api/connectors/{SMS}/test"), body).await.expect(204);
        assert_eq!(server.last_text_message().unwrap()["phone"], "15551234567");

        let to_phone = json!({"phone": "15551234567", "config": email()});
        refused(
            tester.post(&format!("/api/connectors/{EMAIL}/test"), to_phone).await,
            400,
            "connector.unexpected_type",
        );
        let mut without = email();
        without["templates"] = json!([without["templates"][0]]);
        let body = json!({"email": "ana@example.com", "config": without});
        refused(
            tester.post(&format!("/api/connectors/{EMAIL}/test"), body).await,
            400,
            "connector.template_not_found",
        );
        let body = json!({"email": "ana@example.com", "config": {}});
        refused(
            tester.post(&format!("/api/connectors/{EMAIL}/test"), body).await,
            400,
            "connector.invalid_config",
        );
        assert_eq!(tester.get("/api/connectors").await.expect(200).json(), json!([]));
    }

    async fn a_message_goes_through_the_tenants_sender(server) {
        let tester = Tester::of(server);
        let ctx = server.system();
        let payload = || Payload::code("123456").with("application", json!({"name": "Shop"}));
        for (channel, to) in [(Channel::Email, "ana@example.com"), (Channel::Sms, "15551234567")] {
            let missing = send_message(&ctx, channel, Usage::SignIn, to, payload()).await.unwrap_err();
            assert_eq!((missing.code().as_str(), missing.kind().status()), ("connector.not_found", 501));
        }
        tester.connector(EMAIL, email()).await;
        tester.connector(SMS, sms()).await;
        send_message(&ctx, Channel::Email, Usage::SignIn, "ana@example.com", payload()).await.unwrap();
        let sent = server.last_email().unwrap();
        assert_eq!((&sent["type"], &sent["content"]), (&json!("SignIn"), &json!("Your code is 123456")));
        send_message(&ctx, Channel::Email, Usage::Register, "bia@example.com", payload()).await.unwrap();
        let sent = server.last_email().unwrap();
        assert_eq!((&sent["address"], &sent["subject"]), (&json!("bia@example.com"), &json!("For Shop")));
        assert_eq!(sent["template"]["usageType"], "Generic");
        send_message(&ctx, Channel::Sms, Usage::SignIn, "15551234567", payload()).await.unwrap();
        assert_eq!(server.last_text_message().unwrap()["code"], "123456");
    }

    async fn codes_as_a_way_in_need_a_sender(server) {
        let tester = Tester::of(server);
        let methods = json!({"signIn": {"methods": [
            {"identifier": "email", "password": false, "verificationCode": true, "isPasswordPrimary": false},
            {"identifier": "username", "password": true, "verificationCode": false, "isPasswordPrimary": true},
        ]}});
        refused(
            tester.patch("/api/sign-in-exp", methods.clone()).await,
            400,
            "sign_in_experiences.enabled_connector_not_found",
        );
        tester.connector(EMAIL, email()).await;
        tester.patch("/api/sign-in-exp", methods).await.expect(200);
    }

    async fn the_last_sender_stays_while_passwords_expire(server) {
        let tester = Tester::of(server);
        let id = tester.connector(EMAIL, email()).await;
        let expiring = json!({
            "forgotPasswordMethods": ["EmailVerificationCode"],
            "passwordExpiration": {"enabled": true, "validPeriodDays": 90},
        });
        tester.patch("/api/sign-in-exp", expiring).await.expect(200);
        refused(
            tester.delete(&format!("/api/connectors/{id}")).await,
            422,
            "sign_in_experiences.password_expiration_requires_forgot_password",
        );
        // Another one may take its place.
        tester.connector(ALTERNATIVE, json!({})).await;
    }

    async fn the_console_shows_the_doubles_of_providers_only(server) {
        let tester = Tester::of(server);
        let sender = tester.connector(EMAIL, email()).await;
        let console = server.administrator();
        let welcome = console.get("/console").await.follow_all().await.expect(200).form("Create administrator");
        welcome.fill("Username", "admin").fill("Password", "correct horse battery staple").submit().await.expect(303);
        let list = console.get("/console/connectors").await.expect(200);
        assert!(!list.says("Mock e-mail service"));
        let picker = console.get("/console/connectors/create").await.expect(200);
        assert!(picker.says("Mock social provider") && !picker.says("Mock e-mail service"));
        for path in [format!("/console/connectors/{sender}"), format!("/console/connectors/create/{EMAIL}")] {
            console.get(&path).await.expect(404);
        }
        // The double is set up like any provider, without endpoints that nobody asks.
        let setup = picker.click("Mock social provider").await.follow_all().await.expect(200);
        assert!(!setup.has("[name=tokenEndpoint]"));
        let form = setup.form("Save and done").fill("Client ID", "c").fill("Client Secret", "s");
        form.submit().await.expect(303).follow().await.expect_text("Saved.");
        console.get("/console/connectors").await.expect(200).expect_text("Mock social provider");
    }
}

on_both_engines! {
    async fn outside_of_the_sandbox_there_are_no_doubles(server) {
        let ctx = server.system();
        let factories = soleira_directory::connectors::factories(&ctx).unwrap();
        assert!(factories.iter().all(|factory| !factory.id().starts_with("mock-")));
        for id in [EMAIL, ALTERNATIVE, SMS, "mock-social-connector"] {
            let new = soleira_directory::connectors::NewConnector::new(id, serde_json::Map::new());
            let error = soleira_directory::connectors::create(&ctx, new).await.unwrap_err();
            assert_eq!(error.code().as_str(), "connector.not_found_with_connector_id");
        }
    }
}
