//! PostgreSQL: a pool that keeps its connections, each unit on a tracked task with its retries.

use super::{Conn, Db, Error, Result, Tx, Unit, Value, Verdict};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use soleira_core::Secret;
use std::{str::FromStr, time::Duration};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::TaskTracker;

/// Times a unit is run when the engine reports a conflict.
const ATTEMPTS: usize = 10;

/// How to reach a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database?sslmode=…`.
    pub url: Secret,
    /// The same database without a pooler in between, for migrations; `url` if absent.
    pub direct_url: Option<Secret>,
    /// Connections that are kept.
    pub pool_size: usize,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest time for one statement.
    pub statement_timeout: Duration,
}

impl PostgresOptions {
    /// The defaults: 10 connections, 5 s to get one, 15 s for a statement.
    pub fn new(url: impl Into<Secret>) -> Self {
        Self {
            url: url.into(),
            direct_url: None,
            pool_size: 10,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(15),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Pool,
    units: TaskTracker,
}

impl Postgres {
    pub(crate) async fn open(options: &PostgresOptions) -> Result<Self> {
        let direct = options.direct_url.as_ref().unwrap_or(&options.url);
        migrate(direct, options).await?;
        let manager = Manager::from_config(
            config(&options.url, options)?,
            tls()?,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(options.pool_size.max(1))
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(options.connect_timeout),
                create: Some(options.connect_timeout),
                recycle: Some(options.connect_timeout),
            })
            .build()
            .map_err(|e| Error::Other(e.to_string()))?;
        Ok(Self {
            pool,
            units: TaskTracker::new(),
        })
    }

    pub(crate) async fn client(&self) -> Result<Object> {
        Ok(self.pool.get().await?)
    }

    pub(crate) async fn write<U: Unit>(&self, db: Db, unit: U) -> Result<Verdict<U::Out>> {
        let pool = self.pool.clone();
        let task = self.units.spawn(async move {
            let mut last = None;
            for _ in 0..ATTEMPTS {
                match attempt(&pool, &db, &unit).await {
                    Err(Error::Busy(why)) => last = Some(why),
                    settled => return settled,
                }
            }
            Err(Error::Busy(last.unwrap_or_default()))
        });
        task.await
            .map_err(|e| Error::Other(format!("a write unit failed: {e}")))?
    }

    pub(crate) async fn close(&self) {
        self.units.close();
        self.units.wait().await;
        self.pool.close();
    }
}

async fn attempt<U: Unit>(pool: &Pool, db: &Db, unit: &U) -> Result<Verdict<U::Out>> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let verdict = {
        let mut tx = Tx {
            conn: Conn::Postgres(&transaction),
            statements: &db.0.statements,
        };
        unit.run(&mut tx).await?
    };
    transaction.commit().await?;
    Ok(verdict)
}

pub(crate) fn params<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn tokio_postgres::types::ToSql + Sync)> {
    values.iter().map(|value| value as _).collect()
}

fn config(url: &Secret, options: &PostgresOptions) -> Result<tokio_postgres::Config> {
    let mut config = tokio_postgres::Config::from_str(url.expose())
        .map_err(|e| Error::Other(format!("DB_URL is not a valid PostgreSQL address: {e}")))?;
    config
        .application_name("soleira")
        .connect_timeout(options.connect_timeout)
        .options(format!(
            "-c statement_timeout={}",
            options.statement_timeout.as_millis()
        ))
        .keepalives_idle(Duration::from_mins(1))
        // A server that vanished without a word is noticed: what was sent to it must be acknowledged in time.
        .keepalives_interval(Duration::from_secs(10))
        .tcp_user_timeout(options.statement_timeout);
    Ok(config)
}

fn tls() -> Result<MakeRustlsConnect> {
    let mut roots = rustls::RootCertStore::empty();
    // Certificates that do not parse are left out, as every client of the machine's store does.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::Other(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

async fn migrate(url: &Secret, options: &PostgresOptions) -> Result<()> {
    let mut config = config(url, options)?;
    // A migration may take its time.
    config.options("-c statement_timeout=0");
    let unreachable = |e: tokio_postgres::Error| {
        let cause = std::error::Error::source(&e)
            .map(|s| format!(": {s}"))
            .unwrap_or_default();
        Error::Unavailable(format!("cannot connect to PostgreSQL: {e}{cause}"))
    };
    let (mut client, connection) = config.connect(tls()?).await.map_err(unreachable)?;
    let tracker = TaskTracker::new();
    tracker.spawn(connection);
    tracker.close();
    let migrated = crate::migrate::postgres(&mut client).await;
    drop(client);
    tracker.wait().await;
    migrated
}
