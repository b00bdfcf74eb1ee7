//! The permissions of a role.

use super::{check_ids, lock_changeable, vanished};
use crate::resources::is_management_api;
use crate::{Listing, Page, Search, author, no_such};
use soleira_core::model::{Resource, Role, RoleType, Scope};
use soleira_core::{Code, Error, ResourceId, Result, RoleId, ScopeId, TenantId};
use soleira_runtime::Ctx;
use soleira_store::scopes::{self, Filter};
use soleira_store::{Tx, Verdict, resources, roles, unit};
use std::collections::{HashMap, HashSet};

/// The permissions of a role with their resources, newest first: a page of them and how many there are, or all.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown role.
pub async fn scopes(
    ctx: &Ctx,
    role: &RoleId,
    search: Search,
    page: Option<Page>,
) -> Result<Listing<(Scope, Resource)>> {
    super::get(ctx, role).await?;
    let filter = Filter {
        of_role: Some(role.clone()),
        search,
        ..Filter::default()
    };
    ctx.list((ctx.tenant.id.clone(), filter, page), |(tenant, filter, page), tx| {
        Box::pin(async move {
            let found = scopes::list(tx, tenant, filter, *page).await?;
            let total = match page {
                Some(_) => Some(scopes::count(tx, tenant, filter).await?),
                None => None,
            };
            let resources = resources_of(tx, tenant, &found).await?;
            let rows = found
                .into_iter()
                .filter_map(|scope| {
                    let resource = resources.get(&scope.resource_id)?.clone();
                    Some((scope, resource))
                })
                .collect();
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// Gives permissions to a role; answers all that it has then, newest first.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown role or permission; 400 `guard.invalid_input` for none at all,
/// `role.management_api_scopes_not_assignable_to_user_role`; 422 `role.scope_exists` for one that it has; 403
/// `role.internal_role_violation`.
pub async fn add_scopes(ctx: &Ctx, role: &RoleId, ids: Vec<ScopeId>) -> Result<Vec<Scope>> {
    ctx.require_administrator()?;
    check_ids("scopeIds", &ids, 1)?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), role.clone(), ids),
        |(author, tenant, role, ids), tx| {
            Box::pin(async move {
                let role = lock_changeable(tx, tenant, role).await?;
                check_scopes(tx, &role, ids).await?;
                for scope in ids.iter().collect::<HashSet<_>>() {
                    let added = roles::add_scope(tx, author, tenant, &role.id, scope).await;
                    if !added.map_err(vanished)? {
                        return Err(Error::new(Code::RoleScopeExists).with("scopeId", scope).into());
                    }
                }
                let filter = Filter {
                    of_role: Some(role.id),
                    ..Filter::default()
                };
                Ok(Verdict::Accept(scopes::list(tx, tenant, &filter, None).await?))
            })
        },
    ))
    .await
}

/// Takes a permission from a role.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown role, `entity.not_found` for a permission that it does not have; 403
/// `role.internal_role_violation`.
pub async fn remove_scope(ctx: &Ctx, role: &RoleId, scope: &ScopeId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), role.clone(), scope.clone()),
        |(author, tenant, role, scope), tx| {
            Box::pin(async move {
                lock_changeable(tx, tenant, role).await?;
                if !roles::remove_scope(tx, author, tenant, role, scope).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// Refuses permissions that are not there, and, for roles of people, those of a Management API.
pub(super) async fn check_scopes(tx: &mut Tx<'_>, role: &Role, ids: &[ScopeId]) -> soleira_store::Result<()> {
    let tenant = &role.tenant_id;
    let found = scopes::find_all(tx, tenant, ids).await?;
    let known: HashSet<&ScopeId> = found.iter().map(|scope| &scope.id).collect();
    if let Some(unknown) = ids.iter().find(|id| !known.contains(id)) {
        return Err(no_such("scopes", unknown.as_str()).into());
    }
    if role.kind == RoleType::User {
        let resources = resources_of(tx, tenant, &found).await?;
        if resources
            .values()
            .any(|resource| is_management_api(&resource.indicator))
        {
            return Err(Error::new(Code::RoleManagementApiScopesNotAssignableToUserRole).into());
        }
    }
    Ok(())
}

async fn resources_of(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    scopes: &[Scope],
) -> soleira_store::Result<HashMap<ResourceId, Resource>> {
    let ids: HashSet<&ResourceId> = scopes.iter().map(|scope| &scope.resource_id).collect();
    let ids: Vec<&ResourceId> = ids.into_iter().collect();
    let found = resources::find_all(tx, tenant, &ids).await?;
    Ok(found
        .into_iter()
        .map(|resource| (resource.id.clone(), resource))
        .collect())
}
