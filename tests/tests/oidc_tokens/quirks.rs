//! What a naive server gets wrong, as far as it concerns tokens and no other module tells of it.

use super::arrange::{ORDERS, give, organization, resource};
use super::{API, credentials, described, machine, without_refresh_rotation};
use serde_json::{Value, json};
use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_crypto::jws::Unverified;
use soleira_directory::users::{self, CreateUser};
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{
    CALLBACK, claims, code, create_user, parameter, register, register_with, sign_in, text, walk,
};

fn kind_of(token: &str) -> Option<String> {
    Unverified::parse(token).unwrap().header().typ.clone()
}

on_both_engines! {
    async fn offline_access_without_consent_is_dropped_silently(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let request = client.request(&[("scope", "openid offline_access")]);
        let answer = walk(server, &visitor, &client, &user, &request).await;
        let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        assert_eq!((tokens["scope"].as_str(), tokens.get("refresh_token")), (Some("openid"), None));
        let ended = visitor.get("/oidc/session/end").await.expect(200);
        ended.form_at("form").submit().await.expect(303);
        let gone = visitor.get_as("/oidc/me", text(&tokens, "access_token")).await;
        assert_eq!(described(&gone), "401 invalid_token: invalid token provided", "not found rather than expired");
    }

    async fn headers_and_audiences_are_plain(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let (_, [read]) = resource(server, ORDERS, ["read"]).await;
        give(server, &user, &[&read]).await;
        let client = register_with(server, ApplicationType::Spa, &[CALLBACK], without_refresh_rotation()).await;
        let request = client.request(&[("scope", "openid offline_access read"), ("prompt", "consent"), ("resource", ORDERS)]);
        let answer = walk(server, &visitor, &client, &user, &request).await;
        let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        let jwt = client.refresh(&visitor, text(&tokens, "refresh_token"), &[("resource", ORDERS)]).await.expect(200).json();
        assert_eq!(kind_of(text(&tokens, "id_token")), None);
        assert_eq!(kind_of(text(&jwt, "access_token")).as_deref(), Some("at+jwt"));
        let (id, access) = (claims(text(&jwt, "id_token")), claims(text(&jwt, "access_token")));
        assert_eq!((&id["aud"], &access["aud"]), (&json!(client.id), &json!(ORDERS)));
        assert_eq!(
            access.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["jti", "sub", "iat", "exp", "scope", "client_id", "iss", "aud"]
        );
        for absent in ["at_hash", "acr", "amr", "azp", "c_hash", "sid", "auth_time"] {
            assert!(id.get(absent).is_none(), "{absent}");
        }
    }

    async fn claims_are_null_absent_or_milliseconds(server) {
        let visitor = server.visitor();
        let ctx = server.system();
        let new = CreateUser { primary_phone: Some("5511987654321".to_owned()), ..CreateUser::default() };
        let user = users::create(&ctx, new).await.unwrap().user;
        let client = register(server, ApplicationType::Spa).await;
        let tokens = sign_in(server, &visitor, &client, &user.id, "openid profile email phone address unknown").await;
        assert_eq!(tokens["scope"], "openid profile email phone address", "unknown scopes are ignored");
        let info = visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200).json();
        let id_token = claims(text(&tokens, "id_token"));
        for told in [&info, &id_token] {
            for null in ["name", "picture", "username", "email"] {
                assert_eq!(told.get(null), Some(&Value::Null), "{null}");
            }
            for absent in ["family_name", "preferred_username", "address", "website"] {
                assert!(told.get(absent).is_none(), "{absent}");
            }
            assert_eq!((told["email_verified"].as_bool(), told["phone_number_verified"].as_bool()), (Some(false), Some(true)));
            assert_eq!(told["phone_number"], "5511987654321", "digits only");
            assert_eq!((told["created_at"].as_i64(), told["updated_at"].as_i64()), (Some(user.created_at.0), Some(user.updated_at.0)));
        }
        assert_eq!(id_token["iat"].as_i64(), Some(ctx.now().seconds()));
    }

    async fn the_time_of_signing_in_is_told_where_it_was_asked_for(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        for (asked, told) in [(("max_age", "600"), true), (("prompt", "login consent"), true), (("prompt", "consent"), false)] {
            let mut further = vec![("scope", "openid offline_access"), ("nonce", "n-1"), asked];
            if asked.0 != "prompt" {
                further.push(("prompt", "consent"));
            }
            let answer = walk(server, &server.visitor(), &client, &user, &client.request(&further)).await;
            let signed_in_at = server.system().now().seconds();
            let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
            server.clock.advance_seconds(30);
            let later = client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(200).json();
            for token in [claims(text(&tokens, "id_token")), claims(text(&later, "id_token"))] {
                assert_eq!(token["auth_time"].as_i64(), told.then_some(signed_in_at), "{asked:?}");
                assert_eq!(token["nonce"], "n-1");
            }
        }
    }

    async fn an_organization_means_nothing_before_the_first_refresh(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let organization = organization(server, "One").await;
        let client = register(server, ApplicationType::Spa).await;
        let request = client.request(&[("organization_id", organization.as_str())]);
        let answer = walk(server, &visitor, &client, &user, &request).await;
        let code = parameter(&answer, "code").expect("a code, for whoever is no member too");
        let fields = [
            ("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK),
            ("code_verifier", soleira_tests::protocol::VERIFIER), ("organization_id", organization.as_str()),
        ];
        let tokens = client.token(&visitor, &fields).await.expect(200).json();
        assert_eq!(text(&tokens, "access_token").len(), 43);
    }

    async fn a_client_without_redirect_uris_is_of_no_use_anywhere(server) {
        let visitor = server.visitor();
        let client = register_with(server, ApplicationType::Traditional, &[], CustomClientMetadata::default()).await;
        for path in ["/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation"] {
            let refused = client.post(&visitor, path, &[("token", "x"), ("grant_type", "refresh_token")]).await;
            assert_eq!(described(&refused), "400 invalid_redirect_uri: redirect_uris must contain members", "{path}");
        }
    }

    async fn errors_have_what_the_sdks_read_unless_they_are_told_not_to(server) {
        let visitor = server.visitor();
        let client = machine(server).await;
        let refused = credentials(&client, &visitor, &[]).await.expect(400).json();
        assert_eq!((refused["code"].as_str(), refused["message"].as_str()), (Some("oidc.invalid_target"), Some("Invalid resource indicator.")));
        let fields = [("grant_type", "client_credentials")];
        let bare = client.post(&visitor, "/oidc/token?parse_error=false", &fields).await.expect(400).json();
        assert_eq!(bare.as_object().unwrap().keys().collect::<Vec<_>>(), ["error", "error_description"]);
    }

    async fn proofs_of_possession_are_ignored(server) {
        let visitor = server.visitor();
        let client = machine(server).await;
        visitor.always("dpop", "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.x");
        let tokens = credentials(&client, &visitor, &[("resource", API)]).await.expect(200).json();
        assert_eq!(tokens["token_type"], "Bearer");
        assert!(claims(text(&tokens, "access_token")).get("cnf").is_none());
    }
}
