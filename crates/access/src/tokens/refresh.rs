//! The refresh token grant (RFC 6749 §6) with rotation and reuse detection (RFC 9700 §4.14.2; docs/wire/tokens.md).

use super::issuance::{self, Grant, OwnClaims, Step, TokenRequest};
use super::issue::{self, Access, Basis, Settled};
use super::script_context::Facts;
use super::trail::{self, Trail};
use super::wanted::Wanted;
use super::{TokenResponse, organization};
use crate::clients::KnownClient;
use crate::gate::{self, Artefact};
use crate::resources;
use crate::stop::Stop;
use serde_json::Map;
use soleira_core::Timestamp;
use soleira_crypto::{refresh_token_family, refresh_token_hash, refresh_token_successor};
use soleira_oauth::client::GrantType;
use soleira_oauth::grant::{RefreshState, Rotation, narrowed_scope};
use soleira_oauth::resource::{Audience, Target};
use soleira_oauth::{Error, ErrorCode, Params, Result, ScopeSet, lifetime, scope};
use soleira_runtime::Ctx;
use soleira_store::refresh_tokens::{self, RefreshTokenRow, StandingRefreshToken};
use soleira_store::{Tx, grants};
use std::sync::Arc;

#[derive(Clone)]
struct Refresh {
    request: TokenRequest,
    token: String,
    /// The `scope` of the request.
    scope: Option<String>,
    wanted: Wanted,
}

/// Exchanges a refresh token for tokens.
///
/// # Errors
/// `invalid_grant`, `invalid_scope`, `invalid_target`, `access_denied`, `insufficient_scope`.
pub(super) async fn refresh(
    ctx: &Ctx,
    client: Arc<KnownClient>,
    params: &Params,
    trail: Trail,
) -> Result<TokenResponse> {
    let [token] = trail.note(ctx, params.required(["refresh_token"])).await?;
    let grant = Refresh {
        request: TokenRequest {
            ctx: ctx.clone(),
            client,
            trail,
        },
        token: token.to_owned(),
        scope: params.get("scope").map(str::to_owned),
        wanted: Wanted::of_request(ctx, params).await?,
    };
    issuance::issue(grant).await
}

impl Grant for Refresh {
    fn request(&self) -> &TokenRequest {
        &self.request
    }

    async fn redeem(&self, tx: &mut Tx<'_>, own: &OwnClaims) -> Result<Step, Stop> {
        let (ctx, tenant, now) = (&self.request.ctx, &self.request.ctx.tenant.id, own.now());
        let hash = refresh_token_hash(&self.token);
        let Some(found) = refresh_tokens::find(tx, tenant, &hash).await? else {
            if own.took_time() {
                // It stood when it came, and was replaced and forgotten while the script looked at it: no reuse.
                return Err(Error::invalid_grant("the refresh token was replaced meanwhile").into());
            }
            return Err(self.refuse_unknown(tx).await?.into());
        };
        let StandingRefreshToken { token, standing, user } = found;
        if token.client_id != self.request.client.id {
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
        // The order of these refusals is the wire's (docs/wire/tokens.md, "Refresh tokens").
        let granted = gate::stand(artefact, now).map_err(Error::from)?;
        let own_scope = ScopeSet::parse(&token.scope);
        let scope = narrowed_scope(self.scope.as_deref(), &own_scope)?;
        gate::admit_user(standing.user_is_suspended).map_err(Error::from)?;
        let state = RefreshState {
            issued_at: token.created_at,
            expires_at: token.expires_at,
            chain_started_at: token.chain_started_at,
            consumed_at: token.consumed_at,
        };
        if state.is_reused(now) {
            return Err(self.revoke_for_reuse(tx, &token).await?.into());
        }
        gate::admit_to_application(tx, ctx, &self.request.client, &token.user_id)
            .await?
            .map_err(Error::from)?;
        if let Some(organization) = &self.wanted.organization {
            organization::admit(
                tx,
                ctx,
                &self.request.client,
                &token.grant_id,
                &token.user_id,
                organization,
            )
            .await?;
            require_organizations(&own_scope)?;
        }
        let mut basis = Basis {
            grant_id: token.grant_id.clone(),
            user_id: token.user_id.clone(),
            session_uid: token.session_uid.clone(),
            sid: token.sid.clone(),
            nonce: token.nonce.clone(),
            auth_time: token.auth_time,
            expires_with_session: token.expires_with_session,
            scope,
            granted,
            extra: Map::new(),
        };
        let target = self.wanted.target(&basis.scope, &token.resources)?;
        let access = self.wanted.access(tx, ctx, &target).await?;
        let access_scope = match &target {
            Target::Opaque => issue::standard_scope(&basis),
            Target::Jwt(audience) => {
                // What the person may do now, of what they granted: a permission taken away is gone at once.
                let (user, organization) = (&basis.user_id, self.wanted.organization.as_ref());
                let current =
                    resources::scopes_for(tx, ctx, &self.request.client, user, organization, audience).await?;
                granted_for(&basis, audience).intersection(&current)
            }
        };
        if let Some(organization) = self.wanted.organization_of(&target) {
            basis.extra = issue::organization_claim(organization);
        }
        let facts = || Facts {
            organization: self.wanted.organization.clone(),
            ..issue::facts(&basis, &access, &access_scope, &grant_types(&self.request.client))
        };
        match own.of(facts) {
            Ok(claims) => basis.extra.extend(claims),
            Err(step) => return Ok(step),
        }
        // Everything holds. The token is replaced, if it is to be, and the new ones are stored.
        let refresh_token = match state.rotation(&self.request.client, now) {
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
                let replaced = now.plus_seconds(-lifetime::REFRESH_TOKEN_GRACE);
                refresh_tokens::forget_replaced(tx, tenant, &refresh_token_family(&self.token), replaced).await?;
                self.store_successor(tx, &token, expires_at).await?
            }
        };
        if let Access::Opaque(value) = &access {
            issue::store_access_token(tx, ctx, &self.request.client, &basis, value).await?;
        }
        let portrait = issue::portrait(tx, ctx, &basis, user).await?;
        Ok(Step::Settled(Box::new(Settled {
            basis,
            access,
            access_scope,
            portrait,
            refresh_token: Some(refresh_token),
        })))
    }
}

