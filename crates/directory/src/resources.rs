//! API resources (RFC 8707): what access tokens are for, and the permissions that they can carry.

mod scopes;

pub use scopes::{NewScope, SCOPE_FIELDS, ScopePatch, create_scope, delete_scope, patch_scope, scopes};

use crate::checks::Checks;
use crate::{Listing, Page, author, no_such};
use soleira_core::model::{Resource, Scope};
use soleira_core::{Code, EntropyExt, Error, ResourceId, Result, TenantId};
use soleira_oauth::resource::{ORGANIZATIONS, check_indicator};
use soleira_runtime::Ctx;
use soleira_store::{Error as StoreError, Tx, Verdict, resources, scopes as scope_rows, unit};
use std::collections::HashMap;

/// Longest name, in characters.
const NAME_MAX: usize = 256;
/// Longest indicator, in bytes.
const INDICATOR_MAX: usize = 2048;
/// Lifetime of access tokens where none is given, in seconds.
const ACCESS_TOKEN_TTL: i64 = 3600;
/// What the audiences of organization tokens begin with.
const ORGANIZATION_AUDIENCES: &str = "urn:logto:organization:";

/// An API resource to create.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// The name that administrators see, 1 to 256 characters.
    pub name: String,
    /// The resource indicator, an absolute URI; the audience of its tokens. It never changes.
    pub indicator: String,
    /// Lifetime of its access tokens in seconds; an hour if absent.
    pub access_token_ttl: Option<i64>,
}

/// A change of an API resource.
#[derive(Debug, Clone, Default)]
pub struct ResourcePatch {
    /// The name that administrators see.
    pub name: Option<String>,
    /// Lifetime of its access tokens in seconds.
    pub access_token_ttl: Option<i64>,
}

/// An API resource with its permissions, newest first, where they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceWithScopes {
    /// The resource.
    pub resource: Resource,
    /// Its permissions.
    pub scopes: Option<Vec<Scope>>,
}

/// Whether an indicator is that of a Management API: `https://<tenant>.logto.app/api`. What may be done by its
/// permission is everything, so that it is not changed, not deleted, and not given to people's roles.
pub fn is_management_api(indicator: &str) -> bool {
    indicator
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_suffix(".logto.app/api"))
        .is_some_and(|tenant| !tenant.is_empty() && !tenant.contains('.'))
}

/// The resources, newest first: a page of them and how many there are, or all.
pub async fn list(ctx: &Ctx, with_scopes: bool, page: Option<Page>) -> Result<Listing<ResourceWithScopes>> {
    ctx.require_administrator()?;
    let needs = (ctx.tenant.id.clone(), with_scopes, page);
    ctx.list(needs, |(tenant, with_scopes, page), tx| {
        Box::pin(async move {
            let found = resources::list(tx, tenant, *page).await?;
            let total = match page {
                Some(_) => Some(resources::count(tx, tenant).await?),
                None => None,
            };
            let mut by_resource: HashMap<ResourceId, Vec<Scope>> = HashMap::new();
            if *with_scopes {
                let ids: Vec<&ResourceId> = found.iter().map(|resource| &resource.id).collect();
                for scope in scope_rows::of_resources(tx, tenant, &ids).await? {
                    by_resource.entry(scope.resource_id.clone()).or_default().push(scope);
                }
            }
            let rows = found
                .into_iter()
                .map(|resource| ResourceWithScopes {
                    scopes: with_scopes.then(|| by_resource.remove(&resource.id).unwrap_or_default()),
                    resource,
                })
                .collect();
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// The resource of an identifier.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn get(ctx: &Ctx, id: &ResourceId) -> Result<Resource> {
    ctx.require_administrator()?;
    let found = resources::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    found.ok_or_else(|| missing(id))
}

/// Creates a resource without permissions.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields; 422 `resource.resource_identifier_in_use`.
pub async fn create(ctx: &Ctx, new: NewResource) -> Result<Resource> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    checks.length("name", &new.name, 1, NAME_MAX);
    check_new_indicator(&mut checks, &new.indicator);
    check_lifetime(&mut checks, new.access_token_ttl);
    checks.finish()?;
    let resource = Resource {
        tenant_id: ctx.tenant.id.clone(),
        id: ResourceId(ctx.entropy().standard_id()),
        name: new.name,
        indicator: new.indicator,
        is_default: false,
        access_token_ttl: new.access_token_ttl.unwrap_or(ACCESS_TOKEN_TTL),
    };
    ctx.write_config(unit((author(ctx), resource), |(author, resource), tx| {
        Box::pin(async move {
            match resources::insert(tx, author, resource).await {
                Err(StoreError::Unique(index)) if index == "resources__indicator" => {
                    let error = Error::new(Code::ResourceResourceIdentifierInUse);
                    Err(error.with("indicator", &resource.indicator).into())
                }
                other => other.map(|()| Verdict::Accept(resource.clone())),
            }
        })
    }))
    .await
}

/// Refuses an indicator that no request could name (RFC 8707 §2), and those whose meaning is fixed.
fn check_new_indicator(checks: &mut Checks, indicator: &str) {
    if indicator.is_empty() {
        checks.length("indicator", indicator, 1, INDICATOR_MAX);
    } else if indicator.len() > INDICATOR_MAX {
        checks.add(
            "indicator",
            "too_big",
            &format!("String must contain at most {INDICATOR_MAX} character(s)"),
        );
    } else if check_indicator(indicator).is_err() {
        let message = "Invalid url: it must be an absolute URI without a fragment";
        checks.add("indicator", "invalid_string", message);
    } else if indicator == ORGANIZATIONS
        || indicator.starts_with(ORGANIZATION_AUDIENCES)
        || is_management_api(indicator)
    {
        checks.add("indicator", "custom", "This identifier is reserved");
    }
}

fn check_lifetime(checks: &mut Checks, seconds: Option<i64>) {
    if let Some(seconds) = seconds {
        checks.range("accessTokenTtl", seconds, 1, i64::from(u32::MAX));
    }
}

/// Changes a resource.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 400 `guard.invalid_input`, `resource.cannot_modify_management_api`.
pub async fn patch(ctx: &Ctx, id: &ResourceId, patch: ResourcePatch) -> Result<Resource> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    if let Some(name) = &patch.name {
        checks.length("name", name, 1, NAME_MAX);
    }
    check_lifetime(&mut checks, patch.access_token_ttl);
    checks.finish()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), patch),
        |(author, tenant, id, patch), tx| {
            Box::pin(async move {
                let before = lock_changeable(tx, tenant, id).await?;
                let mut after = before.clone();
                if let Some(name) = &patch.name {
                    after.name.clone_from(name);
                }
                if let Some(seconds) = patch.access_token_ttl {
                    after.access_token_ttl = seconds;
                }
                if after != before {
                    resources::update(tx, author, &before, &after).await?;
                }
                Ok(Verdict::Accept(after))
            })
        },
    ))
    .await
}

