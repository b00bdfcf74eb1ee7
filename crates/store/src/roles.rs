//! Roles, what they allow, and who holds them.

use crate::changes::{self, Author, Change};
use crate::db::{FromRow, Row};
use crate::statement::{Field, Page, Search, Statement};
use crate::{Error, Result, Tx, bind};
use serde_json::{Value, json};
use soleira_core::model::{Role, RoleType};
use soleira_core::{ApplicationId, RoleId, ScopeId, TenantId, UserId};

/// What a role can be searched by.
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

/// Whose roles a list has. Internal roles are in none.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this type; of any if absent.
    pub kind: Option<RoleType>,
    /// Only those of this user.
    pub of_user: Option<UserId>,
    /// Only those of this application.
    pub of_application: Option<ApplicationId>,
    /// Without those of this user.
    pub exclude_user: Option<UserId>,
    /// Without those of this application.
    pub exclude_application: Option<ApplicationId>,
    /// What is looked for.
    pub search: Search,
}

impl FromRow for Role {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let kind: String = row.at(4)?;
        Ok(Self {
            tenant_id: row.at(0)?,
            id: row.at(1)?,
            name: row.at(2)?,
            description: row.at(3)?,
            kind: RoleType::parse(&kind).ok_or_else(|| Error::decode(kind).in_field("Role.type"))?,
            is_default: row.at(5)?,
        })
    }
}

macro_rules! columns {
    () => {
        "tenant_id, id, name, description, type, is_default"
    };
}

fn json(role: &Role) -> Result<Value> {
    Ok(serde_json::to_value(role)?)
}

/// Adds a role. A taken name is `Unique("roles__name")`.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, role: &Role) -> Result<()> {
    tx.run(
        "insert into roles (tenant_id, id, name, description, type, is_default, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        bind![
            &role.tenant_id,
            &role.id,
            &role.name,
            &role.description,
            role.kind.as_str(),
            role.is_default,
            author.now
        ],
    )
    .await?;
    let change = Change {
        tenant: &role.tenant_id,
        entity: "role",
        id: role.id.as_str(),
        before: None,
        after: Some(json(role)?),
    };
    changes::record(tx, author, change).await
}

/// Replaces the name, the description and the default mark of a role; its type never changes. A taken name is
/// `Unique("roles__name")`.
pub async fn update(tx: &mut Tx<'_>, author: &Author, before: &Role, after: &Role) -> Result<()> {
    tx.run(
        "update roles set name = $3, description = $4, is_default = $5 where tenant_id = $1 and id = $2",
        bind![
            &after.tenant_id,
            &after.id,
            &after.name,
            &after.description,
            after.is_default
        ],
    )
    .await?;
    let change = Change {
        tenant: &after.tenant_id,
        entity: "role",
        id: after.id.as_str(),
        before: Some(json(before)?),
        after: Some(json(after)?),
    };
    changes::record(tx, author, change).await
}

/// Removes a role: whoever held it loses it.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, role: &Role) -> Result<()> {
    tx.run(
        "delete from roles where tenant_id = $1 and id = $2",
        bind![&role.tenant_id, &role.id],
    )
    .await?;
    let change = Change {
        tenant: &role.tenant_id,
        entity: "role",
        id: role.id.as_str(),
        before: Some(json(role)?),
        after: None,
    };
    changes::record(tx, author, change).await
}

/// Lets a role have a permission; `false` if it has it. A permission that is not there is a foreign key error.
pub async fn add_scope(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    role: &RoleId,
    scope: &ScopeId,
) -> Result<bool> {
    let added = tx
        .run(
            "insert into roles_scopes (tenant_id, role_id, scope_id) values ($1, $2, $3) on conflict do nothing",
            bind![tenant, role, scope],
        )
        .await?;
    if added == 1 {
        let change = Change {
            tenant,
            entity: "role_scope",
            id: role.as_str(),
            before: None,
            after: Some(json!({"scopeId": scope})),
        };
        changes::record(tx, author, change).await?;
    }
    Ok(added == 1)
}

/// Takes a permission from a role; `false` if it does not have it.
pub async fn remove_scope(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    role: &RoleId,
    scope: &ScopeId,
) -> Result<bool> {
    let removed = tx
        .run(
            "delete from roles_scopes where tenant_id = $1 and role_id = $2 and scope_id = $3",
            bind![tenant, role, scope],
        )
        .await?;
    if removed == 1 {
        let change = Change {
            tenant,
            entity: "role_scope",
            id: role.as_str(),
            before: Some(json!({"scopeId": scope})),
            after: None,
        };
        changes::record(tx, author, change).await?;
    }
    Ok(removed == 1)
}

