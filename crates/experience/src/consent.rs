//! `/consent`: the tenant's own applications get what they miss without a page; for those of others the person is asked.

use crate::outcome;
use crate::query::PageQuery;
use crate::scene::{Scene, browser, see_other};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use soleira_access::consent::{self, Question};
use soleira_core::Error;
use soleira_ui::pages::experience::{ConsentRequestPage, RequestedScope};
use soleira_web::{Context, CsrfForm, Query, Result};

const PATH: &str = "/consent";

/// Grants what is missing, or asks.
pub(crate) async fn show(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    match consent::question(&scene.ctx, &scene.interaction).await {
        Ok(Question::Nothing) => {
            match consent::auto_consent(&scene.ctx, &browser(&scene.ctx), &scene.interaction).await {
                Ok(url) => Ok(see_other(&url)),
                Err(error) => refused(&scene, &error).await,
            }
        }
        Ok(Question::Scopes(scopes)) => Ok(scene.show(&page(&scene, &scopes)).into_response()),
        Err(error) => refused(&scene, &error).await,
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ConsentForm {
    decision: String,
}

/// Goes on with the person's decision.
pub(crate) async fn submit(
    ctx: Context,
    Query(query): Query<PageQuery>,
    CsrfForm(form): CsrfForm<ConsentForm>,
) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let browser = browser(&scene.ctx);
    let outcome = match form.decision.as_str() {
        "allow" => consent::allow(&scene.ctx, &browser, &scene.interaction).await,
        // Whatever is not a clear yes is a no.
        _ => consent::deny(&scene.ctx, &scene.interaction).await,
    };
    match outcome {
        Ok(url) => Ok(see_other(&url)),
        Err(error) => refused(&scene, &error).await,
    }
}

async fn refused(scene: &Scene, error: &Error) -> Result<Response> {
    match outcome::elsewhere(scene, error).await? {
        Some(response) => Ok(response),
        None => Ok(scene.failed(error)),
    }
}

/// The question, in words where there are words for a scope.
fn page(scene: &Scene, scopes: &[String]) -> ConsentRequestPage {
    let scopes = scopes
        .iter()
        .map(|name| {
            let key = format!("experience.consent.scope.{name}");
            let text = scene.text(&key);
            RequestedScope {
                name: name.clone(),
                description: (text != key).then_some(text),
            }
        })
        .collect();
    ConsentRequestPage {
        action: scene.page(PATH),
        scopes,
    }
}
