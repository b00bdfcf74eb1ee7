//! `/one-time-token` and `/switch-account`: a link that was sent to an e-mail address signs its reader in. Nothing is used
//! up before they press the button: what opens links in mail to look at them signs nobody in.

use crate::message;
use crate::outcome;
use crate::query::PageQuery;
use crate::scene::{Scene, browser, encoded, see_other, status};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use soleira_access::browser::Browser;
use soleira_access::consent;
use soleira_access::interaction::{self, BroughtLink, Link, OneTimeTokenSignIn};
use soleira_core::{Error, Kind, Result as CoreResult};
use soleira_ui::pages::experience::{Agreement, OneTimeTokenPage, SwitchAccountPage, UsableLink};
use soleira_web::{Context, CsrfForm, Query, Result};

const PATH: &str = "/one-time-token";
const SWITCH_PATH: &str = "/switch-account";

/// The page of the link, for who comes to a first page with one.
pub(crate) fn instead(scene: &Scene) -> Option<String> {
    scene.query.one_time_token.as_ref()?;
    OneTimeTokenSignIn::of(&scene.interaction)?;
    Some(scene.query.on(PATH))
}

/// The page that a link asks for before consent; none where it asks for nothing.
pub(crate) async fn before_consent(scene: &Scene, browser: &Browser) -> CoreResult<Option<String>> {
    let page = match interaction::link(&scene.ctx, browser, &scene.interaction).await? {
        Link::Settled => return Ok(None),
        Link::OtherAccount => brought(scene).on(SWITCH_PATH),
        Link::Waiting => brought(scene).on(PATH),
        Link::Unusable(error) => {
            let text = encoded(&message::of(scene.language, &error));
            format!("{}&errorMessage={text}", scene.page(PATH))
        }
    };
    Ok(Some(page))
}

fn brought(scene: &Scene) -> PageQuery {
    let param = |name| scene.interaction.param(name).map(str::to_owned);
    PageQuery {
        app_id: Some(scene.app_id().to_owned()),
        login_hint: param("login_hint"),
        one_time_token: param("one_time_token"),
        ..PageQuery::default()
    }
}

/// Shows what the link does, or why it does nothing. What stands in the address is not believed: the link is that of the
/// authorization request.
pub(crate) async fn show(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    match interaction::brought_link(&scene.ctx, &scene.interaction).await {
        Ok(link) => Ok(scene.show(&usable(&scene, &link, None)).into_response()),
        Err(error) => refused(&scene, &error).await,
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LinkForm {
    decision: String,
    agree: Option<String>,
}

/// Signs in by the link, or goes on without it.
pub(crate) async fn submit(ctx: Context, Query(query): Query<PageQuery>, CsrfForm(form): CsrfForm<LinkForm>) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    if form.decision == "ignore" {
        return ignore(&scene).await;
    }
    // A second click finds the token used up, and goes on.
    if let Ok(link) = interaction::brought_link(&scene.ctx, &scene.interaction).await
        && let Some(problem) = scene.agreement_error(link.event, form.agree.as_deref())
    {
        return Ok(scene
            .show(&usable(&scene, &link, Some(problem)))
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response());
    }
    match interaction::sign_in_with_one_time_token(&scene.ctx, &scene.interaction).await {
        Ok(next) => Ok(outcome::go(&scene, &next)),
        Err(error) => refused(&scene, &error).await,
    }
}

/// Goes on without the link: with whoever is signed in, or to the other ways to sign in.
async fn ignore(scene: &Scene) -> Result {
    if let Err(error) = interaction::forget_link(&scene.ctx, &scene.interaction).await {
        return refused(scene, &error).await;
    }
    let waits_for_consent = consent::is_asked(&scene.interaction);
    Ok(see_other(&scene.page(if waits_for_consent {
        "/consent"
    } else {
        "/sign-in"
    })))
}

fn usable(scene: &Scene, link: &BroughtLink, agreement_error: Option<String>) -> OneTimeTokenPage {
    OneTimeTokenPage {
        action: scene.page(PATH),
        link: Some(UsableLink {
            email: link.email.clone(),
            is_new: link.event == interaction::Event::Register,
        }),
        problem: None,
        is_signed_in: consent::is_asked(&scene.interaction),
        agreement: scene.agreement(link.event),
        agreement_error,
    }
}

async fn refused(scene: &Scene, error: &Error) -> Result<Response> {
    if let Some(response) = outcome::elsewhere(scene, error).await? {
        return Ok(response);
    }
    if matches!(error.kind(), Kind::RateLimited) {
        return Ok(scene.failed(error));
    }
    let page = OneTimeTokenPage {
        action: scene.page(PATH),
        link: None,
        problem: Some(message::of(scene.language, error)),
        is_signed_in: consent::is_asked(&scene.interaction),
        agreement: Agreement::None,
        agreement_error: None,
    };
    Ok(scene.show(&page).status(status(error)).into_response())
}

/// Asks who goes on: whom the link is for, or whoever is signed in.
pub(crate) async fn ask_account(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let scene = Scene::open(ctx, query, SWITCH_PATH).await?;
    let Some(link) = OneTimeTokenSignIn::of(&scene.interaction) else {
        return Ok(see_other(&scene.page("/consent")));
    };
    let user = match consent::asked_user(&scene.ctx, &browser(&scene.ctx), &scene.interaction).await {
        Ok(user) => user,
        Err(error) => return refused(&scene, &error).await,
    };
    let (person, person_detail) = crate::consent::person(&user);
    let page = SwitchAccountPage {
        action: scene.page(SWITCH_PATH),
        email: link.email,
        person,
        person_detail,
    };
    Ok(scene.show(&page).into_response())
}

/// Goes on with whom the person chose.
pub(crate) async fn switch_account(
    ctx: Context,
    Query(query): Query<PageQuery>,
    CsrfForm(form): CsrfForm<LinkForm>,
) -> Result {
    let scene = Scene::open(ctx, query, SWITCH_PATH).await?;
    if form.decision == "switch" {
        return Ok(see_other(&brought(&scene).on(PATH)));
    }
    ignore(&scene).await
}
