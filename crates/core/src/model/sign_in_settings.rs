//! Parts of the sign-in experience as they are set: read strictly, kept as JSON until the part that they steer is built.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MfaFactor {
    /// A code of an authenticator application (RFC 6238).
    Totp,
    /// A passkey or security key.
    WebAuthn,
    /// A code from a list that is used once.
    BackupCode,
    /// A code by mail.
    EmailVerificationCode,
    /// A code by text message.
    PhoneVerificationCode,
}

/// When people are asked to set up a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(
    missing_docs,
    reason = "docs/wire/sign-in-experience.md names the policies of the wire"
)]
pub enum MfaPolicy {
    UserControlled,
    Mandatory,
    PromptOnlyAtSignIn,
    PromptAtSignInAndSignUp,
    NoPrompt,
    PromptAtSignInAndSignUpMandatory,
    PromptOnlyAtSignInMandatory,
}

/// When members of an organization that requires a second factor are asked to set one up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum OrganizationRequiredMfaPolicy {
    /// Never.
    NoPrompt,
    /// Always, and they cannot go on without.
    Mandatory,
}

/// Second factors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Mfa {
    /// Which; none means that there are no second factors.
    pub factors: Vec<MfaFactor>,
    /// When people are asked.
    pub policy: MfaPolicy,
    /// When members of organizations are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_required_mfa_policy: Option<OrganizationRequiredMfaPolicy>,
}

/// Second factors when something about a sign-in is unusual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdaptiveMfa {
    /// Whether they are; not if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// A challenge that tells people from programs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaptchaPolicy {
    /// Whether it is asked; not if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Which uploaded files take the place of the sign-in pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CustomUiAssets {
    /// Identifier of the upload.
    pub id: String,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// Further sources for the Content-Security-Policy of uploaded pages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomUiCsp {
    /// Of scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script_src: Option<Vec<String>>,
    /// Of connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_src: Option<Vec<String>>,
}

/// Addresses that may not register.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EmailBlocklistPolicy {
    /// Those of providers of throw-away addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_disposable_addresses: Option<bool>,
    /// Those with `+` before the `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_subaddressing: Option<bool>,
    /// If there are any: only these may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_allowlist: Option<Vec<String>>,
    /// Addresses, `@domain`, both with `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_blocklist: Option<Vec<String>>,
}

/// Codes by mail and text message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VerificationCodePolicy {
    /// How long they work, in seconds, 60 to 3600; 600 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_duration: Option<i64>,
    /// How often one may be mistyped, 1 to 100; 10 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_retry_attempts: Option<i64>,
}

/// How a forgotten password is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ForgotPasswordMethod {
    /// With a code by mail.
    EmailVerificationCode,
    /// With a code by text message.
    PhoneVerificationCode,
}

impl ForgotPasswordMethod {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailVerificationCode => "EmailVerificationCode",
            Self::PhoneVerificationCode => "PhoneVerificationCode",
        }
    }
}

/// Signing in with a passkey instead of a password.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasskeySignIn {
    /// Whether it is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether a button says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_passkey_button: Option<bool>,
    /// Whether the browser may offer it in the identifier's field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_autofill: Option<bool>,
}

/// A profile field that registration asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignUpProfileField {
    /// Its name in the catalogue.
    pub name: String,
}

/// Passwords that must be changed after a time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasswordExpiration {
    /// Whether they must; not if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// After how many days; at least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_period_days: Option<i64>,
    /// Since when; kept by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<Timestamp>,
}

/// A password policy as it is set: what is absent has its default ([`crate::rules::password::PasswordPolicy`]).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartialPasswordPolicy {
    /// How long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<PartialLength>,
    /// How varied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub character_types: Option<PartialCharacterTypes>,
    /// What it may not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejects: Option<PartialRejects>,
}

/// Length in UTF-16 code units.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartialLength {
    /// At least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// At least `min`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// How many kinds of characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartialCharacterTypes {
    /// 1 to 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
}

/// What passwords may not be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartialRejects {
    /// Known from leaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pwned: Option<bool>,
    /// Mostly one character or a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repetition_and_sequence: Option<bool>,
    /// Mostly what is known of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_info: Option<bool>,
    /// Mostly these words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<String>>,
}
