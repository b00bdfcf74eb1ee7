//! Who may use an application whose access is controlled: rules that name a person, a role, an organization, or a role in
//! an organization. Whoever one of them names is admitted.

use crate::changes::{self, Author, Change};
use crate::statement::Statement;
use crate::{Error, Result, Tx, bind};
use serde_json::{Value, json};
use soleira_core::model::RoleType;
use soleira_core::{ApplicationId, OrganizationId, OrganizationRoleId, RoleId, TenantId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// The rules of one application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessRules {
    /// These people.
    pub users: BTreeSet<UserId>,
    /// Whoever holds one of these roles.
    pub roles: BTreeSet<RoleId>,
    /// The members of these organizations.
    pub organizations: BTreeSet<OrganizationId>,
    /// Whoever holds one of these roles in the organization.
    pub organization_roles: BTreeMap<OrganizationId, BTreeSet<OrganizationRoleId>>,
}

impl AccessRules {
    /// Whether they name nobody.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.roles.is_empty()
            && self.organizations.is_empty()
            && self.organization_roles.values().all(BTreeSet::is_empty)
    }

    /// Every role in an organization that they name, with the organization.
    fn pairs(&self) -> BTreeSet<(&OrganizationId, &OrganizationRoleId)> {
        let roles = self.organization_roles.iter();
        roles
            .flat_map(|(organization, roles)| roles.iter().map(move |role| (organization, role)))
            .collect()
    }

    /// What history keeps of them.
    fn json(&self) -> Value {
        json!({
            "userIds": self.users,
            "userRoleIds": self.roles,
            "organizationIds": self.organizations,
            "organizationRoleIds": self.organization_roles,
        })
    }
}

/// The rules of an application.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, application: &ApplicationId) -> Result<AccessRules> {
    let users = tx
        .all(
            "select user_id from application_access_users where tenant_id = $1 and application_id = $2",
            bind![tenant, application],
        )
        .await?;
    let roles = tx
        .all(
            "select role_id from application_access_roles where tenant_id = $1 and application_id = $2",
            bind![tenant, application],
        )
        .await?;
    let organizations = tx
        .all(
            "select organization_id from application_access_organizations where tenant_id = $1 and application_id = $2",
            bind![tenant, application],
        )
        .await?;
    let pairs: Vec<(OrganizationId, OrganizationRoleId)> = tx
        .all(
            "select organization_id, organization_role_id from application_access_organization_roles
              where tenant_id = $1 and application_id = $2",
            bind![tenant, application],
        )
        .await?;
    let mut organization_roles: BTreeMap<OrganizationId, BTreeSet<OrganizationRoleId>> = BTreeMap::new();
    for (organization, role) in pairs {
        organization_roles.entry(organization).or_default().insert(role);
    }
    Ok(AccessRules {
        users: users.into_iter().collect(),
        roles: roles.into_iter().collect(),
        organizations: organizations.into_iter().collect(),
        organization_roles,
    })
}

/// Puts rules in the place of those that an application has. A person, role or organization that is not there is a
/// foreign key error.
pub async fn replace(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    application: &ApplicationId,
    before: &AccessRules,
    after: &AccessRules,
) -> Result<()> {
    if before == after {
        return Ok(());
    }
    for user in before.users.difference(&after.users) {
        tx.run(
            "delete from application_access_users where tenant_id = $1 and application_id = $2 and user_id = $3",
            bind![tenant, application, user],
        )
        .await?;
    }
    for user in after.users.difference(&before.users) {
        tx.run(
            "insert into application_access_users (tenant_id, application_id, user_id) values ($1, $2, $3)",
            bind![tenant, application, user],
        )
        .await?;
    }
    for role in before.roles.difference(&after.roles) {
        tx.run(
            "delete from application_access_roles where tenant_id = $1 and application_id = $2 and role_id = $3",
            bind![tenant, application, role],
        )
        .await?;
    }
    for role in after.roles.difference(&before.roles) {
        tx.run(
            "insert into application_access_roles (tenant_id, application_id, role_id) values ($1, $2, $3)",
            bind![tenant, application, role],
        )
        .await?;
    }
    for organization in before.organizations.difference(&after.organizations) {
        tx.run(
            "delete from application_access_organizations
              where tenant_id = $1 and application_id = $2 and organization_id = $3",
            bind![tenant, application, organization],
        )
        .await?;
    }
    for organization in after.organizations.difference(&before.organizations) {
        tx.run(
            "insert into application_access_organizations (tenant_id, application_id, organization_id)
             values ($1, $2, $3)",
            bind![tenant, application, organization],
        )
        .await?;
    }
    for (organization, role) in before.pairs().difference(&after.pairs()) {
        tx.run(
            "delete from application_access_organization_roles
              where tenant_id = $1 and application_id = $2 and organization_id = $3 and organization_role_id = $4",
            bind![tenant, application, *organization, *role],
        )
        .await?;
    }
    for (organization, role) in after.pairs().difference(&before.pairs()) {
        tx.run(
            "insert into application_access_organization_roles
               (tenant_id, application_id, organization_id, organization_role_id) values ($1, $2, $3, $4)",
            bind![tenant, application, *organization, *role],
        )
        .await?;
    }
    let change = Change {
        tenant,
        entity: "application_access",
        id: application.as_str(),
        before: Some(before.json()),
        after: Some(after.json()),
    };
    changes::record(tx, author, change).await
}

/// Who can hold these organization roles, in no order; unknown ones are left out.
pub async fn types_of_organization_roles(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    ids: &BTreeSet<OrganizationRoleId>,
) -> Result<Vec<RoleType>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new("select type from organization_roles where tenant_id = ");
    statement
        .bind(tenant.as_str())
        .text(" and id in ")
        .bind_list(ids.iter().map(OrganizationRoleId::as_str));
    let names: Vec<String> = tx.all(statement.sql(), &statement.values()).await?;
    let parse = |name: String| RoleType::parse(&name).ok_or_else(|| Error::decode(name));
    names.into_iter().map(parse).collect()
}

/// Whether one of the rules of an application names this person.
pub async fn admit(tx: &mut Tx<'_>, tenant: &TenantId, application: &ApplicationId, user: &UserId) -> Result<bool> {
    let admitted = tx
        .one::<i64>(
            "select cast(1 as bigint) where
               exists (select 1 from application_access_users
                        where tenant_id = $1 and application_id = $2 and user_id = $3)
               or exists (select 1 from application_access_roles a
                            join users_roles h on h.tenant_id = a.tenant_id and h.role_id = a.role_id
                           where a.tenant_id = $1 and a.application_id = $2 and h.user_id = $3)
               or exists (select 1 from application_access_organizations a
                            join organization_users m
                              on m.tenant_id = a.tenant_id and m.organization_id = a.organization_id
                           where a.tenant_id = $1 and a.application_id = $2 and m.user_id = $3)
               or exists (select 1 from application_access_organization_roles a
                            join organization_users_roles h on h.tenant_id = a.tenant_id
                             and h.organization_id = a.organization_id
                             and h.organization_role_id = a.organization_role_id
                           where a.tenant_id = $1 and a.application_id = $2 and h.user_id = $3)",
            bind![tenant, application, user],
        )
        .await?;
    Ok(admitted.is_some())
}
