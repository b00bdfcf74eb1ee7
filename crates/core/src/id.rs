//! Identifiers: opaque strings, told apart by type, never checked for form when read.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }
        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }
    )* };
}

ids! {
    /// A tenant: `default`, `admin`, …
    TenantId,
    /// A user: 12 characters.
    UserId,
    /// An application, which is also its OAuth `client_id`.
    ApplicationId,
    /// A connector: 12 characters.
    ConnectorId,
    /// A role.
    RoleId,
    /// A permission of an API resource.
    ScopeId,
    /// An API resource.
    ResourceId,
    /// The stable identifier (`uid`) of a browser session; the cookie's value rotates, this does not.
    SessionUid,
    /// A grant: what one user allowed one client.
    GrantId,
    /// The `uid` of an interaction.
    InteractionId,
    /// An organization: 12 characters.
    OrganizationId,
    /// A role that members of organizations hold.
    OrganizationRoleId,
    /// A permission in organizations.
    OrganizationScopeId,
}
