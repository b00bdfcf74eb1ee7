//! What can go wrong in the database, told apart by what a caller can do about it.

/// Result of a statement or a unit.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the database, or a rule's error that rolls a unit back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique index, by its name in the schema, already has the value.
    #[error("{0} already has this value")]
    Unique(String),
    /// A row that this one refers to does not exist, or is still referred to.
    #[error("a referenced row does not exist: {0}")]
    ForeignKey(String),
    /// A check of the schema does not hold.
    #[error("a check does not hold: {0}")]
    Check(String),
    /// The database is away: it may be back for the next request.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The engine asks to run the unit again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// A list took too long.
    #[error("the query took too long")]
    TimedOut,
    /// A column is not what the code reads.
    #[error("cannot read {field}: {cause}")]
    Decode {
        /// The field that was being read.
        field: String,
        /// Why.
        cause: String,
    },
    /// The database was written by a newer program.
    #[error("the database has version {found}, this program knows versions up to {known}: start a newer Soleira")]
    TooNew {
        /// The version of the schema.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Another server has the file.
    #[error("another server is using {0}")]
    InUse(String),
    /// A rule's own error; the unit is rolled back.
    #[error("{0}")]
    Domain(soleira_core::Error),
    /// Anything else: a fault of ours.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// Whether it is about this unique index.
    pub fn is_unique(&self, index: &str) -> bool {
        matches!(self, Self::Unique(name) if name == index)
    }

    /// Names the field that was being read.
    #[must_use]
    pub fn in_field(self, name: &str) -> Self {
        match self {
            Self::Decode { cause, .. } => Self::Decode {
                field: name.to_owned(),
                cause,
            },
            other => other,
        }
    }

    /// A column that does not hold what the code expects.
    pub fn decode(cause: impl std::fmt::Display) -> Self {
        Self::Decode {
            field: String::new(),
            cause: cause.to_string(),
        }
    }
}

impl From<soleira_core::Error> for Error {
    fn from(error: soleira_core::Error) -> Self {
        Self::Domain(error)
    }
}

impl From<Error> for soleira_core::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Domain(error) => error,
            Error::Unavailable(_) | Error::Busy(_) | Error::TimedOut => Self::unavailable(error),
            other => Self::internal(other),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::decode(error)
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        let Some(db) = error.as_db_error() else {
            // No answer of the server: the connection is the problem, unless a value did not fit its type.
            return if error.is_closed()
                || std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
            {
                Self::Unavailable(error.to_string())
            } else {
                Self::Other(format!("{error}: {:?}", std::error::Error::source(&error)))
            };
        };
        let named = |fallback: &str| db.constraint().unwrap_or(fallback).to_owned();
        match db.code() {
            &SqlState::UNIQUE_VIOLATION => Self::Unique(named("unique")),
            &SqlState::FOREIGN_KEY_VIOLATION => Self::ForeignKey(named("foreign key")),
            &SqlState::CHECK_VIOLATION | &SqlState::NOT_NULL_VIOLATION => Self::Check(named("check")),
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Busy(db.message().to_owned())
            }
            &SqlState::QUERY_CANCELED => Self::TimedOut,
            // A pattern of a search that Rust accepts and PostgreSQL does not.
            &SqlState::INVALID_REGULAR_EXPRESSION => Self::Domain(
                soleira_core::Error::new(soleira_core::Code::RequestInvalidInput).with_details(db.message().to_owned()),
            ),
            code if code.code().starts_with("08")
                || code.code().starts_with("53")
                || code.code().starts_with("57P") =>
            {
                Self::Unavailable(db.message().to_owned())
            }
            _ => Self::Other(format!("{} ({})", db.message(), db.code().code())),
        }
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Unavailable(match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        })
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{ErrorCode, ffi};
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return match error {
                rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) => {
                    Self::decode(error)
                }
                other => Self::Other(other.to_string()),
            };
        };
        let message = message.clone().unwrap_or_default();
        match (failure.code, failure.extended_code) {
            (_, ffi::SQLITE_CONSTRAINT_UNIQUE) => Self::Unique(super::sqlite::index_name(&message)),
            (_, ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => Self::Unique(super::sqlite::primary_key_name(&message)),
            (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => Self::ForeignKey(message),
            (ErrorCode::ConstraintViolation, _) => Self::Check(message),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Busy(message),
            (ErrorCode::OperationInterrupted, _) => Self::TimedOut,
            (
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::NotADatabase,
                _,
            ) => Self::Unavailable(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}
