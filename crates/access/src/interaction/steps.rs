//! The steps of a program that signs somebody in: begin, change one's mind, end.

use super::flow::{Event, Flow};
use super::settings;
use super::step::Step;
use super::submit::{Next, account, audit, author, key, submit};
use soleira_core::model::SignInExperience;
use soleira_core::{Code, Error, InteractionId, Result};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::{Tx, Unit, Verdict, users};
use std::sync::Arc;

/// Begins anew: nothing that was proved or gathered before remains.
///
/// # Errors
/// 400 `session.not_found` when the interaction is over.
pub async fn begin(ctx: &Ctx, id: &InteractionId, event: Event) -> Result<()> {
    ctx.write(Begin {
        ctx: ctx.clone(),
        id: id.clone(),
        event,
    })
    .await
}

/// The unit that begins anew.
struct Begin {
    ctx: Ctx,
    id: InteractionId,
    event: Event,
}

impl Unit for Begin {
    type Out = ();

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        let ctx = &self.ctx;
        let mut step = match Step::open(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        *step.flow() = Flow::begin(self.event);
        let entry = AuditEntry::success(key(step.flow(), "Create"));
        audit(tx, ctx, &mut step, entry).await?;
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(()))
    }
}

/// Sets out to do something else with what was proved so far.
///
/// # Errors
/// 404 `session.interaction_not_found`; 403 `auth.forbidden` where it is not offered; 400
/// `session.not_supported_for_forgot_password` into and out of replacing a password.
pub async fn switch_event(ctx: &Ctx, id: &InteractionId, event: Event) -> Result<()> {
    ctx.write(Switch {
        ctx: ctx.clone(),
        experience: settings(ctx).await?,
        id: id.clone(),
        event,
    })
    .await
}

/// The unit that changes the event.
struct Switch {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    event: Event,
}

impl Unit for Switch {
    type Out = ();

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        let ctx = &self.ctx;
        let mut step = match Step::begun(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        if let Err(error) = step.flow().switch_event(&self.experience, self.event) {
            return Ok(Verdict::Refuse(error));
        }
        let entry = AuditEntry::success(key(step.flow(), "Update"));
        audit(tx, ctx, &mut step, entry).await?;
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(()))
    }
}

/// Ends what the person set out to do: the address at which the authorization request goes on; none after a password was
/// replaced, with which nobody is signed in yet.
///
/// # Errors
/// 404 `session.interaction_not_found`, `session.identifier_not_found`; 401 `user.suspended`; 422
/// `user.new_password_required_in_profile`, `user.missing_profile`, `user.…_exists_in_profile`, `user.…_already_in_use`.
pub async fn submit_interaction(ctx: &Ctx, id: &InteractionId) -> Result<Option<String>> {
    ctx.write(Submit {
        ctx: ctx.clone(),
        experience: settings(ctx).await?,
        id: id.clone(),
    })
    .await
}

/// The unit that ends an interaction.
struct Submit {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
}

impl Unit for Submit {
    type Out = Option<String>;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Option<String>>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let mut step = match Step::begun(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let Some(user_id) = step.flow().user_id().cloned() else {
            return Ok(Verdict::Refuse(Error::new(Code::SessionIdentifierNotFound)));
        };
        let Some(user) = users::find(tx, &ctx.tenant.id, &user_id).await? else {
            return Ok(Verdict::Refuse(
                Error::new(Code::SessionIdentifierNotFound).caused_by("the account is gone"),
            ));
        };
        if step.flow().event() == Event::ForgotPassword {
            return Ok(match replace_password(tx, ctx, step, &user).await? {
                Ok(()) => Verdict::Accept(None),
                Err(error) => Verdict::Refuse(error),
            });
        }
        // A program is told what is missing, where a browser is led to the page that asks for it.
        let account = account(tx, ctx, &user).await?;
        if let Err(error) = step.flow().login(experience, &account) {
            return Ok(Verdict::Refuse(error));
        }
        Ok(match submit(tx, ctx, experience, step, &user).await? {
            Ok(Next::Resume(return_to)) => Verdict::Accept(Some(return_to)),
            Ok(Next::ContinueUsername | Next::ContinuePassword | Next::LinkSocial(_)) => {
                Verdict::Refuse(Error::new(Code::UserMissingProfile))
            }
            Err(error) => Verdict::Refuse(error),
        })
    }
}

/// Writes the password that takes the place of a forgotten one, and leaves nothing of the interaction's steps.
async fn replace_password(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    mut step: Step,
    user: &soleira_core::model::User,
) -> soleira_store::Result<Result<()>> {
    let account = account(tx, ctx, user).await?;
    let reset = match step.flow().reset(&account) {
        Ok(reset) => reset,
        Err(error) => return Ok(Err(error)),
    };
    let mut changed = user.clone();
    changed.password = Some(reset.password().clone().into());
    changed.password_updated_at = Some(ctx.now());
    changed.is_password_expired = false;
    let key_of_name = soleira_directory::users::username_key(tx, &ctx.tenant.id, user.username.as_deref()).await?;
    users::update(
        tx,
        &author(ctx, reset.user_id()),
        user,
        &changed,
        key_of_name.as_deref(),
    )
    .await?;
    let entry = AuditEntry::success(key(step.flow(), "Submit")).user(reset.user_id());
    audit(tx, ctx, &mut step, entry).await?;
    step.interaction.record.flow = None;
    step.save(tx, ctx).await?;
    Ok(Ok(()))
}
