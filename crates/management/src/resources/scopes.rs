//! Permissions of API resources.

use crate::listing::ListQuery;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::model::Scope;
use soleira_core::{ResourceId, ScopeId};
use soleira_directory::Change;
use soleira_directory::input::nullable;
use soleira_directory::resources::{self, NewScope, SCOPE_FIELDS, ScopePatch};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    let (all, one) = (
        "/api/resources/{resourceId}/scopes",
        "/api/resources/{resourceId}/scopes/{scopeId}",
    );
    routes
        .get(all, Access::Management, list_scopes)
        .post(all, Access::Management, create_scope)
        .patch(one, Access::Management, patch_scope)
        .delete(one, Access::Management, delete_scope)
}

/// A permission of an API resource.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Scope)]
pub(crate) struct ScopeView {
    tenant_id: String,
    id: String,
    resource_id: String,
    /// What tokens carry in `scope`.
    name: String,
    #[schema(required)]
    description: Option<String>,
    /// Milliseconds since the epoch.
    created_at: i64,
}

impl From<Scope> for ScopeView {
    fn from(scope: Scope) -> Self {
        Self {
            tenant_id: scope.tenant_id.0,
            id: scope.id.0,
            resource_id: scope.resource_id.0,
            name: scope.name,
            description: scope.description,
            created_at: scope.created_at.0,
        }
    }
}

/// A permission to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct CreateScope {
    /// 1 to 256 characters without blanks.
    name: String,
    #[serde(default)]
    description: Option<String>,
}

impl Validate for CreateScope {}

/// A change of a permission.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub(crate) struct UpdateScope {
    name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    description: Change<String>,
}

impl Validate for UpdateScope {}

/// The permissions of an API resource, newest first.
#[utoipa::path(get, path = "/api/resources/{resourceId}/scopes", operation_id = "ListResourceScopes",
    tag = "Resources",
    params(("resourceId" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100), ("search_params" = Option<Object>, Query)),
    responses((status = 200, body = [ScopeView])))]
pub(crate) async fn list_scopes(ctx: Context, Path(resource): Path<String>, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = query.search(&SCOPE_FIELDS)?;
    let listing = resources::scopes(&ctx, &ResourceId(resource), search, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(ScopeView::from), Some(paging)))
}

/// Creates a permission of an API resource.
#[utoipa::path(post, path = "/api/resources/{resourceId}/scopes", operation_id = "CreateResourceScope",
    tag = "Resources", params(("resourceId" = String, Path)), request_body = CreateScope,
    responses((status = 201, body = ScopeView), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn create_scope(
    ctx: Context,
    Path(resource): Path<String>,
    Valid(input): Valid<CreateScope>,
) -> Result<(StatusCode, Json<ScopeView>)> {
    let new = NewScope {
        name: input.name,
        description: input.description,
    };
    let scope = resources::create_scope(&ctx, &ResourceId(resource), new).await?;
    Ok((StatusCode::CREATED, Json(scope.into())))
}

/// Changes a permission of an API resource.
#[utoipa::path(patch, path = "/api/resources/{resourceId}/scopes/{scopeId}", operation_id = "UpdateResourceScope",
    tag = "Resources", params(("resourceId" = String, Path), ("scopeId" = String, Path)), request_body = UpdateScope,
    responses((status = 200, body = ScopeView), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn patch_scope(
    ctx: Context,
    Path((resource, scope)): Path<(String, String)>,
    Valid(input): Valid<UpdateScope>,
) -> Result<Json<ScopeView>> {
    let patch = ScopePatch {
        name: input.name,
        description: input.description,
    };
    let scope = resources::patch_scope(&ctx, &ResourceId(resource), &ScopeId(scope), patch).await?;
    Ok(Json(scope.into()))
}

/// Deletes a permission of an API resource.
#[utoipa::path(delete, path = "/api/resources/{resourceId}/scopes/{scopeId}", operation_id = "DeleteResourceScope",
    tag = "Resources", params(("resourceId" = String, Path), ("scopeId" = String, Path)),
    responses((status = 204), (status = 400), (status = 404)))]
pub(crate) async fn delete_scope(ctx: Context, Path((resource, scope)): Path<(String, String)>) -> Result<StatusCode> {
    resources::delete_scope(&ctx, &ResourceId(resource), &ScopeId(scope)).await?;
    Ok(StatusCode::NO_CONTENT)
}
