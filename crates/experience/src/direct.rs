//! `/direct/:method/:target`: straight to a provider, without a page of ours; and the screens that have no page.

use crate::callback;
use crate::outcome;
use crate::query::PageQuery;
use crate::scene::{Scene, see_other};
use axum::extract::Path;
use axum::response::Response;
use soleira_access::interaction::{self, Event};
use soleira_core::Code;
use soleira_web::{Context, Query, Result};

/// Sends the browser to a provider. What is not offered leads to the screen that the address names instead.
pub(crate) async fn start(
    ctx: Context,
    Path((method, target)): Path<(String, String)>,
    Query(query): Query<PageQuery>,
) -> Result {
    let fallback = fallback(query.fallback.as_deref());
    let event = if fallback == "/register" {
        Event::Register
    } else {
        Event::SignIn
    };
    let scene = Scene::open(
        ctx,
        PageQuery {
            fallback: None,
            ..query
        },
        fallback,
    )
    .await?;
    if method != "social" {
        return Ok(see_other(&scene.query.on(fallback)));
    }
    let error = match interaction::start_social(&scene.ctx, &scene.interaction.id, &target, event).await {
        Ok(url) => return Ok(see_other(&url)),
        Err(error) if error.code() == Code::ConnectorNotEnabled => return Ok(see_other(&scene.query.on(fallback))),
        Err(error) => error,
    };
    match outcome::elsewhere(&scene, &error).await? {
        Some(response) => Ok(response),
        None => callback::back_to_the_door(&scene, event, &target, &error).await,
    }
}

/// The screen that stands in, of those that exist.
fn fallback(screen: Option<&str>) -> &'static str {
    match screen {
        Some("register" | "identifier-register") => "/register",
        _ => "/sign-in",
    }
}

/// Leads from a screen that has no page to the sign-in page.
pub(crate) async fn to_sign_in(Query(query): Query<PageQuery>) -> Response {
    see_other(&query.on("/sign-in"))
}

/// Leads from a screen that has no page to the registration page.
pub(crate) async fn to_register(Query(query): Query<PageQuery>) -> Response {
    see_other(&query.on("/register"))
}
