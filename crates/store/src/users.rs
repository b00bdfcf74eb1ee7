//! Users.

use crate::changes::{self, Author, Change};
use crate::db::{FromRow, Json, Row};
use crate::statement::{Field, Page, Search, Statement};
use crate::{Result, Tx, bind, dialect};
use serde_json::{Value, json};
use soleira_core::model::{PasswordHash, User};
use soleira_core::{ApplicationId, OrganizationId, OrganizationRoleId, RoleId, TenantId, Timestamp, UserId};

/// What a user can be searched by.
pub static FIELDS: [Field; 5] = [
    Field {
        name: "id",
        column: "id",
        folded: "lower(id)",
        ascii: true,
    },
    Field {
        name: "primaryEmail",
        column: "primary_email",
        folded: "primary_email_folded",
        ascii: false,
    },
    Field {
        name: "primaryPhone",
        column: "primary_phone",
        folded: "primary_phone",
        ascii: false,
    },
    Field {
        name: "username",
        column: "username",
        folded: "username_folded",
        ascii: false,
    },
    Field {
        name: "name",
        column: "name",
        folded: "name_folded",
        ascii: false,
    },
];

/// Which users a list has. The default is all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Without those that hold this role.
    pub exclude_role: Option<RoleId>,
    /// Only those that hold this role.
    pub with_role: Option<RoleId>,
    /// Without the members of this organization.
    pub exclude_organization: Option<String>,
    /// Only the members of this organization, by identifier.
    pub of_organization: Option<OrganizationId>,
    /// Of those, only who holds this role in it.
    pub with_organization_role: Option<OrganizationRoleId>,
    /// What is looked for.
    pub search: Search,
}

macro_rules! columns {
    () => {
        "tenant_id, id, username, primary_email, primary_phone, name, avatar, profile, custom_data, password_method, \
         password_digest, password_updated_at, is_password_expired, is_suspended, application_id, last_sign_in_at, \
         created_at, updated_at, cimd_client_id"
    };
}

impl FromRow for User {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let method: Option<String> = row.at(9)?;
        let digest: Option<String> = row.at(10)?;
        Ok(Self {
            tenant_id: row.at(0)?,
            id: row.at(1)?,
            username: row.at(2)?,
            primary_email: row.at(3)?,
            primary_phone: row.at(4)?,
            name: row.at(5)?,
            avatar: row.at(6)?,
            profile: row.at::<Json<_>>(7)?.0,
            custom_data: row.at::<Json<_>>(8)?.0,
            password: method
                .zip(digest)
                .map(|(method, digest)| PasswordHash { method, digest }),
            password_updated_at: row.at(11)?,
            is_password_expired: row.at(12)?,
            is_suspended: row.at(13)?,
            application_id: row.at(14)?,
            last_sign_in_at: row.at(15)?,
            created_at: row.at(16)?,
            updated_at: row.at(17)?,
            cimd_client_id: row.at(18)?,
        })
    }
}

/// The user of an identifier.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &UserId) -> Result<Option<User>> {
    tx.one(
        concat!("select ", columns!(), " from users where tenant_id = $1 and id = $2"),
        bind![tenant, id],
    )
    .await
}

/// The user of a username, in the form in which the tenant's policy compares them
/// ([`soleira_core::rules::username::fold`]).
pub async fn find_by_username_key(tx: &mut Tx<'_>, tenant: &TenantId, key: &str) -> Result<Option<User>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from users where tenant_id = $1 and username_key = $2"
        ),
        bind![tenant, key],
    )
    .await
}

/// The user of an e-mail address, letter case aside.
pub async fn find_by_email(tx: &mut Tx<'_>, tenant: &TenantId, email: &str) -> Result<Option<User>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from users where tenant_id = $1 and primary_email_folded = $2"
        ),
        bind![tenant, &dialect::fold(email)],
    )
    .await
}

/// The user of a phone number in its stored form: international digits, without a trunk prefix.
pub async fn find_by_phone(tx: &mut Tx<'_>, tenant: &TenantId, phone: &str) -> Result<Option<User>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from users where tenant_id = $1 and primary_phone = $2"
        ),
        bind![tenant, phone],
    )
    .await
}

