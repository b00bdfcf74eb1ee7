//! The process from its configuration: what serving and the commands on the database share.

use crate::config::{Config, ConfigError};
use crate::database::{self, Opened};
use crate::error::StartError;
use soleira_connect::HttpClient;
use soleira_core::rules::breached;
use soleira_core::{Entropy, Secret, SystemClock};
use soleira_crypto::password;
use soleira_runtime::{App, Parts, Sandbox, Settings, Tenant};
use std::sync::Arc;

/// Opens the database and starts the process, on a database that has its tenants.
pub(crate) async fn start(
    config: &Config,
    entropy: Arc<dyn Entropy>,
    tenants: Vec<Tenant>,
    welcome_code: Option<Secret>,
) -> Result<Arc<App>, StartError> {
    let breached = breached_passwords(config)?;
    let outbound = config.outbound_allow.clone();
    let outbound = match &config.sandbox {
        Some(_) => outbound.and_loopback(),
        None => outbound,
    };
    let Opened { db, vault } = database::open(config, &entropy).await?;
    let app = App::start(Parts {
        db,
        clock: Arc::new(SystemClock),
        entropy,
        vault,
        hashing: password::Params::LOGTO,
        http: HttpClient::new(outbound),
        tenants,
        settings: Settings {
            log_retention_days: config.audit_retention_days,
            key_rotation_grace: config.private_key_rotation_grace_period.into(),
            first_keys: config.first_keys.clone(),
            welcome_code,
            breached,
            user_default_role_names: config.user_default_role_names.clone(),
            status_api_key: config.status_api_key.clone(),
            sandbox: config.sandbox.clone(),
        },
    });
    match soleira_directory::tenants::seed(&app).await {
        Ok(()) => Ok(app),
        Err(error) => {
            app.shut_down().await;
            Err(error.into())
        }
    }
}

fn breached_passwords(config: &Config) -> Result<breached::List, StartError> {
    if config.sandbox.is_some() {
        return Ok(Sandbox::breached());
    }
    let Some(path) = &config.breached_passwords else {
        return Ok(breached::List::default());
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigError::new(
            "`breached_passwords`",
            format!("cannot read {}: {error}", path.display()),
        )
    })?;
    Ok(breached::List::with(text.lines()))
}
