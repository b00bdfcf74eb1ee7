//! Applications as pages read them at every request: from the cache.

use super::built_in;
use crate::tenants::admin::ADMIN_CONSOLE;
use soleira_core::model::Application;
use soleira_core::{ApplicationId, Result};
use soleira_runtime::{Ctx, Tenant};
use soleira_store::applications;
use std::sync::Arc;

/// Longest identifier that an application can have, in bytes.
const ID_MAX: usize = 128;

/// The application of a client identifier, from the cache; `None` if there is none.
pub async fn client(ctx: &Ctx, id: &ApplicationId) -> Result<Option<Arc<Application>>> {
    // What no application can have takes no room in the cache.
    if id.as_str().len() > ID_MAX {
        return Ok(None);
    }
    // Administrators have no use for them.
    if !ctx.tenant.is_admin()
        && let Some(application) = built_in::find(&ctx.tenant, id)
    {
        return Ok(Some(Arc::new(application)));
    }
    let needs = (Arc::clone(&ctx.tenant), id.clone());
    let found = ctx
        .cached(&format!("client:{id}"), &needs, |(tenant, id), tx| {
            Box::pin(async move {
                let found = applications::find(tx, &tenant.id, id).await?;
                Ok(found.map(|mut application| {
                    fill_in_addresses(tenant, &mut application);
                    Arc::new(application)
                }))
            })
        })
        .await?;
    Ok((*found).clone())
}

/// The Console's redirect URIs are not stored: they follow the addresses that are configured.
pub(super) fn fill_in_addresses(tenant: &Tenant, application: &mut Application) {
    if !tenant.is_admin() || application.id.as_str() != ADMIN_CONSOLE {
        return;
    }
    let of = |path: &str| -> Vec<String> {
        let origins = tenant.origins.iter().map(|url| url.origin().ascii_serialization());
        origins.map(|origin| format!("{origin}{path}")).collect()
    };
    application.oidc_client_metadata.redirect_uris = of("/console/callback");
    application.oidc_client_metadata.post_logout_redirect_uris = of("/console");
}
