//! The server as a program: started, asked, killed.

use crate::database::TestDatabase;
use crate::visitor::Visitor;
use soleira_store::Engine;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a start may take, on a busy machine with a debug build.
const STARTS_WITHIN: Duration = Duration::from_secs(30);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// A running server with a database and a directory of its own. It may reach loopback and trusts the
/// [`document_site`](crate::document_site)s of tests. Dropped, it is killed.
#[derive(Debug)]
pub struct ServerProcess {
    binary: PathBuf,
    directory: TempDir,
    database: TestDatabase,
    port: u16,
    admin_port: u16,
    process: Child,
}

impl ServerProcess {
    /// Starts the program on an empty database and free ports. It may reach providers on loopback.
    /// `None` where the machine lacks the engine.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(binary: impl AsRef<Path>, engine: Engine) -> Option<Self> {
        Some(Self::start_on(binary, TestDatabase::empty(engine).await?).await)
    }

    /// Starts the program on a database that holds something already.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_on(binary: impl AsRef<Path>, database: TestDatabase) -> Self {
        let directory = TempDir::with_prefix("soleira-server-").expect("a directory for a server");
        let binary = binary.as_ref().to_path_buf();
        let (port, admin_port) = (free_port(), free_port());
        let process = spawn(&binary, &directory, &database, port, admin_port);
        let mut server = Self {
            binary,
            directory,
            database,
            port,
            admin_port,
            process,
        };
        server.answers().await;
        server
    }

    /// Where applications find it, such as `http://localhost:3001`.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Where administrators find it, such as `http://localhost:3002`.
    pub fn admin_origin(&self) -> String {
        format!("http://localhost:{}", self.admin_port)
    }

    /// The address of the Console.
    pub fn console(&self) -> String {
        format!("{}/console", self.admin_origin())
    }

    /// A visitor of the sign-in pages and APIs.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(&self.origin())
    }

    /// A visitor of the Console.
    pub fn administrator(&self) -> Visitor {
        Visitor::new(&self.admin_origin())
    }

    /// Kills it as `kill -9` does: it gets no chance to finish anything.
    pub fn kill(&mut self) {
        self.process.kill().expect("a process of ours");
        self.process.wait().expect("a process of ours");
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_again(&mut self) {
        self.process = spawn(
            &self.binary,
            &self.directory,
            &self.database,
            self.port,
            self.admin_port,
        );
        self.answers().await;
    }

    /// What it has written to standard output and standard error.
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("output")).unwrap_or_default()
    }

    /// The lines of the log that tell of faults of ours.
    pub fn errors(&self) -> Vec<String> {
        self.output()
            .lines()
            .filter(|line| line.contains("ERROR") || line.contains("panicked at"))
            .map(str::to_owned)
            .collect()
    }

    async fn answers(&mut self) {
        let deadline = Instant::now() + STARTS_WITHIN;
        loop {
            let listening = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
                .await
                .is_ok();
            if listening && self.visitor().get("/api/status").await.status() == 204 {
                return;
            }
            let ended = self.process.try_wait().expect("a process of ours");
            assert!(ended.is_none(), "the server ended with {ended:?}:\n{}", self.output());
            assert!(
                Instant::now() < deadline,
                "the server does not answer:\n{}",
                self.output()
            );
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(binary: &Path, directory: &TempDir, database: &TestDatabase, port: u16, admin_port: u16) -> Child {
    let output = std::fs::File::options()
        .create(true)
        .append(true)
        .open(directory.path().join("output"))
        .expect("a file for the server's output");
    let errors = output.try_clone().expect("a file can be written twice");
    Command::new(binary)
        .current_dir(directory.path())
        .env_clear()
        .env("PORT", port.to_string())
        .env("ADMIN_PORT", admin_port.to_string())
        .env("DB_URL", database.url())
        .env("SECRET_VAULT_KEK", crate::KEK)
        .env("SOLEIRA_OUTBOUND_ALLOW", "127.0.0.0/8")
        .env("SSL_CERT_FILE", crate::document_site::certificate_file())
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", binary.display()))
}

/// A port that nobody listens on now, on either kind of loopback address.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound address").port()
}
