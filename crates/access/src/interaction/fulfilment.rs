//! Profile fulfilment: what registration asks for is gathered piece by piece, for a new account or for one that lacks it.

use super::account::Account;
use super::flow::{Event, ExtraProfile, Flow};
use super::identification::{checked, require_free};
use super::profile::PendingPassword;
use super::record::Interaction;
use super::settings;
use super::step::Step;
use super::submit::{account, audit, key};
use super::verification::{Identifier, NewPasswordIdentity};
use serde_json::{Map, Value, json};
use soleira_core::model::{SignInExperience, SignInIdentifier, User};
use soleira_core::rules::identifier::NAME_MAX;
use soleira_core::rules::password::UserInfo;
use soleira_core::rules::username;
use soleira_core::{Code, EntropyExt, Error, InteractionId, Result, Secret};
use soleira_directory::sign_in_experience::check_password as check;
use soleira_directory::users::{self as directory, NewPassword};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::{Tx, Unit, Verdict, users};
use std::sync::Arc;

/// A piece of a profile.
#[derive(Debug)]
pub enum Piece {
    /// A username.
    Username(String),
    /// A password.
    Password(Secret),
    /// The e-mail address of a verification record.
    Email(String),
    /// The phone number of a verification record.
    Phone(String),
    /// The identity at a provider of a verification record.
    Social(String),
    /// Further profile fields, by their names on the wire.
    Extra(Map<String, Value>),
}

/// A piece that was looked at as far as the database is not needed for it.
enum Prepared {
    Username(String),
    Password(PendingPassword),
    Record(SignedBy, String),
    Extra(Box<ExtraProfile>),
}

/// What kind of verification record a piece must come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignedBy {
    Code(SignInIdentifier),
    Provider,
}

/// Gathers a piece of the profile.
///
/// # Errors
/// 404 `session.interaction_not_found`, `session.identifier_not_found`, `session.verification_session_not_found`; 400
/// `session.not_supported_for_forgot_password`, `session.verification_failed`, `custom_profile_fields.…`; 422
/// `user.…_exists_in_profile`, `user.…_already_in_use`, `user.username_…`, `password.rejected`,
/// `session.email_blocklist.…`.
pub async fn fulfil_profile(ctx: &Ctx, interaction: &Interaction, piece: Piece) -> Result<()> {
    let experience = settings(ctx).await?;
    let flow = interaction.record.flow.as_ref();
    let flow = flow.ok_or_else(|| Error::new(Code::SessionInteractionNotFound))?;
    if flow.event() == Event::ForgotPassword {
        return Err(Error::new(Code::SessionNotSupportedForForgotPassword));
    }
    let piece = match piece {
        Piece::Username(username) => Prepared::Username(username),
        Piece::Password(password) => {
            if flow.event() == Event::SignIn && flow.user_id().is_none() {
                return Err(Error::new(Code::SessionIdentifierNotFound));
            }
            let user = user(ctx, flow).await?;
            require_acceptable(ctx, &experience, flow, user.as_ref(), &password)?;
            Prepared::Password(directory::hash(ctx, NewPassword::Plain(password)).await?.into())
        }
        Piece::Email(id) => Prepared::Record(SignedBy::Code(SignInIdentifier::Email), id),
        Piece::Phone(id) => Prepared::Record(SignedBy::Code(SignInIdentifier::Phone), id),
        Piece::Social(id) => Prepared::Record(SignedBy::Provider, id),
        Piece::Extra(values) => Prepared::Extra(Box::new(extra_profile(values)?)),
    };
    ctx.write(Fulfil {
        ctx: ctx.clone(),
        experience,
        id: interaction.id.clone(),
        piece,
    })
    .await
}

/// The identified user, as they are now.
async fn user(ctx: &Ctx, flow: &Flow) -> Result<Option<User>> {
    match flow.user_id() {
        Some(id) => directory::find(ctx, id).await,
        None => Ok(None),
    }
}

