//! The organizations that people open to third-party applications. A registered application keeps them over all its
//! grants; a client of a metadata document has one for each grant.

use crate::statement::Page;
use crate::{Result, Tx, bind, row};
use soleira_core::{ApplicationId, GrantId, OrganizationId, TenantId, UserId};

row! {
    /// An organization as a person sees it in a list.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct MembershipRow {
        /// The organization.
        pub id: OrganizationId,
        /// Its name.
        pub name: String,
    }
}

/// The organizations of a person, by name.
pub async fn memberships(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId) -> Result<Vec<MembershipRow>> {
    tx.all(
        "select o.id, o.name from organization_users m
           join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id
          where m.tenant_id = $1 and m.user_id = $2 order by o.name_folded, o.id",
        bind![tenant, user],
    )
    .await
}

/// What the roles of a person in their organizations allow on API resources: organization, indicator, scope.
pub async fn resource_scopes_in_organizations(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user: &UserId,
) -> Result<Vec<(OrganizationId, String, String)>> {
    tx.all(
        "select distinct our.organization_id, r.indicator, s.name from organization_users_roles our
           join organization_role_resource_scopes rs
             on rs.tenant_id = our.tenant_id and rs.organization_role_id = our.organization_role_id
           join scopes s on s.tenant_id = rs.tenant_id and s.id = rs.scope_id
           join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
          where our.tenant_id = $1 and our.user_id = $2 order by our.organization_id, r.indicator, s.name",
        bind![tenant, user],
    )
    .await
}

/// What the roles that a person has outside of organizations allow on API resources: indicator, scope.
pub async fn resource_scopes_of_person(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user: &UserId,
) -> Result<Vec<(String, String)>> {
    tx.all(
        "select distinct r.indicator, s.name from users_roles ur
           join roles_scopes rs on rs.tenant_id = ur.tenant_id and rs.role_id = ur.role_id
           join scopes s on s.tenant_id = rs.tenant_id and s.id = rs.scope_id
           join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
          where ur.tenant_id = $1 and ur.user_id = $2 order by r.indicator, s.name",
        bind![tenant, user],
    )
    .await
}

/// The organizations that a person opened to an application, by identifier.
pub async fn list(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
    user: &UserId,
    page: Page,
) -> Result<Vec<OrganizationId>> {
    tx.all(
        "select organization_id from application_consent_organizations
          where tenant_id = $1 and application_id = $2 and user_id = $3 order by organization_id limit $4 offset $5",
        bind![tenant, application, user, page.limit, page.offset],
    )
    .await
}

/// How many organizations a person opened to an application.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId, application: &ApplicationId, user: &UserId) -> Result<i64> {
    let count = tx
        .one(
            "select count(*) from application_consent_organizations
              where tenant_id = $1 and application_id = $2 and user_id = $3",
            bind![tenant, application, user],
        )
        .await?;
    Ok(count.unwrap_or_default())
}

/// Opens an organization of a person to an application; nothing happens if it is open.
pub async fn open(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
    user: &UserId,
    organization: &OrganizationId,
) -> Result<()> {
    tx.run(
        "insert into application_consent_organizations (tenant_id, application_id, organization_id, user_id)
         values ($1, $2, $3, $4) on conflict do nothing",
        bind![tenant, application, organization, user],
    )
    .await?;
    Ok(())
}

/// Closes an organization of a person to an application; `false` if it was not open.
pub async fn close(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
    user: &UserId,
    organization: &OrganizationId,
) -> Result<bool> {
    let closed = tx
        .run(
            "delete from application_consent_organizations
              where tenant_id = $1 and application_id = $2 and user_id = $3 and organization_id = $4",
            bind![tenant, application, user, organization],
        )
        .await?;
    Ok(closed == 1)
}

/// Closes every organization of a person to an application.
pub async fn close_all(tx: &mut Tx<'_>, tenant: &TenantId, application: &ApplicationId, user: &UserId) -> Result<()> {
    tx.run(
        "delete from application_consent_organizations where tenant_id = $1 and application_id = $2 and user_id = $3",
        bind![tenant, application, user],
    )
    .await?;
    Ok(())
}

/// Every organization that a person opened to an application.
pub async fn all(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
    user: &UserId,
) -> Result<Vec<OrganizationId>> {
    tx.all(
        "select organization_id from application_consent_organizations
          where tenant_id = $1 and application_id = $2 and user_id = $3 order by organization_id",
        bind![tenant, application, user],
    )
    .await
}

/// Binds a grant to the one organization of the person that it is good for.
pub async fn bind_grant(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    grant: &GrantId,
    user: &UserId,
    organization: &OrganizationId,
) -> Result<()> {
    tx.run(
        "insert into grant_organizations (tenant_id, grant_id, organization_id, user_id) values ($1, $2, $3, $4)
         on conflict (tenant_id, grant_id) do update set organization_id = excluded.organization_id",
        bind![tenant, grant, organization, user],
    )
    .await?;
    Ok(())
}
