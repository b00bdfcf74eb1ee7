//! The whole server in this process, without sockets: the routers that its listeners have, on a database of its own, with
//! a clock that stands still and randomness that repeats.

use crate::clock::MockClock;
use crate::database::TestDatabase;
use crate::entropy::SeededEntropy;
use crate::faults::{self, Faults};
use crate::visitor::Visitor;
use soleira_connect::{HttpClient, OutboundPolicy};
use soleira_core::{Clock, Entropy, SystemClock};
use soleira_crypto::password::Params;
use soleira_crypto::{SystemEntropy, Vault};
use soleira_runtime::{App, Ctx, Parts, Settings, Tenant, tenant};
use soleira_store::{Db, Engine};
use std::sync::Arc;
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
}

impl TestServer {
    /// Starts one on a copy of a new installation's database. `None` where the machine lacks the engine.
    async fn start(engine: Engine, faults: Faults) -> Option<Self> {
        let database = TestDatabase::prepared(engine, seed).await?;
        let clock = MockClock::default();
        let app = start(
            database.open().await,
            Arc::new(clock.clone()),
            Arc::new(SeededEntropy::new(2)),
        );
        Some(Self {
            app,
            clock,
            database,
            faults,
        })
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
    faults::watch(|runtime, faults| {
        runtime.block_on(async {
            let Some(server) = TestServer::start(engine, faults).await else {
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
    ($($(#[$attribute:meta])* async fn $name:ident($server:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a body may need nothing from around it")]
            use super::*;

            async fn body($server: &$crate::TestServer) $body

            $(#[$attribute])*
            #[test]
            fn sqlite() {
                $crate::server::run($crate::Engine::Sqlite, async |server| body(server).await);
            }

            $(#[$attribute])*
            #[test]
            fn postgres() {
                $crate::server::run($crate::Engine::Postgres, async |server| body(server).await);
            }
        }
    )* };
}

/// A database on which the server's own use cases have worked, called as the system on the tenant of the applications:
/// for a program that is then started on it. `None` where the machine lacks the engine.
pub async fn arranged(engine: Engine, work: impl AsyncFnOnce(&Ctx)) -> Option<TestDatabase> {
    let database = TestDatabase::prepared(engine, seed).await?;
    let app = start(database.open().await, Arc::new(SystemClock), Arc::new(SystemEntropy));
    let tenant = app.tenant(tenant::DEFAULT).expect("a server has its tenants");
    work(&Ctx::system(Arc::clone(&app), Arc::clone(tenant))).await;
    app.shut_down().await;
    Some(database)
}

/// What a new installation's first start writes.
async fn seed(db: Db) {
    let app = start(db, Arc::new(MockClock::default()), Arc::new(SeededEntropy::new(1)));
    soleira_directory::tenants::seed(&app)
        .await
        .expect("a new installation");
    app.shut_down().await;
}

fn start(db: Db, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Arc<App> {
    let key = Vault::parse_kek(crate::KEK).expect("32 bytes in base64");
    // Providers of the tests are on loopback; everything else is refused before it reaches the network.
    let policy = OutboundPolicy::parse(["127.0.0.0/8"]).expect("a network");
    App::start(Parts {
        db,
        clock,
        vault: Vault::new(key, Arc::clone(&entropy)).expect("a vault"),
        entropy,
        hashing: Params::CHEAPEST,
        http: HttpClient::new(policy),
        tenants: tenants(),
        settings: Settings::default(),
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
