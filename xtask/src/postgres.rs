//! A private PostgreSQL cluster for the tests: made for one run, on loopback, gone afterwards.

use crate::command::{find, is_root, program, run_quietly};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Who owns the cluster inside the database.
const SUPERUSER: &str = "soleira";
const START_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// The directory of the newest PostgreSQL's server programs, where Debian puts them or where `PATH` finds them.
pub(crate) fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, directory)| directory.join("initdb").is_file() && directory.join("postgres").is_file())
        .collect();
    installed.sort();
    installed
        .pop()
        .map(|(_, directory)| directory)
        .or_else(|| Some(find("initdb")?.parent()?.to_path_buf()))
}

/// A running cluster; dropped, it stops and its files go.
pub(crate) struct Cluster {
    server: Child,
    directory: PathBuf,
    url: String,
}

impl Cluster {
    /// Makes a cluster and waits until it answers.
    ///
    /// Its files lie in the directory for temporary files: a build directory may be below a home directory that the
    /// server's user cannot enter. Nothing survives, so nothing is synced to disk.
    pub(crate) fn start() -> Result<Self, String> {
        let programs = programs().ok_or("PostgreSQL's server programs were not found")?;
        let user = ServerUser::choose()?;
        let directory = std::env::temp_dir().join(format!("soleira-postgres-{}", std::process::id()));
        let data = directory.join("data");
        let log = directory.join("log");
        let password = random_password()?;
        let port = free_port()?;

        std::fs::create_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        let prepared = user.prepare(&directory, &password).and_then(|password_file| {
            let mut initdb = user.command(&programs.join("initdb"));
            initdb.arg("--pgdata").arg(&data).arg("--pwfile").arg(&password_file);
            initdb.args([
                "--username",
                SUPERUSER,
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]);
            // The password travels over loopback only, and a slow exchange at each connection would slow every test.
            initdb.args(["--auth-host=password", "--auth-local=reject"]);
            run_quietly(initdb.current_dir(&directory))
        });
        if let Err(reason) = prepared {
            let _ = std::fs::remove_dir_all(&directory);
            return Err(reason);
        }

        let mut postgres = user.command(&programs.join("postgres"));
        postgres.arg("-D").arg(&data).current_dir(&directory);
        for setting in [
            "listen_addresses=127.0.0.1",
            &format!("port={port}"),
            "unix_socket_directories=",
            "max_connections=400",
            "shared_buffers=128MB",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ] {
            postgres.args(["-c", setting]);
        }
        let output = std::fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let server = postgres
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .map_err(|error| format!("cannot start PostgreSQL: {error}"))?;
        let url = format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres");
        let mut cluster = Self { server, directory, url };
        cluster.wait_until_it_answers(port, &log)?;
        Ok(cluster)
    }

    /// Where it answers, as its superuser.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_it_answers(&mut self, port: u16, log: &Path) -> Result<(), String> {
        let ready = programs().map_or_else(|| "pg_isready".into(), |programs| programs.join("pg_isready"));
        let deadline = Instant::now() + START_WITHIN;
        loop {
            if run_quietly(program(&ready).args(["--timeout=1", "--host=127.0.0.1", "--port", &port.to_string()]))
                .is_ok()
            {
                return Ok(());
            }
            let ended = self.server.try_wait().map_err(|error| error.to_string())?.is_some();
            if ended || Instant::now() > deadline {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(format!("PostgreSQL did not start:\n{said}"));
            }
            pause();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: connections are cut and the server ends in order.
        let _ = program("kill").args(["-INT", &self.server.id().to_string()]).status();
        let deadline = Instant::now() + STOP_WITHIN;
        while matches!(self.server.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                let _ = self.server.kill();
                let _ = self.server.wait();
                break;
            }
            pause();
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// PostgreSQL refuses to run as root, so root hands it to the user that Debian's package made.
enum ServerUser {
    Caller,
    Postgres,
}

impl ServerUser {
    fn choose() -> Result<Self, String> {
        if !is_root() {
            return Ok(Self::Caller);
        }
        run_quietly(program("id").arg("postgres"))
            .map(|_| Self::Postgres)
            .map_err(|_| "PostgreSQL does not run as root, and there is no user `postgres`".to_owned())
    }

    /// Gives the directory to the server's user, and puts the superuser's password into a file that only it reads.
    fn prepare(&self, directory: &Path, password: &str) -> Result<PathBuf, String> {
        let file = directory.join("password");
        let private = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        private(directory, 0o700)
            .and_then(|()| std::fs::write(&file, password))
            .and_then(|()| private(&file, 0o600))
            .map_err(|error| format!("{}: {error}", directory.display()))?;
        if matches!(self, Self::Postgres) {
            run_quietly(
                program("chown")
                    .args(["--recursive", "postgres:postgres"])
                    .arg(directory),
            )?;
        }
        Ok(file)
    }

    /// A program run as that user, which is interrupted when this process dies, however it dies.
    fn command(&self, path: &Path) -> Command {
        let mut command = program("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if matches!(self, Self::Postgres) {
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        }
        command.arg("--").arg(path);
        command
    }
}

fn free_port() -> Result<u16, String> {
    std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port: {error}"))
}

fn random_password() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(|error| format!("/dev/urandom: {error}"))?;
    let mut password = Vec::with_capacity(32);
    for byte in bytes {
        let _ = write!(password, "{byte:02x}");
    }
    String::from_utf8(password).map_err(|error| error.to_string())
}

#[expect(
    clippy::disallowed_methods,
    reason = "waiting for another program to start or to end"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}
