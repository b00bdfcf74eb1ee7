//! What changed, by whom: written in the transaction of each change of configuration or of an account. Undo, drift and
//! the audit trail grow from it. Secrets (password hashes, connector configuration, application secrets) are left out.

use crate::{Result, Tx, bind};
use serde_json::Value;
use soleira_core::{Entropy, EntropyExt, TenantId, Timestamp};
use std::sync::Arc;

/// Who writes, and when: given to every function that changes configuration or accounts.
#[derive(Debug, Clone)]
pub struct Author {
    /// Who: `user:<id>`, `app:<id>`, `operator:<id>`, `system`.
    pub actor: String,
    /// When.
    pub now: Timestamp,
    /// Where identifiers of new rows come from.
    pub entropy: Arc<dyn Entropy>,
}

/// One change of one row.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) tenant: &'a TenantId,
    /// The kind of row: `application`, `user`, `connector`, …
    pub(crate) entity: &'static str,
    pub(crate) id: &'a str,
    /// What it was; absent for a new row.
    pub(crate) before: Option<Value>,
    /// What it is; absent for a deleted row.
    pub(crate) after: Option<Value>,
}

/// Writes a change down.
pub(crate) async fn record(tx: &mut Tx<'_>, author: &Author, change: Change<'_>) -> Result<()> {
    let bytes = |value: Option<Value>| value.map(|value| value.to_string().into_bytes());
    let (before, after) = (bytes(change.before), bytes(change.after));
    let id = author.entropy.standard_id();
    tx.run(
        "insert into changes (tenant_id, id, entity, entity_id, before_value, after_value, actor, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        bind![
            change.tenant,
            &id,
            change.entity,
            change.id,
            &before,
            &after,
            &author.actor,
            author.now
        ],
    )
    .await?;
    Ok(())
}

/// Forgets what a row was, and keeps that it was changed: for people who leave.
pub(crate) async fn forget(tx: &mut Tx<'_>, tenant: &TenantId, entity: &'static str, id: &str) -> Result<()> {
    tx.run(
        "update changes set before_value = null, after_value = null
          where tenant_id = $1 and entity = $2 and entity_id = $3",
        bind![tenant, entity, id],
    )
    .await?;
    Ok(())
}

/// How often a row changed.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId, entity: &str, id: &str) -> Result<i64> {
    let count = tx
        .one::<i64>(
            "select count(*) from changes where tenant_id = $1 and entity = $2 and entity_id = $3",
            bind![tenant, entity, id],
        )
        .await?;
    Ok(count.unwrap_or_default())
}

/// What is remembered of all changes of a tenant, as JSON texts, oldest first.
pub async fn texts(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Vec<String>> {
    let rows = tx
        .all::<(Option<Vec<u8>>, Option<Vec<u8>>)>(
            "select before_value, after_value from changes where tenant_id = $1 order by created_at, id",
            bind![tenant],
        )
        .await?;
    let values = rows.into_iter().flat_map(|(before, after)| [before, after]).flatten();
    Ok(values
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect())
}
