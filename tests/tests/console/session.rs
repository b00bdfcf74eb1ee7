//! Coming in and going out.

use super::{PASSWORD, administrator};
use http::HeaderMap;
use http::header::{HeaderValue, ORIGIN};
use soleira_core::UserId;
use soleira_directory::{roles, users};
use soleira_runtime::Ctx;
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use std::sync::Arc;

/// The server itself as the actor on the tenant of the administrators.
fn admin_tenant(server: &TestServer) -> Ctx {
    Ctx::system(Arc::clone(&server.app), Arc::clone(server.admin_tenant()))
}

async fn user_id(server: &TestServer, username: &str) -> UserId {
    users::find_by_username(&admin_tenant(server), username)
        .await
        .unwrap()
        .unwrap()
        .id
}

/// Signs in at the Console; the page that this ends on.
async fn sign_in(visitor: &Visitor, start: &str, username: &str, password: &str) -> Page {
    let page = visitor.get(start).await.follow_all().await.expect(200);
    let form = page
        .form("Sign in")
        .fill("identifier", username)
        .fill("Password", password);
    let mut page = form.submit().await.follow_all().await;
    if page.url().path() == "/consent" {
        page = page.form("Continue").submit().await.follow_all().await;
    }
    page
}

on_both_engines! {
    async fn an_administrator_signs_in_and_out(server) {
        administrator(server).await;
        let visitor = server.administrator();
        let page = sign_in(&visitor, "/console/users?q=ana", "admin", PASSWORD).await.expect(200);
        assert_eq!(page.url().as_str(), "http://localhost:3002/console/users?q=ana", "where one wanted to go");
        let first = visitor.cookie("soleira_console").unwrap();
        let out = page.form("Sign out").submit().await.expect(303);
        assert!(out.location().path().starts_with("/oidc/session/end"), "{out:?}");
        assert!(visitor.cookie("soleira_console").is_none());
        visitor.get("/console/users").await.expect(303);
        visitor.set_cookie("soleira_console", &first);
        assert_eq!(visitor.get("/console/users").await.expect(303).location().path(), "/console/sign-in");
        visitor.forget_cookies(None);
        sign_in(&visitor, "/console", "admin", PASSWORD).await.expect(200);
        assert_ne!(visitor.cookie("soleira_console").unwrap(), first, "each sign-in has an identifier of its own");
    }

    async fn someone_who_is_no_administrator_is_told_so(server) {
        administrator(server).await;
        let ctx = admin_tenant(server);
        let new = users::CreateUser {
            username: Some("bia".to_owned()),
            password: Some(users::NewPassword::Plain(PASSWORD.to_owned().into())),
            ..users::CreateUser::default()
        };
        users::create(&ctx, new).await.unwrap();
        let visitor = server.administrator();
        let page = sign_in(&visitor, "/console", "bia", PASSWORD).await.expect(403);
        let page = page.expect_text("You are signed in as bia");
        assert!(visitor.cookie("soleira_console").is_none());
        page.form("Sign in with another account").submit().await.expect(303);
    }

    async fn taking_the_role_away_ends_it_at_the_next_request(server) {
        let visitor = administrator(server).await;
        let (ctx, user) = (admin_tenant(server), user_id(server, "admin").await);
        roles::replace_of_user(&ctx, &user, Vec::new()).await.unwrap();
        visitor.get("/console/users").await.expect(403).expect_text("does not administer this server");
        visitor.get("/console/nothing").await.expect(403);
    }

    async fn a_suspended_administrator_is_out(server) {
        let visitor = administrator(server).await;
        let user = user_id(server, "admin").await;
        users::set_suspension(&admin_tenant(server), &user, true).await.unwrap();
        assert_ne!(visitor.get("/console/users").await.status(), 200);
    }

    async fn a_session_ends_by_itself(server) {
        let visitor = administrator(server).await;
        server.clock.advance_seconds(11 * 3600);
        visitor.get("/console/users").await.expect(200);
        server.clock.advance_seconds(11 * 3600);
        visitor.get("/console/users").await.expect(200);
        server.clock.advance_seconds(13 * 3600);
        assert_eq!(visitor.get("/console/users").await.expect(303).location().path(), "/console/sign-in");
    }

    async fn callbacks_that_nobody_began_lead_nowhere(server) {
        administrator(server).await;
        let visitor = server.administrator();
        for query in ["", "?code=x&state=y", "?error=access_denied&state=y", "?code=x", "?error=server_error"] {
            let page = visitor.get(&format!("/console/callback{query}")).await.expect(400);
            let page = page.expect_text("You are not signed in");
            assert!(page.body().contains("/console/sign-in"), "{query}");
            assert!(visitor.cookie("soleira_console").is_none());
        }
    }

    async fn a_form_of_another_site_does_nothing(server) {
        let visitor = administrator(server).await;
        let form = visitor.get("/console/applications/create").await.expect(200).form("Create application");
        let form = form.fill("Name", "Bookstore");
        let forged = form.clone().without("_csrf").with("_csrf", "forged").submit().await.expect(403);
        assert!(forged.has("nav#navigation"), "the refusal stands in the Console's frame");
        form.clone().without("_csrf").submit().await.expect(403);
        let url = form.action().clone();
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static("https://evil.example"));
        visitor.send_form(http::Method::POST, url, headers, &form.pairs()).await.expect(403);
        visitor.get("/console/applications").await.expect(200).expect_text("No applications yet");
        visitor.post_form("/console/sign-out", &[]).await.expect(403);
        visitor.get("/console/applications").await.expect(200);
    }

    async fn preferences_come_back_to_the_page(server) {
        let visitor = administrator(server).await;
        let page = visitor.get("/console/applications?q=a").await.expect(200);
        let dark = page.form("Dark").submit().await.expect(303).follow().await.expect(200);
        assert_eq!(dark.url().query(), Some("q=a"));
        assert_eq!(dark.attribute("html", "data-theme").as_deref(), Some("dark"));
        let portuguese = dark.form("Português (Brasil)").submit().await.follow().await.expect(200);
        assert_eq!(portuguese.attribute("html", "lang").as_deref(), Some("pt-BR"));
        assert_eq!(portuguese.attribute("html", "data-theme").as_deref(), Some("dark"));
        let elsewhere = page.form("Dark").without("return_to").with("return_to", "https://evil.example/").submit().await.expect(303);
        assert_eq!(elsewhere.location().as_str(), "http://localhost:3002/console");
    }

    async fn what_does_not_exist_is_said_in_the_frame(server) {
        let visitor = administrator(server).await;
        for path in ["/console/nothing", "/console/applications/nothing", "/console/users/nothing",
                     "/console/applications/nothing/guide", "/console/connectors/nothing"] {
            let page = visitor.get(path).await.expect(404);
            assert!(page.has("nav#navigation"), "{path}: {page:?}");
        }
        visitor.get("/console/users?q=%00").await.expect(400);
    }
}
