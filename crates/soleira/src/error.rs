//! Why the server does not start, in one line for whoever runs it.

use crate::config::ConfigError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot stand.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory cannot be used.
    #[error("cannot use the data directory {}: {cause} (SOLEIRA_DATA names another)", path.display())]
    Data {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Nobody can listen at an address now.
    #[error("cannot listen on {address}: {} ({setting} names another port)", listen_cause(cause))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The setting of its port.
        setting: &'static str,
        /// What the system says.
        cause: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("cannot use {}: {cause}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The key-encryption key is missing, unreadable, or another one than the database's.
    #[error("{0}")]
    Key(String),
    /// The database cannot be opened.
    #[error("cannot open the database {place}: {cause}")]
    Database {
        /// Which one, without its password.
        place: String,
        /// What is wrong.
        cause: soleira_store::Error,
    },
    /// What a command asked for cannot be done.
    #[error("{0}")]
    Refused(String),
    /// A use case failed while starting.
    #[error("cannot start: {0}")]
    Internal(#[from] soleira_core::Error),
    /// The system refused something that no setting changes.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

fn listen_cause(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::AddrInUse => "another program is using the port".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not use the port".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have the address".to_owned(),
        _ => cause.to_string(),
    }
}

impl StartError {
    /// The message as one line, whatever a library put into it.
    pub fn line(&self) -> String {
        self.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
