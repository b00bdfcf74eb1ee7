//! Passwords of users: hashed in the bounded queue, outside of any unit.

use super::{UserWithIdentities, edit, find, missing};
use crate::checks::{Checks, fits};
use soleira_core::model::{PasswordHash, User};
use soleira_core::{Code, Error, Result, Secret, UserId};
use soleira_crypto::PasswordMethod;
use soleira_crypto::password::{self, PasswordError};
use soleira_runtime::Ctx;
use soleira_store::{Verdict, unit, users};

/// Longest stored form of a password, in characters.
const DIGEST_MAX: usize = 256;
/// Longest password, in bytes: what is longer costs to hash and protects nobody.
const PASSWORD_MAX: usize = 4096;

/// A password that becomes a user's.
#[derive(Debug, Clone)]
pub enum NewPassword {
    /// As the person types it.
    Plain(Secret),
    /// As another system stored it.
    Imported {
        /// The name of its method: `Argon2i`, `Bcrypt`, `Legacy`…
        method: String,
        /// The stored form.
        digest: Secret,
    },
}

/// A password in its stored form.
///
/// # Errors
/// 400 `guard.invalid_input` for an empty or over-long password and for an unknown method;
/// 400 `password.invalid_legacy_password_format` or `password.unsupported_legacy_hash_algorithm` for a stored form that
/// could never be verified; 422 `entity.value_too_long`; 429 when too many wait to be hashed.
pub async fn hash(ctx: &Ctx, password: NewPassword) -> Result<PasswordHash> {
    match password {
        NewPassword::Plain(password) => {
            let mut checks = Checks::default();
            match password.expose().len() {
                0 => checks.add("password", "too_small", "String must contain at least 1 character(s)"),
                length if length > PASSWORD_MAX => {
                    checks.add(
                        "password",
                        "too_big",
                        &format!("String must contain at most {PASSWORD_MAX} byte(s)"),
                    );
                }
                _ => {}
            }
            checks.finish()?;
            Ok(PasswordHash {
                method: PasswordMethod::Argon2i.as_str().to_owned(),
                digest: ctx.app.hash_password(&ctx.tenant.id, password).await?,
            })
        }
        NewPassword::Imported { method, digest } => {
            fits("passwordDigest", Some(digest.expose()), DIGEST_MAX)?;
            let Some(known) = PasswordMethod::parse(&method) else {
                let mut checks = Checks::default();
                let names: Vec<&str> = PasswordMethod::ALL.iter().map(|method| method.as_str()).collect();
                let message = format!("Invalid enum value. Expected one of: {}", names.join(", "));
                checks.add("passwordAlgorithm", "invalid_enum_value", &message);
                checks.finish()?;
                return Err(Code::PasswordUnsupportedEncryptionMethod.into());
            };
            password::validate_import(known, digest.expose()).map_err(|error| {
                let code = match &error {
                    PasswordError::UnsupportedAlgorithm(_) => Code::PasswordUnsupportedLegacyHashAlgorithm,
                    _ => Code::PasswordInvalidLegacyPasswordFormat,
                };
                Error::new(code).with_details(error.to_string())
            })?;
            Ok(PasswordHash {
                method,
                digest: digest.expose().to_owned(),
            })
        }
    }
}

/// Whether a password is the user's. Takes the time of a real comparison where there is no user, no password, or a
/// stored form that is compared quickly. A right password in an outdated form is stored anew.
pub async fn is_right(ctx: &Ctx, user: Option<&User>, presented: Secret) -> Result<bool> {
    let stored = user.and_then(|user| user.password.clone());
    if presented.expose().len() > PASSWORD_MAX {
        return Ok(false);
    }
    let params = ctx.app.hashing.params;
    let entropy = ctx.app.entropy.clone();
    let compared = stored.clone();
    let (is_right, renewed) = ctx
        .app
        .hashing
        .run(&ctx.tenant.id, move || {
            compare(compared.as_ref(), &presented, params, &*entropy)
        })
        .await?;
    if let (Some(user), Some(from), Some(digest)) = (user, stored, renewed) {
        let to = PasswordHash {
            method: PasswordMethod::Argon2i.as_str().to_owned(),
            digest,
        };
        ctx.write(unit(
            (ctx.tenant.id.clone(), user.id.clone(), from, to),
            |(tenant, user, from, to), tx| {
                Box::pin(async move {
                    users::rehash_password(tx, tenant, user, from, to).await?;
                    Ok(Verdict::Accept(()))
                })
            },
        ))
        .await?;
    }
    Ok(is_right)
}

/// Whether the password is right, and its stored form made anew where the present one is outdated.
fn compare(
    stored: Option<&PasswordHash>,
    presented: &Secret,
    params: password::Params,
    entropy: &dyn soleira_core::Entropy,
) -> (bool, Option<String>) {
    let known = stored.and_then(|stored| PasswordMethod::parse(&stored.method).map(|method| (method, stored)));
    let Some((method, stored)) = known else {
        password::decoy(presented.expose(), params);
        return (false, None);
    };
    let is_right = password::verify(method, &stored.digest, presented.expose()).unwrap_or_else(|error| {
        tracing::warn!(%error, "a stored password cannot be verified");
        false
    });
    if !is_right {
        if method.is_fast() {
            password::decoy(presented.expose(), params);
        }
        return (false, None);
    }
    let renewed = password::needs_rehash(method, &stored.digest, params)
        .then(|| password::hash(presented.expose(), params, entropy).ok())
        .flatten();
    (true, renewed)
}

/// Gives a user a new password. The tenant's password policy does not apply to administrators.
///
/// # Errors
/// 404 `entity.not_found`; those of [`hash`].
pub async fn set_password(ctx: &Ctx, id: &UserId, password: Secret) -> Result<UserWithIdentities> {
    ctx.require_administrator()?;
    let hashed = hash(ctx, NewPassword::Plain(password)).await?;
    edit::change(ctx, id, hashed, |hashed, user, author| {
        user.password = Some(hashed.clone());
        user.password_updated_at = Some(author.now);
        user.is_password_expired = false;
    })
    .await
}

/// Gives a user who is locked out a new password: lifts a suspension and ends every session, whoever began it.
///
/// # Errors
/// 404 `entity.not_found`; those of [`hash`].
pub async fn reset_password(ctx: &Ctx, id: &UserId, password: Secret) -> Result<UserWithIdentities> {
    ctx.require_administrator()?;
    let hashed = hash(ctx, NewPassword::Plain(password)).await?;
    edit::change_and_sign_out(ctx, id, hashed, |hashed, user, author| {
        user.password = Some(hashed.clone());
        user.password_updated_at = Some(author.now);
        user.is_password_expired = false;
        user.is_suspended = false;
    })
    .await
}

/// Checks a user's password for an administrator.
///
/// # Errors
/// 404 `entity.not_found`; 422 `session.invalid_credentials`, also for a user without a password.
pub async fn verify_password(ctx: &Ctx, id: &UserId, password: Secret) -> Result<()> {
    ctx.require_administrator()?;
    let user = find(ctx, id).await?.ok_or_else(missing)?;
    if is_right(ctx, Some(&user), password).await? {
        Ok(())
    } else {
        Err(Code::SessionInvalidCredentials.into())
    }
}

/// Whether a user has a password.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn has_password(ctx: &Ctx, id: &UserId) -> Result<bool> {
    ctx.require_administrator()?;
    let user = find(ctx, id).await?.ok_or_else(missing)?;
    Ok(user.password.is_some())
}
