//! Signing in at a social provider, and what becomes of who comes back.

use super::flow::{Event, Flow, IdentityOwner, LinkProof};
use super::providers::{self, Provider};
use super::record::Interaction;
use super::registration::create;
use super::settings;
use super::step::Step;
use super::submit::{Next, account, audit, key, submit};
use super::verification::{SocialStage, SocialUserInfo};
use serde_json::{Map, Value, json};
use soleira_connect::social::{AuthorizationRequest, ConnectorSession, authorize, complete};
use soleira_core::model::{SignInExperience, User};
use soleira_core::{Code, ConnectorId, EntropyExt, Error, InteractionId, Result};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::{Tx, Unit, Verdict, identities, interactions, users};
use std::sync::Arc;

/// Sends a person to a provider: the address to send the browser to.
///
/// # Errors
/// 400 `connector.not_enabled` when the tenant does not offer the provider, `connector.invalid_config` when it is not set
/// up, 400 `session.not_found` when the interaction is over.
pub async fn start_social(ctx: &Ctx, id: &InteractionId, target: &str, event: Event) -> Result<String> {
    let experience = settings(ctx).await?;
    let provider = providers::offered_providers(ctx, &experience)
        .await?
        .into_iter()
        .find(|provider| provider.target == target)
        .ok_or_else(|| Error::new(Code::ConnectorNotEnabled))?;
    let config = provider.config(ctx)?;
    let state = ctx.entropy().opaque();
    let redirect_uri = provider.redirect_uri(ctx);
    let request = AuthorizationRequest {
        redirect_uri: &redirect_uri,
        state: &state,
        scope: None,
    };
    let authorization = authorize(provider.manifest(), &config, request, ctx.entropy());
    let unit = Start {
        ctx: ctx.clone(),
        id: id.clone(),
        begins: Some(event),
        record_id: ctx.entropy().standard_id(),
        connector_id: provider.id.clone(),
        target: provider.target.clone(),
        session: authorization.session,
    };
    ctx.write(unit).await?;
    Ok(authorization.url.into())
}

/// The unit that remembers where a person was sent.
pub(super) struct Start {
    pub(super) ctx: Ctx,
    pub(super) id: InteractionId,
    /// The event of a sign-in that starts over with it, as on the pages; a program began before.
    pub(super) begins: Option<Event>,
    pub(super) record_id: String,
    pub(super) connector_id: ConnectorId,
    pub(super) target: String,
    pub(super) session: ConnectorSession,
}

impl Unit for Start {
    type Out = ();

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        let ctx = &self.ctx;
        let step = match self.begins {
            Some(_) => Step::open(tx, ctx, &self.id).await?,
            None => Step::begun(tx, ctx, &self.id).await?,
        };
        let mut step = match step {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        if let Some(event) = self.begins {
            *step.flow() = Flow::begin(event);
        }
        step.flow().start_social(
            self.record_id.clone(),
            self.connector_id.clone(),
            self.target.clone(),
            self.session.clone(),
        );
        let entry = AuditEntry::success(key(step.flow(), "Verification.Social.Create"));
        audit(tx, ctx, &mut step, entry.with("connectorId", json!(self.connector_id))).await?;
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(()))
    }
}

/// What a provider sent along when it sent the browser back.
#[derive(Debug)]
pub struct SocialCallback {
    /// The connector that the browser came back to.
    pub connector_id: ConnectorId,
    /// The parameters of the callback.
    pub parameters: Map<String, Value>,
}

impl SocialCallback {
    fn state(&self) -> &str {
        self.parameters.get("state").and_then(Value::as_str).unwrap_or_default()
    }
}

