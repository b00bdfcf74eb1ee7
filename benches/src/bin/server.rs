//! What a built server costs: starts, memory, bytes of pages, and processor time of requests beside the raw signature.
//!
//! `cargo build --release && cargo run --release -p soleira-benches --bin server [target/release/soleira] [postgres://…]`
//!
//! With an address of a PostgreSQL server, whose database must be empty, it measures there instead of on SQLite.
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use soleira_benches::{KB, MB, http::Connection, in_units, micros_each, processor_time, resident_memory};
use soleira_connect::{HttpClient, OutboundPolicy};
use soleira_core::{
    ApplicationId, Clock, EntropyExt, GrantId, RoleId, Secret, SessionUid, SystemClock, Timestamp, UserId,
    model::{ApplicationType, OidcClientMetadata},
};
use soleira_crypto::{SigningKey, SystemEntropy, Vault, jws, password, token_hash};
use soleira_directory::{applications, roles, users};
use soleira_runtime::{App, Ctx, Parts, Settings, Tenant};
use soleira_store::{
    Db, Verdict,
    access_tokens::{self, AccessTokenRow},
    db::PostgresOptions,
    grants, unit,
};
use std::{
    error::Error,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const PORT: u16 = 13_001;
const ADMIN_PORT: u16 = 13_002;
const KEK: &str = "c29sZWlyYSBiZW5jaG1hcmtzLCAzMiBieXRlcyBrZXk=";
const REQUESTS: usize = 5_000;

struct Server(Child);

impl Server {
    /// Starts the program and waits for its first answer; how long that took.
    fn start(program: &Path, data: &Path, database: Option<&str>) -> Result<(Self, Duration)> {
        let begun = Instant::now();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PORT", PORT.to_string())
            .env("ADMIN_PORT", ADMIN_PORT.to_string())
            .env("SOLEIRA_DATA", data)
            .env("SOLEIRA_LOG", "warn")
            .env("SECRET_VAULT_KEK", KEK)
            .stdout(Stdio::null())
            .current_dir(data);
        if let Some(url) = database {
            command.env("DB_URL", url);
        }
        let mut child = command.spawn()?;
        loop {
            if let Ok(mut connection) = Connection::open(PORT)
                && connection
                    .send("GET", "/api/status", "", "")
                    .is_ok_and(|answer| answer.status == 204)
            {
                return Ok((Self(child), begun.elapsed()));
            }
            if let Some(status) = child.try_wait()? {
                return Err(format!("the server ended: {status}").into());
            }
            std::thread::yield_now();
        }
    }

    fn pid(&self) -> String {
        self.0.id().to_string()
    }

    fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.pid()).status()?;
        self.0.wait()?;
        Ok(())
    }
}

struct Fixtures {
    web: ApplicationId,
    machine: ApplicationId,
    machine_secret: String,
    access_token: String,
}

/// What an administrator and a sign-in would have made, through the use cases.
async fn prepare(data: &Path, database: Option<&str>) -> Result<Fixtures> {
    let entropy = Arc::new(SystemEntropy);
    let db = match database {
        Some(url) => Db::open_postgres(&PostgresOptions::new(Secret::new(url))).await?,
        None => Db::open_sqlite(&data.join("soleira.db")).await?,
    };
    let app = App::start(Parts {
        db,
        clock: Arc::new(SystemClock),
        vault: Vault::new(Vault::parse_kek(KEK)?, entropy.clone())?,
        entropy,
        hashing: password::Params::LOGTO,
        http: HttpClient::new(OutboundPolicy::public_only()),
        tenants: vec![Tenant::new(
            "default",
            format!("http://localhost:{PORT}").parse()?,
            None,
        )],
        settings: Settings::default(),
    });
    let tenant = app.tenant("default").ok_or("no tenant")?.clone();
    let ctx = Ctx::system(app.clone(), tenant);
    let mut web = applications::NewApplication::new("Bench", ApplicationType::Traditional);
    web.oidc_client_metadata = Some(OidcClientMetadata {
        redirect_uris: vec!["http://localhost:3000/callback".into()],
        ..OidcClientMetadata::default()
    });
    let web = applications::create(&ctx, web).await?;
    let machine = applications::NewApplication::new("Machine", ApplicationType::MachineToMachine);
    let machine = applications::create(&ctx, machine).await?;
    let machine_secret = applications::secrets(&ctx, &machine.id).await?.remove(0).value;
    roles::add_to_application(&ctx, &machine.id, vec![RoleId::from("admin-role")]).await?;
    let user = users::create(
        &ctx,
        users::CreateUser {
            username: Some("bench".into()),
            ..users::CreateUser::default()
        },
    )
    .await?;
    let access_token = issue(&ctx, &web.id, &user.user.id).await?;
    app.shut_down().await;
    Ok(Fixtures {
        web: web.id,
        machine: machine.id,
        machine_secret,
        access_token,
    })
}

/// An opaque access token that outlives the session, as `offline_access` gives.
async fn issue(ctx: &Ctx, client: &ApplicationId, user: &UserId) -> Result<String> {
    let now = SystemClock.now();
    let token = ctx.entropy().opaque();
    let grant = grants::GrantRow {
        id: GrantId(ctx.entropy().opaque()),
        user_id: user.clone(),
        client_id: client.clone(),
        openid_scope: "openid profile offline_access".into(),
        resources: grants::ResourceScopes::new(),
        rejected: grants::Rejected::default(),
        created_at: now,
        expires_at: now.plus_seconds(86_400),
        revoked_at: None,
    };
    let row = AccessTokenRow {
        grant_id: grant.id.clone(),
        client_id: client.clone(),
        user_id: user.clone(),
        session_uid: SessionUid(ctx.entropy().opaque()),
        sid: None,
        scope: "openid profile".into(),
        expires_with_session: false,
        created_at: now,
        expires_at: Timestamp(now.0).plus_seconds(3600),
    };
    let needs = (ctx.tenant.id.clone(), grant, token_hash(&token), row);
    ctx.write(unit(needs, |(tenant, grant, hash, row), tx| {
        Box::pin(async move {
            grants::upsert(tx, tenant, grant).await?;
            access_tokens::insert(tx, tenant, hash, row).await?;
            Ok(Verdict::Accept(()))
        })
    }))
    .await?;
    Ok(token)
}

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

/// Processor time of one raw ES384 signature in this run, in microseconds.
fn signature() -> Result<f64> {
    let key = SigningKey::generate_ec_p384()?;
    let cpu = processor_time("self")?;
    for number in 0..REQUESTS {
        jws::sign(&key, None, &serde_json::json!({ "n": number }))?;
    }
    Ok(micros_each(processor_time("self")?.saturating_sub(cpu), REQUESTS))
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
    let fixtures = prepare(&data, database).await?;
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
    let credentials = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all",
        fixtures.machine, fixtures.machine_secret
    );
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
