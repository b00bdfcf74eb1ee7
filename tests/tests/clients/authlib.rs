//! `authlib` (PyPI): an app made with its integration for Flask.

use crate::story::{Site, with_another_state};
use crate::world::text;
use serde_json::json;
use soleira_testkit::Requirement;
use soleira_tests::program::python;

against_a_running_server! {
    async fn an_app_signs_people_in(world) {
        let Some(interpreter) = Requirement::Python.find_path() else { return };
        let site = Site::start(world, python(&interpreter, "authlib_app.py"), &["/callback"], "/signed-out").await;

        let back = site.goes_to("/sign-in?prompt=none").await;
        site.refuses(&back, "login_required").await;
        let back = site.signs_in_from("/sign-in").await;
        site.refuses(&with_another_state(&back), "mismatching_state").await;
        assert_eq!(site.comes_back(&back).await.url().path(), "/");

        site.is_ada(&site.reads("/me").await);
        site.is_ada(&site.reads("/userinfo").await);
        let first = site.reads("/tokens").await;
        let second = site.reads("/refresh").await;
        assert_ne!(first["accessToken"], second["accessToken"]);
        site.is_ada(&site.reads("/userinfo").await);
        let refused = site.browser.get("/refresh?scope=openid+write:orders").await.expect(400).json();
        assert_eq!(refused["error"], "invalid_scope", "it was not granted");
        site.reads_orders(&site.reads("/orders").await);

        // Taken back, the refresh token opens nothing, and its access token went with it.
        let refresh_token = text(&second, "refreshToken");
        site.browser.get(&format!("/revoke?token={refresh_token}")).await.expect(200);
        let refused = site.browser.get("/refresh").await.expect(400).json();
        assert_eq!(refused["error"], "invalid_grant");

        let page = site.browser.get("/sign-out").await.expect(302);
        let back = site.signs_out(&page).await;
        assert_eq!(back.path(), "/signed-out");
        // The app finds its own state in the address.
        site.browser.get(back.as_str()).await.expect(200).expect_text("signed out");
        assert_eq!(site.browser.get("/me").await.expect(401).json(), json!({}));
        site.asks_again_who_it_is("/sign-in").await;
    }
}
