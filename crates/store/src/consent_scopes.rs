//! What third-party applications may ask people for: a registered one has a list of its own, the clients of metadata
//! documents share the tenant's.

use crate::changes::{self, Author, Change};
use crate::statement::Statement;
use crate::{Result, Tx, bind, row};
use serde_json::{Value, json};
use soleira_core::{ApplicationId, OrganizationScopeId, ResourceId, ScopeId, TenantId};

/// Whose list is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party<'a> {
    /// A registered third-party application.
    Application(&'a ApplicationId),
    /// All clients of metadata documents.
    Documents,
}

/// A kind of permission that people are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A standard scope, by its name.
    User,
    /// A permission on an API resource that the person has by themself.
    Resource,
    /// A permission in the organizations of the person.
    Organization,
    /// A permission on an API resource that the person has in an organization.
    OrganizationResource,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Resource => "resource",
            Self::Organization => "organization",
            Self::OrganizationResource => "organization_resource",
        }
    }
}

row! {
    /// A permission in organizations.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OrganizationScopeRow {
        /// Its identifier.
        pub id: OrganizationScopeId,
        /// Its name, which is its scope.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
    }
}

row! {
    /// A permission on an API resource, with the resource.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ResourceScopeRow {
        /// The resource.
        pub resource_id: ResourceId,
        /// What people call it.
        pub resource_name: String,
        /// Its indicator.
        pub indicator: String,
        /// The permission.
        pub id: ScopeId,
        /// Its name, which is its scope.
        pub name: String,
        /// What it is for.
        pub description: Option<String>,
    }
}

/// The standard scopes of a list, by name.
pub async fn user_scopes(tx: &mut Tx<'_>, tenant: &TenantId, party: Party<'_>) -> Result<Vec<String>> {
    match party {
        Party::Application(application) => {
            tx.all(
                "select scope from application_consent_user_scopes where tenant_id = $1 and application_id = $2
                  order by scope",
                bind![tenant, application],
            )
            .await
        }
        Party::Documents => {
            tx.all(
                "select scope from cimd_consent_scopes where tenant_id = $1 and kind = 'user' order by scope",
                bind![tenant],
            )
            .await
        }
    }
}

/// The permissions in organizations of a list, by name.
pub async fn organization_scopes(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    party: Party<'_>,
) -> Result<Vec<OrganizationScopeRow>> {
    match party {
        Party::Application(application) => {
            tx.all(
                "select s.id, s.name, s.description from application_consent_organization_scopes c
                   join organization_scopes s on s.tenant_id = c.tenant_id and s.id = c.organization_scope_id
                  where c.tenant_id = $1 and c.application_id = $2 order by s.name",
                bind![tenant, application],
            )
            .await
        }
        Party::Documents => {
            tx.all(
                "select s.id, s.name, s.description from cimd_consent_scopes c
                   join organization_scopes s on s.tenant_id = c.tenant_id and s.id = c.scope
                  where c.tenant_id = $1 and c.kind = 'organization' order by s.name",
                bind![tenant],
            )
            .await
        }
    }
}

/// The permissions on API resources of a list, by resource and name: those that the person has by themself.
pub async fn resource_scopes(tx: &mut Tx<'_>, tenant: &TenantId, party: Party<'_>) -> Result<Vec<ResourceScopeRow>> {
    match party {
        Party::Application(application) => {
            tx.all(
                "select r.id, r.name, r.indicator, s.id, s.name, s.description
                   from application_consent_resource_scopes c
                   join scopes s on s.tenant_id = c.tenant_id and s.id = c.scope_id
                   join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
                  where c.tenant_id = $1 and c.application_id = $2 order by r.indicator, s.name",
                bind![tenant, application],
            )
            .await
        }
        Party::Documents => documents_resource_scopes(tx, tenant, Kind::Resource).await,
    }
}

