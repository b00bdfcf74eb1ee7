//! Settings that have a row each.

use crate::author;
use crate::checks::Checks;
use serde_json::{Map, Value, json};
use soleira_core::{Code, Error, Kind, Result};
use soleira_oauth::claims::EXTENDED;
use soleira_runtime::Ctx;
use soleira_store::{Verdict, configs, unit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lifetime of sessions in seconds unless the tenant chose another: 14 days.
pub const SESSION_TTL: i64 = 1_209_600;
/// Longest lifetime of sessions in seconds: a year.
const SESSION_TTL_MAX: i64 = 31_536_000;

const SESSION: &str = "oidc.session";
const ID_TOKEN: &str = "idToken";
const CLIENT_AUTHENTICATION: &str = "oidc.clientAuthentication";
const CLIENT_DOCUMENTS: &str = "cimd";
const SCRIPTS: &str = "scripts";
const ADMIN_CONSOLE: &str = "adminConsole";

/// Every setting of the tenant, from the cache.
#[derive(Debug)]
pub struct Configs(BTreeMap<String, Value>);

impl Configs {
    /// Lifetime of sessions in seconds.
    pub fn session_ttl(&self) -> i64 {
        self.0
            .get(SESSION)
            .and_then(|value| value["ttl"].as_i64())
            .unwrap_or(SESSION_TTL)
    }

    /// The claims that ID tokens carry besides the standard ones (`roles`, `organizations`…).
    pub fn extended_id_token_claims(&self) -> Vec<&str> {
        let claims = self
            .0
            .get(ID_TOKEN)
            .and_then(|value| value["enabledExtendedClaims"].as_array());
        claims
            .map(|claims| claims.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }

    /// What ID tokens carry besides the standard claims, as it was set; nothing if it never was.
    pub fn id_token(&self) -> Option<&Value> {
        self.0.get(ID_TOKEN)
    }

    /// Whether assertions of clients may name the token endpoint as their audience, besides the issuer.
    pub fn accepts_token_endpoint_audience(&self) -> bool {
        self.0
            .get(CLIENT_AUTHENTICATION)
            .is_some_and(|value| value["acceptTokenEndpointAudience"] == true)
    }

    /// Whether clients may describe themselves by a document (client ID metadata documents).
    pub fn accepts_client_documents(&self) -> bool {
        self.0
            .get(CLIENT_DOCUMENTS)
            .is_some_and(|value| value["enabled"] == true)
    }

    /// Whether scripts of the tenant may ask the outside world (`fetch`).
    pub fn scripts_may_use_network(&self) -> bool {
        self.0.get(SCRIPTS).is_some_and(|value| value["network"] == true)
    }

    /// What the Console remembers about the tenant's progress.
    pub fn admin_console(&self) -> Map<String, Value> {
        self.0
            .get(ADMIN_CONSOLE)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    }
}

/// Every setting of the tenant, from the cache.
pub async fn get(ctx: &Ctx) -> Result<Arc<Configs>> {
    ctx.cached("configs", &ctx.tenant.id, |tenant, tx| {
        Box::pin(async move { Ok(Configs(configs::all(tx, tenant).await?.into_iter().collect())) })
    })
    .await
}

async fn merge(ctx: &Ctx, key: &'static str, changes: Map<String, Value>) -> Result<Map<String, Value>> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), key, changes),
        |(author, tenant, key, changes), tx| {
            Box::pin(async move {
                tx.lock(&format!("config:{tenant}:{key}")).await?;
                let mut value = match configs::find(tx, tenant, key).await? {
                    Some(Value::Object(members)) => members,
                    _ => Map::new(),
                };
                value.extend(changes.clone());
                configs::put(tx, author, tenant, key, &Value::Object(value.clone())).await?;
                Ok(Verdict::Accept(value))
            })
        },
    ))
    .await
}

/// Changes what the Console remembers: members given take the place of those of the same name.
pub async fn patch_admin_console(ctx: &Ctx, changes: Map<String, Value>) -> Result<Map<String, Value>> {
    merge(ctx, ADMIN_CONSOLE, changes).await
}

/// Sets which claims ID tokens carry besides the standard ones; answers what holds.
///
/// # Errors
/// 400 `guard.invalid_input` for a claim that there is none of.
pub async fn set_id_token(ctx: &Ctx, enabled_extended_claims: Option<Vec<String>>) -> Result<Value> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    for (index, claim) in enabled_extended_claims.iter().flatten().enumerate() {
        if !EXTENDED.contains(&claim.as_str()) {
            let path = format!("enabledExtendedClaims.{index}");
            let message = format!("Invalid enum value. Expected one of {}", EXTENDED.join(", "));
            checks.add(&path, "invalid_enum_value", &message);
        }
    }
    checks.finish()?;
    let value = match enabled_extended_claims {
        Some(claims) => json!({"enabledExtendedClaims": claims}),
        None => json!({}),
    };
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), value),
        |(author, tenant, value), tx| {
            Box::pin(async move {
                configs::put(tx, author, tenant, ID_TOKEN, value).await?;
                Ok(Verdict::Accept(value.clone()))
            })
        },
    ))
    .await
}

/// Changes whether assertions of clients may name the token endpoint as their audience; answers what holds.
pub async fn accept_token_endpoint_audience(ctx: &Ctx, accept: bool) -> Result<bool> {
    let mut changes = Map::new();
    changes.insert("acceptTokenEndpointAudience".into(), json!(accept));
    merge(ctx, CLIENT_AUTHENTICATION, changes).await?;
    Ok(accept)
}

/// Says whether scripts of the tenant may ask the outside world; answers what holds.
pub async fn let_scripts_use_network(ctx: &Ctx, allowed: bool) -> Result<bool> {
    let mut changes = Map::new();
    changes.insert("network".into(), json!(allowed));
    merge(ctx, SCRIPTS, changes).await?;
    Ok(allowed)
}

/// Changes the lifetime of sessions, in seconds (1 to a year); answers the one in force.
pub async fn set_session_ttl(ctx: &Ctx, ttl: i64) -> Result<i64> {
    let mut checks = Checks::default();
    checks.range("ttl", ttl, 1, SESSION_TTL_MAX);
    checks.finish()?;
    let mut changes = Map::new();
    changes.insert("ttl".into(), json!(ttl));
    let value = merge(ctx, SESSION, changes).await?;
    value
        .get("ttl")
        .and_then(Value::as_i64)
        .ok_or_else(|| Error::new(Code::EntityNotExists))
}

/// Whether the tenant takes clients that describe themselves by a document: it was switched on, and outbound requests
/// are guarded.
pub async fn client_documents(ctx: &Ctx) -> Result<bool> {
    Ok(get(ctx).await?.accepts_client_documents() && ctx.app.http.policy().guards())
}

/// Says whether the tenant takes clients that describe themselves by a document; answers what holds.
///
/// # Errors
/// 422 `request.invalid_input` when `outbound.allow` names every address: nothing would keep the server from asking
/// whatever a stranger names.
pub async fn set_client_documents(ctx: &Ctx, enabled: bool) -> Result<bool> {
    ctx.require_administrator()?;
    if enabled && !ctx.app.http.policy().guards() {
        let details = "outbound.allow names every address: clients that describe themselves by a document need the guard \
                       of outbound requests";
        return Err(Error::new(Code::RequestInvalidInput)
            .kind_is(Kind::Unprocessable)
            .with("details", details));
    }
    let mut changes = Map::new();
    changes.insert("enabled".into(), json!(enabled));
    merge(ctx, CLIENT_DOCUMENTS, changes).await?;
    client_documents(ctx).await
}
