//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2): a request is validated, then moved on as
//! far as it goes, to a question for the person or to its answer.

mod advance;
mod pushed;

pub use pushed::{PushedResponse, push};

use crate::browser::{self, Browser, Hints};
use crate::clients::{self, KnownClient};
use crate::interaction::Interaction;
use crate::{guard, keys, resources};
use advance::{Advance, Step};
use serde_json::{Map, Value};
use soleira_core::rules::redirect_uri::VerifiedRedirectUri;
use soleira_core::{Code, EntropyExt, InteractionId, Result as CoreResult, Timestamp};
use soleira_crypto::digest::base64url;
use soleira_crypto::{jws, token_hash};
use soleira_directory::configs;
use soleira_oauth::authorization::{
    Asked, AuthorizationRequest, Delivery, Refusal, ResponseTarget, consent_path, login_path,
};
use soleira_oauth::prompt::{self, PromptName, Seen};
use soleira_oauth::{Error, Params, claims, lifetime};
use soleira_runtime::Ctx;
use soleira_runtime::guard::Limit;
use soleira_store::interactions;
use std::sync::Arc;

/// Requests that one address may begin in a quarter of an hour, by browser, by pushing or for devices: a company behind
/// one address, and no flood of what is kept until somebody answers.
const REQUESTS_PER_ADDRESS: Limit = Limit {
    purpose: "authorization",
    attempts: 3000,
    window: 15 * 60 * 1000,
};

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

/// Counts a request that this address begins.
///
/// # Errors
/// 429 `request.rate_limited` when there were too many.
pub fn admit(ctx: &Ctx) -> CoreResult<()> {
    guard::attempt(ctx, REQUESTS_PER_ADDRESS)
}

/// Takes an authorization request.
///
/// # Errors
/// What is wrong with it, told to the client by redirect once client and redirect URI hold, else to the browser.
pub async fn begin(ctx: &Ctx, browser: &mut Browser, raw: &Params) -> Result<Next, Refusal> {
    let (params, client_id) = AuthorizationRequest::read(raw)?;
    let client = identify(ctx, &client_id, params.get("state")).await?;
    let (params, pushed) = match pushed::reference(&params) {
        None => (params, None),
        Some(id) => {
            let id_hash = token_hash(id);
            (pushed::find(ctx, &client, &id_hash, &params).await?, Some(id_hash))
        }
    };
    let request = validate(ctx, &client, params).await?;
    advance(ctx, browser, client, request, None, pushed).await
}

/// Goes on with a request whose person answered. The browser proves by its cookie that the request is its own.
///
/// # Errors
/// `authorization request has expired` when it cannot be resumed; else as [`begin`].
pub async fn resume(ctx: &Ctx, browser: &mut Browser, uid: &str) -> Result<Next, Refusal> {
    let refuse = |error| Refusal::Answer { error, state: None };
    let interaction = resumable(ctx, browser, uid).await.map_err(refuse)?;
    if interaction.record.device.is_some() {
        return Err(refuse(
            Error::session_not_found().caused_by("it is about a device code"),
        ));
    }
    // What was stored is believed no more than what is sent: client and settings may have changed meanwhile.
    let (params, client_id) = AuthorizationRequest::read(&interaction.record.params)?;
    let client = identify(ctx, &client_id, params.get("state")).await?;
    let request = validate(ctx, &client, params).await?;
    advance(ctx, browser, client, request, Some(interaction.id), None).await
}

/// The living interaction that this browser may resume.
pub(crate) async fn resumable(ctx: &Ctx, browser: &Browser, uid: &str) -> soleira_oauth::Result<Interaction> {
    if browser.resumable() != Some(uid) {
        return Err(Error::session_not_found().caused_by("the browser has no cookie for the interaction"));
    }
    find(ctx, uid).await?.ok_or_else(Error::session_not_found)
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
    request.asked.resources = known_resources(ctx, &request.resources)
        .await
        .map_err(|error| redirect(&request.target, error))?;
    Ok(request)
}

