//! Browser sessions, and what each of them allowed to each client.

use crate::{Result, Tx, bind, row};
use soleira_core::{ApplicationId, GrantId, SessionUid, TenantId, Timestamp, UserId};

row! {
    /// A session with the state of its user.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SessionRow {
        /// Its identifier, the same for all its life.
        pub uid: SessionUid,
        /// Who is signed in.
        pub user_id: Option<UserId>,
        /// When they signed in.
        pub authenticated_at: Option<Timestamp>,
        /// What a confirmation of signing out must prove, as JSON.
        pub logout_state: Option<String>,
        /// When it expires unless it is used.
        pub expires_at: Timestamp,
        /// Whether the user is suspended; absent if nobody is signed in.
        pub user_is_suspended: Option<bool>,
    }
}

row! {
    /// What a session allowed to a client.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SessionClientRow {
        /// The client.
        pub client_id: ApplicationId,
        /// The session's name for this client.
        pub sid: String,
        /// The grant.
        pub grant_id: GrantId,
        /// Whether the grant outlives the session.
        pub persists_logout: bool,
    }
}

/// The live session of this cookie, by the hash of its value.
pub async fn find(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<SessionRow>> {
    tx.one(
        "select s.uid, s.user_id, s.authenticated_at, s.logout_state, s.expires_at, u.is_suspended
           from sessions s left join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
          where s.tenant_id = $1 and s.id_hash = $2 and s.expires_at > $3",
        bind![tenant, id_hash, now],
    )
    .await
}

/// What a session starts or goes on with.
#[derive(Debug, Clone)]
pub struct SignedIn<'a> {
    /// The session.
    pub uid: &'a SessionUid,
    /// The hash of its new cookie value.
    pub id_hash: &'a [u8; 32],
    /// Who is signed in.
    pub user_id: &'a UserId,
    /// When they signed in.
    pub authenticated_at: Timestamp,
    /// When it expires unless it is used.
    pub expires_at: Timestamp,
}

/// Starts a session.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, session: &SignedIn<'_>, now: Timestamp) -> Result<()> {
    tx.run(
        "insert into sessions (tenant_id, uid, id_hash, user_id, authenticated_at, created_at, updated_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7)",
        bind![
            tenant,
            session.uid,
            session.id_hash,
            session.user_id,
            session.authenticated_at,
            now,
            session.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// Goes on with a session under a new cookie value; whether it had not ended meanwhile. From then on it cannot end before
/// the unit does.
pub async fn renew(tx: &mut Tx<'_>, tenant: &TenantId, session: &SignedIn<'_>, now: Timestamp) -> Result<bool> {
    let rows = tx.run(
        "update sessions set id_hash = $3, user_id = $4, authenticated_at = $5, logout_state = null, updated_at = $6,
                expires_at = $7
          where tenant_id = $1 and uid = $2",
        bind![
            tenant,
            session.uid,
            session.id_hash,
            session.user_id,
            session.authenticated_at,
            now,
            session.expires_at
        ],
    )
    .await?;
    Ok(rows == 1)
}

/// Notes that a session was used, which lengthens its life; whether it had not ended meanwhile. From then on it cannot
/// end before the unit does.
pub async fn touch(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    uid: &SessionUid,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool> {
    let rows = tx
        .run(
            "update sessions set updated_at = $3, expires_at = $4 where tenant_id = $1 and uid = $2",
            bind![tenant, uid, now, expires_at],
        )
        .await?;
    Ok(rows == 1)
}

/// Whether a session goes on; if it does, it cannot end before the unit does.
pub async fn hold(tx: &mut Tx<'_>, tenant: &TenantId, uid: &SessionUid) -> Result<bool> {
    let rows = tx
        .run(
            "update sessions set updated_at = updated_at where tenant_id = $1 and uid = $2",
            bind![tenant, uid],
        )
        .await?;
    Ok(rows == 1)
}

/// Remembers, or with `None` forgets, what a confirmation of signing out must prove.
pub async fn set_logout_state(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    uid: &SessionUid,
    state: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        "update sessions set logout_state = $3, updated_at = $4 where tenant_id = $1 and uid = $2",
        bind![tenant, uid, state, now],
    )
    .await
    .map(|_| ())
}

/// Ends a session.
pub async fn delete(tx: &mut Tx<'_>, tenant: &TenantId, uid: &SessionUid) -> Result<()> {
    tx.run(
        "delete from sessions where tenant_id = $1 and uid = $2",
        bind![tenant, uid],
    )
    .await
    .map(|_| ())
}

/// What a session allowed to a client.
pub async fn client(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    uid: &SessionUid,
    client: &ApplicationId,
) -> Result<Option<SessionClientRow>> {
    tx.one(
        "select client_id, sid, grant_id, persists_logout from session_clients
          where tenant_id = $1 and session_uid = $2 and client_id = $3",
        bind![tenant, uid, client],
    )
    .await
}

/// What a session allowed to all its clients.
pub async fn clients(tx: &mut Tx<'_>, tenant: &TenantId, uid: &SessionUid) -> Result<Vec<SessionClientRow>> {
    tx.all(
        "select client_id, sid, grant_id, persists_logout from session_clients
          where tenant_id = $1 and session_uid = $2 order by client_id",
        bind![tenant, uid],
    )
    .await
}

/// Remembers the grant of a client in a session. The `sid` of an earlier time stays.
pub async fn set_client(tx: &mut Tx<'_>, tenant: &TenantId, uid: &SessionUid, client: &SessionClientRow) -> Result<()> {
    tx.run(
        "insert into session_clients (tenant_id, session_uid, client_id, sid, grant_id, persists_logout)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, session_uid, client_id)
         do update set grant_id = excluded.grant_id, persists_logout = excluded.persists_logout",
        bind![
            tenant,
            uid,
            &client.client_id,
            &client.sid,
            &client.grant_id,
            client.persists_logout
        ],
    )
    .await
    .map(|_| ())
}

/// Forgets what a session allowed to a client.
pub async fn delete_client(tx: &mut Tx<'_>, tenant: &TenantId, uid: &SessionUid, client: &ApplicationId) -> Result<()> {
    tx.run(
        "delete from session_clients where tenant_id = $1 and session_uid = $2 and client_id = $3",
        bind![tenant, uid, client],
    )
    .await
    .map(|_| ())
}

row! {
    /// A live session of a user, for who administers it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct UserSessionRow {
        /// Its identifier.
        pub uid: SessionUid,
        /// When its user signed in.
        pub authenticated_at: Option<Timestamp>,
        /// When it was last used.
        pub updated_at: Timestamp,
        /// When it expires unless it is used.
        pub expires_at: Timestamp,
    }
}

/// The live sessions of a user, the newest sign-in first.
pub async fn of_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId, now: Timestamp) -> Result<Vec<UserSessionRow>> {
    tx.all(
        "select uid, authenticated_at, updated_at, expires_at from sessions
          where tenant_id = $1 and user_id = $2 and expires_at > $3 order by authenticated_at desc, uid",
        bind![tenant, user, now],
    )
    .await
}
