//! `/social/link/:connectorId`: the provider's e-mail address is that of an account. Whoever knows its password links the
//! two; everybody else makes an account of their own.

use crate::outcome::{self, refused};
use crate::query::PageQuery;
use crate::scene::{Scene, encoded, see_other};
use axum::extract::Path;
use axum::response::IntoResponse;
use http::StatusCode;
use serde::Deserialize;
use soleira_access::interaction::{self, LinkOffer};
use soleira_core::{Code, ConnectorId, Error, Secret};
use soleira_ui::pages::experience::{ProviderProfile, SocialLinkPage};
use soleira_ui::pages::{Field, Notice};
use soleira_web::{Context, CsrfForm, Failure, Page, Query, Result};

/// Shows the question.
pub(crate) async fn show(ctx: Context, Path(connector_id): Path<String>, Query(query): Query<PageQuery>) -> Result {
    let (scene, connector_id) = open(ctx, &connector_id, query).await?;
    match interaction::link_offer(&scene.ctx, &scene.interaction, &connector_id).await {
        Ok(offer) => Ok(page(&scene, &offer, Field::default(), None).await?.into_response()),
        Err(error) => closed(&scene, &error).await,
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LinkForm {
    password: String,
}

/// Links, or says what is wrong.
pub(crate) async fn submit(
    ctx: Context,
    Path(connector_id): Path<String>,
    Query(query): Query<PageQuery>,
    CsrfForm(form): CsrfForm<LinkForm>,
) -> Result {
    let (scene, connector_id) = open(ctx, &connector_id, query).await?;
    let offer = match interaction::link_offer(&scene.ctx, &scene.interaction, &connector_id).await {
        Ok(offer) => offer,
        Err(error) => return closed(&scene, &error).await,
    };
    if form.password.is_empty() {
        let field = Field::default().wrong(scene.text("experience.failed.password_required"));
        return Ok(page(&scene, &offer, field, None)
            .await?
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response());
    }
    let linked = interaction::link_social(
        &scene.ctx,
        &scene.interaction,
        &connector_id,
        Secret::new(form.password),
    )
    .await;
    let error = match linked {
        Ok(next) => return Ok(outcome::go(&scene, &next)),
        Err(error) => error,
    };
    if let Some(response) = outcome::elsewhere(&scene, &error).await? {
        return Ok(response);
    }
    let page = if error.code() == Code::SessionInvalidCredentials {
        let field = Field::default().wrong(scene.text("experience.failed.wrong_password"));
        page(&scene, &offer, field, None).await?
    } else {
        page(&scene, &offer, Field::default(), Some(outcome::notice(&scene, &error))).await?
    };
    Ok(refused(page, &error))
}

/// What the button for a separate account sends.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct NoFields {}

/// Makes a separate account.
pub(crate) async fn register(
    ctx: Context,
    Path(connector_id): Path<String>,
    Query(query): Query<PageQuery>,
    CsrfForm(_): CsrfForm<NoFields>,
) -> Result {
    let (scene, _) = open(ctx, &connector_id, query).await?;
    match interaction::register_instead_of_linking(&scene.ctx, &scene.interaction).await {
        Ok(next) => Ok(outcome::go(&scene, &next)),
        Err(error) => closed(&scene, &error).await,
    }
}

async fn open(
    ctx: Context,
    connector_id: &str,
    query: PageQuery,
) -> std::result::Result<(Scene, ConnectorId), Failure> {
    let path = format!("/social/link/{}", encoded(connector_id));
    Ok((Scene::open(ctx, query, path).await?, ConnectorId::from(connector_id)))
}

/// The answer where nothing waits to be linked: the sign-in begins anew, unless something else is in the way.
async fn closed(scene: &Scene, error: &Error) -> Result {
    if let Some(response) = outcome::elsewhere(scene, error).await? {
        return Ok(response);
    }
    if error.code() == Code::SessionConnectorValidationSessionNotFound {
        return Ok(see_other(&scene.page("/sign-in")));
    }
    Ok(scene.failed(error))
}

async fn page(
    scene: &Scene,
    offer: &LinkOffer,
    password: Field,
    notice: Option<Notice>,
) -> std::result::Result<Page, Failure> {
    let target = scene
        .flow()
        .and_then(|flow| flow.social())
        .map(|social| social.target.clone())
        .unwrap_or_default();
    let id = encoded(offer.connector_id.as_str());
    Ok(scene.show(&SocialLinkPage {
        notice,
        action: offer.has_password.then(|| scene.page(&format!("/social/link/{id}"))),
        profile: ProviderProfile {
            provider: interaction::provider_name(&scene.ctx, &target, scene.language).await?,
            name: offer.user_info.name.clone(),
            email: offer.user_info.email.clone(),
        },
        account: offer.email.clone(),
        password,
        create_action: offer
            .can_register
            .then(|| scene.page(&format!("/social/register/{id}"))),
        back_href: scene.page("/sign-in"),
    }))
}
