//! Clients: found through the cache, and made to prove who they are (RFC 6749 §2.3).

use soleira_core::model::Application;
use soleira_core::{ApplicationId, TenantId, Timestamp};
use soleira_directory::applications;
use soleira_oauth::client_auth::Credentials;
use soleira_oauth::{Client, Error, Result, ScopeSet};
use soleira_runtime::Ctx;
use soleira_store::Tx;
use soleira_store::application_secrets::{self, SecretRow};
use std::sync::Arc;

/// A client with what it can prove itself by.
#[derive(Debug)]
pub struct KnownClient {
    /// The client.
    pub client: Client,
    /// Its identifier.
    pub id: ApplicationId,
    secrets: Vec<SecretRow>,
}

impl std::ops::Deref for KnownClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// The client of an identifier, if there is one.
pub async fn find(ctx: &Ctx, client_id: &str) -> soleira_core::Result<Option<Arc<KnownClient>>> {
    let id = ApplicationId::from(client_id);
    let Some(registered) = applications::client(ctx, &id).await? else {
        return Ok(None);
    };
    let needs = (ctx.tenant.id.clone(), registered);
    ctx.cached(client_id, &needs, |(tenant, registered), tx| {
        Box::pin(async move { load(tx, tenant, Application::clone(registered)).await })
    })
    .await
    .map(Some)
}

async fn load(tx: &mut Tx<'_>, tenant: &TenantId, application: Application) -> soleira_store::Result<KnownClient> {
    let id = application.id.clone();
    let client = if application.is_third_party {
        // Administrators cannot list the scopes of a third-party application yet, so it may ask for none.
        Client::limited_to(application, ScopeSet::default())
    } else {
        Client::new(application)
    };
    let secrets = if client.is_confidential() {
        application_secrets::all(tx, tenant, &id).await?
    } else {
        Vec::new()
    };
    Ok(KnownClient { client, id, secrets })
}

/// The client that a request names, its metadata usable.
///
/// # Errors
/// `invalid_client` (400) when there is none; what is wrong with its metadata.
pub async fn identify(ctx: &Ctx, client_id: &str) -> Result<Arc<KnownClient>> {
    let client = find(ctx, client_id)
        .await?
        .ok_or_else(|| Error::unknown_client(client_id))?;
    client.check_metadata()?;
    Ok(client)
}

/// Makes the client prove who it is.
///
/// # Errors
/// `invalid_client` (401) for a wrong secret or mechanism, `invalid_request` for an expired secret.
pub fn prove(ctx: &Ctx, client: &KnownClient, credentials: &Credentials) -> Result<()> {
    let Some(secret) = credentials.to_prove(client)? else {
        return Ok(());
    };
    let context = application_secrets::context(&ctx.tenant.id, &client.id);
    let presented = ctx.app.vault.lookup_hash(&context, secret.expose());
    let now = ctx.now();
    let is_it = |row: &&SecretRow| soleira_crypto::constant_time_eq(&row.lookup_hash, &presented);
    match client.secrets.iter().find(is_it) {
        None => Err(Error::client_authentication_failed(
            "no secret of the client has this value",
        )),
        Some(row) if is_expired(row, now) => Err(Error::invalid_request("client secret has expired")),
        Some(_) => Ok(()),
    }
}

fn is_expired(secret: &SecretRow, now: Timestamp) -> bool {
    secret.expires_at.is_some_and(|expires_at| now >= expires_at)
}

/// Whether a page of this origin may call the protocol endpoints for the client.
pub fn allows_origin(ctx: &Ctx, client: &Client, origin: &str) -> bool {
    let own: Vec<String> = ctx
        .tenant
        .origins
        .iter()
        .map(|url| url.origin().ascii_serialization())
        .collect();
    client.allows_origin(origin, &own)
}