/// The interaction of this browser that a provider's answer belongs to: the one that its `state` was made for.
///
/// # Errors
/// 400 `session.connector_validation_session_not_found` when there is none among `candidates`: the answer is forged,
/// another browser asked for it, or the person began anew meanwhile.
pub async fn find_by_callback(
    ctx: &Ctx,
    candidates: &[InteractionId],
    callback: &SocialCallback,
) -> Result<Interaction> {
    let mut reader = ctx.read().await?;
    let tx = &mut reader.tx();
    for id in candidates {
        let Some(row) = interactions::find(tx, &ctx.tenant.id, id).await? else {
            continue;
        };
        let interaction = Interaction::of_row(&row)?;
        let social = interaction.record.flow.as_ref().and_then(Flow::social);
        let is_asked_for = social.is_some_and(|social| {
            soleira_crypto::constant_time_eq(social.state().as_bytes(), callback.state().as_bytes())
        });
        if is_asked_for {
            return Ok(interaction);
        }
    }
    Err(Error::new(Code::SessionConnectorValidationSessionNotFound))
}

/// Goes on with a person whom a provider sent back: signs them in, links them, or makes their account.
///
/// An answer is used once, whatever comes of it; a reload of the callback leads to where the sign-in stands.
///
/// # Errors
/// 400 `session.connector_validation_session_not_found` for an answer that was used or not asked for; 400
/// `connector.not_enabled` when the connector was withdrawn meanwhile; the `connector.…` codes when the provider denies or
/// does not do its part; 404 `user.identity_not_exist` when nobody has the identity and registration is closed; 403
/// `auth.forbidden`, 401 `user.suspended`.
pub async fn finish_social(ctx: &Ctx, interaction: &Interaction, callback: &SocialCallback) -> Result<Next> {
    let social = interaction.record.flow.as_ref().and_then(Flow::social);
    if let Some(social) = social
        && social.connector_id == callback.connector_id
        && let SocialStage::Returned { .. } = social.stage
    {
        let experience = settings(ctx).await?;
        return ctx.write(Resolve::reload(ctx, experience, interaction)).await;
    }
    let taken = Take {
        ctx: ctx.clone(),
        id: interaction.id.clone(),
        connector_id: callback.connector_id.clone(),
        state: callback.state().to_owned(),
    };
    let (session, event) = ctx.write(taken).await?;
    match ask_provider(ctx, &session, callback).await {
        Ok((experience, provider, user_info)) => {
            let answer = Answer {
                state: session.state,
                user_info,
            };
            ctx.write(Resolve::of(
                ctx,
                experience,
                interaction,
                provider.sync_profile,
                Some(answer),
            ))
            .await
        }
        Err(error) => {
            let entry = AuditEntry::failure(
                format!("Interaction.{}.Verification.Social.Submit", event.as_str()),
                &error,
            );
            let entry = entry.application(interaction.client_id());
            ctx.audit(entry.with("connectorId", json!(callback.connector_id))).await;
            Err(error)
        }
    }
}

/// The unit that takes what the answer must fit: whoever comes second gets nothing.
pub(super) struct Take {
    pub(super) ctx: Ctx,
    pub(super) id: InteractionId,
    pub(super) connector_id: ConnectorId,
    pub(super) state: String,
}

