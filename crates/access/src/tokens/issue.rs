//! Making the tokens of people: what the grants share.

use super::TokenResponse;
use super::script_context::Facts;
use crate::clients::KnownClient;
use crate::keys::{self, TokenKeys};
use crate::resources::KnownResource;
use crate::stop::Stop;
use serde_json::{Map, Value};
use soleira_core::model::{SocialIdentity, User};
use soleira_core::{EntropyExt, GrantId, OrganizationId, SessionUid, Timestamp, UserId};
use soleira_crypto::{jws, refresh_token_hash, timely_token_hash};
use soleira_directory::configs;
use soleira_oauth::access_token::{self, AccessTokenClaims};
use soleira_oauth::claims::{self, Audience, IdToken, Membership, Person};
use soleira_oauth::grant::Granted;
use soleira_oauth::{Error, Result, ScopeSet, lifetime, scope};
use soleira_runtime::Ctx;
use soleira_store::access_tokens::{self, AccessTokenRow};
use soleira_store::refresh_tokens::{self, RefreshTokenRow};
use soleira_store::{Tx, identities, permissions, roles};

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
    /// Claims of the access token beside the standard ones, opaque or not: `act`, then `organization_id`,
    /// then the tenant's own.
    pub(super) extra: Map<String, Value>,
}

/// A person as their ID token tells of them.
#[derive(Debug, Clone)]
pub(super) struct Portrait {
    user: User,
    belongings: Belongings,
}

/// What belongs to a person, as far as a scope asks for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Belongings {
    roles: Vec<String>,
    identities: Vec<SocialIdentity>,
    memberships: Vec<Membership>,
}

impl Belongings {
    /// Whether a scope asks for any of it.
    pub(super) fn are_asked_for(scope: &ScopeSet) -> bool {
        ["roles", "identities", scope::ORGANIZATIONS, scope::ORGANIZATION_ROLES]
            .iter()
            .any(|name| scope.contains(name))
    }

    /// Reads what the scope asks for, in a statement each.
    pub(super) async fn read(
        tx: &mut Tx<'_>,
        ctx: &Ctx,
        user: &UserId,
        scope: &ScopeSet,
    ) -> soleira_store::Result<Self> {
        let tenant = &ctx.tenant.id;
        let mut own = Self::default();
        if scope.contains("roles") {
            let held = roles::of_user(tx, tenant, user).await?;
            own.roles = held.into_iter().map(|role| role.name).collect();
        }
        if scope.contains("identities") {
            own.identities = identities::of_user(tx, tenant, user).await?;
        }
        if scope.contains(scope::ORGANIZATIONS) || scope.contains(scope::ORGANIZATION_ROLES) {
            own.memberships = memberships(permissions::memberships(tx, tenant, user).await?);
        }
        Ok(own)
    }

    /// The person with what belongs to them.
    pub(super) fn of<'a>(&'a self, user: &'a User) -> Person<'a> {
        Person {
            user,
            roles: &self.roles,
            identities: &self.identities,
            memberships: &self.memberships,
        }
    }
}

