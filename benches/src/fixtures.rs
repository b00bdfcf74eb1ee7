//! What an administrator and many sign-ins would have made, through the use cases and the store.

use soleira_connect::{HttpClient, OutboundPolicy};
use soleira_core::{
    ApplicationId, Clock, EntropyExt, GrantId, RoleId, Secret, SessionUid, SystemClock, TenantId, Timestamp, UserId,
    model::{ApplicationType, OidcClientMetadata},
};
use soleira_crypto::{SystemEntropy, Vault, password, refresh_token_hash, timely_token_hash};
use soleira_directory::{
    applications::{self, NewApplication},
    author, roles,
    users::{self, NewPassword, NewUser},
};
use soleira_runtime::{App, Ctx, Parts, Settings, Tenant};
use soleira_store::{
    Db, Tx, Verdict,
    access_tokens::{self, AccessTokenRow},
    authorization_codes::{self, CodeRow},
    bind,
    db::PostgresOptions,
    grants,
    refresh_tokens::{self, RefreshTokenRow},
    unit,
};
use std::{error::Error, path::Path, sync::Arc};

use crate::server::PORT;

/// The key-encryption key of the server under measurement.
pub const KEK: &str = "c29sZWlyYSBiZW5jaG1hcmtzLCAzMiBieXRlcyBrZXk=";
/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery staple";
/// The redirect URI of the applications, percent-encoded as in a form.
pub const REDIRECT_URI: &str = "http%3A%2F%2Flocalhost%3A3000%2Fcallback";
const CALLBACK: &str = "http://localhost:3000/callback";

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// How much there is of what a load needs.
#[derive(Debug, Clone, Copy)]
pub struct Amounts {
    /// People who can sign in.
    pub users: usize,
    /// Codes to redeem.
    pub codes: usize,
    /// Refresh tokens to begin with.
    pub refresh_tokens: usize,
}

/// What there is.
#[derive(Debug)]
pub struct Fixtures {
    /// A web application.
    pub web: ApplicationId,
    /// Its secret.
    pub web_secret: String,
    /// A native application.
    pub native: ApplicationId,
    /// A machine-to-machine application that may call the Management API.
    pub machine: ApplicationId,
    /// Its secret.
    pub machine_secret: String,
    /// An opaque access token.
    pub access_token: String,
    /// How many people can sign in, see [`username`].
    pub users: usize,
    /// Codes of the web application.
    pub codes: Vec<String>,
    /// Refresh tokens of the native application.
    pub refresh_tokens: Vec<String>,
}

impl Fixtures {
    /// The body of a token request of the machine.
    pub fn client_credentials(&self) -> String {
        format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all",
            self.machine, self.machine_secret
        )
    }
}

/// The username of a person by number.
pub fn username(number: usize) -> String {
    format!("bench_{number}")
}

/// Rows that one unit writes.
const CHUNK: usize = 500;

/// Opens the server's database, while the server does not run.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(data: &Path, database: Option<&str>) -> Result<Db> {
    Ok(match database {
        Some(url) => Db::open_postgres(&PostgresOptions::new(Secret::new(url))).await?,
        None => Db::open_sqlite(&data.join("soleira.db")).await?,
    })
}

/// The process that the server would be, in this one, with a clock of the caller's choice.
///
/// # Errors
/// When the database cannot be opened.
pub async fn app(data: &Path, database: Option<&str>, clock: Arc<dyn Clock>, settings: Settings) -> Result<Arc<App>> {
    let entropy = Arc::new(SystemEntropy);
    Ok(App::start(Parts {
        db: open(data, database).await?,
        clock,
        vault: Vault::new(Vault::parse_kek(KEK)?, entropy.clone())?,
        entropy,
        hashing: password::Params::LOGTO,
        http: HttpClient::new(OutboundPolicy::public_only()),
        tenants: vec![Tenant::new(
            "default",
            format!("http://localhost:{PORT}").parse()?,
            None,
        )],
        settings,
    }))
}

/// A context of the process itself.
///
/// # Errors
/// When there is no tenant `default`.
pub fn context(app: &Arc<App>) -> Result<Ctx> {
    let tenant = app.tenant("default").ok_or("no tenant")?.clone();
    Ok(Ctx::system(Arc::clone(app), tenant))
}

/// Makes everything in the server's database, while the server does not run.
///
/// # Errors
/// When the database cannot be written.
pub async fn prepare(data: &Path, database: Option<&str>, amounts: Amounts) -> Result<Fixtures> {
    let app = app(data, database, Arc::new(SystemClock), Settings::default()).await?;
    let fixtures = fill(&context(&app)?, amounts).await?;
    app.shut_down().await;
    Ok(fixtures)
}

