//! Operators and the Console: signing in through the admin tenant's own OpenID Connect, and a session of their own, so
//! that signing in or out of applications never touches it.

use crate::keys;
use crate::tokens::{self, ClientRequest};
use serde::{Deserialize, Serialize};
use soleira_core::model::User;
use soleira_core::{Code, EntropyExt, Error, Result, Secret, Timestamp, UserId};
use soleira_crypto::digest::{base64url, from_base64url};
use soleira_crypto::{constant_time_eq, jws, token_hash};
use soleira_directory::{operators, users};
use soleira_oauth::Params;
use soleira_runtime::{Actor, AuditEntry, Ctx};
use soleira_store::console_sessions::{self, ConsoleSession};
use soleira_store::{Verdict, unit};

/// The Console's client in the admin tenant.
pub const CLIENT_ID: &str = soleira_directory::tenants::ADMIN_CONSOLE;
/// Where the Console is, under the admin endpoint.
pub const PATH: &str = "/console";
/// How long a session lasts without use, in seconds.
pub const SESSION_TTL: i64 = 12 * 3600;
/// How long a session lasts at most, in seconds.
const SESSION_MAX: i64 = 7 * 24 * 3600;
/// How much of a session's time must have passed before a request moves its end, in seconds.
const EXTEND_AFTER: i64 = 600;
/// How long a sign-in may take, in seconds.
pub const SIGN_IN_TTL: i64 = 3600;
const SEAL: &str = "console.sign_in";

/// What the browser keeps, sealed, while it signs in.
#[derive(Debug, Serialize, Deserialize)]
struct Pending {
    state: String,
    nonce: String,
    code_verifier: String,
    return_to: String,
    expires_at: Timestamp,
}

/// A sign-in that began.
#[derive(Debug)]
pub struct SignInStart {
    /// Where the browser goes.
    pub authorization_url: String,
    /// The `state` of the request, which comes back with its answer.
    pub state: String,
    /// What the browser keeps meanwhile.
    pub pending: String,
}

/// The address that the Console's client comes back to.
pub fn redirect_uri(ctx: &Ctx) -> String {
    ctx.tenant.url("/console/callback")
}

