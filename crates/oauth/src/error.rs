//! The errors of the protocol (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009, RFC 8707, OpenID Connect Core 1.0
//! §3.1.2.6) and the JSON that tells them (docs/wire/errors.md).

use serde_json::{Map, Value};

macro_rules! error_codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $status:literal, $description:literal;)*) => {
        /// The `error` of a protocol error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$meta])* #[doc = $text] $name,)* }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The `error` on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status that it has unless the raising place says otherwise.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The description that it has unless the raising place says otherwise.
            const fn description(self) -> &'static str {
                match self { $(Self::$name => $description,)* }
            }
        }
    };
}

error_codes! {
    InvalidRequest = "invalid_request", 400, "request is invalid";
    InvalidClient = "invalid_client", 401, "client authentication failed";
    UnauthorizedClient = "unauthorized_client", 400, "unauthorized_client";
    InvalidGrant = "invalid_grant", 400, "grant request is invalid";
    InvalidScope = "invalid_scope", 400, "requested scope is invalid";
    InsufficientScope = "insufficient_scope", 403, "access token missing requested scope";
    InvalidToken = "invalid_token", 401, "invalid token provided";
    AccessDenied = "access_denied", 400, "access denied";
    InvalidTarget = "invalid_target", 400, "resource indicator is missing, or unknown";
    InvalidRedirectUri = "invalid_redirect_uri", 400, "redirect_uri did not match any of the client's registered redirect_uris";
    InvalidClientMetadata = "invalid_client_metadata", 400, "client metadata is invalid";
    UnsupportedGrantType = "unsupported_grant_type", 400, "unsupported grant_type requested";
    UnsupportedResponseType = "unsupported_response_type", 400, "unsupported response_type requested";
    UnsupportedResponseMode = "unsupported_response_mode", 400, "unsupported response_mode requested";
    UnsupportedTokenType = "unsupported_token_type", 400, "unsupported token type";
    LoginRequired = "login_required", 400, "End-User authentication is required";
    ConsentRequired = "consent_required", 400, "End-User consent is required";
    InteractionRequired = "interaction_required", 400, "End-User interaction is required";
    RequestNotSupported = "request_not_supported", 400, "request parameter provided but not supported";
    RequestUriNotSupported = "request_uri_not_supported", 400, "request_uri parameter provided but not supported";
    InvalidRequestUri = "invalid_request_uri", 400, "request_uri is invalid or expired";
    AuthorizationPending = "authorization_pending", 400, "authorization request is still pending as the end-user hasn't yet completed the user interaction steps";
    ExpiredToken = "expired_token", 400, "the device_code has expired, and the device authorization session has concluded";
    RegistrationNotSupported = "registration_not_supported", 400, "registration parameter provided but not supported";
    /// The server cannot answer now (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable = "temporarily_unavailable", 503, "the server is temporarily unavailable";
    ServerError = "server_error", 500, "oops! something went wrong";
}

/// A refusal of the protocol. `cause` is for the log only.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: ErrorCode,
    description: String,
    status: u16,
    scope: Option<String>,
    cause: Option<String>,
    redirectable: bool,
}

impl Error {
    /// A refusal with the code's own status and description.
    pub fn new(code: ErrorCode) -> Self {
        Self(Box::new(Inner {
            code,
            description: code.description().to_owned(),
            status: code.status(),
            scope: None,
            cause: None,
            redirectable: !matches!(
                code,
                ErrorCode::InvalidClient | ErrorCode::InvalidRedirectUri | ErrorCode::InvalidClientMetadata
            ),
        }))
    }

