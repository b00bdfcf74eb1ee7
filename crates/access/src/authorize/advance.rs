//! One step of an authorization request, in one write unit: the person's answer is taken in, the prompts are weighed, and
//! either a question is stored or the answer is given: a code to the client, or leave to the device that waits.

use super::{Destination, interaction_expiry};
use crate::clients::KnownClient;
use crate::gate::{self, Closed};
use crate::interaction::Interaction;
use crate::interaction::record::{Answers, KnownSession, Record, VERSION};
use crate::logout::LogoutState;
use crate::resources;
use crate::stop::{Stop, settle};
use crate::tokens::grants_revoked;
use serde_json::json;
use soleira_core::{Code, EntropyExt, InteractionId, SessionUid, Timestamp, UserId};
use soleira_crypto::{timely_token_hash, token_hash};
use soleira_oauth::authorization::Asked;
use soleira_oauth::grant::Granted;
use soleira_oauth::prompt::{self, Prompt, PromptName, Seen};
use soleira_oauth::{Error, ErrorCode, ScopeSet, claims, lifetime, scope};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::authorization_codes::{self, CodeRow};
use soleira_store::device_codes::{self, Allowance};
use soleira_store::grants::{self, GrantRow};
use soleira_store::interactions::{self, InteractionRow};
use soleira_store::sessions::{self, SessionClientRow, SessionRow, SignedIn};
use soleira_store::{Tx, Unit, Verdict, applications, pushed_requests, users};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What became of the request.
#[derive(Debug)]
pub(super) enum Step {
    /// The interaction cannot be resumed.
    Lost(Error),
    /// Someone else is signed in.
    SignOutFirst {
        /// The proof that the form carries.
        xsrf: String,
    },
    /// The person is asked.
    Ask {
        /// The new interaction.
        uid: InteractionId,
        /// What is asked.
        prompt: PromptName,
        /// Whether the browser has a session.
        has_session: bool,
    },
    /// The client gets a code.
    Answer {
        /// The code.
        code: String,
    },
    /// The device may have its tokens.
    Allow,
    /// The device code was decided before, is under way in another browser, or has expired.
    Gone,
    /// The client gets an error.
    Refuse {
        /// The error.
        error: Error,
        /// Whether the browser's session was gone on with.
        has_session: bool,
    },
}

pub(super) struct Advance {
    pub(super) ctx: Ctx,
    pub(super) client: Arc<KnownClient>,
    pub(super) asked: Asked,
    pub(super) destination: Destination,
    pub(super) hinted_subject: Option<String>,
    /// The hash of the browser's session cookie.
    pub(super) session_hash: Option<[u8; 32]>,
    /// The cookie value that the session goes on under when an interaction is resumed.
    pub(super) new_session_id: Option<String>,
    pub(super) session_ttl: i64,
    pub(super) resumed: Option<InteractionId>,
    /// The pushed request that begins here, by its hash.
    pub(super) pushed: Option<[u8; 32]>,
}

/// Who is signed in, as the step goes on.
struct Present {
    uid: SessionUid,
    user_id: UserId,
    signed_in_at: Timestamp,
}

/// What the session allowed to the client before.
#[derive(Default)]
struct Before {
    client: Option<SessionClientRow>,
    grant: Option<GrantRow>,
    granted: Granted,
}

impl Unit for Advance {
    type Out = Step;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Step>> {
        match self.run_step(tx).await {
            Ok(step) => Ok(Verdict::Accept(step)),
            // What it stood on, an account or a grant, was removed while it ran.
            Err(soleira_store::Error::ForeignKey(cause)) => {
                Err(soleira_core::Error::new(Code::SessionNotFound).caused_by(cause).into())
            }
            Err(error) => Err(error),
        }
    }
}

