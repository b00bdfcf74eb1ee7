//! Permissions of API resources, and the roles that have them.

use crate::changes::{self, Author, Change};
use crate::db::{FromRow, Row};
use crate::statement::{Field, Page, Search, Statement};
use crate::{Result, Tx, bind};
use serde_json::Value;
use soleira_core::model::Scope;
use soleira_core::{ResourceId, RoleId, ScopeId, TenantId};

/// What a permission can be searched by.
pub static FIELDS: [Field; 3] = [
    Field {
        name: "id",
        column: "id",
        folded: "lower(id)",
        ascii: true,
    },
    Field {
        name: "name",
        column: "name",
        folded: "lower(name)",
        ascii: true,
    },
    Field {
        name: "description",
        column: "description",
        folded: "lower(description)",
        ascii: true,
    },
];

/// Which permissions a list has. The default is all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this resource.
    pub of_resource: Option<ResourceId>,
    /// Only those that this role has.
    pub of_role: Option<RoleId>,
    /// What is looked for.
    pub search: Search,
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

macro_rules! columns {
    () => {
        "tenant_id, id, resource_id, name, description, created_at"
    };
}

fn json(scope: &Scope) -> Result<Value> {
    Ok(serde_json::to_value(scope)?)
}

/// Adds a permission. A taken name is `Unique("scopes__name")`.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, scope: &Scope) -> Result<()> {
    tx.run(
        "insert into scopes (tenant_id, id, resource_id, name, description, created_at)
         values ($1, $2, $3, $4, $5, $6)",
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
    let change = Change {
        tenant: &scope.tenant_id,
        entity: "scope",
        id: scope.id.as_str(),
        before: None,
        after: Some(json(scope)?),
    };
    changes::record(tx, author, change).await
}

/// The permission of an identifier.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &ScopeId) -> Result<Option<Scope>> {
    tx.one(
        concat!("select ", columns!(), " from scopes where tenant_id = $1 and id = $2"),
        bind![tenant, id],
    )
    .await
}

/// The permissions of these identifiers, in no order; unknown ones are left out.
pub async fn find_all(tx: &mut Tx<'_>, tenant: &TenantId, ids: &[ScopeId]) -> Result<Vec<Scope>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(concat!("select ", columns!(), " from scopes where tenant_id = "));
    statement
        .bind(tenant.as_str())
        .text(" and id in ")
        .bind_list(ids.iter().map(ScopeId::as_str));
    tx.all(statement.sql(), &statement.values()).await
}

/// The permissions of these resources, each resource's newest first.
pub async fn of_resources(tx: &mut Tx<'_>, tenant: &TenantId, resources: &[&ResourceId]) -> Result<Vec<Scope>> {
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(concat!("select ", columns!(), " from scopes where tenant_id = "));
    statement
        .bind(tenant.as_str())
        .text(" and resource_id in ")
        .bind_list(resources.iter().map(|id| id.as_str()))
        .text(" order by created_at desc, id desc");
    tx.all(statement.sql(), &statement.values()).await
}

fn filtered(statement: &mut Statement, tx: &Tx<'_>, tenant: &TenantId, filter: &Filter) {
    statement.bind(tenant.as_str());
    if let Some(resource) = &filter.of_resource {
        statement.text(" and resource_id = ").bind(resource.as_str());
    }
    if let Some(role) = &filter.of_role {
        statement
            .text(" and exists (select 1 from roles_scopes rs where rs.tenant_id = scopes.tenant_id and rs.scope_id = scopes.id and rs.role_id = ")
            .bind(role.as_str())
            .text(")");
    }
    statement.search(&filter.search, tx.engine());
}

/// The permissions of a filter, newest first.
pub async fn list(tx: &mut Tx<'_>, tenant: &TenantId, filter: &Filter, page: Option<Page>) -> Result<Vec<Scope>> {
    let mut statement = Statement::new(concat!("select ", columns!(), " from scopes where tenant_id = "));
    filtered(&mut statement, tx, tenant, filter);
    statement.page(" order by created_at desc, id desc", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many permissions a filter has.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId, filter: &Filter) -> Result<i64> {
    let mut statement = Statement::new("select count(*) from scopes where tenant_id = ");
    filtered(&mut statement, tx, tenant, filter);
    Ok(tx.one(statement.sql(), &statement.values()).await?.unwrap_or_default())
}

/// Replaces the name and the description of a permission. A taken name is `Unique("scopes__name")`.
pub async fn update(tx: &mut Tx<'_>, author: &Author, before: &Scope, after: &Scope) -> Result<()> {
    tx.run(
        "update scopes set name = $3, description = $4 where tenant_id = $1 and id = $2",
        bind![&after.tenant_id, &after.id, &after.name, &after.description],
    )
    .await?;
    let change = Change {
        tenant: &after.tenant_id,
        entity: "scope",
        id: after.id.as_str(),
        before: Some(json(before)?),
        after: Some(json(after)?),
    };
    changes::record(tx, author, change).await
}

/// Removes a permission, which every role loses.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, scope: &Scope) -> Result<()> {
    tx.run(
        "delete from scopes where tenant_id = $1 and id = $2",
        bind![&scope.tenant_id, &scope.id],
    )
    .await?;
    let change = Change {
        tenant: &scope.tenant_id,
        entity: "scope",
        id: scope.id.as_str(),
        before: Some(json(scope)?),
        after: None,
    };
    changes::record(tx, author, change).await
}
