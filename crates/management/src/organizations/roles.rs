//! `/api/organization-roles`: the roles that members of all organizations can hold, and what they give.

use super::OrganizationScopeView;
use crate::listing::{ListQuery, Paging};
use crate::resources::ScopeView;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::model::{OrganizationRole, RoleType};
use soleira_core::{OrganizationRoleId, OrganizationScopeId, ScopeId};
use soleira_directory::input::nullable;
use soleira_directory::organizations::roles::{
    self, FIELDS, GivenResourceScope, GivenScope, NewRole, RolePatch, RoleWithScopes,
};
use soleira_directory::{Change, Search};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    let (all, one) = ("/api/organization-roles", "/api/organization-roles/{id}");
    let scopes = "/api/organization-roles/{id}/scopes";
    let resource_scopes = "/api/organization-roles/{id}/resource-scopes";
    routes
        .get(all, Access::Management, list_organization_roles)
        .post(all, Access::Management, create_organization_role)
        .get(one, Access::Management, get_organization_role)
        .patch(one, Access::Management, patch_organization_role)
        .delete(one, Access::Management, delete_organization_role)
        .get(scopes, Access::Management, list_organization_role_scopes)
        .post(scopes, Access::Management, add_organization_role_scopes)
        .put(scopes, Access::Management, replace_organization_role_scopes)
        .delete(
            "/api/organization-roles/{id}/scopes/{organizationScopeId}",
            Access::Management,
            delete_organization_role_scope,
        )
        .get(
            resource_scopes,
            Access::Management,
            list_organization_role_resource_scopes,
        )
        .post(
            resource_scopes,
            Access::Management,
            add_organization_role_resource_scopes,
        )
        .put(
            resource_scopes,
            Access::Management,
            replace_organization_role_resource_scopes,
        )
        .delete(
            "/api/organization-roles/{id}/resource-scopes/{scopeId}",
            Access::Management,
            delete_organization_role_resource_scope,
        )
}

/// A role that members of organizations can hold.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationRole)]
pub(crate) struct OrganizationRoleView {
    tenant_id: String,
    id: String,
    name: String,
    #[schema(required)]
    description: Option<String>,
    #[serde(rename = "type")]
    kind: RoleType,
}

impl From<OrganizationRole> for OrganizationRoleView {
    fn from(role: OrganizationRole) -> Self {
        Self {
            tenant_id: role.tenant_id.0,
            id: role.id.0,
            name: role.name,
            description: role.description,
            kind: role.kind,
        }
    }
}

/// A permission in organizations, in short.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = GivenOrganizationScope)]
pub(crate) struct GivenScopeView {
    id: String,
    name: String,
}

impl From<GivenScope> for GivenScopeView {
    fn from(given: GivenScope) -> Self {
        Self {
            id: given.id.0,
            name: given.name,
        }
    }
}

/// The API resource of a permission.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ResourceOfGivenScope)]
pub(crate) struct GivenResourceView {
    id: String,
    name: String,
}

/// A permission on an API resource, in short.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = GivenResourceScope)]
pub(crate) struct GivenResourceScopeView {
    id: String,
    name: String,
    resource: GivenResourceView,
}

impl From<GivenResourceScope> for GivenResourceScopeView {
    fn from(given: GivenResourceScope) -> Self {
        Self {
            id: given.id.0,
            name: given.name,
            resource: GivenResourceView {
                id: given.resource_id.0,
                name: given.resource_name,
            },
        }
    }
}

/// A role and what it gives.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationRoleWithScopes)]
pub(crate) struct OrganizationRoleWithScopesView {
    #[serde(flatten)]
    role: OrganizationRoleView,
    scopes: Vec<GivenScopeView>,
    resource_scopes: Vec<GivenResourceScopeView>,
}

impl From<RoleWithScopes> for OrganizationRoleWithScopesView {
    fn from(role: RoleWithScopes) -> Self {
        let (scopes, resource_scopes) = (role.scopes.into_iter(), role.resource_scopes.into_iter());
        Self {
            role: role.role.into(),
            scopes: scopes.map(GivenScopeView::from).collect(),
            resource_scopes: resource_scopes.map(GivenResourceScopeView::from).collect(),
        }
    }
}

