//! Signing in by identifier and password.

use super::flow::{Event, Flow, require_password_method};
use super::identifier::stored_phone;
use super::record::Interaction;
use super::sentinel::{self, Target};
use super::settings;
use super::step::Step;
use super::submit::{Next, account, audit, key, submit};
use super::verification::{Identifier, PasswordVerification};
use serde_json::json;
use soleira_core::model::{SignInExperience, SignInIdentifier, User};
use soleira_core::rules::username;
use soleira_core::{Code, EntropyExt, Error, InteractionId, Result, Secret};
use soleira_directory::users as directory;
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::{Tx, Unit, Verdict, users};
use std::sync::Arc;

/// What a person typed to sign in.
#[derive(Debug)]
pub struct PasswordSignIn {
    /// Who they say they are.
    pub identifier: String,
    /// Their password.
    pub password: Secret,
}

/// Signs a person in by identifier and password.
///
/// An identifier that nobody has, an account without a password and a wrong password get the same answer, 422
/// `session.invalid_credentials`, for the same work. Too many failures lock the identifier, too many attempts the address.
///
/// # Errors
/// 401 `user.suspended` and 422 `password.expired` to who knows the password; 403 `auth.forbidden` where signing in is
/// closed; 400 `session.not_found` when the interaction is over; what [`submit`] refuses.
pub async fn sign_in_with_password(ctx: &Ctx, id: &InteractionId, command: PasswordSignIn) -> Result<Next> {
    let experience = settings(ctx).await?;
    Event::SignIn.require_offered(&experience)?;
    sentinel::guard_password(ctx)?;
    let Some(identifier) = Identifier::parse(&experience, &command.identifier) else {
        // No account has such an identifier, or none may sign in with it: the same answer, for the same work.
        directory::is_right(ctx, None, command.password).await?;
        let error = Error::new(Code::SessionInvalidCredentials);
        ctx.audit(AuditEntry::failure(entry_key(Event::SignIn), &error)).await;
        return Err(error);
    };
    let verified = verify(ctx, &experience, identifier, command.password).await?;
    let signed_in = ctx
        .write(SignIn {
            ctx: ctx.clone(),
            experience,
            id: id.clone(),
            verified,
        })
        .await;
    if signed_in.is_ok() {
        sentinel::forgive_password(ctx);
    }
    signed_in
}

/// Verifies a password for a program; the identifier of the verification record. Whether people sign in by password with
/// such an identifier, identification says.
///
/// # Errors
/// 404 `session.interaction_not_found`; 422 `session.invalid_credentials`, as in [`sign_in_with_password`]; to who knows the
/// password 401 `user.suspended` and 422 `password.expired`; 400 `session.verification_blocked_too_many_attempts`; 429 when
/// too many wrong passwords come from one address.
pub async fn verify_password(
    ctx: &Ctx,
    interaction: &Interaction,
    identifier: Identifier,
    password: Secret,
) -> Result<String> {
    let experience = settings(ctx).await?;
    let event = interaction.record.flow.as_ref().map(Flow::event);
    let event = event.ok_or_else(|| Error::new(Code::SessionInteractionNotFound))?;
    sentinel::guard_password(ctx)?;
    let compared = compare(ctx, &experience, event, identifier, password).await?;
    let verified = ctx
        .write(Verify {
            ctx: ctx.clone(),
            experience,
            id: interaction.id.clone(),
            event,
            compared,
        })
        .await;
    if verified.is_ok() {
        sentinel::forgive_password(ctx);
    }
    verified
}

/// The unit that keeps a verified password.
struct Verify {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    event: Event,
    compared: Compared,
}

