//! Making the tokens of people: what the code and the refresh grant share.

use super::TokenResponse;
use crate::clients::KnownClient;
use crate::keys::{self, TokenKeys};
use crate::resources::KnownResource;
use crate::stop::Stop;
use serde_json::{Map, Value};
use soleira_core::model::{SocialIdentity, User};
use soleira_core::{EntropyExt, GrantId, SessionUid, Timestamp, UserId};
use soleira_crypto::{jws, token_hash};
use soleira_directory::configs;
use soleira_oauth::access_token::{self, AccessTokenClaims};
use soleira_oauth::claims::{self, Audience, IdToken, Person};
use soleira_oauth::grant::Granted;
use soleira_oauth::{Error, Result, ScopeSet, lifetime, scope};
use soleira_runtime::Ctx;
use soleira_store::access_tokens::{self, AccessTokenRow};
use soleira_store::{Tx, identities, roles, users};

/// What kind of access token is issued.
#[derive(Debug, Clone)]
pub(super) enum Access {
    /// Opaque: this is its value.
    Opaque(String),
    /// A JWT for this resource.
    Jwt(KnownResource),
}

/// What a code and a refresh token have in common once they are honoured.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    pub(super) grant_id: GrantId,
    pub(super) user_id: UserId,
    pub(super) session_uid: SessionUid,
    pub(super) sid: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) auth_time: Option<Timestamp>,
    pub(super) expires_with_session: bool,
    /// The scope that this request may have.
    pub(super) scope: ScopeSet,
    pub(super) granted: Granted,
}

/// A person as their ID token tells of them.
#[derive(Debug, Clone)]
pub(super) struct Portrait {
    user: User,
    roles: Vec<String>,
    identities: Vec<SocialIdentity>,
}

/// What a unit settled, to be signed after it.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) basis: Basis,
    pub(super) access: Access,
    pub(super) access_scope: ScopeSet,
    pub(super) portrait: Option<Portrait>,
    pub(super) refresh_token: Option<String>,
}

impl Settled {
    /// The kinds of token, as the audit trail names them.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let mut kinds = vec!["AccessToken"];
        if self.refresh_token.is_some() {
            kinds.push("RefreshToken");
        }
        if self.portrait.is_some() {
            kinds.push("IdToken");
        }
        kinds
    }
}

/// The standard scopes that hold for a request.
pub(super) fn standard_scope(basis: &Basis) -> ScopeSet {
    basis.scope.intersection(&basis.granted.openid_scope())
}

/// Stores an opaque access token; of a JWT nothing is stored. Its scope.
pub(super) async fn store_access_token(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &KnownClient,
    basis: &Basis,
    value: &str,
) -> Result<ScopeSet, Stop> {
    let scope = standard_scope(basis);
    let now = ctx.now();
    let token = AccessTokenRow {
        grant_id: basis.grant_id.clone(),
        client_id: client.id.clone(),
        user_id: basis.user_id.clone(),
        session_uid: basis.session_uid.clone(),
        sid: basis.sid.clone(),
        scope: scope.to_string(),
        expires_with_session: basis.expires_with_session,
        created_at: now,
        expires_at: now.plus_seconds(lifetime::ACCESS_TOKEN),
    };
    access_tokens::insert(tx, &ctx.tenant.id, &token_hash(value), &token).await?;
    Ok(scope)
}

/// The person, if the request gets an ID token.
pub(super) async fn portrait(tx: &mut Tx<'_>, ctx: &Ctx, basis: &Basis) -> Result<Option<Portrait>, Stop> {
    if !basis.scope.contains(scope::OPENID) {
        return Ok(None);
    }
    let tenant = &ctx.tenant.id;
    let user = users::find(tx, tenant, &basis.user_id)
        .await?
        .ok_or_else(|| Error::invalid_grant("its user does not exist"))?;
    Ok(Some(Portrait {
        user,
        roles: role_names(tx, ctx, &basis.user_id, &basis.scope).await?,
        identities: social_identities(tx, ctx, &basis.user_id, &basis.scope).await?,
    }))
}

