//! Scripts that add claims to access tokens (docs/wire/tokens.md, "Custom claims").

use crate::checks::Checks;
use crate::{author, configs, vault_failed};
use serde_json::{Map, Value, json};
use soleira_core::{Code, Error, Kind, Result, TenantId};
use soleira_runtime::Ctx;
use soleira_script::{Denial, Failure, Limits, Outcome, Run};
use soleira_store::db::Json;
use soleira_store::token_scripts::{self, TokenScriptRow};
use soleira_store::{Verdict, unit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The function that a script has to define.
const ENTRY: &str = "getCustomJwtClaims";
/// Characters that a script may have.
const SCRIPT_MAX: usize = 65_536;

/// The kinds of token that have a script each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenType {
    /// Tokens of people.
    AccessToken,
    /// Tokens of machines.
    ClientCredentials,
}

impl TokenType {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::AccessToken, Self::ClientCredentials];

    /// Its name in addresses and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access-token",
            Self::ClientCredentials => "client-credentials",
        }
    }

    /// Its name as a setting.
    pub const fn key(self) -> &'static str {
        match self {
            Self::AccessToken => "jwt.accessToken",
            Self::ClientCredentials => "jwt.clientCredentials",
        }
    }

    /// The kind that the wire calls `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A script with what goes with it.
#[derive(Clone, Default, PartialEq)]
pub struct TokenScript {
    /// JavaScript that defines `getCustomJwtClaims`.
    pub script: String,
    /// What the script is given besides: settings and secrets.
    pub environment_variables: Option<BTreeMap<String, String>>,
    /// What its author tries it with, in place of what is known of a person.
    pub context_sample: Option<Map<String, Value>>,
    /// What its author tries it with, in place of a token.
    pub token_sample: Option<Map<String, Value>>,
    /// Whether nothing is issued when it fails; a token without its claims is, if absent.
    pub block_issuance_on_error: Option<bool>,
}

/// Without the environment, which holds secrets.
impl std::fmt::Debug for TokenScript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenScript")
            .field("script", &self.script)
            .field("block_issuance_on_error", &self.block_issuance_on_error)
            .finish_non_exhaustive()
    }
}

impl TokenScript {
    /// These members over those of another.
    fn over(self, before: Self) -> Self {
        Self {
            script: self.script,
            environment_variables: self.environment_variables.or(before.environment_variables),
            context_sample: self.context_sample.or(before.context_sample),
            token_sample: self.token_sample.or(before.token_sample),
            block_issuance_on_error: self.block_issuance_on_error.or(before.block_issuance_on_error),
        }
    }
}

fn open(ctx: &Ctx, row: TokenScriptRow) -> Result<TokenScript> {
    let context = token_scripts::context(&ctx.tenant.id, &row.token_type);
    let environment = ctx
        .app
        .vault
        .open(&context, &row.sealed_environment)
        .map_err(vault_failed)?;
    Ok(TokenScript {
        script: row.script,
        environment_variables: serde_json::from_slice(&environment).map_err(Error::internal)?,
        context_sample: row.context_sample.map(|sample| sample.0),
        token_sample: row.token_sample.map(|sample| sample.0),
        block_issuance_on_error: row.block_issuance_on_error,
    })
}

fn seal(ctx: &Ctx, kind: TokenType, script: TokenScript) -> Result<TokenScriptRow> {
    let environment = serde_json::to_vec(&script.environment_variables).map_err(Error::internal)?;
    let context = token_scripts::context(&ctx.tenant.id, kind.as_str());
    Ok(TokenScriptRow {
        token_type: kind.as_str().to_owned(),
        script: script.script,
        sealed_environment: ctx.app.vault.seal(&context, &environment).map_err(vault_failed)?,
        context_sample: script.context_sample.map(Json),
        token_sample: script.token_sample.map(Json),
        block_issuance_on_error: script.block_issuance_on_error,
    })
}

fn check(kind: TokenType, script: &TokenScript) -> Result<()> {
    let mut checks = Checks::default();
    checks.length("script", &script.script, 1, SCRIPT_MAX);
    if let Some(sample) = &script.context_sample
        && kind == TokenType::AccessToken
        && !sample.get("user").is_some_and(Value::is_object)
    {
        checks.add("contextSample.user", "invalid_type", "Expected object");
    }
    checks.finish()
}

/// The scripts of the tenant.
pub async fn list(ctx: &Ctx) -> Result<Vec<(TokenType, TokenScript)>> {
    ctx.require_administrator()?;
    let rows = token_scripts::all(&mut ctx.read().await?.tx(), &ctx.tenant.id).await?;
    let mut scripts = Vec::new();
    for row in rows {
        if let Some(kind) = TokenType::parse(&row.token_type) {
            scripts.push((kind, open(ctx, row)?));
        }
    }
    Ok(scripts)
}

/// The script for a kind of token.
///
/// # Errors
/// 404 `entity.not_exists`.
pub async fn get(ctx: &Ctx, kind: TokenType) -> Result<TokenScript> {
    ctx.require_administrator()?;
    let row = token_scripts::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, kind.as_str()).await?;
    open(ctx, row.ok_or_else(|| Error::new(Code::EntityNotExists))?)
}

