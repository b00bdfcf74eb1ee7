//! Connectors: a tenant's links to the outside world, made from factories.

mod message;
mod rules;

pub use message::{send_message, test_message};
pub use soleira_connect::message::{Channel, Payload, Usage};

use crate::checks::Checks;
use crate::sign_in_experience::check_recovery_channel;
use crate::users::{self, NewIdentity};
use crate::{author, vault_failed};
use rules::{check_config, check_metadata, check_options};
use serde_json::{Map, Value};
use soleira_connect::social::{self, AuthorizationRequest, ConnectorSession, Manifest};
use soleira_connect::{ConnectorConfig, ConnectorError, Registry, RegistryError, SocialProfile, deep_clean};
use soleira_core::model::{Connector, ConnectorType, SocialIdentity};
use soleira_core::{Code, ConnectorId, EntropyExt, Error, Kind, Result, UserId};
use soleira_runtime::Ctx;
use soleira_store::connectors::{self, ConnectorRow, type_name};
use soleira_store::db::Json;
use soleira_store::{Error as StoreError, Verdict, sign_in_experience, unit};
use std::sync::LazyLock;

/// What connectors are made from.
pub use soleira_connect::Factory;

static REGISTRY: LazyLock<Result<Registry, RegistryError>> = LazyLock::new(Registry::builtin);
/// With the test doubles.
static SANDBOX_REGISTRY: LazyLock<Result<Registry, RegistryError>> = LazyLock::new(Registry::sandbox);

fn registry(ctx: &Ctx) -> Result<&'static Registry> {
    let registry = if ctx.app.is_sandbox() {
        &SANDBOX_REGISTRY
    } else {
        &REGISTRY
    };
    registry.as_ref().map_err(Error::internal)
}

/// What connectors can be made from, in the order in which they are shown. Test doubles are among them in the sandbox
/// only.
pub fn factories(ctx: &Ctx) -> Result<&'static [Factory]> {
    Ok(registry(ctx)?.factories())
}

/// The factory of an identifier, such as `huggingface-universal`.
///
/// # Errors
/// 404 `entity.not_found`.
pub fn factory(ctx: &Ctx, id: &str) -> Result<&'static Factory> {
    registry(ctx)?.factory(id).ok_or_else(|| Code::EntityNotFound.into())
}

/// A connector and the factory that it was made from.
#[derive(Debug, Clone)]
pub struct ConnectorWithFactory {
    /// The connector, its configuration opened.
    pub connector: Connector,
    /// Its factory.
    pub factory: &'static Factory,
}

impl ConnectorWithFactory {
    /// How it signs people in: its manifest, and its configuration, checked.
    ///
    /// # Errors
    /// 400 `connector.unexpected_type` for a sender of messages; 400 `connector.invalid_config` naming the fields.
    fn social(&self) -> Result<(&'static Manifest, ConnectorConfig)> {
        let manifest = self.factory.social().ok_or(Code::ConnectorUnexpectedType)?;
        let config = ConnectorConfig::parse(manifest, &self.connector.config).map_err(ConnectorError::from)?;
        Ok((manifest, config))
    }
}

/// A connector to make.
#[derive(Debug, Clone)]
pub struct NewConnector {
    /// The factory.
    pub factory_id: String,
    /// What its form asks for.
    pub config: Map<String, Value>,
    /// What takes the place of the factory's own metadata, where a factory allows it.
    pub metadata: Map<String, Value>,
    /// Whether name and avatar follow the provider at each sign-in.
    pub sync_profile: bool,
    /// Whether the provider's tokens are kept.
    pub enable_token_storage: bool,
    /// An identifier that was told to the provider beforehand, as part of the redirect URI.
    pub id: Option<ConnectorId>,
}

impl NewConnector {
    /// A connector of a factory with its configuration.
    pub fn new(factory_id: impl Into<String>, config: Map<String, Value>) -> Self {
        Self {
            factory_id: factory_id.into(),
            config,
            metadata: Map::new(),
            sync_profile: false,
            enable_token_storage: false,
            id: None,
        }
    }
}

