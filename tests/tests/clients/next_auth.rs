//! `next-auth` (npm), version 4: its API route, its pages and its session cookie.

use crate::story::{Site, with_another_state};
use http::Method;
use serde_json::{Value, json};
use soleira_testkit::Requirement;
use soleira_tests::program::node;

/// What a page does that calls `useSession().update()`.
async fn update(site: &Site<'_>) -> Value {
    let token = site.reads("/api/auth/csrf").await["csrfToken"].take();
    let body = json!({ "csrfToken": token, "data": {} });
    let page = site
        .browser
        .send_json(Method::POST, "/api/auth/session", None, &body)
        .await;
    page.expect(200).json()
}

against_a_running_server! {
    async fn an_app_keeps_the_session_in_a_cookie(world) {
        let Some(modules) = Requirement::NodeModules.find_path() else { return };
        let callbacks = ["/api/auth/callback/Soleira", "/api/auth/callback/Silent"];
        let site = Site::start(world, node(&modules, "next-auth.mjs"), &callbacks, "").await;

        let page = site.browser.get("/api/auth/signin").await.expect(200);
        let silent = page.form("Sign in with Silent").submit().await;
        let back = site.until_back(silent).await;
        assert!(back.as_str().contains("error=login_required"), "{back}");
        let page = site.browser.get(back.as_str()).await.expect(302);
        assert!(page.location().as_str().contains("error=Callback"), "{page:?}");
        assert!(site.output().contains("login_required"));

        let page = site.browser.get("/api/auth/signin").await.expect(200);
        let back = site.signs_in_on(page.form("Sign in with Soleira").submit().await).await;
        let page = site.browser.get(with_another_state(&back).as_str()).await.expect(302);
        assert!(page.location().as_str().contains("error=OAuthCallback"), "{page:?}");
        assert_eq!(site.reads("/api/auth/session").await, json!({}));

        site.comes_back(&back).await;
        let session = site.reads("/api/auth/session").await;
        assert_eq!(session["user"]["name"], "Ada Lovelace");
        site.is_ada(&session["claims"]);
        site.is_ada(&site.reads("/userinfo").await);
        let first = site.reads("/tokens").await;
        assert_eq!(update(&site).await["error"], Value::Null);
        let second = site.reads("/tokens").await;
        assert_ne!(first["accessToken"], second["accessToken"]);
        site.is_ada(&site.reads("/userinfo").await);
        site.reads_orders(&site.reads("/orders").await);

        world.suspend_ada().await;
        assert_eq!(update(&site).await["error"], "invalid_grant");

        let page = site.browser.get("/sign-out-everywhere").await.expect(302);
        assert_eq!(site.signs_out(&page).await.as_str().trim_end_matches('/'), site.origin);
        let page = site.browser.get("/api/auth/signout").await.expect(200);
        page.form("Sign out").submit().await.expect(302);
        assert_eq!(site.reads("/api/auth/session").await, json!({}));
        let page = site.browser.get("/api/auth/signin").await.expect(200);
        let page = page.form("Sign in with Soleira").submit().await.follow_all().await.expect(200);
        assert_eq!(page.url().path(), "/sign-in");
    }
}
