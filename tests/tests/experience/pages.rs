//! The pages around a sign-in: which one comes first, in which language, and what stands where nothing can be done.

use super::arrange::*;
use serde_json::json;
use soleira_testkit::on_both_engines;

on_both_engines! {
    async fn the_first_screen_is_the_one_that_was_asked_for(server) {
        let party = bookstore(server).await;
        for (parameter, value, path) in [
            ("first_screen", "sign_in", "/sign-in"),
            ("first_screen", "signIn", "/sign-in"),
            ("first_screen", "register", "/register"),
            ("first_screen", "identifier:sign_in", "/sign-in"),
            ("first_screen", "identifier:register", "/register"),
            ("first_screen", "reset_password", "/sign-in"),
            ("first_screen", "single_sign_on", "/sign-in"),
            ("first_screen", "nonsense", "/sign-in"),
            ("interaction_mode", "signUp", "/register"),
            ("interaction_mode", "signIn", "/sign-in"),
        ] {
            let visitor = server.visitor();
            let page = begin(&visitor, &party, &[(parameter, value), ("login_hint", "ana")]).await.expect(200);
            assert_eq!(page.url().path(), path, "{value}");
        }
    }

    async fn without_a_way_in_the_page_says_so(server) {
        let party = bookstore(server).await;
        set(server, not_applicable()).await;
        set(server, json!({ "signIn": { "methods": [] } })).await;
        let page = begin(&server.visitor(), &party, &[]).await.expect(200);
        page.clone().expect_text("no way of signing in is enabled");
        assert!(!page.has("form"));
    }

    async fn pages_speak_the_language_of_their_reader(server) {
        let party = bookstore(server).await;
        let visitor = server.visitor();
        visitor.always("accept-language", "de, pt;q=0.9, en;q=0.8");
        let page = begin(&visitor, &party, &[]).await;
        page.clone().expect_text("Entrar em Bookstore");
        assert_eq!(page.attribute("html", "lang").as_deref(), Some("pt-BR"));
        assert_eq!(page.header("content-language"), Some("pt-BR"));
        // What the application asks for comes before what the browser prefers.
        let page = begin(&visitor, &party, &[("ui_locales", "en-GB pt-BR")]).await.expect_text("Sign in to Bookstore");
        // And what the reader chooses before both, on this page and on those that follow.
        let page = visitor.get(page.link("Português (Brasil)").as_str()).await.expect_text("Entrar em Bookstore");
        let refused = page.form("Entrar").fill("identifier", "ana").fill("password", "x").submit().await.expect(422);
        refused.clone().expect_text("não está certa");
        let register = refused.click("Crie uma conta").await.expect(200);
        assert_eq!(register.attribute("html", "lang").as_deref(), Some("pt-BR"));
        assert_eq!(visitor.get("/account-suspended").await.header("content-language"), Some("pt-BR"));
    }

    async fn the_tenants_language_stands_where_none_is_detected(server) {
        let party = bookstore(server).await;
        set(server, json!({ "languageInfo": { "autoDetect": false, "fallbackLanguage": "pt-BR" } })).await;
        let visitor = server.visitor();
        visitor.always("accept-language", "en");
        begin(&visitor, &party, &[]).await.expect_text("Entrar em Bookstore");
        begin(&visitor, &party, &[("ui_locales", "en")]).await.expect_text("Sign in to Bookstore");
    }

    async fn pages_are_framed_by_nobody_and_lead_back_to_the_application_alone(server) {
        let party = bookstore(server).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(policy.contains("form-action 'self' http://localhost:3000;"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        let register = page.click("Create an account").await;
        assert!(register.header("content-security-policy").unwrap().contains("http://localhost:3000;"));
        assert_eq!(page.attribute("input[name=password]", "autocomplete").as_deref(), Some("current-password"));
        assert_eq!(page.attribute("input[name=identifier]", "autocomplete").as_deref(), Some("username"));
    }

    async fn the_tenants_look_is_on_its_pages(server) {
        let party = bookstore(server).await;
        set(server, json!({
            "branding": { "logoUrl": "https://cdn.example.com/logo.svg" },
            "customCss": "body { letter-spacing: 0.01em }",
            "privacyPolicyUrl": "https://example.com/privacy",
        }))
        .await;
        let page = begin(&server.visitor(), &party, &[]).await;
        assert_eq!(page.attribute("header img", "src").as_deref(), Some("https://cdn.example.com/logo.svg"));
        assert!(page.header("content-security-policy").unwrap().contains("https://cdn.example.com"));
        assert!(page.body().contains("letter-spacing: 0.01em"));
        page.clone().expect_text("By continuing, you agree to the privacy policy.");
    }

    async fn the_address_itself_explains_what_it_is(server) {
        let page = server.visitor().get("/").await.expect(200);
        page.clone().expect_text("This is a sign-in server").expect_text("http://localhost:3001/oidc");
    }

    async fn pages_without_a_sign_in_lead_to_the_page_that_explains_it(server) {
        let party = bookstore(server).await;
        for path in ["/sign-in", "/register", "/consent", "/continue/username", "/direct/social/huggingface"] {
            let visitor = server.visitor();
            let page = visitor.get(path).await.expect(303).follow().await.expect(400);
            page.clone().expect_text("This sign-in has ended");
            assert!(page.find_link("Start again").is_none());
            let known = visitor.get(&format!("{path}?app_id={}", party.client_id)).await.expect(303).follow().await;
            assert_eq!(known.link("Go to Bookstore").as_str(), "http://localhost:3000/");
        }
        server.visitor().get("/callback/abc?code=x&state=y").await.expect(303).follow().await.expect(400);
        let elsewhere = json!({ "unknownSessionRedirectUrl": "https://example.com/start" });
        set(server, elsewhere).await;
        let away = server.visitor().get("/sign-in").await.expect(302);
        assert_eq!(away.location().as_str(), "https://example.com/start");
    }

    async fn a_cookie_that_was_changed_is_no_sign_in(server) {
        let party = bookstore(server).await;
        let visitor = server.visitor();
        begin(&visitor, &party, &[]).await;
        let theirs = server.visitor();
        begin(&theirs, &party, &[]).await;
        // Another browser's sign-in under this browser's signature.
        visitor.set_cookie("_interaction", &theirs.cookie("_interaction").unwrap());
        visitor.set_cookie("_interaction--default", &theirs.cookie("_interaction--default").unwrap());
        let page = visitor.get("/sign-in").await.expect(303);
        assert_eq!(page.location().path(), "/unknown-session");
    }

    async fn the_sign_in_of_one_application_is_not_that_of_another(server) {
        let party = bookstore(server).await;
        let visitor = server.visitor();
        begin(&visitor, &party, &[]).await;
        let page = visitor.get("/sign-in?app_id=another").await.expect(303);
        assert_eq!(page.location().path(), "/unknown-session");
        let page = page.follow().await.expect(400);
        assert!(page.find_link("Start again").is_none(), "that would start something else");
    }
}
