//! The built program under measurement: started as an operator starts it, on ports of its own.

use crate::{fixtures::KEK, http::Connection};
use std::{
    error::Error,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The port of tenant `default`.
pub const PORT: u16 = 13_001;
/// The port of tenant `admin`.
pub const ADMIN_PORT: u16 = 13_002;

/// How often a start is asked whether it is done: seldom enough not to take the processor from it.
const GLANCE: Duration = Duration::from_micros(500);

/// A running server; it ends with the value.
#[derive(Debug)]
pub struct Server(Child);

impl Server {
    /// Starts the program and waits for its first answer; how long that took.
    ///
    /// # Errors
    /// When it ends instead.
    pub fn start(program: &Path, data: &Path, database: Option<&str>) -> Result<(Self, Duration), Box<dyn Error>> {
        let begun = Instant::now();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PORT", PORT.to_string())
            .env("ADMIN_PORT", ADMIN_PORT.to_string())
            .env("SOLEIRA_DATA", data)
            .env("SOLEIRA_LOG", "warn")
            .env("SECRET_VAULT_KEK", KEK)
            .stdout(Stdio::null())
            .current_dir(data);
        if let Some(url) = database {
            command.env("DB_URL", url);
        }
        let mut child = command.spawn()?;
        loop {
            if let Ok(mut connection) = Connection::open(PORT)
                && connection
                    .send("GET", "/api/status", "", "")
                    .is_ok_and(|answer| answer.status == 204)
            {
                return Ok((Self(child), begun.elapsed()));
            }
            if let Some(status) = child.try_wait()? {
                return Err(format!("the server ended: {status}").into());
            }
            #[expect(clippy::disallowed_methods, reason = "nothing else runs in this thread")]
            std::thread::sleep(GLANCE);
        }
    }

    /// Its process.
    pub fn pid(&self) -> String {
        self.0.id().to_string()
    }

    /// Ends it as an operator does, and waits for that.
    ///
    /// # Errors
    /// When there is no program `kill`.
    pub fn stop(mut self) -> Result<(), Box<dyn Error>> {
        Command::new("kill").arg(self.pid()).status()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
