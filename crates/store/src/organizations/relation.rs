//! Rows that only say what belongs to what: members of an organization, roles of a member, permissions of a role.

use crate::changes::{self, Author, Change};
use crate::db::Value;
use crate::{Result, Tx};
use serde_json::Map;
use soleira_core::TenantId;
use std::collections::HashSet;

/// A table of which each row is a key and nothing else. A key names its columns after the tenant, from the outermost
/// (the organization, the role) to what belongs to it.
#[derive(Debug)]
pub struct Relation {
    /// The kind of row in the history of changes.
    pub(super) entity: &'static str,
    /// What the history calls the members of the key after the first, which is the row's identifier there.
    pub(super) names: &'static [&'static str],
    pub(super) insert: &'static str,
    pub(super) delete: &'static str,
    pub(super) all: &'static str,
    pub(super) count: &'static str,
}

/// A [`Relation`] of a table: its columns from the outermost to the innermost, the innermost after `=>`.
macro_rules! relation {
    ($table:literal, $left:literal => $right:literal, entity $entity:literal, names $names:expr) => {
        $crate::organizations::relation::Relation {
            entity: $entity,
            names: &$names,
            insert: concat!(
                "insert into ",
                $table,
                " (tenant_id, ",
                $left,
                ", ",
                $right,
                ") values ($1, $2, $3)
                 on conflict do nothing"
            ),
            delete: concat!(
                "delete from ",
                $table,
                " where tenant_id = $1 and ",
                $left,
                " = $2 and ",
                $right,
                " = $3"
            ),
            all: concat!(
                "select ",
                $right,
                " from ",
                $table,
                " where tenant_id = $1 and ",
                $left,
                " = $2 order by ",
                $right
            ),
            count: concat!(
                "select count(*) from ",
                $table,
                " where tenant_id = $1 and ",
                $left,
                " = $2"
            ),
        }
    };
    ($table:literal, $left:literal, $middle:literal => $right:literal, entity $entity:literal, names $names:expr) => {
        $crate::organizations::relation::Relation {
            entity: $entity,
            names: &$names,
            insert: concat!(
                "insert into ",
                $table,
                " (tenant_id, ",
                $left,
                ", ",
                $middle,
                ", ",
                $right,
                ")
                 values ($1, $2, $3, $4) on conflict do nothing"
            ),
            delete: concat!(
                "delete from ",
                $table,
                " where tenant_id = $1 and ",
                $left,
                " = $2 and ",
                $middle,
                " = $3 and ",
                $right,
                " = $4"
            ),
            all: concat!(
                "select ",
                $right,
                " from ",
                $table,
                " where tenant_id = $1 and ",
                $left,
                " = $2 and ",
                $middle,
                " = $3 order by ",
                $right
            ),
            count: concat!(
                "select count(*) from ",
                $table,
                " where tenant_id = $1 and ",
                $left,
                " = $2 and ",
                $middle,
                " = $3"
            ),
        }
    };
}
pub(super) use relation;

impl Relation {
    /// Adds a row; `false` if it is there. A member of the key that does not exist is a foreign key error.
    pub async fn add(&self, tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, key: &[&str]) -> Result<bool> {
        if tx.run(self.insert, &values(tenant, key)).await? == 0 {
            return Ok(false);
        }
        self.record(tx, author, tenant, key, true).await?;
        Ok(true)
    }

    /// Removes a row, and what depends on it; `false` if it is not there.
    pub async fn remove(&self, tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, key: &[&str]) -> Result<bool> {
        if tx.run(self.delete, &values(tenant, key)).await? == 0 {
            return Ok(false);
        }
        self.record(tx, author, tenant, key, false).await?;
        Ok(true)
    }

    /// What belongs to the outer members of the key.
    pub async fn all(&self, tx: &mut Tx<'_>, tenant: &TenantId, outer: &[&str]) -> Result<Vec<String>> {
        tx.all(self.all, &values(tenant, outer)).await
    }

    /// How much belongs to the outer members of the key.
    pub async fn count(&self, tx: &mut Tx<'_>, tenant: &TenantId, outer: &[&str]) -> Result<i64> {
        Ok(tx.one(self.count, &values(tenant, outer)).await?.unwrap_or_default())
    }

    /// Makes `wanted` what belongs to the outer members of the key. What stays is not touched, nor what depends on it.
    pub async fn replace<T: AsRef<str> + Sync>(
        &self,
        tx: &mut Tx<'_>,
        author: &Author,
        tenant: &TenantId,
        outer: &[&str],
        wanted: &[T],
    ) -> Result<()> {
        let held = self.all(tx, tenant, outer).await?;
        let stays: HashSet<&str> = wanted.iter().map(AsRef::as_ref).collect();
        for former in held.iter().filter(|former| !stays.contains(former.as_str())) {
            self.remove(tx, author, tenant, &key(outer, former)).await?;
        }
        let held: HashSet<&str> = held.iter().map(String::as_str).collect();
        for new in wanted.iter().map(AsRef::as_ref).filter(|new| !held.contains(new)) {
            self.add(tx, author, tenant, &key(outer, new)).await?;
        }
        Ok(())
    }

    async fn record(
        &self,
        tx: &mut Tx<'_>,
        author: &Author,
        tenant: &TenantId,
        key: &[&str],
        added: bool,
    ) -> Result<()> {
        let Some((first, rest)) = key.split_first() else {
            return Ok(());
        };
        let row: Map<_, _> = self
            .names
            .iter()
            .zip(rest)
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        let (before, after) = if added {
            (None, Some(row.into()))
        } else {
            (Some(row.into()), None)
        };
        let change = Change {
            tenant,
            entity: self.entity,
            id: first,
            before,
            after,
        };
        changes::record(tx, author, change).await
    }
}

fn key<'a>(outer: &[&'a str], inner: &'a str) -> Vec<&'a str> {
    outer.iter().copied().chain([inner]).collect()
}

fn values<'a>(tenant: &'a TenantId, key: &[&'a str]) -> Vec<Value<'a>> {
    let key = key.iter().map(|member| Value::Text(member));
    [Value::from(tenant)].into_iter().chain(key).collect()
}
