//! Signing out (OpenID Connect RP-Initiated Logout 1.0).

use crate::BODY_LIMIT;
use crate::answer::{self, Beside, NO_STORE, see_other};
use crate::authorization::forwarded;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{Uri, header};
use soleira_access::logout;
use soleira_oauth::{Error, Params};
use soleira_ui::pages::experience::{SignOutPage, SignedOutPage};
use soleira_web::{Context, Page, Result, read_body};

/// `GET /oidc/session/end`.
pub(crate) async fn get(ctx: Context, uri: Uri) -> Result {
    let params = Params::from_query(uri.query().unwrap_or_default());
    Ok(begin(&ctx, params).await)
}

/// `POST /oidc/session/end`: the same request, its parameters in the body.
pub(crate) async fn post(ctx: Context, request: Request) -> Result {
    let params = forwarded(request, "/session/end").await?;
    Ok(begin(&ctx, params).await)
}

async fn begin(ctx: &Context, params: soleira_oauth::Result<Params>) -> Response {
    let outcome = match params {
        Ok(params) => logout::begin(ctx, &answer::browser(ctx), &params).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(confirmation) => confirmation_page(ctx, confirmation.xsrf, confirmation.destination.as_deref()),
        Err(error) => refused(ctx, &error),
    }
}

/// The page that confirms signing out by itself. `destination` is where its form leads in the end.
pub(crate) fn confirmation_page(ctx: &Context, xsrf: String, destination: Option<&str>) -> Response {
    let page = SignOutPage {
        action: ctx.tenant.url("/oidc/session/end/confirm"),
        xsrf,
    };
    let mut page = Page::new(ctx, answer::view(ctx), &page).holds_secret();
    if let Some(destination) = destination {
        page = page.leads_to(destination);
    }
    ([NO_STORE], page).into_response()
}

/// `POST /oidc/session/end/confirm`.
pub(crate) async fn confirm(ctx: Context, request: Request) -> Result {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let body = read_body(request, BODY_LIMIT).await?;
    let mut browser = answer::browser(&ctx);
    let outcome = match Params::from_body(content_type.as_deref(), &body, "/session/end/confirm") {
        Ok(params) => logout::confirm(&ctx, &mut browser, &params).await,
        Err(error) => Err(error),
    };
    Ok(match outcome {
        Ok(destination) => {
            ctx.keep(browser.changes());
            see_other(&destination)
        }
        Err(error) => refused(&ctx, &error),
    })
}

/// `GET /oidc/session/end/success`.
pub(crate) async fn success(ctx: Context) -> Result {
    let page = Page::new(&ctx, answer::view(&ctx), &SignedOutPage {});
    Ok(([NO_STORE], page).into_response())
}

fn refused(ctx: &Context, error: &Error) -> Response {
    answer::error(ctx, error, &Beside::default())
}
