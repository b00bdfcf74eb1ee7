//! API resources, organizations as audiences, and the permissions there, as the protocol asks for them.

use crate::stop::Stop;
use soleira_core::model::Resource;
use soleira_core::{ApplicationId, OrganizationId, UserId};
use soleira_directory::resources::is_management_api;
use soleira_oauth::resource::{self, Audience};
use soleira_oauth::{Client, Error, ErrorCode, Result, ScopeSet, lifetime};
use soleira_runtime::Ctx;
use soleira_store::consent_scopes::Party;
use soleira_store::permissions::{self, Roles};
use soleira_store::{Tx, resources};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a token for a resource needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownResource {
    /// The audience.
    pub indicator: String,
    /// Lifetime of its access tokens in seconds.
    pub access_token_ttl: i64,
}

impl KnownResource {
    /// An organization as the audience of a token.
    pub fn of_organization(organization: &str) -> Self {
        Self {
            indicator: resource::organization_audience(organization),
            access_token_ttl: lifetime::ACCESS_TOKEN,
        }
    }
}

/// Longest indicator that a resource can have, in bytes.
const INDICATOR_MAX: usize = 2048;
/// Longest identifier that an organization can have, in bytes.
const ORGANIZATION_ID_MAX: usize = 128;

struct Found(Option<KnownResource>);
struct Default(Option<String>);
struct OfApplication(BTreeMap<String, ScopeSet>);
struct InOrganization(Option<Arc<MachinePermissions>>);

/// What the roles of a machine give in one organization.
#[derive(Debug)]
pub struct MachinePermissions {
    /// Permissions of organizations.
    pub organization: ScopeSet,
    /// Permissions at resources, by indicator.
    pub resources: BTreeMap<String, ScopeSet>,
}

/// A resource by its indicator.
///
/// # Errors
/// `invalid_target` when there is none.
pub async fn find(ctx: &Ctx, indicator: &str) -> Result<KnownResource> {
    if indicator == resource::ORGANIZATIONS {
        return Ok(organizations());
    }
    // What no resource can have takes no room in the cache: anybody may ask.
    if indicator.len() > INDICATOR_MAX {
        return Err(Error::new(ErrorCode::InvalidTarget));
    }
    let needs = (ctx.tenant.id.clone(), indicator.to_owned());
    let found = ctx
        .cached(indicator, &needs, |(tenant, indicator), tx| {
            Box::pin(async move {
                let resource = resources::find_by_indicator(tx, tenant, indicator).await?;
                Ok(Found(resource.map(known)))
            })
        })
        .await?;
    found.0.clone().ok_or_else(|| Error::new(ErrorCode::InvalidTarget))
}

/// The indicator of the resource that is meant when a request names none, if the tenant has one.
pub async fn default(ctx: &Ctx) -> Result<Option<String>> {
    let found = ctx
        .cached("default resource", &ctx.tenant.id, |tenant, tx| {
            Box::pin(async move {
                Ok(Default(
                    resources::find_default(tx, tenant)
                        .await?
                        .map(|resource| resource.indicator),
                ))
            })
        })
        .await?;
    Ok(found.0.clone())
}

/// The permissions on a resource that the roles of a machine-to-machine application give in the tenant.
pub async fn scopes_of_application(ctx: &Ctx, application: &ApplicationId, indicator: &str) -> Result<ScopeSet> {
    let needs = (ctx.tenant.id.clone(), application.clone());
    let all: Arc<OfApplication> = ctx
        .cached(application.as_str(), &needs, |(tenant, application), tx| {
            Box::pin(async move {
                let mut scopes: BTreeMap<String, ScopeSet> = BTreeMap::new();
                for (indicator, scope) in permissions::of_application(tx, tenant, application).await? {
                    scopes.entry(indicator).or_default().insert(&scope);
                }
                Ok(OfApplication(scopes))
            })
        })
        .await?;
    Ok(all.0.get(indicator).cloned().unwrap_or_default())
}

