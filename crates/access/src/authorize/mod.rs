//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2): a request is validated, then moved on as
//! far as it goes, to a question for the person or to its answer.

mod advance;

use crate::browser::{Browser, Hints};
use crate::clients::{self, KnownClient};
use crate::interaction::Interaction;
use crate::{keys, resources};
use advance::{Advance, Step};
use serde_json::{Map, Value};
use soleira_core::{EntropyExt, InteractionId, Result as CoreResult, Timestamp};
use soleira_crypto::{jws, token_hash};
use soleira_directory::configs;
use soleira_oauth::authorization::{AuthorizationRequest, Delivery, Refusal, consent_path, login_path};
use soleira_oauth::prompt::{self, PromptName, Seen};
use soleira_oauth::{Error, Params, claims, lifetime};
use soleira_runtime::Ctx;
use soleira_store::interactions;
use std::sync::Arc;

/// Where the browser goes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// To a page of this server: 303, root-relative.
    Page(String),
    /// Back to the application.
    Answer(Delivery),
    /// Someone else is signed in: they are signed out first, by a form that the browser posts at once with this proof,
    /// and then the request goes on.
    SignOutFirst {
        /// The `xsrf` of the form.
        xsrf: String,
        /// The application that the form leads to in the end.
        redirect_uri: String,
    },
}

/// Takes an authorization request.
///
/// # Errors
/// What is wrong with it, told to the client by redirect once client and redirect URI hold, else to the browser.
pub async fn begin(ctx: &Ctx, browser: &mut Browser, raw: &Params) -> Result<Next, Refusal> {
    let (params, client_id) = AuthorizationRequest::read(raw)?;
    let state = params.get("state").map(str::to_owned);
    let client = identify(ctx, &client_id, state.as_deref()).await?;
    let request = validate(ctx, &client, params).await?;
    advance(ctx, browser, client, request, None).await
}

/// Goes on with a request whose person answered. The browser proves by its cookie that the request is its own.
///
/// # Errors
/// `authorization request has expired` when it cannot be resumed; else as [`begin`].
pub async fn resume(ctx: &Ctx, browser: &mut Browser, uid: &str) -> Result<Next, Refusal> {
    let refuse = |error| Refusal::Answer { error, state: None };
    if browser.resumable() != Some(uid) {
        return Err(refuse(
            Error::session_not_found().caused_by("the browser has no cookie for the interaction"),
        ));
    }
    let interaction = find(ctx, uid).await.map_err(|error| refuse(error.into()))?;
    let interaction = interaction.ok_or_else(|| refuse(Error::session_not_found()))?;
    let params = interaction.record.params.clone();
    // What was stored is believed no more than what is sent: client and settings may have changed meanwhile.
    let (params, client_id) = AuthorizationRequest::read(&params)?;
    let client = identify(ctx, &client_id, params.get("state")).await?;
    let request = validate(ctx, &client, params).await?;
    advance(ctx, browser, client, request, Some(interaction.id)).await
}

async fn find(ctx: &Ctx, uid: &str) -> CoreResult<Option<Interaction>> {
    let row = interactions::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, &uid.into()).await?;
    let alive = row.filter(|row| row.consumed_at.is_none() && ctx.now() < row.expires_at);
    Ok(alive.as_ref().map(Interaction::of_row).transpose()?)
}

async fn identify(ctx: &Ctx, client_id: &str, state: Option<&str>) -> Result<Arc<KnownClient>, Refusal> {
    clients::identify(ctx, client_id)
        .await
        .map_err(|error| Refusal::Answer {
            error,
            state: state.map(str::to_owned),
        })
}

/// Validates a request, and what of it needs more than the request: its resources.
async fn validate(ctx: &Ctx, client: &KnownClient, params: Params) -> Result<AuthorizationRequest, Refusal> {
    let mut request = AuthorizationRequest::validate(params, client)?;
    let resources = with_default(ctx, &request.resources)
        .await
        .map_err(|error| redirect(&request, error))?;
    for indicator in &resources {
        resources::find(ctx, indicator)
            .await
            .map_err(|error| redirect(&request, error))?;
    }
    request.resources = resources;
    Ok(request)
}

/// The resources of a request: the tenant's default one if it names none.
async fn with_default(ctx: &Ctx, requested: &[String]) -> soleira_oauth::Result<Vec<String>> {
    if requested.is_empty() {
        return Ok(resources::default(ctx).await?.into_iter().collect());
    }
    Ok(requested.to_vec())
}

fn redirect(request: &AuthorizationRequest, error: Error) -> Refusal {
    Refusal::Redirect {
        target: Box::new(request.target.clone()),
        error,
    }
}

