//! Operators' sessions with the Console. Kept by the hash of the cookie's value.

use crate::{Result, Tx, bind, row};
use soleira_core::{TenantId, Timestamp, UserId};

row! {
    /// A session.
    #[derive(Debug, Clone)]
    pub struct ConsoleSession {
        /// The operator.
        pub user_id: UserId,
        /// When it began.
        pub created_at: Timestamp,
        /// When it ends.
        pub expires_at: Timestamp,
    }
}

/// Begins one.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, id_hash: &[u8; 32], session: &ConsoleSession) -> Result<()> {
    tx.run(
        "insert into console_sessions (tenant_id, id_hash, user_id, created_at, expires_at) \
         values ($1, $2, $3, $4, $5)",
        bind![
            tenant,
            id_hash,
            &session.user_id,
            session.created_at,
            session.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// The session with this identifier, if it has not ended.
pub async fn find(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<ConsoleSession>> {
    tx.one(
        "select user_id, created_at, expires_at from console_sessions \
         where tenant_id = $1 and id_hash = $2 and expires_at > $3",
        bind![tenant, id_hash, now],
    )
    .await
}

/// Moves its end.
pub async fn extend(tx: &mut Tx<'_>, tenant: &TenantId, id_hash: &[u8; 32], expires_at: Timestamp) -> Result<()> {
    tx.run(
        "update console_sessions set expires_at = $3 where tenant_id = $1 and id_hash = $2",
        bind![tenant, id_hash, expires_at],
    )
    .await
    .map(|_| ())
}

/// Ends one.
pub async fn delete(tx: &mut Tx<'_>, tenant: &TenantId, id_hash: &[u8; 32]) -> Result<()> {
    tx.run(
        "delete from console_sessions where tenant_id = $1 and id_hash = $2",
        bind![tenant, id_hash],
    )
    .await
    .map(|_| ())
}

/// Ends all of a user's.
pub async fn delete_of_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId) -> Result<u64> {
    tx.run(
        "delete from console_sessions where tenant_id = $1 and user_id = $2",
        bind![tenant, user],
    )
    .await
}
