//! The database: one module per aggregate, each query written once for SQLite and PostgreSQL.
//! The only crate that runs SQL.
//!
//! A function of an aggregate takes `&mut Tx`, whether it is called for a read ([`Db::read`]) or inside a write
//! unit ([`Db::write`]). Use cases never begin or commit.

pub mod access_rules;
pub mod access_tokens;
pub mod application_experiences;
pub mod application_secrets;
pub mod applications;
pub mod authorization_codes;
pub mod changes;
pub mod configs;
pub mod connectors;
pub mod consent_organizations;
pub mod consent_scopes;
pub mod console_sessions;
pub mod db;
pub mod device_codes;
pub mod dialect;
pub mod grants;
pub mod identities;
pub mod installation;
pub mod interactions;
pub mod logs;
pub mod migrate;
pub mod one_time_tokens;
pub mod organizations;
pub mod permissions;
pub mod personal_access_tokens;
pub mod pushed_requests;
pub mod refresh_tokens;
pub mod replay_marks;
pub mod resources;
pub mod roles;
pub mod scopes;
pub mod sentinel;
pub mod session_submissions;
pub mod sessions;
pub mod sign_in_experience;
pub mod signing_keys;
pub mod standing;
mod statement;
pub mod subject_tokens;
pub mod sweep;
pub mod tenants;
pub mod token_scripts;
pub mod usage;
pub mod users;
pub mod verification_codes;

pub use changes::Author;
pub use db::{Db, Engine, Error, Reader, Result, Tx, Unit, Value, Verdict, unit};
pub use statement::{Condition, Field, Joint, Mode, Page, Search, is_pattern};