/// The resources of a request, all of which must be known: the tenant's default one if it names none.
pub(crate) async fn known_resources(ctx: &Ctx, requested: &[String]) -> soleira_oauth::Result<Vec<String>> {
    let resources: Vec<String> = if requested.is_empty() {
        resources::default(ctx).await?.into_iter().collect()
    } else {
        requested.to_vec()
    };
    for indicator in &resources {
        resources::find(ctx, indicator).await?;
    }
    Ok(resources)
}

fn redirect(target: &ResponseTarget, error: Error) -> Refusal {
    Refusal::Redirect {
        target: Box::new(target.clone()),
        error,
    }
}

async fn advance(
    ctx: &Ctx,
    browser: &mut Browser,
    client: Arc<KnownClient>,
    request: AuthorizationRequest,
    resumed: Option<InteractionId>,
    pushed: Option<[u8; 32]>,
) -> Result<Next, Refusal> {
    let AuthorizationRequest { target, asked } = request;
    let pending = Pending {
        client,
        asked,
        destination: Destination::RedirectUri(target.redirect_uri.clone()),
        resumed,
        pushed,
    };
    let moved = go_on(ctx, browser, pending)
        .await
        .map_err(|error| redirect(&target, error))?;
    match moved {
        Moved::Lost(error) => Err(Refusal::Answer { error, state: None }),
        Moved::SignOutFirst { xsrf } => Ok(Next::SignOutFirst {
            xsrf,
            redirect_uri: target.redirect_uri.as_str().to_owned(),
        }),
        Moved::Page(path) => Ok(Next::Page(path)),
        Moved::Code(code) => Ok(Next::Answer(target.code(&code, &ctx.tenant.issuer))),
        Moved::Refused(error) => Err(redirect(&target, error)),
        Moved::Allowed | Moved::Gone => Err(redirect(
            &target,
            soleira_core::Error::internal("a device was answered at a redirect URI").into(),
        )),
    }
}

/// Where the answer goes.
#[derive(Debug, Clone)]
pub(crate) enum Destination {
    /// To the client, as a code at its redirect URI.
    RedirectUri(VerifiedRedirectUri),
    /// To the device whose code this is, when it asks next (RFC 8628 §3.4).
    Device {
        /// The keyed hash of what the person typed.
        user_hash: [u8; 32],
    },
}

impl Destination {
    /// Where the browser comes back to from a question.
    fn resume_path(&self, uid: &str) -> String {
        match self {
            Self::RedirectUri(_) => browser::resume_path(uid),
            Self::Device { .. } => browser::device_resume_path(uid),
        }
    }

    /// The device code, as an interaction keeps it.
    fn device(&self) -> Option<String> {
        match self {
            Self::RedirectUri(_) => None,
            Self::Device { user_hash } => Some(base64url(user_hash)),
        }
    }
}

/// A request that holds, on its way to its answer.
pub(crate) struct Pending {
    /// The client.
    pub(crate) client: Arc<KnownClient>,
    /// What it asks for.
    pub(crate) asked: Asked,
    /// Where the answer goes.
    pub(crate) destination: Destination,
    /// The interaction that was answered.
    pub(crate) resumed: Option<InteractionId>,
    /// The pushed request that begins here, by its hash.
    pub(crate) pushed: Option<[u8; 32]>,
}

/// How far a request got.
pub(crate) enum Moved {
    /// The interaction cannot be resumed.
    Lost(Error),
    /// Someone else is signed in.
    SignOutFirst {
        /// The proof that the form carries.
        xsrf: String,
    },
    /// The person is asked on this page.
    Page(String),
    /// The client gets this code.
    Code(String),
    /// The device may have its tokens.
    Allowed,
    /// The device code was decided before, is under way in another browser, or has expired.
    Gone,
    /// The client gets an error.
    Refused(Error),
}