/// Sets the script for a kind of token; whether there was none before.
///
/// # Errors
/// 400 `guard.invalid_input` for a script that is empty or too long, and a sample without its person.
pub async fn put(ctx: &Ctx, kind: TokenType, script: TokenScript) -> Result<bool> {
    ctx.require_administrator()?;
    check(kind, &script)?;
    let row = seal(ctx, kind, script)?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), row),
        |(author, tenant, row), tx| {
            Box::pin(async move { Ok(Verdict::Accept(token_scripts::put(tx, author, tenant, row).await?)) })
        },
    ))
    .await
}

/// Changes the script for a kind of token: each member that is given takes the place of the whole of its like, and the
/// script is always given. Answers what holds then.
///
/// # Errors
/// 404 `entity.not_exists`; otherwise those of [`put`].
pub async fn patch(ctx: &Ctx, kind: TokenType, changes: TokenScript) -> Result<TokenScript> {
    ctx.require_administrator()?;
    check(kind, &changes)?;
    ctx.write_config(unit((ctx.clone(), kind, changes), |(ctx, kind, changes), tx| {
        Box::pin(async move {
            token_scripts::lock(tx, &ctx.tenant.id, kind.as_str()).await?;
            let Some(row) = token_scripts::find(tx, &ctx.tenant.id, kind.as_str()).await? else {
                return Ok(Verdict::Refuse(Error::new(Code::EntityNotExists)));
            };
            let after = changes.clone().over(open(ctx, row)?);
            let row = seal(ctx, *kind, after.clone())?;
            token_scripts::put(tx, &author(ctx), &ctx.tenant.id, &row).await?;
            Ok(Verdict::Accept(after))
        })
    }))
    .await
}

/// Removes the script for a kind of token.
///
/// # Errors
/// 404 `entity.not_exists`.
pub async fn delete(ctx: &Ctx, kind: TokenType) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), kind),
        |(author, tenant, kind), tx| {
            Box::pin(async move {
                if token_scripts::delete(tx, author, tenant, kind.as_str()).await? {
                    Ok(Verdict::Accept(()))
                } else {
                    Ok(Verdict::Refuse(Error::new(Code::EntityNotExists)))
                }
            })
        },
    ))
    .await
}

/// Runs a script that need not be the tenant's on a token and a context that need not exist.
///
/// # Errors
/// 403 `jwt_customizer.general` when it denies access, 422 `jwt_customizer.general` when it fails, each with its message;
/// 400 `guard.invalid_input` for a script that is empty or too long; 429 when too many wait.
pub async fn test(
    ctx: &Ctx,
    kind: TokenType,
    script: TokenScript,
    token: Map<String, Value>,
    context: Map<String, Value>,
) -> Result<Map<String, Value>> {
    ctx.require_administrator()?;
    check(kind, &script)?;
    match execute(ctx, script, token, context).await? {
        Ok(Outcome::Returned(claims)) => Ok(claims),
        Ok(Outcome::Denied(message)) => {
            let refused = Error::new(Code::JwtCustomizerGeneral).kind_is(Kind::Forbidden);
            Err(refused.with_data(json!({ "message": message })))
        }
        Err(failure) => {
            let message = failure.to_string();
            Err(Error::new(Code::JwtCustomizerGeneral).with_data(json!({ "message": message })))
        }
    }
}

async fn execute(
    ctx: &Ctx,
    script: TokenScript,
    token: Map<String, Value>,
    context: Map<String, Value>,
) -> Result<std::result::Result<Outcome, Failure>> {
    let limits = Limits::default();
    let environment = script.environment_variables.unwrap_or_default();
    let network = configs::get(ctx).await?.scripts_may_use_network();
    let argument = Map::from_iter([
        ("token".to_owned(), Value::Object(token)),
        ("context".to_owned(), Value::Object(context)),
        ("environmentVariables".to_owned(), json!(environment)),
    ]);
    let run = Run {
        source: script.script.into(),
        entry: ENTRY,
        argument,
        network: network.then(|| ctx.app.scripts.network(limits)),
        limits,
        denial: Denial::default(),
    };
    ctx.app.scripts.run(&ctx.tenant.id, run).await
}

/// The tenant's scripts as they are stored, from the cache.
struct Stored(Vec<TokenScriptRow>);

/// A script of the tenant that is to run for each token of its kind.
#[derive(Debug, Clone)]
pub struct ActiveScript {
    row: TokenScriptRow,
}

impl ActiveScript {
    /// Whether nothing is issued when it fails.
    pub fn blocks_issuance_on_error(&self) -> bool {
        self.row.block_issuance_on_error.unwrap_or_default()
    }

    /// Runs it on a token that is about to be issued; within, what it decided.
    ///
    /// # Errors
    /// 429 when too many wait.
    pub async fn run(
        &self,
        ctx: &Ctx,
        token: Map<String, Value>,
        context: Map<String, Value>,
    ) -> Result<std::result::Result<Outcome, Failure>> {
        execute(ctx, open(ctx, self.row.clone())?, token, context).await
    }
}

/// The script that runs for tokens of a kind, if the tenant has one. Costs a look into the cache.
pub async fn active(ctx: &Ctx, kind: TokenType) -> Result<Option<ActiveScript>> {
    let stored: Arc<Stored> = ctx
        .cached("token-scripts", &ctx.tenant.id, |tenant: &TenantId, tx| {
            Box::pin(async move { Ok(Stored(token_scripts::all(tx, tenant).await?)) })
        })
        .await?;
    let row = stored.0.iter().find(|row| row.token_type == kind.as_str());
    Ok(row.cloned().map(|row| ActiveScript { row }))
}
