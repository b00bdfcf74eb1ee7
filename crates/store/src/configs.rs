//! Settings that have a row each, as JSON: `oidc.session`, `idToken`, `adminConsole`…

use crate::changes::{self, Author, Change};
use crate::db::Json;
use crate::{Result, Tx, bind};
use serde_json::Value;
use soleira_core::{TenantId, Timestamp};

/// The value of a setting; `None` if it was never set.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, key: &str) -> Result<Option<Value>> {
    let text = tx
        .one::<String>(
            "select value from configs where tenant_id = $1 and key = $2",
            bind![tenant, key],
        )
        .await?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// All settings of a tenant.
pub async fn all(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Vec<(String, Value)>> {
    let rows = tx
        .all::<(String, Json<Value>)>(
            "select key, value from configs where tenant_id = $1 order by key",
            bind![tenant],
        )
        .await?;
    Ok(rows.into_iter().map(|(key, value)| (key, value.0)).collect())
}

/// Sets a setting that has no value yet.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, key: &str, value: &Value, now: Timestamp) -> Result<()> {
    tx.run(
        "insert into configs (tenant_id, key, value, updated_at) values ($1, $2, $3, $4)
         on conflict (tenant_id, key) do nothing",
        bind![tenant, key, &value.to_string(), now],
    )
    .await?;
    Ok(())
}

/// Sets a setting.
pub async fn put(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, key: &str, value: &Value) -> Result<()> {
    let before = find(tx, tenant, key).await?;
    tx.run(
        "insert into configs (tenant_id, key, value, updated_at) values ($1, $2, $3, $4)
         on conflict (tenant_id, key) do update set value = excluded.value, updated_at = excluded.updated_at",
        bind![tenant, key, &value.to_string(), author.now],
    )
    .await?;
    let change = Change {
        tenant,
        entity: "config",
        id: key,
        before,
        after: Some(value.clone()),
    };
    changes::record(tx, author, change).await
}
