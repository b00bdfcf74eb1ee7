//! Password hashing: bounded, fair among tenants, on threads of low priority, so that guessing cannot starve the rest.

use crate::turns::Turns;
use soleira_core::{Result, TenantId};
use soleira_crypto::password::{self, Params};
use std::num::NonZeroUsize;
use std::time::Duration;

/// Jobs of one tenant that may wait. At 40 ms each on two threads the last one waits five seconds.
const CAPACITY: usize = 256;
/// How long a thread without work keeps its memory for the next job.
const KEEP_MEMORY: Duration = Duration::from_secs(5);

/// The queue.
pub struct HashingQueue {
    turns: Turns,
    /// How hashes are made from now on.
    pub params: Params,
}

impl std::fmt::Debug for HashingQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashingQueue")
            .field("threads", &self.turns.threads())
            .finish_non_exhaustive()
    }
}

impl HashingQueue {
    /// A queue with a thread for each core.
    pub fn new(params: Params) -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            turns: Turns::new("hashing", threads, CAPACITY).resting(KEEP_MEMORY, password::release_memory),
            params,
        }
    }

    /// How many jobs were taken on since the start. Equal work for known and unknown people is tested by it.
    pub fn done(&self) -> u64 {
        self.turns.done()
    }

    /// Runs a job in the tenant's turn.
    ///
    /// # Errors
    /// 429 when the tenant's queue is full.
    pub async fn run<T: Send + 'static>(
        &self,
        tenant: &TenantId,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        self.turns.run(tenant, job).await
    }
}
