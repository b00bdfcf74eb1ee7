//! The process: everything that outlives a request, made once at start.

use crate::{
    Guards, HashingQueue, RemoteDocuments, RemoteKeys, Scripts, Tenant, audit::AuditBuffer, cache::ConfigCache, jobs,
};
use soleira_connect::HttpClient;
use soleira_core::rules::breached;
use soleira_core::{Clock, Entropy, Secret, TenantId};
use soleira_crypto::{Vault, password::Params};
use soleira_store::Db;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Settings that use cases look at.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Days that audit rows are kept; for ever if absent.
    pub log_retention_days: Option<u32>,
    /// The code that the welcome page asks for; none on loopback.
    pub welcome_code: Option<Secret>,
    /// Passwords that are refused because everybody knows them: the built-in list, and the operator's own.
    pub breached: breached::List,
    /// Seconds that a new signing key is published before it signs, unless its maker says otherwise.
    pub key_rotation_grace: i64,
    /// The keys that a new tenant begins with.
    pub first_keys: FirstKeys,
    /// Names of roles that every new user of the tenants of applications gets besides the default roles.
    pub user_default_role_names: Vec<String>,
    /// Who shows it to `/api/status` learns which tenant answers.
    pub status_api_key: Option<Secret>,
    /// The test doubles and the back door, where the process runs as a sandbox (docs/sandbox.md).
    pub sandbox: Option<Sandbox>,
}

/// Keys that the operator brings along: a tenant that is made begins with them. Of each kind, the first signs and the
/// second only verifies; where there is none, one is made.
#[derive(Debug, Clone, Default)]
pub struct FirstKeys {
    /// Private keys that sign tokens, in PEM.
    pub token: Vec<Secret>,
    /// Keys that sign cookies.
    pub cookie: Vec<Secret>,
}

/// A process that people test their applications with. It is a setting of the process, never of a tenant.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// Where the doubles of senders leave their messages.
    pub message_directory: PathBuf,
}

impl Sandbox {
    /// The passwords that a test can count on being refused as known; all others it may use.
    pub const fn breached() -> breached::List {
        breached::List::exactly(&["123456aA", "test_password"])
    }
}

/// What the process is made of. Tests put a mock clock, seeded entropy and cheap hashes here.
#[derive(Debug)]
pub struct Parts {
    /// The database, open and migrated.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Seals and opens secrets at rest.
    pub vault: Vault,
    /// How passwords are hashed.
    pub hashing: Params,
    /// The way to the outside world.
    pub http: HttpClient,
    /// The tenants that the listeners serve.
    pub tenants: Vec<Tenant>,
    /// Settings.
    pub settings: Settings,
}

/// The process.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Seals and opens secrets at rest.
    pub vault: Vault,
    /// Password hashing.
    pub hashing: HashingQueue,
    /// Scripts of tenants.
    pub scripts: Scripts,
    /// The way to the outside world.
    pub http: HttpClient,
    /// The tenants that the listeners serve.
    pub tenants: Vec<Arc<Tenant>>,
    /// Settings.
    pub settings: Settings,
    /// What is made from configuration.
    pub cache: ConfigCache,
    /// Counters against too many attempts.
    pub guards: Guards,
    /// Keys that clients publish.
    pub remote_keys: RemoteKeys,
    /// What clients publish about themselves.
    pub remote_documents: RemoteDocuments,
    /// Audit rows that wait.
    pub audit: AuditBuffer,
    /// Tasks that shutting down waits for.
    pub tasks: TaskTracker,
    /// Cancelled when shutting down.
    pub stop: CancellationToken,
}

impl App {
    /// Puts the process together and starts its jobs. Needs a tokio runtime.
    pub fn start(parts: Parts) -> Arc<Self> {
        let tasks = TaskTracker::new();
        let app = Arc::new(Self {
            db: parts.db,
            clock: parts.clock,
            entropy: parts.entropy,
            vault: parts.vault,
            hashing: HashingQueue::new(parts.hashing),
            scripts: Scripts::new(parts.http.clone(), tasks.clone()),
            http: parts.http,
            tenants: parts.tenants.into_iter().map(Arc::new).collect(),
            settings: parts.settings,
            cache: ConfigCache::default(),
            guards: Guards::default(),
            remote_keys: RemoteKeys::default(),
            remote_documents: RemoteDocuments::default(),
            audit: AuditBuffer::default(),
            tasks,
            stop: CancellationToken::new(),
        });
        jobs::start(&app);
        app
    }

    /// A tenant by its identifier.
    pub fn tenant(&self, id: &str) -> Option<&Arc<Tenant>> {
        self.tenants.iter().find(|tenant| tenant.id.as_str() == id)
    }

    /// The tenant of the administrators, if this process serves one.
    pub fn admin_tenant(&self) -> Option<&Arc<Tenant>> {
        self.tenant(crate::tenant::ADMIN)
    }

    /// Whether it runs as a sandbox.
    pub fn is_sandbox(&self) -> bool {
        self.settings.sandbox.is_some()
    }

    /// Hashes a password in the tenant's turn, as new hashes are made now (docs/wire/management-api.md, passwords).
    pub async fn hash_password(&self, tenant: &TenantId, password: Secret) -> soleira_core::Result<String> {
        let (params, entropy) = (self.hashing.params, self.entropy.clone());
        self.hashing
            .run(tenant, move || {
                soleira_crypto::password::hash(password.expose(), params, &*entropy)
            })
            .await?
            .map_err(soleira_core::Error::internal)
    }

    /// Ends the jobs, writes what waits and closes the database.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.audit.flush(&self.db).await;
        self.db.close().await;
    }
}
