//! Answers of the protocol: JSON errors with what the SDKs read beside the standard's members, and the pages that post
//! themselves.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use soleira_access::browser::Browser;
use soleira_core::Code;
use soleira_oauth::Error;
use soleira_phrases::Phrases;
use soleira_ui::{ExperienceFrame, Frame, Look};
use soleira_web::{Context, View};

/// RFC 6749 §5.1: nothing that holds a token or speaks of one is kept.
pub(crate) const NO_STORE: (header::HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// What an error answer says beside the error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Beside {
    /// The `state` of an authorization request.
    pub(crate) state: Option<String>,
    /// Whether it names the issuer: errors of the authorization endpoint do.
    pub(crate) with_issuer: bool,
    /// The `WWW-Authenticate` challenge.
    pub(crate) challenge: Option<String>,
}

/// An error as JSON. `?parse_error=false` asks for the bare body of the standard.
pub(crate) fn error(ctx: &Context, error: &Error, beside: &Beside) -> Response {
    log(ctx, error);
    let message = (!ctx.wants_bare_errors()).then(|| message(ctx, error));
    let issuer = beside.with_issuer.then_some(ctx.tenant.issuer.as_str());
    let body = error.body(message.as_deref(), beside.state.as_deref(), issuer);
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [NO_STORE], Json(body)).into_response();
    if let Some(value) = beside
        .challenge
        .as_deref()
        .and_then(|text| HeaderValue::from_str(text).ok())
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// The catalogue's words for the error, in the caller's language.
fn message(ctx: &Context, error: &Error) -> String {
    let phrases = Phrases::built_in();
    let code = error.catalogue_code();
    if Code::ALL.iter().any(|known| known.as_str() == code) {
        phrases.text(ctx.language(), &format!("errors.{code}"))
    } else {
        phrases.get(ctx.language(), "errors.oidc.fallback", &[("code", code.as_str())])
    }
}

/// Writes the cause of an error into the log, which is the only place that learns of it.
pub(crate) fn log(ctx: &Context, error: &Error) {
    let (request, name) = (ctx.request_id(), error.code().as_str());
    let cause = error.cause().unwrap_or(error.description());
    match error.status() {
        500 => tracing::error!(request, error = name, cause, "internal error"),
        503 => tracing::warn!(request, error = name, cause, "unavailable"),
        _ => tracing::debug!(request, error = name, cause, "refused"),
    }
}

/// How the pages of the protocol itself are shown: without an application's look, since they stay for a moment only.
pub(crate) fn view(ctx: &Context) -> View {
    View {
        language: ctx.language(),
        phrases: Phrases::built_in().clone(),
        look: Look::default(),
        frame: Frame::Experience(ExperienceFrame::default()),
    }
}

/// What the browser carries: its session and the interactions under way.
pub(crate) fn browser(ctx: &Context) -> Browser {
    Browser::read(|name| ctx.cookies().signed(name))
}

/// Whether a person looks at the answer: a browser asks for what it will show (Fetch Metadata §2.3), or, where it does not
/// say, for a page.
pub(crate) fn is_for_a_person(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|range| {
                range
                    .split(';')
                    .next()
                    .is_some_and(|media| media.trim().eq_ignore_ascii_case("text/html"))
            }),
    }
}

/// 303 See Other (RFC 9700 §4.12: never a status that repeats the request with its body).
pub(crate) fn see_other(location: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, location)
}

/// 302 Found, as the hops before a page are on the wire.
pub(crate) fn found(location: &str) -> Response {
    redirect(StatusCode::FOUND, location)
}

fn redirect(status: StatusCode, location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (status, [NO_STORE, (header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
