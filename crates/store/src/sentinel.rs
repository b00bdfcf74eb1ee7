//! Attempts to prove who one is, kept for the lockout (docs/wire/sign-in.md, lockout).

use crate::{Result, Tx, bind};
use soleira_core::{TenantId, Timestamp};

/// An attempt and what was decided about it.
#[derive(Debug, Clone)]
pub struct Activity<'a> {
    /// The row's identifier.
    pub id: &'a str,
    /// SHA-256 of what was attacked: an identifier that somebody typed.
    pub target_hash: &'a [u8],
    /// What was tried, such as `Password`.
    pub action: &'a str,
    /// Whether it was right.
    pub succeeded: bool,
    /// Until when the target is locked, as far as this attempt decided or met.
    pub blocked_until: Option<Timestamp>,
    /// When.
    pub created_at: Timestamp,
}

/// Until when a target is locked, if it is.
pub async fn blocked_until(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    target_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let until = tx
        .one::<i64>(
            "select decision_expires_at from sentinel_activities \
         where tenant_id = $1 and target_hash = $2 and decision = 'Blocked' and decision_expires_at > $3 \
           and action in ('Password', 'VerificationCode', 'OneTimeToken') \
         order by decision_expires_at desc limit 1",
            bind![tenant, target_hash, now],
        )
        .await?;
    Ok(until.map(Timestamp))
}

/// How many attempts at a target failed since a time, those met by a lock not counted. All ways to prove an identifier
/// count together.
pub async fn failures(tx: &mut Tx<'_>, tenant: &TenantId, target_hash: &[u8], since: Timestamp) -> Result<i64> {
    let count = tx
        .one(
            "select count(*) from sentinel_activities \
             where tenant_id = $1 and target_hash = $2 and created_at > $3 and not succeeded and decision <> 'Blocked' \
               and action in ('Password', 'VerificationCode', 'OneTimeToken')",
            bind![tenant, target_hash, since],
        )
        .await?;
    Ok(count.unwrap_or(0))
}

/// Writes an attempt.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, activity: &Activity<'_>) -> Result<()> {
    let decision = if activity.blocked_until.is_some() {
        "Blocked"
    } else {
        "Allowed"
    };
    tx.run(
        "insert into sentinel_activities \
           (tenant_id, id, target_hash, action, succeeded, decision, decision_expires_at, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        bind![
            tenant,
            activity.id,
            activity.target_hash,
            activity.action,
            activity.succeeded,
            decision,
            activity.blocked_until.unwrap_or(activity.created_at),
            activity.created_at
        ],
    )
    .await
    .map(|_| ())
}
