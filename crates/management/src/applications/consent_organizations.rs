//! The organizations that people opened to third-party applications.

use crate::listing::ListQuery;
use crate::organizations::OrganizationView;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::{ApplicationId, OrganizationId, UserId};
use soleira_directory::applications;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

const PATH: &str = "/api/applications/{id}/users/{userId}/consent-organizations";

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get(PATH, Access::Management, list_consent_organizations)
        .post(PATH, Access::Management, add_consent_organizations)
        .put(PATH, Access::Management, replace_consent_organizations)
        .delete(
            "/api/applications/{id}/users/{userId}/consent-organizations/{organizationId}",
            Access::Management,
            delete_consent_organization,
        )
}

/// Organizations.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ConsentOrganizations {
    organizations: Vec<OrganizationView>,
}

/// Identifiers of organizations.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentOrganizationIds {
    #[schema(value_type = Vec<String>)]
    organization_ids: Vec<OrganizationId>,
}

impl Validate for ConsentOrganizationIds {}

/// The organizations that a person opened to an application.
#[utoipa::path(get, path = "/api/applications/{id}/users/{userId}/consent-organizations",
    operation_id = "ListApplicationUserConsentOrganizations", tag = "Applications",
    params(("id" = String, Path), ("userId" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = ConsentOrganizations), (status = 404), (status = 422)))]
pub(crate) async fn list_consent_organizations(
    ctx: Context,
    Path((id, user)): Path<(String, String)>,
    query: ListQuery,
) -> Result {
    let paging = query.paging()?;
    let (id, user) = (ApplicationId(id), UserId(user));
    let listing = applications::list_consent_organizations(&ctx, &id, &user, paging.rows()).await?;
    let total = listing.total;
    let organizations = listing.rows.into_iter().map(OrganizationView::from).collect();
    Ok(query.answer_with(&ctx, ConsentOrganizations { organizations }, total, Some(paging)))
}

/// Opens organizations of a person to an application.
#[utoipa::path(post, path = "/api/applications/{id}/users/{userId}/consent-organizations",
    operation_id = "CreateApplicationUserConsentOrganization", tag = "Applications",
    params(("id" = String, Path), ("userId" = String, Path)), request_body = ConsentOrganizationIds,
    responses((status = 201), (status = 404), (status = 422)))]
pub(crate) async fn add_consent_organizations(
    ctx: Context,
    Path((id, user)): Path<(String, String)>,
    Valid(input): Valid<ConsentOrganizationIds>,
) -> Result<StatusCode> {
    let (id, user) = (ApplicationId(id), UserId(user));
    applications::open_organizations(&ctx, &id, &user, input.organization_ids, false).await?;
    Ok(StatusCode::CREATED)
}

/// Makes these organizations the ones that a person opened to an application.
#[utoipa::path(put, path = "/api/applications/{id}/users/{userId}/consent-organizations",
    operation_id = "ReplaceApplicationUserConsentOrganizations", tag = "Applications",
    params(("id" = String, Path), ("userId" = String, Path)), request_body = ConsentOrganizationIds,
    responses((status = 204), (status = 404), (status = 422)))]
pub(crate) async fn replace_consent_organizations(
    ctx: Context,
    Path((id, user)): Path<(String, String)>,
    Valid(input): Valid<ConsentOrganizationIds>,
) -> Result<StatusCode> {
    let (id, user) = (ApplicationId(id), UserId(user));
    applications::open_organizations(&ctx, &id, &user, input.organization_ids, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes an organization of a person to an application.
#[utoipa::path(delete, path = "/api/applications/{id}/users/{userId}/consent-organizations/{organizationId}",
    operation_id = "DeleteApplicationUserConsentOrganization", tag = "Applications",
    params(("id" = String, Path), ("userId" = String, Path), ("organizationId" = String, Path)),
    responses((status = 204), (status = 404), (status = 422)))]
pub(crate) async fn delete_consent_organization(
    ctx: Context,
    Path((id, user, organization)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    let (id, user) = (ApplicationId(id), UserId(user));
    applications::close_organization(&ctx, &id, &user, &OrganizationId(organization)).await?;
    Ok(StatusCode::NO_CONTENT)
}
