//! The pending profile: what is gathered for an account before it is written, and what registration still asks for.

use super::account::Account;
use super::verification::SocialUserInfo;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use soleira_core::model::{
    AlternativeIdentifier, PasswordHash, SignInExperience, SignInIdentifier, SignUp, UserProfile,
};
use soleira_core::{ConnectorId, OrganizationId};

/// What is gathered for an account and not written yet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingProfile {
    /// What people call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// A username, checked against the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// An e-mail address that is vouched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_email: Option<String>,
    /// A phone number in its stored form, proved by a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_phone: Option<String>,
    /// The hash of a password, checked against the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PendingPassword>,
    /// The account at a provider that will sign in as this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub social_identity: Option<PendingIdentity>,
    /// Standard claims.
    #[serde(default, skip_serializing_if = "is_default")]
    pub profile: UserProfile,
    /// Whatever the application asked for beside them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom_data: Map<String, Value>,
    /// Organizations that whoever brought a one-time token becomes a member of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jit_organization_ids: Vec<OrganizationId>,
    /// Whether the person was asked for further profile fields and answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub submitted: bool,
}

fn is_default(profile: &UserProfile) -> bool {
    *profile == UserProfile::default()
}

/// The hash of a new password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingPassword {
    /// The method's wire name.
    pub method: String,
    /// The stored form.
    pub digest: String,
}

impl std::fmt::Debug for PendingPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PendingPassword({})", self.method)
    }
}

impl From<PasswordHash> for PendingPassword {
    fn from(hash: PasswordHash) -> Self {
        Self {
            method: hash.method,
            digest: hash.digest,
        }
    }
}

impl From<PendingPassword> for PasswordHash {
    fn from(hash: PendingPassword) -> Self {
        Self {
            method: hash.method,
            digest: hash.digest,
        }
    }
}

/// An account at a provider, to be linked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingIdentity {
    /// The provider.
    pub target: String,
    /// The connector through which it came.
    pub connector_id: ConnectorId,
    /// What the provider told.
    pub user_info: SocialUserInfo,
}

impl PendingProfile {
    /// The profile as the wire shows it: without the password.
    pub fn to_wire(&self) -> Value {
        let mut shown = json!({});
        for (name, value) in [
            ("name", &self.name),
            ("avatar", &self.avatar),
            ("username", &self.username),
            ("primaryEmail", &self.primary_email),
            ("primaryPhone", &self.primary_phone),
        ] {
            if let Some(value) = value {
                shown[name] = json!(value);
            }
        }
        if !is_default(&self.profile) {
            shown["profile"] = json!(self.profile);
        }
        if !self.custom_data.is_empty() {
            shown["customData"] = json!(self.custom_data);
        }
        if !self.jit_organization_ids.is_empty() {
            shown["jitOrganizationIds"] = json!(self.jit_organization_ids);
        }
        if let Some(identity) = &self.social_identity {
            shown["socialIdentity"] = json!({ "target": identity.target, "userInfo": identity.user_info.details() });
        }
        shown
    }

    /// What is left of it once it is written.
    pub(super) fn written(&self) -> Self {
        Self {
            submitted: self.submitted,
            ..Self::default()
        }
    }
}

/// Something that registration asks for and that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// A username.
    Username,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// An e-mail address or a phone number.
    EmailOrPhone,
    /// A password.
    Password,
}

/// What registration asks for: the primary identifiers (a username before the others, either of e-mail and phone where
/// both are listed), the secondary ones, and a password.
fn required(sign_up: &SignUp) -> Vec<Missing> {
    let lists = |kind| sign_up.identifiers.contains(&kind);
    let mut required = Vec::new();
    if lists(SignInIdentifier::Username) {
        required.push(Missing::Username);
    } else {
        match (lists(SignInIdentifier::Email), lists(SignInIdentifier::Phone)) {
            (true, true) => required.push(Missing::EmailOrPhone),
            (true, false) => required.push(Missing::Email),
            (false, true) => required.push(Missing::Phone),
            (false, false) => {}
        }
    }
    for secondary in sign_up.secondary_identifiers.iter().flatten() {
        let asked = match secondary.identifier {
            AlternativeIdentifier::Username => Missing::Username,
            AlternativeIdentifier::Email => Missing::Email,
            AlternativeIdentifier::Phone => Missing::Phone,
            AlternativeIdentifier::EmailOrPhone => Missing::EmailOrPhone,
        };
        if !required.contains(&asked) {
            required.push(asked);
        }
    }
    if sign_up.password {
        required.push(Missing::Password);
    }
    required
}

/// What is still missing of the profile that registration asks for, in the order in which it is asked for.
///
/// Nothing is asked of people who come from a provider where `skipRequiredIdentifiers` is on; `is_social_verified` says
/// that they do. Who signs in with a provider needs no password.
pub(super) fn missing(
    experience: &SignInExperience,
    profile: &PendingProfile,
    account: Option<&Account>,
    is_social_verified: bool,
) -> Vec<Missing> {
    let comes_from_provider = is_social_verified || profile.social_identity.is_some();
    if comes_from_provider && experience.social_sign_in.skip_required_identifiers.unwrap_or(false) {
        return Vec::new();
    }
    let has_username = profile.username.is_some() || account.is_some_and(|account| account.username.is_some());
    let has_email = profile.primary_email.is_some() || account.is_some_and(|account| account.primary_email.is_some());
    let has_phone = profile.primary_phone.is_some() || account.is_some_and(|account| account.primary_phone.is_some());
    let has_password = profile.password.is_some()
        || profile.social_identity.is_some()
        || account.is_some_and(|account| account.has_password || account.has_social_identity);
    let is_known = |asked: &Missing| match asked {
        Missing::Username => has_username,
        Missing::Email => has_email,
        Missing::Phone => has_phone,
        Missing::EmailOrPhone => has_email || has_phone,
        Missing::Password => has_password,
    };
    required(&experience.sign_up)
        .into_iter()
        .filter(|asked| !is_known(asked))
        .collect()
}
