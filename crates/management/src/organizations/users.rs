//! Users of organizations, and the roles that they hold there.

use super::{HeldRoleView, OrganizationRoleView, OrganizationScopeView, OrganizationWithRolesView, held};
use crate::listing::{ListQuery, Paging};
use crate::users::UserView;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::{OrganizationId, OrganizationRoleId, UserId};
use soleira_directory::organizations::HeldRole;
use soleira_directory::organizations::members::{self, RoleNames};
use soleira_directory::users::{FIELDS, UserWithIdentities};
use soleira_directory::{Listing, Search};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    let all = "/api/organizations/{id}/users";
    let roles = "/api/organizations/{id}/users/{userId}/roles";
    routes
        .get(all, Access::Management, list_organization_users)
        .post(all, Access::Management, add_organization_users)
        .put(all, Access::Management, replace_organization_users)
        .post(
            "/api/organizations/{id}/users/roles",
            Access::Management,
            assign_roles_to_users,
        )
        .delete(
            "/api/organizations/{id}/users/{userId}",
            Access::Management,
            delete_organization_user,
        )
        .get(roles, Access::Management, list_organization_user_roles)
        .post(roles, Access::Management, assign_organization_user_roles)
        .put(roles, Access::Management, replace_organization_user_roles)
        .delete(
            "/api/organizations/{id}/users/{userId}/roles/{organizationRoleId}",
            Access::Management,
            delete_organization_user_role,
        )
        .get(
            "/api/organizations/{id}/users/{userId}/scopes",
            Access::Management,
            list_organization_user_scopes,
        )
        .get(
            "/api/users/{userId}/organizations",
            Access::Management,
            list_user_organizations,
        )
}

/// A user of an organization, and the roles that they hold in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationUser)]
pub(crate) struct OrganizationUserView {
    #[serde(flatten)]
    user: UserView,
    organization_roles: Vec<HeldRoleView>,
}

impl From<(UserWithIdentities, Vec<HeldRole>)> for OrganizationUserView {
    fn from((user, roles): (UserWithIdentities, Vec<HeldRole>)) -> Self {
        Self {
            user: UserView::of(user).without_password(),
            organization_roles: held(roles),
        }
    }
}

/// Users.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationUserIds {
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<UserId>,
}

impl Validate for OrganizationUserIds {}

/// Roles to give to each of several users.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsersAndRoles {
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<UserId>,
    #[schema(value_type = Vec<String>)]
    organization_role_ids: Vec<OrganizationRoleId>,
}

impl Validate for UsersAndRoles {}

/// Organization roles, by identifier, by name, or both.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OrganizationRolesByIdOrName {
    #[schema(value_type = Vec<String>)]
    organization_role_ids: Vec<OrganizationRoleId>,
    organization_role_names: Vec<String>,
}

impl Validate for OrganizationRolesByIdOrName {}

impl From<OrganizationRolesByIdOrName> for RoleNames {
    fn from(input: OrganizationRolesByIdOrName) -> Self {
        Self {
            ids: input.organization_role_ids,
            names: input.organization_role_names,
        }
    }
}

/// The roles that were given.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GivenOrganizationRoles {
    #[schema(value_type = Vec<String>)]
    organization_role_ids: Vec<OrganizationRoleId>,
}

/// The users of an organization, by identifier.
#[utoipa::path(get, path = "/api/organizations/{id}/users", operation_id = "ListOrganizationUsers",
    tag = "Organizations",
    params(("id" = String, Path), ("q" = Option<String>, Query, description = "A part of an identifier or the name"),
        ("organizationRoleId" = Option<String>, Query, description = "Only those who hold this role"),
        ("page" = Option<i64>, Query, minimum = 1), ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationUserView])))]
pub(crate) async fn list_organization_users(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = Search::containing(query.value("q").unwrap_or_default(), &FIELDS);
    let role = query.value("organizationRoleId").map(OrganizationRoleId::from);
    let listing = members::list_users(&ctx, &OrganizationId(id), role, search, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(OrganizationUserView::from), Some(paging)))
}

/// Lets users into an organization.
#[utoipa::path(post, path = "/api/organizations/{id}/users", operation_id = "AddOrganizationUsers",
    tag = "Organizations", params(("id" = String, Path)), request_body = OrganizationUserIds,
    responses((status = 201, body = OrganizationUserIds), (status = 400), (status = 422)))]
pub(crate) async fn add_organization_users(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<OrganizationUserIds>,
) -> Result<(StatusCode, Json<OrganizationUserIds>)> {
    members::add(&ctx, &OrganizationId(id), input.user_ids.clone()).await?;
    Ok((StatusCode::CREATED, Json(input)))
}

/// Makes these the users of an organization; who stays keeps their roles.
#[utoipa::path(put, path = "/api/organizations/{id}/users", operation_id = "ReplaceOrganizationUsers",
    tag = "Organizations", params(("id" = String, Path)), request_body = OrganizationUserIds,
    responses((status = 204), (status = 400), (status = 422)))]
pub(crate) async fn replace_organization_users(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<OrganizationUserIds>,
) -> Result<StatusCode> {
    members::replace(&ctx, &OrganizationId(id), input.user_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives each of these roles to each of these users.
#[utoipa::path(post, path = "/api/organizations/{id}/users/roles", operation_id = "AssignOrganizationRolesToUsers",
    tag = "Organizations", params(("id" = String, Path)), request_body = UsersAndRoles,
    responses((status = 201), (status = 400), (status = 422)))]
