//! How a tenant's people sign in: one document per tenant, with the name that the wire gives its members.

use crate::changes::{self, Author, Change};
use crate::db::Json;
use crate::{Result, Tx, bind};
use soleira_core::model::SignInExperience;
use soleira_core::{TenantId, Timestamp};

/// The settings of a tenant; `None` before it was seeded.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Option<SignInExperience>> {
    let found = tx
        .one::<String>(
            "select value from sign_in_experiences where tenant_id = $1",
            bind![tenant],
        )
        .await?;
    Ok(found.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Sets the settings of a tenant that has none.
pub async fn insert(tx: &mut Tx<'_>, value: &SignInExperience, now: Timestamp) -> Result<()> {
    tx.run(
        "insert into sign_in_experiences (tenant_id, value, created_at, updated_at, version) values ($1, $2, $3, $3, 1)
         on conflict (tenant_id) do nothing",
        bind![&value.tenant_id, &serde_json::to_string(value)?, now],
    )
    .await?;
    Ok(())
}

/// Locks the settings for a read-modify-write in this unit, and reads them.
pub async fn lock(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Option<SignInExperience>> {
    tx.lock(&format!("sign_in_experience:{tenant}")).await?;
    find(tx, tenant).await
}

/// Replaces the settings.
pub async fn update(
    tx: &mut Tx<'_>,
    author: &Author,
    before: &SignInExperience,
    after: &SignInExperience,
) -> Result<()> {
    tx.run(
        "update sign_in_experiences set value = $2, updated_at = $3, version = version + 1 where tenant_id = $1",
        bind![&after.tenant_id, &serde_json::to_string(after)?, author.now],
    )
    .await?;
    let change = Change {
        tenant: &after.tenant_id,
        entity: "sign_in_experience",
        id: "default",
        before: Some(serde_json::to_value(before)?),
        after: Some(serde_json::to_value(after)?),
    };
    changes::record(tx, author, change).await
}

/// The account centre's settings, as the wire shows them.
pub async fn account_center(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Option<serde_json::Value>> {
    let found = tx
        .one::<AccountCenter>(
            "select value, updated_at from account_centers where tenant_id = $1",
            bind![tenant],
        )
        .await?;
    Ok(found.map(|(value, _)| value.0))
}

type AccountCenter = (Json<serde_json::Value>, Timestamp);

/// Sets the account centre's settings of a tenant that has none.
pub async fn insert_account_center(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    value: &serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        "insert into account_centers (tenant_id, value, updated_at) values ($1, $2, $3)
         on conflict (tenant_id) do nothing",
        bind![tenant, &value.to_string(), now],
    )
    .await?;
    Ok(())
}
