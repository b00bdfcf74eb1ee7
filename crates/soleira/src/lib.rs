//! The server: command line, configuration, tenants and their addresses, listeners, and the wiring of the faces.

mod admin;
pub mod cli;
pub mod config;
mod database;
mod error;
mod gates;
mod listen;
mod log;
mod process;
mod router;
mod server;
mod site;
mod vault;

pub use error::StartError;
pub use router::{RouterOptions, router, router_with, routes};

use cli::{AdminCommand, Cli, Command, ConfigCommand};
use std::io::Write;

/// Runs a command. `variables` is the environment.
///
/// # Errors
/// Why it could not be done; the caller says so in one line and exits with a status other than 0.
pub async fn run(cli: Cli, variables: &[(String, String)]) -> Result<(), StartError> {
    match cli.command {
        Some(Command::Version) => {
            say(concat!("soleira ", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
        Some(Command::Config(ConfigCommand::Check)) => {
            let loaded = config::load(&cli.flags, variables)?;
            say(config::report(&loaded).trim_end());
            Ok(())
        }
        Some(Command::Admin(AdminCommand::ResetPassword { username })) => {
            let config = config::load(&cli.flags, variables)?.config;
            admin::reset_password(&config, username).await
        }
        None => {
            let config = config::load(&cli.flags, variables)?.config;
            log::start(&config);
            server::serve(config).await
        }
    }
}

/// Writes to standard output; a reader that went away is no failure.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
