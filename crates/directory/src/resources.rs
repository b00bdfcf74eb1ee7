//! API resources and permissions as tokens need them, from the cache.

use soleira_core::model::{Resource, Scope};
use soleira_core::{ApplicationId, Result, UserId};
use soleira_runtime::Ctx;
use soleira_store::resources;
use std::sync::Arc;

/// Longest indicator that a resource can have, in bytes.
const INDICATOR_MAX: usize = 1024;

/// A resource with all of its permissions, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceWithScopes {
    /// The resource.
    pub resource: Resource,
    /// Its permissions.
    pub scopes: Vec<Scope>,
}

/// The resource of an indicator (RFC 8707), from the cache.
pub async fn resource_by_indicator(ctx: &Ctx, indicator: &str) -> Result<Option<Arc<ResourceWithScopes>>> {
    // What no resource can have takes no room in the cache.
    if indicator.len() > INDICATOR_MAX {
        return Ok(None);
    }
    let needs = (ctx.tenant.id.clone(), indicator.to_owned());
    let found = ctx
        .cached(&format!("resource:{indicator}"), &needs, |(tenant, indicator), tx| {
            Box::pin(async move {
                let Some(resource) = resources::find_by_indicator(tx, tenant, indicator).await? else {
                    return Ok(None);
                };
                let scopes = resources::scopes(tx, tenant, &resource.id).await?;
                Ok(Some(Arc::new(ResourceWithScopes { resource, scopes })))
            })
        })
        .await?;
    Ok((*found).clone())
}

/// The indicator that a request which names none is about, from the cache.
pub async fn default_resource(ctx: &Ctx) -> Result<Option<Resource>> {
    let found = ctx
        .cached("resource.default", &ctx.tenant.id, |tenant, tx| {
            Box::pin(async move { resources::find_default(tx, tenant).await })
        })
        .await?;
    Ok((*found).clone())
}

/// The permissions that the roles of an application give it: `(resource indicator, scope name)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationScopes(pub Vec<(String, String)>);

impl ApplicationScopes {
    /// Those of one resource, by name.
    pub fn of<'a>(&'a self, indicator: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(resource, _)| resource == indicator)
            .map(|(_, scope)| scope.as_str())
    }
}

/// The permissions that the roles of an application give it, from the cache.
pub async fn scopes_of_application(ctx: &Ctx, application: &ApplicationId) -> Result<Arc<ApplicationScopes>> {
    let needs = (ctx.tenant.id.clone(), application.clone());
    ctx.cached(&format!("scopes:{application}"), &needs, |(tenant, application), tx| {
        Box::pin(async move {
            Ok(ApplicationScopes(
                resources::of_application(tx, tenant, application).await?,
            ))
        })
    })
    .await
}

/// The permissions of a resource that the roles of a user give them at this moment, by name.
pub async fn scopes_of_user(ctx: &Ctx, user: &UserId, indicator: &str) -> Result<Vec<String>> {
    Ok(resources::of_user(&mut ctx.read().await?.tx(), &ctx.tenant.id, user, indicator).await?)
}
