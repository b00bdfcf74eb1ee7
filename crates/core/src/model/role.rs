//! Roles, API resources and their permissions.

use crate::{ResourceId, RoleId, ScopeId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// Who can hold a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RoleType {
    /// People.
    User,
    /// Machine-to-machine applications.
    MachineToMachine,
}

impl RoleType {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::MachineToMachine => "MachineToMachine",
        }
    }

    /// The type that the wire calls `name`.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::User, Self::MachineToMachine]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier.
    pub id: RoleId,
    /// Unique in the tenant. Names that start with `#internal:` are never listed.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who can hold it.
    #[serde(rename = "type")]
    pub kind: RoleType,
    /// Whether every new user gets it.
    pub is_default: bool,
}

/// An API resource (RFC 8707).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier.
    pub id: ResourceId,
    /// The name that administrators see.
    pub name: String,
    /// The resource indicator, the audience of its tokens.
    pub indicator: String,
    /// Whether it is used when a request names none.
    pub is_default: bool,
    /// Lifetime of its access tokens in seconds.
    pub access_token_ttl: i64,
}

/// A permission of an API resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier.
    pub id: ScopeId,
    /// The resource that it is a permission of.
    pub resource_id: ResourceId,
    /// The name that tokens carry; no spaces.
    pub name: String,
    /// What it allows.
    pub description: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}
