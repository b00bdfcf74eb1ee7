//! Permissions in organizations. All organizations of a tenant share them.

use super::{check_texts, refused};
use crate::checks::Checks;
use crate::{Change, Listing, Page, Search, author, no_such};
use soleira_core::model::OrganizationScope;
use soleira_core::{Code, EntropyExt, Error, OrganizationScopeId, Result};
use soleira_runtime::Ctx;
use soleira_store::organizations::template;
use soleira_store::{Verdict, unit};

/// What a permission can be searched by.
pub use soleira_store::organizations::template::SCOPE_FIELDS as FIELDS;

/// A change of a permission.
#[derive(Debug, Clone, Default)]
pub struct ScopePatch {
    /// The name that tokens carry; unique in the tenant, 1 to 128 characters.
    pub name: Option<String>,
    /// What it allows, at most 256 characters.
    pub description: Change<String>,
}

impl ScopePatch {
    fn check(&self) -> Result<()> {
        let mut checks = Checks::default();
        check_texts(&mut checks, self.name.as_ref(), self.description.as_ref());
        checks.finish()
    }

    fn apply(&self, before: &OrganizationScope) -> OrganizationScope {
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        after
    }
}

/// The permissions of a search, by name: a page of them and how many there are, or all.
pub async fn list(ctx: &Ctx, search: Search, page: Option<Page>) -> Result<Listing<OrganizationScope>> {
    ctx.require_administrator()?;
    ctx.list((ctx.tenant.id.clone(), search, page), |(tenant, search, page), tx| {
        Box::pin(async move {
            let total = match page {
                Some(_) => Some(template::count_scopes(tx, tenant, search).await?),
                None => None,
            };
            let rows = template::list_scopes(tx, tenant, search, *page).await?;
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// Creates a permission of a name, with what else `details` say.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields; 422 `entity.unique_integrity_violation` for a name that is taken.
pub async fn create(ctx: &Ctx, name: String, details: ScopePatch) -> Result<OrganizationScope> {
    ctx.require_administrator()?;
    let details = ScopePatch {
        name: Some(name),
        ..details
    };
    details.check()?;
    let scope = details.apply(&OrganizationScope {
        tenant_id: ctx.tenant.id.clone(),
        id: OrganizationScopeId(ctx.entropy().standard_id()),
        name: String::new(),
        description: None,
    });
    ctx.write_config(unit((author(ctx), scope), |(author, scope), tx| {
        Box::pin(async move {
            if !template::insert_scope(tx, author, scope).await? {
                return Err(Error::new(Code::EntityUniqueIntegrityViolation).into());
            }
            Ok(Verdict::Accept(scope.clone()))
        })
    }))
    .await
}

/// The permission of an identifier.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn get(ctx: &Ctx, id: &OrganizationScopeId) -> Result<OrganizationScope> {
    ctx.require_administrator()?;
    let found = template::find_scope(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    found.ok_or_else(|| no_such("organization_scopes", id.as_str()))
}

/// Changes a permission.
///
/// # Errors
/// 404 `entity.not_exists`; those of [`create`].
pub async fn patch(ctx: &Ctx, id: &OrganizationScopeId, patch: ScopePatch) -> Result<OrganizationScope> {
    ctx.require_administrator()?;
    patch.check()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), patch),
        |(author, tenant, id, patch), tx| {
            Box::pin(async move {
                template::lock_scope(tx, tenant, id).await?;
                let found = template::find_scope(tx, tenant, id).await?;
                let before = found.ok_or_else(|| Error::new(Code::EntityNotExists))?;
                let after = patch.apply(&before);
                template::update_scope(tx, author, &before, &after)
                    .await
                    .map_err(refused)?;
                Ok(Verdict::Accept(after))
            })
        },
    ))
    .await
}

/// Deletes a permission; roles that gave it give it no more.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn delete(ctx: &Ctx, id: &OrganizationScopeId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                if !template::delete_scope(tx, author, tenant, id).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}
