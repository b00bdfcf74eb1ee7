//! The database of the configuration: opened, migrated, and held to its key.

use crate::config::{Config, Database};
use crate::error::StartError;
use crate::vault;
use soleira_core::Entropy;
use soleira_crypto::Vault;
use soleira_store::Db;
use soleira_store::db::PostgresOptions;
use std::sync::Arc;
use url::Url;

/// The database and the vault that opens what is sealed in it.
pub(crate) struct Opened {
    pub(crate) db: Db,
    pub(crate) vault: Vault,
}

/// Opens the database, making and migrating it where needed.
pub(crate) async fn open(config: &Config, entropy: &Arc<dyn Entropy>) -> Result<Opened, StartError> {
    if let Database::Sqlite(path) = &config.database {
        vault::prepare(&config.data)?;
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            vault::prepare(directory)?;
        }
    }
    let vault = vault::open(config, entropy)?;
    let opened = match &config.database {
        Database::Sqlite(path) => Db::open_sqlite(path).await,
        Database::Postgres {
            url,
            direct_url,
            pool_size,
        } => {
            let options = PostgresOptions {
                direct_url: direct_url.clone(),
                pool_size: *pool_size,
                ..PostgresOptions::new(url.clone())
            };
            Db::open_postgres(&options).await
        }
    };
    let db = opened.map_err(|cause| StartError::Database {
        place: place(&config.database),
        cause,
    })?;
    match vault::verify(config, &vault, &db).await {
        Ok(()) => Ok(Opened { db, vault }),
        Err(error) => {
            db.close().await;
            Err(error)
        }
    }
}

/// Which database, without its password.
fn place(database: &Database) -> String {
    match database {
        Database::Sqlite(path) => path.display().to_string(),
        Database::Postgres { url, .. } => {
            let Ok(url) = Url::parse(url.expose()) else {
                return "on PostgreSQL".to_owned();
            };
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("postgres://{}{port}{}", url.host_str().unwrap_or_default(), url.path())
        }
    }
}