/// A change of a connector. The configuration, if given, takes the place of the whole.
#[derive(Debug, Clone, Default)]
pub struct ConnectorPatch {
    /// What the factory's form asks for.
    pub config: Option<Map<String, Value>>,
    /// What takes the place of the factory's own metadata.
    pub metadata: Option<Map<String, Value>>,
    /// Whether name and avatar follow the provider at each sign-in.
    pub sync_profile: Option<bool>,
    /// Whether the provider's tokens are kept.
    pub enable_token_storage: Option<bool>,
}

/// An identifier for a connector that is about to be made, so that its redirect URI is known before.
pub fn new_id(ctx: &Ctx) -> ConnectorId {
    ConnectorId(ctx.entropy().short_id())
}

/// The connector of a row; `None` if this program does not have its factory.
fn open(ctx: &Ctx, row: ConnectorRow) -> Result<Option<ConnectorWithFactory>> {
    let Some(factory) = registry(ctx)?.factory(&row.factory_id) else {
        tracing::warn!(connector = %row.id, factory = row.factory_id, "a connector has a factory that is not known");
        return Ok(None);
    };
    let context = connectors::context(&ctx.tenant.id, &row.id);
    let config = ctx.app.vault.open(&context, &row.sealed_config).map_err(vault_failed)?;
    Ok(Some(ConnectorWithFactory {
        connector: Connector {
            tenant_id: ctx.tenant.id.clone(),
            config: serde_json::from_slice(&config).map_err(Error::internal)?,
            id: row.id,
            factory_id: row.factory_id,
            sync_profile: row.sync_profile,
            enable_token_storage: row.enable_token_storage,
            metadata: row.metadata.0,
            created_at: row.created_at,
        },
        factory,
    }))
}

fn seal(ctx: &Ctx, id: &ConnectorId, config: &Map<String, Value>) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(config).map_err(Error::internal)?;
    let context = connectors::context(&ctx.tenant.id, id);
    ctx.app.vault.seal(&context, &text).map_err(vault_failed)
}

/// The connectors of the tenant, oldest first; those of one target if it is given.
pub async fn list(ctx: &Ctx, target: Option<&str>) -> Result<Vec<ConnectorWithFactory>> {
    ctx.require_administrator()?;
    let rows = connectors::all(&mut ctx.read().await?.tx(), &ctx.tenant.id).await?;
    let wanted = rows
        .into_iter()
        .filter(|row| target.is_none_or(|target| row.target == target));
    wanted.filter_map(|row| open(ctx, row).transpose()).collect()
}

/// The connector of an identifier.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn get(ctx: &Ctx, id: &ConnectorId) -> Result<ConnectorWithFactory> {
    ctx.require_administrator()?;
    let row = connectors::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    let connector = row.map(|row| open(ctx, row)).transpose()?.flatten();
    connector.ok_or_else(|| Code::EntityNotFound.into())
}

/// Makes a connector. Its configuration is sealed, without its empty values. A tenant has one sender of e-mails and one of
/// text messages: a new one takes the place of the one before.
///
/// # Errors
/// 422 `connector.not_found_with_connector_id`, `connector.multiple_instances_not_supported`,
/// `connector.token_storage_not_supported`, `connector.invalid_type_for_syncing_profile`; 400 `connector.invalid_config` naming the fields,
/// `connector.cannot_overwrite_metadata_for_non_standard_connector`; 422 `entity.unique_integrity_violation` for an
/// identifier that is taken.
pub async fn create(ctx: &Ctx, new: NewConnector) -> Result<ConnectorWithFactory> {
    ctx.require_administrator()?;
    let Some(factory) = registry(ctx)?.factory(&new.factory_id) else {
        return Err(Error::new(Code::ConnectorNotFoundWithConnectorId).with("connectorId", &new.factory_id));
    };
    check_metadata(factory, &new.metadata)?;
    check_options(factory, new.sync_profile, new.enable_token_storage)?;
    check_config(factory, &new.config)?;
    let id = new.id.unwrap_or_else(|| new_id(ctx));
    check_id(&id)?;
    let row = ConnectorRow {
        sealed_config: seal(ctx, &id, &deep_clean(&new.config))?,
        id,
        factory_id: new.factory_id,
        kind: type_name(factory.kind()).to_owned(),
        target: factory.target().to_owned(),
        platform: factory
            .platform()
            .map_or_else(String::new, |platform| platform.as_str().to_owned()),
        sync_profile: new.sync_profile,
        enable_token_storage: new.enable_token_storage,
        metadata: Json(Map::new()),
        created_at: ctx.now(),
    };
    let row = ctx
        .write_config(unit(
            (author(ctx), ctx.tenant.id.clone(), row),
            |(author, tenant, row), tx| {
                Box::pin(async move {
                    if row.kind != type_name(ConnectorType::Social) {
                        // Two that are made at once: the second waits, and takes the place of the first.
                        tx.lock(&format!("connector:{tenant}:{}", row.kind)).await?;
                        connectors::delete_of_type(tx, author, tenant, &row.kind).await?;
                    }
                    connectors::insert(tx, author, tenant, row).await.map_err(taken)?;
                    Ok(Verdict::Accept(row.clone()))
                })
            },
        ))
        .await?;
    open(ctx, row)?.ok_or_else(|| Code::EntityNotFound.into())
}

