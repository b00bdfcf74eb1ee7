//! Discovery and keys.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use soleira_access::metadata;
use soleira_web::{Context, Result};

/// `GET /oidc/.well-known/openid-configuration` and `…/oauth-authorization-server`: one document.
pub(crate) async fn discovery(ctx: Context) -> Result {
    Ok(json(
        metadata::discovery(&ctx).await?,
        "application/json; charset=utf-8",
    ))
}

/// `GET /oidc/jwks`.
pub(crate) async fn jwks(ctx: Context) -> Result {
    let mut response = json(metadata::jwks(&ctx).await?, "application/jwk-set+json; charset=utf-8");
    // Clients must see a new key at once, so they ask each time and mostly hear that nothing changed.
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, max-age=0, must-revalidate"),
    );
    Ok(response)
}

fn json(document: Bytes, content_type: &'static str) -> Response {
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))],
        document,
    )
        .into_response()
}
