//! The device flow (RFC 8628; docs/wire/device.md): a device without a browser shows a short code, its person types it
//! into a browser elsewhere, signs in there, and the device asks until it has its tokens.

use crate::authorize::{Destination, Moved, Pending, admit, go_on, known_resources, resumable};
use crate::browser::{Browser, DEVICE_PAGE};
use crate::clients::{self, KnownClient};
use crate::tokens::{CREDENTIALS, ClientRefusal, ClientRequest, authenticate};
use serde::Serialize;
use soleira_core::{EntropyExt, Error as CoreError, Result as CoreResult, TenantId};
use soleira_crypto::digest::{from_base64url, hex};
use soleira_crypto::{constant_time_eq, token_hash};
use soleira_oauth::authorization::{Asked, DEVICE_PARAMETERS};
use soleira_oauth::client::GrantType;
use soleira_oauth::{Error, Params, Result, lifetime};
use soleira_runtime::Ctx;
use soleira_runtime::guard::Limit;
use soleira_store::device_codes::{self, DeviceCodeRow, Hashes};
use soleira_store::{Verdict, unit};
use std::sync::Arc;

/// The letters of user codes (RFC 8628 §6.1): no vowels, so that no words come up.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many a code has.
const LENGTH: usize = 8;
/// How many codes are tried before the server gives up finding one that nobody has.
const ATTEMPTS: usize = 8;

/// Codes nobody was given that one address may type in a quarter of an hour (RFC 8628 §5.1).
const WRONG_CODES_PER_ADDRESS: Limit = Limit {
    purpose: "user code",
    attempts: 50,
    window: 15 * 60 * 1000,
};
/// And that one browser may type in the life of its page.
const WRONG_CODES_PER_BROWSER: Limit = Limit {
    purpose: "user code of a browser",
    attempts: 10,
    window: lifetime::DEVICE_CODE * 1000,
};

/// The answer to a device (RFC 8628 §3.2), members in the order of the wire.
#[derive(Clone, Serialize)]
pub struct DeviceAuthorization {
    /// What the device asks with.
    pub device_code: String,
    /// What it shows its person.
    pub user_code: String,
    /// Where the person types it.
    pub verification_uri: String,
    /// The same address with the code in it, for devices that show a QR code.
    pub verification_uri_complete: String,
    /// How long the codes live, in seconds.
    pub expires_in: i64,
}

impl std::fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceAuthorization").finish_non_exhaustive()
    }
}

/// Why a code does not lead on. The names are the wire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeProblem {
    /// None was typed.
    NoCode,
    /// Nobody was given it.
    NotFound,
    /// Its time is over.
    Expired,
    /// It was decided before, or is under way in another browser.
    AlreadyUsed,
    /// The person said no, or may not use the application.
    Aborted,
}

impl CodeProblem {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::NoCode,
        Self::NotFound,
        Self::Expired,
        Self::AlreadyUsed,
        Self::Aborted,
    ];

    /// Its name in the address of the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCode => "NoCodeError",
            Self::NotFound => "NotFoundError",
            Self::Expired => "ExpiredError",
            Self::AlreadyUsed => "AlreadyUsedError",
            Self::Aborted => "AbortedError",
        }
    }
}

/// A code that waits for a person.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The client whose device it is.
    pub client: Arc<KnownClient>,
    /// The code as the device shows it.
    pub user_code: String,
    /// What the device asks for.
    pub params: Params,
    user_hash: [u8; 32],
}

/// Where the person goes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// To a page of this server, root-relative.
    Page(String),
    /// The device has its answer: to the last page.
    Success {
        /// The client whose device it is.
        client_id: String,
    },
    /// Someone else is signed in: they are signed out first, and then it goes on.
    SignOutFirst {
        /// The `xsrf` of the form.
        xsrf: String,
    },
    /// Back to the page, which says why the code does not lead on.
    Problem(CodeProblem),
}

/// Gives a device its codes (RFC 8628 §3.1).
///
/// # Errors
/// What is wrong with the request or with who sends it.
pub async fn authorize(ctx: &Ctx, request: &ClientRequest) -> std::result::Result<DeviceAuthorization, ClientRefusal> {
    admit(ctx)?;
    let client = authenticate(ctx, request, &[DEVICE_PARAMETERS, CREDENTIALS].concat()).await?;
    if !client.allows_grant(GrantType::DeviceCode) {
        let description = format!("{} is not allowed for this client", GrantType::DeviceCode.as_str());
        return Err(Error::invalid_request(description).into());
    }
    let asked = Asked::read_for_device(&request.params, &client)?;
    known_resources(ctx, &asked.resources).await?;
    let row = DeviceCodeRow {
        client_id: client.id.clone(),
        params: serde_json::to_string(&asked.params).map_err(CoreError::internal)?,
        outcome: None,
        interaction_id: None,
        created_at: ctx.now(),
        expires_at: ctx.now().plus_seconds(lifetime::DEVICE_CODE),
        consumed_at: None,
    };
    let device_code = ctx.entropy().opaque();
    let user_code = store(ctx, &device_code, row).await?;
    let verification_uri = ctx.tenant.url(DEVICE_PAGE);
    Ok(DeviceAuthorization {
        verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
        device_code,
        user_code,
        verification_uri,
        expires_in: lifetime::DEVICE_CODE,
    })
}

