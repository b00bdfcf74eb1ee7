//! Who may call the Management API: the bearer of an access token for it, issued by the tenant itself or, for the other
//! tenants, by the administrators' one. Verified in process (docs/wire/management-api.md, authentication).

use crate::keys;
use serde::Deserialize;
use serde_json::json;
use soleira_core::{Code, Error, Result};
use soleira_crypto::jws::Unverified;
use soleira_oauth::{access_token, claims};
use soleira_runtime::{Actor, Ctx};

/// The claims that decide.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    scope: Option<String>,
}

/// The caller behind an `Authorization` header.
///
/// # Errors
/// 401 `auth.authorization_header_missing`, `auth.authorization_token_type_not_supported`, `auth.unauthorized`,
/// `auth.jwt_sub_missing`; 403 `auth.forbidden` without scope `all`.
pub async fn authorize(ctx: &Ctx, authorization: Option<&str>) -> Result<Actor> {
    let header = authorization.ok_or_else(|| Error::new(Code::AuthAuthorizationHeaderMissing))?;
    let token = header
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            Error::new(Code::AuthAuthorizationTokenTypeNotSupported).with_data(json!({ "supportedTypes": ["Bearer"] }))
        })?;
    let claims = verify(ctx, token).await?;
    let subject = claims.sub.ok_or_else(|| Error::new(Code::AuthJwtSubMissing))?;
    if !claims.scope.unwrap_or_default().split(' ').any(|scope| scope == "all") {
        return Err(Error::new(Code::AuthForbidden));
    }
    Ok(if claims.client_id.as_deref() == Some(subject.as_str()) {
        Actor::ManagementApplication(subject.into())
    } else {
        Actor::ManagementUser(subject.into())
    })
}

/// The caller that a sandbox takes at its word (docs/sandbox.md, "Administering without a token"); nobody otherwise. The
/// user need not exist.
pub fn development_user(ctx: &Ctx, id: &str) -> Option<Actor> {
    let is_taken = ctx.app.is_sandbox() && !id.is_empty();
    is_taken.then(|| Actor::ManagementUser(id.into()))
}

/// The claims of a token that holds: by one of the two issuers, for this API, an access token, in time.
async fn verify(ctx: &Ctx, token: &str) -> Result<Claims> {
    let unauthorized = |cause: &str| {
        Error::new(Code::AuthUnauthorized)
            .with_data(json!({ "message": cause }))
            .caused_by(cause)
    };
    let unverified = Unverified::parse(token).map_err(|error| unauthorized(&error.to_string()))?;
    let claims: Claims = unverified
        .claims_unverified()
        .map_err(|error| unauthorized(&error.to_string()))?;
    // The claimed issuer chooses the keys; the signature then proves the claim.
    let admin = ctx.app.admin_tenant().filter(|admin| admin.issuer == claims.iss);
    let issuer = if claims.iss == ctx.tenant.issuer {
        ctx.clone()
    } else {
        ctx.of(admin
            .cloned()
            .ok_or_else(|| unauthorized("the issuer is not trusted"))?)
    };
    let keys = keys::of(&issuer).await?;
    // RFC 9068 §4: an ID token signed by the same key is no access token.
    if !unverified.header().is_type(access_token::TYPE) {
        return Err(unauthorized("it is not an access token"));
    }
    keys.verify(token, unverified)
        .map_err(|error| unauthorized(&error.to_string()))?;
    if claims.aud != ctx.tenant.management_api() {
        return Err(unauthorized("the audience is another one"));
    }
    if claims::is_past(claims.exp, ctx.now()) {
        return Err(unauthorized("it has expired"));
    }
    Ok(claims)
}
