//! Pushed authorization requests (RFC 9126): the client sends its request itself, authenticated, and gives the browser a
//! reference to it.

use super::{admit, redirect, validate};
use crate::clients::KnownClient;
use crate::tokens::{CREDENTIALS, ClientRefusal, ClientRequest, authenticate};
use serde::Serialize;
use soleira_core::EntropyExt;
use soleira_crypto::token_hash;
use soleira_oauth::authorization::{AuthorizationRequest, PARAMETERS, Refusal};
use soleira_oauth::{Error, ErrorCode, Params, lifetime};
use soleira_runtime::Ctx;
use soleira_store::pushed_requests::{self, PushedRequestRow};
use soleira_store::{Verdict, unit};

/// What every reference begins with (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// What the client gets for its request (RFC 9126 §2.2).
#[derive(Debug, Clone, Serialize)]
pub struct PushedResponse {
    /// How long the reference is good for, in seconds.
    pub expires_in: i64,
    /// The reference, for the authorization endpoint.
    pub request_uri: String,
}

/// Takes a request that a client pushes.
///
/// # Errors
/// What is wrong with it or with who sends it (RFC 9126 §2.3). A redirect URI that is not registered is
/// `invalid_request` here.
pub async fn push(ctx: &Ctx, request: &ClientRequest) -> Result<PushedResponse, ClientRefusal> {
    admit(ctx)?;
    let client = authenticate(ctx, request, &[PARAMETERS, CREDENTIALS].concat()).await?;
    let raw = named(&request.params, &client);
    let (params, _) = AuthorizationRequest::read(&raw).map_err(refused)?;
    let request = validate(ctx, &client, params).await.map_err(refused)?;
    let id = ctx.entropy().opaque();
    let now = ctx.now();
    let row = PushedRequestRow {
        client_id: client.id.clone(),
        params: serde_json::to_string(&request.params).map_err(soleira_core::Error::internal)?,
        created_at: now,
        expires_at: now.plus_seconds(lifetime::PUSHED_REQUEST),
        consumed_at: None,
    };
    ctx.write(unit(
        (ctx.tenant.id.clone(), token_hash(&id), row),
        |(tenant, id_hash, row), tx| {
            Box::pin(async move {
                pushed_requests::insert(tx, tenant, id_hash, row).await?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await?;
    Ok(PushedResponse {
        expires_in: lifetime::PUSHED_REQUEST,
        request_uri: format!("{PREFIX}{id}"),
    })
}

/// The request with the client that authenticated, which may have named itself in the header only.
fn named(params: &Params, client: &KnownClient) -> Params {
    let mut named = params.clone();
    if named.get("client_id").is_none() {
        named.push("client_id", client.id.as_str());
    }
    named
}

/// A refusal as the client itself hears of it.
fn refused(refusal: Refusal) -> ClientRefusal {
    let error = match refusal {
        Refusal::Answer { error, .. } | Refusal::Redirect { error, .. } => error,
    };
    // RFC 9126 §2.3: there is no browser that could be sent astray.
    if error.code() == ErrorCode::InvalidRedirectUri {
        return Error::invalid_request(error.description()).into();
    }
    error.into()
}

/// The reference that a request of a browser consists of, without its prefix.
pub(super) fn reference(params: &Params) -> Option<&str> {
    params.get("request_uri")?.strip_prefix(PREFIX)
}

/// The parameters that a reference stands for. Whatever else the browser sends counts for nothing (RFC 9126 §4), except
/// to tell the client that the reference is good for nothing.
pub(super) async fn find(
    ctx: &Ctx,
    client: &KnownClient,
    id_hash: &[u8; 32],
    params: &Params,
) -> Result<Params, Refusal> {
    let read = async || -> soleira_core::Result<Option<(PushedRequestRow, Params)>> {
        let row = pushed_requests::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id_hash).await?;
        let Some(row) = row.filter(|row| row.client_id == client.id) else {
            return Ok(None);
        };
        let pushed = serde_json::from_str(&row.params).map_err(soleira_core::Error::internal)?;
        Ok(Some((row, pushed)))
    };
    let invalid = || Error::new(ErrorCode::InvalidRequestUri);
    let (target, error) = match read().await {
        Ok(Some((row, pushed))) if row.consumed_at.is_none() && ctx.now() < row.expires_at => return Ok(pushed),
        Ok(Some((_, pushed))) => (AuthorizationRequest::target(&pushed, client), invalid()),
        Ok(None) => (AuthorizationRequest::target(params, client), invalid()),
        Err(error) => (AuthorizationRequest::target(params, client), error.into()),
    };
    match target {
        Ok(target) => Err(redirect(&target, error)),
        // Where the client cannot be told, the browser is.
        Err(refusal) => Err(match refusal {
            Refusal::Answer { state, .. } => Refusal::Answer { error, state },
            redirect @ Refusal::Redirect { .. } => redirect,
        }),
    }
}
