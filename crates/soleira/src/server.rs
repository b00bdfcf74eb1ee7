//! Serving: everything is made in the order in which it can fail, and ended in the opposite one.

use crate::config::{Config, LogFormat, is_loopback};
use crate::error::StartError;
use crate::listen::{self, Listeners, Service};
use crate::router::{RouterOptions, router_with};
use crate::{process, say, site};
use soleira_core::{Entropy, EntropyExt, Secret};
use soleira_crypto::SystemEntropy;
use soleira_runtime::{App, Ctx, Tenant};
use soleira_web::TrustedProxies;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long shutting down waits for requests: as long as a request may take.
const DRAIN_LIMIT: Duration = Duration::from_secs(125);

/// Serves until a signal ends it.
pub(crate) async fn serve(config: Config) -> Result<(), StartError> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    if config.sandbox.is_some() {
        tracing::warn!(
            "this server is a sandbox, for tests: whoever reaches it administers it, and codes are written to files; start \
             it without SOLEIRA_SANDBOX (and INTEGRATION_TEST) to serve people"
        );
    }
    let tls = config.tls.as_ref().map(listen::tls).transpose()?;
    // Bound first: what comes in from now on waits until the server is ready, and a taken port stops before a migration.
    let listeners = Listeners::bind(config.host, config.port, "PORT").await?;
    let admin_listeners = Listeners::bind(config.host, config.admin_port, "ADMIN_PORT").await?;
    let tenants = site::tenants(&config, listeners.port, admin_listeners.port);
    let welcome_code = needs_welcome_code(&config, &tenants).then(|| welcome_code(&*entropy));
    let app = process::start(&config, entropy, tenants, welcome_code).await?;
    let outcome = run(&config, &app, tls, listeners, admin_listeners).await;
    app.shut_down().await;
    outcome
}

async fn run(
    config: &Config,
    app: &Arc<App>,
    tls: Option<tokio_rustls::TlsAcceptor>,
    listeners: Listeners,
    admin_listeners: Listeners,
) -> Result<(), StartError> {
    let signals = Signals::new()?;
    let drain = CancellationToken::new();
    let connections = TaskTracker::new();
    let options = RouterOptions {
        proxies: TrustedProxies::new(config.trusted_proxies.clone()),
        hosts: config.hosts.clone(),
    };
    let sides = [
        (soleira_runtime::tenant::DEFAULT, listeners),
        (soleira_runtime::tenant::ADMIN, admin_listeners),
    ];
    for (id, listeners) in sides {
        let Some(tenant) = app.tenant(id) else { continue };
        let service = Service {
            router: router_with(Arc::clone(app), Arc::clone(tenant), options.clone()),
            tls: tls.clone(),
            limit: Arc::new(Semaphore::new(config.max_connections)),
            drain: drain.clone(),
            connections: connections.clone(),
        };
        service.listen(listeners);
    }
    announce(config, app).await?;
    signals.wait().await;
    tracing::info!("shutting down; requests in flight are finished first");
    drain.cancel();
    connections.close();
    tokio::select! {
        () = connections.wait() => {}
        () = tokio::time::sleep(DRAIN_LIMIT) => tracing::warn!("some requests did not end in time"),
        () = signals.wait() => tracing::warn!("a second signal: requests in flight are cut off"),
    }
    Ok(())
}

/// Tells where everything is, the Console first.
async fn announce(config: &Config, app: &Arc<App>) -> Result<(), StartError> {
    let url = |id: &str, path: &str| app.tenant(id).map(|tenant| tenant.url(path)).unwrap_or_default();
    let console = url(soleira_runtime::tenant::ADMIN, "/console");
    let sign_in = url(soleira_runtime::tenant::DEFAULT, "");
    let health = url(soleira_runtime::tenant::DEFAULT, "/api/status");
    // Once there is an administrator, the code opens nothing.
    let code = match (&app.settings.welcome_code, app.admin_tenant()) {
        (Some(code), Some(admin)) => {
            let ctx = Ctx::system(Arc::clone(app), Arc::clone(admin));
            (!soleira_directory::operators::exists(&ctx).await?).then(|| code.expose())
        }
        _ => None,
    };
    match config.log_format {
        LogFormat::Text => {
            say(&format!("Console   {console}\nSign-in   {sign_in}\nHealth    {health}"));
            if let Some(code) = code {
                say(&format!("Welcome code for the first administrator: {code}"));
            }
        }
        LogFormat::Json => {
            tracing::info!(console, sign_in, health, "serving");
            if let Some(code) = code {
                tracing::info!(code, "welcome code for the first administrator");
            }
        }
    }
    Ok(())
}

/// Whether the welcome page asks for a code: it does as soon as somebody from elsewhere may see it.
fn needs_welcome_code(config: &Config, tenants: &[Tenant]) -> bool {
    let admin_is_local = tenants
        .iter()
        .filter(|tenant| tenant.is_admin())
        .all(|tenant| is_loopback(&tenant.endpoint));
    !(config.host.is_loopback() && admin_is_local && config.trusted_proxies.is_empty())
}

/// Twelve characters that cannot be taken for one another, in threes: 60 bits.
fn welcome_code(entropy: &dyn Entropy) -> Secret {
    let characters = entropy.string(b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 12);
    let groups: Vec<&str> = [0, 4, 8]
        .iter()
        .filter_map(|start| characters.get(*start..start + 4))
        .collect();
    groups.join("-").into()
}

/// The signals that end the server.
struct Signals {
    #[cfg(unix)]
    received: tokio::sync::Mutex<[tokio::signal::unix::Signal; 2]>,
}

impl Signals {
    /// Listens from now on, so that a signal during the start is not lost.
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let received = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
        Ok(Self {
            received: tokio::sync::Mutex::new(received),
        })
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(unix)]
    async fn wait(&self) {
        let mut received = self.received.lock().await;
        let [terminate, interrupt] = &mut *received;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn wait(&self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Flags;

    fn needs(environment: &[(&str, &str)]) -> bool {
        let variables: Vec<(String, String)> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let config = crate::config::load(&Flags::default(), &variables).unwrap().config;
        needs_welcome_code(&config, &site::tenants(&config, 3001, 3002))
    }

    #[test]
    fn the_welcome_page_asks_for_a_code_unless_only_this_machine_sees_it() {
        assert!(!needs(&[]));
        assert!(!needs(&[("HOST", "127.0.0.1")]));
        assert!(needs(&[("HOST", "0.0.0.0")]));
        assert!(needs(&[("ADMIN_ENDPOINT", "https://console.example.com")]));
        assert!(needs(&[("TRUST_PROXY_HEADER", "1")]));
    }

    #[test]
    fn a_welcome_code_can_be_read_aloud() {
        let code = welcome_code(&SystemEntropy);
        assert_eq!(code.expose().len(), 14);
        assert!(
            code.expose()
                .bytes()
                .all(|byte| byte == b'-' || (byte.is_ascii_alphanumeric() && !b"01IO".contains(&byte)))
        );
    }
}