impl Unit for Take {
    type Out = (ConnectorSession, Event);

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Self::Out>> {
        let ctx = &self.ctx;
        let mut step = match Step::open(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let event = step.flow().event();
        match step.flow().take_social(&self.connector_id, &self.state) {
            Ok(session) => {
                step.save(tx, ctx).await?;
                Ok(Verdict::Accept((session, event)))
            }
            Err(error) => {
                let entry = AuditEntry::failure(key(step.flow(), "Verification.Social.Submit"), &error);
                audit(tx, ctx, &mut step, entry.with("connectorId", json!(self.connector_id))).await?;
                Ok(Verdict::Refuse(error))
            }
        }
    }
}

/// Asks the provider who it is. The connector must still be offered.
async fn ask_provider(
    ctx: &Ctx,
    session: &ConnectorSession,
    callback: &SocialCallback,
) -> Result<(Arc<SignInExperience>, Provider, SocialUserInfo)> {
    let experience = settings(ctx).await?;
    let provider = providers::offered_providers(ctx, &experience)
        .await?
        .into_iter()
        .find(|provider| provider.id == callback.connector_id)
        .ok_or_else(|| Error::new(Code::ConnectorNotEnabled))?;
    let user_info = ask(ctx, &provider, session, callback).await?;
    Ok((experience, provider, user_info))
}

/// Asks a provider who it is.
pub(super) async fn ask(
    ctx: &Ctx,
    provider: &Provider,
    session: &ConnectorSession,
    callback: &SocialCallback,
) -> Result<SocialUserInfo> {
    let config = provider.config(ctx)?;
    let (_, profile) = complete(
        &ctx.app.http,
        provider.manifest(),
        &config,
        session,
        &callback.parameters,
    )
    .await?;
    Ok(profile.into())
}

/// What a provider answered.
struct Answer {
    state: String,
    user_info: SocialUserInfo,
}

/// The unit that finds out whose an identity is, and goes on from there.
struct Resolve {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    sync_profile: bool,
    /// The answer, unless it was kept before.
    answer: Option<Answer>,
}

impl Resolve {
    fn of(
        ctx: &Ctx,
        experience: Arc<SignInExperience>,
        interaction: &Interaction,
        sync_profile: bool,
        answer: Option<Answer>,
    ) -> Self {
        Self {
            ctx: ctx.clone(),
            experience,
            id: interaction.id.clone(),
            sync_profile,
            answer,
        }
    }

