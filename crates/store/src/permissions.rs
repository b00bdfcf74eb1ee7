//! Effective permissions: what people and machines may do at a resource or in an organization at this moment, each in one
//! statement (docs/wire/tokens.md, "Permissions"). A `party` is the third-party application that asks, which gets only
//! what it may ask people for.

use crate::consent_scopes::Party;
use crate::statement::Statement;
use crate::{Result, Tx, bind, row};
use soleira_core::{ApplicationId, GrantId, OrganizationId, ResourceId, RoleId, ScopeId, TenantId, UserId};
use std::collections::BTreeMap;

/// Adds the condition that a third-party application may ask for the permission of a resource whose alias is `s`.
fn limit_resource_scopes(statement: &mut Statement, tenant: &TenantId, party: Option<Party<'_>>) {
    match party {
        None => {}
        Some(Party::Application(application)) => {
            statement
                .text(" and s.id in (select scope_id from application_consent_resource_scopes where tenant_id = ")
                .bind(tenant.as_str())
                .text(" and application_id = ")
                .bind(application.as_str())
                .text(" union all select scope_id from application_consent_organization_resource_scopes where tenant_id = ")
                .bind(tenant.as_str())
                .text(" and application_id = ")
                .bind(application.as_str())
                .text(")");
        }
        Some(Party::Documents) => {
            statement
                .text(" and s.id in (select scope from cimd_consent_scopes where tenant_id = ")
                .bind(tenant.as_str())
                .text(" and kind in ('resource', 'organization_resource'))");
        }
    }
}

/// Adds the condition that a third-party application may ask for the permission of organizations whose alias is `s`.
fn limit_organization_scopes(statement: &mut Statement, tenant: &TenantId, party: Option<Party<'_>>) {
    match party {
        None => {}
        Some(Party::Application(application)) => {
            statement
                .text(
                    " and s.id in (select organization_scope_id from application_consent_organization_scopes
                       where tenant_id = ",
                )
                .bind(tenant.as_str())
                .text(" and application_id = ")
                .bind(application.as_str())
                .text(")");
        }
        Some(Party::Documents) => {
            statement
                .text(" and s.id in (select scope from cimd_consent_scopes where tenant_id = ")
                .bind(tenant.as_str())
                .text(" and kind = 'organization')");
        }
    }
}

/// Whose roles count for a person's permissions at a resource, besides those in the tenant, which always do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roles<'a> {
    /// None.
    OfTenant,
    /// Those in all their organizations.
    OfOrganizations,
    /// Those in one organization.
    OfOrganization(&'a OrganizationId),
}

/// A person's permissions at a resource, by name.
pub async fn of_user(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user: &UserId,
    roles: Roles<'_>,
    indicator: &str,
    party: Option<Party<'_>>,
) -> Result<Vec<String>> {
    let mut statement = Statement::new(
        "select s.name from resources r
           join scopes s on s.tenant_id = r.tenant_id and s.resource_id = r.id
          where r.tenant_id = ",
    );
    statement
        .bind(tenant.as_str())
        .text(" and r.indicator = ")
        .bind(indicator)
        .text(
            " and s.id in (select rs.scope_id from users_roles ur
                join roles_scopes rs on rs.tenant_id = ur.tenant_id and rs.role_id = ur.role_id
               where ur.tenant_id = ",
        )
        .bind(tenant.as_str())
        .text(" and ur.user_id = ")
        .bind(user.as_str());
    if roles != Roles::OfTenant {
        statement
            .text(
                " union all select rs.scope_id from organization_users ou
                    join organization_users_roles our on our.tenant_id = ou.tenant_id
                     and our.organization_id = ou.organization_id and our.user_id = ou.user_id
                    join organization_role_resource_scopes rs on rs.tenant_id = our.tenant_id
                     and rs.organization_role_id = our.organization_role_id
                   where ou.tenant_id = ",
            )
            .bind(tenant.as_str())
            .text(" and ou.user_id = ")
            .bind(user.as_str());
    }
    if let Roles::OfOrganization(organization) = roles {
        statement.text(" and ou.organization_id = ").bind(organization.as_str());
    }
    statement.text(")");
    limit_resource_scopes(&mut statement, tenant, party);
    statement.text(" order by s.name");
    tx.all(statement.sql(), &statement.values()).await
}

