//! Organizations ([`crate::organizations`]), who is in them ([`members`]), and the roles and permissions that all of a
//! tenant's organizations share ([`template`]).

pub mod members;
mod relation;
pub mod template;

pub use relation::Relation;

use crate::changes::{self, Author, Change};
use crate::db::{FromRow, Json, Row};
use crate::statement::{Field, Page, Search, Statement};
use crate::{Result, Tx, bind, dialect};
use serde::Serialize;
use soleira_core::model::Organization;
use soleira_core::{OrganizationId, OrganizationRoleId, TenantId, UserId};

/// What an organization can be searched by.
pub static FIELDS: [Field; 2] = [
    Field {
        name: "id",
        column: "id",
        folded: "lower(id)",
        ascii: true,
    },
    Field {
        name: "name",
        column: "name",
        folded: "name_folded",
        ascii: false,
    },
];

macro_rules! columns {
    () => {
        "tenant_id, id, name, description, custom_data, is_mfa_required, color, branding, custom_css, created_at"
    };
}
use columns;

impl FromRow for Organization {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            tenant_id: row.at(0)?,
            id: row.at(1)?,
            name: row.at(2)?,
            description: row.at(3)?,
            custom_data: row.at::<Json<_>>(4)?.0,
            is_mfa_required: row.at(5)?,
            color: row.at::<Option<Json<_>>>(6)?.map(|json| json.0).unwrap_or_default(),
            branding: row.at::<Option<Json<_>>>(7)?.map(|json| json.0).unwrap_or_default(),
            custom_css: row.at(8)?,
            created_at: row.at(9)?,
        })
    }
}

/// A role that a member holds, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// Its identifier.
    pub id: OrganizationRoleId,
    /// Its name.
    pub name: String,
}

/// The organization of an identifier.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &OrganizationId) -> Result<Option<Organization>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from organizations where tenant_id = $1 and id = $2"
        ),
        bind![tenant, id],
    )
    .await
}

/// Locks an organization for a read-modify-write in this unit: the row, its members and their roles.
pub async fn lock(tx: &mut Tx<'_>, tenant: &TenantId, id: &OrganizationId) -> Result<()> {
    tx.lock(&format!("organization:{tenant}:{id}")).await
}

/// The organizations of a search, newest first.
pub async fn list(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    search: &Search,
    page: Option<Page>,
) -> Result<Vec<Organization>> {
    let mut statement = Statement::new(concat!("select ", columns!(), " from organizations where tenant_id = "));
    statement
        .bind(tenant.as_str())
        .search(search, tx.engine())
        .page(" order by created_at desc, id desc", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many organizations a search has.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId, search: &Search) -> Result<i64> {
    let mut statement = Statement::new("select count(*) from organizations where tenant_id = ");
    statement.bind(tenant.as_str()).search(search, tx.engine());
    Ok(tx.one(statement.sql(), &statement.values()).await?.unwrap_or_default())
}

/// The users of an organization: how many, and the newest three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Featured {
    /// How many.
    pub users: i64,
    /// The newest: identifier, avatar, name.
    pub featured_users: Vec<(UserId, Option<String>, Option<String>)>,
}

/// The users of an organization, in short.
pub async fn featured(tx: &mut Tx<'_>, tenant: &TenantId, id: &OrganizationId) -> Result<Featured> {
    let users = tx
        .one(
            "select count(*) from organization_users where tenant_id = $1 and organization_id = $2",
            bind![tenant, id],
        )
        .await?;
    let featured_users = tx
        .all(
            "select u.id, u.avatar, u.name from organization_users ou
               join users u on u.tenant_id = ou.tenant_id and u.id = ou.user_id
              where ou.tenant_id = $1 and ou.organization_id = $2 order by u.created_at desc, u.id desc limit 3",
            bind![tenant, id],
        )
        .await?;
    Ok(Featured {
        users: users.unwrap_or_default(),
        featured_users,
    })
}

/// The roles of a user in their organizations: organization identifier and role name.
pub async fn roles_of_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId) -> Result<Vec<(OrganizationId, String)>> {
    let held = members::held_everywhere(tx, tenant, user).await?;
    Ok(held.into_iter().map(|(id, role)| (id, role.name)).collect())
}

/// Adds an organization; `false` if its identifier is already there.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, organization: &Organization) -> Result<bool> {
    let added = tx
        .run(
            "insert into organizations (tenant_id, id, name, name_folded, description, custom_data, is_mfa_required,
               color, branding, custom_css, created_at, updated_at, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1) on conflict do nothing",
            bind![
                &organization.tenant_id,
                &organization.id,
                &organization.name,
                &dialect::fold(&organization.name),
                &organization.description,
                &serde_json::to_string(&organization.custom_data)?,
                organization.is_mfa_required,
                &serde_json::to_string(&organization.color)?,
                &serde_json::to_string(&organization.branding)?,
                &organization.custom_css,
                organization.created_at,
                author.now
            ],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    record(tx, author, row(organization), None, Some(organization)).await?;
    Ok(true)
}

/// Replaces an organization by its changed self; `false` if it is gone.
pub async fn update(tx: &mut Tx<'_>, author: &Author, before: &Organization, after: &Organization) -> Result<bool> {
    let changed = tx
        .run(
            "update organizations set name = $3, name_folded = $4, description = $5, custom_data = $6,
               is_mfa_required = $7, color = $8, branding = $9, custom_css = $10, created_at = $11, updated_at = $12,
               version = version + 1
             where tenant_id = $1 and id = $2",
            bind![
                &after.tenant_id,
                &after.id,
                &after.name,
                &dialect::fold(&after.name),
                &after.description,
                &serde_json::to_string(&after.custom_data)?,
                after.is_mfa_required,
                &serde_json::to_string(&after.color)?,
                &serde_json::to_string(&after.branding)?,
                &after.custom_css,
                after.created_at,
                author.now
            ],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    record(tx, author, row(after), Some(before), Some(after)).await?;
    Ok(true)
}

/// Removes an organization with its memberships; `false` if it is not there.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, id: &OrganizationId) -> Result<bool> {
    let Some(before) = find(tx, tenant, id).await? else {
        return Ok(false);
    };
    tx.run(
        "delete from organizations where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await?;
    record(tx, author, row(&before), Some(&before), None).await?;
    Ok(true)
}

/// Writes down what became of a row: tenant, kind and identifier name it.
async fn record<T: Serialize>(
    tx: &mut Tx<'_>,
    author: &Author,
    (tenant, entity, id): (&TenantId, &'static str, &str),
    before: Option<&T>,
    after: Option<&T>,
) -> Result<()> {
    let change = Change {
        tenant,
        entity,
        id,
        before: before.map(serde_json::to_value).transpose()?,
        after: after.map(serde_json::to_value).transpose()?,
    };
    changes::record(tx, author, change).await
}

fn row(organization: &Organization) -> (&TenantId, &'static str, &str) {
    (&organization.tenant_id, "organization", organization.id.as_str())
}
