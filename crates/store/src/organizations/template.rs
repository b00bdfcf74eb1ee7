//! The organization template: the roles and permissions that all organizations of a tenant share.

use super::record;
use super::relation::{Relation, relation};
use crate::changes::Author;
use crate::db::{FromRow, Row};
use crate::statement::{Field, Page, Search, Statement};
use crate::{Error, Result, Tx, bind, row};
use soleira_core::model::{OrganizationRole, OrganizationScope, RoleType, Scope};
use soleira_core::{OrganizationRoleId, OrganizationScopeId, ResourceId, ScopeId, TenantId};

/// What an organization role can be searched by.
pub static ROLE_FIELDS: [Field; 3] = [
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

/// What an organization permission can be searched by.
pub static SCOPE_FIELDS: [Field; 1] = [Field {
    name: "name",
    column: "name",
    folded: "lower(name)",
    ascii: true,
}];

macro_rules! role_columns {
    () => {
        "tenant_id, id, name, description, type"
    };
}
pub(super) use role_columns;

macro_rules! scope_columns {
    () => {
        "tenant_id, id, name, description"
    };
}
pub(super) use scope_columns;

impl FromRow for OrganizationRole {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let kind: String = row.at(4)?;
        Ok(Self {
            tenant_id: row.at(0)?,
            id: row.at(1)?,
            name: row.at(2)?,
            description: row.at(3)?,
            kind: RoleType::parse(&kind).ok_or_else(|| Error::decode(kind).in_field("OrganizationRole.type"))?,
        })
    }
}

impl FromRow for OrganizationScope {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            tenant_id: row.at(0)?,
            id: row.at(1)?,
            name: row.at(2)?,
            description: row.at(3)?,
        })
    }
}

/// What an organization role can give: `(role, permission)`.
pub trait Permission: AsRef<str> + Clone + std::fmt::Debug + Send + Sync + 'static {
    #[doc(hidden)]
    const OF_ROLES: &'static Relation;
}

impl Permission for OrganizationScopeId {
    const OF_ROLES: &'static Relation = &relation!(
        "organization_role_scopes", "organization_role_id" => "organization_scope_id",
        entity "organization_role_scope", names ["organizationScopeId"]
    );
}

impl Permission for ScopeId {
    const OF_ROLES: &'static Relation = &relation!(
        "organization_role_resource_scopes", "organization_role_id" => "scope_id",
        entity "organization_role_resource_scope", names ["scopeId"]
    );
}

/// The permissions of a kind that roles give: `(role, permission)`.
pub const fn permissions<P: Permission>() -> &'static Relation {
    P::OF_ROLES
}

/// The role of an identifier.
pub async fn find_role(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &OrganizationRoleId,
) -> Result<Option<OrganizationRole>> {
    tx.one(
        concat!(
            "select ",
            role_columns!(),
            " from organization_roles where tenant_id = $1 and id = $2"
        ),
        bind![tenant, id],
    )
    .await
}

/// Locks a role for a read-modify-write in this unit: the row, and who holds it.
pub async fn lock_role(tx: &mut Tx<'_>, tenant: &TenantId, id: &OrganizationRoleId) -> Result<()> {
    tx.lock(&format!("organization_role:{tenant}:{id}")).await
}

/// The roles of these identifiers, in no order; unknown ones are left out.
pub async fn find_roles(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    ids: &[OrganizationRoleId],
) -> Result<Vec<OrganizationRole>> {
    let mut statement = Statement::new(concat!(
        "select ",
        role_columns!(),
        " from organization_roles where tenant_id = "
    ));
    statement
        .bind(tenant.as_str())
        .text(" and id in ")
        .bind_list(ids.iter().map(OrganizationRoleId::as_str));
    tx.all(statement.sql(), &statement.values()).await
}

/// The roles of these names, in no order; unknown ones are left out.
pub async fn find_roles_by_name(tx: &mut Tx<'_>, tenant: &TenantId, names: &[String]) -> Result<Vec<OrganizationRole>> {
    let mut statement = Statement::new(concat!(
        "select ",
        role_columns!(),
        " from organization_roles where tenant_id = "
    ));
    statement
        .bind(tenant.as_str())
        .text(" and name in ")
        .bind_list(names.iter().map(String::as_str));
    tx.all(statement.sql(), &statement.values()).await
}

