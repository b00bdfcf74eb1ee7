//! Roles of users.

use crate::listing::ListQuery;
use crate::roles::{AssignedView, RoleIds, RoleView};
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use soleira_core::{RoleId, UserId};
use soleira_directory::roles;
use soleira_web::{Access, Context, Result, Routes, Valid};

pub(super) fn add(routes: Routes) -> Routes {
    let path = "/api/users/{userId}/roles";
    routes
        .get(path, Access::Management, list_user_roles)
        .post(path, Access::Management, assign_user_roles)
        .put(path, Access::Management, replace_user_roles)
        .delete(
            "/api/users/{userId}/roles/{roleId}",
            Access::Management,
            delete_user_role,
        )
}

/// The roles of a user.
#[utoipa::path(get, path = "/api/users/{userId}/roles", operation_id = "ListUserRoles", tag = "Users",
    params(("userId" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100), ("search_params" = Option<Object>, Query)),
    responses((status = 200, body = [RoleView]), (status = 404)))]
pub(crate) async fn list_user_roles(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = query.search(&roles::FIELDS)?;
    let listing = roles::of_user(&ctx, &UserId(id), search, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(RoleView::from), Some(paging)))
}

/// Gives roles to a user.
#[utoipa::path(post, path = "/api/users/{userId}/roles", operation_id = "AssignUserRoles", tag = "Users",
    params(("userId" = String, Path)), request_body = RoleIds,
    responses((status = 201, body = AssignedView), (status = 404), (status = 422)))]
pub(crate) async fn assign_user_roles(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<RoleIds>,
) -> Result<(StatusCode, Json<AssignedView>)> {
    let assigned = roles::add_to_user(&ctx, &UserId(id), input.role_ids).await?;
    Ok((StatusCode::CREATED, Json(assigned.into())))
}

/// The roles that a user holds now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeldRoles {
    #[schema(value_type = Vec<String>)]
    role_ids: Vec<RoleId>,
}

/// Makes these roles the ones that a user holds.
#[utoipa::path(put, path = "/api/users/{userId}/roles", operation_id = "ReplaceUserRoles", tag = "Users",
    params(("userId" = String, Path)), request_body = RoleIds,
    responses((status = 200, body = HeldRoles), (status = 404), (status = 422)))]
pub(crate) async fn replace_user_roles(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<RoleIds>,
) -> Result<Json<HeldRoles>> {
    let role_ids = roles::replace_of_user(&ctx, &UserId(id), input.role_ids)
        .await?
        .role_ids;
    Ok(Json(HeldRoles { role_ids }))
}

/// Takes a role from a user.
#[utoipa::path(delete, path = "/api/users/{userId}/roles/{roleId}", operation_id = "DeleteUserRole", tag = "Users",
    params(("userId" = String, Path), ("roleId" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_user_role(ctx: Context, Path((id, role)): Path<(String, String)>) -> Result<StatusCode> {
    roles::take_from_user(&ctx, &UserId(id), &RoleId(role)).await?;
    Ok(StatusCode::NO_CONTENT)
}
