//! What a request brings: query strings and bodies, read within limits. U+0000 is refused wherever text comes in, since
//! no database column, log or header should meet it.

use crate::failure::Failure;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::json;
use soleira_core::{Code, Error};

/// Bytes a JSON body may have.
pub const JSON_LIMIT: usize = 1024 * 1024;
/// Bytes a form may have.
pub const FORM_LIMIT: usize = 256 * 1024;

/// A form (`application/x-www-form-urlencoded`). A field given twice is an error unless `T` takes a list;
/// `Form<Vec<(String, String)>>` takes the pairs as they come.
#[derive(Debug, Clone)]
pub struct Form<T>(pub T);

/// The query string, by the same rules as [`Form`].
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

/// Reads a whole body of at most `limit` bytes; a larger one is a 413, and not read to its end.
pub async fn read_body(request: Request, limit: usize) -> Result<Bytes, Failure> {
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            Err(Failure::http(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large"))
        }
        Err(_) => Err(Failure::http(
            StatusCode::BAD_REQUEST,
            "the request body could not be read",
        )),
    }
}

/// The media type of a body, without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

/// The refusal of an input part (`query`, `body`, `params`) for one reason.
pub(crate) fn invalid(part: &str, path: &[String], code: &str, message: &str) -> Failure {
    let place = path.join(".");
    let details = if place.is_empty() {
        format!("({code}): {message}")
    } else {
        format!("{place} ({code}): {message}")
    };
    Error::new(Code::GuardInvalidInput)
        .with("type", part)
        .with_data(json!({"issues": [{"code": code, "path": path, "message": message}], "name": "ZodError"}))
        .with_details(details)
        .into()
}

/// Reads urlencoded pairs into `T`.
pub(crate) fn pairs<T: DeserializeOwned>(part: &str, text: &[u8]) -> Result<T, Failure> {
    // A NUL can only come in as itself or percent-encoded.
    if text.contains(&0) || text.windows(3).any(|three| three == b"%00") {
        return Err(invalid(part, &[], "invalid_string", "null bytes are not allowed"));
    }
    let pairs = serde_html_form::Deserializer::from_bytes(text);
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = path_segments(error.path())
            .into_iter()
            .map(|segment| segment.to_string())
            .collect::<Vec<_>>();
        invalid(part, &path, "custom", &error.inner().to_string())
    })
}

/// A path of serde as the parts of a key.
pub(crate) fn path_segments(path: &serde_path_to_error::Path) -> Vec<Segment> {
    path.iter()
        .filter_map(|segment| match segment {
            serde_path_to_error::Segment::Map { key } => Some(Segment::Key(key.clone())),
            serde_path_to_error::Segment::Seq { index } => Some(Segment::Index(*index)),
            _ => None,
        })
        .collect()
}

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An item of an array.
    Index(usize),
}

impl std::fmt::Display for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        pairs("query", parts.uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let form = media_type(request.headers());
        let body = read_body(request, FORM_LIMIT).await?;
        // A form without a field has no body, and a client may leave its type out.
        if form.as_deref() != Some("application/x-www-form-urlencoded") && !body.is_empty() {
            return Err(Failure::http(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "only application/x-www-form-urlencoded bodies are accepted here",
            ));
        }
        pairs("body", &body).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct SignIn {
        identifier: String,
        #[serde(default)]
        scopes: Vec<String>,
    }

    async fn form(body: &str) -> Result<SignIn, Failure> {
        let request = Request::post("/")
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .body(Body::from(body.to_owned()))
            .unwrap();
        Form::<SignIn>::from_request(request, &()).await.map(|form| form.0)
    }

    #[tokio::test]
    async fn a_form_is_read() {
        let read = form("identifier=a%20b%2B&scopes=x&scopes=y").await.unwrap();
        assert_eq!(read.identifier, "a b+");
        assert_eq!(read.scopes, ["x", "y"]);
    }

    #[tokio::test]
    async fn duplicates_and_null_bytes_are_refused() {
        for bad in [
            "identifier=a&identifier=b",
            "identifier=a%00",
            "identifier=a\0",
            "scopes=x",
        ] {
            let failure = form(bad).await.unwrap_err();
            assert_eq!(failure.error().unwrap().code(), Code::GuardInvalidInput, "{bad}");
        }
    }

    #[tokio::test]
    async fn an_oversized_body_is_a_413() {
        let failure = form(&format!("identifier={}", "a".repeat(FORM_LIMIT)))
            .await
            .unwrap_err();
        assert_eq!(
            axum::response::IntoResponse::into_response(failure).status(),
            StatusCode::PAYLOAD_TOO_LARGE
        );
    }

    #[tokio::test]
    async fn other_media_types_are_refused() {
        let request = Request::post("/")
            .header("content-type", "text/plain")
            .body(Body::from("identifier=a"))
            .unwrap();
        let failure = Form::<SignIn>::from_request(request, &()).await.unwrap_err();
        let status = axum::response::IntoResponse::into_response(failure).status();
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
