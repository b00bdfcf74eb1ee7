//! Who holds a role, seen from the role.

use super::{check_ids, get, lock, vanished};
use crate::applications::list as list_applications;
use crate::users::{UserWithIdentities, list as list_users};
use crate::{Listing, Page, Search, author, no_such};
use soleira_core::model::{Application, ApplicationType, RoleType};
use soleira_core::{ApplicationId, Code, Error, Result, RoleId, UserId};
use soleira_runtime::Ctx;
use soleira_store::{Error as StoreError, Verdict, applications, roles, unit, users};
use std::collections::BTreeSet;

/// The users who hold a role, newest first, a page of them.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown role.
pub async fn users_of(ctx: &Ctx, role: &RoleId, search: Search, page: Page) -> Result<Listing<UserWithIdentities>> {
    get(ctx, role).await?;
    let filter = users::Filter {
        with_role: Some(role.clone()),
        search,
        ..users::Filter::default()
    };
    list_users(ctx, filter, Some(page)).await
}

/// Gives a role to users.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown role, `entity.not_found` for an unknown user; 400
/// `guard.invalid_input` for nobody; 422 `role.user_exists` for one who holds it, `entity.db_constraint_violated` for a
/// role of machines. Then nobody gets it.
pub async fn give_to_users(ctx: &Ctx, role: &RoleId, ids: Vec<UserId>) -> Result<()> {
    ctx.require_administrator()?;
    check_ids("userIds", &ids, 1)?;
    let ids: BTreeSet<UserId> = ids.into_iter().collect();
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), role.clone(), ids),
        |(author, tenant, role, ids), tx| {
            Box::pin(async move {
                if lock(tx, tenant, role).await?.kind != RoleType::User {
                    return Err(Error::new(Code::EntityDbConstraintViolated).into());
                }
                for user in ids {
                    match roles::give_to_user(tx, author, tenant, user, role).await {
                        Ok(true) => {}
                        Ok(false) => return Err(Error::new(Code::RoleUserExists).with("userId", user).into()),
                        Err(StoreError::ForeignKey(_)) => return Err(Error::new(Code::EntityNotFound).into()),
                        Err(error) => return Err(error),
                    }
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// The applications that hold a role, newest first, a page of them.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown role.
pub async fn applications_of(ctx: &Ctx, role: &RoleId, search: Search, page: Page) -> Result<Listing<Application>> {
    get(ctx, role).await?;
    let filter = applications::Filter {
        with_role: Some(role.clone()),
        search,
        ..applications::Filter::default()
    };
    list_applications(ctx, filter, Some(page)).await
}

/// Gives a role to machine-to-machine applications.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown role or application; 400 `guard.invalid_input` for none; 422
/// `role.application_exists` for one that holds it, `application.invalid_type` for another type of application,
/// `entity.db_constraint_violated` for a role of people. Then none gets it.
pub async fn give_to_applications(ctx: &Ctx, role: &RoleId, ids: Vec<ApplicationId>) -> Result<()> {
    ctx.require_administrator()?;
    check_ids("applicationIds", &ids, 1)?;
    let ids: BTreeSet<ApplicationId> = ids.into_iter().collect();
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), role.clone(), ids),
        |(author, tenant, role, ids), tx| {
            Box::pin(async move {
                if lock(tx, tenant, role).await?.kind != RoleType::MachineToMachine {
                    return Err(Error::new(Code::EntityDbConstraintViolated).into());
                }
                for id in ids {
                    let application = applications::find(tx, tenant, id).await?;
                    let application = application.ok_or_else(|| no_such("applications", id.as_str()))?;
                    if application.kind != ApplicationType::MachineToMachine {
                        return Err(Error::new(Code::ApplicationInvalidType).into());
                    }
                    let given = roles::give_to_application(tx, author, tenant, id, role).await;
                    if !given.map_err(vanished)? {
                        let error = Error::new(Code::RoleApplicationExists);
                        return Err(error.with("applicationId", id).into());
                    }
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}