/// Holds a new password against the tenant's policy and what is known of the person: 422 `password.rejected`.
pub(super) fn require_acceptable(
    ctx: &Ctx,
    experience: &SignInExperience,
    flow: &Flow,
    user: Option<&User>,
    password: &Secret,
) -> Result<()> {
    let (profile, user) = (flow.profile(), user);
    let known = |pending: &'_ Option<String>, of_user: fn(&User) -> &Option<String>| {
        pending.clone().or_else(|| user.and_then(|user| of_user(user).clone()))
    };
    let name = known(&profile.name, |user| &user.name);
    let username = known(&profile.username, |user| &user.username);
    let email = known(&profile.primary_email, |user| &user.primary_email);
    let phone = known(&profile.primary_phone, |user| &user.primary_phone);
    let info = UserInfo {
        name: name.as_deref(),
        username: username.as_deref(),
        email: email.as_deref(),
        phone: phone.as_deref(),
    };
    let issues = check(ctx, experience, password.expose(), &info)?;
    if issues.is_empty() {
        Ok(())
    } else {
        Err(Error::new(Code::PasswordRejected).with_data(json!(issues)))
    }
}

/// Longest address of a picture, in characters.
const AVATAR_MAX: usize = 2048;
/// Names of profile fields that mean something else: the person's identifiers are gathered in ways of their own.
const IDENTIFIERS: [&str; 5] = ["username", "primaryEmail", "primaryPhone", "email", "phone"];

/// Sorts further profile fields: the name and the picture, the standard claims, everything else.
fn extra_profile(values: Map<String, Value>) -> Result<ExtraProfile> {
    let mut extra = ExtraProfile::default();
    let mut claims = Map::new();
    for (name, value) in values {
        match name.as_str() {
            "preferredUsername" => return Err(conflict(Code::CustomProfileFieldsNameConflictBuiltInProp, &name)),
            "name" => extra.name = text(&name, value, NAME_MAX)?,
            "avatar" => extra.avatar = picture(text(&name, value, AVATAR_MAX)?)?,
            other if IDENTIFIERS.contains(&other) => {
                return Err(conflict(Code::CustomProfileFieldsNameConflictSignInIdentifier, &name));
            }
            other if is_claim(other) => {
                claims.insert(name, value);
            }
            _ => {
                extra.custom_data.insert(name, value);
            }
        }
    }
    extra.profile = serde_json::from_value(Value::Object(claims)).map_err(|error| invalid(&error.to_string()))?;
    Ok(extra)
}

fn conflict(code: Code, name: &str) -> Error {
    Error::new(code).with("name", name)
}

fn invalid(details: &str) -> Error {
    Error::new(Code::GuardInvalidInput)
        .with("type", "body")
        .with_details(details)
}

fn text(name: &str, value: Value, max: usize) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.chars().count() <= max => Ok(Some(text)),
        Value::String(_) => Err(invalid(&format!("values.{name}: at most {max} characters"))),
        _ => Err(invalid(&format!("values.{name}: Expected string"))),
    }
}

/// The address of a picture, which pages load.
fn picture(address: Option<String>) -> Result<Option<String>> {
    let is_web = |address: &String| url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if address.as_ref().is_none_or(is_web) {
        Ok(address)
    } else {
        Err(invalid("values.avatar: Invalid url"))
    }
}

/// Whether it is the name of a standard claim that accounts carry.
fn is_claim(name: &str) -> bool {
    const CLAIMS: [&str; 11] = [
        "familyName",
        "givenName",
        "middleName",
        "nickname",
        "profile",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "address",
    ];
    CLAIMS.contains(&name)
}

/// The unit that gathers a piece.
struct Fulfil {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    piece: Prepared,
}

impl Unit for Fulfil {
    type Out = ();

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        let ctx = &self.ctx;
        let mut step = match Step::begun(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let outcome = self.gather(tx, &mut step).await?;
        let entry_key = key(step.flow(), "Profile.Update");
        let entry = match &outcome {
            Ok(()) => AuditEntry::success(entry_key),
            Err(error) => AuditEntry::failure(entry_key, error),
        };
        audit(tx, ctx, &mut step, entry).await?;
        if let Err(error) = outcome {
            return Ok(Verdict::Refuse(error));
        }
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(()))
    }
}

