//! Who may use an application whose access is controlled.

use axum::Json;
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use soleira_core::{ApplicationId, OrganizationId, OrganizationRoleId, RoleId, UserId};
use soleira_directory::applications::{self, AccessRules, NewAccessRules};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

const PATH: &str = "/api/applications/{applicationId}/access-control";

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get(PATH, Access::Management, get_access_control)
        .put(PATH, Access::Management, put_access_control)
}

/// Rules; whoever one of them names may use the application.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessControl {
    /// These people.
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<UserId>,
    /// Whoever holds one of these roles.
    #[schema(value_type = Vec<String>)]
    user_role_ids: Vec<RoleId>,
    /// The members of these organizations.
    #[schema(value_type = Vec<String>)]
    organization_ids: Vec<OrganizationId>,
    /// Whoever holds one of the roles in the organization.
    organization_role_rules: Vec<OrganizationRoleRule>,
}

impl Validate for AccessControl {}

/// A rule by roles in one organization.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationRoleRule {
    #[schema(value_type = String)]
    organization_id: OrganizationId,
    #[schema(value_type = Vec<String>)]
    organization_role_ids: Vec<OrganizationRoleId>,
}

impl From<AccessRules> for AccessControl {
    fn from(rules: AccessRules) -> Self {
        let of_organizations = rules.organization_roles.into_iter();
        Self {
            user_ids: rules.users.into_iter().collect(),
            user_role_ids: rules.roles.into_iter().collect(),
            organization_ids: rules.organizations.into_iter().collect(),
            organization_role_rules: of_organizations
                .map(|(organization_id, roles)| OrganizationRoleRule {
                    organization_id,
                    organization_role_ids: roles.into_iter().collect(),
                })
                .collect(),
        }
    }
}

impl From<AccessControl> for NewAccessRules {
    fn from(sent: AccessControl) -> Self {
        let rules = sent.organization_role_rules.into_iter();
        Self {
            user_ids: sent.user_ids,
            user_role_ids: sent.user_role_ids,
            organization_ids: sent.organization_ids,
            organization_role_rules: rules
                .map(|rule| (rule.organization_id, rule.organization_role_ids))
                .collect(),
        }
    }
}

/// Who may use an application while its access is controlled.
#[utoipa::path(get, path = "/api/applications/{applicationId}/access-control",
    operation_id = "GetApplicationAccessControl", tag = "Applications", params(("applicationId" = String, Path)),
    responses((status = 200, body = AccessControl), (status = 404)))]
pub(crate) async fn get_access_control(ctx: Context, Path(id): Path<String>) -> Result<Json<AccessControl>> {
    let rules = applications::access_rules(&ctx, &ApplicationId(id)).await?;
    Ok(Json(rules.into()))
}

/// Replaces the rules of an application.
#[utoipa::path(put, path = "/api/applications/{applicationId}/access-control",
    operation_id = "ReplaceApplicationAccessControl", tag = "Applications",
    params(("applicationId" = String, Path)), request_body = AccessControl,
    responses((status = 200, body = AccessControl), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn put_access_control(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<AccessControl>,
) -> Result<Json<AccessControl>> {
    let rules = applications::replace_access_rules(&ctx, &ApplicationId(id), input.into()).await?;
    Ok(Json(rules.into()))
}
