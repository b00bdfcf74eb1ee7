//! Secrets of applications: a keyed hash to compare with, and the sealed value that administrators can read again.

use crate::changes::{self, Author, Change};
use crate::{Result, Tx, bind, row};
use serde_json::json;
use soleira_core::{ApplicationId, TenantId, Timestamp};

row! {
    /// A secret of an application.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SecretRow {
        /// Its name, unique in the application.
        pub name: String,
        /// The keyed hash of its value for [`context`].
        pub lookup_hash: Vec<u8>,
        /// Its value, sealed for [`context`].
        pub sealed: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it stops working; never if absent.
        pub expires_at: Option<Timestamp>,
    }
}

/// The context in which the secrets of an application are sealed and hashed.
pub fn context(tenant: &TenantId, application: &ApplicationId) -> String {
    format!("application_secret:{tenant}:{application}")
}

fn id(application: &ApplicationId, name: &str) -> String {
    format!("{application}/{name}")
}

/// The secrets of an application, oldest first.
pub async fn all(tx: &mut Tx<'_>, tenant: &TenantId, application: &ApplicationId) -> Result<Vec<SecretRow>> {
    tx.all(
        "select name, lookup_hash, sealed, created_at, expires_at from application_secrets
          where tenant_id = $1 and application_id = $2 order by created_at, name",
        bind![tenant, application],
    )
    .await
}

/// Adds a secret. A name that is taken is `Unique("application_secrets_pkey")`.
pub async fn insert(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    application: &ApplicationId,
    secret: &SecretRow,
) -> Result<()> {
    tx.run(
        "insert into application_secrets (tenant_id, application_id, name, lookup_hash, sealed, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        bind![
            tenant,
            application,
            &secret.name,
            &secret.lookup_hash,
            &secret.sealed,
            secret.created_at,
            secret.expires_at
        ],
    )
    .await?;
    let change = Change {
        tenant,
        entity: "application_secret",
        id: &id(application, &secret.name),
        before: None,
        after: Some(json!({"name": secret.name, "expiresAt": secret.expires_at})),
    };
    changes::record(tx, author, change).await
}

/// Renames a secret: the secret as it is then, or `None` if there is none of that name. A name that is taken is
/// `Unique("application_secrets_pkey")`.
pub async fn rename(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    application: &ApplicationId,
    from: &str,
    to: &str,
) -> Result<Option<SecretRow>> {
    let renamed: Option<SecretRow> = tx
        .one(
            "update application_secrets set name = $4 where tenant_id = $1 and application_id = $2 and name = $3
             returning name, lookup_hash, sealed, created_at, expires_at",
            bind![tenant, application, from, to],
        )
        .await?;
    if renamed.is_some() {
        let change = Change {
            tenant,
            entity: "application_secret",
            id: &id(application, to),
            before: Some(json!({"name": from})),
            after: Some(json!({"name": to})),
        };
        changes::record(tx, author, change).await?;
    }
    Ok(renamed)
}

/// Removes a secret; `false` if there is none of that name.
pub async fn delete(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    application: &ApplicationId,
    name: &str,
) -> Result<bool> {
    let removed = tx
        .run(
            "delete from application_secrets where tenant_id = $1 and application_id = $2 and name = $3",
            bind![tenant, application, name],
        )
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    let change = Change {
        tenant,
        entity: "application_secret",
        id: &id(application, name),
        before: Some(json!({"name": name})),
        after: None,
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}
