//! Commands for an administrator who cannot get in.

use crate::config::Config;
use crate::error::StartError;
use crate::{process, say, site};
use soleira_core::{Code, EntropyExt, Secret};
use soleira_crypto::SystemEntropy;
use soleira_runtime::{App, Ctx};
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;

/// Gives an administrator a new password, prints it once, and ends their sessions. `identifier` is a username or an e-mail
/// address, asked for when absent.
pub(crate) async fn reset_password(config: &Config, identifier: Option<String>) -> Result<(), StartError> {
    let identifier = identifier.map_or_else(ask, Ok)?;
    let tenants = site::tenants(config, config.port, config.admin_port);
    let app = process::start(config, Arc::new(SystemEntropy), tenants, None).await?;
    let outcome = reset(&app, &identifier).await;
    app.shut_down().await;
    let (name, password) = outcome?;
    say(&format!("The new password of {name}: {}", password.expose()));
    say("It is not shown again. All sessions of this administrator have ended.");
    Ok(())
}

async fn reset(app: &Arc<App>, identifier: &str) -> Result<(String, Secret), StartError> {
    let admin = app
        .admin_tenant()
        .ok_or_else(|| StartError::Refused("there is no admin tenant".to_owned()))?;
    let ctx = Ctx::system(Arc::clone(app), Arc::clone(admin));
    // 20 characters that cannot be taken for one another: 116 bits.
    let password = Secret::new(
        ctx.entropy()
            .string(b"23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", 20),
    );
    match soleira_directory::operators::reset_password(&ctx, identifier, password.clone()).await {
        Ok(user) => Ok((user.username.unwrap_or_else(|| identifier.to_owned()), password)),
        Err(error) if error.code() == Code::UserUserNotExist => Err(StartError::Refused(format!(
            "there is no administrator named `{identifier}`"
        ))),
        Err(error) => Err(error.into()),
    }
}

fn ask() -> Result<String, StartError> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(StartError::Refused(
            "whose password? Give the username: soleira admin reset-password <username>".to_owned(),
        ));
    }
    let mut stdout = io::stdout();
    stdout.write_all(b"Username or e-mail address of the administrator: ")?;
    stdout.flush()?;
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    match line.trim() {
        "" => Err(StartError::Refused("no username was given".to_owned())),
        name => Ok(name.to_owned()),
    }
}
