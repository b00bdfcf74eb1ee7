//! `/api/experience/verification`: what a person proves with a password or a code.

use super::visit::Visit;
use super::{IdentifierBody, InteractionEvent, Verified};
use crate::language;
use crate::query::PageQuery;
use axum::Json;
use serde::Deserialize;
use soleira_access::interaction::{self, CodeRequest, OneTimeTokenSignIn, ReturnedCode};
use soleira_core::Secret;
use soleira_core::model::SignInIdentifier;
use soleira_core::rules::identifier::is_username;
use soleira_web::{Access, Issues, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .post("/api/experience/verification/password", Access::Interaction, password)
        .post(
            "/api/experience/verification/new-password-identity",
            Access::Interaction,
            new_password_identity,
        )
        .post(
            "/api/experience/verification/verification-code",
            Access::Interaction,
            send_code,
        )
        .post(
            "/api/experience/verification/verification-code/verify",
            Access::Interaction,
            verify_code,
        )
        .post(
            "/api/experience/verification/one-time-token/verify",
            Access::Interaction,
            verify_one_time_token,
        )
}

/// An identifier and a password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = PasswordVerification)]
pub(crate) struct PasswordBody {
    identifier: IdentifierBody,
    #[schema(value_type = String, min_length = 1)]
    password: Secret,
}

impl Validate for PasswordBody {
    fn validate(&self, issues: &mut Issues) {
        issues.length("password", self.password.expose(), 1, usize::MAX);
    }
}

/// Verifies a password.
#[utoipa::path(post, path = "/api/experience/verification/password", operation_id = "CreatePasswordVerification",
    tag = "Experience", security(()), request_body = PasswordBody,
    responses((status = 200, body = Verified), (status = 400), (status = 401), (status = 409), (status = 422)))]
pub(crate) async fn password(visit: Visit, Valid(input): Valid<PasswordBody>) -> Result<Json<Verified>> {
    let identifier = input.identifier.into();
    let verification_id =
        interaction::verify_password(&visit.ctx, &visit.interaction, identifier, input.password).await?;
    Ok(Json(Verified { verification_id }))
}

/// A username and a password that somebody would like to have.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = NewPasswordIdentityVerification)]
pub(crate) struct NewPasswordIdentityBody {
    identifier: IdentifierBody,
    #[schema(value_type = String)]
    password: Secret,
}

impl Validate for NewPasswordIdentityBody {
    fn validate(&self, issues: &mut Issues) {
        issues.within("identifier", |issues| {
            if self.identifier.r#type != SignInIdentifier::Username {
                issues.add(
                    "type",
                    "invalid_literal",
                    "Invalid literal value, expected \"username\"",
                );
            }
            if !is_username(&self.identifier.value) {
                issues.add("value", "invalid_string", "Invalid");
            }
        });
    }
}

/// Keeps a username and a password for a new account.
#[utoipa::path(post, path = "/api/experience/verification/new-password-identity",
    operation_id = "CreateNewPasswordIdentityVerification", tag = "Experience", security(()),
    request_body = NewPasswordIdentityBody,
    responses((status = 200, body = Verified), (status = 400), (status = 422)))]
pub(crate) async fn new_password_identity(
    visit: Visit,
    Valid(input): Valid<NewPasswordIdentityBody>,
) -> Result<Json<Verified>> {
    let username = input.identifier.value;
    let verification_id =
        interaction::propose_password_identity(&visit.ctx, &visit.interaction, username, input.password).await?;
    Ok(Json(Verified { verification_id }))
}

/// Where a code goes.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VerificationCode)]
pub(crate) struct CodeBody {
    identifier: IdentifierBody,
    interaction_event: InteractionEvent,
}

impl Validate for CodeBody {
    fn validate(&self, issues: &mut Issues) {
        issues.within("identifier", |issues| self.identifier.validate_address(issues));
    }
}

/// Sends a code.
#[utoipa::path(post, path = "/api/experience/verification/verification-code",
    operation_id = "CreateAndSendVerificationCode", tag = "Experience", security(()), request_body = CodeBody,
    responses((status = 200, body = Verified), (status = 400), (status = 404), (status = 422), (status = 429),
        (status = 501)))]
pub(crate) async fn send_code(visit: Visit, Valid(input): Valid<CodeBody>) -> Result<Json<Verified>> {
    let experience = interaction::settings(&visit.ctx).await?;
    // The languages that the client asked for are those of the authorization request.
    let query = PageQuery {
        ui_locales: visit.interaction.param("ui_locales").map(str::to_owned),
        ..PageQuery::default()
    };
    let request = CodeRequest {
        identifier: input.identifier.into(),
        event: input.interaction_event.into(),
        locale: language::choose(&visit.ctx, &query, &experience).tag().to_owned(),
    };
    let verification_id = interaction::send_code(&visit.ctx, &visit.interaction, request).await?;
    Ok(Json(Verified { verification_id }))
}

/// A code that came back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReturnedVerificationCode)]
pub(crate) struct ReturnedCodeBody {
    identifier: IdentifierBody,
    verification_id: String,
    code: String,
}

impl Validate for ReturnedCodeBody {
    fn validate(&self, issues: &mut Issues) {
        issues.within("identifier", |issues| self.identifier.validate_address(issues));
    }
}

/// Verifies a code.
#[utoipa::path(post, path = "/api/experience/verification/verification-code/verify",
    operation_id = "VerifyVerificationCodeVerification", tag = "Experience", security(()),
    request_body = ReturnedCodeBody,
    responses((status = 200, body = Verified), (status = 400), (status = 404), (status = 501)))]
pub(crate) async fn verify_code(visit: Visit, Valid(input): Valid<ReturnedCodeBody>) -> Result<Json<Verified>> {
    let returned = ReturnedCode {
        verification_id: input.verification_id,
        identifier: input.identifier.into(),
        code: input.code,
    };
    let verification_id = interaction::verify_code(&visit.ctx, &visit.interaction.id, returned).await?;
    Ok(Json(Verified { verification_id }))
}

/// A one-time token that came back, and the address that it was sent to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = OneTimeTokenVerification)]
pub(crate) struct OneTimeTokenBody {
    identifier: IdentifierBody,
    #[schema(value_type = String, min_length = 1)]
    token: Secret,
}

impl Validate for OneTimeTokenBody {
    fn validate(&self, issues: &mut Issues) {
        issues.within("identifier", |issues| {
            if self.identifier.r#type == SignInIdentifier::Email {
                self.identifier.validate_address(issues);
            } else {
                issues.add("type", "invalid_literal", "Invalid literal value, expected \"email\"");
            }
        });
        issues.length("token", self.token.expose(), 1, 256);
    }
}

/// Verifies a one-time token.
#[utoipa::path(post, path = "/api/experience/verification/one-time-token/verify",
    operation_id = "VerifyOneTimeTokenVerification", tag = "Experience", security(()), request_body = OneTimeTokenBody,
    responses((status = 200, body = Verified), (status = 400), (status = 404)))]
pub(crate) async fn verify_one_time_token(
    visit: Visit,
    Valid(input): Valid<OneTimeTokenBody>,
) -> Result<Json<Verified>> {
    let presented = OneTimeTokenSignIn {
        email: input.identifier.value,
        token: input.token,
    };
    let verification_id = interaction::verify_one_time_token(&visit.ctx, &visit.interaction.id, presented).await?;
    Ok(Json(Verified { verification_id }))
}
