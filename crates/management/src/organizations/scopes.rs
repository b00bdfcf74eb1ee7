//! `/api/organization-scopes`: the permissions that all organizations know.

use crate::listing::{ListQuery, Paging};
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::OrganizationScopeId;
use soleira_core::model::OrganizationScope;
use soleira_directory::input::nullable;
use soleira_directory::organizations::scopes::{self, FIELDS, ScopePatch};
use soleira_directory::{Change, Search};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    let (all, one) = ("/api/organization-scopes", "/api/organization-scopes/{id}");
    routes
        .get(all, Access::Management, list_organization_scopes)
        .post(all, Access::Management, create_organization_scope)
        .get(one, Access::Management, get_organization_scope)
        .patch(one, Access::Management, patch_organization_scope)
        .delete(one, Access::Management, delete_organization_scope)
}

/// A permission in organizations.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationScope)]
pub(crate) struct OrganizationScopeView {
    tenant_id: String,
    id: String,
    /// What tokens carry in `scope`.
    name: String,
    #[schema(required)]
    description: Option<String>,
}

impl From<OrganizationScope> for OrganizationScopeView {
    fn from(scope: OrganizationScope) -> Self {
        Self {
            tenant_id: scope.tenant_id.0,
            id: scope.id.0,
            name: scope.name,
            description: scope.description,
        }
    }
}

/// A permission to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateOrganizationScope {
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and the tenant is the one that is asked")]
    tenant_id: Option<String>,
    name: String,
    #[serde(default)]
    description: Option<String>,
}

impl Validate for CreateOrganizationScope {}

/// A change of a permission.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateOrganizationScope {
    /// Ignored: the tenant is the one that is asked.
    tenant_id: Option<String>,
    name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    description: Change<String>,
}

impl Validate for UpdateOrganizationScope {}

/// The permissions, by name.
#[utoipa::path(get, path = "/api/organization-scopes", operation_id = "ListOrganizationScopes",
    tag = "Organization scopes",
    params(("q" = Option<String>, Query, description = "A part of the name"),
        ("page" = Option<i64>, Query, minimum = 1), ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationScopeView])))]
pub(crate) async fn list_organization_scopes(ctx: Context, query: ListQuery) -> Result {
    let paging = query.optional_paging()?;
    let search = Search::containing(query.value("q").unwrap_or_default(), &FIELDS);
    let listing = scopes::list(&ctx, search, paging.map(Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(OrganizationScopeView::from), paging))
}

/// Creates a permission.
#[utoipa::path(post, path = "/api/organization-scopes", operation_id = "CreateOrganizationScope",
    tag = "Organization scopes", request_body = CreateOrganizationScope,
    responses((status = 201, body = OrganizationScopeView), (status = 400), (status = 422)))]
pub(crate) async fn create_organization_scope(
    ctx: Context,
    Valid(input): Valid<CreateOrganizationScope>,
) -> Result<(StatusCode, Json<OrganizationScopeView>)> {
    let details = ScopePatch {
        name: None,
        description: Some(input.description),
    };
    let scope = scopes::create(&ctx, input.name, details).await?;
    Ok((StatusCode::CREATED, Json(scope.into())))
}

/// A permission.
#[utoipa::path(get, path = "/api/organization-scopes/{id}", operation_id = "GetOrganizationScope",
    tag = "Organization scopes", params(("id" = String, Path)),
    responses((status = 200, body = OrganizationScopeView), (status = 404)))]
pub(crate) async fn get_organization_scope(
    ctx: Context,
    Path(id): Path<String>,
) -> Result<Json<OrganizationScopeView>> {
    Ok(Json(scopes::get(&ctx, &OrganizationScopeId(id)).await?.into()))
}

/// Changes a permission.
#[utoipa::path(patch, path = "/api/organization-scopes/{id}", operation_id = "UpdateOrganizationScope",
    tag = "Organization scopes", params(("id" = String, Path)), request_body = UpdateOrganizationScope,
    responses((status = 200, body = OrganizationScopeView), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn patch_organization_scope(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateOrganizationScope>,
) -> Result<Json<OrganizationScopeView>> {
    let patch = ScopePatch {
        name: input.name,
        description: input.description,
    };
    Ok(Json(scopes::patch(&ctx, &OrganizationScopeId(id), patch).await?.into()))
}

/// Deletes a permission: roles that gave it give it no more.
#[utoipa::path(delete, path = "/api/organization-scopes/{id}", operation_id = "DeleteOrganizationScope",
    tag = "Organization scopes", params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_organization_scope(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    scopes::delete(&ctx, &OrganizationScopeId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
