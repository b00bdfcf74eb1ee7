//! What goes wrong with a provider or a sender, in the codes of the wire (docs/wire/connectors.md, "Errors") and in a form that a
//! page can explain.

use crate::form::Issue;
use crate::http::HttpError;
use crate::message::Usage;
use serde_json::{Value, json};
use soleira_core::Code;

/// The code of a connector error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectorCode {
    /// Anything without a code of its own: the provider is away, or answered with an HTTP error.
    General,
    /// The configuration does not fit its factory.
    InvalidConfig,
    /// The provider answered with something that is not what the protocol says.
    InvalidResponse,
    /// The provider did not authorize: the person denied, or the provider refused the request.
    AuthorizationFailed,
    /// The provider refused its own access token.
    SocialInvalidAccessToken,
    /// The sender has no template for a message, and none for messages in general.
    TemplateNotFound,
}

impl ConnectorCode {
    /// The code of the catalogue; its status is that of the wire.
    pub const fn code(self) -> Code {
        match self {
            Self::General => Code::ConnectorGeneral,
            Self::InvalidConfig => Code::ConnectorInvalidConfig,
            Self::InvalidResponse => Code::ConnectorInvalidResponse,
            Self::AuthorizationFailed => Code::ConnectorAuthorizationFailed,
            Self::SocialInvalidAccessToken => Code::ConnectorSocialInvalidAccessToken,
            Self::TemplateNotFound => Code::ConnectorTemplateNotFound,
        }
    }
}

/// What happened, for the page that explains it and for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The person, or the provider, said no: the callback carries `error`.
    Denied {
        /// The OAuth error code, such as `access_denied`.
        error: String,
        /// What the provider adds.
        description: Option<String>,
    },
    /// The callback carries neither a code nor an error.
    NoCode,
    /// The request never left, or no response came: the provider is away, too slow, or out of bounds.
    Http(HttpError),
    /// The provider answered with an error status.
    Status {
        /// The endpoint that answered.
        endpoint: &'static str,
        /// The HTTP status.
        status: u16,
        /// The OAuth error code of the body, such as `invalid_client` or `invalid_grant`.
        error: Option<String>,
        /// What the provider adds.
        description: Option<String>,
    },
    /// The provider's answer is not what the protocol says.
    Garbage {
        /// The endpoint that answered.
        endpoint: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// The configuration does not fit its factory.
    Config(Vec<Issue>),
    /// Nobody asked the provider before this answer came.
    NotAsked,
    /// The sender has no template for this.
    NoTemplate(Usage),
    /// A file of messages cannot be written.
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What the system says.
        cause: String,
    },
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let described = |f: &mut std::fmt::Formatter<'_>, error: &str, description: Option<&String>| {
            write!(f, "{error}")?;
            description.map_or(Ok(()), |description| write!(f, " ({description})"))
        };
        match self {
            Self::Denied { error, description } => {
                f.write_str("the provider did not authorize: ")?;
                described(f, error, description.as_ref())
            }
            Self::NoCode => f.write_str("the provider sent no authorization code"),
            Self::Http(error) => error.fmt(f),
            Self::Status {
                endpoint,
                status,
                error,
                description,
            } => {
                write!(f, "the provider's {endpoint} endpoint answered with status {status}")?;
                let Some(error) = error else {
                    return Ok(());
                };
                f.write_str(": ")?;
                described(f, error, description.as_ref())
            }
            Self::Garbage { endpoint, what } => {
                write!(
                    f,
                    "the provider's {endpoint} endpoint answered with something unexpected: {what}"
                )
            }
            Self::Config(issues) => {
                f.write_str("the connector is not set up correctly")?;
                issues.iter().try_for_each(|issue| write!(f, "; {issue}"))
            }
            Self::NotAsked => f.write_str("the provider was not asked"),
            Self::NoTemplate(usage) => write!(f, "there is no template for {usage}, and none for Generic"),
            Self::File { path, cause } => write!(f, "the message cannot be written to {}: {cause}", path.display()),
        }
    }
}

/// A provider or a sender did not do its part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", code.code().as_str())]
pub struct ConnectorError {
    /// The code on the wire.
    pub code: ConnectorCode,
    /// What happened.
    pub reason: Reason,
}

impl ConnectorError {
    pub(crate) fn new(code: ConnectorCode, reason: Reason) -> Self {
        Self { code, reason }
    }

    pub(crate) fn garbage(endpoint: &'static str, what: impl Into<String>) -> Self {
        Self::new(
            ConnectorCode::InvalidResponse,
            Reason::Garbage {
                endpoint,
                what: what.into(),
            },
        )
    }

    /// The machine-readable part, `data` on the wire: what the provider said, or `{message}`.
    pub fn data(&self) -> Value {
        match &self.reason {
            Reason::Denied { error, description } => {
                json!({ "error": error, "errorDescription": description })
            }
            // The address itself is told to whoever reads the log, not to whoever signs in.
            Reason::Http(HttpError::Refused { .. }) => json!({
                "message": "the provider has a private address, which the setting `outbound.allow` does not name"
            }),
            Reason::Config(issues) => json!(issues),
            reason => json!({ "message": reason.to_string() }),
        }
    }
}

impl From<HttpError> for ConnectorError {
    fn from(error: HttpError) -> Self {
        Self::new(ConnectorCode::General, Reason::Http(error))
    }
}

impl From<Vec<Issue>> for ConnectorError {
    fn from(issues: Vec<Issue>) -> Self {
        Self::new(ConnectorCode::InvalidConfig, Reason::Config(issues))
    }
}

impl From<ConnectorError> for soleira_core::Error {
    fn from(error: ConnectorError) -> Self {
        Self::new(error.code.code())
            .with_data(error.data())
            .caused_by(&error.reason)
    }
}
