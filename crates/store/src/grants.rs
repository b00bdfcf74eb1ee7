//! Grants: what a person allowed a client. Revoking one kills everything that was issued under it.

use crate::db::{FromRow, Json, Row};
use crate::{Result, Tx, bind};
use serde::{Deserialize, Serialize};
use soleira_core::{ApplicationId, GrantId, TenantId, Timestamp, UserId};
use std::collections::BTreeMap;

/// Scopes by resource indicator, each a space-separated list.
pub type ResourceScopes = BTreeMap<String, String>;

/// What was asked for and refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Standard scopes, a space-separated list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub openid: String,
    /// Scopes of resources.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: ResourceScopes,
}

/// A stored grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    /// Its identifier.
    pub id: GrantId,
    /// Who granted.
    pub user_id: UserId,
    /// To whom.
    pub client_id: ApplicationId,
    /// Standard scopes, a space-separated list.
    pub openid_scope: String,
    /// Scopes of resources.
    pub resources: ResourceScopes,
    /// What was refused.
    pub rejected: Rejected,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl FromRow for GrantRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.at(0)?,
            user_id: row.at(1)?,
            client_id: row.at(2)?,
            openid_scope: row.at(3)?,
            resources: row.at::<Json<ResourceScopes>>(4)?.0,
            rejected: row.at::<Json<Rejected>>(5)?.0,
            created_at: row.at(6)?,
            expires_at: row.at(7)?,
            revoked_at: row.at(8)?,
        })
    }
}

/// Writes a grant, or what was added to it. A revoked one stays revoked.
pub async fn upsert(tx: &mut Tx<'_>, tenant: &TenantId, grant: &GrantRow) -> Result<()> {
    let resources = serde_json::to_string(&grant.resources)?;
    let rejected = serde_json::to_string(&grant.rejected)?;
    tx.run(
        "insert into grants (tenant_id, id, user_id, client_id, openid_scope, resources, rejected, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (tenant_id, id) do update set openid_scope = excluded.openid_scope, resources = excluded.resources,
                rejected = excluded.rejected",
        bind![
            tenant,
            &grant.id,
            &grant.user_id,
            &grant.client_id,
            &grant.openid_scope,
            &resources,
            &rejected,
            grant.created_at,
            grant.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// A grant, whatever became of it.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &GrantId) -> Result<Option<GrantRow>> {
    tx.one(
        "select id, user_id, client_id, openid_scope, resources, rejected, created_at, expires_at, revoked_at
           from grants where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await
}

/// Revokes a grant; whether it was alive until now.
pub async fn revoke(tx: &mut Tx<'_>, tenant: &TenantId, id: &GrantId, now: Timestamp) -> Result<bool> {
    let rows = tx
        .run(
            "update grants set revoked_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null",
            bind![tenant, id, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Revokes the oldest grants of a user and a client beyond the newest `kept`; their identifiers.
pub async fn revoke_beyond(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user: &UserId,
    client: &ApplicationId,
    kept: i64,
    now: Timestamp,
) -> Result<Vec<GrantId>> {
    tx.all(
        "update grants set revoked_at = $5
          where tenant_id = $1 and user_id = $2 and client_id = $3 and revoked_at is null and id not in (
                select id from grants
                 where tenant_id = $1 and user_id = $2 and client_id = $3 and revoked_at is null and expires_at > $5
                 order by created_at desc, id limit $4)
         returning id",
        bind![tenant, user, client, kept, now],
    )
    .await
}

/// Removes every code and token that was issued under a grant; the grant itself stays.
pub async fn delete_artefacts(tx: &mut Tx<'_>, tenant: &TenantId, id: &GrantId) -> Result<()> {
    tx.run(
        "delete from authorization_codes where tenant_id = $1 and grant_id = $2",
        bind![tenant, id],
    )
    .await?;
    tx.run(
        "delete from device_codes where tenant_id = $1 and grant_id = $2",
        bind![tenant, id],
    )
    .await?;
    tx.run(
        "delete from access_tokens where tenant_id = $1 and grant_id = $2",
        bind![tenant, id],
    )
    .await?;
    tx.run(
        "delete from refresh_tokens where tenant_id = $1 and grant_id = $2",
        bind![tenant, id],
    )
    .await?;
    Ok(())
}

/// The living grants of a user, newest first.
pub async fn of_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId, now: Timestamp) -> Result<Vec<GrantRow>> {
    tx.all(
        "select id, user_id, client_id, openid_scope, resources, rejected, created_at, expires_at, revoked_at
           from grants where tenant_id = $1 and user_id = $2 and revoked_at is null and expires_at > $3
          order by created_at desc, id",
        bind![tenant, user, now],
    )
    .await
}

/// Makes sessions forget a grant that was revoked.
pub async fn forget_in_sessions(tx: &mut Tx<'_>, tenant: &TenantId, id: &GrantId) -> Result<()> {
    tx.run(
        "delete from session_clients where tenant_id = $1 and grant_id = $2",
        bind![tenant, id],
    )
    .await?;
    Ok(())
}
