//! Authorization codes.

use super::{INVALID_GRANT, counted, described, fresh_code};
use serde_json::Value;
use soleira_core::model::ApplicationType;
use soleira_directory::applications;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{CALLBACK, Client, VERIFIER, code, create_user, register, sign_in, text, walk};
use tokio::task::JoinSet;

on_both_engines! {
    async fn a_code_is_bound_to_what_it_was_issued_for(server) {
        let visitor = server.visitor();
        let user = create_user(server, "ada").await;
        let (client, other) = (register(server, ApplicationType::Traditional).await, register(server, ApplicationType::Traditional).await);
        let code = fresh_code(server, &client, &user, "openid").await;
        let redeem = async |client: &Client, further: &[(&str, &str)]| {
            let fields = [&[("grant_type", "authorization_code"), ("code", code.as_str())], further].concat();
            client.token(&visitor, &fields).await
        };
        let good = [("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
        let refused = redeem(&other, &good).await;
        assert_eq!(described(&refused), INVALID_GRANT);
        assert_eq!(refused.json()["error_uri"], "https://openid.sh/debug/invalid_grant");
        for wrong in [
            vec![("redirect_uri", "https://app.example.com/other"), ("code_verifier", VERIFIER)],
            vec![("redirect_uri", CALLBACK)],
            vec![("redirect_uri", CALLBACK), ("code_verifier", "another-verifier-of-the-right-length-0123456789")],
            vec![("redirect_uri", CALLBACK), ("code_verifier", "short")],
        ] {
            assert_eq!(described(&redeem(&client, &wrong).await), INVALID_GRANT, "{wrong:?}");
        }
        // None of that used the code up. The redirect URI may be left out, there is one.
        redeem(&client, &[("code_verifier", VERIFIER)]).await.expect(200);
        assert_eq!(described(&client.redeem(&visitor, "no-such-code").await), INVALID_GRANT);
    }

    async fn a_verifier_without_a_challenge_is_refused(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let request = client.request(&[("code_challenge", ""), ("code_challenge_method", "")]);
        let code = code(&walk(server, &visitor, &client, &user, &request).await);
        assert_eq!(client.redeem(&visitor, &code).await.expect(400).json()["error"], "invalid_grant");
        let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
        client.token(&visitor, &fields).await.expect(200);
    }

    async fn a_code_lives_for_a_minute(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let code = fresh_code(server, &client, &user, "openid").await;
        server.clock.advance_seconds(60);
        client.redeem(&visitor, &code).await.expect(400);
    }

    async fn a_replayed_code_ends_everything_that_came_of_it(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let code = fresh_code(server, &client, &user, "openid offline_access").await;
        let tokens = client.redeem(&visitor, &code).await.expect(200).json();
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200);
        client.redeem(&visitor, &code).await.expect(400);
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
        client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(400);
    }

    async fn of_a_hundred_redemptions_one_succeeds(server) {
        let user = create_user(server, "ada").await;
        let client = register(server, ApplicationType::Spa).await;
        let code = fresh_code(server, &client, &user, "openid offline_access").await;
        let mut attempts = JoinSet::new();
        for _ in 0..100 {
            let (client, visitor, code) = (client.clone(), server.visitor(), code.clone());
            attempts.spawn(async move {
                let page = client.redeem(&visitor, &code).await;
                (page.status(), page.json())
            });
        }
        let outcomes = attempts.join_all().await;
        let winners: Vec<&Value> = outcomes.iter().filter(|(status, _)| *status == 200).map(|(_, body)| body).collect();
        assert_eq!(winners.len(), 1);
        assert!(outcomes.iter().all(|(status, body)| *status == 200 || body["error"] == "invalid_grant"));
        // Ninety-nine replays: the winner's tokens are dead.
        let visitor = server.visitor();
        visitor.get_as("/oidc/me", text(winners[0], "access_token")).await.expect(401);
        client.refresh(&visitor, text(winners[0], "refresh_token"), &[]).await.expect(400);
    }

    async fn redeeming_costs_few_statements(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let mut fewest = u64::MAX;
        for _ in 0..5 {
            let code = fresh_code(server, &client, &user, "openid profile offline_access").await;
            fewest = fewest.min(counted(server, client.redeem(&visitor, &code)).await.0);
        }
        // Found with person and grant, used up, both tokens stored, remembered.
        assert_eq!(fewest, 5);
    }

    async fn what_is_one_thing_is_no_other(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let code = fresh_code(server, &client, &user, "openid").await;
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        let id_token = text(&tokens, "id_token");
        for no_code in [access, refresh, id_token] {
            assert_eq!(described(&client.redeem(&visitor, no_code).await), INVALID_GRANT);
        }
        for no_refresh_token in [access, &code, id_token] {
            assert_eq!(described(&client.refresh(&visitor, no_refresh_token, &[]).await), INVALID_GRANT);
        }
        for no_access_token in [refresh, &code, id_token] {
            visitor.get_as("/oidc/me", no_access_token).await.expect(401);
        }
        let look = client.post(&visitor, "/oidc/token/introspection", &[("token", &code)]).await.expect(200).json();
        assert_eq!(look, serde_json::json!({"active": false}));
        client.post(&visitor, "/oidc/token/revocation", &[("token", &code)]).await.expect(200);
        // Each is still what it is.
        client.redeem(&visitor, &code).await.expect(200);
        visitor.get_as("/oidc/me", access).await.expect(200);
        client.refresh(&visitor, refresh, &[]).await.expect(200);
    }

    async fn a_client_that_is_gone_gets_nothing(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let code = fresh_code(server, &client, &user, "openid").await;
        applications::delete(&server.system(), &client.id.as_str().into()).await.unwrap();
        let unknown = format!("400 invalid_client: invalid client {}", client.id);
        assert_eq!(described(&client.redeem(&visitor, &code).await), unknown);
        assert_eq!(described(&client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await), unknown);
        visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(401);
        let other = register(server, ApplicationType::Traditional).await;
        let fields = [("token", text(&tokens, "access_token"))];
        let look = other.post(&visitor, "/oidc/token/introspection", &fields).await.expect(200).json();
        assert_eq!(look, serde_json::json!({"active": false}));
    }
}
