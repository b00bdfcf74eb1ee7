//! API resources and the permissions on them, as the protocol asks for them.

use crate::stop::Stop;
use soleira_core::model::Resource;
use soleira_core::{ApplicationId, UserId};
use soleira_oauth::{Error, ErrorCode, Result, ScopeSet, lifetime, resource};
use soleira_runtime::Ctx;
use soleira_store::{Tx, resources};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a token for a resource needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownResource {
    /// The audience.
    pub indicator: String,
    /// Lifetime of its access tokens in seconds.
    pub access_token_ttl: i64,
}

/// Longest indicator that a resource can have, in bytes.
const INDICATOR_MAX: usize = 2048;

struct Found(Option<KnownResource>);
struct Default(Option<String>);
struct OfApplication(BTreeMap<String, ScopeSet>);

/// A resource by its indicator.
///
/// # Errors
/// `invalid_target` when there is none.
pub async fn find(ctx: &Ctx, indicator: &str) -> Result<KnownResource> {
    if indicator == resource::ORGANIZATIONS {
        return Ok(organizations());
    }
    // What no resource can have takes no room in the cache: anybody may ask.
    if indicator.len() > INDICATOR_MAX {
        return Err(Error::new(ErrorCode::InvalidTarget));
    }
    let needs = (ctx.tenant.id.clone(), indicator.to_owned());
    let found = ctx
        .cached(indicator, &needs, |(tenant, indicator), tx| {
            Box::pin(async move {
                let resource = resources::find_by_indicator(tx, tenant, indicator).await?;
                Ok(Found(resource.map(known)))
            })
        })
        .await?;
    found.0.clone().ok_or_else(|| Error::new(ErrorCode::InvalidTarget))
}

/// The indicator of the resource that is meant when a request names none, if the tenant has one.
pub async fn default(ctx: &Ctx) -> Result<Option<String>> {
    let found = ctx
        .cached("default resource", &ctx.tenant.id, |tenant, tx| {
            Box::pin(async move {
                Ok(Default(
                    resources::find_default(tx, tenant)
                        .await?
                        .map(|resource| resource.indicator),
                ))
            })
        })
        .await?;
    Ok(found.0.clone())
}

/// The permissions on a resource that the roles of a machine-to-machine application give.
pub async fn scopes_of_application(ctx: &Ctx, application: &ApplicationId, indicator: &str) -> Result<ScopeSet> {
    let needs = (ctx.tenant.id.clone(), application.clone());
    let all: Arc<OfApplication> = ctx
        .cached(application.as_str(), &needs, |(tenant, application), tx| {
            Box::pin(async move {
                let mut scopes: BTreeMap<String, ScopeSet> = BTreeMap::new();
                for (indicator, scope) in resources::of_application(tx, tenant, application).await? {
                    scopes.entry(indicator).or_default().insert(&scope);
                }
                Ok(OfApplication(scopes))
            })
        })
        .await?;
    Ok(all.0.get(indicator).cloned().unwrap_or_default())
}

/// A resource by its indicator, inside a unit, where the cache must not be asked: it may need a connection of its own.
pub(crate) async fn find_in(tx: &mut Tx<'_>, ctx: &Ctx, indicator: &str) -> std::result::Result<KnownResource, Stop> {
    if indicator == resource::ORGANIZATIONS {
        return Ok(organizations());
    }
    let resource = resources::find_by_indicator(tx, &ctx.tenant.id, indicator).await?;
    Ok(resource
        .map(known)
        .ok_or_else(|| Error::new(ErrorCode::InvalidTarget))?)
}

fn known(resource: Resource) -> KnownResource {
    KnownResource {
        indicator: resource.indicator,
        access_token_ttl: resource.access_token_ttl,
    }
}

fn organizations() -> KnownResource {
    KnownResource {
        indicator: resource::ORGANIZATIONS.to_owned(),
        access_token_ttl: lifetime::ACCESS_TOKEN,
    }
}

/// The permissions on a resource that the roles of a user give at this moment.
pub(crate) async fn scopes_of_user(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    user: &UserId,
    indicator: &str,
) -> soleira_store::Result<ScopeSet> {
    if indicator == resource::ORGANIZATIONS {
        return Ok(ScopeSet::default());
    }
    Ok(resources::of_user(tx, &ctx.tenant.id, user, indicator)
        .await?
        .into_iter()
        .collect())
}
