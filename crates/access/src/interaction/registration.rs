//! Making an account: with username and password, or out of what a provider told.

use super::flow::{Creation, Event, Flow};
use super::fulfilment::require_acceptable;
use super::profile::PendingPassword;
use super::record::Interaction;
use super::sentinel;
use super::settings;
use super::step::Step;
use super::submit::{Next, account, audit, author, join_organizations, key, next_piece, submit};
use serde_json::json;
use soleira_core::model::{PasswordHash, SignInExperience, SignInIdentifier, User};
use soleira_core::rules::password::{self, UserInfo};
use soleira_core::rules::username;
use soleira_core::{Code, Error, InteractionId, Result, Secret};
use soleira_directory::sign_in_experience::password_policy;
use soleira_directory::users::{self as directory, NewIdentity, NewPassword, NewUser};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::{Tx, Unit, Verdict, users};
use std::sync::Arc;

/// What a person typed to make an account.
#[derive(Debug)]
pub struct UsernameRegistration {
    /// The username they would like.
    pub username: String,
    /// Their new password.
    pub password: Secret,
}

/// Makes an account with username and password, and signs its person in.
///
/// # Errors
/// 403 `auth.forbidden` where registration is closed; 422 `user.sign_up_method_not_enabled` where it asks for no username;
/// 422 `user.username_…` and 422 `password.rejected` by the tenant's policies; 422 `user.username_already_in_use`; 429 when
/// too many accounts come from one address.
pub async fn register_with_username(ctx: &Ctx, id: &InteractionId, command: UsernameRegistration) -> Result<Next> {
    let experience = settings(ctx).await?;
    Event::Register.require_offered(&experience)?;
    if !experience.sign_up.identifiers.contains(&SignInIdentifier::Username) {
        return Err(Error::new(Code::UserSignUpMethodNotEnabled));
    }
    let username = check_username(&experience, &command.username)?;
    check_password(ctx, &experience, &username, &command.password)?;
    sentinel::guard_registration(ctx)?;
    let password = PendingPassword::from(directory::hash(ctx, NewPassword::Plain(command.password)).await?);
    let unit = Register {
        ctx: ctx.clone(),
        experience,
        id: id.clone(),
        username,
        password,
    };
    finish(ctx, ctx.write(unit).await).await
}

/// The username that a person typed, if the tenant's policy accepts it.
pub fn check_username(experience: &SignInExperience, typed: &str) -> Result<String> {
    let username = typed.trim();
    username::check(&experience.username_policy, username)?;
    Ok(username.to_owned())
}

/// Checks a new password of a person with this username: 422 `password.rejected` with every reason in `data`.
pub fn check_password(ctx: &Ctx, experience: &SignInExperience, username: &str, password: &Secret) -> Result<()> {
    let policy = password_policy(experience)?;
    let info = UserInfo {
        username: Some(username).filter(|name| !name.is_empty()),
        ..UserInfo::default()
    };
    let is_breached = |password: &str| ctx.app.settings.breached.contains(password);
    let issues = password::check(&policy, password.expose(), &info, is_breached);
    if issues.is_empty() {
        Ok(())
    } else {
        Err(Error::new(Code::PasswordRejected).with_data(json!(issues)))
    }
}

/// Goes on with the username that was missing: for a new account, or for an account that has none.
///
/// # Errors
/// 422 `user.username_…`, 422 `user.username_already_in_use`; 404 `session.identifier_not_found` when nothing waits for a
/// username; 400 `session.not_found` when the interaction is over.
pub async fn continue_with_username(ctx: &Ctx, id: &InteractionId, typed: &str) -> Result<Next> {
    let experience = settings(ctx).await?;
    let username = check_username(&experience, typed)?;
    sentinel::guard_registration(ctx)?;
    let unit = ContinueWith {
        ctx: ctx.clone(),
        experience,
        id: id.clone(),
        piece: Piece::Username(username),
    };
    finish(ctx, ctx.write(unit).await).await
}