/// The roles of a search, by name.
pub async fn list_roles(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    search: &Search,
    page: Option<Page>,
) -> Result<Vec<OrganizationRole>> {
    let mut statement = Statement::new(concat!(
        "select ",
        role_columns!(),
        " from organization_roles where tenant_id = "
    ));
    statement
        .bind(tenant.as_str())
        .search(search, tx.engine())
        .page(" order by name", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many roles a search has.
pub async fn count_roles(tx: &mut Tx<'_>, tenant: &TenantId, search: &Search) -> Result<i64> {
    let mut statement = Statement::new("select count(*) from organization_roles where tenant_id = ");
    statement.bind(tenant.as_str()).search(search, tx.engine());
    Ok(tx.one(statement.sql(), &statement.values()).await?.unwrap_or_default())
}

/// Adds a role; `false` if its identifier or its name is already there.
pub async fn insert_role(tx: &mut Tx<'_>, author: &Author, role: &OrganizationRole) -> Result<bool> {
    let added = tx
        .run(
            "insert into organization_roles (tenant_id, id, name, description, type) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
            bind![
                &role.tenant_id,
                &role.id,
                &role.name,
                &role.description,
                role.kind.as_str()
            ],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    record(tx, author, role_row(role), None, Some(role)).await?;
    Ok(true)
}

/// Replaces a role by its changed self; `false` if it is gone. A name that is taken is
/// `Unique("organization_roles__name")`.
pub async fn update_role(
    tx: &mut Tx<'_>,
    author: &Author,
    before: &OrganizationRole,
    after: &OrganizationRole,
) -> Result<bool> {
    let changed = tx
        .run(
            "update organization_roles set name = $3, description = $4, type = $5 where tenant_id = $1 and id = $2",
            bind![
                &after.tenant_id,
                &after.id,
                &after.name,
                &after.description,
                after.kind.as_str()
            ],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    record(tx, author, role_row(after), Some(before), Some(after)).await?;
    Ok(true)
}

/// Removes a role, also from the members who hold it; `false` if it is not there.
pub async fn delete_role(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, id: &OrganizationRoleId) -> Result<bool> {
    let Some(before) = find_role(tx, tenant, id).await? else {
        return Ok(false);
    };
    tx.run(
        "delete from organization_roles where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await?;
    record(tx, author, role_row(&before), Some(&before), None).await?;
    Ok(true)
}

/// Whether any member of any organization holds the role.
pub async fn is_held(tx: &mut Tx<'_>, tenant: &TenantId, id: &OrganizationRoleId) -> Result<bool> {
    let held = tx
        .one::<i64>(
            "select cast(1 as bigint) where exists (
               select 1 from organization_users_roles where tenant_id = $1 and organization_role_id = $2)
             or exists (
               select 1 from organization_applications_roles where tenant_id = $1 and organization_role_id = $2)",
            bind![tenant, id],
        )
        .await?;
    Ok(held.is_some())
}

row! {
    /// An organization permission that a role gives, as lists show it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct GivenScope {
        /// The role.
        pub role: OrganizationRoleId,
        /// The permission.
        pub id: OrganizationScopeId,
        /// Its name.
        pub name: String,
    }
}

row! {
    /// A permission on an API resource that a role gives, as lists show it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct GivenResourceScope {
        /// The role.
        pub role: OrganizationRoleId,
        /// The permission.
        pub id: ScopeId,
        /// Its name.
        pub name: String,
        /// The API resource.
        pub resource_id: ResourceId,
        /// The resource's name.
        pub resource_name: String,
    }
}

/// The organization permissions that these roles give, by name.
pub async fn given_scopes(tx: &mut Tx<'_>, tenant: &TenantId, roles: &[OrganizationRoleId]) -> Result<Vec<GivenScope>> {
    let mut statement = Statement::new(
        "select rs.organization_role_id, s.id, s.name from organization_role_scopes rs
           join organization_scopes s on s.tenant_id = rs.tenant_id and s.id = rs.organization_scope_id
          where rs.tenant_id = ",
    );
    statement
        .bind(tenant.as_str())
        .text(" and rs.organization_role_id in ")
        .bind_list(roles.iter().map(OrganizationRoleId::as_str))
        .text(" order by s.name");
    tx.all(statement.sql(), &statement.values()).await
}

/// The permissions on API resources that these roles give, by resource and name.
pub async fn given_resource_scopes(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    roles: &[OrganizationRoleId],
) -> Result<Vec<GivenResourceScope>> {
    let mut statement = Statement::new(
        "select rs.organization_role_id, s.id, s.name, r.id, r.name from organization_role_resource_scopes rs
           join scopes s on s.tenant_id = rs.tenant_id and s.id = rs.scope_id
           join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
          where rs.tenant_id = ",
    );
    statement
        .bind(tenant.as_str())
        .text(" and rs.organization_role_id in ")
        .bind_list(roles.iter().map(OrganizationRoleId::as_str))
        .text(" order by r.name, r.id, s.name");
    tx.all(statement.sql(), &statement.values()).await
}

/// The organization permissions that a role gives, by name.
pub async fn scopes_of_role(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    role: &OrganizationRoleId,
    page: Option<Page>,
) -> Result<Vec<OrganizationScope>> {
    let mut statement = Statement::new(concat!(
        "select ",
        scope_columns!(),
        " from organization_scopes where id in (
           select organization_scope_id from organization_role_scopes where tenant_id = "
    ));
    statement
        .bind(tenant.as_str())
        .text(" and organization_role_id = ")
        .bind(role.as_str())
        .text(") and tenant_id = ")
        .bind(tenant.as_str())
        .page(" order by name", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// The permissions on API resources that a role gives, by resource and name.
pub async fn resource_scopes_of_role(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    role: &OrganizationRoleId,
    page: Option<Page>,
) -> Result<Vec<Scope>> {
    let mut statement = Statement::new(
        "select tenant_id, id, resource_id, name, description, created_at from scopes where id in (
           select scope_id from organization_role_resource_scopes where tenant_id = ",
    );
    statement
        .bind(tenant.as_str())
        .text(" and organization_role_id = ")
        .bind(role.as_str())
        .text(") and tenant_id = ")
        .bind(tenant.as_str())
        .page(" order by resource_id, name", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many permissions of a kind a role gives.
pub async fn count_permissions<P: Permission>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    role: &OrganizationRoleId,
) -> Result<i64> {
    permissions::<P>().count(tx, tenant, &[role.as_str()]).await
}

/// The permission of an identifier.
pub async fn find_scope(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &OrganizationScopeId,
) -> Result<Option<OrganizationScope>> {
    tx.one(
        concat!(
            "select ",
            scope_columns!(),
            " from organization_scopes where tenant_id = $1 and id = $2"
        ),
        bind![tenant, id],
    )
    .await
}

/// Locks a permission for a read-modify-write in this unit.
pub async fn lock_scope(tx: &mut Tx<'_>, tenant: &TenantId, id: &OrganizationScopeId) -> Result<()> {
    tx.lock(&format!("organization_scope:{tenant}:{id}")).await
}

/// The permissions of a search, by name.
pub async fn list_scopes(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    search: &Search,
    page: Option<Page>,
) -> Result<Vec<OrganizationScope>> {
    let mut statement = Statement::new(concat!(
        "select ",
        scope_columns!(),
        " from organization_scopes where tenant_id = "
    ));
    statement
        .bind(tenant.as_str())
        .search(search, tx.engine())
        .page(" order by name", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many permissions a search has.
pub async fn count_scopes(tx: &mut Tx<'_>, tenant: &TenantId, search: &Search) -> Result<i64> {
    let mut statement = Statement::new("select count(*) from organization_scopes where tenant_id = ");
    statement.bind(tenant.as_str()).search(search, tx.engine());
    Ok(tx.one(statement.sql(), &statement.values()).await?.unwrap_or_default())
}

/// Adds a permission; `false` if its identifier or its name is already there.
pub async fn insert_scope(tx: &mut Tx<'_>, author: &Author, scope: &OrganizationScope) -> Result<bool> {
    let added = tx
        .run(
            "insert into organization_scopes (tenant_id, id, name, description) values ($1, $2, $3, $4)
             on conflict do nothing",
            bind![&scope.tenant_id, &scope.id, &scope.name, &scope.description],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    record(tx, author, scope_row(scope), None, Some(scope)).await?;
    Ok(true)
}

/// Replaces a permission by its changed self; `false` if it is gone. A name that is taken is
/// `Unique("organization_scopes__name")`.
pub async fn update_scope(
    tx: &mut Tx<'_>,
    author: &Author,
    before: &OrganizationScope,
    after: &OrganizationScope,
) -> Result<bool> {
    let changed = tx
        .run(
            "update organization_scopes set name = $3, description = $4 where tenant_id = $1 and id = $2",
            bind![&after.tenant_id, &after.id, &after.name, &after.description],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    record(tx, author, scope_row(after), Some(before), Some(after)).await?;
    Ok(true)
}

/// Removes a permission, also from the roles that give it; `false` if it is not there.
pub async fn delete_scope(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    id: &OrganizationScopeId,
) -> Result<bool> {
    let Some(before) = find_scope(tx, tenant, id).await? else {
        return Ok(false);
    };
    tx.run(
        "delete from organization_scopes where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await?;
    record(tx, author, scope_row(&before), Some(&before), None).await?;
    Ok(true)
}

fn role_row(role: &OrganizationRole) -> (&TenantId, &'static str, &str) {
    (&role.tenant_id, "organization_role", role.id.as_str())
}

fn scope_row(scope: &OrganizationScope) -> (&TenantId, &'static str, &str) {
    (&scope.tenant_id, "organization_scope", scope.id.as_str())
}
