//! What the database costs through `store`: point reads and write units of five statements, by how many wait together.
//!
//! `cargo run --release -p soleira-benches --bin store [postgres://…]`
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use soleira_benches::{micros_each, processor_time};
use soleira_core::{Secret, TenantId, Timestamp};
use soleira_store::{Db, Result, Tx, Unit, Verdict, bind, db::PostgresOptions, tenants, unit};
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

const READS: usize = 100_000;
const UNITS: usize = 10_000;

/// What redeeming a code does: one conditional update, two inserts, an update and a read.
struct FiveStatements {
    tenant: TenantId,
    number: usize,
}

impl Unit for FiveStatements {
    type Out = ();
    async fn run(&self, tx: &mut Tx<'_>) -> Result<Verdict<()>> {
        let (first, second) = (format!("a{}", self.number), format!("b{}", self.number));
        tx.one::<i64>(
            "update tenants set created_at = created_at + 1 where id = $1 and created_at >= 0 returning created_at",
            bind![&self.tenant],
        )
        .await?;
        for key in [&first, &second] {
            tx.run(
                "insert into configs (tenant_id, key, value, updated_at) values ($1, $2, '{}', 1)",
                bind![&self.tenant, key],
            )
            .await?;
        }
        tx.run(
            "update configs set value = '[]' where tenant_id = $1 and key = $2",
            bind![&self.tenant, &first],
        )
        .await?;
        tx.one::<String>(
            "select value from configs where tenant_id = $1 and key = $2",
            bind![&self.tenant, &second],
        )
        .await?;
        Ok(Verdict::Accept(()))
    }
}

async fn measure(name: &str, db: &Db) -> Result<(), Box<dyn Error>> {
    let tenant: TenantId = format!("bench-{}", std::process::id()).into();
    db.write(unit(tenant.clone(), |tenant, tx| {
        Box::pin(async move {
            Ok(Verdict::Accept(
                tenants::insert(tx, tenant, "Bench", Timestamp(1)).await?,
            ))
        })
    }))
    .await?;
    let (start, cpu) = (Instant::now(), processor_time("self")?);
    for _ in 0..READS {
        db.read()
            .await?
            .tx()
            .one::<i64>("select config_version from tenants where id = $1", bind![&tenant])
            .await?;
    }
    let (spent, elapsed) = (processor_time("self")?.saturating_sub(cpu), start.elapsed());
    println!(
        "{name:<11} point read                {:>8.1} µs CPU  {:>9.0}/s",
        micros_each(spent, READS),
        1e6 / micros_each(elapsed, READS)
    );
    let next = Arc::new(AtomicUsize::new(0));
    for writers in [1, 16, 64] {
        let (start, cpu) = (Instant::now(), processor_time("self")?);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..writers {
            let (db, tenant, next) = (db.clone(), tenant.clone(), next.clone());
            tasks.spawn(async move {
                for _ in 0..UNITS / writers {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    db.write(FiveStatements {
                        tenant: tenant.clone(),
                        number,
                    })
                    .await?;
                }
                Ok::<_, soleira_store::Error>(())
            });
        }
        while let Some(task) = tasks.join_next().await {
            task??;
        }
        let (spent, elapsed) = (processor_time("self")?.saturating_sub(cpu), start.elapsed());
        println!(
            "{name:<11} write unit, {writers:>2} waiting    {:>8.1} µs CPU  {:>9.0}/s",
            micros_each(spent, UNITS),
            1e6 / micros_each(elapsed, UNITS)
        );
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(".")?;
    let sqlite = Db::open_sqlite(&folder.path().join("bench.db")).await?;
    measure("SQLite", &sqlite).await?;
    sqlite.close().await;
    if let Some(url) = std::env::args().nth(1) {
        let postgres = Db::open_postgres(&PostgresOptions::new(Secret::new(url))).await?;
        measure("PostgreSQL", &postgres).await?;
        postgres.close().await;
    }
    Ok(())
}
