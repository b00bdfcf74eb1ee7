//! A password on its way to the page that shows it once: sealed, in a cookie that the page takes away.

use crate::console::Console;
use serde::{Deserialize, Serialize};
use soleira_access::operator;
use soleira_core::{Error, Result, Secret, Timestamp, UserId};
use soleira_crypto::digest::{base64url, from_base64url};
use soleira_web::SetCookie;

const COOKIE: &str = "soleira_console_password";
const SEAL: &str = "console.password";
/// Seconds within which the page that follows is shown.
const MAX_AGE: i64 = 120;

/// What the page shows.
#[derive(Serialize, Deserialize)]
pub(crate) struct Shown {
    user: UserId,
    pub(crate) password: String,
    /// Whether the account was made with it just now.
    pub(crate) created: bool,
    expires_at: Timestamp,
}

/// Hands a user's password to the page that follows.
pub(crate) fn leave(console: &Console, user: &UserId, password: &Secret, created: bool) -> Result<()> {
    let shown = Shown {
        user: user.clone(),
        password: password.expose().to_owned(),
        created,
        expires_at: console.ctx.now().plus_seconds(MAX_AGE),
    };
    let text = serde_json::to_vec(&shown).map_err(Error::internal)?;
    let sealed = console.ctx.app.vault.seal(SEAL, &text).map_err(Error::internal)?;
    let cookie = SetCookie::new(COOKIE, base64url(&sealed))
        .path(operator::PATH)
        .max_age(MAX_AGE);
    console.ctx.cookies().set(cookie);
    Ok(())
}

/// Takes the password of a user, if one was handed over.
pub(crate) fn take(console: &Console, user: &UserId) -> Option<Shown> {
    let sealed = from_base64url(console.ctx.cookies().get(COOKIE)?)?;
    console.ctx.cookies().remove_at(COOKIE, operator::PATH);
    let text = console.ctx.app.vault.open(SEAL, &sealed).ok()?;
    let shown: Shown = serde_json::from_slice(&text).ok()?;
    (shown.user == *user && shown.expires_at > console.ctx.now()).then_some(shown)
}
