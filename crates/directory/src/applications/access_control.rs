//! Who may use an application whose access is controlled.

use super::{lock, missing};
use crate::author;
use crate::checks::Checks;
use soleira_core::model::RoleType;
use soleira_core::{
    ApplicationId, Code, Error, Kind, OrganizationId, OrganizationRoleId, Result, RoleId, TenantId, UserId,
};
use soleira_runtime::Ctx;
use soleira_store::{Error as StoreError, Tx, Verdict, access_rules, applications, roles, unit};
use std::collections::{BTreeMap, BTreeSet};

/// The rules of an application, each kind sorted and without repetitions.
pub use soleira_store::access_rules::AccessRules;

/// How many rules of a kind may be sent.
const SENT_MAX: usize = 2000;
/// How many different rules of a kind an application can have.
const RULES_MAX: usize = 1000;
/// How many roles in organizations they can name in all.
const ORGANIZATION_ROLES_MAX: usize = 10_000;

/// Rules as an administrator gives them: in any order, with repetitions.
#[derive(Debug, Clone, Default)]
pub struct NewAccessRules {
    /// These people.
    pub user_ids: Vec<UserId>,
    /// Whoever holds one of these roles.
    pub user_role_ids: Vec<RoleId>,
    /// The members of these organizations.
    pub organization_ids: Vec<OrganizationId>,
    /// Whoever holds one of these roles in the organization; rules of one organization are put together.
    pub organization_role_rules: Vec<(OrganizationId, Vec<OrganizationRoleId>)>,
}

/// The rules of an application.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn access_rules(ctx: &Ctx, id: &ApplicationId) -> Result<AccessRules> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    let (tx, tenant) = (&mut reader.tx(), &ctx.tenant.id);
    if applications::find(tx, tenant, id).await?.is_none() {
        return Err(missing(id));
    }
    Ok(access_rules::find(tx, tenant, id).await?)
}

/// Puts rules in the place of those that an application has.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an unknown application, `entity.relation_foreign_key_not_found` for someone or
/// something unknown in a rule; 400 `guard.invalid_input` for too many rules; 422 `request.invalid_input` for a rule
/// without roles and for none at all while access is controlled, `entity.db_constraint_violated` for a role that people
/// cannot hold.
pub async fn replace_access_rules(ctx: &Ctx, id: &ApplicationId, new: NewAccessRules) -> Result<AccessRules> {
    ctx.require_administrator()?;
    let rules = read(new)?;
    ctx.write(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), rules),
        |(author, tenant, id, rules), tx| {
            Box::pin(async move {
                let application = lock(tx, tenant, id).await?;
                if application.app_level_access_control_enabled && rules.is_empty() {
                    let details = "access control is enabled: at least one rule must stay, or nobody could enter";
                    return Err(refusal(details).into());
                }
                check_role_types(tx, tenant, rules).await?;
                let before = access_rules::find(tx, tenant, id).await?;
                match access_rules::replace(tx, author, tenant, id, &before, rules).await {
                    Err(StoreError::ForeignKey(_)) => Err(unknown().into()),
                    other => other.map(|()| Verdict::Accept(rules.clone())),
                }
            })
        },
    ))
    .await
}

/// Refuses to control the access to an application that has no rules: nobody could enter.
pub(super) async fn require_rules(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
) -> soleira_store::Result<()> {
    if access_rules::find(tx, tenant, application).await?.is_empty() {
        return Err(refusal("access control needs at least one rule before it can be enabled").into());
    }
    Ok(())
}

