//! The whole server in this process, without sockets: the routers that its listeners have, on a database of its own, with
//! a clock that stands still and randomness that repeats.

use crate::clock::MockClock;
use crate::database::TestDatabase;
use crate::entropy::SeededEntropy;
use crate::faults::{self, Faults};
use crate::visitor::Visitor;
use serde_json::Value;
use soleira_connect::{HttpClient, OutboundPolicy};
use soleira_core::{Clock, Entropy, SystemClock};
use soleira_crypto::password::Params;
use soleira_crypto::{SystemEntropy, Vault};
use soleira_runtime::{App, Ctx, Parts, Sandbox, Settings, Tenant, tenant};
use soleira_store::{Db, Engine};
use std::sync::Arc;
use tempfile::TempDir;
use url::Url;

const ORIGIN: &str = "http://localhost:3001";
const ADMIN_ORIGIN: &str = "http://localhost:3002";

/// A server, as a new installation begins: tenants `default` and `admin`, nobody in them.
#[derive(Debug)]
pub struct TestServer {
    /// The process.
    pub app: Arc<App>,
    /// Its clock; sessions, codes and locks follow it.
    pub clock: MockClock,
    database: TestDatabase,
    faults: Faults,
    /// Where a sandbox leaves its messages.
    messages: Option<TempDir>,
}

impl TestServer {
    /// Starts one on a copy of a new installation's database. `None` where the machine lacks the engine.
    async fn start(engine: Engine, mode: Mode, faults: Faults) -> Option<Self> {
        let database = TestDatabase::prepared(engine, seed).await?;
        let clock = MockClock::default();
        let messages = match mode {
            Mode::Sandbox => Some(TempDir::with_prefix("soleira-messages-").expect("a directory for messages")),
            Mode::Ordinary => None,
        };
        let app = start(
            database.open().await,
            Arc::new(clock.clone()),
            Arc::new(SeededEntropy::new(2)),
            messages.as_ref().map_or_else(Settings::default, sandbox),
        );
        if mode == Mode::Sandbox {
            soleira_directory::tenants::seed(&app)
                .await
                .expect("the people of a sandbox");
        }
        Some(Self {
            app,
            clock,
            database,
            faults,
            messages,
        })
    }

    /// The last e-mail of a sandbox, if there is one.
    pub fn last_email(&self) -> Option<Value> {
        self.last_message("mock_email_record.txt")
    }

    /// The last text message of a sandbox, if there is one.
    pub fn last_text_message(&self) -> Option<Value> {
        self.last_message("mock_sms_record.txt")
    }

    fn last_message(&self, file: &str) -> Option<Value> {
        let directory = self.messages.as_ref().expect("only a sandbox leaves messages");
        let text = std::fs::read_to_string(directory.path().join(file)).ok()?;
        Some(serde_json::from_str(&text).expect("a message is one JSON object"))
    }

    /// A visitor of the sign-in pages, of `/oidc` and of `/api`.
    pub fn visitor(&self) -> Visitor {
        Visitor::of_routers(ORIGIN, self.routers()).by_clock(self.clock.clone())
    }

    /// A visitor of the Console and of the administrators' own sign-in.
    pub fn administrator(&self) -> Visitor {
        Visitor::of_routers(ADMIN_ORIGIN, self.routers()).by_clock(self.clock.clone())
    }

    /// Where applications find it.
    pub fn origin(&self) -> &'static str {
        ORIGIN
    }

    /// Where administrators find it.
    pub fn admin_origin(&self) -> &'static str {
        ADMIN_ORIGIN
    }

    /// The tenant of the applications and their users.
    pub fn tenant(&self) -> &Arc<Tenant> {
        self.app.tenant(tenant::DEFAULT).expect("a server has its tenants")
    }

    /// The tenant of the administrators.
    pub fn admin_tenant(&self) -> &Arc<Tenant> {
        self.app.admin_tenant().expect("a server has its tenants")
    }

    /// The server itself as the actor on the tenant of the applications: to arrange what a test is not about.
    pub fn system(&self) -> Ctx {
        Ctx::system(Arc::clone(&self.app), Arc::clone(self.tenant()))
    }

    /// The faults logged so far, which then no longer fail the test: for tests that provoke one.
    pub fn take_faults(&self) -> Vec<String> {
        self.faults.take()
    }

    fn routers(&self) -> Vec<(String, axum::Router)> {
        let router = |tenant: &Arc<Tenant>| soleira::router(Arc::clone(&self.app), Arc::clone(tenant));
        vec![
            (ORIGIN.to_owned(), router(self.tenant())),
            (ADMIN_ORIGIN.to_owned(), router(self.admin_tenant())),
        ]
    }

    /// Shuts down, and checks what has to hold after every test.
    async fn finish(self) {
        self.app.shut_down().await;
        drop(self.app);
        assert_eq!(
            self.faults.take(),
            [] as [&str; 0],
            "the server logged faults of its own"
        );
        assert_eq!(
            self.database.broken_foreign_keys(),
            [] as [&str; 0],
            "rows refer to rows that are not there"
        );
    }
}

