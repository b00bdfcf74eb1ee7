//! SQLite: one writer thread that takes units in turn, readers inline.
//!
//! Units that wait together share one durable commit: they run one after the other in one transaction, and each is
//! answered after the commit. Nearly always all of them keep what they wrote. Where one does not, the transaction is
//! rolled back and they run again, each in a savepoint: a savepoint copies every page that a unit changes after another.

use super::checkpoint::Checkpointer;
use super::{Db, Error, FromRow, Result, Row, Tx, Unit, Value, Verdict};
use parking_lot::Mutex as SyncMutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Statement};
use std::{
    fs::{File, TryLockError},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::{Mutex, mpsc, oneshot};

/// Units that may wait for the writer before callers have to.
const QUEUE: usize = 1024;
/// Units that share one commit at most.
const BATCH: usize = 128;
/// Idle reader connections that are kept.
const READERS: usize = 8;

/// A unit that waits for the writer.
trait Work: Send {
    /// Runs it, for the first time or again: whether to keep what it wrote.
    fn run(&mut self, conn: &mut Connection) -> bool;

    /// Tells its caller how it ended, once the commit is durable or has failed.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

/// A unit with whom to tell.
struct Waiting<U: Unit> {
    db: Db,
    unit: U,
    result: Option<Result<Verdict<U::Out>>>,
    caller: oneshot::Sender<Result<Verdict<U::Out>>>,
}

impl<U: Unit> Work for Waiting<U> {
    fn run(&mut self, conn: &mut Connection) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut tx = Tx {
                conn: super::Conn::Sqlite(conn),
                statements: &self.db.0.statements,
            };
            // Nothing in a unit waits on SQLite: the future is ready at once.
            futures_executor::block_on(self.unit.run(&mut tx))
        }))
        .unwrap_or_else(|_| Err(Error::Other("a write unit panicked".into())));
        self.result.insert(result).is_ok()
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let outcome = match (self.result, failure) {
            (Some(Err(error)), _) | (_, Some(error)) => Err(error),
            (Some(done), None) => done,
            (None, None) => Err(Error::Other("a write unit was not run".into())),
        };
        // The caller may have left; its write stands all the same.
        let _ = self.caller.send(outcome);
    }
}

#[derive(Debug)]
pub(crate) struct Sqlite {
    writer: Mutex<Option<mpsc::Sender<Box<dyn Work>>>>,
    sender: mpsc::WeakSender<Box<dyn Work>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    readers: Arc<Idle>,
    path: PathBuf,
    /// Held for as long as the database is open: a second server on the same file is refused.
    _lock: File,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let lock = lock(path)?;
        let mut conn = connect(path)?;
        crate::migrate::sqlite(&mut conn, path)?;
        forget_statistics(&conn)?;
        let checkpointer = Checkpointer::beside(&mut conn, path)?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_units(conn, &checkpointer, receiver))
            .map_err(|e| Error::Other(e.to_string()))?;
        Ok(Self {
            sender: sender.downgrade(),
            writer: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
            readers: Arc::default(),
            path: path.to_owned(),
            _lock: lock,
        })
    }

    pub(crate) fn reader(&self) -> Result<Lease> {
        let conn = match self.readers.take() {
            Some(conn) => conn,
            None => connect(&self.path)?,
        };
        Ok(Lease {
            conn: Some(conn),
            home: self.readers.clone(),
        })
    }

    pub(crate) async fn write<U: Unit>(&self, db: Db, unit: U) -> Result<Verdict<U::Out>> {
        let (caller, outcome) = oneshot::channel();
        let work = Box::new(Waiting {
            db,
            unit,
            result: None,
            caller,
        });
        let closed = || Error::Unavailable("the database is closed".into());
        let sender = self.sender.upgrade().ok_or_else(closed)?;
        sender.send(work).await.map_err(|_| closed())?;
        drop(sender);
        outcome.await.map_err(|_| closed())?
    }

    pub(crate) async fn close(&self) {
        drop(self.writer.lock().await.take());
        if let Some(thread) = self.thread.lock().await.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// Reader connections that nobody uses. The one that came back last goes first: its pages and statements are warm.
#[derive(Default)]
struct Idle(SyncMutex<Vec<Connection>>);

impl Idle {
    fn take(&self) -> Option<Connection> {
        self.0.lock().pop()
    }

    fn give_back(&self, conn: Connection) {
        let mut idle = self.0.lock();
        if idle.len() < READERS {
            idle.push(conn);
        } else {
            // There was a crowd: one connection less, closed after the lock is.
            drop(idle);
            drop(conn);
        }
    }
}

impl std::fmt::Debug for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Idle")
    }
}

/// A reader connection, given back when dropped.
pub(crate) struct Lease {
    /// Present until the lease is dropped.
    conn: Option<Connection>,
    home: Arc<Idle>,
}

