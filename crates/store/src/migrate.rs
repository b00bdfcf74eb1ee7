//! Migrations: run at start under a lock, in one transaction each, without a manual step. Each expands first; a later
//! release contracts.

use crate::{Engine, Error, Result, dialect};
use rusqlite::Connection;
use std::path::Path;

/// The migrations, oldest first; the version of a schema is how many of them it has.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_initial.sql"),
    include_str!("schema/0002_openid.sql"),
    include_str!("schema/0003_one_time_tokens.sql"),
];

/// The newest schema that this program knows.
#[expect(clippy::cast_possible_wrap, reason = "there are not that many migrations")]
pub const VERSION: i64 = MIGRATIONS.len() as i64;

const CREATE_INFO: &str = "create table if not exists schema_info (id BIGINT primary key check (id = 1), \
    version BIGINT not null, min_binary TEXT not null)";

/// What stands at the lock's place while one node migrates; any constant will do.
const POSTGRES_LOCK: i64 = 0x50_4c_45_49_52_41;

fn pending(found: i64) -> Result<impl Iterator<Item = (i64, &'static str)>> {
    let done = usize::try_from(found).unwrap_or_default();
    if done > MIGRATIONS.len() {
        return Err(Error::TooNew { found, known: VERSION });
    }
    Ok((found + 1..).zip(MIGRATIONS[done..].iter().copied()))
}

pub(crate) fn sqlite(conn: &mut Connection, path: &Path) -> Result<()> {
    conn.execute_batch(&dialect::ddl(Engine::Sqlite, CREATE_INFO))?;
    let found: i64 = conn.query_row("select coalesce(max(version), 0) from schema_info", [], |row| {
        row.get(0)
    })?;
    let pending: Vec<_> = pending(found)?.collect();
    if found > 0 && !pending.is_empty() {
        snapshot(conn, path, found)?;
    }
    for (version, text) in pending {
        let tx = conn.transaction()?;
        tx.execute_batch(&dialect::ddl(Engine::Sqlite, text))?;
        tx.execute(
            "insert into schema_info (id, version, min_binary) values (1, $1, $2) \
             on conflict (id) do update set version = excluded.version, min_binary = excluded.min_binary",
            rusqlite::params![version, env!("CARGO_PKG_VERSION")],
        )?;
        tx.commit()?;
    }
    Ok(())
}

/// A copy of the file beside it, before a migration changes it.
fn snapshot(conn: &Connection, path: &Path, version: i64) -> Result<()> {
    let copy = path.with_extension(format!("before-{}.db", version + 1));
    if copy.exists() {
        return Ok(());
    }
    let partial = path.with_extension("snapshot-partial");
    let failed =
        |e: &dyn std::fmt::Display| Error::Unavailable(format!("cannot write the snapshot {}: {e}", copy.display()));
    conn.backup("main", &partial, None::<fn(rusqlite::backup::Progress)>)
        .map_err(|e| failed(&e))?;
    std::fs::rename(&partial, &copy).map_err(|e| failed(&e))
}

pub(crate) async fn postgres(client: &mut tokio_postgres::Client) -> Result<()> {
    client.execute("select pg_advisory_lock($1)", &[&POSTGRES_LOCK]).await?;
    let migrated = postgres_locked(client).await;
    // The lock goes with the connection in any case.
    client
        .execute("select pg_advisory_unlock($1)", &[&POSTGRES_LOCK])
        .await?;
    migrated
}

async fn postgres_locked(client: &mut tokio_postgres::Client) -> Result<()> {
    client
        .batch_execute(&dialect::ddl(Engine::Postgres, CREATE_INFO))
        .await?;
    let found: i64 = client
        .query_one("select coalesce(max(version), 0) from schema_info", &[])
        .await?
        .get(0);
    for (version, text) in pending(found)? {
        let tx = client.transaction().await?;
        tx.batch_execute(&dialect::ddl(Engine::Postgres, text)).await?;
        tx.execute(
            "insert into schema_info (id, version, min_binary) values (1, $1, $2) \
             on conflict (id) do update set version = excluded.version, min_binary = excluded.min_binary",
            &[&version, &env!("CARGO_PKG_VERSION")],
        )
        .await?;
        tx.commit().await?;
    }
    Ok(())
}
