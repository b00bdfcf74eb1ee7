//! One call of a use case: the process, the tenant, who asks, and the request that it came with.

use crate::{App, AuditEntry, Tenant};
use soleira_core::{ApplicationId, Entropy, Error, Result, Timestamp, UserId};
use soleira_store::{Reader, Tx, Unit, Verdict, db::BoxFuture};
use std::{net::IpAddr, sync::Arc};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody known: a browser at the sign-in pages, a client before it authenticated.
    Anonymous,
    /// A person who signed in at this tenant.
    User(UserId),
    /// A client that authenticated.
    Client(ApplicationId),
    /// The Management API's caller, a machine of this tenant or of the admin tenant.
    ManagementApplication(ApplicationId),
    /// The Management API's caller, an operator with a token of the admin tenant.
    ManagementUser(UserId),
    /// An operator in the Console: a user of the admin tenant, whose role was checked at this request.
    Operator(UserId),
    /// The server itself: seeds, jobs, the command line.
    System,
}

impl Actor {
    /// Whether it may administer the tenant.
    pub fn administers(&self) -> bool {
        matches!(
            self,
            Self::ManagementApplication(_) | Self::ManagementUser(_) | Self::Operator(_) | Self::System
        )
    }

    /// Who it is, for the history of changes.
    pub fn name(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::User(id) => format!("user:{id}"),
            Self::Client(id) => format!("client:{id}"),
            Self::ManagementApplication(id) => format!("application:{id}"),
            Self::ManagementUser(id) | Self::Operator(id) => format!("operator:{id}"),
            Self::System => "system".into(),
        }
    }
}

/// What is known of the request.
#[derive(Debug, Clone, Default)]
pub struct RequestInfo {
    /// Sent back as `Logto-Core-Request-Id`, and in every log line.
    pub id: String,
    /// The client's address, forwarded headers of trusted proxies taken into account.
    pub ip: Option<IpAddr>,
    /// The `User-Agent` header, cut to 512 characters.
    pub user_agent: Option<String>,
    /// The `Accept-Language` header.
    pub accept_language: Option<String>,
}

/// The context of a use case. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// The process.
    pub app: Arc<App>,
    /// The tenant that was asked.
    pub tenant: Arc<Tenant>,
    /// Who asks.
    pub actor: Actor,
    /// The request.
    pub request: Arc<RequestInfo>,
}

impl Ctx {
    /// A context of the server itself.
    pub fn system(app: Arc<App>, tenant: Arc<Tenant>) -> Self {
        Self {
            app,
            tenant,
            actor: Actor::System,
            request: Arc::default(),
        }
    }

    /// The same call, by someone else.
    pub fn by(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    /// The same call, of another tenant.
    pub fn of(&self, tenant: Arc<Tenant>) -> Self {
        Self { tenant, ..self.clone() }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.app.entropy
    }

    /// A connection for point reads: `ctx.read().await?.tx()`.
    pub async fn read(&self) -> Result<Reader> {
        Ok(self.app.db.read().await?)
    }

    /// A list or a search, off the request threads where the engine blocks.
    pub async fn list<C, T>(
        &self,
        needs: C,
        run: for<'a, 'c> fn(&'a C, &'a mut Tx<'c>) -> BoxFuture<'a, soleira_store::Result<T>>,
    ) -> Result<T>
    where
        C: Send + Sync + 'static,
        T: Send + 'static,
    {
        Ok(self.app.db.list(needs, run).await?)
    }

    /// Runs a write unit: its acceptance, or its refusal as an error (what it wrote stays), or an error (rolled back).
    pub async fn write<U: Unit>(&self, unit: U) -> Result<U::Out> {
        match self.app.db.write(unit).await? {
            Verdict::Accept(outcome) => Ok(outcome),
            Verdict::Refuse(error) => Err(error),
        }
    }

    /// Runs a write unit that changes configuration: caches of this tenant become stale with its commit, on all nodes.
    pub async fn write_config<U: Unit>(&self, unit: U) -> Result<U::Out> {
        let outcome = self
            .write(Bumping {
                tenant: self.tenant.id.clone(),
                unit,
            })
            .await;
        self.app.cache.changed(&self.tenant.id);
        outcome
    }

    /// Writes an audit row with the next batch: at once in the buffer, durable within 250 ms. Where the use case writes
    /// anyway, [`Ctx::audit_in`] joins its transaction instead.
    pub async fn audit(&self, entry: AuditEntry) {
        let row = entry.into_row(self);
        self.app.audit.push(row);
        self.app.audit.relieve(&self.app.db).await;
    }

    /// Writes an audit row inside a unit. The unit may run again: the row's identifier is made when the entry is
    /// prepared, by [`AuditEntry::into_row`].
    pub async fn audit_in(tx: &mut Tx<'_>, row: &soleira_store::logs::LogRow) -> soleira_store::Result<()> {
        soleira_store::logs::insert(tx, row).await
    }

    /// Counts an access token that was issued to a person, who is active with it. Written with the next batch.
    pub fn count_user_token(&self, user: &UserId) {
        self.app.audit.count_user(&self.tenant.id, user, self.now());
    }

    /// Counts an access token that was issued to a machine. Written with the next batch.
    pub fn count_machine_token(&self) {
        self.app.audit.count_machine(&self.tenant.id, self.now());
    }

    /// Refuses unless the actor may administer the tenant.
    pub fn require_administrator(&self) -> Result<()> {
        if self.actor.administers() {
            Ok(())
        } else {
            Err(Error::new(soleira_core::Code::AuthForbidden))
        }
    }
}

struct Bumping<U> {
    tenant: soleira_core::TenantId,
    unit: U,
}

impl<U: Unit> Unit for Bumping<U> {
    type Out = U::Out;
    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<U::Out>> {
        let verdict = self.unit.run(tx).await?;
        soleira_store::tenants::bump_config_version(tx, &self.tenant).await?;
        Ok(verdict)
    }
}
