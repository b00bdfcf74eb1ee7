//! `/api/configs/jwt-customizer`: scripts that add claims to access tokens; `/api/configs/scripts`: what scripts may do.

use crate::AnyObject;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_core::{Code, Error};
use soleira_directory::configs;
use soleira_directory::token_scripts::{self, TokenScript, TokenType};
use soleira_web::{Access, Context, Issues, Result, Routes, Valid, Validate};
use std::collections::BTreeMap;

const ONE: &str = "/api/configs/jwt-customizer/{tokenTypePath}";

pub(crate) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/configs/jwt-customizer", Access::Management, token_scripts)
        .post(
            "/api/configs/jwt-customizer/test",
            Access::Management,
            test_token_script,
        )
        .get(ONE, Access::Management, token_script)
        .put(ONE, Access::Management, put_token_script)
        .patch(ONE, Access::Management, patch_token_script)
        .delete(ONE, Access::Management, delete_token_script)
        .get("/api/configs/scripts", Access::Management, script_config)
        .patch("/api/configs/scripts", Access::Management, patch_script_config)
}

/// The kind of token of a path.
fn token_type(segment: &str) -> Result<TokenType> {
    TokenType::parse(segment).ok_or_else(|| {
        let mut issues = Issues::default();
        let message = "Invalid enum value. Expected 'access-token' | 'client-credentials'";
        issues.add("tokenTypePath", "invalid_enum_value", message);
        let error = issues.into_error("params");
        error.unwrap_or_else(|| Error::new(Code::GuardInvalidInput)).into()
    })
}

/// A script that adds claims to access tokens.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = JwtCustomizer)]
pub(crate) struct JwtCustomizerConfig {
    /// JavaScript that defines `getCustomJwtClaims`.
    script: String,
    /// What the script is given besides: settings and secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment_variables: Option<BTreeMap<String, String>>,
    /// What it is tried with, in place of what is known of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    context_sample: Option<Map<String, Value>>,
    /// What it is tried with, in place of a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    token_sample: Option<Map<String, Value>>,
    /// Whether nothing is issued when it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    block_issuance_on_error: Option<bool>,
}

impl Validate for JwtCustomizerConfig {}

impl From<TokenScript> for JwtCustomizerConfig {
    fn from(script: TokenScript) -> Self {
        Self {
            script: script.script,
            environment_variables: script.environment_variables,
            context_sample: script.context_sample,
            token_sample: script.token_sample,
            block_issuance_on_error: script.block_issuance_on_error,
        }
    }
}

impl From<JwtCustomizerConfig> for TokenScript {
    fn from(config: JwtCustomizerConfig) -> Self {
        Self {
            script: config.script,
            environment_variables: config.environment_variables,
            context_sample: config.context_sample,
            token_sample: config.token_sample,
            block_issuance_on_error: config.block_issuance_on_error,
        }
    }
}

/// A script and the kind of token that it is for.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct JwtCustomizerEntry {
    /// `jwt.accessToken` or `jwt.clientCredentials`.
    key: &'static str,
    value: JwtCustomizerConfig,
}

/// The scripts of the tenant.
#[utoipa::path(get, path = "/api/configs/jwt-customizer", operation_id = "ListJwtCustomizers", tag = "Configs",
    responses((status = 200, body = [JwtCustomizerEntry])))]
pub(crate) async fn token_scripts(ctx: Context) -> Result<Json<Vec<JwtCustomizerEntry>>> {
    let scripts = token_scripts::list(&ctx).await?;
    let entries = scripts.into_iter().map(|(kind, script)| JwtCustomizerEntry {
        key: kind.key(),
        value: script.into(),
    });
    Ok(Json(entries.collect()))
}

/// The script for a kind of token.
#[utoipa::path(get, path = "/api/configs/jwt-customizer/{tokenTypePath}", operation_id = "GetJwtCustomizer",
    tag = "Configs", params(("tokenTypePath" = String, Path)),
    responses((status = 200, body = JwtCustomizerConfig), (status = 404)))]
pub(crate) async fn token_script(ctx: Context, Path(kind): Path<String>) -> Result<Json<JwtCustomizerConfig>> {
    let script = token_scripts::get(&ctx, token_type(&kind)?).await?;
    Ok(Json(script.into()))
}

/// Sets the script for a kind of token.
#[utoipa::path(put, path = "/api/configs/jwt-customizer/{tokenTypePath}", operation_id = "UpsertJwtCustomizer",
    tag = "Configs", params(("tokenTypePath" = String, Path)), request_body = JwtCustomizerConfig,
    responses((status = 200, body = JwtCustomizerConfig), (status = 201, body = JwtCustomizerConfig)))]