impl Fulfil {
    async fn gather(&self, tx: &mut Tx<'_>, step: &mut Step) -> soleira_store::Result<Result<()>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let account = match identified(tx, ctx, step.flow()).await? {
            Ok(account) => account,
            Err(error) => return Ok(Err(error)),
        };
        let account = account.as_ref();
        if let Err(error) = step.flow().require_gathering(account) {
            return Ok(Err(error));
        }
        match &self.piece {
            Prepared::Username(username) => {
                // What the account has already is said before what is wrong with the name.
                let gathered = step.flow().gather_username(account, username.clone());
                if gathered.is_err() {
                    return Ok(gathered);
                }
                if let Err(violation) = username::check(&experience.username_policy, username) {
                    return Ok(Err(violation.into()));
                }
                require_free(tx, ctx, experience, SignInIdentifier::Username, username).await
            }
            Prepared::Password(password) => Ok(step.flow().gather_password(account, password.clone())),
            Prepared::Extra(extra) => Ok(step.flow().gather_extra(account, (**extra).clone())),
            Prepared::Record(kind, id) => {
                let candidate = match step
                    .flow()
                    .require_kind(id, *kind)
                    .and_then(|()| step.flow().candidate(id))
                {
                    Ok(candidate) => candidate,
                    Err(error) => return Ok(Err(error)),
                };
                if let Some(account) = account
                    && let Err(error) = candidate.require_new(account)
                {
                    return Ok(Err(error));
                }
                match checked(tx, ctx, experience, candidate).await? {
                    Ok(candidate) => Ok(step.flow().adopt(account, candidate)),
                    Err(error) => Ok(Err(error)),
                }
            }
        }
    }
}

/// The identified user's account, as it is now.
async fn identified(tx: &mut Tx<'_>, ctx: &Ctx, flow: &Flow) -> soleira_store::Result<Result<Option<Account>>> {
    let Some(id) = flow.user_id() else { return Ok(Ok(None)) };
    match users::find(tx, &ctx.tenant.id, id).await? {
        Some(user) => Ok(Ok(Some(account(tx, ctx, &user).await?))),
        None => Ok(Err(Error::new(Code::SessionIdentifierNotFound))),
    }
}

impl Flow {
    /// Refuses a record of another kind than a piece must come from: 404 `session.verification_session_not_found`.
    fn require_kind(&self, id: &str, kind: SignedBy) -> Result<()> {
        let is_of_kind = match kind {
            SignedBy::Code(kind) => self.code(kind).is_some_and(|record| record.id == id),
            SignedBy::Provider => self.social().is_some_and(|record| record.id == id),
        };
        if is_of_kind {
            Ok(())
        } else {
            Err(Error::new(Code::SessionVerificationSessionNotFound))
        }
    }
}

/// Keeps the password that takes the place of a forgotten one, until the interaction is submitted.
///
/// # Errors
/// 404 `session.interaction_not_found`, `session.identifier_not_found`; 400 `session.invalid_interaction_type`; 422
/// `password.rejected`, `user.same_password`.
pub async fn choose_new_password(ctx: &Ctx, interaction: &Interaction, password: Secret) -> Result<()> {
    let experience = settings(ctx).await?;
    let flow = interaction.record.flow.as_ref();
    let flow = flow.ok_or_else(|| Error::new(Code::SessionInteractionNotFound))?;
    if flow.event() != Event::ForgotPassword {
        return Err(Error::new(Code::SessionInvalidInteractionType));
    }
    let not_identified = || Error::new(Code::SessionIdentifierNotFound);
    let user = user(ctx, flow).await?.ok_or_else(not_identified)?;
    require_acceptable(ctx, &experience, flow, Some(&user), &password)?;
    let present = user.password.as_ref().map(|stored| stored.method.as_str());
    if present == Some("Argon2i") && directory::is_right(ctx, Some(&user), password.clone()).await? {
        return Err(Error::new(Code::UserSamePassword));
    }
    let password = directory::hash(ctx, NewPassword::Plain(password)).await?.into();
    ctx.write(ChooseNewPassword {
        ctx: ctx.clone(),
        id: interaction.id.clone(),
        password,
    })
    .await
}

/// The unit that keeps a new password.
struct ChooseNewPassword {
    ctx: Ctx,
    id: InteractionId,
    password: PendingPassword,
}

