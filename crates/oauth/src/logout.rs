//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0; docs/wire/logout.md).

use crate::{Params, Result};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_once() {
        let read = |query| EndSessionRequest::read(&Params::from_query(query).unwrap());
        assert_eq!(read("client_id=a&state=s").unwrap().client_id.as_deref(), Some("a"));
        assert!(read("client_id=a&client_id=b").is_err());
    }
}
