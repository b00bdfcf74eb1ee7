//! What third-party applications may ask people for, in the form of the wire: of each registered one, and of all clients
//! of metadata documents.

use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::ApplicationId;
use soleira_directory::consent_scopes::{
    self, ConsentScopes, Kind, NewConsentScopes, OrganizationScopeRow, Owner, ResourceScopeRow,
};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

const OF_APPLICATION: &str = "/api/applications/{applicationId}/user-consent-scopes";
const OF_DOCUMENTS: &str = "/api/cimd/user-consent-scopes";

pub(crate) fn add(routes: Routes) -> Routes {
    routes
        .get(OF_APPLICATION, Access::Management, list_consent_scopes)
        .post(OF_APPLICATION, Access::Management, add_consent_scopes)
        .delete(
            "/api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}",
            Access::Management,
            delete_consent_scope,
        )
        .get(OF_DOCUMENTS, Access::Management, list_cimd_consent_scopes)
        .post(OF_DOCUMENTS, Access::Management, add_cimd_consent_scopes)
        .delete(
            "/api/cimd/user-consent-scopes/{scopeType}/{scopeId}",
            Access::Management,
            delete_cimd_consent_scope,
        )
}

/// A standard scope that a person can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserScope {
    Profile,
    Email,
    Phone,
    Address,
    CustomData,
    Identities,
    Roles,
    #[serde(rename = "urn:logto:scope:organizations")]
    Organizations,
    #[serde(rename = "urn:logto:scope:organization_roles")]
    OrganizationRoles,
    #[serde(rename = "urn:logto:scope:sessions")]
    Sessions,
    #[serde(rename = "urn:logto:scope:trusted_devices")]
    TrustedDevices,
}

impl UserScope {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::CustomData => "custom_data",
            Self::Identities => "identities",
            Self::Roles => "roles",
            Self::Organizations => "urn:logto:scope:organizations",
            Self::OrganizationRoles => "urn:logto:scope:organization_roles",
            Self::Sessions => "urn:logto:scope:sessions",
            Self::TrustedDevices => "urn:logto:scope:trusted_devices",
        }
    }
}

/// A kind of scope, as the address of one names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::enum_variant_names, reason = "the names of the wire")]
pub(crate) enum ScopeType {
    OrganizationScopes,
    ResourceScopes,
    OrganizationResourceScopes,
    UserScopes,
}

impl ScopeType {
    /// The kind that a part of an address names.
    fn parse(name: &str) -> Result<Kind> {
        match serde_json::from_value(name.into()) {
            Ok(Self::OrganizationScopes) => Ok(Kind::Organization),
            Ok(Self::ResourceScopes) => Ok(Kind::Resource),
            Ok(Self::OrganizationResourceScopes) => Ok(Kind::OrganizationResource),
            Ok(Self::UserScopes) => Ok(Kind::User),
            Err(_) => Err(crate::listing::invalid_parameter("scopeType", "Unknown scope type")),
        }
    }
}

/// A permission.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ConsentScope {
    id: String,
    name: String,
    #[schema(required)]
    description: Option<String>,
}

/// An API resource in short.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ConsentResource {
    id: String,
    name: String,
    indicator: String,
}

/// Permissions on one API resource.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ConsentResourceScopes {
    resource: ConsentResource,
    scopes: Vec<ConsentScope>,
}

/// What people can be asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
pub(crate) struct UserConsentScopes {
    /// Permissions in organizations.
    organization_scopes: Vec<ConsentScope>,
    /// Permissions on API resources that people have by themselves.
    resource_scopes: Vec<ConsentResourceScopes>,
    /// Permissions on API resources that people have in organizations.
    organization_resource_scopes: Vec<ConsentResourceScopes>,
    /// Standard scopes.
    #[schema(value_type = Vec<UserScope>)]
    user_scopes: Vec<String>,
}

impl From<OrganizationScopeRow> for ConsentScope {
    fn from(row: OrganizationScopeRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            description: row.description,
        }
    }
}

/// Rows in the order of their resources, put together by resource.
fn by_resource(rows: Vec<ResourceScopeRow>) -> Vec<ConsentResourceScopes> {
    let mut resources: Vec<ConsentResourceScopes> = Vec::new();
    for row in rows {
        let scope = ConsentScope {
            id: row.id.0,
            name: row.name,
            description: row.description,
        };
        match resources.last_mut() {
            Some(last) if last.resource.indicator == row.indicator => last.scopes.push(scope),
            _ => resources.push(ConsentResourceScopes {
                resource: ConsentResource {
                    id: row.resource_id.0,
                    name: row.resource_name,
                    indicator: row.indicator,
                },
                scopes: vec![scope],
            }),
        }
    }
    resources
}

