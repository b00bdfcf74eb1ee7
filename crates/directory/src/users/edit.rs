//! Changes of a user by an administrator.

use super::{UserWithIdentities, lock, normalize_phone, taken, username_key};
use crate::checks::{Checks, fits};
use crate::{Change, author};
use serde_json::{Map, Value};
use soleira_core::model::{User, UserProfile};
use soleira_core::rules::identifier::{EMAIL_MAX, NAME_MAX, USERNAME_MAX};
use soleira_core::{Code, Error, Result, UserId};
use soleira_runtime::Ctx;
use soleira_store::{Author, Verdict, identities, sign_in_experience, users};

/// A change of a user. Each member that is given takes the place of the whole member; identifiers may be emptied by
/// `null` and, for compatibility, by an empty text.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// Letters, digits and `_`.
    pub username: Change<String>,
    /// An e-mail address, which the administrator vouches for.
    pub primary_email: Change<String>,
    /// A phone number: digits, country code first.
    pub primary_phone: Change<String>,
    /// What people call them.
    pub name: Change<String>,
    /// Address of a picture.
    pub avatar: Change<String>,
    /// Whatever the application keeps with the account.
    pub custom_data: Option<Map<String, Value>>,
    /// Standard claims.
    pub profile: Option<UserProfile>,
}

/// Changes a user.
///
/// # Errors
/// 404 `entity.not_found`; otherwise those of [`super::create`].
pub async fn patch(ctx: &Ctx, id: &UserId, mut patch: UserPatch) -> Result<UserWithIdentities> {
    ctx.require_administrator()?;
    check(&patch)?;
    if let Some(Some(phone)) = patch
        .primary_phone
        .as_mut()
        .filter(|phone| given(phone.as_ref()).is_some())
    {
        *phone = normalize_phone(phone)?;
    }
    change(ctx, id, patch, |patch, user, _| {
        let set = |member: &mut Option<String>, change: &Change<String>| {
            if let Some(value) = change {
                member.clone_from(value);
            }
        };
        set(&mut user.username, &patch.username);
        set(&mut user.primary_email, &patch.primary_email);
        set(&mut user.primary_phone, &patch.primary_phone);
        set(&mut user.name, &patch.name);
        set(&mut user.avatar, &patch.avatar);
        if let Some(data) = &patch.custom_data {
            user.custom_data.clone_from(data);
        }
        if let Some(profile) = &patch.profile {
            user.profile.clone_from(profile);
        }
    })
    .await
}

/// The text that is given, unless it is empty.
fn given(change: Option<&String>) -> Option<&str> {
    change.map(String::as_str).filter(|text| !text.is_empty())
}

fn check(patch: &UserPatch) -> Result<()> {
    let text = |change: &'_ Change<String>| {
        change
            .as_ref()
            .and_then(|change| given(change.as_ref()).map(str::to_owned))
    };
    let mut checks = Checks::default();
    if let Some(username) = text(&patch.username) {
        checks.username("username", &username);
    }
    if let Some(email) = text(&patch.primary_email) {
        checks.email("primaryEmail", &email);
    }
    if let Some(phone) = text(&patch.primary_phone) {
        checks.phone("primaryPhone", &phone);
    }
    if let Some(avatar) = text(&patch.avatar) {
        checks.web_url("avatar", &avatar);
    }
    checks.finish()?;
    fits("username", text(&patch.username).as_deref(), USERNAME_MAX)?;
    fits("primaryEmail", text(&patch.primary_email).as_deref(), EMAIL_MAX)?;
    fits("name", text(&patch.name).as_deref(), NAME_MAX)?;
    fits("avatar", text(&patch.avatar).as_deref(), super::new::AVATAR_MAX)
}

/// Applies a change to a user in a unit of its own; answers them as they are then.
pub(super) async fn change<C: Send + Sync + 'static>(
    ctx: &Ctx,
    id: &UserId,
    command: C,
    apply: fn(&C, &mut User, &Author),
) -> Result<UserWithIdentities> {
    ctx.write(ChangeUser::new(ctx, id, command, apply)).await
}

/// As [`change`], and ends every session of the user with it, whoever began it.
pub(super) async fn change_and_sign_out<C: Send + Sync + 'static>(
    ctx: &Ctx,
    id: &UserId,
    command: C,
    apply: fn(&C, &mut User, &Author),
) -> Result<UserWithIdentities> {
    let mut change = ChangeUser::new(ctx, id, command, apply);
    change.signs_out = true;
    ctx.write(change).await
}

