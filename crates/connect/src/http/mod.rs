//! The one HTTP client of the house.
//!
//! A name is resolved once and the connection goes to an address that was just checked, so that no second answer of a
//! name server can lead elsewhere (DNS rebinding). Private and special addresses are refused unless `outbound.allow`
//! names them. No proxy variables, no redirects, no cookies; time and size are capped.

mod policy;
mod request;
mod resolve;
mod tls;

pub use policy::{OutboundPolicy, PolicyError};
pub use request::{Request, Response};
pub use resolve::{Resolve, Resolving, SystemResolver};

use resolve::GuardedResolver;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::timeout_at;
use url::{Host, Url};

/// How long a request may take in all, from the resolution of the name to the last byte, unless it says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// How large a response body may be, in bytes, unless the request says otherwise.
pub const DEFAULT_MAX_BODY: usize = 1024 * 1024;

const USER_AGENT: &str = concat!("Soleira/", env!("CARGO_PKG_VERSION"));
/// Kept connections serve the next request of the same sign-in; an idle server keeps none.
const IDLE_CONNECTION: Duration = Duration::from_secs(10);

/// Why a request has no response. The texts are for administrators and the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address to connect to is not one that a request may reach.
    #[error(
        "refused to connect to {host}{}: it is a private or special address; name it in the setting \
         `outbound.allow` if it is meant", at(address.as_ref())
    )]
    Refused {
        /// The host as the URL names it.
        host: String,
        /// The address that the host resolved to, where it is not the host itself.
        address: Option<IpAddr>,
    },
    /// The URL is not one that can be requested.
    #[error("not an http or https URL without user information: {0}")]
    Url(String),
    /// The name of the host has no address.
    #[error("the host name {host} could not be resolved: {reason}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// No connection, no TLS session, or the connection broke.
    #[error("no answer from {host}: {reason}")]
    Connection {
        /// The host as the URL names it.
        host: String,
        /// What went wrong.
        reason: String,
    },
    /// The time was up before the response was complete.
    #[error("{host} did not answer in time")]
    Timeout {
        /// The host as the URL names it.
        host: String,
    },
    /// The body is larger than the request allows.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The host as the URL names it.
        host: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A header of the request cannot be sent.
    #[error("the header {0} cannot be sent")]
    Header(String),
    /// The method is none that can be sent.
    #[error("the method {0} cannot be sent")]
    Method(String),
    /// The client itself cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}

fn at(address: Option<&IpAddr>) -> String {
    address.map(|address| format!(" ({address})")).unwrap_or_default()
}

/// The guarded client. Clones share one connection pool, which is made at the first request.
#[derive(Debug, Clone)]
pub struct HttpClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    policy: Arc<OutboundPolicy>,
    resolver: Arc<dyn Resolve>,
    /// Certificates to trust besides the roots, in DER.
    trusted: Vec<Vec<u8>>,
    client: OnceLock<Result<reqwest::Client, HttpError>>,
}

impl HttpClient {
    /// A client that resolves names with the operating system.
    pub fn new(policy: OutboundPolicy) -> Self {
        Self::with_resolver(policy, Arc::new(SystemResolver))
    }

    /// A client that resolves names with `resolver`.
    pub fn with_resolver(policy: OutboundPolicy, resolver: Arc<dyn Resolve>) -> Self {
        Self::made_of(policy, resolver, Vec::new())
    }

    /// A client that trusts these certificates (in DER) besides the usual roots: for hosts of a test.
    pub fn trusting(policy: OutboundPolicy, certificates: Vec<Vec<u8>>) -> Self {
        Self::made_of(policy, Arc::new(SystemResolver), certificates)
    }

    fn made_of(policy: OutboundPolicy, resolver: Arc<dyn Resolve>, trusted: Vec<Vec<u8>>) -> Self {
        Self(Arc::new(Inner {
            policy: Arc::new(policy),
            resolver,
            trusted,
            client: OnceLock::new(),
        }))
    }

    /// What this client may reach.
    pub fn policy(&self) -> &OutboundPolicy {
        &self.0.policy
    }

    /// Sends a request and reads the whole response. Redirects are responses like others, and so are error statuses.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let host = self.check(&request.url)?;
        let client = self.client()?;
        timeout_at(request.deadline, exchange(client, &host, request))
            .await
            .unwrap_or(Err(HttpError::Timeout { host }))
    }

    /// Whether the URL may be requested at all, and its host as text. Where the host is an address it is checked here
    /// (the resolver never sees it); the parser has already read every spelling of it, decimal, octal and hexadecimal.
    fn check(&self, url: &Url) -> Result<String, HttpError> {
        let invalid = || HttpError::Url(without_user_information(url));
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            return Err(invalid());
        }
        let address = match url.host().ok_or_else(invalid)? {
            Host::Domain(name) => return Ok(name.to_owned()),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        let host = address.to_string();
        if self.0.policy.permits(&host, address) {
            Ok(host)
        } else {
            Err(HttpError::Refused { host, address: None })
        }
    }

    fn client(&self) -> Result<&reqwest::Client, HttpError> {
        self.0
            .client
            .get_or_init(|| {
                let resolver = GuardedResolver::new(self.0.policy.clone(), self.0.resolver.clone());
                reqwest::Client::builder()
                    .user_agent(USER_AGENT)
                    .tls_backend_preconfigured(tls::client_config(&self.0.trusted)?)
                    .dns_resolver(Arc::new(resolver))
                    .no_proxy()
                    .redirect(reqwest::redirect::Policy::none())
                    .referer(false)
                    .retry(reqwest::retry::never())
                    .pool_idle_timeout(IDLE_CONNECTION)
                    .pool_max_idle_per_host(2)
                    .build()
                    .map_err(|error| HttpError::Setup(chain(&error)))
            })
            .as_ref()
            .map_err(Clone::clone)
    }
}

async fn exchange(client: &reqwest::Client, host: &str, request: Request) -> Result<Response, HttpError> {
    let limit = request.max_body;
    let mut builder = client.request(request.method, request.url).headers(request.headers);
    if let Some(body) = request.body {
        builder = builder.body(body);
    }
    let mut response = builder.send().await.map_err(|error| explain(&error, host))?;
    let too_large = || HttpError::TooLarge {
        host: host.to_owned(),
        limit,
    };
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error, host))? {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

/// Finds our own errors, which the resolver raised, inside of the client's.
fn explain(error: &reqwest::Error, host: &str) -> HttpError {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(ours) = cause.downcast_ref::<HttpError>() {
            return ours.clone();
        }
        source = cause.source();
    }
    if error.is_timeout() {
        return HttpError::Timeout { host: host.to_owned() };
    }
    HttpError::Connection {
        host: host.to_owned(),
        reason: chain(error),
    }
}

/// The causes of an error without the URL, which may carry a code or a token.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    if text.is_empty() {
        "the request failed".to_owned()
    } else {
        text
    }
}

fn without_user_information(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{}://{host}:{port}", url.scheme()),
        (Some(host), None) => format!("{}://{host}", url.scheme()),
        (None, _) => format!("{}:", url.scheme()),
    }
}

#[cfg(test)]
mod tests;
