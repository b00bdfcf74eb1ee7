//! From names to addresses: once, and only to those that may be reached.

use super::{HttpError, OutboundPolicy};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// Addresses to come.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Where addresses of host names come from. It need not care which of them may be reached.
pub trait Resolve: Send + Sync + std::fmt::Debug {
    /// The addresses of a host name, the preferred first.
    fn resolve(&self, host: &str) -> Resolving;
}

/// The resolver of the operating system, hosts file included.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> Resolving {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Stands between the client and the resolver: the client connects to what this returns and to nothing else.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    policy: Arc<OutboundPolicy>,
    resolver: Arc<dyn Resolve>,
}

impl GuardedResolver {
    pub(super) fn new(policy: Arc<OutboundPolicy>, resolver: Arc<dyn Resolve>) -> Self {
        Self { policy, resolver }
    }
}

impl reqwest::dns::Resolve for GuardedResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let host = name.as_str().to_owned();
        let resolving = self.resolver.resolve(&host);
        let policy = self.policy.clone();
        Box::pin(async move {
            let found = resolving.await.map_err(|error| HttpError::Dns {
                host: host.clone(),
                reason: error.to_string(),
            })?;
            let permitted: Vec<SocketAddr> = found
                .iter()
                .filter(|address| policy.permits(&host, **address))
                .map(|address| SocketAddr::new(*address, 0))
                .collect();
            if permitted.is_empty() {
                return Err(match found.first() {
                    Some(address) => HttpError::Refused {
                        host,
                        address: Some(*address),
                    },
                    None => HttpError::Dns {
                        host,
                        reason: "it has no address".to_owned(),
                    },
                }
                .into());
            }
            Ok(Box::new(permitted.into_iter()) as reqwest::dns::Addrs)
        })
    }
}
