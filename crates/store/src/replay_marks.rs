//! Marks of what may be used once and is not stored otherwise: the identifiers of client assertions (RFC 7523 §3).

use crate::{Result, Tx, bind};
use soleira_core::{TenantId, Timestamp};

/// Marks something as used until a time; `false` if it already was. Of all who try at once, one gets `true`.
pub async fn claim(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    mark: &[u8; 32],
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let claimed = tx
        .one::<Timestamp>(
            "insert into replay_marks (tenant_id, mark_hash, expires_at) values ($1, $2, $4)
             on conflict (tenant_id, mark_hash) do update set expires_at = excluded.expires_at
              where replay_marks.expires_at <= $3
             returning expires_at",
            bind![tenant, mark, now, until],
        )
        .await?;
    Ok(claimed.is_some())
}
