//! The authorization code grant (RFC 6749 §4.1.3): everything holds and the code is consumed in one write unit.

use super::TokenResponse;
use super::issuance::{self, Grant, OwnClaims, Step, TokenRequest};
use super::issue::{self, Access, Basis, Settled};
use super::trail::{self, Trail};
use super::wanted::Wanted;
use crate::clients::KnownClient;
use crate::gate::{self, Artefact};
use crate::stop::Stop;
use serde_json::Map;
use soleira_crypto::timely_token_hash;
use soleira_oauth::grant::{IssuedCode, PresentedCode, check_code};
use soleira_oauth::{Error, Params, Result, ScopeSet};
use soleira_runtime::Ctx;
use soleira_store::authorization_codes::{self, CodeRow, StandingCode};
use soleira_store::{Tx, grants};
use std::sync::Arc;

#[derive(Clone)]
struct Redeem {
    request: TokenRequest,
    code: String,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    wanted: Wanted,
}

/// Exchanges a code for tokens.
///
/// # Errors
/// `invalid_grant` for whatever does not hold; `invalid_target`.
pub(super) async fn exchange_code(
    ctx: &Ctx,
    client: Arc<KnownClient>,
    params: &Params,
    trail: Trail,
) -> Result<TokenResponse> {
    let [code] = trail.note(ctx, params.required(["code"])).await?;
    let grant = Redeem {
        request: TokenRequest {
            ctx: ctx.clone(),
            client,
            trail,
        },
        code: code.to_owned(),
        redirect_uri: params.get("redirect_uri").map(str::to_owned),
        code_verifier: params.get("code_verifier").map(str::to_owned),
        wanted: Wanted::of_code(ctx, params).await?,
    };
    issuance::issue(grant).await
}

impl Grant for Redeem {
    fn request(&self) -> &TokenRequest {
        &self.request
    }

    async fn redeem(&self, tx: &mut Tx<'_>, own: &OwnClaims) -> Result<Step, Stop> {
        let (ctx, tenant, now) = (&self.request.ctx, &self.request.ctx.tenant.id, own.now());
        let code_hash = timely_token_hash(&self.code);
        let StandingCode { code, standing, user } = authorization_codes::find(tx, tenant, &code_hash)
            .await?
            .ok_or_else(|| Error::invalid_grant("there is no such code"))?;
        if code.client_id != self.request.client.id {
            return Err(Error::invalid_grant("the code was issued to another client").into());
        }
        if code.consumed_at.is_some() {
            return Err(self.revoke_for_replay(tx, &code).await?.into());
        }
        let artefact = Artefact {
            client_id: &code.client_id,
            user_id: &code.user_id,
            grant_id: &code.grant_id,
            expires_with_session: code.expires_with_session,
            expires_at: code.expires_at,
            standing: &standing,
        };
        let granted = gate::pass(artefact, now).map_err(Error::from)?;
        gate::admit_to_application(tx, ctx, &self.request.client, &code.user_id)
            .await?
            .map_err(Error::from)?;
        let issued = IssuedCode {
            client_id: code.client_id.as_str(),
            redirect_uri: &code.redirect_uri,
            code_challenge: code.code_challenge.as_deref(),
        };
        let presented = PresentedCode {
            redirect_uri: self.redirect_uri.as_deref(),
            code_verifier: self.code_verifier.as_deref(),
        };
        check_code(issued, &self.request.client, presented)?;
        let mut basis = Basis {
            grant_id: code.grant_id.clone(),
            user_id: code.user_id.clone(),
            session_uid: code.session_uid.clone(),
            sid: code.sid.clone(),
            nonce: code.nonce.clone(),
            auth_time: code.auth_time,
            expires_with_session: code.expires_with_session,
            scope: ScopeSet::parse(&code.scope),
            granted,
            extra: Map::new(),
        };
        let target = self.wanted.target(&basis.scope, &code.resources)?;
        let access = self.wanted.access(tx, ctx, &target).await?;
        let access_scope = issue::granted_scope(&basis, &access);
        match own.of(|| issue::facts(&basis, &access, &access_scope, "authorization_code")) {
            Ok(claims) => basis.extra.extend(claims),
            Err(step) => return Ok(step),
        }
        // Everything holds. Of all who got this far with the code, one consumes it.
        if !authorization_codes::consume(tx, tenant, &code_hash, now).await? {
            return Err(self.revoke_for_replay(tx, &code).await?.into());
        }
        if let Access::Opaque(value) = &access {
            issue::store_access_token(tx, ctx, &self.request.client, &basis, value).await?;
        }
        let refresh_token = issue::store_refresh_token(tx, ctx, &self.request.client, &basis, &code.resources).await?;
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
    /// RFC 6749 §4.1.2: a code used twice has leaked, so everything that came of it ends.
    async fn revoke_for_replay(&self, tx: &mut Tx<'_>, code: &CodeRow) -> Result<Error, Stop> {
        let ctx = &self.request.ctx;
        if grants::revoke(tx, &ctx.tenant.id, &code.grant_id, ctx.now()).await? {
            let grants = [code.grant_id.clone()];
            let entry = trail::grants_revoked(&grants, &code.client_id, &code.user_id, "authorization code replayed");
            Ctx::audit_in(tx, &entry.into_row(ctx)).await?;
        }
        Ok(Error::invalid_grant("the code was used before"))
    }
}
