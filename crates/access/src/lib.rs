//! Use cases of signing in: interactions, sessions, grants, tokens and every issuance.

pub mod browser;
pub mod interaction;
