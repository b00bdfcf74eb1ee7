//! Passwords of users.

use super::UserView;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::{Secret, UserId};
use soleira_directory::users;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .patch("/api/users/{userId}/password", Access::Management, patch_password)
        .patch(
            "/api/users/{userId}/password/expiration",
            Access::Management,
            patch_expiration,
        )
        .post(
            "/api/users/{userId}/password/verify",
            Access::Management,
            verify_password,
        )
        .get("/api/users/{userId}/has-password", Access::Management, has_password)
}

/// A password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct PasswordBody {
    #[schema(value_type = String)]
    password: Secret,
}

impl Validate for PasswordBody {}

/// Gives a user a new password; the tenant's policy does not apply here.
#[utoipa::path(patch, path = "/api/users/{userId}/password", operation_id = "UpdateUserPassword", tag = "Users",
    params(("userId" = String, Path)), request_body = PasswordBody,
    responses((status = 200, body = UserView), (status = 400), (status = 404)))]
pub(crate) async fn patch_password(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<PasswordBody>,
) -> Result<Json<UserView>> {
    Ok(Json(UserView::of(
        users::set_password(&ctx, &UserId(id), input.password).await?,
    )))
}

/// Whether a password must be changed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expiration {
    is_expired: bool,
}

impl Validate for Expiration {}

/// Asks a user for a new password, or no longer.
#[utoipa::path(patch, path = "/api/users/{userId}/password/expiration", operation_id = "UpdateUserPasswordExpiration",
    tag = "Users", params(("userId" = String, Path)), request_body = Expiration,
    responses((status = 200, body = UserView), (status = 400), (status = 404)))]
pub(crate) async fn patch_expiration(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<Expiration>,
) -> Result<Json<UserView>> {
    let user = users::set_password_expiration(&ctx, &UserId(id), input.is_expired).await?;
    Ok(Json(UserView::of(user)))
}

/// Checks a user's password.
#[utoipa::path(post, path = "/api/users/{userId}/password/verify", operation_id = "VerifyUserPassword", tag = "Users",
    params(("userId" = String, Path)), request_body = PasswordBody,
    responses((status = 204), (status = 404), (status = 422)))]
pub(crate) async fn verify_password(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<PasswordBody>,
) -> Result<StatusCode> {
    users::verify_password(&ctx, &UserId(id), input.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a user has a password.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HasPassword {
    has_password: bool,
}

/// Whether a user has a password.
#[utoipa::path(get, path = "/api/users/{userId}/has-password", operation_id = "GetUserHasPassword", tag = "Users",
    params(("userId" = String, Path)), responses((status = 200, body = HasPassword), (status = 404)))]
pub(crate) async fn has_password(ctx: Context, Path(id): Path<String>) -> Result<Json<HasPassword>> {
    let has_password = users::has_password(&ctx, &UserId(id)).await?;
    Ok(Json(HasPassword { has_password }))
}
