//! Client credentials, and the Management API's check of tokens.

use super::{API, described, machine};
use soleira_access::management;
use soleira_core::model::ApplicationType;
use soleira_runtime::Actor;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{claims, create_user, register, sign_in, text};

on_both_engines! {
    async fn machines_get_what_their_roles_give(server) {
        let visitor = server.visitor();
        let client = machine(server).await;
        let ask = async |further: &[(&str, &str)]| {
            client.token(&visitor, &[&[("grant_type", "client_credentials")], further].concat()).await
        };
        let tokens = ask(&[("resource", API), ("scope", "all other")]).await.expect(200).json();
        let names: Vec<&String> = tokens.as_object().unwrap().keys().collect();
        assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
        let token = claims(text(&tokens, "access_token"));
        assert_eq!((token["scope"].as_str(), token["aud"].as_str()), (Some("all"), Some(API)));
        assert_eq!((token["sub"].as_str(), token["client_id"].as_str()), (Some(client.id.as_str()), Some(client.id.as_str())));
        assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), 3600);
        let unscoped = ask(&[("resource", API)]).await.expect(200).json();
        assert!(unscoped.get("scope").is_none() && claims(text(&unscoped, "access_token")).get("scope").is_none());
        assert_eq!(
            described(&ask(&[]).await),
            "400 invalid_target: both `resource` and `organization_id` are not provided"
        );
        assert_eq!(
            described(&ask(&[("resource", "https://unknown.example.com")]).await),
            "400 invalid_target: resource indicator is missing, or unknown"
        );
        assert_eq!(
            described(&ask(&[("resource", API), ("resource", "https://b.example.com")]).await),
            "400 invalid_target: only a single resource indicator value is supported for this grant type"
        );
        assert_eq!(
            described(&ask(&[("resource", API), ("organization_id", "o")]).await),
            "403 access_denied: app has not associated with the organization"
        );
    }

    async fn machines_cost_no_statement(server) {
        let visitor = server.visitor();
        let client = machine(server).await;
        let fields = [("grant_type", "client_credentials"), ("resource", API), ("scope", "all")];
        client.token(&visitor, &fields).await.expect(200);
        let logs = async || server.app.audit.flush(&server.app.db).await;
        logs().await;
        // The caches ask once a second at most whether configuration changed; everything else is in memory.
        let before = server.app.db.statements();
        for _ in 0..20 {
            client.token(&visitor, &fields).await.expect(200);
        }
        let asked = server.app.db.statements() - before;
        assert!(asked <= 20 + 4, "{asked} statements, a batch of audit rows and counters included");
        logs().await;
    }

    async fn the_management_api_knows_its_callers(server) {
        let visitor = server.visitor();
        let (client, user) = (machine(server).await, create_user(server, "ada").await);
        let ctx = server.system().by(Actor::Anonymous);
        let fields = [("grant_type", "client_credentials"), ("resource", API), ("scope", "all")];
        let tokens = client.token(&visitor, &fields).await.expect(200).json();
        let bearer = |token: &str| format!("Bearer {token}");
        let actor = management::authorize(&ctx, Some(&bearer(text(&tokens, "access_token")))).await.unwrap();
        assert_eq!(actor, Actor::ManagementApplication(client.id.as_str().into()));
        let unscoped = client.token(&visitor, &fields[..2]).await.expect(200).json();
        let web = register(server, ApplicationType::Spa).await;
        let person = sign_in(server, &visitor, &web, &user, "openid").await;
        for (header, expected) in [
            (None, "auth.authorization_header_missing"),
            (Some("Basic x".to_owned()), "auth.authorization_token_type_not_supported"),
            (Some(bearer("x.y.z")), "auth.unauthorized"),
            (Some(bearer(text(&person, "access_token"))), "auth.unauthorized"),
            (Some(bearer(text(&person, "id_token"))), "auth.unauthorized"),
            (Some(bearer(text(&unscoped, "access_token"))), "auth.forbidden"),
        ] {
            let error = management::authorize(&ctx, header.as_deref()).await.unwrap_err();
            assert_eq!(error.code().as_str(), expected);
        }
        // A token of this tenant is worth nothing at the administrators' one.
        let admin = ctx.of(server.admin_tenant().clone());
        let token = bearer(text(&tokens, "access_token"));
        assert_eq!(management::authorize(&admin, Some(&token)).await.unwrap_err().code().as_str(), "auth.unauthorized");
        server.clock.advance_seconds(3600 + 15);
        assert_eq!(management::authorize(&ctx, Some(&token)).await.unwrap_err().code().as_str(), "auth.unauthorized");
    }
}