/// The organizations of rows that have one role each.
fn memberships(rows: Vec<(OrganizationId, String, Option<String>, Option<String>)>) -> Vec<Membership> {
    let mut memberships: Vec<Membership> = Vec::new();
    for (id, name, description, role) in rows {
        match memberships.last_mut() {
            Some(last) if last.organization_id == id.as_str() => last.roles.extend(role),
            _ => memberships.push(Membership {
                organization_id: id.0,
                name,
                description,
                roles: role.into_iter().collect(),
            }),
        }
    }
    memberships
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

/// What a person granted of what the request may have: for the resource of a JWT, or of standard scopes.
pub(super) fn granted_scope(basis: &Basis, access: &Access) -> ScopeSet {
    match access {
        Access::Opaque(_) => standard_scope(basis),
        Access::Jwt(resource) => basis
            .granted
            .resource_scope(&resource.indicator)
            .intersection(&basis.scope),
    }
}

/// What a script is told of the token that is about to be issued.
pub(super) fn facts(basis: &Basis, access: &Access, scope: &ScopeSet, grant_types: &str) -> Facts {
    Facts {
        user_id: basis.user_id.clone(),
        grant_id: basis.grant_id.clone(),
        session_uid: basis.session_uid.clone(),
        sid: basis.sid.clone(),
        expires_with_session: basis.expires_with_session,
        audience: match access {
            Access::Opaque(_) => None,
            Access::Jwt(resource) => Some(resource.indicator.clone()),
        },
        scope: scope.to_string(),
        grant_types: grant_types.to_owned(),
        organization: None,
        subject_token_context: None,
    }
}

/// What a token for a resource says of the organization that it was asked for in.
pub(super) fn organization_claim(organization: &OrganizationId) -> Map<String, Value> {
    Map::from_iter([("organization_id".to_owned(), organization.as_str().into())])
}

/// Stores an opaque access token; of a JWT nothing is stored.
pub(super) async fn store_access_token(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &KnownClient,
    basis: &Basis,
    value: &str,
) -> Result<(), Stop> {
    let now = ctx.now();
    let token = AccessTokenRow {
        grant_id: basis.grant_id.clone(),
        client_id: client.id.clone(),
        user_id: basis.user_id.clone(),
        session_uid: basis.session_uid.clone(),
        sid: basis.sid.clone(),
        scope: standard_scope(basis).to_string(),
        extra: basis.extra.clone(),
        expires_with_session: basis.expires_with_session,
        created_at: now,
        expires_at: now.plus_seconds(lifetime::ACCESS_TOKEN),
    };
    access_tokens::insert(tx, &ctx.tenant.id, &timely_token_hash(value), &token).await?;
    Ok(())
}

/// Stores the first refresh token of a chain, if the client gets one; its value.
pub(super) async fn store_refresh_token(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &KnownClient,
    basis: &Basis,
    resources: &[String],
) -> Result<Option<String>, Stop> {
    if !client.gets_refresh_token(&basis.scope) {
        return Ok(None);
    }
    let now = ctx.now();
    let value = ctx.entropy().timely_opaque(now);
    let token = RefreshTokenRow {
        grant_id: basis.grant_id.clone(),
        client_id: client.id.clone(),
        user_id: basis.user_id.clone(),
        session_uid: basis.session_uid.clone(),
        sid: basis.sid.clone(),
        scope: basis.scope.to_string(),
        resources: resources.to_vec(),
        nonce: basis.nonce.clone(),
        auth_time: basis.auth_time,
        chain_started_at: now,
        rotations: 0,
        expires_with_session: basis.expires_with_session,
        created_at: now,
        expires_at: now.plus_seconds(client.refresh_token_ttl()),
        consumed_at: None,
    };
    refresh_tokens::insert(tx, &ctx.tenant.id, &refresh_token_hash(&value), &token).await?;
    Ok(Some(value))
}

/// The person, if the request gets an ID token.
pub(super) async fn portrait(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    basis: &Basis,
    user: Option<User>,
) -> Result<Option<Portrait>, Stop> {
    if !basis.scope.contains(scope::OPENID) {
        return Ok(None);
    }
    let user = user.ok_or_else(|| Error::invalid_grant("its user does not exist"))?;
    let belongings = Belongings::read(tx, ctx, &basis.user_id, &standard_scope(basis)).await?;
    Ok(Some(Portrait { user, belongings }))
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
            let content = Content {
                subject,
                resource: &resource,
                scope: Some(scope.clone()),
                extra: settled.basis.extra,
            };
            (
                sign_access_token(ctx, &keys, client, content)?,
                resource.access_token_ttl,
            )
        }
    };
    ctx.count_user_token(&settled.basis.user_id);
    Ok(TokenResponse {
        access_token,
        expires_in,
        id_token,
        refresh_token: settled.refresh_token,
        scope: Some(scope),
        token_type: "Bearer",
    })
}

/// What a JWT access token says beside what every one says.
pub(super) struct Content<'a> {
    pub(super) subject: &'a str,
    pub(super) resource: &'a KnownResource,
    pub(super) scope: Option<String>,
    pub(super) extra: Map<String, Value>,
}

/// Signs a JWT access token.
pub(super) fn sign_access_token(
    ctx: &Ctx,
    keys: &TokenKeys,
    client: &KnownClient,
    content: Content<'_>,
) -> Result<String> {
    let claims = AccessTokenClaims {
        extra: content.extra,
        jti: ctx.entropy().opaque(),
        subject: content.subject,
        issued_at: ctx.now(),
        lifetime: content.resource.access_token_ttl,
        scope: content.scope,
        client_id: client.id.as_str(),
        issuer: &ctx.tenant.issuer,
        audience: &content.resource.indicator,
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
    let person = portrait.belongings.of(&portrait.user);
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
