//! OAuth 2.0 and OpenID Connect as pure functions over a request, what is known and the present: reading parameters,
//! validating requests, deciding on prompts and rotation, and building claims. No I/O, no database, no web framework.
#![warn(missing_docs)]

pub mod access_token;
pub mod authorization;
pub mod claims;
pub mod client;
pub mod client_assertion;
pub mod client_auth;
pub mod client_document;
pub mod discovery;
pub mod error;
pub mod grant;
pub mod lifetime;
pub mod logout;
pub mod params;
pub mod pkce;
pub mod prompt;
pub mod resource;
pub mod scope;

pub use client::Client;
pub use error::{Error, ErrorCode};
pub use params::Params;
pub use scope::ScopeSet;

/// Result of a step of the protocol.
pub type Result<T, E = Error> = std::result::Result<T, E>;
