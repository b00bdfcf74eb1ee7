//! `/api/organizations`, and the roles and permissions that all organizations share.

mod applications;
mod roles;
mod scopes;
mod users;

use crate::listing::ListQuery;
use crate::roles::FeaturedUser;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_core::model::{Branding, Organization, OrganizationColor};
use soleira_core::{OrganizationId, OrganizationRoleId, Timestamp};
use soleira_directory::input::nullable;
use soleira_directory::organizations::{self, Featured, HeldRole, OrganizationPatch};
use soleira_directory::{Change, Search};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(crate) use applications::*;
pub(crate) use roles::*;
pub(crate) use scopes::*;
pub(crate) use users::*;

pub(crate) fn add(routes: Routes) -> Routes {
    let routes = routes
        .get("/api/organizations", Access::Management, list)
        .post("/api/organizations", Access::Management, create)
        .get("/api/organizations/{id}", Access::Management, get)
        .patch("/api/organizations/{id}", Access::Management, patch)
        .delete("/api/organizations/{id}", Access::Management, delete);
    let routes = users::add(routes);
    let routes = applications::add(routes);
    let routes = roles::add(routes);
    scopes::add(routes)
}

/// An organization.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub(crate) struct OrganizationView {
    tenant_id: String,
    id: String,
    name: String,
    #[schema(required)]
    description: Option<String>,
    custom_data: Map<String, Value>,
    /// Whether members need a second factor to get its tokens.
    is_mfa_required: bool,
    color: OrganizationColor,
    branding: Branding,
    #[schema(required)]
    custom_css: Option<String>,
    /// Milliseconds since the epoch.
    created_at: i64,
}

impl From<Organization> for OrganizationView {
    fn from(organization: Organization) -> Self {
        Self {
            tenant_id: organization.tenant_id.0,
            id: organization.id.0,
            name: organization.name,
            description: organization.description,
            custom_data: organization.custom_data,
            is_mfa_required: organization.is_mfa_required,
            color: organization.color,
            branding: organization.branding,
            custom_css: organization.custom_css,
            created_at: organization.created_at.0,
        }
    }
}

/// An organization with its users in short, if they were asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationWithFeatured)]
pub(crate) struct OrganizationWithFeaturedView {
    #[serde(flatten)]
    organization: OrganizationView,
    #[serde(skip_serializing_if = "Option::is_none")]
    users_count: Option<i64>,
    /// The newest three.
    #[serde(skip_serializing_if = "Option::is_none")]
    featured_users: Option<Vec<FeaturedUser>>,
}

impl From<Organization> for OrganizationWithFeaturedView {
    fn from(organization: Organization) -> Self {
        Self {
            organization: organization.into(),
            users_count: None,
            featured_users: None,
        }
    }
}

impl From<(Organization, Featured)> for OrganizationWithFeaturedView {
    fn from((organization, featured): (Organization, Featured)) -> Self {
        let users = featured.featured_users.into_iter();
        Self {
            organization: organization.into(),
            users_count: Some(featured.users),
            featured_users: Some(users.map(FeaturedUser::from).collect()),
        }
    }
}

/// A role that a member holds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = HeldOrganizationRole)]
pub(crate) struct HeldRoleView {
    id: String,
    name: String,
}

impl From<HeldRole> for HeldRoleView {
    fn from(role: HeldRole) -> Self {
        Self {
            id: role.id.0,
            name: role.name,
        }
    }
}

fn held(roles: Vec<HeldRole>) -> Vec<HeldRoleView> {
    roles.into_iter().map(HeldRoleView::from).collect()
}

/// An organization of a member, and the roles that they hold in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationWithRoles)]
pub(crate) struct OrganizationWithRolesView {
    #[serde(flatten)]
    organization: OrganizationView,
    organization_roles: Vec<HeldRoleView>,
}

impl From<(Organization, Vec<HeldRole>)> for OrganizationWithRolesView {
    fn from((organization, roles): (Organization, Vec<HeldRole>)) -> Self {
        Self {
            organization: organization.into(),
            organization_roles: held(roles),
        }
    }
}