fn filtered(statement: &mut Statement, tx: &Tx<'_>, tenant: &TenantId, filter: &Filter) {
    statement.bind(tenant.as_str());
    if let Some(role) = &filter.exclude_role {
        statement
            .text(" and not exists (select 1 from users_roles ur where ur.tenant_id = users.tenant_id and ur.user_id = users.id and ur.role_id = ")
            .bind(role.as_str())
            .text(")");
    }
    if let Some(role) = &filter.with_role {
        statement
            .text(" and exists (select 1 from users_roles ur where ur.tenant_id = users.tenant_id and ur.user_id = users.id and ur.role_id = ")
            .bind(role.as_str())
            .text(")");
    }
    if let Some(organization) = &filter.exclude_organization {
        statement
            .text(" and not exists (select 1 from organization_users ou where ou.tenant_id = users.tenant_id and ou.user_id = users.id and ou.organization_id = ")
            .bind(organization.as_str())
            .text(")");
    }
    if let Some(organization) = &filter.of_organization {
        statement
            .text(" and id in (select user_id from organization_users where tenant_id = ")
            .bind(tenant.as_str())
            .text(" and organization_id = ")
            .bind(organization.as_str())
            .text(")");
        if let Some(role) = &filter.with_organization_role {
            statement
                .text(" and id in (select user_id from organization_users_roles where tenant_id = ")
                .bind(tenant.as_str())
                .text(" and organization_id = ")
                .bind(organization.as_str())
                .text(" and organization_role_id = ")
                .bind(role.as_str())
                .text(")");
        }
    }
    statement.search(&filter.search, tx.engine());
}

/// The users of a filter: members of an organization by identifier, others newest first.
pub async fn list(tx: &mut Tx<'_>, tenant: &TenantId, filter: &Filter, page: Option<Page>) -> Result<Vec<User>> {
    let mut statement = Statement::new(concat!("select ", columns!(), " from users where tenant_id = "));
    filtered(&mut statement, tx, tenant, filter);
    let order = if filter.of_organization.is_some() {
        " order by id"
    } else {
        " order by created_at desc, id desc"
    };
    statement.page(order, page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many users a filter has.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId, filter: &Filter) -> Result<i64> {
    let mut statement = Statement::new("select count(*) from users where tenant_id = ");
    filtered(&mut statement, tx, tenant, filter);
    Ok(tx.one(statement.sql(), &statement.values()).await?.unwrap_or_default())
}

/// What history keeps of a user: everything but the password.
fn json(user: &User) -> Result<Value> {
    Ok(json!({
        "id": user.id,
        "username": user.username,
        "primaryEmail": user.primary_email,
        "primaryPhone": user.primary_phone,
        "name": user.name,
        "avatar": user.avatar,
        "profile": serde_json::to_value(&user.profile)?,
        "customData": user.custom_data,
        "hasPassword": user.password.is_some(),
        "passwordUpdatedAt": user.password_updated_at,
        "isPasswordExpired": user.is_password_expired,
        "isSuspended": user.is_suspended,
        "applicationId": user.application_id,
    }))
}

/// Adds a user. `username_key` is the username as the tenant's policy compares it. What is taken is
/// `Unique("users__username_key")`, `Unique("users__primary_email_folded")` or `Unique("users__primary_phone")`.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, user: &User, username_key: Option<&str>) -> Result<()> {
    let (method, digest) = password_columns(user);
    tx.run(
        "insert into users (tenant_id, id, username, username_key, username_folded, primary_email,
           primary_email_folded, primary_phone, name, name_folded, avatar, profile, custom_data, password_method,
           password_digest, password_updated_at, is_password_expired, is_suspended, application_id, last_sign_in_at,
           created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, 1)",
        bind![
            &user.tenant_id,
            &user.id,
            &user.username,
            username_key,
            &folded(user.username.as_ref()),
            &user.primary_email,
            &folded(user.primary_email.as_ref()),
            &user.primary_phone,
            &user.name,
            &folded(user.name.as_ref()),
            &user.avatar,
            &serde_json::to_string(&user.profile)?,
            &serde_json::to_string(&user.custom_data)?,
            method,
            digest,
            user.password_updated_at,
            user.is_password_expired,
            user.is_suspended,
            &user.application_id,
            user.last_sign_in_at,
            user.created_at,
            user.updated_at
        ],
    )
    .await?;
    let change = Change {
        tenant: &user.tenant_id,
        entity: "user",
        id: user.id.as_str(),
        before: None,
        after: Some(json(user)?),
    };
    changes::record(tx, author, change).await
}

