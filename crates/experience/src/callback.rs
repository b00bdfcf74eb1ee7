//! `/callback/:connectorId`: where providers send people back to.

use crate::message::text_with;
use crate::outcome::{self, refused};
use crate::query::PageQuery;
use crate::scene::{Scene, browser, encoded, no_session, see_other};
use crate::{register, sign_in};
use axum::extract::Path;
use axum::response::Response;
use serde_json::{Map, Value};
use soleira_access::interaction::{self, Event, SocialCallback};
use soleira_core::{Code, Error, InteractionId};
use soleira_ui::pages::Notice;
use soleira_web::{Context, Form, Query, Result};

/// A provider that answers by form: the browser comes again by itself, now with its cookies (`SameSite=Lax` keeps them
/// from a form of another site).
pub(crate) async fn bounce(Path(connector_id): Path<String>, Form(fields): Form<Vec<(String, String)>>) -> Response {
    let path = format!("/callback/{}", encoded(&connector_id));
    match serde_html_form::to_string(&fields) {
        Ok(query) if !query.is_empty() => see_other(&format!("{path}?{query}")),
        _ => see_other(&path),
    }
}

/// Takes the provider's answer.
pub(crate) async fn receive(
    ctx: Context,
    Path(connector_id): Path<String>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result {
    let candidates: Vec<InteractionId> = browser(&ctx).interactions().map(InteractionId::from).collect();
    let parameters: Map<String, Value> = parameters
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    let callback = SocialCallback {
        connector_id: connector_id.as_str().into(),
        parameters,
    };
    let interaction = match interaction::find_by_callback(&ctx, &candidates, &callback).await {
        Ok(interaction) => interaction,
        Err(error) => return stray(ctx, &callback, error).await,
    };
    let event = interaction
        .record
        .flow
        .as_ref()
        .map(interaction::Flow::event)
        .unwrap_or_default();
    let scene = Scene::of(ctx, PageQuery::default(), door(event), interaction).await?;
    let error = match interaction::finish_social(&scene.ctx, &scene.interaction, &callback).await {
        Ok(next) => return Ok(outcome::go(&scene, &next)),
        Err(error) => error,
    };
    match outcome::elsewhere(&scene, &error).await? {
        Some(response) => Ok(response),
        None => {
            back_to_the_door(
                &scene,
                event,
                provider_of(&scene).as_deref().unwrap_or_default(),
                &error,
            )
            .await
        }
    }
}

/// An answer that this browser's sign-in did not ask for: forged, of another browser, or of a sign-in begun anew since.
async fn stray(ctx: Context, callback: &SocialCallback, error: Error) -> Result {
    if error.code() != Code::SessionConnectorValidationSessionNotFound {
        return Err(error.into());
    }
    let query = PageQuery::default();
    match interaction::load(&ctx, &browser(&ctx), None).await {
        Ok(interaction) => {
            let event = interaction
                .record
                .flow
                .as_ref()
                .map(interaction::Flow::event)
                .unwrap_or_default();
            let scene = Scene::of(ctx, query, door(event), interaction).await?;
            back_to_the_door(&scene, event, callback.connector_id.as_str(), &error).await
        }
        Err(error) if error.code() == Code::SessionNotFound => no_session(&ctx, &query).await,
        Err(error) => Err(error.into()),
    }
}

/// The page that a sign-in begins on.
const fn door(event: Event) -> &'static str {
    match event {
        Event::SignIn | Event::ForgotPassword => "/sign-in",
        Event::Register => "/register",
    }
}

/// The provider's target, as the sign-in knows it.
fn provider_of(scene: &Scene) -> Option<String> {
    Some(scene.flow()?.social()?.target.clone())
}

/// The page that the sign-in began on, with what the provider (a target, or whatever names it) did not do.
pub(crate) async fn back_to_the_door(scene: &Scene, event: Event, target: &str, error: &Error) -> Result {
    let name = interaction::provider_name(&scene.ctx, target, scene.language).await?;
    let say = |key: &str| text_with(scene.language, &format!("experience.failed.{key}"), "provider", &name);
    let text = match error.code() {
        Code::ConnectorAuthorizationFailed => say("provider_denied"),
        Code::ConnectorNotEnabled => say("provider_disabled"),
        Code::UserIdentityNotExist => say("no_account"),
        Code::SessionConnectorValidationSessionNotFound | Code::SessionInvalidConnectorId => {
            scene.text("experience.failed.stale_answer")
        }
        code if code.as_str().starts_with("connector.") => say("provider_failed"),
        _ => outcome::notice(scene, error).text,
    };
    let notice = Notice::danger(text);
    let page = match event {
        Event::SignIn | Event::ForgotPassword => scene.show(&sign_in::with_notice(scene, notice).await?),
        Event::Register => scene.show(&register::with_notice(scene, notice).await?),
    };
    Ok(refused(page, error))
}
