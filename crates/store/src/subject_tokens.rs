//! Subject tokens, kept as hashes: with one an application acts for a person, once (RFC 8693).

use crate::{Result, Tx, bind, row};
use serde_json::Value;
use soleira_core::{TenantId, Timestamp, UserId};

/// A subject token to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSubjectToken<'a> {
    /// Whom it stands for.
    pub user_id: &'a UserId,
    /// What scripts for claims may read.
    pub context: &'a Value,
    /// Who made it.
    pub creator_id: &'a str,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

row! {
    /// A subject token that can be used now.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct LiveSubjectToken {
        /// Whom it stands for.
        pub user_id: UserId,
        /// Whether they are suspended.
        pub user_is_suspended: bool,
        /// JSON that scripts for claims may read.
        pub context: String,
    }
}

/// Stores a subject token. A user who is not there is a foreign key error.
pub async fn insert(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    token_hash: &[u8; 32],
    token: &NewSubjectToken<'_>,
) -> Result<()> {
    tx.run(
        "insert into subject_tokens (tenant_id, token_hash, user_id, context, creator_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        bind![
            tenant,
            token_hash,
            token.user_id,
            &token.context.to_string(),
            token.creator_id,
            token.created_at,
            token.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// A subject token that was not used and has not expired, with the state of its user.
pub async fn find_live(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<LiveSubjectToken>> {
    tx.one(
        "select t.user_id, u.is_suspended, t.context from subject_tokens t
           join users u on u.tenant_id = t.tenant_id and u.id = t.user_id
          where t.tenant_id = $1 and t.token_hash = $2 and t.consumed_at is null and t.expires_at > $3",
        bind![tenant, token_hash, now],
    )
    .await
}

/// Uses a subject token up. Of all who try at once, one is told `true`.
pub async fn consume(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32], now: Timestamp) -> Result<bool> {
    let consumed: Option<i64> = tx
        .one(
            "update subject_tokens set consumed_at = $3
              where tenant_id = $1 and token_hash = $2 and consumed_at is null and expires_at > $3
             returning consumed_at",
            bind![tenant, token_hash, now],
        )
        .await?;
    Ok(consumed.is_some())
}
