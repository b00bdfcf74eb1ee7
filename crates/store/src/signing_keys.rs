//! Keys that sign tokens and cookies, sealed, with the times at which each begins and ceases to count.
//!
//! Which key signs follows from the rows and the present alone ([`SigningKeyRow`], `directory::keys`); no write has to
//! happen at the moment of a change. [`settle`] only tidies up behind it.

use crate::changes::{self, Author, Change};
use crate::{Result, Tx, bind, row, tenants};
use serde_json::{Value, json};
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
        /// `next`, `current` or `previous`, as of the last change.
        pub status: String,
        /// `ES384`, `RS256`, … of a token key; `HS256` of a cookie key.
        pub algorithm: String,
        /// PKCS #8 in PEM of a token key, the secret of a cookie key; sealed for [`context`].
        pub sealed: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
        /// From when on it signs; always if absent.
        pub effective_at: Option<Timestamp>,
        /// From when on nothing of it counts any more; administrators no longer see it as soon as this is set.
        pub retires_at: Option<Timestamp>,
    }
}

/// The context that a key is sealed for.
pub fn context(tenant: &TenantId, id: &str) -> String {
    format!("signing_key:{tenant}:{id}")
}

/// The keys of a purpose, newest first.
pub async fn all(tx: &mut Tx<'_>, tenant: &TenantId, purpose: Purpose) -> Result<Vec<SigningKeyRow>> {
    tx.all(
        "select id, status, algorithm, sealed, created_at, effective_at, retires_at from signing_keys
          where tenant_id = $1 and purpose = $2 order by created_at desc, id",
        bind![tenant, purpose.as_str()],
    )
    .await
}

/// Adds a key of a new tenant.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, purpose: Purpose, key: &SigningKeyRow) -> Result<()> {
    tx.run(
        "insert into signing_keys
                (tenant_id, id, purpose, status, algorithm, sealed, created_at, effective_at, retires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        bind![
            tenant,
            &key.id,
            purpose.as_str(),
            &key.status,
            &key.algorithm,
            &key.sealed,
            key.created_at,
            key.effective_at,
            key.retires_at
        ],
    )
    .await?;
    Ok(())
}

/// Makes the keys of a purpose those of `after`, by the difference to `before`; what changed is written down.
pub async fn replace(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    purpose: Purpose,
    before: &[SigningKeyRow],
    after: &[SigningKeyRow],
) -> Result<()> {
    for row in before {
        if after.iter().all(|kept| kept.id != row.id) {
            tx.run(
                "delete from signing_keys where tenant_id = $1 and id = $2",
                bind![tenant, &row.id],
            )
            .await?;
            note(tx, author, tenant, Some(row), None).await?;
        }
    }
    for row in after {
        match before.iter().find(|known| known.id == row.id) {
            Some(known) if known == row => {}
            Some(known) => {
                tx.run(
                    "update signing_keys set status = $3, effective_at = $4, retires_at = $5
                      where tenant_id = $1 and id = $2",
                    bind![tenant, &row.id, &row.status, row.effective_at, row.retires_at],
                )
                .await?;
                note(tx, author, tenant, Some(known), Some(row)).await?;
            }
            None => {
                insert(tx, tenant, purpose, row).await?;
                note(tx, author, tenant, None, Some(row)).await?;
            }
        }
    }
    Ok(())
}

/// What is remembered of a key: everything but the key.
fn told(row: &SigningKeyRow) -> Value {
    json!({
        "status": row.status,
        "algorithm": row.algorithm,
        "effectiveAt": row.effective_at,
        "retiresAt": row.retires_at,
    })
}

async fn note(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    before: Option<&SigningKeyRow>,
    after: Option<&SigningKeyRow>,
) -> Result<()> {
    let Some(id) = after.or(before).map(|row| row.id.as_str()) else {
        return Ok(());
    };
    let change = Change {
        tenant,
        entity: "signing_key",
        id,
        before: before.map(told),
        after: after.map(told),
    };
    changes::record(tx, author, change).await
}

