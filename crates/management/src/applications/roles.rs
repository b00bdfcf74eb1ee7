//! Roles of machine-to-machine applications.

use crate::listing::ListQuery;
use crate::roles::{AssignedView, RoleIds, RoleView};
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use soleira_core::{ApplicationId, RoleId};
use soleira_directory::roles;
use soleira_web::{Access, Context, Result, Routes, Valid};

pub(super) fn add(routes: Routes) -> Routes {
    let path = "/api/applications/{applicationId}/roles";
    routes
        .get(path, Access::Management, list_application_roles)
        .post(path, Access::Management, assign_application_roles)
        .put(path, Access::Management, replace_application_roles)
        .delete(
            "/api/applications/{applicationId}/roles/{roleId}",
            Access::Management,
            delete_application_role,
        )
}

/// The roles of an application.
#[utoipa::path(get, path = "/api/applications/{applicationId}/roles", operation_id = "ListApplicationRoles",
    tag = "Applications",
    params(("applicationId" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100), ("search_params" = Option<Object>, Query)),
    responses((status = 200, body = [RoleView]), (status = 404), (status = 422)))]
pub(crate) async fn list_application_roles(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = query.search(&roles::FIELDS)?;
    let listing = roles::of_application(&ctx, &ApplicationId(id), search, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(RoleView::from), Some(paging)))
}

/// Gives roles to an application.
#[utoipa::path(post, path = "/api/applications/{applicationId}/roles", operation_id = "AssignApplicationRoles",
    tag = "Applications", params(("applicationId" = String, Path)), request_body = RoleIds,
    responses((status = 201, body = AssignedView), (status = 404), (status = 422)))]
pub(crate) async fn assign_application_roles(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<RoleIds>,
) -> Result<(StatusCode, Json<AssignedView>)> {
    let assigned = roles::add_to_application(&ctx, &ApplicationId(id), input.role_ids).await?;
    Ok((StatusCode::CREATED, Json(assigned.into())))
}

/// Makes these roles the ones that an application holds.
#[utoipa::path(put, path = "/api/applications/{applicationId}/roles", operation_id = "ReplaceApplicationRoles",
    tag = "Applications", params(("applicationId" = String, Path)), request_body = RoleIds,
    responses((status = 200), (status = 404), (status = 422)))]
pub(crate) async fn replace_application_roles(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<RoleIds>,
) -> Result<StatusCode> {
    roles::replace_of_application(&ctx, &ApplicationId(id), input.role_ids).await?;
    Ok(StatusCode::OK)
}

/// Takes a role from an application.
#[utoipa::path(delete, path = "/api/applications/{applicationId}/roles/{roleId}", operation_id = "DeleteApplicationRole",
    tag = "Applications", params(("applicationId" = String, Path), ("roleId" = String, Path)),
    responses((status = 204), (status = 404), (status = 422)))]
pub(crate) async fn delete_application_role(
    ctx: Context,
    Path((id, role)): Path<(String, String)>,
) -> Result<StatusCode> {
    roles::take_from_application(&ctx, &ApplicationId(id), &RoleId(role)).await?;
    Ok(StatusCode::NO_CONTENT)
}
