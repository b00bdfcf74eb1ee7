//! The first administrator, once.

use super::{PASSWORD, error_at, welcome};
use soleira_testkit::on_both_engines;

on_both_engines! {
    async fn the_first_administrator_is_made_and_signed_in(server) {
        let visitor = server.administrator();
        visitor.get("/").await.expect(303);
        let page = visitor.get("/").await.follow_all().await.expect(200);
        assert_eq!(page.url().path(), "/console/welcome");
        let first = welcome(&visitor, "admin", PASSWORD).await.expect(303).follow_all().await.expect(200);
        assert_eq!(first.url().path(), "/console/get-started");
        // Once there is an administrator, the page leads to sign in.
        let stranger = visitor.stranger();
        let late = stranger.get("/console/welcome").await.expect(303).follow().await;
        assert_eq!(late.expect(303).location().path(), "/console/get-started");
        let sign_in = stranger.get("/console").await.follow_until(|url| url.path() == "/oidc/auth").await.expect(303);
        assert!(sign_in.location().query().unwrap().contains("client_id=admin-console"));
    }

    async fn nobody_registers_before_the_first_administrator(server) {
        let visitor = server.administrator();
        let request = "/oidc/auth?client_id=admin-console&response_type=code&scope=openid&first_screen=register\
                       &redirect_uri=http%3A%2F%2Flocalhost%3A3002%2Fconsole%2Fcallback\
                       &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
        visitor.get(request).await.expect(303);
        let page = visitor.get("/register").await.follow_all().await.expect(200);
        assert_eq!(page.url().path(), "/sign-in", "the form that makes accounts is not there");
        let form = page.form("Sign in");
        let forged = [("_csrf", form.value("_csrf").unwrap()), ("username", "mallory"), ("password", PASSWORD)];
        visitor.post_form("/register", &forged).await.expect(403);
        welcome(&visitor.stranger(), "mallory", PASSWORD).await.expect(303);
    }

    async fn two_claims_at_once_make_one(server) {
        let forms = async |name: &'static str| {
            let visitor = server.administrator();
            let page = visitor.get("/console/welcome").await.expect(200);
            let form = page.form("Create administrator").fill("Username", name).fill("Password", PASSWORD);
            (visitor, form)
        };
        let mut open = Vec::new();
        for name in ["ana", "bia", "caio", "davi"] {
            open.push(forms(name).await);
        }
        let mut claims = tokio::task::JoinSet::new();
        for (visitor, form) in open {
            claims.spawn(async move {
                let answer = form.submit().await.expect(303);
                let home = answer.follow().await;
                (visitor.cookie("soleira_console").is_some(), home.status())
            });
        }
        let outcomes = claims.join_all().await;
        assert_eq!(outcomes.iter().filter(|(in_session, _)| *in_session).count(), 1, "{outcomes:?}");
    }

    async fn rules_are_told_and_what_was_typed_stays(server) {
        let visitor = server.administrator();
        let page = welcome(&visitor, "1admin", PASSWORD).await;
        assert!((400..500).contains(&page.status()), "{page:?}");
        assert!(error_at(&page, "username").is_some(), "{page:?}");
        assert_eq!(page.form("Create administrator").value("username"), Some("1admin"));
        for (password, says) in [("short", "at least 8"), ("password1", "too common"), ("", "Fill this in.")] {
            let page = welcome(&visitor, "admin", password).await;
            assert!(error_at(&page, "password").unwrap_or_default().contains(says), "{password}: {page:?}");
            assert_eq!(page.form("Create administrator").value("password").unwrap_or_default(), "");
        }
        welcome(&visitor, "admin", PASSWORD).await.expect(303);
    }

    async fn the_page_speaks_portuguese(server) {
        let visitor = server.administrator();
        let page = visitor.get("/console/welcome").await.expect(200);
        let portuguese = page.click("Português (Brasil)").await.expect(200);
        assert_eq!(portuguese.attribute("html", "lang").as_deref(), Some("pt-BR"));
        let form = portuguese.form_at("form").fill("username", "admin").fill("password", PASSWORD);
        let home = form.submit().await.follow_all().await.expect(200);
        assert_eq!(home.attribute("html", "lang").as_deref(), Some("pt-BR"), "the choice is remembered");
    }
}
