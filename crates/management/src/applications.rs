//! `/api/applications`.

mod access_control;
mod consent_organizations;
mod roles;
mod secrets;
mod sign_in_experience;

use crate::AnyObject;
use crate::listing::{ListQuery, invalid_parameter};
use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_core::model::{Application, ApplicationType, CustomClientMetadata, OidcClientMetadata};
use soleira_core::{ApplicationId, Code, Error, OrganizationId, RoleId};
use soleira_directory::Change;
use soleira_directory::applications::{self, ApplicationPatch, Filter, NewApplication};
use soleira_directory::input::nullable;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(crate) use access_control::*;
pub(crate) use consent_organizations::*;
pub(crate) use roles::*;
pub(crate) use secrets::*;
pub(crate) use sign_in_experience::*;

pub(crate) fn add(routes: Routes) -> Routes {
    let routes = routes
        .get("/api/applications", Access::Management, list)
        .post("/api/applications", Access::Management, create)
        .get("/api/applications/{id}", Access::Management, get)
        .patch("/api/applications/{id}", Access::Management, patch)
        .delete("/api/applications/{id}", Access::Management, delete)
        .patch(
            "/api/applications/{applicationId}/custom-data",
            Access::Management,
            patch_custom_data,
        );
    let routes = consent_organizations::add(sign_in_experience::add(routes));
    access_control::add(roles::add(secrets::add(routes)))
}

/// An application.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Application)]
pub(crate) struct ApplicationView {
    tenant_id: String,
    id: String,
    name: String,
    #[schema(required)]
    description: Option<String>,
    #[serde(rename = "type")]
    kind: ApplicationType,
    oidc_client_metadata: OidcClientMetadata,
    custom_client_metadata: CustomClientMetadata,
    #[schema(required)]
    protected_app_metadata: Option<Value>,
    custom_data: Map<String, Value>,
    is_third_party: bool,
    app_level_access_control_enabled: bool,
    /// Milliseconds since the epoch.
    created_at: i64,
}

impl From<Application> for ApplicationView {
    fn from(application: Application) -> Self {
        Self {
            tenant_id: application.tenant_id.0,
            id: application.id.0,
            name: application.name,
            description: application.description,
            kind: application.kind,
            oidc_client_metadata: application.oidc_client_metadata,
            custom_client_metadata: application.custom_client_metadata,
            protected_app_metadata: application.protected_app_metadata,
            custom_data: application.custom_data,
            is_third_party: application.is_third_party,
            app_level_access_control_enabled: application.app_level_access_control_enabled,
            created_at: application.created_at.0,
        }
    }
}

/// An application, and whether it administers its tenant.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApplicationWithAdmin)]
pub(crate) struct ApplicationWithAdminView {
    #[serde(flatten)]
    application: ApplicationView,
    is_admin: bool,
}

/// Settings of a protected application, which this server does not offer.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read so that its form is checked, and refused by the use case")]
pub(crate) struct NewProtectedApp {
    sub_domain: String,
    origin: String,
}

/// An application to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateApplication {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(rename = "type")]
    kind: ApplicationType,
    #[serde(default)]
    oidc_client_metadata: Option<OidcClientMetadata>,
    #[serde(default)]
    custom_client_metadata: Option<CustomClientMetadata>,
    #[serde(default)]
    custom_data: Map<String, Value>,
    #[serde(default)]
    is_third_party: bool,
    #[serde(default)]
    protected_app_metadata: Option<NewProtectedApp>,
}

impl Validate for CreateApplication {}

/// A change of an application.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(crate) struct UpdateApplication {
    name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    description: Change<String>,
    oidc_client_metadata: Option<OidcClientMetadata>,
    custom_client_metadata: Option<CustomClientMetadata>,
    custom_data: Option<Map<String, Value>>,
    app_level_access_control_enabled: Option<bool>,
    protected_app_metadata: Option<Map<String, Value>>,
    is_admin: Option<bool>,
}

impl Validate for UpdateApplication {}

/// The applications, newest first.
#[utoipa::path(get, path = "/api/applications", operation_id = "ListApplications", tag = "Applications",
    params(
        ("types" = Option<Vec<ApplicationType>>, Query, description = "Only of these types"),
        ("excludeRoleId" = Option<String>, Query, description = "Without those that hold this role"),
        ("excludeOrganizationId" = Option<String>, Query, description = "Without those of this organization"),
        ("isThirdParty" = Option<bool>, Query, description = "Only third-party ones, or only others"),
        ("page" = Option<i64>, Query, minimum = 1), ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100),
        ("search_params" = Option<Object>, Query, description = "search, search.field, mode, joint, isCaseSensitive"),
    ),
    responses((status = 200, body = [ApplicationView])))]
