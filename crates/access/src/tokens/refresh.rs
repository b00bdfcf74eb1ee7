//! The refresh token grant (RFC 6749 §6) with rotation and reuse detection (RFC 9700 §4.14.2; docs/wire/tokens.md).

use super::TokenResponse;
use super::issue::{self, Access, Basis, Settled};
use super::trail::{self, Trail};
use crate::clients::KnownClient;
use crate::gate::{self, Artefact};
use crate::resources;
use crate::stop::{Stop, settle};
use soleira_core::{EntropyExt, Timestamp};
use soleira_crypto::token_hash;
use soleira_oauth::grant::{RefreshState, Rotation, narrowed_scope};
use soleira_oauth::resource::{self, Target};
use soleira_oauth::{Error, ErrorCode, Params, Result, ScopeSet};
use soleira_runtime::Ctx;
use soleira_store::refresh_tokens::{self, RefreshTokenRow, StandingRefreshToken};
use soleira_store::{Tx, Unit, Verdict, grants};
use std::sync::Arc;

struct Refresh {
    ctx: Ctx,
    client: Arc<KnownClient>,
    trail: Trail,
    token: String,
    /// The `scope` of the request.
    scope: Option<String>,
    /// The `resource` of the request.
    resources: Vec<String>,
    default_resource: Option<String>,
    /// Whether the request names an organization.
    for_organization: bool,
}

/// Exchanges a refresh token for tokens.
///
/// # Errors
/// `invalid_grant`, `invalid_scope`, `invalid_target`, `access_denied`.
pub(super) async fn refresh(
    ctx: &Ctx,
    client: Arc<KnownClient>,
    params: &Params,
    trail: Trail,
) -> Result<TokenResponse> {
    let token = match params.required(["refresh_token"]) {
        Ok([token]) => token.to_owned(),
        Err(error) => {
            ctx.audit(trail.refused(&error)).await;
            return Err(error);
        }
    };
    let unit = Refresh {
        ctx: ctx.clone(),
        client: client.clone(),
        trail,
        token,
        scope: params.get("scope").map(str::to_owned),
        resources: params.all("resource").map(str::to_owned).collect(),
        default_resource: resources::default(ctx).await?,
        for_organization: params.get("organization_id").is_some(),
    };
    let settled = ctx.write(unit).await??;
    issue::sign(ctx, &client, settled).await
}

impl Unit for Refresh {
    type Out = Result<Settled>;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Self::Out>> {
        let outcome = settle(self.exchange(tx).await)?;
        let entry = match &outcome {
            Ok(settled) => {
                let scope = settled.access_scope.to_string();
                self.trail
                    .issued(&settled.kinds(), Some(&scope), Some(&settled.basis.user_id))
            }
            Err(error) => self.trail.refused(error),
        };
        Ctx::audit_in(tx, &entry.into_row(&self.ctx)).await?;
        Ok(Verdict::Accept(outcome))
    }
}

