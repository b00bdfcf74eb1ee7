//! Documents that clients publish about themselves (client ID metadata documents): fetched through the guarded client and
//! kept for as long as they say, within our bounds.

use parking_lot::Mutex;
use soleira_connect::HttpClient;
use soleira_connect::http::Request;
use soleira_core::{Clock, Error, Result as CoreResult, TenantId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, UNIX_EPOCH};
use tokio::sync::Semaphore;
use url::Url;

/// Documents of a tenant in use that are remembered; those that were not asked for the longest are forgotten first.
const IN_USE: usize = 75;
/// Documents besides that were read once: whoever comes with an address of their own gets into this room and no further.
const NEWCOMERS: usize = 25;
/// Addresses of a tenant that are left alone because nothing of use was there.
const LEFT_ALONE: usize = 100;
/// How long a document is good, in seconds, whatever it says of itself.
const FRESH_BOUNDS: std::ops::RangeInclusive<i64> = 30..=86_400;
/// How long an address is left alone, in seconds: whoever names it makes us ask.
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

type Body = Arc<[u8]>;
type Cache<T> = quick_cache::unsync::Cache<String, T>;

/// What is known of an address until some time.
#[derive(Debug, Clone)]
struct Known<T> {
    what: T,
    until: Timestamp,
}

/// The addresses that a tenant's clients named.
struct Addresses {
    /// Documents of clients that a person said yes to or that got a token.
    in_use: Cache<Known<Body>>,
    /// Other documents that can be read.
    newcomers: Cache<Known<Body>>,
    /// Documents that cannot be read, and why there was none.
    left_alone: Cache<Known<Result<Body, String>>>,
    /// Whose turn it is to fetch.
    turns: HashMap<String, Weak<tokio::sync::Mutex<()>>>,
}

impl Default for Addresses {
    fn default() -> Self {
        Self {
            in_use: Cache::new(IN_USE),
            newcomers: Cache::new(NEWCOMERS),
            left_alone: Cache::new(LEFT_ALONE),
            turns: HashMap::new(),
        }
    }
}

impl Addresses {
    /// What holds at a time: a document, or that there is none.
    fn known(&self, address: &str, now: Timestamp) -> Option<Result<Body, String>> {
        let document = self.in_use.get(address).or_else(|| self.newcomers.get(address));
        if let Some(document) = document.filter(|known| now < known.until) {
            return Some(Ok(Arc::clone(&document.what)));
        }
        let left_alone = self.left_alone.get(address).filter(|known| now < known.until)?;
        Some(left_alone.what.clone())
    }

    /// A document that can be read. It keeps the place that it has.
    fn keep(&mut self, address: &str, document: Known<Body>) {
        self.left_alone.remove(address);
        let place = if self.in_use.contains_key(address) {
            &mut self.in_use
        } else {
            &mut self.newcomers
        };
        place.insert(address.to_owned(), document);
    }

    /// Nothing of use.
    fn leave_alone(&mut self, address: &str, found: Result<Body, String>, now: Timestamp) {
        self.in_use.remove(address);
        self.newcomers.remove(address);
        let known = Known {
            what: found,
            until: now.plus_seconds(COOLDOWN),
        };
        self.left_alone.insert(address.to_owned(), known);
    }

    fn note_use(&mut self, address: &str) {
        if let Some((address, document)) = self.newcomers.remove(address) {
            self.in_use.insert(address, document);
        }
    }

