//! Users: the people who sign in.

mod edit;
mod identities;
mod new;
mod password;
mod personal_access_tokens;
mod phone;
mod sessions;

pub use edit::{UserPatch, merge, merge_custom_data, merge_profile, patch, set_password_expiration, set_suspension};
pub use identities::{all_identities, delete_identity, identity, put_identity};
pub use new::{CreateUser, NewIdentity, NewUser, create, insert};
pub use password::{NewPassword, has_password, hash, is_right, reset_password, set_password, verify_password};
pub use personal_access_tokens::{
    PersonalAccessToken, create_personal_access_token, delete_personal_access_token, personal_access_tokens,
    rename_personal_access_token,
};
pub use phone::normalize_phone;
pub use sessions::{RevokedGrants, UserGrant, UserSession, end_session, grants, revoke_grant, session, sessions};

use crate::{Listing, Page, author};
use soleira_core::model::{SignInExperience, SocialIdentity, User};
use soleira_core::rules::username;
use soleira_core::{Code, Error, Result, TenantId, UserId};
use soleira_runtime::{Actor, Ctx};
use soleira_store::{Error as StoreError, Tx, Verdict, identities as identity_rows, sign_in_experience, unit, users};
use std::collections::HashMap;

/// What a user can be searched by, and which of them a list has.
pub use soleira_store::users::{FIELDS, Filter};

/// A user with the accounts that they have at providers.
#[derive(Debug, Clone, PartialEq)]
pub struct UserWithIdentities {
    /// The user.
    pub user: User,
    /// Their identities, by target.
    pub identities: Vec<SocialIdentity>,
}

/// The user of an identifier.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn get(ctx: &Ctx, id: &UserId) -> Result<UserWithIdentities> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    with_identities(&mut reader.tx(), &ctx.tenant.id, id).await
}

async fn with_identities(tx: &mut Tx<'_>, tenant: &TenantId, id: &UserId) -> Result<UserWithIdentities> {
    let user = users::find(tx, tenant, id).await?.ok_or_else(missing)?;
    let identities = identity_rows::of_user(tx, tenant, id).await?;
    Ok(UserWithIdentities { user, identities })
}

/// The users of a filter, newest first: a page of them and how many there are, or all.
pub async fn list(ctx: &Ctx, filter: Filter, page: Option<Page>) -> Result<Listing<UserWithIdentities>> {
    ctx.require_administrator()?;
    ctx.list((ctx.tenant.id.clone(), filter, page), |(tenant, filter, page), tx| {
        Box::pin(async move {
            let users = users::list(tx, tenant, filter, *page).await?;
            let total = match page {
                Some(_) => Some(users::count(tx, tenant, filter).await?),
                None => None,
            };
            let ids: Vec<&UserId> = users.iter().map(|user| &user.id).collect();
            let mut by_user: HashMap<UserId, Vec<SocialIdentity>> = HashMap::new();
            for identity in identity_rows::of_users(tx, tenant, &ids).await? {
                by_user.entry(identity.user_id.clone()).or_default().push(identity);
            }
            let rows = users
                .into_iter()
                .map(|user| UserWithIdentities {
                    identities: by_user.remove(&user.id).unwrap_or_default(),
                    user,
                })
                .collect();
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// The user of an identifier at this moment, for whoever signs people in: status is read at every issuance.
pub async fn find(ctx: &Ctx, id: &UserId) -> Result<Option<User>> {
    Ok(users::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?)
}

/// The user of a username, compared as the tenant's policy says.
pub async fn find_by_username(ctx: &Ctx, name: &str) -> Result<Option<User>> {
    let experience = crate::sign_in_experience::get(ctx).await?;
    let key = username::fold(&experience.username_policy, name);
    Ok(users::find_by_username_key(&mut ctx.read().await?.tx(), &ctx.tenant.id, &key).await?)
}

/// The user of an e-mail address, letter case aside.
pub async fn find_by_email(ctx: &Ctx, email: &str) -> Result<Option<User>> {
    Ok(users::find_by_email(&mut ctx.read().await?.tx(), &ctx.tenant.id, email).await?)
}

/// Deletes a user with their sessions, grants, tokens and identities.
///
/// # Errors
/// 404 `entity.not_found`; 400 `user.cannot_delete_self`.
pub async fn delete(ctx: &Ctx, id: &UserId) -> Result<()> {
    ctx.require_administrator()?;
    if let Actor::ManagementUser(own) | Actor::Operator(own) = &ctx.actor
        && own == id
    {
        return Err(Code::UserCannotDeleteSelf.into());
    }
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                if !users::delete(tx, author, tenant, id).await? {
                    return Err(missing().into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

fn missing() -> Error {
    Error::new(Code::EntityNotFound)
}

/// The user, locked until the unit ends.
async fn lock(tx: &mut Tx<'_>, tenant: &TenantId, id: &UserId) -> soleira_store::Result<User> {
    tx.lock(&format!("user:{tenant}:{id}")).await?;
    Ok(users::find(tx, tenant, id).await?.ok_or_else(missing)?)
}

/// How a username is compared, by the policy that holds inside the unit.
pub async fn username_key(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    name: Option<&str>,
) -> soleira_store::Result<Option<String>> {
    let Some(name) = name else {
        return Ok(None);
    };
    let experience: Option<SignInExperience> = sign_in_experience::find(tx, tenant).await?;
    let policy = experience
        .map(|experience| experience.username_policy)
        .unwrap_or_default();
    Ok(Some(username::fold(&policy, name)))
}

/// What a unique index says, in the words of the wire.
pub fn taken(error: StoreError) -> StoreError {
    let code = match &error {
        StoreError::Unique(index) => match index.as_str() {
            "users__username_key" => Code::UserUsernameAlreadyInUse,
            "users__primary_email_folded" => Code::UserEmailAlreadyInUse,
            "users__primary_phone" => Code::UserPhoneAlreadyInUse,
            "user_identities__identity_id" => Code::UserIdentityAlreadyInUse,
            _ => return error,
        },
        _ => return error,
    };
    Error::new(code).into()
}
