//! One-time tokens: whoever brings one back has read the mail of an address, once (docs/openid.md, "Magic links"). The
//! application makes the link and sends it; what the token is worth is decided here.

use crate::checks::Checks;
use crate::{Listing, Page, author, no_such, vault_failed};
use serde::{Deserialize, Serialize};
use soleira_core::rules::identifier::EMAIL_MAX;
use soleira_core::{Code, EntropyExt, Error, OrganizationId, Result, TenantId, Timestamp};
use soleira_runtime::Ctx;
use soleira_store::one_time_tokens::{self, Filter, OneTimeTokenRow};
use soleira_store::{Tx, Verdict, unit};

/// How long a token works unless its maker says otherwise, in seconds.
const LIFETIME: i64 = 600;
/// How long a token may work at most, in seconds: a year.
const LIFETIME_MAX: i64 = 31_536_000;
/// Organizations that one token lets somebody into, at most.
const ORGANIZATIONS_MAX: usize = 100;

/// What a person may do with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Sign in with an account.
    SignIn,
    /// Make an account.
    Register,
    /// Replace a password.
    ForgotPassword,
}

/// What a token is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenContext {
    /// The organizations that whoever brings it becomes a member of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jit_organization_ids: Option<Vec<OrganizationId>>,
    /// The one thing that it may be used for; absent for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_event: Option<Purpose>,
}

/// What may still become of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It can be used.
    Active,
    /// It was used.
    Consumed,
    /// It was withdrawn.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Status {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Consumed => "consumed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// The status of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Consumed, Self::Revoked, Self::Expired]
            .into_iter()
            .find(|status| status.as_str() == name)
    }

    fn of(row: &OneTimeTokenRow, now: Timestamp) -> Result<Self> {
        match Self::parse(&row.status) {
            Some(Self::Active) if now >= row.expires_at => Ok(Self::Expired),
            Some(status) => Ok(status),
            None => Err(Error::internal("a token has a status of its own")),
        }
    }
}