/// What the roles of a machine-to-machine application give in an organization; `None` if it is not associated with it.
pub async fn permissions_of_application_in(
    ctx: &Ctx,
    application: &ApplicationId,
    organization: &OrganizationId,
) -> Result<Option<Arc<MachinePermissions>>> {
    if organization.as_str().len() > ORGANIZATION_ID_MAX {
        return Ok(None);
    }
    let needs = (ctx.tenant.id.clone(), application.clone(), organization.clone());
    let name = format!("{application}@{organization}");
    let found: Arc<InOrganization> = ctx
        .cached(&name, &needs, |(tenant, application, organization), tx| {
            Box::pin(async move {
                let found = permissions::of_application_in(tx, tenant, application, organization).await?;
                Ok(InOrganization(found.map(|found| {
                    let named = |(indicator, scopes): (String, Vec<String>)| (indicator, scopes.into_iter().collect());
                    Arc::new(MachinePermissions {
                        organization: found.organization.into_iter().collect(),
                        resources: found.resources.into_iter().map(named).collect(),
                    })
                })))
            })
        })
        .await?;
    Ok(found.0.clone())
}

/// An audience inside a unit, where the cache must not be asked: it may need a connection of its own.
pub(crate) async fn audience_in(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    audience: &Audience,
) -> std::result::Result<KnownResource, Stop> {
    let indicator = match audience {
        Audience::Organization(organization) => return Ok(KnownResource::of_organization(organization)),
        Audience::Resource(indicator) if indicator == resource::ORGANIZATIONS => return Ok(organizations()),
        Audience::Resource(indicator) => indicator,
    };
    let resource = resources::find_by_indicator(tx, &ctx.tenant.id, indicator).await?;
    Ok(resource
        .map(known)
        .ok_or_else(|| Error::new(ErrorCode::InvalidTarget))?)
}

fn known(resource: Resource) -> KnownResource {
    KnownResource {
        indicator: resource.indicator,
        access_token_ttl: resource.access_token_ttl,
    }
}

fn organizations() -> KnownResource {
    KnownResource {
        indicator: resource::ORGANIZATIONS.to_owned(),
        access_token_ttl: lifetime::ACCESS_TOKEN,
    }
}

/// Who asks people for permissions, where it may not ask for all of them.
pub(crate) fn party(client: &Client) -> Option<Party<'_>> {
    if client.is_document() {
        Some(Party::Documents)
    } else if client.is_third_party() {
        Some(Party::Application(&client.application().id))
    } else {
        None
    }
}

/// The permissions on a resource that a client can get from a user at this moment (docs/wire/tokens.md, "Permissions"): in
/// an organization, or without one in the tenant and all of theirs.
pub(crate) async fn scopes_of_user(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    user: &UserId,
    organization: Option<&OrganizationId>,
    indicator: &str,
) -> soleira_store::Result<ScopeSet> {
    let (tenant, party) = (&ctx.tenant.id, party(client));
    let names = if indicator == resource::ORGANIZATIONS {
        permissions::of_organizations(tx, tenant, party).await?
    } else {
        // Whoever manages an organization's members must not make administrators of the tenant. Organization roles of
        // people are not given this permission; what stands in the database from elsewhere counts for nothing.
        let roles = match organization {
            _ if is_management_api(indicator) => Roles::OfTenant,
            None => Roles::OfOrganizations,
            Some(organization) => Roles::OfOrganization(organization),
        };
        permissions::of_user(tx, tenant, user, roles, indicator, party).await?
    };
    Ok(names.into_iter().collect())
}

/// The permissions for an audience that a client can get from a user at this moment: those of the organization, or those
/// on the resource, in the organization if one is given.
pub(crate) async fn scopes_for(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    user: &UserId,
    organization: Option<&OrganizationId>,
    audience: &Audience,
) -> soleira_store::Result<ScopeSet> {
    match audience {
        Audience::Resource(indicator) => scopes_of_user(tx, ctx, client, user, organization, indicator).await,
        Audience::Organization(organization) => {
            let organization = OrganizationId::from(organization.as_str());
            let names = permissions::of_member(tx, &ctx.tenant.id, user, &organization, party(client)).await?;
            Ok(names.into_iter().collect())
        }
    }
}