impl Advance {
    async fn run_step(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Step> {
        // RFC 9126 §7.3: a pushed request is used once.
        if let Some(id_hash) = &self.pushed
            && !pushed_requests::consume(tx, &self.ctx.tenant.id, id_hash, self.ctx.now()).await?
        {
            return Ok(Step::Refuse {
                error: ErrorCode::InvalidRequestUri.into(),
                has_session: false,
            });
        }
        let step = self.step(tx).await?;
        if let (Step::Refuse { .. }, Destination::Device { user_hash }) = (&step, &self.destination) {
            // The device learns of it when it asks next.
            let (tenant, resumed) = (&self.ctx.tenant.id, self.resumed.as_ref());
            device_codes::abort(tx, tenant, user_hash, resumed, self.ctx.now()).await?;
        }
        Ok(step)
    }

    async fn step(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Step> {
        let session = match &self.session_hash {
            Some(hash) => sessions::find(tx, &self.ctx.tenant.id, hash, self.ctx.now()).await?,
            None => None,
        };
        let mut answers = Answers::default();
        if let Some(uid) = &self.resumed {
            let row = interactions::find(tx, &self.ctx.tenant.id, uid).await?;
            let Some(row) = row.filter(|row| row.consumed_at.is_none()) else {
                return Ok(Step::Lost(Error::session_not_found()));
            };
            let interaction = Interaction::of_row(&row)?;
            if let Some(step) = self.turn_away(tx, &interaction, session.as_ref()).await? {
                return Ok(step);
            }
            // Of all who resume it at once, one goes on.
            if interactions::consume(tx, &self.ctx.tenant.id, uid, self.ctx.now())
                .await?
                .is_none()
            {
                return Ok(Step::Lost(Error::session_not_found()));
            }
            self.audit_end(tx, &interaction).await?;
            answers = interaction.record.result;
            if answers.denied {
                let error = Error::new(ErrorCode::AccessDenied).describe("End-User aborted interaction");
                // The session was not gone on with, so its cookie stays as it is.
                return Ok(Step::Refuse {
                    error,
                    has_session: false,
                });
            }
        }
        let present = match self.take_in(tx, session, &answers).await? {
            Ok(present) => present,
            Err(Closed::SessionEnded) => {
                return Ok(Step::Lost(
                    Error::session_not_found().caused_by("its session has ended"),
                ));
            }
            Err(closed) => {
                return Ok(Step::Refuse {
                    error: closed.into(),
                    has_session: false,
                });
            }
        };
        let has_session = present.is_some();
        match settle(self.decide(tx, present.as_ref(), &answers).await)? {
            Ok(step) => Ok(step),
            Err(error) => Ok(Step::Refuse { error, has_session }),
        }
    }

    /// Refuses a browser whose session is not the one that the question was asked in, and sends someone else who is
    /// signed in away first. In both cases the interaction stays as it is.
    async fn turn_away(
        &self,
        tx: &mut Tx<'_>,
        interaction: &Interaction,
        session: Option<&SessionRow>,
    ) -> soleira_store::Result<Option<Step>> {
        let record = &interaction.record;
        let Some(session) = session else {
            // The question was asked in a session that has ended since: signing out must not be undone by an answer that
            // was given before it. Only the sign-in of someone else, for which it was ended, goes on.
            let went_on = |known: &KnownSession| {
                let login = record.result.login.as_ref();
                login.is_some_and(|login| login.account_id != known.user_id)
            };
            let is_lost = record.session.as_ref().is_some_and(|known| !went_on(known));
            return Ok(is_lost.then(|| Step::Lost(Error::session_not_found().caused_by("its session has ended"))));
        };
        if record.session.as_ref().is_some_and(|known| known.uid != session.uid) {
            let cause = "interaction session and authentication session mismatch";
            return Ok(Some(Step::Lost(Error::session_not_found().caused_by(cause))));
        }
        let Some(login) = &record.result.login else {
            return Ok(None);
        };
        if session.user_id.as_ref().is_none_or(|user| *user == login.account_id) {
            return Ok(None);
        }
        let state = LogoutState::before_resuming(&self.ctx, self.client.id.as_str(), &record.return_to);
        let text = serde_json::to_string(&state)?;
        sessions::set_logout_state(tx, &self.ctx.tenant.id, &session.uid, Some(&text), self.ctx.now()).await?;
        Ok(Some(Step::SignOutFirst { xsrf: state.secret }))
    }

    /// Takes the answers in: the session begins or goes on under a new cookie value, so that one planted before the
    /// sign-in is worth nothing after it.
    async fn take_in(
        &self,
        tx: &mut Tx<'_>,
        session: Option<SessionRow>,
        answers: &Answers,
    ) -> soleira_store::Result<Result<Option<Present>, Closed>> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let known = session
            .as_ref()
            .and_then(|session| Some((session.user_id.clone()?, session.authenticated_at?)));
        let signed_in = answers.login.as_ref().map(|login| (login.account_id.clone(), login.at));
        let Some((user_id, signed_in_at)) = signed_in.or(known) else {
            return Ok(Ok(None));
        };
        // The account may have changed since it was read with the session or signed in.
        let user = users::find(tx, tenant, &user_id).await?;
        if let Err(closed) = gate::admit_user(user.map(|user| user.is_suspended)) {
            return Ok(Err(closed));
        }
        let uid = session.as_ref().map_or_else(
            || SessionUid::from(self.ctx.entropy().timely_opaque(now)),
            |s| s.uid.clone(),
        );
        let expires_at = now.plus_seconds(self.session_ttl);
        match (&self.new_session_id, &session) {
            (Some(id), _) => {
                let signed_in = SignedIn {
                    uid: &uid,
                    id_hash: &token_hash(id),
                    user_id: &user_id,
                    authenticated_at: signed_in_at,
                    expires_at,
                };
                match session {
                    Some(_) if !sessions::renew(tx, tenant, &signed_in, now).await? => {
                        return Ok(Err(Closed::SessionEnded));
                    }
                    Some(_) => {}
                    None => sessions::insert(tx, tenant, &signed_in, now).await?,
                }
            }
            (None, Some(session)) if sessions::touch(tx, tenant, &session.uid, now, expires_at).await? => {}
            // Nobody is signed in, or they signed out since the session was read.
            (None, _) => return Ok(Ok(None)),
        }
        Ok(Ok(Some(Present {
            uid,
            user_id,
            signed_in_at,
        })))
    }

    async fn decide(&self, tx: &mut Tx<'_>, present: Option<&Present>, answers: &Answers) -> Result<Step, Stop> {
        let seen = Seen {
            subject: present.map(|present| claims::subject_for(&present.user_id, &self.client)),
            signed_in_at: present.map(|present| present.signed_in_at),
            login_done: answers.login.is_some(),
            consent_done: answers.consent.is_some(),
            hinted_subject: self.hinted_subject.as_deref(),
        };
        let present = match (prompt::login(&self.asked, seen, self.ctx.now()), present) {
            (Some(prompt), present) => return self.ask(tx, prompt, present, None, answers).await,
            (None, Some(present)) => present,
            // Whoever is not signed in is always asked to.
            (None, None) => return Err(Error::session_not_found().into()),
        };
        gate::admit_to_application(tx, &self.ctx, &self.client, &present.user_id)
            .await?
            .map_err(Error::from)?;
        let before = self.before(tx, present, answers).await?;
        let mut available = BTreeMap::new();
        for indicator in &self.asked.resources {
            let (client, user) = (&self.client, &present.user_id);
            let scopes = resources::scopes_of_user(tx, &self.ctx, client, user, None, indicator).await?;
            available.insert(indicator.clone(), scopes);
        }
        match prompt::consent(&self.asked, &self.client, seen, &before.granted, &available) {
            Some(prompt) => self.ask(tx, prompt, Some(present), Some(&before), answers).await,
            None => self.answer(tx, present, before).await,
        }
    }

    /// The grant of the client in this session: the one of this very consent, or an earlier one that still holds. A client
    /// that describes itself by a document is asked about each time: it may be another one tomorrow.
    async fn before(&self, tx: &mut Tx<'_>, present: &Present, answers: &Answers) -> Result<Before, Stop> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let client = sessions::client(tx, tenant, &present.uid, &self.client.id).await?;
        let consented = answers.consent.as_ref().map(|consent| &consent.grant_id);
        let earlier = client.as_ref().filter(|_| !self.client.is_document());
        let Some(id) = consented.or(earlier.map(|client| &client.grant_id)) else {
            return Ok(Before {
                client,
                ..Before::default()
            });
        };
        let grant = grants::find(tx, tenant, id).await?.filter(|grant| {
            grant.revoked_at.is_none()
                && now < grant.expires_at
                && grant.user_id == present.user_id
                && grant.client_id == self.client.id
        });
        let granted = grant.as_ref().map(gate::granted_of_row).unwrap_or_default();
        Ok(Before { client, grant, granted })
    }

    /// Stores a question and the answers so far.
    async fn ask(
        &self,
        tx: &mut Tx<'_>,
        prompt: Prompt,
        present: Option<&Present>,
        before: Option<&Before>,
        answers: &Answers,
    ) -> Result<Step, Stop> {
        if self.asked.prompt.none {
            return Err(prompt.refusal().into());
        }
        let (ctx, now) = (&self.ctx, self.ctx.now());
        let uid = InteractionId::from(ctx.entropy().timely_opaque(now));
        if let Destination::Device { user_hash } = &self.destination
            && !self.hold_code(tx, user_hash, &uid).await?
        {
            return Ok(Step::Gone);
        }
        let record = Record {
            version: VERSION,
            client_id: self.client.id.clone(),
            params: self.asked.params.clone(),
            prompt: prompt.clone(),
            return_to: ctx.tenant.url(&self.destination.resume_path(uid.as_str())),
            session: present.map(|present| KnownSession {
                uid: present.uid.clone(),
                user_id: present.user_id.clone(),
            }),
            device: self.destination.device(),
            grant_id: before
                .and_then(|before| before.grant.as_ref())
                .map(|grant| grant.id.clone()),
            result: answers.clone(),
            flow: None,
        };
        let row = InteractionRow {
            id: uid.clone(),
            client_id: self.client.id.clone(),
            value: serde_json::to_string(&record).map_err(soleira_store::Error::from)?,
            version: 1,
            created_at: now,
            expires_at: interaction_expiry(now),
            consumed_at: None,
        };
        interactions::insert(tx, &ctx.tenant.id, &row).await?;
        let mut entry = AuditEntry::success("Interaction.Create")
            .application(&self.client.id)
            .with("sessionId", uid.as_str().into())
            .with("prompt", json!({ "name": prompt.name, "reasons": prompt.reasons }));
        if let Some(present) = present {
            entry = entry.user(&present.user_id);
        }
        Ctx::audit_in(tx, &entry.into_row(ctx)).await?;
        Ok(Step::Ask {
            uid,
            prompt: prompt.name,
            has_session: present.is_some(),
        })
    }

    /// Issues a code.
    async fn answer(&self, tx: &mut Tx<'_>, present: &Present, before: Before) -> Result<Step, Stop> {
        let (ctx, tenant, now) = (&self.ctx, &self.ctx.tenant.id, self.ctx.now());
        let nothing = || {
            Error::new(ErrorCode::AccessDenied)
                .describe("authorization request resolved without requesting interactions but no scope was granted")
        };
        let grant = before.grant.ok_or_else(nothing)?;
        if before
            .granted
            .allows_nothing_of(&self.asked.scope, &self.asked.resources)
        {
            return Err(nothing().into());
        }
        let accepted = self.accepted(&before.granted);
        let persists = accepted.contains(scope::OFFLINE_ACCESS);
        let client = SessionClientRow {
            client_id: self.client.id.clone(),
            sid: before
                .client
                .as_ref()
                .map_or_else(|| ctx.entropy().opaque(), |client| client.sid.clone()),
            grant_id: grant.id.clone(),
            persists_logout: persists || before.client.as_ref().is_some_and(|client| client.persists_logout),
        };
        sessions::set_client(tx, tenant, &present.uid, &client).await?;
        self.limit_grants(tx, &present.user_id).await?;
        if self.resumed.is_some() {
            applications::note_first_sign_in(tx, tenant, &self.client.id, now).await?;
        }
        let auth_time = self.asked.wants_auth_time().then_some(present.signed_in_at);
        let redirect_uri = match &self.destination {
            Destination::RedirectUri(redirect_uri) => redirect_uri.as_str().to_owned(),
            Destination::Device { user_hash } => {
                let allowance = Allowance {
                    grant_id: grant.id,
                    user_id: present.user_id.clone(),
                    session_uid: present.uid.clone(),
                    sid: Some(client.sid),
                    scope: accepted.to_string(),
                    resources: self.asked.resources.clone(),
                    auth_time,
                    expires_with_session: !persists,
                };
                return self.allow_device(tx, user_hash, &allowance).await;
            }
        };
        let code = ctx.entropy().timely_opaque(now);
        let row = CodeRow {
            grant_id: grant.id,
            client_id: self.client.id.clone(),
            user_id: present.user_id.clone(),
            session_uid: present.uid.clone(),
            sid: Some(client.sid),
            redirect_uri,
            code_challenge: self.asked.param("code_challenge").map(str::to_owned),
            scope: accepted.to_string(),
            resources: self.asked.resources.clone(),
            nonce: self.asked.param("nonce").map(str::to_owned),
            auth_time,
            expires_with_session: !persists,
            created_at: now,
            expires_at: now.plus_seconds(lifetime::AUTHORIZATION_CODE),
            consumed_at: None,
        };
        authorization_codes::insert(tx, tenant, &timely_token_hash(&code), &row).await?;
        Ok(Step::Answer { code })
    }

    /// Takes the device code up in this browser, or hands it on to its next question.
    async fn hold_code(&self, tx: &mut Tx<'_>, user_hash: &[u8; 32], next: &InteractionId) -> Result<bool, Stop> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        Ok(match &self.resumed {
            None => device_codes::take_up(tx, tenant, user_hash, next, now).await?,
            Some(from) => device_codes::hand_on(tx, tenant, user_hash, from, next, now).await?,
        })
    }

    /// Lets the device have its tokens when it asks next.
    async fn allow_device(&self, tx: &mut Tx<'_>, user_hash: &[u8; 32], allowed: &Allowance) -> Result<Step, Stop> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let interaction = if let Some(uid) = &self.resumed {
            uid.clone()
        } else {
            // No question was asked, so that the code is taken up and decided in one.
            let uid = InteractionId::from(self.ctx.entropy().timely_opaque(now));
            if !self.hold_code(tx, user_hash, &uid).await? {
                return Ok(Step::Gone);
            }
            uid
        };
        if device_codes::allow(tx, tenant, user_hash, &interaction, allowed, now).await? {
            Ok(Step::Allow)
        } else {
            Ok(Step::Gone)
        }
    }

    /// What of the requested scope was granted, in the request's order.
    fn accepted(&self, granted: &Granted) -> ScopeSet {
        let mut allowed = granted.openid_scope();
        for indicator in &self.asked.resources {
            allowed.extend(&granted.resource_scope(indicator));
        }
        self.asked.scope.intersection(&allowed)
    }

    /// Ends the oldest grants beyond the number that the application allows each person.
    async fn limit_grants(&self, tx: &mut Tx<'_>, user: &UserId) -> Result<(), Stop> {
        let custom = &self.client.application().custom_client_metadata;
        let Some(kept) = custom.max_allowed_grants.filter(|kept| *kept > 0) else {
            return Ok(());
        };
        let (ctx, client) = (&self.ctx, &self.client.id);
        let revoked = grants::revoke_beyond(tx, &ctx.tenant.id, user, client, kept, ctx.now()).await?;
        if !revoked.is_empty() {
            let entry = grants_revoked(&revoked, client, user, "grant limit exceeded");
            Ctx::audit_in(tx, &entry.into_row(ctx)).await?;
        }
        Ok(())
    }

    async fn audit_end(&self, tx: &mut Tx<'_>, interaction: &Interaction) -> soleira_store::Result<()> {
        let record = &interaction.record;
        let mut entry = AuditEntry::success("Interaction.End")
            .application(&self.client.id)
            .with("sessionId", interaction.id.as_str().into())
            .with(
                "prompt",
                json!({ "name": record.prompt.name, "reasons": record.prompt.reasons }),
            );
        if let Some(login) = &record.result.login {
            entry = entry.user(&login.account_id);
        }
        Ctx::audit_in(tx, &entry.into_row(&self.ctx)).await
    }
}
