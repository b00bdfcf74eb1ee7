//! The authorization request (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2), its validation, its answer and the page
//! that it leads to.

mod request;
mod response;
mod screen;

pub use request::{Asked, AuthorizationRequest, DEVICE_PARAMETERS, PARAMETERS, Refusal};
pub use response::{Delivery, ResponseMode, ResponseTarget};
pub use screen::{consent_path, login_path};

#[cfg(test)]
pub(crate) use request::tests;