/// Moves a request on as far as it goes, with the cookies that this takes.
pub(crate) async fn go_on(ctx: &Ctx, browser: &mut Browser, pending: Pending) -> soleira_oauth::Result<Moved> {
    let Pending {
        client,
        asked,
        destination,
        resumed,
        pushed,
    } = pending;
    let hinted_subject = hinted_subject(ctx, &client, &asked).await?;
    let session_id = browser.session_id().map(|id| id.expose().to_owned());
    // Without a session and without a page nothing is left to decide, and nothing to write.
    if asked.prompt.none
        && session_id.is_none()
        && pushed.is_none()
        && let Some(prompt) = prompt::login(&asked, Seen::default(), ctx.now())
    {
        return Ok(Moved::Refused(prompt.refusal()));
    }
    let new_session_id = resumed.as_ref().map(|_| ctx.entropy().opaque());
    let ttl = configs::get(ctx).await?.session_ttl();
    let unit = Advance {
        ctx: ctx.clone(),
        client: client.clone(),
        asked: asked.clone(),
        destination: destination.clone(),
        hinted_subject,
        session_hash: session_id.as_deref().map(token_hash),
        new_session_id: new_session_id.clone(),
        session_ttl: ttl,
        resumed: resumed.clone(),
        pushed,
    };
    let step = match ctx.write(unit).await {
        Ok(step) => step,
        Err(error) if error.code() == Code::SessionNotFound => {
            Step::Lost(Error::session_not_found().caused_by(error.to_string()))
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(uid) = &resumed
        && !matches!(step, Step::Lost(_) | Step::SignOutFirst { .. })
    {
        browser.end_resume(&destination.resume_path(uid.as_str()));
    }
    let mut keep_session = |has_session| {
        // The session's cookie is sent again, which lengthens its life; after a resumption with a new value.
        if let (true, Some(id)) = (has_session, new_session_id.as_ref().or(session_id.as_ref())) {
            browser.set_session(id, ttl);
        }
    };
    Ok(match step {
        Step::Lost(error) => Moved::Lost(error),
        Step::SignOutFirst { xsrf } => Moved::SignOutFirst { xsrf },
        Step::Refuse { error, has_session } => {
            keep_session(has_session);
            Moved::Refused(error)
        }
        Step::Ask {
            uid,
            prompt,
            has_session,
        } => {
            keep_session(has_session);
            Moved::Page(ask(browser, &client, &asked, &destination, &uid, prompt))
        }
        Step::Answer { code } => {
            keep_session(true);
            Moved::Code(code)
        }
        Step::Allow => {
            keep_session(true);
            Moved::Allowed
        }
        Step::Gone => Moved::Gone,
    })
}

/// Gives the browser what it needs to answer a question; the page of the question.
fn ask(
    browser: &mut Browser,
    client: &KnownClient,
    asked: &Asked,
    destination: &Destination,
    uid: &InteractionId,
    prompt: PromptName,
) -> String {
    let hints = Hints {
        organization_id: asked.param("organization_id"),
        ui_locales: asked.param("ui_locales"),
    };
    let resume_path = destination.resume_path(uid.as_str());
    browser.begin_interaction(client.id.as_str(), uid.as_str(), &resume_path, hints);
    match prompt {
        PromptName::Login => {
            if let Some(credential) = asked.param("google_one_tap_credential") {
                browser.offer_one_tap(credential);
            }
            login_path(&asked.params, client.id.as_str())
        }
        PromptName::Consent => consent_path(client.id.as_str()),
    }
}

/// The subject of `id_token_hint`, an ID token that we issued to the client, expired or not.
async fn hinted_subject(ctx: &Ctx, client: &KnownClient, asked: &Asked) -> soleira_oauth::Result<Option<String>> {
    let Some(hint) = asked.param("id_token_hint") else {
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
