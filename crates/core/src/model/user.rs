//! Users: the people who sign in.

use crate::{ApplicationId, ConnectorId, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The standard claims of a person that have no column of their own (OpenID Connect Core 1.0 §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are those of OpenID Connect Core 1.0 §5.1")]
pub struct UserProfile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<UserAddress>,
}

/// A postal address (OpenID Connect Core 1.0 §5.1.1); its keys stay camelCase in claims.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are those of OpenID Connect Core 1.0 §5.1.1")]
pub struct UserAddress {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A user as a row; identities, factors and roles are rows of their own. `docs/wire/management-api.md` has its wire form.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The tenant that the account belongs to.
    pub tenant_id: TenantId,
    /// The subject of every token about this user.
    pub id: UserId,
    /// Unique in the tenant, by the tenant's username policy.
    pub username: Option<String>,
    /// Unique in the tenant, letter case aside. Present means vouched for.
    pub primary_email: Option<String>,
    /// International digits without `+`; unique in the tenant.
    pub primary_phone: Option<String>,
    /// What people call them.
    pub name: Option<String>,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// Standard claims without a column.
    pub profile: UserProfile,
    /// Whatever the application keeps with the account.
    pub custom_data: Map<String, Value>,
    /// The password's hash, in the form that its method has.
    pub password: Option<PasswordHash>,
    /// When the password last changed.
    pub password_updated_at: Option<Timestamp>,
    /// Set by an administrator to ask for a new password.
    pub is_password_expired: bool,
    /// Suspended users get no token and no session.
    pub is_suspended: bool,
    /// The first application that this user consented to.
    pub application_id: Option<ApplicationId>,
    /// The client of a metadata document, if it was one of those that this user consented to first.
    pub cimd_client_id: Option<ApplicationId>,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When the account was created.
    pub created_at: Timestamp,
    /// When the account last changed.
    pub updated_at: Timestamp,
}

/// A stored password hash and the method that made it (wire name, as `soleira_crypto` knows it).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    /// The method's wire name, such as `Argon2i`.
    pub method: String,
    /// The stored form.
    pub digest: String,
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordHash({})", self.method)
    }
}

/// A user's account at a social provider, as a row.
#[derive(Debug, Clone, PartialEq)]
pub struct SocialIdentity {
    /// The user who signs in with it.
    pub user_id: UserId,
    /// The provider: a connector's `target`.
    pub target: String,
    /// The account's identifier at the provider.
    pub identity_id: String,
    /// The connector through which it came, if known.
    pub connector_id: Option<ConnectorId>,
    /// What the provider last told, as the wire shows it: `{id, name?, avatar?, email?, rawData?…}`.
    pub details: Option<Value>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When its details last changed.
    pub updated_at: Timestamp,
}
