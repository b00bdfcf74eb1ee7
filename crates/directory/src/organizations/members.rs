//! Who is in organizations, and the roles that they hold there. Users and machine-to-machine applications have the same
//! use cases, told apart by the type of their identifiers.

use super::{HeldRole, no_relation, refused};
use crate::checks::Checks;
use crate::users::UserWithIdentities;
use crate::{Listing, Page, Search, applications, author, no_such, users};
use soleira_core::model::{Application, Organization, OrganizationRole, OrganizationScope, RoleType};
use soleira_core::{ApplicationId, Code, Error, OrganizationId, OrganizationRoleId, Result, TenantId, UserId};
use soleira_runtime::Ctx;
use soleira_store::organizations::{self, members, template};
use soleira_store::{Author, Tx, Unit, Verdict, applications as application_rows, unit, users as user_rows};
use std::collections::HashMap;

/// How many roles a request may give, counted once for each member.
const ASSIGNMENTS_MAX: usize = 100_000;

/// What can be in organizations, with what the wire calls a list of its identifiers.
pub trait Member: members::Member {
    #[doc(hidden)]
    const IDS: &'static str;
}

impl Member for UserId {
    const IDS: &'static str = "userIds";
}

impl Member for ApplicationId {
    const IDS: &'static str = "applicationIds";
}

/// Roles, by identifier or by name.
#[derive(Debug, Clone, Default)]
pub struct RoleNames {
    /// Their identifiers.
    pub ids: Vec<OrganizationRoleId>,
    /// Names of others.
    pub names: Vec<String>,
}

impl From<Vec<OrganizationRoleId>> for RoleNames {
    fn from(ids: Vec<OrganizationRoleId>) -> Self {
        Self { ids, names: Vec::new() }
    }
}

/// The users of an organization with their roles in it, by identifier; only those who hold a role if one is named. An
/// organization that does not exist has none.
pub async fn list_users(
    ctx: &Ctx,
    organization: &OrganizationId,
    role: Option<OrganizationRoleId>,
    search: Search,
    page: Page,
) -> Result<Listing<(UserWithIdentities, Vec<HeldRole>)>> {
    let filter = users::Filter {
        of_organization: Some(organization.clone()),
        with_organization_role: role,
        search,
        ..users::Filter::default()
    };
    let listing = users::list(ctx, filter, Some(page)).await?;
    let ids = listing.rows.iter().map(|row| row.user.id.clone()).collect();
    let mut held = roles_of(ctx, organization, ids).await?;
    Ok(listing.map(|row| {
        let roles = held.remove(row.user.id.as_str()).unwrap_or_default();
        (row, roles)
    }))
}

/// The applications of an organization with their roles in it, newest first. An organization that does not exist has
/// none.
pub async fn list_applications(
    ctx: &Ctx,
    organization: &OrganizationId,
    search: Search,
    page: Page,
) -> Result<Listing<(Application, Vec<HeldRole>)>> {
    let filter = applications::Filter {
        of_organization: Some(organization.clone()),
        search,
        ..applications::Filter::default()
    };
    let listing = applications::list(ctx, filter, Some(page)).await?;
    let ids = listing.rows.iter().map(|row| row.id.clone()).collect();
    let mut held = roles_of(ctx, organization, ids).await?;
    Ok(listing.map(|row| {
        let roles = held.remove(row.id.as_str()).unwrap_or_default();
        (row, roles)
    }))
}

/// The roles of members in an organization, by the member's identifier.
async fn roles_of<M: Member>(
    ctx: &Ctx,
    organization: &OrganizationId,
    members: Vec<M>,
) -> Result<HashMap<String, Vec<HeldRole>>> {
    ctx.list(
        (ctx.tenant.id.clone(), organization.clone(), members),
        |(tenant, organization, members), tx| {
            Box::pin(async move {
                let mut by_member: HashMap<String, Vec<HeldRole>> = HashMap::new();
                for (member, role) in members::held_by(tx, tenant, organization, members).await? {
                    by_member.entry(member.as_ref().to_owned()).or_default().push(role);
                }
                Ok(by_member)
            })
        },
    )
    .await
}

/// The organizations of a user with the roles that they hold there, newest first.
///
/// # Errors
/// 404 `entity.not_found` for an unknown user.
pub async fn organizations_of_user(ctx: &Ctx, user: &UserId) -> Result<Listing<(Organization, Vec<HeldRole>)>> {
    ctx.require_administrator()?;
    if user_rows::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, user)
        .await?
        .is_none()
    {
        return Err(Code::EntityNotFound.into());
    }
    organizations_of(ctx, user, None).await
}

