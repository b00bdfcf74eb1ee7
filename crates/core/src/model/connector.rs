//! Connectors: a tenant's link to the outside world, made from a factory.

use crate::{ConnectorId, TenantId, Timestamp};
use serde_json::{Map, Value};

/// What a connector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ConnectorType {
    /// Sends mail.
    Email,
    /// Sends text messages.
    Sms,
    /// Signs people in at another provider.
    Social,
}

/// A connector as a row. Its configuration is sealed at rest and opened by the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Connector {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier, part of the redirect URI that the provider knows.
    pub id: ConnectorId,
    /// The factory that it was made from, such as `huggingface-universal`.
    pub factory_id: String,
    /// Whether name and avatar follow the provider at each sign-in.
    pub sync_profile: bool,
    /// Whether the provider's tokens are kept.
    pub enable_token_storage: bool,
    /// What the administrator filled in, empty values removed.
    pub config: Map<String, Value>,
    /// What the administrator changed of the factory's metadata.
    pub metadata: Map<String, Value>,
    /// When it was created.
    pub created_at: Timestamp,
}
