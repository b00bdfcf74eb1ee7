//! The last sign-in of each session, as scripts for claims see it. It ends with the session.

use crate::{Result, Tx, bind};
use serde_json::Value;
use soleira_core::{ApplicationId, SessionUid, TenantId, Timestamp, UserId};

/// Remembers how the person of a session signed in to a client.
pub async fn put(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    session: &SessionUid,
    (user, client): (&UserId, &ApplicationId),
    submission: &Value,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        "insert into session_submissions (tenant_id, session_uid, user_id, client_id, submission, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, session_uid)
         do update set user_id = excluded.user_id, client_id = excluded.client_id, submission = excluded.submission,
                updated_at = excluded.updated_at",
        bind![tenant, session, user, client, &submission.to_string(), now],
    )
    .await?;
    Ok(())
}

/// How the person of a session last signed in.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, session: &SessionUid) -> Result<Option<Value>> {
    let found = tx
        .one::<String>(
            "select submission from session_submissions where tenant_id = $1 and session_uid = $2",
            bind![tenant, session],
        )
        .await?;
    Ok(found.map(|text| serde_json::from_str(&text)).transpose()?)
}
