//! Token revocation (RFC 7009). Whatever kind of token goes, everything of its grant goes with it; with a refresh token
//! the grant itself ends.

use super::introspect::{PARAMETERS, is_jwt};
use super::trail;
use super::{ClientRefusal, ClientRequest, authenticate};
use crate::clients::KnownClient;
use soleira_crypto::{refresh_token_hash, timely_token_hash};
use soleira_oauth::{Error, ErrorCode};
use soleira_runtime::Ctx;
use soleira_store::access_tokens::{self, TokenKind};
use soleira_store::{Tx, Unit, Verdict, grants};
use std::sync::Arc;

/// Revokes a token. One that nobody knows counts as revoked (RFC 7009 §2.2).
///
/// # Errors
/// As the client's authentication; `unsupported_token_type` for JWTs; `invalid_request` for another client's token.
pub async fn revoke(ctx: &Ctx, request: &ClientRequest) -> Result<(), ClientRefusal> {
    let client = authenticate(ctx, request, PARAMETERS).await?;
    let [token] = request.params.required(["token"])?;
    if is_jwt(token) {
        return Err(Error::new(ErrorCode::UnsupportedTokenType)
            .describe("Structured JWT Tokens cannot be revoked via the revocation_endpoint")
            .into());
    }
    ctx.write(Revoke {
        ctx: ctx.clone(),
        client,
        access_hash: timely_token_hash(token),
        refresh_hash: refresh_token_hash(token),
    })
    .await??;
    Ok(())
}

struct Revoke {
    ctx: Ctx,
    client: Arc<KnownClient>,
    access_hash: [u8; 32],
    refresh_hash: [u8; 32],
}

impl Unit for Revoke {
    type Out = Result<(), Error>;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Self::Out>> {
        let tenant = &self.ctx.tenant.id;
        let found = access_tokens::find_any(tx, tenant, &self.access_hash, &self.refresh_hash).await?;
        let Some(found) = found else {
            return Ok(Verdict::Accept(Ok(())));
        };
        if found.token.client_id != self.client.id {
            return Ok(Verdict::Accept(if self.client.is_confidential() {
                Err(Error::invalid_request(
                    "client is not authorized to revoke the presented token",
                ))
            } else {
                Ok(())
            }));
        }
        let grant = &found.token.grant_id;
        grants::delete_artefacts(tx, tenant, grant).await?;
        if found.kind == TokenKind::Refresh {
            grants::revoke(tx, tenant, grant, self.ctx.now()).await?;
        }
        let kinds: &[&str] = match found.kind {
            TokenKind::Access => &["AccessToken"],
            TokenKind::Refresh => &["RefreshToken"],
        };
        let entry = trail::token_revoked(grant, &self.client.id, &found.token.user_id, kinds);
        Ctx::audit_in(tx, &entry.into_row(&self.ctx)).await?;
        Ok(Verdict::Accept(Ok(())))
    }
}
