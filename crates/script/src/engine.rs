//! One run, from the message in to the message out.

use crate::{Answer, Denial, Failure, Limits, Outcome, Request, Response, Run};
use rquickjs::context::EvalOptions;
use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Function, Object, Runtime, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// What a script finds besides the language.
const PRELUDE: &str = include_str!("prelude.js");
/// Characters of a message that are kept.
const MESSAGE: usize = 1024;
/// What a denial says that says nothing.
const DENIED: &str = "Access denied";
/// A delay beyond every time limit.
const NEVER: Duration = Duration::from_hours(1);

/// A response on its way into the script.
type Arrival = (u32, Result<Response, String>);

/// How the called function ended.
enum End {
    Returned(String),
    NoObject(String),
    Threw(String),
    OutOfMemory,
}

/// What the functions that the script can call leave behind.
struct Host {
    denial: Denial,
    end: RefCell<Option<End>>,
    /// Who waits for which moment.
    timers: RefCell<Vec<(Instant, u32)>>,
    /// Requests that were begun, and those without an answer so far.
    begun: Cell<usize>,
    open: Cell<usize>,
    arrivals: Sender<Arrival>,
}

/// Runs a script to its end, on this thread.
///
/// # Errors
/// [`Failure`], whatever the script does.
pub fn run(run: &Run) -> Result<Outcome, Failure> {
    let deadline = Instant::now() + run.limits.time;
    let runtime = Runtime::new().map_err(|error| Failure::Engine(error.to_string()))?;
    runtime.set_memory_limit(run.limits.memory);
    runtime.set_max_stack_size(run.limits.stack);
    runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() >= deadline)));
    let context = Context::full(&runtime).map_err(|error| Failure::Engine(error.to_string()))?;
    let (arrivals, arrived) = channel();
    let host = Rc::new(Host {
        denial: run.denial.clone(),
        end: RefCell::default(),
        timers: RefCell::default(),
        begun: Cell::default(),
        open: Cell::default(),
        arrivals,
    });
    let outcome = context.with(|ctx| execute(&ctx, run, &host, &arrived, deadline));
    // A script that denied access has decided, whatever it threw, caught or returned then.
    if let Some(message) = run.denial.message() {
        return Ok(Outcome::Denied(message));
    }
    match outcome {
        Err(Failure::Threw(_)) if Instant::now() >= deadline => Err(timed_out(run.limits)),
        other => other,
    }
}

fn timed_out(limits: Limits) -> Failure {
    Failure::TimedOut(limits.time.as_millis())
}

fn execute<'js>(
    ctx: &Ctx<'js>,
    run: &Run,
    host: &Rc<Host>,
    arrived: &Receiver<Arrival>,
    deadline: Instant,
) -> Result<Outcome, Failure> {
    let prelude = ctx.eval::<Function<'js>, _>(PRELUDE);
    let prelude = prelude.catch(ctx).map_err(|error| engine(&error))?;
    let bridge = bridge(ctx, run, host).catch(ctx).map_err(|error| engine(&error))?;
    let hooks: Object<'js> = prelude.call((bridge,)).catch(ctx).map_err(|error| engine(&error))?;
    let [call, settle, describe] = ["call", "settle", "describe"].map(|name| hooks.get::<_, Function<'js>>(name));
    let (Ok(call), Ok(settle), Ok(describe)) = (call, settle, describe) else {
        return Err(Failure::Engine("the prelude is incomplete".to_owned()));
    };
    let threw = |error: CaughtError<'js>| match text(&describe, error) {
        Some(text) => Failure::Threw(shorten(&text)),
        None => Failure::OutOfMemory,
    };

    evaluate::<Value<'js>>(ctx, &run.source).catch(ctx).map_err(threw)?;
    let look = format!("typeof {0} === 'function' ? {0} : undefined", run.entry);
    let entry = evaluate::<Option<Function<'js>>>(ctx, &look)
        .catch(ctx)
        .map_err(threw)?;
    let entry = entry.ok_or(Failure::NoFunction(run.entry))?;
    let argument = serde_json::to_string(&run.argument).map_err(|error| Failure::Engine(error.to_string()))?;
    call.call::<_, ()>((entry, argument)).catch(ctx).map_err(threw)?;

    loop {
        while host.is_undecided() && Instant::now() < deadline && ctx.execute_pending_job() {}
        if let Some(end) = host.end.take() {
            return finish(end, run.limits);
        }
        if Instant::now() >= deadline {
            return Err(timed_out(run.limits));
        }
        if host.denial.message().is_some() {
            // The caller takes the denial in place of this.
            return Err(Failure::Threw("access was denied".to_owned()));
        }
        match host.next(arrived, deadline) {
            Next::Timer(id) => settle.call::<_, ()>((id, true)).catch(ctx).map_err(threw)?,
            Next::Arrival(id, Ok(response)) => {
                let json = serde_json::to_string(&response).map_err(|error| Failure::Engine(error.to_string()))?;
                settle.call::<_, ()>((id, true, json)).catch(ctx).map_err(threw)?;
            }
            Next::Arrival(id, Err(reason)) => settle.call::<_, ()>((id, false, reason)).catch(ctx).map_err(threw)?,
            Next::TooLate => return Err(timed_out(run.limits)),
            Next::Nothing => {
                return Err(Failure::Threw(
                    "The script waits for something that never happens.".to_owned(),
                ));
            }
        }
    }
}

/// Evaluates a script as a browser does: what it declares is there for the next one, and it need not be strict.
fn evaluate<'js, V: rquickjs::FromJs<'js>>(ctx: &Ctx<'js>, source: &str) -> rquickjs::Result<V> {
    let mut options = EvalOptions::default();
    options.strict = false;
    ctx.eval_with_options(source, options)
}