impl Lease {
    #[expect(clippy::expect_used, reason = "only `drop` takes the connection")]
    pub(crate) fn get(&mut self) -> &mut Connection {
        self.conn
            .as_mut()
            .expect("a lease holds a connection until it is dropped")
    }

    pub(crate) fn interrupt_handle(&mut self) -> rusqlite::InterruptHandle {
        self.get().get_interrupt_handle()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.home.give_back(conn);
        }
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lease")
    }
}

fn lock(path: &Path) -> Result<File> {
    let name = path.with_extension("lock");
    let open = || File::options().create(true).truncate(false).write(true).open(&name);
    let file = open().map_err(|e| Error::Unavailable(format!("cannot write {}: {e}", name.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(path.display().to_string())),
        Err(TryLockError::Error(e)) => Err(Error::Unavailable(format!("cannot lock {}: {e}", name.display()))),
    }
}

pub(super) fn connect(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path)?;
    conn.set_prepared_statement_cache_capacity(512);
    conn.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000; \
         pragma cache_size = -8000; pragma temp_store = memory;",
    )?;
    // One plan for whatever is bound (docs/decisions/0010). Without this a statement that looks for a range, or joins, is
    // read, planned and compiled again each time that it runs, in case the values ask for another plan.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    crate::dialect::register(&conn)?;
    Ok(conn)
}

/// The planner goes by the indexes alone. Statistics, which are of the moment they were taken, made it read whole tables
/// that had been small then: no `analyze` here, and none of a tool's stays.
fn forget_statistics(conn: &Connection) -> Result<()> {
    let tables: i64 = conn.query_row(
        "select count(*) from sqlite_schema where name = 'sqlite_stat1'",
        [],
        |row| row.get(0),
    )?;
    if tables > 0 {
        conn.execute_batch("drop table sqlite_stat1; analyze sqlite_schema;")?;
    }
    Ok(())
}

fn write_units(mut conn: Connection, checkpointer: &Checkpointer, mut queue: mpsc::Receiver<Box<dyn Work>>) {
    let mut batch: Vec<Box<dyn Work>> = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
        let committed = commit_together(&mut conn, &mut batch);
        let failure = committed.err().map(|e| {
            if !conn.is_autocommit() {
                let _ = conn.execute_batch("rollback");
            }
            Error::from(e).to_string()
        });
        for work in batch.drain(..) {
            work.answer(failure.clone().map(Error::Unavailable));
        }
        checkpointer.look(&conn);
    }
    // The last connection to close folds the write-ahead log into the file.
}

fn commit_together(conn: &mut Connection, batch: &mut [Box<dyn Work>]) -> rusqlite::Result<()> {
    execute(conn, "begin immediate")?;
    // Some errors roll back by themselves; whatever ran then would be written at once.
    if batch.iter_mut().all(|work| work.run(conn) && !conn.is_autocommit()) {
        return execute(conn, "commit");
    }
    if !conn.is_autocommit() {
        execute(conn, "rollback")?;
    }
    if batch.len() == 1 {
        return Ok(());
    }
    execute(conn, "begin immediate")?;
    for work in batch {
        execute(conn, "savepoint unit")?;
        if !work.run(conn) {
            execute(conn, "rollback to unit")?;
        }
        execute(conn, "release unit")?;
    }
    execute(conn, "commit")
}

fn execute(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// Binds each value to the placeholder of its number. SQLite takes `$3` for a name and numbers placeholders in the order
/// in which they first stand in the text.
fn bind(statement: &mut Statement<'_>, values: &[Value<'_>]) -> Result<()> {
    for position in 1..=statement.parameter_count() {
        let number = statement
            .parameter_name(position)
            .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| Error::Other(format!("placeholder {position} of a statement has no value")))?;
        statement.raw_bind_parameter(position, value)?;
    }
    Ok(())
}

pub(crate) fn one<T: FromRow>(conn: &Connection, sql: &str, values: &[Value<'_>]) -> Result<Option<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    let mut rows = statement.raw_query();
    let first = rows.next()?.map(|row| T::from_row(&Row::Sqlite(row))).transpose()?;
    // A statement that writes (`returning`) runs only as far as it is stepped.
    while rows.next()?.is_some() {}
    Ok(first)
}

pub(crate) fn all<T: FromRow>(conn: &Connection, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    let mut rows = statement.raw_query();
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(T::from_row(&Row::Sqlite(row))?);
    }
    Ok(out)
}

pub(crate) fn run(conn: &Connection, sql: &str, values: &[Value<'_>]) -> Result<u64> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    if statement.column_count() > 0 {
        let mut rows = statement.raw_query();
        let mut count = 0;
        while rows.next()?.is_some() {
            count += 1;
        }
        return Ok(count);
    }
    Ok(statement.raw_execute()? as u64)
}

