//! `/api/resources`.

mod scopes;

use crate::listing::ListQuery;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::ResourceId;
use soleira_core::model::Resource;
use soleira_directory::resources::{self, NewResource, ResourcePatch, ResourceWithScopes};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(crate) use scopes::*;

pub(crate) fn add(routes: Routes) -> Routes {
    let routes = routes
        .get("/api/resources", Access::Management, list)
        .post("/api/resources", Access::Management, create)
        .get("/api/resources/{id}", Access::Management, get)
        .patch("/api/resources/{id}", Access::Management, patch)
        .delete("/api/resources/{id}", Access::Management, delete)
        .patch("/api/resources/{id}/is-default", Access::Management, patch_is_default);
    scopes::add(routes)
}

/// An API resource.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Resource)]
pub(crate) struct ResourceView {
    tenant_id: String,
    id: String,
    name: String,
    /// The audience of its tokens.
    indicator: String,
    /// Whether it is meant when a request names none.
    is_default: bool,
    /// Lifetime of its access tokens in seconds.
    access_token_ttl: i64,
}

impl From<Resource> for ResourceView {
    fn from(resource: Resource) -> Self {
        Self {
            tenant_id: resource.tenant_id.0,
            id: resource.id.0,
            name: resource.name,
            indicator: resource.indicator,
            is_default: resource.is_default,
            access_token_ttl: resource.access_token_ttl,
        }
    }
}

/// An API resource with its permissions, if they were asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ResourceWithScopes)]
pub(crate) struct ResourceWithScopesView {
    #[serde(flatten)]
    resource: ResourceView,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<ScopeView>>,
}

impl From<ResourceWithScopes> for ResourceWithScopesView {
    fn from(found: ResourceWithScopes) -> Self {
        let scopes = found.scopes;
        Self {
            resource: found.resource.into(),
            scopes: scopes.map(|scopes| scopes.into_iter().map(ScopeView::from).collect()),
        }
    }
}

/// An API resource to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateResource {
    name: String,
    /// An absolute URI without a fragment. It never changes.
    indicator: String,
    /// Lifetime of its access tokens in seconds; 3600 if absent.
    #[serde(default)]
    access_token_ttl: Option<i64>,
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and the tenant is the one that is asked")]
    tenant_id: Option<String>,
}

impl Validate for CreateResource {}

/// A change of an API resource.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateResource {
    name: Option<String>,
    access_token_ttl: Option<i64>,
    /// Ignored: the tenant is the one that is asked.
    tenant_id: Option<String>,
}

impl Validate for UpdateResource {}

/// Whether a resource is the default.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IsDefault {
    is_default: bool,
}

impl Validate for IsDefault {}

/// The API resources, newest first.
#[utoipa::path(get, path = "/api/resources", operation_id = "ListResources", tag = "Resources",
    params(("includeScopes" = Option<String>, Query, description = "With their permissions"),
        ("page" = Option<i64>, Query, minimum = 1), ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [ResourceWithScopesView])))]
pub(crate) async fn list(ctx: Context, query: ListQuery) -> Result {
    let paging = query.optional_paging()?;
    let with_scopes = query.is_on("includeScopes");
    let listing = resources::list(&ctx, with_scopes, paging.map(crate::listing::Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(ResourceWithScopesView::from), paging))
}

/// Creates an API resource.
#[utoipa::path(post, path = "/api/resources", operation_id = "CreateResource", tag = "Resources",
    request_body = CreateResource,
    responses((status = 201, body = ResourceWithScopesView), (status = 400), (status = 422)))]
pub(crate) async fn create(
    ctx: Context,
    Valid(input): Valid<CreateResource>,
) -> Result<(StatusCode, Json<ResourceWithScopesView>)> {
    let new = NewResource {
        name: input.name,
        indicator: input.indicator,
        access_token_ttl: input.access_token_ttl,
    };
    let created = ResourceWithScopesView {
        resource: resources::create(&ctx, new).await?.into(),
        scopes: Some(Vec::new()),
    };
    Ok((StatusCode::CREATED, Json(created)))
}

/// An API resource.
#[utoipa::path(get, path = "/api/resources/{id}", operation_id = "GetResource", tag = "Resources",
    params(("id" = String, Path)), responses((status = 200, body = ResourceView), (status = 404)))]
pub(crate) async fn get(ctx: Context, Path(id): Path<String>) -> Result<Json<ResourceView>> {
    Ok(Json(resources::get(&ctx, &ResourceId(id)).await?.into()))
}

/// Changes an API resource; its indicator never changes.
#[utoipa::path(patch, path = "/api/resources/{id}", operation_id = "UpdateResource", tag = "Resources",
    params(("id" = String, Path)), request_body = UpdateResource,
    responses((status = 200, body = ResourceView), (status = 400), (status = 404)))]
pub(crate) async fn patch(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateResource>,
) -> Result<Json<ResourceView>> {
    let patch = ResourcePatch {
        name: input.name,
        access_token_ttl: input.access_token_ttl,
    };
    Ok(Json(resources::patch(&ctx, &ResourceId(id), patch).await?.into()))
}

/// Makes an API resource the one that is meant when a request names none, or no longer.
#[utoipa::path(patch, path = "/api/resources/{id}/is-default", operation_id = "UpdateResourceIsDefault",
    tag = "Resources", params(("id" = String, Path)), request_body = IsDefault,
    responses((status = 200, body = ResourceView), (status = 404)))]
pub(crate) async fn patch_is_default(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<IsDefault>,
) -> Result<Json<ResourceView>> {
    let resource = resources::set_default(&ctx, &ResourceId(id), input.is_default).await?;
    Ok(Json(resource.into()))
}

/// Deletes an API resource with its permissions.
#[utoipa::path(delete, path = "/api/resources/{id}", operation_id = "DeleteResource", tag = "Resources",
    params(("id" = String, Path)), responses((status = 204), (status = 400), (status = 404)))]
pub(crate) async fn delete(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    resources::delete(&ctx, &ResourceId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
