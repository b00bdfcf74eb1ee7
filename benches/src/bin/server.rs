//! What a built server costs: starts, memory, bytes of pages, and processor time of requests beside the raw signature.
//!
//! `cargo build --release && cargo run --release -p soleira-benches --bin server [target/release/soleira] [postgres://…]`
//!
//! With an address of a PostgreSQL server, whose database must be empty, it measures there instead of on SQLite.
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use soleira_benches::{
    KB, MB,
    fixtures::{Amounts, prepare},
    http::Connection,
    in_units, micros_each, processor_time, resident_memory,
    server::{ADMIN_PORT, PORT, Server},
    signature,
};
use std::{
    error::Error,
    io::Read,
    path::PathBuf,
    time::{Duration, Instant},
};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const REQUESTS: usize = 5_000;

/// Processor time of the server for one request of many, in microseconds, and requests per second one after the other.
fn cost(server: &Server, method: &str, path: &str, headers: &str, body: &str) -> Result<(f64, f64)> {
    let mut connection = Connection::open(PORT)?;
    for _ in 0..200 {
        let answer = connection.send(method, path, headers, body)?;
        if answer.status != 200 {
            return Err(format!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
        }
    }
    let (begun, cpu) = (Instant::now(), processor_time(&server.pid())?);
    for _ in 0..REQUESTS {
        connection.send(method, path, headers, body)?;
    }
    let (spent, elapsed) = (processor_time(&server.pid())?.saturating_sub(cpu), begun.elapsed());
    Ok((micros_each(spent, REQUESTS), 1e6 / micros_each(elapsed, REQUESTS)))
}

/// What a browser loads for a page: the page and what it links to, compressed.
fn page_weight(connection: &mut Connection, path: &str, cookies: &str) -> Result<(usize, usize)> {
    let headers = format!("accept-encoding: gzip\r\naccept-language: en\r\ncookie: {cookies}\r\n");
    let page = connection.send("GET", path, &headers, "")?;
    if page.status != 200 {
        return Err(format!("{path}: {}", page.status).into());
    }
    let (mut bytes, mut requests) = (page.body.len(), 1);
    let mut html = String::new();
    if page.header("content-encoding") == Some("gzip") {
        flate2::read::GzDecoder::new(page.body.as_slice()).read_to_string(&mut html)?;
    } else {
        html = String::from_utf8(page.body)?;
    }
    let mut seen = Vec::new();
    for link in html.split('"').filter(|text| text.starts_with("/assets/")) {
        if !seen.contains(&link) {
            seen.push(link);
            bytes += connection.send("GET", link, &headers, "")?.body.len();
            requests += 1;
        }
    }
    Ok((bytes, requests))
}

fn report(name: &str, value: impl std::fmt::Display) {
    println!("{name:<56} {value}");
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let program = PathBuf::from(arguments.next().unwrap_or_else(|| "target/release/soleira".into())).canonicalize()?;
    let database = arguments.next();
    let database = database.as_deref();
    let folder = tempfile::tempdir_in(".")?;
    let data = folder.path().canonicalize()?;

    report("binary size, MB", in_units(std::fs::metadata(&program)?.len(), MB));
    let (server, first) = Server::start(&program, &data, database)?;
    report("first start with migration and seed, ms", first.as_millis());
    server.stop()?;
    let amounts = Amounts {
        users: 1,
        codes: 0,
        refresh_tokens: 0,
    };
    let fixtures = prepare(&data, database, amounts).await?;
    let mut starts = Vec::new();
    for _ in 0..5 {
        let (server, start) = Server::start(&program, &data, database)?;
        starts.push(start);
        server.stop()?;
    }
    starts.sort();
    report(
        "warm start to the first answer, median of 5, ms",
        format!("{:.1}", starts[2].as_secs_f64() * 1e3),
    );

    let (server, _) = Server::start(&program, &data, database)?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    report(
        "resident memory, idle, MB",
        in_units(resident_memory(&server.pid())?, MB),
    );

    let mut browser = Connection::open(PORT)?;
    let request = format!(
        "/oidc/auth?client_id={}&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&response_type=code&scope=openid",
        fixtures.web
    );
    let begun = browser.send("GET", &request, "", "")?;
    let (bytes, requests) = page_weight(
        &mut browser,
        begun.header("location").unwrap_or_default(),
        &begun.cookies(),
    )?;
    report(
        "sign-in page, first load compressed, KB (requests)",
        format!("{} ({requests})", in_units(bytes as u64, KB)),
    );
    let mut operator = Connection::open(ADMIN_PORT)?;
    let (bytes, requests) = page_weight(&mut operator, "/console/welcome", "")?;
    report(
        "Console's welcome, first load compressed, KB (requests)",
        format!("{} ({requests})", in_units(bytes as u64, KB)),
    );

    let raw = signature()?;
    report("raw ES384 signature, µs CPU", format!("{raw:.0}"));
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let credentials = fixtures.client_credentials();
    let bearer = format!("authorization: Bearer {}\r\n", fixtures.access_token);
    for (name, method, path, headers, body) in [
        (
            "client-credentials token",
            "POST",
            "/oidc/token",
            form,
            credentials.as_str(),
        ),
        ("userinfo of an opaque token", "GET", "/oidc/me", bearer.as_str(), ""),
        ("discovery", "GET", "/oidc/.well-known/openid-configuration", "", ""),
    ] {
        let (spent, rate) = cost(&server, method, path, headers, body)?;
        report(
            name,
            format!(
                "{spent:.0} µs CPU = {:.2} signatures, {rate:.0}/s on one connection",
                spent / raw
            ),
        );
    }
    report(
        "resident memory after the requests, MB",
        in_units(resident_memory(&server.pid())?, MB),
    );
    server.stop()
}
