//! Codes sent by mail and text message. What is kept of a code is a keyed hash; a code works once.

use crate::{Result, Tx, bind, row};
use soleira_core::{TenantId, Timestamp};

row! {
    /// A code that was sent.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct VerificationCodeRow {
        /// Its identifier: that of the verification record it belongs to.
        pub id: String,
        /// What it is bound to: an interaction, or an API caller's purpose.
        pub scope_key: String,
        /// What the message was about.
        pub template: String,
        /// `email` or `phone`.
        pub identifier_kind: String,
        /// To whom it went, in the form under which messages are counted.
        pub recipient: String,
        /// The keyed hash.
        pub code_hash: Vec<u8>,
        /// How often it was mistyped.
        pub attempts: i64,
        /// When it was sent.
        pub created_at: Timestamp,
        /// When the row goes. How long the code works, the tenant's policy says when it comes back.
        pub expires_at: Timestamp,
        /// When it came back, or another one took its place.
        pub consumed_at: Option<Timestamp>,
    }
}

/// Keeps a code.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, row: &VerificationCodeRow) -> Result<()> {
    tx.run(
        "insert into verification_codes (tenant_id, id, scope_key, type, identifier_kind, identifier, code_hash, attempts,
           created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        bind![
            tenant,
            &row.id,
            &row.scope_key,
            &row.template,
            &row.identifier_kind,
            &row.recipient,
            &row.code_hash,
            row.attempts,
            row.created_at,
            row.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// The code of an identifier, as long as it did not come back.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &str) -> Result<Option<VerificationCodeRow>> {
    tx.one(
        "select id, scope_key, type, identifier_kind, identifier, code_hash, attempts, created_at, expires_at, consumed_at
           from verification_codes where tenant_id = $1 and id = $2 and consumed_at is null",
        bind![tenant, id],
    )
    .await
}

/// How many codes went to a recipient since a time.
pub async fn sent_since(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    identifier_kind: &str,
    recipient: &str,
    since: Timestamp,
) -> Result<i64> {
    let count = tx
        .one(
            "select count(*) from verification_codes
              where tenant_id = $1 and identifier_kind = $2 and identifier = $3 and created_at > $4",
            bind![tenant, identifier_kind, recipient, since],
        )
        .await?;
    Ok(count.unwrap_or(0))
}

/// Counts a wrong attempt.
pub async fn count_attempt(tx: &mut Tx<'_>, tenant: &TenantId, id: &str) -> Result<()> {
    tx.run(
        "update verification_codes set attempts = attempts + 1 where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await
    .map(|_| ())
}

/// Uses a code up, if nobody did and it was not mistyped `max_attempts` times; whether it was.
pub async fn consume(tx: &mut Tx<'_>, tenant: &TenantId, id: &str, max_attempts: i64, now: Timestamp) -> Result<bool> {
    let rows = tx
        .run(
            "update verification_codes set consumed_at = $4
              where tenant_id = $1 and id = $2 and consumed_at is null and attempts < $3",
            bind![tenant, id, max_attempts, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Makes the codes of one kind that were sent within a scope worthless, but for the newest. They still count as sent.
pub async fn retire(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    scope_key: &str,
    newest: &VerificationCodeRow,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        "update verification_codes set consumed_at = $5
          where tenant_id = $1 and scope_key = $2 and identifier_kind = $3 and id <> $4 and consumed_at is null",
        bind![tenant, scope_key, &newest.identifier_kind, &newest.id, now],
    )
    .await
    .map(|_| ())
}

/// Forgets a code that could not be sent.
pub async fn remove(tx: &mut Tx<'_>, tenant: &TenantId, id: &str) -> Result<()> {
    tx.run(
        "delete from verification_codes where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await
    .map(|_| ())
}
