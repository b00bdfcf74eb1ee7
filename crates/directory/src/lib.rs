//! Use cases on what an administrator manages: tenants, applications, users, roles, connectors and the sign-in
//! experience, with the cached views of them that signing in works with.
//!
//! A use case takes a [`Ctx`] and a command. Those that administer refuse an actor who may not; accessors that other
//! crates build on (`find`, `client`, cached views) do not ask.

pub mod applications;
mod checks;
pub mod configs;
pub mod connectors;
pub mod consent_scopes;
pub mod input;
pub mod keys;
pub mod one_time_tokens;
pub mod operators;
pub mod organizations;
pub mod progress;
pub mod resources;
pub mod roles;
pub mod search;
pub mod sign_in_experience;
pub mod subject_tokens;
pub mod tenants;
pub mod token_scripts;
pub mod users;

use soleira_core::{Code, Error};
use soleira_runtime::Ctx;
use soleira_store::Author;

pub use soleira_store::{Field, Page, Search};

/// A part of a list, and how long the whole is where a page was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// How many there are on all pages; absent if all of them are here.
    pub total: Option<i64>,
    /// These.
    pub rows: Vec<T>,
}

impl<T> Listing<T> {
    /// The same list of something made from its rows.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            total: self.total,
            rows: self.rows.into_iter().map(make).collect(),
        }
    }
}

/// A change of a member of an entity: absent, emptied (`null`), or a new value.
pub type Change<T> = Option<Option<T>>;

/// Who writes, for the history of changes.
pub fn author(ctx: &Ctx) -> Author {
    Author {
        actor: ctx.actor.name(),
        now: ctx.now(),
        entropy: ctx.app.entropy.clone(),
    }
}

/// What the wire says of an identifier that nothing has, on the routes that name it.
fn no_such(entity: &'static str, id: &str) -> Error {
    Error::new(Code::EntityNotExistsWithId)
        .with("name", entity)
        .with("id", id)
}

/// Reads that were done for a unit's sake disagree with what its transaction sees: a fault of ours, not of the caller.
fn vault_failed(error: soleira_crypto::VaultError) -> Error {
    Error::internal(error)
}