/// A person's permissions in an organization, by name: those of the roles that they hold in it.
pub async fn of_member(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user: &UserId,
    organization: &OrganizationId,
    party: Option<Party<'_>>,
) -> Result<Vec<String>> {
    let mut statement = Statement::new(
        "select distinct s.name from organization_users_roles our
           join organization_role_scopes rs on rs.tenant_id = our.tenant_id
            and rs.organization_role_id = our.organization_role_id
           join organization_scopes s on s.tenant_id = rs.tenant_id and s.id = rs.organization_scope_id
          where our.tenant_id = ",
    );
    statement
        .bind(tenant.as_str())
        .text(" and our.organization_id = ")
        .bind(organization.as_str())
        .text(" and our.user_id = ")
        .bind(user.as_str());
    limit_organization_scopes(&mut statement, tenant, party);
    statement.text(" order by s.name");
    tx.all(statement.sql(), &statement.values()).await
}

/// Every permission that organizations know, by name: what can be asked for before it is known in which organization.
pub async fn of_organizations(tx: &mut Tx<'_>, tenant: &TenantId, party: Option<Party<'_>>) -> Result<Vec<String>> {
    let mut statement = Statement::new("select s.name from organization_scopes s where s.tenant_id = ");
    statement.bind(tenant.as_str());
    limit_organization_scopes(&mut statement, tenant, party);
    statement.text(" order by s.name");
    tx.all(statement.sql(), &statement.values()).await
}

/// Every permission that the roles of a machine give in the tenant: `(resource indicator, scope name)`, sorted.
pub async fn of_application(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
) -> Result<Vec<(String, String)>> {
    tx.all(
        "select distinct r.indicator, s.name from applications_roles ar
           join roles_scopes rs on rs.tenant_id = ar.tenant_id and rs.role_id = ar.role_id
           join scopes s on s.tenant_id = rs.tenant_id and s.id = rs.scope_id
           join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
          where ar.tenant_id = $1 and ar.application_id = $2 order by r.indicator, s.name",
        bind![tenant, application],
    )
    .await
}

/// What the roles of a machine give in one organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachinePermissions {
    /// Permissions of organizations, by name.
    pub organization: Vec<String>,
    /// Permissions at resources, by indicator and name.
    pub resources: BTreeMap<String, Vec<String>>,
}

/// What the roles of a machine give in an organization; `None` if it is not associated with it.
pub async fn of_application_in(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
    organization: &OrganizationId,
) -> Result<Option<MachinePermissions>> {
    let rows: Vec<(String, String, String)> = tx
        .all(
            "select 'member', '', '' from organization_applications
              where tenant_id = $1 and application_id = $2 and organization_id = $3
             union
             select 'organization', '', s.name from organization_applications_roles oar
               join organization_role_scopes rs on rs.tenant_id = oar.tenant_id
                and rs.organization_role_id = oar.organization_role_id
               join organization_scopes s on s.tenant_id = rs.tenant_id and s.id = rs.organization_scope_id
              where oar.tenant_id = $1 and oar.application_id = $2 and oar.organization_id = $3
             union
             select 'resource', r.indicator, s.name from organization_applications_roles oar
               join organization_role_resource_scopes rs on rs.tenant_id = oar.tenant_id
                and rs.organization_role_id = oar.organization_role_id
               join scopes s on s.tenant_id = rs.tenant_id and s.id = rs.scope_id
               join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
              where oar.tenant_id = $1 and oar.application_id = $2 and oar.organization_id = $3
              order by 1, 2, 3",
            bind![tenant, application, organization],
        )
        .await?;
    let mut found = None;
    for (kind, indicator, scope) in rows {
        // Membership sorts first, and whoever is no member holds no role.
        let permissions = found.get_or_insert_with(MachinePermissions::default);
        match kind.as_str() {
            "organization" => permissions.organization.push(scope),
            "resource" => permissions.resources.entry(indicator).or_default().push(scope),
            _ => {}
        }
    }
    Ok(found)
}

/// Who must have opened an organization before an application gets tokens for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened<'a> {
    /// Nobody: the application is the tenant's own.
    ToEveryone,
    /// The person, to this third-party application.
    ToApplication(&'a ApplicationId),
    /// The person, in this grant of a client of a metadata document.
    InGrant(&'a GrantId),
}

/// A person's place in an organization, as far as its tokens care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whether members need a second factor.
    pub is_mfa_required: bool,
    /// Whether the person opened the organization to the application, where that is asked for.
    pub is_opened: bool,
}

