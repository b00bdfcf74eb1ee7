//! One-time tokens, by which links sign people in: a keyed hash to find one by, and the sealed value that administrators
//! can read again.

use crate::changes::{self, Author, Change};
use crate::statement::{Page, Statement};
use crate::{Result, Tx, bind, row};
use serde_json::{Value, json};
use soleira_core::{TenantId, Timestamp};

row! {
    /// A one-time token.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OneTimeTokenRow {
        /// Its identifier.
        pub id: String,
        /// The e-mail address that it proves.
        pub email: String,
        /// The keyed hash of its value for [`lookup_context`].
        pub lookup_hash: Vec<u8>,
        /// Its value, sealed for [`seal_context`].
        pub sealed: Vec<u8>,
        /// JSON: what it is for.
        pub context: String,
        /// `active`, `consumed`, `revoked` or `expired`, as it was last set: one whose time is over is expired all the
        /// same.
        pub status: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it stops working.
        pub expires_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, email, lookup_hash, sealed, context, status, created_at, expires_at"
    };
}

/// Which tokens a list has.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this address.
    pub email: Option<String>,
    /// Only those of this status, at [`Filter::now`].
    pub status: Option<String>,
    /// The time at which the status counts.
    pub now: Timestamp,
}

/// The context in which the values of a tenant's tokens are hashed.
pub fn lookup_context(tenant: &TenantId) -> String {
    format!("one_time_token:{tenant}")
}

/// The context in which the value of a token is sealed.
pub fn seal_context(tenant: &TenantId, id: &str) -> String {
    format!("one_time_token:{tenant}:{id}")
}

/// What is remembered of a token: everything but its value.
fn told(row: &OneTimeTokenRow) -> Value {
    json!({"email": row.email, "status": row.status, "expiresAt": row.expires_at})
}

async fn note(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    before: Option<&OneTimeTokenRow>,
    after: Option<&OneTimeTokenRow>,
) -> Result<()> {
    let change = Change {
        tenant,
        entity: "one_time_token",
        id: before.or(after).map_or("", |row| &row.id),
        before: before.map(told),
        after: after.map(told),
    };
    changes::record(tx, author, change).await
}

/// Adds a token.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, token: &OneTimeTokenRow) -> Result<()> {
    tx.run(
        "insert into one_time_tokens
                (tenant_id, id, email, lookup_hash, sealed, context, status, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        bind![
            tenant,
            &token.id,
            &token.email,
            &token.lookup_hash,
            &token.sealed,
            &token.context,
            &token.status,
            token.created_at,
            token.expires_at
        ],
    )
    .await?;
    note(tx, author, tenant, None, Some(token)).await
}

/// The token of an identifier.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &str) -> Result<Option<OneTimeTokenRow>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from one_time_tokens where tenant_id = $1 and id = $2"
        ),
        bind![tenant, id],
    )
    .await
}

/// The token of a value.
pub async fn find_by_value(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    lookup_hash: &[u8; 32],
) -> Result<Option<OneTimeTokenRow>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from one_time_tokens where tenant_id = $1 and lookup_hash = $2"
        ),
        bind![tenant, lookup_hash],
    )
    .await
}

/// The tokens of a filter, newest first.
pub async fn list(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    filter: &Filter,
    page: Option<Page>,
) -> Result<Vec<OneTimeTokenRow>> {
    let mut statement = Statement::new(concat!(
        "select ",
        columns!(),
        " from one_time_tokens where tenant_id = "
    ));
    statement.bind(tenant.as_str());
    if let Some(email) = &filter.email {
        statement.text(" and email = ").bind(email.as_str());
    }
    match filter.status.as_deref() {
        None => {}
        Some("active") => {
            statement
                .text(" and status = 'active' and expires_at > ")
                .bind(filter.now);
        }
        Some("expired") => {
            statement
                .text(" and (status = 'expired' or status = 'active' and expires_at <= ")
                .bind(filter.now)
                .text(")");
        }
        Some(status) => {
            statement.text(" and status = ").bind(status);
        }
    }
    statement.page(" order by created_at desc, id desc", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many tokens there are.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<i64> {
    let count = tx
        .one(
            "select count(*) from one_time_tokens where tenant_id = $1",
            bind![tenant],
        )
        .await?;
    Ok(count.unwrap_or_default())
}

/// Uses a token up. Of all who try at once, one gets it.
pub async fn consume(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, id: &str) -> Result<Option<OneTimeTokenRow>> {
    let consumed: Option<OneTimeTokenRow> = tx
        .one(
            concat!(
                "update one_time_tokens set status = 'consumed'
                  where tenant_id = $1 and id = $2 and status = 'active' and expires_at > $3 returning ",
                columns!()
            ),
            bind![tenant, id, author.now],
        )
        .await?;
    if let Some(after) = &consumed {
        let before = OneTimeTokenRow {
            status: "active".to_owned(),
            ..after.clone()
        };
        note(tx, author, tenant, Some(&before), Some(after)).await?;
    }
    Ok(consumed)
}

/// Gives a token another status; the token as it is then, or `None` if there is none.
pub async fn set_status(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    id: &str,
    status: &str,
) -> Result<Option<OneTimeTokenRow>> {
    let Some(before) = find(tx, tenant, id).await? else {
        return Ok(None);
    };
    let after: Option<OneTimeTokenRow> = tx
        .one(
            concat!(
                "update one_time_tokens set status = $3 where tenant_id = $1 and id = $2 returning ",
                columns!()
            ),
            bind![tenant, id, status],
        )
        .await?;
    if let Some(after) = &after {
        note(tx, author, tenant, Some(&before), Some(after)).await?;
    }
    Ok(after)
}

/// Removes a token; `false` if there is none.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, id: &str) -> Result<bool> {
    let removed: Option<OneTimeTokenRow> = tx
        .one(
            concat!(
                "delete from one_time_tokens where tenant_id = $1 and id = $2 returning ",
                columns!()
            ),
            bind![tenant, id],
        )
        .await?;
    let Some(before) = removed else { return Ok(false) };
    note(tx, author, tenant, Some(&before), None).await?;
    Ok(true)
}
