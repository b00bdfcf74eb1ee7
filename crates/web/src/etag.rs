//! Entity tags: a `GET` with a JSON body carries the tag of its body, and a client that has it already gets a 304.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use soleira_crypto::digest;

/// Tags a successful response. `request` are the headers of the request. The tag is weak (RFC 9110 §8.8.3), because the
/// same body may travel compressed or not.
pub(crate) async fn tag(request: &HeaderMap, response: Response) -> Response {
    if !response.status().is_success() || response.headers().contains_key(header::ETAG) || !is_json(&response) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(collected) = body.collect().await else {
        return Response::from_parts(head, Body::empty());
    };
    let bytes = collected.to_bytes();
    let Some(tag) = entity_tag(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    let fresh = request
        .get(header::IF_NONE_MATCH)
        .is_some_and(|given| matches(given, &tag));
    head.headers.insert(header::ETAG, tag);
    if !fresh {
        return Response::from_parts(head, Body::from(bytes));
    }
    head.status = StatusCode::NOT_MODIFIED;
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::empty())
}

fn is_json(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json") || value.starts_with("application/jwk-set+json"))
}

fn entity_tag(body: &Bytes) -> Option<HeaderValue> {
    let digest = digest::base64url(&digest::sha256(body));
    HeaderValue::try_from(format!("W/\"{}\"", &digest[..27])).ok()
}

/// The weak comparison of RFC 9110 §8.8.3.2 over the list of `If-None-Match`.
fn matches(given: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(given), Ok(tag)) = (given.to_str(), tag.to_str()) else {
        return false;
    };
    let opaque = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    given.trim() == "*" || given.split(',').any(|one| opaque(one) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Json;
    use axum::response::IntoResponse;

    async fn ask(if_none_match: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(value) = if_none_match {
            headers.insert(header::IF_NONE_MATCH, value.parse().unwrap());
        }
        tag(&headers, Json(serde_json::json!({"a": 1})).into_response()).await
    }

    #[tokio::test]
    async fn a_client_that_has_the_body_gets_an_empty_304() {
        let first = ask(None).await;
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        for given in [
            tag.clone(),
            tag.replace("W/", ""),
            format!("\"x\", {tag}"),
            "*".to_owned(),
        ] {
            let again = ask(Some(&given)).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{given}");
            assert_eq!(again.headers()[header::ETAG].to_str().unwrap(), tag);
            assert!(again.into_body().collect().await.unwrap().to_bytes().is_empty());
        }
        assert_eq!(ask(Some("\"other\"")).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn only_json_is_tagged() {
        let page = tag(&HeaderMap::new(), "text".into_response()).await;
        assert!(!page.headers().contains_key(header::ETAG));
    }
}
