//! The userinfo endpoint.

use super::described;
use soleira_core::model::ApplicationType;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{claims, create_user, register, sign_in, text};

on_both_engines! {
    async fn userinfo_tells_all_of_the_scope_in_one_statement(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid profile email custom_data identities roles").await;
        let page = visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        let body = page.json();
        for claim in ["sub", "name", "username", "email", "custom_data", "identities", "sso_identities", "roles"] {
            assert!(body.get(claim).is_some(), "{claim}");
        }
        assert!(claims(text(&tokens, "id_token")).get("custom_data").is_none());
        let plain = sign_in(server, &visitor, &client, &user, "openid profile").await;
        let token = text(&plain, "access_token");
        visitor.get_as("/oidc/me", token).await.expect(200);
        let before = server.app.db.statements();
        for _ in 0..10 {
            visitor.get_as("/oidc/me", token).await.expect(200);
        }
        assert!(server.app.db.statements() - before <= 10 + 2, "one statement a request");
        visitor.always("if-none-match", visitor.get_as("/oidc/me", token).await.header("etag").unwrap());
        assert!(visitor.get_as("/oidc/me", token).await.expect(304).body().is_empty());
    }

    async fn userinfo_takes_one_token_by_one_way(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        let token = text(&tokens, "access_token");
        let missing = visitor.get("/oidc/me").await;
        assert_eq!(described(&missing), "401 invalid_token: no access token provided");
        assert_eq!(missing.header("www-authenticate"), Some("Bearer realm=\"http://localhost:3001/oidc\""));
        for bad in ["nonsense", &"x".repeat(43), text(&tokens, "id_token"), &token[1..]] {
            let refused = visitor.get_as("/oidc/me", bad).await;
            assert_eq!(described(&refused), "401 invalid_token: invalid token provided");
            assert!(refused.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
        }
        visitor.post_form("/oidc/me", &[("access_token", token)]).await.expect(200);
        visitor.get(&format!("/oidc/me?access_token={token}")).await.expect(400);
        server.clock.advance_seconds(3600);
        visitor.get_as("/oidc/me", token).await.expect(401);
    }

    async fn a_bearer_header_has_one_form(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        let token = text(&tokens, "access_token");
        for malformed in [
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            token.to_owned(),
            format!("Bearer  {token}"),
            format!("Bearer {token} "),
            format!("Bearer {token} {token}"),
            format!("Bearer {token},Bearer {token}"),
            format!("Bearer \"{token}\""),
            format!("Bearer\t{token}"),
            format!("Basic {token}"),
        ] {
            visitor.always("authorization", &malformed);
            let refused = visitor.get("/oidc/me").await;
            assert_eq!(described(&refused), "400 invalid_request: invalid authorization header value format", "{malformed}");
        }
        visitor.always("authorization", &format!("bEARER {token}"));
        visitor.get("/oidc/me").await.expect(200);
        let twice = visitor.post_form("/oidc/me", &[("access_token", token)]).await;
        assert_eq!(described(&twice), "400 invalid_request: access token must only be provided using one mechanism");
    }
}
