//! Secrets of applications.

use super::ApplicationView;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::model::ApplicationSecret;
use soleira_core::{ApplicationId, Code, Timestamp};
use soleira_directory::applications;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/applications/{id}/secrets", Access::Management, list_secrets)
        .post("/api/applications/{id}/secrets", Access::Management, create_secret)
        .patch(
            "/api/applications/{id}/secrets/{name}",
            Access::Management,
            rename_secret,
        )
        .delete(
            "/api/applications/{id}/secrets/{name}",
            Access::Management,
            delete_secret,
        )
        .delete(
            "/api/applications/{id}/legacy-secret",
            Access::Management,
            delete_legacy_secret,
        )
}

/// A secret of an application, with its value.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApplicationSecret)]
pub(crate) struct SecretView {
    tenant_id: String,
    application_id: String,
    name: String,
    value: String,
    /// Milliseconds since the epoch.
    created_at: i64,
    /// Milliseconds since the epoch; never if null.
    #[schema(required)]
    expires_at: Option<i64>,
}

impl From<ApplicationSecret> for SecretView {
    fn from(secret: ApplicationSecret) -> Self {
        Self {
            tenant_id: secret.tenant_id.0,
            application_id: secret.application_id.0,
            name: secret.name,
            value: secret.value,
            created_at: secret.created_at.0,
            expires_at: secret.expires_at.map(Timestamp::millis),
        }
    }
}

/// A secret to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateSecret {
    name: String,
    /// Milliseconds since the epoch; never if absent or null.
    #[serde(default)]
    expires_at: Option<i64>,
}

impl Validate for CreateSecret {}

/// A new name of a secret.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct RenameSecret {
    name: String,
}

impl Validate for RenameSecret {}

/// The secrets of an application, oldest first.
#[utoipa::path(get, path = "/api/applications/{id}/secrets", operation_id = "ListApplicationSecrets",
    tag = "Applications", params(("id" = String, Path)), responses((status = 200, body = [SecretView]), (status = 404)))]
pub(crate) async fn list_secrets(ctx: Context, Path(id): Path<String>) -> Result<Json<Vec<SecretView>>> {
    let secrets = applications::secrets(&ctx, &ApplicationId(id)).await?;
    Ok(Json(secrets.into_iter().map(SecretView::from).collect()))
}

/// Gives an application a further secret.
#[utoipa::path(post, path = "/api/applications/{id}/secrets", operation_id = "CreateApplicationSecret",
    tag = "Applications", params(("id" = String, Path)), request_body = CreateSecret,
    responses((status = 201, body = SecretView), (status = 404), (status = 422)))]
pub(crate) async fn create_secret(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<CreateSecret>,
) -> Result<(StatusCode, Json<SecretView>)> {
    let expires_at = input.expires_at.map(Timestamp);
    let secret = applications::create_secret(&ctx, &ApplicationId(id), &input.name, expires_at).await?;
    Ok((StatusCode::CREATED, Json(secret.into())))
}

/// Renames a secret.
#[utoipa::path(patch, path = "/api/applications/{id}/secrets/{name}", operation_id = "UpdateApplicationSecret",
    tag = "Applications", params(("id" = String, Path), ("name" = String, Path)), request_body = RenameSecret,
    responses((status = 200, body = SecretView), (status = 404), (status = 422)))]
pub(crate) async fn rename_secret(
    ctx: Context,
    Path((id, name)): Path<(String, String)>,
    Valid(input): Valid<RenameSecret>,
) -> Result<Json<SecretView>> {
    let secret = applications::rename_secret(&ctx, &ApplicationId(id), &name, &input.name).await?;
    Ok(Json(secret.into()))
}

/// Takes a secret from an application.
#[utoipa::path(delete, path = "/api/applications/{id}/secrets/{name}", operation_id = "DeleteApplicationSecret",
    tag = "Applications", params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn delete_secret(ctx: Context, Path((id, name)): Path<(String, String)>) -> Result<StatusCode> {
    applications::delete_secret(&ctx, &ApplicationId(id), &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the secret of former times from an application. None of this server has one.
#[utoipa::path(delete, path = "/api/applications/{id}/legacy-secret", operation_id = "DeleteApplicationLegacySecret",
    tag = "Applications", params(("id" = String, Path)),
    responses((status = 200, body = ApplicationView), (status = 400), (status = 404)))]
pub(crate) async fn delete_legacy_secret(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    applications::get(&ctx, &ApplicationId(id)).await?;
    Err(Code::ApplicationNoLegacySecretFound.into())
}
