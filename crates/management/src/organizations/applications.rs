//! Machine-to-machine applications of organizations, and the roles that they hold there.

use super::{HeldRoleView, OrganizationRoleIds, OrganizationRoleView, OrganizationWithRolesView, held};
use crate::applications::ApplicationView;
use crate::listing::{ListQuery, Paging};
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::model::Application;
use soleira_core::{ApplicationId, OrganizationId, OrganizationRoleId};
use soleira_directory::Search;
use soleira_directory::applications::FIELDS;
use soleira_directory::organizations::HeldRole;
use soleira_directory::organizations::members;
use soleira_web::{Access, Context, Issues, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    let all = "/api/organizations/{id}/applications";
    let roles = "/api/organizations/{id}/applications/{applicationId}/roles";
    routes
        .get(all, Access::Management, list_organization_applications)
        .post(all, Access::Management, add_organization_applications)
        .put(all, Access::Management, replace_organization_applications)
        .post(
            "/api/organizations/{id}/applications/roles",
            Access::Management,
            assign_roles_to_applications,
        )
        .delete(
            "/api/organizations/{id}/applications/{applicationId}",
            Access::Management,
            delete_organization_application,
        )
        .get(roles, Access::Management, list_organization_application_roles)
        .post(roles, Access::Management, assign_organization_application_roles)
        .put(roles, Access::Management, replace_organization_application_roles)
        .delete(
            "/api/organizations/{id}/applications/{applicationId}/roles/{organizationRoleId}",
            Access::Management,
            delete_organization_application_role,
        )
        .get(
            "/api/applications/{id}/organizations",
            Access::Management,
            list_application_organizations,
        )
}

/// An application of an organization, and the roles that it holds in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationApplication)]
pub(crate) struct OrganizationApplicationView {
    #[serde(flatten)]
    application: ApplicationView,
    organization_roles: Vec<HeldRoleView>,
}

impl From<(Application, Vec<HeldRole>)> for OrganizationApplicationView {
    fn from((application, roles): (Application, Vec<HeldRole>)) -> Self {
        Self {
            application: application.into(),
            organization_roles: held(roles),
        }
    }
}

/// Applications.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationApplicationIds {
    #[schema(value_type = Vec<String>)]
    application_ids: Vec<ApplicationId>,
}

impl Validate for OrganizationApplicationIds {}

/// Roles to give to each of several applications.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationsAndRoles {
    #[schema(value_type = Vec<String>)]
    application_ids: Vec<ApplicationId>,
    #[schema(value_type = Vec<String>)]
    organization_role_ids: Vec<OrganizationRoleId>,
}

impl Validate for ApplicationsAndRoles {}

/// Organization roles for an application: at least one.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct SomeOrganizationRoleIds(OrganizationRoleIds);

impl Validate for SomeOrganizationRoleIds {
    fn validate(&self, issues: &mut Issues) {
        if self.0.organization_role_ids.is_empty() {
            let message = "Array must contain at least 1 element(s)";
            issues.add("organizationRoleIds", "too_small", message);
        }
    }
}

/// The applications of an organization, newest first.
#[utoipa::path(get, path = "/api/organizations/{id}/applications", operation_id = "ListOrganizationApplications",
    tag = "Organizations",
    params(("id" = String, Path),
        ("q" = Option<String>, Query, description = "A part of the identifier, the name or the description"),
        ("page" = Option<i64>, Query, minimum = 1), ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationApplicationView])))]
pub(crate) async fn list_organization_applications(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let search = Search::containing(query.value("q").unwrap_or_default(), &FIELDS);
    let listing = members::list_applications(&ctx, &OrganizationId(id), search, paging.rows()).await?;
    Ok(query.answer(&ctx, listing.map(OrganizationApplicationView::from), Some(paging)))
}

/// Lets machine-to-machine applications into an organization.
#[utoipa::path(post, path = "/api/organizations/{id}/applications", operation_id = "AddOrganizationApplications",
    tag = "Organizations", params(("id" = String, Path)), request_body = OrganizationApplicationIds,
    responses((status = 201), (status = 400), (status = 422)))]
pub(crate) async fn add_organization_applications(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<OrganizationApplicationIds>,
) -> Result<StatusCode> {
    members::add(&ctx, &OrganizationId(id), input.application_ids).await?;
    Ok(StatusCode::CREATED)
}

/// Makes these the applications of an organization; those that stay keep their roles.
#[utoipa::path(put, path = "/api/organizations/{id}/applications", operation_id = "ReplaceOrganizationApplications",
    tag = "Organizations", params(("id" = String, Path)), request_body = OrganizationApplicationIds,
    responses((status = 204), (status = 400), (status = 422)))]
