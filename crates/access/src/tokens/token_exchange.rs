//! Token exchange (RFC 8693): an application that holds a token of a person gets an access token of its own for them
//! (docs/wire/tokens.md, "Token exchange").

use super::introspect::is_jwt;
use super::issuance::{self, Grant, OwnClaims, Step, TokenRequest};
use super::issue::{self, Access, Basis, Settled};
use super::script_context::Facts;
use super::trail::Trail;
use super::wanted::Wanted;
use super::{TokenResponse, is_opaque, organization};
use crate::clients::{self, KnownClient};
use crate::gate::{self, Artefact};
use crate::stop::Stop;
use crate::{keys, resources};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use soleira_core::{ApplicationId, EntropyExt, GrantId, SessionUid, Timestamp, UserId};
use soleira_crypto::{jws, timely_token_hash, token_hash};
use soleira_oauth::client::GrantType;
use soleira_oauth::grant::Granted;
use soleira_oauth::resource::Target;
use soleira_oauth::{Error, Params, Result, ScopeSet, access_token, claims, lifetime, scope};
use soleira_runtime::Ctx;
use soleira_store::access_tokens::{self, StandingToken, TokenKind};
use soleira_store::grants::{self, GrantRow, Rejected, ResourceScopes};
use soleira_store::{Tx, personal_access_tokens, subject_tokens, users};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A token that an administrator's program made for this (docs/wire/management-api.md, subject tokens).
const IMPERSONATION: &str = "urn:logto:token-type:impersonation_token";
/// An access token (RFC 8693 §3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// A token that a person keeps for their programs.
const PERSONAL_ACCESS_TOKEN: &str = "urn:logto:token-type:personal_access_token";

/// What is presented for a person, as far as it can be read before the unit.
#[derive(Clone)]
enum Subject {
    /// A subject token, which works once.
    Impersonation([u8; 32]),
    /// A personal access token, by its keyed hash.
    PersonalAccessToken([u8; 32]),
    /// An opaque access token, issued to a client of the tenant's own.
    Opaque([u8; 32]),
    /// A JWT access token of this person, verified, issued to a client of the tenant's own.
    Jwt(UserId),
}

/// Exchanges a token of a person for an access token.
///
/// # Errors
/// `invalid_request` for a missing parameter, `invalid_grant` for whatever does not hold of the tokens, `access_denied`,
/// `invalid_target`.
pub(super) async fn exchange_token(
    ctx: &Ctx,
    client: Arc<KnownClient>,
    params: &Params,
    trail: Trail,
) -> Result<TokenResponse> {
    let prepared = prepare(ctx, &client, params, trail.clone()).await;
    issuance::issue(trail.note(ctx, prepared).await?).await
}

#[derive(Clone)]
struct Exchange {
    request: TokenRequest,
    subject: Subject,
    /// The opaque access token of whoever acts for the person.
    actor: Option<[u8; 32]>,
    /// What the request asks for; nothing is implied.
    scope: ScopeSet,
    wanted: Wanted,
}

async fn prepare(ctx: &Ctx, client: &Arc<KnownClient>, params: &Params, trail: Trail) -> Result<Exchange> {
    let [token, token_type] = params.required(["subject_token", "subject_token_type"])?;
    Ok(Exchange {
        request: TokenRequest {
            ctx: ctx.clone(),
            client: client.clone(),
            trail,
        },
        subject: read_subject(ctx, token_type, token).await?,
        actor: read_actor(ctx, params).await?,
        scope: ScopeSet::parse(params.get("scope").unwrap_or_default()),
        wanted: Wanted::of_request(ctx, params).await?,
    })
}

