//! Entity tags: a `GET` with a JSON body carries the tag of its body, and a client that has it already gets a 304. A
//! handler that sends the same body again and again brings the tag along ([`of`]).

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use soleira_crypto::digest;

/// Tags a successful response. `known` is what the request says in `If-None-Match`. The tag is weak (RFC 9110 §8.8.3),
/// because the same body may travel compressed or not.
pub(crate) async fn tag(known: Option<&HeaderValue>, response: Response) -> Response {
    if !response.status().is_success() || !is_json(&response) {
        return response;
    }
    let (mut head, mut body) = response.into_parts();
    if !head.headers.contains_key(header::ETAG) {
        let Ok(collected) = body.collect().await else {
            return Response::from_parts(head, Body::empty());
        };
        let bytes = collected.to_bytes();
        if let Some(tag) = of(&bytes) {
            head.headers.insert(header::ETAG, tag);
        }
        body = Body::from(bytes);
    }
    let tag = head.headers.get(header::ETAG);
    if !known.zip(tag).is_some_and(|(known, tag)| matches(known, tag)) {
        return Response::from_parts(head, body);
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

/// The tag of a body.
pub fn of(body: &[u8]) -> Option<HeaderValue> {
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
        let known = if_none_match.map(|value| value.parse().unwrap());
        tag(known.as_ref(), Json(serde_json::json!({"a": 1})).into_response()).await
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
        let page = tag(None, "text".into_response()).await;
        assert!(!page.headers().contains_key(header::ETAG));
    }

    #[tokio::test]
    async fn a_tag_that_came_along_is_the_one_that_counts() {
        let brought = || ([(header::ETAG, "W/\"brought\"")], Json(1)).into_response();
        let known = HeaderValue::from_static("W/\"brought\"");
        assert_eq!(tag(None, brought()).await.headers()[header::ETAG], known);
        assert_eq!(tag(Some(&known), brought()).await.status(), StatusCode::NOT_MODIFIED);
    }
}