/// Names of the user's roles, read only if the scope asks for them.
pub(super) async fn role_names(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    user: &UserId,
    scope: &ScopeSet,
) -> soleira_store::Result<Vec<String>> {
    if !scope.contains("roles") {
        return Ok(Vec::new());
    }
    Ok(roles::of_user(tx, &ctx.tenant.id, user)
        .await?
        .into_iter()
        .map(|role| role.name)
        .collect())
}

/// The user's accounts at providers, read only if the scope asks for them.
pub(super) async fn social_identities(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    user: &UserId,
    scope: &ScopeSet,
) -> soleira_store::Result<Vec<SocialIdentity>> {
    if !scope.contains("identities") {
        return Ok(Vec::new());
    }
    identities::of_user(tx, &ctx.tenant.id, user).await
}

/// Signs what a unit settled and puts the answer together.
pub(super) async fn sign(ctx: &Ctx, client: &KnownClient, settled: Settled) -> Result<TokenResponse> {
    let keys = keys::of(ctx).await?;
    let id_token = match &settled.portrait {
        Some(portrait) => Some(sign_id_token(ctx, &keys, client, &settled.basis, portrait).await?),
        None => None,
    };
    let scope = settled.access_scope.to_string();
    let (access_token, expires_in) = match settled.access {
        Access::Opaque(value) => (value, lifetime::ACCESS_TOKEN),
        Access::Jwt(resource) => {
            let subject = claims::subject_for(&settled.basis.user_id, client);
            let token = sign_access_token(ctx, &keys, client, subject, &resource, Some(scope.clone()))?;
            (token, resource.access_token_ttl)
        }
    };
    Ok(TokenResponse {
        access_token,
        expires_in,
        id_token,
        refresh_token: settled.refresh_token,
        scope: Some(scope),
        token_type: "Bearer",
    })
}

/// Signs a JWT access token.
pub(super) fn sign_access_token(
    ctx: &Ctx,
    keys: &TokenKeys,
    client: &KnownClient,
    subject: &str,
    resource: &KnownResource,
    scope: Option<String>,
) -> Result<String> {
    let claims = AccessTokenClaims {
        extra: Map::new(),
        jti: ctx.entropy().opaque(),
        subject,
        issued_at: ctx.now(),
        lifetime: resource.access_token_ttl,
        scope,
        client_id: client.id.as_str(),
        issuer: &ctx.tenant.issuer,
        audience: &resource.indicator,
    };
    sign_payload(keys, Some(access_token::TYPE), &claims.into_payload())
}

async fn sign_id_token(
    ctx: &Ctx,
    keys: &TokenKeys,
    client: &KnownClient,
    basis: &Basis,
    portrait: &Portrait,
) -> Result<String> {
    let configs = configs::get(ctx).await?;
    let enabled = configs.extended_id_token_claims();
    let person = Person {
        user: &portrait.user,
        roles: &portrait.roles,
        identities: &portrait.identities,
    };
    let token = IdToken {
        subject: claims::subject_for(&basis.user_id, client),
        claims: claims::about(person, &standard_scope(basis), Audience::IdToken { enabled: &enabled }),
        nonce: basis.nonce.as_deref(),
        auth_time: basis.auth_time,
        sid: basis.sid.as_deref().filter(|_| client.wants_sid()),
        audience: client.id.as_str(),
        issuer: &ctx.tenant.issuer,
        issued_at: ctx.now(),
        lifetime: client.id_token_ttl(),
    };
    sign_payload(keys, None, &token.into_payload())
}

fn sign_payload(keys: &TokenKeys, typ: Option<&str>, payload: &Map<String, Value>) -> Result<String> {
    jws::sign(&keys.signing, typ, payload).map_err(|error| soleira_core::Error::internal(error).into())
}
