//! Giving roles to users and to machine-to-machine applications, seen from those who hold them.

use super::{INTERNAL, check_ids, list, vanished};
use crate::applications::get as get_application;
use crate::{Listing, Page, Search, author, no_such};
use soleira_core::model::{ApplicationType, Role, RoleType};
use soleira_core::{ApplicationId, Code, Error, Result, RoleId, TenantId, UserId};
use soleira_runtime::Ctx;
use soleira_store::roles::{self, Filter};
use soleira_store::{Author, Tx, Verdict, unit, users};
use std::collections::HashSet;

/// What assigning roles did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The roles that were asked for.
    pub role_ids: Vec<RoleId>,
    /// Those of them that were not held before.
    pub added_role_ids: Vec<RoleId>,
}

/// Which of the wanted roles take the place of those held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// They come to what is held.
    Add,
    /// What is held and not wanted goes.
    Replace,
}

/// The roles of an application, a page of them.
///
/// # Errors
/// 422 `application.invalid_type` unless it is a machine-to-machine application.
pub async fn of_application(
    ctx: &Ctx,
    application: &ApplicationId,
    search: Search,
    page: Page,
) -> Result<Listing<Role>> {
    require_machine(ctx, application).await?;
    let filter = Filter {
        of_application: Some(application.clone()),
        search,
        ..Filter::default()
    };
    list(ctx, filter, Some(page)).await
}

async fn require_machine(ctx: &Ctx, application: &ApplicationId) -> Result<()> {
    if get_application(ctx, application).await?.kind == ApplicationType::MachineToMachine {
        Ok(())
    } else {
        Err(Code::ApplicationInvalidType.into())
    }
}

/// Gives roles to a machine-to-machine application; those that it holds already stay.
///
/// # Errors
/// 422 `application.invalid_type`, `application.invalid_role_type`; 404 for an unknown role or application.
pub async fn add_to_application(ctx: &Ctx, application: &ApplicationId, ids: Vec<RoleId>) -> Result<Assigned> {
    assign_to_application(ctx, application, ids, Manner::Add).await
}

/// Makes these roles the ones that a machine-to-machine application holds.
///
/// # Errors
/// Those of [`add_to_application`], and 400 for no roles at all.
pub async fn replace_of_application(ctx: &Ctx, application: &ApplicationId, ids: Vec<RoleId>) -> Result<Assigned> {
    check_ids("roleIds", &ids, 1)?;
    assign_to_application(ctx, application, ids, Manner::Replace).await
}

async fn assign_to_application(
    ctx: &Ctx,
    application: &ApplicationId,
    ids: Vec<RoleId>,
    manner: Manner,
) -> Result<Assigned> {
    ctx.require_administrator()?;
    require_machine(ctx, application).await?;
    check_ids("roleIds", &ids, 0)?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), application.clone(), ids, manner),
        |(author, tenant, application, ids, manner), tx| {
            Box::pin(async move {
                check_types(
                    tx,
                    tenant,
                    ids,
                    RoleType::MachineToMachine,
                    Code::ApplicationInvalidRoleType,
                )
                .await?;
                tx.lock(&format!("application:{tenant}:{application}")).await?;
                if *manner == Manner::Replace {
                    for held in roles::of_application(tx, tenant, application).await? {
                        if !ids.contains(&held.id) && !held.name.starts_with(INTERNAL) {
                            roles::take_from_application(tx, author, tenant, application, &held.id).await?;
                        }
                    }
                }
                let mut added = Vec::new();
                for id in ids {
                    let given = roles::give_to_application(tx, author, tenant, application, id).await;
                    if given.map_err(vanished)? {
                        added.push(id.clone());
                    }
                }
                Ok(Verdict::Accept(Assigned {
                    role_ids: ids.clone(),
                    added_role_ids: added,
                }))
            })
        },
    ))
    .await
}

