//! Keys that clients publish at an address of theirs (`jwks_uri`): fetched through the guarded client, kept for a while,
//! and fetched again when a token names a key that is not among them.

use parking_lot::Mutex;
use soleira_connect::{HttpClient, Request};
use soleira_core::{TenantId, Timestamp};
use soleira_crypto::{Header, JwkSet, VerifyingKeys};
use std::sync::Arc;
use url::Url;

/// Addresses that are remembered; the coldest are forgotten first.
const CAPACITY: usize = 1_000;
/// How long fetched keys are good, in seconds, unless their answer says otherwise.
const FRESH: i64 = 600;
/// What an answer may say, in seconds (`Cache-Control: max-age`, RFC 9111 §5.2.2.1).
const FRESH_BOUNDS: std::ops::RangeInclusive<i64> = 60..=3_600;
/// How long keys are good when they cannot be fetched again, in seconds from when they were.
const USABLE: i64 = 3_600;
/// Between two fetches from one address, in seconds, whoever asks for whatever key.
const COOLDOWN: i64 = 10;
/// Bytes that a key set may have.
const MAX_BYTES: usize = 64 * 1024;
/// Keys that a set may have.
const MAX_KEYS: usize = 100;

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteKeyError {
    /// The address cannot be requested.
    #[error("the address of the keys is not a URL")]
    Address,
    /// The keys could not be fetched, now or a moment ago.
    #[error("the keys could not be fetched: {0}")]
    Fetch(String),
    /// There are keys, and none that the header fits.
    #[error("none of the published keys fits the header")]
    UnknownKey,
}

/// What is known of one address.
#[derive(Debug, Default)]
struct Known {
    keys: VerifyingKeys,
    fetched_at: Option<Timestamp>,
    fresh_until: Option<Timestamp>,
    tried_at: Option<Timestamp>,
    failure: Option<String>,
}

#[derive(Debug, Default)]
struct Slot {
    known: Mutex<Known>,
    /// Held while the keys are fetched. Who finds a key that is known does not wait for it.
    fetching: tokio::sync::Mutex<()>,
}

/// The keys of others that this process knows.
pub struct RemoteKeys(Mutex<quick_cache::unsync::Cache<(TenantId, String), Arc<Slot>>>);

impl std::fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RemoteKeys")
    }
}

impl Default for RemoteKeys {
    fn default() -> Self {
        Self(Mutex::new(quick_cache::unsync::Cache::new(CAPACITY)))
    }
}

impl RemoteKeys {
    /// The keys of an address that a token's header may mean, at least one. Of several who need a fetch at once, one
    /// makes it.
    ///
    /// # Errors
    /// [`RemoteKeyError`], for the log.
    pub(crate) async fn find(
        &self,
        http: &HttpClient,
        tenant: &TenantId,
        address: &str,
        header: &Header,
        now: Timestamp,
    ) -> Result<VerifyingKeys, RemoteKeyError> {
        let url = Url::parse(address).map_err(|_| RemoteKeyError::Address)?;
        let slot = self.slot(tenant, address);
        if let Some(keys) = slot.fresh(header, now) {
            return Ok(keys);
        }
        let _turn = slot.fetching.lock().await;
        // Whoever had the turn before may have fetched it.
        if let Some(keys) = slot.fresh(header, now) {
            return Ok(keys);
        }
        if slot.may_try(now) {
            let outcome = fetch(http, url).await;
            slot.known.lock().learn(outcome, now);
        }
        let known = slot.known.lock();
        if known.fetched_at.is_some_and(|at| now < at.plus_seconds(USABLE)) && known.keys.find(header).is_some() {
            return Ok(known.keys.matching(header));
        }
        Err(known
            .failure
            .clone()
            .map_or(RemoteKeyError::UnknownKey, RemoteKeyError::Fetch))
    }

    fn slot(&self, tenant: &TenantId, address: &str) -> Arc<Slot> {
        let mut slots = self.0.lock();
        let key = (tenant.clone(), address.to_owned());
        if let Some(slot) = slots.get(&key) {
            return slot.clone();
        }
        let slot = Arc::<Slot>::default();
        slots.insert(key, slot.clone());
        slot
    }
}

impl Slot {
    /// The keys that a header may mean, if they are known and fresh.
    fn fresh(&self, header: &Header, now: Timestamp) -> Option<VerifyingKeys> {
        let known = self.known.lock();
        let is_fresh = known.fresh_until.is_some_and(|until| now < until);
        (is_fresh && known.keys.find(header).is_some()).then(|| known.keys.matching(header))
    }

    /// Whether it is time for a fetch; the try counts from now.
    fn may_try(&self, now: Timestamp) -> bool {
        let mut known = self.known.lock();
        let may = known.tried_at.is_none_or(|at| now >= at.plus_seconds(COOLDOWN));
        if may {
            known.tried_at = Some(now);
        }
        may
    }
}

impl Known {
    /// Keeps what a fetch brought. After a failed one the keys from before stay.
    fn learn(&mut self, outcome: Result<(VerifyingKeys, i64), String>, now: Timestamp) {
        match outcome {
            Ok((keys, age)) => {
                self.keys = keys;
                self.fetched_at = Some(now);
                self.fresh_until = Some(now.plus_seconds(age));
                self.failure = None;
            }
            Err(failure) => self.failure = Some(failure),
        }
    }
}

/// The keys of an address, and how long they are good, in seconds.
async fn fetch(http: &HttpClient, url: Url) -> Result<(VerifyingKeys, i64), String> {
    let request = Request::get(url).accept_json().max_body(MAX_BYTES);
    let response = http.send(request).await.map_err(|error| error.to_string())?;
    if response.status() != 200 {
        return Err(format!("the answer has status {}", response.status()));
    }
    let mut set: JwkSet = response.json().map_err(|error| format!("no key set: {error}"))?;
    set.keys.truncate(MAX_KEYS);
    let age = response.header("cache-control").and_then(max_age).unwrap_or(FRESH);
    let age = age.clamp(*FRESH_BOUNDS.start(), *FRESH_BOUNDS.end());
    Ok((VerifyingKeys::from_jwks(&set), age))
}

/// The `max-age` of a `Cache-Control` header, in seconds; 0 where the answer is not to be kept.
fn max_age(header: &str) -> Option<i64> {
    let mut directives = header.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    directives.find_map(|directive| match directive.as_str() {
        "no-store" | "no-cache" => Some(0),
        other => other.strip_prefix("max-age=")?.trim_matches('"').parse().ok(),
    })
}

impl crate::Ctx {
    /// The keys that a token's header may mean, at least one, of those that a client of this tenant publishes at an
    /// address.
    ///
    /// # Errors
    /// [`RemoteKeyError`], for the log.
    pub async fn remote_keys(&self, address: &str, header: &Header) -> Result<VerifyingKeys, RemoteKeyError> {
        let app = &self.app;
        app.remote_keys
            .find(&app.http, &self.tenant.id, address, header, self.now())
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::max_age;

    #[test]
    fn the_age_of_an_answer_is_read() {
        assert_eq!(max_age("public, max-age=120"), Some(120));
        assert_eq!(max_age("Max-Age=\"5\""), Some(5));
        assert_eq!(max_age("no-store"), Some(0));
        assert_eq!(max_age("public"), None);
        assert_eq!(max_age("max-age=soon"), None);
    }
}
