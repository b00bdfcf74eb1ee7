//! Custom data and profiles of users.

use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use serde_json::{Map, Value};
use soleira_core::UserId;
use soleira_core::model::UserProfile;
use soleira_directory::users;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/users/{userId}/custom-data", Access::Management, get_custom_data)
        .patch("/api/users/{userId}/custom-data", Access::Management, patch_custom_data)
        .patch("/api/users/{userId}/profile", Access::Management, patch_profile)
}

/// The custom data of a user.
#[utoipa::path(get, path = "/api/users/{userId}/custom-data", operation_id = "ListUserCustomData", tag = "Users",
    params(("userId" = String, Path)), responses((status = 200, body = Object), (status = 404)))]
pub(crate) async fn get_custom_data(ctx: Context, Path(id): Path<String>) -> Result<Json<Map<String, Value>>> {
    Ok(Json(users::get(&ctx, &UserId(id)).await?.user.custom_data))
}

/// Members to merge into custom data.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomDataBody {
    custom_data: Map<String, Value>,
}

impl Validate for CustomDataBody {}

/// Merges members into the custom data of a user, one level deep.
#[utoipa::path(patch, path = "/api/users/{userId}/custom-data", operation_id = "UpdateUserCustomData", tag = "Users",
    params(("userId" = String, Path)), request_body = CustomDataBody,
    responses((status = 200, body = Object), (status = 404)))]
pub(crate) async fn patch_custom_data(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<CustomDataBody>,
) -> Result<Json<Map<String, Value>>> {
    Ok(Json(
        users::merge_custom_data(&ctx, &UserId(id), input.custom_data).await?,
    ))
}

/// Members to merge into a profile.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct ProfileBody {
    profile: UserProfile,
}

impl Validate for ProfileBody {}

/// Merges members into the profile of a user.
#[utoipa::path(patch, path = "/api/users/{userId}/profile", operation_id = "UpdateUserProfile", tag = "Users",
    params(("userId" = String, Path)), request_body = ProfileBody,
    responses((status = 200, body = UserProfile), (status = 404)))]
pub(crate) async fn patch_profile(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<ProfileBody>,
) -> Result<Json<UserProfile>> {
    Ok(Json(users::merge_profile(&ctx, &UserId(id), input.profile).await?))
}
