//! The Experience API: the steps of a sign-in as JSON under `/api/experience`, for pages of one's own and for clients
//! without a browser (docs/wire/experience.md). A handler reads its input, calls one use case of `access`, and shows the
//! outcome. The interaction's cookie says whose sign-in it is.

mod interaction;
mod openapi;
mod profile;
mod social;
mod verification;
mod visit;
mod well_known;

use serde::{Deserialize, Serialize};
use soleira_core::model::SignInIdentifier;
use soleira_core::rules::identifier::{is_email, is_phone};
use soleira_web::{Face, Issues, Routes};

pub use openapi::document;
pub(crate) use visit::Arriving;

/// Longest e-mail address that a code is sent to, in characters.
const LONGEST_EMAIL: usize = 256;

/// The routes of the API.
pub(crate) fn routes() -> Routes {
    let routes = Routes::new(Face::Api);
    let routes = openapi::add(routes);
    let routes = well_known::add(routes);
    let routes = interaction::add(routes);
    let routes = verification::add(routes);
    let routes = social::add(routes);
    profile::add(routes)
}

/// What a person set out to do.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[schema(as = InteractionEvent)]
pub(crate) enum InteractionEvent {
    SignIn,
    Register,
    ForgotPassword,
}

impl From<InteractionEvent> for soleira_access::interaction::Event {
    fn from(event: InteractionEvent) -> Self {
        match event {
            InteractionEvent::SignIn => Self::SignIn,
            InteractionEvent::Register => Self::Register,
            InteractionEvent::ForgotPassword => Self::ForgotPassword,
        }
    }
}

/// The record that a verification left.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    verification_id: String,
}

/// What a person types to say who they are.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = Identifier)]
pub(crate) struct IdentifierBody {
    r#type: SignInIdentifier,
    value: String,
}

impl IdentifierBody {
    /// Holds that it is where a code can be sent.
    fn validate_address(&self, issues: &mut Issues) {
        match self.r#type {
            SignInIdentifier::Email => {
                issues.length("value", &self.value, 1, LONGEST_EMAIL);
                if !is_email(&self.value) || self.value.chars().any(char::is_control) {
                    issues.add("value", "invalid_string", "Invalid");
                }
            }
            SignInIdentifier::Phone if is_phone(&self.value) => {
                issues.length("value", &self.value, 1, LONGEST_EMAIL);
            }
            SignInIdentifier::Phone => issues.add("value", "invalid_string", "Invalid"),
            SignInIdentifier::Username => issues.add("type", "invalid_enum_value", "Expected 'email' | 'phone'"),
        }
    }
}

impl From<IdentifierBody> for soleira_access::interaction::Identifier {
    fn from(body: IdentifierBody) -> Self {
        Self {
            kind: body.r#type,
            value: body.value,
        }
    }
}

/// What the description shows of an error.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ErrorBody {
    /// A code of the catalogue, such as `session.not_found`.
    code: String,
    /// For people, in their language.
    message: String,
    /// For programs.
    data: Option<serde_json::Value>,
    /// What is wrong where, a line each.
    details: Option<String>,
}
