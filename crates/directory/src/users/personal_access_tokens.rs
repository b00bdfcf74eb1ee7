//! Personal access tokens: what a person's programs show instead of a password, to be exchanged for access tokens.

use super::missing;
use crate::checks::Checks;
use crate::{author, vault_failed};
use soleira_core::{Code, EntropyExt, Error, Result, TenantId, Timestamp, UserId};
use soleira_runtime::Ctx;
use soleira_store::personal_access_tokens::{self, PersonalAccessTokenRow};
use soleira_store::{Error as StoreError, Verdict, unit, users};

/// Longest name of a token, in characters.
const NAME_MAX: usize = 256;

/// A personal access token. The value can be read again by an administrator: the wire asks for it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalAccessToken {
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Whose it is.
    pub user_id: UserId,
    /// Its name, unique for the user.
    pub name: String,
    /// The token itself.
    pub value: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; never if absent.
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for PersonalAccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonalAccessToken")
            .field("user_id", &self.user_id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

fn open(ctx: &Ctx, user: &UserId, row: PersonalAccessTokenRow) -> Result<PersonalAccessToken> {
    let context = personal_access_tokens::seal_context(&ctx.tenant.id, user);
    let value = ctx.app.vault.open_text(&context, &row.sealed).map_err(vault_failed)?;
    Ok(PersonalAccessToken {
        tenant_id: ctx.tenant.id.clone(),
        user_id: user.clone(),
        name: row.name,
        value: value.expose().to_owned(),
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}

/// The tokens of a user with their values, oldest first.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn personal_access_tokens(ctx: &Ctx, user: &UserId) -> Result<Vec<PersonalAccessToken>> {
    ctx.require_administrator()?;
    let rows = {
        let mut reader = ctx.read().await?;
        let tx = &mut reader.tx();
        users::find(tx, &ctx.tenant.id, user).await?.ok_or_else(missing)?;
        personal_access_tokens::all(tx, &ctx.tenant.id, user).await?
    };
    rows.into_iter().map(|row| open(ctx, user, row)).collect()
}

/// Gives a user a further token, for ever or until a point in time.
///
/// # Errors
/// 400 `guard.invalid_input` for a name that is too long or empty; 400 `request.invalid_input` for an end in the past;
/// 422 `user.personal_access_token_name_exists`; 404 `entity.relation_foreign_key_not_found` for an unknown user.
pub async fn create_personal_access_token(
    ctx: &Ctx,
    user: &UserId,
    name: &str,
    expires_at: Option<Timestamp>,
) -> Result<PersonalAccessToken> {
    ctx.require_administrator()?;
    check_name(name)?;
    if expires_at.is_some_and(|end| end <= ctx.now()) {
        return Err(Error::new(Code::RequestInvalidInput).with("details", "expiresAt must lie in the future"));
    }
    let (tenant, vault) = (&ctx.tenant.id, &ctx.app.vault);
    let value = format!("pat_{}", ctx.entropy().secret());
    let sealed = vault.seal(&personal_access_tokens::seal_context(tenant, user), value.as_bytes());
    let row = PersonalAccessTokenRow {
        name: name.to_owned(),
        lookup_hash: vault
            .lookup_hash(&personal_access_tokens::lookup_context(tenant), &value)
            .to_vec(),
        sealed: sealed.map_err(vault_failed)?,
        created_at: ctx.now(),
        expires_at,
    };
    let row = ctx
        .write(unit(
            (author(ctx), tenant.clone(), user.clone(), row),
            |(author, tenant, user, row), tx| {
                Box::pin(async move {
                    let inserted = personal_access_tokens::insert(tx, author, tenant, user, row).await;
                    inserted.map_err(refusal)?;
                    Ok(Verdict::Accept(row.clone()))
                })
            },
        ))
        .await?;
    open(ctx, user, row)
}

/// Renames a token.
///
/// # Errors
/// 400 `guard.invalid_input`; 404 `entity.not_exists`; 422 `user.personal_access_token_name_exists`.
pub async fn rename_personal_access_token(
    ctx: &Ctx,
    user: &UserId,
    from: &str,
    to: &str,
) -> Result<PersonalAccessToken> {
    ctx.require_administrator()?;
    check_name(to)?;
    let row = ctx
        .write(unit(
            (
                author(ctx),
                ctx.tenant.id.clone(),
                user.clone(),
                from.to_owned(),
                to.to_owned(),
            ),
            |(author, tenant, user, from, to), tx| {
                Box::pin(async move {
                    let renamed = personal_access_tokens::rename(tx, author, tenant, user, from, to).await;
                    let row = renamed.map_err(refusal)?;
                    Ok(Verdict::Accept(row.ok_or_else(|| Error::new(Code::EntityNotExists))?))
                })
            },
        ))
        .await?;
    open(ctx, user, row)
}

/// Takes a token from a user: it stops working at once.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn delete_personal_access_token(ctx: &Ctx, user: &UserId, name: &str) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), user.clone(), name.to_owned()),
        |(author, tenant, user, name), tx| {
            Box::pin(async move {
                if !personal_access_tokens::delete(tx, author, tenant, user, name).await? {
                    return Err(missing().into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

fn check_name(name: &str) -> Result<()> {
    let mut checks = Checks::default();
    checks.length("name", name, 1, NAME_MAX);
    checks.finish()
}

/// What the database refuses, in the words of the wire.
fn refusal(error: StoreError) -> StoreError {
    match error {
        StoreError::ForeignKey(_) => Error::new(Code::EntityRelationForeignKeyNotFound).into(),
        error if error.is_unique("personal_access_tokens_pkey") => {
            Error::new(Code::UserPersonalAccessTokenNameExists).into()
        }
        other => other,
    }
}