impl Refresh {
    async fn exchange(&self, tx: &mut Tx<'_>) -> Result<Settled, Stop> {
        let (ctx, tenant, now) = (&self.ctx, &self.ctx.tenant.id, self.ctx.now());
        let hash = token_hash(&self.token);
        let StandingRefreshToken { token, standing } = refresh_tokens::find(tx, tenant, &hash)
            .await?
            .ok_or_else(|| Error::invalid_grant("there is no such refresh token"))?;
        if token.client_id != self.client.id {
            return Err(Error::invalid_grant("the refresh token was issued to another client").into());
        }
        let artefact = Artefact {
            client_id: &token.client_id,
            user_id: &token.user_id,
            grant_id: &token.grant_id,
            expires_with_session: token.expires_with_session,
            expires_at: token.expires_at,
            standing: &standing,
        };
        let granted = gate::pass(artefact, now).map_err(Error::from)?;
        let scope = narrowed_scope(self.scope.as_deref(), &ScopeSet::parse(&token.scope))?;
        let state = RefreshState {
            issued_at: token.created_at,
            expires_at: token.expires_at,
            chain_started_at: token.chain_started_at,
            consumed_at: token.consumed_at,
        };
        if state.is_reused(now) {
            return Err(self.revoke_for_reuse(tx, &token).await?.into());
        }
        gate::admit_to_application(tx, ctx, &self.client, &token.user_id)
            .await?
            .map_err(Error::from)?;
        if self.for_organization {
            // Nobody belongs to an organization yet.
            let error = Error::new(ErrorCode::AccessDenied).with_status(403);
            return Err(error.describe("user is not a member of the organization").into());
        }
        let basis = Basis {
            grant_id: token.grant_id.clone(),
            user_id: token.user_id.clone(),
            session_uid: token.session_uid.clone(),
            sid: token.sid.clone(),
            nonce: token.nonce.clone(),
            auth_time: token.auth_time,
            expires_with_session: token.expires_with_session,
            scope,
            granted,
        };
        let requested: Vec<&str> = self.resources.iter().map(String::as_str).collect();
        let target = resource::choose(
            &requested,
            &basis.scope,
            &token.resources,
            self.default_resource.as_deref(),
        )?;
        let access = match target {
            Target::Opaque => Access::Opaque(ctx.entropy().opaque()),
            Target::Resource(indicator) => Access::Jwt(resources::find_in(tx, ctx, &indicator).await?),
        };
        let refresh_token = match state.rotation(&self.client, now) {
            Rotation::Keep => self.token.clone(),
            Rotation::Rotate { expires_at } => {
                let consumed_at = refresh_tokens::consume(tx, tenant, &hash, now).await?;
                if (RefreshState {
                    consumed_at: Some(consumed_at),
                    ..state
                })
                .is_reused(now)
                {
                    return Err(self.revoke_for_reuse(tx, &token).await?.into());
                }
                self.store_successor(tx, &token, expires_at).await?
            }
        };
        let access_scope = match &access {
            Access::Opaque(value) => issue::store_access_token(tx, ctx, &self.client, &basis, value).await?,
            Access::Jwt(resource) => {
                // What the person may do now, of what they granted: a permission taken away is gone at once.
                let current = resources::scopes_of_user(tx, ctx, &basis.user_id, &resource.indicator).await?;
                basis
                    .granted
                    .resource_scope(&resource.indicator)
                    .intersection(&basis.scope)
                    .intersection(&current)
            }
        };
        let portrait = issue::portrait(tx, ctx, &basis).await?;
        Ok(Settled {
            basis,
            access,
            access_scope,
            portrait,
            refresh_token: Some(refresh_token),
        })
    }

    /// RFC 9700 §4.14.2: a token that is used after it was replaced is in two hands, so the whole family ends.
    async fn revoke_for_reuse(&self, tx: &mut Tx<'_>, token: &RefreshTokenRow) -> Result<Error, Stop> {
        let ctx = &self.ctx;
        if grants::revoke(tx, &ctx.tenant.id, &token.grant_id, ctx.now()).await? {
            let grants = [token.grant_id.clone()];
            let entry = trail::grants_revoked(&grants, &token.client_id, &token.user_id, "refresh token reused");
            Ctx::audit_in(tx, &entry.into_row(ctx)).await?;
        }
        Ok(Error::invalid_grant("the refresh token was used after it was replaced"))
    }

    async fn store_successor(
        &self,
        tx: &mut Tx<'_>,
        token: &RefreshTokenRow,
        expires_at: Timestamp,
    ) -> Result<String, Stop> {
        let value = self.ctx.entropy().opaque();
        let successor = RefreshTokenRow {
            rotations: token.rotations + 1,
            created_at: self.ctx.now(),
            expires_at,
            consumed_at: None,
            ..token.clone()
        };
        refresh_tokens::insert(tx, &self.ctx.tenant.id, &token_hash(&value), &successor).await?;
        Ok(value)
    }
}