/// An organization to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateOrganization {
    #[serde(default)]
    #[expect(dead_code, reason = "clients send it, and the tenant is the one that is asked")]
    tenant_id: Option<String>,
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    custom_data: Option<Map<String, Value>>,
    #[serde(default)]
    is_mfa_required: Option<bool>,
    #[serde(default)]
    color: Option<OrganizationColor>,
    #[serde(default)]
    branding: Option<Branding>,
    #[serde(default)]
    custom_css: Option<String>,
    #[serde(default)]
    created_at: Option<i64>,
}

impl Validate for CreateOrganization {}

/// A change of an organization.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateOrganization {
    /// Ignored: the tenant is the one that is asked.
    tenant_id: Option<String>,
    name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    description: Change<String>,
    custom_data: Option<Map<String, Value>>,
    is_mfa_required: Option<bool>,
    color: Option<OrganizationColor>,
    branding: Option<Branding>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    custom_css: Change<String>,
    created_at: Option<i64>,
}

impl Validate for UpdateOrganization {}

/// Organization roles, by identifier.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationRoleIds {
    #[schema(value_type = Vec<String>)]
    organization_role_ids: Vec<OrganizationRoleId>,
}

impl Validate for OrganizationRoleIds {}

/// The organizations, newest first.
#[utoipa::path(get, path = "/api/organizations", operation_id = "ListOrganizations", tag = "Organizations",
    params(("q" = Option<String>, Query, description = "A part of the identifier or the name"),
        ("showFeatured" = Option<bool>, Query, description = "With how many users, and the newest three"),
        ("page" = Option<i64>, Query, minimum = 1), ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationWithFeaturedView])))]
pub(crate) async fn list(ctx: Context, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = Search::containing(query.value("q").unwrap_or_default(), &organizations::FIELDS);
    let listing = if query.is_on("showFeatured") {
        let listing = organizations::list_with_featured(&ctx, search, paging.rows()).await?;
        listing.map(OrganizationWithFeaturedView::from)
    } else {
        let listing = organizations::list(&ctx, search, paging.rows()).await?;
        listing.map(OrganizationWithFeaturedView::from)
    };
    Ok(query.answer(&ctx, listing, Some(paging)))
}

/// Creates an organization.
#[utoipa::path(post, path = "/api/organizations", operation_id = "CreateOrganization", tag = "Organizations",
    request_body = CreateOrganization,
    responses((status = 201, body = OrganizationView), (status = 400), (status = 422)))]
pub(crate) async fn create(
    ctx: Context,
    Valid(input): Valid<CreateOrganization>,
) -> Result<(StatusCode, Json<OrganizationView>)> {
    let details = OrganizationPatch {
        name: None,
        description: Some(input.description),
        custom_data: input.custom_data,
        is_mfa_required: input.is_mfa_required,
        color: input.color,
        branding: input.branding,
        custom_css: Some(input.custom_css),
        created_at: input.created_at.map(Timestamp),
    };
    let organization = organizations::create(&ctx, input.name, details).await?;
    Ok((StatusCode::CREATED, Json(organization.into())))
}

/// An organization.
#[utoipa::path(get, path = "/api/organizations/{id}", operation_id = "GetOrganization", tag = "Organizations",
    params(("id" = String, Path)), responses((status = 200, body = OrganizationView), (status = 404)))]
pub(crate) async fn get(ctx: Context, Path(id): Path<String>) -> Result<Json<OrganizationView>> {
    Ok(Json(organizations::get(&ctx, &OrganizationId(id)).await?.into()))
}

/// Changes an organization; each member that is given takes the place of the whole member.
#[utoipa::path(patch, path = "/api/organizations/{id}", operation_id = "UpdateOrganization", tag = "Organizations",
    params(("id" = String, Path)), request_body = UpdateOrganization,
    responses((status = 200, body = OrganizationView), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn patch(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateOrganization>,
) -> Result<Json<OrganizationView>> {
    let patch = OrganizationPatch {
        name: input.name,
        description: input.description,
        custom_data: input.custom_data,
        is_mfa_required: input.is_mfa_required,
        color: input.color,
        branding: input.branding,
        custom_css: input.custom_css,
        created_at: input.created_at.map(Timestamp),
    };
    let organization = organizations::patch(&ctx, &OrganizationId(id), patch).await?;
    Ok(Json(organization.into()))
}

/// Deletes an organization; its members stay in the tenant.
#[utoipa::path(delete, path = "/api/organizations/{id}", operation_id = "DeleteOrganization", tag = "Organizations",
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    organizations::delete(&ctx, &OrganizationId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
