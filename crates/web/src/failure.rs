//! Failures of handlers, and the form they take for who asked.

use crate::arrival::Arrival;
use crate::context::Context;
use crate::routes::Face;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Map, Value};
use soleira_core::{Error, Kind};
use soleira_phrases::{Language, Phrases};
use std::borrow::Cow;

/// What a handler answers.
pub type Result<T = Response> = std::result::Result<T, Failure>;

/// Why a handler did not answer as asked. `?` makes one of a [`soleira_core::Error`]; the face of the route decides
/// whether it becomes JSON or a page.
#[derive(Debug)]
pub struct Failure(Box<Inner>);

#[derive(Debug)]
enum Inner {
    Raised(Raised),
    /// An answer that is already complete.
    Answer(Response),
}

/// What [`render`] finds in the extensions of a response.
#[derive(Debug, Clone)]
enum Raised {
    /// An error of a use case.
    Error(Error),
    /// A refusal by HTTP itself, which has no code in the catalogue.
    Http(Http),
}

#[derive(Debug, Clone)]
struct Http {
    status: StatusCode,
    /// For programs, in English.
    message: Cow<'static, str>,
    /// For people: a key under `common.notice`.
    notice: Option<&'static str>,
}

impl Failure {
    /// A refusal by HTTP itself: malformed JSON, an oversized body. `message` is for programs, in English.
    pub fn http(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::raised(Raised::Http(Http {
            status,
            message: message.into(),
            notice: None,
        }))
    }

    /// As [`Failure::http`], with the notice (a key under `common.notice`) that a page shows.
    pub(crate) fn notice(status: StatusCode, message: &'static str, notice: &'static str) -> Self {
        Self::raised(Raised::Http(Http {
            status,
            message: message.into(),
            notice: Some(notice),
        }))
    }

    /// Ends a handler early with a complete answer, such as a redirect.
    pub fn answer(response: impl IntoResponse) -> Self {
        Self(Box::new(Inner::Answer(response.into_response())))
    }

    /// The error of a use case, if it is one.
    pub fn error(&self) -> Option<&Error> {
        match &*self.0 {
            Inner::Raised(Raised::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// Takes the failure out of a response that carries one, for a face whose failures are pages of its own.
    pub fn take(response: &mut Response) -> Option<Self> {
        response.extensions_mut().remove::<Raised>().map(Self::raised)
    }

    /// What a page says about the failure, in a language; `None` for an answer that is already complete. The cause of a
    /// fault is logged.
    pub fn explain(&self, ctx: &Context, language: Language) -> Option<Explanation> {
        let Inner::Raised(raised) = &*self.0 else { return None };
        log(ctx.arrival(), raised);
        Some(explain(language, raised))
    }

    fn raised(raised: Raised) -> Self {
        Self(Box::new(Inner::Raised(raised)))
    }
}

/// What a page says about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The status of the answer.
    pub status: StatusCode,
    /// What happened, in a few words.
    pub title: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// The error's code in the catalogue.
    pub code: Option<&'static str>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::raised(Raised::Error(error))
    }
}

impl From<soleira_core::Code> for Failure {
    fn from(code: soleira_core::Code) -> Self {
        Error::new(code).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match *self.0 {
            Inner::Answer(response) => response,
            Inner::Raised(raised) => {
                let mut response = Response::default();
                *response.status_mut() = raised.status();
                response.extensions_mut().insert(raised);
                response
            }
        }
    }
}

impl Raised {
    fn status(&self) -> StatusCode {
        match self {
            Self::Error(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Self::Http(http) => http.status,
        }
    }

    /// Seconds to wait before another attempt (RFC 6585 §4).
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Error(error) if error.kind() == Kind::RateLimited => error.data()?.get("retryAfter")?.as_u64(),
            _ => None,
        }
    }
}

/// Gives a response that carries a failure the form of its face, and logs the cause of a fault once.
pub(crate) fn render(arrival: &Arrival, face: Face, mut response: Response) -> Response {
    let Some(raised) = response.extensions_mut().remove::<Raised>() else {
        return response;
    };
    log(arrival, &raised);
    let body = match face {
        Face::Api => Json(api_body(arrival.language, &raised)).into_response(),
        Face::Oidc => Json(oauth_body(arrival, &raised)).into_response(),
        Face::Pages => page(arrival, &raised),
    };
    let (mut head, _) = response.into_parts();
    if let Some(seconds) = raised.retry_after() {
        head.headers.insert(header::RETRY_AFTER, seconds.into());
    }
    let (form, body) = body.into_parts();
    head.headers.extend(form.headers);
    head.extensions.extend(form.extensions);
    Response::from_parts(head, body)
}

fn log(arrival: &Arrival, raised: &Raised) {
    let Raised::Error(error) = raised else { return };
    let id = arrival.request_id();
    match error.kind() {
        Kind::Internal => tracing::error!(
            request = id,
            cause = error.cause().unwrap_or("unknown"),
            "internal error"
        ),
        Kind::Unavailable => tracing::warn!(request = id, cause = error.cause().unwrap_or("unknown"), "unavailable"),
        _ => {}
    }
}

