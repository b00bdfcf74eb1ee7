//! The keys of a tenant: those that sign tokens, parsed once, and those that sign cookies.

use soleira_core::{Result, Secret};
use soleira_crypto::{Algorithm, JwkSet, SigningKey, VerifyingKeys};
use soleira_runtime::Ctx;
use soleira_store::signing_keys::{self, Purpose, SigningKeyRow};
use soleira_store::{Error, Tx};
use std::sync::Arc;

/// The token keys of a tenant.
#[derive(Debug)]
pub struct TokenKeys {
    /// The key that signs now.
    pub signing: SigningKey,
    /// The keys that tokens are verified with: the current, the next and the previous one.
    pub verifying: VerifyingKeys,
    /// The same keys as they are published (RFC 7517), in that order.
    pub published: JwkSet,
}

impl TokenKeys {
    /// The algorithms of the published keys, each once.
    pub fn algorithms(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for key in &self.published.keys {
            let name = key.alg.as_deref().and_then(Algorithm::parse).map(Algorithm::as_str);
            let usable: &[&'static str] = match &name {
                Some(name) => std::slice::from_ref(name),
                // An RSA key is published without `alg`: either padding verifies.
                None => &["RS256", "PS256"],
            };
            names.extend(
                usable
                    .iter()
                    .filter(|name| !names.contains(name))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        names
    }
}

/// The token keys of the context's tenant.
///
/// # Errors
/// When the tenant has no current key, or one that this key-encryption key does not open.
pub async fn of(ctx: &Ctx) -> Result<Arc<TokenKeys>> {
    ctx.cached("token keys", ctx, |ctx, tx| Box::pin(load(ctx, tx))).await
}

async fn load(ctx: &Ctx, tx: &mut Tx<'_>) -> soleira_store::Result<TokenKeys> {
    let mut rows = signing_keys::all(tx, &ctx.tenant.id, Purpose::Oidc).await?;
    rows.sort_by_key(|row| match row.status.as_str() {
        "current" => 0,
        "next" => 1,
        _ => 2,
    });
    let mut keys = Vec::new();
    for row in &rows {
        keys.push(
            SigningKey::from_pem(open(ctx, row)?.expose()).map_err(|e| Error::Other(format!("key {}: {e}", row.id)))?,
        );
    }
    let published = JwkSet {
        keys: keys.iter().map(|key| key.public_jwk().clone()).collect(),
    };
    if rows.first().is_none_or(|row| row.status != "current") {
        return Err(Error::Other(format!(
            "tenant {} has no current signing key",
            ctx.tenant.id
        )));
    }
    Ok(TokenKeys {
        signing: keys.swap_remove(0),
        verifying: VerifyingKeys::from_jwks(&published),
        published,
    })
}

/// The keys of the tenant's cookies: the first signs, all verify.
///
/// # Errors
/// When one is sealed with another key-encryption key.
pub async fn cookie_keys(ctx: &Ctx) -> Result<Arc<[Secret]>> {
    let keys = ctx
        .cached("cookie keys", ctx, |ctx, tx| Box::pin(load_cookie_keys(ctx, tx)))
        .await?;
    Ok(keys.0.clone())
}

struct CookieKeys(Arc<[Secret]>);

async fn load_cookie_keys(ctx: &Ctx, tx: &mut Tx<'_>) -> soleira_store::Result<CookieKeys> {
    let rows = signing_keys::all(tx, &ctx.tenant.id, Purpose::Cookie).await?;
    Ok(CookieKeys(
        rows.iter()
            .map(|row| open(ctx, row))
            .collect::<soleira_store::Result<Vec<_>>>()?
            .into(),
    ))
}

fn open(ctx: &Ctx, row: &SigningKeyRow) -> soleira_store::Result<Secret> {
    ctx.app
        .vault
        .open_text(&signing_keys::context(&ctx.tenant.id, &row.id), &row.sealed)
        .map_err(|error| Error::Other(format!("key {}: {error}", row.id)))
}