    fn turn(&mut self, address: &str) -> Arc<tokio::sync::Mutex<()>> {
        if let Some(turn) = self.turns.get(address).and_then(Weak::upgrade) {
            return turn;
        }
        // As many are left as requests are under way.
        self.turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        self.turns.insert(address.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

/// The documents of others that this process knows.
pub struct RemoteDocuments {
    tenants: Mutex<HashMap<TenantId, Addresses>>,
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
    /// What the document at an address is read as. Of several who need it fetched at once, one does.
    async fn find<T, E>(
        &self,
        http: &HttpClient,
        (tenant, address): (&TenantId, &Url),
        clock: &dyn Clock,
        admit: impl FnOnce() -> CoreResult<()>,
        read: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<Result<T, E>, RemoteDocumentError> {
        let name = address.as_str();
        let known = || self.of(tenant, |addresses| addresses.known(name, clock.now()));
        let read_known = |known: Result<Body, String>| match known {
            Ok(body) => Ok(read(&body)),
            Err(failure) => Err(RemoteDocumentError::Fetch(failure)),
        };
        if let Some(known) = known() {
            return read_known(known);
        }
        let turn = self.of(tenant, |addresses| addresses.turn(name));
        let _turn = turn.lock().await;
        // Whoever had the turn before has found it out.
        if let Some(known) = known() {
            return read_known(known);
        }
        admit().map_err(RemoteDocumentError::NotAdmitted)?;
        let Ok(_fetching) = self.fetches.try_acquire() else {
            return Err(RemoteDocumentError::Busy);
        };
        let (body, until) = match fetch(http, address, clock.now()).await {
            Ok(fetched) => fetched,
            Err(failure) => {
                self.of(tenant, |addresses| {
                    // From now on: the fetch itself may have taken as long.
                    addresses.leave_alone(name, Err(failure.clone()), clock.now());
                });
                return Err(RemoteDocumentError::Fetch(failure));
            }
        };
        let document = read(&body);
        self.of(tenant, |addresses| {
            if document.is_ok() {
                addresses.keep(name, Known { what: body, until });
            } else {
                addresses.leave_alone(name, Ok(body), clock.now());
            }
        });
        Ok(document)
    }

    fn of<T>(&self, tenant: &TenantId, act: impl FnOnce(&mut Addresses) -> T) -> T {
        act(self.tenants.lock().entry(tenant.clone()).or_default())
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
    /// What the document that a client publishes at an address is read as. `admit` is asked before it is fetched. One that
    /// cannot be read is not fetched again for a moment.
    ///
    /// # Errors
    /// [`RemoteDocumentError`], for the log; inside, what is wrong with the document.
    pub async fn remote_document<T, E>(
        &self,
        address: &Url,
        admit: impl FnOnce() -> CoreResult<()>,
        read: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<Result<T, E>, RemoteDocumentError> {
        let app = &self.app;
        app.remote_documents
            .find(&app.http, (&self.tenant.id, address), &*app.clock, admit, read)
            .await
    }

    /// Notes that the client of a document is in use: a person said yes to it, or it got a token. Strangers do not make the
    /// document forgotten from now on.
    pub fn note_use_of_document(&self, address: &Url) {
        let documents = &self.app.remote_documents;
        documents.of(&self.tenant.id, |addresses| addresses.note_use(address.as_str()));
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

    const NOW: Timestamp = Timestamp(1_000_000);

    fn document() -> Known<Body> {
        Known {
            what: Arc::from(&b"{}"[..]),
            until: NOW.plus_seconds(600),
        }
    }

    #[test]
    fn strangers_push_out_no_document_in_use() {
        let mut addresses = Addresses::default();
        let used: Vec<String> = (0..IN_USE / 2)
            .map(|number| format!("https://used.example/{number}"))
            .collect();
        for address in &used {
            addresses.keep(address, document());
            addresses.note_use(address);
        }
        for number in 0..1_000 {
            addresses.keep(&format!("https://stranger.example/{number}"), document());
            addresses.leave_alone(&format!("https://nothing.example/{number}"), Err("404".to_owned()), NOW);
        }
        assert!(used.iter().all(|address| addresses.known(address, NOW).is_some()));
        assert!(addresses.in_use.len() + addresses.newcomers.len() <= IN_USE + NEWCOMERS);
        assert!(addresses.newcomers.len() <= NEWCOMERS && addresses.left_alone.len() <= LEFT_ALONE);
    }

    #[test]
    fn nothing_of_use_pushes_out_no_document() {
        let mut addresses = Addresses::default();
        addresses.keep("https://client.example/", document());
        for number in 0..1_000 {
            addresses.leave_alone(&format!("https://nothing.example/{number}"), Ok(document().what), NOW);
        }
        assert!(addresses.known("https://client.example/", NOW).is_some());
    }

    #[test]
    fn an_address_is_left_alone_for_a_moment() {
        let mut addresses = Addresses::default();
        let address = "https://client.example/";
        addresses.keep(address, document());
        addresses.note_use(address);
        // A document that is in use and becomes unreadable is none.
        addresses.leave_alone(address, Err("500".to_owned()), NOW);
        assert_eq!(addresses.known(address, NOW), Some(Err("500".to_owned())));
        assert_eq!(addresses.known(address, NOW.plus_seconds(COOLDOWN)), None);
        addresses.keep(address, document());
        assert_eq!(addresses.known(address, NOW), Some(Ok(document().what)));
    }

    #[test]
    fn a_fresh_document_keeps_its_place() {
        let mut addresses = Addresses::default();
        let address = "https://client.example/";
        addresses.keep(address, document());
        addresses.note_use(address);
        assert_eq!(
            addresses.known(address, NOW.plus_seconds(600)),
            None,
            "it is no longer fresh"
        );
        addresses.keep(address, document());
        assert!(addresses.in_use.contains_key(address) && !addresses.newcomers.contains_key(address));
    }

    #[test]
    fn turns_end_with_those_who_took_them() {
        let mut addresses = Addresses::default();
        let turn = addresses.turn("https://client.example/");
        assert!(Arc::ptr_eq(&turn, &addresses.turn("https://client.example/")));
        drop(turn);
        for number in 0..100 {
            addresses.turn(&format!("https://client.example/{number}"));
        }
        assert_eq!(addresses.turns.len(), 1);
    }
}
