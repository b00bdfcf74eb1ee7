//! A user in the form of the wire: neither `tenantId` nor, unless asked for, anything of the password.

use serde::Serialize;
use serde_json::{Map, Value};
use soleira_core::Timestamp;
use soleira_core::model::{PasswordHash, SocialIdentity, UserProfile};
use soleira_directory::users::UserWithIdentities;
use std::collections::BTreeMap;

/// An account at a provider.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Identity)]
pub(crate) struct IdentityView {
    /// The account's identifier at the provider.
    user_id: String,
    /// What the provider told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
}

impl From<SocialIdentity> for IdentityView {
    fn from(identity: SocialIdentity) -> Self {
        Self {
            user_id: identity.identity_id,
            details: identity.details,
        }
    }
}

/// Accounts at providers, by target.
pub(crate) fn by_target(identities: Vec<SocialIdentity>) -> BTreeMap<String, IdentityView> {
    identities
        .into_iter()
        .map(|identity| (identity.target.clone(), identity.into()))
        .collect()
}

/// How a password is stored; null for a user without one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PasswordHash)]
pub(crate) struct PasswordHashView {
    password_digest: Option<String>,
    password_algorithm: Option<String>,
}

/// A user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserView {
    id: String,
    #[schema(required)]
    username: Option<String>,
    #[schema(required)]
    primary_email: Option<String>,
    #[schema(required)]
    primary_phone: Option<String>,
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    avatar: Option<String>,
    custom_data: Map<String, Value>,
    /// By target.
    identities: BTreeMap<String, IdentityView>,
    /// Milliseconds since the epoch; never if null.
    #[schema(required)]
    last_sign_in_at: Option<i64>,
    /// Milliseconds since the epoch.
    created_at: i64,
    /// Milliseconds since the epoch.
    updated_at: i64,
    profile: UserProfile,
    #[schema(required)]
    application_id: Option<String>,
    #[schema(required)]
    cimd_client_id: Option<String>,
    is_suspended: bool,
    /// Absent in lists of members.
    #[serde(skip_serializing_if = "Option::is_none")]
    has_password: Option<bool>,
    /// Enterprise identities, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    sso_identities: Option<Vec<Value>>,
    /// How the password is stored, if it was asked for.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    password_hash: Option<PasswordHashView>,
    #[serde(skip)]
    password: Option<PasswordHash>,
}

impl UserView {
    pub(crate) fn of(UserWithIdentities { user, identities }: UserWithIdentities) -> Self {
        Self {
            id: user.id.0,
            username: user.username,
            primary_email: user.primary_email,
            primary_phone: user.primary_phone,
            name: user.name,
            avatar: user.avatar,
            custom_data: user.custom_data,
            identities: by_target(identities),
            last_sign_in_at: user.last_sign_in_at.map(Timestamp::millis),
            created_at: user.created_at.0,
            updated_at: user.updated_at.0,
            profile: user.profile,
            application_id: user.application_id.map(|id| id.0),
            cimd_client_id: user.cimd_client_id.map(|id| id.0),
            is_suspended: user.is_suspended,
            has_password: Some(user.password.is_some()),
            sso_identities: None,
            password_hash: None,
            password: user.password,
        }
    }

    /// Leaves out whether there is a password.
    pub(crate) fn without_password(mut self) -> Self {
        self.has_password = None;
        self
    }

    /// Shows the stored form of the password, for who moves users to another system.
    pub(crate) fn with_password_hash(mut self, wanted: bool) -> Self {
        if wanted {
            let (method, digest) = self
                .password
                .take()
                .map(|password| (password.method, password.digest))
                .unzip();
            self.password_hash = Some(PasswordHashView {
                password_digest: digest,
                password_algorithm: method,
            });
        }
        self
    }

    /// Shows enterprise identities, of which there are none yet.
    pub(crate) fn with_sso_identities(mut self, wanted: bool) -> Self {
        self.sso_identities = wanted.then(Vec::new);
        self
    }
}
