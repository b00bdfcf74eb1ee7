//! Applications hear that a session has ended (OpenID Connect Back-Channel Logout 1.0).

use serde_json::{Value, json};
use soleira_core::ApplicationId;
use soleira_core::model::ApplicationType;
use soleira_crypto::{JwkSet, VerifyingKeys, jws};
use soleira_directory::applications::{self, ApplicationPatch};
use soleira_store::logs;
use soleira_testkit::{Delivery, Receiver, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{Client, claims, create_user, register, sign_in, text};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// An application that wants to hear of sign-outs at an address.
async fn listener(server: &TestServer, address: &str, wants_sid: bool) -> Client {
    let client = register(server, ApplicationType::Spa).await;
    let (ctx, id) = (server.system(), ApplicationId::from(client.id.as_str()));
    let mut metadata = applications::get(&ctx, &id).await.unwrap().oidc_client_metadata;
    metadata.backchannel_logout_uri = Some(address.to_owned());
    metadata.backchannel_logout_session_required = Some(wants_sid);
    let patch = ApplicationPatch {
        oidc_client_metadata: Some(metadata),
        ..ApplicationPatch::default()
    };
    applications::patch(&ctx, &id, patch).await.unwrap();
    client
}

/// The claims of a delivered logout token, verified as an application verifies them.
async fn verified(visitor: &Visitor, delivery: &Delivery) -> Value {
    assert_eq!(delivery.method, "POST");
    assert_eq!(
        delivery.content_type.as_deref(),
        Some("application/x-www-form-urlencoded")
    );
    let set: JwkSet = serde_json::from_value(visitor.get("/oidc/jwks").await.expect(200).json()).unwrap();
    let keys = VerifyingKeys::from_jwks(&set);
    let token = delivery.field("logout_token").unwrap();
    let verified = jws::verify(&token, |header| keys.find(header)).unwrap();
    assert_eq!(verified.header.typ.as_deref(), Some("logout+jwt"));
    verified.claims().unwrap()
}

async fn sign_out(visitor: &Visitor) {
    let page = visitor.get("/oidc/session/end").await.expect(200);
    page.form_at("form").submit().await.expect(303);
}

on_both_engines! {
    async fn every_application_of_the_session_hears_of_it(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let receiver = Receiver::start().await;
        let plain = listener(server, &receiver.url("/plain"), false).await;
        let strict = listener(server, &receiver.url("/strict"), true).await;
        let lasting = listener(server, &receiver.url("/lasting"), false).await;
        let silent = register(server, ApplicationType::Spa).await;
        let stranger = listener(server, &receiver.url("/stranger"), false).await;
        let plain_tokens = sign_in(server, &visitor, &plain, &user, "openid").await;
        let strict_tokens = sign_in(server, &visitor, &strict, &user, "openid").await;
        sign_in(server, &visitor, &lasting, &user, "openid offline_access").await;
        sign_in(server, &visitor, &silent, &user, "openid").await;
        sign_in(server, &server.visitor(), &stranger, &user, "openid").await;
        assert!(claims(text(&plain_tokens, "id_token")).get("sid").is_none());
        let sid = claims(text(&strict_tokens, "id_token"))["sid"].clone();
        assert!(sid.is_string());
        // Asking alone tells nobody.
        visitor.get("/oidc/session/end").await.expect(200);
        sign_out(&visitor).await;
        let deliveries = receiver.wait_for(3).await;
        let mut paths: Vec<&str> = deliveries.iter().map(|delivery| delivery.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["/lasting", "/plain", "/strict"]);
        let now = server.system().now().seconds();
        let mut identifiers = Vec::new();
        for delivery in &deliveries {
            let (client, wants_sid) = match delivery.path.as_str() {
                "/plain" => (&plain, false),
                "/strict" => (&strict, true),
                _ => (&lasting, false),
            };
            let token = verified(&visitor, delivery).await;
            assert_eq!(token["iss"], "http://localhost:3001/oidc");
            assert_eq!((&token["aud"], &token["sub"]), (&json!(client.id), &json!(user)));
            assert_eq!((&token["iat"], &token["exp"]), (&json!(now), &json!(now + 120)));
            assert_eq!(token["events"], json!({EVENT: {}}));
            assert!(token.get("nonce").is_none());
            assert_eq!(token.get("sid"), wants_sid.then_some(&sid), "{}", delivery.path);
            identifiers.push(text(&token, "jti").to_owned());
        }
        identifiers.sort();
        identifiers.dedup();
        assert_eq!(identifiers.len(), 3);
        // A logout token is no ID token.
        let token = deliveries[0].field("logout_token").unwrap();
        visitor.get(&format!("/oidc/session/end?id_token_hint={token}")).await.expect(400);
        visitor.get_as("/api/users", &token).await.expect(401);
        let again = visitor.get("/oidc/session/end").await.expect(200);
        again.form_at("form").submit().await.expect(303);
        server.app.tasks.close();
        assert_eq!(receiver.deliveries().len(), 3, "once");
        let rows = logs::newest(&mut server.system().read().await.unwrap().tx(), &server.tenant().id, 100).await.unwrap();
        let ends: Vec<_> = rows.iter().filter(|row| row.key == "Session.End").collect();
        assert_eq!(ends.len(), 1);
        assert_eq!(ends[0].user_id.as_deref(), Some(user.as_str()));
    }

    async fn an_application_that_fails_holds_nobody_up(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let receiver = Receiver::start().await;
        receiver.answer("/broken", 500, &[], "");
        receiver.answer("/moved", 302, &[("location", &receiver.url("/elsewhere"))], "");
        for address in [
            receiver.url("/broken"),
            receiver.url("/moved"),
            "http://127.0.0.1:1/nobody".to_owned(),
            "http://169.254.169.254/latest".to_owned(),
            receiver.url("/well"),
        ] {
            let client = listener(server, &address, false).await;
            sign_in(server, &visitor, &client, &user, "openid").await;
        }
        sign_out(&visitor).await;
        let deliveries = receiver.wait_for(3).await;
        assert!(deliveries.iter().all(|delivery| delivery.path != "/elsewhere"), "no redirects");
        // They are signed out all the same.
        let client = register(server, ApplicationType::Spa).await;
        let silent = client.request(&[("scope", "openid"), ("prompt", "none")]);
        assert!(visitor.get(&silent).await.expect(303).location().as_str().contains("error=login_required"));
    }

    async fn leaving_one_application_tells_nobody(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let receiver = Receiver::start().await;
        let client = listener(server, &receiver.url("/logout"), true).await;
        sign_in(server, &visitor, &client, &user, "openid").await;
        let page = visitor.get(&format!("/oidc/session/end?client_id={}", client.id)).await.expect(200);
        let xsrf = page.attribute("input[name=xsrf]", "value").unwrap();
        visitor.post_form("/oidc/session/end/confirm", &[("xsrf", &xsrf)]).await.expect(303);
        sign_out(&visitor).await;
        server.app.tasks.close();
        assert_eq!(receiver.deliveries().len(), 0, "it was no longer of the session");
        let discovery = visitor.get("/oidc/.well-known/openid-configuration").await.expect(200).json();
        assert_eq!(discovery["backchannel_logout_supported"], true);
        assert_eq!(discovery["backchannel_logout_session_supported"], true);
    }

    async fn someone_else_signing_in_signs_the_first_one_out(server) {
        let (visitor, ada, grace) =
            (server.visitor(), create_user(server, "ada").await, create_user(server, "grace").await);
        let receiver = Receiver::start().await;
        let client = listener(server, &receiver.url("/logout"), false).await;
        sign_in(server, &visitor, &client, &ada, "openid").await;
        let request = client.request(&[("scope", "openid"), ("prompt", "login")]);
        let sign_in_page = visitor.get(&request).await.expect(303);
        assert_eq!(sign_in_page.location().path(), "/sign-in");
        let next = soleira_tests::protocol::answer_login(&server.system(), &visitor, &client, &grace).await;
        let confirmation = visitor.get(&next).await.expect(200);
        confirmation.form_at("form").submit().await.expect(303);
        let deliveries = receiver.wait_for(1).await;
        assert_eq!(verified(&visitor, &deliveries[0]).await["sub"], json!(ada));
    }
}
