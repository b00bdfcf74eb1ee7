//! Authorization requests that clients pushed before the browser comes with them (RFC 9126), kept under the hash of their
//! `request_uri`, used once.

use crate::{Result, Tx, bind, row};
use soleira_core::{ApplicationId, TenantId, Timestamp};

row! {
    /// A pushed request.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PushedRequestRow {
        /// The client that pushed it.
        pub client_id: ApplicationId,
        /// Its parameters, as JSON.
        pub params: String,
        /// When it was pushed.
        pub created_at: Timestamp,
        /// When it expires.
        pub expires_at: Timestamp,
        /// When it was used.
        pub consumed_at: Option<Timestamp>,
    }
}

/// Stores a request.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, id_hash: &[u8; 32], request: &PushedRequestRow) -> Result<()> {
    tx.run(
        "insert into pushed_requests (tenant_id, id_hash, client_id, params, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        bind![
            tenant,
            id_hash,
            &request.client_id,
            &request.params,
            request.created_at,
            request.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// A request, whatever became of it.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id_hash: &[u8; 32]) -> Result<Option<PushedRequestRow>> {
    tx.one(
        "select client_id, params, created_at, expires_at, consumed_at from pushed_requests
          where tenant_id = $1 and id_hash = $2",
        bind![tenant, id_hash],
    )
    .await
}

/// Uses a request; of all who try one succeeds.
pub async fn consume(tx: &mut Tx<'_>, tenant: &TenantId, id_hash: &[u8; 32], now: Timestamp) -> Result<bool> {
    let consumed: Option<i64> = tx
        .one(
            "update pushed_requests set consumed_at = $3
              where tenant_id = $1 and id_hash = $2 and consumed_at is null and expires_at > $3
             returning consumed_at",
            bind![tenant, id_hash, now],
        )
        .await?;
    Ok(consumed.is_some())
}
