//! Applications as the authorization server reads them at every request: from the cache, with the keyed hashes of
//! their secrets, so that authenticating a client runs no statement.

use crate::tenants::admin::ADMIN_CONSOLE;
use soleira_core::model::Application;
use soleira_core::{ApplicationId, Result, Timestamp};
use soleira_crypto::{Vault, constant_time_eq};
use soleira_runtime::{Ctx, Tenant};
use soleira_store::{application_secrets, applications};
use std::sync::Arc;

/// Longest identifier that an application can have, in bytes.
const ID_MAX: usize = 128;

/// An application and what its secrets are compared with.
#[derive(Debug, Clone)]
pub struct Client {
    /// The application.
    pub application: Application,
    /// Its secrets.
    pub secrets: Vec<ClientSecret>,
    /// The context of their hashes.
    context: String,
}

/// What a secret is compared with.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    lookup_hash: Vec<u8>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// How the secret that a client presents compares with those it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretCheck {
    /// It is one of them.
    Valid,
    /// It is one of them that has expired.
    Expired,
    /// It is none of them.
    Unknown,
}

impl Client {
    /// Compares a secret that a client presents with those it has.
    pub fn check_secret(&self, vault: &Vault, presented: &str, now: Timestamp) -> SecretCheck {
        let hash = vault.lookup_hash(&self.context, presented);
        let mut check = SecretCheck::Unknown;
        for secret in &self.secrets {
            if constant_time_eq(&secret.lookup_hash, &hash) {
                check = match secret.expires_at {
                    Some(expiry) if expiry <= now => SecretCheck::Expired,
                    _ => SecretCheck::Valid,
                };
            }
        }
        check
    }
}

/// The application of a client identifier, from the cache; `None` if there is none.
pub async fn client(ctx: &Ctx, id: &ApplicationId) -> Result<Option<Arc<Client>>> {
    // What no application can have takes no room in the cache.
    if id.as_str().len() > ID_MAX {
        return Ok(None);
    }
    let needs = (Arc::clone(&ctx.tenant), id.clone());
    let found = ctx
        .cached(&format!("client:{id}"), &needs, |(tenant, id), tx| {
            Box::pin(async move {
                let Some(mut application) = applications::find(tx, &tenant.id, id).await? else {
                    return Ok(None);
                };
                fill_in_addresses(tenant, &mut application);
                let secrets = application_secrets::all(tx, &tenant.id, id).await?;
                Ok(Some(Arc::new(Client {
                    application,
                    secrets: secrets
                        .into_iter()
                        .map(|row| ClientSecret {
                            lookup_hash: row.lookup_hash,
                            expires_at: row.expires_at,
                        })
                        .collect(),
                    context: application_secrets::context(&tenant.id, id),
                })))
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
