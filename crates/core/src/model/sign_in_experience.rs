//! How a tenant's people sign in: one row of settings per tenant.

use crate::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What people type to say who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SignInIdentifier {
    /// A username.
    Username,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

/// What may be asked for at registration besides the primary identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AlternativeIdentifier {
    /// A username.
    Username,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// Either of the two.
    EmailOrPhone,
}

/// An identifier that registration asks for besides the primary ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondaryIdentifier {
    /// Which.
    pub identifier: AlternativeIdentifier,
    /// Whether a code must prove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<bool>,
}

/// What registration asks for. No identifiers: "not applicable", only social sign-in creates accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignUp {
    /// Primary identifiers; any one of them is enough, except that a username stands alone.
    pub identifiers: Vec<SignInIdentifier>,
    /// Whether a password is asked for.
    pub password: bool,
    /// Whether a code must prove e-mail and phone.
    pub verify: bool,
    /// Further identifiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary_identifiers: Option<Vec<SecondaryIdentifier>>,
}

/// One way to sign in with an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignInMethod {
    /// The identifier.
    pub identifier: SignInIdentifier,
    /// Whether a password proves it.
    pub password: bool,
    /// Whether a code proves it.
    pub verification_code: bool,
    /// Whether the password is offered first.
    pub is_password_primary: bool,
}

/// The ways to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// In the order in which they are offered.
    pub methods: Vec<SignInMethod>,
}

/// How social sign-in behaves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SocialSignIn {
    /// Link to the account that has the same vouched-for e-mail without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic_account_linking: Option<bool>,
    /// Do not ask people who come from a provider for the identifiers of registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_required_identifiers: Option<bool>,
}

/// Which of sign-in and registration is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SignInMode {
    /// Only people with an account.
    SignIn,
    /// Only new people.
    Register,
    /// Both.
    SignInAndRegister,
}

/// Brand colours, `#` and 3 or 6 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BrandColor {
    /// On light.
    pub primary_color: String,
    /// Whether pages follow the reader's dark mode.
    pub is_dark_mode_enabled: bool,
    /// On dark.
    pub dark_primary_color: String,
}

/// Addresses of logos and icons.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Branding {
    /// On light.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// On dark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_logo_url: Option<String>,
    /// On light.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favicon: Option<String>,
    /// On dark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_favicon: Option<String>,
}

/// In which language pages speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LanguageInfo {
    /// Follow the reader's browser.
    pub auto_detect: bool,
    /// Otherwise this one.
    pub fallback_language: String,
}

/// When people agree to the terms of use; pages alone enforce it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AgreeToTermsPolicy {
    /// By going on.
    Automatic,
    /// By a tick at registration.
    ManualRegistrationOnly,
    /// By a tick at registration and sign-in.
    Manual,
}

/// Which usernames the tenant accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsernamePolicy {
    /// Whether `Ana` and `ana` are two people.
    pub case_sensitive: bool,
    /// In characters, 1 to 128.
    pub min_length: u32,
    /// In characters, `min_length` to 128.
    pub max_length: u32,
    /// Which characters.
    pub allowed_chars: AllowedChars,
}

/// Characters that usernames may have; a digit never comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllowedChars {
    /// `a` to `z`.
    pub lowercase: bool,
    /// `A` to `Z`.
    pub uppercase: bool,
    /// `0` to `9`.
    pub numbers: bool,
    /// `_`.
    pub underscore: bool,
}

impl Default for UsernamePolicy {
    fn default() -> Self {
        Self {
            case_sensitive: true,
            min_length: 1,
            max_length: 128,
            allowed_chars: AllowedChars {
                lowercase: true,
                uppercase: true,
                numbers: true,
                underscore: true,
            },
        }
    }
}

/// When guessing is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SentinelPolicy {
    /// Failures within an hour that lock an identifier; 100 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// For how many minutes; 60 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lockout_duration: Option<u32>,
}

/// How a tenant's people sign in. Settings of parts that are not built yet are validated and kept as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/wire/management-api.md names the fields of the wire")]
pub struct SignInExperience {
    pub tenant_id: TenantId,
    /// Always `default`.
    pub id: String,
    pub color: BrandColor,
    pub branding: Branding,
    pub hide_logto_branding: bool,
    pub language_info: LanguageInfo,
    pub terms_of_use_url: Option<String>,
    pub privacy_policy_url: Option<String>,
    pub agree_to_terms_policy: AgreeToTermsPolicy,
    pub sign_in: SignIn,
    pub sign_up: SignUp,
    pub social_sign_in: SocialSignIn,
    /// Targets of the social connectors that are offered, in order.
    pub social_sign_in_connector_targets: Vec<String>,
    pub sign_in_mode: SignInMode,
    pub custom_css: Option<String>,
    pub custom_content: Map<String, Value>,
    pub custom_ui_assets: Option<Value>,
    pub custom_ui_csp: Value,
    pub password_policy: Value,
    pub mfa: Value,
    pub adaptive_mfa: Value,
    pub single_sign_on_enabled: bool,
    pub support_email: Option<String>,
    pub support_website_url: Option<String>,
    pub unknown_session_redirect_url: Option<String>,
    pub captcha_policy: Value,
    pub sentinel_policy: SentinelPolicy,
    pub email_blocklist_policy: Value,
    pub verification_code_policy: Value,
    pub forgot_password_methods: Option<Vec<String>>,
    pub passkey_sign_in: Value,
    pub sign_up_profile_fields: Option<Value>,
    pub password_expiration: Value,
    pub username_policy: UsernamePolicy,
}
