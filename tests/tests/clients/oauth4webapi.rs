//! `oauth4webapi` (npm): a public client, the issuer of answers, secrets in the form.

use crate::story::{Rotation, Story};
use crate::world::{CALLBACK, ORDERS, SIGNED_OUT, words};
use serde_json::{Value, json};
use soleira_testkit::Requirement;
use soleira_tests::program::{Driven, node};

fn start(registration: &Value) -> Option<Driven> {
    let modules = Requirement::NodeModules.find_path()?;
    Some(Driven::start(node(&modules, "oauth4webapi.mjs"), registration))
}

against_a_running_server! {
    async fn a_single_page_application_signs_in_with_pkce(world) {
        let application = world.application("SPA", &[CALLBACK], SIGNED_OUT).await;
        let Some(client) = start(&world.registration(&application, &json!({}))) else { return };
        let mut story = Story::of(world, &application, client);
        story.hears_that_nobody_is_signed_in().await;

        // RFC 9207: an answer of another issuer is refused, and so is one that does not say whose it is.
        let back = story.goes_to_sign_in(json!({})).await;
        for issuer in [Some("https://evil.example/oidc"), None] {
            let mut forged = back.clone();
            let others = back.query_pairs().filter(|(name, _)| name != "iss");
            forged.query_pairs_mut().clear().extend_pairs(others);
            if let Some(issuer) = issuer {
                forged.query_pairs_mut().append_pair("iss", issuer);
            }
            let refusal = story.refused("finish", json!({ "url": forged })).await;
            assert_eq!(refusal.code, "OAUTH_INVALID_RESPONSE");
            assert!(refusal.message.contains("\"iss\""), "{}", refusal.message);
        }
        story.comes_back(&back).await;

        story.reads_userinfo().await;
        story.refreshes(Rotation::Each).await;
        story.calls_the_api().await;
        let (access_token, _) = story.tokens().await;
        let found = story.does("introspect", json!({ "token": access_token })).await;
        assert_eq!((&found["active"], &found["client_id"]), (&json!(true), &json!(application.id)));
        story.signs_out().await;
        story.gives_its_token_back().await;
        let found = story.does("introspect", json!({ "token": access_token })).await;
        assert_eq!(found["active"], false, "its access token went with it");
    }

    async fn a_machine_sends_its_secret_in_the_form(world) {
        let machine = world.machine().await;
        let Some(client) = start(&world.registration(&machine, &json!({}))) else { return };
        let mut story = Story::of(world, &machine, client);
        let claims = story.does("machine", json!({ "scope": "read:orders" })).await;
        assert_eq!((&claims["aud"], &claims["sub"]), (&json!(ORDERS), &json!(machine.id)));
        assert_eq!(words(&claims["scope"]), ["read:orders"].into());
        let refusal = story.refused("introspect", json!({ "token": "eyJhbGciOiJIUzI1NiJ9.e30.e30" })).await;
        assert_eq!(refusal.code, "unsupported_token_type");
        let registration = world.registration(&machine, &json!({ "clientSecret": "guessed" }));
        let Some(stranger) = start(&registration) else { return };
        let refusal = Story::of(world, &machine, stranger).refused("machine", json!({})).await;
        assert_eq!(refusal.code, "invalid_client");
    }
}
