//! Audit rows.

use crate::db::Value;
use crate::{Result, Tx, bind, row};
use soleira_core::{TenantId, Timestamp};
use std::sync::LazyLock;

row! {
    /// An audit row.
    #[derive(Debug, Clone)]
    pub struct LogRow {
        /// The tenant that it belongs to.
        pub tenant_id: TenantId,
        /// Its identifier.
        pub id: String,
        /// What happened, such as `ExchangeTokenBy.AuthorizationCode`.
        pub key: String,
        /// JSON: result, who, from where, …
        pub payload: String,
        /// The user that it is about.
        pub user_id: Option<String>,
        /// The application that it is about.
        pub application_id: Option<String>,
        /// When it happened.
        pub created_at: Timestamp,
    }
}

/// Writes one.
pub async fn insert(tx: &mut Tx<'_>, log: &LogRow) -> Result<()> {
    tx.run(
        "insert into logs (tenant_id, id, key, payload, user_id, application_id, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
        &values(log),
    )
    .await
    .map(|_| ())
}

const COLUMNS: usize = 7;
/// Rows that one statement of [`insert_all`] writes.
const TOGETHER: usize = 32;

/// [`insert`] for [`TOGETHER`] rows.
static INSERT_TOGETHER: LazyLock<String> = LazyLock::new(|| {
    let row = |number: usize| {
        let at = |column: usize| number * COLUMNS + column;
        format!(
            "(${}, ${}, ${}, ${}, ${}, ${}, ${})",
            at(1),
            at(2),
            at(3),
            at(4),
            at(5),
            at(6),
            at(7)
        )
    };
    let rows: Vec<String> = (0..TOGETHER).map(row).collect();
    format!(
        "insert into logs (tenant_id, id, key, payload, user_id, application_id, created_at) values {}",
        rows.join(", ")
    )
});

/// Writes many, in few statements.
pub async fn insert_all(tx: &mut Tx<'_>, logs: &[LogRow]) -> Result<()> {
    let together = logs.chunks_exact(TOGETHER);
    for log in together.remainder() {
        insert(tx, log).await?;
    }
    for chunk in together {
        let values: Vec<Value<'_>> = chunk.iter().flat_map(values).collect();
        tx.run(&INSERT_TOGETHER, &values).await?;
    }
    Ok(())
}

fn values(log: &LogRow) -> [Value<'_>; COLUMNS] {
    [
        (&log.tenant_id).into(),
        (&log.id).into(),
        (&log.key).into(),
        (&log.payload).into(),
        (&log.user_id).into(),
        (&log.application_id).into(),
        log.created_at.into(),
    ]
}

/// The newest rows of an application, newest first.
pub async fn of_application(tx: &mut Tx<'_>, tenant: &TenantId, application: &str, limit: u32) -> Result<Vec<LogRow>> {
    tx.all(
        "select tenant_id, id, key, payload, user_id, application_id, created_at from logs \
         where tenant_id = $1 and application_id = $2 order by created_at desc, id desc limit $3",
        bind![tenant, application, limit],
    )
    .await
}

/// The newest rows, newest first.
pub async fn newest(tx: &mut Tx<'_>, tenant: &TenantId, limit: u32) -> Result<Vec<LogRow>> {
    tx.all(
        "select tenant_id, id, key, payload, user_id, application_id, created_at from logs \
         where tenant_id = $1 order by created_at desc, id desc limit $2",
        bind![tenant, limit],
    )
    .await
}

/// When a success of that kind was first recorded for an application.
pub async fn first_success(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &str,
    key: &str,
) -> Result<Option<Timestamp>> {
    tx.one(
        "select created_at from logs where tenant_id = $1 and application_id = $2 and key = $3 \
         and payload like '%\"result\":\"Success\"%' order by created_at limit 1",
        bind![tenant, application, key],
    )
    .await
}
