//! Two engines, one SQL text. Nothing here is generic over the engine: a query is `(sql, &[Value])`, an answer a [`Row`].

mod checkpoint;
mod error;
mod postgres;
mod row;
mod sqlite;
mod value;

pub use error::{Error, Result};
pub use postgres::PostgresOptions;
pub use row::{Column, FromRow, Json, Row};
pub use value::Value;

use std::{
    future::Future,
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Longest a list or search may take before it is given up.
const LIST_LIMIT: Duration = Duration::from_secs(10);

/// Which database stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A server, for many nodes.
    Postgres,
}

/// How a unit ends. Both commit: a refusal's counted attempt, revoked family and audit row survive it.
#[derive(Debug)]
pub enum Verdict<T> {
    /// Done; here is the outcome.
    Accept(T),
    /// Refused by a rule; what was written stays.
    Refuse(soleira_core::Error),
}

/// A future that a boxed unit returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A write: runs in one transaction, may run again when the engine asks for it, and so does no I/O and no hashing.
///
/// `Ok` commits, `Err` rolls back.
pub trait Unit: Send + Sync + 'static {
    /// What it is for.
    type Out: Send + 'static;

    /// Does the work.
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> impl Future<Output = Result<Verdict<Self::Out>>> + Send + 'a;
}

/// A unit made of what it needs and a function: `unit((tenant, id), |(tenant, id), tx| Box::pin(async move { … }))`.
pub fn unit<C, T>(
    needs: C,
    run: for<'a, 'c> fn(&'a C, &'a mut Tx<'c>) -> BoxFuture<'a, Result<Verdict<T>>>,
) -> impl Unit<Out = T>
where
    C: Send + Sync + 'static,
    T: Send + 'static,
{
    struct Closure<C, T> {
        needs: C,
        run: for<'a, 'c> fn(&'a C, &'a mut Tx<'c>) -> BoxFuture<'a, Result<Verdict<T>>>,
    }
    impl<C: Send + Sync + 'static, T: Send + 'static> Unit for Closure<C, T> {
        type Out = T;
        async fn run(&self, tx: &mut Tx<'_>) -> Result<Verdict<T>> {
            (self.run)(&self.needs, tx).await
        }
    }
    Closure { needs, run }
}

/// A database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    backend: Backend,
    statements: AtomicU64,
}

#[derive(Debug)]
enum Backend {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens (and creates) a SQLite file and migrates it.
    ///
    /// # Errors
    /// When another server has the file open, when it cannot be written, or when it is newer than this program.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let sqlite = tokio::task::spawn_blocking(move || sqlite::Sqlite::open(&path))
            .await
            .map_err(|e| Error::Other(e.to_string()))??;
        Ok(Self::from(Backend::Sqlite(sqlite)))
    }

    /// Connects to PostgreSQL and migrates it.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses, or when the database is newer than this program.
    pub async fn open_postgres(options: &PostgresOptions) -> Result<Self> {
        Ok(Self::from(Backend::Postgres(postgres::Postgres::open(options).await?)))
    }

    fn from(backend: Backend) -> Self {
        Self(Arc::new(Inner {
            backend,
            statements: AtomicU64::new(0),
        }))
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        match &self.0.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// How many statements ran since it was opened. For measuring what a request costs.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// A connection for point reads, each its own snapshot. On SQLite they run inline (microseconds).
    pub async fn read(&self) -> Result<Reader> {
        let conn = match &self.0.backend {
            Backend::Sqlite(sqlite) => ReaderConn::Sqlite(sqlite.reader()?),
            Backend::Postgres(postgres) => ReaderConn::Postgres(Box::new(postgres.client().await?)),
        };
        Ok(Reader { conn, db: self.clone() })
    }

    /// A list or a search: off the request threads on SQLite, and given up after ten seconds on both.
    pub async fn list<C, T>(
        &self,
        needs: C,
        run: for<'a, 'c> fn(&'a C, &'a mut Tx<'c>) -> BoxFuture<'a, Result<T>>,
    ) -> Result<T>
    where
        C: Send + Sync + 'static,
        T: Send + 'static,
    {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => {
                let mut conn = sqlite.reader()?;
                let db = self.clone();
                let interrupt = conn.interrupt_handle();
                let work = tokio::task::spawn_blocking(move || {
                    let mut tx = Tx {
                        conn: Conn::Sqlite(conn.get()),
                        statements: &db.0.statements,
                    };
                    futures_executor::block_on(run(&needs, &mut tx))
                });
                tokio::pin!(work);
                if let Ok(joined) = tokio::time::timeout(LIST_LIMIT, &mut work).await {
                    return joined.map_err(|e| Error::Other(e.to_string()))?;
                }
                interrupt.interrupt();
                let _ = work.await;
                Err(Error::TimedOut)
            }
            Backend::Postgres(_) => {
                let mut reader = self.read().await?;
                tokio::time::timeout(LIST_LIMIT, run(&needs, &mut reader.tx()))
                    .await
                    .unwrap_or(Err(Error::TimedOut))
            }
        }
    }

    /// Runs a unit to its end, even if the caller leaves; durable when it answers.
    pub async fn write<U: Unit>(&self, unit: U) -> Result<Verdict<U::Out>> {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.write(self.clone(), unit).await,
            Backend::Postgres(postgres) => postgres.write(self.clone(), unit).await,
        }
    }

    /// Waits for the writes under way and closes.
    pub async fn close(&self) {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<()> {
        self.read().await?.tx().run("select 1", &[]).await.map(|_| ())
    }
}

/// A connection for reads, given back when dropped.
#[derive(Debug)]
pub struct Reader {
    conn: ReaderConn,
    db: Db,
}

#[derive(Debug)]
enum ReaderConn {
    Sqlite(sqlite::Lease),
    Postgres(Box<deadpool_postgres::Object>),
}

impl Reader {
    /// What the functions of the aggregates take.
    pub fn tx(&mut self) -> Tx<'_> {
        Tx {
            conn: match &mut self.conn {
                ReaderConn::Sqlite(lease) => Conn::Sqlite(lease.get()),
                ReaderConn::Postgres(client) => Conn::PostgresClient(client),
            },
            statements: &self.db.0.statements,
        }
    }
}

