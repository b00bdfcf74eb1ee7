//! The context of a use case: who asks, of which tenant, and what it works with: the database, the clock, the audit
//! trail, caches, guards, queues for hashing and scripts, and background jobs. No HTTP and no protocol here.

pub mod app;
pub mod audit;
pub mod cache;
mod cookie;
pub mod ctx;
pub mod guard;
pub mod hashing;
pub mod jobs;
pub mod remote_documents;
pub mod remote_keys;
pub mod scripts;
pub mod tenant;
mod turns;
mod usage;

pub use app::{App, FirstKeys, Parts, Sandbox, Settings};
pub use audit::{AuditEntry, AuditResult};
pub use cookie::CookieChange;
pub use ctx::{Actor, Ctx, RequestInfo};
pub use guard::Guards;
pub use hashing::HashingQueue;
pub use remote_documents::{RemoteDocumentError, RemoteDocuments};
pub use remote_keys::{RemoteKeyError, RemoteKeys};
pub use scripts::Scripts;
pub use tenant::Tenant;
