//! Password hashing: bounded, fair among tenants, on threads of low priority, so that guessing cannot starve the rest.

use parking_lot::{Condvar, Mutex};
use soleira_core::{Code, Error, Kind, Result, TenantId};
use soleira_crypto::password::Params;
use std::{
    collections::{HashMap, VecDeque},
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::oneshot;

/// Jobs of one tenant that may wait, so that a crowd at one cannot lock another out. At 40 ms each on two threads the last
/// one waits five seconds.
const CAPACITY: usize = 256;
/// How much the hashing threads yield to the others.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Waiting {
    /// Jobs of each tenant, oldest first.
    jobs: HashMap<TenantId, VecDeque<Job>>,
    /// Tenants with jobs, in the order in which they are served.
    turns: VecDeque<TenantId>,
    closed: bool,
}

impl Waiting {
    fn next(&mut self) -> Option<Job> {
        let tenant = self.turns.pop_front()?;
        let queue = self.jobs.get_mut(&tenant)?;
        let job = queue.pop_front();
        if queue.is_empty() {
            self.jobs.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        job
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.jobs.values().map(VecDeque::len).sum()
    }
}

struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

/// The queue. Its threads start with the first job and end with the queue.
pub struct HashingQueue {
    shared: Arc<Shared>,
    threads: NonZeroUsize,
    started: std::sync::Once,
    /// How hashes are made from now on.
    pub params: Params,
    done: AtomicU64,
}

impl std::fmt::Debug for HashingQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashingQueue")
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl HashingQueue {
    /// A queue with a thread for each core.
    pub fn new(params: Params) -> Self {
        Self {
            shared: Arc::new(Shared {
                waiting: Mutex::default(),
                arrived: Condvar::new(),
            }),
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            started: std::sync::Once::new(),
            params,
            done: AtomicU64::new(0),
        }
    }

    /// How many jobs were taken on since the start. Equal work for known and unknown people is tested by it.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
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
        self.start();
        let (answer, outcome) = oneshot::channel();
        {
            let mut waiting = self.shared.waiting.lock();
            let queue = waiting.jobs.entry(tenant.clone()).or_default();
            if queue.len() >= CAPACITY {
                return Err(Error::new(Code::RequestRateLimited).kind_is(Kind::RateLimited));
            }
            let first = queue.is_empty();
            queue.push_back(Box::new(move || {
                // Whoever asked may have left.
                if !answer.is_closed() {
                    let _ = answer.send(job());
                }
            }));
            if first {
                waiting.turns.push_back(tenant.clone());
            }
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        self.shared.arrived.notify_one();
        outcome
            .await
            .map_err(|_| Error::internal("a hashing job ended without an answer"))
    }

    fn start(&self) {
        self.started.call_once(|| {
            for number in 0..self.threads.get() {
                let shared = self.shared.clone();
                let spawned = std::thread::Builder::new()
                    .name(format!("hashing-{number}"))
                    .spawn(move || work(&shared));
                if let Err(error) = spawned {
                    tracing::error!(%error, "a hashing thread could not be started");
                }
            }
        });
    }
}

impl Drop for HashingQueue {
    fn drop(&mut self) {
        self.shared.waiting.lock().closed = true;
        self.shared.arrived.notify_all();
    }
}

fn work(shared: &Shared) {
    // On Linux this is the thread's own priority. Without it the queue still works, less politely.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    loop {
        let job = {
            let mut waiting = shared.waiting.lock();
            loop {
                if let Some(job) = waiting.next() {
                    break job;
                }
                if waiting.closed {
                    return;
                }
                shared.arrived.wait(&mut waiting);
            }
        };
        // A job that panics must not take the thread along; its caller learns of it by the closed channel.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tenants_take_turns() {
        let mut queue = HashingQueue::new(Params::CHEAPEST);
        queue.threads = NonZeroUsize::MIN;
        let queue = Arc::new(queue);
        let order = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(std::sync::Barrier::new(2));
        let crowd: TenantId = "crowd".into();
        let mut blocked = tokio::task::JoinSet::new();
        {
            let (queue, gate, crowd) = (queue.clone(), gate.clone(), crowd.clone());
            blocked.spawn(async move { queue.run(&crowd, move || gate.wait().is_leader()).await });
        }
        while queue.shared.waiting.lock().count() > 0 || queue.done() == 0 {
            tokio::task::yield_now().await;
        }
        let mut jobs = tokio::task::JoinSet::new();
        for (tenant, name) in [("crowd", "a"), ("crowd", "b"), ("crowd", "c"), ("lone", "x")] {
            let order = order.clone();
            let own = queue.clone();
            jobs.spawn(async move { own.run(&tenant.into(), move || order.lock().push(name)).await });
            while queue.shared.waiting.lock().count() < jobs.len() {
                tokio::task::yield_now().await;
            }
        }
        gate.wait();
        assert!(jobs.join_all().await.iter().all(Result::is_ok));
        assert!(blocked.join_all().await.iter().all(Result::is_ok));
        assert_eq!(*order.lock(), ["a", "x", "b", "c"]);
    }

    #[tokio::test]
    async fn a_crowd_at_one_tenant_locks_no_other_out() {
        let mut queue = HashingQueue::new(Params::CHEAPEST);
        queue.threads = NonZeroUsize::MIN;
        let queue = Arc::new(queue);
        let gate = Arc::new(std::sync::Barrier::new(2));
        let (crowd, lone): (TenantId, TenantId) = ("crowd".into(), "lone".into());
        let mut jobs = tokio::task::JoinSet::new();
        {
            let (queue, gate, crowd) = (queue.clone(), gate.clone(), crowd.clone());
            jobs.spawn(async move { queue.run(&crowd, move || gate.wait().is_leader()).await.map(|_| ()) });
        }
        while queue.shared.waiting.lock().count() > 0 || queue.done() == 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..CAPACITY {
            let (queue, crowd) = (queue.clone(), crowd.clone());
            jobs.spawn(async move { queue.run(&crowd, || ()).await });
        }
        while queue.shared.waiting.lock().count() < CAPACITY {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.run(&crowd, || ()).await.unwrap_err().status(), 429);
        jobs.spawn({
            let queue = queue.clone();
            async move { queue.run(&lone, || ()).await }
        });
        while queue.shared.waiting.lock().count() <= CAPACITY {
            tokio::task::yield_now().await;
        }
        gate.wait();
        assert!(jobs.join_all().await.iter().all(Result::is_ok));
    }
}
