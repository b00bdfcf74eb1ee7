//! The key-encryption key: given as `SECRET_VAULT_KEK`, or, with SQLite, kept in the data directory.

use crate::config::{Config, Database};
use crate::error::StartError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use soleira_core::Entropy;
use soleira_crypto::Vault;
use soleira_store::{Db, Verdict, installation, unit};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// The vault under the configured key. SQLite's first start makes a key; a database that lost its key is not given a new
/// one, since nothing sealed in it could be read again.
pub(crate) fn open(config: &Config, entropy: &Arc<dyn Entropy>) -> Result<Vault, StartError> {
    let key = match (&config.secret_vault_kek, &config.database) {
        (Some(key), _) => key.expose().to_owned(),
        (None, Database::Sqlite(database)) => kept_key(&config.data, database, &**entropy)?,
        (None, Database::Postgres { .. }) => {
            return Err(StartError::Key(
                "SECRET_VAULT_KEK is required with PostgreSQL: 32 bytes in base64, the same on every node \
                 (make one with `openssl rand -base64 32`)"
                    .to_owned(),
            ));
        }
    };
    let key = Vault::parse_kek(&key).map_err(|error| StartError::Key(format!("{}: {error}", place(config))))?;
    Vault::new(key, Arc::clone(entropy)).map_err(|error| StartError::Key(error.to_string()))
}

/// Refuses a key that is not the one this database was sealed with; the first key of a database becomes its own.
pub(crate) async fn verify(config: &Config, vault: &Vault, db: &Db) -> Result<(), StartError> {
    let check = vault.check_value().into_bytes();
    let claimed = db
        .write(unit(check, |check, tx| {
            Box::pin(async move {
                Ok(Verdict::Accept(
                    installation::claim(tx, installation::KEK_CHECK, check).await?,
                ))
            })
        }))
        .await
        .map_err(soleira_core::Error::from)?;
    let Verdict::Accept(stored) = claimed else {
        return Ok(());
    };
    vault
        .verify_check_value(&String::from_utf8_lossy(&stored))
        .map_err(|error| StartError::Key(format!("{}: {error}", place(config))))
}

fn place(config: &Config) -> String {
    match config.secret_vault_kek {
        Some(_) => "SECRET_VAULT_KEK".to_owned(),
        None => config.data.join(KEY_FILE).display().to_string(),
    }
}

const KEY_FILE: &str = "soleira.key";

fn kept_key(data: &Path, database: &Path, entropy: &dyn Entropy) -> Result<String, StartError> {
    let path = data.join(KEY_FILE);
    let failed = |cause: io::Error| StartError::Data {
        path: data.to_owned(),
        cause,
    };
    match fs::read_to_string(&path) {
        Ok(key) => return Ok(key),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(StartError::Key(format!("cannot read {}: {error}", path.display())));
        }
        Err(_) => {}
    }
    if database.exists() {
        return Err(StartError::Key(format!(
            "{} is missing, and the database {} was sealed with it: put it back, or give it as SECRET_VAULT_KEK",
            path.display(),
            database.display()
        )));
    }
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    let key = STANDARD.encode(bytes);
    let mut file = private(OpenOptions::new().write(true).create_new(true))
        .open(&path)
        .map_err(failed)?;
    file.write_all(format!("{key}\n").as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(key)
}

/// Only the owner may read what is created so.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes the data directory, readable to its owner only, and sees that it can be written to.
pub(crate) fn prepare(data: &Path) -> Result<(), StartError> {
    let failed = |cause: io::Error| StartError::Data {
        path: data.to_owned(),
        cause,
    };
    if !data.is_dir() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(data).map_err(failed)?;
    }
    let probe = data.join(".writable");
    private(OpenOptions::new().write(true).create(true).truncate(true))
        .open(&probe)
        .map_err(failed)?;
    fs::remove_file(&probe).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_crypto::SystemEntropy;

    #[test]
    fn the_first_start_makes_a_key_that_only_its_owner_reads() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("deep/data");
        prepare(&data).unwrap();
        let database = data.join("soleira.db");
        let made = kept_key(&data, &database, &SystemEntropy).unwrap();
        assert!(Vault::parse_kek(&made).is_ok());
        assert_eq!(kept_key(&data, &database, &SystemEntropy).unwrap().trim(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&data.join(KEY_FILE)), 0o600);
            assert_eq!(mode(&data), 0o700);
        }
    }

    #[test]
    fn a_database_that_lost_its_key_gets_no_new_one() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("soleira.db");
        fs::write(&database, "").unwrap();
        let error = kept_key(directory.path(), &database, &SystemEntropy).unwrap_err();
        assert!(error.line().contains("is missing, and the database"));
        assert!(!directory.path().join(KEY_FILE).exists());
    }
}
