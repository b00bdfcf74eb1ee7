//! Personal access tokens of users.

use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::{Timestamp, UserId};
use soleira_directory::users::{self, PersonalAccessToken};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get(
            "/api/users/{userId}/personal-access-tokens",
            Access::Management,
            list_personal_access_tokens,
        )
        .post(
            "/api/users/{userId}/personal-access-tokens",
            Access::Management,
            create_personal_access_token,
        )
        .patch(
            "/api/users/{userId}/personal-access-tokens",
            Access::Management,
            rename_personal_access_token,
        )
        .post(
            "/api/users/{userId}/personal-access-tokens/delete",
            Access::Management,
            delete_personal_access_token_by_body,
        )
        .patch(
            "/api/users/{userId}/personal-access-tokens/{name}",
            Access::Management,
            rename_personal_access_token_by_path,
        )
        .delete(
            "/api/users/{userId}/personal-access-tokens/{name}",
            Access::Management,
            delete_personal_access_token,
        )
}

/// A personal access token, with its value.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalAccessToken)]
pub(crate) struct PersonalAccessTokenView {
    tenant_id: String,
    user_id: String,
    name: String,
    value: String,
    /// Milliseconds since the epoch.
    created_at: i64,
    /// Milliseconds since the epoch; never if null.
    #[schema(required)]
    expires_at: Option<i64>,
}

impl From<PersonalAccessToken> for PersonalAccessTokenView {
    fn from(token: PersonalAccessToken) -> Self {
        Self {
            tenant_id: token.tenant_id.0,
            user_id: token.user_id.0,
            name: token.name,
            value: token.value,
            created_at: token.created_at.0,
            expires_at: token.expires_at.map(Timestamp::millis),
        }
    }
}

/// A token to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatePersonalAccessToken {
    name: String,
    /// Milliseconds since the epoch; never if absent or null.
    #[serde(default)]
    expires_at: Option<i64>,
}

impl Validate for CreatePersonalAccessToken {}

/// A new name of a token whose present one does not fit into a path.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RenamePersonalAccessToken {
    /// The present name.
    #[serde(default)]
    current_name: String,
    name: String,
}

impl Validate for RenamePersonalAccessToken {}

/// The name of a token.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct PersonalAccessTokenName {
    name: String,
}

impl Validate for PersonalAccessTokenName {}

/// The personal access tokens of a user, oldest first.
#[utoipa::path(get, path = "/api/users/{userId}/personal-access-tokens",
    operation_id = "ListUserPersonalAccessTokens", tag = "Users", params(("userId" = String, Path)),
    responses((status = 200, body = [PersonalAccessTokenView]), (status = 404)))]
pub(crate) async fn list_personal_access_tokens(
    ctx: Context,
    Path(id): Path<String>,
) -> Result<Json<Vec<PersonalAccessTokenView>>> {
    let tokens = users::personal_access_tokens(&ctx, &UserId(id)).await?;
    Ok(Json(tokens.into_iter().map(PersonalAccessTokenView::from).collect()))
}

/// Gives a user a further personal access token.
#[utoipa::path(post, path = "/api/users/{userId}/personal-access-tokens",
    operation_id = "CreateUserPersonalAccessToken", tag = "Users", params(("userId" = String, Path)),
    request_body = CreatePersonalAccessToken,
    responses((status = 201, body = PersonalAccessTokenView), (status = 404), (status = 422)))]
pub(crate) async fn create_personal_access_token(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<CreatePersonalAccessToken>,
) -> Result<(StatusCode, Json<PersonalAccessTokenView>)> {
    let expires_at = input.expires_at.map(Timestamp);
    let token = users::create_personal_access_token(&ctx, &UserId(id), &input.name, expires_at).await?;
    Ok((StatusCode::CREATED, Json(token.into())))
}

/// Renames a personal access token that the body names.
#[utoipa::path(patch, path = "/api/users/{userId}/personal-access-tokens",
    operation_id = "UpdatePersonalAccessTokenName", tag = "Users", params(("userId" = String, Path)),
    request_body = RenamePersonalAccessToken,
    responses((status = 200, body = PersonalAccessTokenView), (status = 404), (status = 422)))]
pub(crate) async fn rename_personal_access_token(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<RenamePersonalAccessToken>,
) -> Result<Json<PersonalAccessTokenView>> {
    let renamed = users::rename_personal_access_token(&ctx, &UserId(id), &input.current_name, &input.name).await?;
    Ok(Json(renamed.into()))
}

/// Renames a personal access token.
#[utoipa::path(patch, path = "/api/users/{userId}/personal-access-tokens/{name}",
    operation_id = "UpdateUserPersonalAccessToken", tag = "Users",
    params(("userId" = String, Path), ("name" = String, Path)), request_body = PersonalAccessTokenName,
    responses((status = 200, body = PersonalAccessTokenView), (status = 404), (status = 422)))]
pub(crate) async fn rename_personal_access_token_by_path(
    ctx: Context,
    Path((id, name)): Path<(String, String)>,
    Valid(input): Valid<PersonalAccessTokenName>,
) -> Result<Json<PersonalAccessTokenView>> {
    let renamed = users::rename_personal_access_token(&ctx, &UserId(id), &name, &input.name).await?;
    Ok(Json(renamed.into()))
}

/// Takes a personal access token that the body names from a user.
#[utoipa::path(post, path = "/api/users/{userId}/personal-access-tokens/delete",
    operation_id = "DeletePersonalAccessTokenPost", tag = "Users", params(("userId" = String, Path)),
    request_body = PersonalAccessTokenName, responses((status = 204), (status = 404)))]
pub(crate) async fn delete_personal_access_token_by_body(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<PersonalAccessTokenName>,
) -> Result<StatusCode> {
    users::delete_personal_access_token(&ctx, &UserId(id), &input.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a personal access token from a user.
#[utoipa::path(delete, path = "/api/users/{userId}/personal-access-tokens/{name}",
    operation_id = "DeleteUserPersonalAccessToken", tag = "Users",
    params(("userId" = String, Path), ("name" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_personal_access_token(
    ctx: Context,
    Path((id, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    users::delete_personal_access_token(&ctx, &UserId(id), &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