/// A role to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateOrganizationRole {
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and the tenant is the one that is asked")]
    tenant_id: Option<String>,
    name: String,
    #[serde(default)]
    description: Option<String>,
    /// Who can hold it: `User` if absent.
    #[serde(rename = "type", default)]
    kind: Option<RoleType>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    organization_scope_ids: Vec<OrganizationScopeId>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    resource_scope_ids: Vec<ScopeId>,
}

impl Validate for CreateOrganizationRole {}

/// A change of a role.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateOrganizationRole {
    /// Ignored: the tenant is the one that is asked.
    tenant_id: Option<String>,
    name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    description: Change<String>,
    /// Who can hold it; changes only while nobody does.
    #[serde(rename = "type")]
    kind: Option<RoleType>,
}

impl Validate for UpdateOrganizationRole {}

/// Permissions in organizations.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationScopeIds {
    #[schema(value_type = Vec<String>)]
    organization_scope_ids: Vec<OrganizationScopeId>,
}

impl Validate for OrganizationScopeIds {}

/// Permissions on API resources.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceScopeIds {
    #[schema(value_type = Vec<String>)]
    scope_ids: Vec<ScopeId>,
}

impl Validate for ResourceScopeIds {}

/// The roles with what they give, by name.
#[utoipa::path(get, path = "/api/organization-roles", operation_id = "ListOrganizationRoles",
    tag = "Organization roles",
    params(("q" = Option<String>, Query, description = "A part of the identifier, the name or the description"),
        ("page" = Option<i64>, Query, minimum = 1), ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationRoleWithScopesView])))]
pub(crate) async fn list_organization_roles(ctx: Context, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = Search::containing(query.value("q").unwrap_or_default(), &FIELDS);
    let listing = roles::list(&ctx, search, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(OrganizationRoleWithScopesView::from), Some(paging)))
}

/// Creates a role.
#[utoipa::path(post, path = "/api/organization-roles", operation_id = "CreateOrganizationRole",
    tag = "Organization roles", request_body = CreateOrganizationRole,
    responses((status = 201, body = OrganizationRoleView), (status = 400), (status = 422)))]
pub(crate) async fn create_organization_role(
    ctx: Context,
    Valid(input): Valid<CreateOrganizationRole>,
) -> Result<(StatusCode, Json<OrganizationRoleView>)> {
    let new = NewRole {
        name: input.name,
        description: input.description,
        kind: input.kind.unwrap_or(RoleType::User),
        organization_scope_ids: input.organization_scope_ids,
        resource_scope_ids: input.resource_scope_ids,
    };
    Ok((StatusCode::CREATED, Json(roles::create(&ctx, new).await?.into())))
}

/// A role.
#[utoipa::path(get, path = "/api/organization-roles/{id}", operation_id = "GetOrganizationRole",
    tag = "Organization roles", params(("id" = String, Path)),
    responses((status = 200, body = OrganizationRoleView), (status = 404)))]
pub(crate) async fn get_organization_role(ctx: Context, Path(id): Path<String>) -> Result<Json<OrganizationRoleView>> {
    Ok(Json(roles::get(&ctx, &OrganizationRoleId(id)).await?.into()))
}

/// Changes a role.
#[utoipa::path(patch, path = "/api/organization-roles/{id}", operation_id = "UpdateOrganizationRole",
    tag = "Organization roles", params(("id" = String, Path)), request_body = UpdateOrganizationRole,
    responses((status = 200, body = OrganizationRoleView), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn patch_organization_role(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateOrganizationRole>,
) -> Result<Json<OrganizationRoleView>> {
    let patch = RolePatch {
        name: input.name,
        description: input.description,
        kind: input.kind,
    };
    Ok(Json(roles::patch(&ctx, &OrganizationRoleId(id), patch).await?.into()))
}

/// Deletes a role: whoever held it loses it.
#[utoipa::path(delete, path = "/api/organization-roles/{id}", operation_id = "DeleteOrganizationRole",
    tag = "Organization roles", params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_organization_role(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    roles::delete(&ctx, &OrganizationRoleId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The permissions in organizations that a role gives, by name.
#[utoipa::path(get, path = "/api/organization-roles/{id}/scopes", operation_id = "ListOrganizationRoleScopes",
    tag = "Organization roles",
    params(("id" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationScopeView]), (status = 404)))]
