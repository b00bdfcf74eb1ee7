//! Tenants: each a world of its own.

use crate::{Result, Tx, bind, row};
use soleira_core::{TenantId, Timestamp};

/// Adds a tenant; `false` if it is already there.
pub async fn insert(tx: &mut Tx<'_>, id: &TenantId, name: &str, now: Timestamp) -> Result<bool> {
    let added = tx
        .run(
            "insert into tenants (id, name, config_version, created_at) values ($1, $2, 1, $3)
             on conflict (id) do nothing",
            bind![id, name, now],
        )
        .await?;
    Ok(added == 1)
}

/// Whether there is such a tenant.
pub async fn exists(tx: &mut Tx<'_>, id: &TenantId) -> Result<bool> {
    let found = tx
        .one::<i64>("select cast(1 as bigint) from tenants where id = $1", bind![id])
        .await?;
    Ok(found.is_some())
}

/// The version of its configuration; absent if there is no such tenant.
pub async fn config_version(tx: &mut Tx<'_>, id: &TenantId) -> Result<Option<i64>> {
    tx.one("select config_version from tenants where id = $1", bind![id])
        .await
}

/// Makes every cache of this tenant's configuration stale, on all nodes. Belongs into the unit that changed it
/// (`Ctx::write_config` of the runtime adds it).
pub async fn bump_config_version(tx: &mut Tx<'_>, id: &TenantId) -> Result<()> {
    tx.run(
        "update tenants set config_version = config_version + 1 where id = $1",
        bind![id],
    )
    .await
    .map(|_| ())
}

row! {
    /// How far a tenant has come on the way to its first sign-in.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Progress {
        /// It has an application.
        pub application: bool,
        /// It has a connector.
        pub connector: bool,
        /// Its sign-in experience was changed.
        pub sign_in_experience: bool,
        /// Somebody signed in to one of its applications.
        pub first_sign_in: bool,
    }
}

/// How far a tenant has come.
pub async fn progress(tx: &mut Tx<'_>, id: &TenantId) -> Result<Progress> {
    let found = tx
        .one(
            "select exists (select 1 from applications where tenant_id = $1) as application,
                    exists (select 1 from connectors where tenant_id = $1) as connector,
                    exists (select 1 from sign_in_experiences where tenant_id = $1 and version > 1) as sign_in_experience,
                    exists (select 1 from applications where tenant_id = $1 and first_sign_in_at is not null)
                      as first_sign_in",
            bind![id],
        )
        .await?;
    found.ok_or_else(|| crate::Error::Other("a query without a table found nothing".to_owned()))
}