/// Stores a code under a user code that nobody has; that one.
async fn store(ctx: &Ctx, device_code: &str, row: DeviceCodeRow) -> CoreResult<String> {
    let candidates: Vec<String> = (0..ATTEMPTS).map(|_| ctx.entropy().string(LETTERS, LENGTH)).collect();
    let hashes = candidates
        .iter()
        .map(|code| Hashes {
            device: token_hash(device_code),
            user: user_hash(ctx, code),
        })
        .collect::<Vec<_>>();
    let stored = ctx
        .write(unit(
            (ctx.tenant.id.clone(), hashes, row),
            |(tenant, hashes, row), tx| {
                Box::pin(async move {
                    for (at, hashes) in hashes.iter().enumerate() {
                        if device_codes::insert(tx, tenant, hashes, row).await? {
                            return Ok(Verdict::Accept(Some(at)));
                        }
                    }
                    Ok(Verdict::Accept(None))
                })
            },
        ))
        .await?;
    stored
        .and_then(|at| candidates.get(at))
        .map(|code| shown(code))
        .ok_or_else(|| CoreError::unavailable("no user code is free"))
}

/// A code as people read and type it.
fn shown(code: &str) -> String {
    let (first, second) = code.split_at(code.len().min(LENGTH / 2));
    format!("{first}-{second}")
}

/// What was typed as it is compared: letters in upper case, nothing between them (RFC 8628 §6.1).
fn compared(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(LENGTH + 1)
        .collect()
}

fn user_hash(ctx: &Ctx, code: &str) -> [u8; 32] {
    ctx.app.vault.lookup_hash(&context(&ctx.tenant.id), code)
}

fn context(tenant: &TenantId) -> String {
    format!("user code of a device:{tenant}")
}

/// Gives the browser what the form of the page must carry: 48 hexadecimal digits. One that it has stays, so that opening
/// the page again gives no new attempts.
pub fn open(ctx: &Ctx, browser: &mut Browser) {
    let xsrf = browser.device_xsrf().map_or_else(
        || {
            let mut secret = [0; 24];
            ctx.entropy().fill(&mut secret);
            hex(&secret)
        },
        str::to_owned,
    );
    browser.begin_device(&xsrf);
}

/// Checks what the form carries.
///
/// # Errors
/// `invalid_request` when the browser was not given the page, or another one.
pub fn check_xsrf(browser: &Browser, xsrf: Option<&str>) -> Result<()> {
    let expected = browser
        .device_xsrf()
        .ok_or_else(|| Error::invalid_request("could not find device form details"))?;
    if xsrf.is_some_and(|xsrf| constant_time_eq(xsrf.as_bytes(), expected.as_bytes())) {
        Ok(())
    } else {
        Err(Error::invalid_request("xsrf token invalid"))
    }
}

/// The code that somebody typed, if it waits for a person. Codes that nobody was given are counted.
///
/// # Errors
/// 429 `request.rate_limited` after too many of those.
pub async fn find(
    ctx: &Ctx,
    browser: &Browser,
    typed: Option<&str>,
) -> CoreResult<std::result::Result<Waiting, CodeProblem>> {
    let code = compared(typed.unwrap_or_default());
    if code.is_empty() {
        return Ok(Err(CodeProblem::NoCode));
    }
    count_attempt(ctx, browser)?;
    let user_hash = user_hash(ctx, &code);
    let row = device_codes::by_user_code(&mut ctx.read().await?.tx(), &ctx.tenant.id, &user_hash).await?;
    let Some(row) = row else {
        return Ok(Err(CodeProblem::NotFound));
    };
    forgive_attempt(ctx, browser);
    if ctx.now() >= row.expires_at {
        return Ok(Err(CodeProblem::Expired));
    }
    if row.outcome.is_some() || row.interaction_id.is_some() {
        return Ok(Err(CodeProblem::AlreadyUsed));
    }
    let Some(client) = clients::find(ctx, row.client_id.as_str()).await? else {
        return Ok(Err(CodeProblem::NotFound));
    };
    Ok(Ok(Waiting {
        client,
        user_code: shown(&code),
        params: serde_json::from_str(&row.params).map_err(CoreError::internal)?,
        user_hash,
    }))
}

