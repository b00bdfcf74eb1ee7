//! Clients: found through the cache, and made to prove who they are (RFC 6749 §2.3).

use crate::documents;
use soleira_core::model::Application;
use soleira_core::{ApplicationId, Secret, TenantId, Timestamp};
use soleira_crypto::{JwkSet, Verified, VerifyingKeys};
use soleira_directory::{applications, configs};
use soleira_oauth::client_assertion::{self, ClientAssertion};
use soleira_oauth::client_auth::{Claimed, Credentials};
use soleira_oauth::client_document::{ClientDocument, DocumentUrl};
use soleira_oauth::{Client, Error, Result, ScopeSet};
use soleira_runtime::Ctx;
use soleira_store::application_secrets::{self, SecretRow};
use soleira_store::consent_scopes::{self, Party};
use soleira_store::{Tx, Verdict, replay_marks, unit};
use std::sync::Arc;

/// A client with what it can prove itself by.
#[derive(Debug)]
pub struct KnownClient {
    /// The client.
    pub client: Client,
    /// Its identifier.
    pub id: ApplicationId,
    secrets: Vec<SecretRow>,
    /// The public keys that it registered.
    keys: VerifyingKeys,
    /// The document that describes it, if it is one that describes itself.
    pub(crate) document: Option<ClientDocument>,
}

impl KnownClient {
    /// The client of a document, which may ask for these standard scopes.
    pub(crate) fn of_document(document: ClientDocument, scope: &ScopeSet) -> Self {
        let client = document.client(scope.clone());
        Self {
            id: client.application().id.clone(),
            secrets: Vec::new(),
            keys: registered_keys(&client),
            document: Some(document),
            client,
        }
    }
}

impl std::ops::Deref for KnownClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// The client of an identifier, if there is one. Who describes themself by a document is none while that cannot be used.
pub async fn find(ctx: &Ctx, client_id: &str) -> soleira_core::Result<Option<Arc<KnownClient>>> {
    Ok(look_up(ctx, client_id).await?.unwrap_or_else(|refusal| {
        tracing::info!(client_id, %refusal, "a client's document cannot be used");
        None
    }))
}

/// The client of an identifier; inside, what its own document refuses.
async fn look_up(ctx: &Ctx, client_id: &str) -> soleira_core::Result<Result<Option<Arc<KnownClient>>>> {
    if let Some(address) = DocumentUrl::parse(client_id) {
        if !documents::are_accepted(ctx).await? {
            return Ok(Ok(None));
        }
        return Ok(documents::client(ctx, &address).await?.map(Some));
    }
    let id = ApplicationId::from(client_id);
    let Some(registered) = applications::client(ctx, &id).await? else {
        return Ok(Ok(None));
    };
    let needs = (ctx.tenant.id.clone(), registered);
    let client = ctx
        .cached(client_id, &needs, |(tenant, registered), tx| {
            Box::pin(async move { load(tx, tenant, Application::clone(registered)).await })
        })
        .await?;
    Ok(Ok(Some(client)))
}

async fn load(tx: &mut Tx<'_>, tenant: &TenantId, application: Application) -> soleira_store::Result<KnownClient> {
    let id = application.id.clone();
    let client = if application.is_third_party {
        let scopes = consent_scopes::user_scopes(tx, tenant, Party::Application(&id)).await?;
        Client::limited_to(application, scopes.into_iter().collect())
    } else {
        Client::new(application)
    };
    let secrets = if client.is_confidential() {
        application_secrets::all(tx, tenant, &id).await?
    } else {
        Vec::new()
    };
    let keys = registered_keys(&client);
    Ok(KnownClient {
        client,
        id,
        secrets,
        keys,
        document: None,
    })
}

/// The usable keys of a client's registration.
fn registered_keys(client: &Client) -> VerifyingKeys {
    let registered = client.application().oidc_client_metadata.jwks.clone();
    let set = registered.and_then(|set| serde_json::from_value::<JwkSet>(set).ok());
    set.map(|set| VerifyingKeys::from_jwks(&set)).unwrap_or_default()
}

/// The client that a request names, its metadata usable.
///
/// # Errors
/// `invalid_client` (400) when there is none; what is wrong with its metadata.
pub async fn identify(ctx: &Ctx, client_id: &str) -> Result<Arc<KnownClient>> {
    let client = look_up(ctx, client_id)
        .await??
        .ok_or_else(|| Error::unknown_client(client_id))?;
    client.check_metadata()?;
    Ok(client)
}

