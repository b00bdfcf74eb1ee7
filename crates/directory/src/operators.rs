//! Operators: the users of the admin tenant who may administer a tenant, and the first of them.

use crate::tenants::admin::{ORGANIZATION_ADMIN, USER_ROLE};
use crate::tenants::member::{operator_role, operators_organization};
use crate::users::{self, NewPassword, NewUser};
use crate::{author, sign_in_experience};
use serde_json::json;
use soleira_core::model::{SignInMode, User};
use soleira_core::rules::password::UserInfo;
use soleira_core::rules::username;
use soleira_core::{Code, Error, Result, Secret, TenantId, UserId};
use soleira_runtime::{Ctx, tenant};
use soleira_store::organizations::members;
use soleira_store::{Verdict, installation, roles, sign_in_experience as experiences, unit};

/// What the installation remembers of who became the first operator.
const FIRST: &str = "operator.first";

fn admin() -> TenantId {
    TenantId::from(tenant::ADMIN)
}

/// The tenant that a new installation is for: its operators are the installation's.
fn default_tenant() -> TenantId {
    TenantId::from(tenant::DEFAULT)
}

/// Whether a user of the admin tenant may administer the installation at this moment: they exist, are not suspended,
/// and hold the role. Asked at every request of the Console.
pub async fn is_operator(ctx: &Ctx, user: &UserId) -> Result<bool> {
    let role = operator_role(&default_tenant());
    Ok(roles::is_held_by_active_user(&mut ctx.read().await?.tx(), &admin(), user, &role).await?)
}

/// Whether the first operator was made. If not, the welcome page makes it; afterwards it makes nobody, even when nobody
/// can sign in any more: `soleira admin reset-password` is the way back in.
pub async fn exists(ctx: &Ctx) -> Result<bool> {
    Ok(installation::find(&mut ctx.read().await?.tx(), FIRST).await?.is_some())
}

/// Creates the first operator, exactly once: whoever comes second is refused, however close behind. From then on the
/// admin tenant's registration is closed.
///
/// # Errors
/// 403 `auth.forbidden` when the installation has an operator; 422 `user.username_…` and `password.rejected` by the
/// admin tenant's policies.
pub async fn claim_first(ctx: &Ctx, name: &str, password: Secret) -> Result<User> {
    if !ctx.tenant.is_admin() {
        return Err(Code::AuthForbidden.into());
    }
    let experience = sign_in_experience::get(ctx).await?;
    username::check(&experience.username_policy, name).map_err(|violation| Error::new(violation.code()))?;
    let info = UserInfo {
        username: Some(name),
        ..UserInfo::default()
    };
    let issues = sign_in_experience::check_password(ctx, &experience, password.expose(), &info)?;
    if !issues.is_empty() {
        return Err(Error::new(Code::PasswordRejected).with_data(json!(issues)));
    }
    // Refused before anything is hashed; the unit below decides.
    if exists(ctx).await? {
        return Err(Code::AuthForbidden.into());
    }
    let mut new = NewUser::new(ctx);
    new.username = Some(name.to_owned());
    new.password = Some(users::hash(ctx, NewPassword::Plain(password)).await?);
    ctx.write_config(unit((author(ctx), new), |(author, new), tx| {
        Box::pin(async move {
            let (admin, tenant) = (admin(), default_tenant());
            // The primary key of `installation` lets one claim through.
            let first = installation::claim(tx, FIRST, new.id.as_str().as_bytes()).await?;
            if first != new.id.as_str().as_bytes() {
                return Err(Error::new(Code::AuthForbidden).into());
            }
            let user = users::insert(tx, author, &admin, new).await?;
            for name in [USER_ROLE, &operator_role(&tenant)] {
                let role = roles::find_by_name(tx, &admin, name).await?;
                let role = role.ok_or_else(|| Error::internal("the operators' roles are not seeded"))?;
                roles::give_to_user(tx, author, &admin, &user.id, &role.id).await?;
            }
            let organization = operators_organization(&tenant);
            let membership = [organization.as_str(), user.id.as_str()];
            members::of::<UserId>().add(tx, author, &admin, &membership).await?;
            let role = [organization.as_str(), user.id.as_str(), ORGANIZATION_ADMIN];
            members::roles_of::<UserId>().add(tx, author, &admin, &role).await?;
            if let Some(before) = experiences::lock(tx, &admin).await? {
                let mut after = before.clone();
                after.sign_in_mode = SignInMode::SignIn;
                experiences::update(tx, author, &before, &after).await?;
            }
            Ok(Verdict::Accept(user))
        })
    }))
    .await
}

/// Gives an operator who is locked out a new password, by username or e-mail address: lifts a suspension and ends every
/// session. For the command line, which needs no password to act.
///
/// # Errors
/// 404 `user.user_not_exist`; those of [`users::hash`].
pub async fn reset_password(ctx: &Ctx, identifier: &str, password: Secret) -> Result<User> {
    ctx.require_administrator()?;
    if !ctx.tenant.is_admin() {
        return Err(Code::AuthForbidden.into());
    }
    let found = match users::find_by_username(ctx, identifier).await? {
        Some(user) => Some(user),
        None => users::find_by_email(ctx, identifier).await?,
    };
    let user = found.ok_or_else(|| Error::new(Code::UserUserNotExist))?;
    Ok(users::reset_password(ctx, &user.id, password).await?.user)
}
