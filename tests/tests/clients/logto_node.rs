//! `@logto/node` (npm), which the other JavaScript SDKs of servers are made of.

use crate::story::{Rotation, Story};
use crate::world::{CALLBACK, ORDERS, SIGNED_OUT, words};
use serde_json::json;
use soleira_testkit::Requirement;
use soleira_tests::program::{Driven, node};

against_a_running_server! {
    async fn a_web_application_acts_in_an_organization(world) {
        let Some(modules) = Requirement::NodeModules.find_path() else { return };
        let application = world.application("Traditional", &[CALLBACK], SIGNED_OUT).await;
        let organization = world.organization().await;
        let scopes = json!({ "scopes": ["read:orders", "write:orders", "invite:member"] });
        let registration = world.registration(&application, &scopes);
        let client = Driven::start(node(&modules, "logto-node.mjs"), &registration);
        let mut story = Story::of(world, &application, client);

        story.hears_that_nobody_is_signed_in().await;
        let claims = story.signs_in("callback_uri_verification.state_mismatched", json!({})).await;
        assert_eq!(claims["organizations"], json!([organization]));
        story.reads_userinfo().await;
        story.refreshes(Rotation::Late).await;
        story.calls_the_api().await;

        let token = story.does("organization", json!({ "organization": organization })).await;
        let audience = format!("urn:logto:organization:{organization}");
        for claims in [&token["claims"], &token["verified"]] {
            assert_eq!((&claims["sub"], &claims["aud"]), (&json!(world.ada), &json!(audience)));
            assert_eq!(words(&claims["scope"]), ["invite:member"].into());
        }
        let claims = story.does("resourceOfOrganization", json!({ "organization": organization })).await;
        assert_eq!((&claims["aud"], &claims["organization_id"]), (&json!(ORDERS), &json!(organization)));
        let refusal = story.refused("organization", json!({ "organization": "elsewhere" })).await;
        assert_eq!(refusal.code, "oidc.access_denied");

        let (_, refresh_token) = story.tokens().await;
        story.signs_out().await;
        assert_eq!(story.does("signedIn", json!({})).await, json!(false));
        // The SDK gave it back.
        story.cannot_refresh_with(&refresh_token, "oidc.invalid_grant").await;
    }
}
