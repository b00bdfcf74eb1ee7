//! Sessions and grants of users, as an administrator sees and ends them.

use soleira_core::{Code, Error, GrantId, Result, SessionUid, TenantId, Timestamp, UserId};
use soleira_oauth::client_document::host_of;
use soleira_runtime::Ctx;
use soleira_store::grants::{self as grant_rows, GrantRow};
use soleira_store::sessions::{self as session_rows, SessionClientRow, UserSessionRow};
use soleira_store::{Tx, Verdict, applications, unit};

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSession {
    /// The session.
    pub session: UserSessionRow,
    /// What it allowed to each client.
    pub clients: Vec<SessionClientRow>,
}

/// A living grant and the application that holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct UserGrant {
    /// The grant.
    pub grant: GrantRow,
    /// The application's name; the host that vouches for it, where it describes itself by a document.
    pub application_name: String,
}

/// Which grants end together with a session. Those that do not outlive it always do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevokedGrants {
    /// Those of first-party applications too.
    FirstParty,
    /// All of them.
    All,
}

/// The live sessions of a user, the newest sign-in first; none for a user who is not there.
pub async fn sessions(ctx: &Ctx, user: &UserId) -> Result<Vec<UserSession>> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    let mut tx = reader.tx();
    let mut found = Vec::new();
    for session in session_rows::of_user(&mut tx, &ctx.tenant.id, user, ctx.now()).await? {
        let clients = session_rows::clients(&mut tx, &ctx.tenant.id, &session.uid).await?;
        found.push(UserSession { session, clients });
    }
    Ok(found)
}

/// A live session of a user.
///
/// # Errors
/// 404 `oidc.session_not_found`.
pub async fn session(ctx: &Ctx, user: &UserId, uid: &SessionUid) -> Result<UserSession> {
    let found = sessions(ctx, user)
        .await?
        .into_iter()
        .find(|found| found.session.uid == *uid);
    found.ok_or_else(|| Code::OidcSessionNotFound.into())
}

/// Ends a session of a user, with the grants that do not outlive it and those that are asked for.
///
/// # Errors
/// 404 `oidc.session_not_found`.
pub async fn end_session(ctx: &Ctx, user: &UserId, uid: &SessionUid, revoked: Option<RevokedGrants>) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write(unit(
        (ctx.tenant.id.clone(), user.clone(), uid.clone(), revoked, ctx.now()),
        |(tenant, user, uid, revoked, now), tx| {
            Box::pin(async move {
                let live = session_rows::of_user(tx, tenant, user, *now).await?;
                if live.iter().all(|session| session.uid != *uid) {
                    return Err(Error::new(Code::OidcSessionNotFound).into());
                }
                for client in session_rows::clients(tx, tenant, uid).await? {
                    let ends = match revoked {
                        _ if !client.persists_logout => true,
                        Some(RevokedGrants::All) => true,
                        Some(RevokedGrants::FirstParty) => {
                            let application = applications::find(tx, tenant, &client.client_id).await?;
                            application.is_some_and(|application| !application.is_third_party)
                        }
                        None => false,
                    };
                    if ends {
                        revoke(tx, tenant, &client.grant_id, *now).await?;
                    }
                }
                session_rows::delete(tx, tenant, uid).await?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// The living grants of a user, newest first: those of first-party (`Some(false)`) or third-party applications
/// (`Some(true)`), or all. None for a user who is not there.
pub async fn grants(ctx: &Ctx, user: &UserId, third_party: Option<bool>) -> Result<Vec<UserGrant>> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    let mut tx = reader.tx();
    let mut found = Vec::new();
    for grant in grant_rows::of_user(&mut tx, &ctx.tenant.id, user, ctx.now()).await? {
        let (application_name, is_third_party) = match host_of(grant.client_id.as_str()) {
            Some(host) => (host, true),
            None => match applications::find(&mut tx, &ctx.tenant.id, &grant.client_id).await? {
                Some(application) => (application.name, application.is_third_party),
                // A grant goes with its application.
                None => continue,
            },
        };
        if third_party.is_none_or(|wanted| wanted == is_third_party) {
            found.push(UserGrant {
                grant,
                application_name,
            });
        }
    }
    Ok(found)
}

/// Revokes a grant of a user and every token that was issued under it.
///
/// # Errors
/// 404 `oidc.invalid_grant` for one that is not theirs or lives no more.
pub async fn revoke_grant(ctx: &Ctx, user: &UserId, id: &GrantId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write(unit(
        (ctx.tenant.id.clone(), user.clone(), id.clone(), ctx.now()),
        |(tenant, user, id, now), tx| {
            Box::pin(async move {
                let grant = grant_rows::find(tx, tenant, id).await?;
                let is_theirs = grant.is_some_and(|grant| grant.user_id == *user && grant.expires_at > *now);
                if !is_theirs || !revoke(tx, tenant, id, *now).await? {
                    return Err(Error::new(Code::OidcInvalidGrant).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// Revokes a grant; whether it lived until now.
async fn revoke(tx: &mut Tx<'_>, tenant: &TenantId, id: &GrantId, now: Timestamp) -> soleira_store::Result<bool> {
    let lived = grant_rows::revoke(tx, tenant, id, now).await?;
    grant_rows::delete_artefacts(tx, tenant, id).await?;
    grant_rows::forget_in_sessions(tx, tenant, id).await?;
    Ok(lived)
}