/// Takes a role from an application.
///
/// # Errors
/// 404 `entity.not_found` if it does not hold it; 422 `application.invalid_type`.
pub async fn take_from_application(ctx: &Ctx, application: &ApplicationId, role: &RoleId) -> Result<()> {
    ctx.require_administrator()?;
    require_machine(ctx, application).await?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), application.clone(), role.clone()),
        |(author, tenant, application, role), tx| {
            Box::pin(async move {
                if !roles::take_from_application(tx, author, tenant, application, role).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// The roles of a user, a page of them.
///
/// # Errors
/// 404 `entity.not_found` for an unknown user.
pub async fn of_user(ctx: &Ctx, user: &UserId, search: Search, page: Page) -> Result<Listing<Role>> {
    crate::users::get(ctx, user).await?;
    let filter = Filter {
        kind: Some(RoleType::User),
        of_user: Some(user.clone()),
        search,
        ..Filter::default()
    };
    list(ctx, filter, Some(page)).await
}

/// Gives roles to a user; those that they hold already stay.
///
/// # Errors
/// 422 `user.invalid_role_type`; 404 for an unknown role or user.
pub async fn add_to_user(ctx: &Ctx, user: &UserId, ids: Vec<RoleId>) -> Result<Assigned> {
    assign_to_user(ctx, user, ids, Manner::Add).await
}

/// Makes these roles the ones that a user holds; none at all if there are none.
///
/// # Errors
/// Those of [`add_to_user`].
pub async fn replace_of_user(ctx: &Ctx, user: &UserId, ids: Vec<RoleId>) -> Result<Assigned> {
    assign_to_user(ctx, user, ids, Manner::Replace).await
}

async fn assign_to_user(ctx: &Ctx, user: &UserId, ids: Vec<RoleId>, manner: Manner) -> Result<Assigned> {
    ctx.require_administrator()?;
    check_ids("roleIds", &ids, 0)?;
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), user.clone(), ids, manner),
        |(author, tenant, user, ids, manner), tx| {
            Box::pin(async move {
                tx.lock(&format!("user:{tenant}:{user}")).await?;
                if users::find(tx, tenant, user).await?.is_none() {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                check_types(tx, tenant, ids, RoleType::User, Code::UserInvalidRoleType).await?;
                if *manner == Manner::Replace {
                    take_others(tx, author, tenant, user, ids).await?;
                }
                let mut added = Vec::new();
                for id in ids {
                    if roles::give_to_user(tx, author, tenant, user, id)
                        .await
                        .map_err(vanished)?
                    {
                        added.push(id.clone());
                    }
                }
                Ok(Verdict::Accept(Assigned {
                    role_ids: ids.clone(),
                    added_role_ids: added,
                }))
            })
        },
    ))
    .await
}

async fn take_others(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    user: &UserId,
    wanted: &[RoleId],
) -> soleira_store::Result<()> {
    for held in roles::of_user(tx, tenant, user).await? {
        if !wanted.contains(&held.id) {
            roles::take_from_user(tx, author, tenant, user, &held.id).await?;
        }
    }
    Ok(())
}

/// Takes a role from a user.
///
/// # Errors
/// 404 `entity.not_found` if they do not hold it.
pub async fn take_from_user(ctx: &Ctx, user: &UserId, role: &RoleId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), user.clone(), role.clone()),
        |(author, tenant, user, role), tx| {
            Box::pin(async move {
                if !roles::take_from_user(tx, author, tenant, user, role).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// Refuses unless all of these roles exist and are of the type that the holder can have.
async fn check_types(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    ids: &[RoleId],
    kind: RoleType,
    refusal: Code,
) -> soleira_store::Result<()> {
    let found = roles::find_all(tx, tenant, ids).await?;
    let known: HashSet<&RoleId> = found.iter().map(|role| &role.id).collect();
    if let Some(unknown) = ids.iter().find(|id| !known.contains(id)) {
        return Err(no_such("roles", unknown.as_str()).into());
    }
    if found.iter().any(|role| role.kind != kind) {
        return Err(Error::new(refusal).into());
    }
    Ok(())
}
