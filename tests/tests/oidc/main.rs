//! OAuth 2.0 and OpenID Connect over HTTP: metadata, authorization requests, pushed and plain, devices, signing out, and
//! what every endpoint makes of a bad request.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail at once, saying what was expected"
)]

mod authorization;
mod device;
mod errors;
mod hygiene;
mod looks;
mod metadata;
mod pushed;
mod sign_out;

use soleira_testkit::Visitor;
use soleira_tests::protocol::parameter;
use url::Url;

/// The error that an answer to the application carries.
fn error(answer: &Url) -> String {
    parameter(answer, "error").unwrap_or_else(|| panic!("no error: {answer}"))
}

/// Where an authorization request leads.
async fn asked(visitor: &Visitor, request: &str) -> Url {
    visitor.get(request).await.expect(303).location()
}
