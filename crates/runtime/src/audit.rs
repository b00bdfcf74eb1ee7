//! The audit trail: rows that join a unit's transaction, or that wait in a bounded buffer for the next batch. Counters of
//! use wait with them.
//!
//! A crash can lose what waits: at most 250 ms of issuances that write nothing else, and of counting (docs/operations.md).

use crate::Ctx;
use crate::usage::{Counted, Counters};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use soleira_core::{ApplicationId, EntropyExt, Error, TenantId, Timestamp, UserId};
use soleira_store::{
    Db, Tx, Unit, Verdict,
    logs::{self, LogRow},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

/// Rows that may wait. Whoever comes when it is full writes the batch itself.
const CAPACITY: usize = 4096;
/// How long a row waits at most.
pub const WINDOW: Duration = Duration::from_millis(250);
/// So many rows do not wait longer: written in one go, they would hold the writer and a core for long.
const MANY: usize = 128;

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditResult {
    /// It worked.
    Success,
    /// It was refused or failed.
    Error,
}

/// Something worth remembering. Keys are those of the wire: docs/wire/management-api.md, audit logs.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    key: String,
    result: AuditResult,
    user: Option<UserId>,
    application: Option<ApplicationId>,
    extra: Map<String, Value>,
}

impl AuditEntry {
    /// Something that worked.
    pub fn success(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            result: AuditResult::Success,
            user: None,
            application: None,
            extra: Map::new(),
        }
    }

    /// Something that was refused or failed.
    pub fn failure(key: impl Into<String>, error: &Error) -> Self {
        let mut entry = Self::success(key);
        entry.result = AuditResult::Error;
        entry.with("error", json!({ "code": error.code().as_str(), "data": error.data() }))
    }

    /// Something that the protocol refused, by its OAuth error.
    pub fn oauth_failure(key: impl Into<String>, error: &str, description: &str) -> Self {
        let mut entry = Self::success(key);
        entry.result = AuditResult::Error;
        entry.with(
            "error",
            json!({ "code": format!("oidc.{error}"), "message": description }),
        )
    }

    /// The user that it is about.
    #[must_use]
    pub fn user(mut self, user: &UserId) -> Self {
        self.user = Some(user.clone());
        self
    }

    /// The application that it is about.
    #[must_use]
    pub fn application(mut self, application: &ApplicationId) -> Self {
        self.application = Some(application.clone());
        self
    }

    /// A further member of the payload. Secrets are masked by the names of members.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.extra.insert(name.to_owned(), value);
        self
    }

    /// The row, with where it came from. Its identifier and time are made here.
    pub fn into_row(self, ctx: &Ctx) -> LogRow {
        let now = ctx.now();
        let mut payload = Map::new();
        payload.insert("key".into(), self.key.clone().into());
        let result = match self.result {
            AuditResult::Success => "Success",
            AuditResult::Error => "Error",
        };
        payload.insert("result".into(), result.into());
        if let Some(ip) = ctx.request.ip {
            payload.insert("ip".into(), ip.to_string().into());
        }
        if let Some(agent) = &ctx.request.user_agent {
            payload.insert("userAgent".into(), agent.clone().into());
        }
        if let Some(user) = &self.user {
            payload.insert("userId".into(), user.as_str().into());
        }
        if let Some(application) = &self.application {
            // The identifier of a client that presents a metadata document is an address.
            let is_document = application.as_str().starts_with("https://");
            let name = if is_document { "cimdClientId" } else { "applicationId" };
            payload.insert(name.into(), application.as_str().into());
        }
        let mut extra = Value::Object(self.extra);
        mask(&mut extra);
        if let Value::Object(extra) = extra {
            payload.extend(extra);
        }
        LogRow {
            tenant_id: ctx.tenant.id.clone(),
            id: ctx.entropy().timely_id(now),
            key: self.key,
            payload: Value::Object(payload).to_string(),
            user_id: self.user.map(|id| id.0),
            application_id: self.application.map(|id| id.0),
            created_at: now,
        }
    }
}

