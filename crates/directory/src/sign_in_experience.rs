//! How a tenant's people sign in: the settings, their rules, and the checks that follow from them.

mod blocklist;
mod patch;
mod rules;

pub use blocklist::require_allowed_email;
pub use patch::{SignInExperiencePatch, patch};

use crate::checks::Checks;
use crate::users;
use soleira_core::model::SignInExperience;
use soleira_core::rules::password::{self, Issue, PasswordPolicy, UserInfo};
use soleira_core::{Code, Error, Result, UserId};
use soleira_runtime::Ctx;
use soleira_store::connectors::ConnectorRow;
use soleira_store::{Error as StoreError, sign_in_experience, users as user_rows};
use std::sync::Arc;

/// The settings, from the cache: what sign-in pages are made from.
pub async fn get(ctx: &Ctx) -> Result<Arc<SignInExperience>> {
    ctx.cached("sign_in_experience", &ctx.tenant.id, |tenant, tx| {
        Box::pin(async move {
            let found = sign_in_experience::find(tx, tenant).await?;
            found.ok_or_else(|| StoreError::Other(format!("the tenant {tenant} has no sign-in experience")))
        })
    })
    .await
}

/// The password policy of the settings, defaults filled in.
pub fn password_policy(experience: &SignInExperience) -> Result<PasswordPolicy> {
    serde_json::from_value(experience.password_policy.clone()).map_err(Error::internal)
}

/// Refuses connectors with which people whose password expires could not get a new one.
///
/// # Errors
/// 422 `sign_in_experiences.password_expiration_requires_forgot_password`.
pub(crate) fn check_recovery_channel(experience: &SignInExperience, connectors: &[ConnectorRow]) -> Result<()> {
    rules::check_recovery_channel(experience, &rules::Enabled::of(connectors))
}

/// What the tenant's policy has against a password, in the wire's order; nothing if it is accepted.
pub fn check_password(
    ctx: &Ctx,
    experience: &SignInExperience,
    password: &str,
    user: &UserInfo<'_>,
) -> Result<Vec<Issue>> {
    let policy = password_policy(experience)?;
    let is_breached = |password: &str| ctx.app.settings.breached.contains(password);
    Ok(password::check(&policy, password, user, is_breached))
}

/// What the tenant's policy has against a password for one of its users, or for nobody in particular.
///
/// # Errors
/// 400 `request.invalid_input` when the policy looks at what is known of the user and none is named; 404
/// `entity.not_found` for an unknown user.
pub async fn check_password_of(ctx: &Ctx, password: &str, user: Option<&UserId>) -> Result<Vec<Issue>> {
    ctx.require_administrator()?;
    let experience = get(ctx).await?;
    let policy = password_policy(&experience)?;
    let Some(id) = user else {
        if policy.rejects.user_info {
            return Err(Error::new(Code::RequestInvalidInput).with(
                "details",
                "userId is required while the policy rejects what is known of the user",
            ));
        }
        return check_password(ctx, &experience, password, &UserInfo::default());
    };
    let user = users::get(ctx, id).await?.user;
    let info = UserInfo {
        name: user.name.as_deref(),
        username: user.username.as_deref(),
        email: user.primary_email.as_deref(),
        phone: user.primary_phone.as_deref(),
    };
    check_password(ctx, &experience, password, &info)
}

/// Usernames that differ by letter case alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseConflicts {
    /// How many groups of them.
    pub total: i64,
    /// The first: the name in lower case, and its users.
    pub samples: Vec<(String, Vec<UserId>)>,
}

/// Usernames that differ by letter case alone, `limit` (1 to 100) of them.
///
/// # Errors
/// 400 `guard.invalid_input` for another limit.
pub async fn username_case_conflicts(ctx: &Ctx, limit: i64) -> Result<CaseConflicts> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    checks.range("limit", limit, 1, 100);
    checks.finish()?;
    let (total, samples) = ctx
        .list((ctx.tenant.id.clone(), limit), |(tenant, limit), tx| {
            Box::pin(user_rows::username_case_conflicts(tx, tenant, *limit))
        })
        .await?;
    Ok(CaseConflicts { total, samples })
}
