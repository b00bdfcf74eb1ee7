//! What the server bears: an open-loop load on the built program, scenario by scenario, with the processor time that
//! each request costs beside a raw ES384 signature of the same moment; of sign-ins, what verifying the password takes.
//!
//! `cargo build --release && cargo run --release -p soleira-benches --bin load -- --help`
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use clap::{Parser, ValueEnum};
use soleira_benches::{
    MB,
    fixtures::{Amounts, Fixtures, prepare},
    in_units,
    load::{
        Arrivals, Outcome, clients, run,
        scenario::{Client, Kind, Scenario},
    },
    micros_each, postgres_time, processor_time, resident_memory,
    server::Server,
    signature, threads_time,
};
use std::{error::Error, path::PathBuf, sync::Arc, time::Duration};

/// An open-loop load on a built server.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program under measurement.
    #[arg(long, default_value = "target/release/soleira")]
    program: PathBuf,
    /// An empty database of PostgreSQL (postgres://…) instead of SQLite.
    #[arg(long)]
    database: Option<String>,
    /// What to do; everything unless given. May be repeated.
    #[arg(long, value_enum)]
    scenario: Vec<Kind>,
    /// Seconds of each of the two parts: as much as it bears, then half of that.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Connections, each with a thread of the generator.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Requests a second of the second part, instead of half of what the server bears.
    #[arg(long)]
    rate: Option<f64>,
    /// People who can sign in.
    #[arg(long, default_value_t = 1_000)]
    users: usize,
    /// Refresh tokens that are refreshed in turn, as of so many people.
    #[arg(long, default_value_t = 10_000)]
    chains: usize,
    /// Asks nothing for so many seconds, and reports what the server and the database used meanwhile; no load.
    #[arg(long)]
    idle: Option<u64>,
    /// Saturates the password hashing during the other scenarios with so many sign-ins at once.
    #[arg(long, default_value_t = 0)]
    beside_sign_ins: usize,
}

/// Processor time of the server, of its threads that hash passwords, and of PostgreSQL.
struct Spent {
    server: Duration,
    hashing: Duration,
    postgres: Duration,
}

impl Spent {
    fn so_far(pid: &str) -> Result<Self, String> {
        Ok(Self {
            server: processor_time(pid)?,
            hashing: threads_time(pid, "hashing")?,
            postgres: postgres_time()?,
        })
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            hashing: self.hashing.saturating_sub(before.hashing),
            postgres: self.postgres.saturating_sub(before.postgres),
        }
    }
}

struct Bench {
    arguments: Arguments,
    server: Server,
    fixtures: Arc<Fixtures>,
}

impl Bench {
    fn measure(&self, kind: Kind) -> Result<(), Box<dyn Error>> {
        let scenario = Scenario::new(kind, Arc::clone(&self.fixtures));
        let mut clients = clients(&scenario, self.arguments.connections)?;
        // Caches, connections and statements are those of a server that has run for a while.
        run(&mut clients, Arrivals::Saturating, Duration::from_millis(500))?;
        let signature = signature()?;
        let most = self.part(kind, "most", &mut clients, Arrivals::Saturating, signature)?;
        let rate = self.arguments.rate.unwrap_or_else(|| most.rate() / 2.0);
        self.part(kind, "half", &mut clients, Arrivals::PerSecond(rate), signature)?;
        Ok(())
    }

    /// What a server that nobody asks anything uses.
    fn idle(&self, time: Duration) -> Result<(), Box<dyn Error>> {
        // What its start left to do is done by then.
        #[expect(clippy::disallowed_methods, reason = "nothing else runs in this thread")]
        std::thread::sleep(Duration::from_secs(5));
        let pid = self.server.pid();
        let before = Spent::so_far(&pid)?;
        #[expect(clippy::disallowed_methods, reason = "nothing else runs in this thread")]
        std::thread::sleep(time);
        let spent = Spent::so_far(&pid)?.since(&before);
        println!(
            "{} s without a request, {} people: server {:?}, postgres {:?} of processor time, {} MB resident",
            time.as_secs(),
            self.fixtures.users,
            spent.server,
            spent.postgres,
            in_units(resident_memory(&pid)?, MB),
        );
        Ok(())
    }