/// Goes on with the password that was missing: for a new account, or for an account that has none.
///
/// # Errors
/// 422 `password.rejected`; 404 `session.identifier_not_found` when nothing waits for a password; 400 `session.not_found`
/// when the interaction is over.
pub async fn continue_with_password(ctx: &Ctx, interaction: &Interaction, password: Secret) -> Result<Next> {
    let experience = settings(ctx).await?;
    let flow = interaction.record.flow.as_ref();
    let flow = flow.ok_or_else(|| Error::new(Code::SessionIdentifierNotFound))?;
    let user = match flow.user_id() {
        Some(id) => directory::find(ctx, id).await?,
        None => None,
    };
    require_acceptable(ctx, &experience, flow, user.as_ref(), &password)?;
    sentinel::guard_registration(ctx)?;
    let password = PendingPassword::from(directory::hash(ctx, NewPassword::Plain(password)).await?);
    let unit = ContinueWith {
        ctx: ctx.clone(),
        experience,
        id: interaction.id.clone(),
        piece: Piece::Password(password),
    };
    finish(ctx, ctx.write(unit).await).await
}

/// A username to begin with, from what the provider told: valid, and free at this moment.
pub async fn suggest_username(ctx: &Ctx, flow: &Flow) -> Result<Option<String>> {
    /// Numbers that are tried behind a name that is taken.
    const TRIES: std::ops::RangeInclusive<u32> = 2..=9;

    let experience = settings(ctx).await?;
    let policy = &experience.username_policy;
    let preferred = flow
        .social_user_info()
        .and_then(|info| info.preferred_username.as_deref().or(info.name.as_deref()));
    let Some(name) = preferred.and_then(|preferred| username::suggest(policy, preferred)) else {
        return Ok(None);
    };
    let mut reader = ctx.read().await?;
    let tx = &mut reader.tx();
    for candidate in std::iter::once(name.clone()).chain(TRIES.map(|number| format!("{name}{number}"))) {
        let key = username::fold(policy, &candidate);
        if username::check(policy, &candidate).is_ok()
            && users::find_by_username_key(tx, &ctx.tenant.id, &key).await?.is_none()
        {
            return Ok(Some(candidate));
        }
    }
    Ok(Some(name))
}

/// A refusal that rolled its unit back leaves its audit row by itself.
async fn finish(ctx: &Ctx, outcome: Result<Next>) -> Result<Next> {
    if let Err(error) = &outcome
        && is_taken(error)
    {
        ctx.audit(AuditEntry::failure("Interaction.Register.Identifier.Submit", error))
            .await;
    }
    outcome
}

/// Whether an account has what another one asked for.
pub(super) fn is_taken(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::UserUsernameAlreadyInUse
            | Code::UserEmailAlreadyInUse
            | Code::UserPhoneAlreadyInUse
            | Code::UserIdentityAlreadyInUse
    )
}

/// Makes the account that a flow has gathered, and ends the sign-in. What is missing is said, and the flow is kept.
pub(super) async fn create(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    experience: &SignInExperience,
    mut step: Step,
) -> soleira_store::Result<Result<Next>> {
    let creation = match step.flow().creation(experience) {
        Ok(creation) => creation,
        Err(error) => {
            let next = next_piece(&error);
            step.save(tx, ctx).await?;
            return Ok(next.ok_or(error));
        }
    };
    let user = insert(tx, ctx, &creation).await?;
    let entry = AuditEntry::success(key(step.flow(), "Identifier.Submit")).user(&user.id);
    audit(tx, ctx, &mut step, entry).await?;
    step.flow().created(creation, user.id.clone());
    submit(tx, ctx, experience, step, &user).await
}

