//! The configuration: defaults, `soleira.toml`, the environment and flags, each above the one before, checked whole before
//! anything starts.

mod check;
mod keys;
mod layers;
mod reading;
mod settings;

pub use check::report;

use crate::cli::Flags;
use figment::Figment;
use ipnet::IpNet;
pub(crate) use layers::Layer;
use reading::Reading;
use soleira_connect::OutboundPolicy;
use soleira_core::Secret;
use soleira_runtime::{FirstKeys, Sandbox};
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use url::Url;

/// The file that is read when nothing names another.
const DEFAULT_FILE: &str = "soleira.toml";

/// A setting that cannot stand, said in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    subject: String,
    problem: String,
}

impl ConfigError {
    pub(crate) fn new(subject: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self {
            subject: subject.into(),
            problem: problem.to_string(),
        }
    }

    fn unknown(what: &str, name: &str, nearest: Option<&str>) -> Self {
        let advice = nearest.map_or_else(String::new, |nearest| format!(", did you mean `{nearest}`?"));
        Self::new(format!("unknown {what} `{name}`"), advice)
    }

    fn file(path: &Path, error: &toml::de::Error, text: &str) -> Self {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        // The parser's message may have several lines, with the file's text in them.
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        Self::new(format!("{}, line {line}", path.display()), message)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.problem.starts_with(',') || self.problem.is_empty() {
            write!(f, "{}{}", self.subject, self.problem)
        } else {
            write!(f, "{}: {}", self.subject, self.problem)
        }
    }
}

impl std::error::Error for ConfigError {}

/// Where the server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Loopback, IPv4 and IPv6: nobody from elsewhere gets in.
    Loopback,
    /// One address; `0.0.0.0` and `::` are all of their kind.
    Address(IpAddr),
}

impl Host {
    /// Whether only this machine can connect.
    pub fn is_loopback(self) -> bool {
        match self {
            Self::Loopback => true,
            Self::Address(address) => address.to_canonical().is_loopback(),
        }
    }
}

/// Where the data is kept.
#[derive(Debug, Clone)]
pub enum Database {
    /// In a file of this machine.
    Sqlite(PathBuf),
    /// On a PostgreSQL server.
    Postgres {
        /// The connection string of the pool.
        url: Secret,
        /// The connection string that passes by a pooler, for locks and migrations.
        direct_url: Option<Secret>,
        /// Connections that the pool keeps.
        pool_size: usize,
    },
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Certificate and key of the listeners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, in PEM.
    pub certificate: PathBuf,
    /// The private key, in PEM.
    pub key: PathBuf,
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub host: Host,
    /// The port of tenant `default`.
    pub port: u16,
    /// The port of tenant `admin` and the Console.
    pub admin_port: u16,
    /// The public address of tenant `default`, if it is not `localhost`.
    pub endpoint: Option<Url>,
    /// The public address of tenant `admin`, if it is not `localhost`.
    pub admin_endpoint: Option<Url>,
    /// `localhost` is no address of tenant `default`.
    pub disable_localhost: bool,
    /// `localhost` is no address of tenant `admin`.
    pub admin_disable_localhost: bool,
    /// Further names under which the server answers.
    pub hosts: Vec<String>,
    /// Certificate and key, if the listeners speak https themselves.
    pub tls: Option<TlsFiles>,
    /// Proxies that are believed about their clients; nobody is when empty.
    pub trusted_proxies: Vec<IpNet>,
    /// Connections that a listener holds at once.
    pub max_connections: usize,
    /// The data directory.
    pub data: PathBuf,
    /// The database.
    pub database: Database,
    /// The key-encryption key, in base64.
    pub secret_vault_kek: Option<Secret>,
    /// Keys that a tenant begins with when it is made.
    pub first_keys: FirstKeys,
    /// Seconds that a new signing key is published before it signs, unless its maker says otherwise.
    pub private_key_rotation_grace_period: u32,
    /// A list of breached passwords, a line each, beside the built-in one.
    pub breached_passwords: Option<PathBuf>,
    /// What outbound requests may reach besides the public internet.
    pub outbound_allow: OutboundPolicy,
    /// What is logged, in the syntax of `tracing`'s environment filter.
    pub log_level: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Days that audit rows are kept; for ever if absent.
    pub audit_retention_days: Option<u32>,
    /// Names of roles that every new user gets besides the default roles.
    pub user_default_role_names: Vec<String>,
    /// Who shows it to `/api/status` learns which tenant answers.
    pub status_api_key: Option<Secret>,
    /// The test doubles and the back door, if this run is a sandbox.
    pub sandbox: Option<Sandbox>,
}

/// The configuration with where each value came from.
#[derive(Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    pub(crate) sources: Figment,
}

/// Reads the configuration. `variables` is the environment.
///
/// # Errors
/// The first thing that is wrong, in one line that names the setting and where it was given.
pub fn load(flags: &Flags, variables: &[(String, String)]) -> Result<Loaded, ConfigError> {
    let named = flags.config.clone().or_else(|| {
        let set = variables
            .iter()
            .find(|(name, value)| name == settings::CONFIG_VARIABLE && !value.is_empty());
        set.map(|(_, value)| PathBuf::from(value))
    });
    let mut sources = Figment::from(defaults());
    let path = named.clone().unwrap_or_else(|| DEFAULT_FILE.into());
    match std::fs::read_to_string(&path) {
        Ok(text) => sources = sources.merge(layers::file(&path, &text)?),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(ConfigError::new(format!("cannot read {}", path.display()), error)),
    }
    let sources = sources.merge(layers::environment(variables)?).merge(flags.layer());
    let config = read(&Reading::new(&sources))?;
    Ok(Loaded { config, sources })
}

