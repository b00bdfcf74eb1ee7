//! `/api/experience/profile`: what registration asks for, piece by piece, and the password that replaces a forgotten one.

use super::visit::Visit;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use soleira_access::interaction::{self, Piece};
use soleira_core::Secret;
use soleira_core::rules::identifier::is_username;
use soleira_web::{Access, Issues, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes.post("/api/experience/profile", Access::Interaction, fulfil).put(
        "/api/experience/profile/password",
        Access::Interaction,
        reset_password,
    )
}

/// A piece of a profile.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ProfileBody {
    Username { value: String },
    Password { value: Secret },
    Email { verification_id: String },
    Phone { verification_id: String },
    Social { verification_id: String },
    ExtraProfile { values: Map<String, Value> },
}

impl Validate for ProfileBody {
    fn validate(&self, issues: &mut Issues) {
        match self {
            Self::Username { value } if !is_username(value) => issues.add("value", "invalid_string", "Invalid"),
            Self::ExtraProfile { values } => issues.within("values", |issues| {
                for name in values.keys() {
                    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                        issues.add(name, "invalid_string", "Invalid");
                    }
                }
            }),
            _ => {}
        }
    }
}

impl From<ProfileBody> for Piece {
    fn from(body: ProfileBody) -> Self {
        match body {
            ProfileBody::Username { value } => Self::Username(value),
            ProfileBody::Password { value } => Self::Password(value),
            ProfileBody::Email { verification_id } => Self::Email(verification_id),
            ProfileBody::Phone { verification_id } => Self::Phone(verification_id),
            ProfileBody::Social { verification_id } => Self::Social(verification_id),
            ProfileBody::ExtraProfile { values } => Self::Extra(values),
        }
    }
}

/// The members that the pieces of a profile have.
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AddUserProfile)]
#[expect(dead_code, reason = "a part of the description")]
pub(crate) struct ProfileView {
    /// `username`, `password`, `email`, `phone`, `social` or `extraProfile`.
    r#type: String,
    /// The username or the password.
    value: Option<String>,
    /// The record that proves an address or an identity.
    verification_id: Option<String>,
    /// Further fields.
    values: Option<Map<String, Value>>,
}

/// Gathers a piece of the profile.
#[utoipa::path(post, path = "/api/experience/profile", operation_id = "AddUserProfile", tag = "Experience",
    security(()), request_body = ProfileView,
    responses((status = 204), (status = 400), (status = 403), (status = 404), (status = 422)))]
pub(crate) async fn fulfil(visit: Visit, Valid(input): Valid<ProfileBody>) -> Result<StatusCode> {
    interaction::fulfil_profile(&visit.ctx, &visit.interaction, input.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = ResetUserPassword)]
pub(crate) struct NewPasswordBody {
    #[schema(value_type = String)]
    password: Secret,
}

impl Validate for NewPasswordBody {}

/// Chooses the password that takes the place of a forgotten one.
#[utoipa::path(put, path = "/api/experience/profile/password", operation_id = "ResetUserPassword", tag = "Experience",
    security(()), request_body = NewPasswordBody,
    responses((status = 204), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn reset_password(visit: Visit, Valid(input): Valid<NewPasswordBody>) -> Result<StatusCode> {
    interaction::choose_new_password(&visit.ctx, &visit.interaction, input.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
