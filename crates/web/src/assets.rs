//! Styles, scripts and icons. Their names carry a hash of their content, so that they never change and are kept for ever.

use crate::failure::Failure;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use soleira_ui::{Asset, asset, asset_url};

/// How long what never changes is kept: a year, the longest that caches heed.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ONE_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// `GET /assets/{*path}`.
pub(crate) async fn serve(Path(path): Path<String>, request: HeaderMap) -> Result<Response, Failure> {
    match asset(&path) {
        Some(asset) => Ok(answer(asset, &request, FOR_EVER)),
        None => Err(Failure::http(StatusCode::NOT_FOUND, "Not Found")),
    }
}

/// `GET /favicon.ico`: our icon, for browsers that ask without being told.
pub(crate) async fn favicon(request: HeaderMap) -> Result<Response, Failure> {
    let url = asset_url("favicon.svg");
    match url.as_deref().and_then(|url| asset(url.strip_prefix("/assets/")?)) {
        Some(asset) => Ok(answer(asset, &request, ONE_DAY)),
        None => Err(Failure::http(StatusCode::NOT_FOUND, "Not Found")),
    }
}

fn answer(asset: &'static Asset, request: &HeaderMap, caching: HeaderValue) -> Response {
    let known = request
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| {
            tags.split(',')
                .any(|tag| tag.trim().trim_start_matches("W/") == asset.etag())
        });
    let gzip = accepts_gzip(request) && !asset.gzip().is_empty();
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(if gzip { asset.gzip() } else { asset.bytes() }).into_response()
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: HeaderValue| headers.insert(name, value);
    set(header::CACHE_CONTROL, caching);
    set(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    set(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type()));
    // An SVG opened on its own runs no script.
    set(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    // A sandboxed frame (the Console's preview) has an origin of its own and needs styles all the same.
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    if let Ok(tag) = HeaderValue::from_str(asset.etag()) {
        set(header::ETAG, tag);
    }
    if gzip && !known {
        set(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether `Accept-Encoding` admits gzip (RFC 9110 §12.5.3).
fn accepts_gzip(request: &HeaderMap) -> bool {
    request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim().eq_ignore_ascii_case("gzip") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(name: &'static str, header: HeaderName, value: &str) -> Response {
        let url = asset_url(name).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header, value.parse().unwrap());
        answer(
            asset(url.strip_prefix("/assets/").unwrap()).unwrap(),
            &headers,
            FOR_EVER,
        )
    }

    #[test]
    fn an_asset_is_sent_compressed_to_whoever_takes_it() {
        let plain = ask("experience.css", header::ACCEPT_ENCODING, "identity, gzip;q=0");
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        let packed = ask("experience.css", header::ACCEPT_ENCODING, "br, gzip");
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[header::CACHE_CONTROL], FOR_EVER);
        assert_eq!(packed.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
    }

    #[test]
    fn who_has_it_already_gets_a_304() {
        let first = ask("console.css", header::ACCEPT_ENCODING, "gzip");
        let again = ask(
            "console.css",
            header::IF_NONE_MATCH,
            first.headers()[header::ETAG].to_str().unwrap(),
        );
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}