/// Makes everything.
///
/// # Errors
/// When the database cannot be written.
pub async fn fill(ctx: &Ctx, amounts: Amounts) -> Result<Fixtures> {
    let web = application(ctx, "Bench", ApplicationType::Traditional).await?;
    let native = application(ctx, "Phone", ApplicationType::Native).await?;
    let machine = application(ctx, "Machine", ApplicationType::MachineToMachine).await?;
    let web_secret = applications::secrets(ctx, &web).await?.remove(0).value;
    let machine_secret = applications::secrets(ctx, &machine).await?.remove(0).value;
    roles::add_to_application(ctx, &machine, vec![RoleId::from("admin-role")]).await?;
    let users = amounts.users.max(1);
    let person = people(ctx, users).await?;
    let access_token = access_token(ctx, &web, &person).await?;
    let codes = codes(ctx, &web, &person, amounts.codes).await?;
    let refresh_tokens = refresh_tokens(ctx, &native, &person, amounts.refresh_tokens).await?;
    Ok(Fixtures {
        web,
        web_secret,
        native,
        machine,
        machine_secret,
        access_token,
        users,
        codes,
        refresh_tokens,
    })
}

async fn application(ctx: &Ctx, name: &str, kind: ApplicationType) -> Result<ApplicationId> {
    let mut new = NewApplication::new(name, kind);
    if kind != ApplicationType::MachineToMachine {
        new.oidc_client_metadata = Some(OidcClientMetadata {
            redirect_uris: vec![CALLBACK.into()],
            ..OidcClientMetadata::default()
        });
    }
    Ok(applications::create(ctx, new).await?.id)
}

/// Copies of the first person that one unit makes.
const COPIES: usize = 10_000;

/// People who all have the same password, hashed once; the first of them. The others are copies, so that a million are
/// made in moments; their identifiers do not follow each other.
async fn people(ctx: &Ctx, count: usize) -> Result<UserId> {
    let new = NewUser {
        username: Some(username(0)),
        password: Some(users::hash(ctx, NewPassword::Plain(Secret::new(PASSWORD))).await?),
        ..NewUser::new(ctx)
    };
    let first = new.id.clone();
    ctx.write(unit((ctx.clone(), new), |(ctx, new), tx| {
        Box::pin(async move {
            Ok(Verdict::Accept(
                users::insert(tx, &author(ctx), &ctx.tenant.id, new).await?,
            ))
        })
    }))
    .await?;
    for from in (1..count).step_by(COPIES) {
        let (from, to) = (i64::try_from(from)?, i64::try_from(count.min(from + COPIES))?);
        let needs = (ctx.tenant.id.clone(), first.clone(), from, to);
        ctx.write(unit(needs, |(tenant, first, from, to), tx| {
            Box::pin(async move { Ok(Verdict::Accept(copy(tx, tenant, first, *from, *to).await?)) })
        }))
        .await?;
    }
    Ok(first)
}

async fn copy(tx: &mut Tx<'_>, tenant: &TenantId, first: &UserId, from: i64, to: i64) -> soleira_store::Result<()> {
    tx.run(
        "insert into users (tenant_id, id, username, username_key, username_folded, profile, custom_data,
           password_method, password_digest, password_updated_at, is_password_expired, is_suspended, created_at,
           updated_at, version)
         with recursive numbers (n) as (
           select cast($3 as bigint) union all select n + 1 from numbers where n + 1 < cast($4 as bigint))
         select tenant_id, cast(100000000000 + (n * 61803398875) % 99999999977 as text), 'bench_' || n, 'bench_' || n,
           'bench_' || n, profile, custom_data, password_method, password_digest, password_updated_at,
           is_password_expired, is_suspended, created_at + n, updated_at + n, version
           from users, numbers where tenant_id = $1 and id = $2",
        bind![tenant, first, from, to],
    )
    .await
    .map(|_| ())
}

/// A grant that outlives sessions, as `offline_access` gives, with what is issued under it.
#[derive(Debug, Clone)]
struct Issued<T> {
    grant: grants::GrantRow,
    value: String,
    row: T,
}

fn grant(ctx: &Ctx, client: &ApplicationId, user: &UserId) -> grants::GrantRow {
    let now = ctx.now();
    grants::GrantRow {
        id: GrantId(ctx.entropy().timely_opaque(now)),
        user_id: user.clone(),
        client_id: client.clone(),
        openid_scope: SCOPE.into(),
        resources: grants::ResourceScopes::new(),
        rejected: grants::Rejected::default(),
        created_at: now,
        expires_at: later(now),
        revoked_at: None,
    }
}

