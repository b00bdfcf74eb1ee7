//! Organizations, their members, and the roles and permissions that all of a tenant's organizations share.

use crate::{Result, Tx, bind, dialect};
use soleira_core::model::RoleType;
use soleira_core::{OrganizationId, TenantId, Timestamp, UserId};

/// Adds an organization; `false` if its identifier is already there.
pub async fn insert(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &OrganizationId,
    name: &str,
    now: Timestamp,
) -> Result<bool> {
    let added = tx
        .run(
            "insert into organizations (tenant_id, id, name, name_folded, custom_data, is_mfa_required, created_at,
               updated_at, version)
             values ($1, $2, $3, $4, '{}', $5, $6, $6, 1) on conflict do nothing",
            bind![tenant, id, name, &dialect::fold(name), false, now],
        )
        .await?;
    Ok(added == 1)
}

/// Adds a role that members can hold; nothing happens if it is already there.
pub async fn insert_role(tx: &mut Tx<'_>, tenant: &TenantId, id: &str, name: &str, description: &str) -> Result<()> {
    tx.run(
        "insert into organization_roles (tenant_id, id, name, description, type) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        bind![tenant, id, name, description, RoleType::User.as_str()],
    )
    .await?;
    Ok(())
}

/// Adds a permission of organizations; nothing happens if it is already there.
pub async fn insert_scope(tx: &mut Tx<'_>, tenant: &TenantId, id: &str, name: &str, description: &str) -> Result<()> {
    tx.run(
        "insert into organization_scopes (tenant_id, id, name, description) values ($1, $2, $3, $4)
         on conflict do nothing",
        bind![tenant, id, name, description],
    )
    .await?;
    Ok(())
}

/// Lets an organization role have a permission; nothing happens if it has it.
pub async fn add_scope_to_role(tx: &mut Tx<'_>, tenant: &TenantId, role: &str, scope: &str) -> Result<()> {
    tx.run(
        "insert into organization_role_scopes (tenant_id, organization_role_id, organization_scope_id)
         values ($1, $2, $3) on conflict do nothing",
        bind![tenant, role, scope],
    )
    .await?;
    Ok(())
}

/// Makes a user a member; nothing happens if they are one.
pub async fn add_member(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<()> {
    tx.run(
        "insert into organization_users (tenant_id, organization_id, user_id) values ($1, $2, $3)
         on conflict do nothing",
        bind![tenant, organization, user],
    )
    .await?;
    Ok(())
}

/// Gives a member a role of the organization; nothing happens if they hold it.
pub async fn give_role(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    organization: &OrganizationId,
    user: &UserId,
    role: &str,
) -> Result<()> {
    tx.run(
        "insert into organization_users_roles (tenant_id, organization_id, user_id, organization_role_id)
         values ($1, $2, $3, $4) on conflict do nothing",
        bind![tenant, organization, user, role],
    )
    .await?;
    Ok(())
}

/// The roles of a user in their organizations: organization identifier and role name.
pub async fn roles_of_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId) -> Result<Vec<(OrganizationId, String)>> {
    tx.all(
        "select our.organization_id, r.name from organization_users_roles our
           join organization_roles r on r.tenant_id = our.tenant_id and r.id = our.organization_role_id
          where our.tenant_id = $1 and our.user_id = $2 order by our.organization_id, r.name",
        bind![tenant, user],
    )
    .await
}
