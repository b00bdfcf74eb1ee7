//! API resources and their permissions.

use crate::db::{FromRow, Row};
use crate::{Result, Tx, bind};
use soleira_core::model::{Resource, Scope};
use soleira_core::{ApplicationId, ResourceId, TenantId, Timestamp, UserId};

impl FromRow for Resource {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            tenant_id: row.at(0)?,
            id: row.at(1)?,
            name: row.at(2)?,
            indicator: row.at(3)?,
            is_default: row.at(4)?,
            access_token_ttl: row.at(5)?,
        })
    }
}

impl FromRow for Scope {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            tenant_id: row.at(0)?,
            id: row.at(1)?,
            resource_id: row.at(2)?,
            name: row.at(3)?,
            description: row.at(4)?,
            created_at: row.at(5)?,
        })
    }
}

/// Adds a resource; `false` if its identifier or its indicator is already there.
pub async fn insert(tx: &mut Tx<'_>, resource: &Resource, now: Timestamp) -> Result<bool> {
    let added = tx
        .run(
            "insert into resources (tenant_id, id, name, indicator, is_default, access_token_ttl, created_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            bind![
                &resource.tenant_id,
                &resource.id,
                &resource.name,
                &resource.indicator,
                resource.is_default,
                resource.access_token_ttl,
                now
            ],
        )
        .await?;
    Ok(added == 1)
}

/// Adds a permission; `false` if its identifier or its name is already there.
pub async fn insert_scope(tx: &mut Tx<'_>, scope: &Scope) -> Result<bool> {
    let added = tx
        .run(
            "insert into scopes (tenant_id, id, resource_id, name, description, created_at)
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            bind![
                &scope.tenant_id,
                &scope.id,
                &scope.resource_id,
                &scope.name,
                &scope.description,
                scope.created_at
            ],
        )
        .await?;
    Ok(added == 1)
}

/// The resource of an indicator.
pub async fn find_by_indicator(tx: &mut Tx<'_>, tenant: &TenantId, indicator: &str) -> Result<Option<Resource>> {
    tx.one(
        "select tenant_id, id, name, indicator, is_default, access_token_ttl from resources
          where tenant_id = $1 and indicator = $2",
        bind![tenant, indicator],
    )
    .await
}

/// The resource that is used when a request names none.
pub async fn find_default(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Option<Resource>> {
    tx.one(
        "select tenant_id, id, name, indicator, is_default, access_token_ttl from resources
          where tenant_id = $1 and is_default = $2 order by created_at limit 1",
        bind![tenant, true],
    )
    .await
}

/// The permissions of a resource, by name.
pub async fn scopes(tx: &mut Tx<'_>, tenant: &TenantId, resource: &ResourceId) -> Result<Vec<Scope>> {
    tx.all(
        "select tenant_id, id, resource_id, name, description, created_at from scopes
          where tenant_id = $1 and resource_id = $2 order by name",
        bind![tenant, resource],
    )
    .await
}

/// Every permission that the roles of an application give: `(resource indicator, scope name)`, sorted.
pub async fn of_application(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
) -> Result<Vec<(String, String)>> {
    tx.all(
        "select distinct r.indicator, s.name from applications_roles ar
           join roles_scopes rs on rs.tenant_id = ar.tenant_id and rs.role_id = ar.role_id
           join scopes s on s.tenant_id = rs.tenant_id and s.id = rs.scope_id
           join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
          where ar.tenant_id = $1 and ar.application_id = $2 order by r.indicator, s.name",
        bind![tenant, application],
    )
    .await
}

/// The permissions of one resource that the roles of a user give, by name.
pub async fn of_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId, indicator: &str) -> Result<Vec<String>> {
    tx.all(
        "select distinct s.name from users_roles ur
           join roles_scopes rs on rs.tenant_id = ur.tenant_id and rs.role_id = ur.role_id
           join scopes s on s.tenant_id = rs.tenant_id and s.id = rs.scope_id
           join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
          where ur.tenant_id = $1 and ur.user_id = $2 and r.indicator = $3 order by s.name",
        bind![tenant, user, indicator],
    )
    .await
}
