//! Token introspection (RFC 7662), in one statement. JWTs are not stored and cannot be introspected.

use super::{ClientRefusal, ClientRequest, authenticate};
use crate::clients;
use crate::gate::{self, Artefact};
use serde_json::{Map, Value, json};
use soleira_crypto::{refresh_token_hash, timely_token_hash};
use soleira_oauth::grant::RefreshState;
use soleira_oauth::{Client, Error, ErrorCode, ScopeSet, claims};
use soleira_runtime::Ctx;
use soleira_store::access_tokens::{self, StandingToken, TokenKind};

/// The parameters that introspection and revocation know.
pub(super) const PARAMETERS: &[&str] = &[
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "token",
    "token_type_hint",
];

/// Whether the text has the form of a JWT (RFC 7515 §3.1).
pub(super) fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3 && token.split('.').all(|part| !part.is_empty())
}

/// What a token is worth.
///
/// # Errors
/// As the client's authentication; `unsupported_token_type` for JWTs.
pub async fn introspect(ctx: &Ctx, request: &ClientRequest) -> Result<Map<String, Value>, ClientRefusal> {
    let client = authenticate(ctx, request, PARAMETERS).await?;
    let [token] = request.params.required(["token"])?;
    if is_jwt(token) {
        return Err(Error::new(ErrorCode::UnsupportedTokenType)
            .describe("Structured JWT Tokens cannot be introspected via the introspection_endpoint")
            .into());
    }
    let inactive = || Map::from_iter([("active".to_owned(), json!(false))]);
    let Some(found) = find(ctx, token).await? else {
        return Ok(inactive());
    };
    // A public client cannot prove who it is, and nobody knows who is behind a document: they learn of their own tokens only.
    if (!client.is_confidential() || client.is_document()) && found.token.client_id != client.id {
        return Ok(inactive());
    }
    // The subject is the one that the token's own client knows.
    let Some(owner) = clients::find(ctx, found.token.client_id.as_str()).await? else {
        return Ok(inactive());
    };
    Ok(describe(ctx, &found, &owner).unwrap_or_else(inactive))
}

async fn find(ctx: &Ctx, token: &str) -> soleira_core::Result<Option<StandingToken>> {
    let (access, refresh) = (timely_token_hash(token), refresh_token_hash(token));
    Ok(access_tokens::find_any(&mut ctx.read().await?.tx(), &ctx.tenant.id, &access, &refresh).await?)
}

fn describe(ctx: &Ctx, found: &StandingToken, owner: &Client) -> Option<Map<String, Value>> {
    let (token, now) = (&found.token, ctx.now());
    let artefact = Artefact {
        client_id: &token.client_id,
        user_id: &token.user_id,
        grant_id: &token.grant_id,
        expires_with_session: token.expires_with_session,
        expires_at: token.expires_at,
        standing: &found.standing,
    };
    let granted = gate::pass(artefact, now).ok()?;
    let state = RefreshState {
        issued_at: token.created_at,
        expires_at: token.expires_at,
        chain_started_at: token.created_at,
        consumed_at: found.consumed_at,
    };
    if state.is_reused(now) {
        return None;
    }
    let own = ScopeSet::parse(&token.scope);
    let scope = match found.kind {
        TokenKind::Access => own.intersection(&granted.openid_scope()),
        TokenKind::Refresh => own,
    };
    let mut answer = Map::new();
    answer.insert("active".into(), true.into());
    answer.insert("client_id".into(), token.client_id.as_str().into());
    answer.insert("exp".into(), token.expires_at.seconds().into());
    answer.insert("iat".into(), token.created_at.seconds().into());
    answer.insert("iss".into(), ctx.tenant.issuer.clone().into());
    answer.insert("scope".into(), scope.to_string().into());
    answer.insert("sub".into(), claims::subject_for(&token.user_id, owner).into());
    if let Some(sid) = token.sid.as_deref().filter(|_| owner.wants_sid()) {
        answer.insert("sid".into(), sid.into());
    }
    if found.kind == TokenKind::Access {
        answer.insert("token_type".into(), "Bearer".into());
    }
    // Claims of the tenant's own take no other's place (RFC 7662 §2.2).
    for (name, value) in &token.extra {
        answer.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::is_jwt;

    #[test]
    fn opaque_tokens_have_no_dots() {
        assert!(is_jwt("a.b.c"));
        for other in ["abc", "a.b", "a.b.c.d", "a..c", ""] {
            assert!(!is_jwt(other), "{other}");
        }
    }
}
