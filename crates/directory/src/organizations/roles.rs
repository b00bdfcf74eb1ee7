//! Roles that members hold in organizations, and what they allow: permissions in organizations and permissions on API
//! resources. All organizations of a tenant share them.

use super::{check_texts, no_relation, refused};
use crate::checks::Checks;
use crate::resources::is_management_api;
use crate::{Change, Listing, Page, Search, author};
use soleira_core::model::{OrganizationRole, OrganizationScope, RoleType, Scope};
use soleira_core::{Code, EntropyExt, Error, OrganizationRoleId, OrganizationScopeId, Result, ScopeId, TenantId};
use soleira_runtime::Ctx;
use soleira_store::organizations::template;
use soleira_store::{Tx, Verdict, consent_scopes, unit};

/// What a role can be searched by, and what one gives, as lists show it.
pub use soleira_store::organizations::template::{GivenResourceScope, GivenScope, ROLE_FIELDS as FIELDS};

/// What a role can give, with what the wire calls a list of its identifiers.
pub trait Permission: template::Permission {
    #[doc(hidden)]
    const IDS: &'static str;
    #[doc(hidden)]
    fn at_resources(ids: &[Self]) -> &[ScopeId];
}

impl Permission for OrganizationScopeId {
    const IDS: &'static str = "organizationScopeIds";

    fn at_resources(_: &[Self]) -> &[ScopeId] {
        &[]
    }
}

impl Permission for ScopeId {
    const IDS: &'static str = "scopeIds";

    fn at_resources(ids: &[Self]) -> &[ScopeId] {
        ids
    }
}

/// A role to create.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// Unique in the tenant, 1 to 128 characters.
    pub name: String,
    /// What it is for, at most 256 characters.
    pub description: Option<String>,
    /// Who can hold it.
    pub kind: RoleType,
    /// The permissions in organizations that it begins with.
    pub organization_scope_ids: Vec<OrganizationScopeId>,
    /// The permissions on API resources that it begins with.
    pub resource_scope_ids: Vec<ScopeId>,
}

/// A change of a role.
#[derive(Debug, Clone, Default)]
pub struct RolePatch {
    /// Unique in the tenant, 1 to 128 characters.
    pub name: Option<String>,
    /// What it is for, at most 256 characters.
    pub description: Change<String>,
    /// Who can hold it: changes only while nobody does.
    pub kind: Option<RoleType>,
}

impl RolePatch {
    fn apply(&self, before: &OrganizationRole) -> OrganizationRole {
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        if let Some(kind) = self.kind {
            after.kind = kind;
        }
        after
    }
}

/// A role and what it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleWithScopes {
    /// The role.
    pub role: OrganizationRole,
    /// Its permissions in organizations, by name.
    pub scopes: Vec<GivenScope>,
    /// Its permissions on API resources, by resource and name.
    pub resource_scopes: Vec<GivenResourceScope>,
}

