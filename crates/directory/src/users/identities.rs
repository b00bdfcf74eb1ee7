//! Accounts of users at social providers, as an administrator manages them.

use super::new::NewIdentity;
use super::{UserWithIdentities, lock, missing, taken, with_identities};
use crate::author;
use crate::checks::Checks;
use soleira_core::model::SocialIdentity;
use soleira_core::{Code, Error, Result, UserId};
use soleira_runtime::Ctx;
use soleira_store::{Verdict, identities, unit, users};

/// Longest name of a target and longest identifier at a provider, in characters.
const TARGET_MAX: usize = 128;
const IDENTITY_MAX: usize = 256;

/// The identity of a user at a target.
///
/// # Errors
/// 404 `entity.not_found` for an unknown user, 404 `user.identity_not_exist` for a target without one.
pub async fn identity(ctx: &Ctx, user: &UserId, target: &str) -> Result<SocialIdentity> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    let mut tx = reader.tx();
    if users::find(&mut tx, &ctx.tenant.id, user).await?.is_none() {
        return Err(missing());
    }
    let found = identities::find(&mut tx, &ctx.tenant.id, user, target).await?;
    found.ok_or_else(|| Code::UserIdentityNotExist.into())
}

/// The identities of a user, by target.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn all_identities(ctx: &Ctx, user: &UserId) -> Result<Vec<SocialIdentity>> {
    Ok(super::get(ctx, user).await?.identities)
}

/// Links an account at a provider to a user, in place of the one of the same target: all of their identities then, and
/// whether it is the first of its target.
///
/// # Errors
/// 404 `entity.not_found`; 422 `user.identity_already_in_use`; 400 `guard.invalid_input`.
pub async fn put_identity(ctx: &Ctx, user: &UserId, new: NewIdentity) -> Result<(Vec<SocialIdentity>, bool)> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    checks.length("target", &new.target, 1, TARGET_MAX);
    checks.length("userId", &new.identity_id, 1, IDENTITY_MAX);
    checks.finish()?;
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), user.clone(), new),
        |(author, tenant, user, new), tx| {
            Box::pin(async move {
                lock(tx, tenant, user).await?;
                let is_first = identities::find(tx, tenant, user, &new.target).await?.is_none();
                identities::put(tx, author, tenant, &new.of(user, author))
                    .await
                    .map_err(taken)?;
                Ok(Verdict::Accept((
                    identities::of_user(tx, tenant, user).await?,
                    is_first,
                )))
            })
        },
    ))
    .await
}

/// Unlinks a user's account at a provider; answers the user as they are then.
///
/// # Errors
/// 404 `entity.not_found` for an unknown user, 404 `user.identity_not_exist` for a target without one.
pub async fn delete_identity(ctx: &Ctx, user: &UserId, target: &str) -> Result<UserWithIdentities> {
    ctx.require_administrator()?;
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), user.clone(), target.to_owned()),
        |(author, tenant, user, target), tx| {
            Box::pin(async move {
                lock(tx, tenant, user).await?;
                if !identities::delete(tx, author, tenant, user, target).await? {
                    return Err(Error::new(Code::UserIdentityNotExist).into());
                }
                Ok(Verdict::Accept(with_identities(tx, tenant, user).await?))
            })
        },
    ))
    .await
}
