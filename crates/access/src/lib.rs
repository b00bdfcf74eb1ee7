//! Use cases of signing in: interactions, sessions, grants, tokens and every issuance.

pub mod authorize;
pub mod browser;
pub mod clients;
pub mod consent;
pub mod device;
pub mod documents;
pub mod gate;
mod guard;
pub mod interaction;
pub mod keys;
pub mod logout;
pub mod management;
pub mod metadata;
pub mod operator;
pub mod resources;
mod stop;
pub mod tokens;