pub(crate) async fn list_organization_role_scopes(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.optional_paging()?;
    let listing = roles::scopes(&ctx, &OrganizationRoleId(id), paging.map(Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(OrganizationScopeView::from), paging))
}

/// Lets a role give permissions in organizations.
#[utoipa::path(post, path = "/api/organization-roles/{id}/scopes", operation_id = "CreateOrganizationRoleScope",
    tag = "Organization roles", params(("id" = String, Path)), request_body = OrganizationScopeIds,
    responses((status = 201), (status = 400), (status = 422)))]
pub(crate) async fn add_organization_role_scopes(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<OrganizationScopeIds>,
) -> Result<StatusCode> {
    roles::add_permissions(&ctx, &OrganizationRoleId(id), input.organization_scope_ids).await?;
    Ok(StatusCode::CREATED)
}

/// Makes these the permissions in organizations that a role gives.
#[utoipa::path(put, path = "/api/organization-roles/{id}/scopes", operation_id = "ReplaceOrganizationRoleScopes",
    tag = "Organization roles", params(("id" = String, Path)), request_body = OrganizationScopeIds,
    responses((status = 204), (status = 400), (status = 422)))]
pub(crate) async fn replace_organization_role_scopes(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<OrganizationScopeIds>,
) -> Result<StatusCode> {
    roles::replace_permissions(&ctx, &OrganizationRoleId(id), input.organization_scope_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a permission in organizations from a role.
#[utoipa::path(delete, path = "/api/organization-roles/{id}/scopes/{organizationScopeId}",
    operation_id = "DeleteOrganizationRoleScope", tag = "Organization roles",
    params(("id" = String, Path), ("organizationScopeId" = String, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn delete_organization_role_scope(
    ctx: Context,
    Path((id, scope)): Path<(String, String)>,
) -> Result<StatusCode> {
    roles::remove_permission(&ctx, &OrganizationRoleId(id), &OrganizationScopeId(scope)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The permissions on API resources that a role gives, by resource and name.
#[utoipa::path(get, path = "/api/organization-roles/{id}/resource-scopes",
    operation_id = "ListOrganizationRoleResourceScopes", tag = "Organization roles",
    params(("id" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [ScopeView]), (status = 404)))]
pub(crate) async fn list_organization_role_resource_scopes(
    ctx: Context,
    Path(id): Path<String>,
    query: ListQuery,
) -> Result {
    let paging = query.optional_paging()?;
    let listing = roles::resource_scopes(&ctx, &OrganizationRoleId(id), paging.map(Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(ScopeView::from), paging))
}

/// Lets a role give permissions on API resources.
#[utoipa::path(post, path = "/api/organization-roles/{id}/resource-scopes",
    operation_id = "CreateOrganizationRoleResourceScope", tag = "Organization roles", params(("id" = String, Path)),
    request_body = ResourceScopeIds, responses((status = 201), (status = 400), (status = 422)))]
pub(crate) async fn add_organization_role_resource_scopes(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<ResourceScopeIds>,
) -> Result<StatusCode> {
    roles::add_permissions(&ctx, &OrganizationRoleId(id), input.scope_ids).await?;
    Ok(StatusCode::CREATED)
}

/// Makes these the permissions on API resources that a role gives.
#[utoipa::path(put, path = "/api/organization-roles/{id}/resource-scopes",
    operation_id = "ReplaceOrganizationRoleResourceScopes", tag = "Organization roles",
    params(("id" = String, Path)), request_body = ResourceScopeIds,
    responses((status = 204), (status = 400), (status = 422)))]
pub(crate) async fn replace_organization_role_resource_scopes(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<ResourceScopeIds>,
) -> Result<StatusCode> {
    roles::replace_permissions(&ctx, &OrganizationRoleId(id), input.scope_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a permission on an API resource from a role.
#[utoipa::path(delete, path = "/api/organization-roles/{id}/resource-scopes/{scopeId}",
    operation_id = "DeleteOrganizationRoleResourceScope", tag = "Organization roles",
    params(("id" = String, Path), ("scopeId" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_organization_role_resource_scope(
    ctx: Context,
    Path((id, scope)): Path<(String, String)>,
) -> Result<StatusCode> {
    roles::remove_permission(&ctx, &OrganizationRoleId(id), &ScopeId(scope)).await?;
    Ok(StatusCode::NO_CONTENT)
}
