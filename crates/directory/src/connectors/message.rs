//! Sending messages through the tenant's connectors.

use super::{factory, open};
use serde_json::{Map, Value};
use soleira_connect::ConnectorError;
use soleira_connect::message::{self, Channel, Manifest, Message, Payload, SenderConfig, Usage};
use soleira_core::{Code, Error, Kind, Result};
use soleira_runtime::Ctx;
use soleira_store::connectors::{self, type_name};

/// The code of a message that only tries a connector.
const TRIAL_CODE: &str = "000000";

/// Sends a message through the tenant's connector. It is with its sender, or refused, when this returns; no transaction
/// may be open meanwhile. `to` is an e-mail address, or a phone number in international digits.
///
/// # Errors
/// 501 `connector.not_found` with `type` where the tenant has no connector of the channel; 400
/// `connector.template_not_found`, `connector.invalid_config`, `connector.general`.
pub async fn send_message(ctx: &Ctx, channel: Channel, usage: Usage, to: &str, payload: Payload) -> Result<()> {
    let kind = type_name(channel.connector_type());
    let row = connectors::find_of_type(&mut ctx.read().await?.tx(), &ctx.tenant.id, kind).await?;
    let connector = row.map(|row| open(ctx, row)).transpose()?.flatten();
    let missing = || {
        Error::new(Code::ConnectorNotFound)
            .kind_is(Kind::NotImplemented)
            .with("type", kind)
    };
    let connector = connector.ok_or_else(missing)?;
    let manifest = connector.factory.message().ok_or_else(missing)?;
    let message = Message {
        to,
        usage,
        payload: &payload,
    };
    send(ctx, manifest, &connector.connector.config, message).await
}

/// Sends a message with a configuration that is not stored, so that an administrator sees whether it works.
///
/// # Errors
/// 400 `connector.not_found` for an unknown factory, `connector.unexpected_type` for one that does not send to such a
/// recipient; otherwise those of [`send_message`].
pub async fn test_message(
    ctx: &Ctx,
    factory_id: &str,
    channel: Channel,
    to: &str,
    config: &Map<String, Value>,
    locale: Option<&str>,
) -> Result<()> {
    ctx.require_administrator()?;
    let factory = factory(ctx, factory_id).map_err(|_| Error::new(Code::ConnectorNotFound).kind_is(Kind::Invalid))?;
    let sender = factory
        .message()
        .filter(|manifest| manifest.sender.channel() == channel);
    let manifest = sender.ok_or(Code::ConnectorUnexpectedType)?;
    let payload = Payload::code(TRIAL_CODE).with("locale", locale);
    let message = Message {
        to,
        usage: Usage::Generic,
        payload: &payload,
    };
    send(ctx, manifest, config, message).await
}

async fn send(ctx: &Ctx, manifest: &Manifest, config: &Map<String, Value>, message: Message<'_>) -> Result<()> {
    let config = SenderConfig::parse(manifest, config).map_err(ConnectorError::from)?;
    let sandbox = ctx.app.settings.sandbox.as_ref();
    let sandbox = sandbox.ok_or_else(|| Error::internal("a test double outside of the sandbox"))?;
    Ok(message::send(manifest, &config, message, &sandbox.message_directory).await?)
}