/// Inserts the account that a flow has gathered.
pub(super) async fn insert(tx: &mut Tx<'_>, ctx: &Ctx, creation: &Creation) -> soleira_store::Result<User> {
    let profile = creation.profile();
    let mut new = NewUser::new(ctx);
    new.username.clone_from(&profile.username);
    new.primary_email.clone_from(&profile.primary_email);
    new.primary_phone.clone_from(&profile.primary_phone);
    new.profile.clone_from(&profile.profile);
    new.custom_data.clone_from(&profile.custom_data);
    new.name.clone_from(&profile.name);
    new.avatar.clone_from(&profile.avatar);
    new.password = profile.password.clone().map(PasswordHash::from);
    new.identities = profile
        .social_identity
        .iter()
        .map(|identity| NewIdentity {
            target: identity.target.clone(),
            identity_id: identity.user_info.id.clone(),
            connector_id: Some(identity.connector_id.clone()),
            details: Some(identity.user_info.details()),
        })
        .collect();
    let author = author(ctx, &new.id);
    let user = directory::insert(tx, &author, &ctx.tenant.id, &new).await?;
    join_organizations(tx, ctx, &user.id, &profile.jit_organization_ids).await?;
    Ok(user)
}

/// The unit that registers with username and password.
struct Register {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    username: String,
    password: PendingPassword,
}

impl Unit for Register {
    type Out = Next;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Next>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let mut step = match Step::open(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        // The same form once more, by a double click: the account was made, and its person is signed in.
        if let Some(user) = made_here(tx, ctx, &mut step).await?
            && user.username.as_deref() == Some(&self.username)
        {
            return Ok(match submit(tx, ctx, experience, step, &user).await? {
                Ok(next) => Verdict::Accept(next),
                Err(error) => Verdict::Refuse(error),
            });
        }
        let mut flow = Flow::begin(Event::Register);
        if let Err(error) = flow.gather_credentials(experience, self.username.clone(), self.password.clone()) {
            return Ok(Verdict::Refuse(error));
        }
        *step.flow() = flow;
        Ok(match create(tx, ctx, experience, step).await? {
            Ok(next) => Verdict::Accept(next),
            Err(error) => Verdict::Refuse(error),
        })
    }
}

/// The account that was made in this interaction.
async fn made_here(tx: &mut Tx<'_>, ctx: &Ctx, step: &mut Step) -> soleira_store::Result<Option<User>> {
    let flow = step.flow();
    match flow.user_id().cloned() {
        Some(id) if flow.event() == Event::Register => users::find(tx, &ctx.tenant.id, &id).await,
        _ => Ok(None),
    }
}

/// What was missing.
enum Piece {
    Username(String),
    Password(PendingPassword),
}

/// The unit that goes on with what was missing.
struct ContinueWith {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    piece: Piece,
}

impl Unit for ContinueWith {
    type Out = Next;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Next>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let mut step = match Step::open(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let known = step.flow().user_id().cloned();
        let user = match &known {
            Some(id) => users::find(tx, &ctx.tenant.id, id).await?,
            None => None,
        };
        let account = match &user {
            Some(user) => Some(account(tx, ctx, user).await?),
            None => None,
        };
        let gathered = match &self.piece {
            Piece::Username(username) => step.flow().gather_username(account.as_ref(), username.clone()),
            Piece::Password(password) => step.flow().gather_password(account.as_ref(), password.clone()),
        };
        match gathered {
            Ok(()) => {}
            // The same form once more: the account has it by now.
            Err(error)
                if matches!(
                    error.code(),
                    Code::UserUsernameExistsInProfile | Code::UserPasswordExistsInProfile
                ) => {}
            Err(error) => return Ok(Verdict::Refuse(error)),
        }
        let entry = AuditEntry::success(key(step.flow(), "Profile.Update"));
        audit(tx, ctx, &mut step, entry).await?;
        let outcome = match &user {
            Some(user) => submit(tx, ctx, experience, step, user).await?,
            None => create(tx, ctx, experience, step).await?,
        };
        Ok(match outcome {
            Ok(next) => Verdict::Accept(next),
            Err(error) => Verdict::Refuse(error),
        })
    }
}
