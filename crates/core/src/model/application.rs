//! Applications: the OAuth clients that an administrator registers.

use super::{Branding, OrganizationColor};
use crate::{ApplicationId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What kind of client an application is; decides its grant types and how it authenticates (docs/wire/authorization.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ApplicationType {
    /// Installed on a device; public.
    Native,
    /// Runs in a browser; public.
    #[serde(rename = "SPA")]
    Spa,
    /// A web application with a server that keeps a secret.
    Traditional,
    /// A program that acts for itself.
    MachineToMachine,
    /// Behind a protecting proxy.
    Protected,
    /// A SAML service provider, bridged.
    #[serde(rename = "SAML")]
    Saml,
}

impl ApplicationType {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "Native",
            Self::Spa => "SPA",
            Self::Traditional => "Traditional",
            Self::MachineToMachine => "MachineToMachine",
            Self::Protected => "Protected",
            Self::Saml => "SAML",
        }
    }

    /// The type that the wire calls `name`.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Native,
            Self::Spa,
            Self::Traditional,
            Self::MachineToMachine,
            Self::Protected,
            Self::Saml,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }

    /// Whether it can keep a secret, and so gets one when it is created.
    pub const fn has_secrets(self) -> bool {
        matches!(self, Self::Traditional | Self::MachineToMachine | Self::Protected)
    }
}

/// The standard client metadata (OpenID Connect Dynamic Client Registration 1.0 §2).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OidcClientMetadata {
    /// Where people come back to after signing in.
    pub redirect_uris: Vec<String>,
    /// Where people come back to after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted (OpenID Connect Back-Channel Logout 1.0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether logout tokens carry `sid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_required: Option<bool>,
    /// The application's logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// How the client authenticates; by its type if absent (docs/openid.md, "Client authentication").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<TokenEndpointAuthMethod>,
    /// The client's public keys: a JSON Web Key Set (RFC 7517 §5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where the client publishes its keys, instead of registering them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
}

/// How a client authenticates at the endpoints that it calls itself (OpenID Connect Core 1.0 §9, RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// Not at all: it cannot keep a secret.
    None,
    /// A secret in the `Authorization` header.
    ClientSecretBasic,
    /// A secret in the body.
    ClientSecretPost,
    /// A JWT under a secret.
    ClientSecretJwt,
    /// A JWT under a private key.
    PrivateKeyJwt,
}

/// Settings of a client that no standard names. Absent fields have the defaults of docs/wire/authorization.md.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CustomClientMetadata {
    /// Origins that may call the protocol endpoints from a browser, besides those of the redirect URIs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors_allowed_origins: Option<Vec<String>>,
    /// Lifetime of ID tokens in seconds; 3600 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_ttl: Option<i64>,
    /// Lifetime of refresh tokens in seconds; used when the one in days is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl: Option<i64>,
    /// Lifetime of refresh tokens in days, 1 to 180; 14 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl_in_days: Option<i64>,
    /// Marks a machine client of the hosting service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Refresh tokens even without `offline_access` (web clients only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always_issue_refresh_token: Option<bool>,
    /// Whether refresh tokens rotate; true if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate_refresh_token: Option<bool>,
    /// Whether the client may exchange tokens (RFC 8693).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_token_exchange: Option<bool>,
    /// A native client that uses the device flow (RFC 8628) only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_device_flow: Option<bool>,
    /// How many grants a user may hold with this client; unlimited if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_allowed_grants: Option<i64>,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier, which is its `client_id`.
    pub id: ApplicationId,
    /// The name that people see.
    pub name: String,
    /// What the administrator noted about it.
    pub description: Option<String>,
    /// What kind of client it is.
    #[serde(rename = "type")]
    pub kind: ApplicationType,
    /// Standard metadata.
    pub oidc_client_metadata: OidcClientMetadata,
    /// Metadata that no standard names.
    pub custom_client_metadata: CustomClientMetadata,
    /// Settings of a protected application.
    pub protected_app_metadata: Option<Value>,
    /// Whatever the administrator keeps with it.
    pub custom_data: Map<String, Value>,
    /// Whether people must consent to what it asks for.
    pub is_third_party: bool,
    /// Whether only listed people may use it.
    pub app_level_access_control_enabled: bool,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A secret of an application. The value can be read again by an administrator: the wire asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSecret {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// The application that it authenticates.
    pub application_id: ApplicationId,
    /// Its name, unique in the application.
    pub name: String,
    /// The secret itself.
    pub value: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it stops working; never if absent.
    pub expires_at: Option<Timestamp>,
}

/// How an application presents itself: its pages' look, and what the consent page says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSignInExperience {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// The application.
    pub application_id: ApplicationId,
    /// Its colours; absent ones are those of the tenant.
    pub color: OrganizationColor,
    /// Its logos and icons.
    pub branding: Branding,
    /// Its style sheet.
    pub custom_css: Option<String>,
    /// Its terms of use.
    pub terms_of_use_url: Option<String>,
    /// Its privacy policy.
    pub privacy_policy_url: Option<String>,
    /// The name that people see in place of the application's.
    pub display_name: Option<String>,
}

impl ApplicationSignInExperience {
    /// The presentation of an application before anything of it is set.
    pub fn new(tenant: TenantId, application: ApplicationId) -> Self {
        Self {
            tenant_id: tenant,
            application_id: application,
            color: OrganizationColor::default(),
            branding: Branding::default(),
            custom_css: None,
            terms_of_use_url: None,
            privacy_policy_url: None,
            display_name: None,
        }
    }
}
