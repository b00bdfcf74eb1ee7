//! The discovery document (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). It names what the server answers and nothing
//! else (docs/wire/discovery.md says what is left out for now).

use crate::authorization::ResponseMode;
use crate::client::GrantType;
use crate::scope;
use serde_json::{Map, Value, json};

/// The claims that tokens and userinfo can have, in the order of the wire.
const CLAIMS: [&str; 31] = [
    "sub",
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "username",
    "created_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "custom_data",
    "identities",
    "sso_identities",
    "roles",
    "organizations",
    "organization_data",
    "organization_roles",
    "sid",
    "auth_time",
];

/// The document of an issuer. `endpoint` is the address that the protocol is mounted at; `algorithms` are those of the
/// published keys.
pub fn document(issuer: &str, endpoint: &str, algorithms: &[&str]) -> Map<String, Value> {
    let at = |path: &str| Value::from(format!("{endpoint}{path}"));
    let mut claims: Vec<&str> = CLAIMS.to_vec();
    claims.push("iss");
    let document = json!({
        "authorization_endpoint": at("/auth"),
        "claims_parameter_supported": false,
        "claims_supported": claims,
        "code_challenge_methods_supported": ["S256"],
        "end_session_endpoint": at("/session/end"),
        "grant_types_supported": GrantType::ALL.map(GrantType::as_str),
        "issuer": issuer,
        "jwks_uri": at("/jwks"),
        "authorization_response_iss_parameter_supported": true,
        "response_modes_supported": ResponseMode::ALL.map(ResponseMode::as_str),
        "response_types_supported": ["code"],
        "scopes_supported": scope::STANDARD,
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "token_endpoint": at("/token"),
        "id_token_signing_alg_values_supported": algorithms,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": at("/me"),
        "introspection_endpoint": at("/token/introspection"),
        "revocation_endpoint": at("/token/revocation"),
        "claim_types_supported": ["normal"],
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_what_answers() {
        let document = document("http://h/oidc", "http://h/oidc", &["ES384"]);
        assert_eq!(document["token_endpoint"], "http://h/oidc/token");
        assert_eq!(document["id_token_signing_alg_values_supported"], json!(["ES384"]));
        assert_eq!(
            document["grant_types_supported"],
            json!(["authorization_code", "refresh_token", "client_credentials"])
        );
        for absent in [
            "pushed_authorization_request_endpoint",
            "device_authorization_endpoint",
            "backchannel_logout_supported",
        ] {
            assert!(!document.contains_key(absent));
        }
    }
}
