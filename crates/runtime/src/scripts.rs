//! Scripts of tenants, each run on a thread of its own, with the guarded client as their way to the outside.
//!
//! The engine looks at the clock between the steps of a script, and a single step of its library can be long, or endless.
//! A run that does not end by itself is given up: its caller hears of it, and its thread is lost until the step ends. A
//! tenant that lost [`LOST`] threads runs no more scripts meanwhile, so that it takes nothing from the others.

use parking_lot::Mutex;
use soleira_connect::HttpClient;
use soleira_connect::http::{HttpError, Request, Response};
use soleira_core::{Code, Error, Kind, Result, TenantId};
use soleira_script::{Answer, Failure, Limits, Network, Outcome, Run};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

/// Scripts that may run at once. One that waits for an answer from outside keeps its thread.
const RUNS: usize = 8;
/// Those of one tenant.
const RUNS_OF_A_TENANT: usize = 4;
/// How long a run waits for room.
const ROOM: Duration = Duration::from_secs(2);
/// Threads that one tenant may lose.
const LOST: usize = 2;
/// How much later than its limit a run is given up that does not end by itself.
const PATIENCE: Duration = Duration::from_secs(1);
/// Requests of all scripts that may be under way at once.
const REQUESTS: usize = 32;
/// Headers that a request may have.
const HEADERS: usize = 64;
/// Bytes that an answer from outside may have.
const MAX_ANSWER: usize = 256 * 1024;

/// Where scripts run.
pub struct Scripts {
    runs: Semaphore,
    tenants: Mutex<HashMap<TenantId, Arc<Share>>>,
    http: HttpClient,
    tasks: TaskTracker,
    requests: Arc<Semaphore>,
}

impl std::fmt::Debug for Scripts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripts")
    }
}

/// What one tenant may use.
struct Share {
    runs: Semaphore,
    lost: AtomicUsize,
}

impl Scripts {
    pub(crate) fn new(http: HttpClient, tasks: TaskTracker) -> Self {
        Self {
            runs: Semaphore::new(RUNS),
            tenants: Mutex::default(),
            http,
            tasks,
            requests: Arc::new(Semaphore::new(REQUESTS)),
        }
    }