struct ChangeUser<C> {
    author: Author,
    tenant: soleira_core::TenantId,
    id: UserId,
    command: C,
    apply: fn(&C, &mut User, &Author),
    signs_out: bool,
}

impl<C> ChangeUser<C> {
    fn new(ctx: &Ctx, id: &UserId, command: C, apply: fn(&C, &mut User, &Author)) -> Self {
        Self {
            author: author(ctx),
            tenant: ctx.tenant.id.clone(),
            id: id.clone(),
            command,
            apply,
            signs_out: false,
        }
    }
}

impl<C: Send + Sync + 'static> soleira_store::Unit for ChangeUser<C> {
    type Out = UserWithIdentities;

    async fn run(&self, tx: &mut soleira_store::Tx<'_>) -> soleira_store::Result<Verdict<Self::Out>> {
        let before = lock(tx, &self.tenant, &self.id).await?;
        let mut after = before.clone();
        (self.apply)(&self.command, &mut after, &self.author);
        after.updated_at = self.author.now;
        let key = username_key(tx, &self.tenant, after.username.as_deref()).await?;
        users::update(tx, &self.author, &before, &after, key.as_deref())
            .await
            .map_err(taken)?;
        if self.signs_out {
            users::sign_out_everywhere(tx, &self.tenant, &self.id).await?;
        }
        let identities = identities::of_user(tx, &self.tenant, &self.id).await?;
        Ok(Verdict::Accept(UserWithIdentities {
            user: after,
            identities,
        }))
    }
}

/// Merges members into the custom data of a user, one level deep; answers all of it.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn merge_custom_data(ctx: &Ctx, id: &UserId, changes: Map<String, Value>) -> Result<Map<String, Value>> {
    ctx.require_administrator()?;
    let changed = change(ctx, id, changes, |changes, user, _| {
        user.custom_data.extend(changes.clone());
    })
    .await?;
    Ok(changed.user.custom_data)
}

/// Merges members into the profile of a user, one level deep; answers all of it. Members that are absent stay.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn merge_profile(ctx: &Ctx, id: &UserId, changes: UserProfile) -> Result<UserProfile> {
    ctx.require_administrator()?;
    let changed = change(ctx, id, changes, |changes, user, _| merge(&mut user.profile, changes)).await?;
    Ok(changed.user.profile)
}

/// Takes over the claims that are given.
pub fn merge(profile: &mut UserProfile, changes: &UserProfile) {
    macro_rules! members {
        ($($member:ident),*) => { $(
            if changes.$member.is_some() {
                profile.$member.clone_from(&changes.$member);
            }
        )* };
    }
    members!(
        family_name,
        given_name,
        middle_name,
        nickname,
        preferred_username,
        profile,
        website,
        gender,
        birthdate,
        zoneinfo,
        locale,
        address
    );
}

/// Suspends a user, which ends their sessions and revokes their tokens at once, or lifts the suspension.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn set_suspension(ctx: &Ctx, id: &UserId, is_suspended: bool) -> Result<UserWithIdentities> {
    ctx.require_administrator()?;
    if is_suspended {
        change_and_sign_out(ctx, id, (), |(), user, _| user.is_suspended = true).await
    } else {
        change(ctx, id, (), |(), user, _| user.is_suspended = false).await
    }
}

/// Asks a user for a new password at their next sign-in, or no longer.
///
/// # Errors
/// 404 `entity.not_found`; 400 `sign_in_experiences.password_expiration_not_enabled` when the tenant's passwords do not
/// expire.
pub async fn set_password_expiration(ctx: &Ctx, id: &UserId, is_expired: bool) -> Result<UserWithIdentities> {
    ctx.require_administrator()?;
    if is_expired {
        let experience = sign_in_experience::find(&mut ctx.read().await?.tx(), &ctx.tenant.id).await?;
        let enabled = experience.is_some_and(|experience| experience.password_expiration["enabled"] == true);
        if !enabled {
            super::get(ctx, id).await?;
            return Err(Error::new(Code::SignInExperiencesPasswordExpirationNotEnabled));
        }
    }
    change(ctx, id, is_expired, |is_expired, user, _| {
        user.is_password_expired = *is_expired;
    })
    .await
}