/// `UNIQUE constraint failed: users.tenant_id, users.username_key` is about the index `users__username_key`: unique
/// indexes are named after their table and last column.
pub(crate) fn index_name(message: &str) -> String {
    let columns = message.rsplit(": ").next().unwrap_or_default();
    if let Some(name) = columns.strip_prefix("index '") {
        return name.trim_end_matches('\'').to_owned();
    }
    columns.rsplit(", ").next().unwrap_or_default().replacen('.', "__", 1)
}

/// The name that PostgreSQL gives to a primary key.
pub(crate) fn primary_key_name(message: &str) -> String {
    let column = message.rsplit(": ").next().unwrap_or_default();
    let table = column.split('.').next().unwrap_or_default();
    format!("{table}_pkey")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::unit;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_unit_that_fails_takes_nothing_of_its_neighbours_along() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("test.db")).await.unwrap();
        db.write(unit((), |(), tx| {
            Box::pin(async move {
                Ok(Verdict::Accept(
                    tx.run("create table kept (number integer not null)", &[]).await?,
                ))
            })
        }))
        .await
        .unwrap();
        // The writer is held until everybody waits, so that they share a commit.
        let gate = Arc::new((std::sync::Barrier::new(2), std::sync::Once::new()));
        let mut units = tokio::task::JoinSet::new();
        let (held, own) = (Arc::clone(&gate), db.clone());
        units.spawn(async move {
            own.write(unit(held, |gate, _| {
                Box::pin(async move {
                    // It may run again, and is not held then.
                    gate.1.call_once(|| {
                        gate.0.wait();
                    });
                    Ok(Verdict::Accept(()))
                })
            }))
            .await
            .is_ok()
        });
        for number in 0..40_i64 {
            let own = db.clone();
            units.spawn(async move {
                let outcome = own
                    .write(unit(number, |number, tx| {
                        Box::pin(async move {
                            tx.run("insert into kept (number) values ($1)", &[Value::Int(*number)])
                                .await?;
                            match number % 4 {
                                0 => Err(Error::Other("it fails".into())),
                                _ => Ok(Verdict::Accept(*number)),
                            }
                        })
                    }))
                    .await;
                match outcome {
                    Ok(Verdict::Accept(done)) => done == number && number % 4 != 0,
                    _ => number % 4 == 0,
                }
            });
        }
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        tokio::task::spawn_blocking(move || gate.0.wait()).await.unwrap();
        assert!(units.join_all().await.into_iter().all(|as_it_should| as_it_should));
        let sql = "select count(*), sum(number % 4 = 0) from kept";
        let kept: Option<(i64, i64)> = db.read().await.unwrap().tx().one(sql, &[]).await.unwrap();
        assert_eq!(kept, Some((30, 0)));
        db.close().await;
    }

    /// Enough changed pages for the log to be folded many times.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_log_begins_anew_while_everybody_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let db = Db::open_sqlite(&path).await.unwrap();
        let payload = "x".repeat(3_000);
        db.write(unit((), |(), tx| {
            Box::pin(async move {
                let sql = "create table filled (id integer primary key, payload text not null)";
                Ok(Verdict::Accept(tx.run(sql, &[]).await?))
            })
        }))
        .await
        .unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (db, payload) = (db.clone(), payload.clone());
            writers.spawn(async move {
                for _ in 0..100 {
                    db.write(unit(payload.clone(), |payload, tx| {
                        Box::pin(async move {
                            for _ in 0..50 {
                                let sql = "insert into filled (payload) values ($1)";
                                tx.run(sql, &[Value::Text(payload)]).await?;
                            }
                            Ok(Verdict::Accept(()))
                        })
                    }))
                    .await
                    .unwrap();
                }
            });
        }
        writers.join_all().await;
        let log = std::fs::metadata(folder.path().join("test.db-wal")).unwrap().len();
        assert!(
            log < 64_000_000,
            "{log} bytes of a log of {} bytes of rows",
            8 * 100 * 50 * 3_000
        );
        db.close().await;
        assert!(
            !folder.path().join("test.db-wal").exists(),
            "the last to close folds all of it"
        );
        drop(db);
        let db = Db::open_sqlite(&path).await.unwrap();
        let rows = db
            .read()
            .await
            .unwrap()
            .tx()
            .one::<i64>("select count(*) from filled", &[])
            .await
            .unwrap();
        assert_eq!(rows, Some(8 * 100 * 50));
        db.close().await;
    }

    #[test]
    fn constraint_names_are_those_of_the_schema() {
        assert_eq!(
            index_name("UNIQUE constraint failed: users.tenant_id, users.username_key"),
            "users__username_key"
        );
        assert_eq!(index_name("UNIQUE constraint failed: index 'users__x'"), "users__x");
        assert_eq!(
            primary_key_name("UNIQUE constraint failed: users.tenant_id, users.id"),
            "users_pkey"
        );
    }
}
