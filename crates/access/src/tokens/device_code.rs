//! The device code grant (RFC 8628 §3.4): a device asks until its person has decided, and gets its tokens once.

use super::TokenResponse;
use super::issuance::{self, Grant, OwnClaims, Step, TokenRequest};
use super::issue::{self, Access, Basis, Settled};
use super::trail::{self, Trail};
use super::wanted::Wanted;
use crate::clients::KnownClient;
use crate::gate::{self, Artefact};
use crate::stop::Stop;
use serde_json::Map;
use soleira_crypto::token_hash;
use soleira_oauth::{Error, ErrorCode, Params, Result, ScopeSet};
use soleira_runtime::Ctx;
use soleira_store::device_codes::{self, Allowance, AllowedCode, Outcome};
use soleira_store::{Tx, grants, users};
use std::sync::Arc;

#[derive(Clone)]
struct Redeem {
    request: TokenRequest,
    code_hash: [u8; 32],
    wanted: Wanted,
}

/// Exchanges a device code for tokens.
///
/// # Errors
/// `authorization_pending` while nobody has decided, `access_denied` when the person refused, `expired_token`, and
/// `invalid_grant` for whatever else does not hold.
pub(super) async fn redeem(
    ctx: &Ctx,
    client: Arc<KnownClient>,
    params: &Params,
    trail: Trail,
) -> Result<TokenResponse> {
    let code_hash = match decided(ctx, &client, params).await {
        Ok(code_hash) => code_hash,
        Err(error) => {
            // A device asks every few seconds: that nobody has decided yet is no event.
            if error.code() != ErrorCode::AuthorizationPending {
                ctx.audit(trail.refused(&error)).await;
            }
            return Err(error);
        }
    };
    let grant = Redeem {
        request: TokenRequest {
            ctx: ctx.clone(),
            client,
            trail,
        },
        code_hash,
        wanted: Wanted::of_code(ctx, params).await?,
    };
    issuance::issue(grant).await
}

/// The hash of the code, once its person allowed it. Asking writes nothing.
async fn decided(ctx: &Ctx, client: &KnownClient, params: &Params) -> Result<[u8; 32]> {
    let [code] = params.required(["device_code"])?;
    let code_hash = token_hash(code);
    let row = device_codes::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, &code_hash)
        .await
        .map_err(soleira_core::Error::from)?
        .ok_or_else(|| Error::invalid_grant("there is no such device code"))?;
    if row.client_id != client.id {
        return Err(Error::invalid_grant("the device code was issued to another client"));
    }
    // RFC 8628 §3.5. One that was redeemed is looked at in the unit, whatever its age.
    if row.consumed_at.is_none() && ctx.now() >= row.expires_at {
        return Err(ErrorCode::ExpiredToken.into());
    }
    match row.outcome {
        Some(Outcome::Allowed) => Ok(code_hash),
        Some(Outcome::Aborted) => Err(Error::new(ErrorCode::AccessDenied).describe("End-User aborted interaction")),
        None => Err(ErrorCode::AuthorizationPending.into()),
    }
}

impl Grant for Redeem {
    fn request(&self) -> &TokenRequest {
        &self.request
    }

    async fn redeem(&self, tx: &mut Tx<'_>, own: &OwnClaims) -> Result<Step, Stop> {
        let (ctx, tenant, now) = (&self.request.ctx, &self.request.ctx.tenant.id, own.now());
        let code = device_codes::allowed(tx, tenant, &self.code_hash)
            .await?
            .ok_or_else(|| Error::invalid_grant("the device code is not allowed"))?;
        if code.consumed_at.is_some() {
            return Err(self.revoke_for_replay(tx, &code).await?.into());
        }
        let allowed = &code.allowance;
        let artefact = Artefact {
            client_id: &code.client_id,
            user_id: &allowed.user_id,
            grant_id: &allowed.grant_id,
            expires_with_session: allowed.expires_with_session,
            expires_at: code.expires_at,
            standing: &code.standing,
        };
        let granted = gate::pass(artefact, now).map_err(Error::from)?;
        gate::admit_to_application(tx, ctx, &self.request.client, &allowed.user_id)
            .await?
            .map_err(Error::from)?;
        let mut basis = basis(allowed, granted, &code.params)?;
        let target = self.wanted.target(&basis.scope, &allowed.resources)?;
        let access = self.wanted.access(tx, ctx, &target).await?;
        let access_scope = issue::granted_scope(&basis, &access);
        match own.of(|| issue::facts(&basis, &access, &access_scope, "device_code")) {
            Ok(claims) => basis.extra.extend(claims),
            Err(step) => return Ok(step),
        }
        // Everything holds. Of all who got this far with the code, one consumes it.
        if !device_codes::consume(tx, tenant, &self.code_hash, now).await? {
            return Err(self.revoke_for_replay(tx, &code).await?.into());
        }
        if let Access::Opaque(value) = &access {
            issue::store_access_token(tx, ctx, &self.request.client, &basis, value).await?;
        }
        let refresh_token =
            issue::store_refresh_token(tx, ctx, &self.request.client, &basis, &allowed.resources).await?;
        let user = users::find(tx, tenant, &allowed.user_id).await?;
        let portrait = issue::portrait(tx, ctx, &basis, user).await?;
        Ok(Step::Settled(Box::new(Settled {
            basis,
            access,
            access_scope,
            portrait,
            refresh_token,
        })))
    }
}

impl Redeem {
    /// As for a code of the authorization endpoint (RFC 6749 §4.1.2): what is used twice has leaked.
    async fn revoke_for_replay(&self, tx: &mut Tx<'_>, code: &AllowedCode) -> Result<Error, Stop> {
        let (ctx, allowed) = (&self.request.ctx, &code.allowance);
        if grants::revoke(tx, &ctx.tenant.id, &allowed.grant_id, ctx.now()).await? {
            let grants = [allowed.grant_id.clone()];
            let entry = trail::grants_revoked(&grants, &code.client_id, &allowed.user_id, "device code replayed");
            Ctx::audit_in(tx, &entry.into_row(ctx)).await?;
        }
        Ok(Error::invalid_grant("the device code was used before"))
    }
}

/// What the tokens are made from. The nonce is the one of the device's request.
fn basis(allowed: &Allowance, granted: soleira_oauth::grant::Granted, params: &str) -> soleira_store::Result<Basis> {
    let params: Params = serde_json::from_str(params)?;
    Ok(Basis {
        grant_id: allowed.grant_id.clone(),
        user_id: allowed.user_id.clone(),
        session_uid: allowed.session_uid.clone(),
        sid: allowed.sid.clone(),
        nonce: params.get("nonce").map(str::to_owned),
        auth_time: allowed.auth_time,
        expires_with_session: allowed.expires_with_session,
        scope: ScopeSet::parse(&allowed.scope),
        granted,
        extra: Map::new(),
    })
}
