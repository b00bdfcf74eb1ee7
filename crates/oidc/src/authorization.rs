//! The authorization endpoint and the way back to it.

use crate::answer::{self, Beside, NO_STORE, see_other};
use crate::{BODY_LIMIT, session};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri, header};
use soleira_access::authorize::{self, Next};
use soleira_access::browser::Browser;
use soleira_oauth::Params;
use soleira_oauth::authorization::{Delivery, Refusal};
use soleira_ui::pages::experience::FormPostPage;
use soleira_web::{Context, Failure, Page, Result, read_body};

/// `GET /oidc/auth`.
pub(crate) async fn get(ctx: Context, uri: Uri) -> Result {
    let params = Params::from_query(uri.query().unwrap_or_default());
    begin(&ctx, params).await
}

/// `POST /oidc/auth`: the same request, its parameters in the body.
pub(crate) async fn post(ctx: Context, request: Request) -> Result {
    let params = forwarded(request, "/auth").await?;
    begin(&ctx, params).await
}

/// `GET /oidc/auth/:uid`: the person answered.
pub(crate) async fn resume(ctx: Context, request: Request) -> Result {
    let uid = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let mut browser = answer::browser(&ctx);
    let outcome = authorize::resume(&ctx, &mut browser, &uid).await;
    if let Err(Refusal::Answer { error, .. }) = &outcome
        && error.catalogue_code() == "session.not_found"
        && answer::is_for_a_person(request.headers())
    {
        // Someone who went back, or came late, needs a page and not JSON (docs/deviations.md).
        answer::log(&ctx, error);
        return Ok(see_other("/unknown-session"));
    }
    Ok(answered(&ctx, &browser, outcome))
}

/// The body of a POST that stands for a GET (docs/wire/http.md, "Bodies").
pub(crate) async fn forwarded(request: Request, path: &str) -> Result<soleira_oauth::Result<Params>> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let body = read_body(request, BODY_LIMIT).await?;
    match Params::forwarded(content_type.as_deref(), &body) {
        Ok(Some(params)) => Ok(Ok(params)),
        Ok(None) => {
            let message = format!("unrecognized route or not allowed method (POST on {path})");
            Err(Failure::http(StatusCode::NOT_FOUND, message))
        }
        Err(error) => Ok(Err(error)),
    }
}

async fn begin(ctx: &Context, params: soleira_oauth::Result<Params>) -> Result {
    authorize::admit(ctx)?;
    let mut browser = answer::browser(ctx);
    let outcome = match params {
        Ok(params) => authorize::begin(ctx, &mut browser, &params).await,
        Err(error) => Err(Refusal::Answer { error, state: None }),
    };
    Ok(answered(ctx, &browser, outcome))
}

fn answered(ctx: &Context, browser: &Browser, outcome: std::result::Result<Next, Refusal>) -> Response {
    ctx.keep(browser.changes());
    match outcome {
        Ok(Next::Page(path)) => see_other(&path),
        Ok(Next::Answer(delivery)) => delivered(ctx, delivery),
        Ok(Next::SignOutFirst { xsrf, redirect_uri }) => session::confirmation_page(ctx, xsrf, Some(&redirect_uri)),
        Err(Refusal::Redirect { target, error }) if error.may_redirect() => {
            answer::log(ctx, &error);
            delivered(ctx, target.error(&error, &ctx.tenant.issuer))
        }
        Err(Refusal::Redirect { target, error }) => refused(ctx, &error, target.state),
        Err(Refusal::Answer { error, state }) => refused(ctx, &error, state),
    }
}

fn refused(ctx: &Context, error: &soleira_oauth::Error, state: Option<String>) -> Response {
    answer::error(
        ctx,
        error,
        &Beside {
            state,
            with_issuer: true,
            challenge: None,
        },
    )
}

/// Sends the answer to the application, as it asked.
fn delivered(ctx: &Context, delivery: Delivery) -> Response {
    match delivery {
        Delivery::Redirect(url) => see_other(url.as_str()),
        Delivery::FormPost { action, fields } => {
            let page = FormPostPage {
                action: action.to_string(),
                parameters: fields,
            };
            let page = Page::new(ctx, answer::view(ctx), &page)
                .leads_to(action.as_str())
                .holds_secret();
            ([NO_STORE], page).into_response()
        }
    }
}
