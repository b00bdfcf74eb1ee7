//! Work for threads of its own: bounded, fair among tenants, of low priority, so that it cannot starve the rest.

use parking_lot::{Condvar, Mutex, MutexGuard};
use soleira_core::{Code, Error, Kind, Result, TenantId};
use std::{
    collections::{HashMap, VecDeque},
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::oneshot;

/// How much the threads yield to the others.
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

/// What a thread does once when it had no work for a while.
#[derive(Clone, Copy)]
struct Rest {
    after: Duration,
    act: fn(),
}

/// The queue. Its threads start with the first job and end with the queue.
pub(crate) struct Turns {
    shared: Arc<Shared>,
    /// The name of its threads.
    name: &'static str,
    threads: NonZeroUsize,
    /// Jobs of one tenant that may wait, so that a crowd at one cannot lock another out.
    capacity: usize,
    rest: Option<Rest>,
    started: std::sync::Once,
    done: AtomicU64,
}

impl Turns {
    pub(crate) fn new(name: &'static str, threads: NonZeroUsize, capacity: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                waiting: Mutex::default(),
                arrived: Condvar::new(),
            }),
            name,
            threads,
            capacity,
            rest: None,
            started: std::sync::Once::new(),
            done: AtomicU64::new(0),
        }
    }

    /// Has each thread call `act` once it had no work for so long.
    pub(crate) fn resting(mut self, after: Duration, act: fn()) -> Self {
        self.rest = Some(Rest { after, act });
        self
    }

    pub(crate) fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    /// How many jobs were taken on since the start.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Runs a job in the tenant's turn.
    ///
    /// # Errors
    /// 429 when the tenant's queue is full.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        tenant: &TenantId,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        self.start();
        let (answer, outcome) = oneshot::channel();
        {
            let mut waiting = self.shared.waiting.lock();
            let queue = waiting.jobs.entry(tenant.clone()).or_default();
            if queue.len() >= self.capacity {
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
            .map_err(|_| Error::internal("a job ended without an answer"))
    }

    fn start(&self) {
        self.started.call_once(|| {
            for number in 0..self.threads.get() {
                let (shared, rest) = (self.shared.clone(), self.rest);
                let spawned = std::thread::Builder::new()
                    .name(format!("{}-{number}", self.name))
                    .spawn(move || work(&shared, rest));
                if let Err(error) = spawned {
                    tracing::error!(%error, "a thread could not be started");
                }
            }
        });
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.shared.waiting.lock().closed = true;
        self.shared.arrived.notify_all();
    }
}

fn work(shared: &Shared, rest: Option<Rest>) {
    // On Linux this is the thread's own priority. Without it the queue still works, less politely.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    loop {
        let job = {
            let mut waiting = shared.waiting.lock();
            let mut rest = rest;
            loop {
                if let Some(job) = waiting.next() {
                    break job;
                }
                if waiting.closed {
                    return;
                }
                let Some(Rest { after, act }) = rest else {
                    shared.arrived.wait(&mut waiting);
                    continue;
                };
                if shared.arrived.wait_for(&mut waiting, after).timed_out() {
                    rest = None;
                    // Whoever comes meanwhile is found by the next look.
                    MutexGuard::unlocked(&mut waiting, act);
                }
            }
        };
        // A job that panics must not take the thread along; its caller learns of it by the closed channel.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPACITY: usize = 8;

    #[tokio::test]
    async fn a_thread_without_work_rests_once_and_goes_on() {
        static RESTS: AtomicU64 = AtomicU64::new(0);
        let rest = || {
            RESTS.fetch_add(1, Ordering::Relaxed);
        };
        let queue = Turns::new("test", NonZeroUsize::MIN, CAPACITY).resting(Duration::from_millis(1), rest);
        for turn in 1..=3 {
            queue.run(&"tenant".into(), || ()).await.unwrap();
            while RESTS.load(Ordering::Relaxed) < turn {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(RESTS.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn tenants_take_turns() {
        let queue = Arc::new(Turns::new("test", NonZeroUsize::MIN, CAPACITY));
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
        let queue = Arc::new(Turns::new("test", NonZeroUsize::MIN, CAPACITY));
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
