//! `/api/roles`.

mod holders;
mod scopes;

use crate::listing::{ListQuery, invalid_parameter};
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::model::{Role, RoleType};
use soleira_core::{ApplicationId, RoleId, ScopeId, UserId};
use soleira_directory::roles::{self, Assigned, Filter, Holders, NewRole, RolePatch};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(crate) use holders::*;
pub(crate) use scopes::*;

pub(crate) fn add(routes: Routes) -> Routes {
    let routes = routes
        .get("/api/roles", Access::Management, list)
        .post("/api/roles", Access::Management, create)
        .get("/api/roles/{id}", Access::Management, get)
        .patch("/api/roles/{id}", Access::Management, patch)
        .delete("/api/roles/{id}", Access::Management, delete);
    holders::add(scopes::add(routes))
}

/// A role.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Role)]
pub(crate) struct RoleView {
    tenant_id: String,
    id: String,
    name: String,
    description: String,
    #[serde(rename = "type")]
    kind: RoleType,
    is_default: bool,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self {
            tenant_id: role.tenant_id.0,
            id: role.id.0,
            name: role.name,
            description: role.description,
            kind: role.kind,
            is_default: role.is_default,
        }
    }
}

/// A user who holds a role.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FeaturedUser {
    id: String,
    #[schema(required)]
    avatar: Option<String>,
    #[schema(required)]
    name: Option<String>,
}

impl From<(UserId, Option<String>, Option<String>)> for FeaturedUser {
    fn from((id, avatar, name): (UserId, Option<String>, Option<String>)) -> Self {
        Self { id: id.0, avatar, name }
    }
}

/// An application that holds a role.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FeaturedApplication {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// A role and who holds it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RoleWithHolders)]
pub(crate) struct RoleWithHoldersView {
    #[serde(flatten)]
    role: RoleView,
    users_count: i64,
    featured_users: Vec<FeaturedUser>,
    applications_count: i64,
    featured_applications: Vec<FeaturedApplication>,
}

impl From<(Role, Holders)> for RoleWithHoldersView {
    fn from((role, holders): (Role, Holders)) -> Self {
        let users = holders.featured_users.into_iter();
        let applications = holders.featured_applications.into_iter();
        Self {
            role: role.into(),
            users_count: holders.users,
            featured_users: users.map(FeaturedUser::from).collect(),
            applications_count: holders.applications,
            featured_applications: applications
                .map(|(id, name, kind)| FeaturedApplication { id: id.0, name, kind })
                .collect(),
        }
    }
}

/// Roles to give.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleIds {
    #[schema(value_type = Vec<String>)]
    pub(crate) role_ids: Vec<RoleId>,
}

impl Validate for RoleIds {}

/// What giving roles did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssignedRoles)]
pub(crate) struct AssignedView {
    #[schema(value_type = Vec<String>)]
    role_ids: Vec<RoleId>,
    #[schema(value_type = Vec<String>)]
    added_role_ids: Vec<RoleId>,
}

impl From<Assigned> for AssignedView {
    fn from(assigned: Assigned) -> Self {
        Self {
            role_ids: assigned.role_ids,
            added_role_ids: assigned.added_role_ids,
        }
    }
}

/// A role to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateRole {
    name: String,
    description: String,
    /// Who can hold it: `User` if absent. It never changes.
    #[serde(rename = "type", default)]
    kind: Option<RoleType>,
    /// Whether every new user gets it.
    #[serde(default)]
    is_default: bool,
    /// The permissions that it begins with.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    scope_ids: Vec<ScopeId>,
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and the tenant is the one that is asked")]
    tenant_id: Option<String>,
}

impl Validate for CreateRole {}

/// A change of a role.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateRole {
    name: Option<String>,
    description: Option<String>,
    is_default: Option<bool>,
}

impl Validate for UpdateRole {}

/// The roles, newest first. Internal ones are in no list.
#[utoipa::path(get, path = "/api/roles", operation_id = "ListRoles", tag = "Roles",
    params(("excludeUserId" = Option<String>, Query), ("excludeApplicationId" = Option<String>, Query),
        ("type" = Option<RoleType>, Query), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100), ("search_params" = Option<Object>, Query)),
    responses((status = 200, body = [RoleWithHoldersView])))]
pub(crate) async fn list(ctx: Context, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let kind = match query.value("type") {
        None => None,
        Some(name) => Some(RoleType::parse(name).ok_or_else(|| invalid_parameter("type", "User or MachineToMachine"))?),
    };
    let filter = Filter {
        kind,
        exclude_user: query.value("excludeUserId").map(UserId::from),
        exclude_application: query.value("excludeApplicationId").map(ApplicationId::from),
        search: query.search(&roles::FIELDS)?,
        ..Filter::default()
    };
    let listing = roles::list_with_holders(&ctx, filter, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(RoleWithHoldersView::from), Some(paging)))
}

/// A role.
#[utoipa::path(get, path = "/api/roles/{id}", operation_id = "GetRole", tag = "Roles",
    params(("id" = String, Path)), responses((status = 200, body = RoleView), (status = 404)))]
pub(crate) async fn get(ctx: Context, Path(id): Path<String>) -> Result<Json<RoleView>> {
    Ok(Json(roles::get(&ctx, &RoleId(id)).await?.into()))
}

/// Creates a role.
#[utoipa::path(post, path = "/api/roles", operation_id = "CreateRole", tag = "Roles", request_body = CreateRole,
    responses((status = 200, body = RoleView), (status = 400), (status = 403), (status = 404), (status = 422)))]
pub(crate) async fn create(ctx: Context, Valid(input): Valid<CreateRole>) -> Result<Json<RoleView>> {
    let new = NewRole {
        name: input.name,
        description: input.description,
        kind: input.kind.unwrap_or(RoleType::User),
        is_default: input.is_default,
        scope_ids: input.scope_ids,
    };
    Ok(Json(roles::create(&ctx, new).await?.into()))
}

/// Changes a role; its type never changes.
#[utoipa::path(patch, path = "/api/roles/{id}", operation_id = "UpdateRole", tag = "Roles",
    params(("id" = String, Path)), request_body = UpdateRole,
    responses((status = 200, body = RoleView), (status = 400), (status = 403), (status = 404), (status = 422)))]
pub(crate) async fn patch(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateRole>,
) -> Result<Json<RoleView>> {
    let patch = RolePatch {
        name: input.name,
        description: input.description,
        is_default: input.is_default,
    };
    Ok(Json(roles::patch(&ctx, &RoleId(id), patch).await?.into()))
}

/// Deletes a role: whoever held it loses it.
#[utoipa::path(delete, path = "/api/roles/{id}", operation_id = "DeleteRole", tag = "Roles",
    params(("id" = String, Path)), responses((status = 204), (status = 403), (status = 404)))]
pub(crate) async fn delete(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    roles::delete(&ctx, &RoleId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