fn count_attempt(ctx: &Ctx, browser: &Browser) -> CoreResult<()> {
    crate::guard::attempt(ctx, WRONG_CODES_PER_ADDRESS)?;
    match browser.device_xsrf() {
        Some(key) => ctx.app.guards.attempt(WRONG_CODES_PER_BROWSER, key, ctx.now()),
        None => Ok(()),
    }
}

fn forgive_attempt(ctx: &Ctx, browser: &Browser) {
    crate::guard::forgive(ctx, WRONG_CODES_PER_ADDRESS);
    if let Some(key) = browser.device_xsrf() {
        ctx.app.guards.forgive(WRONG_CODES_PER_BROWSER, key);
    }
}

/// The person confirmed that the device is theirs: the sign-in begins. Of all browsers that confirm a code one goes on.
///
/// # Errors
/// What is wrong with the device's request by now.
pub async fn confirm(ctx: &Ctx, browser: &mut Browser, waiting: Waiting) -> Result<Next> {
    let Waiting {
        client,
        params,
        user_hash,
        ..
    } = waiting;
    move_on(ctx, browser, client, params, user_hash, None).await
}

/// The person said that the device is not theirs.
///
/// # Errors
/// When the database does not answer.
pub async fn abort(ctx: &Ctx, waiting: Waiting) -> CoreResult<CodeProblem> {
    let was_open = ctx
        .write(unit(
            (ctx.tenant.id.clone(), waiting.user_hash, ctx.now()),
            |(tenant, user_hash, now), tx| {
                Box::pin(async move {
                    let was_open = device_codes::abort(tx, tenant, user_hash, None, *now).await?;
                    Ok(Verdict::Accept(was_open))
                })
            },
        ))
        .await?;
    Ok(if was_open {
        CodeProblem::Aborted
    } else {
        CodeProblem::AlreadyUsed
    })
}

/// Goes on with a code whose person answered a question. The browser proves by its cookie that it is its own.
///
/// # Errors
/// `authorization request has expired` when it cannot be resumed.
pub async fn resume(ctx: &Ctx, browser: &mut Browser, uid: &str) -> Result<Next> {
    let interaction = resumable(ctx, browser, uid).await?;
    let user_hash = interaction
        .record
        .device
        .as_deref()
        .and_then(from_base64url)
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .ok_or_else(|| Error::session_not_found().caused_by("it is about no device code"))?;
    let client = clients::identify(ctx, interaction.client_id().as_str()).await?;
    let params = interaction.record.params.clone();
    move_on(ctx, browser, client, params, user_hash, Some(interaction.id)).await
}

async fn move_on(
    ctx: &Ctx,
    browser: &mut Browser,
    client: Arc<KnownClient>,
    params: Params,
    user_hash: [u8; 32],
    resumed: Option<soleira_core::InteractionId>,
) -> Result<Next> {
    // What was stored is believed no more than what is sent: client and settings may have changed meanwhile.
    client.check_metadata()?;
    client.check_grant(GrantType::DeviceCode)?;
    let mut asked = Asked::of_device(params, &client)?;
    asked.resources = known_resources(ctx, &asked.resources).await?;
    let client_id = client.id.to_string();
    let pending = Pending {
        client,
        asked,
        destination: Destination::Device { user_hash },
        resumed,
        pushed: None,
    };
    match go_on(ctx, browser, pending).await? {
        Moved::Lost(error) => Err(error),
        Moved::SignOutFirst { xsrf } => Ok(Next::SignOutFirst { xsrf }),
        Moved::Page(path) => Ok(Next::Page(path)),
        Moved::Allowed => {
            browser.end_device();
            Ok(Next::Success { client_id })
        }
        Moved::Gone => Ok(Next::Problem(gone(ctx, &user_hash).await?)),
        Moved::Refused(error) => {
            tracing::debug!(error = %error, "a device was refused");
            Ok(Next::Problem(CodeProblem::Aborted))
        }
        Moved::Code(_) => Err(CoreError::internal("a device was answered with a code").into()),
    }
}

/// Why a code could not be taken up or decided.
async fn gone(ctx: &Ctx, user_hash: &[u8; 32]) -> CoreResult<CodeProblem> {
    let row = device_codes::by_user_code(&mut ctx.read().await?.tx(), &ctx.tenant.id, user_hash).await?;
    Ok(match row {
        None => CodeProblem::NotFound,
        Some(row) if ctx.now() >= row.expires_at => CodeProblem::Expired,
        Some(_) => CodeProblem::AlreadyUsed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_compared_as_people_type_them() {
        for typed in ["BCDF-GHJK", "bcdf ghjk", " bcdfghjk ", "b.c.d.f-G_H/J\u{2013}K"] {
            assert_eq!(compared(typed), "BCDFGHJK", "{typed}");
        }
        assert_eq!(shown("BCDFGHJK"), "BCDF-GHJK");
        // One that is longer is another one.
        assert_ne!(compared("BCDF-GHJK-L"), "BCDFGHJK");
        assert_eq!(compared("--"), "");
    }
}
