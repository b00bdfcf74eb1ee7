//! What a connector may be (docs/wire/connectors.md).

use serde_json::{Map, Value};
use soleira_connect::message::SenderConfig;
use soleira_connect::{ConnectorConfig, ConnectorError, Engine, Factory, deep_clean};
use soleira_core::model::ConnectorType;
use soleira_core::{Code, Result};

/// A factory of one provider says itself what the provider is called; only the general ones let the administrator.
pub(super) fn check_metadata(factory: &Factory, metadata: &Map<String, Value>) -> Result<()> {
    let changes = deep_clean(metadata);
    let own_target = changes.get("target").and_then(Value::as_str) == Some(factory.target());
    if changes.is_empty() || (changes.len() == 1 && own_target) {
        return Ok(());
    }
    Err(Code::ConnectorCannotOverwriteMetadataForNonStandardConnector.into())
}

/// No factory of this build can keep the provider's tokens, and only providers know profiles.
pub(super) fn check_options(factory: &Factory, sync_profile: bool, enable_token_storage: bool) -> Result<()> {
    if sync_profile && factory.kind() != ConnectorType::Social {
        return Err(Code::ConnectorInvalidTypeForSyncingProfile.into());
    }
    if enable_token_storage {
        return Err(Code::ConnectorTokenStorageNotSupported.into());
    }
    Ok(())
}

/// The configuration holds to the factory's form.
pub(super) fn check_config(factory: &Factory, config: &Map<String, Value>) -> Result<()> {
    let checked = match factory.engine() {
        Engine::Social(manifest) => ConnectorConfig::parse(manifest, config).map(drop),
        Engine::Message(manifest) => SenderConfig::parse(manifest, config).map(drop),
    };
    checked.map_err(|issues| ConnectorError::from(issues).into())
}
