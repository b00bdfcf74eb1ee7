//! What belongs to the installation and to no tenant.

use crate::{Result, Tx, bind};

/// Key of the value that tells whether a key-encryption key is the right one.
pub const KEK_CHECK: &str = "kek.check";

/// A value.
pub async fn find(tx: &mut Tx<'_>, key: &str) -> Result<Option<Vec<u8>>> {
    tx.one("select value from installation where key = $1", bind![key])
        .await
}

/// Writes a value unless one is there; the one that is there afterwards.
pub async fn claim(tx: &mut Tx<'_>, key: &str, value: &[u8]) -> Result<Vec<u8>> {
    tx.run(
        "insert into installation (key, value) values ($1, $2) on conflict (key) do nothing",
        bind![key, value],
    )
    .await?;
    Ok(find(tx, key).await?.unwrap_or_default())
}
