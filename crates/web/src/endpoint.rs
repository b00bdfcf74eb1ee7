//! What happens around every handler: the method is known, the caller may call, the answer has its form and headers.

use crate::arrival::{Arrival, face_of, finish};
use crate::cors::Cors;
use crate::failure::{self, Failure};
use crate::routes::{Access, Face};
use crate::{etag, headers};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use soleira_core::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// A request that is not answered within this time is given up.
const TIME_LIMIT: Duration = Duration::from_mins(2);

/// The methods the server implements; others are answered 501 on any path (RFC 9110 §9.1).
const IMPLEMENTED: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// One path with what is known about its methods.
pub(crate) struct Endpoint {
    pub(crate) face: Face,
    pub(crate) cors: Cors,
    pub(crate) methods: Vec<(Method, Access)>,
}

impl Endpoint {
    fn access(&self, method: &Method) -> Option<Access> {
        let sought = if method == Method::HEAD { &Method::GET } else { method };
        self.methods
            .iter()
            .find(|(known, _)| known == sought)
            .map(|(_, access)| *access)
    }

    /// The methods of the path as clients may use them.
    fn allowed(&self) -> Vec<Method> {
        let mut methods: Vec<Method> = self.methods.iter().map(|(method, _)| method.clone()).collect();
        if methods.contains(&Method::GET) {
            methods.insert(0, Method::HEAD);
        }
        methods
    }

    /// The answer to a method that no handler takes.
    fn decline(&self, arrival: &Arrival, request: &Request) -> Response {
        let allowed = self.allowed();
        if request.method() == Method::OPTIONS
            && let Some(response) = self.cors.preflight(arrival, request.headers(), &allowed)
        {
            return response;
        }
        let mut response = match request.method() {
            &Method::OPTIONS => Response::default(),
            method if self.face == Face::Oidc => unrecognized(method, request.uri().path()),
            method if IMPLEMENTED.contains(method) => StatusCode::METHOD_NOT_ALLOWED.into_response(),
            _ => StatusCode::NOT_IMPLEMENTED.into_response(),
        };
        let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        if let Ok(value) = HeaderValue::try_from(names.join(", ")) {
            response.headers_mut().insert(header::ALLOW, value);
        }
        response
    }
}

/// Runs a handler behind its checks and gives its answer the form of its face.
pub(crate) async fn serve(endpoint: Arc<Endpoint>, request: Request, next: Next) -> Response {
    let Some(arrival) = Arrival::of(request.extensions()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let method = request.method().clone();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let tagged = method == Method::GET && endpoint.face != Face::Pages;
    let known = request.headers().get(header::IF_NONE_MATCH).filter(|_| tagged).cloned();
    let response = match endpoint.access(&method) {
        Some(access) => run(&endpoint, access, &arrival, request, next)
            .await
            .unwrap_or_else(Failure::into_response),
        None => endpoint.decline(&arrival, &request),
    };
    let mut response = failure::render(&arrival, endpoint.face, response);
    if tagged {
        response = etag::tag(known.as_ref(), response).await;
    }
    endpoint.cors.apply(&arrival, origin.as_ref(), &mut response);
    headers::secure(&arrival, endpoint.face, &mut response);
    response
}

/// The handler's answer, once the caller is admitted; a panic and a handler without end become failures.
async fn run(
    endpoint: &Endpoint,
    access: Access,
    arrival: &Arc<Arrival>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let answer = async {
        let request = arrival.web.admit(access, arrival, request).await?;
        check_address(endpoint.face, request.uri())?;
        Ok(next.run(request).await)
    };
    match tokio::time::timeout(TIME_LIMIT, AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Error::internal("the handler panicked").into()),
        Err(_) => Err(Error::unavailable("the handler took too long").into()),
    }
}

/// Refuses an address with U+0000, which no database takes, and one whose escapes stand for no text (RFC 3986 §2.1).
/// Queries of pages may come from elsewhere, and are read leniently.
fn check_address(face: Face, uri: &Uri) -> Result<(), Failure> {
    let query = uri.query().filter(|_| face == Face::Oidc).unwrap_or_default();
    for text in [uri.path(), query] {
        if text.contains("%00") {
            return Err(Failure::http(
                StatusCode::BAD_REQUEST,
                "null bytes are not allowed in the request address",
            ));
        }
        if !is_well_escaped(text) {
            return Err(Failure::http(
                StatusCode::BAD_REQUEST,
                "malformed percent-encoding in the request address",
            ));
        }
    }
    Ok(())
}

/// Whether every `%` begins an escape of two hexadecimal digits, and what the escapes stand for is text.
fn is_well_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    let escapes = |at: usize| {
        let digits = bytes.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let places = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    places.map(|(at, _)| at).all(escapes) && percent_encoding::percent_decode_str(text).decode_utf8().is_ok()
}

/// The answer to a path that no face knows, in the manner of where it lies.
pub(crate) async fn not_found(request: Request) -> Response {
    let Some(arrival) = Arrival::of(request.extensions()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let path = request.uri().path();
    let face = face_of(path);
    let response = match (check_address(face, request.uri()), face) {
        (Err(failure), _) => failure.into_response(),
        (Ok(()), Face::Api) => (StatusCode::NOT_FOUND, "Not Found").into_response(),
        (Ok(()), Face::Oidc) => unrecognized(request.method(), path),
        (Ok(()), Face::Pages) => Failure::http(StatusCode::NOT_FOUND, "Not Found").into_response(),
    };
    finish(&arrival, face, response)
}

/// Whether a path lies under a mount (`/api`, `/api/…`, not `/apiary`).
pub(crate) fn within(path: &str, mount: &str) -> bool {
    path.strip_prefix(mount)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer of `/oidc` to a path or method it does not know.
fn unrecognized(method: &Method, path: &str) -> Response {
    let path = path.strip_prefix("/oidc").unwrap_or(path);
    Failure::http(
        StatusCode::NOT_FOUND,
        format!("unrecognized route or not allowed method ({method} on {path})"),
    )
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::check_address;
    use crate::routes::Face;

    #[test]
    fn an_address_is_text() {
        let is_fine = |face, uri: &str| check_address(face, &uri.parse().unwrap()).is_ok();
        for uri in [
            "/callback/abc",
            "/api/users/%C3%A9",
            "/a%2Fb",
            "/oidc/auth?a=%C3%A9&b=1%25",
        ] {
            assert!(is_fine(Face::Oidc, uri), "{uri}");
        }
        for uri in ["/callback/%ff", "/api/users/%c3", "/oidc/auth/a%00b", "/100%", "/%zz"] {
            assert!(!is_fine(Face::Pages, uri), "{uri}");
        }
        for query in ["a=%00", "a=100%", "%ff=1", "a=%zz"] {
            assert!(!is_fine(Face::Oidc, &format!("/oidc/auth?{query}")), "{query}");
            assert!(is_fine(Face::Pages, &format!("/callback/x?{query}")), "{query}");
        }
    }
}
