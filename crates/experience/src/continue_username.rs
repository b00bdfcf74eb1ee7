//! `/continue/username`: the one thing that is missing to make the account, or that the account lacks.

use crate::message;
use crate::outcome::{self, refused};
use crate::query::PageQuery;
use crate::register::is_about_username;
use crate::scene::{Scene, see_other};
use axum::response::IntoResponse;
use serde::Deserialize;
use soleira_access::interaction;
use soleira_core::Code;
use soleira_ui::pages::experience::{ContinueUsernamePage, ProviderProfile};
use soleira_ui::pages::{Field, Notice};
use soleira_web::{Context, CsrfForm, Failure, Page, Query, Result};

const PATH: &str = "/continue/username";

/// Shows the page, prefilled from what the provider told.
pub(crate) async fn show(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let Some(flow) = scene.flow().filter(|flow| {
        flow.user_id().is_some() || flow.social_user_info().is_some() || flow.one_time_token().is_some()
    }) else {
        // Nobody came this far: the sign-in begins on its first page.
        return Ok(see_other(&scene.page("/sign-in")));
    };
    let suggested = interaction::suggest_username(&scene.ctx, flow).await?;
    Ok(page(&scene, Field::of(suggested.unwrap_or_default()), None)
        .await?
        .into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UsernameForm {
    username: String,
}

/// Goes on with the username, or says what is wrong with it.
pub(crate) async fn submit(
    ctx: Context,
    Query(query): Query<PageQuery>,
    CsrfForm(form): CsrfForm<UsernameForm>,
) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let outcome = interaction::continue_with_username(&scene.ctx, &scene.interaction.id, &form.username).await;
    let error = match outcome {
        Ok(next) => return Ok(outcome::go(&scene, &next)),
        Err(error) => error,
    };
    if let Some(response) = outcome::elsewhere(&scene, &error).await? {
        return Ok(response);
    }
    if error.code() == Code::SessionIdentifierNotFound {
        return Ok(see_other(&scene.page("/sign-in")));
    }
    let field = Field::of(form.username.trim());
    let page = if is_about_username(error.code()) {
        page(&scene, field.wrong(message::of(scene.language, &error)), None).await?
    } else {
        page(&scene, field, Some(outcome::notice(&scene, &error))).await?
    };
    Ok(refused(page, &error))
}

async fn page(scene: &Scene, username: Field, notice: Option<Notice>) -> std::result::Result<Page, Failure> {
    let profile = match scene
        .flow()
        .and_then(|flow| Some((flow.social()?, flow.social_user_info()?)))
    {
        Some((social, user_info)) => Some(ProviderProfile {
            provider: interaction::provider_name(&scene.ctx, &social.target, scene.language).await?,
            name: user_info.name.clone(),
            email: user_info.email.clone(),
        }),
        None => None,
    };
    Ok(scene.show(&ContinueUsernamePage {
        notice,
        action: scene.page(PATH),
        username,
        profile,
    }))
}