/// The role of an identifier.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &RoleId) -> Result<Option<Role>> {
    tx.one(
        concat!("select ", columns!(), " from roles where tenant_id = $1 and id = $2"),
        bind![tenant, id],
    )
    .await
}

/// The role of a name.
pub async fn find_by_name(tx: &mut Tx<'_>, tenant: &TenantId, name: &str) -> Result<Option<Role>> {
    tx.one(
        concat!("select ", columns!(), " from roles where tenant_id = $1 and name = $2"),
        bind![tenant, name],
    )
    .await
}

/// The roles of these identifiers, in no order; unknown ones are left out.
pub async fn find_all(tx: &mut Tx<'_>, tenant: &TenantId, ids: &[RoleId]) -> Result<Vec<Role>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(concat!("select ", columns!(), " from roles where tenant_id = "));
    statement
        .bind(tenant.as_str())
        .text(" and id in ")
        .bind_list(ids.iter().map(RoleId::as_str));
    tx.all(statement.sql(), &statement.values()).await
}

/// The roles that every new user gets.
pub async fn default_roles(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Vec<RoleId>> {
    tx.all(
        "select id from roles where tenant_id = $1 and is_default = $2 and type = $3 order by name",
        bind![tenant, true, RoleType::User.as_str()],
    )
    .await
}

fn filtered(statement: &mut Statement, tx: &Tx<'_>, tenant: &TenantId, filter: &Filter) {
    statement.bind(tenant.as_str()).text(" and name not like '#internal:%'");
    if let Some(kind) = filter.kind {
        statement.text(" and type = ").bind(kind.as_str());
    }
    if let Some(user) = &filter.of_user {
        statement
            .text(" and exists (select 1 from users_roles ur where ur.tenant_id = roles.tenant_id and ur.role_id = roles.id and ur.user_id = ")
            .bind(user.as_str())
            .text(")");
    }
    if let Some(user) = &filter.exclude_user {
        statement
            .text(" and not exists (select 1 from users_roles ur where ur.tenant_id = roles.tenant_id and ur.role_id = roles.id and ur.user_id = ")
            .bind(user.as_str())
            .text(")");
    }
    if let Some(application) = &filter.of_application {
        statement
            .text(" and exists (select 1 from applications_roles ar where ar.tenant_id = roles.tenant_id and ar.role_id = roles.id and ar.application_id = ")
            .bind(application.as_str())
            .text(")");
    }
    if let Some(application) = &filter.exclude_application {
        statement
            .text(" and not exists (select 1 from applications_roles ar where ar.tenant_id = roles.tenant_id and ar.role_id = roles.id and ar.application_id = ")
            .bind(application.as_str())
            .text(")");
    }
    statement.search(&filter.search, tx.engine());
}

/// The roles of a filter, newest first.
pub async fn list(tx: &mut Tx<'_>, tenant: &TenantId, filter: &Filter, page: Option<Page>) -> Result<Vec<Role>> {
    let mut statement = Statement::new(concat!("select ", columns!(), " from roles where tenant_id = "));
    filtered(&mut statement, tx, tenant, filter);
    statement.page(" order by created_at desc, id desc", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many roles a filter has.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId, filter: &Filter) -> Result<i64> {
    let mut statement = Statement::new("select count(*) from roles where tenant_id = ");
    filtered(&mut statement, tx, tenant, filter);
    Ok(tx.one(statement.sql(), &statement.values()).await?.unwrap_or_default())
}

/// Who holds a role: how many, and the newest three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holders {
    /// How many users.
    pub users: i64,
    /// The newest: identifier, avatar, name.
    pub featured_users: Vec<(UserId, Option<String>, Option<String>)>,
    /// How many applications.
    pub applications: i64,
    /// The newest: identifier, name, type.
    pub featured_applications: Vec<(ApplicationId, String, String)>,
}

/// Who holds a role.
pub async fn holders(tx: &mut Tx<'_>, tenant: &TenantId, role: &RoleId) -> Result<Holders> {
    let users = tx
        .one(
            "select count(*) from users_roles where tenant_id = $1 and role_id = $2",
            bind![tenant, role],
        )
        .await?;
    let featured_users = tx
        .all(
            "select u.id, u.avatar, u.name from users_roles ur
               join users u on u.tenant_id = ur.tenant_id and u.id = ur.user_id
              where ur.tenant_id = $1 and ur.role_id = $2 order by u.created_at desc, u.id desc limit 3",
            bind![tenant, role],
        )
        .await?;
    let applications = tx
        .one(
            "select count(*) from applications_roles where tenant_id = $1 and role_id = $2",
            bind![tenant, role],
        )
        .await?;
    let featured_applications = tx
        .all(
            "select a.id, a.name, a.type from applications_roles ar
               join applications a on a.tenant_id = ar.tenant_id and a.id = ar.application_id
              where ar.tenant_id = $1 and ar.role_id = $2 order by a.created_at desc, a.id desc limit 3",
            bind![tenant, role],
        )
        .await?;
    Ok(Holders {
        users: users.unwrap_or_default(),
        featured_users,
        applications: applications.unwrap_or_default(),
        featured_applications,
    })
}

/// The roles of a user, by name.
pub async fn of_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId) -> Result<Vec<Role>> {
    tx.all(
        "select r.tenant_id, r.id, r.name, r.description, r.type, r.is_default from users_roles ur
           join roles r on r.tenant_id = ur.tenant_id and r.id = ur.role_id
          where ur.tenant_id = $1 and ur.user_id = $2 order by r.name",
        bind![tenant, user],
    )
    .await
}

