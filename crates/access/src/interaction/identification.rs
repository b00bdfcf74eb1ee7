//! Identification: whose sign-in it is by what was proved, or the account that is made of what was gathered.

use super::flow::{Candidate, Event, Flow, IdentityOwner, LinkProof, Proof};
use super::password::find;
use super::providers;
use super::record::Interaction;
use super::registration::insert;
use super::sentinel;
use super::settings;
use super::social::related_user;
use super::step::Step;
use super::submit::{account, audit, key};
use super::verification::SocialUserInfo;
use serde_json::json;
use soleira_core::model::{SignInExperience, SignInIdentifier, User};
use soleira_core::rules::identifier::EMAIL_MAX;
use soleira_core::rules::username;
use soleira_core::{Code, Error, InteractionId, Result};
use soleira_directory::sign_in_experience::require_allowed_email;
use soleira_directory::users::normalize_phone;
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::{Tx, Unit, Verdict, identities, users};
use std::sync::Arc;

/// What identifies a person.
#[derive(Debug, Clone, Default)]
pub struct Identification {
    /// The verification record. Without one an account is made of what was gathered.
    pub verification_id: Option<String>,
    /// Whether an identity at a provider, which nobody has, becomes that of the account with the same e-mail address.
    pub link_social_identity: bool,
}

/// What identifying a person came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identified {
    /// It is somebody who has an account.
    Known,
    /// An account was made.
    Created,
}

/// Identifies the person, or makes their account.
///
/// # Errors
/// 404 `session.interaction_not_found`, `session.verification_session_not_found`; 400 `guard.invalid_input` without a record
/// where one is needed, `session.verification_failed`; 403 `auth.forbidden`; 422 `user.sign_in_method_not_enabled`,
/// `session.not_supported_for_forgot_password`, `session.email_blocklist.…`, `user.username_…`, `user.…_already_in_use`,
/// `user.missing_profile`, `user.sign_up_method_not_enabled`; 404 `user.user_not_exist`, `user.identity_not_exist`; 401
/// `user.suspended`; 409 `session.identity_conflict`; 429 when too many accounts come from one address.
pub async fn identify(ctx: &Ctx, interaction: &Interaction, identification: Identification) -> Result<Identified> {
    let experience = settings(ctx).await?;
    if interaction.record.flow.as_ref().map(Flow::event) == Some(Event::Register) {
        sentinel::guard_registration(ctx)?;
    }
    let synchronized = providers::all(ctx).await?;
    let synchronized = synchronized
        .iter()
        .filter(|provider| provider.sync_profile)
        .map(|provider| provider.target.clone())
        .collect();
    let unit = Identify {
        ctx: ctx.clone(),
        experience,
        id: interaction.id.clone(),
        identification,
        synchronized,
    };
    let outcome = ctx.write(unit).await;
    if let Err(error) = &outcome
        && super::registration::is_taken(error)
    {
        let entry = AuditEntry::failure("Interaction.Register.Identifier.Submit", error);
        ctx.audit(entry).await;
    }
    outcome
}

/// The unit that identifies.
struct Identify {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    identification: Identification,
    /// Providers whose names and pictures are followed.
    synchronized: Vec<String>,
}

impl Unit for Identify {
    type Out = Identified;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Identified>> {
        let ctx = &self.ctx;
        let mut step = match Step::begun(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let outcome = match step.flow().event() {
            Event::Register => self.register(tx, &mut step).await?.map(|()| Identified::Created),
            Event::SignIn | Event::ForgotPassword => self.find(tx, &mut step).await?.map(|()| Identified::Known),
        };
        let entry_key = key(step.flow(), "Identifier.Submit");
        let mut entry = match &outcome {
            Ok(_) => AuditEntry::success(entry_key),
            Err(error) => AuditEntry::failure(entry_key, error),
        };
        if let Some(user_id) = step.flow().user_id() {
            entry = entry.user(user_id);
        }
        audit(tx, ctx, &mut step, entry).await?;
        step.save(tx, ctx).await?;
        Ok(match outcome {
            Ok(identified) => Verdict::Accept(identified),
            Err(error) => Verdict::Refuse(error),
        })
    }
}

impl Identify {
    /// Finds whose account a record proves.
    async fn find(&self, tx: &mut Tx<'_>, step: &mut Step) -> soleira_store::Result<Result<()>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let Some(id) = &self.identification.verification_id else {
            let error = Error::new(Code::GuardInvalidInput).with("type", "body");
            return Ok(Err(error.with_details("verificationId is missing")));
        };
        let proof = match step.flow().proof(experience, id) {
            Ok(proof) => proof,
            Err(error) => return Ok(Err(error)),
        };
        let user = match proof {
            Proof::Identity { target, user_info } => {
                return self.find_identity(tx, step, &target, &user_info).await;
            }
            Proof::Password(user_id) => users::find(tx, &ctx.tenant.id, &user_id).await?.ok_or(None),
            Proof::Address(identifier) => find(tx, ctx, experience, &identifier)
                .await?
                .ok_or(Some(identifier.value)),
        };
        let user = match user {
            Ok(user) => user,
            Err(identifier) => return Ok(Err(not_exist(identifier.as_deref()))),
        };
        let account = account(tx, ctx, &user).await?;
        Ok(step.flow().identify_by_record(experience, id, &account))
    }

