//! Permissions of an API resource.

use super::lock_changeable;
use crate::checks::Checks;
use crate::{Change, Listing, Page, Search, author};
use soleira_core::model::Scope;
use soleira_core::{Code, EntropyExt, Error, ResourceId, Result, ScopeId, TenantId};
use soleira_runtime::Ctx;
use soleira_store::scopes::{self, Filter};
use soleira_store::{Error as StoreError, Tx, Verdict, unit};

/// What a permission can be searched by.
pub use soleira_store::scopes::FIELDS as SCOPE_FIELDS;

/// Longest name of a permission, in characters.
const NAME_MAX: usize = 256;

/// A permission to create.
#[derive(Debug, Clone)]
pub struct NewScope {
    /// The name that tokens carry: 1 to 256 characters without blanks, unique in the resource.
    pub name: String,
    /// What it allows.
    pub description: Option<String>,
}

/// A change of a permission.
#[derive(Debug, Clone, Default)]
pub struct ScopePatch {
    /// The name that tokens carry.
    pub name: Option<String>,
    /// What it allows.
    pub description: Change<String>,
}

/// The permissions of a resource, newest first, a page of them. A resource that is not there has none.
pub async fn scopes(ctx: &Ctx, resource: &ResourceId, search: Search, page: Page) -> Result<Listing<Scope>> {
    ctx.require_administrator()?;
    let filter = Filter {
        of_resource: Some(resource.clone()),
        search,
        ..Filter::default()
    };
    ctx.list((ctx.tenant.id.clone(), filter, page), |(tenant, filter, page), tx| {
        Box::pin(async move {
            Ok(Listing {
                total: Some(scopes::count(tx, tenant, filter).await?),
                rows: scopes::list(tx, tenant, filter, Some(*page)).await?,
            })
        })
    })
    .await
}

/// Creates a permission.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown resource; 400 `guard.invalid_input`, `scope.name_with_space`,
/// `resource.cannot_modify_management_api`; 422 `scope.name_exists`.
pub async fn create_scope(ctx: &Ctx, resource: &ResourceId, new: NewScope) -> Result<Scope> {
    ctx.require_administrator()?;
    check_name(&new.name)?;
    let scope = Scope {
        tenant_id: ctx.tenant.id.clone(),
        id: ScopeId(ctx.entropy().standard_id()),
        resource_id: resource.clone(),
        name: new.name,
        description: new.description,
        created_at: ctx.now(),
    };
    ctx.write_config(unit((author(ctx), scope), |(author, scope), tx| {
        Box::pin(async move {
            lock_changeable(tx, &scope.tenant_id, &scope.resource_id).await?;
            scopes::insert(tx, author, scope)
                .await
                .map_err(|error| taken(error, &scope.name))?;
            Ok(Verdict::Accept(scope.clone()))
        })
    }))
    .await
}

/// Changes a permission.
///
/// # Errors
/// Those of [`create_scope`]; 404 `entity.not_exists` for a permission that the resource does not have.
pub async fn patch_scope(ctx: &Ctx, resource: &ResourceId, id: &ScopeId, patch: ScopePatch) -> Result<Scope> {
    ctx.require_administrator()?;
    if let Some(name) = &patch.name {
        check_name(name)?;
    }
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), resource.clone(), id.clone(), patch),
        |(author, tenant, resource, id, patch), tx| {
            Box::pin(async move {
                lock_changeable(tx, tenant, resource).await?;
                let before = of(tx, tenant, resource, id)
                    .await?
                    .ok_or_else(|| Error::new(Code::EntityNotExists))?;
                let mut after = before.clone();
                if let Some(name) = &patch.name {
                    after.name.clone_from(name);
                }
                if let Some(description) = &patch.description {
                    after.description.clone_from(description);
                }
                if after != before {
                    scopes::update(tx, author, &before, &after)
                        .await
                        .map_err(|error| taken(error, &after.name))?;
                }
                Ok(Verdict::Accept(after))
            })
        },
    ))
    .await
}

/// Deletes a permission, which every role loses.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown resource, `entity.not_found` for a permission that it does not have;
/// 400 `resource.cannot_modify_management_api`.
pub async fn delete_scope(ctx: &Ctx, resource: &ResourceId, id: &ScopeId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), resource.clone(), id.clone()),
        |(author, tenant, resource, id), tx| {
            Box::pin(async move {
                lock_changeable(tx, tenant, resource).await?;
                let scope = of(tx, tenant, resource, id)
                    .await?
                    .ok_or_else(|| Error::new(Code::EntityNotFound))?;
                scopes::delete(tx, author, &scope).await?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// The permission, if it is one of the resource.
async fn of(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    resource: &ResourceId,
    id: &ScopeId,
) -> soleira_store::Result<Option<Scope>> {
    let found = scopes::find(tx, tenant, id).await?;
    Ok(found.filter(|scope| scope.resource_id == *resource))
}

/// RFC 6749 §3.3: a scope is a list of names with blanks between them, so that a name has none.
fn check_name(name: &str) -> Result<()> {
    let mut checks = Checks::default();
    checks.length("name", name, 1, NAME_MAX);
    checks.finish()?;
    if name.contains(char::is_whitespace) {
        return Err(Code::ScopeNameWithSpace.into());
    }
    Ok(())
}

fn taken(error: StoreError, name: &str) -> StoreError {
    if error.is_unique("scopes__name") {
        Error::new(Code::ScopeNameExists).with("name", name).into()
    } else {
        error
    }
}
