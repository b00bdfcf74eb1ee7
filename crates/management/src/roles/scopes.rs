//! The permissions of a role.

use crate::listing::ListQuery;
use crate::resources::{ResourceView, ScopeView};
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::model::{Resource, Scope};
use soleira_core::{RoleId, ScopeId};
use soleira_directory::resources::SCOPE_FIELDS;
use soleira_directory::roles;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/roles/{id}/scopes", Access::Management, list_role_scopes)
        .post("/api/roles/{id}/scopes", Access::Management, assign_role_scopes)
        .delete(
            "/api/roles/{id}/scopes/{scopeId}",
            Access::Management,
            delete_role_scope,
        )
}

/// A permission with the API resource that it is one of.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ScopeWithResource)]
pub(crate) struct ScopeWithResourceView {
    #[serde(flatten)]
    scope: ScopeView,
    resource: ResourceView,
}

impl From<(Scope, Resource)> for ScopeWithResourceView {
    fn from((scope, resource): (Scope, Resource)) -> Self {
        Self {
            scope: scope.into(),
            resource: resource.into(),
        }
    }
}

/// Permissions to give to a role.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScopeIds {
    #[schema(value_type = Vec<String>)]
    scope_ids: Vec<ScopeId>,
}

impl Validate for ScopeIds {}

/// The permissions of a role, newest first.
#[utoipa::path(get, path = "/api/roles/{id}/scopes", operation_id = "ListRoleScopes", tag = "Roles",
    params(("id" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100), ("search_params" = Option<Object>, Query)),
    responses((status = 200, body = [ScopeWithResourceView]), (status = 404)))]
pub(crate) async fn list_role_scopes(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.optional_paging()?;
    let search = query.search(&SCOPE_FIELDS)?;
    let listing = roles::scopes(&ctx, &RoleId(id), search, paging.map(crate::listing::Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(ScopeWithResourceView::from), paging))
}

/// Gives permissions to a role; answers all that it has then.
#[utoipa::path(post, path = "/api/roles/{id}/scopes", operation_id = "CreateRoleScope", tag = "Roles",
    params(("id" = String, Path)), request_body = ScopeIds,
    responses((status = 201, body = [ScopeView]), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn assign_role_scopes(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<ScopeIds>,
) -> Result<(StatusCode, Json<Vec<ScopeView>>)> {
    let all = roles::add_scopes(&ctx, &RoleId(id), input.scope_ids).await?;
    Ok((
        StatusCode::CREATED,
        Json(all.into_iter().map(ScopeView::from).collect()),
    ))
}

/// Takes a permission from a role.
#[utoipa::path(delete, path = "/api/roles/{id}/scopes/{scopeId}", operation_id = "DeleteRoleScope", tag = "Roles",
    params(("id" = String, Path), ("scopeId" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_role_scope(ctx: Context, Path((id, scope)): Path<(String, String)>) -> Result<StatusCode> {
    roles::remove_scope(&ctx, &RoleId(id), &ScopeId(scope)).await?;
    Ok(StatusCode::NO_CONTENT)
}