    /// Finds whose an identity at a provider is, or who may get it.
    async fn find_identity(
        &self,
        tx: &mut Tx<'_>,
        step: &mut Step,
        target: &str,
        user_info: &SocialUserInfo,
    ) -> soleira_store::Result<Result<()>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let synchronize = self.synchronized.iter().any(|known| known == target);
        if let Some(identity) = identities::owner(tx, &ctx.tenant.id, target, &user_info.id).await? {
            let Some(user) = users::find(tx, &ctx.tenant.id, &identity.user_id).await? else {
                return Ok(Err(not_exist(None)));
            };
            let account = account(tx, ctx, &user).await?;
            let owner = IdentityOwner {
                target,
                identity_id: &user_info.id,
                account: &account,
            };
            return Ok(step.flow().identify_by_identity(experience, &owner, synchronize));
        }
        let Some(user) = related_user(tx, ctx, target, user_info).await?.linkable else {
            return Ok(Err(Error::new(Code::UserIdentityNotExist)));
        };
        if !self.identification.link_social_identity {
            let related = json!({ "type": "email", "value": user.primary_email });
            let error = Error::new(Code::UserIdentityNotExist);
            return Ok(Err(error.with_data(json!({ "relatedUser": related }))));
        }
        let account = account(tx, ctx, &user).await?;
        let proofs = [LinkProof::AutomaticLinking, LinkProof::Password, LinkProof::Code];
        let mut linked = Err(Error::new(Code::SessionVerificationFailed));
        for proof in proofs {
            linked = step.flow().link_identity(experience, &account, proof, synchronize);
            if !matches!(&linked, Err(error) if error.code() == Code::SessionVerificationFailed) {
                break;
            }
        }
        Ok(linked)
    }

    /// Gathers what the record says, if one is named, and makes the account once everything is there. What was gathered
    /// stays when something is missing.
    async fn register(&self, tx: &mut Tx<'_>, step: &mut Step) -> soleira_store::Result<Result<()>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        // The same request once more: the account was made.
        if step.flow().made_account() {
            return Ok(Ok(()));
        }
        if let Some(id) = &self.identification.verification_id {
            let candidate = match step.flow().candidate(id) {
                Ok(candidate) => candidate,
                Err(error) => return Ok(Err(error)),
            };
            let candidate = match checked(tx, ctx, experience, candidate).await? {
                Ok(candidate) => candidate,
                Err(error) => return Ok(Err(error)),
            };
            if step.flow().user_id().is_some() {
                return Ok(Err(Error::new(Code::SessionIdentityConflict)));
            }
            if let Err(error) = step.flow().adopt(None, candidate) {
                return Ok(Err(error));
            }
        }
        let creation = match step.flow().creation(experience) {
            Ok(creation) => creation,
            Err(error) => return Ok(Err(error)),
        };
        let user = insert(tx, ctx, &creation).await?;
        step.flow().created(creation, user.id);
        Ok(Ok(()))
    }
}

fn not_exist(identifier: Option<&str>) -> Error {
    let error = Error::new(Code::UserUserNotExist);
    match identifier {
        Some(identifier) => error.with_data(json!({ "identifier": identifier })),
        None => error,
    }
}

/// Holds what a record says against the tenant's rules and what accounts have already: 422
/// `session.email_blocklist.…`, `user.username_…`, `user.…_already_in_use`. An address that only a provider tells is left
/// out where another account has it.
pub(super) async fn checked(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    experience: &SignInExperience,
    mut candidate: Candidate,
) -> soleira_store::Result<Result<Candidate>> {
    if candidate.profile().social_identity.is_some()
        && let Some(email) = &candidate.profile().primary_email
        && users::find_by_email(tx, &ctx.tenant.id, email).await?.is_some()
    {
        candidate = candidate.without_email();
    }
    let profile = candidate.profile();
    if let Some(email) = &profile.primary_email
        && let Err(error) = require_allowed_email(experience, email)
    {
        return Ok(Err(error));
    }
    if profile
        .primary_email
        .as_ref()
        .is_some_and(|email| email.chars().count() > EMAIL_MAX)
    {
        return Ok(Err(Error::new(Code::EntityValueTooLong)));
    }
    if let Some(phone) = &profile.primary_phone
        && let Err(error) = normalize_phone(phone)
    {
        return Ok(Err(error));
    }
    if let Some(username) = &profile.username
        && let Err(error) = username::check(&experience.username_policy, username)
    {
        return Ok(Err(error.into()));
    }
    for (kind, value) in [
        (SignInIdentifier::Username, &profile.username),
        (SignInIdentifier::Email, &profile.primary_email),
        (SignInIdentifier::Phone, &profile.primary_phone),
    ] {
        if let Some(value) = value
            && let Err(error) = require_free(tx, ctx, experience, kind, value).await?
        {
            return Ok(Err(error));
        }
    }
    if let Some(identity) = &profile.social_identity
        && identities::owner(tx, &ctx.tenant.id, &identity.target, &identity.user_info.id)
            .await?
            .is_some()
    {
        return Ok(Err(Error::new(Code::UserIdentityAlreadyInUse)));
    }
    Ok(Ok(candidate))
}

/// Refuses an identifier that an account has: the constraint of the database says so in the end, this says it early.
pub(super) async fn require_free(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    experience: &SignInExperience,
    kind: SignInIdentifier,
    value: &str,
) -> soleira_store::Result<Result<()>> {
    let tenant = &ctx.tenant.id;
    let (owner, code): (Option<User>, Code) = match kind {
        SignInIdentifier::Username => {
            let key = username::fold(&experience.username_policy, value);
            let owner = users::find_by_username_key(tx, tenant, &key).await?;
            (owner, Code::UserUsernameAlreadyInUse)
        }
        SignInIdentifier::Email => (
            users::find_by_email(tx, tenant, value).await?,
            Code::UserEmailAlreadyInUse,
        ),
        SignInIdentifier::Phone => (
            users::find_by_phone(tx, tenant, value).await?,
            Code::UserPhoneAlreadyInUse,
        ),
    };
    Ok(if owner.is_some() { Err(Error::new(code)) } else { Ok(()) })
}