/// Sorts rules, drops repetitions, and refuses too many of them.
fn read(new: NewAccessRules) -> Result<AccessRules> {
    let mut checks = Checks::default();
    let mut count = |name: &str, sent: usize, different: usize| {
        let max = if sent > SENT_MAX { SENT_MAX } else { RULES_MAX };
        if sent > SENT_MAX || different > RULES_MAX {
            checks.add(name, "too_big", &format!("Array must contain at most {max} element(s)"));
        }
    };
    let sent = new.user_ids.len();
    let users: BTreeSet<UserId> = new.user_ids.into_iter().collect();
    count("userIds", sent, users.len());
    let sent = new.user_role_ids.len();
    let roles: BTreeSet<RoleId> = new.user_role_ids.into_iter().collect();
    count("userRoleIds", sent, roles.len());
    let sent = new.organization_ids.len();
    let organizations: BTreeSet<OrganizationId> = new.organization_ids.into_iter().collect();
    count("organizationIds", sent, organizations.len());
    let sent = new.organization_role_rules.len();
    let mut organization_roles: BTreeMap<OrganizationId, BTreeSet<OrganizationRoleId>> = BTreeMap::new();
    let mut without_roles = false;
    for (index, (organization, ids)) in new.organization_role_rules.into_iter().enumerate() {
        without_roles |= ids.is_empty();
        let sent = ids.len();
        let merged = organization_roles.entry(organization).or_default();
        merged.extend(ids);
        count(
            &format!("organizationRoleRules.{index}.organizationRoleIds"),
            sent,
            merged.len(),
        );
    }
    count("organizationRoleRules", sent, organization_roles.len());
    if organization_roles.values().map(BTreeSet::len).sum::<usize>() > ORGANIZATION_ROLES_MAX {
        let message = format!("At most {ORGANIZATION_ROLES_MAX} roles in organizations");
        checks.add("organizationRoleRules", "too_big", &message);
    }
    checks.finish()?;
    if without_roles {
        return Err(refusal("a rule of organization roles names at least one role"));
    }
    Ok(AccessRules {
        users,
        roles,
        organizations,
        organization_roles,
    })
}

/// Refuses roles that are not there, and those that people cannot hold: nobody would enter by them.
async fn check_role_types(tx: &mut Tx<'_>, tenant: &TenantId, rules: &AccessRules) -> soleira_store::Result<()> {
    let ids: Vec<RoleId> = rules.roles.iter().cloned().collect();
    let found = roles::find_all(tx, tenant, &ids).await?;
    if found.len() < ids.len() {
        return Err(unknown().into());
    }
    let wanted: BTreeSet<OrganizationRoleId> = rules.organization_roles.values().flatten().cloned().collect();
    let types = access_rules::types_of_organization_roles(tx, tenant, &wanted).await?;
    if types.len() < wanted.len() {
        return Err(unknown().into());
    }
    let mut kinds = found.iter().map(|role| role.kind).chain(types);
    if kinds.any(|kind| kind != RoleType::User) {
        return Err(Error::new(Code::EntityDbConstraintViolated).into());
    }
    Ok(())
}

fn unknown() -> Error {
    Error::new(Code::EntityRelationForeignKeyNotFound)
}

fn refusal(details: &str) -> Error {
    Error::new(Code::RequestInvalidInput)
        .kind_is(Kind::Unprocessable)
        .with("details", details)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(organization_role_rules: &[(&str, &[&str])]) -> NewAccessRules {
        let rules = organization_role_rules.iter();
        NewAccessRules {
            organization_role_rules: rules
                .map(|(organization, roles)| ((*organization).into(), roles.iter().map(|id| (*id).into()).collect()))
                .collect(),
            ..NewAccessRules::default()
        }
    }

    #[test]
    fn rules_of_one_organization_are_put_together() {
        let read = read(rules(&[("o2", &["b", "a"]), ("o1", &["c"]), ("o2", &["a"])])).unwrap();
        let merged: Vec<(&str, usize)> = read
            .organization_roles
            .iter()
            .map(|(organization, roles)| (organization.as_str(), roles.len()))
            .collect();
        assert_eq!(merged, [("o1", 1), ("o2", 2)]);
        assert_eq!(
            super::read(rules(&[("o1", &[])])).unwrap_err().code(),
            Code::RequestInvalidInput
        );
    }

    #[test]
    fn repetitions_do_not_count_and_there_is_an_end() {
        let of = |sent: usize, different: usize| NewAccessRules {
            user_ids: (0..sent)
                .map(|index| UserId::from(format!("u{}", index % different)))
                .collect(),
            ..NewAccessRules::default()
        };
        assert_eq!(read(of(2000, 1000)).unwrap().users.len(), 1000);
        for too_many in [of(2000, 1001), of(2001, 1)] {
            assert_eq!(read(too_many).unwrap_err().code(), Code::GuardInvalidInput);
        }
    }
}
