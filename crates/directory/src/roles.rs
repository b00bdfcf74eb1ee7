//! Roles: what they allow, and who holds them.

mod held;
mod holders;
mod scopes;

pub use held::{
    Assigned, add_to_application, add_to_user, of_application, of_user, replace_of_application, replace_of_user,
    take_from_application, take_from_user,
};
pub use holders::{applications_of, give_to_applications, give_to_users, users_of};
pub use scopes::{add_scopes, remove_scope, scopes};

use crate::checks::Checks;
use crate::{Listing, Page, author, no_such};
use scopes::check_scopes;
use soleira_core::model::{Role, RoleType};
use soleira_core::{Code, EntropyExt, Error, Result, RoleId, ScopeId, TenantId};
use soleira_runtime::Ctx;
use soleira_store::{Error as StoreError, Tx, Verdict, roles, unit};

/// What a role can be searched by, which of them a list has, and who holds one.
pub use soleira_store::roles::{FIELDS, Filter, Holders};

/// The roles of a filter, newest first. Internal roles are in no list.
pub async fn list(ctx: &Ctx, filter: Filter, page: Option<Page>) -> Result<Listing<Role>> {
    ctx.require_administrator()?;
    ctx.list((ctx.tenant.id.clone(), filter, page), |(tenant, filter, page), tx| {
        Box::pin(async move {
            let rows = roles::list(tx, tenant, filter, *page).await?;
            let total = match page {
                Some(_) => Some(roles::count(tx, tenant, filter).await?),
                None => None,
            };
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// The roles of a filter with who holds them, newest first.
pub async fn list_with_holders(ctx: &Ctx, filter: Filter, page: Page) -> Result<Listing<(Role, Holders)>> {
    ctx.require_administrator()?;
    ctx.list((ctx.tenant.id.clone(), filter, page), |(tenant, filter, page), tx| {
        Box::pin(async move {
            let total = Some(roles::count(tx, tenant, filter).await?);
            let mut rows = Vec::new();
            for role in roles::list(tx, tenant, filter, Some(*page)).await? {
                let holders = roles::holders(tx, tenant, &role.id).await?;
                rows.push((role, holders));
            }
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// The role of an identifier.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn get(ctx: &Ctx, id: &RoleId) -> Result<Role> {
    ctx.require_administrator()?;
    let found = roles::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    found.ok_or_else(|| no_such("roles", id.as_str()))
}

/// Longest name, and longest description, in characters.
const TEXT_MAX: usize = 128;
/// What the names of roles that the server keeps for itself begin with.
const INTERNAL: &str = "#internal:";
/// How many identifiers a request may name.
const IDS_MAX: usize = 10_000;

/// A role to create.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// Unique in the tenant, 1 to 128 characters.
    pub name: String,
    /// What it is for, 1 to 128 characters.
    pub description: String,
    /// Who can hold it; it never changes.
    pub kind: RoleType,
    /// Whether every new user gets it.
    pub is_default: bool,
    /// The permissions that it begins with.
    pub scope_ids: Vec<ScopeId>,
}

/// A change of a role.
#[derive(Debug, Clone, Default)]
pub struct RolePatch {
    /// Unique in the tenant.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether every new user gets it.
    pub is_default: Option<bool>,
}

/// Creates a role with its first permissions.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields, `role.management_api_scopes_not_assignable_to_user_role`; 422
/// `role.name_in_use`; 404 `entity.not_exists_with_id` for an unknown permission; 403 `role.internal_role_violation` for
/// a name that is kept for internal roles.
pub async fn create(ctx: &Ctx, new: NewRole) -> Result<Role> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    checks.length("name", &new.name, 1, TEXT_MAX);
    checks.length("description", &new.description, 1, TEXT_MAX);
    checks.finish()?;
    check_ids("scopeIds", &new.scope_ids, 0)?;
    refuse_internal(&new.name)?;
    let role = Role {
        tenant_id: ctx.tenant.id.clone(),
        id: RoleId(ctx.entropy().standard_id()),
        name: new.name,
        description: new.description,
        kind: new.kind,
        is_default: new.is_default,
    };
    ctx.write_config(unit(
        (author(ctx), role, new.scope_ids),
        |(author, role, scopes), tx| {
            Box::pin(async move {
                roles::insert(tx, author, role)
                    .await
                    .map_err(|error| taken(error, &role.name))?;
                check_scopes(tx, role, scopes).await?;
                for scope in scopes {
                    roles::add_scope(tx, author, &role.tenant_id, &role.id, scope)
                        .await
                        .map_err(vanished)?;
                }
                Ok(Verdict::Accept(role.clone()))
            })
        },
    ))
    .await
}

/// Changes a role.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 400 `guard.invalid_input` naming the fields; 422 `role.name_in_use`; 403
/// `role.internal_role_violation`.
pub async fn patch(ctx: &Ctx, id: &RoleId, patch: RolePatch) -> Result<Role> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    if let Some(name) = &patch.name {
        checks.length("name", name, 1, TEXT_MAX);
    }
    if let Some(description) = &patch.description {
        checks.length("description", description, 1, TEXT_MAX);
    }
    checks.finish()?;
    patch.name.as_deref().map_or(Ok(()), refuse_internal)?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), patch),
        |(author, tenant, id, patch), tx| {
            Box::pin(async move {
                let before = lock_changeable(tx, tenant, id).await?;
                let mut after = before.clone();
                if let Some(name) = &patch.name {
                    after.name.clone_from(name);
                }
                if let Some(description) = &patch.description {
                    after.description.clone_from(description);
                }
                if let Some(is_default) = patch.is_default {
                    after.is_default = is_default;
                }
                if after != before {
                    roles::update(tx, author, &before, &after)
                        .await
                        .map_err(|error| taken(error, &after.name))?;
                }
                Ok(Verdict::Accept(after))
            })
        },
    ))
    .await
}

/// Deletes a role: whoever held it loses it.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 403 `role.internal_role_violation`.
pub async fn delete(ctx: &Ctx, id: &RoleId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                let role = lock_changeable(tx, tenant, id).await?;
                roles::delete(tx, author, &role).await?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// The role, locked until the unit ends.
async fn lock(tx: &mut Tx<'_>, tenant: &TenantId, id: &RoleId) -> soleira_store::Result<Role> {
    tx.lock(&format!("role:{tenant}:{id}")).await?;
    let found = roles::find(tx, tenant, id).await?;
    Ok(found.ok_or_else(|| no_such("roles", id.as_str()))?)
}

/// As [`lock`], refusing the roles that the server keeps for itself.
async fn lock_changeable(tx: &mut Tx<'_>, tenant: &TenantId, id: &RoleId) -> soleira_store::Result<Role> {
    let role = lock(tx, tenant, id).await?;
    refuse_internal(&role.name)?;
    Ok(role)
}

fn refuse_internal(name: &str) -> Result<()> {
    if name.starts_with(INTERNAL) {
        Err(Code::RoleInternalRoleViolation.into())
    } else {
        Ok(())
    }
}

fn taken(error: StoreError, name: &str) -> StoreError {
    if error.is_unique("roles__name") {
        Error::new(Code::RoleNameInUse).with("name", name).into()
    } else {
        error
    }
}

/// What a role was given to, or was given, may be deleted at the same moment.
fn vanished(error: StoreError) -> StoreError {
    match error {
        StoreError::ForeignKey(_) => Error::new(Code::EntityRelationForeignKeyNotFound).into(),
        other => other,
    }
}

/// Refuses a list of identifiers that is too short or too long, and empty identifiers in it.
fn check_ids<T: AsRef<str>>(name: &str, ids: &[T], min: usize) -> Result<()> {
    let mut checks = Checks::default();
    if ids.len() < min {
        checks.add(
            name,
            "too_small",
            &format!("Array must contain at least {min} element(s)"),
        );
    } else if ids.len() > IDS_MAX {
        checks.add(
            name,
            "too_big",
            &format!("Array must contain at most {IDS_MAX} element(s)"),
        );
    } else {
        for (index, id) in ids.iter().enumerate() {
            checks.length(&format!("{name}.{index}"), id.as_ref(), 1, 128);
        }
    }
    checks.finish()
}
