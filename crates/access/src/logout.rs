//! Signing out (OpenID Connect RP-Initiated Logout 1.0; docs/wire/logout.md). Asking for it shows a page that confirms by
//! itself; only the confirmation, which a forged link cannot make, ends the session.

mod backchannel;

use crate::authorize::verify_hint;
use crate::browser::Browser;
use crate::clients;
use serde::{Deserialize, Serialize};
use soleira_core::{ApplicationId, SessionUid, Timestamp, UserId};
use soleira_crypto::digest::{base64url, from_base64url, hex};
use soleira_crypto::{constant_time_eq, token_hash};
use soleira_oauth::logout::EndSessionRequest;
use soleira_oauth::{Error, Params, Result, lifetime};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::sessions::SessionClientRow;
use soleira_store::{Tx, Unit, Verdict, grants, sessions};
use url::Url;

/// Where people land who came from nowhere.
pub const SUCCESS_PATH: &str = "/oidc/session/end/success";

/// What a confirmation must prove and where it leads; kept with the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogoutState {
    /// The `xsrf` of the form: 48 hexadecimal digits.
    pub(crate) secret: String,
    /// The client that asked.
    #[serde(default)]
    client_id: Option<String>,
    /// Where to go: absolute, verified, with the client's `state`.
    #[serde(default)]
    destination: Option<String>,
}

impl LogoutState {
    fn new(ctx: &Ctx, client_id: Option<String>, destination: Option<String>) -> Self {
        let mut secret = [0; 24];
        ctx.entropy().fill(&mut secret);
        Self {
            secret: hex(&secret),
            client_id,
            destination,
        }
    }

    /// Someone else is signed out so that an interaction can go on.
    pub(crate) fn before_resuming(ctx: &Ctx, client_id: &str, return_to: &str) -> Self {
        Self::new(ctx, Some(client_id.to_owned()), Some(return_to.to_owned()))
    }
}

/// What a browser without a session carries from the request to the confirmation: where to go, sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    destination: Option<String>,
    expires_at: Timestamp,
}

/// What a ticket is sealed for: one of another tenant is none.
fn ticket_context(ctx: &Ctx) -> String {
    format!("logout ticket:{}", ctx.tenant.id)
}

/// The page that confirms signing out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The `xsrf` of its form.
    pub xsrf: String,
    /// Where the form leads in the end; to [`SUCCESS_PATH`] if absent.
    pub destination: Option<String>,
}

/// Takes a request to sign out.
///
/// # Errors
/// `invalid_request`: an address that is not registered, a hint that is not ours, a repeated parameter.
pub async fn begin(ctx: &Ctx, browser: &Browser, params: &Params) -> Result<Confirmation> {
    let request = EndSessionRequest::read(params)?;
    let client_id = client_of(ctx, &request).await?;
    let destination = match &client_id {
        Some(client_id) => destination(ctx, client_id, &request).await?,
        // RP-Initiated Logout 1.0 §3: without a client nobody vouches for the address.
        None => None,
    };
    let state = LogoutState::new(ctx, client_id, destination);
    if let Some(id) = browser.session_id() {
        let unit = Remember {
            ctx: ctx.clone(),
            id_hash: token_hash(id.expose()),
            state: state.clone(),
        };
        let is_remembered = ctx.write(unit).await?;
        if is_remembered {
            return Ok(Confirmation {
                xsrf: state.secret,
                destination: state.destination,
            });
        }
    }
    let ticket = Ticket {
        destination: state.destination.clone(),
        expires_at: ctx.now().plus_seconds(lifetime::INTERACTION),
    };
    let text = serde_json::to_vec(&ticket).map_err(soleira_core::Error::internal)?;
    let sealed = ctx
        .app
        .vault
        .seal(&ticket_context(ctx), &text)
        .map_err(soleira_core::Error::internal)?;
    Ok(Confirmation {
        xsrf: base64url(&sealed),
        destination: state.destination,
    })
}

/// The client that asks: named, or the one that the hint was issued to; both must agree.
async fn client_of(ctx: &Ctx, request: &EndSessionRequest) -> Result<Option<String>> {
    let hinted = match &request.id_token_hint {
        None => None,
        Some(hint) => {
            let verified = verify_hint(ctx, hint, None).await?;
            Some(
                verified
                    .ok_or_else(|| Error::invalid_request("could not validate id_token_hint"))?
                    .0,
            )
        }
    };
    let client_id = match (&request.client_id, hinted) {
        (Some(named), Some(hinted)) if *named != hinted => {
            return Err(Error::invalid_request(
                "client_id does not match the provided id_token_hint",
            ));
        }
        (Some(named), _) => named.clone(),
        (None, Some(hinted)) => hinted,
        (None, None) => return Ok(None),
    };
    clients::identify(ctx, &client_id).await?;
    Ok(Some(client_id))
}