/// Runs a test's body beside a server, on a runtime of two threads, so that what can run at once does.
/// Left out where the machine lacks the engine.
///
/// # Panics
/// When the body does, or when the server logged an error or left a broken row.
pub fn run(engine: Engine, body: impl AsyncFnOnce(&TestServer)) {
    run_as(Mode::Ordinary, engine, body);
}

/// The same beside a server that runs as a sandbox.
///
/// # Panics
/// As [`run`] does.
pub fn run_sandbox(engine: Engine, body: impl AsyncFnOnce(&TestServer)) {
    run_as(Mode::Sandbox, engine, body);
}

/// How a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ordinary,
    Sandbox,
}

/// The settings of a sandbox that leaves its messages in a directory.
fn sandbox(messages: &TempDir) -> Settings {
    Settings {
        breached: Sandbox::breached(),
        sandbox: Some(Sandbox {
            message_directory: messages.path().to_path_buf(),
        }),
        ..Settings::default()
    }
}

fn run_as(mode: Mode, engine: Engine, body: impl AsyncFnOnce(&TestServer)) {
    faults::watch(|runtime, faults| {
        runtime.block_on(async {
            let Some(server) = TestServer::start(engine, mode, faults).await else {
                return;
            };
            body(&server).await;
            server.finish().await;
        });
    });
}

/// Declares tests whose one body runs on SQLite and on PostgreSQL:
///
/// ```
/// soleira_testkit::on_both_engines! {
///     async fn the_process_answers(server) {
///         server.visitor().get("/api/status").await.expect(204);
///     }
/// }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    (@ $run:ident; $($(#[$attribute:meta])* async fn $name:ident($server:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a body may need nothing from around it")]
            use super::*;

            async fn body($server: &$crate::TestServer) $body

            $(#[$attribute])*
            #[test]
            fn sqlite() {
                $crate::server::$run($crate::Engine::Sqlite, async |server| body(server).await);
            }

            $(#[$attribute])*
            #[test]
            fn postgres() {
                $crate::server::$run($crate::Engine::Postgres, async |server| body(server).await);
            }
        }
    )* };
    ($($tests:tt)*) => { $crate::on_both_engines! { @ run; $($tests)* } };
}

/// Declares tests like [`on_both_engines`], beside servers that run as sandboxes.
#[macro_export]
macro_rules! in_sandbox {
    ($($tests:tt)*) => { $crate::on_both_engines! { @ run_sandbox; $($tests)* } };
}

/// A database on which the server's own use cases have worked, called as the system on the tenant of the applications:
/// for a program that is then started on it. `None` where the machine lacks the engine.
pub async fn arranged(engine: Engine, work: impl AsyncFnOnce(&Ctx)) -> Option<TestDatabase> {
    let database = TestDatabase::prepared(engine, seed).await?;
    let app = start(
        database.open().await,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
        Settings::default(),
    );
    let tenant = app.tenant(tenant::DEFAULT).expect("a server has its tenants");
    work(&Ctx::system(Arc::clone(&app), Arc::clone(tenant))).await;
    app.shut_down().await;
    Some(database)
}

/// What a new installation's first start writes.
async fn seed(db: Db) {
    let app = start(
        db,
        Arc::new(MockClock::default()),
        Arc::new(SeededEntropy::new(1)),
        Settings::default(),
    );
    soleira_directory::tenants::seed(&app)
        .await
        .expect("a new installation");
    app.shut_down().await;
}

fn start(db: Db, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, settings: Settings) -> Arc<App> {
    let key = Vault::parse_kek(crate::KEK).expect("32 bytes in base64");
    // Providers of the tests are on loopback; everything else is refused before it reaches the network.
    let policy = OutboundPolicy::parse(["127.0.0.0/8"]).expect("a network");
    App::start(Parts {
        db,
        clock,
        vault: Vault::new(key, Arc::clone(&entropy)).expect("a vault"),
        entropy,
        hashing: Params::CHEAPEST,
        http: HttpClient::trusting(policy, vec![crate::document_site::certificate()]),
        tenants: tenants(),
        settings,
    })
}

fn tenants() -> Vec<Tenant> {
    let at = |id: &str, origin: &str| {
        let mut tenant = Tenant::new(id, Url::parse(origin).expect("an address"), None);
        // Both are on localhost, where cookies ignore ports.
        tenant.shares_host = true;
        tenant
    };
    vec![at(tenant::DEFAULT, ORIGIN), at(tenant::ADMIN, ADMIN_ORIGIN)]
}
