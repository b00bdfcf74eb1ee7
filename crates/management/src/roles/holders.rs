//! The users and applications that hold a role.

use crate::applications::ApplicationView;
use crate::listing::ListQuery;
use crate::users::UserView;
use axum::extract::Path;
use http::StatusCode;
use serde::Deserialize;
use soleira_core::{ApplicationId, RoleId, UserId};
use soleira_directory::{applications, roles, users};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/roles/{id}/users", Access::Management, list_role_users)
        .post("/api/roles/{id}/users", Access::Management, assign_role_users)
        .delete("/api/roles/{id}/users/{userId}", Access::Management, delete_role_user)
        .get(
            "/api/roles/{id}/applications",
            Access::Management,
            list_role_applications,
        )
        .post(
            "/api/roles/{id}/applications",
            Access::Management,
            assign_role_applications,
        )
        .delete(
            "/api/roles/{id}/applications/{applicationId}",
            Access::Management,
            delete_role_application,
        )
}

/// Users to give a role to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserIds {
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<UserId>,
}

impl Validate for UserIds {}

/// Applications to give a role to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationIds {
    #[schema(value_type = Vec<String>)]
    application_ids: Vec<ApplicationId>,
}

impl Validate for ApplicationIds {}

/// The users who hold a role, newest first.
#[utoipa::path(get, path = "/api/roles/{id}/users", operation_id = "ListRoleUsers", tag = "Roles",
    params(("id" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100), ("search_params" = Option<Object>, Query)),
    responses((status = 200, body = [UserView]), (status = 404)))]
pub(crate) async fn list_role_users(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = query.search(&users::FIELDS)?;
    let listing = roles::users_of(&ctx, &RoleId(id), search, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(UserView::of), Some(paging)))
}

/// Gives a role to users.
#[utoipa::path(post, path = "/api/roles/{id}/users", operation_id = "CreateRoleUser", tag = "Roles",
    params(("id" = String, Path)), request_body = UserIds,
    responses((status = 201), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn assign_role_users(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UserIds>,
) -> Result<StatusCode> {
    roles::give_to_users(&ctx, &RoleId(id), input.user_ids).await?;
    Ok(StatusCode::CREATED)
}

/// Takes a role from a user.
#[utoipa::path(delete, path = "/api/roles/{id}/users/{userId}", operation_id = "DeleteRoleUser", tag = "Roles",
    params(("id" = String, Path), ("userId" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_role_user(ctx: Context, Path((id, user)): Path<(String, String)>) -> Result<StatusCode> {
    roles::take_from_user(&ctx, &UserId(user), &RoleId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The applications that hold a role, newest first.
#[utoipa::path(get, path = "/api/roles/{id}/applications", operation_id = "ListRoleApplications", tag = "Roles",
    params(("id" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100), ("search_params" = Option<Object>, Query)),
    responses((status = 200, body = [ApplicationView]), (status = 404)))]
pub(crate) async fn list_role_applications(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = query.search(&applications::FIELDS)?;
    let listing = roles::applications_of(&ctx, &RoleId(id), search, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(ApplicationView::from), Some(paging)))
}

/// Gives a role to applications.
#[utoipa::path(post, path = "/api/roles/{id}/applications", operation_id = "CreateRoleApplication", tag = "Roles",
    params(("id" = String, Path)), request_body = ApplicationIds,
    responses((status = 201), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn assign_role_applications(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<ApplicationIds>,
) -> Result<StatusCode> {
    roles::give_to_applications(&ctx, &RoleId(id), input.application_ids).await?;
    Ok(StatusCode::CREATED)
}

/// Takes a role from an application.
#[utoipa::path(delete, path = "/api/roles/{id}/applications/{applicationId}", operation_id = "DeleteRoleApplication",
    tag = "Roles", params(("id" = String, Path), ("applicationId" = String, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn delete_role_application(
    ctx: Context,
    Path((id, application)): Path<(String, String)>,
) -> Result<StatusCode> {
    roles::take_from_application(&ctx, &ApplicationId(application), &RoleId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
