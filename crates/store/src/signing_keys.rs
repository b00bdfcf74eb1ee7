//! Keys that sign tokens and cookies, sealed.

use crate::{Result, Tx, bind, row};
use soleira_core::{TenantId, Timestamp};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Signs tokens.
    Oidc,
    /// Signs cookies.
    Cookie,
}

impl Purpose {
    /// Its name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Cookie => "cookie",
        }
    }
}

row! {
    /// A key.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SigningKeyRow {
        /// Its identifier; of a token key its `kid`.
        pub id: String,
        /// `next`, `current` or `previous`.
        pub status: String,
        /// `ES384`, `RS256`, … of a token key; `HS256` of a cookie key.
        pub algorithm: String,
        /// PKCS #8 in PEM of a token key, the secret of a cookie key; sealed for [`context`].
        pub sealed: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
        /// From when on it signs, for a key whose turn is to come.
        pub effective_at: Option<Timestamp>,
    }
}

/// The context that a key is sealed for.
pub fn context(tenant: &TenantId, id: &str) -> String {
    format!("signing_key:{tenant}:{id}")
}

/// The keys of a purpose, newest first.
pub async fn all(tx: &mut Tx<'_>, tenant: &TenantId, purpose: Purpose) -> Result<Vec<SigningKeyRow>> {
    tx.all(
        "select id, status, algorithm, sealed, created_at, effective_at from signing_keys
          where tenant_id = $1 and purpose = $2 order by created_at desc, id",
        bind![tenant, purpose.as_str()],
    )
    .await
}

/// Adds a key.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, purpose: Purpose, key: &SigningKeyRow) -> Result<()> {
    tx.run(
        "insert into signing_keys (tenant_id, id, purpose, status, algorithm, sealed, created_at, effective_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        bind![
            tenant,
            &key.id,
            purpose.as_str(),
            &key.status,
            &key.algorithm,
            &key.sealed,
            key.created_at,
            key.effective_at
        ],
    )
    .await?;
    Ok(())
}
