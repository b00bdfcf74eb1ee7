//! Documents that clients publish about themselves (client ID metadata documents): fetched through the guarded client and
//! kept for as long as they say, within our bounds.

use parking_lot::Mutex;
use soleira_connect::HttpClient;
use soleira_connect::http::Request;
use soleira_core::{Error, Result as CoreResult, TenantId, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::sync::Semaphore;
use url::Url;

/// Documents of a tenant that are remembered; the coldest are forgotten first.
const CAPACITY: usize = 100;
/// How long a document is good, in seconds, whatever it says of itself.
const FRESH_BOUNDS: std::ops::RangeInclusive<i64> = 30..=86_400;
/// Between two fetches from an address that failed, in seconds: whoever names it makes us ask.
const COOLDOWN: i64 = 5;
/// Bytes that a document may have.
const MAX_BYTES: usize = 64 * 1024;
/// How long a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Fetches under way at once, of all tenants.
const FETCHES: usize = 32;

/// Why there is no document. The texts are for the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RemoteDocumentError {
    /// It could not be fetched, now or a moment ago.
    #[error("the document could not be fetched: {0}")]
    Fetch(String),
    /// Too many others are being fetched.
    #[error("too many documents are being fetched")]
    Busy,
    /// Who asks may not make us fetch any more.
    #[error("{0}")]
    NotAdmitted(Error),
}

/// What is known of one address.
#[derive(Debug, Default)]
struct Known {
    body: Option<Arc<[u8]>>,
    fresh_until: Timestamp,
    failure: Option<(Timestamp, String)>,
}

type Slot = Arc<tokio::sync::Mutex<Known>>;
type Slots = quick_cache::unsync::Cache<String, Slot>;

/// The documents of others that this process knows.
pub struct RemoteDocuments {
    tenants: Mutex<HashMap<TenantId, Slots>>,
    fetches: Semaphore,
}

impl std::fmt::Debug for RemoteDocuments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RemoteDocuments")
    }
}

impl Default for RemoteDocuments {
    fn default() -> Self {
        Self {
            tenants: Mutex::default(),
            fetches: Semaphore::new(FETCHES),
        }
    }
}

impl RemoteDocuments {
    /// The document at an address. Of several who need it fetched at once, one does.
    async fn find(
        &self,
        http: &HttpClient,
        tenant: &TenantId,
        address: &Url,
        now: Timestamp,
        admit: impl FnOnce() -> CoreResult<()>,
    ) -> Result<Arc<[u8]>, RemoteDocumentError> {
        let slot = self.slot(tenant, address);
        let mut known = slot.lock().await;
        if now < known.fresh_until
            && let Some(body) = &known.body
        {
            return Ok(Arc::clone(body));
        }
        if let Some((at, failure)) = &known.failure
            && now < at.plus_seconds(COOLDOWN)
        {
            return Err(RemoteDocumentError::Fetch(failure.clone()));
        }
        admit().map_err(RemoteDocumentError::NotAdmitted)?;
        let Ok(_fetching) = self.fetches.try_acquire() else {
            return Err(RemoteDocumentError::Busy);
        };
        match fetch(http, address, now).await {
            Ok((body, fresh_until)) => {
                *known = Known {
                    body: Some(Arc::clone(&body)),
                    fresh_until,
                    failure: None,
                };
                Ok(body)
            }
            Err(failure) => {
                *known = Known {
                    failure: Some((now, failure.clone())),
                    ..Known::default()
                };
                Err(RemoteDocumentError::Fetch(failure))
            }
        }
    }

    fn slot(&self, tenant: &TenantId, address: &Url) -> Slot {
        let mut tenants = self.tenants.lock();
        let slots = tenants.entry(tenant.clone()).or_insert_with(|| Slots::new(CAPACITY));
        if let Some(slot) = slots.get(address.as_str()) {
            return Arc::clone(slot);
        }
        let slot = Slot::default();
        slots.insert(address.as_str().to_owned(), Arc::clone(&slot));
        slot
    }

    fn forget(&self, tenant: &TenantId, address: &Url) {
        if let Some(slots) = self.tenants.lock().get_mut(tenant) {
            slots.remove(address.as_str());
        }
    }
}

