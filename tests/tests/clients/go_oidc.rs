//! `github.com/coreos/go-oidc` with `golang.org/x/oauth2` (Go).

use crate::story::{Rotation, Story};
use crate::world::{CALLBACK, ORDERS, SIGNED_OUT, words};
use serde_json::{Value, json};
use soleira_testkit::Requirement;
use soleira_tests::person;
use soleira_tests::program::Driven;
use std::process::Command;

fn start(registration: &Value) -> Option<Driven> {
    let program = Requirement::GoClient.find_path()?;
    Some(Driven::start(Command::new(program), registration))
}

against_a_running_server! {
    /// Its port is whichever was free (RFC 8252 §7.3), and it has no secret: the library tries the header first, and the
    /// form when that is refused, with the same code.
    async fn a_program_on_somebodys_machine_signs_in(world) {
        let application = world.application("Native", &["http://127.0.0.1/callback"], SIGNED_OUT).await;
        let callback = "http://127.0.0.1:51763/callback";
        let registration = world.registration(&application, &json!({ "redirectUri": callback }));
        let Some(client) = start(&registration) else { return };
        let mut story = Story::of(world, &application, client).back_at(callback, SIGNED_OUT);

        story.hears_that_nobody_is_signed_in().await;
        story.signs_in("state", json!({})).await;
        story.reads_userinfo().await;
        story.refreshes(Rotation::Each).await;
        let url = story.begins(json!({})).await;
        let page = story.browser.get(url.as_str()).await;
        let back = person::back_at(page, |url| url.as_str().starts_with(callback)).await;
        let claims = story.does("finishForResource", json!({ "url": back })).await;
        story.reads_orders(&claims);

        let (_, refresh_token) = story.tokens().await;
        story.signs_out().await;
        world.suspend_ada().await;
        story.cannot_refresh_with(&refresh_token, "invalid_grant").await;
    }

    async fn a_web_application_keeps_a_secret(world) {
        let application = world.application("Traditional", &[CALLBACK], SIGNED_OUT).await;
        let Some(client) = start(&world.registration(&application, &json!({}))) else { return };
        let mut story = Story::of(world, &application, client);
        story.signs_in("state", json!({})).await;
        story.refreshes(Rotation::Late).await;
        story.signs_out().await;
    }

    async fn a_machine_gets_what_it_may_have(world) {
        let machine = world.machine().await;
        let Some(client) = start(&world.registration(&machine, &json!({}))) else { return };
        let mut story = Story::of(world, &machine, client);
        let claims = story.does("machine", json!({ "scope": "read:orders" })).await;
        assert_eq!((&claims["aud"], &claims["sub"]), (&json!(ORDERS), &json!(machine.id)));
        assert_eq!(words(&claims["scope"]), ["read:orders"].into());
        let registration = world.registration(&machine, &json!({ "clientSecret": "guessed" }));
        let Some(stranger) = start(&registration) else { return };
        let refusal = Story::of(world, &machine, stranger).refused("machine", json!({})).await;
        assert_eq!(refusal.code, "invalid_client");
    }
}
