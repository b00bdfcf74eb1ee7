//! Forms that only this server's own pages can have sent.
//!
//! A browser holds a random value in a cookie that no script reads; each form carries a token made from it under the
//! tenant's key, fresh at every rendering. A page of another site can neither read the one nor make the other. The
//! browser's own word on where a request comes from (`Sec-Fetch-Site`, `Origin`) is checked as well.

use crate::arrival::Arrival;
use crate::cookies::SetCookie;
use crate::failure::Failure;
use crate::input::{FORM_LIMIT, media_type, pairs, read_body};
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use soleira_core::EntropyExt;

/// The name of the hidden field.
pub const FIELD: &str = "_csrf";

/// A form that one of this server's own pages sent. `T` need not know the token's field.
#[derive(Debug, Clone)]
pub struct CsrfForm<T>(pub T);

/// The cookie's name. Over https it has the prefix that keeps sibling hosts from setting it (RFC 6265bis §4.1.3.2).
fn cookie_name(arrival: &Arrival) -> &'static str {
    if arrival.web.secure() {
        "__Host-soleira_csrf"
    } else {
        "soleira_csrf"
    }
}

/// A token for the forms of a page shown in answer to this request; gives the browser its cookie if it has none.
pub(crate) fn token(arrival: &Arrival) -> String {
    let entropy = arrival.web.entropy();
    let name = cookie_name(arrival);
    let known = arrival.cookies.get(name).filter(|value| value.len() == 43);
    let binding = arrival.csrf.get_or_init(|| {
        known.map_or_else(
            || {
                let made = entropy.opaque();
                arrival.cookies.set(SetCookie::new(name, made.clone()));
                made
            },
            str::to_owned,
        )
    });
    let key = arrival.cookies.signing_key().unwrap_or_default();
    soleira_crypto::csrf::token(key, binding, entropy)
}

/// Whether the browser says that another site sent this request.
pub(crate) fn foreign(arrival: &Arrival, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return true;
    }
    text(header::ORIGIN.as_str()).is_some_and(|origin| !arrival.web.is_own_origin(origin))
}

fn refuse() -> Failure {
    Failure::notice(
        StatusCode::FORBIDDEN,
        "the form was not sent by a page of this server, or has expired",
        "csrf",
    )
}

/// Checks the token that came with a form.
pub(crate) fn verify(arrival: &Arrival, headers: &HeaderMap, token: &str) -> Result<(), Failure> {
    if foreign(arrival, headers) {
        return Err(refuse());
    }
    let binding = arrival.cookies.get(cookie_name(arrival)).ok_or_else(refuse)?;
    let genuine = arrival
        .cookies
        .keys()
        .any(|key| soleira_crypto::csrf::verify(key, binding, token));
    if genuine { Ok(()) } else { Err(refuse()) }
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for CsrfForm<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let arrival = Arrival::of(request.extensions()).ok_or_else(refuse)?;
        let headers = request.headers().clone();
        let body = read_body(request, FORM_LIMIT).await?;
        if media_type(&headers).as_deref() != Some("application/x-www-form-urlencoded") {
            return Err(refuse());
        }
        let mut fields: Vec<(String, String)> = pairs("body", &body)?;
        let token = fields
            .iter()
            .position(|(name, _)| name == FIELD)
            .map(|at| fields.remove(at).1);
        verify(&arrival, &headers, token.as_deref().unwrap_or_default())?;
        // The remaining fields, read as any form is.
        let rest = serde_html_form::to_string(&fields).unwrap_or_default();
        pairs("body", rest.as_bytes()).map(Self)
    }
}