/// The keys as they stand at a time, which is what counts: those whose turn has come are current, the one before is
/// previous, and those that were given up are gone. In order: current, next, previous, newest first.
pub fn as_of(rows: &[SigningKeyRow], now: Timestamp) -> Vec<SigningKeyRow> {
    let has_come = |time: Option<Timestamp>| time.is_some_and(|time| time <= now);
    let is_due = |row: &SigningKeyRow| row.status == "next" && has_come(row.effective_at);
    let advances = rows.iter().any(is_due);
    let mut standing: Vec<SigningKeyRow> = rows
        .iter()
        .filter(|row| !(has_come(row.retires_at) || advances && row.status == "previous"))
        .cloned()
        .collect();
    if advances {
        for row in &mut standing {
            let status = if is_due(row) { "current" } else { "previous" };
            status.clone_into(&mut row.status);
        }
    }
    standing.sort_by(|a, b| {
        let rank = |row: &SigningKeyRow| match row.status.as_str() {
            "current" => 0,
            "next" => 1,
            _ => 2,
        };
        rank(a).cmp(&rank(b)).then(b.created_at.cmp(&a.created_at))
    });
    standing
}

/// The key that signs, of keys as they stand at a time: the newest that every node knows by then.
pub fn signing(standing: &[SigningKeyRow], now: Timestamp) -> Option<&SigningKeyRow> {
    let in_turn = || standing.iter().filter(|row| row.status != "next");
    in_turn()
        .find(|row| row.effective_at.is_none_or(|time| time <= now))
        .or_else(|| in_turn().next())
}

/// Writes down what time has done ([`as_of`]), and removes private keys that nothing needs any more. Changes nothing of
/// what counts, and so any node may do it, at any time, twice.
pub async fn settle(tx: &mut Tx<'_>, author: &Author) -> Result<u64> {
    let due = tx
        .all::<TenantId>(
            "select distinct tenant_id from signing_keys
              where retires_at <= $1 or (status = 'next' and effective_at <= $1) order by tenant_id",
            bind![author.now],
        )
        .await?;
    for tenant in &due {
        tx.lock(&lock_name(tenant)).await?;
        for purpose in [Purpose::Oidc, Purpose::Cookie] {
            let before = all(tx, tenant, purpose).await?;
            replace(tx, author, tenant, purpose, &before, &as_of(&before, author.now)).await?;
        }
        tenants::bump_config_version(tx, tenant).await?;
    }
    Ok(due.len() as u64)
}

/// What changes of a tenant's keys wait for each other at (`Tx::lock`).
pub fn lock_name(tenant: &TenantId) -> String {
    format!("signing_keys:{tenant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, status: &str, created: i64, effective: Option<i64>, retires: Option<i64>) -> SigningKeyRow {
        SigningKeyRow {
            id: id.to_owned(),
            status: status.to_owned(),
            algorithm: "ES384".to_owned(),
            sealed: Vec::new(),
            created_at: Timestamp(created),
            effective_at: effective.map(Timestamp),
            retires_at: retires.map(Timestamp),
        }
    }

    fn names(rows: &[SigningKeyRow], now: i64) -> (String, String) {
        let standing = as_of(rows, Timestamp(now));
        let all: Vec<String> = standing
            .iter()
            .map(|row| format!("{} {}", row.id, row.status))
            .collect();
        let signs = signing(&standing, Timestamp(now))
            .map(|row| row.id.clone())
            .unwrap_or_default();
        (all.join(", "), signs)
    }

    fn text(all: &str, signs: &str) -> (String, String) {
        (all.to_owned(), signs.to_owned())
    }

    #[test]
    fn a_staged_key_takes_over_when_its_time_comes() {
        let rows = [
            key("c", "next", 3, Some(100), None),
            key("b", "current", 2, Some(50), None),
            key("a", "previous", 1, None, None),
        ];
        assert_eq!(names(&rows, 99), text("b current, c next, a previous", "b"));
        assert_eq!(names(&rows, 100), text("c current, b previous", "c"));
        // Writing it down changes nothing.
        let written = as_of(&rows, Timestamp(100));
        assert_eq!(names(&written, 100), text("c current, b previous", "c"));
    }

    #[test]
    fn a_new_key_signs_only_once_every_node_knows_it() {
        let rows = [
            key("b", "current", 2, Some(50), None),
            key("a", "previous", 1, None, None),
        ];
        assert_eq!(names(&rows, 49), text("b current, a previous", "a"));
        assert_eq!(names(&rows, 50), text("b current, a previous", "b"));
    }

    #[test]
    fn a_key_that_was_given_up_signs_until_its_successor_can() {
        let rows = [
            key("c", "current", 3, Some(60), None),
            key("b", "previous", 2, Some(50), None),
            key("a", "previous", 1, None, Some(60)),
        ];
        assert_eq!(names(&rows, 49), text("c current, b previous, a previous", "a"));
        assert_eq!(names(&rows, 59), text("c current, b previous, a previous", "b"));
        assert_eq!(names(&rows, 60), text("c current, b previous", "c"));
    }
}