/// Where statements run: inside a unit's transaction, or on a reader.
#[derive(Debug)]
pub struct Tx<'c> {
    conn: Conn<'c>,
    statements: &'c AtomicU64,
}

enum Conn<'c> {
    Sqlite(&'c mut rusqlite::Connection),
    Postgres(&'c deadpool_postgres::Transaction<'c>),
    PostgresClient(&'c deadpool_postgres::Object),
}

impl std::fmt::Debug for Conn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) | Self::PostgresClient(_) => "Postgres",
        })
    }
}

impl Tx<'_> {
    /// Which engine runs this. Only [`crate::dialect`] and migrations should need to know.
    pub fn engine(&self) -> Engine {
        match self.conn {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) | Conn::PostgresClient(_) => Engine::Postgres,
        }
    }

    /// The first row, if any. On PostgreSQL more than one row is an error.
    pub async fn one<T: FromRow>(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Option<T>> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &mut self.conn {
            Conn::Sqlite(conn) => sqlite::one(conn, sql, values),
            Conn::Postgres(tx) => {
                let statement = tx.prepare_cached(sql).await?;
                let row = tx.query_opt(&statement, &postgres::params(values)).await?;
                row.map(|row| T::from_row(&Row::Postgres(&row))).transpose()
            }
            Conn::PostgresClient(client) => {
                let statement = client.prepare_cached(sql).await?;
                let row = client.query_opt(&statement, &postgres::params(values)).await?;
                row.map(|row| T::from_row(&Row::Postgres(&row))).transpose()
            }
        }
    }

    /// All rows.
    pub async fn all<T: FromRow>(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let rows = match &mut self.conn {
            Conn::Sqlite(conn) => return sqlite::all(conn, sql, values),
            Conn::Postgres(tx) => {
                let statement = tx.prepare_cached(sql).await?;
                tx.query(&statement, &postgres::params(values)).await?
            }
            Conn::PostgresClient(client) => {
                let statement = client.prepare_cached(sql).await?;
                client.query(&statement, &postgres::params(values)).await?
            }
        };
        rows.iter().map(|row| T::from_row(&Row::Postgres(row))).collect()
    }

    /// Runs a statement; how many rows it touched.
    pub async fn run(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &mut self.conn {
            Conn::Sqlite(conn) => sqlite::run(conn, sql, values),
            Conn::Postgres(tx) => {
                let statement = tx.prepare_cached(sql).await?;
                Ok(tx.execute(&statement, &postgres::params(values)).await?)
            }
            Conn::PostgresClient(client) => {
                let statement = client.prepare_cached(sql).await?;
                Ok(client.execute(&statement, &postgres::params(values)).await?)
            }
        }
    }

    /// Takes a lock named by a text until the unit ends, for read-modify-write. SQLite has one writer and needs none.
    pub async fn lock(&mut self, name: &str) -> Result<()> {
        match self.engine() {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => self
                .run(
                    "select pg_advisory_xact_lock(hashtextextended($1, 0))",
                    &[Value::Text(name)],
                )
                .await
                .map(|_| ()),
        }
    }
}

/// The values of a statement, in order: `bind![tenant.as_str(), now]`.
#[macro_export]
macro_rules! bind {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] };
}

/// A row struct whose fields are the columns of the statement, in order.
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])* $vis struct $name { $($(#[$fmeta])* $fvis $field: $type),* }
        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::db::Row<'_>) -> $crate::Result<Self> {
                let mut columns = 0_usize..;
                $(let $field = row.at(columns.next().unwrap_or_default())
                    .map_err(|e| e.in_field(concat!(stringify!($name), ".", stringify!($field))))?;)*
                Ok(Self { $($field),* })
            }
        }
    };
}
