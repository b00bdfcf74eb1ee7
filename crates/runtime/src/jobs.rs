//! Background work: audit batches and the sweeper.

use crate::App;
use soleira_core::Timestamp;
use soleira_store::{Author, Verdict, signing_keys, sweep, unit};
use std::{sync::Arc, time::Duration};

/// Between two rounds of the sweeper.
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// Expired rows stay this long, so that a late request is told "expired", not "unknown".
const KEEP_EXPIRED: i64 = 3600;
/// The lockout looks back an hour.
const KEEP_ATTEMPTS: i64 = 2 * 3600;

/// Starts the jobs; they end with [`App::shut_down`].
pub fn start(app: &Arc<App>) {
    let audit = app.clone();
    app.tasks
        .spawn(async move { audit.audit.run(&audit.db, audit.stop.clone()).await });
    let sweeper = app.clone();
    app.tasks.spawn(async move {
        loop {
            tokio::select! {
                () = sweeper.stop.cancelled() => return,
                () = tokio::time::sleep(SWEEP_EVERY) => {}
            }
            if let Err(error) = sweep(&sweeper).await {
                tracing::warn!(%error, "expired rows could not be removed; the next round tries again");
            }
            if let Err(error) = settle_keys(&sweeper).await {
                tracing::warn!(%error, "key changes could not be written down; the next round tries again");
            }
        }
    });
}

/// Writes down which keys have taken over from others. What signs does not wait for it.
pub async fn settle_keys(app: &App) -> soleira_store::Result<()> {
    let author = Author {
        actor: "system".to_owned(),
        now: app.clock.now(),
        entropy: app.entropy.clone(),
    };
    app.db
        .write(unit(author, |author, tx| {
            Box::pin(async move { Ok(Verdict::Accept(signing_keys::settle(tx, author).await?)) })
        }))
        .await?;
    Ok(())
}

/// Removes what is past its time, batch after batch.
pub async fn sweep(app: &App) -> soleira_store::Result<u64> {
    let now = app.clock.now();
    let before = now.plus_seconds(-KEEP_EXPIRED);
    let attempts = now.plus_seconds(-KEEP_ATTEMPTS);
    let logs = app
        .settings
        .log_retention_days
        .map(|days| now.plus_seconds(-i64::from(days) * 86_400));
    let mut removed = 0;
    loop {
        let batch = app
            .db
            .write(unit((before, attempts, logs), |(before, attempts, logs), tx| {
                Box::pin(async move {
                    let mut rows = sweep::expired(tx, *before).await?;
                    rows += sweep::attempts(tx, *attempts).await?;
                    if let Some(logs) = logs {
                        rows += sweep::logs(tx, Timestamp(logs.0)).await?;
                    }
                    Ok(Verdict::Accept(rows))
                })
            }))
            .await?;
        let (Verdict::Accept(rows), false) = (batch, app.stop.is_cancelled()) else {
            return Ok(removed);
        };
        if rows == 0 {
            return Ok(removed);
        }
        removed += rows;
        tokio::task::yield_now().await;
    }
}
