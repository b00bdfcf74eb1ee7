//! Errors in the log, watched for each test: a server that logs one has done something wrong.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use tokio::runtime::{Builder, Runtime};
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry;

/// The error-level log lines of one test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<Vec<String>>>);

impl Faults {
    /// The lines so far; forgotten then.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no test panics while it holds this"))
    }
}

/// Runs something on a runtime whose every thread writes its log to the faults of this test.
pub(crate) fn watch(work: impl FnOnce(&Runtime, Faults)) {
    let faults = Faults::default();
    let dispatch = Dispatch::new(registry().with(faults.clone()));
    let of_threads = dispatch.clone();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        // The guard would end with this closure; the thread ends with the runtime.
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&of_threads)))
        .build()
        .expect("a runtime");
    tracing::dispatcher::with_default(&dispatch, || work(&runtime, faults));
}

impl<S: Subscriber> Layer<S> for Faults {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        self.0.lock().expect("no test panics while it holds this").push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_seen_on_every_thread_of_the_runtime() {
        watch(|runtime, faults| {
            runtime.block_on(async {
                tracing::error!(cause = "here", "broke");
                tracing::warn!("only a warning");
                let elsewhere = tokio::task::spawn_blocking(|| tracing::error!("broke there"));
                elsewhere.await.unwrap();
            });
            let lines = faults.take();
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert!(lines[0].contains("cause=\"here\"") && lines[1].contains("broke there"));
            assert!(faults.take().is_empty());
        });
    }
}
