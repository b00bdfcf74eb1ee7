//! Interactions: authorization requests that wait for their person, each a JSON document of its use case.

use crate::{Result, Tx, bind, row};
use soleira_core::{ApplicationId, InteractionId, TenantId, Timestamp};

row! {
    /// A stored interaction.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct InteractionRow {
        /// Its identifier.
        pub id: InteractionId,
        /// The client that waits.
        pub client_id: ApplicationId,
        /// The document.
        pub value: String,
        /// How often it was saved.
        pub version: i64,
        /// When it began.
        pub created_at: Timestamp,
        /// When it expires.
        pub expires_at: Timestamp,
        /// When it was resumed; nothing can be done with it afterwards.
        pub consumed_at: Option<Timestamp>,
    }
}

/// Begins an interaction.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, row: &InteractionRow) -> Result<()> {
    tx.run(
        "insert into interactions (tenant_id, id, client_id, value, version, created_at, updated_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7)",
        bind![
            tenant,
            &row.id,
            &row.client_id,
            &row.value,
            row.version,
            row.created_at,
            row.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// An interaction, whatever became of it.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &InteractionId) -> Result<Option<InteractionRow>> {
    tx.one(
        "select id, client_id, value, version, created_at, expires_at, consumed_at from interactions
          where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await
}

/// Saves the document if it is still the version that was read, and still alive; whether it was.
pub async fn update(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &InteractionId,
    read_version: i64,
    value: &str,
    now: Timestamp,
) -> Result<bool> {
    let rows = tx
        .run(
            "update interactions set value = $4, version = version + 1, updated_at = $5
              where tenant_id = $1 and id = $2 and version = $3 and consumed_at is null and expires_at > $5",
            bind![tenant, id, read_version, value, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Takes the interaction, once: nobody who comes later gets it.
pub async fn consume(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &InteractionId,
    now: Timestamp,
) -> Result<Option<InteractionRow>> {
    tx.one(
        "update interactions set consumed_at = $3
          where tenant_id = $1 and id = $2 and consumed_at is null and expires_at > $3
         returning id, client_id, value, version, created_at, expires_at, consumed_at",
        bind![tenant, id, now],
    )
    .await
}
