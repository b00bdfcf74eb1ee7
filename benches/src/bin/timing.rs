//! Whether the time of a refusal tells who exists: pairs of requests that should cost the same, sent in turn on one
//! connection, and how far their times lie apart. The tests count the work (hashes, statements); this shows the clock.
//!
//! `cargo build --release && cargo run --release -p soleira-benches --bin timing -- --help`
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use clap::Parser;
use soleira_benches::{
    fixtures::{Amounts, Fixtures, REDIRECT_URI, prepare, username},
    http::{Answer, Connection, Jar},
    server::{PORT, Server},
};
use std::{
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Times of refusals that should tell nothing.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program under measurement.
    #[arg(long, default_value = "target/release/soleira")]
    program: PathBuf,
    /// An empty database of PostgreSQL (postgres://…) instead of SQLite.
    #[arg(long)]
    database: Option<String>,
    /// Pairs of requests of clients.
    #[arg(long, default_value_t = 2_000)]
    clients: usize,
    /// Pairs of attempts to sign in; each is a person of their own.
    #[arg(long, default_value_t = 200)]
    sign_ins: usize,
}

const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";

struct Timing {
    connection: Connection,
    fixtures: Fixtures,
    jar: Jar,
}

impl Timing {
    /// Sends a request that is to be refused with a status; how long that took.
    fn refused(&mut self, status: u16, path: &str, headers: &str, body: &str) -> Result<Duration, Box<dyn Error>> {
        let begun = Instant::now();
        let answer = self.connection.send("POST", path, headers, body)?;
        let took = begun.elapsed();
        expect(&answer, status)?;
        Ok(took)
    }

    /// A client with a wrong secret, and one that is not there.
    fn client(&mut self, number: usize) -> Result<[Duration; 2], Box<dyn Error>> {
        let secret = format!("{number:032}");
        let body = |client: &str| format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
        let (known, unknown) = (body(self.fixtures.machine.as_str()), body(&format!("{number:021}")));
        Ok([
            self.refused(401, "/oidc/token", FORM, &known)?,
            self.refused(400, "/oidc/token", FORM, &unknown)?,
        ])
    }

    /// A person with a wrong password, and one who is not there.
    fn sign_in(&mut self, number: usize) -> Result<[Duration; 2], Box<dyn Error>> {
        let headers = format!("content-type: application/json\r\ncookie: {}\r\n", self.jar);
        let body = |name: &str| {
            serde_json::json!({"identifier": {"type": "username", "value": name}, "password": "not this one"})
                .to_string()
        };
        let (known, unknown) = (body(&username(number)), body(&format!("nobody_{number}")));
        let path = "/api/experience/verification/password";
        Ok([
            self.refused(422, path, &headers, &known)?,
            self.refused(422, path, &headers, &unknown)?,
        ])
    }

    /// Begins the sign-in whose attempts are timed.
    fn begin(&mut self) -> Result<(), Box<dyn Error>> {
        let path = format!(
            "/oidc/auth?client_id={}&redirect_uri={REDIRECT_URI}&response_type=code&scope=openid",
            self.fixtures.web
        );
        let begun = self.connection.send("GET", &path, "", "")?;
        expect(&begun, 303)?;
        self.jar.take(&begun);
        let headers = format!("content-type: application/json\r\ncookie: {}\r\n", self.jar);
        let event = r#"{"interactionEvent":"SignIn"}"#;
        expect(&self.connection.send("PUT", "/api/experience", &headers, event)?, 204)
    }
}

fn expect(answer: &Answer, status: u16) -> Result<(), Box<dyn Error>> {
    if answer.status == status {
        return Ok(());
    }
    Err(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)).into())
}

/// Prints the quartiles of both kinds, and how far their medians lie apart.
fn report(name: &str, [known, unknown]: [&str; 2], pairs: &[[Duration; 2]]) {
    let quartiles = |which: usize| {
        let mut times: Vec<f64> = pairs.iter().map(|pair| pair[which].as_secs_f64() * 1e6).collect();
        times.sort_by(f64::total_cmp);
        [1, 2, 3].map(|quarter| times.get(times.len() * quarter / 4).copied().unwrap_or_default())
    };
    let (first, second) = (quartiles(0), quartiles(1));
    let slower = pairs.iter().filter(|[known, unknown]| unknown > known).count();
    for (kind, [low, middle, high]) in [(known, first), (unknown, second)] {
        println!("{name:<8} {kind:<16} {low:>9.0} {middle:>9.0} {high:>9.0} µs");
    }
    println!(
        "{name:<8} medians {:+.1} %, the second is the slower one in {slower} of {} pairs",
        (second[1] / first[1] - 1.0) * 100.0,
        pairs.len()
    );
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let program = arguments.program.canonicalize()?;
    let folder = tempfile::tempdir_in(".")?;
    let data = folder.path().canonicalize()?;
    let database = arguments.database.as_deref();
    let (first, _) = Server::start(&program, &data, database)?;
    first.stop()?;
    let amounts = Amounts {
        users: arguments.sign_ins,
        codes: 0,
        refresh_tokens: 0,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let fixtures = runtime.block_on(prepare(&data, database, amounts))?;
    runtime.shutdown_background();
    let (server, _) = Server::start(&program, &data, database)?;
    let mut timing = Timing {
        connection: Connection::open(PORT)?,
        fixtures,
        jar: Jar::default(),
    };
    // Connections, caches and threads are those of a server that has run for a while.
    for number in 0..100 {
        timing.client(number)?;
    }
    let clients = (0..arguments.clients)
        .map(|number| timing.client(number))
        .collect::<Result<Vec<_>, _>>()?;
    timing.begin()?;
    let sign_ins = (0..arguments.sign_ins)
        .map(|number| timing.sign_in(number))
        .collect::<Result<Vec<_>, _>>()?;
    report("clients", ["wrong secret", "unknown"], &clients);
    report("people", ["wrong password", "unknown"], &sign_ins);
    server.stop()
}
