//! API resources.

use crate::changes::{self, Author, Change};
use crate::db::{FromRow, Row};
use crate::statement::{Page, Statement};
use crate::{Result, Tx, bind};
use serde_json::Value;
use soleira_core::model::Resource;
use soleira_core::{ResourceId, TenantId};

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
        concat!(
            "select ",
            columns!(),
            " from resources where tenant_id = $1 and id = $2"
        ),
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
