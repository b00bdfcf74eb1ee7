//! The social providers that a tenant offers to whoever signs in: its connectors whose targets the sign-in experience
//! lists, in that order.

use serde_json::{Map, Value, json};
use soleira_connect::social::{ConnectorConfig, Manifest};
use soleira_connect::{ConnectorError, Factory};
use soleira_core::model::{ConnectorType, SignInExperience};
use soleira_core::{Code, ConnectorId, Error, Result};
use soleira_directory::connectors::factories;
use soleira_phrases::Language;
use soleira_runtime::Ctx;
use soleira_store::connectors::{self, ConnectorRow};
use std::sync::Arc;

/// A provider that people sign in with.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The connector.
    pub id: ConnectorId,
    /// The provider, under which identities are kept.
    pub target: String,
    /// Whether name and avatar follow the provider at each sign-in.
    pub sync_profile: bool,
    factory: &'static Factory,
    manifest: &'static Manifest,
    metadata: Map<String, Value>,
    sealed_config: Vec<u8>,
}

impl Provider {
    fn of(row: &ConnectorRow, factories: &'static [Factory]) -> Option<Self> {
        let factory = factories.iter().find(|factory| factory.id() == row.factory_id)?;
        Some(Self {
            id: row.id.clone(),
            target: row.target.clone(),
            sync_profile: row.sync_profile,
            factory,
            manifest: factory.social()?,
            metadata: row.metadata.0.clone(),
            sealed_config: row.sealed_config.clone(),
        })
    }

    /// Its name in a language.
    pub fn name(&self, language: Language) -> String {
        let named = self.metadata.get("name").and_then(|names| {
            [language.tag(), language.base(), "en"]
                .into_iter()
                .find_map(|tag| names.get(tag)?.as_str())
        });
        named
            .unwrap_or_else(|| self.factory.name().get(language.tag()))
            .to_owned()
    }

    /// Address or `data:` URL of its logo.
    pub fn logo(&self) -> String {
        self.metadata
            .get("logo")
            .and_then(Value::as_str)
            .unwrap_or_else(|| self.factory.logo())
            .to_owned()
    }

    /// Its logo on dark, where it differs.
    pub fn dark_logo(&self) -> Option<String> {
        self.metadata.get("logoDark").and_then(Value::as_str).map(str::to_owned)
    }

    /// The provider as pages of one's own read it: what its button shows, without what only administrators need.
    pub fn to_wire(&self) -> Value {
        let mut shown = self.factory.metadata();
        for (name, value) in &self.metadata {
            shown.insert(name.clone(), value.clone());
        }
        for name in ["description", "configTemplate", "formItems", "readme", "customData"] {
            shown.shift_remove(name);
        }
        shown.insert("id".to_owned(), json!(self.id));
        shown.insert("target".to_owned(), json!(self.target));
        Value::Object(shown)
    }

    /// Where it sends people back to.
    pub(super) fn redirect_uri(&self, ctx: &Ctx) -> String {
        ctx.tenant.url(&format!("/callback/{}", self.id))
    }

    pub(super) fn manifest(&self) -> &'static Manifest {
        self.manifest
    }

    /// How it is spoken to. Opened for each use, so that no secret stays in memory.
    ///
    /// # Errors
    /// `connector.invalid_config` when a field is missing or wrong.
    pub(super) fn config(&self, ctx: &Ctx) -> Result<ConnectorConfig> {
        let context = connectors::context(&ctx.tenant.id, &self.id);
        let opened = ctx
            .app
            .vault
            .open(&context, &self.sealed_config)
            .map_err(Error::internal)?;
        let config: Map<String, Value> = serde_json::from_slice(&opened).map_err(Error::internal)?;
        Ok(ConnectorConfig::parse(self.manifest(), &config).map_err(ConnectorError::from)?)
    }
}

/// The providers that the tenant offers, in the administrator's order.
pub async fn offered_providers(ctx: &Ctx, experience: &SignInExperience) -> Result<Vec<Provider>> {
    let all = all(ctx).await?;
    let targets = &experience.social_sign_in_connector_targets;
    Ok(targets
        .iter()
        .flat_map(|target| all.iter().filter(move |provider| provider.target == *target))
        .cloned()
        .collect())
}

/// The name of a provider in a language, offered or not; what it was asked by if there is none.
pub async fn provider_name(ctx: &Ctx, target: &str, language: Language) -> Result<String> {
    let all = all(ctx).await?;
    let known = all
        .iter()
        .find(|provider| provider.target == target || provider.id.as_str() == target);
    if let Some(provider) = known {
        return Ok(provider.name(language));
    }
    let factory = factories(ctx)?.iter().find(|factory| factory.target() == target);
    Ok(factory
        .map_or(target, |factory| factory.name().get(language.tag()))
        .to_owned())
}

/// The provider of a connector, offered on the pages or not.
///
/// # Errors
/// 404 `entity.not_found`; 400 `connector.unexpected_type` for a connector that sends messages.
pub(super) async fn provider(ctx: &Ctx, id: &ConnectorId) -> Result<Provider> {
    let known = all(ctx).await?.iter().find(|provider| provider.id == *id).cloned();
    if let Some(provider) = known {
        return Ok(provider);
    }
    let row = connectors::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    Err(Error::new(match row {
        Some(row) if row.kind != connectors::type_name(ConnectorType::Social) => Code::ConnectorUnexpectedType,
        _ => Code::EntityNotFound,
    }))
}

/// The social connectors of the tenant, from the cache.
pub(super) async fn all(ctx: &Ctx) -> Result<Arc<Vec<Provider>>> {
    let needs = (ctx.tenant.id.clone(), factories(ctx)?);
    ctx.cached("social_providers", &needs, |(tenant, factories), tx| {
        Box::pin(async move {
            let rows = connectors::all(tx, tenant).await?;
            let social = rows
                .iter()
                .filter(|row| row.kind == connectors::type_name(ConnectorType::Social));
            Ok(social
                .filter_map(|row| Provider::of(row, factories))
                .collect::<Vec<_>>())
        })
    })
    .await
}
