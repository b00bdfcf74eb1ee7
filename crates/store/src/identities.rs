//! Accounts of users at social providers.

use crate::changes::{self, Author, Change};
use crate::db::{FromRow, Json, Row};
use crate::statement::Statement;
use crate::{Result, Tx, bind};
use serde_json::{Value, json};
use soleira_core::model::SocialIdentity;
use soleira_core::{TenantId, UserId};

impl FromRow for SocialIdentity {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            user_id: row.at(0)?,
            target: row.at(1)?,
            identity_id: row.at(2)?,
            connector_id: row.at(3)?,
            details: row.at::<Option<Json<_>>>(4)?.map(|json| json.0),
            created_at: row.at(5)?,
            updated_at: row.at(6)?,
        })
    }
}

macro_rules! columns {
    () => {
        "user_id, target, identity_id, connector_id, details, created_at, updated_at"
    };
}

/// The identities of a user, by target.
pub async fn of_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId) -> Result<Vec<SocialIdentity>> {
    tx.all(
        concat!(
            "select ",
            columns!(),
            " from user_identities where tenant_id = $1 and user_id = $2 order by target"
        ),
        bind![tenant, user],
    )
    .await
}

/// The identities of several users, by user and target.
pub async fn of_users(tx: &mut Tx<'_>, tenant: &TenantId, users: &[&UserId]) -> Result<Vec<SocialIdentity>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(concat!(
        "select ",
        columns!(),
        " from user_identities where tenant_id = "
    ));
    statement
        .bind(tenant.as_str())
        .text(" and user_id in ")
        .bind_list(users.iter().map(|id| id.as_str()))
        .text(" order by user_id, target");
    tx.all(statement.sql(), &statement.values()).await
}

/// The identity of a user at a target.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId, target: &str) -> Result<Option<SocialIdentity>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from user_identities where tenant_id = $1 and user_id = $2 and target = $3"
        ),
        bind![tenant, user, target],
    )
    .await
}

/// Who signs in with this account of a provider.
pub async fn owner(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    target: &str,
    identity_id: &str,
) -> Result<Option<SocialIdentity>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from user_identities where tenant_id = $1 and target = $2 and identity_id = $3"
        ),
        bind![tenant, target, identity_id],
    )
    .await
}

fn json(identity: &SocialIdentity) -> Value {
    json!({"target": identity.target, "userId": identity.identity_id, "details": identity.details})
}

/// Links an account of a provider to a user, in place of the one of the same target if there is one. An account that
/// another user has is `Unique("user_identities__identity_id")`, a user that is not there a foreign key error.
pub async fn put(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, identity: &SocialIdentity) -> Result<()> {
    let before = find(tx, tenant, &identity.user_id, &identity.target).await?;
    let details = identity.details.as_ref().map(Value::to_string);
    tx.run(
        "insert into user_identities (tenant_id, user_id, target, identity_id, connector_id, details, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, user_id, target) do update
           set identity_id = excluded.identity_id, connector_id = excluded.connector_id, details = excluded.details,
               updated_at = excluded.updated_at",
        bind![
            tenant,
            &identity.user_id,
            &identity.target,
            &identity.identity_id,
            &identity.connector_id,
            &details,
            identity.created_at,
            identity.updated_at
        ],
    )
    .await?;
    let change = Change {
        tenant,
        entity: "user_identity",
        id: identity.user_id.as_str(),
        before: before.as_ref().map(json),
        after: Some(json(identity)),
    };
    changes::record(tx, author, change).await
}

/// Unlinks a user's account at a target; `false` if there is none.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, user: &UserId, target: &str) -> Result<bool> {
    let Some(before) = find(tx, tenant, user, target).await? else {
        return Ok(false);
    };
    tx.run(
        "delete from user_identities where tenant_id = $1 and user_id = $2 and target = $3",
        bind![tenant, user, target],
    )
    .await?;
    let change = Change {
        tenant,
        entity: "user_identity",
        id: user.as_str(),
        before: Some(json(&before)),
        after: None,
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}