impl Unit for ChooseNewPassword {
    type Out = ();

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        let ctx = &self.ctx;
        let mut step = match Step::begun(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let kept = match identified(tx, ctx, step.flow()).await? {
            Ok(Some(account)) => step.flow().gather_new_password(&account, self.password.clone()),
            Ok(None) => Err(Error::new(Code::SessionIdentifierNotFound)),
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            return Ok(Verdict::Refuse(error));
        }
        let entry = AuditEntry::success(key(step.flow(), "Profile.Update"));
        audit(tx, ctx, &mut step, entry).await?;
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(()))
    }
}

/// Keeps a username and a password that somebody would like to have; the identifier of the record (kept for compatibility:
/// docs/wire/experience.md). The username's policy is looked at when the account is made.
///
/// # Errors
/// 404 `session.interaction_not_found`; 422 `user.username_already_in_use`, `password.rejected`.
pub async fn propose_password_identity(
    ctx: &Ctx,
    interaction: &Interaction,
    username: String,
    password: Secret,
) -> Result<String> {
    let experience = settings(ctx).await?;
    {
        let mut reader = ctx.read().await?;
        let tx = &mut reader.tx();
        require_free(tx, ctx, &experience, SignInIdentifier::Username, &username).await??;
    }
    let info = UserInfo {
        username: Some(&username),
        ..UserInfo::default()
    };
    let issues = check(ctx, &experience, password.expose(), &info)?;
    if !issues.is_empty() {
        return Err(Error::new(Code::PasswordRejected).with_data(json!(issues)));
    }
    let record = NewPasswordIdentity {
        id: ctx.entropy().standard_id(),
        identifier: Identifier {
            kind: SignInIdentifier::Username,
            value: username,
        },
        password: directory::hash(ctx, NewPassword::Plain(password)).await?.into(),
    };
    ctx.write(Propose {
        ctx: ctx.clone(),
        id: interaction.id.clone(),
        record,
    })
    .await
}

/// The unit that keeps a username and a password.
struct Propose {
    ctx: Ctx,
    id: InteractionId,
    record: NewPasswordIdentity,
}

impl Unit for Propose {
    type Out = String;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<String>> {
        let ctx = &self.ctx;
        let mut step = match Step::begun(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        step.flow().record_new_password_identity(self.record.clone());
        let entry = AuditEntry::success(key(step.flow(), "Verification.NewPasswordIdentity.Submit"));
        audit(tx, ctx, &mut step, entry).await?;
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(self.record.id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_core::model::UserProfile;

    fn extra(values: Value) -> Result<ExtraProfile> {
        let Value::Object(values) = values else { unreachable!() };
        extra_profile(values)
    }

    #[test]
    fn further_fields_are_sorted() {
        let sorted = extra(json!({
            "name": "Ana", "avatar": null, "givenName": "A", "address": { "country": "BR" }, "team": "red", "age": 7,
        }))
        .unwrap();
        assert_eq!(sorted.name.as_deref(), Some("Ana"));
        assert_eq!(sorted.avatar, None);
        let profile = UserProfile {
            given_name: Some("A".to_owned()),
            ..serde_json::from_value(json!({ "address": { "country": "BR" } })).unwrap()
        };
        assert_eq!(sorted.profile, profile);
        assert_eq!(Value::Object(sorted.custom_data), json!({ "team": "red", "age": 7 }));
    }

    #[test]
    fn fields_that_mean_something_else_are_refused() {
        for (values, code) in [
            (
                json!({ "preferredUsername": "a" }),
                Code::CustomProfileFieldsNameConflictBuiltInProp,
            ),
            (
                json!({ "email": "a@b.c" }),
                Code::CustomProfileFieldsNameConflictSignInIdentifier,
            ),
            (
                json!({ "username": "a" }),
                Code::CustomProfileFieldsNameConflictSignInIdentifier,
            ),
            (json!({ "name": 1 }), Code::GuardInvalidInput),
            (json!({ "avatar": "javascript:alert(1)" }), Code::GuardInvalidInput),
            (json!({ "givenName": 1 }), Code::GuardInvalidInput),
        ] {
            assert_eq!(extra(values.clone()).unwrap_err().code(), code, "{values}");
        }
    }
}
