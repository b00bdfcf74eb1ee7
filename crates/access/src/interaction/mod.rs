//! Interactions: what happens between an authorization request and its answer, while a person signs in.

mod account;
pub mod flow;
mod profile;
pub mod record;
pub mod verification;

pub use account::Account;
pub use flow::{Event, Flow};
pub use profile::{Missing, PendingProfile};
pub use record::{Interaction, Record};
