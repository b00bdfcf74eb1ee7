//! `/api/configs`, as far as there is something to set.

mod client_documents;
mod keys;
mod scripts;
mod tokens;

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use soleira_directory::configs;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(crate) use client_documents::*;
pub(crate) use keys::*;
pub(crate) use scripts::*;
pub(crate) use tokens::*;

pub(crate) fn add(routes: Routes) -> Routes {
    let routes = client_documents::add(scripts::add(tokens::add(keys::add(routes))));
    routes
        .get("/api/configs/admin-console", Access::Management, admin_console)
        .patch("/api/configs/admin-console", Access::Management, patch_admin_console)
        .get("/api/configs/oidc/session", Access::Management, session)
        .patch("/api/configs/oidc/session", Access::Management, patch_session)
}

/// A tenant that the hosting service moved.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MigrationNotification {
    is_paid_tenant: bool,
    tag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read_at: Option<i64>,
}

/// Which notices about charges were read.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChargeNotification {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api_resource: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    machine_to_machine_app: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant_member: Option<bool>,
}

/// What the Console remembers about the tenant's progress.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdminConsoleConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sign_in_experience_customized: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization_created: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    development_tenant_migration_notification: Option<MigrationNotification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checked_charge_notification: Option<ChargeNotification>,
}

impl Validate for AdminConsoleConfig {}

/// What the Console remembers about the tenant's progress.
#[utoipa::path(get, path = "/api/configs/admin-console", operation_id = "GetAdminConsoleConfig", tag = "Configs",
    responses((status = 200, body = AdminConsoleConfig)))]
pub(crate) async fn admin_console(ctx: Context) -> Result<Json<Map<String, Value>>> {
    Ok(Json(configs::get(&ctx).await?.admin_console()))
}

/// Changes what the Console remembers.
#[utoipa::path(patch, path = "/api/configs/admin-console", operation_id = "UpdateAdminConsoleConfig", tag = "Configs",
    request_body = AdminConsoleConfig, responses((status = 200, body = AdminConsoleConfig)))]
pub(crate) async fn patch_admin_console(
    ctx: Context,
    Valid(input): Valid<AdminConsoleConfig>,
) -> Result<Json<Map<String, Value>>> {
    let changes = match json!(input) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    Ok(Json(configs::patch_admin_console(&ctx, changes).await?))
}

/// How long sessions last.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionConfig {
    /// Seconds.
    ttl: i64,
}

/// A change of how long sessions last.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct SessionConfigPatch {
    /// Seconds, 1 to a year.
    #[serde(default)]
    ttl: Option<i64>,
}

impl Validate for SessionConfigPatch {}

/// How long sessions last.
#[utoipa::path(get, path = "/api/configs/oidc/session", operation_id = "GetOidcSessionConfig", tag = "Configs",
    responses((status = 200, body = SessionConfig)))]
pub(crate) async fn session(ctx: Context) -> Result<Json<SessionConfig>> {
    let ttl = configs::get(&ctx).await?.session_ttl();
    Ok(Json(SessionConfig { ttl }))
}

/// Changes how long sessions last.
#[utoipa::path(patch, path = "/api/configs/oidc/session", operation_id = "UpdateOidcSessionConfig", tag = "Configs",
    request_body = SessionConfigPatch, responses((status = 200, body = SessionConfig)))]
pub(crate) async fn patch_session(
    ctx: Context,
    Valid(input): Valid<SessionConfigPatch>,
) -> Result<Json<SessionConfig>> {
    let ttl = match input.ttl {
        Some(ttl) => configs::set_session_ttl(&ctx, ttl).await?,
        None => configs::get(&ctx).await?.session_ttl(),
    };
    Ok(Json(SessionConfig { ttl }))
}
