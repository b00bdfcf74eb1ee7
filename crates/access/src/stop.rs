//! How a protocol step inside a write unit ends early: refused by a rule, which commits, or broken, which rolls back.

use soleira_oauth::Error;

/// Why a step ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A rule of the protocol refuses. What was written so far stays.
    Refused(Error),
    /// The database failed. The unit is rolled back.
    Broken(soleira_store::Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<soleira_store::Error> for Stop {
    fn from(error: soleira_store::Error) -> Self {
        Self::Broken(error)
    }
}

/// Tells refusals, which are outcomes of a unit, from failures of it.
pub(crate) fn settle<T>(result: Result<T, Stop>) -> soleira_store::Result<Result<T, Error>> {
    match result {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(Stop::Refused(error)) => Ok(Err(error)),
        Err(Stop::Broken(error)) => Err(error),
    }
}