const SCOPE: &str = "openid profile offline_access";

/// Ten days: longer than any measuring, even with a clock that runs ahead.
fn later(now: Timestamp) -> Timestamp {
    now.plus_seconds(864_000)
}

async fn access_token(ctx: &Ctx, client: &ApplicationId, user: &UserId) -> Result<String> {
    let now = ctx.now();
    let grant = grant(ctx, client, user);
    let row = AccessTokenRow {
        grant_id: grant.id.clone(),
        client_id: client.clone(),
        user_id: user.clone(),
        session_uid: SessionUid(ctx.entropy().timely_opaque(now)),
        sid: None,
        scope: SCOPE.into(),
        extra: serde_json::Map::default(),
        expires_with_session: false,
        created_at: now,
        expires_at: later(now),
    };
    let value = ctx.entropy().timely_opaque(now);
    let issued = Issued {
        grant,
        value: value.clone(),
        row,
    };
    ctx.write(unit((ctx.tenant.id.clone(), issued), |(tenant, issued), tx| {
        Box::pin(async move {
            grants::upsert(tx, tenant, &issued.grant).await?;
            access_tokens::insert(tx, tenant, &timely_token_hash(&issued.value), &issued.row).await?;
            Ok(Verdict::Accept(()))
        })
    }))
    .await?;
    Ok(value)
}

async fn codes(ctx: &Ctx, client: &ApplicationId, user: &UserId, count: usize) -> Result<Vec<String>> {
    let now = ctx.now();
    let mut values = Vec::with_capacity(count);
    for chunk in (0..count).collect::<Vec<_>>().chunks(CHUNK) {
        let issued: Vec<Issued<CodeRow>> = chunk
            .iter()
            .map(|_| {
                let grant = grant(ctx, client, user);
                let row = CodeRow {
                    grant_id: grant.id.clone(),
                    client_id: client.clone(),
                    user_id: user.clone(),
                    session_uid: SessionUid(ctx.entropy().timely_opaque(now)),
                    sid: None,
                    redirect_uri: CALLBACK.into(),
                    code_challenge: None,
                    scope: SCOPE.into(),
                    resources: Vec::new(),
                    nonce: None,
                    auth_time: None,
                    expires_with_session: false,
                    created_at: now,
                    expires_at: later(now),
                    consumed_at: None,
                };
                Issued {
                    grant,
                    value: ctx.entropy().timely_opaque(now),
                    row,
                }
            })
            .collect();
        values.extend(issued.iter().map(|issued| issued.value.clone()));
        ctx.write(unit((ctx.tenant.id.clone(), issued), |(tenant, issued), tx| {
            Box::pin(async move {
                for one in issued {
                    grants::upsert(tx, tenant, &one.grant).await?;
                    authorization_codes::insert(tx, tenant, &timely_token_hash(&one.value), &one.row).await?;
                }
                Ok(Verdict::Accept(()))
            })
        }))
        .await?;
    }
    Ok(values)
}

async fn refresh_tokens(ctx: &Ctx, client: &ApplicationId, user: &UserId, count: usize) -> Result<Vec<String>> {
    let now = ctx.now();
    let issued: Vec<Issued<RefreshTokenRow>> = (0..count)
        .map(|_| {
            let grant = grant(ctx, client, user);
            let row = RefreshTokenRow {
                grant_id: grant.id.clone(),
                client_id: client.clone(),
                user_id: user.clone(),
                session_uid: SessionUid(ctx.entropy().timely_opaque(now)),
                sid: None,
                scope: SCOPE.into(),
                resources: Vec::new(),
                nonce: None,
                auth_time: None,
                chain_started_at: now,
                rotations: 0,
                expires_with_session: false,
                created_at: now,
                expires_at: later(now),
                consumed_at: None,
            };
            Issued {
                grant,
                value: ctx.entropy().timely_opaque(now),
                row,
            }
        })
        .collect();
    let values = issued.iter().map(|issued| issued.value.clone()).collect();
    ctx.write(unit((ctx.tenant.id.clone(), issued), |(tenant, issued), tx| {
        Box::pin(async move {
            for one in issued {
                grants::upsert(tx, tenant, &one.grant).await?;
                refresh_tokens::insert(tx, tenant, &refresh_token_hash(&one.value), &one.row).await?;
            }
            Ok(Verdict::Accept(()))
        })
    }))
    .await?;
    Ok(values)
}
