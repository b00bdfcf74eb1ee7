//! An open-loop load generator: requests are due at fixed times, whatever the server does, and a latency is counted from
//! when the request was due. A server that stalls is charged for everybody who would have come meanwhile.

pub mod scenario;

use hdrhistogram::Histogram;
use scenario::{Client, Scenario};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// How requests arrive.
#[derive(Debug, Clone, Copy)]
pub enum Arrivals {
    /// So many a second, evenly.
    PerSecond(f64),
    /// The next as soon as one is answered, on each connection: what the server can do at most.
    Saturating,
}

/// What a run of a scenario saw.
#[derive(Debug)]
pub struct Outcome {
    /// Requests answered as they should be.
    pub answered: usize,
    /// What went wrong, the first of its kind, with how often anything did.
    pub failed: Option<(String, usize)>,
    /// From the first to the last.
    pub elapsed: Duration,
    /// Latencies in microseconds.
    pub latencies: Histogram<u64>,
}

impl Outcome {
    /// Answers a second.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.answered as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that this share (0 to 1) of the requests stayed below, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52 µs")]
    pub fn quantile(&self, share: f64) -> f64 {
        self.latencies.value_at_quantile(share) as f64 / 1000.0
    }
}

struct Tally {
    answered: usize,
    failed: usize,
    first_failure: Option<String>,
    latencies: Histogram<u64>,
}

/// Latencies up to a minute, to three digits.
fn histogram() -> Result<Histogram<u64>, String> {
    Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|error| error.to_string())
}

/// Runs a scenario for `time`, each of its clients on a thread and a connection of its own.
///
/// # Errors
/// When a client cannot be set up.
pub fn run(clients: &mut [Box<dyn Client>], arrivals: Arrivals, time: Duration) -> Result<Outcome, String> {
    let ticket = AtomicUsize::new(0);
    let begun = Instant::now();
    let tallies = std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| {
                let ticket = &ticket;
                scope.spawn(move || drive(client.as_mut(), ticket, arrivals, begun, time))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a client panicked".to_owned())?)
            .collect::<Result<Vec<Tally>, String>>()
    })?;
    let mut outcome = Outcome {
        answered: 0,
        failed: None,
        elapsed: begun.elapsed(),
        latencies: histogram()?,
    };
    let mut failures = 0;
    let mut first = None;
    for tally in tallies {
        outcome.answered += tally.answered;
        failures += tally.failed;
        first = first.or(tally.first_failure);
        outcome
            .latencies
            .add(tally.latencies)
            .map_err(|error| error.to_string())?;
    }
    outcome.failed = first.map(|failure| (failure, failures));
    Ok(outcome)
}

fn drive(
    client: &mut dyn Client,
    ticket: &AtomicUsize,
    arrivals: Arrivals,
    begun: Instant,
    time: Duration,
) -> Result<Tally, String> {
    let mut tally = Tally {
        answered: 0,
        failed: 0,
        first_failure: None,
        latencies: histogram()?,
    };
    loop {
        let due = match arrivals {
            Arrivals::Saturating => Instant::now(),
            Arrivals::PerSecond(rate) => {
                #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
                let number = ticket.fetch_add(1, Ordering::Relaxed) as f64;
                begun + Duration::from_secs_f64(number / rate)
            }
        };
        if due.duration_since(begun) >= time {
            return Ok(tally);
        }
        if let Some(wait) = due.checked_duration_since(Instant::now()) {
            #[expect(clippy::disallowed_methods, reason = "a thread of its own waits for its time")]
            std::thread::sleep(wait);
        }
        match client.request() {
            Ok(()) => {
                tally.answered += 1;
                let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
                tally.latencies.saturating_record(micros.max(1));
            }
            Err(error) => {
                tally.failed += 1;
                tally.first_failure.get_or_insert(error);
                client.recover();
            }
        }
    }
}

/// The clients of a scenario, one a connection.
///
/// # Errors
/// When one cannot connect.
pub fn clients(scenario: &Scenario, count: usize) -> Result<Vec<Box<dyn Client>>, String> {
    (0..count).map(|_| scenario.client()).collect()
}
