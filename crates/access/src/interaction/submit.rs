//! The end of a sign-in: what it adds to the account is written, and the authorization request goes on.

use super::account::Account;
use super::flow::{Flow, Login};
use super::step::Step;
use soleira_core::model::{SignInExperience, SocialIdentity, User};
use soleira_core::{Code, ConnectorId, Error, OrganizationId, Result, UserId};
use soleira_directory::users::{merge, taken, username_key};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::organizations::{self, members};
use soleira_store::{Author, Tx, identities, users};

/// Where the browser goes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The person is signed in: to this address of ours, where the authorization request goes on.
    Resume(String),
    /// To choosing a username, which is missing.
    ContinueUsername,
    /// To choosing a password, which is missing.
    ContinuePassword,
    /// To linking the provider's identity with the account that has the same e-mail address.
    LinkSocial(ConnectorId),
}

/// A user with what the state machine needs to know of them.
pub(super) async fn account(tx: &mut Tx<'_>, ctx: &Ctx, user: &User) -> soleira_store::Result<Account> {
    let identities = identities::of_user(tx, &ctx.tenant.id, &user.id).await?;
    Ok(Account::of(user, identities.len()))
}

/// Ends the sign-in of an identified user, or says what is missing. Saves the interaction either way.
pub(super) async fn submit(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    experience: &SignInExperience,
    mut step: Step,
    user: &User,
) -> soleira_store::Result<Result<Next>> {
    let account = account(tx, ctx, user).await?;
    let login = match step.flow().login(experience, &account) {
        Ok(login) => login,
        Err(error) => {
            let next = next_piece(&error);
            step.save(tx, ctx).await?;
            return Ok(next.ok_or(error));
        }
    };
    write_additions(tx, ctx, user, &login).await?;
    let user_id = login.user_id().clone();
    step.flow().signed_in(login);
    users::note_sign_in(tx, &ctx.tenant.id, &user.id, ctx.now()).await?;
    let event = step.flow().event();
    let entry = AuditEntry::success(format!("Interaction.{}.Submit", event.as_str()));
    audit(tx, ctx, &mut step, entry.user(&user.id)).await?;
    let return_to = step.interaction.answer_login(&user_id, ctx.now());
    step.save(tx, ctx).await?;
    Ok(Ok(Next::Resume(return_to)))
}

/// Writes an audit row about an interaction, with where it stands.
pub(super) async fn audit(tx: &mut Tx<'_>, ctx: &Ctx, step: &mut Step, entry: AuditEntry) -> soleira_store::Result<()> {
    let client_id = step.client_id().clone();
    let entry = entry.application(&client_id).with("interaction", step.flow().to_wire());
    Ctx::audit_in(tx, &entry.into_row(ctx)).await
}

/// Where the browser gets what keeps a sign-in from its end, if our pages ask for all of it.
pub(super) fn next_piece(error: &Error) -> Option<Next> {
    if error.code() != Code::UserMissingProfile {
        return None;
    }
    let missing = error.data()?["missingProfile"].as_array()?;
    let pages: Option<Vec<Next>> = missing
        .iter()
        .map(|piece| match piece.as_str() {
            Some("username") => Some(Next::ContinueUsername),
            Some("password") => Some(Next::ContinuePassword),
            _ => None,
        })
        .collect();
    pages?.into_iter().next()
}

/// Writes what a sign-in adds to an account: identifiers and a password it lacked, further profile fields, a linked
/// identity, name and avatar that follow the provider.
async fn write_additions(tx: &mut Tx<'_>, ctx: &Ctx, user: &User, login: &Login) -> soleira_store::Result<()> {
    let additions = login.additions();
    let author = author(ctx, &user.id);
    let mut changed = user.clone();
    for (member, addition) in [
        (&mut changed.username, &additions.username),
        (&mut changed.primary_email, &additions.primary_email),
        (&mut changed.primary_phone, &additions.primary_phone),
        (&mut changed.name, &additions.name),
        (&mut changed.avatar, &additions.avatar),
    ] {
        if addition.is_some() {
            member.clone_from(addition);
        }
    }
    if let Some(password) = &additions.password {
        changed.password = Some(password.clone().into());
        changed.password_updated_at = Some(ctx.now());
        changed.is_password_expired = false;
    }
    merge(&mut changed.profile, &additions.profile);
    changed.custom_data.extend(additions.custom_data.clone());
    if changed != *user {
        let key = username_key(tx, &ctx.tenant.id, changed.username.as_deref()).await?;
        users::update(tx, &author, user, &changed, key.as_deref())
            .await
            .map_err(taken)?;
    }
    if let Some(identity) = &additions.social_identity {
        let row = SocialIdentity {
            user_id: user.id.clone(),
            target: identity.target.clone(),
            identity_id: identity.user_info.id.clone(),
            connector_id: Some(identity.connector_id.clone()),
            details: Some(identity.user_info.details()),
            created_at: ctx.now(),
            updated_at: ctx.now(),
        };
        identities::put(tx, &author, &ctx.tenant.id, &row)
            .await
            .map_err(taken)?;
    }
    join_organizations(tx, ctx, &user.id, &additions.jit_organization_ids).await
}

/// Makes a person a member of organizations, of those that there are by now.
pub(super) async fn join_organizations(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    user: &UserId,
    ids: &[OrganizationId],
) -> soleira_store::Result<()> {
    let (tenant, author) = (&ctx.tenant.id, author(ctx, user));
    for id in ids {
        if organizations::find(tx, tenant, id).await?.is_none() {
            continue;
        }
        let members = members::of::<UserId>();
        let added = members.add(tx, &author, tenant, &[id.as_str(), user.as_str()]).await;
        added.map_err(|error| match error {
            // It was deleted since: the unit runs again and does not find it.
            soleira_store::Error::ForeignKey(cause) => soleira_store::Error::Busy(cause),
            other => other,
        })?;
    }
    Ok(())
}

/// The person themself, in the history of changes.
pub(super) fn author(ctx: &Ctx, user: &UserId) -> Author {
    Author {
        actor: format!("user:{user}"),
        now: ctx.now(),
        entropy: ctx.app.entropy.clone(),
    }
}

/// The key of an audit row of a flow.
pub(super) fn key(flow: &Flow, what: &str) -> String {
    format!("Interaction.{}.{what}", flow.event().as_str())
}
