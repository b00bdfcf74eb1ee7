//! Scripts of tenants: JavaScript that an administrator wrote, run where it can reach nothing.
//!
//! A run is a message in (source, argument, what it may use) and a message out ([`Outcome`] or [`Failure`]). Each run has an
//! engine of its own, so that nothing of one person's token is there for the next. There is no module loader, no file, no
//! clock beside the engine's own, and no network unless the caller lends it one ([`Network`]). Memory, stack, time and the
//! size of the answer are limited ([`Limits`]).
//!
//! The caller's thread is busy until the run ends: choose one that may be.

mod engine;
mod limits;
mod network;

#[cfg(test)]
mod tests;

pub use engine::run;
pub use limits::Limits;
pub use network::{Answer, Network, Request, Response};

use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, PoisonError};

/// One run of a function that a script defines.
#[derive(Clone)]
pub struct Run {
    /// The script. Its top level is executed anew each time.
    pub source: Arc<str>,
    /// The function that it has to define, by declaration or by assignment.
    pub entry: &'static str,
    /// What the function is given: one object. The run adds the member `api`.
    pub argument: Map<String, Value>,
    /// The way to the outside, if the script may have one.
    pub network: Option<Arc<dyn Network>>,
    /// What it may use.
    pub limits: Limits,
    /// Where it is written down at once that the script denied access.
    pub denial: Denial,
}

/// Whether a script denied access. Known as soon as it does so, also while its run goes on.
#[derive(Debug, Clone, Default)]
pub struct Denial(Arc<Mutex<Option<String>>>);

impl Denial {
    /// The message, if the script denied access.
    pub fn message(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, message: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
    }
}

/// Without the argument, which tells of a person.
impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("entry", &self.entry)
            .field("has_network", &self.network.is_some())
            .finish_non_exhaustive()
    }
}

/// What a script decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It returned an object.
    Returned(Map<String, Value>),
    /// It called `api.denyAccess`, with this message. Whatever it did afterwards does not count.
    Denied(String),
}

/// Why a script decided nothing. The texts are for who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It threw, or could not be read.
    #[error("{0}")]
    Threw(String),
    /// It defines no function of the name.
    #[error("The script must define the function `{0}`.")]
    NoFunction(&'static str),
    /// It returned something that is no object of JSON.
    #[error("The function must return a plain object: {0}")]
    NoObject(String),
    /// It took too long.
    #[error("The script did not end within {0} milliseconds.")]
    TimedOut(u128),
    /// It had no memory left.
    #[error("The script had no memory left.")]
    OutOfMemory,
    /// What it returned is too large.
    #[error("The script returned more than {0} bytes.")]
    TooLarge(usize),
    /// The engine could not be started.
    #[error("The script could not be started: {0}")]
    Engine(String),
}