/// Begins an authorization request of the Console's client (OpenID Connect Core 1.0 §3.1.2.1, RFC 7636).
/// `return_to` is a path of the Console; anything else leads to its first page. `language` is the one to sign in in.
pub fn begin_sign_in(ctx: &Ctx, return_to: &str, language: &str) -> Result<SignInStart> {
    let pending = Pending {
        state: ctx.entropy().opaque(),
        nonce: ctx.entropy().opaque(),
        code_verifier: ctx.entropy().opaque(),
        return_to: own_path(return_to).to_owned(),
        expires_at: ctx.now().plus_seconds(SIGN_IN_TTL),
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("redirect_uri", &redirect_uri(ctx))
        .append_pair("response_type", "code")
        .append_pair("scope", "openid profile")
        .append_pair("state", &pending.state)
        .append_pair("nonce", &pending.nonce)
        .append_pair(
            "code_challenge",
            &soleira_oauth::pkce::challenge_of(&pending.code_verifier),
        )
        .append_pair("code_challenge_method", "S256")
        .append_pair("prompt", "login")
        .append_pair("ui_locales", language)
        .finish();
    let text = serde_json::to_vec(&pending).map_err(Error::internal)?;
    let sealed = ctx.app.vault.seal(SEAL, &text).map_err(Error::internal)?;
    Ok(SignInStart {
        authorization_url: format!("{}/auth?{query}", ctx.tenant.issuer),
        pending: base64url(&sealed),
        state: pending.state,
    })
}

/// Longest path that a sign-in returns to, in bytes: it travels in a cookie, of which browsers keep 4 KB.
const OWN_PATH_MAX: usize = 1024;

/// A path of the Console, or its first page.
pub fn own_path(path: &str) -> &str {
    let (place, _) = path.split_once(['?', '#']).unwrap_or((path, ""));
    let inside = place
        .strip_prefix(PATH)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if inside && plain && path.len() <= OWN_PATH_MAX && !place.contains("//") {
        path
    } else {
        PATH
    }
}

/// A session that began.
#[derive(Debug)]
pub struct SignedIn {
    /// The value of the cookie. Only its hash is kept.
    pub session_id: Secret,
    /// Where the operator wanted to go.
    pub return_to: String,
}

/// How a sign-in at the Console ended.
#[derive(Debug)]
pub enum SignInOutcome {
    /// An operator has a session.
    SignedIn(SignedIn),
    /// Somebody signed in who does not administer this installation.
    NoOperator(Box<User>),
}

/// Ends the authorization request: exchanges the code and begins a session, if its user is an operator.
///
/// # Errors
/// `session.not_found` for a request that this browser did not begin, or that has expired.
pub async fn complete_sign_in(ctx: &Ctx, pending: &str, state: &str, code: &str) -> Result<SignInOutcome> {
    let pending = open(ctx, pending).ok_or_else(unknown)?;
    if pending.expires_at <= ctx.now() || !constant_time_eq(pending.state.as_bytes(), state.as_bytes()) {
        return Err(unknown());
    }
    let id_token = exchange(ctx, code, &pending.code_verifier).await?;
    let user_id = subject(ctx, &id_token, &pending.nonce).await?;
    let user = users::find(ctx, &user_id).await?.ok_or_else(unknown)?;
    if !operators::is_operator(ctx, &user_id).await? {
        let refusal = Error::new(Code::AuthForbidden);
        ctx.audit(AuditEntry::failure("Console.SignIn", &refusal).user(&user_id))
            .await;
        return Ok(SignInOutcome::NoOperator(Box::new(user)));
    }
    let session_id = begin_session(ctx, &user.id).await?;
    ctx.audit(AuditEntry::success("Console.SignIn").user(&user.id)).await;
    Ok(SignInOutcome::SignedIn(SignedIn {
        session_id,
        return_to: pending.return_to,
    }))
}

fn unknown() -> Error {
    Error::new(Code::SessionNotFound)
}

fn open(ctx: &Ctx, pending: &str) -> Option<Pending> {
    let sealed = from_base64url(pending)?;
    let text = ctx.app.vault.open(SEAL, &sealed).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Exchanges the code as the Console's client, a public one (RFC 6749 §4.1.3, RFC 7636 §4.5).
async fn exchange(ctx: &Ctx, code: &str, code_verifier: &str) -> Result<Secret> {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", CLIENT_ID)
        .append_pair("redirect_uri", &redirect_uri(ctx))
        .append_pair("code", code)
        .append_pair("code_verifier", code_verifier)
        .finish();
    let request = ClientRequest {
        authorization: None,
        origin: None,
        params: Params::from_query(&body).map_err(|_| unknown())?,
    };
    // A code that is wrong, used or expired: the reader begins again. What went wrong is in the audit log.
    let response = tokens::token(&ctx.by(Actor::Anonymous), &request)
        .await
        .map_err(|refusal| match refusal.error.status() {
            503 => Error::unavailable(refusal.error),
            500.. => Error::internal(refusal.error),
            _ => unknown(),
        })?;
    response
        .id_token
        .map(Secret::new)
        .ok_or_else(|| Error::internal("the token response has no ID token"))
}

/// The subject of an ID token of ours (OpenID Connect Core 1.0 §3.1.3.7).
async fn subject(ctx: &Ctx, id_token: &Secret, nonce: &str) -> Result<UserId> {
    #[derive(Deserialize)]
    struct Claims {
        iss: String,
        aud: String,
        sub: UserId,
        exp: i64,
        nonce: Option<String>,
    }
    let keys = keys::of(ctx).await?;
    let verified = jws::verify(id_token.expose(), |header| keys.verifying.find(header)).map_err(Error::internal)?;
    let claims: Claims = verified.claims().map_err(Error::internal)?;
    let holds = claims.iss == ctx.tenant.issuer
        && claims.aud == CLIENT_ID
        && claims.exp > ctx.now().seconds()
        && claims.nonce.as_deref() == Some(nonce);
    if holds { Ok(claims.sub) } else { Err(unknown()) }
}

/// Whoever claims to be the first operator.
#[derive(Debug)]
pub struct Claim {
    /// The username they choose.
    pub username: String,
    /// Their password.
    pub password: Secret,
    /// The code that the server printed, where it asks for one.
    pub code: Option<Secret>,
}

/// Creates the first operator and signs them in. Once: see [`operators::claim_first`].
///
/// # Errors
/// `verification_code.code_mismatch` for a wrong start code; those of [`operators::claim_first`].
pub async fn claim(ctx: &Ctx, claim: Claim) -> Result<SignedIn> {
    if let Some(expected) = &ctx.app.settings.welcome_code {
        let given = claim.code.unwrap_or_else(|| Secret::new(String::new()));
        if !constant_time_eq(expected.expose().as_bytes(), given.expose().trim().as_bytes()) {
            let refusal = Error::new(Code::VerificationCodeCodeMismatch);
            ctx.audit(AuditEntry::failure("Console.Welcome", &refusal)).await;
            return Err(refusal);
        }
    }
    let user = operators::claim_first(ctx, &claim.username, claim.password).await?;
    ctx.audit(AuditEntry::success("Console.Welcome").user(&user.id)).await;
    Ok(SignedIn {
        session_id: begin_session(ctx, &user.id).await?,
        return_to: PATH.to_owned(),
    })
}

async fn begin_session(ctx: &Ctx, user: &UserId) -> Result<Secret> {
    let id = Secret::new(ctx.entropy().opaque());
    let now = ctx.now();
    let session = ConsoleSession {
        user_id: user.clone(),
        created_at: now,
        expires_at: now.plus_seconds(SESSION_TTL),
    };
    ctx.write(unit(
        (ctx.tenant.id.clone(), token_hash(id.expose()), session),
        |(tenant, hash, session), tx| {
            Box::pin(async move {
                console_sessions::insert(tx, tenant, hash, session).await?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await?;
    Ok(id)
}

/// Who a browser's session with the Console belongs to, at this moment.
#[derive(Debug)]
pub enum Standing {
    /// An operator.
    Operator(Box<User>),
    /// Somebody who was one: the role was taken away, or the account is suspended.
    NoLonger(Box<User>),
    /// Nobody: there is no such session, or it has ended.
    Nobody,
}

/// Whose session this is. Status and role are looked at now; use moves the session's end.
pub async fn authenticate(ctx: &Ctx, session_id: &str) -> Result<Standing> {
    let hash = token_hash(session_id);
    let now = ctx.now();
    let found = console_sessions::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, &hash, now).await?;
    let Some(session) = found else {
        return Ok(Standing::Nobody);
    };
    let Some(user) = users::find(ctx, &session.user_id).await? else {
        return Ok(Standing::Nobody);
    };
    if !operators::is_operator(ctx, &user.id).await? {
        return Ok(Standing::NoLonger(Box::new(user)));
    }
    let end = now
        .plus_seconds(SESSION_TTL)
        .min(session.created_at.plus_seconds(SESSION_MAX));
    if end.since(session.expires_at) > EXTEND_AFTER * 1000 {
        ctx.write(unit((ctx.tenant.id.clone(), hash, end), |(tenant, hash, end), tx| {
            Box::pin(async move {
                console_sessions::extend(tx, tenant, hash, *end).await?;
                Ok(Verdict::Accept(()))
            })
        }))
        .await?;
    }
    Ok(Standing::Operator(Box::new(user)))
}

/// Ends a session, if there is one; where the browser goes to end the one at the admin tenant's authorization server too
/// (OpenID Connect RP-Initiated Logout 1.0 §2).
pub async fn sign_out(ctx: &Ctx, session_id: Option<&str>) -> Result<String> {
    if let Some(id) = session_id {
        ctx.write(unit((ctx.tenant.id.clone(), token_hash(id)), |(tenant, hash), tx| {
            Box::pin(async move {
                console_sessions::delete(tx, tenant, hash).await?;
                Ok(Verdict::Accept(()))
            })
        }))
        .await?;
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("post_logout_redirect_uri", &ctx.tenant.url(PATH))
        .finish();
    Ok(format!("{}/session/end?{query}", ctx.tenant.issuer))
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_sign_in_returns_only_into_the_console() {
        for own in ["/console", "/console/users?q=a", "/console/guides?q=http://x"] {
            assert_eq!(own_path(own), own);
        }
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/consoles",
            "/console//evil.example",
            "/console\\x",
            "/console/\r\nx",
            &format!("/console/users?q={}", "x".repeat(2000)),
            "",
        ] {
            assert_eq!(own_path(elsewhere), "/console", "{elsewhere}");
        }
    }
}