fn defaults() -> Layer {
    Layer::new("default")
        .with("host", "localhost")
        .with("port", 3001_u16)
        .with("admin_port", 3002_u16)
        .with("disable_localhost", false)
        .with("admin_disable_localhost", false)
        .with("hosts", Vec::<String>::new())
        .with("trust_proxy_header", false)
        .with("trusted_proxies", vec!["127.0.0.0/8", "::1/128"])
        .with("max_connections", 10_000_u32)
        .with("data", "data")
        .with("database_pool_size", 20_u32)
        .with("private_key_rotation_grace_period", 0_u32)
        .with("outbound.allow", Vec::<String>::new())
        .with("log.level", "info")
        .with("log.format", "text")
        .with("sandbox", false)
        .with("mock_connector_message_dir", "/tmp/logto")
}

fn read(reading: &Reading<'_>) -> Result<Config, ConfigError> {
    let tls = tls(reading)?;
    let data = PathBuf::from(reading.text("data")?.unwrap_or_default());
    let trusted = reading.networks("trusted_proxies")?;
    let config = Config {
        host: reading.host("host")?,
        port: reading.port("port")?,
        admin_port: reading.port("admin_port")?,
        endpoint: reading.endpoint("endpoint")?,
        admin_endpoint: reading.endpoint("admin_endpoint")?,
        disable_localhost: reading.flag("disable_localhost")?,
        admin_disable_localhost: reading.flag("admin_disable_localhost")?,
        hosts: reading.names("hosts")?,
        tls,
        trusted_proxies: if reading.flag("trust_proxy_header")? {
            trusted
        } else {
            Vec::new()
        },
        max_connections: reading.number("max_connections", 1, 1_000_000)?.unwrap_or(10_000),
        database: database(reading, &data)?,
        data,
        secret_vault_kek: reading.key("secret_vault_kek")?,
        first_keys: keys::first_keys(reading)?,
        private_key_rotation_grace_period: reading
            .number("private_key_rotation_grace_period", 0, 31_536_000)?
            .unwrap_or_default(),
        breached_passwords: reading.text("breached_passwords")?.map(PathBuf::from),
        outbound_allow: reading.outbound("outbound.allow")?,
        log_level: reading.log_level("log.level")?,
        log_format: match reading.one_of("log.format", &["text", "json"])? {
            1 => LogFormat::Json,
            _ => LogFormat::Text,
        },
        audit_retention_days: reading.number("audit.retention_days", 1, 36_500)?,
        user_default_role_names: reading.list("user_default_role_names")?,
        status_api_key: reading.text("status_api_key")?.map(Secret::new),
        sandbox: reading.flag("sandbox")?.then_some(Sandbox {
            message_directory: reading.text("mock_connector_message_dir")?.unwrap_or_default().into(),
        }),
    };
    if config.port == config.admin_port && config.port != 0 {
        return Err(reading.problem("admin_port", format!("{} is the port of `port` already", config.port)));
    }
    for (disabled, endpoint, key) in [
        (config.disable_localhost, &config.endpoint, "disable_localhost"),
        (
            config.admin_disable_localhost,
            &config.admin_endpoint,
            "admin_disable_localhost",
        ),
    ] {
        if disabled && endpoint.is_none() {
            return Err(reading.problem(key, "without an endpoint, localhost is the only address there is"));
        }
    }
    if config.sandbox.is_some() {
        keep_sandbox_here(reading, &config)?;
    }
    Ok(config)
}

/// Whoever reaches a sandbox administers it: nobody but this machine may.
fn keep_sandbox_here(reading: &Reading<'_>, config: &Config) -> Result<(), ConfigError> {
    let refused = |name: &str, address: &dyn fmt::Display| {
        let problem =
            format!("a sandbox lets everybody in, so that only this machine may reach it, and {name} is {address}");
        Err(reading.problem("sandbox", problem))
    };
    for (name, endpoint) in [
        ("ENDPOINT", &config.endpoint),
        ("ADMIN_ENDPOINT", &config.admin_endpoint),
    ] {
        if let Some(endpoint) = endpoint.as_ref().filter(|endpoint| !is_loopback(endpoint)) {
            return refused(name, endpoint);
        }
    }
    match config.host {
        Host::Address(address) if !config.host.is_loopback() => refused("HOST", &address),
        _ => Ok(()),
    }
}

/// Whether an address leads to this machine, wherever it is opened.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn tls(reading: &Reading<'_>) -> Result<Option<TlsFiles>, ConfigError> {
    match (reading.text("https_cert_path")?, reading.text("https_key_path")?) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles {
            certificate: certificate.into(),
            key: key.into(),
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(reading.problem("https_cert_path", "needs `https_key_path` (HTTPS_KEY_PATH) beside it")),
        (None, Some(_)) => {
            Err(reading.problem("https_key_path", "needs `https_cert_path` (HTTPS_CERT_PATH) beside it"))
        }
    }
}

fn database(reading: &Reading<'_>, data: &Path) -> Result<Database, ConfigError> {
    let Some(url) = reading.text("db_url")? else {
        return Ok(Database::Sqlite(data.join("soleira.db")));
    };
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.trim_start_matches("//");
        if path.is_empty() {
            return Err(reading.problem("db_url", "`sqlite:` needs the path of a file"));
        }
        return Ok(Database::Sqlite(path.into()));
    }
    Ok(Database::Postgres {
        url: reading
            .postgres_url("db_url")?
            .ok_or_else(|| reading.problem("db_url", "it is missing"))?,
        direct_url: reading.postgres_url("db_direct_url")?,
        pool_size: reading.number("database_pool_size", 1, 10_000)?.unwrap_or(20),
    })
}

#[cfg(test)]
mod tests;
