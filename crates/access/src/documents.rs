//! Clients that describe themselves by a document at the address that is their `client_id`
//! (draft-ietf-oauth-client-id-metadata-document-02; docs/wire/authorization.md, "Client ID metadata documents").

use crate::clients::KnownClient;
use crate::{guard, keys};
use soleira_core::Result as CoreResult;
use soleira_directory::configs;
use soleira_oauth::client_document::{ClientDocument, DocumentUrl};
use soleira_oauth::{Error, ErrorCode, Result, ScopeSet};
use soleira_runtime::guard::Limit;
use soleira_runtime::{Ctx, RemoteDocumentError};
use soleira_store::consent_scopes::{self, Party};
use std::sync::Arc;

/// How many documents one address may make us fetch.
const FETCHES: Limit = Limit {
    purpose: "client-document",
    attempts: 60,
    window: 60_000,
};

/// Whether the tenant takes such clients: an administrator said so, and the guard of outbound requests is on.
///
/// # Errors
/// When the settings cannot be read.
pub async fn are_accepted(ctx: &Ctx) -> CoreResult<bool> {
    configs::client_documents(ctx).await
}

/// The client of an address.
///
/// # Errors
/// What is wrong with the document; that it could not be fetched; that too many are asked for.
pub(crate) async fn client(ctx: &Ctx, address: &DocumentUrl) -> CoreResult<Result<Arc<KnownClient>>> {
    let algorithm = keys::of(ctx).await?.signing.alg();
    let read = ctx
        .remote_document(
            address.url(),
            || guard::attempt(ctx, FETCHES),
            |body| ClientDocument::read(&ctx.tenant.id, address, body, algorithm.as_str()),
        )
        .await;
    let document = match read {
        Ok(Ok(document)) => document,
        Ok(Err(error)) => return Ok(Err(error)),
        Err(RemoteDocumentError::NotAdmitted(error)) => return Err(error),
        Err(RemoteDocumentError::Busy) => {
            return Ok(Err(
                Error::new(ErrorCode::TemporarilyUnavailable).caused_by("too many documents are being fetched")
            ));
        }
        Err(RemoteDocumentError::Fetch(cause)) => {
            // Whoever names an address must not learn from the answer what stands there.
            let error = Error::new(ErrorCode::InvalidClientMetadata)
                .describe("client metadata document could not be fetched")
                .caused_by(cause);
            return Ok(Err(error));
        }
    };
    let scope = user_scopes(ctx).await?;
    Ok(Ok(Arc::new(KnownClient::of_document(document, &scope))))
}

/// Notes that a client is in use, if it describes itself by a document: a person said yes to it, or it got a token.
pub(crate) fn note_use(ctx: &Ctx, client: &KnownClient) {
    if client.is_document()
        && let Some(address) = DocumentUrl::parse(client.id.as_str())
    {
        ctx.note_use_of_document(address.url());
    }
}

struct UserScopes(ScopeSet);

/// The standard scopes that such clients may ask for.
async fn user_scopes(ctx: &Ctx) -> CoreResult<ScopeSet> {
    let found = ctx
        .cached("client documents", &ctx.tenant.id, |tenant, tx| {
            Box::pin(async move {
                let names = consent_scopes::user_scopes(tx, tenant, Party::Documents).await?;
                Ok(UserScopes(names.into_iter().collect()))
            })
        })
        .await?;
    Ok(found.0.clone())
}