/// What a message may say about an error: nothing of its cause when the fault is ours.
fn message(language: Language, error: &Error) -> String {
    let phrases = Phrases::built_in();
    match error.kind() {
        Kind::Internal => phrases.text(language, "errors.internal"),
        Kind::Unavailable => phrases.text(language, "errors.unavailable"),
        _ => phrases.get(language, &format!("errors.{}", error.code().as_str()), error.args()),
    }
}

/// `{code, message, data?, details?}`; a fault of ours is `{message}` alone (docs/wire/errors.md).
fn api_body(language: Language, raised: &Raised) -> Value {
    let mut body = Map::new();
    match raised {
        Raised::Error(error) if error.kind() == Kind::Internal => {
            body.insert("message".to_owned(), "Internal server error.".into());
        }
        Raised::Error(error) => {
            body.insert("code".to_owned(), error.code().as_str().into());
            body.insert("message".to_owned(), message(language, error).into());
            if let Some(data) = error.data() {
                body.insert("data".to_owned(), data.clone());
            }
            if let Some(details) = error.details() {
                body.insert("details".to_owned(), details.into());
            }
        }
        Raised::Http(http) => {
            body.insert("message".to_owned(), http.message.as_ref().into());
        }
    }
    body.into()
}

/// The error of RFC 6749 §5.2 for what no OAuth error was raised for, with the catalogue's `code` and `message` unless
/// the bare body is asked for.
fn oauth_body(arrival: &Arrival, raised: &Raised) -> Value {
    let language = arrival.language;
    let (error, description, code) = match raised {
        Raised::Error(error) => {
            let name = match error.kind() {
                Kind::Internal => "server_error",
                Kind::Unavailable | Kind::RateLimited => "temporarily_unavailable",
                Kind::Unauthorized => "invalid_token",
                Kind::Forbidden => "access_denied",
                _ => "invalid_request",
            };
            match error.kind() {
                Kind::Internal => (name, "oops! something went wrong".into(), "oidc.server_error"),
                _ => (name, message(language, error), error.code().as_str()),
            }
        }
        Raised::Http(http) => ("invalid_request", http.message.to_string(), "oidc.invalid_request"),
    };
    let mut body = Map::new();
    if !arrival.wants_bare_errors {
        let message = match raised {
            Raised::Error(error) if error.kind() != Kind::Internal => description.clone(),
            _ => Phrases::built_in().text(language, &format!("errors.{code}")),
        };
        body.insert("code".to_owned(), code.into());
        body.insert("message".to_owned(), message.into());
    }
    body.insert("error".to_owned(), error.into());
    body.insert("error_description".to_owned(), description.into());
    body.into()
}

/// The notice (a key under `common.notice`) that a page shows for a failure.
fn notice(raised: &Raised) -> &'static str {
    if let Raised::Http(Http {
        notice: Some(notice), ..
    }) = raised
    {
        return notice;
    }
    match raised.status().as_u16() {
        401 | 403 => "forbidden",
        404 | 405 => "not_found",
        413 => "too_large",
        429 => "rate_limited",
        503 => "unavailable",
        500..=599 => "internal",
        _ => "invalid",
    }
}

fn explain(language: Language, raised: &Raised) -> Explanation {
    let notice = notice(raised);
    let text = |part: &str| Phrases::built_in().text(language, &format!("common.notice.{notice}.{part}"));
    let reason = reason(language, raised);
    Explanation {
        status: raised.status(),
        title: text("title"),
        message: if reason.is_empty() { text("message") } else { reason },
        advice: text("advice"),
        code: match raised {
            Raised::Error(error) if error.kind() != Kind::Internal => Some(error.code().as_str()),
            _ => None,
        },
    }
}

/// The page of a failure.
fn page(arrival: &Arrival, raised: &Raised) -> Response {
    crate::page::failure(arrival, explain(arrival.language, raised))
}

/// The sentence of an error page that says what was wrong with the request; empty when the notice says all there is.
fn reason(language: Language, raised: &Raised) -> String {
    match raised {
        Raised::Error(error) if !matches!(error.kind(), Kind::Internal | Kind::Unavailable) => message(language, error),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use soleira_core::Code;

    #[test]
    fn a_fault_of_ours_tells_nothing() {
        let raised = Raised::Error(Error::internal("disk I/O error at /secret/path"));
        assert_eq!(
            api_body(Language::EN, &raised),
            json!({"message": "Internal server error."})
        );
    }

    #[test]
    fn an_error_has_code_message_and_what_it_carries() {
        let error = Error::new(Code::GuardInvalidInput)
            .with("type", "body")
            .with_data(json!({"name": "ZodError"}))
            .with_details("name (invalid_type): Required");
        let body = api_body(Language::EN, &Raised::Error(error));
        assert_eq!(body["code"], "guard.invalid_input");
        assert_eq!(body["data"]["name"], "ZodError");
        assert_eq!(body["details"], "name (invalid_type): Required");
        assert!(body["message"].as_str().unwrap().contains("body"));
    }

    #[test]
    fn messages_follow_the_language() {
        let error = Raised::Error(Error::new(Code::AuthForbidden));
        let english = api_body(Language::EN, &error)["message"].clone();
        assert_ne!(english, api_body(Language::PT_BR, &error)["message"]);
    }
}