    /// `invalid_request` with what is wrong with it.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest).describe(description)
    }

    /// `invalid_grant`: the client never learns why, the log does (docs/wire/errors.md).
    pub fn invalid_grant(cause: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidGrant).caused_by(cause)
    }

    /// `invalid_client` for an identifier that nobody has: 400, because nothing was authenticated.
    pub fn unknown_client(client_id: &str) -> Self {
        let mut error =
            Self::new(ErrorCode::InvalidClient).describe(format!("invalid client {}", printable(client_id)));
        error.0.status = 400;
        error
    }

    /// `invalid_client` for credentials that do not hold (RFC 6749 §5.2): 401.
    pub fn client_authentication_failed(cause: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidClient).caused_by(cause)
    }

    /// The authorization session or interaction is gone; the wire calls it `session.not_found`.
    pub fn session_not_found() -> Self {
        Self::invalid_request("authorization request has expired")
    }

    /// Replaces the description. Characters outside RFC 6749's `error_description` set become `?`.
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.0.description = description.into();
        self
    }

    /// Replaces the HTTP status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = status;
        self
    }

    /// Names the scope that is missing or refused.
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.0.scope = Some(scope.into());
        self
    }

    /// Says what the log should know.
    pub fn caused_by(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The `error`.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The `error_description`.
    pub fn description(&self) -> &str {
        &self.0.description
    }

    /// The HTTP status when it is not delivered by redirect.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The scope concerned.
    pub fn scope(&self) -> Option<&str> {
        self.0.scope.as_deref()
    }

    /// What the log should say; never sent.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// Whether it may ever travel to a redirect URI. RFC 6749 §4.1.2.1: not when the client or the URI is in doubt.
    pub fn may_redirect(&self) -> bool {
        self.0.redirectable
    }

    /// The code that the wire adds for its SDKs: `session.not_found` when the session or request is gone, else
    /// `oidc.<error>` (docs/wire/errors.md).
    pub fn catalogue_code(&self) -> String {
        let description = self.description();
        if (description.contains("session") && description.contains("not found"))
            || description.contains("authorization request has expired")
        {
            "session.not_found".to_owned()
        } else {
            format!("oidc.{}", self.code().as_str())
        }
    }

    /// The page that explains the error, for those that have one.
    pub fn uri(&self) -> Option<&'static str> {
        (self.code() == ErrorCode::InvalidGrant).then_some("https://openid.sh/debug/invalid_grant")
    }

    /// The parameters of an error response (RFC 6749 §5.2 and §4.1.2.1), without `state` and `iss`.
    pub fn members(&self) -> Vec<(&'static str, String)> {
        let mut members = vec![
            ("error", self.code().as_str().to_owned()),
            ("error_description", self.description().to_owned()),
        ];
        if let Some(scope) = self.scope() {
            members.push(("scope", scope.to_owned()));
        }
        members
    }

    /// The JSON body: `code`, `message` and `error_uri` for the SDKs, then the OAuth members. Without a `message` the
    /// body is the bare one of the standard (`parse_error=false`).
    pub fn body(&self, message: Option<&str>, state: Option<&str>, issuer: Option<&str>) -> Map<String, Value> {
        let mut body = Map::new();
        if let Some(message) = message {
            body.insert("code".into(), self.catalogue_code().into());
            body.insert("message".into(), message.into());
            if let Some(uri) = self.uri() {
                body.insert("error_uri".into(), uri.into());
            }
        }
        for (name, value) in self.members() {
            body.insert(name.into(), value.into());
        }
        if let Some(state) = state {
            body.insert("state".into(), state.into());
        }
        if let Some(issuer) = issuer {
            body.insert("iss".into(), issuer.into());
        }
        body
    }

    /// The `WWW-Authenticate` challenge of a 401 (RFC 6750 §3, RFC 7617). A refusal for lack of a token names no error
    /// (RFC 6750 §3.1).
    pub fn challenge(&self, scheme: &str, issuer: &str, named: bool) -> String {
        let mut challenge = format!("{scheme} realm=\"{issuer}\"");
        if named {
            for (name, value) in self.members() {
                challenge.push_str(", ");
                challenge.push_str(name);
                challenge.push_str("=\"");
                challenge.extend(value.chars().map(|c| {
                    if matches!(c, '"' | '\\') || !(' '..='~').contains(&c) {
                        '\''
                    } else {
                        c
                    }
                }));
                challenge.push('"');
            }
        }
        challenge
    }
}

/// A name that came from outside, fit for an error description: control characters out, at most 64 characters.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// Faults of ours and of what we need become `server_error`; every other refusal of a use case keeps its words.
impl From<soleira_core::Error> for Error {
    fn from(error: soleira_core::Error) -> Self {
        match error.status() {
            503 => Self::new(ErrorCode::TemporarilyUnavailable),
            // Later it may go well: `invalid_request` would be final.
            429 => Self::new(ErrorCode::TemporarilyUnavailable).with_status(429),
            500.. => Self::new(ErrorCode::ServerError),
            status => Self::new(ErrorCode::InvalidRequest).with_status(status),
        }
        .caused_by(error.to_string())
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} ({}): {}",
            self.code().as_str(),
            self.status(),
            self.description()
        )?;
        if let Some(cause) = self.cause() {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code() && self.description() == other.description() && self.status() == other.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_grant_never_says_why() {
        let error = Error::invalid_grant("the code was used before");
        assert_eq!(error.description(), "grant request is invalid");
        assert_eq!(error.cause(), Some("the code was used before"));
        let body = serde_json::to_string(&error.body(Some("Grant request is invalid."), None, None)).unwrap();
        assert_eq!(
            body,
            r#"{"code":"oidc.invalid_grant","message":"Grant request is invalid.","error_uri":"https://openid.sh/debug/invalid_grant","error":"invalid_grant","error_description":"grant request is invalid"}"#
        );
    }

    #[test]
    fn without_a_message_the_body_is_bare() {
        let body = Error::unknown_client("bogus").body(None, Some("s"), Some("http://i"));
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"error":"invalid_client","error_description":"invalid client bogus","state":"s","iss":"http://i"}"#
        );
    }

    #[test]
    fn a_lost_session_has_its_own_code() {
        assert_eq!(Error::session_not_found().catalogue_code(), "session.not_found");
        assert_eq!(
            Error::invalid_request("session x not found").catalogue_code(),
            "session.not_found"
        );
        assert_eq!(Error::invalid_request("no").catalogue_code(), "oidc.invalid_request");
    }

    #[test]
    fn a_challenge_cannot_be_broken_out_of() {
        let error = Error::invalid_request("a \"quote\"\r\nx: y");
        assert_eq!(
            error.challenge("Basic", "http://i", true),
            "Basic realm=\"http://i\", error=\"invalid_request\", error_description=\"a 'quote'''x: y\""
        );
    }
}
