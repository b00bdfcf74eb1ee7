//! `openid-client` (npm): secrets in the header, private keys, pushed requests, introspection, devices, machines.

use crate::story::{Rotation, Story};
use crate::world::{CALLBACK, ORDERS, PASSWORD, SIGNED_OUT, World, text, words};
use http::Method;
use serde_json::{Value, json};
use soleira_testkit::Requirement;
use soleira_tests::person;
use soleira_tests::program::{Driven, node};
use std::collections::BTreeSet;

fn start(registration: &Value) -> Option<Driven> {
    let modules = Requirement::NodeModules.find_path()?;
    Some(Driven::start(node(&modules, "openid-client.mjs"), registration))
}

/// What an application of this library does from beginning to end.
async fn everything(story: &mut Story<'_, Driven>, world: &World, rotation: Rotation, further: Value) {
    story.hears_that_nobody_is_signed_in().await;
    story.signs_in("OAUTH_INVALID_RESPONSE", further).await;
    story.reads_userinfo().await;
    story.refreshes(rotation).await;
    story.calls_the_api().await;
    let (access_token, refresh_token) = story.tokens().await;
    for token in [&access_token, &refresh_token] {
        let found = story.does("introspect", json!({ "token": token })).await;
        assert_eq!((&found["active"], &found["sub"]), (&json!(true), &json!(world.ada)));
    }
    story.signs_out().await;
    story.gives_its_token_back().await;
    let found = story.does("introspect", json!({ "token": refresh_token })).await;
    assert_eq!(found["active"], false);
}

against_a_running_server! {
    async fn a_web_application_pushes_its_request(world) {
        let application = world.application("Traditional", &[CALLBACK], SIGNED_OUT).await;
        let Some(client) = start(&world.registration(&application, &json!({}))) else { return };
        let mut story = Story::of(world, &application, client);
        let pushed = story.begins(json!({ "pushed": true })).await;
        let names: BTreeSet<String> = pushed.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["client_id".to_owned(), "request_uri".to_owned()].into(), "the browser carries nothing else");
        everything(&mut story, world, Rotation::Late, json!({ "pushed": true })).await;
    }

    async fn a_web_application_has_a_key_instead_of_a_secret(world) {
        let application = world.application("Traditional", &[CALLBACK], SIGNED_OUT).await;
        let Some(client) = start(&world.registration(&application, &json!({ "keys": true }))) else { return };
        let mut story = Story::of(world, &application, client);
        let key = story.does("publicKey", json!({})).await;
        let metadata = json!({ "oidcClientMetadata": {
            "redirectUris": [CALLBACK], "postLogoutRedirectUris": [SIGNED_OUT],
            "tokenEndpointAuthMethod": "private_key_jwt", "jwks": { "keys": [key] },
        }});
        world.send(Method::PATCH, &format!("/api/applications/{}", application.id), metadata).await.expect(200);
        everything(&mut story, world, Rotation::Late, json!({ "pushed": true })).await;
    }

    async fn a_device_is_connected_by_its_person(world) {
        let addresses = json!({ "redirectUris": [], "postLogoutRedirectUris": [SIGNED_OUT] });
        let device = world.application_with("Native", addresses, json!({ "isDeviceFlow": true })).await;
        let Some(client) = start(&world.registration(&device, &json!({}))) else { return };
        let mut story = Story::of(world, &device, client);
        let codes = story.does("showCode", json!({})).await;
        let page = story.browser.get(&text(&codes, "verification_uri")).await.follow_all().await.expect(200);
        let page = page.form("Continue").fill("Code", &text(&codes, "user_code")).submit().await.follow_all().await;
        let page = page.form("Continue").submit().await.follow_all().await.expect(200);
        let form = page.form("Sign in").fill("identifier", "ada").fill("Password", PASSWORD);
        form.submit().await.follow_all().await.expect_text("Your device is connected");
        let claims = story.does("connected", json!({})).await;
        assert_eq!((&claims["sub"], &claims["name"]), (&json!(world.ada), &json!("Ada Lovelace")));
        story.reads_userinfo().await;
        story.refreshes(Rotation::Each).await;
        story.calls_the_api().await;
        let url = story.does("signOut", json!({})).await;
        let back = person::sign_out(&story.browser, &url.as_str().unwrap().parse().unwrap()).await;
        assert_eq!(back.as_str(), SIGNED_OUT);
        story.gives_its_token_back().await;
    }

    async fn a_machine_gets_what_it_asks_for_and_may_have(world) {
        let machine = world.machine().await;
        let Some(client) = start(&world.registration(&machine, &json!({}))) else { return };
        let mut story = Story::of(world, &machine, client);
        let claims = story.does("machine", json!({ "scope": "read:orders write:orders" })).await;
        assert_eq!((&claims["aud"], &claims["sub"]), (&json!(ORDERS), &json!(machine.id)));
        assert_eq!(words(&claims["scope"]), ["read:orders"].into());
        let claims = story.does("machine", json!({})).await;
        assert_eq!(claims.get("scope"), None, "nothing is implied");
        let registration = world.registration(&machine, &json!({ "clientSecret": "guessed" }));
        let Some(stranger) = start(&registration) else { return };
        let refusal = Story::of(world, &machine, stranger).refused("machine", json!({})).await;
        assert_eq!(refusal.code, "invalid_client");
    }
}