async fn read_subject(ctx: &Ctx, token_type: &str, token: &str) -> Result<Subject> {
    match token_type {
        // Subject tokens are taken by the name of access tokens too, as they were at first.
        IMPERSONATION | ACCESS_TOKEN if is_subject_token(token) => Ok(Subject::Impersonation(token_hash(token))),
        ACCESS_TOKEN if is_jwt(token) => subject_of_jwt(ctx, token).await,
        ACCESS_TOKEN if is_opaque(token) => {
            let hash = timely_token_hash(token);
            let issued_to = client_of_opaque(ctx, &hash).await?;
            check_issued_to(ctx, issued_to.as_str()).await?;
            Ok(Subject::Opaque(hash))
        }
        PERSONAL_ACCESS_TOKEN if token.starts_with("pat_") => {
            let context = personal_access_tokens::lookup_context(&ctx.tenant.id);
            Ok(Subject::PersonalAccessToken(ctx.app.vault.lookup_hash(&context, token)))
        }
        IMPERSONATION | ACCESS_TOKEN | PERSONAL_ACCESS_TOKEN => Err(Error::invalid_grant(
            "the subject token is not of the type that the request says",
        )),
        _ => Err(Error::invalid_grant("the type of the subject token is not supported")),
    }
}

/// `sub_` and 21 characters. An opaque token may begin like it, and is longer.
fn is_subject_token(token: &str) -> bool {
    token.strip_prefix("sub_").is_some_and(|rest| rest.len() == 21)
}

/// The claims of a JWT access token that say for whom and to whom it was issued.
#[derive(Deserialize)]
struct SubjectClaims {
    iss: String,
    sub: String,
    client_id: String,
    exp: i64,
}

/// The person of a JWT access token of ours. RFC 8725 §3.11, §3.12: an ID token, a logout token or a machine's own token
/// under the same key is none.
async fn subject_of_jwt(ctx: &Ctx, token: &str) -> Result<Subject> {
    let keys = keys::of(ctx).await?;
    let verified = jws::verify(token, |header| keys.verifying.find(header))
        .map_err(|error| Error::invalid_grant(format!("the subject token does not verify: {error}")))?;
    if !verified.header.is_type(access_token::TYPE) {
        return Err(Error::invalid_grant("the subject token is a JWT of another kind"));
    }
    let own: SubjectClaims = verified
        .claims()
        .map_err(|error| Error::invalid_grant(format!("the subject token lacks a claim: {error}")))?;
    if own.iss != ctx.tenant.issuer {
        return Err(Error::invalid_grant("the subject token is another issuer's"));
    }
    if claims::is_past(own.exp, ctx.now()) {
        return Err(Error::invalid_grant("the subject token has expired"));
    }
    if own.sub == own.client_id {
        return Err(Error::invalid_grant("the subject token is a machine's own"));
    }
    check_issued_to(ctx, &own.client_id).await?;
    Ok(Subject::Jwt(own.sub.into()))
}

/// Whom an opaque access token was issued to.
async fn client_of_opaque(ctx: &Ctx, hash: &[u8; 32]) -> Result<ApplicationId> {
    let found = {
        let mut reader = ctx.read().await.map_err(Error::from)?;
        access_tokens::find(&mut reader.tx(), &ctx.tenant.id, hash)
            .await
            .map_err(soleira_core::Error::from)?
    };
    found
        .filter(|found| found.kind == TokenKind::Access)
        .map(|found| found.token.client_id)
        .ok_or_else(|| Error::invalid_grant("there is no such access token"))
}

/// A token that somebody else's application got stands for what the person gave to it, and that is not everything.
async fn check_issued_to(ctx: &Ctx, client_id: &str) -> Result<()> {
    match clients::find(ctx, client_id).await? {
        Some(client) if !client.is_third_party() => Ok(()),
        Some(_) => Err(Error::invalid_grant(
            "the subject token was issued to a third-party application",
        )),
        None => Err(Error::invalid_grant(
            "the subject token was issued to a client that is gone",
        )),
    }
}

/// The actor token (RFC 8693 §2.1): an opaque access token, if there is one.
async fn read_actor(ctx: &Ctx, params: &Params) -> Result<Option<[u8; 32]>> {
    let Some(token) = params.get("actor_token") else {
        return Ok(None);
    };
    if params.get("actor_token_type") != Some(ACCESS_TOKEN) || !is_opaque(token) {
        return Err(Error::invalid_grant("the actor token is no opaque access token"));
    }
    let hash = timely_token_hash(token);
    let issued_to = client_of_opaque(ctx, &hash).await?;
    if clients::find(ctx, issued_to.as_str()).await?.is_none() {
        return Err(Error::invalid_grant(
            "the actor token was issued to a client that is gone",
        ));
    }
    Ok(Some(hash))
}