/// The roles of an application, by name.
pub async fn of_application(tx: &mut Tx<'_>, tenant: &TenantId, application: &ApplicationId) -> Result<Vec<Role>> {
    tx.all(
        "select r.tenant_id, r.id, r.name, r.description, r.type, r.is_default from applications_roles ar
           join roles r on r.tenant_id = ar.tenant_id and r.id = ar.role_id
          where ar.tenant_id = $1 and ar.application_id = $2 order by r.name",
        bind![tenant, application],
    )
    .await
}

async fn assignment(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    entity: &'static str,
    holder: &str,
    role: &RoleId,
    given: bool,
) -> Result<()> {
    let (before, after) = if given {
        (None, Some(json!({"roleId": role})))
    } else {
        (Some(json!({"roleId": role})), None)
    };
    let change = Change {
        tenant,
        entity,
        id: holder,
        before,
        after,
    };
    changes::record(tx, author, change).await
}

/// Gives a role to a user; `false` if they hold it. A user or role that is not there is a foreign key error.
pub async fn give_to_user(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    user: &UserId,
    role: &RoleId,
) -> Result<bool> {
    let added = tx
        .run(
            "insert into users_roles (tenant_id, user_id, role_id) values ($1, $2, $3) on conflict do nothing",
            bind![tenant, user, role],
        )
        .await?;
    if added == 1 {
        assignment(tx, author, tenant, "user_role", user.as_str(), role, true).await?;
    }
    Ok(added == 1)
}

/// Takes a role from a user; `false` if they do not hold it.
pub async fn take_from_user(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    user: &UserId,
    role: &RoleId,
) -> Result<bool> {
    let removed = tx
        .run(
            "delete from users_roles where tenant_id = $1 and user_id = $2 and role_id = $3",
            bind![tenant, user, role],
        )
        .await?;
    if removed == 1 {
        assignment(tx, author, tenant, "user_role", user.as_str(), role, false).await?;
    }
    Ok(removed == 1)
}

/// Gives a role to an application; `false` if it holds it. An application or role that is not there is a foreign key
/// error.
pub async fn give_to_application(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    application: &ApplicationId,
    role: &RoleId,
) -> Result<bool> {
    let added = tx
        .run(
            "insert into applications_roles (tenant_id, application_id, role_id) values ($1, $2, $3)
             on conflict do nothing",
            bind![tenant, application, role],
        )
        .await?;
    if added == 1 {
        assignment(tx, author, tenant, "application_role", application.as_str(), role, true).await?;
    }
    Ok(added == 1)
}

/// Takes a role from an application; `false` if it does not hold it.
pub async fn take_from_application(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    application: &ApplicationId,
    role: &RoleId,
) -> Result<bool> {
    let removed = tx
        .run(
            "delete from applications_roles where tenant_id = $1 and application_id = $2 and role_id = $3",
            bind![tenant, application, role],
        )
        .await?;
    if removed == 1 {
        assignment(
            tx,
            author,
            tenant,
            "application_role",
            application.as_str(),
            role,
            false,
        )
        .await?;
    }
    Ok(removed == 1)
}

/// Whether a user exists, is not suspended, and holds the role of this name.
pub async fn is_held_by_active_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId, role: &str) -> Result<bool> {
    let held = tx
        .one::<i64>(
            "select cast(1 as bigint) from users u
               join users_roles ur on ur.tenant_id = u.tenant_id and ur.user_id = u.id
               join roles r on r.tenant_id = ur.tenant_id and r.id = ur.role_id
              where u.tenant_id = $1 and u.id = $2 and u.is_suspended = $3 and r.name = $4",
            bind![tenant, user, false, role],
        )
        .await?;
    Ok(held.is_some())
}