/// The organizations of an application with the roles that it holds there, newest first.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown application.
pub async fn organizations_of_application(
    ctx: &Ctx,
    application: &ApplicationId,
    page: Option<Page>,
) -> Result<Listing<(Organization, Vec<HeldRole>)>> {
    ctx.require_administrator()?;
    let found = application_rows::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, application).await?;
    if found.is_none() {
        return Err(no_such("applications", application.as_str()));
    }
    organizations_of(ctx, application, page).await
}

async fn organizations_of<M: Member>(
    ctx: &Ctx,
    member: &M,
    page: Option<Page>,
) -> Result<Listing<(Organization, Vec<HeldRole>)>> {
    ctx.list(
        (ctx.tenant.id.clone(), member.clone(), page),
        |(tenant, member, page), tx| {
            Box::pin(async move {
                let total = match page {
                    Some(_) => Some(members::count_organizations(tx, tenant, member).await?),
                    None => None,
                };
                let mut held: HashMap<OrganizationId, Vec<HeldRole>> = HashMap::new();
                for (organization, role) in members::held_everywhere(tx, tenant, member).await? {
                    held.entry(organization).or_default().push(role);
                }
                let found = members::organizations(tx, tenant, member, *page).await?;
                let rows = found
                    .into_iter()
                    .map(|organization| {
                        let roles = held.remove(&organization.id).unwrap_or_default();
                        (organization, roles)
                    })
                    .collect();
                Ok(Listing { total, rows })
            })
        },
    )
    .await
}

/// Runs a unit that changes memberships. What machines may do is cached with the configuration; what people may do is
/// read at each issuance.
async fn write<M: Member, U: Unit>(ctx: &Ctx, unit: U) -> Result<U::Out> {
    match M::ROLES {
        RoleType::MachineToMachine => ctx.write_config(unit).await,
        RoleType::User => ctx.write(unit).await,
    }
}

/// Lets members into an organization; those who are in it stay as they are.
///
/// # Errors
/// 422 `entity.relation_foreign_key_not_found` for who or what does not exist; 422 `entity.db_constraint_violated` for
/// an application that is no machine; 400 for nobody.
pub async fn add<M: Member>(ctx: &Ctx, organization: &OrganizationId, members: Vec<M>) -> Result<()> {
    ctx.require_administrator()?;
    check_members(&members, 1)?;
    let needs = (author(ctx), ctx.tenant.id.clone(), organization.clone(), members);
    write::<M, _>(
        ctx,
        unit(needs, |(author, tenant, organization, members), tx| {
            Box::pin(async move {
                require_fit(tx, tenant, members).await?;
                for member in members {
                    let key = [organization.as_str(), member.as_ref()];
                    members::of::<M>()
                        .add(tx, author, tenant, &key)
                        .await
                        .map_err(refused)?;
                }
                Ok(Verdict::Accept(()))
            })
        }),
    )
    .await
}

/// Makes these the members (of their kind) of an organization. Who stays keeps their roles.
///
/// # Errors
/// Those of [`add`], without the last.
pub async fn replace<M: Member>(ctx: &Ctx, organization: &OrganizationId, members: Vec<M>) -> Result<()> {
    ctx.require_administrator()?;
    check_members(&members, 0)?;
    let needs = (author(ctx), ctx.tenant.id.clone(), organization.clone(), members);
    write::<M, _>(
        ctx,
        unit(needs, |(author, tenant, organization, members), tx| {
            Box::pin(async move {
                organizations::lock(tx, tenant, organization).await?;
                if organizations::find(tx, tenant, organization).await?.is_none() {
                    return Err(no_relation().into());
                }
                require_fit(tx, tenant, members).await?;
                members::of::<M>()
                    .replace(tx, author, tenant, &[organization.as_str()], members)
                    .await
                    .map_err(refused)?;
                Ok(Verdict::Accept(()))
            })
        }),
    )
    .await
}

