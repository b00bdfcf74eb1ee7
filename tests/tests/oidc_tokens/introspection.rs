//! Introspection and revocation.

use super::described;
use serde_json::json;
use soleira_core::EntropyExt;
use soleira_core::model::{ApplicationType, OidcClientMetadata};
use soleira_crypto::timely_token_hash;
use soleira_directory::applications::{self, ApplicationPatch};
use soleira_store::{Verdict, access_tokens, unit};
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{CALLBACK, Client, create_user, register, sign_in, text};

on_both_engines! {
    async fn introspection_tells_confidential_clients_everything(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let stranger = register(server, ApplicationType::Spa).await;
        let resource = register(server, ApplicationType::Traditional).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let look = async |client: &Client, token: &str| {
            client.post(&visitor, "/oidc/token/introspection", &[("token", token)]).await.expect(200).json()
        };
        let access = look(&resource, text(&tokens, "access_token")).await;
        let names: Vec<&String> = access.as_object().unwrap().keys().collect();
        assert_eq!(names, ["active", "client_id", "exp", "iat", "iss", "scope", "sub", "token_type"]);
        assert_eq!((access["active"].as_bool(), access["sub"].as_str()), (Some(true), Some(user.as_str())));
        let refresh = look(&resource, text(&tokens, "refresh_token")).await;
        assert!(refresh["active"] == true && refresh.get("token_type").is_none());
        assert_eq!(look(&client, text(&tokens, "access_token")).await["active"], true);
        for nothing in [
            look(&stranger, text(&tokens, "access_token")).await,
            look(&resource, "unknown").await,
        ] {
            assert_eq!(nothing, json!({"active": false}));
        }
        let jwt = resource.post(&visitor, "/oidc/token/introspection", &[("token", text(&tokens, "id_token"))]).await;
        assert_eq!(
            described(&jwt),
            "400 unsupported_token_type: Structured JWT Tokens cannot be introspected via the introspection_endpoint"
        );
        let missing = resource.post(&visitor, "/oidc/token/introspection", &[]).await;
        assert_eq!(described(&missing), "400 invalid_request: missing required parameter 'token'");
        server.clock.advance_seconds(3600);
        assert_eq!(look(&resource, text(&tokens, "access_token")).await, json!({"active": false}));
    }

    async fn revocation_takes_the_siblings_along(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let web = register(server, ApplicationType::Traditional).await;
        let revoke = async |client: &Client, token: &str| {
            client.post(&visitor, "/oidc/token/revocation", &[("token", token)]).await
        };
        for kind in ["access_token", "refresh_token"] {
            let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
            assert!(revoke(&client, text(&tokens, kind)).await.expect(200).body().is_empty());
            visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
            client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(400);
        }
        // The last one ended the grant, so consent is asked for again.
        assert_eq!(visitor.get(&client.request(&[("scope", "openid")])).await.expect(303).location().path(), "/consent");
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        let foreign = revoke(&web, text(&tokens, "access_token")).await;
        assert_eq!(
            described(&foreign),
            "400 invalid_request: client is not authorized to revoke the presented token"
        );
        let other = register(server, ApplicationType::Spa).await;
        revoke(&other, text(&tokens, "access_token")).await.expect(200);
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        revoke(&client, "unknown").await.expect(200);
        let jwt = revoke(&client, text(&tokens, "id_token")).await;
        assert_eq!(jwt.expect(400).json()["error"], "unsupported_token_type");
    }

    async fn introspection_costs_one_statement(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        for kind in ["access_token", "refresh_token"] {
            let look = async || {
                client.post(&visitor, "/oidc/token/introspection", &[("token", text(&tokens, kind))]).await.expect(200);
            };
            look().await;
            server.app.audit.flush(&server.app.db).await;
            let before = server.app.db.statements();
            for _ in 0..10 {
                look().await;
            }
            assert!(server.app.db.statements() - before <= 10 + 2, "one statement a request");
        }
    }

    async fn claims_of_the_tenants_own_are_told_and_take_no_others_place(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        let ctx = server.system();
        let known = {
            let hash = timely_token_hash(text(&tokens, "access_token"));
            let found = access_tokens::find(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, &hash).await;
            found.unwrap().unwrap().token
        };
        let value = ctx.entropy().opaque();
        let mut row = known;
        row.extra = serde_json::from_value(json!({"plan": "pro", "sub": "someone else", "active": false})).unwrap();
        let needs = (ctx.tenant.id.clone(), timely_token_hash(&value), row);
        let stored = ctx.write(unit(needs, |(tenant, hash, row), tx| Box::pin(async move {
            access_tokens::insert(tx, tenant, hash, row).await?;
            Ok(Verdict::Accept(()))
        })));
        stored.await.unwrap();
        let told = client.post(&visitor, "/oidc/token/introspection", &[("token", &value)]).await.expect(200).json();
        assert_eq!((told["plan"].as_str(), told["active"].as_bool(), told["sub"].as_str()), (Some("pro"), Some(true), Some(user.as_str())));
        assert!(told.get("jti").is_none());
    }

    async fn sessions_are_named_to_clients_that_want_it(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let look = async |tokens: &serde_json::Value| {
            let fields = [("token", text(tokens, "access_token"))];
            client.post(&visitor, "/oidc/token/introspection", &fields).await.expect(200).json()["sid"].clone()
        };
        let tokens = sign_in(server, &visitor, &client, &user, "openid").await;
        assert!(look(&tokens).await.is_null());
        let patch = ApplicationPatch {
            oidc_client_metadata: Some(OidcClientMetadata {
                redirect_uris: vec![CALLBACK.to_owned()],
                backchannel_logout_uri: Some("https://app.example.com/logout".to_owned()),
                backchannel_logout_session_required: Some(true),
                ..OidcClientMetadata::default()
            }),
            ..ApplicationPatch::default()
        };
        applications::patch(&server.system(), &client.id.as_str().into(), patch).await.unwrap();
        assert_eq!(look(&tokens).await.as_str().map(str::len), Some(43));
    }

    async fn revocation_answers_with_nothing_at_all(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Traditional).await;
        let answer = client.post(&visitor, "/oidc/token/revocation", &[("token", "unknown")]).await.expect(200);
        assert!(answer.body().is_empty() && answer.header("content-type").is_none());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let jwt = client.post(&visitor, "/oidc/token/revocation", &[("token", "a.b.c")]).await;
        assert_eq!(
            described(&jwt),
            "400 unsupported_token_type: Structured JWT Tokens cannot be revoked via the revocation_endpoint"
        );
        let missing = client.post(&visitor, "/oidc/token/revocation", &[]).await;
        assert_eq!(described(&missing), "400 invalid_request: missing required parameter 'token'");
    }
}