fn folded(text: Option<&String>) -> Option<String> {
    text.map(|text| dialect::fold(text))
}

fn password_columns(user: &User) -> (Option<&str>, Option<&str>) {
    let password = user.password.as_ref();
    (
        password.map(|password| password.method.as_str()),
        password.map(|password| password.digest.as_str()),
    )
}

/// Replaces a user by its changed self (whose `updated_at` becomes the author's present); `false` if it is gone.
/// Conflicts are those of [`insert`].
pub async fn update(
    tx: &mut Tx<'_>,
    author: &Author,
    before: &User,
    after: &User,
    username_key: Option<&str>,
) -> Result<bool> {
    let (method, digest) = password_columns(after);
    let changed = tx
        .run(
            "update users set username = $3, username_key = $4, username_folded = $5, primary_email = $6,
               primary_email_folded = $7, primary_phone = $8, name = $9, name_folded = $10, avatar = $11, profile = $12,
               custom_data = $13, password_method = $14, password_digest = $15, password_updated_at = $16,
               is_password_expired = $17, is_suspended = $18, application_id = $19, last_sign_in_at = $20,
               updated_at = $21, version = version + 1
             where tenant_id = $1 and id = $2",
            bind![
                &after.tenant_id,
                &after.id,
                &after.username,
                username_key,
                &folded(after.username.as_ref()),
                &after.primary_email,
                &folded(after.primary_email.as_ref()),
                &after.primary_phone,
                &after.name,
                &folded(after.name.as_ref()),
                &after.avatar,
                &serde_json::to_string(&after.profile)?,
                &serde_json::to_string(&after.custom_data)?,
                method,
                digest,
                after.password_updated_at,
                after.is_password_expired,
                after.is_suspended,
                &after.application_id,
                after.last_sign_in_at,
                author.now
            ],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    let change = Change {
        tenant: &after.tenant_id,
        entity: "user",
        id: after.id.as_str(),
        before: Some(json(before)?),
        after: Some(json(after)?),
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}

/// The client that a user allowed something first.
#[derive(Debug, Clone, Copy)]
pub enum FirstClient<'a> {
    /// A registered application.
    Application(&'a ApplicationId),
    /// The client of a metadata document.
    Document(&'a ApplicationId),
}

/// Remembers a sign-in. Not a change that history keeps.
pub async fn note_sign_in(tx: &mut Tx<'_>, tenant: &TenantId, id: &UserId, now: Timestamp) -> Result<()> {
    tx.run(
        "update users set last_sign_in_at = $3, updated_at = $3 where tenant_id = $1 and id = $2",
        bind![tenant, id, now],
    )
    .await?;
    Ok(())
}

/// Remembers the first client that the user allowed anything; later ones change nothing. Not a change that history
/// keeps.
pub async fn note_first_client(tx: &mut Tx<'_>, tenant: &TenantId, id: &UserId, client: FirstClient<'_>) -> Result<()> {
    let (application, document) = match client {
        FirstClient::Application(id) => (Some(id), None),
        FirstClient::Document(id) => (None, Some(id)),
    };
    tx.run(
        "update users set application_id = $3, cimd_client_id = $4
          where tenant_id = $1 and id = $2 and application_id is null and cimd_client_id is null",
        bind![tenant, id, application, document],
    )
    .await?;
    Ok(())
}

/// Replaces the stored form of a password by a stronger one of the same password; the password did not change.
/// Does nothing if it is not `from` any more.
pub async fn rehash_password(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &UserId,
    from: &PasswordHash,
    to: &PasswordHash,
) -> Result<()> {
    tx.run(
        "update users set password_method = $5, password_digest = $6
          where tenant_id = $1 and id = $2 and password_method = $3 and password_digest = $4",
        bind![tenant, id, &from.method, &from.digest, &to.method, &to.digest],
    )
    .await?;
    Ok(())
}

/// Ends every session of a user and revokes every code and token. Grants stay: they say what the user allowed, and
/// carry nothing by themselves.
pub async fn sign_out_everywhere(tx: &mut Tx<'_>, tenant: &TenantId, id: &UserId) -> Result<()> {
    tx.run(
        "delete from access_tokens where tenant_id = $1 and grant_id in
            (select id from grants where tenant_id = $1 and user_id = $2)",
        bind![tenant, id],
    )
    .await?;
    tx.run(
        "delete from refresh_tokens where tenant_id = $1 and grant_id in
            (select id from grants where tenant_id = $1 and user_id = $2)",
        bind![tenant, id],
    )
    .await?;
    tx.run(
        "delete from authorization_codes where tenant_id = $1
            and grant_id in (select g.id from grants g where g.tenant_id = $1 and g.user_id = $2)",
        bind![tenant, id],
    )
    .await?;
    tx.run(
        "delete from console_sessions where tenant_id = $1 and user_id = $2",
        bind![tenant, id],
    )
    .await?;
    tx.run(
        "delete from sessions where tenant_id = $1 and user_id = $2",
        bind![tenant, id],
    )
    .await?;
    Ok(())
}

/// Removes a user with all that is theirs; `false` if there is none. History forgets what the account held.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, id: &UserId) -> Result<bool> {
    sign_out_everywhere(tx, tenant, id).await?;
    let removed = tx
        .run("delete from users where tenant_id = $1 and id = $2", bind![tenant, id])
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    changes::forget(tx, tenant, "user", id.as_str()).await?;
    changes::forget(tx, tenant, "user_identity", id.as_str()).await?;
    changes::forget(tx, tenant, "personal_access_token", id.as_str()).await?;
    let change = Change {
        tenant,
        entity: "user",
        id: id.as_str(),
        before: None,
        after: None,
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}

/// Recomputes how usernames are compared, after the tenant's policy changed. Where letter case stops to count and two
/// names differ by it alone, this is `Unique("users__username_key")`.
pub async fn rekey_usernames(tx: &mut Tx<'_>, tenant: &TenantId, case_sensitive: bool) -> Result<()> {
    let sql = if case_sensitive {
        "update users set username_key = username where tenant_id = $1 and username_key <> username"
    } else {
        "update users set username_key = username_folded where tenant_id = $1 and username_key <> username_folded"
    };
    tx.run(sql, bind![tenant]).await?;
    Ok(())
}

/// Usernames that differ by letter case alone: how many groups there are, and the first of them with their users.
pub async fn username_case_conflicts(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    limit: i64,
) -> Result<(i64, Vec<(String, Vec<UserId>)>)> {
    let total = tx
        .one::<i64>(
            "select count(*) from (select username_folded from users
               where tenant_id = $1 and username_folded is not null group by username_folded having count(*) > 1) c",
            bind![tenant],
        )
        .await?
        .unwrap_or_default();
    let names = tx
        .all::<String>(
            "select username_folded from users where tenant_id = $1 and username_folded is not null
              group by username_folded having count(*) > 1 order by username_folded limit $2",
            bind![tenant, limit],
        )
        .await?;
    let mut samples = Vec::with_capacity(names.len());
    for name in names {
        let users = tx
            .all::<UserId>(
                "select id from users where tenant_id = $1 and username_folded = $2 order by created_at, id",
                bind![tenant, &name],
            )
            .await?;
        samples.push((name, users));
    }
    Ok((total, samples))
}
