//! Personal access tokens: a keyed hash to find them by, and the sealed value that administrators can read again.

use crate::changes::{self, Author, Change};
use crate::{Result, Tx, bind, row};
use serde_json::json;
use soleira_core::{TenantId, Timestamp, UserId};

row! {
    /// A personal access token.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PersonalAccessTokenRow {
        /// Its name, unique for the user.
        pub name: String,
        /// The keyed hash of its value for [`lookup_context`].
        pub lookup_hash: Vec<u8>,
        /// Its value, sealed for [`seal_context`].
        pub sealed: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it stops working; never if absent.
        pub expires_at: Option<Timestamp>,
    }
}

/// The context in which the values of a tenant's tokens are hashed: whoever presents one does not say whose it is.
pub fn lookup_context(tenant: &TenantId) -> String {
    format!("personal_access_token:{tenant}")
}

/// The context in which the values of a user's tokens are sealed.
pub fn seal_context(tenant: &TenantId, user: &UserId) -> String {
    format!("personal_access_token:{tenant}:{user}")
}

/// The tokens of a user, oldest first.
pub async fn all(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId) -> Result<Vec<PersonalAccessTokenRow>> {
    tx.all(
        "select name, lookup_hash, sealed, created_at, expires_at from personal_access_tokens
          where tenant_id = $1 and user_id = $2 order by created_at, name",
        bind![tenant, user],
    )
    .await
}

/// Whose token this is, and whether they are suspended; `None` for a value that nobody has or that has expired.
pub async fn owner(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    lookup_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(UserId, bool)>> {
    tx.one(
        "select t.user_id, u.is_suspended from personal_access_tokens t
           join users u on u.tenant_id = t.tenant_id and u.id = t.user_id
          where t.tenant_id = $1 and t.lookup_hash = $2 and (t.expires_at is null or t.expires_at > $3)",
        bind![tenant, lookup_hash, now],
    )
    .await
}

/// Adds a token. A name that is taken is `Unique("personal_access_tokens_pkey")`; a user who is not there is a foreign
/// key error.
pub async fn insert(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    user: &UserId,
    token: &PersonalAccessTokenRow,
) -> Result<()> {
    tx.run(
        "insert into personal_access_tokens (tenant_id, user_id, name, lookup_hash, sealed, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        bind![
            tenant,
            user,
            &token.name,
            &token.lookup_hash,
            &token.sealed,
            token.created_at,
            token.expires_at
        ],
    )
    .await?;
    let change = Change {
        tenant,
        entity: "personal_access_token",
        id: user.as_str(),
        before: None,
        after: Some(json!({"name": token.name, "expiresAt": token.expires_at})),
    };
    changes::record(tx, author, change).await
}

/// Renames a token: the token as it is then, or `None` if there is none of that name. A name that is taken is
/// `Unique("personal_access_tokens_pkey")`.
pub async fn rename(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    user: &UserId,
    from: &str,
    to: &str,
) -> Result<Option<PersonalAccessTokenRow>> {
    let renamed: Option<PersonalAccessTokenRow> = tx
        .one(
            "update personal_access_tokens set name = $4 where tenant_id = $1 and user_id = $2 and name = $3
             returning name, lookup_hash, sealed, created_at, expires_at",
            bind![tenant, user, from, to],
        )
        .await?;
    if renamed.is_some() {
        let change = Change {
            tenant,
            entity: "personal_access_token",
            id: user.as_str(),
            before: Some(json!({"name": from})),
            after: Some(json!({"name": to})),
        };
        changes::record(tx, author, change).await?;
    }
    Ok(renamed)
}

/// Removes a token; `false` if there is none of that name.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, user: &UserId, name: &str) -> Result<bool> {
    let removed = tx
        .run(
            "delete from personal_access_tokens where tenant_id = $1 and user_id = $2 and name = $3",
            bind![tenant, user, name],
        )
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    let change = Change {
        tenant,
        entity: "personal_access_token",
        id: user.as_str(),
        before: Some(json!({"name": name})),
        after: None,
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}
