//! Discovery and keys.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use soleira_access::metadata;
use soleira_web::{Context, Result};

/// `GET /oidc/.well-known/openid-configuration` and `…/oauth-authorization-server`: one document.
pub(crate) async fn discovery(ctx: Context) -> Result {
    Ok(Json(metadata::discovery(&ctx).await?).into_response())
}

/// `GET /oidc/jwks`.
pub(crate) async fn jwks(ctx: Context) -> Result {
    let mut response: Response = Json(metadata::jwks(&ctx).await?).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/jwk-set+json; charset=utf-8"),
    );
    // Clients must see a new key at once, so they ask each time and mostly hear that nothing changed.
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, max-age=0, must-revalidate"),
    );
    Ok(response)
}
