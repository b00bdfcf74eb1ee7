//! What the server publishes about itself: the discovery document and the keys.

use crate::{documents, keys};
use serde_json::{Map, Value};
use soleira_core::Result;
use soleira_crypto::JwkSet;
use soleira_oauth::discovery::{self, Server};
use soleira_runtime::Ctx;

/// The discovery document of the tenant (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).
pub async fn discovery(ctx: &Ctx) -> Result<Map<String, Value>> {
    let keys = keys::of(ctx).await?;
    Ok(discovery::document(Server {
        issuer: &ctx.tenant.issuer,
        endpoint: &ctx.tenant.url("/oidc"),
        algorithms: &keys.algorithms(),
        client_id_metadata_documents: documents::are_accepted(ctx).await?,
    }))
}

/// The keys that the tenant's tokens are verified with (RFC 7517 §5).
pub async fn jwks(ctx: &Ctx) -> Result<JwkSet> {
    Ok(keys::of(ctx).await?.published.clone())
}
