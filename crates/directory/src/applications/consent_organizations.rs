//! The organizations that people opened to a third-party application.

use super::require_third_party;
use crate::checks::Checks;
use crate::{Listing, Page};
use soleira_core::model::Organization;
use soleira_core::{ApplicationId, Code, Error, OrganizationId, Result, TenantId, UserId};
use soleira_runtime::Ctx;
use soleira_store::{Tx, Verdict, consent_organizations, organizations, unit};

/// The organizations that a person opened to an application.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 422 `application.third_party_application_only`.
pub async fn list_consent_organizations(
    ctx: &Ctx,
    id: &ApplicationId,
    user: &UserId,
    page: Page,
) -> Result<Listing<Organization>> {
    ctx.require_administrator()?;
    ctx.list(
        (ctx.tenant.id.clone(), id.clone(), user.clone(), page),
        |(tenant, id, user, page), tx| {
            Box::pin(async move {
                require_third_party(tx, tenant, id).await?;
                let mut rows = Vec::new();
                for organization in consent_organizations::list(tx, tenant, id, user, *page).await? {
                    rows.extend(organizations::find(tx, tenant, &organization).await?);
                }
                Ok(Listing {
                    total: Some(consent_organizations::count(tx, tenant, id, user).await?),
                    rows,
                })
            })
        },
    )
    .await
}

/// Opens organizations of a person to an application: besides those that are open, or with `replace` in their place.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 422 `application.third_party_application_only`, `organization.require_membership`.
pub async fn open_organizations(
    ctx: &Ctx,
    id: &ApplicationId,
    user: &UserId,
    organizations: Vec<OrganizationId>,
    replace: bool,
) -> Result<()> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    checks.ids("organizationIds", &organizations, 0);
    checks.finish()?;
    ctx.write(unit(
        (ctx.tenant.id.clone(), id.clone(), user.clone(), organizations, replace),
        |(tenant, id, user, organizations, replace), tx| {
            Box::pin(async move {
                require_third_party(tx, tenant, id).await?;
                check_membership(tx, tenant, user, organizations).await?;
                if *replace {
                    consent_organizations::close_all(tx, tenant, id, user).await?;
                }
                for organization in organizations {
                    consent_organizations::open(tx, tenant, id, user, organization).await?;
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// Closes an organization of a person to an application: it gets no token for it from then on.
///
/// # Errors
/// 404 `entity.not_exists_with_id`, `entity.not_found` for an organization that is not open; 422
/// `application.third_party_application_only`.
pub async fn close_organization(
    ctx: &Ctx,
    id: &ApplicationId,
    user: &UserId,
    organization: &OrganizationId,
) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write(unit(
        (ctx.tenant.id.clone(), id.clone(), user.clone(), organization.clone()),
        |(tenant, id, user, organization), tx| {
            Box::pin(async move {
                require_third_party(tx, tenant, id).await?;
                if consent_organizations::close(tx, tenant, id, user, organization).await? {
                    Ok(Verdict::Accept(()))
                } else {
                    Err(Error::new(Code::EntityNotFound).into())
                }
            })
        },
    ))
    .await
}

async fn check_membership(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user: &UserId,
    organizations: &[OrganizationId],
) -> soleira_store::Result<()> {
    let memberships = consent_organizations::memberships(tx, tenant, user).await?;
    let is_member = |id: &OrganizationId| memberships.iter().any(|row| row.id == *id);
    if organizations.iter().all(is_member) {
        Ok(())
    } else {
        Err(Error::new(Code::OrganizationRequireMembership).into())
    }
}