pub(crate) async fn list(ctx: Context, query: ListQuery) -> Result {
    let paging = query.optional_paging()?;
    let exclude_organization = query.value("excludeOrganizationId");
    if query.value("excludeRoleId").is_some() && exclude_organization.is_some() {
        let details = "excludeRoleId and excludeOrganizationId exclude each other";
        return Err(Error::new(Code::RequestInvalidInput).with("details", details).into());
    }
    let types: Option<Vec<ApplicationType>> = query.values("types").map(ApplicationType::parse).collect();
    let Some(types) = types else {
        return Err(invalid_parameter("types", "Unknown application type"));
    };
    let filter = Filter {
        types,
        is_third_party: query.value("isThirdParty").map(soleira_directory::search::is_truthy),
        exclude_role: query.value("excludeRoleId").map(RoleId::from),
        exclude_organization: exclude_organization.map(OrganizationId::from),
        search: query.search(&applications::FIELDS)?,
        ..Filter::default()
    };
    let listing = applications::list(&ctx, filter, paging.map(crate::listing::Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(listed), paging))
}

/// An application as lists show it: the redirect URI of a SAML application is the server's own, and stays out of them.
fn listed(application: Application) -> ApplicationView {
    let mut view = ApplicationView::from(application);
    if view.kind == ApplicationType::Saml {
        view.oidc_client_metadata = OidcClientMetadata::default();
    }
    view
}

/// Creates an application, with a secret if its type can keep one.
#[utoipa::path(post, path = "/api/applications", operation_id = "CreateApplication", tag = "Applications",
    request_body = CreateApplication, responses((status = 200, body = ApplicationView)))]
pub(crate) async fn create(ctx: Context, Valid(input): Valid<CreateApplication>) -> Result<Json<ApplicationView>> {
    let new = NewApplication {
        name: input.name,
        kind: input.kind,
        description: input.description,
        oidc_client_metadata: input.oidc_client_metadata,
        custom_client_metadata: input.custom_client_metadata,
        custom_data: input.custom_data,
        is_third_party: input.is_third_party,
        has_protected_app_metadata: input.protected_app_metadata.is_some(),
    };
    Ok(Json(applications::create(&ctx, new).await?.into()))
}

/// An application, built-in ones included.
#[utoipa::path(get, path = "/api/applications/{id}", operation_id = "GetApplication", tag = "Applications",
    params(("id" = String, Path)), responses((status = 200, body = ApplicationWithAdminView), (status = 404)))]
pub(crate) async fn get(ctx: Context, Path(id): Path<String>) -> Result<Json<ApplicationWithAdminView>> {
    let id = ApplicationId(id);
    let application = applications::get(&ctx, &id).await?;
    let is_admin = applications::is_admin(&ctx, &id).await?;
    Ok(Json(ApplicationWithAdminView {
        application: application.into(),
        is_admin,
    }))
}

/// Changes an application; each member that is given takes the place of the whole member.
#[utoipa::path(patch, path = "/api/applications/{id}", operation_id = "UpdateApplication", tag = "Applications",
    params(("id" = String, Path)), request_body = UpdateApplication,
    responses((status = 200, body = ApplicationView), (status = 404)))]
pub(crate) async fn patch(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateApplication>,
) -> Result<Json<ApplicationView>> {
    let patch = ApplicationPatch {
        name: input.name,
        description: input.description,
        oidc_client_metadata: input.oidc_client_metadata,
        custom_client_metadata: input.custom_client_metadata,
        custom_data: input.custom_data,
        app_level_access_control_enabled: input.app_level_access_control_enabled,
        is_admin: input.is_admin,
        has_protected_app_metadata: input.protected_app_metadata.is_some(),
    };
    Ok(Json(applications::patch(&ctx, &ApplicationId(id), patch).await?.into()))
}

/// Deletes an application with its secrets, grants and tokens.
#[utoipa::path(delete, path = "/api/applications/{id}", operation_id = "DeleteApplication", tag = "Applications",
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    applications::delete(&ctx, &ApplicationId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Merges members into the custom data of an application.
#[utoipa::path(patch, path = "/api/applications/{applicationId}/custom-data",
    operation_id = "UpdateApplicationCustomData", tag = "Applications",
    params(("applicationId" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 404)))]
pub(crate) async fn patch_custom_data(
    ctx: Context,
    Path(id): Path<String>,
    Valid(AnyObject(changes)): Valid<AnyObject>,
) -> Result {
    let merged = applications::merge_custom_data(&ctx, &ApplicationId(id), changes).await?;
    Ok::<Response, _>(Json(merged).into_response())
}