impl Refresh {
    /// A token that is not there was replaced long ago if its family is: a replaced one is forgotten when its successor is
    /// replaced in turn. Whatever a token of the family would be refused for before reuse is told first.
    async fn refuse_unknown(&self, tx: &mut Tx<'_>) -> Result<Error, Stop> {
        let (tenant, family) = (&self.request.ctx.tenant.id, refresh_token_family(&self.token));
        let Some(StandingRefreshToken { token, standing, .. }) = refresh_tokens::of_family(tx, tenant, &family).await?
        else {
            return Ok(Error::invalid_grant("there is no such refresh token"));
        };
        if token.client_id != self.request.client.id {
            return Ok(Error::invalid_grant("the refresh token was issued to another client"));
        }
        narrowed_scope(self.scope.as_deref(), &ScopeSet::parse(&token.scope))?;
        gate::admit_user(standing.user_is_suspended).map_err(Error::from)?;
        self.revoke_for_reuse(tx, &token).await
    }

    /// RFC 9700 §4.14.2: a token that is used after it was replaced is in two hands, so the whole family ends.
    async fn revoke_for_reuse(&self, tx: &mut Tx<'_>, token: &RefreshTokenRow) -> Result<Error, Stop> {
        let ctx = &self.request.ctx;
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
        let value = refresh_token_successor(&self.token, self.request.ctx.entropy());
        let successor = RefreshTokenRow {
            rotations: token.rotations + 1,
            created_at: self.request.ctx.now(),
            expires_at,
            consumed_at: None,
            ..token.clone()
        };
        refresh_tokens::insert(tx, &self.request.ctx.tenant.id, &refresh_token_hash(&value), &successor).await?;
        Ok(value)
    }
}

/// How the token came about, as scripts see it. Devices get theirs by device codes, and nobody else does.
fn grant_types(client: &KnownClient) -> String {
    let first = if client.allows_grant(GrantType::DeviceCode) {
        "device_code"
    } else {
        "authorization_code"
    };
    format!("{first} refresh_token")
}

/// What a person granted for an audience, of what this request may have. A grant knows no organization: its permissions
/// are in the token's scope by the name.
fn granted_for(basis: &Basis, audience: &Audience) -> ScopeSet {
    match audience {
        Audience::Resource(indicator) => basis.granted.resource_scope(indicator).intersection(&basis.scope),
        Audience::Organization(_) => basis.scope.clone(),
    }
}

/// An organization can be asked for only with a token that was granted the person's organizations.
fn require_organizations(own_scope: &ScopeSet) -> Result<()> {
    if own_scope.contains(scope::ORGANIZATIONS) {
        return Ok(());
    }
    Err(Error::new(ErrorCode::InsufficientScope)
        .describe("refresh token missing required scope")
        .with_scope(scope::ORGANIZATIONS))
}