/// Makes the client prove who it is. An assertion is used up by it.
///
/// # Errors
/// `invalid_client` (401) for a wrong proof or mechanism, `invalid_request` for an expired secret.
pub async fn prove(ctx: &Ctx, client: &KnownClient, credentials: &Credentials) -> Result<()> {
    match credentials.to_prove(client)? {
        Claimed::Identity => Ok(()),
        Claimed::Secret(secret) => compare(ctx, client, secret),
        Claimed::UnderSecret(assertion) => {
            let (verified, secret) = verify_under_secrets(ctx, client, assertion)?;
            // Only who knows the secret learns that it has expired.
            refuse_expired(secret, ctx.now())?;
            use_once(ctx, client, &verified).await
        }
        Claimed::ByKey(assertion) => {
            let verified = verify_by_key(ctx, client, assertion).await?;
            use_once(ctx, client, &verified).await
        }
    }
}

fn compare(ctx: &Ctx, client: &KnownClient, secret: &Secret) -> Result<()> {
    let context = application_secrets::context(&ctx.tenant.id, &client.id);
    let presented = ctx.app.vault.lookup_hash(&context, secret.expose());
    let is_it = |row: &&SecretRow| soleira_crypto::constant_time_eq(&row.lookup_hash, &presented);
    let row = client.secrets.iter().find(is_it);
    let row = row.ok_or_else(|| Error::client_authentication_failed("no secret of the client has this value"))?;
    refuse_expired(row, ctx.now())
}

/// RFC 7523 §3 with a key that both know (OpenID Connect Core 1.0 §9, `client_secret_jwt`), and the secret that it is
/// made under.
fn verify_under_secrets<'c>(
    ctx: &Ctx,
    client: &'c KnownClient,
    assertion: &ClientAssertion,
) -> Result<(Verified, &'c SecretRow)> {
    let context = application_secrets::context(&ctx.tenant.id, &client.id);
    let mut refusal = Error::client_authentication_failed("the client has no secret");
    for row in &client.secrets {
        let secret = ctx.app.vault.open_text(&context, &row.sealed);
        let secret = secret.map_err(soleira_core::Error::internal)?;
        match assertion.verify_under(secret.expose().as_bytes()) {
            Ok(verified) => return Ok((verified, row)),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// RFC 7523 §3 with the client's own key (OpenID Connect Core 1.0 §9, `private_key_jwt`): registered, or published at the
/// address that is registered.
async fn verify_by_key(ctx: &Ctx, client: &KnownClient, assertion: &ClientAssertion) -> Result<Verified> {
    if let Some(verified) = assertion.verify_with_any(&client.keys)? {
        return Ok(verified);
    }
    let unknown = || Error::client_authentication_failed("no key of the client fits the assertion");
    let address = client.application().oidc_client_metadata.jwks_uri.as_deref();
    let address = address.ok_or_else(unknown)?;
    let keys = ctx.remote_keys(address, &assertion.key_header()?).await;
    let keys = keys.map_err(|error| Error::client_authentication_failed(format!("{address}: {error}")))?;
    assertion.verify_with_any(&keys)?.ok_or_else(unknown)
}

/// Holds what was signed to its rules, and marks it as used (RFC 7523 §3, `jti`).
async fn use_once(ctx: &Ctx, client: &KnownClient, verified: &Verified) -> Result<()> {
    let token_endpoint = ctx.tenant.url("/oidc/token");
    let mut audiences = vec![ctx.tenant.issuer.as_str()];
    if configs::get(ctx).await?.accepts_token_endpoint_audience() {
        audiences.push(&token_endpoint);
    }
    let once = client_assertion::accept(verified, client.id.as_str(), &audiences, ctx.now())?;
    let needs = (ctx.tenant.id.clone(), once, ctx.now());
    let is_first = ctx
        .write(unit(needs, |(tenant, once, now), tx| {
            Box::pin(async move {
                let claimed = replay_marks::claim(tx, tenant, &once.mark, *now, once.until).await?;
                Ok(Verdict::Accept(claimed))
            })
        }))
        .await?;
    if is_first {
        Ok(())
    } else {
        Err(Error::client_authentication_failed("the assertion was used before"))
    }
}

fn refuse_expired(secret: &SecretRow, now: Timestamp) -> Result<()> {
    if is_expired(secret, now) {
        return Err(Error::invalid_request("client secret has expired"));
    }
    Ok(())
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