    /// For a reload of the callback: the answer was kept.
    fn reload(ctx: &Ctx, experience: Arc<SignInExperience>, interaction: &Interaction) -> Self {
        Self::of(ctx, experience, interaction, false, None)
    }
}

impl Unit for Resolve {
    type Out = Next;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Next>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let mut step = match Step::open(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        if let Some(answer) = &self.answer {
            let returned = step.flow().return_social(&answer.state, answer.user_info.clone());
            let entry_key = key(step.flow(), "Verification.Social.Submit");
            if let Err(error) = returned {
                audit(tx, ctx, &mut step, AuditEntry::failure(entry_key, &error)).await?;
                return Ok(Verdict::Refuse(error));
            }
            audit(tx, ctx, &mut step, AuditEntry::success(entry_key)).await?;
        }
        Ok(
            match Box::pin(resolve(tx, ctx, experience, step, self.sync_profile)).await? {
                Ok(next) => Verdict::Accept(next),
                Err(error) => Verdict::Refuse(error),
            },
        )
    }
}

/// Signs in whom the identity belongs to; links who has the same vouched-for address, or asks; else makes an account.
async fn resolve(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    experience: &SignInExperience,
    mut step: Step,
    sync_profile: bool,
) -> soleira_store::Result<Result<Next>> {
    // A reload after the person was identified: the sign-in goes on where it stands.
    if let Some(known) = step.flow().user_id().cloned() {
        return match users::find(tx, &ctx.tenant.id, &known).await? {
            Some(user) => submit(tx, ctx, experience, step, &user).await,
            None => Ok(Err(Error::new(Code::SessionNotFound))),
        };
    }
    let Some((target, connector_id, user_info)) = returned(step.flow()) else {
        return Ok(Err(Error::new(Code::SessionVerificationFailed)));
    };
    if let Some(identity) = identities::owner(tx, &ctx.tenant.id, &target, &user_info.id).await? {
        let Some(user) = users::find(tx, &ctx.tenant.id, &identity.user_id).await? else {
            return Ok(Err(Error::new(Code::UserUserNotExist)));
        };
        let account = account(tx, ctx, &user).await?;
        let owner = IdentityOwner {
            target: &target,
            identity_id: &user_info.id,
            account: &account,
        };
        let identified = step
            .flow()
            .switch_event(experience, Event::SignIn)
            .and_then(|()| step.flow().identify_by_identity(experience, &owner, sync_profile));
        return end(tx, ctx, experience, step, &user, identified).await;
    }
    let related = related_user(tx, ctx, &target, &user_info).await?;
    if let Some(user) = &related.linkable
        && Event::SignIn.require_offered(experience).is_ok()
    {
        if !experience.social_sign_in.automatic_account_linking.unwrap_or(false) {
            step.save(tx, ctx).await?;
            return Ok(Ok(Next::LinkSocial(connector_id)));
        }
        let account = account(tx, ctx, user).await?;
        let linked = step.flow().switch_event(experience, Event::SignIn).and_then(|()| {
            step.flow()
                .link_identity(experience, &account, LinkProof::AutomaticLinking, sync_profile)
        });
        return end(tx, ctx, experience, step, user, linked).await;
    }
    register(tx, ctx, experience, step, related.is_email_free).await
}

/// Submits an identified user, or keeps the refusal.
pub(super) async fn end(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    experience: &SignInExperience,
    mut step: Step,
    user: &User,
    identified: Result<()>,
) -> soleira_store::Result<Result<Next>> {
    let entry_key = key(step.flow(), "Identifier.Submit");
    match identified {
        Ok(()) => {
            audit(tx, ctx, &mut step, AuditEntry::success(entry_key).user(&user.id)).await?;
            submit(tx, ctx, experience, step, user).await
        }
        Err(error) => {
            audit(
                tx,
                ctx,
                &mut step,
                AuditEntry::failure(entry_key, &error).user(&user.id),
            )
            .await?;
            step.save(tx, ctx).await?;
            Ok(Err(error))
        }
    }
}

/// Makes an account out of what the provider told, or asks for what is missing.
pub(super) async fn register(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    experience: &SignInExperience,
    mut step: Step,
    is_email_free: bool,
) -> soleira_store::Result<Result<Next>> {
    if Event::Register.require_offered(experience).is_err() {
        let error = Error::new(Code::UserIdentityNotExist);
        let entry = AuditEntry::failure(key(step.flow(), "Identifier.Submit"), &error);
        audit(tx, ctx, &mut step, entry).await?;
        step.save(tx, ctx).await?;
        return Ok(Err(error));
    }
    let gathered = step
        .flow()
        .switch_event(experience, Event::Register)
        .and_then(|()| step.flow().gather_social(experience, is_email_free));
    match gathered {
        Ok(()) => create(tx, ctx, experience, step).await,
        Err(error) => Ok(Err(error)),
    }
}

/// What the provider told, with the provider and the connector.
pub(super) fn returned(flow: &Flow) -> Option<(String, ConnectorId, SocialUserInfo)> {
    let social = flow.social()?;
    Some((
        social.target.clone(),
        social.connector_id.clone(),
        social.user_info()?.clone(),
    ))
}

/// Who has the e-mail address that the provider vouches for.
pub(super) struct Related {
    /// The account, unless it signs in at this provider with another identity already.
    pub(super) linkable: Option<User>,
    /// Whether a new account may have the address.
    pub(super) is_email_free: bool,
}

/// Looks for the account that has the address the provider vouches for.
pub(super) async fn related_user(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    target: &str,
    user_info: &SocialUserInfo,
) -> soleira_store::Result<Related> {
    let Some(email) = user_info.vouched_email() else {
        return Ok(Related {
            linkable: None,
            is_email_free: false,
        });
    };
    let Some(user) = users::find_by_email(tx, &ctx.tenant.id, email).await? else {
        return Ok(Related {
            linkable: None,
            is_email_free: true,
        });
    };
    let has_another = identities::find(tx, &ctx.tenant.id, &user.id, target).await?.is_some();
    Ok(Related {
        linkable: (!has_another).then_some(user),
        is_email_free: false,
    })
}