pub(crate) async fn replace_organization_applications(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<OrganizationApplicationIds>,
) -> Result<StatusCode> {
    members::replace(&ctx, &OrganizationId(id), input.application_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives each of these roles to each of these applications.
#[utoipa::path(post, path = "/api/organizations/{id}/applications/roles",
    operation_id = "AssignOrganizationRolesToApplications", tag = "Organizations", params(("id" = String, Path)),
    request_body = ApplicationsAndRoles, responses((status = 201), (status = 400), (status = 422)))]
pub(crate) async fn assign_roles_to_applications(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<ApplicationsAndRoles>,
) -> Result<StatusCode> {
    let (applications, roles) = (input.application_ids, input.organization_role_ids);
    members::give_roles(&ctx, &OrganizationId(id), applications, roles).await?;
    Ok(StatusCode::CREATED)
}

/// Removes an application from an organization.
#[utoipa::path(delete, path = "/api/organizations/{id}/applications/{applicationId}",
    operation_id = "DeleteOrganizationApplication", tag = "Organizations",
    params(("id" = String, Path), ("applicationId" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_organization_application(
    ctx: Context,
    Path((id, application)): Path<(String, String)>,
) -> Result<StatusCode> {
    members::remove(&ctx, &OrganizationId(id), &ApplicationId(application)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The roles that an application holds in an organization, by name.
#[utoipa::path(get, path = "/api/organizations/{id}/applications/{applicationId}/roles",
    operation_id = "ListOrganizationApplicationRoles", tag = "Organizations",
    params(("id" = String, Path), ("applicationId" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationRoleView]), (status = 422)))]
pub(crate) async fn list_organization_application_roles(
    ctx: Context,
    Path((id, application)): Path<(String, String)>,
    query: ListQuery,
) -> Result {
    let paging = query.optional_paging()?;
    let application = ApplicationId(application);
    let listing = members::roles(&ctx, &OrganizationId(id), &application, paging.map(Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(OrganizationRoleView::from), paging))
}

/// Gives roles to an application of an organization.
#[utoipa::path(post, path = "/api/organizations/{id}/applications/{applicationId}/roles",
    operation_id = "AssignOrganizationRolesToApplication", tag = "Organizations",
    params(("id" = String, Path), ("applicationId" = String, Path)), request_body = OrganizationRoleIds,
    responses((status = 201), (status = 400), (status = 422)))]
pub(crate) async fn assign_organization_application_roles(
    ctx: Context,
    Path((id, application)): Path<(String, String)>,
    Valid(SomeOrganizationRoleIds(input)): Valid<SomeOrganizationRoleIds>,
) -> Result<StatusCode> {
    let (application, roles) = (ApplicationId(application), input.organization_role_ids.into());
    members::add_roles(&ctx, &OrganizationId(id), &application, roles).await?;
    Ok(StatusCode::CREATED)
}

/// Makes these the roles that an application holds in an organization.
#[utoipa::path(put, path = "/api/organizations/{id}/applications/{applicationId}/roles",
    operation_id = "ReplaceOrganizationApplicationRoles", tag = "Organizations",
    params(("id" = String, Path), ("applicationId" = String, Path)), request_body = OrganizationRoleIds,
    responses((status = 204), (status = 400), (status = 422)))]
pub(crate) async fn replace_organization_application_roles(
    ctx: Context,
    Path((id, application)): Path<(String, String)>,
    Valid(SomeOrganizationRoleIds(input)): Valid<SomeOrganizationRoleIds>,
) -> Result<StatusCode> {
    let (application, roles) = (ApplicationId(application), input.organization_role_ids.into());
    members::replace_roles(&ctx, &OrganizationId(id), &application, roles).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a role from an application of an organization.
#[utoipa::path(delete, path = "/api/organizations/{id}/applications/{applicationId}/roles/{organizationRoleId}",
    operation_id = "DeleteOrganizationApplicationRole", tag = "Organizations",
    params(("id" = String, Path), ("applicationId" = String, Path), ("organizationRoleId" = String, Path)),
    responses((status = 204), (status = 404), (status = 422)))]
pub(crate) async fn delete_organization_application_role(
    ctx: Context,
    Path((id, application, role)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    let (application, role) = (ApplicationId(application), OrganizationRoleId(role));
    members::take_role(&ctx, &OrganizationId(id), &application, &role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The organizations of an application with the roles that it holds there, newest first.
#[utoipa::path(get, path = "/api/applications/{id}/organizations", operation_id = "ListApplicationOrganizations",
    tag = "Applications",
    params(("id" = String, Path), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OrganizationWithRolesView]), (status = 404)))]
pub(crate) async fn list_application_organizations(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result {
    let paging = query.optional_paging()?;
    let rows = paging.map(Paging::rows);
    let listing = members::organizations_of_application(&ctx, &ApplicationId(id), rows).await?;
    Ok(query.answer(&ctx, listing.map(OrganizationWithRolesView::from), paging))
}
