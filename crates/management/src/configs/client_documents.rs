//! Whether clients may describe themselves by a document (client ID metadata documents).

use axum::Json;
use serde::{Deserialize, Serialize};
use soleira_directory::configs;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/configs/cimd", Access::Management, cimd)
        .patch("/api/configs/cimd", Access::Management, patch_cimd)
}

/// Whether clients may describe themselves by a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CimdConfig {
    enabled: bool,
}

/// A change of whether they may.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct CimdConfigPatch {
    #[serde(default)]
    enabled: Option<bool>,
}

impl Validate for CimdConfigPatch {}

/// Whether clients may describe themselves by a document.
#[utoipa::path(get, path = "/api/configs/cimd", operation_id = "GetCimdConfig", tag = "Configs",
    responses((status = 200, body = CimdConfig)))]
pub(crate) async fn cimd(ctx: Context) -> Result<Json<CimdConfig>> {
    let enabled = configs::client_documents(&ctx).await?;
    Ok(Json(CimdConfig { enabled }))
}

/// Says whether clients may describe themselves by a document.
#[utoipa::path(patch, path = "/api/configs/cimd", operation_id = "UpdateCimdConfig", tag = "Configs",
    request_body = CimdConfigPatch, responses((status = 200, body = CimdConfig), (status = 422)))]
pub(crate) async fn patch_cimd(ctx: Context, Valid(input): Valid<CimdConfigPatch>) -> Result<Json<CimdConfig>> {
    let enabled = match input.enabled {
        Some(enabled) => configs::set_client_documents(&ctx, enabled).await?,
        None => configs::client_documents(&ctx).await?,
    };
    Ok(Json(CimdConfig { enabled }))
}
