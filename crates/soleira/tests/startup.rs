//! The program itself: it starts, answers and ends, or says in one line why it does not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

const KEK: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEK: &str = "//////////////////////////////////////////8=";

/// The program in a directory of its own, with nothing of this process's environment.
fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_soleira"));
    command
        .current_dir(directory)
        .env_clear()
        .env("PORT", "0")
        .env("ADMIN_PORT", "0");
    command
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The one line that a failing start says.
fn failure(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert_eq!(String::from_utf8(stdout).unwrap(), "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("soleira: "), "{stderr}");
    stderr
}

/// A server that runs until it is dropped.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    lines: Vec<String>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        Self::start_with_log(command, Stdio::null())
    }

    /// The same, with its log going to `log`.
    fn start_with_log(command: &mut Command, log: impl Into<Stdio>) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self {
            child,
            stdout,
            lines: Vec::new(),
        };
        for _ in 0..3 {
            running.next_line();
        }
        running
    }

    fn next_line(&mut self) -> &str {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        self.lines.push(line.trim_end().to_owned());
        self.lines.last().unwrap()
    }

    /// The address that a line of the start names.
    fn address(&self, name: &str) -> &str {
        let line = self.lines.iter().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().last().unwrap()
    }

    /// Asks it to end, as process managers do; its exit status.
    fn end(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

/// Gets an address; the answer as it came.
fn get(address: &str) -> String {
    send("GET", address, "", "")
}

/// Sends a request and gives its answer as it came.
fn send(method: &str, address: &str, headers: &str, body: &str) -> String {
    let rest = address.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let port = authority.rsplit(':').next().unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_first_start_makes_everything_and_says_where_it_is() {
    let directory = directory();
    let server = Running::start(&mut program(directory.path()));
    assert!(server.lines[0].starts_with("Console   http://localhost:") && server.lines[0].ends_with("/console"));
    assert!(server.lines[1].starts_with("Sign-in   http://localhost:"));
    let health = get(server.address("Health"));
    assert!(health.starts_with("HTTP/1.1 204 No Content\r\n"), "{health}");
    assert!(directory.path().join("data/soleira.db").exists());
    assert!(directory.path().join("data/soleira.key").exists());
    assert_eq!(server.end(), Some(0));
    // And again, on what is there.
    assert_eq!(Running::start(&mut program(directory.path())).end(), Some(0));
}

/// The key set of a server's applications.
fn published_keys(server: &Running) -> String {
    let answer = get(&format!("{}/oidc/jwks", server.address("Sign-in")));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn a_new_installation_begins_with_the_keys_that_it_is_given() {
    use soleira_crypto::{Curve, SigningKey};
    let keys = [Curve::P384, Curve::P256, Curve::P521].map(|curve| SigningKey::generate_ec(curve).unwrap());
    let [first, second, other] = keys.each_ref().map(|key| key.to_pkcs8_pem().unwrap());
    let directory = directory();
    let given = format!("{},{}", first.expose(), second.expose());
    let server = Running::start(program(directory.path()).env("OIDC_PRIVATE_KEYS", given).env(
        "OIDC_COOKIE_KEYS",
        "a key of cookies that is long,another one that is long",
    ));
    let published = published_keys(&server);
    let place = |key: &SigningKey| published.find(key.kid());
    assert!(
        place(&keys[0]).is_some() && place(&keys[0]) < place(&keys[1]),
        "{published}"
    );
    assert_eq!(published.matches("\"kid\"").count(), 2, "{published}");
    assert_eq!(server.end(), Some(0));

    // They count when a tenant is made, and not later.
    for later in [None, Some(other.expose())] {
        let mut again = program(directory.path());
        if let Some(pem) = later {
            again.env("OIDC_PRIVATE_KEYS", pem);
        }
        let server = Running::start(&mut again);
        assert_eq!(published_keys(&server), published);
        assert_eq!(server.end(), Some(0));
    }
}

#[test]
fn a_first_key_that_cannot_be_used() {
    let directory = directory();
    let line = failure(program(directory.path()).env("OIDC_PRIVATE_KEYS", "hunter2"));
    assert!(
        line.contains("OIDC_PRIVATE_KEYS in the environment: key 1 is no private key"),
        "{line}"
    );
    assert!(!line.contains("hunter2"), "{line}");
    assert!(!directory.path().join("data").exists(), "nothing was made");
}

#[test]
fn off_loopback_the_welcome_page_gets_a_code() {
    let directory = directory();
    let mut server = Running::start(program(directory.path()).env("HOST", "0.0.0.0"));
    let line = server.next_line().to_owned();
    assert!(line.starts_with("Welcome code for the first administrator: "), "{line}");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn an_installation_becomes_a_sandbox_for_one_run() {
    const BACK_DOOR: &str = "development-user-id: somebody\r\n";
    let directory = directory();
    assert_eq!(Running::start(&mut program(directory.path())).end(), Some(0));

    let (log, messages) = (directory.path().join("log"), directory.path().join("messages"));
    let mut sandbox = program(directory.path());
    sandbox
        .env("INTEGRATION_TEST", "true")
        .env("MOCK_CONNECTOR_MESSAGE_DIR", &messages)
        .env("STATUS_API_KEY", "watching");
    let server = Running::start_with_log(&mut sandbox, std::fs::File::create(&log).unwrap());
    let warnings = std::fs::read_to_string(&log).unwrap();
    assert!(
        warnings.contains("WARN") && warnings.contains("this server is a sandbox"),
        "{warnings}"
    );
    let (sign_in, console) = (server.address("Sign-in").to_owned(), server.address("Console"));
    let admin = console.strip_suffix("/console").unwrap();

    // Its people came to the database that was there.
    let users = send("GET", &format!("{admin}/api/users"), BACK_DOOR, "");
    assert!(users.contains("\"test1\"") && users.contains("\"test2\""), "{users}");
    let test = r#"{"email":"ana@example.com","config":{}}"#;
    let path = format!("{sign_in}/api/connectors/mock-email-service-alternative/test");
    let json = format!("{BACK_DOOR}Content-Type: application/json\r\n");
    let sent = send("POST", &path, &json, test);
    assert!(sent.starts_with("HTTP/1.1 204 "), "{sent}");
    let message = std::fs::read_to_string(messages.join("mock_email_record.txt")).unwrap();
    assert!(message.contains("\"000000\"") && message.ends_with('\n'), "{message}");

    let status = |headers: &str| send("GET", &format!("{sign_in}/api/status"), headers, "");
    assert!(status("logto-status-api-key: watching\r\n").contains("logto-tenant-id: default\r\n"));
    for other in ["", "logto-status-api-key: others\r\n"] {
        let answer = status(other);
        assert!(
            answer.starts_with("HTTP/1.1 204 ") && !answer.contains("logto-tenant-id"),
            "{answer}"
        );
    }
    assert_eq!(server.end(), Some(0));

    // The next run is an ordinary one.
    let server = Running::start(&mut program(directory.path()));
    let closed = send(
        "GET",
        &format!("{}/api/users", server.address("Sign-in")),
        BACK_DOOR,
        "",
    );
    assert!(closed.starts_with("HTTP/1.1 401 "), "{closed}");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_sandbox_that_others_could_reach() {
    for (name, value) in [("ENDPOINT", "https://auth.example.com"), ("HOST", "0.0.0.0")] {
        let directory = directory();
        let line = failure(program(directory.path()).env("SOLEIRA_SANDBOX", "1").env(name, value));
        assert!(
            line.contains(&format!("only this machine may reach it, and {name} is {value}")),
            "{line}"
        );
        assert!(!directory.path().join("data").exists(), "nothing was made");
    }
}

#[test]
fn a_port_in_use() {
    let directory = directory();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let line = failure(program(directory.path()).env("PORT", &port));
    assert!(
        line.contains(&format!("127.0.0.1:{port}: another program is using the port (PORT ")),
        "{line}"
    );
    let line = failure(program(directory.path()).env("ADMIN_PORT", &port));
    assert!(line.contains("(ADMIN_PORT "), "{line}");
    assert!(!directory.path().join("data").exists(), "nothing was made");
}

#[test]
fn an_unreachable_database() {
    let directory = directory();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://soleira:hunter2@{closed}/soleira");
    let line = failure(
        program(directory.path())
            .env("DB_URL", url)
            .env("SECRET_VAULT_KEK", KEK),
    );
    assert!(
        line.contains(&format!("cannot open the database postgres://{closed}/soleira: ")),
        "{line}"
    );
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn a_malformed_url() {
    let directory = directory();
    let line = failure(program(directory.path()).env("DB_URL", "postgres//nonsense hunter2"));
    assert!(
        line.contains("DB_URL in the environment: it is not a connection string"),
        "{line}"
    );
    assert!(!line.contains("hunter2"), "{line}");
    let line = failure(program(directory.path()).env("ENDPOINT", "auth.example.com"));
    assert!(
        line.contains("ENDPOINT in the environment: `auth.example.com` is not an address"),
        "{line}"
    );
}

#[test]
fn a_directory_that_cannot_be_written() {
    let directory = directory();
    std::fs::write(directory.path().join("file"), "").unwrap();
    let line = failure(program(directory.path()).env("SOLEIRA_DATA", "file/data"));
    assert!(line.contains("cannot use the data directory file/data: "), "{line}");
}

#[test]
fn a_directory_in_use_by_another_server() {
    let directory = directory();
    let first = Running::start(&mut program(directory.path()));
    let line = failure(&mut program(directory.path()));
    assert!(line.contains("another server is using"), "{line}");
    assert_eq!(first.end(), Some(0));
}

#[test]
fn a_database_newer_than_the_program() {
    let directory = directory();
    assert_eq!(Running::start(&mut program(directory.path())).end(), Some(0));
    let database = rusqlite::Connection::open(directory.path().join("data/soleira.db")).unwrap();
    database
        .execute("update schema_info set version = 9999, min_binary = 9999", [])
        .unwrap();
    drop(database);
    let line = failure(&mut program(directory.path()));
    assert!(line.contains("9999") && line.contains("newer"), "{line}");
}

#[test]
fn an_unknown_setting() {
    let directory = directory();
    std::fs::write(
        directory.path().join("soleira.toml"),
        "endpont = \"https://auth.example.com\"\n",
    )
    .unwrap();
    let line = failure(&mut program(directory.path()));
    assert!(
        line.contains("unknown setting in soleira.toml `endpont`, did you mean `endpoint`?"),
        "{line}"
    );
    std::fs::write(directory.path().join("soleira.toml"), "").unwrap();
    let line = failure(program(directory.path()).env("SOLEIRA_DATUM", "x"));
    assert!(
        line.contains("unknown environment variable `SOLEIRA_DATUM`, did you mean `SOLEIRA_DATA`?"),
        "{line}"
    );
}

#[test]
fn a_key_that_is_wrong_or_missing() {
    let directory = directory();
    assert_eq!(
        Running::start(program(directory.path()).env("SECRET_VAULT_KEK", KEK)).end(),
        Some(0)
    );
    let line = failure(program(directory.path()).env("SECRET_VAULT_KEK", OTHER_KEK));
    assert!(
        line.contains("SECRET_VAULT_KEK: the key-encryption key is not the one"),
        "{line}"
    );
    let line = failure(&mut program(directory.path()));
    assert!(line.contains("soleira.key is missing, and the database"), "{line}");
    let line = failure(program(directory.path()).env("DB_URL", "postgres://soleira@127.0.0.1:1/soleira"));
    assert!(line.contains("SECRET_VAULT_KEK is required with PostgreSQL"), "{line}");
}

#[test]
fn a_certificate_that_cannot_be_used() {
    let directory = directory();
    std::fs::write(directory.path().join("empty.pem"), "").unwrap();
    let mut command = program(directory.path());
    let line = failure(
        command
            .env("HTTPS_CERT_PATH", "empty.pem")
            .env("HTTPS_KEY_PATH", "missing.pem"),
    );
    assert!(
        line.contains("cannot use empty.pem: there is no certificate in it"),
        "{line}"
    );
}

#[test]
fn the_configuration_is_printed_without_its_secrets() {
    let directory = directory();
    let mut command = program(directory.path());
    let output = command
        .args(["config", "check"])
        .env("SECRET_VAULT_KEK", KEK)
        .env("PORT", "4001")
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(
        report.contains("port ") && report.contains("4001") && report.contains("environment PORT"),
        "{report}"
    );
    assert!(!report.contains(KEK));
    assert!(!directory.path().join("data").exists());
}

#[test]
fn a_locked_out_administrator_who_does_not_exist() {
    let directory = directory();
    let line = failure(program(directory.path()).args(["admin", "reset-password", "ana"]));
    assert!(line.contains("there is no administrator named `ana`"), "{line}");
    let line = failure(
        program(directory.path())
            .args(["admin", "reset-password"])
            .stdin(Stdio::null()),
    );
    assert!(line.contains("whose password?"), "{line}");
}

/// Makes the first administrator on the welcome page; the answer to the form.
fn welcome(server: &Running, username: &str, password: &str) -> String {
    let page = format!("{}/welcome", server.address("Console"));
    let shown = get(&page);
    let cookie = shown
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: soleira_csrf="))
        .unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let token = shown
        .split("name=\"_csrf\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let headers = format!("Cookie: soleira_csrf={cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    let body = format!("_csrf={token}&username={username}&password={password}");
    send("POST", &page, &headers, &body)
}

#[test]
fn a_locked_out_administrator_gets_a_new_password() {
    let directory = directory();
    let server = Running::start(&mut program(directory.path()));
    let answer = welcome(&server, "ana", "correct-horse-battery-staple");
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    // The database has one server at a time.
    let line = failure(program(directory.path()).args(["admin", "reset-password", "ana"]));
    assert!(line.contains("another server is using"), "{line}");
    assert_eq!(server.end(), Some(0));
    let output = program(directory.path())
        .args(["admin", "reset-password", "ana"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    let password = said
        .lines()
        .next()
        .unwrap()
        .strip_prefix("The new password of ana: ")
        .unwrap();
    assert_eq!(password.len(), 20);
}

#[test]
fn the_version() {
    let directory = directory();
    let output = program(directory.path()).arg("version").output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        concat!("soleira ", env!("CARGO_PKG_VERSION"), "\n")
    );
}