pub(crate) async fn assign_roles_to_users(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UsersAndRoles>,
) -> Result<StatusCode> {
    members::give_roles(&ctx, &OrganizationId(id), input.user_ids, input.organization_role_ids).await?;
    Ok(StatusCode::CREATED)
}

/// Removes a user from an organization.
#[utoipa::path(delete, path = "/api/organizations/{id}/users/{userId}", operation_id = "DeleteOrganizationUser",
    tag = "Organizations", params(("id" = String, Path), ("userId" = String, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn delete_organization_user(
    ctx: Context,
    Path((id, user)): Path<(String, String)>,
) -> Result<StatusCode> {
    members::remove(&ctx, &OrganizationId(id), &UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The roles that a user holds in an organization, by name.
#[utoipa::path(get, path = "/api/organizations/{id}/users/{userId}/roles", operation_id = "ListOrganizationUserRoles",
    tag = "Organizations",
    params(("id" = String, Path), ("userId" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationRoleView]), (status = 422)))]
pub(crate) async fn list_organization_user_roles(
    ctx: Context,
    Path((id, user)): Path<(String, String)>,
    query: ListQuery,
) -> Result {
    let paging = query.optional_paging()?;
    let listing = members::roles(&ctx, &OrganizationId(id), &UserId(user), paging.map(Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(OrganizationRoleView::from), paging))
}

/// Gives roles to a user of an organization.
#[utoipa::path(post, path = "/api/organizations/{id}/users/{userId}/roles",
    operation_id = "AssignOrganizationRolesToUser", tag = "Organizations",
    params(("id" = String, Path), ("userId" = String, Path)), request_body = OrganizationRolesByIdOrName,
    responses((status = 201, body = GivenOrganizationRoles), (status = 400), (status = 422)))]
pub(crate) async fn assign_organization_user_roles(
    ctx: Context,
    Path((id, user)): Path<(String, String)>,
    Valid(input): Valid<OrganizationRolesByIdOrName>,
) -> Result<(StatusCode, Json<GivenOrganizationRoles>)> {
    let organization_role_ids = members::add_roles(&ctx, &OrganizationId(id), &UserId(user), input.into()).await?;
    Ok((
        StatusCode::CREATED,
        Json(GivenOrganizationRoles { organization_role_ids }),
    ))
}

/// Makes these the roles that a user holds in an organization.
#[utoipa::path(put, path = "/api/organizations/{id}/users/{userId}/roles",
    operation_id = "ReplaceOrganizationUserRoles", tag = "Organizations",
    params(("id" = String, Path), ("userId" = String, Path)), request_body = OrganizationRolesByIdOrName,
    responses((status = 204), (status = 400), (status = 422)))]
pub(crate) async fn replace_organization_user_roles(
    ctx: Context,
    Path((id, user)): Path<(String, String)>,
    Valid(input): Valid<OrganizationRolesByIdOrName>,
) -> Result<StatusCode> {
    members::replace_roles(&ctx, &OrganizationId(id), &UserId(user), input.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a role from a user of an organization.
#[utoipa::path(delete, path = "/api/organizations/{id}/users/{userId}/roles/{organizationRoleId}",
    operation_id = "DeleteOrganizationUserRole", tag = "Organizations",
    params(("id" = String, Path), ("userId" = String, Path), ("organizationRoleId" = String, Path)),
    responses((status = 204), (status = 404), (status = 422)))]
pub(crate) async fn delete_organization_user_role(
    ctx: Context,
    Path((id, user, role)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    let role = OrganizationRoleId(role);
    members::take_role(&ctx, &OrganizationId(id), &UserId(user), &role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The permissions that a user's roles give them in an organization; none for who is not in it.
#[utoipa::path(get, path = "/api/organizations/{id}/users/{userId}/scopes",
    operation_id = "ListOrganizationUserScopes", tag = "Organizations",
    params(("id" = String, Path), ("userId" = String, Path)),
    responses((status = 200, body = [OrganizationScopeView])))]
pub(crate) async fn list_organization_user_scopes(
    ctx: Context,
    Path((id, user)): Path<(String, String)>,
) -> Result<Json<Vec<OrganizationScopeView>>> {
    let scopes = members::scopes(&ctx, &OrganizationId(id), &UserId(user)).await?;
    Ok(Json(scopes.into_iter().map(OrganizationScopeView::from).collect()))
}

/// The organizations of a user with the roles that they hold there, newest first.
#[utoipa::path(get, path = "/api/users/{userId}/organizations", operation_id = "ListUserOrganizations", tag = "Users",
    params(("userId" = String, Path)),
    responses((status = 200, body = [OrganizationWithRolesView]), (status = 404)))]
pub(crate) async fn list_user_organizations(
    ctx: Context,
    Path(user): Path<String>,
) -> Result<Json<Vec<OrganizationWithRolesView>>> {
    let Listing { rows, .. } = members::organizations_of_user(&ctx, &UserId(user)).await?;
    Ok(Json(rows.into_iter().map(OrganizationWithRolesView::from).collect()))
}
