//! The entities, in the names of the wire (camelCase in JSON, docs/wire/management-api.md) and of Rust in code.

pub mod application;
pub mod connector;
pub mod organization;
pub mod role;
pub mod sign_in_experience;
pub mod sign_in_settings;
pub mod user;

pub use application::*;
pub use connector::*;
pub use organization::*;
pub use role::*;
pub use sign_in_experience::*;
pub use sign_in_settings::*;
pub use user::*;