impl Grant for Exchange {
    fn request(&self) -> &TokenRequest {
        &self.request
    }

    async fn redeem(&self, tx: &mut Tx<'_>, own: &OwnClaims) -> Result<Step, Stop> {
        let (ctx, now) = (&self.request.ctx, own.now());
        let Presented {
            user_id,
            subject_token_context,
        } = self.subject(tx, now).await?;
        let mut extra = self.actor(tx).await?;
        gate::admit_to_application(tx, ctx, &self.request.client, &user_id)
            .await?
            .map_err(Error::from)?;
        let grant_id = grant_id(ctx);
        if let Some(organization) = &self.wanted.organization {
            organization::admit(tx, ctx, &self.request.client, &grant_id, &user_id, organization).await?;
        }
        // There was no authorization request: whatever is asked for may be, and what it is worth is up to the scopes.
        let target = self.wanted.target(&self.scope, &self.wanted.resources)?;
        let access = self.wanted.access(tx, ctx, &target).await?;
        if let Some(organization) = self.wanted.organization_of(&target) {
            extra.extend(issue::organization_claim(organization));
        }
        let access_scope = match &target {
            Target::Opaque => self.scope.standard(),
            Target::Jwt(audience) => {
                let organization = self.wanted.organization.as_ref();
                let current =
                    resources::scopes_for(tx, ctx, &self.request.client, &user_id, organization, audience).await?;
                self.scope.intersection(&current)
            }
        };
        let mut basis = Basis {
            grant_id,
            user_id,
            session_uid: SessionUid::from(""),
            sid: None,
            nonce: None,
            auth_time: None,
            expires_with_session: false,
            scope: self.scope.clone(),
            granted: granted(&access, &access_scope),
            extra,
        };
        let facts = || Facts {
            organization: self.wanted.organization.clone(),
            subject_token_context,
            ..issue::facts(&basis, &access, &access_scope, GrantType::TokenExchange.as_str())
        };
        match own.of(facts) {
            Ok(claims) => basis.extra.extend(claims),
            Err(step) => return Ok(step),
        }
        // Everything holds. Of all who got this far with a subject token, one uses it up.
        if let Subject::Impersonation(hash) = &self.subject
            && !subject_tokens::consume(tx, &ctx.tenant.id, hash, now).await?
        {
            return Err(Error::invalid_grant("the subject token was used before").into());
        }
        self.store(tx, &basis, &access).await?;
        Ok(Step::Settled(Box::new(Settled {
            basis,
            access,
            access_scope,
            portrait: None,
            refresh_token: None,
        })))
    }
}

/// Whom a subject token stands for.
struct Presented {
    user_id: UserId,
    /// What its maker put into it, for scripts.
    subject_token_context: Option<Value>,
}