/// The permissions on API resources of a list, by resource and name: those that the person has in an organization.
pub async fn organization_resource_scopes(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    party: Party<'_>,
) -> Result<Vec<ResourceScopeRow>> {
    match party {
        Party::Application(application) => {
            tx.all(
                "select r.id, r.name, r.indicator, s.id, s.name, s.description
                   from application_consent_organization_resource_scopes c
                   join scopes s on s.tenant_id = c.tenant_id and s.id = c.scope_id
                   join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
                  where c.tenant_id = $1 and c.application_id = $2 order by r.indicator, s.name",
                bind![tenant, application],
            )
            .await
        }
        Party::Documents => documents_resource_scopes(tx, tenant, Kind::OrganizationResource).await,
    }
}

async fn documents_resource_scopes(tx: &mut Tx<'_>, tenant: &TenantId, kind: Kind) -> Result<Vec<ResourceScopeRow>> {
    tx.all(
        "select r.id, r.name, r.indicator, s.id, s.name, s.description from cimd_consent_scopes c
           join scopes s on s.tenant_id = c.tenant_id and s.id = c.scope
           join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
          where c.tenant_id = $1 and c.kind = $2 order by r.indicator, s.name",
        bind![tenant, kind.as_str()],
    )
    .await
}

/// Adds a permission to a list; nothing happens if it is on it.
pub async fn add(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    party: Party<'_>,
    kind: Kind,
    scope: &str,
) -> Result<()> {
    let added = match (party, kind) {
        (Party::Documents, kind) => {
            let sql = "insert into cimd_consent_scopes (tenant_id, kind, scope) values ($1, $2, $3)
                       on conflict do nothing";
            tx.run(sql, bind![tenant, kind.as_str(), scope]).await?
        }
        (Party::Application(application), Kind::User) => {
            let sql = "insert into application_consent_user_scopes (tenant_id, application_id, scope)
                       values ($1, $2, $3) on conflict do nothing";
            tx.run(sql, bind![tenant, application, scope]).await?
        }
        (Party::Application(application), Kind::Resource) => {
            let sql = "insert into application_consent_resource_scopes (tenant_id, application_id, scope_id)
                       values ($1, $2, $3) on conflict do nothing";
            tx.run(sql, bind![tenant, application, scope]).await?
        }
        (Party::Application(application), Kind::Organization) => {
            let sql = "insert into application_consent_organization_scopes
                         (tenant_id, application_id, organization_scope_id)
                       values ($1, $2, $3) on conflict do nothing";
            tx.run(sql, bind![tenant, application, scope]).await?
        }
        (Party::Application(application), Kind::OrganizationResource) => {
            let sql = "insert into application_consent_organization_resource_scopes
                         (tenant_id, application_id, scope_id)
                       values ($1, $2, $3) on conflict do nothing";
            tx.run(sql, bind![tenant, application, scope]).await?
        }
    };
    if added == 0 {
        return Ok(());
    }
    record(tx, author, tenant, party, (None, Some(entry(kind, scope)))).await
}

/// Takes a permission off a list; `false` if it is not on it.
pub async fn remove(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    party: Party<'_>,
    kind: Kind,
    scope: &str,
) -> Result<bool> {
    let removed = match (party, kind) {
        (Party::Documents, kind) => {
            let sql = "delete from cimd_consent_scopes where tenant_id = $1 and kind = $2 and scope = $3";
            tx.run(sql, bind![tenant, kind.as_str(), scope]).await?
        }
        (Party::Application(application), Kind::User) => {
            let sql = "delete from application_consent_user_scopes
                        where tenant_id = $1 and application_id = $2 and scope = $3";
            tx.run(sql, bind![tenant, application, scope]).await?
        }
        (Party::Application(application), Kind::Resource) => {
            let sql = "delete from application_consent_resource_scopes
                        where tenant_id = $1 and application_id = $2 and scope_id = $3";
            tx.run(sql, bind![tenant, application, scope]).await?
        }
        (Party::Application(application), Kind::Organization) => {
            let sql = "delete from application_consent_organization_scopes
                        where tenant_id = $1 and application_id = $2 and organization_scope_id = $3";
            tx.run(sql, bind![tenant, application, scope]).await?
        }
        (Party::Application(application), Kind::OrganizationResource) => {
            let sql = "delete from application_consent_organization_resource_scopes
                        where tenant_id = $1 and application_id = $2 and scope_id = $3";
            tx.run(sql, bind![tenant, application, scope]).await?
        }
    };
    if removed == 0 {
        return Ok(false);
    }
    record(tx, author, tenant, party, (Some(entry(kind, scope)), None)).await?;
    Ok(true)
}