/// The registered address to go to, with the client's `state`.
async fn destination(ctx: &Ctx, client_id: &str, request: &EndSessionRequest) -> Result<Option<String>> {
    let Some(candidate) = &request.post_logout_redirect_uri else {
        return Ok(None);
    };
    let client = clients::identify(ctx, client_id).await?;
    let mut url: Url = client.verify_post_logout_redirect_uri(candidate)?.url().clone();
    if let Some(state) = &request.state {
        url.query_pairs_mut().append_pair("state", state);
    }
    Ok(Some(url.into()))
}

struct Remember {
    ctx: Ctx,
    id_hash: [u8; 32],
    state: LogoutState,
}

impl Unit for Remember {
    type Out = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<bool>> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let Some(session) = sessions::find(tx, tenant, &self.id_hash, now).await? else {
            return Ok(Verdict::Accept(false));
        };
        let text = serde_json::to_string(&self.state)?;
        sessions::set_logout_state(tx, tenant, &session.uid, Some(&text), now).await?;
        Ok(Verdict::Accept(true))
    }
}

/// Takes the confirmation; the address to send the browser to. Applications of the session that asked for it are told in
/// the background: the browser does not wait for them.
///
/// # Errors
/// `invalid_request` when nothing was asked for, or when the proof is not the one that was given.
pub async fn confirm(ctx: &Ctx, browser: &mut Browser, params: &Params) -> Result<String> {
    let success = || ctx.tenant.url(SUCCESS_PATH);
    let xsrf = params
        .get("xsrf")
        .ok_or_else(|| Error::invalid_request("could not find logout details"))?;
    if let Some(ticket) = open_ticket(ctx, xsrf) {
        return Ok(ticket.destination.unwrap_or_else(success));
    }
    let session_id = browser
        .session_id()
        .ok_or_else(|| Error::invalid_request("could not find logout details"))?;
    let unit = End {
        ctx: ctx.clone(),
        id_hash: token_hash(session_id.expose()),
        xsrf: xsrf.to_owned(),
        ends_session: params.get("logout").is_some(),
    };
    let Ended { state, left } = ctx.write(unit).await??;
    if let Some(left) = left {
        browser.drop_session();
        backchannel::tell(ctx, left);
    }
    Ok(state.destination.unwrap_or_else(success))
}

/// The ticket of a browser that had no session when it asked. It ends nothing, it only leads somewhere registered.
fn open_ticket(ctx: &Ctx, xsrf: &str) -> Option<Ticket> {
    let sealed = from_base64url(xsrf)?;
    let text = ctx.app.vault.open(&ticket_context(ctx), &sealed).ok()?;
    let ticket: Ticket = serde_json::from_slice(&text).ok()?;
    (ctx.now() < ticket.expires_at).then_some(ticket)
}

struct End {
    ctx: Ctx,
    id_hash: [u8; 32],
    xsrf: String,
    ends_session: bool,
}

/// What a confirmation did.
#[derive(Debug)]
struct Ended {
    state: LogoutState,
    /// The session, if it ended.
    left: Option<LeftSession>,
}

/// A session that has ended, and who may want to hear of it.
#[derive(Debug)]
struct LeftSession {
    user_id: Option<UserId>,
    clients: Vec<SessionClientRow>,
}

/// Somebody signed out.
fn signed_out(session: &SessionUid, user: Option<&UserId>, asked_by: Option<&str>) -> AuditEntry {
    let mut entry = AuditEntry::success("Session.End").with("sessionId", session.as_str().into());
    if let Some(user) = user {
        entry = entry.user(user);
    }
    match asked_by {
        Some(client) => entry.application(&ApplicationId::from(client)),
        None => entry,
    }
}

impl Unit for End {
    type Out = Result<Ended>;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Self::Out>> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let session = sessions::find(tx, tenant, &self.id_hash, now).await?;
        let state = session.as_ref().and_then(|session| session.logout_state.as_deref());
        let (Some(session), Some(state)) = (&session, state) else {
            return Ok(Verdict::Accept(Err(Error::invalid_request(
                "could not find logout details",
            ))));
        };
        let state: LogoutState = serde_json::from_str(state)?;
        if !constant_time_eq(state.secret.as_bytes(), self.xsrf.as_bytes()) {
            return Ok(Verdict::Accept(Err(Error::invalid_request("xsrf token invalid"))));
        }
        let mut left = None;
        if self.ends_session {
            let clients = sessions::clients(tx, tenant, &session.uid).await?;
            // What was granted for offline access outlives the session, the rest ends with it.
            for client in clients.iter().filter(|client| !client.persists_logout) {
                grants::revoke(tx, tenant, &client.grant_id, now).await?;
            }
            sessions::delete(tx, tenant, &session.uid).await?;
            let entry = signed_out(&session.uid, session.user_id.as_ref(), state.client_id.as_deref());
            Ctx::audit_in(tx, &entry.into_row(&self.ctx)).await?;
            left = Some(LeftSession {
                user_id: session.user_id.clone(),
                clients,
            });
        } else {
            sessions::set_logout_state(tx, tenant, &session.uid, None, now).await?;
            if let Some(client_id) = &state.client_id {
                sessions::delete_client(tx, tenant, &session.uid, &ApplicationId::from(client_id.as_str())).await?;
            }
        }
        Ok(Verdict::Accept(Ok(Ended { state, left })))
    }
}