impl Exchange {
    /// The person whom the subject token stands for, who is neither gone nor suspended.
    async fn subject(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Presented, Stop> {
        let tenant = &self.request.ctx.tenant.id;
        let mut subject_token_context = None;
        let (user_id, is_suspended) = match &self.subject {
            Subject::Impersonation(hash) => {
                let found = subject_tokens::find_live(tx, tenant, hash, now).await?.ok_or_else(|| {
                    Error::invalid_grant("there is no such subject token, or it was used or has expired")
                })?;
                let context = serde_json::from_str(&found.context).map_err(soleira_store::Error::from)?;
                subject_token_context = Some(context);
                (found.user_id, Some(found.user_is_suspended))
            }
            Subject::PersonalAccessToken(hash) => {
                let (user, is_suspended) = personal_access_tokens::owner(tx, tenant, hash, now)
                    .await?
                    .ok_or_else(|| Error::invalid_grant("there is no such personal access token, or it has expired"))?;
                (user, Some(is_suspended))
            }
            // Whoever is suspended has no live token.
            Subject::Opaque(hash) => (self.live_token(tx, hash).await?.0, Some(false)),
            Subject::Jwt(user) => {
                let found = users::find(tx, tenant, user).await?;
                (user.clone(), found.map(|user| user.is_suspended))
            }
        };
        gate::admit_user(is_suspended).map_err(Error::from)?;
        Ok(Presented {
            user_id,
            subject_token_context,
        })
    }

    /// The claim about whoever acts (RFC 8693 §4.1), if somebody does.
    async fn actor(&self, tx: &mut Tx<'_>) -> Result<Map<String, Value>, Stop> {
        let Some(hash) = &self.actor else {
            return Ok(Map::new());
        };
        let (user, scope) = self.live_token(tx, hash).await?;
        if !scope.contains(scope::OPENID) {
            return Err(Error::invalid_grant("the actor token lacks the scope openid").into());
        }
        Ok(Map::from_iter([("act".to_owned(), json!({ "sub": user }))]))
    }

    /// The person and the scope of an opaque access token that stands.
    async fn live_token(&self, tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<(UserId, ScopeSet), Stop> {
        let found = access_tokens::find(tx, &self.request.ctx.tenant.id, hash).await?;
        let Some(StandingToken { token, standing, .. }) = found.filter(|found| found.kind == TokenKind::Access) else {
            return Err(Error::invalid_grant("there is no such access token").into());
        };
        let artefact = Artefact {
            client_id: &token.client_id,
            user_id: &token.user_id,
            grant_id: &token.grant_id,
            expires_with_session: token.expires_with_session,
            expires_at: token.expires_at,
            standing: &standing,
        };
        let granted = gate::pass(artefact, self.request.ctx.now()).map_err(Error::from)?;
        let scope = ScopeSet::parse(&token.scope).intersection(&granted.openid_scope());
        Ok((token.user_id, scope))
    }

    /// Stores the grant that the token stands on, and the token if it is opaque. Nothing else can come of this grant: it
    /// ends with the token.
    async fn store(&self, tx: &mut Tx<'_>, basis: &Basis, access: &Access) -> Result<(), Stop> {
        let (ctx, now) = (&self.request.ctx, self.request.ctx.now());
        let ttl = match access {
            Access::Opaque(_) => lifetime::ACCESS_TOKEN,
            Access::Jwt(resource) => resource.access_token_ttl,
        };
        let mut grant = GrantRow {
            id: basis.grant_id.clone(),
            user_id: basis.user_id.clone(),
            client_id: self.request.client.id.clone(),
            openid_scope: String::new(),
            resources: ResourceScopes::new(),
            rejected: Rejected::default(),
            created_at: now,
            expires_at: now.plus_seconds(ttl),
            revoked_at: None,
        };
        gate::write_granted(&basis.granted, &mut grant);
        grants::upsert(tx, &ctx.tenant.id, &grant).await?;
        if let Access::Opaque(value) = access {
            issue::store_access_token(tx, ctx, &self.request.client, basis, value).await?;
        }
        Ok(())
    }
}

/// What the person is taken to have granted: what the token says.
fn granted(access: &Access, scope: &ScopeSet) -> Granted {
    match access {
        Access::Opaque(_) => Granted {
            openid: scope.clone(),
            ..Granted::default()
        },
        Access::Jwt(resource) => Granted {
            resources: BTreeMap::from([(resource.indicator.clone(), scope.clone())]),
            ..Granted::default()
        },
    }
}

/// The identifier of an exchange's grant: 21 characters where others have 43 (docs/wire/identifiers.md).
fn grant_id(ctx: &Ctx) -> GrantId {
    let mut id = ctx.entropy().timely_opaque(ctx.now());
    id.truncate(21);
    GrantId(id)
}

#[cfg(test)]
mod tests {
    use super::is_subject_token;

    #[test]
    fn subject_tokens_are_told_by_their_form() {
        assert!(is_subject_token(&format!("sub_{}", "a".repeat(21))));
        for other in ["sub_", &format!("sub_{}", "a".repeat(39)), &"a".repeat(25)] {
            assert!(!is_subject_token(other), "{other}");
        }
    }
}