fn entry(kind: Kind, scope: &str) -> Value {
    json!({ "kind": kind.as_str(), "scope": scope })
}

async fn record(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    party: Party<'_>,
    (before, after): (Option<Value>, Option<Value>),
) -> Result<()> {
    let (entity, id) = match party {
        Party::Application(application) => ("application_consent_scope", application.as_str()),
        Party::Documents => ("cimd_consent_scope", "default"),
    };
    let change = Change {
        tenant,
        entity,
        id,
        before,
        after,
    };
    changes::record(tx, author, change).await
}

/// Those of these identifiers that permissions on API resources have, each with the indicator of its resource.
pub async fn known_resource_scopes(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<(String, String)>> {
    let mut statement = Statement::new(
        "select s.id, r.indicator from scopes s join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
          where s.tenant_id = ",
    );
    statement.bind(tenant.as_str());
    statement
        .text(" and s.id in ")
        .bind_list(ids.iter().map(String::as_str));
    tx.all(statement.sql(), &statement.values()).await
}

/// Those of these identifiers that permissions in organizations have.
pub async fn known_organization_scopes(tx: &mut Tx<'_>, tenant: &TenantId, ids: &[String]) -> Result<Vec<String>> {
    let mut statement = Statement::new("select id from organization_scopes where tenant_id = ");
    statement.bind(tenant.as_str());
    statement.text(" and id in ").bind_list(ids.iter().map(String::as_str));
    tx.all(statement.sql(), &statement.values()).await
}

/// The names that a list has for one API resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceLimits {
    /// Permissions that the person may pass on of what they have by themself.
    pub personal: Vec<String>,
    /// Permissions that the person may pass on of what they have in an organization.
    pub in_organizations: Vec<String>,
}

/// What a list has for one API resource.
pub async fn resource_limits(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    party: Party<'_>,
    indicator: &str,
) -> Result<ResourceLimits> {
    let rows: Vec<(String, String)> = match party {
        Party::Application(application) => {
            tx.all(
                "select s.name, 'resource' from application_consent_resource_scopes c
                   join scopes s on s.tenant_id = c.tenant_id and s.id = c.scope_id
                   join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
                  where c.tenant_id = $1 and c.application_id = $2 and r.indicator = $3
                 union all
                 select s.name, 'organization_resource' from application_consent_organization_resource_scopes c
                   join scopes s on s.tenant_id = c.tenant_id and s.id = c.scope_id
                   join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
                  where c.tenant_id = $1 and c.application_id = $2 and r.indicator = $3",
                bind![tenant, application, indicator],
            )
            .await?
        }
        Party::Documents => {
            tx.all(
                "select s.name, c.kind from cimd_consent_scopes c
                   join scopes s on s.tenant_id = c.tenant_id and s.id = c.scope
                   join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
                  where c.tenant_id = $1 and c.kind in ('resource', 'organization_resource') and r.indicator = $2",
                bind![tenant, indicator],
            )
            .await?
        }
    };
    let mut limits = ResourceLimits::default();
    for (name, kind) in rows {
        if kind == Kind::Resource.as_str() {
            limits.personal.push(name);
        } else {
            limits.in_organizations.push(name);
        }
    }
    Ok(limits)
}

/// Every permission on the API resource of an indicator, by name.
pub async fn of_resource(tx: &mut Tx<'_>, tenant: &TenantId, indicator: &str) -> Result<Vec<ResourceScopeRow>> {
    tx.all(
        "select r.id, r.name, r.indicator, s.id, s.name, s.description from resources r
           join scopes s on s.tenant_id = r.tenant_id and s.resource_id = r.id
          where r.tenant_id = $1 and r.indicator = $2 order by s.name",
        bind![tenant, indicator],
    )
    .await
}

/// Every permission in organizations, by name.
pub async fn of_organizations(tx: &mut Tx<'_>, tenant: &TenantId) -> Result<Vec<OrganizationScopeRow>> {
    tx.all(
        "select id, name, description from organization_scopes where tenant_id = $1 order by name",
        bind![tenant],
    )
    .await
}