/// Removes a member from an organization, and with them their roles in it and what they let applications see of it.
///
/// # Errors
/// 404 `entity.not_found` if they are no member.
pub async fn remove<M: Member>(ctx: &Ctx, organization: &OrganizationId, member: &M) -> Result<()> {
    ctx.require_administrator()?;
    let needs = (author(ctx), ctx.tenant.id.clone(), organization.clone(), member.clone());
    write::<M, _>(
        ctx,
        unit(needs, |(author, tenant, organization, member), tx| {
            Box::pin(async move {
                let key = [organization.as_str(), member.as_ref()];
                if !members::of::<M>().remove(tx, author, tenant, &key).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        }),
    )
    .await
}

/// Gives each of these roles to each of these members.
///
/// # Errors
/// 422 `entity.relation_foreign_key_not_found` for who is no member and for what does not exist; 422
/// `entity.db_constraint_violated` for a role of another type; 400 for nobody or nothing.
pub async fn give_roles<M: Member>(
    ctx: &Ctx,
    organization: &OrganizationId,
    members: Vec<M>,
    roles: Vec<OrganizationRoleId>,
) -> Result<()> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    checks.ids(M::IDS, &members, 1);
    checks.ids("organizationRoleIds", &roles, 1);
    if members.len().saturating_mul(roles.len()) > ASSIGNMENTS_MAX {
        let message = format!("At most {ASSIGNMENTS_MAX} roles can be given at once, all members together");
        checks.add("organizationRoleIds", "too_big", &message);
    }
    checks.finish()?;
    let needs = (author(ctx), ctx.tenant.id.clone(), organization.clone(), members, roles);
    write::<M, _>(
        ctx,
        unit(needs, |(author, tenant, organization, members, roles), tx| {
            Box::pin(async move {
                require_type::<M>(tx, tenant, roles).await?;
                for member in members {
                    give(tx, author, tenant, organization, member, roles).await?;
                }
                Ok(Verdict::Accept(()))
            })
        }),
    )
    .await
}

/// The roles that a member holds in an organization, by name.
///
/// # Errors
/// 422 `organization.require_membership`.
pub async fn roles<M: Member>(
    ctx: &Ctx,
    organization: &OrganizationId,
    member: &M,
    page: Option<Page>,
) -> Result<Listing<OrganizationRole>> {
    ctx.require_administrator()?;
    ctx.list(
        (ctx.tenant.id.clone(), organization.clone(), member.clone(), page),
        |(tenant, organization, member, page), tx| {
            Box::pin(async move {
                require_membership(tx, tenant, organization, member).await?;
                let total = match page {
                    Some(_) => Some(members::count_held(tx, tenant, organization, member).await?),
                    None => None,
                };
                let rows = members::held(tx, tenant, organization, member, *page).await?;
                Ok(Listing { total, rows })
            })
        },
    )
    .await
}

/// Gives a member roles; those that they hold already stay. Answers the identifiers of all that were asked for.
///
/// # Errors
/// 422 `organization.require_membership`, `organization.role_names_not_found`, and those of [`give_roles`].
pub async fn add_roles<M: Member>(
    ctx: &Ctx,
    organization: &OrganizationId,
    member: &M,
    roles: RoleNames,
) -> Result<Vec<OrganizationRoleId>> {
    ctx.require_administrator()?;
    check_roles(&roles)?;
    let needs = (
        author(ctx),
        ctx.tenant.id.clone(),
        organization.clone(),
        member.clone(),
        roles,
    );
    write::<M, _>(
        ctx,
        unit(needs, |(author, tenant, organization, member, roles), tx| {
            Box::pin(async move {
                require_membership(tx, tenant, organization, member).await?;
                let ids = resolve(tx, tenant, roles).await?;
                require_type::<M>(tx, tenant, &ids).await?;
                give(tx, author, tenant, organization, member, &ids).await?;
                Ok(Verdict::Accept(ids))
            })
        }),
    )
    .await
}

/// Makes these roles the ones that a member holds in an organization.
///
/// # Errors
/// Those of [`add_roles`].
pub async fn replace_roles<M: Member>(
    ctx: &Ctx,
    organization: &OrganizationId,
    member: &M,
    roles: RoleNames,
) -> Result<()> {
    ctx.require_administrator()?;
    check_roles(&roles)?;
    let needs = (
        author(ctx),
        ctx.tenant.id.clone(),
        organization.clone(),
        member.clone(),
        roles,
    );
    write::<M, _>(
        ctx,
        unit(needs, |(author, tenant, organization, member, roles), tx| {
            Box::pin(async move {
                organizations::lock(tx, tenant, organization).await?;
                require_membership(tx, tenant, organization, member).await?;
                let ids = resolve(tx, tenant, roles).await?;
                require_type::<M>(tx, tenant, &ids).await?;
                members::roles_of::<M>()
                    .replace(tx, author, tenant, &[organization.as_str(), member.as_ref()], &ids)
                    .await
                    .map_err(refused)?;
                Ok(Verdict::Accept(()))
            })
        }),
    )
    .await
}

/// Takes a role from a member.
///
/// # Errors
/// 422 `organization.require_membership`; 404 `entity.not_found` if they do not hold it.
pub async fn take_role<M: Member>(
    ctx: &Ctx,
    organization: &OrganizationId,
    member: &M,
    role: &OrganizationRoleId,
) -> Result<()> {
    ctx.require_administrator()?;
    let needs = (
        author(ctx),
        ctx.tenant.id.clone(),
        organization.clone(),
        member.clone(),
        role.clone(),
    );
    write::<M, _>(
        ctx,
        unit(needs, |(author, tenant, organization, member, role), tx| {
            Box::pin(async move {
                require_membership(tx, tenant, organization, member).await?;
                let key = [organization.as_str(), member.as_ref(), role.as_str()];
                if !members::roles_of::<M>().remove(tx, author, tenant, &key).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        }),
    )
    .await
}

/// The permissions that a member's roles give them in an organization, by name; none for who is no member.
pub async fn scopes<M: Member>(ctx: &Ctx, organization: &OrganizationId, member: &M) -> Result<Vec<OrganizationScope>> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    Ok(members::scopes(&mut reader.tx(), &ctx.tenant.id, organization, member).await?)
}

fn check_members<M: Member>(members: &[M], at_least: usize) -> Result<()> {
    let mut checks = Checks::default();
    checks.ids(M::IDS, members, at_least);
    checks.finish()
}

fn check_roles(roles: &RoleNames) -> Result<()> {
    let mut checks = Checks::default();
    checks.ids("organizationRoleIds", &roles.ids, 0);
    checks.ids("organizationRoleNames", &roles.names, 0);
    checks.finish()
}

async fn give<M: Member>(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    organization: &OrganizationId,
    member: &M,
    roles: &[OrganizationRoleId],
) -> soleira_store::Result<()> {
    for role in roles {
        let key = [organization.as_str(), member.as_ref(), role.as_str()];
        members::roles_of::<M>()
            .add(tx, author, tenant, &key)
            .await
            .map_err(refused)?;
    }
    Ok(())
}

/// The identifiers of roles that were named in either way, each once.
async fn resolve(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    roles: &RoleNames,
) -> soleira_store::Result<Vec<OrganizationRoleId>> {
    let mut ids: Vec<OrganizationRoleId> = Vec::new();
    let named = template::find_roles_by_name(tx, tenant, &roles.names).await?;
    let mut unknown = Vec::new();
    for name in &roles.names {
        match named.iter().find(|role| role.name == *name) {
            Some(role) => ids.push(role.id.clone()),
            None => unknown.push(name.as_str()),
        }
    }
    if !unknown.is_empty() {
        let error = Error::new(Code::OrganizationRoleNamesNotFound);
        return Err(error.with_data(serde_json::json!({"names": unknown})).into());
    }
    let mut all: Vec<OrganizationRoleId> = Vec::new();
    for id in roles.ids.iter().chain(&ids) {
        if !all.contains(id) {
            all.push(id.clone());
        }
    }
    Ok(all)
}

async fn require_membership<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    organization: &OrganizationId,
    member: &M,
) -> soleira_store::Result<()> {
    if members::is_member(tx, tenant, organization, member).await? {
        Ok(())
    } else {
        Err(Error::new(Code::OrganizationRequireMembership).into())
    }
}

/// Refuses who exists and cannot be in organizations.
async fn require_fit<M: Member>(tx: &mut Tx<'_>, tenant: &TenantId, members: &[M]) -> soleira_store::Result<()> {
    if members::any_unfit(tx, tenant, members).await? {
        return Err(Error::new(Code::EntityDbConstraintViolated).into());
    }
    Ok(())
}

/// Refuses roles that exist and that members of this kind cannot hold. Their types do not change before the unit ends.
async fn require_type<M: Member>(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    roles: &[OrganizationRoleId],
) -> soleira_store::Result<()> {
    let mut ordered: Vec<&OrganizationRoleId> = roles.iter().collect();
    ordered.sort_unstable();
    ordered.dedup();
    for role in ordered {
        template::lock_role(tx, tenant, role).await?;
    }
    let found = template::find_roles(tx, tenant, roles).await?;
    if found.iter().any(|role| role.kind != M::ROLES) {
        return Err(Error::new(Code::EntityDbConstraintViolated).into());
    }
    Ok(())
}
