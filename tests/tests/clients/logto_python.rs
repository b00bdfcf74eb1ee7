//! `logto` (PyPI). The tutorial runs it in a Flask app and a real browser; here is what the tutorial does not need.

use crate::story::{Rotation, Story};
use crate::world::{CALLBACK, SIGNED_OUT, words};
use serde_json::json;
use soleira_testkit::Requirement;
use soleira_tests::program::{Driven, python};

against_a_running_server! {
    async fn a_web_application_acts_in_an_organization(world) {
        let Some(interpreter) = Requirement::Python.find_path() else { return };
        let application = world.application("Traditional", &[CALLBACK], SIGNED_OUT).await;
        let organization = world.organization().await;
        let scopes = json!({ "scopes": ["read:orders", "write:orders", "invite:member"] });
        let registration = world.registration(&application, &scopes);
        let client = Driven::start(python(&interpreter, "logto_client.py"), &registration);
        let mut story = Story::of(world, &application, client);

        story.hears_that_nobody_is_signed_in().await;
        story.signs_in("Invalid state in the callback URI", json!({})).await;
        story.reads_userinfo().await;
        story.refreshes(Rotation::Late).await;
        story.calls_the_api().await;

        let token = story.does("organization", json!({ "organization": organization })).await;
        let audience = format!("urn:logto:organization:{organization}");
        for claims in [&token["claims"], &token["verified"]] {
            assert_eq!((&claims["sub"], &claims["aud"]), (&json!(world.ada), &json!(audience)));
            assert_eq!(words(&claims["scope"]), ["invite:member"].into());
        }
        let refusal = story.refused("organization", json!({ "organization": "elsewhere" })).await;
        assert_eq!(refusal.code, "access_denied");

        let (_, refresh_token) = story.tokens().await;
        story.signs_out().await;
        assert_eq!(story.does("signedIn", json!({})).await, json!(false));
        // The SDK gives nothing back; an administrator can end it.
        world.suspend_ada().await;
        story.cannot_refresh_with(&refresh_token, "invalid_grant").await;
    }
}
