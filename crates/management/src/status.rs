//! Whether the server answers, and where its tenants are.

use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use soleira_core::Code;
use soleira_web::{Access, Context, Result, Routes};

pub(crate) fn add(routes: Routes) -> Routes {
    routes.get("/api/status", Access::Anyone, status).get(
        "/api/.well-known/endpoints/{tenantId}",
        Access::Anyone,
        endpoints,
    )
}

/// The server answers.
#[utoipa::path(get, path = "/api/status", operation_id = "GetStatus", tag = "Status", security(()),
    responses((status = 204, description = "It answers")))]
pub(crate) async fn status() -> StatusCode {
    StatusCode::NO_CONTENT
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
