//! The userinfo endpoint (OpenID Connect Core 1.0 §5.3), in one statement unless roles, identities or organizations are
//! asked for.

use super::issue::Belongings;
use super::{ClientRefusal, check_origin, is_opaque};
use crate::clients;
use crate::gate::{self, Artefact, Closed};
use serde_json::{Map, Value};
use soleira_core::UserId;
use soleira_crypto::timely_token_hash;
use soleira_oauth::claims::{self, Audience};
use soleira_oauth::{Error, ErrorCode, ScopeSet, scope};
use soleira_runtime::Ctx;
use soleira_store::access_tokens::{self, UserinfoToken};

/// What the endpoint answers.
pub type Userinfo = Map<String, Value>;

/// Claims about the person that an access token is about. `origin` is that of a browser's script.
///
/// # Errors
/// `invalid_token`, `insufficient_scope`, `invalid_grant` for a suspended person.
pub async fn userinfo(ctx: &Ctx, token: &str, origin: Option<&str>) -> Result<Userinfo, ClientRefusal> {
    let invalid = |cause: &str| Error::new(ErrorCode::InvalidToken).caused_by(cause);
    if !is_opaque(token) {
        return Err(invalid("it is not an opaque token").into());
    }
    let UserinfoToken { token, standing, user } = find(ctx, token)
        .await?
        .ok_or_else(|| invalid("there is no such token"))?;
    let client = clients::find(ctx, token.client_id.as_str())
        .await?
        .ok_or_else(|| invalid("its client is gone"))?;
    if let Some(origin) = origin {
        check_origin(ctx, &client, origin)?;
    }
    let artefact = Artefact {
        client_id: &token.client_id,
        user_id: &token.user_id,
        grant_id: &token.grant_id,
        expires_with_session: token.expires_with_session,
        expires_at: token.expires_at,
        standing: &standing,
    };
    let granted = gate::pass(artefact, ctx.now()).map_err(|closed| match closed {
        Closed::UserGone | Closed::UserSuspended | Closed::NotAdmitted => Error::from(closed),
        Closed::Expired | Closed::SessionEnded | Closed::GrantGone => invalid(closed.cause()),
    })?;
    let own = ScopeSet::parse(&token.scope);
    if !own.contains(scope::OPENID) {
        let error = Error::new(ErrorCode::InsufficientScope).describe("access token missing openid scope");
        return Err(error.with_scope(scope::OPENID).into());
    }
    let user = user.ok_or_else(|| Error::from(Closed::UserGone))?;
    let scope = own.intersection(&granted.openid_scope());
    let belongings = belongings(ctx, &user.id, &scope).await?;
    let mut answer = Map::new();
    answer.insert("sub".into(), claims::subject_for(&user.id, &client).into());
    answer.extend(claims::about(belongings.of(&user), &scope, Audience::Userinfo));
    Ok(answer)
}

// The connection goes back before anything else is asked for: a request that holds one while it waits for another could
// wait for ever.
async fn find(ctx: &Ctx, token: &str) -> soleira_core::Result<Option<UserinfoToken>> {
    Ok(access_tokens::userinfo(&mut ctx.read().await?.tx(), &ctx.tenant.id, &timely_token_hash(token)).await?)
}

/// What belongs to the person, read only if the scope asks for it.
async fn belongings(ctx: &Ctx, user: &UserId, scope: &ScopeSet) -> soleira_core::Result<Belongings> {
    if !Belongings::are_asked_for(scope) {
        return Ok(Belongings::default());
    }
    let mut reader = ctx.read().await?;
    Ok(Belongings::read(&mut reader.tx(), ctx, user, scope).await?)
}
