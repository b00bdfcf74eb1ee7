//! RP-initiated logout and logout tokens (OpenID Connect RP-Initiated Logout 1.0, Back-Channel Logout 1.0;
//! docs/wire/logout.md).

use crate::{Params, Result, lifetime};
use serde_json::{Map, Value, json};
use soleira_core::Timestamp;

/// The parameters that the end-session endpoint knows.
pub const PARAMETERS: &[&str] = &[
    "client_id",
    "id_token_hint",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
    "logout_hint",
];

/// A request to sign out, its parameters each at most once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndSessionRequest {
    /// The client that asks.
    pub client_id: Option<String>,
    /// An ID token that we issued to it.
    pub id_token_hint: Option<String>,
    /// Where to go afterwards. Counts only when the client is known.
    pub post_logout_redirect_uri: Option<String>,
    /// Sent back to that address.
    pub state: Option<String>,
}

impl EndSessionRequest {
    /// Reads the request.
    pub fn read(params: &Params) -> Result<Self> {
        params.refuse_duplicates(PARAMETERS)?;
        let own = |name: &str| params.get(name).map(str::to_owned);
        Ok(Self {
            client_id: own("client_id"),
            id_token_hint: own("id_token_hint"),
            post_logout_redirect_uri: own("post_logout_redirect_uri"),
            state: own("state"),
        })
    }
}

/// The `typ` of a logout token's header (OpenID Connect Back-Channel Logout 1.0 §2.4).
pub const TOKEN_TYPE: &str = "logout+jwt";

/// What a logout token says (OpenID Connect Back-Channel Logout 1.0 §2.4). It has no `nonce`, so that it cannot pass for an
/// ID token.
#[derive(Debug, Clone)]
pub struct LogoutToken<'a> {
    /// Who issued it.
    pub issuer: &'a str,
    /// The client.
    pub audience: &'a str,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The token's identifier.
    pub jti: String,
    /// Whose session ended, as the client knows them.
    pub subject: &'a str,
    /// The session's identifier for this client, for clients that want it.
    pub sid: Option<&'a str>,
}

impl LogoutToken<'_> {
    /// The payload, in the order of the wire.
    pub fn into_payload(self) -> Map<String, Value> {
        let mut payload = Map::new();
        payload.insert("iss".into(), self.issuer.into());
        payload.insert("aud".into(), self.audience.into());
        payload.insert("iat".into(), self.issued_at.seconds().into());
        payload.insert("exp".into(), (self.issued_at.seconds() + lifetime::LOGOUT_TOKEN).into());
        payload.insert("jti".into(), self.jti.into());
        payload.insert("sub".into(), self.subject.into());
        payload.insert(
            "events".into(),
            json!({"http://schemas.openid.net/event/backchannel-logout": {}}),
        );
        if let Some(sid) = self.sid {
            payload.insert("sid".into(), sid.into());
        }
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logout_token_has_its_event_and_no_nonce() {
        let token = LogoutToken {
            issuer: "http://i/oidc",
            audience: "app",
            issued_at: Timestamp(10_500),
            jti: "j".into(),
            subject: "u",
            sid: Some("s"),
        };
        assert_eq!(
            serde_json::to_string(&token.into_payload()).unwrap(),
            r#"{"iss":"http://i/oidc","aud":"app","iat":10,"exp":130,"jti":"j","sub":"u","events":{"http://schemas.openid.net/event/backchannel-logout":{}},"sid":"s"}"#
        );
    }

    #[test]
    fn parameters_come_once() {
        let read = |query| EndSessionRequest::read(&Params::from_query(query).unwrap());
        assert_eq!(read("client_id=a&state=s").unwrap().client_id.as_deref(), Some("a"));
        assert!(read("client_id=a&client_id=b").is_err());
    }
}
