//! The discovery document (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). It is the wire's to the letter, what it names
//! and no client may use included (docs/wire/discovery.md).

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

/// The algorithms that ID tokens can have, in the order of the document.
const ID_TOKEN_ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "ES384", "ES512"];

/// What a document depends on.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The address that the protocol is mounted at.
    pub endpoint: &'a str,
    /// The algorithms of the published keys.
    pub algorithms: &'a [&'a str],
    /// Whether clients may name themselves by the address of a metadata document.
    pub client_id_metadata_documents: bool,
}

/// The document of a server.
pub fn document(server: Server<'_>) -> Map<String, Value> {
    let at = |path: &str| Value::from(format!("{}{path}", server.endpoint));
    let mut claims: Vec<&str> = CLAIMS.to_vec();
    claims.push("iss");
    // No client may use the implicit grant, but the wire names it, first.
    let grants: Vec<&str> = std::iter::once("implicit")
        .chain(GrantType::ALL.map(GrantType::as_str))
        .collect();
    let algorithms: Vec<&str> = ID_TOKEN_ALGORITHMS
        .into_iter()
        .filter(|name| server.algorithms.contains(name))
        .collect();
    let document = json!({
        "authorization_endpoint": at("/auth"),
        "device_authorization_endpoint": at("/device/auth"),
        "claims_parameter_supported": false,
        "claims_supported": claims,
        "code_challenge_methods_supported": ["S256"],
        "end_session_endpoint": at("/session/end"),
        "grant_types_supported": grants,
        "issuer": server.issuer,
        "jwks_uri": at("/jwks"),
        "authorization_response_iss_parameter_supported": true,
        "response_modes_supported": ResponseMode::ALL.map(ResponseMode::as_str),
        "response_types_supported": ["code id_token", "code", "id_token", "none"],
        "scopes_supported": scope::STANDARD,
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_jwt", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["HS256", "RS256", "PS256", "ES256", "Ed25519", "EdDSA"],
        "token_endpoint": at("/token"),
        "id_token_signing_alg_values_supported": algorithms,
        "pushed_authorization_request_endpoint": at("/request"),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": at("/me"),
        "introspection_endpoint": at("/token/introspection"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "revocation_endpoint": at("/token/revocation"),
        "claim_types_supported": ["normal"],
    });
    let mut document = match document {
        Value::Object(document) => document,
        _ => Map::new(),
    };
    if server.client_id_metadata_documents {
        document.insert("client_id_metadata_document_supported".to_owned(), true.into());
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: Server<'_> = Server {
        issuer: "http://h/oidc",
        endpoint: "http://h/oidc",
        algorithms: &["ES384"],
        client_id_metadata_documents: false,
    };

    #[test]
    fn algorithms_are_those_of_the_published_keys_in_the_documents_order() {
        let named =
            |algorithms| document(Server { algorithms, ..SERVER })["id_token_signing_alg_values_supported"].clone();
        assert_eq!(named(&["ES384"]), json!(["ES384"]));
        assert_eq!(named(&["ES512", "PS256", "RS256"]), json!(["RS256", "PS256", "ES512"]));
        assert_eq!(named(&["EdDSA"]), json!([]));
    }

    #[test]
    fn metadata_documents_are_named_only_where_they_are_taken() {
        let named = |client_id_metadata_documents| {
            let document = document(Server {
                client_id_metadata_documents,
                ..SERVER
            });
            document.get("client_id_metadata_document_supported").cloned()
        };
        assert_eq!((named(false), named(true)), (None, Some(json!(true))));
    }
}
