//! Discovery and keys.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use soleira_access::metadata::{self, Document};
use soleira_web::{Context, Result, etag};

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

fn json(document: Document, content_type: &'static str) -> Response {
    let tag = document.tag.get_or_init(|| {
        let tag = etag::of(&document.json);
        tag.map(|tag| Bytes::copy_from_slice(tag.as_bytes()))
            .unwrap_or_default()
    });
    let tag = HeaderValue::from_maybe_shared(tag.clone());
    let mut response = (
        [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))],
        document.json,
    )
        .into_response();
    if let Ok(tag) = tag
        && !tag.is_empty()
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
