//! Whether the tables grow without bound: refreshes by the hundred thousand in this process, with a clock that runs ahead
//! of time and the sweeper that runs as often as it would, and what the tables of tokens hold all along.
//!
//! `cargo run --release -p soleira-benches --bin growth -- --help`
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use clap::Parser;
use soleira_access::tokens::{self, ClientRequest};
use soleira_benches::{
    MB,
    fixtures::{self, Amounts, Fixtures},
    in_units,
    server::Server,
};
use soleira_core::{Clock, SystemClock, Timestamp};
use soleira_oauth::Params;
use soleira_runtime::{Ctx, Settings, jobs};
use soleira_store::Engine;
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Instant,
};

/// Refreshes, and what they leave behind.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program that makes the database.
    #[arg(long, default_value = "target/release/soleira")]
    program: PathBuf,
    /// An empty database of PostgreSQL (postgres://…) instead of SQLite.
    #[arg(long)]
    database: Option<String>,
    /// How many refreshes.
    #[arg(long, default_value_t = 1_000_000)]
    refreshes: usize,
    /// Chains that are refreshed in turn.
    #[arg(long, default_value_t = 64)]
    chains: usize,
    /// Milliseconds by which the clock moves with each refresh.
    #[arg(long, default_value_t = 100)]
    step: i64,
}

/// Between two rounds of the sweeper, in milliseconds.
const ROUND: i64 = 600_000;

/// A clock that each refresh moves on.
#[derive(Debug)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

async fn rows(ctx: &Ctx, data: &Path) -> Result<String, Box<dyn Error>> {
    let mut counts = Vec::new();
    for (name, sql) in [
        ("refresh tokens", "select count(*) from refresh_tokens"),
        ("access tokens", "select count(*) from access_tokens"),
        ("grants", "select count(*) from grants"),
        ("audit rows", "select count(*) from logs"),
    ] {
        let count: Option<i64> = ctx.read().await?.tx().one(sql, &[]).await?;
        counts.push(format!("{name} {:>8}", count.unwrap_or_default()));
    }
    let size = match ctx.app.db.engine() {
        Engine::Sqlite => std::fs::metadata(data.join("soleira.db"))?.len(),
        Engine::Postgres => {
            let sql = "select pg_database_size(current_database())";
            let size: Option<i64> = ctx.read().await?.tx().one(sql, &[]).await?;
            u64::try_from(size.unwrap_or_default())?
        }
    };
    Ok(format!("{}; {} MB", counts.join(", "), in_units(size, MB)))
}

/// Refreshes one chain as long as there is something left to do.
async fn refresh(
    ctx: Ctx,
    client: String,
    mut token: String,
    clock: Arc<Ahead>,
    step: i64,
    left: Arc<AtomicUsize>,
) -> Result<(), String> {
    let take = |left: usize| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        clock.0.fetch_add(step, Ordering::Relaxed);
        let request = ClientRequest {
            authorization: None,
            origin: None,
            // Without an ID token: signing would be most of the work, and leaves nothing behind.
            params: Params::from_iter([
                ("grant_type", "refresh_token"),
                ("client_id", &client),
                ("refresh_token", &token),
                ("scope", "offline_access"),
            ]),
        };
        let answer = tokens::token(&ctx, &request)
            .await
            .map_err(|refusal| format!("{refusal:?}"))?;
        token = answer.refresh_token.ok_or("no refresh token")?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir_in(".")?;
    let data = folder.path().canonicalize()?;
    let database = arguments.database.as_deref();
    let (seeded, _) = Server::start(&arguments.program.canonicalize()?, &data, database)?;
    seeded.stop()?;
    let clock = Arc::new(Ahead(AtomicI64::new(SystemClock.now().millis())));
    let settings = Settings {
        log_retention_days: Some(1),
        ..Settings::default()
    };
    let app = fixtures::app(&data, database, clock.clone(), settings).await?;
    let ctx = fixtures::context(&app)?;
    let amounts = Amounts {
        users: 1,
        codes: 0,
        refresh_tokens: arguments.chains,
    };
    let Fixtures {
        native, refresh_tokens, ..
    } = fixtures::fill(&ctx, amounts).await?;
    println!("at first                {}", rows(&ctx, &data).await?);
    let left = Arc::new(AtomicUsize::new(arguments.refreshes));
    let begun = Instant::now();
    let mut chains = tokio::task::JoinSet::new();
    for token in refresh_tokens {
        let (client, clock, left) = (native.to_string(), clock.clone(), left.clone());
        chains.spawn(refresh(ctx.clone(), client, token, clock, arguments.step, left));
    }
    let (mut swept, mut told) = (clock.now(), 0);
    while !chains.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        while let Some(ended) = chains.try_join_next() {
            ended??;
        }
        if clock.now().since(swept) >= ROUND {
            swept = clock.now();
            jobs::sweep(&app).await?;
        }
        let done = arguments.refreshes - left.load(Ordering::Relaxed);
        if done / 100_000 > told || (chains.is_empty() && done / 100_000 >= told) {
            told = done / 100_000;
            println!(
                "after {done:>8} ({:>4.0} s) {}",
                begun.elapsed().as_secs_f64(),
                rows(&ctx, &data).await?
            );
        }
    }
    app.shut_down().await;
    Ok(())
}