fn taken(error: StoreError) -> StoreError {
    if error.is_unique("connectors__platform") {
        return Error::new(Code::ConnectorMultipleInstancesNotSupported).into();
    }
    if error.is_unique("connectors_pkey") {
        return Error::new(Code::EntityUniqueIntegrityViolation).into();
    }
    error
}

/// Changes a connector.
///
/// # Errors
/// 404 `entity.not_found`; 400 `connector.can_not_modify_target`; otherwise those of [`create`].
pub async fn patch(ctx: &Ctx, id: &ConnectorId, patch: ConnectorPatch) -> Result<ConnectorWithFactory> {
    let factory = get(ctx, id).await?.factory;
    if let Some(metadata) = &patch.metadata {
        let target = metadata.get("target").and_then(Value::as_str);
        if target.is_some_and(|target| target != factory.target()) {
            return Err(Code::ConnectorCanNotModifyTarget.into());
        }
        check_metadata(factory, metadata)?;
    }
    let (sync, store) = (patch.sync_profile, patch.enable_token_storage);
    check_options(factory, sync.unwrap_or_default(), store.unwrap_or_default())?;
    let sealed = match &patch.config {
        Some(config) => {
            check_config(factory, config)?;
            Some(seal(ctx, id, &deep_clean(config))?)
        }
        None => None,
    };
    let row = ctx
        .write_config(unit(
            (author(ctx), ctx.tenant.id.clone(), id.clone(), patch, sealed),
            |(author, tenant, id, patch, sealed), tx| {
                Box::pin(async move {
                    tx.lock(&format!("connector:{tenant}:{id}")).await?;
                    let found = connectors::find(tx, tenant, id).await?;
                    let before = found.ok_or_else(|| Error::new(Code::EntityNotFound))?;
                    let mut after = before.clone();
                    if let Some(sealed) = sealed {
                        after.sealed_config.clone_from(sealed);
                    }
                    after.sync_profile = patch.sync_profile.unwrap_or(after.sync_profile);
                    after.enable_token_storage = patch.enable_token_storage.unwrap_or(after.enable_token_storage);
                    connectors::update(tx, author, tenant, &before, &after).await?;
                    Ok(Verdict::Accept(after))
                })
            },
        ))
        .await?;
    open(ctx, row)?.ok_or_else(|| Code::EntityNotFound.into())
}

