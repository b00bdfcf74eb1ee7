//! API resources.

use crate::changes::{self, Author, Change};
use crate::db::{FromRow, Row};
use crate::statement::{Page, Statement};
use crate::{Result, Tx, bind};
use serde_json::Value;
use soleira_core::model::Resource;
use soleira_core::{ApplicationId, ResourceId, TenantId, UserId};

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

macro_rules! columns {
    () => {
        "tenant_id, id, name, indicator, is_default, access_token_ttl"
    };
}

fn json(resource: &Resource) -> Result<Value> {
    Ok(serde_json::to_value(resource)?)
}

/// Adds a resource. A taken indicator is `Unique("resources__indicator")`.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, resource: &Resource) -> Result<()> {
    tx.run(
        "insert into resources (tenant_id, id, name, indicator, is_default, access_token_ttl, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        bind![
            &resource.tenant_id,
            &resource.id,
            &resource.name,
            &resource.indicator,
            resource.is_default,
            resource.access_token_ttl,
            author.now
        ],
    )
    .await?;
    let change = Change {
        tenant: &resource.tenant_id,
        entity: "resource",
        id: resource.id.as_str(),
        before: None,
        after: Some(json(resource)?),
    };
    changes::record(tx, author, change).await
}

/// The resource of an identifier.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &ResourceId) -> Result<Option<Resource>> {
    tx.one(
        concat!("select ", columns!(), " from resources where tenant_id = $1 and id = $2"),
        bind![tenant, id],
    )
    .await
}

/// The resources of these identifiers, in no order; unknown ones are left out.
pub async fn find_all(tx: &mut Tx<'_>, tenant: &TenantId, ids: &[&ResourceId]) -> Result<Vec<Resource>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(concat!("select ", columns!(), " from resources where tenant_id = "));
    statement
        .bind(tenant.as_str())
        .text(" and id in ")
        .bind_list(ids.iter().map(|id| id.as_str()));
    tx.all(statement.sql(), &statement.values()).await
}

/// The resources, newest first.
pub async fn list(tx: &mut Tx<'_>, tenant: &TenantId, page: Option<Page>) -> Result<Vec<Resource>> {
    let mut statement = Statement::new(concat!("select ", columns!(), " from resources where tenant_id = "));
    statement
        .bind(tenant.as_str())
        .page(" order by created_at desc, id desc", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many resources there are.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<i64> {
    let count = tx
        .one("select count(*) from resources where tenant_id = $1", bind![tenant])
        .await?;
    Ok(count.unwrap_or_default())
}

/// Replaces the name, the lifetime of tokens and the default mark of a resource; its indicator never changes. A tenant
/// has one default at most.
pub async fn update(tx: &mut Tx<'_>, author: &Author, before: &Resource, after: &Resource) -> Result<()> {
    tx.run(
        "update resources set name = $3, access_token_ttl = $4, is_default = $5 where tenant_id = $1 and id = $2",
        bind![
            &after.tenant_id,
            &after.id,
            &after.name,
            after.access_token_ttl,
            after.is_default
        ],
    )
    .await?;
    let change = Change {
        tenant: &after.tenant_id,
        entity: "resource",
        id: after.id.as_str(),
        before: Some(json(before)?),
        after: Some(json(after)?),
    };
    changes::record(tx, author, change).await
}

/// Removes a resource with its permissions, which every role loses.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, resource: &Resource) -> Result<()> {
    tx.run(
        "delete from resources where tenant_id = $1 and id = $2",
        bind![&resource.tenant_id, &resource.id],
    )
    .await?;
    let change = Change {
        tenant: &resource.tenant_id,
        entity: "resource",
        id: resource.id.as_str(),
        before: Some(json(resource)?),
        after: None,
    };
    changes::record(tx, author, change).await
}

/// The resource of an indicator.
pub async fn find_by_indicator(tx: &mut Tx<'_>, tenant: &TenantId, indicator: &str) -> Result<Option<Resource>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from resources where tenant_id = $1 and indicator = $2"
        ),
        bind![tenant, indicator],
    )
    .await
}

/// The resource that is used when a request names none.
pub async fn find_default(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Option<Resource>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from resources where tenant_id = $1 and is_default = $2"
        ),
        bind![tenant, true],
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
