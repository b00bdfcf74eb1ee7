//! JWT access tokens (RFC 9068 in form; docs/wire/tokens.md in content).

use serde_json::{Map, Value};
use soleira_core::Timestamp;

/// The `typ` of the header.
pub const TYPE: &str = "at+jwt";

/// What a JWT access token says.
#[derive(Debug, Clone)]
pub struct AccessTokenClaims<'a> {
    /// Claims beside the standard ones, which win over them: `act`, `organization_id`, the tenant's own.
    pub extra: Map<String, Value>,
    /// The token's identifier.
    pub jti: String,
    /// The user, or the client itself for client credentials.
    pub subject: &'a str,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// How long it lives, in seconds.
    pub lifetime: i64,
    /// What it allows. Tokens of users always have it, maybe empty; tokens of machines leave an empty one out.
    pub scope: Option<String>,
    /// The client it was issued to.
    pub client_id: &'a str,
    /// Who issued it.
    pub issuer: &'a str,
    /// The resource it is for: a plain string, never a list.
    pub audience: &'a str,
}

impl AccessTokenClaims<'_> {
    /// The payload, in the order of the wire.
    pub fn into_payload(self) -> Map<String, Value> {
        let mut payload = self.extra;
        let mut set = |name: &str, value: Option<Value>| {
            payload.shift_remove(name);
            if let Some(value) = value {
                payload.insert(name.to_owned(), value);
            }
        };
        set("jti", Some(self.jti.into()));
        set("sub", Some(self.subject.into()));
        set("iat", Some(self.issued_at.seconds().into()));
        set("exp", Some((self.issued_at.seconds() + self.lifetime).into()));
        set("scope", self.scope.map(Value::from));
        set("client_id", Some(self.client_id.into()));
        set("iss", Some(self.issuer.into()));
        set("aud", Some(self.audience.into()));
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_claims_come_first_and_never_replace_the_standard_ones() {
        let claims = AccessTokenClaims {
            extra: serde_json::from_str(r#"{"sub":"someone else","plan":"pro","scope":"root"}"#).unwrap(),
            jti: "j".into(),
            subject: "m2m",
            issued_at: Timestamp(1_700_000_000_900),
            lifetime: 60,
            scope: None,
            client_id: "m2m",
            issuer: "http://i/oidc",
            audience: "https://api",
        };
        assert_eq!(
            serde_json::to_string(&claims.into_payload()).unwrap(),
            r#"{"plan":"pro","jti":"j","sub":"m2m","iat":1700000000,"exp":1700000060,"client_id":"m2m","iss":"http://i/oidc","aud":"https://api"}"#
        );
    }
}