    /// Runs a script; within, what it decided. Its time begins when there is room for it.
    ///
    /// # Errors
    /// 429 when there is no room within two seconds, or the tenant's scripts do not end.
    pub async fn run(&self, tenant: &TenantId, run: Run) -> Result<std::result::Result<Outcome, Failure>> {
        let share = self.share(tenant);
        if share.lost.load(Ordering::Relaxed) >= LOST {
            return Err(busy());
        }
        let room = async { (share.runs.acquire().await, self.runs.acquire().await) };
        let Ok((Ok(_own), Ok(_all))) = tokio::time::timeout(ROOM, room).await else {
            return Err(busy());
        };
        let (limits, denial) = (run.limits, run.denial.clone());
        let (answer, outcome) = oneshot::channel();
        let spawned = std::thread::Builder::new().name("script".to_owned()).spawn(move || {
            // Whatever a script brings the engine to, its caller hears of it by the closed channel.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let _ = answer.send(soleira_script::run(&run));
            }));
        });
        let thread = spawned.map_err(Error::internal)?;
        match tokio::time::timeout(limits.time + PATIENCE, outcome).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(_)) => Err(Error::internal("a script ended without an answer")),
            Err(_) => {
                tracing::warn!(%tenant, "a script does not end; its thread is lost until it does");
                self.lose(Arc::clone(&share), thread);
                Ok(match denial.message() {
                    Some(message) => Ok(Outcome::Denied(message)),
                    None => Err(Failure::TimedOut(limits.time.as_millis())),
                })
            }
        }
    }

    fn share(&self, tenant: &TenantId) -> Arc<Share> {
        let mut tenants = self.tenants.lock();
        let share = tenants.entry(tenant.clone()).or_insert_with(|| {
            Arc::new(Share {
                runs: Semaphore::new(RUNS_OF_A_TENANT),
                lost: AtomicUsize::new(0),
            })
        });
        Arc::clone(share)
    }

    /// Counts a thread as lost until it ends.
    fn lose(&self, share: Arc<Share>, thread: std::thread::JoinHandle<()>) {
        share.lost.fetch_add(1, Ordering::Relaxed);
        self.tasks.spawn(async move {
            while !thread.is_finished() {
                tokio::time::sleep(PATIENCE).await;
            }
            share.lost.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// The way to the outside for one run. What is under way ends with the run.
    pub fn network(&self, limits: Limits) -> Arc<dyn Network> {
        Arc::new(Guarded {
            http: self.http.clone(),
            tasks: self.tasks.clone(),
            requests: Arc::clone(&self.requests),
            handle: Handle::current(),
            timeout: limits.time,
            ended: CancellationToken::new(),
        })
    }
}

fn busy() -> Error {
    Error::new(Code::RequestRateLimited).kind_is(Kind::RateLimited)
}

/// `fetch` through the guarded client: public addresses only, no redirects, and what `outbound.allow` names besides.
struct Guarded {
    http: HttpClient,
    tasks: TaskTracker,
    requests: Arc<Semaphore>,
    handle: Handle,
    timeout: Duration,
    ended: CancellationToken,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

impl Network for Guarded {
    fn send(&self, request: soleira_script::Request, answer: Answer) {
        let request = match outbound(request, self.timeout) {
            Ok(request) => request,
            Err(reason) => return answer(Err(reason.to_owned())),
        };
        let Ok(room) = Arc::clone(&self.requests).try_acquire_owned() else {
            return answer(Err("Too many requests of scripts are under way.".to_owned()));
        };
        let (http, ended) = (self.http.clone(), self.ended.clone());
        self.tasks.spawn_on(
            async move {
                let _room = room;
                let sent = tokio::select! {
                    sent = http.send(request) => sent,
                    () = ended.cancelled() => return,
                };
                answer(sent.map(inbound).map_err(|error| {
                    tracing::debug!(%error, "a script's request failed");
                    told(&error).to_owned()
                }));
            },
            &self.handle,
        );
    }
}

/// What a script hears of a failure: nothing that tells how the server's own network looks.
const fn told(error: &HttpError) -> &'static str {
    match error {
        HttpError::Timeout { .. } => "There was no answer in time.",
        HttpError::TooLarge { .. } => "The answer is too large.",
        HttpError::Url(_) => "The address is not one that can be asked.",
        HttpError::Header(_) => "A header cannot be sent.",
        HttpError::Method(_) => "The method cannot be sent.",
        HttpError::Refused { .. } | HttpError::Dns { .. } | HttpError::Connection { .. } | HttpError::Setup(_) => {
            "The address cannot be reached."
        }
    }
}

fn outbound(request: soleira_script::Request, timeout: Duration) -> std::result::Result<Request, &'static str> {
    let url = Url::parse(&request.url).map_err(|_| "The address is not one that can be asked.")?;
    if request.headers.len() > HEADERS {
        return Err("There are too many headers.");
    }
    let mut outbound = Request::of_method(&request.method, url).map_err(|error| told(&error))?;
    for (name, value) in &request.headers {
        outbound = outbound.named_header(name, value).map_err(|error| told(&error))?;
    }
    if let Some(body) = request.body {
        outbound = outbound.text(body);
    }
    Ok(outbound.timeout(timeout).max_body(MAX_ANSWER))
}

fn inbound(response: Response) -> soleira_script::Response {
    soleira_script::Response {
        status: response.status(),
        headers: response
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_connect::OutboundPolicy;
    use soleira_script::Denial;

    fn scripts() -> Scripts {
        Scripts::new(HttpClient::new(OutboundPolicy::public_only()), TaskTracker::new())
    }

    fn run(body: &str) -> Run {
        Run {
            source: format!("const act = async ({{ api }}) => {{ {body} }};").into(),
            entry: "act",
            argument: serde_json::Map::new(),
            network: None,
            limits: Limits {
                time: Duration::from_millis(100),
                ..Limits::default()
            },
            denial: Denial::default(),
        }
    }

    /// A step of the library that does not look at the clock for some seconds.
    const STUCK: &str = "[].indexOf.call(new Proxy({}, {}), 1); [].reverse.call({ length: 300_000_000 });";

    #[tokio::test]
    async fn a_tenant_whose_scripts_do_not_end_takes_nothing_from_the_others() {
        let scripts = scripts();
        let (crowd, lone): (TenantId, TenantId) = ("crowd".into(), "lone".into());
        let denied = format!("try {{ api.denyAccess('no'); }} catch {{}} {STUCK}");
        let outcome = scripts.run(&crowd, run(&denied)).await.unwrap();
        assert_eq!(
            outcome,
            Ok(Outcome::Denied("no".to_owned())),
            "a denial stands whatever follows"
        );
        let outcome = scripts.run(&crowd, run(STUCK)).await.unwrap();
        assert_eq!(outcome, Err(Failure::TimedOut(100)));
        assert_eq!(scripts.run(&crowd, run("return {};")).await.unwrap_err().status(), 429);
        let outcome = scripts.run(&lone, run("return {};")).await.unwrap();
        assert_eq!(outcome, Ok(Outcome::Returned(serde_json::Map::new())));
    }

    #[tokio::test]
    async fn who_finds_no_room_is_told_so() {
        let scripts = Arc::new(scripts());
        let tenant: TenantId = "crowd".into();
        let waits = "await new Promise((resolve) => setTimeout(resolve, 60_000));";
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..RUNS_OF_A_TENANT {
            let (scripts, tenant) = (scripts.clone(), tenant.clone());
            let mut run = run(waits);
            run.limits.time = ROOM * 2;
            crowd.spawn(async move { scripts.run(&tenant, run).await });
        }
        while scripts.share(&tenant).runs.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(scripts.run(&tenant, run("return {};")).await.unwrap_err().status(), 429);
        let other = scripts.run(&"lone".into(), run("return {};")).await.unwrap();
        assert!(other.is_ok());
        for outcome in crowd.join_all().await {
            assert_eq!(outcome.unwrap(), Err(Failure::TimedOut(4_000)));
        }
    }
}
