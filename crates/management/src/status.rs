//! Whether the server answers, and where its tenants are.

use axum::Json;
use axum::extract::Path;
use axum::response::IntoResponse;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use soleira_core::Code;
use soleira_crypto::constant_time_eq;
use soleira_web::{Access, Context, Result, Routes};

pub(crate) fn add(routes: Routes) -> Routes {
    routes.get("/api/status", Access::Anyone, status).get(
        "/api/.well-known/endpoints/{tenantId}",
        Access::Anyone,
        endpoints,
    )
}

/// The header that the key of whoever watches the server comes in.
const STATUS_API_KEY: HeaderName = HeaderName::from_static("logto-status-api-key");
/// The header that names the tenant which answers.
const TENANT_ID: HeaderName = HeaderName::from_static("logto-tenant-id");

/// The server answers; whoever shows the status key learns which tenant it was.
#[utoipa::path(get, path = "/api/status", operation_id = "GetStatus", tag = "Status", security(()),
    responses((status = 204, description = "It answers")))]
pub(crate) async fn status(ctx: Context, headers: HeaderMap) -> Result {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let shown = headers.get(STATUS_API_KEY).map(HeaderValue::as_bytes);
    let key = ctx.app.settings.status_api_key.as_ref();
    let is_watched = shown
        .zip(key)
        .is_some_and(|(shown, key)| constant_time_eq(shown, key.expose().as_bytes()));
    if is_watched && let Ok(tenant) = HeaderValue::from_str(ctx.tenant.id.as_str()) {
        response.headers_mut().insert(TENANT_ID, tenant);
    }
    Ok(response)
}

/// Where the users of a tenant are.
#[derive(Debug, Serialize)]
struct Endpoints {
    user: String,
}

/// `GET /api/.well-known/endpoints/:tenantId`, on the administrators' tenant.
async fn endpoints(ctx: Context, Path(tenant): Path<String>) -> Result<Json<Endpoints>> {
    let found = ctx.app.tenant(&tenant).filter(|_| ctx.tenant.is_admin());
    let tenant = found.ok_or(Code::EntityNotFound)?;
    Ok(Json(Endpoints { user: tenant.origin() }))
}
