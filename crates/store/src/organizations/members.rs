//! Who is in an organization, and the roles that they hold there: users, and machine-to-machine applications.

use super::relation::{Relation, relation};
use super::template::{role_columns, scope_columns};
use super::{HeldRole, columns};
use crate::statement::{Page, Statement};
use crate::{Result, Tx, bind};
use soleira_core::model::{Organization, OrganizationRole, OrganizationScope, RoleType};
use soleira_core::{ApplicationId, OrganizationId, OrganizationRoleId, TenantId, UserId};

/// What can be in organizations.
pub trait Member: AsRef<str> + From<String> + Clone + std::fmt::Debug + Send + Sync + 'static {
    /// The type of the roles that it can hold.
    const ROLES: RoleType;
    #[doc(hidden)]
    const TABLES: &'static Tables;
}

/// Where the members of a kind are, and the texts of the statements on them.
#[derive(Debug)]
pub struct Tables {
    members: Relation,
    roles: Relation,
    /// Who exists and cannot be a member.
    unfit: Option<&'static str>,
    is_member: &'static str,
    member_is: &'static str,
    organizations: &'static str,
    count_organizations: &'static str,
    held: &'static str,
    held_by: &'static str,
    held_by_these: &'static str,
    held_everywhere: &'static str,
    scopes: &'static str,
}

macro_rules! tables {
    ($members:literal, $roles:literal, $id:literal, entity $entity:literal, $role_entity:literal, name $name:literal,
     unfit $unfit:expr) => {
        &Tables {
            members: relation!($members, "organization_id" => $id, entity $entity, names [$name]),
            roles: relation!(
                $roles, "organization_id", $id => "organization_role_id",
                entity $role_entity, names [$name, "organizationRoleId"]
            ),
            unfit: $unfit,
            is_member: concat!(
                "select cast(1 as bigint) from ", $members,
                " where tenant_id = $1 and organization_id = $2 and ", $id, " = $3"
            ),
            member_is: concat!(" and ", $id, " = "),
            organizations: concat!(
                "select ", columns!(), " from organizations
                  where id in (select organization_id from ", $members, " where tenant_id = "
            ),
            count_organizations: concat!("select count(*) from ", $members, " where tenant_id = "),
            held: concat!(
                "select ", role_columns!(), " from organization_roles
                  where id in (select organization_role_id from ", $roles, " where tenant_id = "
            ),
            held_by: concat!(
                "select m.", $id, ", r.id, r.name from ", $roles, " m
                   join organization_roles r on r.tenant_id = m.tenant_id and r.id = m.organization_role_id
                  where m.tenant_id = "
            ),
            held_by_these: concat!(" and m.", $id, " in "),
            held_everywhere: concat!(
                "select m.organization_id, r.id, r.name from ", $members, " o
                   join ", $roles, " m on m.tenant_id = o.tenant_id and m.organization_id = o.organization_id
                    and m.", $id, " = o.", $id, "
                   join organization_roles r on r.tenant_id = m.tenant_id and r.id = m.organization_role_id
                  where o.tenant_id = $1 and o.", $id, " = $2 order by m.organization_id, r.name"
            ),
            scopes: concat!(
                "select ", scope_columns!(), " from organization_scopes
                  where tenant_id = $1 and id in (
                    select rs.organization_scope_id from ", $roles, " m
                      join organization_role_scopes rs
                        on rs.tenant_id = m.tenant_id and rs.organization_role_id = m.organization_role_id
                     where m.tenant_id = $1 and m.organization_id = $2 and m.", $id, " = $3)
                  order by name"
            ),
        }
    };
}

impl Member for UserId {
    const ROLES: RoleType = RoleType::User;
    const TABLES: &'static Tables = tables!(
        "organization_users", "organization_users_roles", "user_id",
        entity "organization_user", "organization_user_role", name "userId",
        unfit None
    );
}

impl Member for ApplicationId {
    const ROLES: RoleType = RoleType::MachineToMachine;
    const TABLES: &'static Tables = tables!(
        "organization_applications", "organization_applications_roles", "application_id",
        entity "organization_application", "organization_application_role", name "applicationId",
        unfit Some("select count(*) from applications where type <> 'MachineToMachine' and tenant_id = ")
    );
}

/// The members of an organization: `(organization, member)`. Removing one removes their roles in it, and what they let
/// applications see of it.
pub const fn of<M: Member>() -> &'static Relation {
    &M::TABLES.members
}

