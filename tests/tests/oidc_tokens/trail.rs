//! What is remembered: the audit trail, limits of grants, use by day.

use super::{API, credentials, fresh_code, machine};
use serde_json::Value;
use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_store::logs;
use soleira_store::usage::{self, DayOfUse};
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{CALLBACK, VERIFIER, create_user, register, register_with, sign_in, text};

on_both_engines! {
    async fn the_trail_tells_what_happened_and_no_secret(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let code = fresh_code(server, &client, &user, "openid offline_access").await;
        let tokens = client.redeem(&visitor, &code).await.expect(200).json();
        client.redeem(&visitor, &code).await.expect(400);
        visitor.post_form("/oidc/token", &[("grant_type", "client_credentials"), ("client_id", "bogus")]).await.expect(400);
        client.post(&visitor, "/oidc/token/revocation", &[("token", text(&tokens, "refresh_token"))]).await.expect(200);
        server.app.audit.flush(&server.app.db).await;
        let rows = logs::newest(&mut server.system().read().await.unwrap().tx(), &server.tenant().id, 100).await.unwrap();
        for (key, result) in [
            ("Interaction.Create", "Success"),
            ("Interaction.End", "Success"),
            ("ExchangeTokenBy.AuthorizationCode", "Success"),
            ("ExchangeTokenBy.AuthorizationCode", "Error"),
            ("ExchangeTokenBy.ClientCredentials", "Error"),
            ("RevokeGrants", "Success"),
            ("RevokeToken", "Success"),
        ] {
            let told = rows.iter().any(|row| row.key == key && row.payload.contains(&format!("\"result\":\"{result}\"")));
            assert!(told, "{key} {result}");
        }
        let secrets = [code.as_str(), text(&tokens, "access_token"), text(&tokens, "refresh_token"), VERIFIER];
        for row in &rows {
            assert!(secrets.iter().all(|secret| !row.payload.contains(secret)), "{}", row.payload);
            assert!(!row.payload.contains(client.secret.as_deref().unwrap()));
        }
    }

    async fn grants_can_be_limited(server) {
        let user = create_user(server, "ada").await;
        let custom = CustomClientMetadata { max_allowed_grants: Some(2), ..CustomClientMetadata::default() };
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], custom).await;
        let mut tokens = Vec::new();
        for _ in 0..3 {
            server.clock.advance_seconds(1);
            tokens.push(sign_in(server, &server.visitor(), &client, &user, "openid offline_access").await);
        }
        let alive = async |tokens: &Value| {
            server.visitor().get_as("/oidc/me", text(tokens, "access_token")).await.status()
        };
        assert_eq!([alive(&tokens[0]).await, alive(&tokens[1]).await, alive(&tokens[2]).await], [401, 200, 200]);
    }

    async fn use_is_counted_by_day_besides_the_requests(server) {
        let (visitor, ada) = (server.visitor(), create_user(server, "ada").await);
        let bob = create_user(server, "bob").await;
        let (client, machine) = (register(server, ApplicationType::Spa).await, machine(server).await);
        let first = usage::day_of(server.system().now());
        let ask = async || credentials(&machine, &visitor, &[("resource", API)]).await;
        ask().await.expect(200);
        for user in [&ada, &ada, &bob] {
            sign_in(server, &server.visitor(), &client, user, "openid").await;
        }
        server.app.audit.flush(&server.app.db).await;
        ask().await.expect(200);
        client.redeem(&visitor, "no such code").await.expect(400);
        credentials(&machine, &visitor, &[]).await.expect(400);
        server.clock.advance_seconds(86_400);
        let tokens = sign_in(server, &server.visitor(), &client, &ada, "openid offline_access").await;
        client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(200);
        server.app.audit.flush(&server.app.db).await;
        let ctx = server.system();
        let days = usage::between(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, first, first + 7).await.unwrap();
        let day = |day, active_users, user_tokens, machine_tokens| DayOfUse { day, active_users, user_tokens, machine_tokens };
        assert_eq!(days, [day(first, 2, 3, 2), day(first + 1, 1, 2, 0)]);
    }
}