/// Deletes a connector. Sign-in pages no longer offer its target, unless another connector has the same.
///
/// # Errors
/// 404 `entity.not_found`; 422 `sign_in_experiences.password_expiration_requires_forgot_password` for the last sender
/// while passwords expire.
pub async fn delete(ctx: &Ctx, id: &ConnectorId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                let experience = sign_in_experience::lock(tx, tenant).await?;
                let removed = connectors::delete(tx, author, tenant, id).await?;
                let target = removed.ok_or_else(|| Error::new(Code::EntityNotFound))?.target;
                let others = connectors::all(tx, tenant).await?;
                if let Some(experience) = &experience {
                    check_recovery_channel(experience, &others)?;
                }
                let Some(before) = experience.filter(|_| others.iter().all(|other| other.target != target)) else {
                    return Ok(Verdict::Accept(()));
                };
                let mut after = before.clone();
                after.social_sign_in_connector_targets.retain(|known| *known != target);
                if after != before {
                    sign_in_experience::update(tx, author, &before, &after).await?;
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// Where to send a browser so that its person signs in at a provider, for an application that brings the answer to
/// [`link`] itself.
///
/// # Errors
/// 404 `entity.not_found`; 400 `session.insufficient_info` without a state or a redirect URI; 400
/// `connector.unexpected_type` for a sender of messages, `connector.invalid_config`; 501 `connector.not_implemented` for a provider that needs more than the two.
pub async fn authorization_uri(ctx: &Ctx, id: &ConnectorId, state: &str, redirect_uri: &str) -> Result<String> {
    let connector = get(ctx, id).await?;
    if state.is_empty() || redirect_uri.is_empty() {
        return Err(Code::SessionInsufficientInfo.into());
    }
    let mut checks = Checks::default();
    checks.web_url("redirectUri", redirect_uri);
    checks.length("redirectUri", redirect_uri, 1, 2048);
    checks.length("state", state, 1, 2048);
    checks.finish()?;
    let request = AuthorizationRequest {
        redirect_uri,
        state,
        scope: None,
    };
    let (manifest, config) = connector.social()?;
    refuse_session(manifest)?;
    Ok(social::authorize(manifest, &config, request, ctx.entropy()).url.into())
}

/// What a provider's answer is bound to is kept with an interaction, and here there is none.
fn refuse_session(manifest: &Manifest) -> Result<()> {
    let oauth = &manifest.oauth;
    if oauth.pkce || oauth.nonce {
        return Err(Code::ConnectorNotImplemented.into());
    }
    Ok(())
}

/// Links the account at a provider that an answer of the provider is about to a user; answers all of their identities.
/// `answer` is what the provider sent along, and the `redirectUri` that it was asked with.
///
/// # Errors
/// 422 `session.invalid_connector_id` for an unknown connector; 404 `entity.not_found` for an unknown user; 422
/// `user.identity_already_in_use`; the provider's own errors, `connector.…`.
pub async fn link(
    ctx: &Ctx,
    user: &UserId,
    id: &ConnectorId,
    answer: &Map<String, Value>,
) -> Result<Vec<SocialIdentity>> {
    users::get(ctx, user).await?;
    let connector = get(ctx, id).await.map_err(|error| match error.kind() {
        Kind::NotFound => Error::new(Code::SessionInvalidConnectorId),
        _ => error,
    })?;
    let (manifest, config) = connector.social()?;
    refuse_session(manifest)?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let session = ConnectorSession {
        state: text("state"),
        redirect_uri: text("redirectUri"),
        ..ConnectorSession::default()
    };
    let (_, profile) = social::complete(&ctx.app.http, manifest, &config, &session, answer).await?;
    let new = NewIdentity {
        target: connector.factory.target().to_owned(),
        identity_id: profile.id.clone(),
        connector_id: Some(id.clone()),
        details: Some(details(&profile)),
    };
    Ok(users::put_identity(ctx, user, new).await?.0)
}

/// What the wire shows of an identity.
fn details(profile: &SocialProfile) -> Value {
    let mut details = Map::new();
    details.insert("id".into(), profile.id.clone().into());
    for (name, value) in [
        ("name", &profile.name),
        ("avatar", &profile.avatar),
        ("email", &profile.email),
        ("phone", &profile.phone),
    ] {
        if let Some(value) = value {
            details.insert(name.into(), value.clone().into());
        }
    }
    details.insert("rawData".into(), Value::Object(profile.raw.clone()));
    Value::Object(details)
}

/// The identifier stands in a path that providers compare: letters, digits, `-` and `_`.
fn check_id(id: &ConnectorId) -> Result<()> {
    let mut checks = Checks::default();
    checks.length("id", id.as_str(), 1, 128);
    if !id
        .as_str()
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        checks.add("id", "invalid_string", "Only ASCII letters, digits, `-` and `_`");
    }
    checks.finish()
}