/// The roles of a search with what they give, by name.
pub async fn list(ctx: &Ctx, search: Search, page: Page) -> Result<Listing<RoleWithScopes>> {
    ctx.require_administrator()?;
    ctx.list((ctx.tenant.id.clone(), search, page), |(tenant, search, page), tx| {
        Box::pin(async move {
            let total = Some(template::count_roles(tx, tenant, search).await?);
            let roles = template::list_roles(tx, tenant, search, Some(*page)).await?;
            let ids: Vec<OrganizationRoleId> = roles.iter().map(|role| role.id.clone()).collect();
            let scopes = template::given_scopes(tx, tenant, &ids).await?;
            let resource_scopes = template::given_resource_scopes(tx, tenant, &ids).await?;
            let rows = roles
                .into_iter()
                .map(|role| RoleWithScopes {
                    scopes: scopes.iter().filter(|given| given.role == role.id).cloned().collect(),
                    resource_scopes: resource_scopes
                        .iter()
                        .filter(|given| given.role == role.id)
                        .cloned()
                        .collect(),
                    role,
                })
                .collect();
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// Creates a role with its first permissions.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields, `role.management_api_scopes_not_assignable_to_user_role`; 422
/// `entity.unique_integrity_violation` for a name that is taken; 422 `entity.relation_foreign_key_not_found` for a
/// permission that does not exist.
pub async fn create(ctx: &Ctx, new: NewRole) -> Result<OrganizationRole> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    check_texts(&mut checks, Some(&new.name), Some(&new.description));
    checks.ids(OrganizationScopeId::IDS, &new.organization_scope_ids, 0);
    checks.ids("resourceScopeIds", &new.resource_scope_ids, 0);
    checks.finish()?;
    let role = OrganizationRole {
        tenant_id: ctx.tenant.id.clone(),
        id: OrganizationRoleId(ctx.entropy().standard_id()),
        name: new.name,
        description: new.description,
        kind: new.kind,
    };
    ctx.write_config(unit(
        (author(ctx), role, new.organization_scope_ids, new.resource_scope_ids),
        |(author, role, scopes, resource_scopes), tx| {
            Box::pin(async move {
                if !template::insert_role(tx, author, role).await? {
                    return Err(Error::new(Code::EntityUniqueIntegrityViolation).into());
                }
                let (tenant, id) = (&role.tenant_id, role.id.as_str());
                check_kind(tx, tenant, role.kind, resource_scopes).await?;
                for scope in scopes {
                    let given = template::permissions::<OrganizationScopeId>();
                    let key = [id, scope.as_str()];
                    given.add(tx, author, tenant, &key).await.map_err(refused)?;
                }
                for scope in resource_scopes {
                    let given = template::permissions::<ScopeId>();
                    let key = [id, scope.as_str()];
                    given.add(tx, author, tenant, &key).await.map_err(refused)?;
                }
                Ok(Verdict::Accept(role.clone()))
            })
        },
    ))
    .await
}

/// The role of an identifier.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn get(ctx: &Ctx, id: &OrganizationRoleId) -> Result<OrganizationRole> {
    ctx.require_administrator()?;
    let found = template::find_role(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    found.ok_or_else(|| Code::EntityNotFound.into())
}

/// Changes a role.
///
/// # Errors
/// 404 `entity.not_exists`; 400 `guard.invalid_input` naming the fields; 422 `entity.unique_integrity_violation` for a
/// name that is taken; 422 `entity.db_constraint_violated` for another type while somebody holds it; 400
/// `role.management_api_scopes_not_assignable_to_user_role` where it gives what people's roles cannot.
pub async fn patch(ctx: &Ctx, id: &OrganizationRoleId, patch: RolePatch) -> Result<OrganizationRole> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    check_texts(&mut checks, patch.name.as_ref(), patch.description.as_ref());
    checks.finish()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), patch),
        |(author, tenant, id, patch), tx| {
            Box::pin(async move {
                template::lock_role(tx, tenant, id).await?;
                let found = template::find_role(tx, tenant, id).await?;
                let before = found.ok_or_else(|| Error::new(Code::EntityNotExists))?;
                let after = patch.apply(&before);
                if after.kind != before.kind && template::is_held(tx, tenant, id).await? {
                    return Err(Error::new(Code::EntityDbConstraintViolated).into());
                }
                if after.kind != before.kind {
                    let given = template::permissions::<ScopeId>()
                        .all(tx, tenant, &[id.as_str()])
                        .await?;
                    let given: Vec<ScopeId> = given.into_iter().map(ScopeId).collect();
                    check_kind(tx, tenant, after.kind, &given).await?;
                }
                template::update_role(tx, author, &before, &after)
                    .await
                    .map_err(refused)?;
                Ok(Verdict::Accept(after))
            })
        },
    ))
    .await
}

/// Deletes a role; members who held it hold it no more.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn delete(ctx: &Ctx, id: &OrganizationRoleId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                if !template::delete_role(tx, author, tenant, id).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// The permissions in organizations that a role gives, by name: a page of them and how many there are, or all.
///
/// # Errors
/// 404 `entity.not_found` for an unknown role.
pub async fn scopes(ctx: &Ctx, role: &OrganizationRoleId, page: Option<Page>) -> Result<Listing<OrganizationScope>> {
    ctx.require_administrator()?;
    ctx.list(
        (ctx.tenant.id.clone(), role.clone(), page),
        |(tenant, role, page), tx| {
            Box::pin(async move {
                Ok(Listing {
                    total: total::<OrganizationScopeId>(tx, tenant, role, *page).await?,
                    rows: template::scopes_of_role(tx, tenant, role, *page).await?,
                })
            })
        },
    )
    .await
}

