//! Flask apps as black boxes, run by a Python interpreter with the published SDK.

use soleira_testkit::Visitor;
use std::fs::File;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard};

/// Where the tutorial's app is, and where the Console expects it.
pub const ORIGIN: &str = "http://localhost:3000";
const PORT: u16 = 3000;

/// Long enough for a guide that installs its packages first.
const STARTS_WITHIN: Duration = Duration::from_mins(4);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// The apps of another run, or of one that is ending, may still have the port.
const FREE_WITHIN: Duration = Duration::from_mins(2);

/// The tutorial is made for port 3000, so that its apps take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// What the app has to know of its registration.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Where the server is.
    pub endpoint: String,
    /// The App ID.
    pub app_id: String,
    /// The App secret.
    pub app_secret: String,
}

/// A running app. Dropped, it ends.
#[derive(Debug)]
pub struct FlaskApp {
    process: Child,
    output: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl FlaskApp {
    /// Runs `app.py` of a directory, configured as its README says. Waits for its turn on port 3000.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(python: &Path, directory: &Path, output: &Path, registration: &Registration) -> Self {
        let mut command = Command::new(python);
        command
            .args([
                "-m",
                "flask",
                "--app",
                "app",
                "run",
                "--host",
                "localhost",
                "--port",
                "3000",
            ])
            .env_clear()
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AUTH_ENDPOINT", &registration.endpoint)
            .env("AUTH_APP_ID", &registration.app_id)
            .env("AUTH_APP_SECRET", &registration.app_secret)
            .env("FLASK_SECRET_KEY", "signs the cookies of one test");
        Self::run(command, directory, output).await
    }

    /// Runs a command that starts an app on port 3000.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn run(mut command: Command, directory: &Path, output: &Path) -> Self {
        let turn = TURN.lock().await;
        let deadline = Instant::now() + FREE_WITHIN;
        while listens() {
            assert!(
                Instant::now() < deadline,
                "port {PORT}, which the tutorial's app is made for, is taken by another program"
            );
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
        let file = File::create(output).expect("a file for the app's output");
        // A group of its own: a shell that ran the app is ended together with it.
        let process = command
            .process_group(0)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a file can be written twice"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut app = Self {
            process,
            output: output.to_path_buf(),
            _turn: turn,
        };
        app.answers().await;
        app
    }

    /// What it has printed: its requests, and where it failed.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    async fn answers(&mut self) {
        let deadline = Instant::now() + STARTS_WITHIN;
        while !listens() {
            let ended = self.process.try_wait().expect("a process of ours");
            assert!(ended.is_none(), "the app ended with {ended:?}:\n{}", self.output());
            assert!(Instant::now() < deadline, "the app does not answer:\n{}", self.output());
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
        Visitor::new(ORIGIN).get("/").await.expect(200).expect_text("Sign in");
    }
}

/// Whether anybody listens on the port.
fn listens() -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).is_ok()
}

impl Drop for FlaskApp {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}
