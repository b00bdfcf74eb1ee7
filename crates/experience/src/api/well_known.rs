//! `/api/.well-known/sign-in-exp`: what pages of one's own read first.

use axum::Json;
use serde::Deserialize;
use serde_json::Value;
use soleira_access::interaction;
use soleira_core::{ApplicationId, OrganizationId};
use soleira_web::{Access, Context, Query, Result, Routes};

pub(super) fn add(routes: Routes) -> Routes {
    routes.get("/api/.well-known/sign-in-exp", Access::Anyone, get).get(
        "/api/.well-known/experience",
        Access::Anyone,
        alias,
    )
}

/// For whom the pages are dressed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Asked {
    app_id: Option<String>,
    organization_id: Option<String>,
}

/// How the tenant's people sign in.
#[utoipa::path(get, path = "/api/.well-known/sign-in-exp", operation_id = "GetSignInExperienceConfig",
    tag = "Well-known", security(()),
    params(("organizationId" = Option<String>, Query), ("appId" = Option<String>, Query)),
    responses((status = 200, body = Object)))]
pub(crate) async fn get(ctx: Context, Query(asked): Query<Asked>) -> Result<Json<Value>> {
    let application = asked.app_id.map(ApplicationId);
    let organization = asked.organization_id.map(OrganizationId);
    let shown = interaction::published_settings(&ctx, application.as_ref(), organization.as_ref()).await?;
    Ok(Json(shown))
}

/// The same under its older name.
#[utoipa::path(get, path = "/api/.well-known/experience", operation_id = "GetWellKnownExperience",
    tag = "Well-known", security(()),
    params(("organizationId" = Option<String>, Query), ("appId" = Option<String>, Query)),
    responses((status = 200, body = Object)))]
pub(crate) async fn alias(ctx: Context, query: Query<Asked>) -> Result<Json<Value>> {
    get(ctx, query).await
}