impl From<ConsentScopes> for UserConsentScopes {
    fn from(scopes: ConsentScopes) -> Self {
        Self {
            organization_scopes: scopes.organization.into_iter().map(ConsentScope::from).collect(),
            resource_scopes: by_resource(scopes.resource),
            organization_resource_scopes: by_resource(scopes.organization_resource),
            user_scopes: scopes.user,
        }
    }
}

/// What is to be added.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
pub(crate) struct NewUserConsentScopes {
    /// Identifiers of permissions in organizations.
    organization_scopes: Vec<String>,
    /// Identifiers of permissions on API resources that people have by themselves.
    resource_scopes: Vec<String>,
    /// Identifiers of permissions on API resources that people have in organizations.
    organization_resource_scopes: Vec<String>,
    /// Standard scopes.
    user_scopes: Vec<UserScope>,
}

impl Validate for NewUserConsentScopes {}

impl From<NewUserConsentScopes> for NewConsentScopes {
    fn from(new: NewUserConsentScopes) -> Self {
        Self {
            organization: new.organization_scopes,
            resource: new.resource_scopes,
            organization_resource: new.organization_resource_scopes,
            user: new
                .user_scopes
                .into_iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
        }
    }
}

/// What a third-party application may ask people for.
#[utoipa::path(get, path = "/api/applications/{applicationId}/user-consent-scopes",
    operation_id = "ListApplicationUserConsentScopes", tag = "Applications",
    params(("applicationId" = String, Path)), responses((status = 200, body = UserConsentScopes), (status = 404)))]
pub(crate) async fn list_consent_scopes(ctx: Context, Path(id): Path<String>) -> Result<Json<UserConsentScopes>> {
    let owner = Owner::Application(ApplicationId(id));
    Ok(Json(consent_scopes::list(&ctx, &owner).await?.into()))
}

/// Adds to what a third-party application may ask people for.
#[utoipa::path(post, path = "/api/applications/{applicationId}/user-consent-scopes",
    operation_id = "CreateApplicationUserConsentScope", tag = "Applications",
    params(("applicationId" = String, Path)), request_body = NewUserConsentScopes,
    responses((status = 201), (status = 404), (status = 422)))]
pub(crate) async fn add_consent_scopes(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<NewUserConsentScopes>,
) -> Result<StatusCode> {
    consent_scopes::add(&ctx, Owner::Application(ApplicationId(id)), input.into()).await?;
    Ok(StatusCode::CREATED)
}

/// Takes something off what a third-party application may ask people for.
#[utoipa::path(delete, path = "/api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}",
    operation_id = "DeleteApplicationUserConsentScope", tag = "Applications",
    params(("applicationId" = String, Path), ("scopeType" = ScopeType, Path), ("scopeId" = String, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn delete_consent_scope(
    ctx: Context,
    Path((id, kind, scope)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    let owner = Owner::Application(ApplicationId(id));
    consent_scopes::remove(&ctx, owner, ScopeType::parse(&kind)?, &scope).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What clients of metadata documents may ask people for.
#[utoipa::path(get, path = "/api/cimd/user-consent-scopes", operation_id = "ListCimdUserConsentScopes", tag = "CIMD",
    responses((status = 200, body = UserConsentScopes)))]
pub(crate) async fn list_cimd_consent_scopes(ctx: Context) -> Result<Json<UserConsentScopes>> {
    Ok(Json(consent_scopes::list(&ctx, &Owner::Documents).await?.into()))
}

/// Adds to what clients of metadata documents may ask people for.
#[utoipa::path(post, path = "/api/cimd/user-consent-scopes", operation_id = "AssignCimdUserConsentScopes", tag = "CIMD",
    request_body = NewUserConsentScopes, responses((status = 201), (status = 422)))]
pub(crate) async fn add_cimd_consent_scopes(
    ctx: Context,
    Valid(input): Valid<NewUserConsentScopes>,
) -> Result<StatusCode> {
    consent_scopes::add(&ctx, Owner::Documents, input.into()).await?;
    Ok(StatusCode::CREATED)
}

/// Takes something off what clients of metadata documents may ask people for.
#[utoipa::path(delete, path = "/api/cimd/user-consent-scopes/{scopeType}/{scopeId}",
    operation_id = "DeleteCimdUserConsentScope", tag = "CIMD",
    params(("scopeType" = ScopeType, Path), ("scopeId" = String, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn delete_cimd_consent_scope(
    ctx: Context,
    Path((kind, scope)): Path<(String, String)>,
) -> Result<StatusCode> {
    consent_scopes::remove(&ctx, Owner::Documents, ScopeType::parse(&kind)?, &scope).await?;
    Ok(StatusCode::NO_CONTENT)
}
