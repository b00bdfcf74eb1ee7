use crate::{Answer, Denial, Failure, Limits, Network, Outcome, Request, Response, Run};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("no object: {other}"),
    }
}

fn of(source: &str) -> Run {
    Run {
        source: source.into(),
        entry: "getCustomJwtClaims",
        argument: object(json!({"token": {"clientId": "app"}, "environmentVariables": {"plan": "pro"}})),
        network: None,
        limits: Limits::default(),
        denial: Denial::default(),
    }
}

fn body(body: &str) -> Run {
    of(&format!(
        "const getCustomJwtClaims = async ({{ token, environmentVariables, api }}) => {{ {body} }};"
    ))
}

fn returned(run: &Run) -> Value {
    match crate::run(run) {
        Ok(Outcome::Returned(members)) => Value::Object(members),
        other => panic!("{other:?}"),
    }
}

fn failure(run: &Run) -> Failure {
    crate::run(run).expect_err("the script should fail")
}

#[test]
fn a_function_may_be_declared_in_any_way() {
    for source in [
        "function getCustomJwtClaims({ token }) { return { by: token.clientId }; }",
        "async function getCustomJwtClaims({ token }) { return { by: token.clientId }; }",
        "const getCustomJwtClaims = ({ token }) => ({ by: token.clientId });",
        "let getCustomJwtClaims = async ({ token }) => { await null; return { by: token.clientId }; };",
        "var getCustomJwtClaims = function (given) { return Promise.resolve({ by: given.token.clientId }); }",
        "leaky = 'sloppy'; globalThis.getCustomJwtClaims = ({ token }) => ({ by: token.clientId });",
    ] {
        assert_eq!(returned(&of(source)), json!({"by": "app"}), "{source}");
    }
    assert_eq!(
        failure(&of("const getOtherClaims = () => ({});")),
        Failure::NoFunction("getCustomJwtClaims")
    );
    assert_eq!(
        failure(&of("const getCustomJwtClaims = 5;")),
        Failure::NoFunction("getCustomJwtClaims")
    );
}

#[test]
fn what_is_returned_becomes_json() {
    let run = body(
        "return { plan: environmentVariables.plan, none: undefined, f() {}, n: NaN, d: new Date(0), deep: [{ a: 1 }] };",
    );
    assert_eq!(
        returned(&run),
        json!({"plan": "pro", "n": null, "d": "1970-01-01T00:00:00.000Z", "deep": [{"a": 1}]})
    );
    assert_eq!(returned(&body("return {};")), json!({}));
}

#[test]
fn anything_but_an_object_is_a_failure() {
    for (source, what) in [
        ("return;", "undefined"),
        ("return null;", "null"),
        ("return 5;", "number"),
        ("return 'claims';", "string"),
        ("return [1];", "an array"),
        ("return () => ({});", "function"),
    ] {
        let failure = failure(&body(source));
        assert_eq!(failure, Failure::NoObject(format!("it returned {what}.")), "{source}");
    }
    assert!(matches!(failure(&body("return new Date(0);")), Failure::NoObject(_)));
    assert!(matches!(
        failure(&body("return { toJSON: () => 5 };")),
        Failure::NoObject(_)
    ));
    let circular = failure(&body("const own = {}; own.own = own; return own;"));
    assert!(
        matches!(&circular, Failure::Threw(message) if message.contains("circular")),
        "{circular:?}"
    );
    assert!(matches!(failure(&body("return { big: 1n };")), Failure::Threw(_)));
    let deep = "let deep = {}; for (let i = 0; i < 500; i++) deep = { deep }; return deep;";
    assert!(matches!(failure(&body(deep)), Failure::NoObject(_)));
    let large = failure(&body("return { large: 'x'.repeat(70000) };"));
    assert_eq!(large, Failure::TooLarge(65_536));
}

