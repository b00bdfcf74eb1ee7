//! A tenant as requests see it: resolved once by the listener, so that every URL comes from configuration and none
//! from a `Host` header.

use soleira_core::TenantId;
use url::{Origin, Url};

/// Identifier of the tenant that administrators and their Console live in.
pub const ADMIN: &str = "admin";
/// Identifier of the tenant that a new installation starts with.
pub const DEFAULT: &str = "default";

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier.
    pub id: TenantId,
    /// The public address, without a path.
    pub endpoint: Url,
    /// Every address under which its pages may be asked for, the endpoint first.
    pub origins: Vec<Url>,
    /// The issuer of its tokens (OpenID Connect Discovery 1.0 §3).
    pub issuer: String,
    /// Whether another tenant answers under the same host name. Cookies ignore ports: its cookies need names of their own.
    pub shares_host: bool,
}

impl Tenant {
    /// A tenant at an endpoint, reachable at further origins too.
    pub fn new(id: impl Into<TenantId>, endpoint: Url, others: impl IntoIterator<Item = Url>) -> Self {
        let issuer = format!("{}/oidc", endpoint.origin().ascii_serialization());
        let mut origins = vec![endpoint.clone()];
        for other in others {
            if origins.iter().all(|known| known.origin() != other.origin()) {
                origins.push(other);
            }
        }
        Self {
            id: id.into(),
            endpoint,
            origins,
            issuer,
            shares_host: false,
        }
    }

    /// Whether it is the tenant of the administrators.
    pub fn is_admin(&self) -> bool {
        self.id.as_str() == ADMIN
    }

    /// Whether browsers reach it over TLS; decides `Secure` of its cookies.
    pub fn is_secure(&self) -> bool {
        self.endpoint.scheme() == "https"
    }

    /// The endpoint's origin as text, without a trailing slash.
    pub fn origin(&self) -> String {
        self.endpoint.origin().ascii_serialization()
    }

    /// An address of this tenant: `tenant.url("/oidc/auth")`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Whether this is one of its own origins.
    pub fn has_origin(&self, origin: &Origin) -> bool {
        self.origins.iter().any(|url| url.origin() == *origin)
    }

    /// The resource indicator of its Management API: constant text, whatever the endpoint (docs/wire/management-api.md).
    pub fn management_api(&self) -> String {
        management_api(&self.id)
    }
}

/// The resource indicator of a tenant's Management API.
pub fn management_api(tenant: &TenantId) -> String {
    format!("https://{tenant}.logto.app/api")
}
