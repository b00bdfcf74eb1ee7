//! What third-party applications may ask people for: each registered one by its own list, the clients of metadata
//! documents by the tenant's.

use crate::author;
use crate::checks::Checks;
use crate::resources::is_management_api;
use serde_json::{Map, Value};
use soleira_core::{ApplicationId, Code, Error, Result, TenantId};
use soleira_runtime::Ctx;
use soleira_store::consent_scopes::{self as rows, Party};
use soleira_store::{Author, Tx, Verdict, unit};
use std::collections::HashSet;

pub use rows::{Kind, OrganizationScopeRow, ResourceScopeRow};

/// Whose list is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A registered third-party application.
    Application(ApplicationId),
    /// All clients of metadata documents.
    Documents,
}

impl Owner {
    fn party(&self) -> Party<'_> {
        match self {
            Self::Application(id) => Party::Application(id),
            Self::Documents => Party::Documents,
        }
    }

    /// The refusal of an application that is not there.
    async fn require(&self, tx: &mut Tx<'_>, tenant: &TenantId) -> soleira_store::Result<()> {
        match self {
            Self::Application(id) => crate::applications::require(tx, tenant, id).await.map(|_| ()),
            Self::Documents => Ok(()),
        }
    }

    /// The refusal of an application that is not there, or that nobody is asked about.
    async fn require_third_party(&self, tx: &mut Tx<'_>, tenant: &TenantId) -> soleira_store::Result<()> {
        match self {
            Self::Application(id) => crate::applications::require_third_party(tx, tenant, id).await,
            Self::Documents => Ok(()),
        }
    }
}

/// A list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsentScopes {
    /// Permissions in organizations, by name.
    pub organization: Vec<OrganizationScopeRow>,
    /// Permissions on API resources that people have by themselves, by resource and name.
    pub resource: Vec<ResourceScopeRow>,
    /// Permissions on API resources that people have in organizations, by resource and name.
    pub organization_resource: Vec<ResourceScopeRow>,
    /// Standard scopes, by name.
    pub user: Vec<String>,
}

/// What is to be added to a list.
#[derive(Debug, Clone, Default)]
pub struct NewConsentScopes {
    /// Identifiers of permissions in organizations.
    pub organization: Vec<String>,
    /// Identifiers of permissions on API resources that people have by themselves.
    pub resource: Vec<String>,
    /// Identifiers of permissions on API resources that people have in organizations.
    pub organization_resource: Vec<String>,
    /// Names of standard scopes.
    pub user: Vec<String>,
}

/// What the owner may ask people for.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an application that is not there.
pub async fn list(ctx: &Ctx, owner: &Owner) -> Result<ConsentScopes> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    let (tx, tenant, party) = (&mut reader.tx(), &ctx.tenant.id, owner.party());
    owner.require(tx, tenant).await?;
    Ok(ConsentScopes {
        organization: rows::organization_scopes(tx, tenant, party).await?,
        resource: rows::resource_scopes(tx, tenant, party).await?,
        organization_resource: rows::organization_resource_scopes(tx, tenant, party).await?,
        user: rows::user_scopes(tx, tenant, party).await?,
    })
}

/// Adds to what the owner may ask people for; what is on the list already stays on it. All of it is added or nothing.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an application that is not there; 422 `application.third_party_application_only`,
/// `application.user_consent_scopes_not_found` (with the identifiers that nothing has) and
/// `application.consent_management_api_scopes_not_allowed`.
pub async fn add(ctx: &Ctx, owner: Owner, new: NewConsentScopes) -> Result<()> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    checks.ids("organizationScopes", &new.organization, 0);
    checks.ids("resourceScopes", &new.resource, 0);
    checks.ids("organizationResourceScopes", &new.organization_resource, 0);
    checks.finish()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), owner, new),
        |(author, tenant, owner, new), tx| {
            Box::pin(async move {
                owner.require_third_party(tx, tenant).await?;
                check_scopes(tx, tenant, new).await?;
                for (kind, scopes) in [
                    (Kind::Organization, &new.organization),
                    (Kind::Resource, &new.resource),
                    (Kind::OrganizationResource, &new.organization_resource),
                    (Kind::User, &new.user),
                ] {
                    for scope in scopes {
                        rows::add(tx, author, tenant, owner.party(), kind, scope).await?;
                    }
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// Takes something off what the owner may ask people for. Permissions that people granted before end with it: the list is
/// asked at every issuance.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an application that is not there, `entity.not_found` for a scope that is not on
/// the list.
pub async fn remove(ctx: &Ctx, owner: Owner, kind: Kind, scope: &str) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), owner, kind, scope.to_owned()),
        |(author, tenant, owner, kind, scope): &(Author, TenantId, Owner, Kind, String), tx| {
            Box::pin(async move {
                owner.require(tx, tenant).await?;
                if rows::remove(tx, author, tenant, owner.party(), *kind, scope).await? {
                    Ok(Verdict::Accept(()))
                } else {
                    Err(Error::new(Code::EntityNotFound).into())
                }
            })
        },
    ))
    .await
}

/// Refuses identifiers that nothing has, and permissions of the Management API: no person passes these on.
async fn check_scopes(tx: &mut Tx<'_>, tenant: &TenantId, new: &NewConsentScopes) -> soleira_store::Result<()> {
    let known = rows::known_organization_scopes(tx, tenant, &new.organization).await?;
    let known: HashSet<&str> = known.iter().map(String::as_str).collect();
    let of_resources: Vec<String> = new.resource.iter().chain(&new.organization_resource).cloned().collect();
    let of_resources = rows::known_resource_scopes(tx, tenant, &of_resources).await?;
    let known_of_resources: HashSet<&str> = of_resources.iter().map(|(id, _)| id.as_str()).collect();
    let mut unknown = Map::new();
    for (name, ids, known) in [
        ("invalidOrganizationScopes", &new.organization, &known),
        ("invalidResourceScopes", &new.resource, &known_of_resources),
        (
            "invalidOrganizationResourceScopes",
            &new.organization_resource,
            &known_of_resources,
        ),
    ] {
        let missing: Vec<&String> = ids.iter().filter(|id| !known.contains(id.as_str())).collect();
        if !missing.is_empty() {
            unknown.insert(name.to_owned(), serde_json::json!(missing));
        }
    }
    if !unknown.is_empty() {
        return Err(Error::new(Code::ApplicationUserConsentScopesNotFound)
            .with_data(Value::Object(unknown))
            .into());
    }
    if of_resources.iter().any(|(_, indicator)| is_management_api(indicator)) {
        return Err(Error::new(Code::ApplicationConsentManagementApiScopesNotAllowed).into());
    }
    Ok(())
}