async fn advance(
    ctx: &Ctx,
    browser: &mut Browser,
    client: Arc<KnownClient>,
    request: AuthorizationRequest,
    resumed: Option<InteractionId>,
) -> Result<Next, Refusal> {
    let hinted_subject = hinted_subject(ctx, &client, &request)
        .await
        .map_err(|error| redirect(&request, error))?;
    let session_id = browser.session_id().map(|id| id.expose().to_owned());
    // Without a session and without a page nothing is left to decide, and nothing to write.
    if request.prompt.none
        && session_id.is_none()
        && let Some(prompt) = prompt::login(&request, Seen::default(), ctx.now())
    {
        return Err(redirect(&request, prompt.refusal()));
    }
    let new_session_id = if resumed.is_some() {
        Some(ctx.entropy().opaque())
    } else {
        None
    };
    let unit = Advance {
        ctx: ctx.clone(),
        client: client.clone(),
        request: request.clone(),
        hinted_subject,
        session_hash: session_id.as_deref().map(token_hash),
        new_session_id: new_session_id.clone(),
        session_ttl: configs::get(ctx)
            .await
            .map_err(|error| redirect(&request, error.into()))?
            .session_ttl(),
        resumed: resumed.clone(),
    };
    let ttl = unit.session_ttl;
    let step = ctx
        .write(unit)
        .await
        .map_err(|error| redirect(&request, error.into()))?;
    if let (Some(uid), Step::Ask { .. } | Step::Answer { .. } | Step::Refuse { .. }) = (&resumed, &step) {
        browser.end_resume(uid.as_str());
    }
    match step {
        Step::Lost(error) => Err(Refusal::Answer { error, state: None }),
        Step::SignOutFirst { xsrf } => Ok(Next::SignOutFirst {
            xsrf,
            redirect_uri: request.target.redirect_uri.as_str().to_owned(),
        }),
        Step::Refuse { error, has_session } => {
            keep_session(browser, has_session, session_id, new_session_id, ttl);
            Err(redirect(&request, error))
        }
        Step::Ask {
            uid,
            prompt,
            has_session,
        } => {
            keep_session(browser, has_session, session_id, new_session_id, ttl);
            let hints = Hints {
                organization_id: request.param("organization_id"),
                ui_locales: request.param("ui_locales"),
            };
            browser.begin_interaction(client.id.as_str(), uid.as_str(), hints);
            Ok(Next::Page(match prompt {
                PromptName::Login => login_path(&request.params, client.id.as_str()),
                PromptName::Consent => consent_path(client.id.as_str()),
            }))
        }
        Step::Answer { code } => {
            keep_session(browser, true, session_id, new_session_id, ttl);
            Ok(Next::Answer(request.target.code(&code, &ctx.tenant.issuer)))
        }
    }
}

/// Sends the session's cookie again, which lengthens its life; after a resumption with a new value.
fn keep_session(browser: &mut Browser, has_session: bool, old: Option<String>, new: Option<String>, ttl: i64) {
    if let (true, Some(id)) = (has_session, new.or(old)) {
        browser.set_session(&id, ttl);
    }
}

/// The subject of `id_token_hint`, an ID token that we issued to the client, expired or not.
async fn hinted_subject(
    ctx: &Ctx,
    client: &KnownClient,
    request: &AuthorizationRequest,
) -> soleira_oauth::Result<Option<String>> {
    let Some(hint) = request.param("id_token_hint") else {
        return Ok(None);
    };
    verify_hint(ctx, hint, Some(client.id.as_str()))
        .await?
        .map(|(_, subject)| Some(subject))
        .ok_or_else(|| Error::invalid_request("could not validate id_token_hint"))
}

/// The client and subject of an ID token of ours; with `client_id`, only if it was issued to that client.
pub(crate) async fn verify_hint(
    ctx: &Ctx,
    hint: &str,
    client_id: Option<&str>,
) -> soleira_oauth::Result<Option<(String, String)>> {
    let keys = keys::of(ctx).await?;
    let Ok(verified) = jws::verify(hint, |header| keys.verifying.find(header)) else {
        return Ok(None);
    };
    // An ID token has no `typ`; whatever has one is another kind of token.
    if verified
        .header
        .typ
        .as_deref()
        .is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT"))
    {
        return Ok(None);
    }
    let Ok(payload) = verified.claims::<Map<String, Value>>() else {
        return Ok(None);
    };
    let audience = payload.get("aud").and_then(Value::as_str).unwrap_or_default();
    let client_id = client_id.unwrap_or(audience);
    Ok(claims::hint_subject(&payload, &ctx.tenant.issuer, client_id)
        .map(|subject| (client_id.to_owned(), subject.to_owned())))
}

/// When an interaction that begins now expires.
fn interaction_expiry(now: Timestamp) -> Timestamp {
    now.plus_seconds(lifetime::INTERACTION)
}
