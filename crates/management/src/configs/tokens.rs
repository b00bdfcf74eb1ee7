//! `/api/configs/id-token` and `/api/configs/oidc/client-authentication`.

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use soleira_core::{Code, Error};
use soleira_directory::configs;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(crate) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/configs/id-token", Access::Management, id_token)
        .put("/api/configs/id-token", Access::Management, put_id_token)
        .get(
            "/api/configs/oidc/client-authentication",
            Access::Management,
            client_authentication,
        )
        .patch(
            "/api/configs/oidc/client-authentication",
            Access::Management,
            patch_client_authentication,
        )
}

/// A claim that enters ID tokens only if it is enabled.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExtendedIdTokenClaim {
    CustomData,
    Identities,
    SsoIdentities,
    Roles,
    Organizations,
    OrganizationData,
    OrganizationRoles,
}

impl ExtendedIdTokenClaim {
    const fn name(self) -> &'static str {
        match self {
            Self::CustomData => "custom_data",
            Self::Identities => "identities",
            Self::SsoIdentities => "sso_identities",
            Self::Roles => "roles",
            Self::Organizations => "organizations",
            Self::OrganizationData => "organization_data",
            Self::OrganizationRoles => "organization_roles",
        }
    }
}

/// What ID tokens carry besides the standard claims.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdTokenConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enabled_extended_claims: Option<Vec<ExtendedIdTokenClaim>>,
}

impl Validate for IdTokenConfig {}

/// What ID tokens carry besides the standard claims.
#[utoipa::path(get, path = "/api/configs/id-token", operation_id = "GetIdTokenConfig", tag = "Configs",
    responses((status = 200, body = IdTokenConfig), (status = 404)))]
pub(crate) async fn id_token(ctx: Context) -> Result<Json<Value>> {
    let configs = configs::get(&ctx).await?;
    let value = configs.id_token().cloned();
    Ok(Json(value.ok_or_else(|| Error::new(Code::EntityNotFound))?))
}

/// Sets what ID tokens carry besides the standard claims.
#[utoipa::path(put, path = "/api/configs/id-token", operation_id = "UpsertIdTokenConfig", tag = "Configs",
    request_body = IdTokenConfig, responses((status = 200, body = IdTokenConfig)))]
pub(crate) async fn put_id_token(ctx: Context, Valid(input): Valid<IdTokenConfig>) -> Result<Json<Value>> {
    let claims = input.enabled_extended_claims;
    let claims = claims.map(|claims| claims.into_iter().map(|claim| claim.name().to_owned()).collect());
    Ok(Json(configs::set_id_token(&ctx, claims).await?))
}

/// What the tenant accepts of clients that authenticate with a JWT.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientAuthenticationConfig {
    /// Whether the audience may be the token endpoint, besides the issuer.
    accept_token_endpoint_audience: bool,
}

/// A change of what the tenant accepts of clients that authenticate with a JWT.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientAuthenticationPatch {
    #[serde(default)]
    accept_token_endpoint_audience: Option<bool>,
}

impl Validate for ClientAuthenticationPatch {}

/// What the tenant accepts of clients that authenticate with a JWT.
#[utoipa::path(get, path = "/api/configs/oidc/client-authentication", operation_id = "GetClientAuthenticationConfig",
    tag = "Configs", responses((status = 200, body = ClientAuthenticationConfig)))]
pub(crate) async fn client_authentication(ctx: Context) -> Result<Json<ClientAuthenticationConfig>> {
    let accept_token_endpoint_audience = configs::get(&ctx).await?.accepts_token_endpoint_audience();
    Ok(Json(ClientAuthenticationConfig {
        accept_token_endpoint_audience,
    }))
}

/// Changes what the tenant accepts of clients that authenticate with a JWT.
#[utoipa::path(patch, path = "/api/configs/oidc/client-authentication",
    operation_id = "UpdateClientAuthenticationConfig", tag = "Configs", request_body = ClientAuthenticationPatch,
    responses((status = 200, body = ClientAuthenticationConfig)))]
pub(crate) async fn patch_client_authentication(
    ctx: Context,
    Valid(input): Valid<ClientAuthenticationPatch>,
) -> Result<Json<ClientAuthenticationConfig>> {
    let accept_token_endpoint_audience = match input.accept_token_endpoint_audience {
        Some(accept) => configs::accept_token_endpoint_audience(&ctx, accept).await?,
        None => configs::get(&ctx).await?.accepts_token_endpoint_audience(),
    };
    Ok(Json(ClientAuthenticationConfig {
        accept_token_endpoint_audience,
    }))
}
