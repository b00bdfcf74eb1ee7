//! Secrets of applications: several at once, so that one can be replaced without a pause.

use super::{missing, rules};
use crate::checks::Checks;
use crate::{author, tenants, vault_failed};
use soleira_core::model::ApplicationSecret;
use soleira_core::{ApplicationId, Code, EntropyExt, Error, Kind, Result, Secret, Timestamp};
use soleira_runtime::Ctx;
use soleira_store::application_secrets::{self, SecretRow};
use soleira_store::{Error as StoreError, Verdict, applications, unit};

fn open(ctx: &Ctx, application: &ApplicationId, row: SecretRow) -> Result<ApplicationSecret> {
    let context = application_secrets::context(&ctx.tenant.id, application);
    let value = ctx.app.vault.open_text(&context, &row.sealed).map_err(vault_failed)?;
    Ok(ApplicationSecret {
        tenant_id: ctx.tenant.id.clone(),
        application_id: application.clone(),
        name: row.name,
        value: value.expose().to_owned(),
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}

/// The secrets of an application with their values, oldest first.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn secrets(ctx: &Ctx, application: &ApplicationId) -> Result<Vec<ApplicationSecret>> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    if applications::find(&mut reader.tx(), &ctx.tenant.id, application)
        .await?
        .is_none()
    {
        return Err(missing(application));
    }
    let rows = application_secrets::all(&mut reader.tx(), &ctx.tenant.id, application).await?;
    rows.into_iter().map(|row| open(ctx, application, row)).collect()
}

/// Gives an application a further secret, for ever or until a point in time.
///
/// # Errors
/// 400 `request.invalid_input` for an end in the past; 422 `application.secret_name_exists`; 422
/// `entity.db_constraint_violated` for a type that keeps no secrets; 404 for an unknown application.
pub async fn create_secret(
    ctx: &Ctx,
    application: &ApplicationId,
    name: &str,
    expires_at: Option<Timestamp>,
) -> Result<ApplicationSecret> {
    ctx.require_administrator()?;
    check_name(name)?;
    if expires_at.is_some_and(|end| end <= ctx.now()) {
        return Err(Error::new(Code::RequestInvalidInput).with("details", "expiresAt must lie in the future"));
    }
    let value = Secret::new(ctx.entropy().secret());
    let row = tenants::secret_row(
        &ctx.app.vault,
        &ctx.tenant.id,
        application,
        name,
        &value,
        ctx.now(),
        expires_at,
    )?;
    let row = ctx
        .write_config(unit(
            (author(ctx), ctx.tenant.id.clone(), application.clone(), row),
            |(author, tenant, application, row), tx| {
                Box::pin(async move {
                    let found = applications::find(tx, tenant, application).await?;
                    if !found.ok_or_else(|| missing(application))?.kind.has_secrets() {
                        return Err(Error::new(Code::EntityDbConstraintViolated).into());
                    }
                    let inserted = application_secrets::insert(tx, author, tenant, application, row).await;
                    inserted.map_err(name_taken)?;
                    Ok(Verdict::Accept(row.clone()))
                })
            },
        ))
        .await?;
    open(ctx, application, row)
}

/// Renames a secret.
///
/// # Errors
/// 404 `entity.not_exists`; 422 `application.secret_name_exists`.
pub async fn rename_secret(ctx: &Ctx, application: &ApplicationId, from: &str, to: &str) -> Result<ApplicationSecret> {
    ctx.require_administrator()?;
    check_name(to)?;
    let row = ctx
        .write_config(unit(
            (
                author(ctx),
                ctx.tenant.id.clone(),
                application.clone(),
                from.to_owned(),
                to.to_owned(),
            ),
            |(author, tenant, application, from, to), tx| {
                Box::pin(async move {
                    let renamed = application_secrets::rename(tx, author, tenant, application, from, to).await;
                    let row = renamed.map_err(name_taken)?;
                    Ok(Verdict::Accept(row.ok_or_else(|| Error::new(Code::EntityNotExists))?))
                })
            },
        ))
        .await?;
    open(ctx, application, row)
}

/// Takes a secret from an application: it stops working at once.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn delete_secret(ctx: &Ctx, application: &ApplicationId, name: &str) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), application.clone(), name.to_owned()),
        |(author, tenant, application, name), tx| {
            Box::pin(async move {
                if !application_secrets::delete(tx, author, tenant, application, name).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

fn check_name(name: &str) -> Result<()> {
    let mut checks = Checks::default();
    checks.length("name", name, 1, rules::NAME_MAX);
    checks.finish()
}

fn name_taken(error: StoreError) -> StoreError {
    if error.is_unique("application_secrets_pkey") {
        return Error::new(Code::ApplicationSecretNameExists)
            .kind_is(Kind::Unprocessable)
            .into();
    }
    error
}