async fn fetch(http: &HttpClient, address: &Url, now: Timestamp) -> Result<(Arc<[u8]>, Timestamp), String> {
    let request = Request::get(address.clone())
        .accept_json()
        .timeout(TIMEOUT)
        .max_body(MAX_BYTES);
    let response = http.send(request).await.map_err(|error| error.to_string())?;
    // A redirect is an answer like others: nobody but the address itself speaks for the client.
    if response.status() != 200 {
        return Err(format!("the answer has status {}", response.status()));
    }
    let expires = response.header("expires").and_then(http_date);
    let fresh_until = fresh_until(response.header("cache-control"), expires, now);
    Ok((response.body().into(), fresh_until))
}

/// Until when a document is good that was fetched at `now` (RFC 9111 §4.2.1).
fn fresh_until(cache_control: Option<&str>, expires: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let seconds = cache_control
        .and_then(freshness)
        .or_else(|| expires.map(|expires| expires.since(now) / 1000))
        .unwrap_or_default();
    now.plus_seconds(seconds.clamp(*FRESH_BOUNDS.start(), *FRESH_BOUNDS.end()))
}

/// The lifetime in seconds that a `Cache-Control` header gives; `None` if it gives none.
fn freshness(header: &str) -> Option<i64> {
    let mut lifetime = None;
    for directive in header.split(',').map(|directive| directive.trim().to_ascii_lowercase()) {
        if matches!(directive.as_str(), "no-store" | "no-cache") {
            return Some(0);
        }
        if let Some(seconds) = directive.strip_prefix("max-age=") {
            lifetime = Some(seconds.trim_matches('"').parse().unwrap_or_default());
        }
    }
    lifetime
}

fn http_date(text: &str) -> Option<Timestamp> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp)
}

impl crate::Ctx {
    /// The document that a client publishes at an address. `admit` is asked before it is fetched.
    ///
    /// # Errors
    /// [`RemoteDocumentError`], for the log.
    pub async fn remote_document(
        &self,
        address: &Url,
        admit: impl FnOnce() -> CoreResult<()>,
    ) -> Result<Arc<[u8]>, RemoteDocumentError> {
        let app = &self.app;
        app.remote_documents
            .find(&app.http, &self.tenant.id, address, self.now(), admit)
            .await
    }

    /// Forgets a document that turned out to be unusable: the next request fetches it again.
    pub fn forget_remote_document(&self, address: &Url) {
        self.app.remote_documents.forget(&self.tenant.id, address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_kept_as_long_as_it_says_within_bounds() {
        let now = Timestamp(1_000_000);
        let kept = |header: Option<&str>, expires: Option<i64>| {
            let expires = expires.map(|seconds| now.plus_seconds(seconds));
            fresh_until(header, expires, now).since(now) / 1000
        };
        assert_eq!(kept(None, None), 30);
        assert_eq!(kept(Some("public, max-age=600"), None), 600);
        assert_eq!(kept(Some("Max-Age=\"600\""), Some(5)), 600, "max-age wins over Expires");
        assert_eq!(kept(Some("max-age=600, no-store"), None), 30);
        assert_eq!(kept(Some("no-cache"), Some(600)), 30);
        assert_eq!(kept(Some("max-age=1"), None), 30);
        assert_eq!(kept(Some("max-age=31536000"), None), 86_400);
        assert_eq!(kept(Some("max-age=-1"), None), 30);
        assert_eq!(kept(Some("max-age=nonsense"), None), 30);
        assert_eq!(kept(None, Some(600)), 600);
        assert_eq!(kept(Some("private"), Some(-600)), 30);
        assert_eq!(kept(None, Some(10_000_000)), 86_400);
    }

    #[test]
    fn dates_of_headers_are_read() {
        assert_eq!(
            http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Timestamp(784_111_777_000))
        );
        assert_eq!(http_date("0"), None);
    }

    #[test]
    fn no_more_documents_are_remembered_than_there_is_room_for() {
        let documents = RemoteDocuments::default();
        let tenant = TenantId::from("default");
        for number in 0..1_000 {
            let address = Url::parse(&format!("https://client.example/{number}")).unwrap();
            documents.slot(&tenant, &address);
        }
        assert!(documents.tenants.lock()[&tenant].len() <= CAPACITY);
    }
}