/// The functions that the prelude calls.
fn bridge<'js>(ctx: &Ctx<'js>, run: &Run, host: &Rc<Host>) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    let own = host.clone();
    // Before anything of the message is looked at, which the script's own code may be run for.
    let deny = move || {
        let is_first = own.denial.message().is_none();
        if is_first {
            own.denial.set(DENIED.to_owned());
        }
        is_first
    };
    object.set("deny", Function::new(ctx.clone(), deny)?)?;
    let own = host.clone();
    let explain = move |message: String| own.denial.set(shorten(&message));
    object.set("explain", Function::new(ctx.clone(), explain)?)?;
    let own = host.clone();
    let finish = move |kind: String, text: String| {
        let end = match kind.as_str() {
            "returned" => End::Returned(text),
            "no object" => End::NoObject(text),
            "no memory" => End::OutOfMemory,
            _ => End::Threw(shorten(&text)),
        };
        own.end.borrow_mut().get_or_insert(end);
    };
    object.set("finish", Function::new(ctx.clone(), finish)?)?;
    let own = host.clone();
    let allowed = run.limits.timers;
    let wait = move |id: u32, milliseconds: f64| {
        let mut timers = own.timers.borrow_mut();
        if timers.len() >= allowed {
            return false;
        }
        // What is beyond the time limit never happens, whenever it is due.
        let delay = Duration::try_from_secs_f64(milliseconds / 1000.0).map_or(NEVER, |delay| delay.min(NEVER));
        timers.push((Instant::now() + delay, id));
        true
    };
    object.set("wait", Function::new(ctx.clone(), wait)?)?;
    let own = host.clone();
    let forget = move |id: u32| own.timers.borrow_mut().retain(|(_, known)| *known != id);
    object.set("forget", Function::new(ctx.clone(), forget)?)?;
    let (own, network, allowed, largest) = (
        host.clone(),
        run.network.clone(),
        run.limits.requests,
        run.limits.request,
    );
    let send = move |id: u32, request: String| -> Option<String> {
        let Some(network) = &network else {
            return Some("This tenant's scripts may not use the network.".to_owned());
        };
        if own.begun.get() >= allowed {
            return Some(format!("A script may make {allowed} requests."));
        }
        if request.len() > largest {
            return Some(format!("A request may have {largest} bytes."));
        }
        let request: Request = match serde_json::from_str(&request) {
            Ok(request) => request,
            Err(error) => return Some(error.to_string()),
        };
        own.begun.set(own.begun.get() + 1);
        own.open.set(own.open.get() + 1);
        let arrivals = own.arrivals.clone();
        let answer: Answer = Box::new(move |response| {
            // A run that has ended listens no more.
            let _ = arrivals.send((id, response));
        });
        network.send(request, answer);
        None
    };
    object.set("send", Function::new(ctx.clone(), send)?)?;
    Ok(object)
}

/// What a run waits for.
enum Next {
    Timer(u32),
    Arrival(u32, Result<Response, String>),
    TooLate,
    Nothing,
}

impl Host {
    fn is_undecided(&self) -> bool {
        self.end.borrow().is_none() && self.denial.message().is_none()
    }

    /// Waits until the first timer is due or a response is there.
    fn next(&self, arrived: &Receiver<Arrival>, deadline: Instant) -> Next {
        let first = self
            .timers
            .borrow()
            .iter()
            .enumerate()
            .min_by_key(|(_, (due, _))| *due)
            .map(|(at, (due, _))| (at, *due));
        if self.open.get() == 0 && first.is_none() {
            return Next::Nothing;
        }
        let until = first.map_or(deadline, |(_, due)| due.min(deadline));
        match arrived.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok((id, response)) => {
                self.open.set(self.open.get() - 1);
                Next::Arrival(id, response)
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => match first {
                Some((at, due)) if due <= deadline => Next::Timer(self.timers.borrow_mut().remove(at).1),
                _ => Next::TooLate,
            },
        }
    }
}

fn finish(end: End, limits: Limits) -> Result<Outcome, Failure> {
    match end {
        End::Threw(message) => Err(Failure::Threw(message)),
        End::OutOfMemory => Err(Failure::OutOfMemory),
        End::NoObject(what) => Err(Failure::NoObject(format!("it returned {what}."))),
        End::Returned(json) if json.len() > limits.answer => Err(Failure::TooLarge(limits.answer)),
        End::Returned(json) => match serde_json::from_str(&json) {
            Ok(members) => Ok(Outcome::Returned(members)),
            // An object that turns into something else as JSON: a date, or one nested too deep.
            Err(_) => Err(Failure::NoObject("what it returned is no object of JSON.".to_owned())),
        },
    }
}

/// What was thrown, in words; the engine's own errors are its words. Nothing at all is thrown by an engine without memory.
fn text<'js>(describe: &Function<'js>, error: CaughtError<'js>) -> Option<String> {
    let thrown = match error {
        CaughtError::Error(error) => return Some(error.to_string()),
        CaughtError::Exception(exception) => exception.into_value(),
        CaughtError::Value(value) if value.is_null() => return None,
        CaughtError::Value(value) => value,
    };
    let described = describe.call((thrown,));
    Some(described.unwrap_or_else(|_| "The script threw something that cannot be described.".to_owned()))
}

fn engine(error: &CaughtError<'_>) -> Failure {
    Failure::Engine(error.to_string())
}

fn shorten(message: &str) -> String {
    message.chars().take(MESSAGE).collect()
}