    fn part(
        &self,
        kind: Kind,
        part: &str,
        clients: &mut [Box<dyn Client>],
        arrivals: Arrivals,
        signature: f64,
    ) -> Result<Outcome, Box<dyn Error>> {
        let pid = self.server.pid();
        let before = Spent::so_far(&pid)?;
        let outcome = run(clients, arrivals, Duration::from_secs(self.arguments.seconds))?;
        let spent = Spent::so_far(&pid)?.since(&before);
        let each = micros_each(spent.server, outcome.answered);
        let name = kind.to_possible_value().map(|value| value.get_name().to_owned());
        println!(
            "{:<20} {part} {:>8.0}/s  p50 {:>7.2}  p99 {:>7.2}  p99.9 {:>7.2} ms  server {each:>7.0} µs = {:>6.2} signatures of {signature:.0} µs  postgres {:>6.0} µs",
            name.unwrap_or_default(),
            outcome.rate(),
            outcome.quantile(0.5),
            outcome.quantile(0.99),
            outcome.quantile(0.999),
            each / signature,
            micros_each(spent.postgres, outcome.answered),
        );
        if kind == Kind::SignIn {
            let hashing = micros_each(spent.hashing, outcome.answered);
            println!(
                "{:<20} verification {:.1} ms, everything else {:.1} ms",
                "",
                hashing / 1000.0,
                (each - hashing) / 1000.0
            );
        }
        if let Some((failure, count)) = &outcome.failed {
            println!("{count} failed, first: {failure}");
        }
        Ok(outcome)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = Arguments::parse();
    if arguments.scenario.is_empty() {
        arguments.scenario = Kind::value_variants().to_vec();
    }
    let program = arguments.program.canonicalize()?;
    let folder = tempfile::tempdir_in(".")?;
    let data = folder.path().canonicalize()?;
    let database = arguments.database.clone();
    let (first, _) = Server::start(&program, &data, database.as_deref())?;
    first.stop()?;
    let seconds = usize::try_from(arguments.seconds)? * 2 + 1;
    let codes = arguments
        .scenario
        .iter()
        .map(|kind| kind.codes_per_second() * seconds)
        .sum();
    let amounts = Amounts {
        users: arguments.users,
        codes,
        refresh_tokens: arguments.chains.max(arguments.connections),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let fixtures = runtime.block_on(prepare(&data, database.as_deref(), amounts))?;
    runtime.shutdown_background();
    let (server, _) = Server::start(&program, &data, database.as_deref())?;
    let bench = Bench {
        arguments,
        server,
        fixtures: Arc::new(fixtures),
    };
    if let Some(seconds) = bench.arguments.idle {
        bench.idle(Duration::from_secs(seconds))?;
        return bench.server.stop();
    }
    let beside = Arc::new(std::sync::atomic::AtomicBool::new(true));
    std::thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let sign_ins = Scenario::new(Kind::SignIn, Arc::clone(&bench.fixtures));
        for _ in 0..bench.arguments.beside_sign_ins {
            let (mut client, running) = (sign_ins.client()?, Arc::clone(&beside));
            scope.spawn(move || {
                while running.load(std::sync::atomic::Ordering::Relaxed) {
                    if client.request().is_err() {
                        client.recover();
                    }
                }
            });
        }
        let measured = bench
            .arguments
            .scenario
            .iter()
            .try_for_each(|kind| bench.measure(*kind));
        beside.store(false, std::sync::atomic::Ordering::Relaxed);
        measured
    })?;
    println!(
        "resident memory after all that {} MB",
        in_units(resident_memory(&bench.server.pid())?, MB)
    );
    bench.server.stop()
}
