//! What measuring needs: processor time of a process and a way to say it per request.

pub mod fixtures;
pub mod http;
pub mod load;
pub mod server;

use std::{
    error::Error,
    fs,
    time::{Duration, Instant},
};

/// Processor time that a process has used in user and system mode; of this one for `self`.
///
/// # Errors
/// When `/proc` has no such process (or there is no `/proc`: measuring runs on Linux).
pub fn processor_time(pid: &str) -> Result<Duration, String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).map_err(|e| format!("/proc/{pid}/stat: {e}"))?;
    // The command's name may hold spaces; it ends with the last parenthesis.
    let fields: Vec<&str> = text
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().collect())
        .unwrap_or_default();
    let ticks: u64 = fields
        .iter()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    // Linux counts in hundredths of a second wherever user space can see.
    Ok(Duration::from_millis(ticks * 10))
}

/// Processor time that the threads of a process have used whose names begin like this, in user and system mode.
///
/// # Errors
/// When `/proc` has no such process.
pub fn threads_time(pid: &str, name: &str) -> Result<Duration, String> {
    let tasks = format!("/proc/{pid}/task");
    let mut total = Duration::ZERO;
    for task in fs::read_dir(&tasks)
        .map_err(|error| format!("{tasks}: {error}"))?
        .flatten()
    {
        let own = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if own.starts_with(name)
            && let Some(thread) = task.file_name().to_str()
        {
            total += processor_time(&format!("{pid}/task/{thread}")).unwrap_or_default();
        }
    }
    Ok(total)
}

/// Memory of a process that is in RAM, in bytes.
///
/// # Errors
/// When `/proc` has no such process.
pub fn resident_memory(pid: &str) -> Result<u64, String> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).map_err(|e| format!("/proc/{pid}/status: {e}"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    let kilobytes: u64 = line
        .split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or_default();
    Ok(kilobytes * 1024)
}

/// Microseconds of `time` for each of `count`.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn micros_each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count.max(1) as f64
}

/// A count of bytes in thousands, or in millions, of bytes.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn in_units(bytes: u64, unit: u32) -> String {
    format!("{:.1}", bytes as f64 / f64::from(unit))
}

/// A thousand bytes.
pub const KB: u32 = 1_000;
/// A million bytes.
pub const MB: u32 = 1_000_000;

/// Processor time of all servers of PostgreSQL on this machine, in user and system mode.
///
/// # Errors
/// When there is no `/proc`.
pub fn postgres_time() -> Result<Duration, String> {
    let mut total = Duration::ZERO;
    for entry in fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten() {
        let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        if name.trim() == "postgres"
            && let Some(pid) = entry.file_name().to_str()
        {
            total += processor_time(pid).unwrap_or_default();
        }
    }
    Ok(total)
}

/// The median of how long `rounds` rounds of `work` take, in microseconds: a round in which the machine did something else
/// does not count.
fn median(rounds: usize, mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begun = Instant::now();
        work()?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(micros_each(times[rounds / 2], 1))
}

/// How long one raw ES384 signature takes at this moment with every core at it, as under load, in microseconds.
///
/// # Errors
/// When the key cannot be made or used.
pub fn signature() -> Result<f64, String> {
    let key = soleira_crypto::SigningKey::generate_ec_p384().map_err(|error| error.to_string())?;
    let sign = || {
        let mut number = 0_u64;
        let signed = median(2_000, || {
            number += 1;
            soleira_crypto::jws::sign(&key, None, &serde_json::json!({ "n": number }))?;
            Ok(())
        });
        signed.map_err(|error| error.to_string())
    };
    let cores = std::thread::available_parallelism()
        .map_err(|error| error.to_string())?
        .get();
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(sign)).collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "signing panicked".to_owned())?);
        joined.collect::<Result<Vec<f64>, String>>()
    })?;
    Ok(times.into_iter().fold(0.0, f64::max))
}
