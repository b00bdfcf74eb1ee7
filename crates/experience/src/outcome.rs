//! The answer to a step: where the browser goes next, or what stands in the way.

use crate::message;
use crate::scene::{Scene, encoded, no_session, see_other, status};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use soleira_access::interaction::Next;
use soleira_core::{Code, Error, Kind};
use soleira_ui::pages::Notice;
use soleira_web::{Failure, Page};

/// Leads the browser on.
pub(crate) fn go(scene: &Scene, next: &Next) -> Response {
    match next {
        Next::Resume(url) => see_other(url),
        Next::ContinueUsername => see_other(&scene.page("/continue/username")),
        Next::ContinuePassword => see_other(&scene.page("/continue/password")),
        Next::LinkSocial(connector_id) => {
            see_other(&scene.page(&format!("/social/link/{}", encoded(connector_id.as_str()))))
        }
    }
}

/// The answer to an error that ends the step on another page; `None` where the step's own page says it.
pub(crate) async fn elsewhere(scene: &Scene, error: &Error) -> Result<Option<Response>, Failure> {
    if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
        return Err(error.clone().into());
    }
    Ok(match error.code() {
        Code::SessionNotFound => Some(no_session(&scene.ctx, &scene.query).await?),
        Code::UserSuspended => Some(see_other(&scene.page("/account-suspended"))),
        _ => None,
    })
}

/// What a page says above its form about an error that belongs to no field.
pub(crate) fn notice(scene: &Scene, error: &Error) -> Notice {
    Notice::danger(message::of(scene.language, error))
}

/// A page that tells of an error.
pub(crate) fn refused(page: Page, error: &Error) -> Response {
    let mut response = page.status(status(error)).into_response();
    let wait = error.data().and_then(|data| data["retryAfter"].as_i64());
    if let Some(value) = wait.and_then(|seconds| HeaderValue::try_from(seconds.to_string()).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
