//! The addresses of the tenants: what the configuration says, or localhost.

use crate::config::{Config, Host};
use soleira_runtime::{Tenant, tenant};
use url::Url;

/// The tenants of this server at their addresses. `port` and `admin_port` are those that were bound.
pub(crate) fn tenants(config: &Config, port: u16, admin_port: u16) -> Vec<Tenant> {
    let default = Address {
        configured: config.endpoint.as_ref(),
        localhost: !config.disable_localhost,
        port,
    };
    let admin = Address {
        configured: config.admin_endpoint.as_ref(),
        localhost: !config.admin_disable_localhost,
        port: admin_port,
    };
    let mut tenants: Vec<Tenant> = [(tenant::DEFAULT, default), (tenant::ADMIN, admin)]
        .into_iter()
        .filter_map(|(id, address)| address.tenant(id, config))
        .collect();
    let hosts: Vec<Vec<String>> = tenants.iter().map(host_names).collect();
    for (index, tenant) in tenants.iter_mut().enumerate() {
        let mut others = hosts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .flat_map(|(_, names)| names);
        tenant.shares_host = others.any(|name| hosts[index].contains(name));
    }
    tenants
}

fn host_names(tenant: &Tenant) -> Vec<String> {
    tenant
        .origins
        .iter()
        .filter_map(|origin| origin.host_str().map(str::to_owned))
        .collect()
}

struct Address<'a> {
    configured: Option<&'a Url>,
    localhost: bool,
    port: u16,
}

impl Address<'_> {
    fn tenant(&self, id: &str, config: &Config) -> Option<Tenant> {
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        // Who listens on one address is not reached under `localhost`.
        let (name, reachable) = match config.host {
            Host::Address(address) if !address.is_unspecified() && !address.is_loopback() => match address {
                std::net::IpAddr::V4(address) => (address.to_string(), true),
                std::net::IpAddr::V6(address) => (format!("[{address}]"), true),
            },
            _ => ("localhost".to_owned(), self.localhost),
        };
        let local = Url::parse(&format!("{scheme}://{name}:{}", self.port)).ok()?;
        Some(match self.configured {
            Some(endpoint) => Tenant::new(id, endpoint.clone(), reachable.then_some(local)),
            None => Tenant::new(id, local, None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Flags;
    use crate::config::load;

    fn site(environment: &[(&str, &str)]) -> Vec<Tenant> {
        let variables: Vec<(String, String)> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let config = load(&Flags::default(), &variables).unwrap().config;
        tenants(&config, config.port, config.admin_port)
    }

    #[test]
    fn without_endpoints_both_tenants_are_on_localhost_and_share_it() {
        let tenants = site(&[]);
        assert_eq!(tenants[0].origin(), "http://localhost:3001");
        assert_eq!(tenants[1].origin(), "http://localhost:3002");
        assert_eq!(tenants[1].issuer, "http://localhost:3002/oidc");
        assert!(tenants.iter().all(|tenant| tenant.shares_host));
    }

    #[test]
    fn endpoints_come_first_and_localhost_still_answers() {
        let tenants = site(&[
            ("ENDPOINT", "https://auth.example.com/"),
            ("ADMIN_ENDPOINT", "https://console.example.com"),
        ]);
        assert_eq!(tenants[0].issuer, "https://auth.example.com/oidc");
        assert_eq!(tenants[0].origins.len(), 2);
        assert!(tenants[0].is_secure());
        let alone = site(&[
            ("ENDPOINT", "https://auth.example.com"),
            ("DISABLE_LOCALHOST", "true"),
            ("ADMIN_ENDPOINT", "https://console.example.com"),
        ]);
        assert_eq!(alone[0].origins.len(), 1);
        assert!(!alone[0].shares_host);
    }

    #[test]
    fn a_server_on_one_address_is_reached_there() {
        assert_eq!(site(&[("HOST", "192.0.2.7")])[0].origin(), "http://192.0.2.7:3001");
        assert_eq!(site(&[("HOST", "0.0.0.0")])[0].origin(), "http://localhost:3001");
    }
}
