//! Verification records: what a person has proved so far. At most one of each kind; a new one replaces the old one.

use super::flow::Event;
use super::profile::PendingPassword;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use soleira_connect::message::Usage;
use soleira_connect::social::{ConnectorSession, SocialProfile};
use soleira_core::model::SignInIdentifier;
use soleira_core::{Code, ConnectorId, Error, Result, UserId};
use soleira_directory::one_time_tokens::TokenContext;

/// What a person types to say who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// What kind of text it is.
    #[serde(rename = "type")]
    pub kind: SignInIdentifier,
    /// The text, as an account would carry it.
    pub value: String,
}

/// A password that was right for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordVerification {
    /// The record's own identifier.
    pub id: String,
    /// What was typed beside the password.
    pub identifier: Identifier,
    /// Whose password it was. A wrong password leaves no record.
    pub user_id: UserId,
}

/// A code that was sent to an e-mail address or a phone number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeVerification {
    /// The record's own identifier; the code is kept under it.
    pub id: String,
    /// Where it was sent, as it was typed.
    pub identifier: Identifier,
    /// What the message was about.
    pub template_type: Usage,
    /// Whether the code came back.
    pub verified: bool,
}

/// A one-time token that was sent to an e-mail address and came back. One that did not leaves no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OneTimeTokenVerification {
    /// The record's own identifier.
    pub id: String,
    /// The address that it proves.
    pub identifier: Identifier,
    /// What the token was made for.
    pub context: TokenContext,
}

impl OneTimeTokenVerification {
    /// Refuses what the token was not made for. It was asked when the token came back, and is again where the record is
    /// used: the interaction may have become another one meanwhile.
    ///
    /// # Errors
    /// 400 `one_time_token.interaction_event_mismatch`.
    pub fn require_made_for(&self, event: Event) -> Result<()> {
        match self.context.interaction_event {
            Some(purpose) if purpose != event.into() => Err(Error::new(Code::OneTimeTokenInteractionEventMismatch)),
            _ => Ok(()),
        }
    }
}

/// A username and a password that somebody would like to have (kept for compatibility: docs/wire/experience.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPasswordIdentity {
    /// The record's own identifier.
    pub id: String,
    /// The username.
    pub identifier: Identifier,
    /// The password, which fits the tenant's policy.
    pub password: PendingPassword,
}

/// A sign-in at a social provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocialVerification {
    /// The record's own identifier.
    pub id: String,
    /// The connector through which it goes.
    pub connector_id: ConnectorId,
    /// The provider: the connector's target, under which identities are kept.
    pub target: String,
    /// How far it has come.
    pub stage: SocialStage,
}

/// How far a sign-in at a provider has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SocialStage {
    /// The browser was sent to the provider.
    Started {
        /// What the answer must fit; used once.
        session: ConnectorSession,
    },
    /// The browser came back and the answer is being looked at. Whatever comes of it, that answer is used up.
    Taken {
        /// The `state` that it came with.
        state: String,
    },
    /// The provider said who it is.
    Returned {
        /// The `state` that the answer came with, so that a reload of the callback is known as one.
        state: String,
        /// Who.
        user_info: SocialUserInfo,
    },
}

/// What a provider told about a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocialUserInfo {
    /// The account's identifier at the provider.
    pub id: String,
    /// What people call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// An address of theirs, vouched for or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the provider, or the administrator for it, vouches for the address. Without, it finds no account and
    /// enters none.
    #[serde(default)]
    pub is_email_vouched: bool,
    /// A phone number of theirs. Nobody vouches for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A name that they would like to sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// The provider's own words.
    #[serde(default)]
    pub raw_data: Map<String, Value>,
}

impl From<SocialProfile> for SocialUserInfo {
    fn from(profile: SocialProfile) -> Self {
        Self {
            id: profile.id,
            name: profile.name,
            avatar: profile.avatar,
            email: profile.email,
            is_email_vouched: profile.email_verified,
            phone: profile.phone,
            preferred_username: profile.preferred_username,
            raw_data: profile.raw,
        }
    }
}

impl SocialUserInfo {
    /// The address, if somebody vouches for it.
    pub fn vouched_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.is_email_vouched)
    }

    /// The details that are kept with the identity, as the wire shows them: `{id, name?, avatar?, email?, phone?, rawData}`.
    pub fn details(&self) -> Value {
        let mut details = json!({ "id": self.id });
        for (key, value) in [
            ("name", &self.name),
            ("avatar", &self.avatar),
            ("email", &self.email),
            ("phone", &self.phone),
        ] {
            if let Some(value) = value {
                details[key] = json!(value);
            }
        }
        details["rawData"] = Value::Object(self.raw_data.clone());
        details
    }
}

impl PasswordVerification {
    /// The record as the wire shows it.
    pub fn to_wire(&self) -> Value {
        json!({ "id": self.id, "type": "Password", "identifier": self.identifier, "verified": true })
    }
}

impl CodeVerification {
    /// The kind of the record, as the wire names it.
    pub const fn type_name(kind: SignInIdentifier) -> &'static str {
        match kind {
            SignInIdentifier::Phone => "PhoneVerificationCode",
            SignInIdentifier::Email | SignInIdentifier::Username => "EmailVerificationCode",
        }
    }

    /// The record as the wire shows it.
    pub fn to_wire(&self) -> Value {
        json!({
            "id": self.id,
            "type": Self::type_name(self.identifier.kind),
            "identifier": self.identifier,
            "templateType": self.template_type,
            "verified": self.verified,
        })
    }
}

impl OneTimeTokenVerification {
    /// The record as the wire shows it: without the token.
    pub fn to_wire(&self) -> Value {
        json!({
            "id": self.id,
            "type": "OneTimeToken",
            "identifier": self.identifier,
            "verified": true,
            "oneTimeTokenContext": self.context,
        })
    }
}

impl NewPasswordIdentity {
    /// The record as the wire shows it: without the password.
    pub fn to_wire(&self) -> Value {
        json!({ "id": self.id, "type": "NewPasswordIdentity", "identifier": self.identifier })
    }
}

impl SocialVerification {
    /// The record as the wire shows it: without what the answer must fit.
    pub fn to_wire(&self) -> Value {
        let mut record = json!({ "id": self.id, "type": "Social", "connectorId": self.connector_id });
        if let Some(user_info) = self.user_info() {
            record["socialUserInfo"] = user_info.details();
        }
        record
    }

    /// Who the provider says it is, once it has.
    pub fn user_info(&self) -> Option<&SocialUserInfo> {
        match &self.stage {
            SocialStage::Returned { user_info, .. } => Some(user_info),
            SocialStage::Started { .. } | SocialStage::Taken { .. } => None,
        }
    }

    /// The `state` of its only valid answer.
    pub fn state(&self) -> &str {
        match &self.stage {
            SocialStage::Started { session } => &session.state,
            SocialStage::Taken { state } | SocialStage::Returned { state, .. } => state,
        }
    }
}