/// The permissions on API resources that a role gives, by resource and name: a page of them and how many there are, or
/// all.
///
/// # Errors
/// 404 `entity.not_found` for an unknown role.
pub async fn resource_scopes(ctx: &Ctx, role: &OrganizationRoleId, page: Option<Page>) -> Result<Listing<Scope>> {
    ctx.require_administrator()?;
    ctx.list(
        (ctx.tenant.id.clone(), role.clone(), page),
        |(tenant, role, page), tx| {
            Box::pin(async move {
                Ok(Listing {
                    total: total::<ScopeId>(tx, tenant, role, *page).await?,
                    rows: template::resource_scopes_of_role(tx, tenant, role, *page).await?,
                })
            })
        },
    )
    .await
}

/// How many permissions of a kind a role gives, where a page of them is asked for.
async fn total<P: Permission>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    role: &OrganizationRoleId,
    page: Option<Page>,
) -> soleira_store::Result<Option<i64>> {
    if template::find_role(tx, tenant, role).await?.is_none() {
        return Err(Error::new(Code::EntityNotFound).into());
    }
    match page {
        Some(_) => Ok(Some(template::count_permissions::<P>(tx, tenant, role).await?)),
        None => Ok(None),
    }
}

/// Lets a role give permissions; those that it gives already stay.
///
/// # Errors
/// 422 `entity.relation_foreign_key_not_found` for a role or permission that does not exist; 400 for none, and
/// `role.management_api_scopes_not_assignable_to_user_role`.
pub async fn add_permissions<P: Permission>(ctx: &Ctx, role: &OrganizationRoleId, ids: Vec<P>) -> Result<()> {
    ctx.require_administrator()?;
    check_permissions(&ids, 1)?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), role.clone(), ids),
        |(author, tenant, role, ids), tx| {
            Box::pin(async move {
                lock_for(tx, tenant, role, ids).await?;
                for id in ids {
                    let key = [role.as_str(), id.as_ref()];
                    let given = template::permissions::<P>();
                    given.add(tx, author, tenant, &key).await.map_err(refused)?;
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// Makes these the permissions (of their kind) that a role gives.
///
/// # Errors
/// Those of [`add_permissions`]; none at all is fine.
pub async fn replace_permissions<P: Permission>(ctx: &Ctx, role: &OrganizationRoleId, ids: Vec<P>) -> Result<()> {
    ctx.require_administrator()?;
    check_permissions(&ids, 0)?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), role.clone(), ids),
        |(author, tenant, role, ids), tx| {
            Box::pin(async move {
                lock_for(tx, tenant, role, ids).await?;
                template::permissions::<P>()
                    .replace(tx, author, tenant, &[role.as_str()], ids)
                    .await
                    .map_err(refused)?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// Takes a permission from a role.
///
/// # Errors
/// 404 `entity.not_found` if it does not give it.
pub async fn remove_permission<P: Permission>(ctx: &Ctx, role: &OrganizationRoleId, id: &P) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), role.clone(), id.clone()),
        |(author, tenant, role, id), tx| {
            Box::pin(async move {
                let key = [role.as_str(), id.as_ref()];
                if !template::permissions::<P>().remove(tx, author, tenant, &key).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

fn check_permissions<P: Permission>(ids: &[P], at_least: usize) -> Result<()> {
    let mut checks = Checks::default();
    checks.ids(P::IDS, ids, at_least);
    checks.finish()
}

/// Locks a role that is to give permissions, so that it stays of the type that they are checked against.
async fn lock_for<P: Permission>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    role: &OrganizationRoleId,
    ids: &[P],
) -> soleira_store::Result<()> {
    template::lock_role(tx, tenant, role).await?;
    let Some(role) = template::find_role(tx, tenant, role).await? else {
        return Err(no_relation().into());
    };
    check_kind(tx, tenant, role.kind, P::at_resources(ids)).await
}

/// Refuses those permissions of a Management API that a role of people would give: what its members may do in an
/// organization is no reason to administer the tenant.
async fn check_kind(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    kind: RoleType,
    at_resources: &[ScopeId],
) -> soleira_store::Result<()> {
    if kind != RoleType::User || at_resources.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = at_resources.iter().map(ToString::to_string).collect();
    let known = consent_scopes::known_resource_scopes(tx, tenant, &ids).await?;
    if known.iter().any(|(_, indicator)| is_management_api(indicator)) {
        return Err(Error::new(Code::RoleManagementApiScopesNotAssignableToUserRole).into());
    }
    Ok(())
}