/// A one-time token. The value can be read again by an administrator: the wire asks for it.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its identifier.
    pub id: String,
    /// The e-mail address that it proves.
    pub email: String,
    /// The token itself.
    pub token: String,
    /// What it is for.
    pub context: TokenContext,
    /// What may still become of it.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneTimeToken")
            .field("id", &self.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

fn open(ctx: &Ctx, row: OneTimeTokenRow) -> Result<OneTimeToken> {
    let context = one_time_tokens::seal_context(&ctx.tenant.id, &row.id);
    let value = ctx.app.vault.open_text(&context, &row.sealed).map_err(vault_failed)?;
    Ok(OneTimeToken {
        tenant_id: ctx.tenant.id.clone(),
        status: Status::of(&row, ctx.now())?,
        context: serde_json::from_str(&row.context).map_err(Error::internal)?,
        id: row.id,
        email: row.email,
        token: value.expose().to_owned(),
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}

/// A token to make.
#[derive(Debug, Clone)]
pub struct NewOneTimeToken {
    /// The e-mail address to which it will be sent.
    pub email: String,
    /// What it is for.
    pub context: TokenContext,
    /// How long it works, in seconds; ten minutes if absent.
    pub expires_in: Option<i64>,
}

/// The tokens of an address and a status, newest first: a page of them, or all. The number is that of all tokens, whatever
/// is looked for (kept for compatibility: docs/wire/management-api.md).
pub async fn list(
    ctx: &Ctx,
    email: Option<String>,
    status: Option<Status>,
    page: Option<Page>,
) -> Result<Listing<OneTimeToken>> {
    ctx.require_administrator()?;
    let filter = Filter {
        email,
        status: status.map(|status| status.as_str().to_owned()),
        now: ctx.now(),
    };
    let listing = ctx
        .list((ctx.tenant.id.clone(), filter, page), |(tenant, filter, page), tx| {
            Box::pin(async move {
                let total = match page {
                    Some(_) => Some(one_time_tokens::count(tx, tenant).await?),
                    None => None,
                };
                let rows = one_time_tokens::list(tx, tenant, filter, *page).await?;
                Ok(Listing { total, rows })
            })
        })
        .await?;
    Ok(Listing {
        total: listing.total,
        rows: listing
            .rows
            .into_iter()
            .map(|row| open(ctx, row))
            .collect::<Result<_>>()?,
    })
}

/// The token of an identifier.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn get(ctx: &Ctx, id: &str) -> Result<OneTimeToken> {
    ctx.require_administrator()?;
    let found = one_time_tokens::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    open(ctx, found.ok_or_else(|| no_such("one_time_tokens", id))?)
}

/// Makes a token.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields.
pub async fn create(ctx: &Ctx, new: NewOneTimeToken) -> Result<OneTimeToken> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    checks.length("email", &new.email, 1, EMAIL_MAX);
    checks.email("email", &new.email);
    let seconds = new.expires_in.unwrap_or(LIFETIME);
    checks.range("expiresIn", seconds, 1, LIFETIME_MAX);
    let organizations = new.context.jit_organization_ids.as_deref().unwrap_or_default();
    checks.ids("context.jitOrganizationIds", organizations, 0);
    if organizations.len() > ORGANIZATIONS_MAX {
        let message = format!("Array must contain at most {ORGANIZATIONS_MAX} element(s)");
        checks.add("context.jitOrganizationIds", "too_big", &message);
    }
    checks.finish()?;
    let (tenant, vault, now) = (&ctx.tenant.id, &ctx.app.vault, ctx.now());
    let (id, value) = (ctx.entropy().standard_id(), ctx.entropy().secret());
    let sealed = vault.seal(&one_time_tokens::seal_context(tenant, &id), value.as_bytes());
    let row = OneTimeTokenRow {
        id,
        email: new.email,
        lookup_hash: lookup_hash(ctx, &value).to_vec(),
        sealed: sealed.map_err(vault_failed)?,
        context: serde_json::to_string(&new.context).map_err(Error::internal)?,
        status: Status::Active.as_str().to_owned(),
        created_at: now,
        expires_at: now.plus_seconds(seconds),
    };
    let row = ctx
        .write(unit((author(ctx), tenant.clone(), row), |(author, tenant, row), tx| {
            Box::pin(async move {
                one_time_tokens::insert(tx, author, tenant, row).await?;
                Ok(Verdict::Accept(row.clone()))
            })
        }))
        .await?;
    open(ctx, row)
}

/// Uses a token up for a program that handles links itself.
///
/// # Errors
/// Those of [`consume`].
pub async fn verify(ctx: &Ctx, email: &str, token: &str) -> Result<OneTimeToken> {
    ctx.require_administrator()?;
    let needs = (ctx.clone(), email.to_owned(), token.to_owned());
    let row = ctx
        .write(unit(needs, |(ctx, email, token), tx| {
            Box::pin(async move {
                Ok(match consume(tx, ctx, email, token, None).await? {
                    Ok(row) => Verdict::Accept(row),
                    Err(error) => Verdict::Refuse(error),
                })
            })
        }))
        .await?;
    open(ctx, row)
}

/// Withdraws a token, or notes what became of it otherwise.
///
/// # Errors
/// 400 `one_time_token.cannot_reactivate_token`; 404 `entity.not_exists`.
pub async fn set_status(ctx: &Ctx, id: &str, status: Status) -> Result<OneTimeToken> {
    ctx.require_administrator()?;
    if status == Status::Active {
        return Err(Error::new(Code::OneTimeTokenCannotReactivateToken));
    }
    let needs = (author(ctx), ctx.tenant.id.clone(), id.to_owned(), status);
    let row = ctx
        .write(unit(needs, |(author, tenant, id, status), tx| {
            Box::pin(async move {
                let row = one_time_tokens::set_status(tx, author, tenant, id, status.as_str()).await?;
                Ok(Verdict::Accept(row.ok_or_else(|| Error::new(Code::EntityNotExists))?))
            })
        }))
        .await?;
    open(ctx, row)
}

/// Removes a token, used or not.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn delete(ctx: &Ctx, id: &str) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), id.to_owned()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                if !one_time_tokens::delete(tx, author, tenant, id).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

fn lookup_hash(ctx: &Ctx, value: &str) -> [u8; 32] {
    let context = one_time_tokens::lookup_context(&ctx.tenant.id);
    ctx.app.vault.lookup_hash(&context, value)
}

/// What the token of an address is for, if it can be used now; it is left as it is.
///
/// # Errors
/// Those of [`consume`].
pub async fn check(ctx: &Ctx, email: &str, token: &str) -> Result<TokenContext> {
    let mut reader = ctx.read().await?;
    let row = usable(&mut reader.tx(), ctx, email, token, None).await??;
    serde_json::from_str(&row.context).map_err(Error::internal)
}

/// Uses a token up, in the unit that goes on with what it proves. Of all who try at once, one gets it. `purpose` is what
/// the person set out to do; it is not asked for where that is not known.
///
/// # Errors
/// 404 `one_time_token.token_not_found`; 400 `one_time_token.email_mismatch`, `.token_expired`, `.token_consumed`,
/// `.token_revoked`, `.interaction_event_mismatch`, the first that holds.
pub async fn consume(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    email: &str,
    token: &str,
    purpose: Option<Purpose>,
) -> soleira_store::Result<Result<OneTimeTokenRow>> {
    let row = match usable(tx, ctx, email, token, purpose).await? {
        Ok(row) => row,
        Err(error) => return Ok(Err(error)),
    };
    let consumed = one_time_tokens::consume(tx, &author(ctx), &ctx.tenant.id, &row.id).await?;
    Ok(consumed.ok_or_else(|| Error::new(Code::OneTimeTokenTokenConsumed)))
}

async fn usable(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    email: &str,
    token: &str,
    purpose: Option<Purpose>,
) -> soleira_store::Result<Result<OneTimeTokenRow>> {
    let found = one_time_tokens::find_by_value(tx, &ctx.tenant.id, &lookup_hash(ctx, token)).await?;
    let Some(row) = found else {
        return Ok(Err(Error::new(Code::OneTimeTokenTokenNotFound)));
    };
    let refuse = |code| Ok(Err(Error::new(code)));
    if row.email != email {
        return refuse(Code::OneTimeTokenEmailMismatch);
    }
    // One that was used is used, however old it is by now.
    match Status::of(&row, ctx.now())? {
        Status::Active => {}
        Status::Expired => return refuse(Code::OneTimeTokenTokenExpired),
        Status::Consumed => return refuse(Code::OneTimeTokenTokenConsumed),
        Status::Revoked => return refuse(Code::OneTimeTokenTokenRevoked),
    }
    let context: TokenContext = serde_json::from_str(&row.context)?;
    if let (Some(wanted), Some(purpose)) = (context.interaction_event, purpose)
        && wanted != purpose
    {
        return refuse(Code::OneTimeTokenInteractionEventMismatch);
    }
    Ok(Ok(row))
}
