//! Databases of tests: made fresh, copied from templates, gone afterwards.

use crate::requirement::Requirement;
use soleira_core::Secret;
use soleira_store::db::PostgresOptions;
use soleira_store::{Db, Engine};
use std::future::Future;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

/// A database of its own for one test.
#[derive(Debug)]
pub struct TestDatabase(Place);

#[derive(Debug)]
enum Place {
    /// A file in a directory of its own.
    File(TempDir),
    /// A database on the server that `SOLEIRA_TEST_POSTGRES` names.
    Server { server: String, name: String },
}

impl TestDatabase {
    /// An empty database; `None` where the machine lacks the engine (see [`Requirement`]).
    pub async fn empty(engine: Engine) -> Option<Self> {
        let place = match engine {
            Engine::Sqlite => Place::File(directory()),
            Engine::Postgres => {
                let server = Requirement::Postgres.find()?;
                let name = new_name();
                administer(&server, &format!("create database {name}")).await;
                Place::Server { server, name }
            }
        };
        Some(Self(place))
    }

    /// A copy of a template that is made once in this process: an empty database on which `prepare` has worked.
    /// `None` where the machine lacks the engine.
    pub async fn prepared<F: Future<Output = ()>>(engine: Engine, prepare: impl FnOnce(Db) -> F) -> Option<Self> {
        match engine {
            Engine::Sqlite => Some(Self::copied_file(prepare).await),
            Engine::Postgres => Some(Self::copied_database(&Requirement::Postgres.find()?, prepare).await),
        }
    }

    async fn copied_file<F: Future<Output = ()>>(prepare: impl FnOnce(Db) -> F) -> Self {
        static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(|| async {
                let template = Self(Place::File(directory()));
                template.fill(prepare).await;
                std::fs::read(template.file()).expect("a database that was just closed")
            })
            .await;
        let copy = Self(Place::File(directory()));
        std::fs::write(copy.file(), template).expect("room for a database");
        copy
    }

    /// The template stays on the server until the server goes: `cargo xtask test` has one of its own.
    async fn copied_database<F: Future<Output = ()>>(server: &str, prepare: impl FnOnce(Db) -> F) -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(|| async {
                let name = new_name();
                administer(server, &format!("create database {name}")).await;
                let template = Self(Place::Server {
                    server: server.to_owned(),
                    name: name.clone(),
                });
                template.fill(prepare).await;
                std::mem::forget(template);
                name
            })
            .await;
        let name = new_name();
        administer(server, &format!("create database {name} template {template}")).await;
        Self(Place::Server {
            server: server.to_owned(),
            name,
        })
    }

    async fn fill<F: Future<Output = ()>>(&self, prepare: impl FnOnce(Db) -> F) {
        let db = self.open().await;
        prepare(db.clone()).await;
        db.close().await;
    }

    /// Opens it, migrated.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self) -> Db {
        let opened = match &self.0 {
            Place::File(_) => Db::open_sqlite(&self.file()).await,
            Place::Server { .. } => {
                let mut options = PostgresOptions::new(Secret::new(self.url()));
                // Many tests run side by side on one server.
                options.pool_size = 4;
                Db::open_postgres(&options).await
            }
        };
        opened.unwrap_or_else(|error| panic!("{}: {error}", self.url()))
    }

    /// Its address as the server's `DB_URL` takes it.
    pub fn url(&self) -> String {
        match &self.0 {
            Place::File(_) => format!("sqlite:{}", self.file().display()),
            Place::Server { server, name } => database_url(server, name),
        }
    }

    /// The rows that break a foreign key. PostgreSQL checks at each commit, so there are none.
    ///
    /// # Panics
    /// When the file cannot be read.
    pub fn broken_foreign_keys(&self) -> Vec<String> {
        let Place::File(_) = &self.0 else { return Vec::new() };
        let connection = rusqlite::Connection::open(self.file()).expect("a database");
        let mut check = connection.prepare("pragma foreign_key_check").expect("a pragma");
        let row = |row: &rusqlite::Row<'_>| {
            Ok(format!(
                "{} refers to {}",
                row.get::<_, String>(0)?,
                row.get::<_, String>(2)?
            ))
        };
        let rows = check.query_map([], row).expect("a pragma answers");
        rows.collect::<Result<_, _>>().expect("names of tables")
    }

    fn file(&self) -> PathBuf {
        match &self.0 {
            Place::File(directory) => directory.path().join("soleira.db"),
            Place::Server { .. } => PathBuf::new(),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Place::Server { server, name } = &self.0 else {
            return;
        };
        let (server, statement) = (server.clone(), format!("drop database if exists {name} with (force)"));
        // Dropping cannot wait for the runtime it may run on; a thread of its own can.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime
                .block_on(try_administer(&server, &statement))
                .map_err(std::io::Error::other)
        });
        // A database that stays is a matter of disk space, not of correctness.
        let _ = dropped.join();
    }
}

fn directory() -> TempDir {
    TempDir::with_prefix("soleira-test-").expect("a directory for a database")
}

fn new_name() -> String {
    crate::stand_in::unguessable("soleira_test_")
}

/// The same server, another database.
fn database_url(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap_or_else(|error| panic!("SOLEIRA_TEST_POSTGRES: {error}"));
    url.set_path(name);
    url.to_string()
}

async fn administer(server: &str, statement: &str) {
    try_administer(server, statement)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection's task ends with its client, before this returns"
)]
async fn try_administer(server: &str, statement: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection): (Client, _) = tokio_postgres::connect(server, NoTls).await?;
    let running = tokio::spawn(connection);
    let done = client.batch_execute(statement).await;
    drop(client);
    // Its own error, if any, is the statement's too.
    let _ = running.await;
    done
}