/// The roles that members hold: `(organization, member, role)`. A role for who is no member is a foreign key error.
pub const fn roles_of<M: Member>() -> &'static Relation {
    &M::TABLES.roles
}

/// Whether any of them exists and cannot be in organizations: an application that is no machine.
pub async fn any_unfit<M: Member>(tx: &mut Tx<'_>, tenant: &TenantId, members: &[M]) -> Result<bool> {
    let Some(text) = M::TABLES.unfit else { return Ok(false) };
    let mut statement = Statement::new(text);
    statement
        .bind(tenant.as_str())
        .text(" and id in ")
        .bind_list(members.iter().map(AsRef::as_ref));
    let count: Option<i64> = tx.one(statement.sql(), &statement.values()).await?;
    Ok(count.is_some_and(|count| count > 0))
}

/// Whether it is in the organization.
pub async fn is_member<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    organization: &OrganizationId,
    member: &M,
) -> Result<bool> {
    let found = tx
        .one::<i64>(M::TABLES.is_member, bind![tenant, organization, member.as_ref()])
        .await?;
    Ok(found.is_some())
}

/// The organizations that it is in, newest first.
pub async fn organizations<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    member: &M,
    page: Option<Page>,
) -> Result<Vec<Organization>> {
    let mut statement = Statement::new(M::TABLES.organizations);
    statement
        .bind(tenant.as_str())
        .text(M::TABLES.member_is)
        .bind(member.as_ref())
        .text(") and tenant_id = ")
        .bind(tenant.as_str())
        .page(" order by created_at desc, id desc", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many organizations it is in.
pub async fn count_organizations<M: Member>(tx: &mut Tx<'_>, tenant: &TenantId, member: &M) -> Result<i64> {
    let mut statement = Statement::new(M::TABLES.count_organizations);
    statement
        .bind(tenant.as_str())
        .text(M::TABLES.member_is)
        .bind(member.as_ref());
    Ok(tx.one(statement.sql(), &statement.values()).await?.unwrap_or_default())
}

/// The roles that it holds in an organization, by name.
pub async fn held<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    organization: &OrganizationId,
    member: &M,
    page: Option<Page>,
) -> Result<Vec<OrganizationRole>> {
    let mut statement = Statement::new(M::TABLES.held);
    statement
        .bind(tenant.as_str())
        .text(" and organization_id = ")
        .bind(organization.as_str())
        .text(M::TABLES.member_is)
        .bind(member.as_ref())
        .text(") and tenant_id = ")
        .bind(tenant.as_str())
        .page(" order by name", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many roles it holds in an organization.
pub async fn count_held<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    organization: &OrganizationId,
    member: &M,
) -> Result<i64> {
    roles_of::<M>()
        .count(tx, tenant, &[organization.as_str(), member.as_ref()])
        .await
}

/// The roles that these members hold in an organization, by name.
pub async fn held_by<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    organization: &OrganizationId,
    members: &[M],
) -> Result<Vec<(M, HeldRole)>> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(M::TABLES.held_by);
    statement
        .bind(tenant.as_str())
        .text(" and m.organization_id = ")
        .bind(organization.as_str())
        .text(M::TABLES.held_by_these)
        .bind_list(members.iter().map(AsRef::as_ref))
        .text(" order by r.name");
    let rows: Vec<(String, OrganizationRoleId, String)> = tx.all(statement.sql(), &statement.values()).await?;
    Ok(rows
        .into_iter()
        .map(|(member, id, name)| (M::from(member), HeldRole { id, name }))
        .collect())
}

/// The roles that it holds in all its organizations, by organization and name.
pub async fn held_everywhere<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    member: &M,
) -> Result<Vec<(OrganizationId, HeldRole)>> {
    let rows: Vec<(OrganizationId, OrganizationRoleId, String)> = tx
        .all(M::TABLES.held_everywhere, bind![tenant, member.as_ref()])
        .await?;
    Ok(rows
        .into_iter()
        .map(|(organization, id, name)| (organization, HeldRole { id, name }))
        .collect())
}

/// The permissions that its roles give it in an organization, by name.
pub async fn scopes<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    organization: &OrganizationId,
    member: &M,
) -> Result<Vec<OrganizationScope>> {
    tx.all(M::TABLES.scopes, bind![tenant, organization, member.as_ref()])
        .await
}
