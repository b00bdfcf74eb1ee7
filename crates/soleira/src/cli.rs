//! The command line.

use crate::config::Layer;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A self-hosted identity platform. Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "soleira", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// Settings given as flags.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Help an administrator
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Print the version
    Version,
}

/// Commands on the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration and print what holds, secrets masked
    Check,
}

/// Commands for administrators.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Give an administrator who is locked out a new password, and end their sessions
    ResetPassword {
        /// The administrator's username; asked for when left out
        username: Option<String>,
    },
}

/// Settings that can be given as flags. They win over the environment and the file.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// The configuration file [default: soleira.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to listen: localhost, 0.0.0.0, :: or an address
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// Port of sign-in and APIs
    #[arg(long, global = true, value_name = "PORT")]
    pub port: Option<String>,
    /// Port of the Console
    #[arg(long, global = true, value_name = "PORT")]
    pub admin_port: Option<String>,
    /// Public address of sign-in and APIs
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Public address of the Console
    #[arg(long, global = true, value_name = "URL")]
    pub admin_endpoint: Option<String>,
    /// The data directory
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub data: Option<String>,
    /// The database: sqlite:<path> or postgres://… (other users of this machine see it; DB_URL they do not)
    #[arg(long, global = true, value_name = "URL")]
    pub db_url: Option<String>,
    /// What to log: error, warn, info, debug, trace
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// How log lines look: text or json
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl Flags {
    /// The flags as a layer of the configuration.
    pub(crate) fn layer(&self) -> Layer {
        Layer::new("flag")
            .with_text("host", self.host.as_deref())
            .with_text("port", self.port.as_deref())
            .with_text("admin_port", self.admin_port.as_deref())
            .with_text("endpoint", self.endpoint.as_deref())
            .with_text("admin_endpoint", self.admin_endpoint.as_deref())
            .with_text("data", self.data.as_deref())
            .with_text("db_url", self.db_url.as_deref())
            .with_text("log.level", self.log_level.as_deref())
            .with_text("log.format", self.log_format.as_deref())
    }
}
