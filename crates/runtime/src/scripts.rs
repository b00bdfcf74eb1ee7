//! Scripts of tenants, on threads of their own, with the guarded client as their way to the outside.

use crate::turns::Turns;
use soleira_connect::HttpClient;
use soleira_connect::http::{Request, Response};
use soleira_core::{Result, TenantId};
use soleira_script::{Answer, Failure, Limits, Network, Outcome, Run};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;
use url::Url;

/// Scripts that may run at once. One that waits for an answer from outside keeps its thread.
const THREADS: NonZeroUsize = NonZeroUsize::new(8).unwrap();
/// Runs of one tenant that may wait.
const CAPACITY: usize = 64;
/// Bytes that an answer from outside may have.
const MAX_ANSWER: usize = 256 * 1024;
/// How much later than its limit a run is given up that does not end by itself: the engine looks at the clock between
/// steps of the script, and a single step can be long.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where scripts run.
pub struct Scripts {
    turns: Turns,
    http: HttpClient,
    tasks: TaskTracker,
}

impl std::fmt::Debug for Scripts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripts")
    }
}

impl Scripts {
    pub(crate) fn new(http: HttpClient, tasks: TaskTracker) -> Self {
        Self {
            turns: Turns::new("script", THREADS, CAPACITY),
            http,
            tasks,
        }
    }

    /// Runs a script in the tenant's turn; within, what it decided. Its time begins with its turn.
    ///
    /// # Errors
    /// 429 when too many runs of the tenant wait.
    pub async fn run(&self, tenant: &TenantId, run: Run) -> Result<std::result::Result<Outcome, Failure>> {
        let limits = run.limits;
        let (begin, begun) = oneshot::channel();
        let running = self.turns.run(tenant, move || {
            let _ = begin.send(());
            soleira_script::run(&run)
        });
        let given_up = async {
            match begun.await {
                Ok(()) => tokio::time::sleep(limits.time + PATIENCE).await,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            outcome = running => outcome,
            () = given_up => Ok(Err(Failure::TimedOut(limits.time.as_millis()))),
        }
    }

    /// The way to the outside for one run.
    pub fn network(&self, limits: Limits) -> Arc<dyn Network> {
        Arc::new(Guarded {
            http: self.http.clone(),
            tasks: self.tasks.clone(),
            handle: Handle::current(),
            timeout: limits.time,
        })
    }
}

/// `fetch` through the guarded client: public addresses only, no redirects, and what `outbound.allow` names besides.
struct Guarded {
    http: HttpClient,
    tasks: TaskTracker,
    handle: Handle,
    timeout: Duration,
}

impl Network for Guarded {
    fn send(&self, request: soleira_script::Request, answer: Answer) {
        let request = match outbound(request, self.timeout) {
            Ok(request) => request,
            Err(reason) => return answer(Err(reason)),
        };
        let http = self.http.clone();
        self.tasks.spawn_on(
            async move {
                let response = http.send(request).await;
                answer(response.map(inbound).map_err(|error| error.to_string()));
            },
            &self.handle,
        );
    }
}

fn outbound(request: soleira_script::Request, timeout: Duration) -> std::result::Result<Request, String> {
    let url = Url::parse(&request.url).map_err(|_| format!("not an address: {}", request.url))?;
    let mut outbound = Request::of_method(&request.method, url).map_err(|error| error.to_string())?;
    for (name, value) in &request.headers {
        outbound = outbound.named_header(name, value).map_err(|error| error.to_string())?;
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
