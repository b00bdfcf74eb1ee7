//! The one error of the use cases: what went wrong by meaning, with a code from the catalogue.

use crate::code::Code;
use serde_json::Value;
use std::fmt;

/// Result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error means, whatever transport carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The input does not make sense (400).
    Invalid,
    /// The input makes sense and a rule refuses it (422).
    Unprocessable,
    /// Who is calling is not known (401).
    Unauthorized,
    /// Who is calling may not do this (403).
    Forbidden,
    /// What was named does not exist (404).
    NotFound,
    /// Something of that name exists (409).
    Conflict,
    /// Too many attempts (429).
    RateLimited,
    /// Not offered here (501).
    NotImplemented,
    /// The database, or something else that this needs, is away (503).
    Unavailable,
    /// A fault of ours (500).
    Internal,
}

impl Kind {
    /// The HTTP status that says this.
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Unprocessable => 422,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::NotImplemented => 501,
            Self::Unavailable => 503,
        }
    }

    /// The meaning of an HTTP status.
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            422 => Self::Unprocessable,
            429 => Self::RateLimited,
            501 => Self::NotImplemented,
            503 => Self::Unavailable,
            500..=599 => Self::Internal,
            _ => Self::Invalid,
        }
    }
}

/// An error with a code of the catalogue, and what its message and its reader need. The cause is for the log only.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    code: Code,
    data: Option<Value>,
    details: Option<String>,
    args: Vec<(&'static str, String)>,
    cause: Option<String>,
}

impl Error {
    /// An error with the code's own meaning.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            kind: Kind::of_status(code.status()),
            code,
            data: None,
            details: None,
            args: Vec::new(),
            cause: None,
        }))
    }

    /// A fault of ours; `cause` is logged and never sent.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::OidcServerError)
            .kind_is(Kind::Internal)
            .caused_by(cause)
    }

    /// Something this needs is away; `cause` is logged and never sent.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        Self::new(Code::OidcServerError)
            .kind_is(Kind::Unavailable)
            .caused_by(cause)
    }

    /// Overrides the meaning (and so the status) that the code has by default.
    pub fn kind_is(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds the machine-readable part, `data` on the wire.
    pub fn with_data(mut self, data: Value) -> Self {
        self.0.data = Some(data);
        self
    }

    /// Adds the lines that say what is wrong where, `details` on the wire.
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        self.0.details = Some(details.into());
        self
    }

    /// Adds a value that the message mentions.
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.args.push((name, value.to_string()));
        self
    }

    /// Adds what the log should say.
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// What it means.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The HTTP status that says so.
    pub fn status(&self) -> u16 {
        self.0.kind.status()
    }

    /// Its code in the catalogue.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The machine-readable part.
    pub fn data(&self) -> Option<&Value> {
        self.0.data.as_ref()
    }

    /// What is wrong where, a line each.
    pub fn details(&self) -> Option<&str> {
        self.0.details.as_deref()
    }

    /// Values that the message mentions.
    pub fn args(&self) -> &[(&'static str, String)] {
        &self.0.args
    }

    /// What the log should say; never sent.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.code.as_str(), self.status())?;
        if let Some(details) = &self.0.details {
            write!(f, ": {details}")?;
        }
        if let Some(cause) = &self.0.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}