impl Unit for Verify {
    type Out = String;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<String>> {
        let ctx = &self.ctx;
        let (user, record) = match self.compared.settle(tx, ctx, &self.experience, self.event).await? {
            Ok(verified) => verified,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let mut step = match Step::begun(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        if user.is_suspended {
            return Ok(Verdict::Refuse(Error::new(Code::UserSuspended)));
        }
        let id = record.id.clone();
        step.flow().record_password(record);
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(id))
    }
}

/// The key of the audit row of a password that was compared.
fn entry_key(event: Event) -> String {
    format!("Interaction.{}.Verification.Password.Submit", event.as_str())
}

/// What came of comparing a password, before anything is written about it.
#[derive(Debug)]
pub(super) struct Compared {
    /// What was typed beside the password.
    pub(super) identifier: Identifier,
    /// The account of that identifier, as it was when its password was compared.
    pub(super) user: Option<User>,
    /// Whether the password is that account's.
    pub(super) is_right: bool,
    target: Target,
    /// Identifiers of the records of this attempt.
    attempt_id: String,
    record_id: String,
}

/// Compares a password with that of the account of an identifier. A locked identifier is refused without comparing.
pub(super) async fn verify(
    ctx: &Ctx,
    experience: &SignInExperience,
    identifier: Identifier,
    password: Secret,
) -> Result<Compared> {
    require_password_method(experience, identifier.kind)?;
    compare(ctx, experience, Event::SignIn, identifier, password).await
}

/// Compares a password with that of the account of an identifier, whatever the way to sign in.
async fn compare(
    ctx: &Ctx,
    experience: &SignInExperience,
    event: Event,
    identifier: Identifier,
    password: Secret,
) -> Result<Compared> {
    let target = Target::of(experience, &identifier);
    let user = {
        let mut reader = ctx.read().await?;
        let tx = &mut reader.tx();
        if let Err(error) = target.require_open(tx, &ctx.tenant.id, ctx.now()).await {
            let entry = AuditEntry::failure(entry_key(event), &error);
            ctx.audit(entry.with("identifier", json!(identifier))).await;
            return Err(error);
        }
        find(tx, ctx, experience, &identifier).await?
    };
    verify_user(ctx, target, identifier, user, password).await
}

/// Compares a password with that of a user found under an identifier.
pub(super) async fn verify_user(
    ctx: &Ctx,
    target: Target,
    identifier: Identifier,
    user: Option<User>,
    password: Secret,
) -> Result<Compared> {
    let is_right = directory::is_right(ctx, user.as_ref(), password).await?;
    let entropy = ctx.entropy();
    Ok(Compared {
        identifier,
        user,
        is_right,
        target,
        attempt_id: entropy.timely_id(ctx.now()),
        record_id: entropy.standard_id(),
    })
}

/// The account of an identifier.
pub(super) async fn find(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    experience: &SignInExperience,
    identifier: &Identifier,
) -> Result<Option<User>> {
    let tenant = &ctx.tenant.id;
    Ok(match identifier.kind {
        SignInIdentifier::Username => {
            let key = username::fold(&experience.username_policy, &identifier.value);
            users::find_by_username_key(tx, tenant, &key).await?
        }
        SignInIdentifier::Email => users::find_by_email(tx, tenant, &identifier.value).await?,
        SignInIdentifier::Phone => users::find_by_phone(tx, tenant, &stored_phone(&identifier.value)).await?,
    })
}

impl Compared {
    /// Counts the attempt and says whose password it was: the account as it is now, with the record for the flow. The count
    /// and the audit row stay, whatever the outcome.
    pub(super) async fn settle(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Ctx,
        experience: &SignInExperience,
        event: Event,
    ) -> soleira_store::Result<Result<(User, PasswordVerification)>> {
        let outcome = self.decide(tx, ctx, experience).await?;
        let entry_key = entry_key(event);
        let mut entry = match &outcome {
            Ok(_) => AuditEntry::success(entry_key),
            Err(error) => AuditEntry::failure(entry_key, error),
        };
        entry = entry.with("identifier", json!(self.identifier));
        if let Some(user) = &self.user {
            entry = entry.user(&user.id);
        }
        Ctx::audit_in(tx, &entry.into_row(ctx)).await?;
        Ok(outcome)
    }

    async fn decide(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Ctx,
        experience: &SignInExperience,
    ) -> soleira_store::Result<Result<(User, PasswordVerification)>> {
        if let Err(locked) = self
            .target
            .report(tx, ctx, &self.attempt_id, "Password", self.is_right)
            .await?
        {
            return Ok(Err(locked));
        }
        let wrong = || Ok(Err(Error::new(Code::SessionInvalidCredentials)));
        let Some(compared) = self.user.as_ref().filter(|_| self.is_right) else {
            return wrong();
        };
        let Some(user) = users::find(tx, &ctx.tenant.id, &compared.id).await? else {
            return wrong();
        };
        // A password that was changed while the old one was compared is not this one. A mere rehash keeps the time.
        if user.password.is_none() || user.password_updated_at != compared.password_updated_at {
            return wrong();
        }
        if is_expired(experience, &user, ctx) {
            return Ok(Err(Error::new(Code::PasswordExpired)));
        }
        let record = PasswordVerification {
            id: self.record_id.clone(),
            identifier: self.identifier.clone(),
            user_id: user.id.clone(),
        };
        Ok(Ok((user, record)))
    }
}

/// Whether the password must be replaced first: an administrator said so, or it is older than the tenant allows.
fn is_expired(experience: &SignInExperience, user: &User, ctx: &Ctx) -> bool {
    if user.is_password_expired {
        return true;
    }
    let policy = &experience.password_expiration;
    if policy["enabled"] != true {
        return false;
    }
    let Some(days) = policy["validPeriodDays"].as_i64() else {
        return false;
    };
    let enabled_at = policy["enabledAt"].as_i64().map(soleira_core::Timestamp);
    let since = user.password_updated_at.or(enabled_at).unwrap_or(user.created_at);
    ctx.now() >= since.plus_millis(days.saturating_mul(24 * 60 * 60 * 1000))
}

/// The unit that signs in by password.
struct SignIn {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    verified: Compared,
}

impl Unit for SignIn {
    type Out = Next;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Next>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let (user, record) = match self.verified.settle(tx, ctx, experience, Event::SignIn).await? {
            Ok(verified) => verified,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let mut step = match Step::open(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let account = account(tx, ctx, &user).await?;
        let mut flow = Flow::begin(Event::SignIn);
        flow.record_password(record);
        let identified = flow.identify_by_password(experience, &account);
        let entry_key = key(&flow, "Identifier.Submit");
        *step.flow() = flow;
        if let Err(error) = identified {
            let entry = AuditEntry::failure(entry_key, &error).user(&user.id);
            audit(tx, ctx, &mut step, entry).await?;
            step.save(tx, ctx).await?;
            return Ok(Verdict::Refuse(error));
        }
        audit(tx, ctx, &mut step, AuditEntry::success(entry_key).user(&user.id)).await?;
        Ok(match submit(tx, ctx, experience, step, &user).await? {
            Ok(next) => Verdict::Accept(next),
            Err(error) => Verdict::Refuse(error),
        })
    }
}
