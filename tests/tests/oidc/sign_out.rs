//! Signing out, and what it ends.

use super::{asked, error};
use soleira_core::model::ApplicationType;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{
    SIGNED_OUT, answer_consent, answer_login, claims, code, create_user, parameter, register, sign_in, text, walk,
};

on_both_engines! {
    async fn someone_else_is_signed_out_first(server) {
        let visitor = server.visitor();
        let (ada, bob) = (create_user(server, "ada").await, create_user(server, "bob").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &ada, "openid profile").await;
        visitor.get(&client.request(&[("prompt", "login")])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &bob).await;
        let page = visitor.get(&next).await.expect(200);
        assert!(page.header("content-security-policy").unwrap().contains("https://app.example.com"));
        let form = page.form_at("form[id='op.logoutForm']");
        let back = form.submit().await.expect(303).location();
        assert_eq!(back.as_str(), next);
        assert_eq!(visitor.get(back.as_str()).await.expect(303).location().path(), "/consent");
        let next = answer_consent(&server.system(), &visitor, &client).await;
        let answer = visitor.get(&next).await.expect(303).location();
        let now = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        assert_eq!(claims(text(&now, "id_token"))["sub"], bob.as_str());
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
    }

    async fn an_answer_given_before_signing_out_signs_nobody_in_again(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        visitor.get(&client.request(&[])).await.expect(303);
        let next = answer_login(&server.system(), &visitor, &client, &user).await;
        visitor.get(&next).await.expect(303);
        let next = answer_consent(&server.system(), &visitor, &client).await;
        let leave = visitor.get("/oidc/session/end").await.expect(200);
        leave.form_at("form").submit().await.expect(303);
        visitor.always("accept", "application/json");
        assert_eq!(visitor.get(&next).await.expect(400).json()["code"], "session.not_found");
        let answer = asked(&visitor, &client.request(&[("prompt", "none")])).await;
        assert_eq!(error(&answer), "login_required");
    }

    async fn signing_out_takes_a_confirmation(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let kept = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let bound = register(server, ApplicationType::Spa).await;
        let ended = sign_in(server, &visitor, &bound, &user, "openid").await;
        let leave = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri={SIGNED_OUT}&state=s", client.id);
        let page = visitor.get(&leave).await.expect(200);
        // A link alone ends nothing.
        visitor.get_as("/oidc/me", text(&ended, "access_token")).await.expect(200);
        let forged = [("xsrf", "0".repeat(48)), ("logout", "yes".to_owned())];
        let forged: Vec<(&str, &str)> = forged.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = visitor.post_form("/oidc/session/end/confirm", &forged).await.expect(400).json();
        assert_eq!(refused["error_description"], "xsrf token invalid");
        let form = page.form_at("form[id='op.logoutForm']");
        assert_eq!(form.value("xsrf").unwrap().len(), 48);
        let back = form.submit().await.expect(303).location();
        assert_eq!(back.as_str(), format!("{SIGNED_OUT}?state=s"));
        visitor.get_as("/oidc/me", text(&ended, "access_token")).await.expect(401);
        visitor.get_as("/oidc/me", text(&kept, "access_token")).await.expect(200);
        client.refresh(&visitor, text(&kept, "refresh_token"), &[]).await.expect(200);
        let answer = asked(&visitor, &client.request(&[("prompt", "none")])).await;
        assert_eq!(error(&answer), "login_required");
    }

    async fn signing_out_twice_and_to_nowhere(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let page = visitor.get("/oidc/session/end").await.expect(200);
        let done = page.form_at("form").submit().await.expect(303);
        assert_eq!(done.location().path(), "/oidc/session/end/success");
        done.follow().await.expect(200);
        let leave = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri={SIGNED_OUT}", client.id);
        let page = visitor.get(&leave).await.expect(200);
        assert_eq!(page.form_at("form").submit().await.expect(303).location().as_str(), SIGNED_OUT);
        let open = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri=https://evil.example/", client.id);
        let refused = visitor.get(&open).await.expect(400).json();
        assert_eq!(refused["error_description"], "post_logout_redirect_uri not registered");
        // Without a client nobody vouches for the address.
        let page = visitor.get("/oidc/session/end?post_logout_redirect_uri=https://evil.example/").await.expect(200);
        assert_eq!(page.form_at("form").submit().await.expect(303).location().path(), "/oidc/session/end/success");
        let refused = visitor.post_form("/oidc/session/end/confirm", &[]).await.expect(400).json();
        assert_eq!(refused["error_description"], "could not find logout details");
        visitor.post_form("/oidc/session/end", &[("client_id", client.id.as_str())]).await.expect(200);
    }

    async fn a_hint_may_stand_for_the_client(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        server.clock.advance_seconds(7200);
        let hint = text(&tokens, "id_token");
        let leave = format!("/oidc/session/end?id_token_hint={hint}&post_logout_redirect_uri={SIGNED_OUT}");
        let page = visitor.get(&leave).await.expect(200);
        assert_eq!(page.form_at("form").submit().await.expect(303).location().as_str(), SIGNED_OUT);
        let other = register(server, ApplicationType::Spa).await;
        let refused = visitor.get(&format!("{leave}&client_id={}", other.id)).await.expect(400).json();
        assert_eq!(refused["error_description"], "client_id does not match the provided id_token_hint");
        visitor.get("/oidc/session/end?id_token_hint=x.y.z").await.expect(400);
    }

    async fn a_request_beside_a_sign_out_is_answered(server) {
        let user = create_user(server, "ada").await;
        let client = register(server, ApplicationType::Spa).await;
        for _ in 0..20 {
            let visitor = server.visitor();
            walk(server, &visitor, &client, &user, &client.request(&[])).await;
            let form = visitor.get("/oidc/session/end").await.expect(200).form_at("form");
            let mut requests = tokio::task::JoinSet::new();
            for _ in 0..6 {
                let (tab, request) = (visitor.clone(), client.request(&[("prompt", "none")]));
                requests.spawn(async move { tab.get(&request).await });
            }
            requests.spawn(form.submit());
            for page in requests.join_all().await {
                let answer = page.expect(303).location();
                if answer.path() == "/oidc/session/end/success" {
                    continue;
                }
                let is_answer = parameter(&answer, "code").is_some();
                assert!(is_answer || error(&answer) == "login_required", "{answer}");
            }
        }
    }
}
