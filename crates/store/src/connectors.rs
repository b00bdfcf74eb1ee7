//! Connectors. Their configuration is sealed: it holds secrets of providers.

use crate::changes::{self, Author, Change};
use crate::db::Json;
use crate::{Result, Tx, bind, row};
use serde_json::{Map, Value, json};
use soleira_core::model::ConnectorType;
use soleira_core::{ConnectorId, TenantId, Timestamp};

row! {
    /// A connector as it is stored.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ConnectorRow {
        /// Its identifier.
        pub id: ConnectorId,
        /// The factory that it was made from.
        pub factory_id: String,
        /// `Email`, `Sms` or `Social`.
        pub kind: String,
        /// The provider; of mail and text connectors the factory's name.
        pub target: String,
        /// `Native`, `Universal`, `Web`, or empty.
        pub platform: String,
        /// Whether name and avatar follow the provider at each sign-in.
        pub sync_profile: bool,
        /// Whether the provider's tokens are kept.
        pub enable_token_storage: bool,
        /// The configuration as JSON text, sealed for [`context`].
        pub sealed_config: Vec<u8>,
        /// What the administrator changed of the factory's metadata.
        pub metadata: Json<Map<String, Value>>,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, factory_id, type, target, platform, sync_profile, enable_token_storage, sealed_config, metadata, created_at"
    };
}

/// The name of a type in the database and on the wire.
pub const fn type_name(kind: ConnectorType) -> &'static str {
    match kind {
        ConnectorType::Email => "Email",
        ConnectorType::Sms => "Sms",
        ConnectorType::Social => "Social",
    }
}

/// The context that a connector's configuration is sealed for.
pub fn context(tenant: &TenantId, id: &ConnectorId) -> String {
    format!("connector.config:{tenant}:{id}")
}

/// The connectors of a tenant, oldest first.
pub async fn all(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Vec<ConnectorRow>> {
    tx.all(
        concat!(
            "select ",
            columns!(),
            " from connectors where tenant_id = $1 order by created_at, id"
        ),
        bind![tenant],
    )
    .await
}

/// The connector of an identifier.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &ConnectorId) -> Result<Option<ConnectorRow>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from connectors where tenant_id = $1 and id = $2"
        ),
        bind![tenant, id],
    )
    .await
}

/// The connector of a type that a tenant has one of: `Email` or `Sms`.
pub async fn find_of_type(tx: &mut Tx<'_>, tenant: &TenantId, kind: &str) -> Result<Option<ConnectorRow>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from connectors where tenant_id = $1 and type = $2 order by created_at desc, id limit 1"
        ),
        bind![tenant, kind],
    )
    .await
}

/// Removes the connectors of a type.
pub async fn delete_of_type(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, kind: &str) -> Result<()> {
    let removed: Vec<ConnectorRow> = tx
        .all(
            concat!(
                "delete from connectors where tenant_id = $1 and type = $2 returning ",
                columns!()
            ),
            bind![tenant, kind],
        )
        .await?;
    for row in &removed {
        record_removal(tx, author, tenant, row).await?;
    }
    Ok(())
}

async fn record_removal(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, row: &ConnectorRow) -> Result<()> {
    let change = Change {
        tenant,
        entity: "connector",
        id: row.id.as_str(),
        before: Some(json(row)),
        after: None,
    };
    changes::record(tx, author, change).await
}

/// What history keeps of a connector: not its configuration.
fn json(row: &ConnectorRow) -> Value {
    json!({
        "id": row.id,
        "connectorId": row.factory_id,
        "type": row.kind,
        "target": row.target,
        "platform": row.platform,
        "syncProfile": row.sync_profile,
        "enableTokenStorage": row.enable_token_storage,
        "metadata": row.metadata.0,
    })
}

/// Adds a connector. Another one of the same type, target and platform is `Unique("connectors__platform")`, one of the
/// same identifier `Unique("connectors_pkey")`.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, row: &ConnectorRow) -> Result<()> {
    tx.run(
        "insert into connectors (tenant_id, id, factory_id, type, target, platform, sync_profile, enable_token_storage,
           sealed_config, metadata, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1)",
        bind![
            tenant,
            &row.id,
            &row.factory_id,
            &row.kind,
            &row.target,
            &row.platform,
            row.sync_profile,
            row.enable_token_storage,
            &row.sealed_config,
            &serde_json::to_string(&row.metadata.0)?,
            row.created_at
        ],
    )
    .await?;
    let change = Change {
        tenant,
        entity: "connector",
        id: row.id.as_str(),
        before: None,
        after: Some(json(row)),
    };
    changes::record(tx, author, change).await
}

/// Replaces a connector by its changed self; `false` if it is gone. Type, target, platform and factory never change.
pub async fn update(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    before: &ConnectorRow,
    after: &ConnectorRow,
) -> Result<bool> {
    let changed = tx
        .run(
            "update connectors set sync_profile = $3, enable_token_storage = $4, sealed_config = $5, metadata = $6,
               updated_at = $7, version = version + 1
             where tenant_id = $1 and id = $2",
            bind![
                tenant,
                &after.id,
                after.sync_profile,
                after.enable_token_storage,
                &after.sealed_config,
                &serde_json::to_string(&after.metadata.0)?,
                author.now
            ],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    let change = Change {
        tenant,
        entity: "connector",
        id: after.id.as_str(),
        before: Some(json(before)),
        after: Some(json(after)),
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}

/// Removes a connector: what it was, or `None` if there is none.
pub async fn delete(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    id: &ConnectorId,
) -> Result<Option<ConnectorRow>> {
    let removed: Option<ConnectorRow> = tx
        .one(
            concat!(
                "delete from connectors where tenant_id = $1 and id = $2 returning ",
                columns!()
            ),
            bind![tenant, id],
        )
        .await?;
    if let Some(row) = &removed {
        record_removal(tx, author, tenant, row).await?;
    }
    Ok(removed)
}
