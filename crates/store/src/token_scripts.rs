//! Scripts that add claims to access tokens, one for each kind of token. Their environment is sealed: it holds secrets.

use crate::changes::{self, Author, Change};
use crate::db::Json;
use crate::{Result, Tx, bind, row};
use serde_json::{Map, Value, json};
use soleira_core::TenantId;

row! {
    /// A script as it is stored.
    #[derive(Debug, Clone, PartialEq)]
    pub struct TokenScriptRow {
        /// `access-token` or `client-credentials`.
        pub token_type: String,
        /// The script.
        pub script: String,
        /// Its environment as JSON text, `null` if it has none, sealed for [`context`].
        pub sealed_environment: Vec<u8>,
        /// What its author tries it with, in place of what is known of a person.
        pub context_sample: Option<Json<Map<String, Value>>>,
        /// What its author tries it with, in place of a token.
        pub token_sample: Option<Json<Map<String, Value>>>,
        /// Whether nothing is issued when it fails.
        pub block_issuance_on_error: Option<bool>,
    }
}

macro_rules! columns {
    () => {
        "token_type, script, sealed_environment, context_sample, token_sample, block_issuance_on_error"
    };
}

/// The context that a script's environment is sealed for.
pub fn context(tenant: &TenantId, token_type: &str) -> String {
    format!("token_script.environment:{tenant}:{token_type}")
}

/// The scripts of a tenant.
pub async fn all(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Vec<TokenScriptRow>> {
    tx.all(
        concat!(
            "select ",
            columns!(),
            " from token_scripts where tenant_id = $1 order by token_type"
        ),
        bind![tenant],
    )
    .await
}

/// The script for a kind of token.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, token_type: &str) -> Result<Option<TokenScriptRow>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from token_scripts where tenant_id = $1 and token_type = $2"
        ),
        bind![tenant, token_type],
    )
    .await
}

/// Makes whoever else changes the script wait.
pub async fn lock(tx: &mut Tx<'_>, tenant: &TenantId, token_type: &str) -> Result<()> {
    tx.lock(&format!("token-script:{tenant}:{token_type}")).await
}

/// What history keeps of a script: neither its text, which may hold secrets, nor its environment.
fn json(row: &TokenScriptRow) -> Value {
    json!({
        "tokenType": row.token_type,
        "blockIssuanceOnError": row.block_issuance_on_error,
    })
}

/// Sets the script for a kind of token; whether there was none before. Two that are set at once follow one another.
pub async fn put(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, row: &TokenScriptRow) -> Result<bool> {
    lock(tx, tenant, &row.token_type).await?;
    let before = find(tx, tenant, &row.token_type).await?;
    let sample = |sample: &Option<Json<Map<String, Value>>>| {
        sample.as_ref().map(|json| Value::Object(json.0.clone()).to_string())
    };
    tx.run(
        "insert into token_scripts (tenant_id, token_type, script, sealed_environment, context_sample, token_sample,
                block_issuance_on_error, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, token_type)
         do update set script = excluded.script, sealed_environment = excluded.sealed_environment,
                context_sample = excluded.context_sample, token_sample = excluded.token_sample,
                block_issuance_on_error = excluded.block_issuance_on_error, updated_at = excluded.updated_at",
        bind![
            tenant,
            &row.token_type,
            &row.script,
            &row.sealed_environment,
            &sample(&row.context_sample),
            &sample(&row.token_sample),
            row.block_issuance_on_error,
            author.now
        ],
    )
    .await?;
    let is_new = before.is_none();
    let change = Change {
        tenant,
        entity: "token_script",
        id: &row.token_type,
        before: before.as_ref().map(json),
        after: Some(json(row)),
    };
    changes::record(tx, author, change).await?;
    Ok(is_new)
}

/// Removes the script for a kind of token; `false` if there was none.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, token_type: &str) -> Result<bool> {
    let removed: Option<TokenScriptRow> = tx
        .one(
            concat!(
                "delete from token_scripts where tenant_id = $1 and token_type = $2 returning ",
                columns!()
            ),
            bind![tenant, token_type],
        )
        .await?;
    let Some(removed) = removed else {
        return Ok(false);
    };
    let change = Change {
        tenant,
        entity: "token_script",
        id: token_type,
        before: Some(json(&removed)),
        after: None,
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}
