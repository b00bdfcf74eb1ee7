//! Organizations, and the roles and permissions that all organizations of a tenant share.

use super::{Branding, RoleType};
use crate::{OrganizationId, OrganizationRoleId, OrganizationScopeId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Brand colours of an organization; absent ones are those of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrganizationColor {
    /// On light: `#` and 3 or 6 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_color: Option<String>,
    /// Whether pages follow the reader's dark mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_dark_mode_enabled: Option<bool>,
    /// On dark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_primary_color: Option<String>,
}

/// A customer, team or workspace of a tenant's applications: people and machines are members of it and hold roles in
/// it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier.
    pub id: OrganizationId,
    /// The name that people see, 1 to 128 characters; not unique.
    pub name: String,
    /// What it is, at most 256 characters.
    pub description: Option<String>,
    /// Whatever the administrator keeps with it.
    pub custom_data: Map<String, Value>,
    /// Whether members need a second factor to get its tokens.
    pub is_mfa_required: bool,
    /// Its colours on sign-in pages.
    pub color: OrganizationColor,
    /// Its logos and icons on sign-in pages.
    pub branding: Branding,
    /// Its style sheet on sign-in pages.
    pub custom_css: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A role that members can hold in an organization. All organizations of a tenant share them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationRole {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier.
    pub id: OrganizationRoleId,
    /// Unique in the tenant, 1 to 128 characters.
    pub name: String,
    /// What it is for, at most 256 characters.
    pub description: Option<String>,
    /// Who can hold it.
    #[serde(rename = "type")]
    pub kind: RoleType,
}

/// A permission in organizations. All organizations of a tenant share them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationScope {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier.
    pub id: OrganizationScopeId,
    /// The name that tokens carry; unique in the tenant, 1 to 128 characters.
    pub name: String,
    /// What it allows, at most 256 characters.
    pub description: Option<String>,
}
