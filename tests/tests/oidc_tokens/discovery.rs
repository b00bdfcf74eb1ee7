//! The discovery document of a compatible tenant, to the letter.

use serde_json::json;
use soleira_testkit::on_both_engines;

on_both_engines! {
    async fn the_document_is_the_wires(server) {
        let visitor = server.visitor();
        let page = visitor.get("/oidc/.well-known/openid-configuration").await.expect(200);
        let at = |path: &str| format!("http://localhost:3001/oidc{path}");
        assert_eq!(
            page.json(),
            json!({
                "issuer": at(""),
                "authorization_endpoint": at("/auth"),
                "token_endpoint": at("/token"),
                "userinfo_endpoint": at("/me"),
                "jwks_uri": at("/jwks"),
                "end_session_endpoint": at("/session/end"),
                "introspection_endpoint": at("/token/introspection"),
                "revocation_endpoint": at("/token/revocation"),
                "pushed_authorization_request_endpoint": at("/request"),
                "device_authorization_endpoint": at("/device/auth"),
                "authorization_response_iss_parameter_supported": true,
                "backchannel_logout_supported": true,
                "backchannel_logout_session_supported": true,
                "claim_types_supported": ["normal"],
                "claims_parameter_supported": false,
                "claims_supported": [
                    "sub", "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username",
                    "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
                    "username", "created_at", "email", "email_verified", "phone_number", "phone_number_verified",
                    "address", "custom_data", "identities", "sso_identities", "roles", "organizations",
                    "organization_data", "organization_roles", "sid", "auth_time", "iss",
                ],
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": [
                    "implicit", "authorization_code", "refresh_token", "client_credentials",
                    "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
                ],
                "id_token_signing_alg_values_supported": ["ES384"],
                "request_uri_parameter_supported": false,
                "response_modes_supported": ["form_post", "fragment", "query"],
                "response_types_supported": ["code id_token", "code", "id_token", "none"],
                "scopes_supported": [
                    "openid", "offline_access", "profile", "email", "phone", "address", "custom_data", "identities",
                    "roles", "urn:logto:scope:organizations", "urn:logto:scope:organization_roles",
                    "urn:logto:scope:sessions", "urn:logto:scope:trusted_devices",
                ],
                "subject_types_supported": ["public"],
                "token_endpoint_auth_methods_supported":
                    ["client_secret_basic", "client_secret_jwt", "client_secret_post", "private_key_jwt", "none"],
                "token_endpoint_auth_signing_alg_values_supported":
                    ["HS256", "RS256", "PS256", "ES256", "Ed25519", "EdDSA"],
            })
        );
        let other = visitor.get("/oidc/.well-known/oauth-authorization-server").await.expect(200);
        assert_eq!(page.body(), other.body(), "two addresses, one document");
    }
}
