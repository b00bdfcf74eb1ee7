//! Cross-origin requests by scripts (docs/wire/http.md, CORS).

use crate::arrival::Arrival;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// How a route answers scripts of other origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    /// No script of another origin may read the answer.
    None,
    /// Any script may: discovery and keys.
    Open,
    /// Scripts of the client's own origins may. The check belongs to the moment the client is known, so the handler does
    /// it and marks a refusal with [`Refused`].
    Client,
    /// Scripts of the Console's origins may: the Management API.
    Console,
}

/// Put into a response's extensions by a handler of [`Cors::Client`] when the request's origin is not the client's.
#[derive(Debug, Clone, Copy)]
pub struct Refused;

/// The `Origin` header of a request, if it has one.
pub fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN)?.to_str().ok()
}

/// Seconds for which a browser remembers the answer to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

impl Cors {
    /// The answer to a preflight (Fetch §4.8), or `None` when the request is no preflight that this rule admits.
    pub(crate) fn preflight(self, arrival: &Arrival, request: &HeaderMap, methods: &[Method]) -> Option<Response> {
        let origin = request.get(header::ORIGIN)?;
        request.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
        if !self.admits(arrival, origin) {
            return None;
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        if let Ok(value) = HeaderValue::try_from(names.join(",")) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, value);
        }
        if let Some(asked) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        Some(response)
    }

    /// Adds what lets the caller's script read the answer.
    pub(crate) fn apply(self, arrival: &Arrival, origin: Option<&HeaderValue>, response: &mut Response) {
        if self == Self::None {
            return;
        }
        let refused = response.extensions().get::<Refused>().is_some();
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        let allowed = match (self, origin) {
            (Self::Open | Self::Client, None) => Some(HeaderValue::from_static("*")),
            (_, Some(origin)) if self.admits(arrival, origin) => Some(origin.clone()),
            _ => None,
        };
        let Some(allowed) = allowed.filter(|_| !refused) else {
            return;
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        match self {
            Self::Client => {
                headers.insert(
                    header::ACCESS_CONTROL_EXPOSE_HEADERS,
                    HeaderValue::from_static("WWW-Authenticate"),
                );
            }
            Self::Console => {
                headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
            }
            Self::None | Self::Open => {}
        }
    }

    fn admits(self, arrival: &Arrival, origin: &HeaderValue) -> bool {
        match self {
            Self::None => false,
            Self::Open | Self::Client => true,
            Self::Console => origin
                .to_str()
                .is_ok_and(|origin| arrival.web.console_origins().any(|known| known == origin)),
        }
    }
}