pub(crate) async fn put_token_script(
    ctx: Context,
    Path(kind): Path<String>,
    Valid(input): Valid<JwtCustomizerConfig>,
) -> Result<(StatusCode, Json<JwtCustomizerConfig>)> {
    let is_new = token_scripts::put(&ctx, token_type(&kind)?, input.clone().into()).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(input)))
}

/// Changes the script for a kind of token. The script is always given.
#[utoipa::path(patch, path = "/api/configs/jwt-customizer/{tokenTypePath}", operation_id = "UpdateJwtCustomizer",
    tag = "Configs", params(("tokenTypePath" = String, Path)), request_body = JwtCustomizerConfig,
    responses((status = 200, body = JwtCustomizerConfig), (status = 404)))]
pub(crate) async fn patch_token_script(
    ctx: Context,
    Path(kind): Path<String>,
    Valid(input): Valid<JwtCustomizerConfig>,
) -> Result<Json<JwtCustomizerConfig>> {
    let script = token_scripts::patch(&ctx, token_type(&kind)?, input.into()).await?;
    Ok(Json(script.into()))
}

/// Removes the script for a kind of token.
#[utoipa::path(delete, path = "/api/configs/jwt-customizer/{tokenTypePath}", operation_id = "DeleteJwtCustomizer",
    tag = "Configs", params(("tokenTypePath" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_token_script(ctx: Context, Path(kind): Path<String>) -> Result<StatusCode> {
    token_scripts::delete(&ctx, token_type(&kind)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A kind of token.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JwtCustomizerTokenType {
    /// Tokens of people.
    AccessToken,
    /// Tokens of machines.
    ClientCredentials,
}

/// A script to try, on a token and in a context that need not exist.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JwtCustomizerTest {
    token_type: JwtCustomizerTokenType,
    script: String,
    #[serde(default)]
    environment_variables: Option<BTreeMap<String, String>>,
    #[schema(value_type = Object)]
    token: Map<String, Value>,
    /// Of a token of a person, with `user`.
    #[schema(value_type = Object)]
    context: Map<String, Value>,
}

impl Validate for JwtCustomizerTest {
    fn validate(&self, issues: &mut Issues) {
        let has_user = self.context.get("user").is_some_and(Value::is_object);
        if matches!(self.token_type, JwtCustomizerTokenType::AccessToken) && !has_user {
            issues.within("context", |issues| {
                issues.add("user", "invalid_type", "Expected object");
            });
        }
    }
}

/// Runs a script without storing it; answers the claims that it returns.
#[utoipa::path(post, path = "/api/configs/jwt-customizer/test", operation_id = "TestJwtCustomizer", tag = "Configs",
    request_body = JwtCustomizerTest,
    responses((status = 200, body = AnyObject), (status = 403), (status = 422)))]
pub(crate) async fn test_token_script(
    ctx: Context,
    Valid(input): Valid<JwtCustomizerTest>,
) -> Result<Json<Map<String, Value>>> {
    let kind = match input.token_type {
        JwtCustomizerTokenType::AccessToken => TokenType::AccessToken,
        JwtCustomizerTokenType::ClientCredentials => TokenType::ClientCredentials,
    };
    let script = TokenScript {
        script: input.script,
        environment_variables: input.environment_variables,
        ..TokenScript::default()
    };
    let claims = token_scripts::test(&ctx, kind, script, input.token, input.context).await?;
    Ok(Json(claims))
}

/// What scripts of the tenant may do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ScriptConfig {
    /// Whether they may ask the outside world (`fetch`).
    network: bool,
}

/// A change of what scripts of the tenant may do.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct ScriptConfigPatch {
    #[serde(default)]
    network: Option<bool>,
}

impl Validate for ScriptConfigPatch {}

/// What scripts of the tenant may do.
#[utoipa::path(get, path = "/api/configs/scripts", operation_id = "GetScriptConfig", tag = "Configs",
    responses((status = 200, body = ScriptConfig)))]
pub(crate) async fn script_config(ctx: Context) -> Result<Json<ScriptConfig>> {
    let network = configs::get(&ctx).await?.scripts_may_use_network();
    Ok(Json(ScriptConfig { network }))
}

/// Changes what scripts of the tenant may do.
#[utoipa::path(patch, path = "/api/configs/scripts", operation_id = "UpdateScriptConfig", tag = "Configs",
    request_body = ScriptConfigPatch, responses((status = 200, body = ScriptConfig)))]
pub(crate) async fn patch_script_config(
    ctx: Context,
    Valid(input): Valid<ScriptConfigPatch>,
) -> Result<Json<ScriptConfig>> {
    let network = match input.network {
        Some(allowed) => configs::let_scripts_use_network(&ctx, allowed).await?,
        None => configs::get(&ctx).await?.scripts_may_use_network(),
    };
    Ok(Json(ScriptConfig { network }))
}
