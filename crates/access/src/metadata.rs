//! What the server publishes about itself: the discovery document and the keys.

use crate::{documents, keys};
use bytes::Bytes;
use serde::Serialize;
use soleira_core::{Error, Result};
use soleira_oauth::discovery::{self, Server};
use soleira_runtime::Ctx;
use std::sync::{Arc, OnceLock};

/// A document that is the same for everybody until something of the tenant changes.
#[derive(Debug, Clone)]
pub struct Document {
    /// The document, as JSON.
    pub json: Bytes,
    /// What a cache knows this version of it by: made by whoever sends it first, for all.
    pub tag: Arc<OnceLock<Bytes>>,
}

/// The published documents. Everybody asks for them and they change with the keys and two settings only, so each is
/// written once.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    jwks: OnceLock<Document>,
    /// Without and with client metadata documents.
    discovery: [OnceLock<Document>; 2],
}

/// The discovery document of the tenant (OpenID Connect Discovery 1.0 §4, RFC 8414 §3), as JSON.
pub async fn discovery(ctx: &Ctx) -> Result<Document> {
    let keys = keys::of(ctx).await?;
    let client_id_metadata_documents = documents::are_accepted(ctx).await?;
    let place = &keys.documents.discovery[usize::from(client_id_metadata_documents)];
    written_once(place, || {
        discovery::document(Server {
            issuer: &ctx.tenant.issuer,
            endpoint: &ctx.tenant.url("/oidc"),
            algorithms: &keys.algorithms(),
            client_id_metadata_documents,
        })
    })
}

/// The keys that the tenant's tokens are verified with (RFC 7517 §5), as JSON.
pub async fn jwks(ctx: &Ctx) -> Result<Document> {
    let keys = keys::of(ctx).await?;
    written_once(&keys.documents.jwks, || &keys.published)
}

fn written_once<T: Serialize>(place: &OnceLock<Document>, document: impl FnOnce() -> T) -> Result<Document> {
    if let Some(written) = place.get() {
        return Ok(written.clone());
    }
    let json = serde_json::to_vec(&document()).map_err(Error::internal)?;
    let document = place.get_or_init(|| Document {
        json: json.into(),
        tag: Arc::default(),
    });
    Ok(document.clone())
}