/// Masks what must not be kept: members whose name speaks of a secret. Drops scripts and U+0000.
fn mask(value: &mut Value) {
    const PARTS: [&str; 6] = ["secret", "password", "apikey", "privatekey", "credential", "cookie"];
    match value {
        Value::Object(members) => members.retain(|name, member| {
            let lower = name.to_lowercase();
            if lower.starts_with("script") || lower.ends_with("script") || lower.contains("environmentvariables") {
                return false;
            }
            let kept = matches!(name.as_str(), "passwordVerified" | "hasPassword");
            let secret =
                PARTS.iter().any(|part| lower.contains(part)) || lower.ends_with("token") || lower == "authorization";
            if secret && !kept {
                *member = "******".into();
            } else {
                mask(member);
            }
            true
        }),
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', ""),
        _ => {}
    }
}

/// Rows that wait for the next batch, and counters of use.
#[derive(Debug, Default)]
pub struct AuditBuffer {
    waiting: Mutex<Vec<LogRow>>,
    counters: Counters,
    /// One batch at a time, so that rows keep their order and a flush waits for the batch before it.
    writing: tokio::sync::Mutex<()>,
    arrived: Notify,
    /// [`MANY`] rows wait.
    crowded: Notify,
}

struct Batch {
    rows: Arc<Vec<LogRow>>,
    counted: Arc<Counted>,
}

impl Unit for Batch {
    type Out = ();
    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        logs::insert_all(tx, &self.rows).await?;
        self.counted.write(tx).await?;
        Ok(Verdict::Accept(()))
    }
}

impl AuditBuffer {
    /// Adds a row.
    pub(crate) fn push(&self, row: LogRow) {
        let rows = {
            let mut waiting = self.waiting.lock();
            waiting.push(row);
            waiting.len()
        };
        self.arrived.notify_one();
        if rows == MANY {
            self.crowded.notify_one();
        }
    }

    /// Counts an access token of a person, who is active with it.
    pub(crate) fn count_user(&self, tenant: &TenantId, user: &UserId, now: Timestamp) {
        self.counters.count_user(tenant, user, now);
        self.arrived.notify_one();
    }

    /// Counts an access token of a machine.
    pub(crate) fn count_machine(&self, tenant: &TenantId, now: Timestamp) {
        self.counters.count_machine(tenant, now);
        self.arrived.notify_one();
    }

    /// Writes what waits if the buffer is full: whoever fills it slows down.
    pub(crate) async fn relieve(&self, db: &Db) {
        let rows = self.waiting.lock().len();
        if rows + self.counters.waiting() >= CAPACITY {
            self.flush(db).await;
        }
    }

    /// Writes what waits. Rows that cannot be written wait for the next time, the oldest dropped beyond capacity.
    pub async fn flush(&self, db: &Db) {
        let _turn = self.writing.lock().await;
        let rows = Arc::new(std::mem::take(&mut *self.waiting.lock()));
        let counted = Arc::new(self.counters.take());
        if rows.is_empty() && counted.is_empty() {
            return;
        }
        let batch = Batch {
            rows: rows.clone(),
            counted: counted.clone(),
        };
        if let Err(error) = db.write(batch).await {
            self.counters.give_back(&counted);
            tracing::error!(%error, rows = rows.len(), "audit rows could not be written");
            let mut waiting = self.waiting.lock();
            let room = CAPACITY.saturating_sub(waiting.len());
            let skip = rows.len().saturating_sub(room);
            waiting.splice(0..0, rows[skip..].iter().cloned());
            return;
        }
        self.counters.written(&counted);
    }

    /// Writes batches until cancelled, and once more then.
    pub(crate) async fn run(&self, db: &Db, stop: tokio_util::sync::CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.arrived.notified() => {}
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(WINDOW) => {}
                () = self.crowded.notified() => {}
            }
            self.flush(db).await;
        }
        self.flush(db).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_by_name_at_any_depth() {
        let mut value = json!({
            "params": {"client_secret": "s", "refresh_token": "t", "grant_type": "refresh_token", "list": [{"password": "p"}]},
            "hasPassword": true, "script": "x", "name": "a\0b"
        });
        mask(&mut value);
        assert_eq!(
            value,
            json!({
                "params": {"client_secret": "******", "refresh_token": "******", "grant_type": "refresh_token", "list": [{"password": "******"}]},
                "hasPassword": true, "name": "ab"
            })
        );
    }
}