/// A person's place in an organization; `None` if they are no member.
pub async fn place(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user: &UserId,
    organization: &OrganizationId,
    opened: Opened<'_>,
) -> Result<Option<Place>> {
    let mut statement = Statement::new("select o.is_mfa_required, ");
    match opened {
        Opened::ToEveryone => {
            statement.text("(1 = 1)");
        }
        Opened::ToApplication(application) => {
            statement
                .text(
                    "exists (select 1 from application_consent_organizations c where c.tenant_id = ou.tenant_id
                       and c.organization_id = ou.organization_id and c.user_id = ou.user_id and c.application_id = ",
                )
                .bind(application.as_str())
                .text(")");
        }
        Opened::InGrant(grant) => {
            statement
                .text(
                    "exists (select 1 from grant_organizations c where c.tenant_id = ou.tenant_id
                       and c.organization_id = ou.organization_id and c.user_id = ou.user_id and c.grant_id = ",
                )
                .bind(grant.as_str())
                .text(")");
        }
    }
    statement
        .text(
            " from organization_users ou
                join organizations o on o.tenant_id = ou.tenant_id and o.id = ou.organization_id
               where ou.tenant_id = ",
        )
        .bind(tenant.as_str())
        .text(" and ou.organization_id = ")
        .bind(organization.as_str())
        .text(" and ou.user_id = ")
        .bind(user.as_str());
    let found: Option<(bool, bool)> = tx.one(statement.sql(), &statement.values()).await?;
    Ok(found.map(|(is_mfa_required, is_opened)| Place {
        is_mfa_required,
        is_opened,
    }))
}

/// A person's memberships, oldest organization first, with a row for each role and one without for whoever holds none:
/// `(organization, its name, its description, role name)`.
pub async fn memberships(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user: &UserId,
) -> Result<Vec<(OrganizationId, String, Option<String>, Option<String>)>> {
    tx.all(
        "select o.id, o.name, o.description, r.name from organization_users ou
           join organizations o on o.tenant_id = ou.tenant_id and o.id = ou.organization_id
           left join organization_users_roles our on our.tenant_id = ou.tenant_id
            and our.organization_id = ou.organization_id and our.user_id = ou.user_id
           left join organization_roles r on r.tenant_id = our.tenant_id and r.id = our.organization_role_id
          where ou.tenant_id = $1 and ou.user_id = $2 order by o.created_at, o.id, r.name",
        bind![tenant, user],
    )
    .await
}

row! {
    /// A permission that a role of a person gives, or a role that gives none.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct GivenPermission {
        /// The role.
        pub role_id: RoleId,
        /// Its name.
        pub role_name: String,
        /// What it is for.
        pub role_description: String,
        /// The permission; absent if the role gives none.
        pub scope_id: Option<ScopeId>,
        /// Its name.
        pub scope_name: Option<String>,
        /// What it allows.
        pub scope_description: Option<String>,
        /// Whose permission it is.
        pub resource_id: Option<ResourceId>,
        /// The resource's name.
        pub resource_name: Option<String>,
        /// The resource's indicator.
        pub resource_indicator: Option<String>,
        /// Whether the resource is meant when a request names none.
        pub resource_is_default: Option<bool>,
        /// Seconds that the resource's access tokens live.
        pub access_token_ttl: Option<i64>,
    }
}

/// A person's roles in the tenant with what each gives, by role and permission: a row for each permission, and one for a
/// role without any.
pub async fn given_to_user(tx: &mut Tx<'_>, tenant: &TenantId, user: &UserId) -> Result<Vec<GivenPermission>> {
    tx.all(
        "select r.id, r.name, r.description, s.id, s.name, s.description, a.id, a.name, a.indicator, a.is_default,
                a.access_token_ttl
           from users_roles ur
           join roles r on r.tenant_id = ur.tenant_id and r.id = ur.role_id
           left join roles_scopes rs on rs.tenant_id = r.tenant_id and rs.role_id = r.id
           left join scopes s on s.tenant_id = rs.tenant_id and s.id = rs.scope_id
           left join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id
          where ur.tenant_id = $1 and ur.user_id = $2 order by r.name, r.id, a.indicator, s.name",
        bind![tenant, user],
    )
    .await
}
