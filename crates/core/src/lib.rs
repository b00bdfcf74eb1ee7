//! The vocabulary of the house and its pure rules: identifiers, entities, time, randomness, errors and the
//! decisions that need nothing but their arguments. No I/O here.

pub mod code;
pub mod entropy;
pub mod error;
pub mod id;
pub mod model;
pub mod rules;
pub mod secret;
pub mod time;

pub use code::Code;
pub use entropy::{Entropy, EntropyExt};
pub use error::{Error, Kind, Result};
pub use id::*;
pub use secret::Secret;
pub use time::{Clock, SystemClock, Timestamp};
