//! Rows past their time, removed in small batches so that no one waits long.

use crate::{Result, Tx, bind};
use soleira_core::Timestamp;

/// Rows that one batch removes at most.
pub const BATCH: u32 = 500;

/// Removes a batch of what expired before `before` from each table; how many rows went.
pub async fn expired(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    let mut removed = 0;
    // One literal a table: what runs is what can be searched for.
    for sql in [
        "delete from interactions where (tenant_id, id) in \
         (select tenant_id, id from interactions where expires_at < $1 limit $2)",
        "delete from authorization_codes where (tenant_id, code_hash) in \
         (select tenant_id, code_hash from authorization_codes where expires_at < $1 limit $2)",
        "delete from device_codes where (tenant_id, code_hash) in \
         (select tenant_id, code_hash from device_codes where expires_at < $1 limit $2)",
        "delete from pushed_requests where (tenant_id, id_hash) in \
         (select tenant_id, id_hash from pushed_requests where expires_at < $1 limit $2)",
        "delete from replay_marks where (tenant_id, mark_hash) in \
         (select tenant_id, mark_hash from replay_marks where expires_at < $1 limit $2)",
        "delete from access_tokens where (tenant_id, token_hash) in \
         (select tenant_id, token_hash from access_tokens where expires_at < $1 limit $2)",
        "delete from refresh_tokens where (tenant_id, token_hash) in \
         (select tenant_id, token_hash from refresh_tokens where expires_at < $1 limit $2)",
        "delete from subject_tokens where (tenant_id, token_hash) in \
         (select tenant_id, token_hash from subject_tokens where expires_at < $1 limit $2)",
        "delete from verification_codes where (tenant_id, id) in \
         (select tenant_id, id from verification_codes where expires_at < $1 limit $2)",
        // Administrators see for a month (in milliseconds) what became of a link.
        "delete from one_time_tokens where (tenant_id, id) in \
         (select tenant_id, id from one_time_tokens where expires_at < $1 - 2592000000 limit $2)",
        "delete from grants where (tenant_id, id) in \
         (select tenant_id, id from grants where expires_at < $1 limit $2)",
        "delete from sessions where (tenant_id, uid) in \
         (select tenant_id, uid from sessions where expires_at < $1 limit $2)",
        "delete from console_sessions where (tenant_id, id_hash) in \
         (select tenant_id, id_hash from console_sessions where expires_at < $1 limit $2)",
    ] {
        removed += tx.run(sql, bind![before, BATCH]).await?;
    }
    Ok(removed)
}

/// Removes a batch of attempts made before `before`: the lockout looks back an hour.
pub async fn attempts(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    tx.run(
        "delete from sentinel_activities where (tenant_id, id) in \
         (select tenant_id, id from sentinel_activities where created_at < $1 and decision_expires_at < $1 limit $2)",
        bind![before, BATCH],
    )
    .await
}

/// Removes a batch of audit rows written before `before`.
pub async fn logs(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    tx.run(
        "delete from logs where (tenant_id, id) in (select tenant_id, id from logs where created_at < $1 limit $2)",
        bind![before, BATCH],
    )
    .await
}