#[test]
fn whatever_is_thrown_is_told_in_words() {
    for (source, words) in [
        ("throw new TypeError('no plan');", "TypeError: no plan"),
        ("throw 'no plan';", "no plan"),
        ("throw { reason: 'no plan' };", r#"{"reason":"no plan"}"#),
        ("throw undefined;", "undefined"),
        (
            "throw { toJSON() { throw 1; } };",
            "The script threw something that cannot be described.",
        ),
        ("throw new Error('cut \\ud83d');", "Error: cut \u{fffd}"),
        ("missing.member;", "ReferenceError: missing is not defined"),
    ] {
        assert_eq!(failure(&body(source)), Failure::Threw(words.into()), "{source}");
    }
    let syntax = failure(&of("const getCustomJwtClaims = ("));
    assert!(
        matches!(&syntax, Failure::Threw(message) if message.starts_with("SyntaxError")),
        "{syntax:?}"
    );
    let top = failure(&of("throw new Error('at the top');"));
    assert_eq!(top, Failure::Threw("Error: at the top".into()));
    let long = failure(&body("throw new Error('x'.repeat(100000));"));
    assert!(matches!(&long, Failure::Threw(message) if message.len() <= 1024));
}

#[test]
fn denying_access_is_final() {
    for (source, message) in [
        ("api.denyAccess();", "Access denied"),
        ("api.denyAccess('Pay first');", "Pay first"),
        (
            "try { api.denyAccess('Pay first'); } catch { return { ok: true }; }",
            "Pay first",
        ),
        (
            "try { api.denyAccess('first'); } catch {} api.denyAccess('second');",
            "first",
        ),
        (
            "setTimeout(() => api.denyAccess('late'), 1); await new Promise(() => {});",
            "late",
        ),
        ("try { api.denyAccess('busy'); } catch {} for (;;) {}", "busy"),
        ("api.denyAccess('cut \\ud83d');", "cut \u{fffd}"),
        (
            "try { api.denyAccess('cut \\ud83d'); } catch {} return { ok: true };",
            "cut \u{fffd}",
        ),
        ("api.denyAccess(Object.create(null));", "Access denied"),
        ("api.denyAccess({ toString() { throw 1; } });", "Access denied"),
        ("api.denyAccess({ toString() { for (;;) {} } });", "Access denied"),
        (
            "globalThis.String = () => { throw 1; }; api.denyAccess('replaced');",
            "replaced",
        ),
        ("globalThis.Error = null; api.denyAccess('replaced');", "replaced"),
        (
            "return { get late() { api.denyAccess('in a getter'); } };",
            "in a getter",
        ),
        ("api.denyAccess(null);", "null"),
    ] {
        let mut run = body(source);
        run.limits.time = Duration::from_millis(500);
        assert_eq!(crate::run(&run), Ok(Outcome::Denied(message.into())), "{source}");
    }
    let frozen = body("'use strict'; api.denyAccess = () => {}; return {};");
    assert!(matches!(failure(&frozen), Failure::Threw(_)));
}

#[test]
fn time_is_limited_whatever_it_is_spent_on() {
    for source in [
        "for (;;) {}",
        "for (;;) { await null; }",
        "for (;;) { try { for (;;) {} } catch {} }",
        "await new Promise((resolve) => setTimeout(resolve, 60000)); return {};",
        "return { is: /(a+)+$/.test('a'.repeat(64) + '!') };",
        "const again = () => setTimeout(again, 0); again(); await new Promise(() => {});",
    ] {
        let mut run = body(source);
        run.limits.time = Duration::from_millis(200);
        let begun = Instant::now();
        assert_eq!(failure(&run), Failure::TimedOut(200), "{source}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{source}");
    }
    let mut top = of("for (;;) {}");
    top.limits.time = Duration::from_millis(200);
    assert_eq!(failure(&top), Failure::TimedOut(200));
    let never = failure(&body("await new Promise(() => {}); return {};"));
    assert!(matches!(&never, Failure::Threw(message) if message.contains("never happens")));
}

#[test]
fn memory_and_stack_are_limited_and_the_process_lives_on() {
    for source in [
        "const all = []; for (;;) all.push(new Array(10000).fill(all.length));",
        "let text = 'x'; for (;;) text += text;",
        "const buffers = []; for (;;) buffers.push(new Uint8Array(1 << 20));",
        "const down = (n) => down(n + 1) + 1; return { n: down(0) };",
        "const all = []; try { for (;;) all.push({}); } catch { for (;;) { try { all.push([]); } catch { return {}; } } }",
        "let nested = '['.repeat(1000000); return JSON.parse(nested);",
    ] {
        let mut run = body(source);
        run.limits.memory = 8 * 1024 * 1024;
        // Some of them end by themselves once memory is short; none takes the process along.
        let _ = crate::run(&run);
        assert_eq!(
            returned(&body("return { alive: true };")),
            json!({"alive": true}),
            "{source}"
        );
    }
    let mut run = body("const all = []; for (;;) all.push(new Array(10000).fill(1));");
    run.limits.memory = 8 * 1024 * 1024;
    let failure = crate::run(&run).unwrap_err();
    assert!(
        matches!(&failure, Failure::OutOfMemory)
            || matches!(&failure, Failure::Threw(words) if words.contains("memory")),
        "{failure:?}"
    );
    let failure = |run: &Run| crate::run(run).unwrap_err();
    let deep = failure(&body("const down = (n) => down(n + 1) + 1; return { n: down(0) };"));
    assert!(
        matches!(&deep, Failure::Threw(message) if message.contains("stack")),
        "{deep:?}"
    );
}

#[test]
fn nothing_of_the_machine_is_in_reach_and_nothing_stays() {
    for name in [
        "process",
        "require",
        "Buffer",
        "Deno",
        "std",
        "os",
        "bjson",
        "XMLHttpRequest",
        "WebSocket",
    ] {
        let run = body(&format!("return {{ kind: typeof {name} }};"));
        assert_eq!(returned(&run), json!({"kind": "undefined"}), "{name}");
    }
    for source in [
        "await import('os'); return {};",
        "await import('./secrets.json'); return {};",
    ] {
        assert!(matches!(failure(&body(source)), Failure::Threw(_)), "{source}");
    }
    let source =
        "let runs = 0; globalThis.kept ??= 0; function getCustomJwtClaims() { return { runs: ++runs, kept: ++kept }; }";
    for _ in 0..2 {
        assert_eq!(returned(&of(source)), json!({"runs": 1, "kept": 1}));
    }
}

#[test]
fn a_script_that_spoils_its_own_world_spoils_nothing_else() {
    for source in [
        "JSON.stringify = () => '{\"forged\":true}'; JSON.parse = () => ({}); return { by: token.clientId };",
        "Map.prototype.get = () => { throw 1; }; return { by: token.clientId };",
        "Object.prototype.toJSON = undefined; Array.isArray = () => true; return { by: token.clientId };",
        "Object.defineProperty(Object.prototype, 'api', { get() { return null; } }); return { by: token.clientId };",
    ] {
        assert_eq!(returned(&body(source)), json!({"by": "app"}), "{source}");
    }
    for source in [
        "Math.max = () => NaN; setTimeout(() => {}, 1); return { by: token.clientId };",
        "Number = () => NaN; setTimeout(() => {}, -5); return { by: token.clientId };",
        "setTimeout(() => {}, Infinity); return { by: token.clientId };",
        "String.prototype.toWellFormed = () => { throw 1; }; return { by: token.clientId };",
        "Map.prototype.set = () => {}; await new Promise((resolve) => setTimeout(resolve, 1)); return { by: token.clientId };",
    ] {
        assert_eq!(returned(&body(source)), json!({"by": "app"}), "{source}");
    }
    let promises = body("Promise.prototype.then = undefined; return { by: token.clientId };");
    assert!(matches!(failure(&promises), Failure::Threw(_)));
    assert_eq!(returned(&body("return { by: token.clientId };")), json!({"by": "app"}));
}

#[test]
fn timers_run_in_their_order() {
    let source = "
        const order = [];
        const stopped = setTimeout(() => order.push('stopped'), 1);
        clearTimeout(stopped);
        await Promise.all([
          new Promise((resolve) => setTimeout((name) => resolve(order.push(name)), 20, 'later')),
          new Promise((resolve) => setTimeout(() => resolve(order.push('sooner')), 1)),
        ]);
        console.log('said to nobody');
        return { order };";
    assert_eq!(returned(&body(source)), json!({"order": ["sooner", "later"]}));
    let throws = failure(&body(
        "setTimeout(() => { throw new Error('in a timer'); }, 1); await new Promise(() => {});",
    ));
    assert_eq!(throws, Failure::Threw("Error: in a timer".into()));
}

/// Answers each request with what it was, from another thread; refuses one host.
struct Echo;

impl Network for Echo {
    fn send(&self, request: Request, answer: Answer) {
        std::thread::spawn(move || {
            if request.url.contains("refused.example") {
                return answer(Err("refused to connect".into()));
            }
            let body = json!({
                "url": request.url, "method": request.method, "headers": request.headers, "body": request.body,
            });
            answer(Ok(Response {
                status: if request.url.ends_with("/missing") { 404 } else { 200 },
                headers: vec![("content-type".into(), "application/json".into())],
                body: body.to_string(),
            }));
        });
    }
}

#[test]
fn a_lent_network_is_used_by_fetch() {
    let with_network = |source: &str| {
        let mut run = body(source);
        run.network = Some(Arc::new(Echo));
        run
    };
    let run = with_network(
        "const response = await fetch('https://api.example/plan', {
           method: 'post', headers: { 'X-Key': environmentVariables.plan }, body: JSON.stringify({ a: 1 }) });
         const echo = await response.json();
         return { ok: response.ok, type: response.headers.get('Content-Type'), none: response.headers.get('x-none'), echo };",
    );
    assert_eq!(
        returned(&run),
        json!({
            "ok": true, "type": "application/json", "none": null,
            "echo": {
                "url": "https://api.example/plan", "method": "POST", "headers": [["x-key", "pro"]], "body": "{\"a\":1}",
            },
        })
    );
    let missing =
        with_network("const { ok, status } = await fetch('https://api.example/missing'); return { ok, status };");
    assert_eq!(returned(&missing), json!({"ok": false, "status": 404}));
    let refused = failure(&with_network("await fetch('https://refused.example/'); return {};"));
    assert_eq!(refused, Failure::Threw("TypeError: refused to connect".into()));
    let parallel = with_network(
        "const all = await Promise.all([1, 2, 3].map((n) => fetch(`https://api.example/${n}`)));
         return { urls: all.map(({ url }) => url).length };",
    );
    assert_eq!(returned(&parallel), json!({"urls": 3}));
    let many = failure(&with_network(
        "for (let i = 0; i < 17; i++) await fetch('https://api.example/'); return {};",
    ));
    assert_eq!(many, Failure::Threw("TypeError: A script may make 16 requests.".into()));
    let large = failure(&with_network(
        "await fetch('https://api.example/', { method: 'POST', body: 'x'.repeat(300000) });",
    ));
    assert_eq!(
        large,
        Failure::Threw("TypeError: A request may have 262144 bytes.".into())
    );
    let blob = failure(&with_network(
        "await fetch('https://api.example/', { body: {} }); return {};",
    ));
    assert_eq!(
        blob,
        Failure::Threw("TypeError: The body of a request must be a string.".into())
    );
    let none = failure(&body("await fetch('https://api.example/'); return {};"));
    assert_eq!(
        none,
        Failure::Threw("TypeError: This tenant's scripts may not use the network.".into())
    );
}

#[test]
fn a_run_tells_nothing_of_its_argument() {
    let debug = format!("{:?}", of("const secret = 1;"));
    assert!(!debug.contains("pro") && !debug.contains("secret"), "{debug}");
}