/// Makes a resource the one that is meant when a request names none, in the place of any other; or no longer.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn set_default(ctx: &Ctx, id: &ResourceId, is_default: bool) -> Result<Resource> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), is_default),
        |(author, tenant, id, is_default), tx| {
            Box::pin(async move {
                let before = lock(tx, tenant, id).await?;
                let after = Resource {
                    is_default: *is_default,
                    ..before.clone()
                };
                if after == before {
                    return Ok(Verdict::Accept(after));
                }
                if *is_default && let Some(other) = resources::find_default(tx, tenant).await? {
                    let ousted = Resource {
                        is_default: false,
                        ..other.clone()
                    };
                    resources::update(tx, author, &other, &ousted).await?;
                }
                resources::update(tx, author, &before, &after).await?;
                Ok(Verdict::Accept(after))
            })
        },
    ))
    .await
}

/// Deletes a resource with its permissions, which every role loses.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 400 `resource.cannot_delete_management_api`.
pub async fn delete(ctx: &Ctx, id: &ResourceId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                let resource = lock(tx, tenant, id).await?;
                if is_management_api(&resource.indicator) {
                    return Err(Error::new(Code::ResourceCannotDeleteManagementApi).into());
                }
                resources::delete(tx, author, &resource).await?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

fn missing(id: &ResourceId) -> Error {
    no_such("resources", id.as_str())
}

/// The resource; the tenant's resources are locked until the unit ends, since one at most is the default.
async fn lock(tx: &mut Tx<'_>, tenant: &TenantId, id: &ResourceId) -> soleira_store::Result<Resource> {
    tx.lock(&format!("resources:{tenant}")).await?;
    Ok(resources::find(tx, tenant, id).await?.ok_or_else(|| missing(id))?)
}

/// As [`lock`], refusing the Management API.
async fn lock_changeable(tx: &mut Tx<'_>, tenant: &TenantId, id: &ResourceId) -> soleira_store::Result<Resource> {
    let resource = lock(tx, tenant, id).await?;
    if is_management_api(&resource.indicator) {
        return Err(Error::new(Code::ResourceCannotModifyManagementApi).into());
    }
    Ok(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn management_apis_are_told_by_their_names() {
        assert!(is_management_api("https://default.logto.app/api"));
        assert!(is_management_api("https://admin.logto.app/api"));
        for other in [
            "https://.logto.app/api",
            "https://a.b.logto.app/api",
            "http://default.logto.app/api",
            "https://default.logto.app/api/",
            "https://default.logto.app/me",
            "https://default.logto.app.example.com/api",
        ] {
            assert!(!is_management_api(other), "{other}");
        }
    }

    #[test]
    fn indicators_are_absolute_uris_of_ones_own() {
        let refused = |indicator: &str| {
            let mut checks = Checks::default();
            check_new_indicator(&mut checks, indicator);
            checks.finish().is_err()
        };
        assert!(!refused("https://api.example.com/"));
        assert!(!refused("urn:example:api"));
        for bad in [
            "",
            "api",
            "/api",
            "https://api.example.com/#part",
            "urn:logto:resource:organizations",
            "urn:logto:organization:o1",
            "https://other.logto.app/api",
        ] {
            assert!(refused(bad), "{bad}");
        }
        assert!(refused(&format!(
            "https://api.example.com/{}",
            "a".repeat(INDICATOR_MAX)
        )));
    }
}
