//! `@logto/express` (npm): an app with its routes and its middleware.

use crate::story::{Site, with_another_state};
use crate::world::text;
use serde_json::json;
use soleira_testkit::Requirement;
use soleira_tests::program::node;

against_a_running_server! {
    async fn an_app_has_the_routes_of_the_sdk(world) {
        let Some(modules) = Requirement::NodeModules.find_path() else { return };
        let callbacks = ["/logto/sign-in-callback", "/silent/sign-in-callback"];
        let site = Site::start(world, node(&modules, "logto-express.mjs"), &callbacks, "").await;
        let home = format!("{}/", site.origin);

        let back = site.goes_to("/silent/sign-in").await;
        site.refuses(&back, "login_required").await;
        let back = site.signs_in_from("/logto/sign-in").await;
        site.refuses(&with_another_state(&back), "callback_uri_verification.state_mismatched").await;
        assert_eq!(site.comes_back(&back).await.url().as_str(), home);

        site.is_ada(&site.reads("/me").await);
        site.is_ada(&site.reads("/userinfo").await);
        let first = site.reads("/refresh").await;
        let second = site.reads("/refresh").await;
        assert_ne!(first["accessToken"], second["accessToken"]);
        site.reads_orders(&site.reads("/orders").await);

        let page = site.browser.get("/logto/sign-out").await.expect(302);
        assert_eq!(site.signs_out(&page).await.as_str(), home);
        assert_eq!(site.browser.get("/me").await.expect(401).json(), json!({}));
        site.asks_again_who_it_is("/logto/sign-in").await;
        // The SDK gave the refresh token back.
        let refused = site.exchanges_as_app(&text(&second, "refreshToken")).await.expect(400);
        assert_eq!(refused.json()["error"], "invalid_grant");
    }
}
