//! The page that asks, as a person without scripts meets it.

use super::arrange::*;
use serde_json::json;
use soleira_core::Secret;
use soleira_directory::users as user_cases;
use soleira_store::session_submissions;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{CALLBACK, create_user, parameter};

/// A password that the policy accepts.
const PASSWORD: &str = "limestone and azulejo";

on_both_engines! {
    async fn a_person_sees_who_asks_and_for_what(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let (read, write) = admin.orders().await;
        admin.give(&user, &[&read, &write]).await;
        let manage = admin.organization_scope("manage").await;
        admin.organization("Acme", &user, &[&manage], &[]).await;
        admin.let_ask(&client, json!({
            "userScopes": ["email", OWN_ORGANIZATIONS], "resourceScopes": [read], "organizationScopes": [manage],
        })).await;
        let presentation = json!({ "displayName": "Else <b>where</b>", "privacyPolicyUrl": "https://else.example/privacy" });
        admin.put(&format!("/api/applications/{}/sign-in-experience", client.id), presentation).await.expect(201);

        let scope = format!("openid offline_access email {OWN_ORGANIZATIONS} read write manage");
        let request = client.request(&[("scope", &scope), ("prompt", "consent"), ("resource", ORDERS), ("resource", ORGANIZATIONS)]);
        let page = arrive(server, &server.visitor(), &client, &user, &request).await.expect(200);
        for text in [
            "May Else <b>where</b> use your account?",
            "ana of the tests",
            "ana@example.com",
            "Your email address",
            "To stay connected while you are away",
            "The organizations you belong to",
            "At Orders",
            "See your orders",
            "In your organizations",
            "manage",
            "Acme",
            "You go on to app.example.com.",
        ] {
            assert!(page.says(text), "{text}: {}", page.text());
        }
        assert!(!page.body().contains("<b>where"), "a name is text");
        assert!(!page.says("Place orders"), "what the application may not ask for");
        assert!(!page.says("Ninguém"));
        assert_eq!(page.link("privacy policy").as_str(), "https://else.example/privacy");
        assert!(page.header("content-security-policy").unwrap().contains("form-action 'self' https://app.example.com"));

        let page = page.visitor().get(&format!("/consent?app_id={}&locale=pt-BR", client.id)).await.expect(200);
        for text in ["pode usar sua conta?", "Seu endereço de e-mail", "Em Orders", "Nas suas organizações", "Permitir", "Usar outra conta"] {
            assert!(page.says(text), "{text}: {}", page.text());
        }
    }

    async fn an_application_gets_what_its_person_allows(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let (read, write) = admin.orders().await;
        admin.give(&user, &[&read, &write]).await;
        admin.let_ask(&client, json!({ "userScopes": ["email", "profile"], "resourceScopes": [read] })).await;
        let visitor = server.visitor();
        let scope = [("scope", "openid offline_access email read write"), ("prompt", "consent"), ("resource", ORDERS)];
        let page = arrive(server, &visitor, &client, &user, &client.request(&scope)).await.expect(200);
        let tokens = client.redeem(&visitor, &allow(&page).await).await.expect(200).json();
        assert_eq!(scope_of(&tokens), ["email", "offline_access", "openid"]);
        let at_orders = client.refresh(&visitor, &text(&tokens, "refresh_token"), &[("resource", ORDERS)]).await;
        assert_eq!(scope_of(&at_orders.expect(200).json()), ["read"], "not what the application may not ask for");

        // Taken off the list, a permission is gone from the next token.
        admin.delete(&format!("/api/applications/{}/user-consent-scopes/resource-scopes/{read}", client.id)).await.expect(204);
        let tokens = client.redeem(&visitor, &{
            let page = arrive(server, &visitor, &client, &user, &client.request(&scope)).await;
            match page.status() {
                200 => allow(&page).await,
                _ => parameter(&page.location(), "code").unwrap(),
            }
        }).await.expect(200).json();
        let at_orders = client.refresh(&visitor, &text(&tokens, "refresh_token"), &[("resource", ORDERS)]).await;
        assert_eq!(scope_of(&at_orders.expect(200).json()), [""; 0]);
    }

    async fn a_person_is_asked_once_and_again_for_more(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        admin.let_ask(&client, json!({ "userScopes": ["email", "phone"] })).await;
        let visitor = server.visitor();
        let page = ask(server, &visitor, &client, &user, "openid").await.expect(200);
        page.clone().expect_text("It learns that you are signed in, and nothing else.");
        allow(&page).await;
        let again = ask(server, &visitor, &client, &user, "openid").await.expect(303);
        assert!(parameter(&again.location(), "code").is_some());
        let more = ask(server, &visitor, &client, &user, "openid email").await.expect(200);
        more.clone().expect_text("Your email address");
        allow(&more).await;
        let none = visitor.get(&client.request(&[("scope", "openid phone"), ("prompt", "none")])).await.expect(303);
        assert_eq!(parameter(&none.location(), "error").as_deref(), Some("consent_required"));
        // A new session is a new beginning.
        ask(server, &server.visitor(), &client, &user, "openid").await.expect(200);
    }

    async fn a_standard_scope_outside_the_list_is_refused(server) {
        let admin = Admin::of(server).await;
        let client = admin.third_party().await;
        admin.let_ask(&client, json!({ "userScopes": ["email"] })).await;
        let visitor = server.visitor();
        for (scope, wrong) in [("openid email profile", "profile"), ("openid address email phone", "address")] {
            let answer = visitor.get(&client.request(&[("scope", scope)])).await.expect(303).location();
            assert_eq!(parameter(&answer, "error").as_deref(), Some("invalid_scope"));
            assert_eq!(parameter(&answer, "error_description").as_deref(), Some("requested scope is not allowed"));
            assert_eq!(parameter(&answer, "scope").as_deref(), Some(wrong));
        }
        let allowed = visitor.get(&client.request(&[("scope", "openid offline_access email unknown:thing")])).await;
        assert_eq!(allowed.expect(303).location().path(), "/sign-in");
    }

    async fn a_person_may_say_no(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let visitor = server.visitor();
        let page = ask(server, &visitor, &client, &user, "openid").await.expect(200);
        let refused = page.form("Cancel").submit().await.expect(303);
        let answer = refused.follow_until(|url| url.as_str().starts_with(CALLBACK)).await.location();
        assert_eq!(parameter(&answer, "error").as_deref(), Some("access_denied"));
        assert_eq!(parameter(&answer, "state").as_deref(), Some("the-state"));
        assert_eq!(parameter(&answer, "iss").as_deref(), Some("http://localhost:3001/oidc"));
        assert!(parameter(&answer, "code").is_none());
        // A no is not remembered: the next request asks again.
        ask(server, &visitor, &client, &user, "openid").await.expect(200);
    }

    async fn a_no_goes_back_in_the_mode_that_was_asked_for(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let request = client.request(&[("scope", "openid"), ("response_mode", "form_post")]);
        let page = arrive(server, &server.visitor(), &client, &user, &request).await.expect(200);
        let answer = page.form("Cancel").submit().await.follow_all().await.expect(200);
        assert_eq!(answer.attribute("form", "action").as_deref(), Some(CALLBACK));
        assert_eq!(answer.attribute("input[name=error]", "value").as_deref(), Some("access_denied"));
        assert_eq!(answer.attribute("input[name=state]", "value").as_deref(), Some("the-state"));
    }

    async fn an_answer_is_this_pages_and_this_sessions(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let visitor = server.visitor();
        let page = ask(server, &visitor, &client, &user, "openid").await.expect(200);
        page.form("Allow").without("_csrf").submit().await.expect(403);
        page.form("Allow").without("_csrf").with("_csrf", "x").submit().await.expect(403);
        // The session ended meanwhile.
        visitor.forget_cookies(Some("_session"));
        visitor.forget_cookies(Some("_session--default"));
        let answer = page.form("Allow").submit().await.expect(303);
        assert_eq!(answer.location().path(), "/unknown-session");
    }

    async fn whatever_is_not_a_yes_is_a_no(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let visitor = server.visitor();
        let page = ask(server, &visitor, &client, &user, "openid").await.expect(200);
        let form = page.form("Allow");
        let fields = [("_csrf", form.value("_csrf").unwrap()), ("decision", "perhaps")];
        let refused = visitor.post_form(form.action().as_str(), &fields).await.expect(303);
        let answer = refused.follow_until(|url| url.as_str().starts_with(CALLBACK)).await.location();
        assert_eq!(parameter(&answer, "error").as_deref(), Some("access_denied"));
    }

    async fn somebody_else_may_sign_in_instead(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let other = create_user(server, "bea").await;
        let visitor = server.visitor();
        let page = ask(server, &visitor, &client, &user, "openid").await.expect(200);
        let page = page.form("Use another account").submit().await.expect(303);
        assert_eq!(page.location().path(), "/sign-in");
        page.follow().await.expect(200);
        let next = soleira_tests::protocol::answer_login(&server.system(), &visitor, &client, &other).await;
        // The first one is signed out on the way, by a form that submits itself.
        let out = visitor.get(&next).await.expect(200);
        let page = out.form_at("form").submit().await.follow_all().await.expect(200);
        assert_eq!(page.url().path(), "/consent");
        page.clone().expect_text("bea of the tests");
        let tokens = client.redeem(&visitor, &allow(&page).await).await.expect(200).json();
        assert_eq!(soleira_tests::protocol::claims(&text(&tokens, "id_token"))["sub"], json!(other));
    }

    async fn consent_leaves_its_marks(server) {
        let admin = Admin::of(server).await;
        let client = admin.third_party().await;
        let second = admin.third_party().await;
        let user = ana(server).await;
        let read = async || user_cases::get(&server.system(), &user).await.unwrap().user;
        let visitor = server.visitor();
        let page = ask(server, &visitor, &client, &user, "openid").await.expect(200);
        assert_eq!(read().await.application_id, None, "not before the person allowed it");
        allow(&page).await;
        assert_eq!(read().await.application_id.unwrap().as_str(), client.id);
        allow(&ask(server, &visitor, &second, &user, "openid").await.expect(200)).await;
        assert_eq!(read().await.application_id.unwrap().as_str(), client.id, "the first one stays");
        assert_eq!(read().await.cimd_client_id, None);
    }

    async fn the_way_somebody_signed_in_is_kept_with_the_session(server) {
        let admin = Admin::of(server).await;
        let client = admin.third_party().await;
        let user = ana(server).await;
        user_cases::set_password(&server.system(), &user, Secret::new(PASSWORD)).await.unwrap();
        let visitor = server.visitor();
        let page = visitor.get(&client.request(&[("scope", "openid")])).await.follow_all().await.expect(200);
        let page = page.form("Sign in").fill("identifier", "ana").fill("password", PASSWORD)
            .submit().await.expect(303).follow_all().await.expect(200);
        allow(&page).await;
        let ctx = server.system();
        let sessions = soleira_store::sessions::of_user(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, &user, ctx.now()).await.unwrap();
        let kept = session_submissions::find(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, &sessions[0].uid).await.unwrap().unwrap();
        assert_eq!((&kept["interactionEvent"], &kept["userId"]), (&json!("SignIn"), &json!(user)));
        assert_eq!(kept["verificationRecords"][0]["type"], "Password");
        assert!(!kept.to_string().contains(PASSWORD));
    }

    async fn an_application_that_admits_others_only_is_closed(server) {
        let admin = Admin::of(server).await;
        let (client, user) = (admin.third_party().await, ana(server).await);
        let stranger = create_user(server, "eve").await;
        let visitor = server.visitor();
        let page = ask(server, &visitor, &client, &user, "openid").await.expect(200);
        let rules = json!({ "userIds": [stranger], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": [] });
        admin.put(&format!("/api/applications/{}/access-control", client.id), rules).await.expect(200);
        admin.patch(&format!("/api/applications/{}", client.id), json!({ "appLevelAccessControlEnabled": true })).await.expect(200);
        page.form("Allow").submit().await.expect(400).expect_text("oidc.access_denied");
        let shown = visitor.get(&format!("/consent?app_id={}", client.id)).await.expect(400);
        shown.expect_text("oidc.access_denied");
    }
}
